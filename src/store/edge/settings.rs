//! How the engine keeps vectors: exact ones, an 8-bit copy to search in, a graph.

use std::path::Path;

use qdrant_edge::{
    EdgeConfig, EdgeSparseVectorParams, Modifier, QuantizationConfig, QuantizationSearchParams,
    ScalarQuantizationConfig, ScalarType, SearchParams, WalOptions,
};

use crate::store::payload;

/// The log's files are as large as this from the first operation on.
const LOG_SEGMENT: usize = 4 << 20;
/// A folder of more bytes has its exact vectors read from the disk, about 250,000
/// passages; below it memory is cheaper than the wait.
const ON_DISK_FROM: u64 = 2 << 30;
/// A segment grows to this many KiB of exact vectors, 128,000 passages of 384 dimensions,
/// and is not merged any more: what an optimisation rewrites does not grow with the
/// collection, and the pace of writes does not fall.
const LARGEST_SEGMENT: usize = 192 << 10;
/// Segments that are left apart, however small: merged into two at the end, 20,000 articles
/// took 1.00 GiB of memory in place of 0.73, and searches gained nothing.
const SEGMENTS: usize = 4;
/// Candidates of the graphs for each search, spread over the segments, each of which has a
/// graph, and at least in each: with 128 in one graph a tenth to a third of the best ten
/// were missed where thousands of passages are nearly alike, for 0.4 ms less.
const CANDIDATES: usize = 1024;
const MOST_CANDIDATES: usize = 512;
const FEWEST_CANDIDATES: usize = 160;
/// How many more passages than asked for are compared by their exact vectors.
const OVERSAMPLING: f64 = 1.5;

/// The settings of a new store.
pub fn new() -> EdgeConfig {
    let lexical = EdgeSparseVectorParams {
        modifier: Some(Modifier::Idf),
        ..EdgeSparseVectorParams::default()
    };
    let mut config = EdgeConfig::builder()
        .sparse_vector(payload::LEXICAL, lexical)
        .on_disk_payload(true)
        .quantization_config(eight_bits())
        .wal_options(WalOptions {
            segment_capacity: LOG_SEGMENT,
            ..WalOptions::default()
        })
        .build();
    bound_merges(&mut config);
    config
}

/// The settings of a store that is there: its own, with what has been learnt since
/// and what its size in `bytes` asks for. `None` leaves the engine to find them.
///
/// Quantisation cannot be set for the vectors of one model, and where vectors lie only
/// before they are loaded; segments follow at their next optimisation.
pub fn of(shard: &Path, bytes: u64) -> Option<EdgeConfig> {
    let mut config = EdgeConfig::load(shard)?.ok()?;
    config.quantization_config = Some(eight_bits());
    bound_merges(&mut config);
    if bytes > ON_DISK_FROM {
        for vectors in config.vectors.values_mut() {
            vectors.on_disk = Some(true);
        }
    }
    Some(config)
}

fn bound_merges(config: &mut EdgeConfig) {
    config.optimizers.max_segment_size = Some(LARGEST_SEGMENT);
    config.optimizers.default_segment_number = Some(SEGMENTS);
}

/// How a search in dense vectors goes: 8-bit copies find the candidates, exact vectors
/// put them in order.
pub fn search(segments: usize) -> SearchParams {
    let candidates = CANDIDATES / segments.max(1);
    SearchParams {
        hnsw_ef: Some(candidates.clamp(FEWEST_CANDIDATES, MOST_CANDIDATES)),
        quantization: Some(QuantizationSearchParams {
            ignore: false,
            rescore: Some(true),
            oversampling: Some(OVERSAMPLING),
        }),
        ..SearchParams::default()
    }
}

/// An 8-bit copy of each vector, always in memory: a quarter of its size.
fn eight_bits() -> QuantizationConfig {
    ScalarQuantizationConfig {
        r#type: ScalarType::Int8,
        quantile: Some(0.99),
        always_ram: Some(true),
    }
    .into()
}

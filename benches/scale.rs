//! What the embedded store costs by size:
//!
//! ```sh
//! cargo bench --bench scale -- --model MODEL_FOLDER --corpus CORPUS.ndjson --queries QUERIES.ndjson \
//!     --folder FOLDER --passages 50000 [--passages 200000 …]
//! ```
//!
//! Real passages of the corpus are embedded once; from them are made as many synthetic
//! ones as asked for: the words of a real passage with some of another one's, and a
//! vector between the two real ones with noise. They are written as an ingest writes
//! them, their vectors follow, and the store optimises as it does by itself. At each
//! size real queries are searched, and their nearest ten compared with an exact search.
//! A folder that an earlier run filled is taken up where that one ended.

#[path = "scale/processor.rs"]
mod processor;
#[path = "scale/synthetic.rs"]
mod synthetic;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use dragoman::article::ArticleInput;
use dragoman::embed::onnx::OnnxEmbedder;
use dragoman::embed::{Embedder, Role};
use dragoman::lexical;
use dragoman::onnx::OnnxOptions;
use dragoman::store::edge::EdgeStore;
use dragoman::store::{BranchQuery, Filter, ModelIdentity, Store};
use serde_json::Value;
use synthetic::Real;

/// Real passages and queries that are embedded.
const PASSAGES: usize = 400;
const QUERIES: usize = 60;
/// Articles written together, with as many passages each.
const ARTICLES: u64 = 64;
const PER_ARTICLE: u64 = 3;
/// What a search asks each branch for, and how many of it are compared.
const DEPTH: usize = 100;
/// Rounds of searches, of which the first warms up.
const ROUNDS: usize = 4;
const COMPARED: usize = 10;

struct Options {
    model: String,
    corpus: PathBuf,
    queries: PathBuf,
    folder: PathBuf,
    sizes: Vec<u64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Some(options) = options()? else {
        println!("not run: it needs a model, texts and a folder (see the top of benches/scale.rs)");
        return Ok(());
    };
    let embedder = OnnxEmbedder::load(&OnnxOptions {
        model: options.model.clone(),
        library_folders: vec![PathBuf::from(&options.model)],
        cache_dir: options.folder.clone(),
        threads: None,
    })?;
    let texts = passages(&options.corpus)?;
    let vectors = embedder.embed(Role::Passage, texts.clone()).await?;
    let real = Real { texts, vectors };
    let questions = lines(&options.queries, "query")?;
    let questions: Vec<String> = questions.into_iter().take(QUERIES).collect();
    let asked = embedder.embed(Role::Query, questions.clone()).await?;
    let model = embedder.identity().clone();
    drop(embedder);
    println!(
        "{} real passages, {} queries",
        real.texts.len(),
        questions.len()
    );

    let mut store = EdgeStore::open(&options.folder).await?;
    store.prepare_model(&model).await?;
    store.switch_model(&model).await?;
    let mut written = store.counts(None).await?.passages;
    for size in &options.sizes {
        let (began, busy) = (Instant::now(), processor::seconds());
        load(&store, &model, &real, written..*size).await?;
        store.optimize().await?;
        let (took, busy) = (began.elapsed(), processor::seconds() - busy);
        let more = size.saturating_sub(written) as f64;
        println!(
            "{size} passages: {more} more in {took:.1?}, {:.0}/s with vectors and optimising; {:.0} for each second of a processor",
            more / took.as_secs_f64(),
            more / busy
        );
        written = written.max(*size);
        // What a size asks of the settings takes hold at a start.
        store.close().await?;
        drop(store);
        let began = Instant::now();
        store = EdgeStore::open(&options.folder).await?;
        println!("  open in {:.2?}", began.elapsed());
        let began = Instant::now();
        store.optimize().await?;
        println!("  optimise what that changes in {:.1?}", began.elapsed());
        searches(&store, &model, &questions, &asked).await?;
        println!(
            "  recall@{COMPARED} {:.4}",
            recall(&store, &model, &real, &asked, written).await?
        );
        println!("  {}", memory(&options.folder));
    }
    store.close().await?;
    Ok(())
}

async fn load(
    store: &EdgeStore,
    model: &ModelIdentity,
    real: &Real,
    range: std::ops::Range<u64>,
) -> anyhow::Result<()> {
    let mut number = range.start;
    while number < range.end {
        let end = (number + ARTICLES * PER_ARTICLE).min(range.end);
        let articles = (number..end)
            .step_by(PER_ARTICLE as usize)
            .map(|first| real.article(first..(first + PER_ARTICLE).min(end)))
            .collect();
        store.put(articles).await?;
        let vectors = (number..end)
            .map(|number| (synthetic::id(number), real.vector(number)))
            .collect();
        store.set_vectors(model, vectors).await?;
        number = end;
    }
    Ok(())
}

async fn searches(
    store: &EdgeStore,
    model: &ModelIdentity,
    questions: &[String],
    vectors: &[Vec<f32>],
) -> anyhow::Result<()> {
    let everything = Filter::default();
    let (mut words, mut dense, mut both) = (Vec::new(), Vec::new(), Vec::new());
    let busy = processor::seconds();
    for round in 0..ROUNDS {
        for (question, vector) in questions.iter().zip(vectors) {
            let by_words = BranchQuery::Lexical(lexical::query_vector(question));
            let by_meaning = BranchQuery::Dense {
                model: model.clone(),
                vector: vector.clone(),
            };
            let began = Instant::now();
            store.search(&by_words, &everything, DEPTH).await?;
            let lexical = began.elapsed();
            let began = Instant::now();
            store.search(&by_meaning, &everything, DEPTH).await?;
            let meaning = began.elapsed();
            let began = Instant::now();
            tokio::try_join!(
                store.search(&by_words, &everything, DEPTH),
                store.search(&by_meaning, &everything, DEPTH)
            )?;
            // The first round warms up.
            if round > 0 {
                words.push(lexical);
                dense.push(meaning);
                both.push(began.elapsed());
            }
        }
    }
    // Each round asks each branch twice.
    let busy = (processor::seconds() - busy) * 1000.0 / (2 * ROUNDS * questions.len()) as f64;
    println!(
        "  words {}; vectors {}; both {}; {busy:.2} ms of a processor for both",
        quantiles(&mut words),
        quantiles(&mut dense),
        quantiles(&mut both)
    );
    Ok(())
}

/// The share of the exact nearest passages that a search finds, over all queries.
async fn recall(
    store: &EdgeStore,
    model: &ModelIdentity,
    real: &Real,
    queries: &[Vec<f32>],
    passages: u64,
) -> anyhow::Result<f64> {
    let mut exact: Vec<Vec<(f32, u64)>> = vec![Vec::new(); queries.len()];
    for number in 0..passages {
        let vector = real.vector(number);
        for (query, best) in queries.iter().zip(&mut exact) {
            let cosine: f32 = query.iter().zip(&vector).map(|(a, b)| a * b).sum();
            if best.len() < COMPARED || best.last().is_some_and(|last| cosine > last.0) {
                let place = best.partition_point(|other| other.0 >= cosine);
                best.insert(place, (cosine, number));
                best.truncate(COMPARED);
            }
        }
    }
    let mut found = 0;
    for (query, best) in queries.iter().zip(&exact) {
        let branch = BranchQuery::Dense {
            model: model.clone(),
            vector: query.clone(),
        };
        let hits = store.search(&branch, &Filter::default(), DEPTH).await?;
        found += hits
            .iter()
            .take(COMPARED)
            .filter(|hit| {
                best.iter()
                    .any(|(_, number)| synthetic::id(*number) == hit.passage.passage_id)
            })
            .count();
    }
    Ok(found as f64 / (queries.len() * COMPARED) as f64)
}

/// Passages of the corpus as an ingest cuts them, with their titles.
fn passages(corpus: &PathBuf) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(corpus).context("reading the corpus")?;
    let mut passages = Vec::new();
    for line in text.lines() {
        let article: ArticleInput = serde_json::from_str(line).context("reading an article")?;
        let text: Vec<char> = article.text.unwrap_or_default().chars().collect();
        passages.extend(
            text.chunks(300)
                .map(|chunk| chunk.iter().collect::<String>())
                .filter(|chunk| chunk.chars().count() > 100),
        );
        if passages.len() >= PASSAGES {
            break;
        }
    }
    passages.truncate(PASSAGES);
    Ok(passages)
}

fn lines(path: &PathBuf, field: &str) -> anyhow::Result<Vec<String>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line)?;
            Ok(value[field].as_str().unwrap_or_default().to_owned())
        })
        .collect()
}

fn quantiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    format!(
        "p50 {:.2?} p99 {:.2?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    )
}

fn memory(folder: &PathBuf) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim_end_matches("kB").trim().parse().ok())
            .unwrap_or(0)
    };
    let bytes: u64 = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .filter(|metadata| metadata.is_file())
        .map(|metadata| std::os::unix::fs::MetadataExt::blocks(&metadata) * 512)
        .sum();
    format!(
        "memory of its own {} MiB, with mapped files {} MiB, at most {} MiB; folder {} MiB",
        of("RssAnon:") >> 10,
        of("VmRSS:") >> 10,
        of("VmHWM:") >> 10,
        bytes >> 20
    )
}

fn options() -> anyhow::Result<Option<Options>> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let all = |name: &str| -> Vec<String> {
        arguments
            .windows(2)
            .filter(|pair| pair[0] == name)
            .map(|pair| pair[1].clone())
            .collect()
    };
    let one = |name: &str| all(name).pop();
    let (Some(model), Some(corpus), Some(queries), Some(folder)) = (
        one("--model"),
        one("--corpus"),
        one("--queries"),
        one("--folder"),
    ) else {
        return Ok(None);
    };
    let sizes = all("--passages")
        .iter()
        .map(|size| size.parse().context("--passages"))
        .collect::<Result<Vec<u64>, _>>()?;
    Ok(Some(Options {
        model,
        corpus: corpus.into(),
        queries: queries.into(),
        folder: folder.into(),
        sizes: if sizes.is_empty() {
            vec![50_000]
        } else {
            sizes
        },
    }))
}

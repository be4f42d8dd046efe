//! Loads synthetic articles into an embedded store and says how it went.
//!
//! ```text
//! cargo bench --bench store_load -- [--articles 20000] [--passages 3]
//!     [--dimension 0] [--rounds 1] [--folder PATH]
//! ```
//!
//! Words are drawn from a vocabulary by Zipf's law, with a generator of fixed
//! seed. `--dimension` gives each passage a vector too, after the load, as the
//! background task does. `--rounds` loads the articles again with other words.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dragoman::article::{Article, ArticleId};
use dragoman::store::edge::EdgeStore;
use dragoman::store::{
    BranchQuery, Filter, ModelIdentity, NewArticle, NewPassage, PutOutcome, SparseVector, Store,
    StoredPassage,
};
use serde_json::json;
use uuid::Uuid;

const VOCABULARY: u64 = 100_000;
const WORDS: usize = 140;
const BATCH: usize = 32;
const WRITERS: usize = 4;
const SEARCHES: usize = 1_000;

#[derive(Clone)]
struct Load {
    articles: usize,
    passages: usize,
    dimension: usize,
    rounds: u64,
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let temporary = tempfile::tempdir()?;
    let mut load = Load {
        articles: 20_000,
        passages: 3,
        dimension: 0,
        rounds: 1,
        folder: temporary.path().to_owned(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--bench" => {}
            "--articles" => load.articles = value()?.parse()?,
            "--passages" => load.passages = value()?.parse()?,
            "--dimension" => load.dimension = value()?.parse()?,
            "--rounds" => load.rounds = value()?.parse()?,
            "--folder" => load.folder = value()?.into(),
            other => return Err(format!("unknown argument {other}").into()),
        }
    }

    let store: Arc<dyn Store> = Arc::new(EdgeStore::open(&load.folder).await?);
    for round in 1..=load.rounds {
        println!("round {round}");
        ingest(&store, &load, round).await?;
        report(&load.folder);
    }
    searches(store.as_ref(), &load, "as loaded").await?;
    let model = ModelIdentity {
        name: "synthetic".to_owned(),
        dimension: load.dimension,
        fingerprint: "000000000000".to_owned(),
    };
    if load.dimension > 0 {
        vectors(store.as_ref(), &load, &model).await?;
        searches(store.as_ref(), &load, "with vectors").await?;
    }
    let start = Instant::now();
    store.optimize().await?;
    println!("optimize: {:.1?}", start.elapsed());
    report(&load.folder);
    searches(store.as_ref(), &load, "optimized").await?;
    let start = Instant::now();
    let (before, after) = store.compact().await?;
    println!(
        "compact: {:.1?}, {} MiB became {} MiB",
        start.elapsed(),
        before >> 20,
        after >> 20
    );
    searches(store.as_ref(), &load, "compacted").await?;
    store.close().await?;
    drop(store);

    let start = Instant::now();
    let store = EdgeStore::open(&load.folder).await?;
    println!("open after a clean close: {:.1?}", start.elapsed());
    searches(&store, &load, "reopened").await?;
    println!(
        "{:?}",
        store.counts((load.dimension > 0).then_some(&model)).await?
    );
    store.close().await?;
    drop(store);
    std::fs::remove_file(load.folder.join("store/clean"))?;
    let start = Instant::now();
    let store = EdgeStore::open(&load.folder).await?;
    println!("open after a kill: {:.1?}", start.elapsed());
    report(&load.folder);
    store.close().await?;
    Ok(())
}

async fn ingest(store: &Arc<dyn Store>, load: &Load, round: u64) -> Result<(), String> {
    let tenth = (load.articles / 10).max(1);
    for first in (0..load.articles).step_by(tenth) {
        let start = Instant::now();
        let last = (first + tenth).min(load.articles);
        let (sender, receiver) = tokio::sync::mpsc::channel::<Vec<NewArticle>>(2);
        let passages = load.passages;
        let maker = tokio::task::spawn_blocking(move || {
            for batch in (first..last).step_by(BATCH) {
                let numbers = batch..(batch + BATCH).min(last);
                let articles = numbers
                    .map(|n| article(n as u64, round, passages))
                    .collect();
                if sender.blocking_send(articles).is_err() {
                    return;
                }
            }
        });
        let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
        let mut slowest = Duration::ZERO;
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..WRITERS {
            let (store, receiver) = (store.clone(), receiver.clone());
            writers.spawn(async move {
                let mut slowest = Duration::ZERO;
                loop {
                    let Some(batch) = receiver.lock().await.recv().await else {
                        return slowest;
                    };
                    let start = Instant::now();
                    let outcomes = store.put(batch).await.unwrap();
                    assert!(
                        outcomes
                            .iter()
                            .all(|outcome| *outcome == PutOutcome::Written)
                    );
                    slowest = slowest.max(start.elapsed());
                }
            });
        }
        while let Some(writer) = writers.join_next().await {
            slowest = slowest.max(writer.map_err(|error| error.to_string())?);
        }
        maker.await.map_err(|error| error.to_string())?;
        println!(
            "  articles {first:>7} to {last:>7}: {:>6.0} a second, slowest put {slowest:.0?}, RSS {} MiB",
            (last - first) as f64 / start.elapsed().as_secs_f64(),
            resident("VmRSS") >> 10,
        );
    }
    Ok(())
}

async fn vectors(
    store: &dyn Store,
    load: &Load,
    model: &ModelIdentity,
) -> Result<(), Box<dyn std::error::Error>> {
    store.prepare_model(model).await?;
    store.switch_model(model).await?;
    let start = Instant::now();
    let (mut done, mut said) = (0, 0);
    loop {
        let waiting = store.without_vector(model, 256).await?;
        if waiting.is_empty() {
            break;
        }
        done += waiting.len();
        let vectors = waiting.iter().map(|passage| {
            let mut random = Random(passage.simhash);
            (passage.passage_id, dense(&mut random, load.dimension))
        });
        store.set_vectors(model, vectors.collect()).await?;
        if done / 10_000 > said {
            said = done / 10_000;
            println!(
                "  vectors: {done} in {:.1?}, RSS {} MiB",
                start.elapsed(),
                resident("VmRSS") >> 10
            );
        }
    }
    println!("vectors: {done} in {:.1?}", start.elapsed());
    report(&load.folder);
    Ok(())
}

async fn searches(
    store: &dyn Store,
    load: &Load,
    when: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut random = Random(7);
    let topic = Filter {
        topics: vec!["3".to_owned()],
        ..Filter::default()
    };
    let mut line = String::new();
    for (name, filter) in [
        ("lexical", &Filter::default()),
        ("lexical with topic", &topic),
    ] {
        let mut took = Vec::with_capacity(SEARCHES);
        for _ in 0..SEARCHES {
            let mut words: Vec<u32> = (0..6).map(|_| 50 + random.word() as u32).collect();
            words.sort();
            words.dedup();
            let query = SparseVector {
                values: vec![1.0; words.len()],
                indices: words,
            };
            let start = Instant::now();
            store
                .search(&BranchQuery::Lexical(query), filter, 30)
                .await?;
            took.push(start.elapsed());
        }
        line += &quantiles(name, &mut took);
    }
    if let Some(model) = store.current_model().await? {
        let mut took = Vec::with_capacity(SEARCHES);
        for _ in 0..SEARCHES {
            let vector = dense(&mut random, load.dimension);
            let query = BranchQuery::Dense {
                model: model.clone(),
                vector,
            };
            let start = Instant::now();
            store.search(&query, &Filter::default(), 30).await?;
            took.push(start.elapsed());
        }
        line += &quantiles("dense", &mut took);
    }
    let mut took = Vec::with_capacity(SEARCHES);
    for _ in 0..100 {
        let start = Instant::now();
        store.list(&Filter::default(), None, 20).await?;
        took.push(start.elapsed());
    }
    line += &quantiles("newest 20", &mut took);
    println!("{when}:{line}");
    Ok(())
}

fn quantiles(name: &str, took: &mut [Duration]) -> String {
    took.sort();
    format!(
        " {name} p50 {:.2?} p99 {:.2?};",
        took[took.len() / 2],
        took[took.len() * 99 / 100]
    )
}

fn report(folder: &Path) {
    let size = |part: &str| -> u64 {
        walkdir::WalkDir::new(folder.join(part))
            .into_iter()
            .filter_map(|entry| entry.ok()?.metadata().ok())
            .filter(|metadata| metadata.is_file())
            .map(|metadata| std::os::unix::fs::MetadataExt::blocks(&metadata) * 512)
            .sum()
    };
    println!(
        "  folder {} MiB, of it log {} MiB; RSS {} MiB, peak {} MiB",
        size("") >> 20,
        size("store/shard/wal") >> 20,
        resident("VmRSS") >> 10,
        resident("VmHWM") >> 10,
    );
}

/// A line of `/proc/self/status`, in KiB.
fn resident(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status
        .lines()
        .find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
    value
        .and_then(|value| value.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

fn article(number: u64, round: u64, passages: usize) -> NewArticle {
    let mut random = Random(number * 1_000 + round);
    let id = ArticleId::try_from(format!("article-{number}")).unwrap();
    let passages: Vec<NewPassage> = (0..passages)
        .map(|ordinal| {
            let mut counts = std::collections::BTreeMap::<u32, f32>::new();
            for _ in 0..WORDS {
                *counts.entry(random.word() as u32).or_default() += 1.0;
            }
            let text: String = (0..300)
                .map(|_| char::from_u32(0x4e00 + (random.next() % 3_000) as u32).unwrap_or('文'))
                .collect();
            NewPassage {
                lexical: SparseVector {
                    indices: counts.keys().copied().collect(),
                    values: counts.values().map(|tf| tf * 2.2 / (tf + 1.2)).collect(),
                },
                passage: StoredPassage {
                    passage_id: Uuid::from_u128(
                        u128::from(number) << 64 | u128::from(round) << 32 | ordinal as u128,
                    ),
                    article_id: id.clone(),
                    revision: round,
                    ordinal: ordinal as u32,
                    title: "合成的标题，长度与新闻相仿".to_owned(),
                    source: Some(format!("source {}", number % 40)),
                    url: Some(format!("https://example.com/{number}")),
                    published_at: None,
                    language: "zh-Hans".to_owned(),
                    paragraph: ordinal as u32 + 1,
                    start: ordinal * 300,
                    end: ordinal * 300 + 300,
                    origin: dragoman::article::Origin::Text,
                    text,
                    simhash: random.next(),
                },
            }
        })
        .collect();
    let text: Vec<&str> = passages
        .iter()
        .map(|passage| passage.passage.text.as_str())
        .collect();
    let day = number % 365;
    let article: Article = serde_json::from_value(json!({
        "id": id, "revision": round, "content_hash": round.to_string(),
        "title": "合成的标题，长度与新闻相仿", "title_en": null,
        "source": format!("source {}", number % 40), "source_latin": null,
        "url": format!("https://example.com/{number}"),
        "published_at": format!("2025-{:02}-{:02}T00:00:00Z", day / 31 + 1, day % 28 + 1),
        "ingested_at": "2025-10-29T00:00:00Z", "language": "zh-Hans",
        "topics": [(number % 10).to_string()], "metadata": {}, "text": text.join("\n"),
        "origin": "text", "paragraphs": [], "brief": null, "brief_status": "none",
    }))
    .unwrap();
    NewArticle {
        article,
        passages,
        replaces: (round > 1).then(|| round - 1),
    }
}

fn dense(random: &mut Random, dimension: usize) -> Vec<f32> {
    (0..dimension)
        .map(|_| (random.next() % 2_001) as f32 / 1_000.0 - 1.0)
        .collect()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Word `n` about in proportion to `1 / n`.
    fn word(&mut self) -> u64 {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (VOCABULARY as f64).powf(uniform) as u64
    }
}

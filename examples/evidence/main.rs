//! Fits the model that tells whether a collection answers a question
//! (`src/retrieve/evidence.rs`), and says what it and the search are worth:
//!
//! ```sh
//! cargo run --release --example evidence -- MODEL_FOLDER CACHE_FOLDER SUITE…
//! ```
//!
//! Each question of the suites is asked of the whole collection and of one without the
//! articles that answer it. Suites count alike, whatever their size. What is printed
//! first are means over halves: fitted with its thresholds on one half of the questions,
//! counted on the other.

mod collection;
mod logistic;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Context;
use dragoman::article::ArticleId;
use dragoman::bridge;
use dragoman::embed::onnx::OnnxEmbedder;
use dragoman::embed::{Embedder, Role};
use dragoman::eval::suite::Suite;
use dragoman::lexical;
use dragoman::onnx::OnnxOptions;
use dragoman::retrieve::{Read, Wanted, fuse, level, prefer_saying, read, signals};
use dragoman::store::ScoredPassage;

use collection::{Collection, embedded};
use logistic::{Case, Fit, Kind, fit};

/// As the settings have it.
const DEPTH: usize = 100;
const LEXICAL_WEIGHT: f32 = 0.45;
/// What a passage may gain by what it says; the searches' own among them.
const SAYING: [f32; 5] = [0.0, 0.15, 1.0, 2.0, 3.0];
/// What a weight costs, and what it does where all cases are of few subjects.
const PENALTY: f64 = 1.7;
const PENALTY_AMID_MANY: f64 = 50.0;
/// Answerable questions that a threshold may refuse, and amid much on a subject, where
/// fewer questions tell it.
const REFUSED: f64 = 0.04;
const REFUSED_AMID_MANY: f64 = 0.03;
/// Pairs of halves.
const SPLITS: u64 = 24;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, cache, suites @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: evidence MODEL_FOLDER CACHE_FOLDER SUITE…");
    };
    let embedder = OnnxEmbedder::load(&OnnxOptions {
        model: model.clone(),
        library_folders: vec![PathBuf::from(model)],
        cache_dir: PathBuf::from(cache),
        threads: None,
    })?;
    let mut with_vectors = Vec::new();
    let mut by_words = Vec::new();
    let mut names = Vec::new();
    for path in suites {
        for suite in Suite::read(Path::new(path))? {
            let asked = ask(&suite, &embedder, Path::new(cache), names.len()).await;
            let (both, words) = asked.with_context(|| format!("asking {}", suite.name))?;
            keep(&both, &Path::new(cache).join(format!("{}.tsv", suite.name)))?;
            with_vectors.extend(both);
            by_words.extend(words);
            names.push(suite.name);
        }
    }
    for (name, cases) in [("WITH_VECTORS", with_vectors), ("BY_WORDS", by_words)] {
        report(name, &names, &cases);
    }
    Ok(())
}

/// What is measured of each question of a suite, once with and once without its answers:
/// by both branches, and by words alone.
async fn ask(
    suite: &Suite,
    embedder: &dyn Embedder,
    cache: &Path,
    number: usize,
) -> anyhow::Result<(Vec<Case>, Vec<Case>)> {
    let collection = Collection::new(suite, embedder, cache).await?;
    let queries: Vec<_> = suite
        .queries
        .iter()
        .filter(|query| query.is_answerable())
        .collect();
    let texts = queries.iter().map(|query| query.query.clone()).collect();
    let vectors = embedded(embedder, Role::Query, texts, cache).await?;
    let mut ranks = vec![Vec::new(); 2 * SAYING.len() + 1];
    let (mut both, mut words) = (Vec::new(), Vec::new());
    for (query, vector) in queries.iter().zip(&vectors) {
        let groups = bridge::groups(&query.query);
        let wanted = Wanted::new(&query.query, &groups);
        let terms = lexical::query_vector_with(&query.query, &groups);
        let relevant: HashSet<&ArticleId> = query.relevant.iter().collect();
        let question = number_of(&query.query);
        for answered in [true, false] {
            let none = HashSet::new();
            let without = if answered { &none } else { &relevant };
            let lexical = collection.by_words(&terms, without, DEPTH);
            let dense = collection.by_meaning(vector, without, DEPTH);
            let levelled = level(&dense, |scored| wanted.is_own(scored));
            let fused = fuse(&lexical, &levelled, LEXICAL_WEIGHT, DEPTH);
            let alone = fuse(&lexical, &[], 1.0, DEPTH);
            let case = |read: &Read, fused: &[ScoredPassage], dense| {
                let signals = signals(&wanted, read, fused, &lexical, dense);
                Case {
                    question,
                    values: signals.values().map(f64::from).to_vec(),
                    answered,
                    weight: 0.0,
                    suite: number,
                    kind: if signals.is_crowded() {
                        Kind::AmidMany
                    } else if signals.across > 0.5 {
                        Kind::Across
                    } else {
                        Kind::Own
                    },
                }
            };
            let read_fused = read(&wanted, wanted.is_across(&levelled), &fused);
            let read_alone = read(&wanted, wanted.is_across(&lexical), &alone);
            both.push(case(&read_fused, &fused, &dense[..]));
            words.push(case(&read_alone, &alone, &[]));
            if answered {
                let after = |list: &[ScoredPassage], read: &Read, gain: f32| {
                    let mut list = list.to_vec();
                    prefer_saying(&mut list, read, gain);
                    rank(&list, &relevant)
                };
                let words = SAYING.map(|gain| after(&alone, &read_alone, gain));
                let both = SAYING.map(|gain| after(&fused, &read_fused, gain));
                let all = words
                    .into_iter()
                    .chain(both)
                    .chain([rank(&levelled, &relevant)]);
                ranks
                    .iter_mut()
                    .zip(all)
                    .for_each(|(ranks, rank)| ranks.push(rank));
            }
        }
    }
    println!(
        "{}: {} passages, {} questions",
        suite.name,
        collection.passages.len(),
        queries.len()
    );
    let named = |branch: &str| SAYING.map(|gain| format!("{branch}, reading counts {gain}"));
    let names = named("words").into_iter().chain(named("both"));
    let names = names.chain(["vectors".to_owned()]);
    for (ranks, name) in ranks.iter().zip(names) {
        let share = |within: usize| {
            let hits = ranks.iter().filter(|rank| **rank < within).count();
            100.0 * hits as f64 / ranks.len() as f64
        };
        let reciprocal: f64 = ranks
            .iter()
            .filter(|rank| **rank < 10)
            .map(|rank| 1.0 / (*rank as f64 + 1.0))
            .sum();
        println!(
            "  {name:26} Hit@1 {:.1}  Hit@5 {:.1}  MRR@10 {:.3}",
            share(1),
            share(5),
            reciprocal / ranks.len() as f64
        );
    }
    Ok((both, words))
}

/// Writes what was measured, so that other models can be tried on it.
fn keep(cases: &[Case], path: &Path) -> anyhow::Result<()> {
    let mut lines = String::new();
    for case in cases {
        lines += if case.answered { "1" } else { "0" };
        for value in &case.values {
            write!(lines, "\t{value:.6}")?;
        }
        lines.push('\n');
    }
    std::fs::write(path, lines).with_context(|| format!("writing {}", path.display()))
}

/// The place of the first article that answers, from 0.
fn rank(list: &[ScoredPassage], relevant: &HashSet<&ArticleId>) -> usize {
    let mut seen = HashSet::new();
    for scored in list {
        let id = &scored.passage.article_id;
        if relevant.contains(id) {
            return seen.len();
        }
        seen.insert(id);
    }
    usize::MAX
}

fn report(name: &str, suites: &[String], cases: &[Case]) {
    let halves: Vec<Vec<(f64, f64)>> = (0..SPLITS)
        .map(|split| half(split, suites, cases))
        .collect();
    println!("\n{name}: of questions with no answer refused, of those with one refused");
    for (place, suite) in suites.iter().enumerate() {
        let mean = |of: fn(&(f64, f64)) -> f64| {
            100.0 * halves.iter().map(|half| of(&half[place])).sum::<f64>() / halves.len() as f64
        };
        println!(
            "  {suite}: {:.1} %, {:.1} %",
            mean(|both| both.0),
            mean(|both| both.1)
        );
    }
    for (kind, model) in models(cases) {
        println!("{kind:?}: threshold {:.3}", model.threshold);
        println!(
            "  weights: {:.3?}\n  bias: {:.3}",
            model.fit.weights, model.fit.bias
        );
    }
}

/// For each suite what is refused of the half that was not fitted: rightly, wrongly.
fn half(split: u64, suites: &[String], cases: &[Case]) -> Vec<(f64, f64)> {
    // All cases of a question fall into the same half, also those of other suites.
    let first = |case: &Case| random(split ^ case.question) & 1 == 0;
    let part = |wanted: bool| -> Vec<Case> {
        let mine = cases.iter().filter(|case| first(case) == wanted);
        mine.cloned().collect()
    };
    let (models, held) = (models(&part(true)), part(false));
    (0..suites.len())
        .map(|suite| {
            let refused = |answered: bool| {
                let of: Vec<&Case> = held
                    .iter()
                    .filter(|case| case.suite == suite && case.answered == answered)
                    .collect();
                let below = of.iter().filter(|case| {
                    let model = &models[&case.kind];
                    model.fit.score(&case.values) < model.threshold
                });
                below.count() as f64 / of.len().max(1) as f64
            };
            (refused(false), refused(true))
        })
        .collect()
}

/// A model and the score below which it refuses.
struct Model {
    fit: Rc<Fit>,
    threshold: f64,
}

/// The models for all kinds of cases; those across languages and not share theirs.
fn models(cases: &[Case]) -> BTreeMap<Kind, Model> {
    let mut models = BTreeMap::new();
    let cases = weighted(cases.to_vec());
    for (kinds, penalty, refused) in [
        (&[Kind::Own, Kind::Across][..], PENALTY, REFUSED),
        (&[Kind::AmidMany], PENALTY_AMID_MANY, REFUSED_AMID_MANY),
    ] {
        let mut cases: Vec<Case> = cases
            .iter()
            .filter(|case| kinds.contains(&case.kind))
            .cloned()
            .collect();
        if cases.is_empty() {
            continue;
        }
        let sum: f64 = cases.iter().map(|case| case.weight).sum();
        let count = cases.len() as f64;
        cases.iter_mut().for_each(|case| case.weight *= count / sum);
        let fit = Rc::new(fit(&cases, penalty));
        for kind in kinds {
            let threshold = threshold(&fit, &cases, *kind, refused);
            let fit = Rc::clone(&fit);
            models.insert(*kind, Model { fit, threshold });
        }
    }
    models
}

/// The cases with weights by which suites count alike.
fn weighted(mut cases: Vec<Case>) -> Vec<Case> {
    let suites: HashSet<usize> = cases.iter().map(|case| case.suite).collect();
    for suite in suites {
        let count = cases.iter().filter(|case| case.suite == suite).count() as f64;
        for case in cases.iter_mut().filter(|case| case.suite == suite) {
            case.weight = 1.0 / count;
        }
    }
    cases
}

/// The score below which `refused` of the answerable cases lie, in each suite at most.
fn threshold(model: &Fit, cases: &[Case], kind: Kind, refused: f64) -> f64 {
    let suites: HashSet<usize> = cases.iter().map(|case| case.suite).collect();
    suites
        .into_iter()
        .filter_map(|suite| {
            let mut scores: Vec<f64> = cases
                .iter()
                .filter(|case| case.suite == suite && case.answered && case.kind == kind)
                .map(|case| model.score(&case.values))
                .collect();
            scores.sort_by(f64::total_cmp);
            // A handful says nothing of its last twentieth.
            let enough = scores.len() >= 20;
            enough.then(|| scores[(scores.len() as f64 * refused) as usize])
        })
        .fold(1.0, f64::min)
}

/// A number of its own for each question.
fn number_of(question: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    question.hash(&mut hasher);
    hasher.finish()
}

/// SplitMix64.
fn random(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

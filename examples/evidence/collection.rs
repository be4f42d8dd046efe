//! A suite in memory, searched exactly: what a store finds, without one.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use dragoman::article::{Article, ArticleId};
use dragoman::embed::{Embedder, Role};
use dragoman::eval::suite::Suite;
use dragoman::ingest;
use dragoman::store::{ModelIdentity, NewPassage, ScoredPassage, SparseVector};
use dragoman::time::Time;
use dragoman::vectors::embedded_text;
use sha2::{Digest, Sha256};

/// Texts that are embedded before their vectors are kept.
const STEP: usize = 128;
/// Bytes of a text's key.
const KEY: usize = 16;

/// Passages with their vectors and the places of their terms.
pub struct Collection {
    pub passages: Vec<NewPassage>,
    vectors: Vec<Vec<f32>>,
    terms: HashMap<u32, Vec<(usize, f32)>>,
}

impl Collection {
    /// Cuts, weighs and embeds the articles; vectors that `cache` has are not made again.
    pub async fn new(
        suite: &Suite,
        embedder: &dyn Embedder,
        cache: &Path,
    ) -> anyhow::Result<Collection> {
        let zone = jiff::tz::TimeZone::UTC;
        let epoch = Time::new(jiff::Timestamp::UNIX_EPOCH, &zone);
        let mut passages = Vec::new();
        for input in &suite.corpus {
            let article = Article::from_input(input.clone(), epoch.clone(), &zone)?;
            passages.extend(ingest::passages(&article));
        }
        let texts = passages
            .iter()
            .map(|new| embedded_text(&new.passage))
            .collect();
        let vectors = embedded(embedder, Role::Passage, texts, cache).await?;
        let mut terms: HashMap<u32, Vec<(usize, f32)>> = HashMap::new();
        for (place, passage) in passages.iter().enumerate() {
            let SparseVector { indices, values } = &passage.lexical;
            for (index, value) in indices.iter().zip(values) {
                terms.entry(*index).or_default().push((place, *value));
            }
        }
        Ok(Collection {
            passages,
            vectors,
            terms,
        })
    }

    /// The `limit` best passages by words, of other articles than `without`.
    pub fn by_words(
        &self,
        query: &SparseVector,
        without: &HashSet<&ArticleId>,
        limit: usize,
    ) -> Vec<ScoredPassage> {
        let mut scores: HashMap<usize, f32> = HashMap::new();
        let count = self.passages.len() as f32;
        for (index, weight) in query.indices.iter().zip(&query.values) {
            let Some(places) = self.terms.get(index) else {
                continue;
            };
            let having = places.len() as f32;
            let idf = ((count - having + 0.5) / (having + 0.5) + 1.0).ln();
            for (place, value) in places {
                *scores.entry(*place).or_default() += idf * weight * value;
            }
        }
        self.best(scores.into_iter().collect(), without, limit)
    }

    /// The `limit` nearest passages, of other articles than `without`.
    pub fn by_meaning(
        &self,
        query: &[f32],
        without: &HashSet<&ArticleId>,
        limit: usize,
    ) -> Vec<ScoredPassage> {
        let cosine = |vector: &Vec<f32>| query.iter().zip(vector).map(|(a, b)| a * b).sum();
        let scores = self.vectors.iter().map(cosine).enumerate().collect();
        self.best(scores, without, limit)
    }

    fn best(
        &self,
        mut scores: Vec<(usize, f32)>,
        without: &HashSet<&ArticleId>,
        limit: usize,
    ) -> Vec<ScoredPassage> {
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scores
            .into_iter()
            .map(|(place, score)| (&self.passages[place].passage, score))
            .filter(|(passage, _)| !without.contains(&passage.article_id))
            .take(limit)
            .map(|(passage, score)| ScoredPassage {
                passage: passage.clone(),
                score,
            })
            .collect()
    }
}

/// Vectors of texts; those that `cache` has by the hash of model, role and text are not
/// made again.
pub async fn embedded(
    embedder: &dyn Embedder,
    role: Role,
    texts: Vec<String>,
    cache: &Path,
) -> anyhow::Result<Vec<Vec<f32>>> {
    let model = embedder.identity();
    let keys: Vec<[u8; KEY]> = texts.iter().map(|text| key(model, role, text)).collect();
    fs::create_dir_all(cache).context("making the cache")?;
    let path = cache.join("vectors");
    let bytes = fs::read(&path).unwrap_or_default();
    let mut known: HashMap<[u8; KEY], Vec<f32>> = bytes
        .chunks_exact(KEY + 4 * model.dimension)
        .filter_map(|record| {
            let (key, vector) = record.split_first_chunk::<KEY>()?;
            let values = vector.as_chunks::<4>().0.iter().copied();
            Some((*key, values.map(f32::from_le_bytes).collect()))
        })
        .collect();
    let missing: Vec<usize> = (0..texts.len())
        .filter(|place| !known.contains_key(&keys[*place]))
        .collect();
    let mut file = fs::File::options()
        .create(true)
        .append(true)
        .open(&path)
        .context("opening the cache")?;
    for (done, some) in missing.chunks(STEP).enumerate() {
        eprintln!("{} of {} texts to embed", done * STEP, missing.len());
        let some_texts = some.iter().map(|place| texts[*place].clone()).collect();
        for (place, vector) in some.iter().zip(embedder.embed(role, some_texts).await?) {
            let mut record = keys[*place].to_vec();
            record.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
            file.write_all(&record).context("keeping a vector")?;
            known.insert(keys[*place], vector);
        }
    }
    Ok(keys
        .iter()
        .map(|key| known.get(key).cloned().unwrap_or_default())
        .collect())
}

fn key(model: &ModelIdentity, role: Role, text: &str) -> [u8; KEY] {
    let mut hash = Sha256::new();
    hash.update(format!("{} {role:?} {text}", model.fingerprint));
    let hash: [u8; 32] = hash.finalize().into();
    let mut key = [0; KEY];
    key.copy_from_slice(&hash[..KEY]);
    key
}

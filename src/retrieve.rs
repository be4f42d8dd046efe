//! Question to hits: a lexical and a dense list from the store, fused here.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::{App, Dense};
use crate::article::{ArticleId, Origin};
use crate::bridge;
use crate::config::Fusion;
use crate::embed::{EmbedError, Role};
use crate::language;
use crate::lexical;
use crate::store::{BranchQuery, Filter, ScoredPassage, StoreError};
use crate::time::Time;

/// SimHashes of near-identical passages differ in at most this many of 64 bits.
const NEAR_IDENTICAL_BITS: u32 = 6;
/// Shorter passages have too few terms for their SimHash to mean anything.
const NEAR_IDENTICAL_MIN_CHARS: usize = 40;

/// The constant of [`fuse_by_rank`], as its authors have it.
const RANK_CONSTANT: f32 = 60.0;

/// Which branches were searched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Both, fused.
    #[default]
    Hybrid,
    /// BM25 alone.
    Lexical,
    /// Vectors alone.
    Dense,
}

/// A passage found for a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Its article.
    pub article_id: ArticleId,
    /// The passage.
    pub passage_id: Uuid,
    /// The article's title.
    pub title: String,
    /// The article's outlet.
    pub source: Option<String>,
    /// The article's address.
    pub url: Option<String>,
    /// The article's date.
    pub published_at: Option<Time>,
    /// The language of the passage.
    pub language: String,
    /// The paragraph in which it starts.
    pub paragraph: u32,
    /// First character in the article's text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The words.
    pub text: String,
    /// 0 to 1: the fused score, in which each branch's best counts 1.
    pub score: f32,
    /// Whether it is the article's text or its brief's.
    pub origin: Origin,
    /// Near-identical reports of other articles.
    pub also: Vec<AlsoIn>,
}

/// Another article with nearly the same passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlsoIn {
    /// The article.
    pub article_id: ArticleId,
    /// Its outlet.
    pub source: Option<String>,
    /// Its date.
    pub published_at: Option<Time>,
}

/// What to look for.
#[derive(Debug, Clone)]
pub struct Query {
    /// The words.
    pub text: String,
    /// The branches wanted; `None` takes what there is.
    pub mode: Option<Mode>,
    /// Which articles count.
    pub filter: Filter,
    /// Hits at most.
    pub limit: usize,
    /// Hits of one article at most.
    pub per_article: usize,
}

/// What was found, and how.
#[derive(Debug, Clone, Default)]
pub struct Retrieval {
    /// Best first.
    pub hits: Vec<Hit>,
    /// The branches that were searched.
    pub mode: Mode,
    /// What a reader should know of the search.
    pub notes: Vec<String>,
    /// How well the best hit fits, for the decision whether to answer at all.
    pub evidence: Evidence,
}

/// What speaks for the collection having an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The share of the query's terms that the best passage holds, 0 to 1.
    pub coverage: f32,
    /// The best cosine similarity, where vectors were searched.
    pub similarity: Option<f32>,
    /// Whether the question and the best passage are in different languages.
    pub across: bool,
}

/// Below both of its pair nothing found is about the question. Similarities across
/// languages are lower; coverage is too, since not every word finds its translation.
/// Measured on `eval/retrieval-en-zh` and two public sets: at most 3 % of the
/// questions that have an answer fall below.
const RELEVANT: Threshold = Threshold {
    coverage: 0.34,
    similarity: 0.86,
};
const RELEVANT_ACROSS: Threshold = Threshold {
    coverage: 0.25,
    similarity: 0.81,
};

struct Threshold {
    coverage: f32,
    similarity: f32,
}

impl Evidence {
    /// Whether it is worth reading what was found: enough of the question's words
    /// stand in one passage, or one is near enough in meaning.
    pub fn is_relevant(&self) -> bool {
        let threshold = if self.across {
            RELEVANT_ACROSS
        } else {
            RELEVANT
        };
        self.coverage >= threshold.coverage
            || self
                .similarity
                .is_some_and(|similarity| similarity >= threshold.similarity)
    }
}

/// Why a search failed.
#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The query could not be embedded.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// Vectors were asked for where there are none.
    #[error(
        "searching in mode {mode}: dense retrieval is {reason}; leave `mode` out to search with what there is"
    )]
    NoVectors {
        /// As asked.
        mode: &'static str,
        /// Off or failed, and why.
        reason: String,
    },
}

/// Searches both branches at once, fuses them, folds near-identical reports
/// into one and keeps `per_article` hits of each article.
pub async fn retrieve(app: &App, query: &Query) -> Result<Retrieval, RetrieveError> {
    let mut notes = Vec::new();
    let embedder = match query.mode {
        Some(Mode::Lexical) => None,
        Some(Mode::Hybrid | Mode::Dense) => match app.dense_when_loaded().await {
            Dense::Ready(embedder) => Some(embedder),
            other => {
                return Err(RetrieveError::NoVectors {
                    mode: if query.mode == Some(Mode::Dense) {
                        "dense"
                    } else {
                        "hybrid"
                    },
                    reason: other.reason(),
                });
            }
        },
        None => match app.dense() {
            Dense::Ready(embedder) => Some(embedder),
            other => {
                notes.push(format!(
                    "lexical search only: dense retrieval is {}",
                    other.reason()
                ));
                None
            }
        },
    };
    let weights = lexical::query_vector(&query.text);
    let lexical_query = BranchQuery::Lexical(weights.clone());
    let limit = app.config.retrieval.branch_limit.max(query.limit);
    let lexical = async {
        if query.mode == Some(Mode::Dense) || weights.indices.is_empty() {
            return Ok(Vec::new());
        }
        Ok::<_, RetrieveError>(
            app.store
                .search(&lexical_query, &query.filter, limit)
                .await?,
        )
    };
    let dense = async {
        let Some(embedder) = &embedder else {
            return Ok(Vec::new());
        };
        let mut vectors = embedder
            .embed(Role::Query, vec![query.text.clone()])
            .await?;
        let branch = BranchQuery::Dense {
            model: embedder.identity().clone(),
            vector: vectors.pop().unwrap_or_default(),
        };
        Ok::<_, RetrieveError>(app.store.search(&branch, &query.filter, limit).await?)
    };
    let (lexical, dense) = tokio::try_join!(lexical, dense)?;
    if embedder.is_some()
        && let Some(missing) = app.vectors_missing()
    {
        notes.push(format!(
            "{missing} passages have no vector yet; they are found by words alone"
        ));
    }
    let evidence = Evidence {
        coverage: coverage(&query.text, lexical.iter().chain(&dense).take(5)),
        similarity: dense.first().map(|best| best.score),
        across: dense.first().or(lexical.first()).is_some_and(|best| {
            language::is_chinese(&best.passage.language)
                != language::is_chinese(language::detect(&query.text))
        }),
    };
    let mode = match (&embedder, query.mode) {
        (None, _) => Mode::Lexical,
        (Some(_), Some(Mode::Dense)) => Mode::Dense,
        (Some(_), _) => Mode::Hybrid,
    };
    let settings = &app.config.retrieval;
    let fused = match (mode, settings.fusion) {
        (Mode::Lexical, _) => fuse(&lexical, &dense, 1.0),
        (Mode::Dense, _) => fuse(&lexical, &dense, 0.0),
        (Mode::Hybrid, Fusion::Score) => fuse(&lexical, &dense, settings.lexical_weight),
        (Mode::Hybrid, Fusion::Rank) => fuse_by_rank(&[&lexical, &dense], RANK_CONSTANT),
    };
    Ok(Retrieval {
        hits: select(fused, query.limit, query.per_article),
        mode,
        notes,
        evidence,
    })
}

/// A weighted sum of scores, each branch scaled so that its best is 1 and, for
/// cosines, whose useful range is narrow, its last is 0; best first. A passage
/// that one branch lacks gets nothing from it.
pub fn fuse(
    lexical: &[ScoredPassage],
    dense: &[ScoredPassage],
    lexical_weight: f32,
) -> Vec<ScoredPassage> {
    let mut fused: HashMap<Uuid, ScoredPassage> = HashMap::new();
    let mut add = |list: &[ScoredPassage], weight: f32, floor: f32| {
        let top = list.first().map_or(0.0, |best| best.score);
        let range = top - floor;
        for scored in list {
            let scaled = if range > 0.0 {
                (scored.score - floor) / range
            } else {
                1.0
            };
            fused
                .entry(scored.passage.passage_id)
                .and_modify(|entry| entry.score += weight * scaled)
                .or_insert_with(|| ScoredPassage {
                    passage: scored.passage.clone(),
                    score: weight * scaled,
                });
        }
    };
    add(lexical, lexical_weight, 0.0);
    let last = dense.last().map_or(0.0, |worst| worst.score);
    add(
        dense,
        1.0 - lexical_weight,
        if dense.len() > 1 { last } else { 0.0 },
    );
    let mut fused: Vec<ScoredPassage> = fused.into_values().collect();
    sort(&mut fused);
    fused
}

/// Reciprocal rank fusion (Cormack et al. 2009) of the same lists, to compare with;
/// `k` is the paper's constant, 60 there.
pub fn fuse_by_rank(lists: &[&[ScoredPassage]], k: f32) -> Vec<ScoredPassage> {
    let mut fused: HashMap<Uuid, ScoredPassage> = HashMap::new();
    for list in lists {
        for (rank, scored) in list.iter().enumerate() {
            let score = 1.0 / (k + rank as f32 + 1.0);
            fused
                .entry(scored.passage.passage_id)
                .and_modify(|entry| entry.score += score)
                .or_insert_with(|| ScoredPassage {
                    passage: scored.passage.clone(),
                    score,
                });
        }
    }
    let mut fused: Vec<ScoredPassage> = fused.into_values().collect();
    sort(&mut fused);
    fused
}

fn sort(passages: &mut [ScoredPassage]) {
    // The id breaks ties, so that the same search gives the same order every time.
    passages.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.passage.passage_id.cmp(&b.passage.passage_id))
    });
}

/// The best `limit` hits, `per_article` of each article, near-identical ones folded.
fn select(passages: Vec<ScoredPassage>, limit: usize, per_article: usize) -> Vec<Hit> {
    let mut chosen: Vec<(Hit, u64)> = Vec::with_capacity(limit);
    let mut taken: HashMap<ArticleId, usize> = HashMap::new();
    for ScoredPassage { passage, score } in passages {
        if let Some((hit, _)) = chosen.iter_mut().find(|(hit, simhash)| {
            hit.article_id != passage.article_id
                && passage.end - passage.start >= NEAR_IDENTICAL_MIN_CHARS
                && (simhash ^ passage.simhash).count_ones() <= NEAR_IDENTICAL_BITS
        }) {
            if !hit
                .also
                .iter()
                .any(|also| also.article_id == passage.article_id)
            {
                hit.also.push(AlsoIn {
                    article_id: passage.article_id,
                    source: passage.source,
                    published_at: passage.published_at,
                });
            }
            continue;
        }
        let count = taken.entry(passage.article_id.clone()).or_default();
        if chosen.len() == limit || *count == per_article {
            continue;
        }
        *count += 1;
        let simhash = passage.simhash;
        let hit = Hit {
            article_id: passage.article_id,
            passage_id: passage.passage_id,
            title: passage.title,
            source: passage.source,
            url: passage.url,
            published_at: passage.published_at,
            language: passage.language,
            paragraph: passage.paragraph,
            start: passage.start,
            end: passage.end,
            text: passage.text,
            score,
            origin: passage.origin,
            also: Vec::new(),
        };
        chosen.push((hit, simhash));
    }
    chosen.into_iter().map(|(hit, _)| hit).collect()
}

/// The largest share of the query's different terms that one passage holds, in
/// the query's words or by what they may stand for in the other language.
fn coverage<'a>(query: &str, passages: impl Iterator<Item = &'a ScoredPassage>) -> f32 {
    let mut wanted = lexical::terms(query);
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return 0.0;
    }
    let bridged = bridge::words_for_terms(query);
    passages
        .map(|scored| {
            let mut held: HashSet<String> =
                lexical::terms(&scored.passage.text).into_iter().collect();
            held.extend(lexical::terms(&scored.passage.title));
            let holds = |term: &String| {
                held.contains(term)
                    || bridged
                        .get(term)
                        .is_some_and(|words| words.iter().any(|word| held.contains(word)))
            };
            let found = wanted.iter().filter(|term| holds(term)).count();
            found as f32 / wanted.len() as f32
        })
        .fold(0.0, f32::max)
}

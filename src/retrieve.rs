//! Question to hits: a lexical and a dense list from the store, fused here.

mod evidence;
mod fusion;
mod period;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use uuid::Uuid;

use crate::app::{App, Dense, Reranking};
use crate::article::{ArticleId, Origin};
use crate::bridge;
use crate::config::Fusion;
use crate::embed::{EmbedError, Embedder, Role};
use crate::lexical;
use crate::rerank::{Reranker, rerank};
use crate::store::{BranchQuery, Filter, ScoredPassage, SparseVector, StoreError};
use crate::telemetry;
use crate::time::Time;
pub use evidence::{Evidence, Read, Says, Signals, Wanted, prefer_saying, read, signals};
pub use fusion::{fuse, fuse_by_rank, level};
pub use period::{When, when};

/// SimHashes of near-identical passages differ in at most this many of 64 bits.
const NEAR_IDENTICAL_BITS: u32 = 6;
/// Shorter passages have too few terms for their SimHash to mean anything.
const NEAR_IDENTICAL_MIN_CHARS: usize = 40;

/// The constant of [`fuse_by_rank`], as its authors have it.
const RANK_CONSTANT: f32 = 60.0;

/// Passages that a search by words alone looks at for each hit wanted, and at least:
/// reading a passage from the store costs more than finding it.
const DEPTH_OF_WORDS: usize = 3;
const LEAST_DEPTH_OF_WORDS: usize = 32;
/// What a passage of the time that the question is about gains, beside a score of 0 to 1.
const OF_THE_TIME: f32 = 0.15;
/// What the newest passage gains where the newest are asked for; an older one half of
/// that for each half-life.
const NEWER: f32 = 0.25;
const HALF_LIFE_DAYS: f32 = 14.0;

/// Which branches were searched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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

impl Mode {
    /// Its name as it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Hybrid => "hybrid",
            Mode::Lexical => "lexical",
            Mode::Dense => "dense",
        }
    }
}

/// A passage found for a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
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
    /// The number of the paragraph in which it starts, from 1.
    pub paragraph: u32,
    /// First character in the article's text, in Unicode scalars.
    pub start: usize,
    /// One past the last character, in Unicode scalars.
    pub end: usize,
    /// The words.
    pub text: String,
    /// 0 to 1, where 1 is the best of both branches and says all of the question;
    /// comparable within one search.
    pub score: f32,
    /// Whether it is the article's text or its brief's.
    pub origin: Origin,
    /// Near-identical reports of other articles.
    pub also: Vec<AlsoIn>,
}

/// Another article with nearly the same passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AlsoIn {
    /// The article.
    pub article_id: ArticleId,
    /// Its outlet.
    pub source: Option<String>,
    /// Its date.
    pub published_at: Option<Time>,
}

/// What to look for.
#[derive(Debug, Clone, Default)]
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
    /// The day that "today" is; the clock's when absent.
    pub as_of: Option<Date>,
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
///
/// A day, a month or a week that the question names narrows the search to articles
/// of that time, unless the query has dates of its own or nothing of that time
/// answers; less certain times are preferred.
#[tracing::instrument(skip_all)]
pub async fn retrieve(app: &App, query: &Query) -> Result<Retrieval, RetrieveError> {
    let started = Instant::now();
    let mut notes = Vec::new();
    let embedder = embedder(app, query.mode, &mut notes).await?;
    let reranker = reranker(app, query.mode, &mut notes);
    let mode = match (&embedder, query.mode) {
        (None, _) => Mode::Lexical,
        (Some(_), Some(Mode::Dense)) => Mode::Dense,
        (Some(_), _) => Mode::Hybrid,
    };
    let today = query.as_of.unwrap_or_else(|| app.now().date());
    let mut when = period::when(&query.text, today);
    if query.filter.from.is_some() || query.filter.to.is_some() {
        when.within = None;
        when.about = None;
    }
    let groups = bridge::groups(&query.text);
    let depth = app.config.retrieval.branch_limit.max(query.limit);
    let shallow = (DEPTH_OF_WORDS * query.limit).max(LEAST_DEPTH_OF_WORDS);
    let mut search = Search {
        app,
        query,
        embedder: embedder.as_deref(),
        reranker: reranker.as_deref(),
        words: match mode {
            Mode::Dense => SparseVector::default(),
            Mode::Lexical | Mode::Hybrid => lexical::query_vector_with(&query.text, &groups),
        },
        wanted: Wanted::new(&query.text, &groups),
        depth: match mode {
            // What is preferred for its time may stand far down.
            Mode::Lexical if when == When::default() => shallow.min(depth),
            _ => depth,
        },
        mode,
    };
    let found = match when.within {
        None => search.run(&query.filter, &when).await?,
        Some((first, last)) => {
            let narrowed = within(&query.filter, first, last, &app.config.zone());
            let found = search.run(&narrowed, &when).await?;
            if found.evidence.is_relevant() {
                notes.push(format!(
                    "searched articles of {first} to {last}, as the question says"
                ));
                found
            } else {
                search.run(&query.filter, &when).await?
            }
        }
    };
    let select = |fused| select(fused, query.limit, query.per_article);
    let evidence = found.evidence;
    let more = search.depth < depth && found.fused.len() == search.depth;
    let mut hits = select(found.fused);
    notes.extend(found.note);
    if more && hits.len() < query.limit {
        search.depth = depth;
        hits = select(search.run(&query.filter, &when).await?.fused);
    }
    if embedder.is_some() && app.is_changing_model() {
        notes.push("vectors of another model are being made; the old ones serve meanwhile".into());
    } else if embedder.is_some()
        && let Some(missing) = app.vectors_missing()
    {
        notes.push(format!(
            "{missing} passages have no vector yet; they are found by words alone"
        ));
    }
    telemetry::retrieved(mode.as_str(), started.elapsed());
    Ok(Retrieval {
        hits,
        mode,
        notes,
        evidence,
    })
}

/// The embedder that the mode asks for or that there is.
async fn embedder(
    app: &App,
    mode: Option<Mode>,
    notes: &mut Vec<String>,
) -> Result<Option<Arc<dyn Embedder>>, RetrieveError> {
    match mode {
        Some(Mode::Lexical) => Ok(None),
        Some(mode @ (Mode::Hybrid | Mode::Dense)) => match app.dense_when_loaded().await {
            Dense::Ready(embedder) => Ok(Some(embedder)),
            other => Err(RetrieveError::NoVectors {
                mode: if mode == Mode::Dense {
                    "dense"
                } else {
                    "hybrid"
                },
                reason: other.reason(),
            }),
        },
        None => match app.dense() {
            Dense::Ready(embedder) => Ok(Some(embedder)),
            other => {
                notes.push(format!(
                    "lexical search only: dense retrieval is {}",
                    other.reason()
                ));
                Ok(None)
            }
        },
    }
}

/// The reranker, where one is configured and has loaded, and where more counts than
/// what is near by its vector alone.
fn reranker(app: &App, mode: Option<Mode>, notes: &mut Vec<String>) -> Option<Arc<dyn Reranker>> {
    if mode == Some(Mode::Dense) {
        return None;
    }
    match app.reranking() {
        Reranking::Ready(reranker) => Some(reranker),
        Reranking::Off(_) if app.config.rerank.model == "off" => None,
        other => {
            notes.push(format!("not reranked: reranking is {}", other.reason()));
            None
        }
    }
}

/// A query that is ready to be run, with one filter or another.
struct Search<'a> {
    app: &'a App,
    query: &'a Query,
    embedder: Option<&'a dyn Embedder>,
    reranker: Option<&'a dyn Reranker>,
    words: SparseVector,
    wanted: Wanted,
    depth: usize,
    mode: Mode,
}

struct Found {
    fused: Vec<ScoredPassage>,
    evidence: Evidence,
    /// What a reader should know of it.
    note: Option<String>,
}

impl Search<'_> {
    async fn run(&self, filter: &Filter, when: &When) -> Result<Found, RetrieveError> {
        let (lexical, dense) = tokio::try_join!(
            self.by_words(filter)
                .instrument(tracing::info_span!("lexical")),
            self.by_meaning(filter)
                .instrument(tracing::info_span!("dense")),
        )?;
        let levelled = level(&dense, |scored| self.wanted.is_own(scored));
        let settings = &self.app.config.retrieval;
        let nearest = if dense.is_empty() {
            &lexical[..]
        } else {
            &levelled[..]
        };
        let across = self.wanted.is_across(nearest);
        let mut fused = match (self.mode, settings.fusion) {
            (Mode::Lexical, _) => fuse(&lexical, &levelled, 1.0, self.depth),
            (Mode::Dense, _) => fuse(&lexical, &levelled, 0.0, self.depth),
            (Mode::Hybrid, Fusion::Score) => {
                fuse(&lexical, &levelled, settings.lexical_weight, self.depth)
            }
            (Mode::Hybrid, Fusion::Rank) => {
                fuse_by_rank(&[&lexical[..], &levelled[..]], RANK_CONSTANT)
            }
        };
        let read = read(&self.wanted, across, &fused);
        // How near anything is was fitted on similarities as they are.
        let evidence = evidence::evidence(&self.wanted, &read, &fused, &lexical, &dense);
        if self.mode != Mode::Dense {
            prefer_saying(&mut fused, &read, read.gain());
        }
        let note = self
            .rerank(&mut fused)
            .instrument(tracing::info_span!("rerank"))
            .await;
        prefer(&mut fused, when);
        Ok(Found {
            fused,
            evidence,
            note,
        })
    }

    /// Puts the best in the reranker's order, where there is one; a note where it fails.
    async fn rerank(&self, fused: &mut [ScoredPassage]) -> Option<String> {
        let most = self.app.config.rerank.passages;
        let read = rerank(self.reranker?, &self.query.text, fused, most).await;
        let error = read.err()?;
        tracing::warn!(%error, "going on without reranking");
        Some(format!("not reranked: {error}"))
    }

    async fn by_words(&self, filter: &Filter) -> Result<Vec<ScoredPassage>, RetrieveError> {
        if self.words.indices.is_empty() {
            return Ok(Vec::new());
        }
        let branch = BranchQuery::Lexical(self.words.clone());
        Ok(self.app.store.search(&branch, filter, self.depth).await?)
    }

    async fn by_meaning(&self, filter: &Filter) -> Result<Vec<ScoredPassage>, RetrieveError> {
        let Some(embedder) = self.embedder else {
            return Ok(Vec::new());
        };
        let text = vec![self.query.text.clone()];
        let mut vectors = embedder.embed(Role::Query, text).await?;
        let branch = BranchQuery::Dense {
            model: embedder.identity().clone(),
            vector: vectors.pop().unwrap_or_default(),
        };
        Ok(self.app.store.search(&branch, filter, self.depth).await?)
    }
}

/// `filter` for articles of these days alone.
fn within(filter: &Filter, first: Date, last: Date, zone: &TimeZone) -> Filter {
    Filter {
        from: Time::parse(&first.to_string(), zone).ok(),
        to: Time::parse_end(&last.to_string(), zone).ok(),
        ..filter.clone()
    }
}

/// Moves passages of the time that the question is about, or the newest ones, up.
fn prefer(fused: &mut [ScoredPassage], when: &When) {
    let date = |scored: &ScoredPassage| scored.passage.published_at.as_ref().map(Time::date);
    let newest = fused.iter().filter_map(date).max();
    let (about, fresh) = (when.about, newest.filter(|_| when.newest));
    if about.is_none() && fresh.is_none() {
        return;
    }
    for scored in fused.iter_mut() {
        let Some(date) = date(scored) else { continue };
        if about.is_some_and(|(first, last)| first <= date && date <= last) {
            scored.score += OF_THE_TIME;
        }
        if let Some(newest) = fresh {
            let age = (newest - date).get_days() as f32;
            scored.score += NEWER * 0.5_f32.powf(age / HALF_LIFE_DAYS);
        }
    }
    let most =
        if about.is_some() { OF_THE_TIME } else { 0.0 } + if fresh.is_some() { NEWER } else { 0.0 };
    for scored in fused.iter_mut() {
        scored.score /= 1.0 + most;
    }
    fused.sort_by(|a, b| b.score.total_cmp(&a.score));
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

//! A suite asked of a system: what came of each case, unjudged.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt;
use serde::{Deserialize, Serialize};

use super::cache::{Cache, CachedModel, Call};
use super::journal::{Journal, JournalError};
use super::ranking::DEPTH;
use super::suite::{EvalQuery, Suite};
use super::system::System;
use crate::answer::Answer;
use crate::app::{App, Writer};
use crate::article::{Article, ArticleId, slice};
use crate::ask::{self, Question, QuestionError};
use crate::brief::{Brief, write_brief};
use crate::check::{self, CheckInput, CheckInputError, Finding, Verdict};
use crate::ingest;
use crate::llm::LanguageModel;
use crate::retrieve::{self, Evidence, Mode, Query, RetrieveError};
use crate::store::{Filter, StoreError};
use crate::time::Time;
use crate::writing::WritingError;

/// Characters of a passage that a report shows.
const EXCERPT: usize = 160;
/// Places of a ranking whose words are shown.
const SHOWN: usize = 3;

/// What a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// A question to be answered.
    Question,
    /// An article to be summarised.
    Brief,
    /// A claim to be checked.
    Claim,
}

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// What it is.
    pub task: Task,
    /// The question's, article's or claim's id.
    pub id: String,
    /// What was found for a question, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranking: Vec<Place>,
    /// What speaks for an answer, by the search alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// The answer to a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// The brief of an article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<Brief>,
    /// The check's word on a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
    /// Why there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The calls of a model, as they were when the model was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// Milliseconds that all else took.
    #[serde(default)]
    pub own_ms: u64,
}

/// A place in a ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The article, and those whose near-identical reports were folded into it.
    pub articles: Vec<ArticleId>,
    /// The paragraph found.
    pub paragraph: u32,
    /// First character of the passage.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// How it begins; only of the first places.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
}

/// A verdict with its findings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub findings: Vec<Finding>,
}

/// Why a suite could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store failed as articles went in.
    #[error(transparent)]
    Ingest(#[from] Arc<StoreError>),
    /// What came of earlier cases could not be read or kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What one case may fail with; it is reported and the run goes on.
#[derive(Debug, thiserror::Error)]
enum CaseError {
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
    #[error(transparent)]
    Question(#[from] QuestionError),
    #[error(transparent)]
    Brief(#[from] WritingError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Check(#[from] CheckInputError),
    #[error("article {0}: it was not taken in")]
    NoArticle(ArticleId),
}

/// One case of a suite.
#[derive(Debug, Clone)]
enum Case {
    Question(usize),
    Brief(ArticleId),
    Claim(usize),
}

/// All that cases share.
struct Asking {
    app: Arc<App>,
    suite: Arc<Suite>,
    answers: bool,
    mode: Mode,
    cache: Cache,
    today: Time,
}

/// Takes in the suite's articles; those that are there already cost little. Gives what
/// a reader of the figures should know.
///
/// # Errors
/// When the store fails. An article that cannot be taken is no error but a note.
pub async fn take_in(
    app: &App,
    suite: &Suite,
    tell: &(dyn Fn(usize) + Sync),
) -> Result<Vec<String>, ObserveError> {
    let mut refused = Vec::new();
    let mut done = 0;
    for batch in suite.corpus.chunks(ingest::BATCH) {
        for (result, input) in ingest::ingest(app, batch.to_vec())
            .await
            .into_iter()
            .zip(batch)
        {
            match result {
                Ok(_) => {}
                Err(ingest::IngestError::Store(error)) => return Err(error.into()),
                Err(error) => refused.push(format!(
                    "article {}: {error}",
                    input.id.as_deref().unwrap_or("without id")
                )),
            }
        }
        done += batch.len();
        tell(done);
    }
    let mut notes = Vec::new();
    if let Some(first) = refused.first() {
        notes.push(format!(
            "{} of {} articles were not taken in, first {first}",
            refused.len(),
            suite.corpus.len()
        ));
    }
    Ok(notes)
}

/// Asks the system every case of the suite, `system.concurrency` at once, in the order
/// of the suite; what `journal` has already is not asked again, what is new goes there.
///
/// # Errors
/// When the journal cannot be kept. A case that fails is an observation with its error.
pub async fn observe(
    app: &Arc<App>,
    suite: &Arc<Suite>,
    system: &System,
    cache: &Cache,
    journal: &mut Journal,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Observation>, ObserveError> {
    let cases = cases(suite, system);
    let all = cases.len();
    let asking = Arc::new(Asking {
        mode: system.mode(app).await,
        answers: system.answers,
        today: newest(app, suite),
        app: app.clone(),
        suite: suite.clone(),
        cache: cache.clone(),
    });
    let mut seen: HashMap<(Task, String), Observation> = journal.take();
    let mut stream = futures::stream::iter(cases)
        .map(|case| {
            let known = seen.remove(&key(&case, suite));
            let asking = asking.clone();
            async move {
                match known {
                    Some(observation) => (false, observation),
                    // A task of its own, so that cases run on all processors.
                    None => match tokio::spawn(async move { asking.observe(case).await }).await {
                        Ok(observation) => (true, observation),
                        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
                    },
                }
            }
        })
        .buffered(system.concurrency.max(1));
    let mut observations = Vec::with_capacity(all);
    while let Some((new, observation)) = stream.next().await {
        if new && observation.error.is_none() {
            journal.add(&observation)?;
        }
        observations.push(observation);
        tell(observations.len(), all);
    }
    Ok(observations)
}

/// The articles that the observations speak of, as they are kept.
///
/// # Errors
/// When the store fails.
pub async fn articles(
    app: &App,
    suite: &Suite,
    observations: &[Observation],
) -> Result<HashMap<ArticleId, Article>, StoreError> {
    let mut ids: Vec<ArticleId> = observations
        .iter()
        .filter_map(|observation| observation.answer.as_ref())
        .flat_map(|answer| {
            answer
                .citations
                .iter()
                .map(|citation| citation.article_id.clone())
        })
        .chain(suite.brief_articles())
        .collect();
    ids.sort();
    ids.dedup();
    let mut found = HashMap::with_capacity(ids.len());
    for batch in ids.chunks(ingest::BATCH) {
        for article in app.store.get(batch).await?.into_iter().flatten() {
            found.insert(article.id.clone(), article);
        }
    }
    Ok(found)
}

fn cases(suite: &Suite, system: &System) -> Vec<Case> {
    let briefs = if system.briefs {
        suite.brief_articles()
    } else {
        Vec::new()
    };
    (0..suite.queries.len())
        .map(Case::Question)
        .chain(briefs.into_iter().map(Case::Brief))
        .chain((0..suite.claims.len()).map(Case::Claim))
        .collect()
}

fn key(case: &Case, suite: &Suite) -> (Task, String) {
    match case {
        Case::Question(place) => (Task::Question, suite.queries[*place].id.clone()),
        Case::Brief(id) => (Task::Brief, id.to_string()),
        Case::Claim(place) => (Task::Claim, suite.claims[*place].id.clone()),
    }
}

/// The day that "today" is where a question names none: that of the newest article, so
/// that a suite is asked the same at any time.
fn newest(app: &App, suite: &Suite) -> Time {
    let zone = app.config.zone();
    suite
        .corpus
        .iter()
        .filter_map(|article| Time::parse(article.published_at.as_deref()?, &zone).ok())
        .max_by_key(Time::micros)
        .unwrap_or_else(|| Time::new(jiff::Timestamp::UNIX_EPOCH, &zone))
}

impl Asking {
    async fn observe(&self, case: Case) -> Observation {
        let (task, id) = key(&case, &self.suite);
        let mut observation = Observation {
            task,
            id,
            ranking: Vec::new(),
            evidence: None,
            answer: None,
            brief: None,
            checked: None,
            error: None,
            calls: Vec::new(),
            own_ms: 0,
        };
        let model = match self.app.writer() {
            Writer::Model(model) => Some(CachedModel::new(model, self.cache.clone())),
            Writer::Extractive(_) => None,
        };
        let writer = model.as_ref().map(|model| model as &dyn LanguageModel);
        let result = match case {
            Case::Question(place) => {
                let query = &self.suite.queries[place];
                self.question(query, writer, &mut observation).await
            }
            Case::Brief(id) => self.brief(&id, writer, &mut observation).await,
            Case::Claim(place) => self.claim(place).map(|checked| {
                observation.checked = Some(checked);
            }),
        };
        observation.error = result.err().map(|error| error.to_string());
        observation.calls = model.map(|model| model.calls()).unwrap_or_default();
        observation
    }

    async fn question(
        &self,
        query: &EvalQuery,
        writer: Option<&dyn LanguageModel>,
        observation: &mut Observation,
    ) -> Result<(), CaseError> {
        let zone = self.app.config.zone();
        let today = query
            .as_of
            .as_deref()
            .and_then(|day| Time::parse(day, &zone).ok())
            .unwrap_or_else(|| self.today.clone());
        let found = retrieve::retrieve(
            &self.app,
            &Query {
                text: self.standalone(query),
                mode: Some(self.mode),
                filter: Filter::default(),
                limit: DEPTH,
                per_article: 1,
                as_of: Some(today.date()),
            },
        )
        .await?;
        observation.evidence = Some(found.evidence);
        observation.ranking = found
            .hits
            .into_iter()
            .enumerate()
            .map(|(place, hit)| Place {
                excerpt: if place < SHOWN {
                    slice(&hit.text, 0, EXCERPT).to_owned()
                } else {
                    String::new()
                },
                paragraph: hit.paragraph,
                start: hit.start,
                end: hit.end,
                // A near-identical report that was folded into a hit was found as well.
                articles: std::iter::once(hit.article_id)
                    .chain(hit.also.into_iter().map(|also| also.article_id))
                    .collect(),
            })
            .collect();
        if !self.answers {
            return Ok(());
        }
        let question = Question {
            text: query.query.clone(),
            mode: Some(self.mode),
            history: query.history.clone(),
            as_of: Some(today.date()),
            ..Question::default()
        };
        let started = Instant::now();
        let mut answer = ask::ask_with(&self.app, writer, question, &mut |_| {}).await?;
        observation.own_ms = match writer {
            Some(_) => answer.timings_ms.retrieve,
            None => millis(started),
        };
        answer.hits.clear();
        observation.answer = Some(answer);
        Ok(())
    }

    /// What is searched for: a follow-up with the question before it.
    fn standalone(&self, query: &EvalQuery) -> String {
        let previous = query
            .history
            .iter()
            .rev()
            .find(|message| message.role == crate::llm::Role::User);
        match previous {
            Some(previous) => format!("{} {}", previous.content, query.query),
            None => query.query.clone(),
        }
    }

    async fn brief(
        &self,
        id: &ArticleId,
        writer: Option<&dyn LanguageModel>,
        observation: &mut Observation,
    ) -> Result<(), CaseError> {
        let article = self
            .app
            .store
            .get(std::slice::from_ref(id))
            .await?
            .pop()
            .flatten()
            .ok_or_else(|| CaseError::NoArticle(id.clone()))?;
        let started = Instant::now();
        let now = self.today.clone();
        let prompts = &self.app.prompts;
        let brief = write_brief(writer, prompts, &article, false, now, &mut |_| {}).await?;
        if writer.is_none() {
            observation.own_ms = millis(started);
        }
        observation.brief = Some(brief);
        Ok(())
    }

    fn claim(&self, place: usize) -> Result<Checked, CaseError> {
        let gold = &self.suite.claims[place];
        let input = CheckInput {
            id: None,
            claim: gold.claim.clone(),
            sources: gold.sources.clone(),
            published_at: gold.published_at.clone(),
        };
        let checked = check::check_input(&input, None)?;
        Ok(Checked {
            verdict: checked.verdict,
            findings: checked.findings,
        })
    }
}

fn millis(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

//! The digest: one English summary of a topic's articles in a period. Events are told
//! once, however many articles report them; each point cites articles and paragraphs.
//!
//! ```text
//! topic ─► articles ─► events ─► statements ─► prompt ─► llm ─► check ─► repair once ─► digest
//! ```
//!
//! What the model reads of an event is what its brief says, where there is one, else its
//! key sentences, as many as fit the context. Without a model these are the digest.

mod events;
mod write;

use serde::{Deserialize, Serialize};

use crate::app::{App, Writer};
use crate::article::{Article, ArticleId};
use crate::brief::{CheckCounts, Engine, Group, Lead, Point, PromptId};
use crate::config::Fallback;
use crate::llm::LanguageModel;
use crate::retrieve::AlsoIn;
use crate::store::{Filter, StoreError};
use crate::telemetry;
use crate::time::Time;
use crate::topic::Topic;
use crate::writing::WritingError;

/// Articles that are read, the newest first.
const MOST_ARTICLES: usize = 300;
/// Articles asked of the store at once.
const PAGE: usize = 100;

/// A digest as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Digest {
    /// The topic's id.
    pub topic: String,
    /// The topic's name.
    pub name: String,
    /// Published at or after, if that was asked for.
    pub from: Option<Time>,
    /// Published before or at, if that was asked for.
    pub to: Option<Time>,
    /// Of its words: `en`, or the articles' own when sentences are quoted.
    pub language: String,
    /// The opening.
    pub lead: Option<Lead>,
    /// The rest.
    pub groups: Vec<Group>,
    /// What the points' numbers stand for.
    pub citations: Vec<DigestCitation>,
    /// Articles that it is made from.
    pub articles: usize,
    /// Events that they report, as far as can be told from their words.
    pub events: usize,
    /// What wrote it.
    pub engine: Engine,
    /// The model's name, for the engine `llm`.
    pub model: Option<String>,
    /// The prompt, for the engine `llm`.
    pub prompt: Option<PromptId>,
    /// When it was written.
    pub created_at: Time,
    /// Counts over the points.
    pub check: CheckCounts,
    /// What a reader should know of how it was made.
    pub notes: Vec<String>,
}

/// A place in an article that points of a digest rest on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DigestCitation {
    /// The number that points use, from 1.
    pub n: u32,
    /// The article.
    pub article_id: ArticleId,
    /// Its title.
    pub title: String,
    /// Its outlet.
    pub source: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// Its date.
    pub published_at: Option<Time>,
    /// The number of the paragraph, from 1.
    pub paragraph: u32,
    /// First character in the article's text, in Unicode scalars.
    pub start: usize,
    /// One past the last character, in Unicode scalars.
    pub end: usize,
    /// The words.
    pub quote: String,
    /// Near-identical reports of other articles.
    pub also: Vec<AlsoIn>,
}

/// What is told while a digest is written: its points, in no binding order, once they are
/// checked; the digest itself follows as the result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DigestPoint {
    /// The title of its group; absent for the lead.
    pub group: Option<String>,
    /// The point; its `citations` are numbers into `quotes`.
    pub point: Point,
    /// What it cites.
    pub quotes: Vec<DigestCitation>,
}

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Published at or after.
    pub from: Option<Time>,
    /// Published before or at.
    pub to: Option<Time>,
    /// Leave out points that the check does not find supported.
    pub strict: bool,
    /// Who is to write; whoever is there when absent.
    pub engine: Option<Engine>,
}

/// Why there is no digest.
#[derive(Debug, thiserror::Error)]
pub enum DigestError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not be written.
    #[error(transparent)]
    Writing(#[from] WritingError),
}

/// The digest of a topic's articles; its points are told as they are checked.
pub async fn digest(
    app: &App,
    topic: &Topic,
    wanted: Wanted,
    tell: &mut (dyn FnMut(DigestPoint) + Send),
) -> Result<Digest, DigestError> {
    let writer = app.writer();
    let model = match (&writer, wanted.engine) {
        (_, Some(Engine::Extractive | Engine::Imported)) => None,
        (Writer::Model(model), _) => Some(model.as_ref() as &dyn LanguageModel),
        (Writer::Extractive(why), Some(Engine::Llm)) => {
            let reason = why.clone();
            return Err(WritingError::NoModel { reason }.into());
        }
        (Writer::Extractive(_), None) => None,
    };
    let filter = Filter {
        topics: vec![topic.id.clone()],
        from: wanted.from.clone(),
        to: wanted.to.clone(),
        ..Filter::default()
    };
    let total = app.store.count(&filter).await?;
    let articles = newest(app, &filter).await?;
    let read = articles.len();
    let material = tokio::task::spawn_blocking(move || events::material(articles)).await;
    let material = material.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    let empty = Digest {
        topic: topic.id.clone(),
        name: topic.name.clone(),
        from: wanted.from,
        to: wanted.to,
        language: "en".to_owned(),
        lead: None,
        groups: Vec::new(),
        citations: Vec::new(),
        articles: read,
        events: material.len(),
        engine: Engine::Extractive,
        model: None,
        prompt: None,
        created_at: app.now(),
        check: CheckCounts::default(),
        notes: Vec::new(),
    };
    let mut digest = match model {
        _ if material.is_empty() => Digest {
            notes: vec!["no article of the topic is of this time".to_owned()],
            ..empty
        },
        None => write::quoted(empty, &material, tell),
        Some(model) => {
            let falls_back = app.config.model.fallback == Fallback::Extractive
                && wanted.engine != Some(Engine::Llm);
            let prompts = &app.prompts;
            let written = write::written(
                empty.clone(),
                model,
                prompts,
                &material,
                wanted.strict,
                tell,
            )
            .await;
            match written {
                Err(WritingError::Llm(error)) if falls_back => {
                    tracing::warn!(%error, "a digest is quoted as the model failed");
                    let mut digest = write::quoted(empty, &material, tell);
                    digest.notes.push(format!("the model failed: {error}"));
                    digest
                }
                written => written?,
            }
        }
    };
    if total > read as u64 {
        digest
            .notes
            .push(format!("made from the newest {read} of {total} articles"));
    }
    digest.check = CheckCounts::of(digest.points());
    telemetry::digested(&digest);
    Ok(digest)
}

impl Digest {
    /// All points, the lead's first.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        let lead = self.lead.iter().flat_map(|lead| &lead.points);
        lead.chain(self.groups.iter().flat_map(|group| &group.points))
    }
}

async fn newest(app: &App, filter: &Filter) -> Result<Vec<Article>, StoreError> {
    let mut articles = Vec::new();
    let mut after = None;
    while articles.len() < MOST_ARTICLES {
        let most = PAGE.min(MOST_ARTICLES - articles.len());
        let page = app.store.list(filter, after.as_ref(), most).await?;
        articles.extend(page.articles);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(articles)
}

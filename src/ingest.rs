//! Articles into the store: parsed, compared with what is there, cut into
//! passages, written and acknowledged; vectors follow (see [`crate::vectors`]).

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::article::{Article, ArticleError, ArticleId, ArticleInput, Slices};
use crate::brief::BriefStatus;
use crate::lexical;
use crate::passage;
use crate::store::{NewArticle, NewPassage, PutOutcome, StoreError, StoredPassage};
use crate::topic::{self, Decider};

/// Articles that are prepared and written together.
pub const BATCH: usize = 64;
/// How often a write that another writer overtook is tried.
const ATTEMPTS: usize = 8;

/// What became of an article that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// New.
    Created,
    /// Known, with other content; replaced whole.
    Updated,
    /// Known, with this very content.
    Unchanged,
}

/// An article that is durable and findable.
#[derive(Debug, Clone)]
pub struct Ingested {
    /// The article as kept.
    pub article: Article,
    /// Whether it is new.
    pub status: Status,
}

/// Why an article was not taken.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// It is not a valid article.
    #[error(transparent)]
    Article(#[from] ArticleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
    /// Other writers kept replacing the same article.
    #[error(
        "writing article {0}: other writers replaced it {ATTEMPTS} times meanwhile; send it again"
    )]
    Conflict(ArticleId),
}

/// Takes in articles, answering each in its place. All that come back `Ok` are
/// durable; a fault in one stops no other.
pub async fn ingest(app: &App, inputs: Vec<ArticleInput>) -> Vec<Result<Ingested, IngestError>> {
    let prepared = prepare(app, inputs).await;
    commit(app, prepared).await
}

/// Articles that have been parsed, compared with the store and cut into passages.
pub struct Prepared {
    results: Vec<Option<Result<Ingested, IngestError>>>,
    writes: Vec<Write>,
    /// Later articles of an id that occurs twice: they wait for the first.
    repeats: Vec<(usize, Article)>,
}

struct Write {
    place: usize,
    status: Status,
    new: NewArticle,
}

/// All that can be done before writing; batches may be prepared at the same time.
pub async fn prepare(app: &App, inputs: Vec<ArticleInput>) -> Prepared {
    let now = app.now();
    let zone = app.config.zone();
    let parsed: Vec<Result<Article, ArticleError>> = blocking(move || {
        inputs
            .into_iter()
            .map(|input| {
                let mut article = Article::from_input(input, now.clone(), &zone)?;
                crate::brief::check_brief(&mut article);
                Ok(article)
            })
            .collect()
    })
    .await;
    let mut results = Vec::with_capacity(parsed.len());
    let mut articles = Vec::with_capacity(parsed.len());
    for (place, result) in parsed.into_iter().enumerate() {
        match result {
            Ok(article) => {
                articles.push((place, article));
                results.push(None);
            }
            Err(error) => results.push(Some(Err(error.into()))),
        }
    }
    compare(app, articles, results).await
}

/// Writes what was prepared. Batches are to be committed in the order in which
/// their articles came, so that the last one of an id stays.
pub async fn commit(app: &App, mut batch: Prepared) -> Vec<Result<Ingested, IngestError>> {
    for _ in 0..ATTEMPTS {
        let again = write(app, &mut batch).await;
        if again.is_empty() {
            break;
        }
        batch = compare(app, again, batch.results).await;
    }
    for (place, article) in batch
        .writes
        .into_iter()
        .map(|write| (write.place, write.new.article))
        .chain(batch.repeats)
    {
        batch.results[place] = Some(Err(IngestError::Conflict(article.id)));
    }
    app.vectors_wanted();
    batch.results.into_iter().flatten().collect()
}

/// Sorts out what the store has already and cuts the rest into passages.
async fn compare(
    app: &App,
    articles: Vec<(usize, Article)>,
    mut results: Vec<Option<Result<Ingested, IngestError>>>,
) -> Prepared {
    let mut seen = HashSet::new();
    let (first, repeats): (Vec<_>, Vec<_>) = articles
        .into_iter()
        .partition(|(_, article)| seen.insert(article.id.clone()));
    let ids: Vec<ArticleId> = first
        .iter()
        .map(|(_, article)| article.id.clone())
        .collect();
    let known = match app.store.get(&ids).await {
        Ok(known) => known,
        Err(error) => {
            let error = Arc::new(error);
            for (place, _) in first.into_iter().chain(repeats) {
                results[place] = Some(Err(IngestError::Store(error.clone())));
            }
            return Prepared {
                results,
                writes: Vec::new(),
                repeats: Vec::new(),
            };
        }
    };
    let mut changed = Vec::new();
    for ((place, mut article), known) in first.into_iter().zip(known) {
        match known {
            Some(known) if known.content_hash == article.content_hash => {
                results[place] = Some(Ok(Ingested {
                    article: known,
                    status: Status::Unchanged,
                }));
            }
            Some(known) => {
                let replaces = known.revision;
                inherit(&mut article, known);
                changed.push((place, Status::Updated, article, Some(replaces)));
            }
            None => changed.push((place, Status::Created, article, None)),
        }
    }
    let writes = blocking(move || {
        changed
            .into_iter()
            .map(|(place, status, article, replaces)| Write {
                place,
                status,
                new: NewArticle {
                    passages: passages(&article),
                    article,
                    replaces,
                },
            })
            .collect()
    })
    .await;
    Prepared {
        results,
        writes,
        repeats,
    }
}

/// Puts a batch; gives back what must be compared again: articles that another
/// writer overtook, and the later ones of an id.
async fn write(app: &App, batch: &mut Prepared) -> Vec<(usize, Article)> {
    let mut again = std::mem::take(&mut batch.repeats);
    let mut writes = std::mem::take(&mut batch.writes);
    if writes.is_empty() {
        return again;
    }
    let _deciding = app.deciding.read().await;
    let outcomes = match topic::all(app.store.as_ref()).await {
        Ok(topics) => {
            let decider = Decider::new(topics);
            for write in &mut writes {
                decider.decide(&mut write.new.article);
            }
            let articles = writes.iter().map(|write| write.new.clone());
            app.store.put(articles.collect()).await
        }
        Err(error) => Err(error),
    };
    match outcomes {
        Ok(outcomes) => {
            for (write, outcome) in writes.into_iter().zip(outcomes) {
                let article = write.new.article;
                match outcome {
                    PutOutcome::Written => {
                        if article.brief_status != BriefStatus::Ready {
                            app.brief_wanted(&article.id);
                        }
                        batch.results[write.place] = Some(Ok(Ingested {
                            article,
                            status: write.status,
                        }));
                    }
                    PutOutcome::Conflict => again.push((write.place, article)),
                }
            }
            again.sort_by_key(|(place, _)| *place);
            again
        }
        Err(error) => {
            let error = Arc::new(error);
            let places = writes.iter().map(|write| write.place);
            for place in places.chain(again.iter().map(|(place, _)| *place)) {
                batch.results[place] = Some(Err(IngestError::Store(error.clone())));
            }
            Vec::new()
        }
    }
}

/// A replacement keeps when the article first came in, and its brief until a new one is written.
fn inherit(article: &mut Article, known: Article) {
    article.revision = known.revision + 1;
    article.ingested_at = known.ingested_at;
    if article.brief.is_none() && known.brief.is_some() {
        article.brief = known.brief;
        article.title_en = article.title_en.take().or(known.title_en);
        article.brief_status = BriefStatus::Stale;
    }
}

/// An article's passages with their lexical weights.
pub fn passages(article: &Article) -> Vec<NewPassage> {
    let language = article.text_language();
    let text = Slices::new(&article.text);
    let title = lexical::title_terms(&article.title);
    passage::passages(&article.text, &article.paragraphs)
        .into_iter()
        .map(|passage| {
            let words = text.get(passage.start..passage.end);
            let document = lexical::document(&title, words);
            NewPassage {
                lexical: document.vector,
                passage: StoredPassage {
                    passage_id: passage_id(article, passage.ordinal),
                    article_id: article.id.clone(),
                    revision: article.revision,
                    ordinal: passage.ordinal,
                    title: article.title.clone(),
                    source: article.source.clone(),
                    url: article.url.clone(),
                    published_at: article.published_at.clone(),
                    language: language.to_owned(),
                    paragraph: passage.paragraph,
                    start: passage.start,
                    end: passage.end,
                    origin: article.origin,
                    text: words.to_owned(),
                    simhash: document.simhash,
                },
            }
        })
        .collect()
}

fn passage_id(article: &Article, ordinal: u32) -> Uuid {
    let name = format!("{}\n{}\n{ordinal}", article.id, article.revision);
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

/// Runs what keeps a processor busy where it holds up no other request.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Counts of outcomes, for a summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tally {
    /// New articles.
    pub created: u64,
    /// Articles that were replaced.
    pub updated: u64,
    /// Articles that were there already.
    pub unchanged: u64,
    /// Articles that were not taken.
    pub failed: u64,
}

impl Tally {
    /// Counts one outcome; `None` is a failure.
    pub fn count(&mut self, status: Option<Status>) {
        match status {
            Some(Status::Created) => self.created += 1,
            Some(Status::Updated) => self.updated += 1,
            Some(Status::Unchanged) => self.unchanged += 1,
            None => self.failed += 1,
        }
    }
}

//! Polling: which feeds are due, what becomes of their items, when they are asked again.

use std::collections::HashSet;
use std::sync::Weak;
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;

use super::fetch::{FetchError, Fetched, Validators};
use super::{Feed, Polling, all, find, put};
use crate::app::App;
use crate::article::{Article, ArticleId, ArticleInput};
use crate::ingest::{self, IngestError, Tally};
use crate::reader;
use crate::retention;
use crate::store::{Assignment, StoreError};
use crate::telemetry;
use crate::time::Time;

/// Feeds that are polled at the same time.
const AT_ONCE: usize = 4;
/// Items that are read of a feed, from its top.
const ITEMS: usize = 500;
/// The longest pause after failures, and the longest that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long until it is looked again which feeds are due: another process may add some.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// Field of an article's metadata with the id of the feed that brought it in.
const FEED: &str = "feed";

/// What a poll did.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// The feed as it stands now.
    pub feed: Feed,
    /// What became of its items; those of other senders, and those that were removed,
    /// are not among them.
    pub items: Tally,
}

/// Polls what is due, and goes on until the application ends.
pub async fn follow(app: Weak<App>) {
    loop {
        let Some(app) = app.upgrade() else { return };
        let wait = match poll_due(&app).await {
            Ok(Some(next)) => next.since(&app.now()).min(LOOK_AGAIN),
            Ok(None) => LOOK_AGAIN,
            Err(error) => {
                tracing::warn!(%error, "looking for feeds to poll");
                LOOK_AGAIN
            }
        };
        let feeds = app.feeds.clone();
        drop(app);
        #[expect(clippy::disallowed_methods, reason = "feeds are due at a time")]
        let pause = tokio::time::sleep(wait);
        tokio::select! {
            () = feeds.changed.notified() => {}
            () = pause => {}
        }
    }
}

/// Polls every feed that is due, a few at a time; says when the next one is.
pub async fn poll_due(app: &App) -> Result<Option<Time>, StoreError> {
    let now = app.now();
    let feeds = all(app.store.as_ref()).await?;
    let due = feeds.into_iter().filter(|feed| feed.is_due(&now));
    let polls = futures::stream::iter(due.map(|feed| async move { poll(app, &feed.id).await }));
    let results: Vec<_> = polls.buffer_unordered(AT_ONCE).collect().await;
    for result in results {
        result?;
    }
    let feeds = all(app.store.as_ref()).await?;
    let next = feeds
        .into_iter()
        .map(|feed| match feed.polling.next_fetch_at {
            Some(next) => next,
            None => now.clone(),
        });
    Ok(next.min())
}

/// Polls a feed now, whether it is due or not; `None` if there is none of this id, or it
/// was removed meanwhile. A poll that fails is told in the feed.
pub async fn poll(app: &App, id: &str) -> Result<Option<Polled>, StoreError> {
    let Some(feed) = find(app.store.as_ref(), id).await? else {
        return Ok(None);
    };
    let known = Validators {
        etag: feed.polling.etag.clone(),
        last_modified: feed.polling.last_modified.clone(),
    };
    let fetched = app.feeds.fetcher.fetch(&feed.url, &known).await;
    let now = app.now();
    let (polling, items) = match fetched {
        Ok(Fetched::Unchanged) => {
            telemetry::polled("unchanged");
            (
                feed.polling.clone().succeeded(&feed, &now),
                Tally::default(),
            )
        }
        Ok(Fetched::Body {
            bytes,
            base,
            validators,
        }) => {
            let taken = take(app, &feed, bytes, base).await;
            telemetry::polled(if taken.failed { "failed" } else { "read" });
            let mut polling = if taken.failed {
                feed.polling.clone().failed(&feed, &now, Duration::ZERO)
            } else {
                Polling {
                    etag: validators.etag,
                    last_modified: validators.last_modified,
                    ..feed.polling.clone()
                }
                .succeeded(&feed, &now)
            };
            polling.last_error = taken.error;
            polling.articles += taken.items.created;
            polling.seen = taken.seen;
            (polling, taken.items)
        }
        Err(error) => {
            telemetry::polled("failed");
            tracing::warn!(%error, feed = feed.id, "polling a feed");
            let wait = match error {
                FetchError::Status { retry_after, .. } => retry_after.unwrap_or_default(),
                _ => Duration::ZERO,
            };
            let mut polling = feed.polling.clone().failed(&feed, &now, wait);
            polling.last_error = Some(error.to_string());
            (polling, Tally::default())
        }
    };
    keep(app, feed, polling, items).await
}

/// Writes down where the polling stands, unless the feed has become another meanwhile.
async fn keep(
    app: &App,
    polled: Feed,
    polling: Polling,
    items: Tally,
) -> Result<Option<Polled>, StoreError> {
    let _alone = app.feeds.writing.lock().await;
    let Some(mut feed) = find(app.store.as_ref(), &polled.id).await? else {
        return Ok(None);
    };
    if feed == polled {
        feed.polling = polling;
        put(app, &feed).await?;
    }
    Ok(Some(Polled { feed, items }))
}

impl Polling {
    fn succeeded(self, feed: &Feed, now: &Time) -> Polling {
        Polling {
            last_fetched_at: Some(now.clone()),
            last_error: None,
            next_fetch_at: Some(now.plus(Duration::from_secs(feed.every_seconds))),
            failures: 0,
            ..self
        }
    }

    /// Each failure in a row doubles the pause.
    fn failed(self, feed: &Feed, now: &Time, wait: Duration) -> Polling {
        let every = Duration::from_secs(feed.every_seconds);
        let pause = every.saturating_mul(1 << self.failures.min(16));
        let pause = pause.max(wait).min(LONGEST_PAUSE).max(every);
        Polling {
            next_fetch_at: Some(now.plus(pause)),
            failures: self.failures.saturating_add(1),
            ..self
        }
    }
}

/// What became of a feed's items.
#[derive(Default)]
struct Taken {
    items: Tally,
    seen: Vec<ArticleId>,
    /// What went wrong, in words.
    error: Option<String>,
    /// Whether they are to be read again.
    failed: bool,
}

async fn take(app: &App, feed: &Feed, bytes: Vec<u8>, base: url::Url) -> Taken {
    let unread = |error: String| Taken {
        seen: feed.polling.seen.clone(),
        error: Some(error),
        failed: true,
        ..Taken::default()
    };
    let (now, zone, owner) = (app.now(), app.config.zone(), feed.clone());
    let read = tokio::task::spawn_blocking(move || {
        let mut inputs = reader::feed::articles(&bytes, Some(&base))?;
        inputs.truncate(ITEMS);
        let given = |input| {
            let input = owned(input, &owner);
            let article = Article::from_input(input.clone(), now.clone(), &zone)?;
            Ok::<_, crate::article::ArticleError>((input, article))
        };
        Ok(inputs.into_iter().map(given).collect::<Vec<_>>())
    });
    let read: Result<Vec<_>, reader::feed::FeedError> = match read.await {
        Ok(read) => read,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    let read = match read {
        Ok(read) => read,
        Err(error) => return unread(format!("reading {}: {error}", feed.url)),
    };
    let mut taken = Taken::default();
    let mut told = |error: String| {
        taken.items.failed += 1;
        taken.error.get_or_insert(error);
    };
    let oldest = retention::cutoff(app);
    let too_old = |article: &Article| {
        let date = article.published_at.as_ref();
        date.zip(oldest.as_ref())
            .is_some_and(|(date, oldest)| date < oldest)
    };
    let mut items = Vec::with_capacity(read.len());
    let mut ids = HashSet::new();
    for result in read {
        match result {
            // Items that are at one address are one article.
            Ok((_, article)) if too_old(&article) => {}
            Ok((input, article)) if ids.insert(article.id.clone()) => items.push((input, article)),
            Ok(_) => {}
            Err(error) => told(error.to_string()),
        }
    }
    taken.seen = items
        .iter()
        .map(|(_, article)| article.id.clone())
        .collect();
    let wanted = match sort(app, feed, items).await {
        Ok(wanted) => wanted,
        Err(error) => return unread(error.to_string()),
    };
    let total = taken.seen.len() as u64 + taken.items.failed;
    for batch in wanted.chunks(ingest::BATCH) {
        for result in ingest::ingest(app, batch.to_vec()).await {
            taken
                .items
                .count(result.as_ref().ok().map(|taken| taken.status));
            if let Err(error) = result {
                taken.failed |= !matches!(error, IngestError::Article(_));
                taken.error.get_or_insert(error.to_string());
            }
        }
    }
    if let Some(first) = &taken.error {
        let failed = taken.items.failed;
        taken.error = Some(format!(
            "{failed} of {total} items were not taken; the first: {first}"
        ));
    }
    taken
}

/// An item as the feed's own article.
fn owned(input: ArticleInput, feed: &Feed) -> ArticleInput {
    let mut metadata = input.metadata;
    metadata.insert(FEED.to_owned(), Value::from(feed.id.as_str()));
    ArticleInput {
        source: feed.source.clone().or(input.source),
        topics: feed.topics.clone(),
        metadata,
        ..input
    }
}

/// Those of a feed's items that are new, or its own to replace. Articles of other senders
/// are only taken into its topics.
async fn sort(
    app: &App,
    feed: &Feed,
    items: Vec<(ArticleInput, Article)>,
) -> Result<Vec<ArticleInput>, StoreError> {
    let ids: Vec<ArticleId> = items
        .iter()
        .map(|(_, article)| article.id.clone())
        .collect();
    let known = app.store.get(&ids).await?;
    let mut wanted = Vec::new();
    let mut assignments = Vec::new();
    for ((input, article), known) in items.into_iter().zip(known) {
        match known {
            // It was removed since the feed was read before.
            None if feed.polling.seen.contains(&article.id) => {}
            None => wanted.push(input),
            Some(known) if known.metadata.get(FEED) == article.metadata.get(FEED) => {
                wanted.push(input);
            }
            Some(known) => {
                let missing = feed.topics.iter();
                let missing = missing.filter(|topic| !known.topics.contains(topic));
                assignments.extend(missing.map(|topic| Assignment {
                    article: article.id.clone(),
                    topic: topic.clone(),
                    belongs: true,
                }));
            }
        }
    }
    if !assignments.is_empty() {
        app.store.assign(assignments).await?;
    }
    Ok(wanted)
}

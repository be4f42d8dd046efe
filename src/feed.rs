//! Feeds to follow: RSS, Atom and JSON feeds whose items become articles.
//!
//! A feed is kept as a record of the store, with where its polling stands. An item is
//! an article with what the feed gives of it, be it only a headline. An article belongs
//! to whoever sent it first: a feed replaces only what it brought in itself, and what
//! was removed does not come back with the next poll.

pub mod address;
pub mod fetch;
mod poll;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, Notify};
use url::{Host, Url};

use self::address::Allowed;
use self::fetch::{Fetcher, Limits, SystemLookup};
use crate::app::App;
use crate::article::{ArticleId, normalize};
use crate::store::{Record, RecordKind, Store, StoreError};
use crate::time::Time;

pub use poll::{Polled, follow, poll, poll_due};

/// Feeds of one collection.
const MOST: usize = 1_000;
/// Topics of one feed.
const MOST_TOPICS: usize = 20;
/// How often a feed is polled unless it says otherwise, at least, at most.
const USUAL: Duration = Duration::from_secs(30 * 60);
const OFTENEST: Duration = Duration::from_secs(60);
const RAREST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A feed to follow, with where its polling stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// Made from the address, so that the same address is the same feed.
    pub id: String,
    /// Where it is.
    pub url: Url,
    /// The outlet of its articles; the feed's own title when absent.
    pub source: Option<String>,
    /// Topics that its articles are given.
    pub topics: Vec<String>,
    /// Seconds between two polls.
    pub every_seconds: u64,
    /// Where its polling stands.
    #[serde(default)]
    pub polling: Polling,
}

/// Where the polling of a feed stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Polling {
    /// When the feed was last read, or found to be as before.
    pub last_fetched_at: Option<Time>,
    /// Why the last poll failed, or what of it was not taken.
    pub last_error: Option<String>,
    /// When it is polled next; at once when absent.
    pub next_fetch_at: Option<Time>,
    /// Articles that it has brought in.
    pub articles: u64,
    /// Polls that failed since the last one that did not.
    failures: u32,
    etag: Option<String>,
    last_modified: Option<String>,
    /// Articles of the items when it was last read.
    seen: Vec<ArticleId>,
}

/// What is wrong with a feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading the feed: {field} {value:?} {fault}")]
pub struct FeedError {
    /// `url`, `source`, `topics` or `every`.
    pub field: &'static str,
    /// As it was given.
    pub value: String,
    /// How it is wrong, and what to do.
    pub fault: &'static str,
}

/// Why a feed was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// There are too many.
    #[error("keeping the feed: there are {MOST} already; remove one first")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What polling needs beside the store.
pub struct Feeds {
    /// Gets feeds from the network.
    pub fetcher: Fetcher,
    /// Held while a feed's record is read and written back.
    writing: Mutex<()>,
    /// Told when there may be something to poll.
    changed: Notify,
}

impl Feeds {
    /// Gets feeds by the system's names; only `private` hosts may be at private addresses.
    pub fn new(private: &[String]) -> Feeds {
        let allowed = Allowed::new(private);
        Feeds::with(Fetcher::new(
            allowed,
            Limits::default(),
            Arc::new(SystemLookup),
        ))
    }

    /// Gets feeds by this.
    pub fn with(fetcher: Fetcher) -> Feeds {
        Feeds {
            fetcher,
            writing: Mutex::default(),
            changed: Notify::new(),
        }
    }
}

impl Feed {
    /// A feed at `url` that is still to be polled; `every` is a duration such as `30m`.
    ///
    /// # Errors
    /// When a part is not what it should be.
    pub fn new(
        url: &str,
        source: Option<&str>,
        topics: &[String],
        every: Option<&str>,
    ) -> Result<Feed, FeedError> {
        let url = address(url)?;
        let source = source
            .filter(|source| !source.trim().is_empty())
            .map(|source| label("source", source))
            .transpose()?;
        if topics.len() > MOST_TOPICS {
            return Err(fault("topics", "", "are more than 20; name fewer"));
        }
        let mut named: Vec<String> = Vec::new();
        for topic in topics {
            let topic = label("topics", topic)?;
            if !named.contains(&topic) {
                named.push(topic);
            }
        }
        let every = every.map_or(Ok(USUAL), duration)?;
        Ok(Feed {
            id: id(&url),
            url,
            source,
            topics: named,
            every_seconds: every.as_secs(),
            polling: Polling::default(),
        })
    }

    /// The time between two polls, such as `30m`.
    pub fn every(&self) -> String {
        let seconds = i64::try_from(self.every_seconds).unwrap_or(i64::MAX);
        format!("{:#}", jiff::SignedDuration::from_secs(seconds))
    }

    /// Whether it is to be polled.
    pub fn is_due(&self, now: &Time) -> bool {
        self.polling
            .next_fetch_at
            .as_ref()
            .is_none_or(|next| next <= now)
    }
}

/// All feeds, by address.
pub async fn all(store: &dyn Store) -> Result<Vec<Feed>, StoreError> {
    let records = store.records(RecordKind::Feed).await?;
    let read = |record: &Record| {
        serde_json::from_str(&record.json).map_err(|error| StoreError::Corrupt {
            what: format!("feed {}", record.id),
            reason: error.to_string(),
        })
    };
    let mut feeds: Vec<Feed> = records.iter().map(read).collect::<Result<_, _>>()?;
    feeds.sort_by(|a, b| a.url.cmp(&b.url));
    Ok(feeds)
}

/// The feed of an id.
pub async fn find(store: &dyn Store, id: &str) -> Result<Option<Feed>, StoreError> {
    let feeds = all(store).await?;
    Ok(feeds.into_iter().find(|feed| feed.id == id))
}

/// Keeps a feed, in place of the one of its address, and has it polled soon; true if
/// there was none.
pub async fn save(app: &App, mut feed: Feed) -> Result<(Feed, bool), SaveError> {
    let _alone = app.feeds.writing.lock().await;
    let feeds = all(app.store.as_ref()).await?;
    let known = feeds.iter().find(|known| known.id == feed.id);
    let created = known.is_none();
    if created && feeds.len() >= MOST {
        return Err(SaveError::TooMany);
    }
    if let Some(known) = known {
        // Its items are read again, as what becomes of them may be another.
        feed.polling = Polling {
            etag: None,
            last_modified: None,
            next_fetch_at: None,
            ..known.polling.clone()
        };
    }
    put(app, &feed).await?;
    app.feeds.changed.notify_one();
    Ok((feed, created))
}

/// Removes a feed; its articles stay. False if there was none.
pub async fn remove(app: &App, id: &str) -> Result<bool, StoreError> {
    let _alone = app.feeds.writing.lock().await;
    app.store.delete_record(RecordKind::Feed, id).await
}

async fn put(app: &App, feed: &Feed) -> Result<(), StoreError> {
    let json = serde_json::to_string(feed).map_err(|error| StoreError::Engine {
        operation: format!("writing the feed {} as JSON", feed.id),
        reason: error.to_string(),
    })?;
    let record = Record {
        kind: RecordKind::Feed,
        id: feed.id.clone(),
        json,
    };
    app.store.put_record(record).await
}

fn address(text: &str) -> Result<Url, FeedError> {
    let text = text.trim();
    let faulty = |why| fault("url", text, why);
    let mut url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| {
            faulty("is no web address; give one that begins with http:// or https://")
        })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault(
            "url",
            url.host_str().unwrap_or_default(),
            "is given with a user or password, which everyone who lists feeds would see",
        ));
    }
    if text.len() > 2_000 {
        return Err(faulty("is longer than 2,000 characters"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// The host's name and a part of the address's hash.
fn id(url: &Url) -> String {
    let host = match url.host() {
        Some(Host::Domain(name)) => name.trim_start_matches("www.").to_owned(),
        Some(Host::Ipv4(ip)) => ip.to_string(),
        Some(Host::Ipv6(_)) | None => "ipv6".to_owned(),
    };
    let hash = Sha256::digest(url.as_str().as_bytes());
    let hash: String = hash
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{host}-{hash}")
}

fn duration(text: &str) -> Result<Duration, FeedError> {
    let read: Option<Duration> = text
        .parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|duration| duration.try_into().ok());
    match read {
        Some(every) if (OFTENEST..=RAREST).contains(&every) => Ok(every),
        Some(_) => Err(fault("every", text, "is not from 1m to 30d; give another")),
        None => Err(fault(
            "every",
            text,
            "is no duration; write it like 30m or 2h",
        )),
    }
}

fn label(field: &'static str, value: &str) -> Result<String, FeedError> {
    normalize::label(value).map_err(|why| fault(field, value, why))
}

fn fault(field: &'static str, value: &str, fault: &'static str) -> FeedError {
    FeedError {
        field,
        value: value.chars().take(100).collect(),
        fault,
    }
}

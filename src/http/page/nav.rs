//! What stands around every page: topics with what is unread, and the ask box.

use axum::http::{HeaderMap, HeaderValue, header};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::client::segment;
use crate::http::topics::feed_filter;
use crate::store::StoreError;
use crate::time::Time;
use crate::topic::{self, Topic};

/// How long a browser remembers what was read, in seconds.
const YEAR: u32 = 31_536_000;

/// The frame of a page.
#[derive(Debug, Default, Serialize)]
pub(super) struct Nav {
    /// All topics by name.
    pub(super) topics: Vec<TopicLink>,
    /// The topic that the page shows.
    pub(super) current: Option<String>,
    /// Whether the page shows all articles.
    pub(super) all: bool,
    /// What stands in the ask box.
    pub(super) query: String,
}

/// A topic on the side.
#[derive(Debug, Serialize)]
pub(super) struct TopicLink {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) path: String,
    /// Articles that came in since the reader last looked.
    pub(super) unread: u64,
}

impl Nav {
    /// For a reader whose browser sent `headers`.
    pub(super) async fn new(app: &App, headers: &HeaderMap) -> Result<Nav, StoreError> {
        let topics = topic::all(app.store.as_ref()).await?;
        let counts = topics.iter().map(|topic| async {
            let filter = feed_filter(topic, last_seen(app, headers, topic));
            app.store.count(&filter).await
        });
        let counts = try_join_all(counts).await?;
        let link = |(topic, unread): (Topic, u64)| TopicLink {
            path: segment(&topic.id),
            id: topic.id,
            name: topic.name,
            unread,
        };
        Ok(Nav {
            topics: topics.into_iter().zip(counts).map(link).collect(),
            ..Nav::default()
        })
    }
}

/// When the reader last looked at a topic.
pub(super) fn last_seen(app: &App, headers: &HeaderMap, topic: &Topic) -> Option<Time> {
    let name = cookie(&topic.id);
    let micros = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(&name)?.strip_prefix('='))?;
    let time = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
    Some(Time::new(time, &app.config.zone()))
}

/// Has the browser remember that the reader looks at a topic now.
pub(super) fn remember(topic: &Topic, now: &Time) -> Option<HeaderValue> {
    let cookie = format!(
        "{}={}; Path=/; Max-Age={YEAR}; SameSite=Lax; HttpOnly",
        cookie(&topic.id),
        now.micros()
    );
    HeaderValue::from_str(&cookie).ok()
}

/// A cookie's name cannot hold every character of an id.
fn cookie(id: &str) -> String {
    let hash = Sha256::digest(id.as_bytes());
    let digits: String = hash
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("seen-{digits}")
}

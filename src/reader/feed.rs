//! RSS, Atom and JSON feeds.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model::{Entry, Feed};
use feed_rs::parser;
use jiff::{Timestamp, tz};
use url::Url;

use crate::article::ArticleInput;
use crate::passage::is_cjk;

/// Why a feed was not read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It has another form.
    #[error("it is no RSS, Atom or JSON feed: {0}")]
    Form(#[from] parser::ParseFeedError),
    /// The parser panicked, as it does on some broken XML.
    #[error("it is no RSS, Atom or JSON feed: its XML cannot be read")]
    Panic,
}

/// The entries of a feed as articles, in its order. The feed's title is their
/// source; an entry without content has its headline for text. Relative links start
/// from `base`.
///
/// # Errors
/// When the bytes are no feed.
pub fn articles(bytes: &[u8], base: Option<&Url>) -> Result<Vec<ArticleInput>, FeedError> {
    let parser = parser::Builder::new().base_uri(base).build();
    let feed =
        catch_unwind(AssertUnwindSafe(|| parser.parse(bytes))).map_err(|_| FeedError::Panic)??;
    Ok(feed
        .entries
        .iter()
        .map(|entry| article(entry, &feed))
        .collect())
}

fn article(entry: &Entry, feed: &Feed) -> ArticleInput {
    let title = entry.title.as_ref().map(|title| plain(&title.content));
    let summary = entry
        .summary
        .as_ref()
        .map(|summary| summary.content.as_str());
    let body = entry
        .content
        .as_ref()
        .and_then(|content| content.body.as_deref())
        .or(summary)
        .filter(|body| !plain(body).trim().is_empty());
    let (text, html) = match body {
        Some(body) if is_html(body) => (None, Some(body.to_owned())),
        Some(body) => (Some(body.to_owned()), None),
        None => (title.clone(), None),
    };
    let link = entry
        .links
        .iter()
        .find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    ArticleInput {
        title,
        text,
        html,
        source: feed.title.as_ref().map(|title| plain(&title.content)),
        url: link.or(entry.links.first()).map(|link| link.href.clone()),
        published_at: published_at(entry, feed),
        ..ArticleInput::default()
    }
}

/// The parser gives moments without their offset. A Chinese feed's are put on
/// China's one clock again, so that their dates are those that it prints.
fn published_at(entry: &Entry, feed: &Feed) -> Option<String> {
    let moment = entry.published.or(entry.updated)?;
    let timestamp = Timestamp::from_second(moment.timestamp()).ok()?;
    let titles = [&feed.title, &entry.title];
    let chinese = titles
        .iter()
        .copied()
        .flatten()
        .any(|title| title.content.chars().any(is_cjk));
    Some(
        timestamp
            .display_with_offset(tz::offset(if chinese { 8 } else { 0 }))
            .to_string(),
    )
}

/// Markup taken out of what should be a line of text.
fn plain(text: &str) -> String {
    if is_html(text) {
        super::html::page(text).paragraphs.join(" ")
    } else {
        text.to_owned()
    }
}

fn is_html(text: &str) -> bool {
    let tag = text.find('<').is_some_and(|at| {
        text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
    });
    tag || (text.contains('&') && text.contains(';'))
}

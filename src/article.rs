//! The article: what comes in, what is kept, and how one becomes the other.

mod input;
pub mod normalize;

use std::fmt;
use std::ops::Range;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::brief::{Brief, BriefStatus};
use crate::passage;
use crate::time::Time;

/// Identifies an article across revisions; 1 to 200 characters, no control characters.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, min_length = 1, max_length = 200)]
pub struct ArticleId(String);

/// An article as it is sent in. Unknown fields are an error that names them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArticleInput {
    /// Chosen by the sender; otherwise derived from the url, else from title, source, date and text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The body as one text. Exactly one of `text`, `paragraphs`, `html` unless there is a `brief`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body, one string a paragraph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paragraphs: Option<Vec<String>>,
    /// The body as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The outlet, in its own script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where the article was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was published: RFC 3339, a date, a time without zone, or a Chinese form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<String>,
    /// BCP 47 tag; detected when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Topics that the sender assigns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Kept as it is.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub metadata: Map<String, Value>,
    /// A brief that comes along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<crate::brief::BriefInput>,
}

/// Where an article's paragraphs come from.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The article's own text.
    #[default]
    Text,
    /// The points of its brief, for an article that has nothing else.
    Brief,
}

/// A numbered paragraph; `start..end` are Unicode scalars into [`Article::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paragraph {
    /// From 1.
    pub n: u32,
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// An article as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// Stable identity.
    pub id: ArticleId,
    /// Counts replacements, from 1.
    pub revision: u64,
    /// SHA-256 over everything that was sent, normalised; equal hashes mean nothing changed.
    pub content_hash: String,
    /// The headline, `""` when there is none.
    pub title: String,
    /// The headline in English, once a brief has one.
    pub title_en: Option<String>,
    /// The outlet, in its own script.
    pub source: Option<String>,
    /// The outlet in Latin letters.
    pub source_latin: Option<String>,
    /// Where it was published.
    pub url: Option<String>,
    /// When it was published.
    pub published_at: Option<Time>,
    /// When it came in first.
    pub ingested_at: Time,
    /// BCP 47 tag: `zh-Hans`, `zh-Hant`, `en`, … or what the sender said.
    pub language: String,
    /// Topics: the sender's, then those whose query the article meets.
    pub topics: Vec<String>,
    /// Those of the topics that it has by a query alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics_matched: Vec<String>,
    /// The sender's own.
    pub metadata: Map<String, Value>,
    /// Normalised text; paragraphs are its spans, one line feed between them
    /// (none where one block was split).
    pub text: String,
    /// Whether the paragraphs are the article's or its brief's.
    pub origin: Origin,
    /// In order, numbered from 1, without gaps in number.
    pub paragraphs: Vec<Paragraph>,
    /// Its brief.
    pub brief: Option<Brief>,
    /// What became of the brief.
    pub brief_status: BriefStatus,
    /// Why, when `brief_status` is `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief_error: Option<String>,
}

/// One thing that is wrong with what came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where, as a JSON pointer (RFC 6901); `""` is the whole.
    pub pointer: String,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// Why an article was not taken: every fault at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading the article: {}", listed(.faults))]
pub struct ArticleError {
    /// At least one.
    pub faults: Vec<Fault>,
}

/// An id that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "reading the article id {0:?}: an id has 1 to 200 printable characters, no blank at either end, and is not \".\" or \"..\""
)]
pub struct IdError(String);

impl ArticleId {
    /// Takes a sender's id.
    ///
    /// # Errors
    /// When it is empty, longer than 200 characters, not printable, begins or ends
    /// with a blank, or is `.` or `..`, which no URL path can carry.
    pub fn new(id: impl Into<String>) -> Result<ArticleId, IdError> {
        let id = id.into();
        let fits = (1..=200).contains(&id.chars().count());
        if fits && normalize::is_printable(&id) && id.trim() == id && id != "." && id != ".." {
            Ok(ArticleId(id))
        } else {
            Err(IdError(id.chars().take(60).collect()))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ArticleId {
    type Error = IdError;

    fn try_from(id: String) -> Result<ArticleId, IdError> {
        ArticleId::new(id)
    }
}

impl From<ArticleId> for String {
    fn from(id: ArticleId) -> String {
        id.0
    }
}

impl Article {
    /// Makes an article of what came in, as its first revision: normalised, its
    /// paragraphs numbered, its language detected, its brief unchecked. `now` is
    /// when it came in, `zone` that of times without one.
    ///
    /// # Errors
    /// When anything in it is wrong; all faults are reported together.
    pub fn from_input(
        input: ArticleInput,
        now: Time,
        zone: &TimeZone,
    ) -> Result<Article, ArticleError> {
        input::article(input, now, zone)
    }

    /// Takes the article into a topic or out of it; says whether that changed anything.
    /// It stays in a topic that its sender named.
    pub fn assign(&mut self, topic: &str, belongs: bool) -> bool {
        let there = self.topics.iter().any(|known| known == topic);
        let matched = self.topics_matched.iter().any(|known| known == topic);
        if belongs && !there {
            self.topics.push(topic.to_owned());
            self.topics_matched.push(topic.to_owned());
        } else if !belongs && matched {
            self.topics.retain(|known| known != topic);
            self.topics_matched.retain(|known| known != topic);
        }
        belongs != there && (belongs || matched)
    }

    /// The text of paragraph `n`, counted from 1.
    pub fn paragraph_text(&self, n: u32) -> Option<&str> {
        let index = usize::try_from(n.checked_sub(1)?).ok()?;
        let paragraph = self.paragraphs.get(index)?;
        Some(slice(&self.text, paragraph.start, paragraph.end))
    }

    /// The language of [`Article::text`]: the brief's where the text is its brief's.
    pub fn text_language(&self) -> &str {
        match (self.origin, &self.brief) {
            (Origin::Brief, Some(brief)) => &brief.language,
            _ => &self.language,
        }
    }

    /// The first sentence, with the next one where that is very short, cut at a
    /// pause where it is very long. At most about 200 characters.
    pub fn summary(&self) -> String {
        const SHORT: usize = 15;
        const LONG: usize = 200;
        let opening = slice(&self.text, 0, 4 * LONG);
        let sentences = passage::sentences(opening);
        let Some(first) = sentences.first() else {
            return String::new();
        };
        let end = match sentences.get(1) {
            Some(next) if first.len() < SHORT && next.end - first.start <= LONG => next.end,
            _ => first.end,
        };
        let summary = slice(opening, first.start, end);
        if end - first.start <= LONG {
            return normalize::line(summary);
        }
        let head = slice(summary, 0, LONG);
        let pause = head
            .rfind(['，', '、', '；', '：'])
            .or_else(|| head.rfind(' '));
        let cut = pause
            .filter(|at| *at > head.len() / 3)
            .map_or(head, |at| &head[..at]);
        normalize::line(cut) + "…"
    }
}

/// The characters `start..end` of `text`; what lies beyond its end is left out.
pub fn slice(text: &str, start: usize, end: usize) -> &str {
    let mut places = text.char_indices().map(|(at, _)| at);
    let from = places.by_ref().nth(start);
    let to = match end.checked_sub(start) {
        None | Some(0) => from,
        Some(length) => places.nth(length - 1),
    };
    &text[from.unwrap_or(text.len())..to.unwrap_or(text.len())]
}

/// A text prepared for many slices by character: the places of all characters are
/// found once.
#[derive(Debug, Clone)]
pub struct Slices<'a> {
    text: &'a str,
    places: Vec<usize>,
}

impl<'a> Slices<'a> {
    /// Looks for the characters of `text`.
    pub fn new(text: &'a str) -> Slices<'a> {
        Slices {
            text,
            places: text.char_indices().map(|(at, _)| at).collect(),
        }
    }

    /// The characters of `span`; what lies beyond the end is left out.
    pub fn get(&self, span: Range<usize>) -> &'a str {
        let place = |at: usize| self.places.get(at).copied().unwrap_or(self.text.len());
        &self.text[place(span.start)..place(span.end.max(span.start))]
    }
}

fn listed(faults: &[Fault]) -> String {
    let one = |fault: &Fault| match fault.pointer.as_str() {
        "" => fault.detail.clone(),
        pointer => format!("{pointer}: {}", fault.detail),
    };
    faults.iter().map(one).collect::<Vec<_>>().join("; ")
}

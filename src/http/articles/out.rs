//! An article as it is sent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::article::{Article, ArticleId, Origin, Slices};
use crate::brief::BriefStatus;
use crate::http::briefs::BriefOut;
use crate::ingest::Status;
use crate::time::Time;

/// Whether passages have their vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Vectors {
    /// Some are to follow.
    Pending,
    /// All are there.
    Ready,
    /// None are made.
    Off,
}

/// A paragraph as it is sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ParagraphOut {
    /// Its number, from 1.
    n: u32,
    /// Its words.
    text: String,
    /// First character in the text, counted in Unicode scalars.
    start: usize,
    /// One past the last character, in Unicode scalars.
    end: usize,
}

/// An article as it is sent; in lists without its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ArticleOut {
    /// Its id.
    id: ArticleId,
    /// How often its content has changed, from 1.
    revision: u64,
    /// The headline.
    title: String,
    /// The headline in English, once there is a brief.
    title_en: Option<String>,
    /// The outlet.
    source: Option<String>,
    /// The outlet in Latin letters.
    source_latin: Option<String>,
    /// Where it was published.
    url: Option<String>,
    /// When it was published.
    published_at: Option<Time>,
    /// When it came in.
    ingested_at: Time,
    /// Its language, a tag.
    language: String,
    /// Topics that it belongs to.
    topics: Vec<String>,
    /// Those of them whose query it matched.
    topics_matched: Vec<String>,
    /// What came along with it.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    metadata: Map<String, Value>,
    /// Whether the paragraphs are its text or its brief.
    origin: Origin,
    /// The first sentence; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    /// The text; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The paragraphs; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    paragraphs: Option<Vec<ParagraphOut>>,
    /// Whether its passages have their vectors.
    vectors: Vectors,
    /// Its brief.
    brief: Option<BriefOut>,
    /// Where its brief stands.
    brief_status: BriefStatus,
    /// Why the brief could not be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    brief_error: Option<String>,
    /// What became of it when it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

impl ArticleOut {
    /// With text and paragraphs.
    pub fn whole(article: Article, vectors: Vectors) -> ArticleOut {
        let slices = Slices::new(&article.text);
        let paragraphs = article
            .paragraphs
            .iter()
            .map(|paragraph| ParagraphOut {
                n: paragraph.n,
                text: slices.get(paragraph.start..paragraph.end).to_owned(),
                start: paragraph.start,
                end: paragraph.end,
            })
            .collect();
        let text = article.text.clone();
        ArticleOut {
            text: Some(text),
            paragraphs: Some(paragraphs),
            ..ArticleOut::head(article, vectors)
        }
    }

    /// With the first sentence in place of the text.
    pub fn listed(article: Article, vectors: Vectors) -> ArticleOut {
        let summary = article.summary();
        ArticleOut {
            summary: Some(summary),
            ..ArticleOut::head(article, vectors)
        }
    }

    /// With what became of it when it was sent.
    pub fn taken(self, status: Status) -> ArticleOut {
        ArticleOut {
            status: Some(status),
            ..self
        }
    }

    fn head(article: Article, vectors: Vectors) -> ArticleOut {
        let brief = article
            .brief
            .map(|brief| BriefOut::new(article.id.clone(), brief));
        ArticleOut {
            id: article.id,
            revision: article.revision,
            title: article.title,
            title_en: article.title_en,
            source: article.source,
            source_latin: article.source_latin,
            url: article.url,
            published_at: article.published_at,
            ingested_at: article.ingested_at,
            language: article.language,
            topics: article.topics,
            topics_matched: article.topics_matched,
            metadata: article.metadata,
            origin: article.origin,
            summary: None,
            text: None,
            paragraphs: None,
            vectors,
            brief,
            brief_status: article.brief_status,
            brief_error: article.brief_error,
            status: None,
        }
    }
}

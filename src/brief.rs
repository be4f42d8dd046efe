//! The brief: the English summary of one article, each point with its citations.

mod english;
mod import;
mod quote;
mod task;
mod verify;
mod write;

pub use english::{English, in_english};
pub use task::{BriefTaskError, brief, write_as_they_come};
pub use verify::check_brief;
pub(crate) use write::add;
pub use write::{PointEvent, write_brief};

use serde::{Deserialize, Serialize};

use crate::check::{Finding, Verdict};
use crate::time::Time;

/// What wrote a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// A language model behind an OpenAI-compatible server.
    Llm,
    /// No model: sentences of the source, quoted.
    Extractive,
    /// It came in with the article.
    Imported,
}

impl Engine {
    /// Its name as it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Llm => "llm",
            Engine::Extractive => "extractive",
            Engine::Imported => "imported",
        }
    }
}

/// The prompt that a text was written with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PromptId {
    /// File name without its ending.
    pub name: String,
    /// First 12 hexadecimal digits of the SHA-256 of the prompt's text.
    pub version: String,
}

/// A statement of a brief with what the check says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Point {
    /// The statement.
    pub text: String,
    /// Numbers into the brief's `citations`.
    pub citations: Vec<u32>,
    /// The check's word.
    pub verdict: Verdict,
    /// What the check found.
    pub findings: Vec<Finding>,
}

/// The opening of a brief.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Lead {
    /// Such as "Core insights".
    pub label: Option<String>,
    /// Usually one.
    pub points: Vec<Point>,
}

/// A titled group of points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Group {
    /// Its title.
    pub title: Option<String>,
    /// Its points.
    pub points: Vec<Point>,
}

/// A place in the article that a brief's points rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BriefCitation {
    /// The number that points use, from 1.
    pub n: u32,
    /// The number of the article's paragraph, from 1.
    pub paragraph: u32,
    /// First character in the article's text, in Unicode scalars; absent in an imported brief that names paragraphs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<usize>,
    /// One past the last character, in Unicode scalars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
    /// The words between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// Counts of verdicts over a brief's points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CheckCounts {
    /// All points.
    pub claims: u32,
    /// Points that are borne out.
    pub supported: u32,
    /// Points at odds with the source.
    pub contradicted: u32,
    /// Points not found in the source.
    pub unsupported: u32,
    /// Points without a citation.
    pub uncited: u32,
}

/// A brief as it is kept and sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Brief {
    /// Of its words: `en`, or the article's own when sentences are quoted.
    pub language: String,
    /// The headline in English; absent where nothing can translate it.
    pub title_en: Option<String>,
    /// The opening.
    pub lead: Option<Lead>,
    /// The rest.
    pub groups: Vec<Group>,
    /// What the points' numbers stand for.
    pub citations: Vec<BriefCitation>,
    /// What wrote it.
    pub engine: Engine,
    /// The model that wrote it.
    pub model: Option<String>,
    /// The prompt, where a model wrote it.
    pub prompt: Option<PromptId>,
    /// When it was written or came in.
    pub created_at: Time,
    /// Counts over the points.
    pub check: CheckCounts,
}

/// Where an article's brief stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BriefStatus {
    /// Never asked for.
    #[default]
    None,
    /// Will be written.
    Queued,
    /// Is being written.
    Writing,
    /// There.
    Ready,
    /// There, but the text has changed since.
    Stale,
    /// Could not be written; the article's `brief_error` says why.
    Failed,
}

/// A brief that comes in with an article: in the form in which briefs go out, of
/// which only the words and citations are needed. It is checked anew, so what it says of
/// its own verdicts is not read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BriefInput {
    /// Of its words; `en` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The headline in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    /// The opening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<LeadInput>,
    /// The rest.
    pub groups: Vec<GroupInput>,
    /// What the points' numbers stand for; without it they are paragraph numbers.
    pub citations: Vec<BriefCitation>,
    /// Set by an export; `imported` otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// Set by an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Set by an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<PromptId>,
    /// Set by an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// Accepted so that a brief can be sent as it came; not read.
    #[serde(skip_serializing)]
    pub article_id: Option<String>,
    /// Accepted so that a brief can be sent as it came; not read.
    #[serde(skip_serializing)]
    pub check: Option<CheckCounts>,
}

/// The opening of a brief that comes in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeadInput {
    /// Such as "Core insights".
    pub label: Option<String>,
    /// Its points.
    pub points: Vec<PointInput>,
}

/// A group of a brief that comes in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupInput {
    /// Its title.
    pub title: Option<String>,
    /// Its points.
    pub points: Vec<PointInput>,
}

/// A statement of a brief that comes in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PointInput {
    /// The statement.
    pub text: String,
    /// Numbers into the brief's citations, or paragraph numbers where it has none.
    pub citations: Vec<u32>,
    /// Accepted so that a point can be sent as it came; not read.
    #[serde(skip_serializing)]
    pub verdict: Option<Verdict>,
    /// Accepted so that a point can be sent as it came; not read.
    #[serde(skip_serializing)]
    pub findings: Vec<Finding>,
}

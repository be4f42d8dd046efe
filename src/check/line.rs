//! A claim with its sources as `dragoman check` and `POST /v1/check` take it.

use jiff::civil::Date as Civil;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Finding, Source, Verdict, check};

/// A claim and the passages that it is to be compared with.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInput {
    /// Echoed in the answer.
    #[serde(default)]
    pub id: Option<Value>,
    /// The claim.
    pub claim: String,
    /// The passages that it cites, each as text; without any it is `uncited`.
    #[serde(default)]
    pub sources: Vec<String>,
    /// The date of the sources, such as `2025-10-28`, from which 去年 counts.
    #[serde(default)]
    pub published_at: Option<String>,
}

/// What the check says of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Checked {
    /// As it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub findings: Vec<Finding>,
}

/// The date of a [`CheckInput`] cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading published_at {0:?}: not a date; write it as 2025-10-28")]
pub struct CheckInputError(pub String);

#[derive(Serialize)]
struct Fault {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    error: String,
}

/// Checks one claim; `similarity` as [`check()`] takes it.
///
/// # Errors
/// When the date cannot be read.
pub fn check_input(
    input: &CheckInput,
    similarity: Option<f32>,
) -> Result<Checked, CheckInputError> {
    let published = match &input.published_at {
        Some(text) => Some(day(text).ok_or_else(|| CheckInputError(text.clone()))?),
        None => None,
    };
    let sources: Vec<Source<'_>> = input
        .sources
        .iter()
        .map(|text| Source { text, published })
        .collect();
    let checked = check(&input.claim, &sources, similarity);
    Ok(Checked {
        id: input.id.clone(),
        verdict: checked.verdict(),
        findings: checked.findings().to_vec(),
    })
}

/// Checks `{"id"?, "claim", "sources", "published_at"?}` and gives the line to write;
/// a line that cannot be read is answered by `{"id"?, "error"}`.
pub fn check_line(line: &str) -> String {
    answer_line(&read_line(line), None)
}

/// A line as a claim with its sources, or the line that answers one that cannot be read.
pub fn read_line(line: &str) -> Result<CheckInput, String> {
    serde_json::from_str::<CheckInput>(line).map_err(|error| {
        let id = serde_json::from_str::<Value>(line)
            .ok()
            .and_then(|value| value.get("id").cloned());
        fault(
            id,
            format!("reading a claim: {error}; write {{\"claim\": \"…\", \"sources\": [\"…\"]}}"),
        )
    })
}

/// The line to write for a line that [`read_line`] has read.
pub fn answer_line(line: &Result<CheckInput, String>, similarity: Option<f32>) -> String {
    match line {
        Ok(input) => match check_input(input, similarity) {
            Ok(checked) => json(&checked),
            Err(error) => fault(input.id.clone(), error.to_string()),
        },
        Err(answer) => answer.clone(),
    }
}

fn fault(id: Option<Value>, error: String) -> String {
    json(&Fault { id, error })
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and arrays of them are always valid JSON")
}

/// The day of a date or a time that begins with one.
fn day(text: &str) -> Option<Civil> {
    text.trim().get(..10).and_then(|day| day.parse().ok())
}

//! What a model must reply with for an answer. Pure.

use serde_json::{Value, json};

use super::source::Source;
use crate::{extract::overlap::differ, language, prompt};

/// Claims that a model may make for one answer.
const MOST_CLAIMS: usize = 5;
/// Characters that the statement of a claim may take.
pub(super) const LONGEST_STATEMENT: usize = 400;
/// Characters that its evidence may take.
const LONGEST_EVIDENCE: usize = 300;

/// What an answer must be: the evidence first, since a model copies well and what
/// it has copied leads it. JSON objects are sent in the order of their names, and
/// servers have fields written in the order in which the schema names them.
///
/// A small model translates what it should copy from a source in another language than
/// the answer's, unless the letters that its evidence begins with are those of the source.
pub(super) fn schema(language: &str, sources: &[Source<'_>]) -> Value {
    let english = !differ(language, "en");
    let chinese = language::is_chinese(language);
    let (mut in_chinese, mut in_english, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (source, n) in sources.iter().zip(1..) {
        let tag = &source.hit.language;
        if !chinese && language::is_chinese(tag) {
            in_chinese.push(n);
        } else if !english && !differ(tag, "en") {
            in_english.push(n);
        } else {
            others.push(n);
        }
    }
    let any = |longest: usize| json!({"type": "string", "maxLength": longest});
    let statement = if english {
        prompt::english(LONGEST_STATEMENT)
    } else {
        any(LONGEST_STATEMENT)
    };
    let kinds = [
        (in_chinese, prompt::chinese(LONGEST_EVIDENCE)),
        (in_english, prompt::english(LONGEST_EVIDENCE)),
        (others, any(LONGEST_EVIDENCE)),
    ];
    let kinds = kinds.into_iter().filter(|(cited, _)| !cited.is_empty());
    let mut claims: Vec<Value> = kinds
        .map(|(cited, evidence)| {
            json!({
                "type": "object",
                "properties": {
                    "cited": {"type": "integer", "enum": cited},
                    "evidence": evidence,
                    "statement": statement,
                },
                "required": ["cited", "evidence", "statement"],
                "additionalProperties": false,
            })
        })
        .collect();
    let claim = match claims.len() {
        1 => claims.remove(0),
        _ => json!({"anyOf": claims}),
    };
    json!({
        "type": "object",
        "properties": {
            "claims": {"type": "array", "maxItems": MOST_CLAIMS, "items": claim},
        },
        "required": ["claims"],
        "additionalProperties": false,
    })
}

//! What a model must reply with for an answer. Pure.

use serde_json::json;

use crate::{extract, prompt};

/// Claims that a model may make for one answer.
const MOST_CLAIMS: usize = 5;
/// Characters that the statement of a claim may take.
pub(super) const LONGEST_STATEMENT: usize = 400;

/// What an answer must be: the evidence first, since a model copies well and what
/// it has copied leads it. JSON objects are sent in the order of their names, and
/// servers have fields written in the order in which the schema names them.
pub(super) fn schema(language: &str) -> serde_json::Value {
    let statement = if extract::overlap::differ(language, "en") {
        json!({"type": "string", "maxLength": LONGEST_STATEMENT})
    } else {
        prompt::english(LONGEST_STATEMENT)
    };
    json!({
        "type": "object",
        "properties": {
            "claims": {
                "type": "array",
                "maxItems": MOST_CLAIMS,
                "items": {
                    "type": "object",
                    "properties": {
                        "cited": {"type": "integer"},
                        "evidence": {"type": "string", "maxLength": 300},
                        "statement": statement,
                    },
                    "required": ["cited", "evidence", "statement"],
                    "additionalProperties": false,
                },
            },
        },
        "required": ["claims"],
        "additionalProperties": false,
    })
}

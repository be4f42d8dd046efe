//! What a model must reply with, and how that is read. Pure.

use serde_json::{Value, json};

use crate::{
    harmless::harmless,
    passage,
    phrase::{line, whole_sentences},
    prompt,
};

/// Characters that a point may take.
const LONGEST_POINT: usize = 280;

/// A point as the reply has it.
pub(super) struct RawPoint {
    /// The title of its group; `None` for the lead.
    pub group: Option<String>,
    pub text: String,
    /// The paragraph's number, as the model has it.
    pub paragraph: Option<u64>,
}

/// The points of a reply in their order, the lead's first.
pub(super) fn raw_points(reply: &Value) -> Vec<RawPoint> {
    let point = |value: &Value, group: Option<String>| RawPoint {
        group,
        text: value["text"].as_str().unwrap_or_default().to_owned(),
        paragraph: value["paragraph"]
            .as_u64()
            .or_else(|| value["paragraph"].as_str()?.trim().parse().ok()),
    };
    let mut points = Vec::new();
    if let Some(lead) = reply.get("lead") {
        points.push(point(lead, None));
    }
    for section in reply["sections"].as_array().into_iter().flatten() {
        let title = line(&harmless(section["heading"].as_str().unwrap_or_default()));
        for value in section["points"].as_array().into_iter().flatten() {
            points.push(point(value, Some(title.clone())));
        }
    }
    points
}

/// What a reply must be, with or without a headline. Small models write Chinese unless letters are limited to
/// ASCII, and repeat themselves unless lengths are; JSON objects are sent in the
/// order of their names, which is the order in which fields are written.
pub(super) fn schema(headline: bool) -> Value {
    let point = json!({
        "type": "object",
        "properties": {"paragraph": {"type": "integer"}, "text": prompt::english(LONGEST_POINT)},
        "required": ["paragraph", "text"],
        "additionalProperties": false,
    });
    let mut schema = json!({
        "type": "object",
        "properties": {
            "lead": point,
            "sections": {
                "type": "array",
                "minItems": 1,
                "maxItems": 4,
                "items": {
                    "type": "object",
                    "properties": {
                        "heading": prompt::english(60),
                        "points": {"type": "array", "minItems": 1, "maxItems": 4, "items": point},
                    },
                    "required": ["heading", "points"],
                    "additionalProperties": false,
                },
            },
        },
        "required": ["lead", "sections"],
        "additionalProperties": false,
    });
    if headline {
        schema["properties"]["headline"] = prompt::english(140);
        schema["required"] = json!(["headline", "lead", "sections"]);
    }
    schema
}

/// What a repair must be: `count` sentences by their numbers.
pub(super) fn repair_schema(count: usize) -> Value {
    json!({
        "type": "object",
        "properties": {
            "points": {
                "type": "array",
                "minItems": count,
                "maxItems": count,
                "items": {
                    "type": "object",
                    "properties": {
                        "n": {"type": "integer"},
                        "text": prompt::english(LONGEST_POINT),
                    },
                    "required": ["n", "text"],
                    "additionalProperties": false,
                },
            },
        },
        "required": ["points"],
        "additionalProperties": false,
    })
}

/// A point's text as it can be shown; `None` where nothing of it is whole.
pub(super) fn point(text: &str) -> Option<String> {
    whole_sentences(&harmless(text), LONGEST_POINT)
        .filter(|text| text.chars().filter(|c| c.is_alphabetic()).count() >= 8)
}

/// At most a few characters of a text that is in English are Chinese.
pub(crate) fn is_english(text: &str) -> bool {
    let han = text.chars().filter(|c| passage::is_cjk(*c)).count();
    han * 5 <= text.chars().count()
}

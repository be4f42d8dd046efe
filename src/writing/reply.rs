//! What a model must reply with, and how that is read. Pure.

use serde_json::{Value, json};

use crate::{article::slice, harmless::harmless, passage, prompt};

/// Characters that a point may take.
const LONGEST_POINT: usize = 280;
/// How many fewer a point that was cut off may have: a last word that did not fit.
const SHORT_OF_LONGEST: usize = 12;

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

/// A point's text as it can be shown: on one line, each sentence once, and none that
/// was cut off where another is whole. `None` where nothing is left: small models write
/// up to the length allowed, in the middle of a sentence and the same one again.
pub(super) fn sentences(text: &str) -> Option<String> {
    let text = line(text);
    let mut kept: Vec<&str> = Vec::new();
    for span in passage::sentences(&text) {
        let sentence = slice(&text, span.start, span.end).trim();
        if !kept.contains(&sentence) {
            kept.push(sentence);
        }
    }
    let is_whole = |sentence: &&str| sentence.ends_with(['.', '!', '?', '"', '”', ')']);
    let cut = text.chars().count() + SHORT_OF_LONGEST >= LONGEST_POINT
        && kept.last().is_some_and(|s| !is_whole(s));
    if cut {
        kept.pop();
    }
    Some(kept.join(" ")).filter(|text| text.chars().filter(|c| c.is_alphabetic()).count() >= 8)
}

/// On one line, without blanks at its ends.
pub(crate) fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most a few characters of a text that is in English are Chinese.
pub(crate) fn is_english(text: &str) -> bool {
    let han = text.chars().filter(|c| passage::is_cjk(*c)).count();
    han * 5 <= text.chars().count()
}

//! The dialect of a server: what it turned out not to take, and requests made
//! without that. Pure.

use serde_json::{Value, json};

use super::OpenAiOptions;
use crate::llm::{LlmError, Request};

/// The JSON that a server can be made to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonSupport {
    /// By a JSON Schema.
    Schema,
    /// By one without limits on lengths, counts and characters.
    PlainSchema,
    /// Some JSON object; the schema is in the prompt.
    Object,
    /// None for sure; it is asked for in the prompt.
    Asked,
}

/// What a server turned out to take, and how its tokens compare with the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Learned {
    pub json: JsonSupport,
    pub max_completion_tokens: bool,
    pub temperature: bool,
    pub stream_options: bool,
    pub tokens_per_estimated: f64,
}

/// The body of a chat request in the dialect that the server has shown.
pub(super) fn body(
    options: &OpenAiOptions,
    request: &Request,
    streamed: bool,
    learned: &Learned,
) -> Value {
    let mut messages: Vec<Value> = request
        .messages
        .iter()
        .map(|m| json!({"role": m.role, "content": m.content}))
        .collect();
    let mut body = json!({"model": options.model, "stream": streamed});
    let limit = if learned.max_completion_tokens {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    body[limit] = json!(request.max_tokens);
    if learned.temperature {
        body["temperature"] = json!(options.temperature);
    }
    if streamed && learned.stream_options {
        body["stream_options"] = json!({"include_usage": true});
    }
    if let Some(format) = &request.format {
        let by_schema = |schema: &Value| {
            json!({
                "type": "json_schema",
                "json_schema": {"name": format.name, "strict": true, "schema": schema},
            })
        };
        match learned.json {
            JsonSupport::Schema => body["response_format"] = by_schema(&format.schema),
            JsonSupport::PlainSchema => body["response_format"] = by_schema(&plain(&format.schema)),
            JsonSupport::Object => body["response_format"] = json!({"type": "json_object"}),
            JsonSupport::Asked => {}
        }
        if matches!(learned.json, JsonSupport::Object | JsonSupport::Asked)
            && let Some(last) = messages.last_mut()
        {
            // Servers that know json_object alone also want the word JSON in the prompt.
            let asked = last["content"].as_str().unwrap_or_default();
            last["content"] = json!(format!(
                "{asked}\n\nReply with one JSON object and nothing else. Its JSON Schema: {}",
                plain(&format.schema)
            ));
        }
    }
    body["messages"] = Value::Array(messages);
    body
}

/// What to ask differently after `error`, if that may help.
pub(super) fn adapt(learned: &Learned, error: &LlmError, json_asked: bool) -> Option<Learned> {
    let detail = match error {
        LlmError::BadRequest { detail, .. } => detail.to_lowercase(),
        LlmError::Server {
            detail,
            status: Some(500 | 501),
            ..
        } => detail.to_lowercase(),
        _ => return None,
    };
    let says = |words: &[&str]| words.iter().any(|word| detail.contains(word));
    let mut better = *learned;
    if says(&["max_completion_tokens"]) {
        better.max_completion_tokens = true;
    } else if says(&["stream_options"]) {
        better.stream_options = false;
    } else if says(&["temperature"]) {
        better.temperature = false;
    } else if json_asked
        && says(&[
            "response_format",
            "json_schema",
            "json_object",
            "schema",
            "grammar",
            "structured",
            "guided",
        ])
    {
        better.json = match learned.json {
            JsonSupport::Schema => JsonSupport::PlainSchema,
            JsonSupport::PlainSchema => JsonSupport::Object,
            JsonSupport::Object | JsonSupport::Asked => JsonSupport::Asked,
        };
    }
    (better != *learned).then_some(better)
}

/// A schema without the keywords that some servers refuse.
fn plain(schema: &Value) -> Value {
    const LIMITS: &[&str] = &["maxLength", "minLength", "maxItems", "minItems", "pattern"];
    match schema {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !LIMITS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), plain(value)))
            .collect(),
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

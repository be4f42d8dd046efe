//! What goes over the wire, read tolerantly: servers leave fields out, put null
//! or `""` where the protocol has something else, and shape errors each its own way.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::llm::{LlmError, Usage};

/// One event of a stream, or a whole answer: the two differ in `delta` and `message` only.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// New text.
    pub text: String,
    /// New thinking, where the server keeps it apart.
    pub thinking: bool,
    /// Why it ended: `""` counts as said, null as not.
    pub finish: Option<String>,
    /// Tokens taken.
    pub usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Said>,
    #[serde(default)]
    message: Option<Said>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Said {
    #[serde(default)]
    content: Option<Value>,
    #[serde(default)]
    reasoning_content: Option<String>,
    #[serde(default)]
    reasoning: Option<Value>,
}

/// Reads a chunk; `Err` says how it is wrong.
pub(super) fn chunk(event: &Value) -> Result<Chunk, String> {
    let mut chunk = Chunk {
        usage: event.get("usage").and_then(usage),
        ..Chunk::default()
    };
    let choices = match event.get("choices") {
        Some(Value::Array(choices)) => choices.as_slice(),
        None | Some(Value::Null) if chunk.usage.is_some() || event.get("usage").is_some() => &[],
        _ => return Err("it has no choices".to_owned()),
    };
    // Only one answer is ever asked for; a last chunk often has no choices at all.
    let Some(first) = choices.first() else {
        return Ok(chunk);
    };
    let choice = Choice::deserialize(first).map_err(|e| format!("its choice is odd: {e}"))?;
    chunk.finish = choice.finish_reason;
    let said = choice.delta.or(choice.message).unwrap_or_default();
    chunk.thinking = said.reasoning_content.is_some_and(|t| !t.is_empty())
        || said.reasoning.is_some_and(|r| !r.is_null());
    chunk.text = said
        .content
        .map(|content| content_text(&content))
        .or(choice.text)
        .unwrap_or_default();
    Ok(chunk)
}

/// Content is a string, null, or a list of parts with text.
fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect(),
        _ => String::new(),
    }
}

fn usage(value: &Value) -> Option<Usage> {
    let usage = Usage {
        prompt_tokens: value.get("prompt_tokens").and_then(Value::as_u64),
        completion_tokens: value.get("completion_tokens").and_then(Value::as_u64),
    };
    (usage != Usage::default()).then_some(usage)
}

/// The error that an event reports amid a stream, if it is one.
pub(super) fn reported_error(url: &str, event: &Value) -> Option<LlmError> {
    let is_error = event.get("error").is_some_and(|e| !e.is_null())
        || event.get("object").and_then(Value::as_str) == Some("error");
    if !is_error {
        return None;
    }
    if let Some(error) = context_exceeded(url, event) {
        return Some(error);
    }
    let error = event.get("error").unwrap_or(event);
    let status = error
        .get("code")
        .and_then(Value::as_u64)
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code));
    Some(LlmError::Server {
        url: url.to_owned(),
        status,
        detail: detail(event).unwrap_or_else(|| excerpt(&event.to_string())),
    })
}

/// What an HTTP response that is no answer means.
pub(super) fn http_error(
    url: &str,
    model: &str,
    status: u16,
    retry_after: Option<Duration>,
    body: &str,
) -> LlmError {
    let url = url.to_owned();
    let parsed: Option<Value> = serde_json::from_str(body).ok();
    if let Some(error) = parsed.as_ref().and_then(|v| context_exceeded(&url, v)) {
        return error;
    }
    let detail = parsed.as_ref().and_then(detail).unwrap_or_else(|| {
        if body.trim().is_empty() {
            "without a word".to_owned()
        } else if is_html(body) {
            "with a web page".to_owned()
        } else {
            excerpt(body)
        }
    });
    match status {
        401 | 403 => LlmError::Unauthorized {
            url,
            status,
            detail,
        },
        404 => LlmError::NotFound {
            url,
            model: model.to_owned(),
            detail,
        },
        429 => LlmError::RateLimited {
            url,
            retry_after,
            detail,
        },
        503 if detail.to_lowercase().contains("loading") => LlmError::Loading { url, detail },
        500.. => LlmError::Server {
            url,
            status: Some(status),
            detail,
        },
        _ => LlmError::BadRequest {
            url,
            status,
            detail,
        },
    }
}

/// The prompt was too long, in the dialects of llama.cpp, OpenAI, vLLM and others.
fn context_exceeded(url: &str, body: &Value) -> Option<LlmError> {
    let error = body.get("error").unwrap_or(body);
    let tag = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let message = detail(body).unwrap_or_default();
    let lower = message.to_lowercase();
    let named = tag("type") == "exceed_context_size_error"
        || tag("code") == "context_length_exceeded"
        || lower.contains("maximum context length")
        || lower.contains("context window")
        || lower.contains("exceeds the available context size");
    if !named {
        return None;
    }
    let number = |key: &str| {
        error
            .get(key)
            .and_then(Value::as_u64)
            .and_then(|n| usize::try_from(n).ok())
    };
    // "maximum context length is 8192 tokens. However, … resulted in 9120 tokens"
    let mut said = message
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse::<usize>().ok())
        .filter(|n| *n >= 256);
    let (context, prompt_tokens) = match (number("n_ctx"), number("n_prompt_tokens")) {
        (None, None) => (said.next(), said.next()),
        known => known,
    };
    Some(LlmError::ContextExceeded {
        url: url.to_owned(),
        prompt_tokens,
        context,
    })
}

/// The message of an error body, in whichever field it is.
fn detail(body: &Value) -> Option<String> {
    let error = body.get("error").unwrap_or(body);
    let text = match error {
        Value::String(text) => Some(text.as_str()),
        _ => ["message", "detail", "msg"].iter().find_map(|key| {
            error
                .get(key)
                .or_else(|| body.get(key))
                .and_then(Value::as_str)
        }),
    }?;
    let text = text.trim();
    (!text.is_empty()).then(|| excerpt(text))
}

/// Whether `body` is a web page.
pub(super) fn is_html(body: &str) -> bool {
    let start: String = body.trim_start().chars().take(15).collect();
    let start = start.to_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// The first 300 characters, on one line.
pub(super) fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

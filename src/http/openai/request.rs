//! A chat request to a question: the last message is asked, those before it are
//! the conversation, the client's rules are style.

use serde::Deserialize;
use serde_json::Value;

use crate::ask::Question;
use crate::http::problem::ApiError;
use crate::http::search::checked_text;
use crate::llm::{Message, Role};

/// The models by name, and whether they leave out what is not supported.
pub const MODELS: [(&str, bool); 2] = [("dragoman", false), ("dragoman-strict", true)];

/// A parameter, its value, whether that changes nothing, and what to do instead.
type Rule<'a> = (
    &'static str,
    &'a Option<Value>,
    &'a dyn Fn(&Value) -> bool,
    &'static str,
);

/// Characters of a client's rules that are heeded; front ends send pages of them.
const STYLE_CHARS: usize = 1000;

/// `POST /v1/chat/completions`. Parameters that are not listed are accepted and
/// change nothing; those that would change the meaning are refused by name.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ChatBody {
    /// `dragoman`, or `dragoman-strict`, which leaves out what is not supported.
    #[schema(pattern = "^dragoman(-strict)?$")]
    pub model: String,
    /// The conversation; the last message is the question.
    messages: Vec<ChatMessage>,
    /// Answer in chunks while it is written.
    #[serde(default)]
    stream: Option<bool>,
    /// What a stream holds besides the answer.
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    /// One answer is given: 1, or nothing.
    #[serde(default)]
    n: Option<Value>,
    /// Refused unless empty.
    #[serde(default)]
    tools: Option<Value>,
    /// Refused unless `none` or `auto`.
    #[serde(default)]
    tool_choice: Option<Value>,
    /// Refused unless empty.
    #[serde(default)]
    functions: Option<Value>,
    /// Refused unless `none` or `auto`.
    #[serde(default)]
    function_call: Option<Value>,
    /// Refused.
    #[serde(default)]
    audio: Option<Value>,
    /// Refused unless `["text"]`.
    #[serde(default)]
    modalities: Option<Value>,
    /// Refused unless false.
    #[serde(default)]
    logprobs: Option<Value>,
    /// Refused unless 0.
    #[serde(default)]
    top_logprobs: Option<Value>,
    /// Refused unless of type `text`.
    #[serde(default)]
    response_format: Option<Value>,
    /// Refused.
    #[serde(default)]
    web_search_options: Option<Value>,
}

/// One message of the conversation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
struct ChatMessage {
    /// `system`, `developer`, `user` or `assistant`.
    role: String,
    /// A text, or a list of parts of which each is text.
    #[schema(value_type = Value)]
    #[serde(default)]
    content: Value,
}

/// What a stream holds besides the answer.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
struct StreamOptions {
    /// End with a chunk that has the tokens taken.
    #[serde(default)]
    include_usage: Option<bool>,
}

impl ChatBody {
    /// Whether the answer comes as it is written.
    pub fn streams(&self) -> bool {
        self.stream == Some(true)
    }

    /// Whether a stream ends with the tokens taken.
    pub fn wants_usage(&self) -> bool {
        self.stream_options
            .as_ref()
            .is_some_and(|options| options.include_usage == Some(true))
    }

    /// The question in its conversation.
    pub fn question(self) -> Result<Question, ApiError> {
        let strict = MODELS
            .iter()
            .find(|(name, _)| *name == self.model)
            .map(|(_, strict)| *strict)
            .ok_or_else(|| no_model(&self.model))?;
        self.refuse()?;
        let mut history = Vec::new();
        let mut style = Vec::new();
        for (at, message) in self.messages.iter().enumerate() {
            let pointer = format!("/messages/{at}/content");
            let content = text_of(&pointer, &message.content)?;
            match message.role.as_str() {
                "system" | "developer" => style.push(content),
                "user" => history.push((pointer, Message::user(content))),
                "assistant" => history.push((
                    pointer,
                    Message {
                        role: Role::Assistant,
                        content,
                    },
                )),
                other => {
                    return Err(ApiError::field(
                        &format!("/messages/{at}/role"),
                        format!(
                            "messages[{at}].role = {other:?}: dragoman calls no tools; send system, developer, user and assistant messages"
                        ),
                    ));
                }
            }
        }
        let Some((pointer, last)) = history.pop().filter(|(_, last)| last.role == Role::User)
        else {
            return Err(ApiError::field(
                "/messages",
                "messages: the last one that is not a rule must be the user's question",
            ));
        };
        let style: String = style.join("\n").trim().chars().take(STYLE_CHARS).collect();
        Ok(Question {
            text: checked_text(&pointer, last.content)?,
            history: history.into_iter().map(|(_, message)| message).collect(),
            strict,
            style: Some(style).filter(|style| !style.is_empty()),
            ..Question::default()
        })
    }

    /// Parameters whose effect a client would miss.
    fn refuse(&self) -> Result<(), ApiError> {
        let plain_choice = |value: &Value| matches!(value.as_str(), Some("none" | "auto"));
        let text_only = |value: &Value| {
            value
                .as_array()
                .is_some_and(|kinds| kinds.iter().all(|kind| kind == "text"))
        };
        let rules: [Rule<'_>; 11] = [
            (
                "n",
                &self.n,
                &|value| value == 1,
                "one answer is given; leave n out",
            ),
            (
                "tools",
                &self.tools,
                &is_empty,
                "dragoman calls no tools; leave tools out",
            ),
            (
                "tool_choice",
                &self.tool_choice,
                &plain_choice,
                "dragoman calls no tools; leave tool_choice out",
            ),
            (
                "functions",
                &self.functions,
                &is_empty,
                "dragoman calls no functions; leave functions out",
            ),
            (
                "function_call",
                &self.function_call,
                &plain_choice,
                "dragoman calls no functions; leave function_call out",
            ),
            (
                "audio",
                &self.audio,
                &|_| false,
                "answers are text; leave audio out",
            ),
            (
                "modalities",
                &self.modalities,
                &text_only,
                "answers are text; leave modalities out",
            ),
            (
                "logprobs",
                &self.logprobs,
                &|value| value == false,
                "answers are checked sentences, not tokens; leave logprobs out",
            ),
            (
                "top_logprobs",
                &self.top_logprobs,
                &|value| value == 0,
                "answers are checked sentences, not tokens; leave top_logprobs out",
            ),
            (
                "response_format",
                &self.response_format,
                &|value| value["type"] == "text",
                "answers are prose with [n] and annotations; leave response_format out",
            ),
            (
                "web_search_options",
                &self.web_search_options,
                &|_| false,
                "answers come from the collection, not from the web; leave web_search_options out",
            ),
        ];
        for (name, value, harmless, reason) in rules {
            if let Some(value) = value
                && !harmless(value)
            {
                return Err(ApiError::field(
                    &format!("/{name}"),
                    format!("{name} = {}: {reason}", excerpt(value)),
                ));
            }
        }
        Ok(())
    }
}

/// The error for a model that there is not.
pub fn no_model(id: &str) -> ApiError {
    let names = MODELS.map(|(name, _)| name).join(" or ");
    ApiError::UnknownModel(format!(
        "model {id:?}: there is no such model here; use {names}"
    ))
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A message's words: a string, or parts of which each is text.
fn text_of(pointer: &str, content: &Value) -> Result<String, ApiError> {
    match content {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) => {
            let texts: Result<Vec<&str>, ApiError> = parts
                .iter()
                .enumerate()
                .map(|(at, part)| {
                    let kind = part["type"].as_str().unwrap_or("without a type");
                    match part["text"].as_str() {
                        Some(text) if kind == "text" => Ok(text),
                        _ => Err(ApiError::field(
                            &format!("{pointer}/{at}"),
                            format!("a part of a message is {kind}: dragoman reads text only"),
                        )),
                    }
                })
                .collect();
            Ok(texts?.join("\n"))
        }
        other => Err(ApiError::field(
            pointer,
            format!(
                "content = {}: send a text, or a list of text parts",
                excerpt(other)
            ),
        )),
    }
}

//! Language models: one trait, spoken to over the OpenAI protocol by [`openai`].
//!
//! [`LanguageModel`] hides the transport only. What a model is asked, and what
//! its words are worth, is decided by those who call it.

use std::{fmt, pin::Pin, time::Duration};

use async_trait::async_trait;
use futures::Stream;
use serde::{Deserialize, Serialize};

pub mod breaker;
pub mod json;
pub mod openai;
pub mod think;

/// Who speaks in a [`Message`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The rules.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    /// A message of the one who asks.
    pub fn user(content: impl Into<String>) -> Message {
        Message {
            role: Role::User,
            content: content.into(),
        }
    }

    /// The rules.
    pub fn system(content: impl Into<String>) -> Message {
        Message {
            role: Role::System,
            content: content.into(),
        }
    }
}

/// The JSON that an answer must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Format {
    /// A short name, letters and underscores.
    pub name: String,
    /// A JSON Schema.
    pub schema: serde_json::Value,
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The conversation; the last message is answered.
    pub messages: Vec<Message>,
    /// New tokens at most.
    pub max_tokens: usize,
    /// JSON to be had, by the best means that the server knows; prose when absent.
    pub format: Option<Format>,
}

/// Tokens that a call took, as the server counts them; absent where it does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: Option<u64>,
    /// Tokens newly written.
    pub completion_tokens: Option<u64>,
}

impl Usage {
    /// The sum of two calls; a figure is absent only when both lack it.
    pub fn plus(self, other: Usage) -> Usage {
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0) + b.unwrap_or(0)),
        };
        Usage {
            prompt_tokens: sum(self.prompt_tokens, other.prompt_tokens),
            completion_tokens: sum(self.completion_tokens, other.completion_tokens),
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ending {
    /// Tokens taken.
    pub usage: Usage,
    /// The answer was cut at `max_tokens`.
    pub cut: bool,
    /// The server read much less of the prompt than was sent.
    pub prompt_truncated: bool,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The text, without the model's thinking.
    pub text: String,
    /// How it ended.
    pub ending: Ending,
}

/// A piece of an answer that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// More text, without the model's thinking; never empty.
    Text(String),
    /// The end; nothing follows.
    End(Ending),
}

/// The pieces of an answer; dropping it ends the call.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Piece, LlmError>> + Send>>;

/// A model that continues conversations. Calls may come at once from many tasks.
#[async_trait]
pub trait LanguageModel: Send + Sync {
    /// The model's name, as the server knows it.
    fn name(&self) -> &str;

    /// Where the text goes.
    fn base_url(&self) -> &str;

    /// Whether the text stays on this machine.
    fn is_local(&self) -> bool;

    /// Tokens that prompt and answer may take together.
    async fn context_tokens(&self) -> usize;

    /// How the server has done lately.
    fn health(&self) -> breaker::Health {
        breaker::Health::Well
    }

    /// How many tokens `text` will take, rather too many than too few.
    fn tokens(&self, text: &str) -> usize {
        estimate_tokens(text)
    }

    /// The whole answer.
    async fn complete(&self, request: &Request) -> Result<Completion, LlmError>;

    /// The answer as it is written. Failures before its first piece are returned
    /// here, later ones in the stream.
    async fn stream(&self, request: &Request) -> Result<Pieces, LlmError>;
}

/// What a model did not do in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Taking the connection.
    Connect,
    /// Writing the first token.
    FirstToken,
    /// Writing the next token.
    NextToken,
    /// Finishing the answer.
    Total,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Connect => "taking the connection",
            Phase::FirstToken => "the first token",
            Phase::NextToken => "the next token",
            Phase::Total => "the whole answer",
        })
    }
}

/// Why a model gave no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LlmError {
    /// A setting cannot be used.
    #[error("setting up the model: {name} is {value:?}, {reason}")]
    Setting {
        /// Such as `OPENAI_BASE_URL`.
        name: &'static str,
        /// What it is; `…` for a secret.
        value: String,
        /// Why not, and what to write instead.
        reason: String,
    },
    /// Nothing listens there.
    #[error(
        "asking the model at {url}: the connection was refused; start the server there, or set OPENAI_BASE_URL"
    )]
    Refused {
        /// The server.
        url: String,
    },
    /// The host has no address.
    #[error(
        "asking the model at {url}: the host name has no address; check OPENAI_BASE_URL and the network"
    )]
    Dns {
        /// The server.
        url: String,
    },
    /// No secure connection.
    #[error(
        "asking the model at {url}: no secure connection ({reason}); check the certificate, or whether the server speaks http"
    )]
    Tls {
        /// The server.
        url: String,
        /// What the TLS library says.
        reason: String,
    },
    /// The connection broke before the answer began.
    #[error("asking the model at {url}: the connection broke ({reason}); look at the server's log")]
    Disconnected {
        /// The server.
        url: String,
        /// What the network says.
        reason: String,
    },
    /// The key is missing, wrong, or not allowed.
    #[error("asking the model at {url}: HTTP {status}, {detail}; check OPENAI_API_KEY")]
    Unauthorized {
        /// The server.
        url: String,
        /// 401 or 403.
        status: u16,
        /// What the server says.
        detail: String,
    },
    /// The server has no such model, or no such path.
    #[error(
        "asking the model {model} at {url}: HTTP 404, {detail}; check OPENAI_MODEL, and that OPENAI_BASE_URL ends as the server's documentation says (usually /v1)"
    )]
    NotFound {
        /// The server.
        url: String,
        /// The model asked for.
        model: String,
        /// What the server says.
        detail: String,
    },
    /// Too many requests, or no credit.
    #[error(
        "asking the model at {url}: HTTP 429, {detail}; {}",
        match .retry_after {
            Some(wait) => format!("try again in {} s", wait.as_secs()),
            None => "try again later, or check the account's limits".to_owned(),
        }
    )]
    RateLimited {
        /// The server.
        url: String,
        /// When to try again, if the server says.
        retry_after: Option<Duration>,
        /// What the server says.
        detail: String,
    },
    /// The model is not in memory yet.
    #[error(
        "asking the model at {url}: the server is still loading it ({detail}); try again shortly"
    )]
    Loading {
        /// The server.
        url: String,
        /// What the server says.
        detail: String,
    },
    /// The server failed.
    #[error(
        "asking the model at {url}: the server failed ({}{detail}); look at the server's log",
        .status.map(|s| format!("HTTP {s}, ")).unwrap_or_default()
    )]
    Server {
        /// The server.
        url: String,
        /// The HTTP status; absent for a failure reported amid a stream.
        status: Option<u16>,
        /// What the server says.
        detail: String,
    },
    /// The server failed again and again, and is left alone for a while.
    #[error(
        "asking the model at {url}: it failed {failures} times in a row and is left alone for {} more s; the last time: {last}",
        wait.as_millis().div_ceil(1000)
    )]
    Resting {
        /// The server.
        url: String,
        /// Failed calls in a row.
        failures: u32,
        /// For how much longer.
        wait: Duration,
        /// Why the last one failed.
        last: String,
    },
    /// The server does not take the request.
    #[error(
        "asking the model at {url}: HTTP {status}, {detail}; the server does not take this request"
    )]
    BadRequest {
        /// The server.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What the server says.
        detail: String,
    },
    /// The prompt does not fit.
    #[error(
        "asking the model at {url}: the prompt{} does not fit its context{}; set the context length of the server higher, or ask with fewer sources",
        .prompt_tokens.map(|n| format!(" of {n} tokens")).unwrap_or_default(),
        .context.map(|n| format!(" of {n} tokens")).unwrap_or_default()
    )]
    ContextExceeded {
        /// The server.
        url: String,
        /// Tokens of the prompt, if the server says.
        prompt_tokens: Option<usize>,
        /// Tokens of the context, if the server says.
        context: Option<usize>,
    },
    /// Something else than a model answers there.
    #[error(
        "asking the model at {url}: {what} came back, not JSON ({excerpt:?}); check OPENAI_BASE_URL, and whether a proxy or a login page is in between"
    )]
    NotJson {
        /// The server.
        url: String,
        /// Such as "a web page".
        what: &'static str,
        /// How it begins.
        excerpt: String,
    },
    /// Too slow.
    #[error(
        "asking the model at {url}: nothing came within {} s ({phase}); the server may be overloaded, or the time-out too short for it",
        .after.as_secs_f32()
    )]
    Timeout {
        /// The server.
        url: String,
        /// What was waited for.
        phase: Phase,
        /// How long.
        after: Duration,
    },
    /// The answer is not what the protocol says.
    #[error(
        "reading the answer of the model at {url}: {reason} ({excerpt:?}); the server does not keep to the OpenAI protocol"
    )]
    Malformed {
        /// The server.
        url: String,
        /// How it is wrong.
        reason: String,
        /// How it begins.
        excerpt: String,
    },
    /// The answer stopped in the middle.
    #[error(
        "reading the answer of the model at {url}: it broke off after {received} characters ({reason}); try again, or look at the server's log"
    )]
    EndedEarly {
        /// The server.
        url: String,
        /// Characters that had come.
        received: usize,
        /// What the network says.
        reason: String,
    },
    /// Tokens were written, but no text: all went into thinking.
    #[error(
        "reading the answer of the model {model}: it holds no text{}; use a model that thinks less, or allow it more tokens",
        if *.cut { ", its tokens went into thinking" } else { "" }
    )]
    Empty {
        /// The model.
        model: String,
        /// Whether it was cut at the token limit.
        cut: bool,
    },
}

impl LlmError {
    /// Whether the same request may succeed in a moment.
    pub fn is_transient(&self) -> bool {
        match self {
            LlmError::Disconnected { .. } | LlmError::Loading { .. } => true,
            LlmError::RateLimited { detail, .. } => !detail.contains("quota"),
            LlmError::Server { status, .. } => !matches!(status, Some(501 | 505)),
            LlmError::Timeout { phase, .. } => *phase == Phase::Connect,
            _ => false,
        }
    }

    /// Whether the server is down or overloaded, so that other requests fail too.
    pub fn is_servers_fault(&self) -> bool {
        match self {
            LlmError::Refused { .. }
            | LlmError::Dns { .. }
            | LlmError::Tls { .. }
            | LlmError::Disconnected { .. }
            | LlmError::RateLimited { .. }
            | LlmError::Loading { .. }
            | LlmError::Server { .. }
            | LlmError::NotJson { .. }
            | LlmError::Timeout { .. }
            | LlmError::EndedEarly { .. } => true,
            LlmError::Setting { .. }
            | LlmError::Unauthorized { .. }
            | LlmError::NotFound { .. }
            | LlmError::Resting { .. }
            | LlmError::BadRequest { .. }
            | LlmError::ContextExceeded { .. }
            | LlmError::Malformed { .. }
            | LlmError::Empty { .. } => false,
        }
    }

    /// The same without the server's own words, which may repeat the prompt: for
    /// places where everyone looks.
    pub fn discreet(mut self) -> LlmError {
        if let Some(words) = self.words() {
            *words = "…".to_owned();
        }
        self
    }

    /// The same without a secret that the server repeats.
    pub fn without(mut self, secret: &str) -> LlmError {
        if let Some(words) = self.words().filter(|_| !secret.is_empty()) {
            *words = words.replace(secret, "…");
        }
        self
    }

    /// The server's own words.
    fn words(&mut self) -> Option<&mut String> {
        match self {
            LlmError::Unauthorized { detail, .. }
            | LlmError::NotFound { detail, .. }
            | LlmError::RateLimited { detail, .. }
            | LlmError::Loading { detail, .. }
            | LlmError::Server { detail, .. }
            | LlmError::BadRequest { detail, .. } => Some(detail),
            LlmError::NotJson { excerpt, .. } | LlmError::Malformed { excerpt, .. } => {
                Some(excerpt)
            }
            _ => None,
        }
    }

    /// When it is worth another request, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            LlmError::RateLimited { retry_after, .. } => *retry_after,
            LlmError::Resting { wait, .. } => Some(*wait),
            _ => None,
        }
    }
}

/// Tokens of `text` by its characters: one for each that is not ASCII, one for
/// 3.5 ASCII characters. Real tokenizers need fewer for Chinese (0.6 to 0.8).
pub fn estimate_tokens(text: &str) -> usize {
    let (mut ascii, mut other) = (0usize, 0usize);
    for c in text.chars() {
        if c.is_ascii() {
            ascii += 1;
        } else {
            other += 1;
        }
    }
    other + (ascii * 2).div_ceil(7)
}

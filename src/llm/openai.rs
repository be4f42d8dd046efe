//! A model behind any OpenAI-compatible server: OpenAI, Ollama, llama.cpp, vLLM, DeepSeek, Qwen.
//!
//! Requests and answers pass through async-openai with types of our own
//! (`wire`), because its typed answers reject what many servers send. What a
//! server turned out not to take (JSON schemas, a parameter) is remembered.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_openai::{Client, config::OpenAIConfig};
use async_trait::async_trait;
use futures::StreamExt;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::llm::{
    Completion, Ending, LanguageModel, LlmError, Phase, Piece, Pieces, Request,
    breaker::{Breaker, Clock, Health, Patience},
    estimate_tokens,
    think::strip_thinking,
};
use crate::telemetry::ModelCall;

mod cumulative;
mod dialect;
mod reading;
mod server;
mod transport;
mod wire;

pub use server::probe;

use dialect::{JsonSupport, Learned, adapt, body};
use reading::Reading;
use transport::Transport;

/// Tokens of context when neither the server nor a setting says.
pub const DEFAULT_CONTEXT_TOKENS: usize = 8192;

/// How long a model may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To take the connection.
    pub connect: Duration,
    /// To read the prompt and write the first token.
    pub first_token: Duration,
    /// Between two tokens.
    pub next_token: Duration,
    /// For the whole call with its retries.
    pub total: Duration,
}

impl Default for Timeouts {
    /// Long enough for a small model on two busy cores.
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(5),
            first_token: Duration::from_secs(300),
            next_token: Duration::from_secs(60),
            total: Duration::from_secs(900),
        }
    }
}

/// How often and when a call that failed for the moment is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Further calls after the first.
    pub times: u32,
    /// The wait before the first of them; it doubles each time.
    pub base: Duration,
    /// The longest wait, also when the server asks for one.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            times: 3,
            base: Duration::from_millis(500),
            longest: Duration::from_secs(30),
        }
    }
}

impl Retry {
    /// The wait before call `attempt` (1 is the first repetition) after `error`;
    /// `None` when it is not worth another. `jitter` is in 0..1.
    pub fn wait(&self, attempt: u32, error: &LlmError, jitter: f64) -> Option<Duration> {
        if attempt > self.times || !error.is_transient() {
            return None;
        }
        match error {
            LlmError::RateLimited {
                retry_after: Some(wait),
                ..
            } => (*wait <= self.longest).then_some(*wait),
            // A pooled connection that the server had closed: nothing is wrong with it.
            LlmError::Disconnected { .. } if attempt == 1 => Some(Duration::ZERO),
            _ => {
                let doubled = self.base.saturating_mul(2u32.saturating_pow(attempt - 1));
                Some(doubled.min(self.longest).mul_f64(0.5 + jitter / 2.0))
            }
        }
    }
}

/// Where a model is and how it is spoken to.
#[derive(Clone)]
pub struct OpenAiOptions {
    /// Up to and with `/v1`.
    pub base_url: String,
    /// Sent as a bearer token.
    pub api_key: Option<String>,
    /// As the server knows it.
    pub model: String,
    /// Prompt and answer together; asked of the server when absent.
    pub context_tokens: Option<usize>,
    /// 0 for the same answer each time.
    pub temperature: f32,
    /// How long it may take.
    pub timeouts: Timeouts,
    /// What is tried again.
    pub retry: Retry,
    /// A number in 0..1 that spreads retries of many clients.
    pub jitter: fn() -> f64,
    /// When the server is left alone.
    pub patience: Patience,
    /// Tells how late it is.
    pub clock: Clock,
}

impl Default for OpenAiOptions {
    fn default() -> OpenAiOptions {
        OpenAiOptions {
            base_url: "https://api.openai.com/v1".to_owned(),
            api_key: None,
            model: String::new(),
            context_tokens: None,
            temperature: 0.0,
            timeouts: Timeouts::default(),
            retry: Retry::default(),
            jitter: chance,
            patience: Patience::default(),
            clock: Arc::new(std::time::Instant::now),
        }
    }
}

impl OpenAiOptions {
    /// The model `model` of the server at `base_url`; an empty key is none.
    pub fn new(base_url: &str, api_key: &str, model: &str) -> OpenAiOptions {
        OpenAiOptions {
            base_url: base_url.to_owned(),
            api_key: Some(api_key.to_owned()).filter(|key| !key.is_empty()),
            model: model.to_owned(),
            ..OpenAiOptions::default()
        }
    }

    /// For a scripted server: no waits, no randomness.
    pub fn for_testing(base_url: impl Into<String>) -> OpenAiOptions {
        OpenAiOptions {
            base_url: base_url.into(),
            model: "scripted".to_owned(),
            retry: Retry {
                base: Duration::ZERO,
                ..Retry::default()
            },
            jitter: || 0.0,
            ..OpenAiOptions::default()
        }
    }
}

impl fmt::Debug for OpenAiOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiOptions")
            .field("base_url", &self.base_url)
            .field("api_key", &self.api_key.as_ref().map(|_| "…"))
            .field("model", &self.model)
            .field("context_tokens", &self.context_tokens)
            .field("temperature", &self.temperature)
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// A model behind an OpenAI-compatible server.
#[derive(Debug)]
pub struct OpenAiModel {
    options: OpenAiOptions,
    http: reqwest::Client,
    local: bool,
    context: tokio::sync::OnceCell<usize>,
    learned: Arc<Mutex<Learned>>,
    breaker: Arc<Breaker>,
}

impl OpenAiModel {
    /// A client; the server is not called yet. A setting that cannot work is an error.
    pub fn new(mut options: OpenAiOptions) -> Result<OpenAiModel, LlmError> {
        let setting = |name, value: &str, reason: &str| LlmError::Setting {
            name,
            value: value.to_owned(),
            reason: reason.to_owned(),
        };
        options.base_url = options.base_url.trim().trim_end_matches('/').to_owned();
        let url = url::Url::parse(&options.base_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| {
                let reason = "not an address; write such as http://127.0.0.1:11434/v1";
                setting("OPENAI_BASE_URL", &options.base_url, reason)
            })?;
        options.api_key = options
            .api_key
            .map(|key| key.trim().to_owned())
            .filter(|key| !key.is_empty());
        if let Some(key) = &options.api_key
            && !key.chars().all(|c| c.is_ascii_graphic())
        {
            let reason = "it holds characters that no key has; copy it again";
            return Err(setting("OPENAI_API_KEY", "…", reason));
        }
        let local = is_loopback(&url);
        let mut http = reqwest::Client::builder().connect_timeout(options.timeouts.connect);
        if local {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|e| LlmError::Tls {
            url: options.base_url.clone(),
            reason: e.to_string(),
        })?;
        Ok(OpenAiModel {
            breaker: Breaker::new(options.patience, options.clock.clone()),
            options,
            http,
            local,
            context: tokio::sync::OnceCell::new(),
            learned: Arc::new(Mutex::new(Learned {
                json: JsonSupport::Schema,
                max_completion_tokens: false,
                temperature: true,
                stream_options: true,
                tokens_per_estimated: 1.0,
            })),
        })
    }

    fn secret(&self) -> &str {
        self.options.api_key.as_deref().unwrap_or_default()
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        lock(&self.learned)
    }

    /// Calls the server, unless it is left alone.
    async fn ask(&self, request: &Request, streamed: bool) -> Result<Reading, LlmError> {
        let mut ticket = self.breaker.admit(&self.options.base_url)?;
        match self.persist(request, streamed).await {
            Ok(reading) => Ok(reading.counted_by(ticket)),
            Err(error) => {
                ticket.failed(&error);
                Err(error)
            }
        }
    }

    /// Calls until the server answers, remembering what it does not take and
    /// waiting where that may help and the time for the whole allows it.
    async fn persist(&self, request: &Request, streamed: bool) -> Result<Reading, LlmError> {
        let deadline = Instant::now() + self.options.timeouts.total;
        let mut attempt = 0;
        loop {
            let learned = *self.learned();
            let body = body(&self.options, request, streamed, &learned);
            let error = match self.call(&body, streamed, deadline).await {
                Ok(reading) => return Ok(reading),
                Err(error) => error.without(self.secret()),
            };
            if let Some(better) = adapt(&learned, &error, request.format.is_some()) {
                tracing::debug!(%error, "the model's server is asked in another way");
                *self.learned() = better;
                continue;
            }
            attempt += 1;
            match self
                .options
                .retry
                .wait(attempt, &error, (self.options.jitter)())
            {
                Some(wait) if Instant::now() + wait < deadline => {
                    tracing::debug!(%error, attempt, ?wait, "the model is asked again");
                    pause(wait).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// One call, up to its first event.
    async fn call(
        &self,
        body: &Value,
        streamed: bool,
        deadline: Instant,
    ) -> Result<Reading, LlmError> {
        let transport = Transport::new(self.http.clone(), &self.options, streamed);
        let done = transport.done();
        let client = Client::build(
            self.http.clone(),
            OpenAIConfig::default()
                .with_api_base(&self.options.base_url)
                .with_api_key(self.options.api_key.clone().unwrap_or_default()),
        )
        .with_http_service(transport);
        let timeouts = self.options.timeouts;
        let start = Instant::now();
        let (phase, patience) = if streamed {
            (Phase::FirstToken, timeouts.first_token.min(timeouts.total))
        } else {
            (Phase::Total, timeouts.total)
        };
        let url = &self.options.base_url;
        let late = |_| LlmError::Timeout {
            url: url.clone(),
            phase,
            after: patience,
        };
        let estimate = estimate_tokens(&body["messages"].to_string());
        let chat = client.chat();
        let first = timeout_at((start + patience).min(deadline), async {
            if streamed {
                let mut events = chat
                    .create_stream_byot::<_, Value>(body)
                    .await
                    .map_err(|e| transport::error(url, e, 0))?;
                let first = match events.next().await {
                    Some(event) => Some(event.map_err(|e| transport::error(url, e, 0))?),
                    None => None,
                };
                Ok((first, events))
            } else {
                let whole: Value = chat
                    .create_byot(body)
                    .await
                    .map_err(|e| transport::error(url, e, 0))?;
                Ok((Some(whole), futures::stream::empty().boxed()))
            }
        })
        .await
        .map_err(late)?;
        let (first, events) = first?;
        if let Some(error) = first.as_ref().and_then(|e| wire::reported_error(url, e)) {
            return Err(error);
        }
        Ok(Reading {
            url: url.clone(),
            model: self.options.model.clone(),
            first,
            events,
            done,
            timeouts,
            deadline,
            estimate,
            learned: Arc::clone(&self.learned),
            state: reading::State::default(),
            ticket: None,
            secret: self.secret().to_owned(),
        })
    }
}

#[async_trait]
impl LanguageModel for OpenAiModel {
    fn name(&self) -> &str {
        &self.options.model
    }

    fn base_url(&self) -> &str {
        &self.options.base_url
    }

    fn is_local(&self) -> bool {
        self.local
    }

    async fn context_tokens(&self) -> usize {
        if let Some(tokens) = self.options.context_tokens {
            return tokens;
        }
        // What a server says is kept; its silence is not, it may only be starting.
        self.context
            .get_or_try_init(async || {
                server::context_tokens(&self.http, &self.options)
                    .await
                    .ok_or(())
            })
            .await
            .copied()
            .unwrap_or(DEFAULT_CONTEXT_TOKENS)
    }

    fn health(&self) -> Health {
        self.breaker.health()
    }

    fn tokens(&self, text: &str) -> usize {
        let estimate = estimate_tokens(text) as f64;
        (estimate * self.learned().tokens_per_estimated).ceil() as usize
    }

    async fn complete(&self, request: &Request) -> Result<Completion, LlmError> {
        let mut timed = ModelCall::start(request);
        let mut pieces = self.ask(request, false).await?.whole();
        let (mut text, mut ending) = (String::new(), Ending::default());
        while let Some(piece) = pieces.next().await {
            match piece? {
                Piece::Text(more) => text.push_str(&more),
                Piece::End(end) => ending = end,
            }
        }
        timed.end(ending.usage);
        Ok(Completion {
            text: strip_thinking(&text),
            ending,
        })
    }

    async fn stream(&self, request: &Request) -> Result<Pieces, LlmError> {
        let mut timed = ModelCall::start(request);
        let pieces = self.ask(request, true).await?.pieces();
        Ok(pieces.inspect(move |piece| timed.saw(piece)).boxed())
    }
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[expect(clippy::disallowed_methods, reason = "the default that tests replace")]
fn chance() -> f64 {
    rand::random()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a busy server has nothing to tell when it is ready"
)]
async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

/// What is learned is whole after each assignment, so a panic elsewhere does not spoil it.
fn lock(learned: &Mutex<Learned>) -> MutexGuard<'_, Learned> {
    learned.lock().unwrap_or_else(PoisonError::into_inner)
}

//! One HTTP exchange beneath async-openai: the place where status, headers and
//! raw body are still at hand, so that an error keeps its meaning.

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use async_openai::{
    error::{OpenAIError, StreamError},
    middleware::HttpRequestFactory,
};
use futures::StreamExt;
use reqwest::{
    Body, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER},
};

use super::{OpenAiOptions, wire};
use crate::llm::{LlmError, Phase};

/// Sends one request and judges the response.
#[derive(Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    url: String,
    model: String,
    has_key: bool,
    connect: Duration,
    streamed: bool,
    done: Arc<AtomicBool>,
}

impl Transport {
    pub fn new(http: reqwest::Client, options: &OpenAiOptions, streamed: bool) -> Transport {
        Transport {
            http,
            url: options.base_url.clone(),
            model: options.model.clone(),
            has_key: options.api_key.is_some(),
            connect: options.timeouts.connect,
            streamed,
            done: Arc::default(),
        }
    }

    /// Set once `[DONE]` has come, which async-openai does not tell from a closed connection.
    pub fn done(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.done)
    }

    async fn exchange(self, factory: HttpRequestFactory) -> Result<Response, LlmError> {
        let mut request = factory.build().await.map_err(|e| LlmError::Malformed {
            url: self.url.clone(),
            reason: "the request could not be built".to_owned(),
            excerpt: e.to_string(),
        })?;
        if !self.has_key {
            request.headers_mut().remove(AUTHORIZATION);
        }
        let response = self
            .http
            .execute(request)
            .await
            .map_err(|e| self.network_error(&e))?;
        let status = response.status();
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_lowercase()
        };
        let content_type = header(CONTENT_TYPE);
        let retry_after = header(RETRY_AFTER)
            .parse::<f64>()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        if !status.is_success() {
            let body = response.text().await.unwrap_or_default();
            let status = status.as_u16();
            return Err(wire::http_error(
                &self.url,
                &self.model,
                status,
                retry_after,
                &body,
            ));
        }
        if self.streamed && content_type.starts_with("text/event-stream") {
            return Ok(self.watched(response));
        }
        let body = response.text().await.map_err(|e| self.network_error(&e))?;
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&body) else {
            if self.streamed && body.trim_start().starts_with("data:") {
                self.note_done(body.as_bytes());
                return Ok(Response::from(axum::http::Response::new(body)));
            }
            return Err(LlmError::NotJson {
                url: self.url,
                what: if wire::is_html(&body) {
                    "a web page"
                } else if body.trim().is_empty() {
                    "an empty body"
                } else {
                    "text"
                },
                excerpt: wire::excerpt(&body).chars().take(80).collect(),
            });
        };
        // A server that does not stream answers whole; it becomes a stream of one event.
        let body = if self.streamed {
            self.done.store(true, Ordering::Release);
            format!("data: {value}\n\n")
        } else {
            body
        };
        Ok(Response::from(axum::http::Response::new(body)))
    }

    /// The same response, with an eye on its end.
    fn watched(self, response: Response) -> Response {
        let mut tail = Vec::new();
        let bytes = response.bytes_stream().map(move |chunk| {
            if let Ok(chunk) = &chunk {
                tail.extend_from_slice(chunk);
                self.note_done(&tail);
                let keep = tail.len().saturating_sub(b"[DONE]".len());
                tail.drain(..keep);
            }
            chunk
        });
        Response::from(axum::http::Response::new(Body::wrap_stream(bytes)))
    }

    fn note_done(&self, bytes: &[u8]) {
        if bytes.windows(6).any(|window| window == b"[DONE]") {
            self.done.store(true, Ordering::Release);
        }
    }

    fn network_error(&self, error: &reqwest::Error) -> LlmError {
        let url = self.url.clone();
        let reason = innermost(error);
        let chain = chain(error).to_lowercase();
        if error.is_timeout() && error.is_connect() {
            LlmError::Timeout {
                url,
                phase: Phase::Connect,
                after: self.connect,
            }
        } else if chain.contains("dns error") || chain.contains("failed to lookup address") {
            LlmError::Dns { url }
        } else if chain.contains("connection refused") {
            LlmError::Refused { url }
        } else if error.is_connect()
            && [
                "certificate",
                "tls",
                "ssl",
                "handshake",
                "invalidcontenttype",
                "corrupt message",
            ]
            .iter()
            .any(|word| chain.contains(word))
        {
            LlmError::Tls { url, reason }
        } else {
            LlmError::Disconnected { url, reason }
        }
    }
}

impl tower::Service<HttpRequestFactory> for Transport {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let exchange = self.clone().exchange(factory);
        Box::pin(async move { exchange.await.map_err(|e| OpenAIError::Boxed(Box::new(e))) })
    }
}

/// What an error of async-openai means; `received` characters had come by then.
pub(super) fn error(url: &str, error: OpenAIError, received: usize) -> LlmError {
    let url = url.to_owned();
    match error {
        OpenAIError::Boxed(inner) => match inner.downcast::<LlmError>() {
            Ok(ours) => *ours,
            Err(other) => LlmError::Malformed {
                url,
                reason: "the request failed".to_owned(),
                excerpt: other.to_string(),
            },
        },
        OpenAIError::JSONDeserialize(reason, body) => LlmError::Malformed {
            url,
            reason: format!("an event is no JSON, {reason}"),
            excerpt: wire::excerpt(&body),
        },
        OpenAIError::StreamError(inner) => {
            let reason = match *inner {
                StreamError::EventStream(text) => text,
                other => other.to_string(),
            };
            if received == 0 {
                LlmError::Disconnected { url, reason }
            } else {
                LlmError::EndedEarly {
                    url,
                    received,
                    reason,
                }
            }
        }
        other => LlmError::Disconnected {
            url,
            reason: innermost(&other),
        },
    }
}

fn innermost(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

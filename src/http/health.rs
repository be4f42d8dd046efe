//! Whether dragoman is alive, and what works.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::limit::{LOOKED_AFTER, until_sent};
use crate::app::{App, Writer};
use crate::llm::breaker::Health;
use crate::telemetry::{self, Open};

/// Metrics, as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    summary = "Metrics", description = "As Prometheus reads them.",
    responses((status = 200, description = "Metrics", body = String, content_type = "text/plain")),)]
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let text = telemetry::render(&app).await;
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// Counts and times each request by its route; a response is open until its last byte.
pub(super) async fn measure(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let open = Open::new();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let response = next.run(request).await;
    // Methods are whatever a client says; only the usual ones are told apart.
    let method = match method.as_str() {
        known @ ("GET" | "POST" | "DELETE" | "HEAD" | "OPTIONS" | "PUT") => known,
        _ => "other",
    };
    let took = started.elapsed();
    let status = response.status().as_u16();
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    // Those who look after it ask all the time.
    if LOOKED_AFTER.contains(&route.as_str()) {
        tracing::debug!(status, milliseconds, "answered");
    } else {
        tracing::info!(status, milliseconds, "answered");
    }
    telemetry::responded(method, &route, status, took);
    until_sent(response, open)
}

/// That the process answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Alive {
    /// Always `ok`.
    status: &'static str,
}

/// What works and what does not.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    /// `ready`, or `unavailable` where the store cannot be reached.
    status: &'static str,
    /// Articles stored; null where the store cannot be reached.
    articles: Option<u64>,
    /// Passages stored; null where the store cannot be reached.
    passages: Option<u64>,
    /// Each part by itself.
    parts: Parts,
}

/// The parts that a question passes through.
#[derive(Serialize, ToSchema)]
pub(super) struct Parts {
    /// Where articles are kept.
    store: Part,
    /// Retrieval by words.
    lexical: Part,
    /// Retrieval by meaning.
    dense: DensePart,
    /// Reading the best passages again: `loading`, `ready`, `failed` or `off`.
    rerank: Part,
    /// What writes.
    engine: EnginePart,
}

/// How a part is.
#[derive(Serialize, ToSchema)]
pub(super) struct Part {
    /// `ready`, or what hinders it: `failed`, `unavailable`, `loading`, `off`.
    state: &'static str,
    /// More of it, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// How retrieval by meaning is.
#[derive(Serialize, ToSchema)]
pub(super) struct DensePart {
    /// `loading`, `filling` while vectors follow, `ready` or `off`.
    state: &'static str,
    /// More of it, in words.
    detail: String,
    /// Passages that have their vector.
    vectors: u64,
    /// Passages in all, as last counted.
    passages: u64,
}

/// How what writes is.
#[derive(Serialize, ToSchema)]
pub(super) struct EnginePart {
    /// `llm`, or `extractive` where no language model is configured.
    state: &'static str,
    /// More of it, in words.
    detail: String,
    /// How the model's server does; null without a model.
    breaker: Option<Breaker>,
}

/// How a model's server does.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct Breaker {
    /// `closed` when it is asked, `open` when it is left alone after failures,
    /// `half-open` when one call is about to try it.
    state: &'static str,
    /// Failures since the last success.
    failures: u32,
    /// Seconds until it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_in_seconds: Option<u64>,
    /// The last failure, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<String>,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation",
    summary = "Is it alive", description = "Answers as long as the process does.",
    responses((status = 200, description = "It is", body = Alive)),)]
pub(super) async fn alive() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// Each part's state and why. Ready means that searches work, by words at least.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    summary = "What works", description = "Each part's state and why. Ready means that searches work, by words at least.",
    responses((status = 200, description = "Ready", body = Ready), (status = 503, description = "The store cannot be reached", body = Ready)),)]
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let state = app.state();
    let counts = app.counts_soon().await;
    let (status, code, store, detail) = match &counts {
        Ok(_) => ("ready", StatusCode::OK, "ready", state.store.to_owned()),
        Err(error) => (
            "unavailable",
            StatusCode::SERVICE_UNAVAILABLE,
            "failed",
            error.to_string(),
        ),
    };
    let counts = counts.ok();
    let body = Ready {
        status,
        articles: counts.map(|counts| counts.articles),
        passages: counts.map(|counts| counts.passages),
        parts: Parts {
            store: Part {
                state: store,
                detail: Some(detail),
            },
            lexical: Part {
                state: status,
                detail: None,
            },
            dense: DensePart {
                state: state.dense,
                detail: state.dense_detail,
                vectors: state.vectors,
                passages: state.passages,
            },
            rerank: Part {
                state: state.rerank,
                detail: Some(state.rerank_detail),
            },
            engine: EnginePart {
                state: state.engine,
                detail: state.engine_detail,
                breaker: breaker(&app),
            },
        },
    };
    (code, Json(body)).into_response()
}

fn breaker(app: &App) -> Option<Breaker> {
    let Writer::Model(model) = app.writer() else {
        return None;
    };
    Some(match model.health() {
        Health::Well => Breaker {
            state: "closed",
            ..Breaker::default()
        },
        Health::Failing { failures, last } => Breaker {
            state: "closed",
            failures,
            last_failure: Some(last),
            ..Breaker::default()
        },
        Health::Resting {
            failures,
            wait,
            last,
        } => Breaker {
            state: if wait.is_zero() { "half-open" } else { "open" },
            failures,
            retry_in_seconds: Some(wait.as_millis().div_ceil(1000) as u64),
            last_failure: Some(last),
        },
    })
}

//! Whether dragoman is alive, and what works.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::app::{App, State as Parts, Writer};
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
    if ["/healthz", "/readyz", "/metrics"].contains(&route.as_str()) {
        tracing::debug!(status, milliseconds, "answered");
    } else {
        tracing::info!(status, milliseconds, "answered");
    }
    telemetry::responded(method, &route, status, took);
    response.map(|body| {
        // What is in memory as a whole is as good as sent.
        if body.size_hint().exact().is_some() {
            return body;
        }
        Body::from_stream(body.into_data_stream().inspect(move |_| {
            let _until_the_end = &open;
        }))
    })
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation",
    summary = "Is it alive", description = "Answers as long as the process does.",
    responses((status = 200, description = "It is", body = Object)),)]
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Each part's state and why. Ready means that searches work, by words at least.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    summary = "What works", description = "Each part's state and why. Ready means that searches work, by words at least.",
    responses((status = 200, description = "Ready", body = Object), (status = 503, description = "The store cannot be reached", body = Object)),)]
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let Parts {
        store,
        dense,
        dense_detail,
        vectors,
        passages,
        engine,
        engine_detail,
    } = app.state();
    let (status, code, store, total) = match app.store.counts(None).await {
        Ok(counts) => (
            "ready",
            StatusCode::OK,
            json!({ "state": "ready", "detail": store }),
            Some(counts),
        ),
        Err(error) => (
            "unavailable",
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "state": "failed", "detail": error.to_string() }),
            None,
        ),
    };
    let body = json!({
        "status": status,
        "articles": total.map(|total| total.articles),
        "passages": total.map(|total| total.passages),
        "parts": {
            "store": store,
            "lexical": { "state": status },
            "dense": { "state": dense, "detail": dense_detail, "vectors": vectors, "passages": passages },
            "engine": { "state": engine, "detail": engine_detail, "breaker": breaker(&app) },
        },
    });
    (code, Json(body)).into_response()
}

/// Whether the model's server is asked (`closed`), left alone after failures
/// (`open`), or about to be tried by one call (`half-open`); null without a model.
fn breaker(app: &App) -> Value {
    let Writer::Model(model) = app.writer() else {
        return Value::Null;
    };
    match model.health() {
        Health::Well => json!({ "state": "closed", "failures": 0 }),
        Health::Failing { failures, last } => {
            json!({ "state": "closed", "failures": failures, "last_failure": last })
        }
        Health::Resting {
            failures,
            wait,
            last,
        } => json!({
            "state": if wait.is_zero() { "half-open" } else { "open" },
            "failures": failures,
            "retry_in_seconds": wait.as_millis().div_ceil(1000) as u64,
            "last_failure": last,
        }),
    }
}

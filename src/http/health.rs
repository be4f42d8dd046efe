//! Whether dragoman is alive, and what works.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::{App, State as Parts, Writer};
use crate::llm::breaker::Health;

/// The process answers.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Each part's state and why. Ready means that searches work, by words at least.
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

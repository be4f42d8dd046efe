//! Whether dragoman is alive, and what works.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::{App, State as Parts};

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
            "engine": { "state": engine, "detail": engine_detail },
        },
    });
    (code, Json(body)).into_response()
}

//! Keeping the collection in order while it is served.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::ApiError;
use crate::app::App;

/// The room that the store takes; 0 on a Qdrant server, which sees to that itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Compacted {
    /// Bytes before.
    before_bytes: u64,
    /// Bytes after.
    after_bytes: u64,
}

/// Gives back the room that replaced articles take; bytes before and after, both 0 on
/// a Qdrant server, which sees to that itself.
#[utoipa::path(
    post, path = "/v1/compact", tag = "operation",
    summary = "Give room back",
    description = "Gives back the room that replaced articles take in the embedded store.",
    responses((status = 200, description = "It was done", body = Compacted)),
)]
pub(super) async fn compact(State(app): State<Arc<App>>) -> Result<Json<Compacted>, ApiError> {
    let (before_bytes, after_bytes) = app.store.compact().await?;
    Ok(Json(Compacted {
        before_bytes,
        after_bytes,
    }))
}

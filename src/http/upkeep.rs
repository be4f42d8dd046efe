//! Keeping the collection in order while it is served.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::problem::ApiError;
use crate::app::App;

/// Gives back the room that replaced articles take; bytes before and after, both 0 on
/// a Qdrant server, which sees to that itself.
pub(super) async fn compact(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let (before, after) = app.store.compact().await?;
    Ok(Json(
        json!({ "before_bytes": before, "after_bytes": after }),
    ))
}

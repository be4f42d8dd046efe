//! `DELETE /v1/articles`: many articles by what they have in common.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::Params;
use super::problem::ApiError;
use super::search::FilterInput;
use crate::app::App;
use crate::retention;

/// Which articles; at least one of them.
#[derive(Deserialize, Default, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct DeleteParams {
    /// Of this topic.
    topic: Option<String>,
    /// Of this outlet, such as 新华社.
    source: Option<String>,
    /// In this language, a tag; `zh` takes in both scripts.
    language: Option<String>,
    /// Published at or after: a date, or a time.
    from: Option<String>,
    /// Published before or at; a date means its whole day.
    to: Option<String>,
}

/// How many articles are gone.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deleted {
    /// Articles that were there and are gone.
    deleted: u64,
}

/// Removes the articles that pass a filter.
#[utoipa::path(delete, path = "/v1/articles", tag = "articles", operation_id = "delete_many",
    summary = "Remove articles by filter", description = "Removes every article that passes all that is named; at least one must be. Each is gone from every answer at once, with its passages and its brief.",
    params(DeleteParams),
    responses((status = 200, description = "How many are gone", body = Deleted)),)]
pub(super) async fn delete_many(
    State(app): State<Arc<App>>,
    Params(params): Params<DeleteParams>,
) -> Result<Json<Deleted>, ApiError> {
    let input = FilterInput::of_each(
        params.topic,
        params.source,
        params.language,
        params.from,
        params.to,
    );
    if input == FilterInput::default() {
        return Err(ApiError::field(
            "",
            "deleting articles: name at least one of topic, source, language, from and to",
        ));
    }
    let filter = input.parse("", &app.config.zone())?;
    let deleted = retention::delete(&app, &filter).await?;
    Ok(Json(Deleted { deleted }))
}

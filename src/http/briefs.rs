//! `/v1/articles/{id}/brief`: shown, or written now, whole or point by point.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::articles::find;
use super::ask::{event, failed, stream};
use super::extract::Params;
use super::openapi;
use super::problem::ApiError;
use crate::app::App;
use crate::article::ArticleId;
use crate::brief::{self, Brief, PointEvent};

/// A brief as it is sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct BriefOut {
    /// The article that it is of.
    article_id: ArticleId,
    #[serde(flatten)]
    brief: Brief,
}

impl BriefOut {
    pub(super) fn new(article_id: ArticleId, brief: Brief) -> BriefOut {
        BriefOut { article_id, brief }
    }
}

#[derive(Deserialize, Default, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct WriteParams {
    /// Write it again, even if there is one that fits.
    force: bool,
}

/// The brief as it is kept.
#[utoipa::path(get, path = "/v1/articles/{id}/brief", tag = "briefs",
    summary = "Read a brief", description = "The English brief of an article, if there is one.",
    params(("id" = String, Path, description = "The article's id", example = "sample-gourd")),
    responses((status = 200, description = "The brief", body = BriefOut)),)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<BriefOut>, ApiError> {
    let article = find(&app, &id).await?;
    let brief = article.brief.ok_or_else(|| {
        ApiError::NotFound(format!(
            "article {id} has no brief; POST to this path writes it"
        ))
    })?;
    Ok(Json(BriefOut::new(article.id, brief)))
}

/// Writes the brief now, unless there is one that fits; streams if asked to.
#[utoipa::path(post, path = "/v1/articles/{id}/brief", tag = "briefs",
    summary = "Write a brief", description = "Writes the brief unless there is one that fits. With `Accept: text/event-stream` its points come as events `point` while they are written, then the whole as `done`.",
    params(("id" = String, Path, description = "The article's id", example = "sample-gourd"), WriteParams),
    responses((status = 200, description = "The brief", content((BriefOut = "application/json"), (openapi::ServerEvent = "text/event-stream")))),)]
pub(super) async fn write(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Params(params): Params<WriteParams>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = find(&app, &id).await?.id;
    let streamed = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"));
    if streamed {
        return Ok(events(app, id, params.force));
    }
    let brief = brief::brief(&app, &id, params.force, &mut |_| {}).await?;
    Ok(Json(BriefOut::new(id, brief)).into_response())
}

fn events(app: Arc<App>, id: ArticleId, force: bool) -> Response {
    let (sender, receiver) = mpsc::unbounded_channel();
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        let points = sender.clone();
        let mut tell = move |told: PointEvent| {
            let _ = points.send(event("point", &told));
        };
        let _ = sender.send(match brief::brief(&app, &id, force, &mut tell).await {
            Ok(brief) => event("done", &BriefOut::new(id, brief)),
            Err(error) => failed(error.into()),
        });
    }));
    stream(receiver, task)
}

//! `POST /v1/topics/{id}/digest`: the digest whole, or point by point while it is written.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::ask::{AskEngine, event, failed, stream};
use super::extract::{body_bytes, parse_object, require_json};
use super::openapi;
use super::problem::ApiError;
use super::search::FilterInput;
use super::topics::find;
use crate::app::App;
use crate::digest::{self, Digest, DigestPoint, Wanted};
use crate::topic::Topic;

/// What is wanted of a digest.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DigestBody {
    /// Published at or after; no bound when absent.
    #[serde(default)]
    from: Option<String>,
    /// Published before or at; a date means its whole day.
    #[serde(default)]
    to: Option<String>,
    /// Answer as server-sent events while it is written.
    #[serde(default)]
    stream: bool,
    /// Leave out points that their sources do not bear out.
    #[serde(default)]
    strict: bool,
    /// Who is to write; whoever is there when absent.
    #[serde(default)]
    engine: Option<AskEngine>,
}

/// Writes the digest of a topic's articles.
#[utoipa::path(post, path = "/v1/topics/{id}/digest", tag = "topics", operation_id = "digest",
    summary = "Write a digest", description = "One English digest of the topic's articles between `from` and `to`, at most the newest 300: each event told once, each point with the articles and paragraphs it rests on, checked against them. Without a model it quotes what the articles' briefs say, or their key sentences. With `stream` its points come as events `point` while they are written, then the whole as `done`, or a problem as `error`.",
    params(("id" = String, Path, description = "The topic's id", example = "vocational-education")),
    request_body(content = Option<DigestBody>, description = "All fields may be left out, and the body too"),
    responses((status = 200, description = "The digest", content((Digest = "application/json"), (openapi::ServerEvent = "text/event-stream")))),)]
pub(super) async fn write(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let topic = find(&app, &id).await?;
    require_json(&request)?;
    let bytes = body_bytes(request, &app).await?;
    let body = match bytes.trim_ascii() {
        [] => DigestBody::default(),
        bytes => parse_object::<Option<DigestBody>>(bytes)?.unwrap_or_default(),
    };
    let period = FilterInput {
        from: body.from,
        to: body.to,
        ..FilterInput::default()
    };
    let period = period.parse("", &app.config.zone())?;
    let wanted = Wanted {
        from: period.from,
        to: period.to,
        strict: body.strict,
        engine: body.engine.map(AskEngine::engine),
    };
    if body.stream {
        return Ok(events(app, topic, wanted));
    }
    let digest: Digest = digest::digest(&app, &topic, wanted, &mut |_| {}).await?;
    Ok(Json(digest).into_response())
}

fn events(app: Arc<App>, topic: Topic, wanted: Wanted) -> Response {
    let (sender, receiver) = mpsc::unbounded_channel();
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        let points = sender.clone();
        let mut tell = move |told: DigestPoint| {
            let _ = points.send(event("point", &told));
        };
        let digest = digest::digest(&app, &topic, wanted, &mut tell).await;
        let _ = sender.send(match digest {
            Ok(digest) => event("done", &digest),
            Err(error) => failed(error.into()),
        });
    }));
    stream(receiver, task)
}

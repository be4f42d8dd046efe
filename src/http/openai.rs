//! The OpenAI dialect: `POST /v1/chat/completions` and `GET /v1/models`, so that
//! clients made for OpenAI's API talk to the collection unchanged.

mod reply;
mod request;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::ask::{KEEP_ALIVE, sse};
use super::extract::JsonBody;
use super::openapi;
use super::problem::{ApiError, Problem};
use crate::answer::{Answer, AskEvent};
use crate::app::App;
use crate::ask::{self, Step};
use reply::Frame;
use request::{ChatBody, MODELS};

/// When the models came to be, in seconds since 1970: the first version's day.
const CREATED: i64 = 1_764_028_800;

/// A model as a client lists it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ModelOut {
    /// `dragoman` or `dragoman-strict`.
    id: &'static str,
    /// `model`.
    object: &'static str,
    /// When it came to be, in seconds since 1970.
    created: i64,
    /// `dragoman`.
    owned_by: &'static str,
}

/// The models as a client lists them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ModelList {
    /// `list`.
    object: &'static str,
    /// The models.
    data: Vec<ModelOut>,
}

/// An error as OpenAI's clients read it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ErrorOut {
    /// What went wrong.
    error: ErrorBody,
}

/// What went wrong, as OpenAI's clients read it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ErrorBody {
    /// What was being done, with what value, and what to do about it.
    message: String,
    /// Such as `invalid_request_error`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The parameter that is wrong, such as `messages[0].content`.
    param: Option<String>,
    /// Such as `model_not_found`.
    code: Option<String>,
}

/// What the task that answers tells the response.
enum Told {
    Delta(String),
    Done(Box<Answer>),
    Failed(ApiError),
}

/// `GET /v1/models`.
#[utoipa::path(get, path = "/v1/models", tag = "openai",
    summary = "List models", description = "As OpenAI's clients list them.",
    responses((status = 200, description = "The models", body = ModelList)),)]
pub(super) async fn models() -> Json<ModelList> {
    Json(ModelList {
        object: "list",
        data: MODELS.iter().map(|(id, _)| model_out(id)).collect(),
    })
}

/// `GET /v1/models/{id}`.
#[utoipa::path(get, path = "/v1/models/{id}", tag = "openai",
    summary = "Show a model", description = "As OpenAI's clients ask for one.",
    params(("id" = String, Path, description = "The model's id", example = "dragoman")),
    responses((status = 200, description = "The model", body = ModelOut)),)]
pub(super) async fn model(Path(id): Path<String>) -> Result<Json<ModelOut>, ApiError> {
    MODELS
        .iter()
        .find(|(name, _)| *name == id)
        .map(|(name, _)| Json(model_out(name)))
        .ok_or_else(|| request::no_model(&id))
}

fn model_out(id: &'static str) -> ModelOut {
    ModelOut {
        id,
        object: "model",
        created: CREATED,
        owned_by: "dragoman",
    }
}

/// `POST /v1/chat/completions`.
#[utoipa::path(post, path = "/v1/chat/completions", tag = "openai",
    summary = "Ask as a chat", description = "The OpenAI dialect: the last message is asked of the collection, those before it are the conversation, a system message is style. Sources come as annotations; in a stream with the last chunk that has content.",
    request_body = ChatBody,
    responses((status = 200, description = "The answer", content((reply::Completion = "application/json"), (openapi::ServerEvent = "text/event-stream")))),)]
pub(super) async fn chat(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<ChatBody>,
) -> Result<Response, ApiError> {
    let frame = Frame {
        id: reply::completion_id(&headers),
        created: app.now().micros() / 1_000_000,
        model: body.model.clone(),
        with_usage: body.wants_usage(),
        links: super::access::links(&app.config, &headers),
    };
    let stream = body.streams();
    let question = body.question()?;
    if stream {
        return streamed(app, question, frame).await;
    }
    let answer = ask::ask(&app, question, &mut |_| {}).await?;
    Ok(Json(frame.whole(answer)).into_response())
}

/// Waits for the first words, so that a failure before them keeps its status, which
/// clients go by when they try again; but not so long that a proxy gives up.
async fn streamed(
    app: Arc<App>,
    question: ask::Question,
    frame: Frame,
) -> Result<Response, ApiError> {
    let (sender, mut told) = mpsc::unbounded_channel();
    let work = async move {
        let deltas = sender.clone();
        let mut tell = move |step| {
            if let Step::Answer(AskEvent::Delta { text }) = step {
                let _ = deltas.send(Told::Delta(text));
            }
        };
        let _ = sender.send(match ask::ask(&app, question, &mut tell).await {
            Ok(answer) => Told::Done(Box::new(answer)),
            Err(error) => Told::Failed(error.into()),
        });
    };
    let task = AbortOnDropHandle::new(tokio::spawn(work.in_current_span()));
    let first = tokio::time::timeout(KEEP_ALIVE, told.recv()).await;
    let first = match first {
        Ok(Some(Told::Failed(error))) => return Err(error),
        Ok(first) => first,
        Err(_) => None,
    };
    let opening = frame.opening();
    let chunks = stream::iter(first)
        .chain(UnboundedReceiverStream::new(told))
        .flat_map(move |told| stream::iter(chunks(&frame, told)));
    Ok(sse(stream::iter([opening]).chain(chunks), task))
}

/// The events that tell it; after the last one nothing comes.
fn chunks(frame: &Frame, told: Told) -> Vec<Event> {
    match told {
        Told::Delta(text) => vec![frame.delta(text)],
        Told::Done(answer) => frame.closing(*answer),
        Told::Failed(error) => {
            let problem = error.problem();
            if problem.status >= 500 {
                tracing::error!(error = &error as &dyn std::error::Error, "a stream failed");
            }
            vec![reply::event(&error_out(&problem).1)]
        }
    }
}

/// Puts errors of the dialect's paths into OpenAI's shape, wherever they arose.
pub(super) async fn dialect(uri: Uri, request: Request, next: Next) -> Response {
    let path = uri.path();
    let ours = path == "/v1/models"
        || ["/v1/models/", "/v1/chat/"]
            .iter()
            .any(|p| path.starts_with(p));
    let response = next.run(request).await;
    let problem = response.extensions().get::<Problem>().filter(|_| ours);
    let Some((status, body)) = problem.map(error_out) else {
        return response;
    };
    let mut shaped = (status, Json(body)).into_response();
    for name in [header::RETRY_AFTER, header::WWW_AUTHENTICATE, header::ALLOW] {
        if let Some(value) = response.headers().get(&name) {
            shaped.headers_mut().insert(name, value.clone());
        }
    }
    shaped
}

/// OpenAI answers 400 to whatever is wrong with a body.
fn error_out(problem: &Problem) -> (StatusCode, ErrorOut) {
    let status = match problem.status {
        422 => StatusCode::BAD_REQUEST,
        status => StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let field = problem.errors.first();
    let kind = match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    };
    let code = problem.kind.rsplit('/').next().map(|word| match word {
        "unknown-model" => "model_not_found".to_owned(),
        "unauthorized" => "invalid_api_key".to_owned(),
        word => word.replace('-', "_"),
    });
    let body = ErrorBody {
        message: problem.detail.clone(),
        kind,
        // As OpenAI names places: `messages[0].content`.
        param: field.map(|field| reply::place(&field.pointer)),
        code,
    };
    (status, ErrorOut { error: body })
}

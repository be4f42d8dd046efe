//! `POST /v1/ask`: the answer whole, or as server-sent events while it is written.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::extract::JsonBody;
use super::openapi;
use super::problem::ApiError;
use super::search::{FilterInput, checked_limit, checked_text};
use crate::answer::{Answer, AskEvent};
use crate::app::App;
use crate::ask::{self, Question, Step};
use crate::brief::Engine;
use crate::llm::{Message, Role};
use crate::time::Time;

/// How often a stream says that it is still alive.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// `POST /v1/ask`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskBody {
    /// What is asked, in any language.
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    question: String,
    /// Language of the answer, a tag; the question's own when absent.
    #[serde(default)]
    language: Option<String>,
    /// Which articles count.
    #[serde(default)]
    filter: FilterInput,
    /// Passages that the answer may rest on.
    #[schema(minimum = 1, maximum = 100)]
    #[serde(default)]
    limit: Option<usize>,
    /// What was said before, oldest first; a follow-up is resolved against it.
    #[serde(default)]
    history: Vec<Turn>,
    /// Answer as server-sent events while it is written.
    #[serde(default)]
    stream: bool,
    /// Leave out claims that their sources do not bear out.
    #[serde(default)]
    strict: bool,
    /// Who is to write; whoever is there when absent.
    #[serde(default)]
    engine: Option<AskEngine>,
    /// The day that "today" is; the clock's when absent.
    #[serde(default)]
    as_of: Option<String>,
}

/// What was said before.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Turn {
    /// Who spoke.
    role: Speaker,
    /// What was said.
    content: String,
}

/// Who spoke.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Speaker {
    User,
    Assistant,
}

/// Who is to write.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AskEngine {
    Llm,
    Extractive,
}

impl AskEngine {
    pub(super) fn engine(self) -> Engine {
        match self {
            AskEngine::Llm => Engine::Llm,
            AskEngine::Extractive => Engine::Extractive,
        }
    }
}

#[utoipa::path(post, path = "/v1/ask", tag = "questions",
    summary = "Ask", description = "Answers a question from the collection. Every sentence cites with `[n]` the words it rests on and is checked against them. With `stream` it comes as events: `hits`, `delta`, `claim`, then the whole as `done`, or a problem as `error`.",
    request_body = AskBody,
    responses((status = 200, description = "The answer", content((Answer = "application/json"), (openapi::ServerEvent = "text/event-stream")))),)]
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody<AskBody>,
) -> Result<Response, ApiError> {
    let stream = body.stream;
    let question = body.question(&app)?;
    if stream {
        return Ok(events(app, question).into_response());
    }
    let answer = ask::ask(&app, question, &mut |_| {}).await?;
    Ok(Json(answer).into_response())
}

impl AskBody {
    fn question(self, app: &App) -> Result<Question, ApiError> {
        let zone = app.config.zone();
        let as_of = self
            .as_of
            .map(|text| {
                Time::parse(&text, &zone)
                    .map_err(|error| ApiError::field("/as_of", error.to_string()))
            })
            .transpose()?;
        Ok(Question {
            text: checked_text("/question", self.question)?,
            language: self
                .language
                .map(|tag| {
                    crate::language::canonical(&tag).ok_or_else(|| {
                        ApiError::field(
                            "/language",
                            format!("language {tag}: use a tag such as en or zh-Hans"),
                        )
                    })
                })
                .transpose()?,
            filter: self.filter.parse("/filter", &zone)?,
            mode: None,
            limit: self
                .limit
                .map(|limit| checked_limit(Some(limit), limit))
                .transpose()?,
            history: self
                .history
                .into_iter()
                .map(|turn| Message {
                    role: match turn.role {
                        Speaker::User => Role::User,
                        Speaker::Assistant => Role::Assistant,
                    },
                    content: turn.content,
                })
                .collect(),
            strict: self.strict,
            engine: self.engine.map(AskEngine::engine),
            as_of: as_of.map(|time| time.date()),
            style: None,
        })
    }
}

/// The work is a task that ends when the reader goes away.
fn events(app: Arc<App>, question: Question) -> Response {
    let (sender, receiver) = mpsc::unbounded_channel();
    let work = async move {
        let steps = sender.clone();
        let mut tell = move |step| {
            let _ = steps.send(match step {
                Step::Hits(hits) => event("hits", &json!({ "hits": hits })),
                Step::Answer(AskEvent::Delta { text }) => event("delta", &json!({ "text": text })),
                Step::Answer(AskEvent::Claim { index, claim }) => {
                    let mut value = json!(claim);
                    value["index"] = json!(index);
                    event("claim", &value)
                }
            });
        };
        let _ = sender.send(match ask::ask(&app, question, &mut tell).await {
            Ok(answer) => event("done", &answer),
            Err(error) => failed(error.into()),
        });
    };
    let task = AbortOnDropHandle::new(tokio::spawn(work.in_current_span()));
    stream(receiver, task)
}

/// A problem as the last event of a stream.
pub(super) fn failed(error: ApiError) -> Event {
    let problem = error.problem();
    if problem.status >= 500 {
        tracing::error!(error = &error as &dyn std::error::Error, "a stream failed");
    }
    event("error", &problem)
}

/// A named event with JSON data.
pub(super) fn event(name: &str, value: &impl Serialize) -> Event {
    Event::default()
        .event(name)
        .json_data(value)
        .unwrap_or_else(|_| Event::default().event("error").data("{}"))
}

/// Events as a response that keeps its task going, and ends it when dropped.
pub(super) fn stream(
    receiver: mpsc::UnboundedReceiver<Event>,
    task: AbortOnDropHandle<()>,
) -> Response {
    sse(UnboundedReceiverStream::new(receiver), task)
}

/// The same for events of any stream.
pub(super) fn sse(
    events: impl Stream<Item = Event> + Send + 'static,
    task: AbortOnDropHandle<()>,
) -> Response {
    let events = events.map(move |event| {
        let _keep = &task;
        Ok::<_, Infallible>(event)
    });
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}

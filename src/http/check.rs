//! `POST /v1/check`: claims against sources, the same as `dragoman check`.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt;

use super::extract::{body_bytes, media_type, parse_json};
use super::lines::lines;
use super::openapi;
use super::problem::ApiError;
use crate::app::{App, Dense};
use crate::check::{CheckInput, Checked, answer_line, check_input, read_line};
use crate::similarity;

/// One claim, an array, or a stream of lines answered in order.
#[utoipa::path(post, path = "/v1/check", tag = "questions",
    summary = "Check claims", description = "Compares a claim with the passages that it cites: numbers, units, dates, names, negation. One claim, an array, or a stream with a claim on each line.",
    request_body(content((openapi::OneOrMany<CheckInput> = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 200, description = "The verdicts, in the order of the claims", content((openapi::OneOrMany<Checked> = "application/json"), (String = "application/x-ndjson")))),)]
pub(super) async fn check(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, ApiError> {
    match media_type(&request).as_deref() {
        Some("application/x-ndjson" | "application/ndjson" | "application/jsonl") => {
            Ok(stream(app, request.into_body()))
        }
        None | Some("application/json") => {
            let bytes = body_bytes(request, &app).await?;
            let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
            if first == Some(&b'[') {
                let inputs: Vec<CheckInput> = parse_json(&bytes)?;
                let similarities = similarities(&app, &inputs).await;
                let checked = inputs
                    .iter()
                    .zip(similarities)
                    .enumerate()
                    .map(|(at, (input, similarity))| checked(&format!("/{at}"), input, similarity))
                    .collect::<Result<Vec<Checked>, ApiError>>()?;
                Ok(Json(checked).into_response())
            } else {
                let input: CheckInput = parse_json(&bytes)?;
                let similarity = similarities(&app, std::slice::from_ref(&input)).await;
                Ok(Json(checked("", &input, similarity[0])?).into_response())
            }
        }
        Some(other) => Err(ApiError::UnsupportedMediaType(format!(
            "reading claims: their type is {other}; send application/json or application/x-ndjson"
        ))),
    }
}

/// How near the claims are to their sources, where the embedder is ready: no request waits
/// for one that is not, and one that fails leaves the check to words and facts.
async fn similarities(app: &App, inputs: &[CheckInput]) -> Vec<Option<f32>> {
    let none = vec![None; inputs.len()];
    let Dense::Ready(embedder) = app.dense() else {
        return none;
    };
    let claims: Vec<(&str, &[String])> = inputs
        .iter()
        .map(|input| (input.claim.as_str(), input.sources.as_slice()))
        .collect();
    match similarity::of_claims(&*embedder, &claims).await {
        Ok(similarities) => similarities,
        Err(error) => {
            tracing::warn!(%error, "checking without similarity");
            none
        }
    }
}

fn checked(
    pointer: &str,
    input: &CheckInput,
    similarity: Option<f32>,
) -> Result<Checked, ApiError> {
    check_input(input, similarity)
        .map_err(|error| ApiError::field(&format!("{pointer}/published_at"), error.to_string()))
}

fn stream(app: Arc<App>, body: Body) -> Response {
    let answers = lines(body).then(move |line| {
        let app = app.clone();
        async move {
            let mut answer = match line.bytes {
                Ok(bytes) => {
                    let line = read_line(&String::from_utf8_lossy(&bytes));
                    let similarity = match &line {
                        Ok(input) => similarities(&app, std::slice::from_ref(input)).await[0],
                        Err(_) => None,
                    };
                    answer_line(&line, similarity)
                }
                Err(error) => serde_json::json!({ "error": error.to_string() }).to_string(),
            };
            answer.push('\n');
            Ok::<_, std::io::Error>(Bytes::from(answer))
        }
    });
    (
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(answers),
    )
        .into_response()
}

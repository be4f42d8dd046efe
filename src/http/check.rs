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
use crate::app::App;
use crate::check::{CheckInput, Checked, check_input, check_line};

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
            Ok(stream(request.into_body()))
        }
        None | Some("application/json") => {
            let bytes = body_bytes(request, &app).await?;
            let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
            if first == Some(&b'[') {
                let inputs: Vec<CheckInput> = parse_json(&bytes)?;
                let checked = inputs
                    .into_iter()
                    .enumerate()
                    .map(|(at, input)| checked(&format!("/{at}"), input))
                    .collect::<Result<Vec<Checked>, ApiError>>()?;
                Ok(Json(checked).into_response())
            } else {
                let input: CheckInput = parse_json(&bytes)?;
                Ok(Json(checked("", input)?).into_response())
            }
        }
        Some(other) => Err(ApiError::UnsupportedMediaType(format!(
            "reading claims: their type is {other}; send application/json or application/x-ndjson"
        ))),
    }
}

fn checked(pointer: &str, input: CheckInput) -> Result<Checked, ApiError> {
    check_input(input)
        .map_err(|error| ApiError::field(&format!("{pointer}/published_at"), error.to_string()))
}

fn stream(body: Body) -> Response {
    let answers = lines(body).map(|line| {
        let mut answer = match line.bytes {
            Ok(bytes) => check_line(&String::from_utf8_lossy(&bytes)),
            Err(error) => serde_json::json!({ "error": error.to_string() }).to_string(),
        };
        answer.push('\n');
        Ok::<_, std::io::Error>(Bytes::from(answer))
    });
    (
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(answers),
    )
        .into_response()
}

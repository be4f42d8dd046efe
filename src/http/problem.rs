//! Errors as RFC 9457 problems: one type, one place that gives each its status.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::answer::AskError;
use crate::article::ArticleError;
use crate::ask::QuestionError;
use crate::brief::BriefTaskError;
use crate::digest::DigestError;
use crate::embed::EmbedError;
use crate::feed::{FeedError, SaveError};
use crate::ingest::IngestError;
use crate::llm::LlmError;
use crate::retrieve::RetrieveError;
use crate::store::StoreError;
use crate::topic::TopicError;
use crate::writing::WritingError;

/// A problem as it is sent: `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// What kind of problem it is: `/problems/` and a word.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was being done, with what value, and what to do about it.
    pub detail: String,
    /// What is wrong with the input, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) to the field; `""` is the whole.
    pub pointer: String,
    /// What is wrong.
    pub detail: String,
}

/// Whatever a request can fail with.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The body is not JSON, or not text.
    #[error("{0}")]
    Syntax(String),
    /// A field is wrong or unknown.
    #[error("{detail}")]
    Invalid {
        /// In a sentence.
        detail: String,
        /// Field by field.
        errors: Vec<FieldError>,
    },
    /// A key is needed, or another one.
    #[error("{0}")]
    Unauthorized(String),
    /// It is not for this key, this site or this name of the server.
    #[error("{0}")]
    Forbidden(String),
    /// Too many calls in a short time.
    #[error("{detail}")]
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
        /// In a sentence.
        detail: String,
    },
    /// Too many calls at the same time.
    #[error("{0}")]
    Overloaded(String),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// A client of the OpenAI dialect asks for a model that there is not.
    #[error("{0}")]
    UnknownModel(String),
    /// What is there now does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// The path is known, the method is not for it.
    #[error("{0}")]
    MethodNotAllowed(String),
    /// The body's type is not taken here.
    #[error("{0}")]
    UnsupportedMediaType(String),
    /// The body is too large.
    #[error("{0}")]
    TooLarge(String),
    /// It took too long.
    #[error("{0}")]
    Timeout(String),
    /// Taking in an article failed.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Searching failed.
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Answering failed.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// Writing a brief or a digest failed.
    #[error(transparent)]
    Brief(#[from] WritingError),
    /// A fault of dragoman's own.
    #[error("dragoman failed on this request; the log has the details under its request id")]
    Internal,
}

impl From<QuestionError> for ApiError {
    fn from(error: QuestionError) -> ApiError {
        match error {
            QuestionError::Retrieve(error) => error.into(),
            QuestionError::Store(error) => error.into(),
            QuestionError::Ask(error) => error.into(),
        }
    }
}

impl From<TopicError> for ApiError {
    fn from(error: TopicError) -> ApiError {
        ApiError::field(&format!("/{}", error.field), error.to_string())
    }
}

impl From<DigestError> for ApiError {
    fn from(error: DigestError) -> ApiError {
        match error {
            DigestError::Store(error) => error.into(),
            DigestError::Writing(error) => error.into(),
        }
    }
}

impl From<FeedError> for ApiError {
    fn from(error: FeedError) -> ApiError {
        ApiError::field(&format!("/{}", error.field), error.to_string())
    }
}

impl From<SaveError> for ApiError {
    fn from(error: SaveError) -> ApiError {
        match error {
            SaveError::TooMany => ApiError::Conflict(error.to_string()),
            SaveError::Store(error) => error.into(),
        }
    }
}

impl From<BriefTaskError> for ApiError {
    fn from(error: BriefTaskError) -> ApiError {
        match error {
            BriefTaskError::NoArticle(_) => ApiError::NotFound(error.to_string()),
            BriefTaskError::NoText(_) | BriefTaskError::Changing(_) => {
                ApiError::Conflict(error.to_string())
            }
            BriefTaskError::Store(error) => error.into(),
            BriefTaskError::Brief(error) => error.into(),
        }
    }
}

impl ApiError {
    /// An error about one field.
    pub fn field(pointer: &str, detail: impl Into<String>) -> ApiError {
        let detail = detail.into();
        ApiError::Invalid {
            errors: vec![FieldError {
                pointer: pointer.to_owned(),
                detail: detail.clone(),
            }],
            detail,
        }
    }

    /// The one place where errors get their status.
    fn status(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            ApiError::Syntax(_) => (
                StatusCode::BAD_REQUEST,
                "malformed",
                "The body cannot be read",
            ),
            ApiError::Invalid { .. } | ApiError::Ingest(IngestError::Article(_)) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "The input is not valid",
            ),
            ApiError::Unauthorized(_) => {
                (StatusCode::UNAUTHORIZED, "unauthorized", "A key is needed")
            }
            ApiError::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden", "It is not allowed"),
            ApiError::TooMany { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-requests",
                "Too many calls",
            ),
            ApiError::Overloaded(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "Too much at once",
            ),
            ApiError::NotFound(_) => (StatusCode::NOT_FOUND, "not-found", "There is no such thing"),
            ApiError::UnknownModel(_) => (
                StatusCode::NOT_FOUND,
                "unknown-model",
                "There is no such model",
            ),
            ApiError::MethodNotAllowed(_) => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "The method is not for this path",
            ),
            ApiError::UnsupportedMediaType(_) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "The body's type is not taken here",
            ),
            ApiError::TooLarge(_) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "The body is too large",
            ),
            ApiError::Timeout(_) => (StatusCode::GATEWAY_TIMEOUT, "timeout", "It took too long"),
            ApiError::Conflict(_) | ApiError::Ingest(IngestError::Conflict(_)) => (
                StatusCode::CONFLICT,
                "conflict",
                "What is there now does not allow it",
            ),
            ApiError::Ingest(IngestError::Store(error)) => store_status(error),
            ApiError::Retrieve(RetrieveError::Store(error)) | ApiError::Store(error) => {
                store_status(error)
            }
            ApiError::Retrieve(RetrieveError::Embed(error)) => embed_status(error),
            ApiError::Retrieve(RetrieveError::NoVectors { .. }) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "no-vectors",
                "Dense retrieval is not there",
            ),
            ApiError::Ask(AskError::Llm(error)) | ApiError::Brief(WritingError::Llm(error)) => {
                llm_status(error)
            }
            ApiError::Ask(AskError::NoModel { .. })
            | ApiError::Brief(WritingError::NoModel { .. }) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "no-model",
                "No model is configured",
            ),
            ApiError::Ask(AskError::Prompt(_)) | ApiError::Brief(WritingError::Prompt(_)) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "prompt",
                "A prompt cannot be used",
            ),
            ApiError::Brief(WritingError::Reply { .. }) => (
                StatusCode::BAD_GATEWAY,
                "model-reply",
                "The model's reply cannot be used",
            ),
            ApiError::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "dragoman failed",
            ),
        }
    }

    /// When it is worth another request, where that is known.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            ApiError::Ask(AskError::Llm(error)) | ApiError::Brief(WritingError::Llm(error)) => {
                error.retry_after()
            }
            ApiError::TooMany { retry_after, .. } => Some(Duration::from_secs(*retry_after)),
            _ => None,
        }
    }

    /// The problem that is sent.
    pub fn problem(&self) -> Problem {
        let (status, kind, title) = self.status();
        Problem {
            kind: format!("/problems/{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.to_string(),
            errors: match self {
                ApiError::Invalid { errors, .. } => errors.clone(),
                ApiError::Ingest(IngestError::Article(error)) => field_errors(error),
                ApiError::UnknownModel(detail) => vec![FieldError {
                    pointer: "/model".to_owned(),
                    detail: detail.clone(),
                }],
                _ => Vec::new(),
            },
        }
    }
}

fn store_status(error: &StoreError) -> (StatusCode, &'static str, &'static str) {
    match error {
        StoreError::Unavailable { .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            "store-unavailable",
            "The store cannot be reached",
        ),
        StoreError::Full { .. } => (
            StatusCode::INSUFFICIENT_STORAGE,
            "disk-full",
            "The disk is full",
        ),
        StoreError::Locked { .. }
        | StoreError::Open { .. }
        | StoreError::Engine { .. }
        | StoreError::Corrupt { .. } => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "store",
            "The store failed",
        ),
    }
}

fn embed_status(error: &EmbedError) -> (StatusCode, &'static str, &'static str) {
    match error {
        EmbedError::Run { .. } => (
            StatusCode::BAD_GATEWAY,
            "embedding",
            "The embedding model failed",
        ),
        EmbedError::Runtime(_) | EmbedError::Model { .. } | EmbedError::Closed { .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            "embedding",
            "The embedding model is not there",
        ),
    }
}

fn llm_status(error: &LlmError) -> (StatusCode, &'static str, &'static str) {
    match error {
        LlmError::Timeout { .. } => (
            StatusCode::GATEWAY_TIMEOUT,
            "model-timeout",
            "The model took too long",
        ),
        LlmError::RateLimited { .. }
        | LlmError::Loading { .. }
        | LlmError::Refused { .. }
        | LlmError::Resting { .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            "model-unavailable",
            "The model is not available",
        ),
        _ => (StatusCode::BAD_GATEWAY, "model", "The model failed"),
    }
}

fn field_errors(error: &ArticleError) -> Vec<FieldError> {
    error
        .faults
        .iter()
        .map(|fault| FieldError {
            pointer: fault.pointer.clone(),
            detail: fault.detail.clone(),
        })
        .collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        // For those who tell it in another dialect.
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        if problem.status >= 500 {
            tracing::error!(error = &self as &dyn std::error::Error, "request failed");
        }
        let mut response = problem.into_response();
        if let Some(wait) = self.retry_after() {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, ApiError::Unauthorized(_)) {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"dragoman\""),
            );
        }
        response
    }
}

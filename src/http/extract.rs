//! Bodies and queries into typed values; what cannot be read becomes a problem
//! that names the place.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{header, request::Parts};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::problem::{ApiError, FieldError};

/// A JSON body.
pub struct JsonBody<T>(pub T);

impl<S, T> FromRequest<S> for JsonBody<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        require_json(&request)?;
        let bytes = body_bytes(request, state).await?;
        parse_object(&bytes).map(JsonBody)
    }
}

/// Query parameters.
pub struct Params<T>(pub T);

impl<S, T> FromRequestParts<S> for Params<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let deserializer =
            serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(deserializer)
            .map(Params)
            .map_err(|error| {
                let name = error.path().to_string();
                let detail = error.into_inner().to_string();
                ApiError::field(
                    &format!("/{name}"),
                    format!("query parameter {name}: {detail}"),
                )
            })
    }
}

/// The whole body, within the server's limit.
pub async fn body_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::TooLarge(
                "reading the body: it is larger than server.max_body_bytes; send articles as application/x-ndjson, which has no limit".into(),
            )
        } else {
            ApiError::Syntax(format!("reading the body: {rejection}"))
        }
    })
}

/// JSON text into a value. What is not JSON is [`ApiError::Syntax`]; what does
/// not fit the type is [`ApiError::Invalid`] with a pointer to the field.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        let error = error.into_inner();
        if error.is_data() {
            let detail = error.to_string();
            ApiError::Invalid {
                detail: format!("reading the body: {detail}"),
                errors: vec![FieldError { pointer, detail }],
            }
        } else {
            ApiError::Syntax(format!("reading the body as JSON: {error}"))
        }
    })?;
    deserializer
        .end()
        .map_err(|error| ApiError::Syntax(format!("reading the body as JSON: {error}")))?;
    Ok(value)
}

/// A JSON object into a value. A list is refused, which serde would read as the fields
/// in their order; the errors are those of [`parse_json`].
pub fn parse_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        parse_json::<IgnoredAny>(bytes)?;
        let detail = "invalid type: a list, expected an object".to_owned();
        return Err(ApiError::Invalid {
            detail: format!("reading the body: {detail}"),
            errors: vec![FieldError {
                pointer: String::new(),
                detail,
            }],
        });
    }
    parse_json(bytes)
}

/// Refuses a body that says it is something else than JSON.
pub fn require_json(request: &Request<Body>) -> Result<(), ApiError> {
    match media_type(request).as_deref() {
        None | Some("application/json") => Ok(()),
        Some(other) => Err(ApiError::UnsupportedMediaType(format!(
            "reading the body: its type is {other}; send application/json"
        ))),
    }
}

/// The body's media type in lower case, without parameters.
pub fn media_type(request: &Request<Body>) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?.trim().to_ascii_lowercase();
    (!essence.is_empty()).then_some(essence)
}

/// A serde path as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}

//! How much is answered at once.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use tokio::sync::Semaphore;

use super::problem::ApiError;

/// Paths of those who look after it, which are answered however much there is.
pub(super) const LOOKED_AFTER: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Turns away, at once, what comes in while all places are taken.
pub(super) async fn at_once(
    most: usize,
    places: Arc<Semaphore>,
    request: Request,
    next: Next,
) -> Response {
    if LOOKED_AFTER.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    match places.try_acquire_owned() {
        Ok(place) => until_sent(next.run(request).await, place),
        Err(_) => ApiError::Overloaded(format!(
            "{} requests are being answered, as many as may be at once \
             (server.max_requests); try again later",
            most
        ))
        .into_response(),
    }
}

/// The response, with something that lasts until its last byte is on its way.
pub(super) fn until_sent<T: Send + 'static>(response: Response, held: T) -> Response {
    response.map(|body| {
        // What is in memory as a whole is as good as sent.
        if body.size_hint().exact().is_some() {
            return body;
        }
        Body::from_stream(body.into_data_stream().inspect(move |_| {
            let _until_the_end = &held;
        }))
    })
}

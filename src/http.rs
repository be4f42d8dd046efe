//! The whole API on one page. A handler extracts, calls one function, maps the result.

mod access;
mod articles;
mod ask;
mod briefs;
mod check;
pub mod connections;
mod deletion;
mod digests;
pub mod extract;
mod feeds;
mod health;
mod limit;
mod lines;
mod openai;
pub mod openapi;
mod page;
pub mod problem;
mod search;
mod topics;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::app::App;
use crate::client::Client;
use crate::mcp;
use crate::telemetry;
pub use access::is_origin;
use problem::ApiError;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The API as this process itself calls it: no key, no limits but those of bodies.
pub fn api(app: Arc<App>) -> Router {
    routes().with_state(app)
}

/// Every path that dragoman answers.
fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(page::home))
        .route("/topics", post(page::follow))
        .route("/topics/{id}", get(page::topic))
        .route("/topics/{id}/feed.xml", get(page::feed))
        .route("/topics/{id}/digest", get(page::digest))
        .route("/topics/{id}/unfollow", post(page::unfollow))
        .route("/articles/{id}", get(page::article))
        .route("/articles/{id}/source", get(page::source))
        .route("/articles/{id}/words", get(page::words))
        .route("/articles/{id}/brief", post(page::rewrite))
        .route("/ask", get(page::ask))
        .route("/search", get(page::search))
        .route("/status", get(page::status))
        .route("/upload", post(page::upload))
        .route("/assets/{name}", get(page::asset))
        .route(
            "/v1/articles",
            get(articles::list)
                .post(articles::create)
                .delete(deletion::delete_many),
        )
        .route(
            "/v1/articles/{id}",
            get(articles::show).delete(articles::delete),
        )
        .route(
            "/v1/articles/{id}/brief",
            get(briefs::show).post(briefs::write),
        )
        .route("/v1/topics", get(topics::list).post(topics::create))
        .route("/v1/topics/{id}", get(topics::show).delete(topics::delete))
        .route("/v1/topics/{id}/feed", get(topics::feed))
        .route("/v1/topics/{id}/digest", post(digests::write))
        .route("/v1/feeds", get(feeds::list).post(feeds::create))
        .route("/v1/feeds/{id}", get(feeds::show).delete(feeds::delete))
        .route("/v1/feeds/{id}/fetch", post(feeds::fetch))
        .route("/v1/search", get(search::by_query).post(search::by_body))
        .route("/v1/ask", post(ask::ask))
        .route("/v1/check", post(check::check))
        .route("/v1/chat/completions", post(openai::chat))
        .route("/v1/models", get(openai::models))
        .route("/v1/models/{id}", get(openai::model))
        .route("/v1/compact", post(upkeep::compact))
        .route("/openapi.json", get(openapi::json))
        .route("/docs", get(openapi::docs))
        .route("/page/docs.js", get(openapi::script))
        .route("/page/docs.css", get(openapi::style))
        .route("/metrics", get(health::metrics))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

/// All that is answered to those outside: the API and `/mcp`, with whoever calls
/// looked at first. A layer covers those above it.
pub fn router(app: Arc<App>) -> Router {
    telemetry::collect();
    let config = &app.config;
    let timeout = Duration::from_secs(config.server.timeout_seconds);
    let most = config.server.max_requests;
    let places = Arc::new(Semaphore::new(most));
    let agents = mcp::over_http(Client::Local(api(app.clone())), &config.server.public_url);
    routes()
        .route("/key", get(access::ask_for_key).post(access::keep_key))
        .nest_service("/mcp", agents)
        .layer(DefaultBodyLimit::max(config.server.max_body_bytes))
        .layer(from_fn(move |request, next| {
            give_up_after(timeout, request, next)
        }))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), access::guard))
        .layer(from_fn(move |request, next| {
            limit::at_once(most, places.clone(), request, next)
        }))
        .layer(from_fn(health::measure))
        .layer(from_fn(openai::dialect))
        .layer(access::cors(config))
        .layer(always(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(always(header::X_FRAME_OPTIONS, "DENY"))
        // With "no-referrer" a browser would send the forms of pages as from nowhere.
        .layer(always(header::REFERRER_POLICY, "same-origin"))
        // A page of 50 briefs is sent sooner so, and is a few kilobytes larger.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(
            TraceLayer::new_for_http()
                .on_request(())
                .on_response(())
                .on_failure(())
                .make_span_with(|request: &Request| {
                    // The path and not the query, which holds the reader's words.
                    tracing::info_span!(
                        "request",
                        id = request
                            .headers()
                            .get(REQUEST_ID)
                            .and_then(|id| id.to_str().ok())
                            .unwrap_or_default(),
                        method = %request.method(),
                        path = request.uri().path(),
                        key = tracing::field::Empty,
                    )
                }),
        )
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .with_state(app)
}

/// A header that each response has, unless it says otherwise itself.
fn always(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn not_found(method: Method, uri: Uri) -> ApiError {
    ApiError::NotFound(format!(
        "{method} {}: no such path; the API's paths start with /v1/",
        uri.path()
    ))
}

async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    ApiError::MethodNotAllowed(format!("{method} is not a method of {}", uri.path()))
}

/// Covers the time until a response begins; a stream may then go on.
async fn give_up_after(timeout: Duration, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Timeout(format!(
            "{path}: no answer within {} s; ask for less, or raise server.timeout_seconds",
            timeout.as_secs()
        ))
        .into_response(),
    }
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = message, "a request panicked");
    ApiError::Internal.into_response()
}

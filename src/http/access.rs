//! Who gets in: the `Host` and `Origin` of a request, its key, its rate; and the
//! page that asks a reader for the key.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Form;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::{Environment, context};
use serde::Deserialize;
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::Url;

use super::page::asset_address;
use super::problem::ApiError;
use crate::access::{Caller, Scope};
use crate::app::App;
use crate::config::Config;

/// The cookie that holds the key of a reader of pages.
const COOKIE: &str = "dragoman_key";
/// Seconds that it lasts: a year.
const COOKIE_AGE: u32 = 31_536_000;

/// What anyone may ask for: whether the server is well, and what is the same on
/// every server.
const PUBLIC: &[&str] = &["/healthz", "/readyz", "/key", "/docs", "/openapi.json"];

/// What `POST` does without changing the collection.
const READING: &[&str] = &[
    "/v1/search",
    "/v1/ask",
    "/v1/check",
    "/v1/chat/completions",
    "/mcp",
];

/// No script or style but the page's own, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where a reader goes once the key is known.
#[derive(Debug, Deserialize)]
pub(super) struct KeyParams {
    #[serde(default)]
    next: String,
}

/// The key as the page sends it.
#[derive(Debug, Deserialize)]
pub(super) struct KeyForm {
    key: String,
    #[serde(default)]
    next: String,
}

/// Lets a request in, or answers why not.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match admit(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(ApiError::Unauthorized(_)) if wants_page(&request) => {
            let path = request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str());
            let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            Redirect::to(&format!("/key?next={next}")).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn admit(app: &App, request: &Request) -> Result<(), ApiError> {
    let headers = request.headers();
    let host = host(headers, request.uri());
    check_host(&app.config, host)?;
    check_origin(&app.config, headers, host)?;
    let path = request.uri().path();
    if PUBLIC.contains(&path) || path.starts_with("/assets/") || path.starts_with("/page/docs.") {
        return Ok(());
    }
    let key = presented(headers).and_then(|key| app.access.key(key));
    let caller = match key {
        Some(key) => {
            tracing::Span::current().record("key", &key.name);
            Caller::Key(key.name.clone())
        }
        None => Caller::Address(address(request)),
    };
    // Guesses count as well.
    app.access
        .count(&caller)
        .map_err(|wait| ApiError::TooMany {
            retry_after: wait.as_secs() + 1,
            detail: format!(
                "{path}: more calls than the {} a minute that are allowed; try again in {} s",
                app.config.access.per_minute.unwrap_or_default(),
                wait.as_secs() + 1
            ),
        })?;
    if app.access.is_open() {
        return Ok(());
    }
    let Some(key) = key else {
        return Err(ApiError::Unauthorized(format!(
            "{path}: {}; send a key of this server as `Authorization: Bearer KEY`",
            match presented(headers) {
                Some(_) => "the key is not one of this server's",
                None => "a key is needed",
            }
        )));
    };
    if key.scope < needed(request.method(), path) {
        return Err(ApiError::Forbidden(format!(
            "{} {path}: the key {} is for reading; use one with the scope write",
            request.method(),
            key.name
        )));
    }
    Ok(())
}

/// Whatever is not known to read only is taken to write.
fn needed(method: &Method, path: &str) -> Scope {
    let reads = match *method {
        Method::GET | Method::HEAD | Method::OPTIONS => true,
        Method::POST => {
            READING.contains(&path) || path.ends_with("/brief") || path.ends_with("/digest")
        }
        _ => false,
    };
    if reads { Scope::Read } else { Scope::Write }
}

/// The key of a program, or of a reader of pages.
fn presented(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    bearer.or_else(|| {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
    })
}

/// Without keys the server is only for this machine; a page elsewhere could still
/// reach it by a name of its own that leads here, which its `Host` tells.
fn check_host(config: &Config, host: Option<&str>) -> Result<(), ApiError> {
    let named = &config.access.hosts;
    let local = config.server.addr.ip().is_loopback() && !config.access.has_keys();
    if named.is_empty() && !local {
        return Ok(());
    }
    let Some(host) = host else {
        return Ok(());
    };
    let name = without_port(host);
    let own = name.eq_ignore_ascii_case("localhost")
        || name
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    if own || named.iter().any(|named| named.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    Err(ApiError::Forbidden(format!(
        "Host {host}: this server answers to names of this machine only; add the name to DRAGOMAN_HOSTS"
    )))
}

/// A page of another site may not call, unless it is allowed to.
fn check_origin(config: &Config, headers: &HeaderMap, host: Option<&str>) -> Result<(), ApiError> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or("null");
    let same = origin.split_once("://").map(|(_, host)| host) == host && host.is_some();
    let public = config
        .server
        .public_url
        .as_ref()
        .is_some_and(|url| url.origin().ascii_serialization() == origin);
    if same
        || public
        || config
            .access
            .origins
            .iter()
            .any(|allowed| allowed == origin)
    {
        return Ok(());
    }
    Err(ApiError::Forbidden(format!(
        "Origin {origin}: pages of other sites may not call this server; add the origin to DRAGOMAN_CORS_ORIGINS"
    )))
}

fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(|authority| authority.as_str()))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn address(request: &Request) -> Option<IpAddr> {
    request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip())
}

fn wants_page(request: &Request) -> bool {
    request.method() == Method::GET
        && request
            .headers()
            .get(header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"))
}

/// The page that asks for the key.
pub(super) async fn ask_for_key(Query(params): Query<KeyParams>) -> Result<Response, ApiError> {
    page(&params.next, false)
}

/// Keeps a key that is right in a cookie, which no other site's page can send.
pub(super) async fn keep_key(
    State(app): State<Arc<App>>,
    request_headers: HeaderMap,
    Form(form): Form<KeyForm>,
) -> Result<Response, ApiError> {
    let key = form.key.trim();
    if app.access.key(key).is_none() {
        return page(&form.next, true);
    }
    let secure = request_headers
        .get(HeaderName::from_static("x-forwarded-proto"))
        .is_some_and(|proto| proto == "https");
    let cookie = format!(
        "{COOKIE}={key}; Path=/; Max-Age={COOKIE_AGE}; HttpOnly; SameSite=Strict{}",
        if secure { "; Secure" } else { "" }
    );
    let Ok(mut cookie) = HeaderValue::from_str(&cookie) else {
        return page(&form.next, true);
    };
    cookie.set_sensitive(true);
    let mut response = Redirect::to(local(&form.next)).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A path of this server, whatever was sent.
fn local(next: &str) -> &str {
    let here = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    if here { next } else { "/" }
}

fn page(next: &str, wrong: bool) -> Result<Response, ApiError> {
    let html = Environment::new()
        .render_named_str(
            "key.html",
            include_str!("access/key.html"),
            context! { next => local(next), wrong, style => asset_address("page.css") },
        )
        .map_err(|error| {
            tracing::error!(%error, "rendering the page that asks for a key");
            ApiError::Internal
        })?;
    Ok((
        [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, "no-store"),
        ],
        Html(html),
    )
        .into_response())
}

/// Lets pages of the named sites call; none unless they are named.
pub(super) fn cors(config: &Config) -> CorsLayer {
    let origins = config
        .access
        .origins
        .iter()
        .filter_map(|origin| origin.parse().ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("mcp-protocol-version"),
            HeaderName::from_static("mcp-session-id"),
        ])
        .expose_headers([super::REQUEST_ID])
}

/// The address at which a client reaches this server's pages.
pub(super) fn links(config: &Config, headers: &HeaderMap) -> String {
    match &config.server.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => {
            let host = headers
                .get(header::HOST)
                .and_then(|host| host.to_str().ok());
            format!("http://{}", host.unwrap_or("localhost"))
        }
    }
}

/// Whether an origin is one: `https://example.org`, nothing behind it.
pub fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text)
}

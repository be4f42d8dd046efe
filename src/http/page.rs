//! The reader's pages: HTML rendered here, escaped, readable without JavaScript.
//!
//! `assets` are built in and named after their content; the scripts only make
//! quicker what links and forms do anyway. No page asks anything of another host.

mod article;
mod ask;
mod assets;
mod digest;
mod english;
mod fold;
mod mark;
mod nav;
mod search;
mod status;
mod topic;
mod upload;
mod view;
mod words;

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

use super::problem::{ApiError, Problem};
use nav::Nav;

pub(super) use article::{article, rewrite, source};
pub(super) use ask::ask;
pub(super) use assets::{address as asset_address, asset};
pub(super) use digest::digest;
pub(super) use search::search;
pub(super) use status::status;
pub(super) use topic::{feed, follow, home, topic, unfollow};
pub(super) use upload::upload;
pub(super) use words::words;

/// No script or style but the page's own, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_function("asset", assets::address);
    for (name, source) in [
        ("base", include_str!("page/base.html")),
        ("part", include_str!("page/part.html")),
        ("topic", include_str!("page/topic.html")),
        ("digest", include_str!("page/digest.html")),
        ("article", include_str!("page/article.html")),
        ("source", include_str!("page/source.html")),
        ("ask", include_str!("page/ask.html")),
        ("search", include_str!("page/search.html")),
        ("status", include_str!("page/status.html")),
        ("upload", include_str!("page/upload.html")),
        ("problem", include_str!("page/problem.html")),
        ("feed", include_str!("page/feed.xml")),
        ("entry", include_str!("page/entry.html")),
    ] {
        environment
            .add_template(name, source)
            .expect("the built-in templates are rendered by a test");
    }
    environment
});

/// A template with its values.
fn rendered(name: &str, values: Value) -> Result<String, ApiError> {
    TEMPLATES
        .get_template(name)
        .and_then(|template| template.render(values))
        .map_err(|error| {
            tracing::error!(%error, "rendering the page {name}");
            ApiError::Internal
        })
}

/// A page within the frame that all pages share.
fn page(name: &str, nav: &Nav, page: &impl Serialize) -> Result<Response, ApiError> {
    let values = context! {
        nav => Value::from(Serde(nav)),
        page => Value::from(Serde(page)),
    };
    Ok(html(rendered(name, values)?))
}

/// A part of a page, which a script puts in its place.
fn part(name: &str, page: &impl Serialize) -> Result<Response, ApiError> {
    let values = context! { page => Value::from(Serde(page)) };
    Ok(html(rendered(name, values)?))
}

fn html(text: String) -> Response {
    (
        [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            // With "no-referrer" a form of this page would be sent as from nowhere.
            (header::REFERRER_POLICY, "same-origin"),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        Html(text),
    )
        .into_response()
}

/// An error as a page.
pub(super) struct PageError(ApiError);

impl<E: Into<ApiError>> From<E> for PageError {
    fn from(error: E) -> PageError {
        PageError(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let problem: Problem = self.0.problem();
        if problem.status >= 500 {
            tracing::error!(error = &self.0 as &dyn std::error::Error, "a page failed");
        }
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match page("problem", &Nav::default(), &problem) {
            Ok(page) => (status, page).into_response(),
            Err(error) => error.into_response(),
        }
    }
}

//! The first plain page for readers: articles with their briefs, and a box to ask.

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

use super::articles::find;
use super::extract::Params;
use super::problem::ApiError;
use crate::app::{App, State as Parts};
use crate::article::Article;
use crate::brief::{Brief, Point};
use crate::check::Verdict;
use crate::store::Filter;

/// Articles of a page.
const PAGE: usize = 20;

/// No script or style but the page's own, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, source) in [
        ("base", include_str!("page/base.html")),
        ("home", include_str!("page/home.html")),
        ("article", include_str!("page/article.html")),
        ("brief", include_str!("page/brief.html")),
    ] {
        environment
            .add_template(name, source)
            .expect("the built-in templates are rendered by a test");
    }
    environment
});

/// A point with its paragraphs in place of citation numbers.
#[derive(Serialize)]
struct PointView<'a> {
    text: &'a str,
    paragraphs: Vec<u32>,
    mark: Option<&'static str>,
    details: Vec<&'a str>,
}

#[derive(Serialize)]
struct GroupView<'a> {
    title: Option<&'a str>,
    points: Vec<PointView<'a>>,
}

#[derive(Serialize)]
struct ParagraphView<'a> {
    n: u32,
    text: &'a str,
}

#[derive(Serialize)]
struct ArticleView<'a> {
    id: &'a str,
    path: String,
    title: &'a str,
    title_en: Option<&'a str>,
    source: Option<&'a str>,
    source_latin: Option<&'a str>,
    url: Option<&'a str>,
    published: Option<String>,
    language: &'a str,
    summary: String,
    engine: Option<&'static str>,
    groups: Vec<GroupView<'a>>,
    paragraphs: Vec<ParagraphView<'a>>,
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
pub(super) struct PageParams {
    cursor: Option<String>,
}

/// Articles, newest first.
pub(super) async fn home(
    State(app): State<Arc<App>>,
    Params(params): Params<PageParams>,
) -> Result<Response, ApiError> {
    let after = params
        .cursor
        .as_deref()
        .map(super::articles::read_cursor)
        .transpose()?;
    let page = app
        .store
        .list(&Filter::default(), after.as_ref(), PAGE)
        .await?;
    let articles: Vec<ArticleView> = page.articles.iter().map(view).collect();
    let next = page.next.as_ref().map(super::articles::write_cursor);
    let Parts {
        dense_detail,
        engine_detail,
        ..
    } = app.state();
    render(
        "home",
        context! {
            articles => Value::from(Serde(&articles)),
            next,
            dense_detail,
            engine_detail,
        },
    )
}

/// One article with numbered paragraphs beside its brief.
pub(super) async fn article(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let article = find(&app, &id).await?;
    let Parts { engine_detail, .. } = app.state();
    render(
        "article",
        context! { article => Value::from(Serde(view(&article))), engine_detail },
    )
}

/// The stylesheet.
pub(super) async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("page/style.css"),
    )
}

/// The script that asks.
pub(super) async fn script() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("page/script.js"),
    )
}

fn render(name: &str, values: Value) -> Result<Response, ApiError> {
    let html = TEMPLATES
        .get_template(name)
        .and_then(|template| template.render(values))
        .map_err(|error| {
            tracing::error!(%error, "rendering the page {name}");
            ApiError::Internal
        })?;
    Ok((
        [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ],
        Html(html),
    )
        .into_response())
}

fn view(article: &Article) -> ArticleView<'_> {
    ArticleView {
        id: article.id.as_str(),
        path: crate::client::segment(article.id.as_str()),
        title: &article.title,
        title_en: article.title_en.as_deref(),
        source: article.source.as_deref(),
        source_latin: article.source_latin.as_deref(),
        // Only addresses that a browser may follow become links.
        url: article
            .url
            .as_deref()
            .filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        published: article.published_at.as_ref().map(|time| {
            time.to_string()
                .replace('T', " ")
                .chars()
                .take(16)
                .collect()
        }),
        language: &article.language,
        summary: article.summary(),
        engine: article.brief.as_ref().map(|brief| brief.engine.as_str()),
        groups: article.brief.as_ref().map(groups).unwrap_or_default(),
        paragraphs: article
            .paragraphs
            .iter()
            .filter_map(|paragraph| {
                Some(ParagraphView {
                    n: paragraph.n,
                    text: article.paragraph_text(paragraph.n)?,
                })
            })
            .collect(),
    }
}

fn groups(brief: &Brief) -> Vec<GroupView<'_>> {
    let lead = brief
        .lead
        .iter()
        .map(|lead| (lead.label.as_deref(), &lead.points));
    let groups = brief
        .groups
        .iter()
        .map(|group| (group.title.as_deref(), &group.points));
    lead.chain(groups)
        .map(|(title, points)| GroupView {
            title,
            points: points
                .iter()
                .map(|point| point_view(brief, point))
                .collect(),
        })
        .collect()
}

fn point_view<'a>(brief: &Brief, point: &'a Point) -> PointView<'a> {
    PointView {
        text: &point.text,
        paragraphs: point
            .citations
            .iter()
            .filter_map(|n| brief.citations.iter().find(|citation| citation.n == *n))
            .map(|citation| citation.paragraph)
            .collect(),
        mark: match point.verdict {
            Verdict::Supported => None,
            Verdict::Contradicted => Some("differs from the source"),
            Verdict::Unsupported => Some("not found in the source"),
            Verdict::Uncited => Some("not checked: no source text"),
        },
        details: point
            .findings
            .iter()
            .map(|finding| finding.detail.as_str())
            .collect(),
    }
}

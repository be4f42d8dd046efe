//! Search: hits with the words that were found, in either language, and filters.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::mark::{self, Piece};
use super::nav::Nav;
use super::view::When;
use super::{PageError, page};
use crate::app::App;
use crate::article::Slices;
use crate::client::segment;
use crate::http::extract::Params;
use crate::http::search::{FilterInput, checked_text};
use crate::retrieve::{self, Hit, Query};

/// Hits of a page.
const HITS: usize = 20;

/// As a form sends it: fields left empty are there too.
#[derive(Deserialize, Serialize, Default)]
#[serde(default)]
pub(in crate::http) struct SearchParams {
    q: String,
    topic: String,
    source: String,
    from: String,
    to: String,
}

#[derive(Serialize)]
struct SearchPage {
    asked: SearchParams,
    hits: Vec<HitView>,
    notes: Vec<String>,
    filtered: bool,
}

#[derive(Serialize)]
struct HitView {
    address: String,
    title: Vec<Piece>,
    language: String,
    source: Option<String>,
    published: Option<When>,
    paragraph: u32,
    text: Vec<Piece>,
    also: Vec<AlsoView>,
}

#[derive(Serialize)]
struct AlsoView {
    path: String,
    source: Option<String>,
}

/// The search page.
pub(in crate::http) async fn search(
    State(app): State<Arc<App>>,
    Params(params): Params<SearchParams>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let nav = Nav {
        query: params.q.clone(),
        ..Nav::new(&app, &headers).await?
    };
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = FilterInput {
        topics: given(&params.topic).into_iter().collect(),
        sources: given(&params.source).into_iter().collect(),
        from: given(&params.from),
        to: given(&params.to),
        ..FilterInput::default()
    };
    let filtered = filter != FilterInput::default();
    let (mut hits, mut notes) = (Vec::new(), Vec::new());
    if !params.q.trim().is_empty() {
        let query = Query {
            text: checked_text("/q", params.q.clone())?,
            mode: None,
            filter: filter.parse("", &app.config.zone())?,
            limit: HITS,
            per_article: 1,
            as_of: None,
        };
        let found = retrieve::retrieve(&app, &query).await?;
        hits = found
            .hits
            .iter()
            .map(|hit| hit_view(&params.q, hit))
            .collect();
        notes = found.notes;
    }
    let view = SearchPage {
        asked: params,
        hits,
        notes,
        filtered,
    };
    Ok(page("search", &nav, &view)?)
}

fn hit_view(query: &str, hit: &Hit) -> HitView {
    let marked = |text: &str| {
        let whole = 0..text.chars().count();
        mark::pieces(&Slices::new(text), whole, &mark::queried(query, text))
    };
    HitView {
        address: format!(
            "/articles/{}?start={}&end={}#p{}",
            segment(hit.article_id.as_str()),
            hit.start,
            hit.end,
            hit.paragraph
        ),
        title: marked(&hit.title),
        language: hit.language.clone(),
        source: hit.source.clone(),
        published: hit.published_at.as_ref().map(When::of),
        paragraph: hit.paragraph,
        text: marked(&hit.text),
        also: hit
            .also
            .iter()
            .map(|also| AlsoView {
                path: segment(also.article_id.as_str()),
                source: also.source.clone(),
            })
            .collect(),
    }
}

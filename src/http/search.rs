//! `/v1/search`, and the filter that other calls share with it.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::extract::{JsonBody, Params};
use super::problem::ApiError;
use crate::app::App;
use crate::article::ArticleId;
use crate::retrieve::{self, Evidence, Hit, Mode, Query, Retrieval};
use crate::store::Filter;
use crate::time::Time;

/// Hits unless asked otherwise, and at most.
const LIMIT: usize = 10;
const LIMIT_MAX: usize = 100;
/// A longer query is a text, not a question.
const QUERY_MAX_CHARS: usize = 4000;

/// Which articles count; times in any form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FilterInput {
    /// Any of these topics.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Any of these sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Any of these languages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Published at or after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Published before or at; a date means its whole day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Only these articles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub article_ids: Vec<ArticleId>,
}

impl FilterInput {
    /// As an address has it, one of each.
    pub fn of_each(
        topic: Option<String>,
        source: Option<String>,
        language: Option<String>,
        from: Option<String>,
        to: Option<String>,
    ) -> FilterInput {
        FilterInput {
            topics: topic.into_iter().collect(),
            sources: source.into_iter().collect(),
            languages: language.into_iter().collect(),
            from,
            to,
            article_ids: Vec::new(),
        }
    }

    /// Reads the times; `pointer` is where the filter stands in the body.
    pub fn parse(self, pointer: &str, zone: &TimeZone) -> Result<Filter, ApiError> {
        let from = self
            .from
            .map(|from| {
                Time::parse(&from, zone)
                    .map_err(|error| ApiError::field(&format!("{pointer}/from"), error.to_string()))
            })
            .transpose()?;
        let to = self
            .to
            .map(|to| {
                Time::parse_end(&to, zone)
                    .map_err(|error| ApiError::field(&format!("{pointer}/to"), error.to_string()))
            })
            .transpose()?;
        Ok(Filter {
            topics: self.topics,
            sources: self.sources,
            languages: self.languages,
            from,
            to,
            article_ids: self.article_ids,
            since: None,
        })
    }
}

impl From<Filter> for FilterInput {
    fn from(filter: Filter) -> FilterInput {
        FilterInput {
            topics: filter.topics,
            sources: filter.sources,
            languages: filter.languages,
            from: filter.from.map(String::from),
            to: filter.to.map(String::from),
            article_ids: filter.article_ids,
        }
    }
}

/// `POST /v1/search`.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchBody {
    /// What to look for, in any language.
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    query: String,
    /// Articles at most; 10 when absent.
    #[schema(minimum = 1, maximum = 100)]
    #[serde(default)]
    limit: Option<usize>,
    /// Which articles count.
    #[serde(default)]
    filter: FilterInput,
    /// Which branches to search; what there is when absent.
    #[serde(default)]
    mode: Option<Mode>,
}

/// `GET /v1/search?q=`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParams {
    /// What to look for, in any language.
    #[param(required = true, min_length = 1, max_length = 4000)]
    q: String,
    /// Articles at most, 1 to 100; 10 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Which branches to search; what there is when absent.
    mode: Option<Mode>,
    /// Of this topic.
    topic: Option<String>,
    /// Of this outlet, such as 新华社.
    source: Option<String>,
    /// In this language, a tag; `zh` takes in both scripts.
    language: Option<String>,
    /// Published at or after: a date, or a time.
    from: Option<String>,
    /// Published before or at; a date means its whole day.
    to: Option<String>,
}

/// What a search found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SearchOut {
    /// The best passage of each article, best first.
    hits: Vec<Hit>,
    /// Milliseconds that it took.
    took_ms: f64,
    /// Which branches were searched.
    mode: Mode,
    /// Whether what was found answers the query, were it a question.
    retrieval: Evidence,
    /// What a reader should know of the search.
    notes: Vec<String>,
}

#[utoipa::path(post, path = "/v1/search", tag = "questions",
    summary = "Search", description = "Finds the best passage of each article, by words and by meaning, across languages.",
    request_body = SearchBody,
    responses((status = 200, description = "What was found", body = SearchOut)),)]
pub(super) async fn by_body(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody<SearchBody>,
) -> Result<Json<SearchOut>, ApiError> {
    search(&app, body).await
}

#[utoipa::path(get, path = "/v1/search", tag = "questions", operation_id = "search_by_query",
    summary = "Search by address", description = "The same as `POST`, for a link or a browser.",
    params(SearchParams),
    responses((status = 200, description = "What was found", body = SearchOut)),)]
pub(super) async fn by_query(
    State(app): State<Arc<App>>,
    Params(params): Params<SearchParams>,
) -> Result<Json<SearchOut>, ApiError> {
    let body = SearchBody {
        query: params.q,
        limit: params.limit,
        mode: params.mode,
        filter: FilterInput::of_each(
            params.topic,
            params.source,
            params.language,
            params.from,
            params.to,
        ),
    };
    search(&app, body).await
}

async fn search(app: &App, body: SearchBody) -> Result<Json<SearchOut>, ApiError> {
    let started = Instant::now();
    let query = Query {
        text: checked_text("/query", body.query)?,
        mode: body.mode,
        filter: body.filter.parse("/filter", &app.config.zone())?,
        limit: checked_limit(body.limit, LIMIT)?,
        per_article: 1,
        as_of: None,
    };
    let Retrieval {
        hits,
        mode,
        notes,
        evidence,
    } = retrieve::retrieve(app, &query).await?;
    Ok(Json(SearchOut {
        hits,
        took_ms: started.elapsed().as_secs_f64() * 1000.0,
        mode,
        retrieval: evidence,
        notes,
    }))
}

/// A question or query that is neither empty nor a whole text.
pub(super) fn checked_text(pointer: &str, text: String) -> Result<String, ApiError> {
    let name = pointer.trim_start_matches('/');
    let chars = text.chars().count();
    if text.trim().is_empty() {
        Err(ApiError::field(
            pointer,
            format!("{name} is empty: say what to look for"),
        ))
    } else if chars > QUERY_MAX_CHARS {
        Err(ApiError::field(
            pointer,
            format!("{name} has {chars} characters: use {QUERY_MAX_CHARS} at most"),
        ))
    } else {
        Ok(text)
    }
}

/// A limit in its range.
pub(super) fn checked_limit(limit: Option<usize>, default: usize) -> Result<usize, ApiError> {
    match limit {
        None => Ok(default),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(limit) => Err(ApiError::field(
            "/limit",
            format!("limit = {limit}: use 1 to {LIMIT_MAX}"),
        )),
    }
}

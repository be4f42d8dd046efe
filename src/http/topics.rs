//! `/v1/topics`: saved queries, made, listed, removed, and their feeds.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::articles::list_page;
use super::extract::{JsonBody, Params};
use super::openapi;
use super::problem::ApiError;
use super::search::FilterInput;
use crate::app::App;
use crate::store::Filter;
use crate::time::Time;
use crate::topic::{self, Topic};

/// A topic as it is sent in; without `id` it is made from the name.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicBody {
    /// Its id; made from the name when absent.
    #[serde(default)]
    id: Option<String>,
    /// What it is called.
    name: String,
    /// What its articles are about; any when absent.
    #[serde(default)]
    query: Option<String>,
    /// Which articles count.
    #[serde(default)]
    filter: Option<FilterInput>,
}

/// A topic as it is sent out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TopicOut {
    /// Its id.
    id: String,
    /// What it is called.
    name: String,
    /// What its articles are about.
    query: Option<String>,
    /// Which articles count.
    filter: FilterInput,
    /// Articles that belong to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    articles: Option<u64>,
    /// Articles of it that came in after the time that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<u64>,
    /// After making it: how many articles belong to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<u64>,
}

impl From<Topic> for TopicOut {
    fn from(topic: Topic) -> TopicOut {
        TopicOut {
            id: topic.id,
            name: topic.name,
            query: topic.query,
            filter: topic.filter.into(),
            articles: None,
            unread: None,
            matched: None,
        }
    }
}

#[derive(Deserialize, Default, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct TopicsParams {
    /// Count as unread what came in after this time.
    since: Option<String>,
}

/// All topics by name with their counts; `since` asks how many articles came in after.
#[utoipa::path(get, path = "/v1/topics", tag = "topics",
    summary = "List topics", description = "All topics by name, with how many articles belong to each.",
    params(TopicsParams),
    responses((status = 200, description = "The topics", body = openapi::TopicList)),)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<TopicsParams>,
) -> Result<Json<Value>, ApiError> {
    let since = read_since(&app, params.since.as_deref())?;
    let store = app.store.as_ref();
    let topics = topic::all(store).await?;
    let all = topic::counts(store, &topics, None).await?;
    let unread = match &since {
        Some(since) => Some(topic::counts(store, &topics, Some(since)).await?),
        None => None,
    };
    let out = topics.into_iter().map(|topic| TopicOut {
        articles: all.get(&topic.id).copied(),
        unread: unread
            .as_ref()
            .and_then(|unread| unread.get(&topic.id).copied()),
        ..topic.into()
    });
    Ok(Json(json!({ "topics": out.collect::<Vec<_>>() })))
}

/// Makes a topic or replaces it; decides for all articles before it answers.
#[utoipa::path(post, path = "/v1/topics", tag = "topics",
    summary = "Make a topic", description = "A saved query. All articles are decided on before the answer comes; new ones as they come in. The same id replaces it.",
    request_body = TopicBody,
    responses((status = 200, description = "It was replaced", body = TopicOut), (status = 201, description = "It was made", body = TopicOut)),)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody<TopicBody>,
) -> Result<Response, ApiError> {
    let filter = body
        .filter
        .unwrap_or_default()
        .parse("/filter", &app.config.zone())?;
    let topic = Topic::new(body.id, body.name, body.query, filter)?;
    let saved = topic::save(&app, topic.clone()).await?;
    let code = if saved.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let location = format!("/v1/topics/{}", crate::client::segment(&topic.id));
    let out = TopicOut {
        matched: Some(saved.matched),
        ..topic.into()
    };
    Ok((code, [(header::LOCATION, location)], Json(out)).into_response())
}

/// One topic with its counts.
#[utoipa::path(get, path = "/v1/topics/{id}", tag = "topics",
    summary = "Show a topic", description = "One topic with its counts.",
    params(("id" = String, Path, description = "The topic's id", example = "vocational-education"), TopicsParams),
    responses((status = 200, description = "The topic", body = TopicOut)),)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Params(params): Params<TopicsParams>,
) -> Result<Json<Value>, ApiError> {
    let since = read_since(&app, params.since.as_deref())?;
    let topic = find(&app, &id).await?;
    let of = |since| feed_filter(&topic, since);
    let unread = match since {
        Some(since) => Some(app.store.count(&of(Some(since))).await?),
        None => None,
    };
    let out = TopicOut {
        articles: Some(app.store.count(&of(None)).await?),
        unread,
        ..topic.into()
    };
    Ok(Json(json!(out)))
}

/// Removes a topic; the articles stay.
#[utoipa::path(delete, path = "/v1/topics/{id}", tag = "topics",
    summary = "Remove a topic", description = "Its articles stay.",
    params(("id" = String, Path, description = "The topic's id", example = "vocational-education")),
    responses((status = 204, description = "It is gone")),)]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    if topic::remove(&app, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_topic(&id))
    }
}

/// Feeds take these in the address.
#[derive(Deserialize, Default, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct FeedParams {
    /// What came in after this time.
    since: Option<String>,
    /// Published at or after: a date, or a time.
    from: Option<String>,
    /// Published before or at; a date means its whole day.
    to: Option<String>,
    /// Of this outlet, such as 新华社.
    source: Option<String>,
    /// Articles at most, 1 to 200; 20 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The topic's articles with their briefs, newest first; `since` leaves those that
/// came in after.
#[utoipa::path(get, path = "/v1/topics/{id}/feed", tag = "topics",
    summary = "Read a topic", description = "Its articles with their briefs, newest first.",
    params(("id" = String, Path, description = "The topic's id", example = "vocational-education"), FeedParams),
    responses((status = 200, description = "A page of them", body = openapi::ArticlePage)),)]
pub(super) async fn feed(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Params(params): Params<FeedParams>,
) -> Result<Json<Value>, ApiError> {
    let topic = find(&app, &id).await?;
    let narrowed = FilterInput {
        topics: vec![topic.id],
        sources: params.source.into_iter().collect(),
        from: params.from,
        to: params.to,
        ..FilterInput::default()
    };
    let filter = Filter {
        since: read_since(&app, params.since.as_deref())?,
        ..narrowed.parse("", &app.config.zone())?
    };
    let page = list_page(&app, &filter, params.cursor.as_deref(), params.limit).await?;
    Ok(Json(page))
}

/// The topic of an id in a path, or a 404 that names it.
pub(super) async fn find(app: &App, id: &str) -> Result<Topic, ApiError> {
    let topics = topic::all(app.store.as_ref()).await?;
    let found = topics.into_iter().find(|topic| topic.id == id);
    found.ok_or_else(|| no_topic(id))
}

/// The filter of a topic's articles.
pub(super) fn feed_filter(topic: &Topic, since: Option<Time>) -> Filter {
    Filter {
        topics: vec![topic.id.clone()],
        since,
        ..Filter::default()
    }
}

fn read_since(app: &App, since: Option<&str>) -> Result<Option<Time>, ApiError> {
    since
        .map(|text| {
            Time::parse(text, &app.config.zone())
                .map_err(|error| ApiError::field("/since", error.to_string()))
        })
        .transpose()
}

fn no_topic(id: &str) -> ApiError {
    ApiError::NotFound(format!(
        "topic {id}: there is none with this id; GET /v1/topics lists them"
    ))
}

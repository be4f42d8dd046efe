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
use super::problem::ApiError;
use super::search::FilterInput;
use crate::app::App;
use crate::store::Filter;
use crate::time::Time;
use crate::topic::{self, Topic};

/// A topic as it is sent in; without `id` it is made from the name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicBody {
    #[serde(default)]
    id: Option<String>,
    name: String,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    filter: Option<FilterInput>,
}

/// A topic as it is sent out.
#[derive(Debug, Serialize)]
struct TopicOut {
    id: String,
    name: String,
    query: Option<String>,
    filter: FilterInput,
    /// Articles that belong to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    articles: Option<u64>,
    /// Those of them that came in after the time that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<u64>,
    /// After making it: articles that belong to it.
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

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TopicsParams {
    since: Option<String>,
}

/// All topics by name with their counts; `since` asks how many articles came in after.
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
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FeedParams {
    since: Option<String>,
    from: Option<String>,
    to: Option<String>,
    source: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The topic's articles with their briefs, newest first; `since` leaves those that
/// came in after.
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

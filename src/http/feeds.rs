//! `/v1/feeds`: feeds to follow, made, listed, fetched, removed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::extract::JsonBody;
use super::openapi;
use super::problem::ApiError;
use crate::app::App;
use crate::feed::{self, Feed};
use crate::ingest::Tally;
use crate::time::Time;

/// A feed as it is sent in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedBody {
    /// Where it is: RSS, Atom or JSON Feed.
    url: String,
    /// The outlet of its articles; the feed's own title when absent.
    #[serde(default)]
    source: Option<String>,
    /// Topics that its articles are given.
    #[serde(default)]
    topics: Vec<String>,
    /// Time between two polls, from `1m` to `30d`; `30m` when absent.
    #[serde(default)]
    every: Option<String>,
}

/// A feed as it is sent out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FeedOut {
    /// Its id, made from the address.
    id: String,
    /// Where it is.
    url: String,
    /// The outlet of its articles; the feed's own title when null.
    source: Option<String>,
    /// Topics that its articles are given.
    topics: Vec<String>,
    /// Time between two polls.
    every: String,
    /// When it was last read, or found to be as before.
    last_fetched_at: Option<Time>,
    /// Why the last poll failed, or what of it was not taken.
    last_error: Option<String>,
    /// When it is polled next; at once when null.
    next_fetch_at: Option<Time>,
    /// Articles that it has brought in.
    articles: u64,
    /// After fetching it: what became of its items. Articles of other senders and those
    /// that were removed are not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Tally>,
}

impl From<Feed> for FeedOut {
    fn from(feed: Feed) -> FeedOut {
        FeedOut {
            every: feed.every(),
            id: feed.id,
            url: feed.url.to_string(),
            source: feed.source,
            topics: feed.topics,
            last_fetched_at: feed.polling.last_fetched_at,
            last_error: feed.polling.last_error,
            next_fetch_at: feed.polling.next_fetch_at,
            articles: feed.polling.articles,
            items: None,
        }
    }
}

/// All feeds.
#[utoipa::path(get, path = "/v1/feeds", tag = "feeds",
    summary = "List feeds", description = "All feeds that are followed, by address.",
    responses((status = 200, description = "The feeds", body = openapi::FeedList)),)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let feeds = feed::all(app.store.as_ref()).await?;
    let feeds: Vec<FeedOut> = feeds.into_iter().map(FeedOut::from).collect();
    Ok(Json(json!({ "feeds": feeds })))
}

/// Follows a feed; the server polls it from now on.
#[utoipa::path(post, path = "/v1/feeds", tag = "feeds",
    summary = "Follow a feed", description = "A running server polls it at once and from then on. The same address replaces it. Addresses that only the server's own machine or network reaches are refused, also behind names and redirects, unless the setting `feeds.private` names the host.",
    request_body = FeedBody,
    responses((status = 200, description = "It was replaced", body = FeedOut), (status = 201, description = "It is followed", body = FeedOut)),)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody<FeedBody>,
) -> Result<Response, ApiError> {
    let (source, every) = (body.source.as_deref(), body.every.as_deref());
    let feed = Feed::new(&body.url, source, &body.topics, every)?;
    if let Err(error) = app.feeds.fetcher.check(&feed.url) {
        return Err(ApiError::field("/url", error.to_string()));
    }
    let (feed, created) = feed::save(&app, feed).await?;
    let code = if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let location = format!("/v1/feeds/{}", crate::client::segment(&feed.id));
    let out = Json(FeedOut::from(feed));
    Ok((code, [(header::LOCATION, location)], out).into_response())
}

/// One feed.
#[utoipa::path(get, path = "/v1/feeds/{id}", tag = "feeds",
    summary = "Show a feed", description = "One feed, with where its polling stands.",
    params(("id" = String, Path, description = "The feed's id", example = "example.org-6a1f02c3")),
    responses((status = 200, description = "The feed", body = FeedOut)),)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<FeedOut>, ApiError> {
    let feed = feed::find(app.store.as_ref(), &id).await?;
    Ok(Json(feed.ok_or_else(|| no_feed(&id))?.into()))
}

/// Follows it no longer; its articles stay.
#[utoipa::path(delete, path = "/v1/feeds/{id}", tag = "feeds",
    summary = "Stop following a feed", description = "Its articles stay.",
    params(("id" = String, Path, description = "The feed's id", example = "example.org-6a1f02c3")),
    responses((status = 204, description = "It is gone")),)]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    if feed::remove(&app, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_feed(&id))
    }
}

/// Polls it now.
#[utoipa::path(post, path = "/v1/feeds/{id}/fetch", tag = "feeds",
    summary = "Fetch a feed now", description = "Polls it whether it is due or not. A failure is told in `last_error`.",
    params(("id" = String, Path, description = "The feed's id", example = "example.org-6a1f02c3")),
    responses((status = 200, description = "The feed as it stands now", body = FeedOut)),)]
pub(super) async fn fetch(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<FeedOut>, ApiError> {
    let polled = feed::poll(&app, &id).await?;
    let polled = polled.ok_or_else(|| no_feed(&id))?;
    Ok(Json(FeedOut {
        items: Some(polled.items),
        ..polled.feed.into()
    }))
}

fn no_feed(id: &str) -> ApiError {
    ApiError::NotFound(format!(
        "feed {id}: there is none with this id; GET /v1/feeds lists them"
    ))
}

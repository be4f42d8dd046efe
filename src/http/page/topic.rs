//! All articles, one topic's, its feed as RSS, and topics made and removed by a reader.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use super::fold::folded;
use super::nav::{Nav, last_seen, remember};
use super::view::{BriefView, Head, When};
use super::{PageError, page, rendered};
use crate::app::App;
use crate::article::Article;
use crate::client::segment;
use crate::http::access::links;
use crate::http::articles::{read_cursor, write_cursor};
use crate::http::extract::Params;
use crate::http::problem::ApiError;
use crate::http::topics::{feed_filter, find};
use crate::store::Filter;
use crate::time::Time;
use crate::topic::{self, Topic};

/// Articles of a page, unless asked otherwise, and at most.
const PAGE: usize = 25;
const PAGE_MAX: usize = 100;
/// Articles of an RSS feed.
const FEED: usize = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct ListParams {
    cursor: Option<String>,
    limit: Option<usize>,
}

/// The page of a list of articles.
#[derive(Serialize)]
struct ListPage {
    name: String,
    /// The topic that it is of.
    topic: Option<TopicView>,
    days: Vec<Day>,
    /// The address of the page that follows.
    next: Option<String>,
    /// Whether anything is stored at all, told where the list is empty.
    empty: bool,
}

#[derive(Serialize)]
struct TopicView {
    path: String,
    query: Option<String>,
}

/// The articles of one day, or those without a date.
#[derive(Serialize)]
struct Day {
    name: String,
    articles: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    head: Head,
    summary: String,
    brief: Option<BriefView>,
    /// Whether it came in since the reader last looked.
    is_new: bool,
    /// Near-identical reports.
    more: Vec<Head>,
}

/// Articles, newest first.
pub(in crate::http) async fn home(
    State(app): State<Arc<App>>,
    Params(params): Params<ListParams>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let nav = Nav {
        all: true,
        ..Nav::new(&app, &headers).await?
    };
    let list = list(&app, Filter::default(), "/", &params, None).await?;
    Ok(page("topic", &nav, &list)?)
}

/// A topic's articles, newest first; the browser remembers that they were seen.
pub(in crate::http) async fn topic(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Params(params): Params<ListParams>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let topic = find(&app, &id).await?;
    let nav = Nav {
        current: Some(topic.id.clone()),
        ..Nav::new(&app, &headers).await?
    };
    let path = segment(&topic.id);
    let seen = last_seen(&app, &headers, &topic);
    let list = list(
        &app,
        feed_filter(&topic, None),
        &format!("/topics/{path}"),
        &params,
        seen.as_ref(),
    )
    .await?;
    let list = ListPage {
        name: topic.name.clone(),
        topic: Some(TopicView {
            path,
            query: topic.query.clone(),
        }),
        ..list
    };
    let mut response = page("topic", &nav, &list)?;
    if params.cursor.is_none()
        && let Some(cookie) = remember(&topic, &app.now())
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn list(
    app: &App,
    filter: Filter,
    path: &str,
    params: &ListParams,
    seen: Option<&Time>,
) -> Result<ListPage, ApiError> {
    let after = params.cursor.as_deref().map(read_cursor).transpose()?;
    let limit = params.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let found = app.store.list(&filter, after.as_ref(), limit).await?;
    let next = found.next.as_ref().map(|cursor| {
        let limit = params
            .limit
            .map_or(String::new(), |_| format!("&limit={limit}"));
        format!("{path}?cursor={}{limit}", write_cursor(cursor))
    });
    let empty = found.articles.is_empty() && app.store.counts(None).await?.articles == 0;
    let mut days: Vec<Day> = Vec::new();
    for (article, more) in folded(found.articles) {
        let is_new = seen.is_some_and(|seen| article.ingested_at > *seen);
        let item = item(&article, &more, is_new);
        let name = match &item.head.published {
            Some(when) => when.day.clone(),
            None => "Undated".into(),
        };
        match days.last_mut().filter(|day| day.name == name) {
            Some(day) => day.articles.push(item),
            None => days.push(Day {
                name,
                articles: vec![item],
            }),
        }
    }
    Ok(ListPage {
        name: "All articles".into(),
        topic: None,
        days,
        next,
        empty,
    })
}

fn item(article: &Article, more: &[Article], is_new: bool) -> Item {
    Item {
        head: Head::of(article),
        summary: if article.title.is_empty() {
            String::new()
        } else {
            article.summary()
        },
        brief: BriefView::of(article),
        is_new,
        more: more.iter().map(Head::of).collect(),
    }
}

/// A topic as RSS, each article with its brief.
pub(in crate::http) async fn feed(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let topic = find(&app, &id).await?;
    let found = app
        .store
        .list(&feed_filter(&topic, None), None, FEED)
        .await?;
    let items = found.articles.iter().map(feed_item);
    let items = items.collect::<Result<Vec<FeedItem>, ApiError>>()?;
    let text = rendered(
        "feed",
        context! {
            base => links(&app.config, &headers),
            path => segment(&topic.id),
            name => topic.name,
            items => Value::from(Serde(&items)),
        },
    )?;
    let media = [(header::CONTENT_TYPE, "application/rss+xml; charset=utf-8")];
    Ok((media, text).into_response())
}

#[derive(Serialize)]
struct FeedItem {
    head: Head,
    /// As RSS writes dates (RFC 2822).
    date: Option<String>,
    /// The brief as HTML, which the feed holds as text.
    words: String,
}

fn feed_item(article: &Article) -> Result<FeedItem, ApiError> {
    let entry = item(article, &[], false);
    let words = rendered("entry", context! { page => Value::from(Serde(&entry)) })?;
    Ok(FeedItem {
        head: Head::of(article),
        date: article
            .published_at
            .as_ref()
            .and_then(|time| rfc2822(&When::of(time))),
        words,
    })
}

fn rfc2822(when: &When) -> Option<String> {
    let time: jiff::Timestamp = when.iso.parse().ok()?;
    jiff::fmt::rfc2822::to_string(&time.to_zoned_datetime(jiff::tz::TimeZone::UTC)).ok()
}

/// A topic as a form sends it.
#[derive(Deserialize)]
pub(in crate::http) struct FollowForm {
    name: String,
    query: String,
}

/// Makes a topic of a query and goes to it.
pub(in crate::http) async fn follow(
    State(app): State<Arc<App>>,
    Form(form): Form<FollowForm>,
) -> Result<Redirect, PageError> {
    let name = match form.name.trim() {
        "" => form.query.clone(),
        name => name.to_owned(),
    };
    let topic = Topic::new(None, name, Some(form.query), Filter::default())?;
    let path = format!("/topics/{}", segment(&topic.id));
    topic::save(&app, topic).await?;
    Ok(Redirect::to(&path))
}

/// Removes a topic; its articles stay.
pub(in crate::http) async fn unfollow(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Redirect, PageError> {
    topic::remove(&app, &id).await?;
    Ok(Redirect::to("/"))
}

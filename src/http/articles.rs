//! `/v1/articles`: one, many, a stream of them; listed, shown, deleted.

mod out;

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::extract::{Params, body_bytes, media_type, parse_json, parse_object};
use super::lines::{Line, lines};
use super::openapi;
use super::problem::ApiError;
use crate::app::{App, Dense};
use crate::article::{Article, ArticleId, ArticleInput};
use crate::client::segment;
use crate::ingest::{self, IngestError, Ingested, Status};
use crate::store::{Cursor, Filter};

pub use out::{ArticleOut, Vectors};

/// Articles of a page, unless asked otherwise, and at most.
const PAGE: usize = 20;
const PAGE_MAX: usize = 200;
/// Batches of a stream that are prepared at the same time.
const PREPARED_AHEAD: usize = 3;

#[derive(Deserialize, Default, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct CreateParams {
    /// Answer once the passages have their vectors.
    wait: bool,
}

/// One article, an array, or a stream of lines.
#[utoipa::path(post, path = "/v1/articles", tag = "articles",
    summary = "Take in articles",
    description = "One article, an array of them, or a stream with an article on each line. The answer comes once they are durable and found by their words; vectors follow.",
    params(CreateParams),
    request_body(content((openapi::Articles = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "What became of each, or the article as it is kept", content((openapi::Taken = "application/json"), (String = "application/x-ndjson"))),
        (status = 201, description = "The article as it is kept", body = ArticleOut),
    ),)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Params(params): Params<CreateParams>,
    request: Request,
) -> Result<Response, ApiError> {
    match media_type(&request).as_deref() {
        Some("application/x-ndjson" | "application/ndjson" | "application/jsonl") => {
            Ok(answer_lines(app, params, request.into_body()))
        }
        None | Some("application/json") => {
            let bytes = body_bytes(request, &app).await?;
            let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
            if first == Some(&b'[') {
                many(app, params, &bytes).await
            } else {
                one(app, params, &bytes).await
            }
        }
        Some(other) => Err(ApiError::UnsupportedMediaType(format!(
            "reading articles: their type is {other}; send application/json or application/x-ndjson"
        ))),
    }
}

async fn one(app: Arc<App>, params: CreateParams, bytes: &[u8]) -> Result<Response, ApiError> {
    let input: ArticleInput = parse_object(bytes)?;
    let Some(result) = ingest::ingest(&app, vec![input]).await.pop() else {
        return Err(ApiError::Internal);
    };
    let Ingested { article, status } = result?;
    if params.wait {
        wait_for_vectors(&app, std::slice::from_ref(&article.id)).await?;
    }
    let vectors = vectors_of(&app, std::slice::from_ref(&article)).await?[0];
    let code = match status {
        Status::Created => StatusCode::CREATED,
        Status::Updated | Status::Unchanged => StatusCode::OK,
    };
    let location = format!("/v1/articles/{}", segment(article.id.as_str()));
    let out = ArticleOut::whole(article, vectors).taken(status);
    Ok((code, [(header::LOCATION, location)], Json(out)).into_response())
}

async fn many(app: Arc<App>, params: CreateParams, bytes: &[u8]) -> Result<Response, ApiError> {
    // Each element on its own, so that a bad one stops no other.
    let elements: Vec<Value> = parse_json(bytes)?;
    let parsed = elements
        .into_iter()
        .map(|element| parse_object::<ArticleInput>(element.to_string().as_bytes()))
        .collect();
    let prepared = prepare(&app, parsed).await;
    let results: Vec<Value> = commit(&app, params.wait, prepared)
        .await
        .into_iter()
        .map(Value::Object)
        .collect();
    Ok(Json(json!({ "results": results })).into_response())
}

/// Answers line by line. The work goes on in a task of its own, so that a client
/// which reads the answers only after it has sent everything does not block itself.
fn answer_lines(app: Arc<App>, params: CreateParams, body: Body) -> Response {
    let (answers, receiver) =
        tokio::sync::mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    tokio::spawn(async move {
        let batches = batches(lines(body))
            .map(|chunk| {
                let app = app.clone();
                async move {
                    let (numbers, parsed): (Vec<_>, Vec<_>) = chunk
                        .into_iter()
                        .map(|line| {
                            (
                                line.number,
                                line.bytes.and_then(|bytes| parse_object(&bytes)),
                            )
                        })
                        .unzip();
                    (numbers, prepare(&app, parsed).await)
                }
            })
            .buffered(PREPARED_AHEAD);
        let mut batches = std::pin::pin!(batches);
        while let Some((numbers, prepared)) = batches.next().await {
            for (number, mut answer) in numbers
                .into_iter()
                .zip(commit(&app, params.wait, prepared).await)
            {
                answer.insert("line".into(), number.into());
                let mut line = Value::Object(answer).to_string();
                line.push('\n');
                if answers.send(Ok(line.into())).is_err() {
                    return;
                }
            }
        }
    });
    (
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(UnboundedReceiverStream::new(receiver)),
    )
        .into_response()
}

/// What has arrived, [`ingest::BATCH`] lines at most, whenever more is asked for. Lines are
/// read meanwhile, since a connection hands them over one by one and each write to the
/// store costs the same for one as for many.
fn batches(lines: impl Stream<Item = Line> + Send + 'static) -> impl Stream<Item = Vec<Line>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(ingest::BATCH);
    tokio::spawn(async move {
        let mut lines = std::pin::pin!(lines);
        while let Some(line) = lines.next().await {
            if sender.send(line).await.is_err() {
                return;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        let mut batch = Vec::new();
        let taken = receiver.recv_many(&mut batch, ingest::BATCH).await;
        (taken > 0).then_some((batch, receiver))
    })
}

type Batch = (Vec<Option<ApiError>>, ingest::Prepared);

/// Prepares those that could be read and keeps the errors of the others in place.
async fn prepare(app: &App, parsed: Vec<Result<ArticleInput, ApiError>>) -> Batch {
    let mut inputs = Vec::with_capacity(parsed.len());
    let errors = parsed
        .into_iter()
        .map(|result| match result {
            Ok(input) => {
                inputs.push(input);
                None
            }
            Err(error) => Some(error),
        })
        .collect();
    (errors, ingest::prepare(app, inputs).await)
}

/// `{id, status}` or `{error}` for each.
async fn commit(app: &App, wait: bool, (errors, prepared): Batch) -> Vec<Map<String, Value>> {
    let results = ingest::commit(app, prepared).await;
    let ids: Vec<ArticleId> = results
        .iter()
        .flatten()
        .map(|ingested| ingested.article.id.clone())
        .collect();
    let waited = if wait {
        wait_for_vectors(app, &ids).await
    } else {
        Ok(())
    };
    if let Err(error) = waited {
        tracing::warn!(%error, "waiting for vectors");
    }
    let mut results = results.into_iter();
    errors
        .into_iter()
        .map(|error| match error {
            Some(error) => outcome(Err(error)),
            None => match results.next() {
                Some(result) => outcome(result.map_err(ApiError::from)),
                None => outcome(Err(ApiError::Internal)),
            },
        })
        .collect()
}

fn outcome(result: Result<Ingested, ApiError>) -> Map<String, Value> {
    let value = match result {
        Ok(Ingested { article, status }) => json!({ "id": article.id, "status": status }),
        Err(error) => {
            if !matches!(
                error,
                ApiError::Syntax(_)
                    | ApiError::Invalid { .. }
                    | ApiError::Ingest(IngestError::Article(_))
            ) {
                tracing::error!(%error, "an article was not taken");
            }
            json!({ "error": error.problem() })
        }
    };
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// Returns once these articles' passages have vectors, or cannot get any.
async fn wait_for_vectors(app: &App, ids: &[ArticleId]) -> Result<(), ApiError> {
    let mut progress = app.progress();
    // The model that serves may change meanwhile.
    while let Dense::Ready(embedder) = app.dense_when_loaded().await {
        let pending = app.store.pending(embedder.identity(), ids).await?;
        if pending.is_empty() || progress.changed().await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Whether each article has its vectors.
async fn vectors_of(app: &App, articles: &[Article]) -> Result<Vec<Vectors>, ApiError> {
    let embedder = match app.dense() {
        Dense::Off(_) => return Ok(vec![Vectors::Off; articles.len()]),
        Dense::Loading => return Ok(vec![Vectors::Pending; articles.len()]),
        Dense::Ready(embedder) => embedder,
    };
    let ids: Vec<ArticleId> = articles.iter().map(|article| article.id.clone()).collect();
    let pending: HashSet<ArticleId> = app
        .store
        .pending(embedder.identity(), &ids)
        .await?
        .into_iter()
        .collect();
    Ok(ids
        .iter()
        .map(|id| {
            if pending.contains(id) {
                Vectors::Pending
            } else {
                Vectors::Ready
            }
        })
        .collect())
}

/// Lists take these in the address.
#[derive(Deserialize, Default, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
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
    /// Articles at most, 1 to 200; 20 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Newest first.
#[utoipa::path(get, path = "/v1/articles", tag = "articles",
    summary = "List articles", description = "Newest first; those without a date by when they came in.",
    params(ListParams),
    responses((status = 200, description = "A page of them", body = openapi::ArticlePage)),)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<ListParams>,
) -> Result<Json<Value>, ApiError> {
    let zone = app.config.zone();
    let filter = super::search::FilterInput::of_each(
        params.topic,
        params.source,
        params.language,
        params.from,
        params.to,
    )
    .parse("", &zone)?;
    let page = list_page(&app, &filter, params.cursor.as_deref(), params.limit).await?;
    Ok(Json(page))
}

/// A page of articles as it is sent: `{articles, next_cursor}`.
pub(super) async fn list_page(
    app: &App,
    filter: &Filter,
    cursor: Option<&str>,
    limit: Option<usize>,
) -> Result<Value, ApiError> {
    let limit = limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(ApiError::field(
            "/limit",
            format!("limit = {limit}: use 1 to {PAGE_MAX}"),
        ));
    }
    let after = cursor.map(read_cursor).transpose()?;
    let page = app.store.list(filter, after.as_ref(), limit).await?;
    let vectors = vectors_of(app, &page.articles).await?;
    let articles: Vec<ArticleOut> = page
        .articles
        .into_iter()
        .zip(vectors)
        .map(|(mut article, vectors)| {
            article.brief_status = app.brief_status(&article);
            ArticleOut::listed(article, vectors)
        })
        .collect();
    Ok(json!({
        "articles": articles,
        "next_cursor": page.next.as_ref().map(write_cursor),
    }))
}

pub(super) fn write_cursor(cursor: &Cursor) -> String {
    URL_SAFE_NO_PAD.encode(json!(cursor).to_string())
}

pub(super) fn read_cursor(text: &str) -> Result<Cursor, ApiError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| {
            ApiError::field(
                "/cursor",
                format!("cursor = {text}: not one that this server gave; start without it"),
            )
        })
}

/// One article, whole.
#[utoipa::path(get, path = "/v1/articles/{id}", tag = "articles",
    summary = "Read an article", description = "The whole article with its text in paragraphs.",
    params(("id" = String, Path, description = "The article's id", example = "sample-gourd")),
    responses((status = 200, description = "The article", body = ArticleOut)),)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<ArticleOut>, ApiError> {
    let article = find(&app, &id).await?;
    let vectors = vectors_of(&app, std::slice::from_ref(&article)).await?[0];
    Ok(Json(ArticleOut::whole(article, vectors)))
}

/// The article of an id in a path, or a 404 that names it.
pub(super) async fn find(app: &App, id: &str) -> Result<Article, ApiError> {
    let parsed: ArticleId = parse_id(id)?;
    let found = app.store.get(&[parsed]).await?.pop().flatten();
    let mut article = found.ok_or_else(|| no_article(id))?;
    article.brief_status = app.brief_status(&article);
    Ok(article)
}

/// Gone from every answer at once.
#[utoipa::path(delete, path = "/v1/articles/{id}", tag = "articles",
    summary = "Remove an article", description = "It is gone from every answer at once, with its passages and its brief.",
    params(("id" = String, Path, description = "The article's id", example = "sample-gourd")),
    responses((status = 204, description = "It is gone")),)]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    if app.store.delete(&parse_id(&id)?).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_article(&id))
    }
}

fn parse_id(id: &str) -> Result<ArticleId, ApiError> {
    ArticleId::try_from(id.to_owned()).map_err(|_| no_article(id))
}

fn no_article(id: &str) -> ApiError {
    ApiError::NotFound(format!("article {id}: there is none with this id"))
}

//! The OpenAPI document, made from the handlers and types that answer, and the page
//! that shows it.

use axum::Json;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::path::ParameterBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, Schema, SecurityRequirement};
use utoipa::{Modify, OpenApi, ToSchema};

use super::articles::{self, ArticleOut};
use super::feeds::{self, FeedOut};
use super::openai::{self, ErrorOut};
use super::problem::{FieldError, Problem};
use super::topics::{self, TopicOut};
use super::{ask, briefs, check, deletion, digests, health, search, upkeep};
use crate::article::{ArticleId, ArticleInput};
use crate::ingest::Status;

/// No script or style but the page's own, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An example of each schema's fields, by the schema's name, and under `parameters` of
/// each parameter. What is of a schema of its own has its example there.
const EXAMPLES: &str = include_str!("openapi/examples.json");

/// One, or a list of them.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
pub(super) enum OneOrMany<T> {
    /// One.
    One(T),
    /// A list.
    Many(Vec<T>),
}

/// Articles as they are sent.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
pub(super) enum Articles {
    /// One.
    One(Box<ArticleInput>),
    /// A list. Each is read on its own, so that a bad one stops no other.
    Many(Vec<Value>),
}

/// What became of articles that were sent.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
pub(super) enum Taken {
    /// One that was sent by itself.
    One(Box<ArticleOut>),
    /// Those of a list, in its order.
    Many(TakenList),
}

/// What became of each article of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct TakenList {
    /// In the order in which they were sent.
    results: Vec<TakenOne>,
}

/// What became of one article of a list or a stream.
#[derive(Serialize, ToSchema)]
pub(super) struct TakenOne {
    /// Its id.
    id: Option<ArticleId>,
    /// What became of it.
    status: Option<Status>,
    /// Why it was not taken.
    error: Option<Problem>,
}

/// One server-sent event of a stream.
#[derive(Serialize, ToSchema)]
pub(super) struct ServerEvent {
    /// What happened, such as `delta`; absent in the OpenAI dialect.
    event: Option<String>,
    /// The details as JSON text, or `[DONE]` at the end of the OpenAI dialect.
    data: String,
}

/// A page of articles.
#[derive(Serialize, ToSchema)]
pub(super) struct ArticlePage {
    /// Newest first.
    articles: Vec<ArticleOut>,
    /// For the next page; null at the end.
    next_cursor: Option<String>,
}

/// All topics.
#[derive(Serialize, ToSchema)]
pub(super) struct TopicList {
    /// By name.
    topics: Vec<TopicOut>,
}

/// All feeds.
#[derive(Serialize, ToSchema)]
pub(super) struct FeedList {
    /// By address.
    feeds: Vec<FeedOut>,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "dragoman",
        description = "English briefs of Chinese news and cited answers about it, every sentence checked against the passage it rests on. Offsets count Unicode scalars. Times are RFC 3339.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "questions", description = "Search, answers, checks"),
        (name = "articles", description = "The collection"),
        (name = "briefs", description = "English summaries"),
        (name = "topics", description = "Saved queries and their feeds"),
        (name = "feeds", description = "Feeds to follow"),
        (name = "openai", description = "The OpenAI dialect"),
        (name = "operation", description = "For those who run it"),
    ),
    paths(
        search::by_body,
        search::by_query,
        ask::ask,
        check::check,
        articles::list,
        articles::create,
        articles::show,
        articles::delete,
        deletion::delete_many,
        briefs::show,
        briefs::write,
        topics::list,
        topics::create,
        topics::show,
        topics::delete,
        topics::feed,
        digests::write,
        feeds::list,
        feeds::create,
        feeds::show,
        feeds::delete,
        feeds::fetch,
        openai::chat,
        openai::models,
        openai::model,
        health::alive,
        health::ready,
        health::metrics,
        upkeep::compact,
    ),
    components(schemas(Problem, FieldError, ErrorOut)),
    modifiers(&Common),
)]
struct Document;

/// What all calls have in common: the key, and how failures look.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key of this server, where it asks for keys"))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("key", SecurityScheme::Http(bearer));
        // A server without keys takes requests without one.
        document.security = Some(vec![
            SecurityRequirement::new("key", [""; 0]),
            SecurityRequirement::default(),
        ]);
        let examples: Map<String, Value> =
            serde_json::from_str(EXAMPLES).expect("a test of the document reads them");
        for (name, schema) in &mut document.components.get_or_insert_default().schemas {
            if let (RefOr::T(schema), Some(example)) = (schema, examples.get(name)) {
                exemplify(schema, example);
            }
        }
        for (path, item) in &mut document.paths.paths {
            let dialect = path.starts_with("/v1/chat/") || path.starts_with("/v1/models");
            let (kind, schema) = if dialect {
                ("application/json", "ErrorOut")
            } else {
                ("application/problem+json", "Problem")
            };
            let failure = ResponseBuilder::new()
                .description("It failed: what was being done, with what value, and what to do")
                .content(
                    kind,
                    ContentBuilder::new()
                        .schema(Some(Ref::from_schema_name(schema)))
                        .build(),
                )
                .build();
            let operations = [&mut item.get, &mut item.post, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                // Handlers are called alike from file to file; their tags tell them apart.
                operation.operation_id = operation
                    .tags
                    .iter()
                    .flatten()
                    .next()
                    .zip(operation.operation_id.as_ref())
                    .map(|(tag, name)| format!("{tag}_{name}"));
                for parameter in operation.parameters.iter_mut().flatten() {
                    let RefOr::T(parameter) = parameter else {
                        continue;
                    };
                    if let Some(example) = examples["parameters"].get(&parameter.name) {
                        *parameter = ParameterBuilder::from(parameter.clone())
                            .example(Some(example.clone()))
                            .build();
                    }
                }
                let responses = &mut operation.responses.responses;
                responses.insert("4XX".to_owned(), RefOr::T(failure.clone()));
                responses.insert("default".to_owned(), RefOr::T(failure.clone()));
            }
        }
    }
}

/// Puts an example where it belongs: with the fields of an object, else with the schema.
fn exemplify(schema: &mut Schema, example: &Value) {
    match schema {
        Schema::Object(object) if !object.properties.is_empty() => {
            for (name, field) in &mut object.properties {
                if let (RefOr::T(field), Some(example)) = (field, example.get(name)) {
                    exemplify(field, example);
                }
            }
        }
        Schema::AllOf(parts) => {
            for part in &mut parts.items {
                if let RefOr::T(part) = part {
                    exemplify(part, example);
                }
            }
        }
        Schema::Object(object) => object.examples = vec![example.clone()],
        Schema::Array(array) => array.examples = vec![example.clone()],
        Schema::OneOf(choice) => choice.examples = vec![example.clone()],
        Schema::AnyOf(choice) => choice.examples = vec![example.clone()],
        _ => {}
    }
}

/// The document as it is served and printed.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// `GET /openapi.json`.
pub(super) async fn json() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}

/// `GET /docs`: the document as a page, with nothing from elsewhere.
pub(super) async fn docs() -> Response {
    (
        [(header::CONTENT_SECURITY_POLICY, POLICY)],
        Html(include_str!("openapi/docs.html")),
    )
        .into_response()
}

/// The page's script.
pub(super) async fn script() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("openapi/docs.js"),
    )
}

/// The page's style.
pub(super) async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("openapi/docs.css"),
    )
}

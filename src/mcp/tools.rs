//! The tools: what each takes is in `tools.json`, what each does is a call of the API.

use axum::body::Body;
use rmcp::model::Tool;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::client::{Client, ClientError, segment};

/// A tool by name.
#[derive(Debug, Clone, Copy)]
pub enum Call {
    /// Passages for a query, in the shape that connectors require.
    Search,
    /// One article, in that shape.
    Fetch,
    /// An answer with its citations.
    Ask,
    /// The English brief of an article.
    Brief,
    /// Articles, newest first.
    List,
}

/// Is told the words of an answer as they are written.
pub trait Told {
    /// More words.
    fn words(&mut self, text: &str) -> impl Future<Output = ()> + Send;
}

/// Why a tool failed, in words for the agent.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The API says why.
    #[error(transparent)]
    Call(#[from] ClientError),
    /// The arguments are not what the tool takes.
    #[error("reading the arguments: {0}; the tool's input schema tells what it takes")]
    Arguments(#[from] serde_json::Error),
    /// The answer ended with a problem.
    #[error("{0}")]
    Answer(String),
    /// The client wants it no more.
    #[error("the call was cancelled")]
    Cancelled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ById {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListArguments {
    topic: Option<String>,
    source: Option<String>,
    language: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<u64>,
    cursor: Option<String>,
}

/// All tools as they are listed.
pub fn all() -> Vec<Tool> {
    serde_json::from_str(include_str!("tools.json"))
        .expect("the built-in list is read by every test of it")
}

impl Call {
    /// The tool of that name.
    pub fn named(name: &str) -> Option<Call> {
        Some(match name {
            "search" => Call::Search,
            "fetch" => Call::Fetch,
            "ask" => Call::Ask,
            "brief" => Call::Brief,
            "list_articles" => Call::List,
            _ => return None,
        })
    }

    /// Runs it: the result as text and as a value. `links` is the address of the
    /// pages for articles that have none of their own.
    pub async fn run(
        self,
        client: &Client,
        links: &str,
        arguments: Value,
        told: &mut (impl Told + Send),
    ) -> Result<(String, Value), ToolError> {
        let linked = |id: &Value, url: &Value| match url.as_str() {
            Some(url) => url.to_owned(),
            None if links.is_empty() => format!("{}{}", super::ARTICLES, segment(text(id))),
            None => format!("{links}/articles/{}", segment(text(id))),
        };
        match self {
            Call::Search => {
                let found: Value = client.post("/v1/search", &arguments).await?;
                let results: Vec<Value> = list(&found["hits"])
                    .map(|hit| {
                        json!({
                            "id": hit["article_id"],
                            "title": hit["title"],
                            "url": linked(&hit["article_id"], &hit["url"]),
                            "text": hit["text"],
                        })
                    })
                    .collect();
                Ok(both(json!({ "results": results })))
            }
            Call::Fetch => {
                let ById { id } = read(arguments)?;
                let article: Value = client
                    .get(&format!("/v1/articles/{}", segment(&id)))
                    .await?;
                Ok(both(json!({
                    "id": article["id"],
                    "title": article["title"],
                    "text": article["text"],
                    "url": linked(&article["id"], &article["url"]),
                    "metadata": metadata(&article),
                })))
            }
            Call::Ask => {
                let mut answer = ask(client, arguments, told).await?;
                for citation in answer["citations"].as_array_mut().into_iter().flatten() {
                    citation["url"] = linked(&citation["article_id"], &citation["url"]).into();
                }
                // The passages found are many and long; the citations have what was used.
                if let Some(answer) = answer.as_object_mut() {
                    answer.remove("hits");
                }
                Ok((with_sources(&answer), answer))
            }
            Call::Brief => {
                let ById { id } = read(arguments)?;
                let path = format!("/v1/articles/{}/brief", segment(&id));
                Ok(both(client.post(&path, &json!({})).await?))
            }
            Call::List => {
                let arguments: ListArguments = read(arguments)?;
                let page: Value = client.get(&arguments.path()).await?;
                let articles: Vec<Value> = list(&page["articles"])
                    .map(|article| {
                        json!({
                            "id": article["id"],
                            "title": article["title"],
                            "url": linked(&article["id"], &article["url"]),
                            "summary": article["summary"],
                            "metadata": metadata(article),
                        })
                    })
                    .collect();
                Ok(both(json!({
                    "articles": articles,
                    "next_cursor": page["next_cursor"],
                })))
            }
        }
    }
}

impl ListArguments {
    fn path(&self) -> String {
        let start = "/v1/articles?".to_owned();
        let end = start.len();
        let mut query = url::form_urlencoded::Serializer::for_suffix(start, end);
        let given = [
            ("topic", self.topic.clone()),
            ("source", self.source.clone()),
            ("language", self.language.clone()),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("limit", self.limit.map(|limit| limit.to_string())),
            ("cursor", self.cursor.clone()),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        query.finish()
    }
}

/// Asks with the words told as they come.
async fn ask(
    client: &Client,
    mut arguments: Value,
    told: &mut (impl Told + Send),
) -> Result<Value, ToolError> {
    arguments["stream"] = true.into();
    let body = Body::from(arguments.to_string());
    let mut events = client
        .post_stream("/v1/ask", "application/json", body)
        .await?;
    while let Some((name, value)) = events.next_event().await? {
        match name.as_str() {
            "delta" => told.words(text(&value["text"])).await,
            "done" => return Ok(value),
            "error" => return Err(ToolError::Answer(text(&value["detail"]).to_owned())),
            _ => {}
        }
    }
    Err(ToolError::Answer(
        "the answer broke off; ask again".to_owned(),
    ))
}

/// An article as numbered paragraphs under its title.
pub fn markdown(article: &Value) -> String {
    let mut page = format!("# {}\n", text(&article["title"]));
    let from: Vec<String> = metadata(article)
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}: {}", text(value)))
        .collect();
    if !from.is_empty() {
        page.push_str(&format!("\n{}\n", from.join(" · ")));
    }
    for paragraph in list(&article["paragraphs"]) {
        page.push_str(&format!(
            "\n[{}] {}\n",
            paragraph["n"],
            text(&paragraph["text"])
        ));
    }
    page
}

/// What is known of an article besides its words, each a string.
fn metadata(article: &Value) -> Value {
    let mut known = serde_json::Map::new();
    for field in [
        "title_en",
        "source",
        "source_latin",
        "published_at",
        "language",
    ] {
        if let Some(value) = article[field].as_str() {
            known.insert(field.to_owned(), value.into());
        }
    }
    let topics: Vec<&str> = list(&article["topics"]).map(text).collect();
    if !topics.is_empty() {
        known.insert("topics".to_owned(), topics.join(", ").into());
    }
    Value::Object(known)
}

/// An answer with its sources below it, for agents that read only text.
fn with_sources(answer: &Value) -> String {
    let mut page = text(&answer["answer"]).to_owned();
    for citation in list(&answer["citations"]) {
        page.push_str(&format!(
            "\n[{}] {}, paragraph {}: {} ({})",
            citation["n"],
            text(&citation["title"]),
            citation["paragraph"],
            text(&citation["quote"]),
            text(&citation["url"]),
        ));
    }
    for claim in list(&answer["claims"]) {
        if claim["verdict"] != "supported" {
            page.push_str(&format!(
                "\nNot borne out by its source ({}): {}",
                text(&claim["verdict"]),
                text(&claim["text"]),
            ));
        }
    }
    page
}

fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, ToolError> {
    Ok(serde_json::from_value(arguments)?)
}

fn both(value: Value) -> (String, Value) {
    (value.to_string(), value)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

//! `dragoman topic`: saved queries.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Options;
use super::show::{print_brief, print_digest, text};
use crate::client::segment;

/// Saved queries.
#[derive(Debug, Subcommand)]
pub(super) enum Topic {
    /// Make a topic, or replace the one of the same id
    Add(Add),
    /// List all topics
    List {
        /// Count the articles that came in after this time
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
    /// Show a topic's articles with their briefs, newest first
    Show {
        /// The topic
        id: String,
        /// Only what came in after this time
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Articles at most
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Write the digest of a topic's articles
    Digest {
        /// The topic
        id: String,
        /// Only articles published at or after this time
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Only articles published before or at this time
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        /// Leave out what the check does not find supported
        #[arg(long)]
        strict: bool,
    },
    /// Remove a topic; the articles stay
    Remove {
        /// The topic
        id: String,
    },
}

/// Make a topic.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// What readers call it
    name: String,
    /// What articles and filters call it [default: from the name]
    #[arg(long)]
    id: Option<String>,
    /// Words that its articles hold, in either language; OR separates alternatives
    #[arg(long)]
    query: Option<String>,
    /// Only articles of this source; may be repeated
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,
    /// Only articles in this language; may be repeated
    #[arg(long = "language", value_name = "TAG")]
    languages: Vec<String>,
    /// Only articles published at or after this time
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only articles published before or at this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

impl Topic {
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<()> {
        let session = options.open().await?;
        let client = &session.client;
        match self {
            Topic::Add(add) => {
                let answer: Value = client.post("/v1/topics", &add.body()).await?;
                if options.json {
                    println!("{answer}");
                } else {
                    println!(
                        "{}  {} articles belong to it",
                        text(&answer["id"]),
                        answer["matched"]
                    );
                }
            }
            Topic::List { since } => {
                let path = format!("/v1/topics{}", query(since.as_deref(), None));
                let answer: Value = client.get(&path).await?;
                if options.json {
                    println!("{answer}");
                } else {
                    let topics = answer["topics"].as_array().into_iter().flatten();
                    topics.for_each(print_topic);
                }
            }
            Topic::Show { id, since, limit } => {
                let path = format!(
                    "/v1/topics/{}/feed{}",
                    segment(&id),
                    query(since.as_deref(), Some(limit))
                );
                let answer: Value = client.get(&path).await?;
                if options.json {
                    println!("{answer}");
                } else {
                    let articles = answer["articles"].as_array().into_iter().flatten();
                    articles.for_each(print_article);
                }
            }
            Topic::Digest {
                id,
                from,
                to,
                strict,
            } => {
                let path = format!("/v1/topics/{}/digest", segment(&id));
                let body = json!({ "from": from, "to": to, "strict": strict });
                let digest: Value = client.post(&path, &body).await?;
                if options.json {
                    println!("{digest}");
                } else {
                    print_digest(&digest);
                }
            }
            Topic::Remove { id } => {
                client
                    .delete(&format!("/v1/topics/{}", segment(&id)))
                    .await?;
            }
        }
        session.close().await
    }
}

impl Add {
    fn body(&self) -> Value {
        let mut filter = json!({ "sources": self.sources, "languages": self.languages });
        for (name, time) in [("from", &self.from), ("to", &self.to)] {
            if let Some(time) = time {
                filter[name] = json!(time);
            }
        }
        json!({ "id": self.id, "name": self.name, "query": self.query, "filter": filter })
    }
}

fn query(since: Option<&str>, limit: Option<usize>) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    if let Some(since) = since {
        pairs.append_pair("since", since);
    }
    if let Some(limit) = limit {
        pairs.append_pair("limit", &limit.to_string());
    }
    match pairs.finish() {
        pairs if pairs.is_empty() => pairs,
        pairs => format!("?{pairs}"),
    }
}

fn print_topic(topic: &Value) {
    let unread = topic["unread"].as_u64();
    println!(
        "{}  {}  {} articles{}{}",
        text(&topic["id"]),
        text(&topic["name"]),
        topic["articles"],
        unread.map_or(String::new(), |unread| format!(", {unread} unread")),
        topic["query"]
            .as_str()
            .map_or(String::new(), |query| format!("  ({query})")),
    );
}

fn print_article(article: &Value) {
    println!(
        "{}  [{}]  {}  {}",
        article["title"]
            .as_str()
            .filter(|title| !title.is_empty())
            .unwrap_or("untitled"),
        text(&article["id"]),
        article["source"].as_str().unwrap_or("source unknown"),
        article["published_at"].as_str().unwrap_or("undated"),
    );
    if article["brief"].is_null() {
        println!("{}\n", text(&article["summary"]));
    } else {
        print_brief(&article["brief"]);
    }
}

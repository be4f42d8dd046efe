//! `dragoman feed`: feeds to follow.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Options;
use super::show::text;
use crate::client::segment;

/// Feeds to follow.
#[derive(Debug, Subcommand)]
pub(super) enum Feed {
    /// Follow a feed: a running server polls it from now on
    Add(Add),
    /// List all feeds
    List,
    /// Fetch feeds now
    Fetch {
        /// Which [default: all]
        ids: Vec<String>,
    },
    /// Follow a feed no longer; its articles stay
    Remove {
        /// The feed
        id: String,
    },
}

/// Follow a feed.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// Its address: RSS, Atom or JSON Feed
    url: String,
    /// The outlet of its articles [default: the feed's title]
    #[arg(long)]
    source: Option<String>,
    /// A topic that its articles are given; may be repeated
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,
    /// Time between two polls, such as 2h [default: 30m]
    #[arg(long, value_name = "DURATION")]
    every: Option<String>,
}

impl Feed {
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<()> {
        let session = options.open().await?;
        let client = &session.client;
        let mut failed = 0;
        match self {
            Feed::Add(add) => {
                let body = json!({
                    "url": add.url, "source": add.source, "topics": add.topics, "every": add.every,
                });
                let feed: Value = client.post("/v1/feeds", &body).await?;
                if options.json {
                    println!("{feed}");
                } else {
                    println!("{}", text(&feed["id"]));
                }
            }
            Feed::List => {
                let answer: Value = client.get("/v1/feeds").await?;
                if options.json {
                    println!("{answer}");
                } else {
                    let feeds = answer["feeds"].as_array().into_iter().flatten();
                    feeds.for_each(print_feed);
                }
            }
            Feed::Fetch { mut ids } => {
                if ids.is_empty() {
                    let answer: Value = client.get("/v1/feeds").await?;
                    let feeds = answer["feeds"].as_array().into_iter().flatten();
                    ids.extend(feeds.map(|feed| text(&feed["id"]).to_owned()));
                }
                for id in &ids {
                    let path = format!("/v1/feeds/{}/fetch", segment(id));
                    let feed: Value = client.post(&path, &json!({})).await?;
                    if options.json {
                        println!("{feed}");
                    } else {
                        let items = &feed["items"];
                        println!(
                            "{id}  {} new, {} changed",
                            items["created"], items["updated"]
                        );
                    }
                    if let Some(error) = feed["last_error"].as_str() {
                        eprintln!("{id}: {error}");
                        failed += 1;
                    }
                }
            }
            Feed::Remove { id } => {
                client
                    .delete(&format!("/v1/feeds/{}", segment(&id)))
                    .await?;
            }
        }
        session.close().await?;
        if failed > 0 {
            bail!("{failed} feeds could not be fetched whole");
        }
        Ok(())
    }
}

fn print_feed(feed: &Value) {
    println!(
        "{}  {}  every {}  {} articles, last fetched {}{}",
        text(&feed["id"]),
        text(&feed["url"]),
        text(&feed["every"]),
        feed["articles"],
        feed["last_fetched_at"].as_str().unwrap_or("never"),
        feed["last_error"]
            .as_str()
            .map_or(String::new(), |error| format!("\n    ! {error}")),
    );
}

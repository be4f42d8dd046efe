//! `dragoman ask`: the answer as it is written, then its sources.

use std::io::{Write, stdout};

use anyhow::bail;
use axum::body::Body;
use clap::Args;
use serde_json::{Value, json};

use super::Options;

/// Ask the collection.
#[derive(Debug, Args)]
pub(super) struct Ask {
    /// The question, in any language
    question: String,
    /// Language of the answer, such as en [default: the question's]
    #[arg(long)]
    language: Option<String>,
    /// Leave out what the sources do not bear out
    #[arg(long)]
    strict: bool,
    /// Quote sentences even where there is a model
    #[arg(long)]
    extractive: bool,
}

impl Ask {
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<()> {
        let session = options.open().await?;
        // Waits for the embedding model, without which a question in one language
        // hardly finds a text in another.
        session.has_dense().await?;
        let mut body = json!({
            "question": self.question,
            "strict": self.strict,
            "stream": !options.json,
        });
        if let Some(language) = self.language {
            body["language"] = json!(language);
        }
        if self.extractive {
            body["engine"] = json!("extractive");
        }
        if options.json {
            let answer: Value = session.client.post("/v1/ask", &body).await?;
            println!("{answer}");
            return session.close().await;
        }
        let mut events = session
            .client
            .post_stream("/v1/ask", "application/json", Body::from(body.to_string()))
            .await?;
        while let Some((name, value)) = events.next_event().await? {
            match name.as_str() {
                "delta" => {
                    print!("{}", value["text"].as_str().unwrap_or_default());
                    stdout().flush()?;
                }
                "done" => print_sources(&value),
                "error" => bail!(
                    "{}",
                    value["detail"].as_str().unwrap_or("the answer failed")
                ),
                _ => {}
            }
        }
        session.close().await
    }
}

fn print_sources(answer: &Value) {
    println!("\n");
    for citation in answer["citations"].as_array().into_iter().flatten() {
        println!(
            "[{}] {} ({}, {}) ¶{}: {}",
            citation["n"],
            citation["title"].as_str().unwrap_or_default(),
            citation["source"].as_str().unwrap_or("source unknown"),
            citation["published_at"]
                .as_str()
                .map_or("undated", |time| &time[..10]),
            citation["paragraph"],
            citation["quote"].as_str().unwrap_or_default(),
        );
    }
    for claim in answer["claims"].as_array().into_iter().flatten() {
        if claim["verdict"] != "supported" {
            println!(
                "! {}: {}",
                claim["verdict"].as_str().unwrap_or_default(),
                claim["text"].as_str().unwrap_or_default()
            );
            for finding in claim["findings"].as_array().into_iter().flatten() {
                println!("    {}", finding["detail"].as_str().unwrap_or_default());
            }
        }
    }
    for note in answer["notes"].as_array().into_iter().flatten() {
        eprintln!("note: {}", note.as_str().unwrap_or_default());
    }
}

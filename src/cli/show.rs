//! `dragoman search`, `brief` and `export`: calls whose answers are shown.

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use super::Options;
use crate::client::{Client, ClientError, segment};
use crate::retrieve::Mode;

/// Find passages.
#[derive(Debug, Args)]
pub(super) struct Search {
    /// What to look for
    query: String,
    /// Articles at most
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// Which branches to search [default: what there is]
    #[arg(long, value_parser = parse_mode)]
    mode: Option<Mode>,
}

fn parse_mode(text: &str) -> Result<Mode, String> {
    serde_json::from_value(json!(text)).map_err(|_| "use hybrid, lexical or dense".to_owned())
}

impl Search {
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<()> {
        let session = options.open().await?;
        let mut body = json!({ "query": self.query, "limit": self.limit });
        // A program that runs once waits for its model, unless words alone are wanted.
        if let Some(mode) = self.mode {
            body["mode"] = json!(mode);
        } else if session.has_dense().await? {
            body["mode"] = json!(Mode::Hybrid);
        }
        let answer: Value = session.client.post("/v1/search", &body).await?;
        if options.json {
            println!("{answer}");
        } else {
            for hit in answer["hits"].as_array().into_iter().flatten() {
                print_hit(hit);
            }
            for note in answer["notes"].as_array().into_iter().flatten() {
                eprintln!("note: {}", text(note));
            }
        }
        session.close().await
    }
}

fn print_hit(hit: &Value) {
    println!(
        "{:.2}  {}  [{}]  {}  {}",
        hit["score"].as_f64().unwrap_or_default(),
        text(&hit["title"]),
        text(&hit["article_id"]),
        hit["source"].as_str().unwrap_or("source unknown"),
        hit["published_at"].as_str().unwrap_or("undated"),
    );
    println!(
        "      ¶{} {}",
        hit["paragraph"],
        text(&hit["text"]).replace('\n', " ")
    );
    let also = hit["also"].as_array().map_or(0, Vec::len);
    if also > 0 {
        println!("      and {also} more reports nearly the same");
    }
}

/// Write and show briefs.
#[derive(Debug, Args)]
pub(super) struct Brief {
    /// Ids of articles
    #[arg(required_unless_present = "all", value_name = "ID")]
    ids: Vec<String>,
    /// All articles that have no brief, or a stale one
    #[arg(long)]
    all: bool,
    /// Write it again where there is one
    #[arg(long)]
    force: bool,
}

impl Brief {
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<()> {
        let session = options.open().await?;
        let ids = if self.all {
            let mut wanted = Vec::new();
            for article in articles(&session.client).await? {
                if self.force || article["brief_status"] != "ready" {
                    wanted.push(text(&article["id"]).to_owned());
                }
            }
            wanted
        } else {
            self.ids
        };
        let mut failed = 0;
        for (number, id) in ids.iter().enumerate() {
            if ids.len() > 1 {
                eprintln!("{} of {}: {id}", number + 1, ids.len());
            }
            let path = format!("/v1/articles/{}/brief?force={}", segment(id), self.force);
            match session.client.post::<Value>(&path, &json!({})).await {
                Ok(brief) if options.json => println!("{brief}"),
                Ok(brief) => print_brief(&brief),
                Err(error @ ClientError::Problem(_)) if ids.len() > 1 => {
                    eprintln!("{id}: {error}");
                    failed += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        session.close().await?;
        if failed > 0 {
            bail!("{failed} of {} briefs could not be written", ids.len());
        }
        Ok(())
    }
}

pub(super) fn print_brief(brief: &Value) {
    if let Some(title) = brief["title_en"].as_str() {
        println!("{title}");
    }
    println!("{}", made_by(brief));
    print_groups(brief, &|citation| format!("[{}]", citation["paragraph"]));
    println!();
}

pub(super) fn print_digest(digest: &Value) {
    println!(
        "{}: {} articles, {} events",
        text(&digest["name"]),
        digest["articles"],
        digest["events"]
    );
    println!("{}", made_by(digest));
    print_groups(digest, &|citation| format!("[{}]", citation["n"]));
    println!();
    for citation in digest["citations"].as_array().into_iter().flatten() {
        println!(
            "[{}] {} ¶{}  {}  {}",
            citation["n"],
            text(&citation["article_id"]),
            citation["paragraph"],
            citation["source"].as_str().unwrap_or("source unknown"),
            citation["published_at"].as_str().unwrap_or("undated"),
        );
    }
    for note in digest["notes"].as_array().into_iter().flatten() {
        eprintln!("note: {}", text(note));
    }
}

fn made_by(written: &Value) -> String {
    format!(
        "({}{}, {} of {} points supported)",
        text(&written["engine"]),
        written["model"]
            .as_str()
            .map(|model| format!(", {model}"))
            .unwrap_or_default(),
        written["check"]["supported"],
        written["check"]["claims"],
    )
}

/// Lead and groups, each point with what `mark` makes of its citations.
fn print_groups(written: &Value, mark: &dyn Fn(&Value) -> String) {
    let citations = &written["citations"];
    print_points(&written["lead"]["points"], citations, mark);
    for group in written["groups"].as_array().into_iter().flatten() {
        if let Some(title) = group["title"].as_str() {
            println!("{title}");
        }
        print_points(&group["points"], citations, mark);
    }
}

fn print_points(points: &Value, citations: &Value, mark: &dyn Fn(&Value) -> String) {
    for point in points.as_array().into_iter().flatten() {
        let marks: String = point["citations"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|n| {
                let citation = citations
                    .as_array()?
                    .iter()
                    .find(|citation| citation["n"] == *n)?;
                Some(mark(citation))
            })
            .collect();
        println!("- {} {marks}", text(&point["text"]));
        for finding in point["findings"].as_array().into_iter().flatten() {
            println!(
                "    ! {}: {}",
                text(&finding["kind"]),
                text(&finding["detail"])
            );
        }
    }
}

/// Prints every article with its text and brief in the form that `ingest` takes.
pub(super) async fn export(options: &Options) -> anyhow::Result<()> {
    let session = options.open().await?;
    for listed in articles(&session.client).await? {
        let path = format!("/v1/articles/{}", segment(text(&listed["id"])));
        let article: Value = session.client.get(&path).await?;
        println!("{}", as_input(&article));
    }
    session.close().await
}

/// All articles, as they are listed.
async fn articles(client: &Client) -> Result<Vec<Value>, ClientError> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Value = client
            .get(&format!("/v1/articles?limit=200{cursor}"))
            .await?;
        all.extend(page["articles"].as_array().cloned().unwrap_or_default());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

fn as_input(article: &Value) -> Value {
    let mut input = json!({});
    for field in [
        "id",
        "source",
        "url",
        "published_at",
        "language",
        "topics",
        "metadata",
        "brief",
    ] {
        if !article[field].is_null() {
            input[field] = article[field].clone();
        }
    }
    // What a query alone brought in is decided again where it is taken in.
    if let (Some(topics), Some(matched)) = (
        input["topics"].as_array_mut(),
        article["topics_matched"].as_array(),
    ) {
        topics.retain(|topic| !matched.contains(topic));
    }
    if article["title"] != "" {
        input["title"] = article["title"].clone();
    }
    if article["origin"] == "text" {
        let paragraphs = article["paragraphs"].as_array().into_iter().flatten();
        input["paragraphs"] = paragraphs
            .map(|paragraph| paragraph["text"].clone())
            .collect();
    }
    input
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

//! How long searches take over HTTP, on a collection that is there already:
//!
//! ```sh
//! dragoman --data-dir DIR ingest articles.ndjson.zst
//! cargo bench --bench search -- DIR QUERIES.ndjson [ROUNDS]
//! ```
//!
//! `QUERIES.ndjson` has a `query` a line. One client asks one query after the
//! other; what is printed are the median and the 99th percentile of all rounds, and the
//! processor's time for each search, the client's included, which tells more than the
//! clock where the machine has other work. Then many clients ask at once, each query with
//! a number behind it, so that its vector is not remembered.

#[path = "scale/processor.rs"]
mod processor;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use dragoman::app::{App, Dense};
use dragoman::config::Config;
use dragoman::http::router;
use serde_json::{Value, json};

/// Clients that ask at once.
const CLIENTS: usize = 16;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let [folder, queries, rest @ ..] = arguments.as_slice() else {
        println!("not run: it needs a data folder and queries (see the top of benches/search.rs)");
        return Ok(());
    };
    let rounds: usize = rest
        .first()
        .map_or(Ok(1), |rounds| rounds.parse())
        .context("ROUNDS")?;
    let queries: Vec<String> = std::fs::read_to_string(queries)
        .context("reading the queries")?
        .lines()
        .filter_map(|line| {
            let value: Value = serde_json::from_str(line).ok()?;
            Some(value["query"].as_str()?.to_owned())
        })
        .collect();
    let flags = [("data_dir", PathBuf::from(folder).display().to_string())];
    let config = Config::load(None, |name| std::env::var(name).ok(), &flags)?;
    let opened = Instant::now();
    let app = App::open(config).await?;
    println!(
        "open to lexical search: {:.2} s",
        opened.elapsed().as_secs_f64()
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1/search", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, router(app.clone())).into_future());

    let mut modes = vec!["lexical"];
    if let Dense::Ready(_) = app.dense_when_loaded().await {
        modes.extend(["dense", "hybrid"]);
    }
    println!(
        "open to dense retrieval: {:.2} s",
        opened.elapsed().as_secs_f64()
    );
    let client = reqwest::Client::new();
    for mode in modes {
        // The first round warms up.
        ask(&client, &url, mode, &queries).await?;
        let (mut times, busy) = (Vec::new(), processor::seconds());
        for _ in 0..rounds {
            times.extend(ask(&client, &url, mode, &queries).await?);
        }
        let busy = (processor::seconds() - busy) / times.len().max(1) as f64;
        times.sort_unstable();
        let at = |share: f64| {
            let place = ((times.len().max(1) - 1) as f64 * share) as usize;
            times
                .get(place)
                .map_or(0.0, |time: &Duration| time.as_secs_f64() * 1000.0)
        };
        println!(
            "{mode}: {} searches, p50 {:.2} ms, p99 {:.2} ms, {:.2} ms of a processor each",
            times.len(),
            at(0.5),
            at(0.99),
            busy * 1000.0
        );
        let others: Vec<Vec<String>> = (0..CLIENTS)
            .map(|client| {
                let other = |query: &String| format!("{query} {client}");
                queries.iter().map(other).collect()
            })
            .collect();
        let (started, busy) = (Instant::now(), processor::seconds());
        let all = others
            .iter()
            .map(|queries| ask(&client, &url, mode, queries));
        futures::future::try_join_all(all).await?;
        let count = (queries.len() * CLIENTS) as f64;
        println!(
            "{mode}: {CLIENTS} clients, {:.0} searches/s, {:.2} ms of a processor each",
            count / started.elapsed().as_secs_f64(),
            (processor::seconds() - busy) * 1000.0 / count
        );
    }
    app.close().await?;
    Ok(())
}

/// Asks one query after the other; how long each took.
async fn ask(
    client: &reqwest::Client,
    url: &str,
    mode: &str,
    queries: &[String],
) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let started = Instant::now();
        let body = json!({ "query": query, "mode": mode });
        let answer = client.post(url).json(&body).send().await?;
        answer.error_for_status()?.bytes().await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

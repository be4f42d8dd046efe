//! Clients that write over HTTP until the program is gone.

use rand::RngExt;
use rand::rngs::SmallRng;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::known::{Known, article};

/// Articles of each client.
pub const ARTICLES: usize = 8;

/// A response, or nothing where the program was killed.
pub async fn sent(request: RequestBuilder) -> Option<(StatusCode, String)> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let body = response.text().await.ok()?;
    assert!(!status.is_server_error(), "{status}: {body}");
    Some((status, body))
}

/// Writes whatever comes to mind until the program is gone.
pub async fn write(http: Client, base: String, mut known: Known, mut random: SmallRng) -> Known {
    while step(&http, &base, &mut known, &mut random).await.is_some() {}
    known
}

async fn step(http: &Client, base: &str, known: &mut Known, random: &mut SmallRng) -> Option<()> {
    let articles = format!("{base}/v1/articles");
    let id = known.id(random.random_range(0..ARTICLES));
    match random.random_range(0..20) {
        0..8 => {
            let version = known.next_version();
            known.send(&id, Some(version));
            let (status, body) = sent(http.post(&articles).json(&article(&id, version))).await?;
            assert!(status.is_success(), "{status}: {body}");
            known.acknowledge(&id);
        }
        8..12 => stream(http, base, known, ARTICLES).await?,
        12..15 => delete(http, base, known, &id).await?,
        15..18 => {
            let version = known.articles.get(&id).and_then(|known| known.acknowledged);
            let (status, body) = sent(http.post(format!("{articles}/{id}/brief"))).await?;
            match version {
                Some(version) => {
                    assert_eq!(status, 200, "{body}");
                    known.articles.entry(id).or_default().brief = Some(version);
                }
                None => assert_eq!(status, 404, "{body}"),
            }
        }
        18 => {
            sent(http.get(format!("{base}/v1/search?q=葫芦&limit=50"))).await?;
        }
        _ => {
            sent(http.post(format!("{base}/v1/compact"))).await?;
        }
    }
    Some(())
}

/// Replaces the first `count` articles in one stream, each line of which is
/// acknowledged by itself.
pub async fn stream(http: &Client, base: &str, known: &mut Known, count: usize) -> Option<()> {
    let mut response = http
        .post(format!("{base}/v1/articles"))
        .header("content-type", "application/x-ndjson")
        .body(known.lines(count))
        .send()
        .await
        .ok()?;
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        text.extend_from_slice(&chunk);
        while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            let answer: Value = serde_json::from_slice(&line).expect("JSON");
            known.acknowledge(answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")));
        }
    }
    Some(())
}

/// Removes one article.
pub async fn delete(http: &Client, base: &str, known: &mut Known, id: &str) -> Option<()> {
    known.send(id, None);
    let (status, body) = sent(http.delete(format!("{base}/v1/articles/{id}"))).await?;
    assert!(
        status.is_success() || status == StatusCode::NOT_FOUND,
        "{status}: {body}"
    );
    known.acknowledge(id);
    Some(())
}

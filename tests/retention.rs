//! Articles removed by age and by filter.

use std::time::Duration;

use crate::support::server::Server;
use axum::http::StatusCode;
use dragoman::retention;
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn take(server: &Server, articles: &[(&str, &str, Option<&str>)]) {
    let body: Vec<Value> = articles
        .iter()
        .map(|(id, source, date)| {
            json!({"id": id, "source": source, "text": "某某新闻。", "published_at": date})
        })
        .collect();
    server.post("/v1/articles", json!(body)).await;
}

async fn ids(server: &Server) -> Vec<String> {
    let page = server.get("/v1/articles?limit=200").await.json();
    let articles = page["articles"].as_array().expect("articles").iter();
    let mut ids: Vec<String> = articles
        .map(|article| article["id"].as_str().expect("an id").to_owned())
        .collect();
    ids.sort();
    ids
}

async fn delete(server: &Server, query: &str) -> Value {
    let answer = server
        .call("DELETE", &format!("/v1/articles{query}"), "", "")
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["deleted"].clone()
}

#[tokio::test]
async fn articles_older_than_the_days_to_keep_are_removed() {
    let server = Server::with_config(|config| config.keep_days = Some(30)).await;
    // The clock of the tests stands at 08:00 of October 30 in Shanghai.
    take(
        &server,
        &[
            ("new", "a", Some("2025-10-29")),
            ("just", "a", Some("2025-09-30T08:00:00+08:00")),
            ("before", "a", Some("2025-09-30T07:59:59+08:00")),
            ("old", "a", Some("2020-01-01")),
            ("undated", "a", None),
        ],
    )
    .await;
    assert_eq!(retention::expire(&server.app).await.expect("it is done"), 2);
    assert_eq!(ids(&server).await, ["just", "new", "undated"]);
    let hits = server
        .post("/v1/search", json!({"query": "新闻"}))
        .await
        .json();
    assert_eq!(hits["hits"].as_array().expect("hits").len(), 3);

    server.later(28 * DAY);
    assert_eq!(retention::expire(&server.app).await.expect("it is done"), 1);
    server.later(3 * DAY);
    assert_eq!(retention::expire(&server.app).await.expect("it is done"), 2);
    assert_eq!(
        ids(&server).await,
        [""; 0],
        "one without a date goes by when it came in"
    );
}

#[tokio::test]
async fn nothing_is_removed_by_age_unless_days_are_set() {
    let server = Server::empty().await;
    take(&server, &[("old", "a", Some("1999-01-01"))]).await;
    server.later(10_000 * DAY);
    assert_eq!(retention::expire(&server.app).await.expect("it is done"), 0);
    assert_eq!(ids(&server).await, ["old"]);
}

#[tokio::test]
async fn more_articles_than_a_page_are_removed() {
    let server = Server::with_config(|config| config.keep_days = Some(1)).await;
    let many: Vec<(String, String)> = (0..450)
        .map(|n| (format!("n{n}"), format!("2025-0{}-01", n % 9 + 1)))
        .collect();
    let many: Vec<_> = many
        .iter()
        .map(|(id, date)| (id.as_str(), "a", Some(date.as_str())))
        .collect();
    take(&server, &many).await;
    take(&server, &[("new", "b", Some("2025-10-30"))]).await;
    assert_eq!(
        retention::expire(&server.app).await.expect("it is done"),
        450
    );
    assert_eq!(ids(&server).await, ["new"]);
}

#[tokio::test]
async fn articles_are_removed_by_a_filter() {
    let server = Server::empty().await;
    take(
        &server,
        &[
            ("a1", "新华社", Some("2025-10-01")),
            ("a2", "新华社", Some("2025-10-20")),
            ("b1", "人民网", Some("2025-10-01T23:59:59+08:00")),
            ("b2", "人民网", None),
        ],
    )
    .await;
    let source = "source=%E6%96%B0%E5%8D%8E%E7%A4%BE";
    assert_eq!(
        delete(&server, &format!("?{source}&to=2025-10-10")).await,
        1
    );
    assert_eq!(ids(&server).await, ["a2", "b1", "b2"]);
    assert_eq!(delete(&server, "?to=2025-10-01").await, 1, "the whole day");
    assert_eq!(
        ids(&server).await,
        ["a2", "b2"],
        "one without a date is of no day"
    );
    assert_eq!(delete(&server, "?language=en").await, 0);
    assert_eq!(delete(&server, &format!("?{source}")).await, 1);
    assert_eq!(ids(&server).await, ["b2"]);
}

#[tokio::test]
async fn a_filter_is_needed() {
    let server = Server::empty().await;
    take(&server, &[("a", "a", None)]).await;
    for (query, pointer) in [
        ("", ""),
        ("?", ""),
        ("?sources=a", "/sources"),
        ("?to=bald", "/to"),
    ] {
        let answer = server
            .call("DELETE", &format!("/v1/articles{query}"), "", "")
            .await;
        assert_eq!(answer.status, 422, "{query}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{query}");
    }
    assert_eq!(ids(&server).await, ["a"]);
}

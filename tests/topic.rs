//! Topics through the API: what belongs to them, when it is decided, what is unread.

use crate::support::server::Server;
use axum::http::StatusCode;
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<&str> {
    let articles = page["articles"].as_array().expect("articles");
    let ids = articles.iter().map(|article| article["id"].as_str());
    ids.map(|id| id.expect("an id")).collect()
}

async fn feed(server: &Server, topic: &str) -> Vec<String> {
    let page = server.get(&format!("/v1/topics/{topic}/feed")).await.json();
    let mut ids: Vec<String> = ids(&page).into_iter().map(str::to_owned).collect();
    ids.sort();
    ids
}

async fn articles(server: &Server, articles: &[(&str, &str)]) {
    let body: Vec<Value> = articles
        .iter()
        .map(|(id, text)| json!({"id": id, "title": "题", "text": text}))
        .collect();
    let answer = server.post("/v1/articles", json!(body)).await.json();
    for result in answer["results"].as_array().expect("results") {
        assert!(result.get("error").is_none(), "{result}");
    }
}

/// What belongs to a topic with this query, of articles that are there before it, and
/// of the same articles when they come in after it.
async fn matched(query: &str, texts: &[(&str, &str)]) -> Vec<String> {
    let server = Server::empty().await;
    articles(&server, texts).await;
    let topic = json!({"id": "t", "name": "T", "query": query});
    let made = server.post("/v1/topics", topic.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let before = feed(&server, "t").await;
    assert_eq!(made.json()["matched"], before.len());

    let server = Server::empty().await;
    assert_eq!(server.post("/v1/topics", topic).await.json()["matched"], 0);
    articles(&server, texts).await;
    assert_eq!(feed(&server, "t").await, before, "{query}");
    before
}

#[tokio::test]
async fn an_article_belongs_to_a_topic_when_it_holds_every_word() {
    let texts = [
        ("jian", "职业教育与产教融合，人工智能。"),
        ("fan", "職業教育的新路😀"),
        ("en", "A vocational school in Chongqing trains robots."),
        ("wide", "２０２５年，ＡＩ进课堂。"),
        ("other", "今日天气晴。"),
    ];
    assert_eq!(matched("职业教育", &texts).await, ["fan", "jian"]);
    assert_eq!(matched("職業教育 人工智能", &texts).await, ["jian"]);
    assert_eq!(matched("职业教育，融合", &texts).await, ["jian"]);
    assert_eq!(matched("robot", &texts).await, ["en"], "in any form");
    assert_eq!(matched("ai 2025", &texts).await, ["wide"], "folded");
    assert_eq!(
        matched("vocational education", &texts).await,
        ["fan", "jian"],
        "in the other language; the English text has no education"
    );
    assert_eq!(
        matched("天气 OR 职业教育 融合", &texts).await,
        ["jian", "other"]
    );
    assert_eq!(matched("台风", &texts).await, [""; 0]);
}

#[tokio::test]
async fn a_filter_decides_with_the_query_or_alone() {
    let server = Server::with_sample().await;
    let topic = |name: &str, filter: Value| json!({"name": name, "filter": filter});
    let traditional = topic("繁体", json!({"languages": ["zh-Hant"]}));
    let made = server.post("/v1/topics", traditional).await.json();
    assert_eq!(made["id"], "fanti", "an id is made from the name");
    assert_eq!(made["matched"], 1);
    assert_eq!(feed(&server, "fanti").await, ["sample-tea"]);

    let by_date = json!({"from": "2025-10-20", "to": "2025-10-22"});
    let listed = server
        .get("/v1/articles?from=2025-10-20&to=2025-10-22")
        .await
        .json();
    let made = server
        .post("/v1/topics", topic("Those days", by_date))
        .await
        .json();
    assert_eq!(made["id"], "those-days");
    assert_eq!(made["matched"], ids(&listed).len());
    assert_eq!(made["filter"]["to"], "2025-10-22T23:59:59.999999+08:00");

    let all = server.get("/v1/topics").await.json();
    assert_eq!(all["topics"][0]["id"], "those-days", "by name");
    assert_eq!(all["topics"][1]["articles"], 1);
}

#[tokio::test]
async fn a_topic_is_replaced_and_removed_and_its_articles_with_it() {
    let server = Server::empty().await;
    articles(&server, &[("tea", "制茶"), ("gourd", "葫芦")]).await;
    let sent = json!({"id": "sent", "text": "别的。", "topics": ["t"]});
    server.post("/v1/articles", sent).await;
    let topic = |query: &str| json!({"id": "t", "name": "题", "query": query});
    server.post("/v1/topics", topic("制茶")).await;
    assert_eq!(feed(&server, "t").await, ["sent", "tea"]);
    let search = json!({"query": "葫芦 制茶", "filter": {"topics": ["t"]}});
    let hits = server.post("/v1/search", search.clone()).await.json();
    assert_eq!(hits["hits"][0]["article_id"], "tea");

    let again = server.post("/v1/topics", topic("葫芦")).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["matched"], 2);
    assert_eq!(feed(&server, "t").await, ["gourd", "sent"]);
    let hits = server.post("/v1/search", search).await.json();
    assert_eq!(hits["hits"][0]["article_id"], "gourd");
    let article = server.get("/v1/articles/gourd").await.json();
    assert_eq!(article["topics"], json!(["t"]));
    assert_eq!(article["topics_matched"], json!(["t"]));

    // The same article sent again changes nothing, another text is decided anew.
    let same = json!({"id": "gourd", "title": "题", "text": "葫芦"});
    let answer = server.post("/v1/articles", same).await.json();
    assert_eq!(answer["status"], "unchanged");
    articles(&server, &[("gourd", "新文")]).await;
    assert_eq!(feed(&server, "t").await, ["sent"]);

    let gone = server.call("DELETE", "/v1/topics/t", "", "").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let article = server.get("/v1/articles/sent").await.json();
    assert_eq!(article["topics"], json!(["t"]), "its sender named it");
    assert_eq!(server.get("/v1/topics/t").await.status, 404);
    let again = server.call("DELETE", "/v1/topics/t", "", "").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn unread_is_what_came_in_since_a_time() {
    let server = Server::with_sample().await;
    let topic = json!({"id": "all", "name": "All", "filter": {"languages": ["zh"]}});
    server.post("/v1/topics", topic).await;
    let unread = async |since: &str| {
        let path = format!("/v1/topics?since={since}");
        server.get(&path).await.json()["topics"][0]["unread"].clone()
    };
    // The clock of the tests stands at 08:00 of the 30th.
    assert_eq!(unread("2025-10-30T07:59:59%2B08:00").await, 12);
    assert_eq!(unread("2025-10-30T08:00:00%2B08:00").await, 0);
    let path = "/v1/topics/all/feed?since=2025-10-30T08:00:00%2B08:00";
    assert_eq!(ids(&server.get(path).await.json()), [""; 0]);
    let none = server.get("/v1/topics").await.json();
    assert_eq!(none["topics"][0]["unread"], Value::Null);
    let wrong = server.get("/v1/topics?since=gestern").await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/since");
}

#[tokio::test]
async fn topics_outlast_a_restart_and_a_wrong_one_is_refused() {
    let server = Server::empty().await;
    for (body, pointer) in [
        (json!({"name": " "}), "/name"),
        (json!({"name": "x", "query": "。，"}), "/query"),
        (json!({"name": "x", "query": "茶 OR "}), "/query"),
        (json!({"name": "x", "id": ".."}), "/id"),
        (
            json!({"name": "x", "filter": {"from": "neulich"}}),
            "/filter/from",
        ),
    ] {
        let answer = server.post("/v1/topics", body.clone()).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
    let topic = json!({"name": "茶", "query": "茶", "filter": {"sources": ["报"]}});
    let made = server.post("/v1/topics", topic).await.json();
    let server = server.restarted().await;
    let kept = server.get("/v1/topics/cha").await.json();
    for field in ["id", "name", "query", "filter"] {
        assert_eq!(kept[field], made[field], "{field}");
    }
}

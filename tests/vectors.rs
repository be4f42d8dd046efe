//! Vectors follow their articles: through the router, with an embedder that needs
//! no model.

use std::time::Duration;

use crate::support::embedder::WordEmbedder;
use crate::support::server::Server;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::json;

#[tokio::test]
async fn waiting_for_vectors_makes_dense_search_find_the_article() {
    let server = Server::empty().await;
    server.app.set_embedder(WordEmbedder::shared("words-a"));
    let article = json!({"id": "gourd", "title": "葫蘆", "text": "葫芦种植面积3万余亩。"});
    let created = server.post("/v1/articles?wait=true", article).await.json();
    assert_eq!(created["vectors"], "ready");
    let found = server
        .post(
            "/v1/search",
            json!({"query": "葫芦种植面积", "mode": "dense"}),
        )
        .await
        .json();
    assert_eq!(found["mode"], "dense");
    assert_eq!(found["hits"][0]["article_id"], "gourd");
}

#[tokio::test]
async fn an_article_is_findable_by_words_before_it_has_vectors() {
    let server = Server::empty().await;
    let embedder = WordEmbedder::held("words-a");
    server.app.set_embedder(embedder.clone());
    let article = json!({"id": "gourd", "text": "葫芦种植面积3万余亩。😀"});
    let created = server.post("/v1/articles", article).await.json();
    assert_eq!(created["vectors"], "pending");
    let found = server
        .post("/v1/search", json!({"query": "葫芦", "mode": "lexical"}))
        .await
        .json();
    assert_eq!(found["hits"][0]["article_id"], "gourd");
    embedder.release();
    let again = json!({"id": "gourd", "text": "葫芦种植面积3万余亩。😀"});
    let waited = server.post("/v1/articles?wait=true", again).await.json();
    assert_eq!(
        (&waited["status"], &waited["vectors"]),
        (&json!("unchanged"), &json!("ready"))
    );
}

#[tokio::test]
async fn vectors_of_another_model_are_never_mixed() {
    let server = Server::empty().await;
    server.app.set_embedder(WordEmbedder::shared("words-a"));
    let article = json!({"id": "gourd", "text": "葫芦种植面积3万余亩。"});
    server.post("/v1/articles?wait=true", article.clone()).await;
    server.app.set_embedder(WordEmbedder::shared("words-b"));
    let waited = server.post("/v1/articles?wait=true", article).await.json();
    assert_eq!(
        waited["vectors"], "ready",
        "filled anew for the other model"
    );
    let found = server
        .post("/v1/search", json!({"query": "葫芦", "mode": "dense"}))
        .await
        .json();
    assert_eq!(found["hits"][0]["article_id"], "gourd");
}

#[tokio::test]
async fn the_old_models_vectors_serve_until_the_new_ones_are_whole() {
    let server = Server::empty().await;
    server.app.set_embedder(WordEmbedder::shared("words-a"));
    let article = json!({"id": "gourd", "text": "葫芦种植面积3万余亩。"});
    server.post("/v1/articles?wait=true", article.clone()).await;
    let coming = WordEmbedder::held("words-b");
    server.app.set_embedder(coming.clone());
    let search = async || {
        let query = json!({"query": "葫芦", "mode": "dense"});
        server.post("/v1/search", query).await.json()
    };
    let during = search().await;
    assert_eq!(during["hits"][0]["article_id"], "gourd");
    assert!(
        during["notes"].to_string().contains("old ones serve"),
        "{during}"
    );
    coming.release();
    let wanted = server.app.progress().borrow().wanted;
    let mut progress = server.app.progress();
    let done = progress.wait_for(|progress| progress.done >= wanted).await;
    drop(done.expect("the application is there"));
    let after = search().await;
    assert_eq!(after["hits"][0]["article_id"], "gourd");
    assert_eq!(after["notes"], json!([]));
    let current = server.app.store.current_model().await.expect("read");
    assert_eq!(current.expect("a model").name, "words-b");
}

#[tokio::test]
async fn a_stream_is_read_on_while_its_first_articles_are_waited_for() {
    let server = Server::empty().await;
    let embedder = WordEmbedder::held("words-a");
    server.app.set_embedder(embedder.clone());
    // A connection hands over one chunk at a time, too.
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(1);
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receiver));
    let request = Request::post("/v1/articles?wait=true")
        .header("content-type", "application/x-ndjson")
        .body(body)
        .expect("a request");
    let response = server.send(request).await;
    let sending = async {
        for n in 0..40 {
            let line = format!("{{\"id\": \"a{n}\", \"text\": \"第{n}篇。\"}}\n");
            sender.send(Ok(line)).await.expect("the body is read");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), sending)
        .await
        .expect("lines are taken while the first articles are written");
    drop(sender);
    embedder.release();
    let answers = to_bytes(response.into_body(), usize::MAX).await;
    let answers = String::from_utf8(answers.expect("answers").to_vec()).expect("text");
    assert_eq!(answers.matches("\"created\"").count(), 40, "{answers}");
}

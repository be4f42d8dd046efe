//! Claims and what they cite, compared by the embedder.

use crate::support::embedder::WordEmbedder;
use crate::support::server::Server;
use dragoman::similarity::of_claims;
use serde_json::json;

#[tokio::test]
async fn the_nearest_sentence_counts() {
    let embedder = WordEmbedder::shared("words-e5");
    let far = ["The bridge opened today. It rains in the north.".to_owned()];
    let near =
        ["It rains in the north. 大桥今天通车。The council approved the stadium.".to_owned()];
    let claims = [
        ("The council approved the stadium.", far.as_slice()),
        ("The council approved the stadium.", near.as_slice()),
        ("The council approved the stadium.", &[]),
        ("", &["……".to_owned()]),
    ];
    let found = of_claims(&*embedder, &claims).await.unwrap();
    assert!(found[0].unwrap() < 0.9, "{found:?}");
    assert!(found[1].unwrap() > 0.99, "{found:?}");
    assert_eq!(found[2], None);
    assert_eq!(found[3], None);
}

#[tokio::test]
async fn similarities_of_other_models_than_the_measured_ones_tell_nothing() {
    let sources = ["明天有雨🌧。".to_owned()];
    let embedder = WordEmbedder::shared("words");
    let claims = [("明天有雨🌧。", sources.as_slice())];
    let found = of_claims(&*embedder, &claims).await.unwrap();
    assert_eq!(found, [None]);
}

#[tokio::test]
async fn a_check_uses_the_embedder_once_it_is_ready() {
    let claim = json!({
        "claim": "市议会批准了新的体育场。",
        "sources": ["It rains in the north."],
    });
    let server = Server::empty().await;
    let without = server.post("/v1/check", claim.clone()).await.json();
    assert_eq!(without["verdict"], "supported");
    server.app.set_embedder(WordEmbedder::shared("words-e5"));
    let with = server.post("/v1/check", claim.clone()).await.json();
    assert_eq!(with["verdict"], "unsupported");
    assert_eq!(with["findings"][0]["kind"], "coverage");
    let lines = format!("{claim}\nno JSON\n{claim}\n");
    let answers = server
        .call("POST", "/v1/check", "application/x-ndjson", &lines)
        .await
        .lines();
    assert_eq!(answers[0], with);
    assert!(answers[1]["error"].is_string());
    assert_eq!(answers[2], with);
}

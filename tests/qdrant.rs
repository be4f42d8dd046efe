//! A Qdrant server that fails in the ways that servers do: said as it is, with HTTP 503,
//! and over without a restart once it is well again.

mod stand_in;

use std::sync::Arc;

use self::stand_in::{Mood, StandIn};
use axum::body::Body;
use axum::http::{Request, header};
use dragoman::app::App;
use dragoman::config::{Config, Secret};
use dragoman::http::router;
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::Code;
use tower::ServiceExt;

/// Status, whether it says when to try again, and body.
async fn call(app: &Arc<App>, path: &str, body: Option<Value>) -> (u16, bool, Value) {
    let request = match body {
        Some(body) => Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string())),
        None => Request::get(path).body(Body::empty()),
    };
    let response = router(app.clone())
        .oneshot(request.expect("a request"))
        .await
        .expect("the router never fails");
    let again = response.headers().contains_key(header::RETRY_AFTER);
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .expect("a body");
    let body = serde_json::from_slice(&bytes).expect("JSON");
    (status, again, body)
}

/// An application over the stand-in; one call may take a second.
async fn open(stand_in: &StandIn) -> (Arc<App>, TempDir) {
    let folder = TempDir::new().expect("a temporary folder");
    let mut config = Config::for_testing(folder.path());
    let url = format!("http://{}", stand_in.address);
    config.qdrant.url = Some(url.parse().expect("an address"));
    config.qdrant.api_key = Secret::from("right");
    config.qdrant.timeout_seconds = 1;
    let app = App::open_to_serve(config).await.expect("it opens");
    (app, folder)
}

fn article(id: &str) -> Value {
    json!({"id": id, "text": "东昌府区葫芦种植面积3万余亩。"})
}

/// A search, an ingest and the state say 503, and why.
async fn assert_away(app: &Arc<App>, why: &str) {
    for (path, body) in [
        ("/v1/search", Some(json!({"query": "葫芦"}))),
        ("/v1/articles", Some(article("a"))),
        ("/readyz", None),
    ] {
        let (status, again, body) = call(app, path, body).await;
        let said = body["detail"]
            .as_str()
            .or(body["parts"]["store"]["detail"].as_str());
        assert_eq!((status, again || path == "/readyz"), (503, true), "{body}");
        assert!(said.is_some_and(|said| said.contains(why)), "{why}: {body}");
        assert!(
            !body.to_string().contains("right"),
            "the key is told: {body}"
        );
    }
}

async fn assert_well(app: &Arc<App>, id: &str) {
    let (status, _, body) = call(app, "/v1/articles", Some(article(id))).await;
    assert_eq!(status, 201, "{body}");
    let (status, _, body) = call(app, "/v1/search", Some(json!({"query": "葫芦"}))).await;
    assert_eq!(status, 200, "{body}");
    let (status, _, body) = call(app, "/readyz", None).await;
    assert_eq!(
        (status, &body["parts"]["store"]["state"]),
        (200, &json!("ready"))
    );
}

/// Until the task that looks for the server has found it.
async fn until_there(app: &Arc<App>) {
    while call(app, "/readyz", None).await.0 != 200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_starts_later_joins_by_itself() {
    let mut stand_in = StandIn::away().await;
    let (app, _folder) = open(&stand_in).await;
    assert_away(&app, "is Qdrant running there?").await;
    stand_in.come().await;
    until_there(&app).await;
    assert_well(&app, "later").await;
}

#[tokio::test]
async fn a_wrong_key_is_said_so_and_a_right_one_is_enough() {
    let stand_in = StandIn::there().await;
    stand_in.ask_for("another");
    let (app, _folder) = open(&stand_in).await;
    assert_away(&app, "QDRANT_API_KEY is missing or wrong").await;
    stand_in.ask_for("right");
    until_there(&app).await;
    assert_well(&app, "key").await;
}

#[tokio::test]
async fn a_server_that_is_restarted_is_used_again() {
    let mut stand_in = StandIn::there().await;
    let (app, _folder) = open(&stand_in).await;
    assert_well(&app, "before").await;
    stand_in.go().await;
    assert_away(&app, "is Qdrant running there?").await;
    stand_in.come().await;
    assert_well(&app, "after").await;
    let (_, _, ready) = call(&app, "/readyz", None).await;
    assert_eq!(ready["articles"], 2, "{ready}");
}

#[tokio::test]
async fn each_failure_of_a_server_is_said_and_passes() {
    let stand_in = StandIn::there().await;
    let (app, _folder) = open(&stand_in).await;
    for (n, (mood, why)) in [
        (Mood::Stalled, "no answer within"),
        (
            Mood::Refusing(Code::Unauthenticated, "Invalid API key or JWT"),
            "QDRANT_API_KEY is missing or wrong",
        ),
        (
            Mood::Refusing(Code::PermissionDenied, "Write access is required"),
            "may only read",
        ),
        (
            Mood::Refusing(Code::NotFound, "Collection `dragoman` doesn't exist!"),
            "bring it back from a snapshot",
        ),
        (
            Mood::Refusing(
                Code::InvalidArgument,
                "Vector dimension error: expected dim: 384, got 768",
            ),
            "dragoman reindex",
        ),
        (
            Mood::Refusing(Code::Unavailable, "Not enough active replicas"),
            "every node of the cluster runs",
        ),
        (
            Mood::Refusing(Code::ResourceExhausted, "Rate limit exceeded"),
            "try again later",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        stand_in.be(mood);
        assert_away(&app, why).await;
        stand_in.be(Mood::Well);
        assert_well(&app, &format!("n{n}")).await;
    }
}

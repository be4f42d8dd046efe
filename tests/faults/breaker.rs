//! A server that keeps failing is left alone for a while.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dragoman::llm::LlmError;
use dragoman::llm::breaker::{Breaker, Patience};
use dragoman::llm::openai::OpenAiOptions;
use serde_json::json;

use super::{CLAIM, ask, told, use_model};
use crate::support::model::{ModelServer, Reply};
use crate::support::server::Server;

/// A clock that stands still until it is put forward.
fn stopped_clock() -> (Arc<dyn Fn() -> Instant + Send + Sync>, impl Fn(u64)) {
    let now = Arc::new(Mutex::new(Instant::now()));
    let hand = now.clone();
    (
        Arc::new(move || *now.lock().expect("no panic")),
        move |seconds| *hand.lock().expect("no panic") += Duration::from_secs(seconds),
    )
}

#[tokio::test]
async fn a_server_that_keeps_failing_is_left_alone_and_tried_again() {
    let server = Server::with_sample().await;
    let broken = Arc::new(Mutex::new(true));
    let switch = broken.clone();
    let model = ModelServer::scripted(move |_| {
        if *switch.lock().expect("no panic") {
            Reply::error(500, &json!({"error": "out of order"}))
        } else {
            Reply::text(CLAIM)
        }
    })
    .await;
    let (clock, forward) = stopped_clock();
    use_model(
        &server,
        OpenAiOptions {
            clock,
            ..OpenAiOptions::for_testing(&model.url)
        },
    );
    let breaker = async || {
        let ready = server.get("/readyz").await.json();
        ready["parts"]["engine"]["breaker"].clone()
    };
    assert_eq!(breaker().await, json!({"state": "closed", "failures": 0}));
    for _ in 0..3 {
        assert_eq!(ask(&server).await.status, 502);
    }
    let calls = model.chats().len();
    assert_eq!(calls, 12, "three calls with three repetitions each");
    // Open: nobody waits, nothing is sent.
    let refused = ask(&server).await;
    insta::assert_snapshot!("left_alone", told("open", &refused, &model.url));
    assert_eq!(model.chats().len(), calls);
    let open = breaker().await;
    assert_eq!(
        (&open["state"], &open["retry_in_seconds"]),
        (&json!("open"), &json!(5))
    );
    // Half-open: one call tries; it fails, and the rest is longer.
    forward(5);
    assert_eq!(breaker().await["state"], "half-open");
    assert_eq!(ask(&server).await.status, 502);
    assert_eq!(breaker().await["retry_in_seconds"], 10);
    // It is back, without a restart here.
    forward(10);
    *broken.lock().expect("no panic") = false;
    assert_eq!(ask(&server).await.status, 200);
    assert_eq!(breaker().await, json!({"state": "closed", "failures": 0}));
}

#[test]
fn one_call_tries_while_the_others_are_refused() {
    let (clock, forward) = stopped_clock();
    let breaker = Breaker::new(
        Patience {
            failures: 1,
            rest: Duration::from_secs(5),
            longest: Duration::from_secs(8),
        },
        clock,
    );
    let failure = LlmError::Refused {
        url: "there".into(),
    };
    breaker.admit("there").unwrap().failed(&failure);
    let wait = || match breaker.admit("there") {
        Err(LlmError::Resting { wait, .. }) => Some(wait.as_secs()),
        _ => None,
    };
    assert_eq!(wait(), Some(5));
    forward(5);
    let first = breaker.admit("there").unwrap();
    assert!(breaker.admit("there").is_err(), "only one call tries");
    // Its reader goes away: that says nothing of the server.
    drop(first);
    let mut second = breaker.admit("there").unwrap();
    second.failed(&failure);
    assert_eq!(
        wait(),
        Some(8),
        "twice as long, but not longer than the longest"
    );
    forward(8);
    // A refusal of this one request is an answer: the server is there.
    let unauthorized = LlmError::Unauthorized {
        url: "there".into(),
        status: 401,
        detail: String::new(),
    };
    breaker.admit("there").unwrap().failed(&unauthorized);
    assert_eq!(wait(), None);
}

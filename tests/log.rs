//! The log, in a process of its own: what is logged depends on all that listen in it.

#[expect(dead_code, reason = "a part of it is used")]
mod support;

use std::io;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use serde_json::json;
use support::model::Reply;
use support::server::Server;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::EnvFilter;

const QUESTION: &str = "葫芦种植面积有多大？";

async fn with_model() -> Server {
    let reply = json!({"claims": [
        {"cited": 1, "evidence": "葫芦种植面积3万余亩", "statement": "葫芦种植面积超过3万亩。"},
        {"cited": 1, "evidence": "葫芦种植面积3万余亩", "statement": "葫芦种植面积超过30万亩。"},
    ]});
    let replies = [Reply::json(&reply), Reply::json(&reply)];
    Server::with_model(replies).await.0
}

/// A log that is kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("nobody panics")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_request_ids_and_nobodys_words() {
    let server = with_model().await;
    let kept = Kept::default();
    let writer = kept.clone();
    let log = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("dragoman=info,error"))
        .with_writer(move || writer.clone())
        .finish();
    let asked = async {
        for stream in [false, true] {
            let body = json!({"question": QUESTION, "stream": stream});
            assert_eq!(server.post("/v1/ask", body).await.status, StatusCode::OK);
        }
        server.get("/v1/search?q=%E8%91%AB%E8%8A%A6").await;
        server
            .post("/v1/articles", json!({"id": "秘密", "text": "不可外传。"}))
            .await;
    };
    asked.with_subscriber(log).await;
    let log = String::from_utf8(kept.0.lock().expect("nobody panics").clone()).expect("UTF-8");
    assert!(log.lines().count() >= 4, "{log}");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(
            line["span"]["id"].as_str().map(str::len),
            Some(36),
            "{line}"
        );
    }
    for word in ["葫芦", "亩", "不可外传", "%E8%91%AB"] {
        assert!(!log.contains(word), "{word} is in the log:\n{log}");
    }
}

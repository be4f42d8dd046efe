//! What an operator sees of what happened: metrics.

#[expect(dead_code, reason = "a part of it is used")]
mod support;

use axum::http::StatusCode;
use serde_json::json;
use support::model::Reply;
use support::server::Server;

const QUESTION: &str = "葫芦种植面积有多大？";

/// The value of a series, summed over those whose labels hold all of `labels`.
fn value(metrics: &str, name: &str, labels: &[&str]) -> f64 {
    metrics
        .lines()
        .filter(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        })
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

async fn with_model() -> Server {
    let reply = json!({"claims": [
        {"cited": 1, "evidence": "葫芦种植面积3万余亩", "statement": "葫芦种植面积超过3万亩。"},
        {"cited": 1, "evidence": "葫芦种植面积3万余亩", "statement": "葫芦种植面积超过30万亩。"},
    ]});
    let replies = [Reply::json(&reply), Reply::json(&reply)];
    Server::with_model(replies).await.0
}

#[tokio::test]
async fn metrics_tell_what_happened() {
    let server = with_model().await;
    server.post("/v1/ask", json!({"question": QUESTION})).await;
    server.get("/v1/articles/nowhere").await;
    let answer = server.get("/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.content_type.starts_with("text/plain; version=0.0.4"));
    let metrics = &answer.text;
    for (name, labels, least) in [
        (
            "dragoman_http_requests_total",
            vec!["route=\"/v1/ask\"", "status=\"200\""],
            1.0,
        ),
        (
            "dragoman_http_requests_total",
            vec!["route=\"/v1/articles/{id}\"", "status=\"404\""],
            1.0,
        ),
        (
            "dragoman_http_request_duration_seconds_count",
            vec!["route=\"/v1/ask\""],
            1.0,
        ),
        (
            "dragoman_retrieval_duration_seconds_count",
            vec!["mode=\"lexical\""],
            1.0,
        ),
        (
            "dragoman_model_duration_seconds_count",
            vec!["call=\"answer\""],
            1.0,
        ),
        (
            "dragoman_model_first_token_seconds_count",
            vec!["call=\"answer\""],
            1.0,
        ),
        (
            "dragoman_model_tokens_total",
            vec!["kind=\"prompt\""],
            100.0,
        ),
        (
            "dragoman_answers_total",
            vec!["engine=\"llm\"", "abstained=\"false\""],
            1.0,
        ),
        (
            "dragoman_claims_total",
            vec!["verdict=\"supported\"", "in=\"answer\""],
            1.0,
        ),
        (
            "dragoman_claims_total",
            vec!["verdict=\"contradicted\""],
            1.0,
        ),
        ("dragoman_store_articles", vec![], 12.0),
        ("dragoman_store_up", vec![], 1.0),
        ("process_resident_memory_bytes", vec![], 1.0),
        ("process_open_fds", vec![], 1.0),
    ] {
        assert!(
            value(metrics, name, &labels) >= least,
            "{name} {labels:?}\n{metrics}"
        );
    }
    assert!(
        !metrics.contains("nowhere") && !metrics.contains('葫'),
        "no words in labels"
    );
    for name in metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
    {
        let name = name.split(' ').next().expect("a name");
        assert!(
            metrics.contains(&format!("# HELP {name} ")),
            "{name} is described"
        );
    }
}

//! Reranking: what a cross-encoder makes of the order, and what its lack does.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::support::server::Server;
use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use dragoman::app::{App, Reranking};
use dragoman::config::Config;
use dragoman::http::router;
use dragoman::onnx::OnnxOptions;
use dragoman::rerank::onnx::OnnxReranker;
use dragoman::rerank::{RerankError, Reranker};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

const ARTICLES: &[(&str, &str, &str)] = &[
    (
        "a",
        "葫芦产业",
        "东昌府区葫芦种植面积３万余亩，占全国市场份额的75%。",
    ),
    (
        "b",
        "葫蘆展覽",
        "葫蘆展覽二〇二五年在東昌府區開幕，觀眾一百零六名🎉。",
    ),
    (
        "c",
        "GB/T 19001 与葫芦",
        "葫芦加工企业通过GB/T 19001认证，记者说「葫芦」出口增长。",
    ),
];
const QUESTION: &str = "葫芦种植面积多少亩";

/// Prefers passages that hold a word, or fails.
struct Scripted {
    wanted: Option<&'static str>,
    asked: Mutex<Vec<(String, Vec<String>)>>,
}

impl Scripted {
    fn preferring(wanted: &'static str) -> Arc<Scripted> {
        Arc::new(Scripted {
            wanted: Some(wanted),
            asked: Mutex::default(),
        })
    }

    fn failing() -> Arc<Scripted> {
        Arc::new(Scripted {
            wanted: None,
            asked: Mutex::default(),
        })
    }
}

#[async_trait]
impl Reranker for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    async fn score(&self, question: &str, passages: Vec<String>) -> Result<Vec<f32>, RerankError> {
        let asked = (question.to_owned(), passages.clone());
        self.asked.lock().expect("nobody panicked").push(asked);
        let wanted = self.wanted.ok_or_else(|| RerankError::Run {
            model: "scripted".into(),
            passages: passages.len(),
            reason: "out of memory".into(),
        })?;
        let score = |passage: &String| if passage.contains(wanted) { 0.9 } else { 0.2 };
        Ok(passages.iter().map(score).collect())
    }
}

async fn filled(change: impl FnOnce(&mut Config)) -> Server {
    let server = Server::with_config(change).await;
    for (id, title, text) in ARTICLES {
        let article = json!({"id": id, "title": title, "text": text}).to_string();
        let answer = server
            .call("POST", "/v1/articles", "application/json", &article)
            .await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }
    server
}

async fn search(server: &Server, body: Value) -> Value {
    let answer = server
        .call("POST", "/v1/search", "application/json", &body.to_string())
        .await;
    assert!(answer.status.is_success(), "{}", answer.text);
    answer.json()
}

fn ids(found: &Value) -> Vec<&str> {
    let hits = found["hits"].as_array().expect("hits");
    hits.iter()
        .map(|hit| hit["article_id"].as_str().expect("an id"))
        .collect()
}

#[tokio::test]
async fn the_best_passages_stand_in_the_order_of_the_reranker() {
    let server = filled(|_| {}).await;
    let plain = search(&server, json!({"query": QUESTION})).await;
    assert_eq!(ids(&plain)[0], "a", "{plain}");

    let reranker = Scripted::preferring("觀眾一百零六名🎉");
    server.app.set_reranker(reranker.clone());
    let read = search(&server, json!({"query": QUESTION})).await;
    assert_eq!(ids(&read)[0], "b", "{read}");
    assert_eq!(read["notes"], plain["notes"]);
    let scores: Vec<f64> = read["hits"]
        .as_array()
        .expect("hits")
        .iter()
        .map(|hit| hit["score"].as_f64().expect("a score"))
        .collect();
    assert!((scores[0] - 0.95).abs() < 1e-6, "{scores:?}");
    assert!((scores[1] - 0.6).abs() < 1e-6, "{scores:?}");

    let asked = reranker.asked.lock().expect("nobody panicked");
    let (question, passages) = &asked[0];
    assert_eq!((question.as_str(), passages.len()), (QUESTION, 3));
    assert!(
        passages
            .iter()
            .any(|passage| passage.starts_with("葫芦产业\n东昌府区")),
        "a passage is read with its title: {passages:?}"
    );
}

#[tokio::test]
async fn only_so_many_are_read_and_stand_before_the_others() {
    let server = filled(|config| config.rerank.passages = 2).await;
    let plain = search(&server, json!({"query": QUESTION})).await;
    let reranker = Scripted::preferring("no passage holds this");
    server.app.set_reranker(reranker.clone());
    let read = search(&server, json!({"query": QUESTION})).await;
    assert_eq!(ids(&read), ids(&plain), "equal scores leave the order");
    let asked = reranker.asked.lock().expect("nobody panicked");
    assert_eq!(asked[0].1.len(), 2);
    let hits = read["hits"].as_array().expect("hits");
    assert!(hits[1]["score"].as_f64() > Some(0.5), "{read}");
    assert!(hits[2]["score"].as_f64() <= Some(0.5), "{read}");
}

#[tokio::test]
async fn a_reranker_that_fails_leaves_the_order_and_a_note() {
    let server = filled(|_| {}).await;
    let plain = search(&server, json!({"query": QUESTION})).await;
    server.app.set_reranker(Scripted::failing());
    let read = search(&server, json!({"query": QUESTION})).await;
    assert_eq!(read["hits"], plain["hits"]);
    let notes = read["notes"].to_string();
    assert!(
        notes.contains("not reranked: reading 3 passages with scripted: out of memory"),
        "{notes}"
    );
    let ready = server.get("/readyz").await.json();
    assert_eq!(
        ready["parts"]["rerank"],
        json!({"state": "ready", "detail": "scripted reads the best 20 passages"})
    );
}

/// The program's own start with a reranking model, once that has loaded or failed.
async fn opened(folder: &Path, model: &str) -> Arc<App> {
    let mut config = Config::for_testing(folder);
    config.rerank.model = model.to_owned();
    let app = App::open(config).await.expect("it opens");
    app.reranking_when_loaded().await;
    app
}

async fn asked_of(app: &Arc<App>, path: &str) -> Value {
    let request = Request::get(path)
        .header("host", "localhost")
        .body(Body::empty());
    let response = router(app.clone())
        .oneshot(request.expect("a request"))
        .await
        .expect("the router does not fail");
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    serde_json::from_slice(&body.expect("a body")).expect("JSON")
}

#[tokio::test]
async fn a_model_that_is_not_there_is_named_and_searches_go_on() {
    let folder = TempDir::new().expect("a temporary folder");
    let app = opened(folder.path(), "no/such-reranker").await;
    let ready = asked_of(&app, "/readyz").await;
    let part = &ready["parts"]["rerank"];
    assert_eq!(part["state"], "failed", "{part}");
    let detail = part["detail"].as_str().expect("a detail");
    // Where the ONNX Runtime is missing too, that is what is told.
    assert!(
        detail.contains("ONNX Runtime")
            || detail.contains("loading the reranking model no/such-reranker: it is neither a folder nor one of fastembed's, BAAI/bge-reranker-base"),
        "{detail}"
    );
    let found = asked_of(&app, "/v1/search?q=anything").await;
    let notes = found["notes"].to_string();
    assert!(notes.contains("not reranked: reranking is off"), "{notes}");
    app.close().await.expect("it closes");
}

/// A folder with the cross-encoder of `tests/rerank/make.py` and the tokenizer of
/// `DRAGOMAN_TEST_EMBED_MODEL`, or `None` with a line that says so.
fn overlap(folder: &Path) -> Option<PathBuf> {
    let Some(model) = std::env::var_os("DRAGOMAN_TEST_EMBED_MODEL") else {
        eprintln!("not run: DRAGOMAN_TEST_EMBED_MODEL names no model");
        return None;
    };
    let model = PathBuf::from(model);
    for file in [
        "tokenizer.json",
        "special_tokens_map.json",
        "tokenizer_config.json",
    ] {
        std::fs::copy(model.join(file), folder.join(file)).expect("a tokenizer file");
    }
    let config = std::fs::read(model.join("config.json")).expect("a configuration");
    let mut config: Value = serde_json::from_slice(&config).expect("JSON");
    config["_name_or_path"] = json!("test/overlap");
    std::fs::write(folder.join("config.json"), config.to_string()).expect("it is written");
    let onnx = include_bytes!("rerank/overlap.onnx");
    std::fs::write(folder.join("model.onnx"), onnx).expect("it is written");
    Some(model)
}

#[tokio::test]
async fn a_cross_encoder_of_a_folder_reads_question_and_passage_together() {
    let folder = TempDir::new().expect("a temporary folder");
    let Some(library) = overlap(folder.path()) else {
        return;
    };
    let reranker = OnnxReranker::load(&OnnxOptions {
        model: folder.path().display().to_string(),
        library_folders: vec![library],
        cache_dir: folder.path().to_path_buf(),
        threads: Some(1),
    })
    .expect("it loads");
    assert_eq!(reranker.name(), "overlap");
    // More than one batch, in no order of length.
    let passages: Vec<String> = (0..21)
        .map(|place| match place % 3 {
            0 => "台风登陆，「沿海」三市转移群众12.6万人。".repeat(1 + place % 4),
            1 => format!("{QUESTION}？{}", "Ｓ〇💡".repeat(place % 5)),
            _ => "葫蘆的種植".to_owned(),
        })
        .collect();
    let scores = reranker.score(QUESTION, passages).await.expect("scores");
    assert_eq!(scores.len(), 21);
    for (place, score) in scores.iter().enumerate() {
        let right = match place % 3 {
            0 => *score < 0.3,
            1 => *score > 0.99,
            _ => (0.006..0.5).contains(score),
        };
        assert!(right, "passage {place}: {score}");
    }
    let none = reranker.score(QUESTION, Vec::new()).await.expect("scores");
    assert_eq!(none, Vec::<f32>::new());
}

#[tokio::test]
async fn a_folder_named_in_the_settings_reranks() {
    let model = TempDir::new().expect("a temporary folder");
    if overlap(model.path()).is_none() {
        return;
    }
    let data = TempDir::new().expect("a temporary folder");
    // The library lies where `setup` would have put it.
    let library = std::env::var_os("DRAGOMAN_TEST_EMBED_MODEL").expect("it was there");
    for entry in std::fs::read_dir(library).expect("a folder").flatten() {
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with("libonnxruntime")
        {
            std::fs::copy(entry.path(), data.path().join(entry.file_name())).expect("a copy");
        }
    }
    let app = opened(data.path(), &model.path().display().to_string()).await;
    let Reranking::Ready(reranker) = app.reranking() else {
        panic!("{}", app.reranking().reason());
    };
    assert_eq!(reranker.name(), "overlap");
    app.close().await.expect("it closes");
}

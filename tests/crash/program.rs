//! The real program on a folder, and a model server that it may ask.

use std::path::Path;

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::process::{Program, command};

/// Starts the program with an embedding model, and a language model where one is named.
pub fn start(folder: &Path, models: &Models, embed: &str, writer: Option<&str>) -> Program {
    let mut command = command(folder);
    if let Some(name) = writer {
        command.env("OPENAI_MODEL", name);
    }
    command
        .env("DRAGOMAN_EMBED_MODEL", format!("openai:{embed}"))
        .env("OPENAI_BASE_URL", &models.url);
    Program::serve(&mut command)
}

/// A server of embeddings, whose language model takes questions and never answers.
pub struct Models {
    pub url: String,
    /// Briefs that the language model was asked for.
    pub asked: watch::Sender<u64>,
}

impl Models {
    pub async fn serve() -> Models {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let asked = watch::Sender::new(0);
        let told = asked.clone();
        let chat = move || {
            told.send_modify(|count| *count += 1);
            std::future::pending::<()>()
        };
        let router = Router::new()
            .route("/v1/embeddings", post(embed))
            .route("/v1/chat/completions", post(chat));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Models { url, asked }
    }
}

/// Vectors of eight numbers, the same for the same text.
async fn embed(Json(body): Json<Value>) -> Json<Value> {
    let vector = |text: &str| {
        let mut vector = [1.0_f32; 8];
        for byte in text.bytes() {
            vector[usize::from(byte) % 8] += 1.0;
        }
        vector
    };
    let texts = body["input"].as_array().cloned().unwrap_or_default();
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"index": index, "embedding": vector(text.as_str().unwrap_or_default())}))
        .collect();
    Json(json!({ "data": data }))
}

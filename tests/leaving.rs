//! Readers who go away: what was under way for them ends, and leaves nothing behind.

use crate::support::model::{ModelServer, Reply};
use crate::support::server::{Server, write_with};
use dragoman::http;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The sample collection behind a real socket, with a model that gives this reply.
async fn listening(reply: Reply) -> (Server, ModelServer, SocketAddr) {
    let server = Server::with_sample().await;
    let model = ModelServer::scripted(move |_| reply.clone()).await;
    write_with(&server.app, &model);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = http::router(server.app.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (server, model, address)
}

/// A connection on which a request was sent.
async fn sent(address: SocketAddr, path: &str, accept: &str, body: &Value) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: {accept}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket
        .write_all(request.as_bytes())
        .await
        .expect("the server reads");
    socket
}

/// A point of a brief, after which the model says nothing more.
fn first_point() -> Reply {
    let text = r#"{"headline": "Gourds", "lead": {"paragraph": 2, "text": "Gourds cover over 30,000 mu."}, "sections": [{"#;
    Reply::Stalled(vec![
        json!({"choices": [{"delta": {"content": text}}]}).to_string(),
    ])
}

#[tokio::test]
async fn a_reader_who_leaves_ends_the_call_of_the_model() {
    for stream in [false, true] {
        let (_server, model, address) = listening(Reply::Silent).await;
        let body = json!({"question": "葫芦种植面积有多大？", "stream": stream});
        let socket = sent(address, "/v1/ask", "*/*", &body).await;
        model.asked(1).await;
        drop(socket);
        model.left(1).await;
    }
}

#[tokio::test]
async fn a_brief_whose_reader_leaves_is_not_left_in_writing() {
    for accept in ["*/*", "text/event-stream"] {
        let (server, model, address) = listening(first_point()).await;
        let path = "/v1/articles/sample-gourd";
        let status = async || server.get(path).await.json()["brief_status"].clone();
        assert_eq!(status().await, "ready");
        let mut socket = sent(
            address,
            &format!("{path}/brief?force=true"),
            accept,
            &json!({}),
        )
        .await;
        model.asked(1).await;
        if accept == "text/event-stream" {
            // The head of the response has come, so the writing is under way.
            socket.read_u8().await.expect("a response");
        }
        assert_eq!(status().await, "writing");
        let listed = server.get("/v1/articles?limit=200").await.json();
        let gourd = listed["articles"]
            .as_array()
            .expect("articles")
            .iter()
            .find(|article| article["id"] == "sample-gourd")
            .expect("the article");
        assert_eq!(gourd["brief_status"], "writing");
        drop(socket);
        model.left(1).await;
        assert_eq!(status().await, "ready");
    }
}

#[tokio::test]
async fn a_brief_that_a_crash_cut_off_is_not_left_in_writing() {
    let (server, model, address) = listening(first_point()).await;
    let _socket = sent(
        address,
        "/v1/articles/sample-gourd/brief?force=true",
        "*/*",
        &json!({}),
    )
    .await;
    model.asked(1).await;
    // What is on disk while it is written is what a crash would leave.
    let id = "sample-gourd".to_owned().try_into().expect("an id");
    let kept = server
        .app
        .store
        .get(&[id])
        .await
        .expect("the store answers");
    let kept = serde_json::to_value(kept[0].as_ref().expect("the article")).expect("JSON");
    assert_eq!(kept["brief_status"], "ready");
}

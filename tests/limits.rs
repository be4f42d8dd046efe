//! More than can be borne at once: turned away at once, and nothing else suffers.

use std::net::SocketAddr;
use std::time::Duration;

use crate::support::model::{ModelServer, Reply};
use crate::support::server::{Server, write_with};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use dragoman::http;
use dragoman::http::connections::{Limits, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";

fn question() -> Request<Body> {
    let body = json!({"question": "葫芦种植面积有多大？", "stream": true});
    Request::post("/v1/ask")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .expect("a request")
}

#[tokio::test]
async fn requests_beyond_the_limit_are_turned_away_at_once() {
    let server = Server::with_config(|config| config.server.max_requests = 2).await;
    server.fill().await;
    let model = ModelServer::scripted(|_| Reply::Silent).await;
    write_with(&server.app, &model);
    // Nobody reads these answers, and they do not end.
    let first = server.send(question()).await;
    let stalled = server.send(question()).await;
    assert_eq!(
        (first.status(), stalled.status()),
        (StatusCode::OK, StatusCode::OK)
    );

    let refused = server.get("/v1/search?q=葫芦").await;
    assert_eq!(
        refused.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        refused.text
    );
    assert_eq!(refused.headers[header::RETRY_AFTER], "2");
    let problem = refused.json();
    assert_eq!(problem["type"], "/problems/overloaded");
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("server.max_requests"))
    );
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(server.get(path).await.status, StatusCode::OK, "{path}");
    }
    // Its place is free once its reader is gone; the other one stalls on, to nobody's harm.
    drop(first);
    let found = server.get("/v1/search?q=葫芦").await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    drop(stalled);
}

/// The sample behind a real socket, with these limits; it stops when the sender is gone.
async fn listening(limits: Limits) -> (SocketAddr, oneshot::Sender<()>) {
    let server = Server::with_sample().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let router = http::router(server.app.clone());
        serve(listener, router, limits, async {
            let _ = stopped.await;
        })
        .await;
    });
    (address, stop)
}

async fn connected(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("a connection")
}

/// The head of the next response, as far as it comes; the connection stays.
async fn head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).expect("ASCII")
}

async fn rest(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    socket.read_to_string(&mut text).await.expect("UTF-8");
    text
}

#[tokio::test]
async fn connections_beyond_the_limit_are_told_so_at_once() {
    let limits = Limits {
        connections: 1,
        silence: Duration::from_secs(600),
    };
    let (address, _stop) = listening(limits).await;
    let mut only = connected(address).await;
    only.write_all(HEALTH).await.expect("it is read");
    assert!(head(&mut only).await.starts_with("HTTP/1.1 200"));

    // It need not even have asked.
    let mut more = connected(address).await;
    let told = head(&mut more).await.to_lowercase();
    assert!(
        told.starts_with("http/1.1 503") && told.contains("retry-after: 2"),
        "{told}"
    );
    let problem: Value = serde_json::from_str(&rest(&mut more).await).expect("JSON");
    assert_eq!(problem["type"], "/problems/overloaded");

    drop(only);
    loop {
        let mut next = connected(address).await;
        // It may be turned away until the server has seen that the other one is gone.
        if next.write_all(HEALTH).await.is_ok() && head(&mut next).await.starts_with("HTTP/1.1 200")
        {
            break;
        }
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let limits = Limits {
        connections: 8,
        silence: Duration::from_millis(50),
    };
    let (address, _stop) = listening(limits).await;
    for begun in [
        &b""[..],
        b"GET /healthz HT",
        b"GET /healthz HTTP/1.1\r\nhost: a\r\n",
    ] {
        let mut socket = connected(address).await;
        socket.write_all(begun).await.expect("it is read");
        let mut text = Vec::new();
        // Ends, which is the test: a server that waits would keep it open.
        let _ = socket.read_to_end(&mut text).await;
        assert!(!text.starts_with(b"HTTP/1.1 200"), "{text:?}");
    }
}

//! A scripted OpenAI-compatible server on a loopback port: real HTTP, real
//! streams, real faults. It records what it is asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header},
    response::IntoResponse,
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

/// What the server says that it read of a prompt.
const PROMPT_TOKENS: u64 = 100;

/// What the server does with one chat request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers with this text, as a stream or whole, as asked.
    Text(String),
    /// The same, and says that it read so many tokens of the prompt.
    Read(String, u64),
    /// The same, streamed in these pieces.
    Pieces(Vec<String>),
    /// Sends this status, these headers and this body.
    Http(u16, Vec<(&'static str, String)>, String),
    /// Streams these events (the data of each) and ends in peace.
    Events(Vec<String>),
    /// Streams these events and breaks the connection.
    Broken(Vec<String>),
    /// Streams these events and then says nothing more.
    Stalled(Vec<String>),
    /// Streams these bytes, each piece by itself, and ends in peace.
    Bytes(Vec<Vec<u8>>),
    /// Takes the request and never answers.
    Silent,
    /// Takes the request and closes the connection.
    Closed,
}

impl Reply {
    pub fn text(text: impl Into<String>) -> Reply {
        Reply::Text(text.into())
    }

    pub fn json(value: &Value) -> Reply {
        Reply::Text(value.to_string())
    }

    pub fn pieces<S: Into<String>>(pieces: impl IntoIterator<Item = S>) -> Reply {
        Reply::Pieces(pieces.into_iter().map(Into::into).collect())
    }

    pub fn error(status: u16, body: &Value) -> Reply {
        Reply::Http(
            status,
            vec![("content-type", "application/json".into())],
            body.to_string(),
        )
    }

    pub fn events<S: Into<String>>(events: impl IntoIterator<Item = S>) -> Reply {
        Reply::Events(events.into_iter().map(Into::into).collect())
    }
}

/// One request as it came in.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Seen {
    /// All that the model is told, one message after the other.
    pub fn prompt(&self) -> String {
        let messages = self.body["messages"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let said: Vec<&str> = messages
            .iter()
            .filter_map(|m| m["content"].as_str())
            .collect();
        said.join("\n\n")
    }
}

type Script = Box<dyn FnMut(&Seen) -> Reply + Send>;

struct Inner {
    script: Mutex<Script>,
    seen: Mutex<Vec<Seen>>,
    info: Vec<(&'static str, Value)>,
    asked: watch::Sender<usize>,
    left: watch::Sender<usize>,
}

/// A request that is not answered to the end; it is gone when its client is.
struct Waiting(Arc<Inner>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.left.send_modify(|left| *left += 1);
    }
}

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct ModelServer {
    /// Up to and with `/v1`.
    pub url: String,
    inner: Arc<Inner>,
}

impl ModelServer {
    /// Answers with these, one for each chat request; after the last with HTTP 500.
    pub async fn replying(replies: impl IntoIterator<Item = Reply>) -> ModelServer {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        Self::start(
            Box::new(move |_| {
                replies
                    .pop_front()
                    .unwrap_or_else(|| Reply::error(500, &json!({"error": "the script is over"})))
            }),
            Vec::new(),
        )
        .await
    }

    /// Answers each chat request with what `script` makes of it.
    pub async fn scripted(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> ModelServer {
        Self::start(Box::new(script), Vec::new()).await
    }

    /// Answers other paths with this JSON; chat requests with "ok".
    pub async fn informing(info: Vec<(&'static str, Value)>) -> ModelServer {
        Self::start(Box::new(|_| Reply::text("ok")), info).await
    }

    /// The same at an address that [`nobody`] gave.
    pub async fn informing_at(url: &str, info: Vec<(&'static str, Value)>) -> ModelServer {
        let address = url.trim_start_matches("http://").trim_end_matches("/v1");
        let listener = TcpListener::bind(address).await.expect("it is still free");
        Self::listen(listener, Box::new(|_| Reply::text("ok")), info)
    }

    async fn start(script: Script, info: Vec<(&'static str, Value)>) -> ModelServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::listen(listener, script, info)
    }

    fn listen(
        listener: TcpListener,
        script: Script,
        info: Vec<(&'static str, Value)>,
    ) -> ModelServer {
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let inner = Arc::new(Inner {
            script: Mutex::new(script),
            seen: Mutex::default(),
            info,
            asked: watch::Sender::new(0),
            left: watch::Sender::new(0),
        });
        let app = Router::new().fallback(serve).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, app).await });
        ModelServer { url, inner }
    }

    /// The chat requests so far.
    pub fn chats(&self) -> Vec<Seen> {
        let seen = self
            .inner
            .seen
            .lock()
            .expect("no test panics while it holds this");
        seen.iter()
            .filter(|s| s.path.ends_with("/chat/completions"))
            .cloned()
            .collect()
    }

    /// Returns once this many chat requests have come.
    pub async fn asked(&self, times: usize) {
        let mut asked = self.inner.asked.subscribe();
        asked
            .wait_for(|n| *n >= times)
            .await
            .expect("the server is there");
    }

    /// Returns once this many clients have gone away from a request that was not
    /// answered to its end.
    pub async fn left(&self, times: usize) {
        let mut left = self.inner.left.subscribe();
        left.wait_for(|n| *n >= times)
            .await
            .expect("the server is there");
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.inner
            .seen
            .lock()
            .expect("no test panics while it holds this")
            .clone()
    }
}

async fn serve(
    State(inner): State<Arc<Inner>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let seen = Seen {
        path: uri.path().to_owned(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    inner
        .seen
        .lock()
        .expect("no test panics while it holds this")
        .push(seen.clone());
    if !seen.path.ends_with("/chat/completions") {
        let found = inner.info.iter().find(|(path, _)| seen.path == *path);
        return match found {
            Some((_, value)) => axum::Json(value.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        };
    }
    inner.asked.send_modify(|asked| *asked += 1);
    let reply = (inner.script.lock().expect("no script panics"))(&seen);
    let streamed = seen.body["stream"] == json!(true);
    match reply {
        Reply::Text(text) => spoken(&pieces_of(&text), PROMPT_TOKENS, streamed),
        Reply::Read(text, tokens) => spoken(&pieces_of(&text), tokens, streamed),
        Reply::Pieces(pieces) => spoken(&pieces, PROMPT_TOKENS, streamed),
        Reply::Http(status, headers, body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
            for (name, value) in headers {
                response
                    .headers_mut()
                    .insert(name, HeaderValue::from_str(&value).expect("a header"));
            }
            response
        }
        Reply::Events(events) => sse(events, End::Peace),
        Reply::Broken(events) => sse(events, End::Break),
        Reply::Stalled(events) => sse(events, End::Never(Waiting(Arc::clone(&inner)))),
        Reply::Bytes(pieces) => {
            let pieces = stream::iter(pieces).then(|piece| async {
                // So that each piece goes out by itself.
                for _ in 0..50 {
                    tokio::task::yield_now().await;
                }
                Ok::<_, std::io::Error>(piece)
            });
            event_stream(Body::from_stream(pieces))
        }
        Reply::Silent => {
            let _waiting = Waiting(Arc::clone(&inner));
            std::future::pending().await
        }
        Reply::Closed => sse(Vec::new(), End::Break),
    }
}

enum End {
    Peace,
    Break,
    Never(Waiting),
}

fn sse(events: Vec<String>, end: End) -> Response<Body> {
    let events =
        stream::iter(events).map(|data| Ok::<_, std::io::Error>(format!("data: {data}\n\n")));
    let body = match end {
        End::Peace => Body::from_stream(events),
        End::Break => Body::from_stream(
            // A pause in scheduling lets what was sent go out before the connection breaks.
            events.chain(stream::once(async {
                for _ in 0..50 {
                    tokio::task::yield_now().await;
                }
                Err(std::io::Error::other("the script breaks the connection"))
            })),
        ),
        End::Never(waiting) => Body::from_stream(events.chain(stream::once(async move {
            let _waiting = waiting;
            std::future::pending().await
        }))),
    };
    event_stream(body)
}

fn event_stream(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    response
}

/// A text in pieces of three characters, as a model writes it.
fn pieces_of(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars
        .chunks(3)
        .map(|piece| piece.iter().collect())
        .collect()
}

fn spoken(pieces: &[String], prompt_tokens: u64, streamed: bool) -> Response<Body> {
    if streamed {
        return sse(text_events(pieces, prompt_tokens), End::Peace);
    }
    axum::Json(json!({
        "choices": [{"index": 0, "message": {"role": "assistant", "content": pieces.concat()}, "finish_reason": "stop"}],
        "usage": usage(pieces, prompt_tokens),
    }))
    .into_response()
}

/// The events of a stream as llama.cpp sends them, with figures at the end.
fn text_events(pieces: &[String], prompt_tokens: u64) -> Vec<String> {
    let event = |delta: Value, finish: Value| {
        json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "object": "chat.completion.chunk"})
            .to_string()
    };
    let mut events = vec![event(
        json!({"role": "assistant", "content": null}),
        Value::Null,
    )];
    events.extend(
        pieces
            .iter()
            .map(|piece| event(json!({"content": piece}), Value::Null)),
    );
    events.push(event(json!({}), json!("stop")));
    events.push(json!({"choices": [], "usage": usage(pieces, prompt_tokens)}).to_string());
    events.push("[DONE]".to_owned());
    events
}

fn usage(pieces: &[String], prompt_tokens: u64) -> Value {
    let characters: usize = pieces.iter().map(|piece| piece.chars().count()).sum();
    json!({"prompt_tokens": prompt_tokens, "completion_tokens": characters})
}

/// An address at which nothing listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    format!("http://{address}/v1")
}

/// A server that says it keeps connections but closes each after one answer.
pub async fn forgetful(text: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let body: String = text_events(&pieces_of(text), PROMPT_TOKENS)
        .iter()
        .map(|data| format!("data: {data}\n\n"))
        .collect();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut request = Vec::new();
            // The body's length is in the head; it ends with the JSON's closing brace.
            while !request.ends_with(b"}") {
                let mut buffer = [0; 4096];
                match socket.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(n) => request.extend_from_slice(&buffer[..n]),
                }
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\nconnection: keep-alive\r\n\r\n",
                body.len()
            );
            let _ = socket.write_all(head.as_bytes()).await;
            let _ = socket.write_all(body.as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    format!("http://{address}/v1")
}

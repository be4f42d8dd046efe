//! A web site on a loopback port that answers as it is told, and records what it is asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use tokio::net::TcpListener;

/// One answer: status, headers, body.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Whether it is never answered.
    pub silent: bool,
}

impl Page {
    pub fn feed(body: impl Into<Vec<u8>>) -> Page {
        Page {
            status: 200,
            headers: vec![("content-type", "application/rss+xml; charset=utf-8".into())],
            body: body.into(),
            silent: false,
        }
    }

    pub fn status(status: u16) -> Page {
        Page {
            status,
            ..Page::default()
        }
    }

    pub fn redirect(to: impl Into<String>) -> Page {
        Page::status(302).with("location", to)
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Page {
        self.headers.retain(|(there, _)| *there != name);
        self.headers.push((name, value.into()));
        self
    }
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Asked {
    pub headers: HeaderMap,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("a header"))
    }
}

struct Inner {
    pages: Mutex<VecDeque<Page>>,
    asked: Mutex<Vec<Asked>>,
}

/// A running site; it ends with the test's runtime.
#[derive(Clone)]
pub struct Site {
    pub port: u16,
    inner: Arc<Inner>,
}

impl Site {
    /// Answers with these in order, the last one again and again.
    pub async fn of(pages: impl IntoIterator<Item = Page>) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let inner = Arc::new(Inner {
            pages: Mutex::new(pages.into_iter().collect()),
            asked: Mutex::default(),
        });
        let app = Router::new().fallback(answer).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Site { port, inner }
    }

    /// The address of a path by the address of this machine.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().expect("no test panics").clone()
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let asked = Asked {
        headers: request.headers().clone(),
    };
    inner.asked.lock().expect("no test panics").push(asked);
    let page = {
        let mut pages = inner.pages.lock().expect("no test panics");
        let next = pages.front().expect("a page").clone();
        if pages.len() > 1 {
            pages.pop_front();
        }
        next
    };
    if page.silent {
        std::future::pending::<()>().await;
    }
    let mut response = Response::builder().status(page.status);
    for (name, value) in &page.headers {
        response = response.header(*name, value);
    }
    response.body(Body::from(page.body)).expect("an answer")
}

/// An RSS feed of these items: path, headline, words.
pub fn rss(items: &[(&str, &str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(path, title, words)| {
            format!(
                "<item><title>{title}</title><link>https://news.example/{path}</link>\
                 <description>{words}</description>\
                 <pubDate>Tue, 28 Oct 2025 05:25:00 +0800</pubDate></item>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>某某社</title>\
         <link>https://news.example/</link><description>x</description>{items}</channel></rss>"
    )
}

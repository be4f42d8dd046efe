//! The API in this process: the real router over the embedded store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use dragoman::app::{App, Writer};
use dragoman::config::Config;
use dragoman::http::router;
use dragoman::llm::openai::{OpenAiModel, OpenAiOptions};
use dragoman::store::edge::EdgeStore;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use super::model::{ModelServer, Reply};

/// The sample collection, an article a line.
pub const SAMPLE: &str = include_str!("../../eval/sample/articles.ndjson");

/// A server over a folder of its own; its clock stands at 2025-10-30 until it is put on.
pub struct Server {
    pub app: Arc<App>,
    /// Seconds that its clock was put on.
    passed: Arc<AtomicU64>,
    router: Router,
    folder: TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub content_type: String,
    pub request_id: bool,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn lines(&self) -> Vec<Value> {
        self.text
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect()
    }
}

impl Server {
    /// Over a new folder.
    pub async fn empty() -> Server {
        Server::with_config(|_| {}).await
    }

    /// Over a new folder, with settings of its own.
    pub async fn with_config(change: impl FnOnce(&mut Config)) -> Server {
        let folder = TempDir::new().expect("a temporary folder");
        let mut config = Config::for_testing(folder.path());
        change(&mut config);
        Server::opened(folder, config).await
    }

    async fn over(folder: TempDir) -> Server {
        let config = Config::for_testing(folder.path());
        Server::opened(folder, config).await
    }

    async fn opened(folder: TempDir, config: Config) -> Server {
        let store = EdgeStore::open(folder.path())
            .await
            .expect("the store opens");
        let start: jiff::Timestamp = "2025-10-30T08:00:00+08:00".parse().expect("a time");
        let passed = Arc::new(AtomicU64::new(0));
        let clock = passed.clone();
        let now = move || start + Duration::from_secs(clock.load(Ordering::Relaxed));
        let app = App::new(config, Arc::new(store), Arc::new(now))
            .expect("the settings and the built-in prompts are good");
        Server {
            router: router(app.clone()),
            app,
            passed,
            folder,
        }
    }

    /// Puts its clock on.
    pub fn later(&self, time: Duration) {
        self.passed.fetch_add(time.as_secs(), Ordering::Relaxed);
    }

    /// Closes the collection and opens it again.
    pub async fn restarted(self) -> Server {
        let Server {
            app,
            router,
            folder,
            ..
        } = self;
        app.store.close().await.expect("it closes");
        drop((app, router));
        Server::over(folder).await
    }

    /// With the twelve sample articles.
    pub async fn with_sample() -> Server {
        let server = Server::empty().await;
        server.fill().await;
        server
    }

    /// Takes in the twelve sample articles.
    pub async fn fill(&self) {
        let answer = self
            .call("POST", "/v1/articles", "application/x-ndjson", SAMPLE)
            .await;
        assert_eq!(answer.lines().len(), 12, "{}", answer.text);
    }

    /// With the sample articles and a model server that gives these replies in turn.
    pub async fn with_model(replies: impl IntoIterator<Item = Reply>) -> (Server, ModelServer) {
        let server = Server::with_sample().await;
        let model = ModelServer::replying(replies).await;
        write_with(&server.app, &model);
        (server, model)
    }

    pub async fn call(&self, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
        let mut request = Request::new(Body::from(body.to_owned()));
        *request.method_mut() = method.parse::<Method>().expect("a method");
        *request.uri_mut() = path.parse().expect("a path");
        if !content_type.is_empty() {
            request
                .headers_mut()
                .insert(header::CONTENT_TYPE, content_type.parse().expect("a type"));
        }
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("the router never fails");
        let status = response.status();
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let content_type = header("content-type").unwrap_or_default();
        let request_id = header("x-request-id").is_some();
        let headers = response.headers().clone();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24)
            .await
            .expect("a body");
        Answer {
            status,
            content_type,
            request_id,
            headers,
            text: String::from_utf8(bytes.to_vec()).expect("UTF-8"),
        }
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, "", "").await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, "application/json", &body.to_string())
            .await
    }
}

/// Has this model server write.
pub fn write_with(app: &App, model: &ModelServer) {
    let client = OpenAiModel::new(OpenAiOptions::for_testing(&*model.url)).expect("good settings");
    app.set_writer(Writer::Model(Arc::new(client)));
}

/// The events of a stream by name, in order.
pub fn events(text: &str) -> Vec<(String, Value)> {
    text.split("\n\n")
        .filter_map(|event| {
            let name = event
                .lines()
                .find_map(|line| line.strip_prefix("event: "))?;
            let data = event.lines().find_map(|line| line.strip_prefix("data: "))?;
            Some((name.to_owned(), serde_json::from_str(data).expect("JSON")))
        })
        .collect()
}

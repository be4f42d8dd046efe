//! The API as the command line calls it: in this process over a data folder, or
//! on a running server. Both take the same requests.

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::ServiceExt;
use url::Url;

use crate::http::problem::Problem;

/// Largest answer that is read whole.
const MAX_ANSWER: usize = 1 << 30;

/// Where requests go.
pub enum Client {
    /// To a router in this process.
    Local(Router),
    /// To a server.
    Remote {
        /// Its address.
        base: Url,
        /// Keeps connections.
        http: reqwest::Client,
    },
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server cannot be reached.
    #[error("calling the server at {url}: {source}; is it running, and is the address right?")]
    Unreachable {
        /// The address called.
        url: String,
        /// What the network says.
        #[source]
        source: reqwest::Error,
    },
    /// The key cannot be sent.
    #[error(
        "calling the server: the key holds characters that a header cannot; check DRAGOMAN_API_KEY"
    )]
    Key,
    /// The server answered with a problem.
    #[error("{}", describe(.0))]
    Problem(Problem),
    /// The answer cannot be read.
    #[error("reading the answer to {path}: {reason}")]
    Answer {
        /// What was called.
        path: String,
        /// How it is wrong.
        reason: String,
    },
}

fn describe(problem: &Problem) -> String {
    let mut text = problem.detail.clone();
    for error in &problem.errors {
        if !text.contains(&error.detail) {
            text.push_str(&format!("\n  {}: {}", error.pointer, error.detail));
        }
    }
    text
}

impl Client {
    /// Calls a running server, with a key if it asks for one.
    pub fn remote(base: Url, key: Option<&str>) -> Result<Client, ClientError> {
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| ClientError::Key)?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .build()
            .map_err(|source| ClientError::Unreachable {
                url: base.to_string(),
                source,
            })?;
        Ok(Client::Remote { base, http })
    }

    /// `GET`, the answer as JSON.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let response = self.send(Method::GET, path, "", Body::empty()).await?;
        json(path, response).await
    }

    /// `POST` of JSON, the answer as JSON.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<T, ClientError> {
        let body = Body::from(body.to_string());
        let response = self
            .send(Method::POST, path, "application/json", body)
            .await?;
        json(path, response).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Result<(), ClientError> {
        self.send(Method::DELETE, path, "", Body::empty()).await?;
        Ok(())
    }

    /// `DELETE` of many, the answer as JSON.
    pub async fn delete_many<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let response = self.send(Method::DELETE, path, "", Body::empty()).await?;
        json(path, response).await
    }

    /// `POST` whose answer is read as it comes.
    pub async fn post_stream(
        &self,
        path: &str,
        content_type: &str,
        body: Body,
    ) -> Result<Lines, ClientError> {
        let response = self.send(Method::POST, path, content_type, body).await?;
        Ok(Lines {
            path: path.to_owned(),
            body: response.into_body().into_data_stream(),
            buffer: Vec::new(),
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Body,
    ) -> Result<Response<Body>, ClientError> {
        let response = match self {
            Client::Local(router) => {
                let mut request = Request::new(body);
                *request.method_mut() = method;
                *request.uri_mut() = path.parse().map_err(|error| ClientError::Answer {
                    path: path.to_owned(),
                    reason: format!("not an address: {error}"),
                })?;
                if let Ok(value) = content_type.parse() {
                    request.headers_mut().insert(header::CONTENT_TYPE, value);
                }
                match router.clone().oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            }
            Client::Remote { base, http } => {
                let url = format!("{}{path}", base.as_str().trim_end_matches('/'));
                let answer = http
                    .request(method, &url)
                    .header(header::CONTENT_TYPE, content_type)
                    .body(reqwest::Body::wrap_stream(body.into_data_stream()))
                    .send()
                    .await
                    .map_err(|source| ClientError::Unreachable { url, source })?;
                let status = answer.status();
                let mut response = Response::new(Body::from_stream(answer.bytes_stream()));
                *response.status_mut() = status;
                response
            }
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let bytes = whole(path, response).await?;
        Err(match serde_json::from_slice(&bytes) {
            Ok(problem) => ClientError::Problem(problem),
            Err(_) => not_dragoman(path, status),
        })
    }
}

fn not_dragoman(path: &str, status: StatusCode) -> ClientError {
    ClientError::Answer {
        path: path.to_owned(),
        reason: format!("HTTP {status} without a problem; is it dragoman that listens there?"),
    }
}

async fn whole(path: &str, response: Response<Body>) -> Result<axum::body::Bytes, ClientError> {
    axum::body::to_bytes(response.into_body(), MAX_ANSWER)
        .await
        .map_err(|error| ClientError::Answer {
            path: path.to_owned(),
            reason: error.to_string(),
        })
}

async fn json<T: DeserializeOwned>(path: &str, response: Response<Body>) -> Result<T, ClientError> {
    let bytes = whole(path, response).await?;
    serde_json::from_slice(&bytes).map_err(|error| ClientError::Answer {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// An id as a segment of a path.
pub fn segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// The lines of an answer that is still being sent.
pub struct Lines {
    path: String,
    body: BodyDataStream,
    buffer: Vec<u8>,
}

impl Lines {
    /// The next server-sent event: its name and its data, which is JSON; `None` at
    /// the end.
    pub async fn next_event(&mut self) -> Result<Option<(String, Value)>, ClientError> {
        let mut name = String::new();
        while let Some(line) = self.next().await? {
            if let Some(event) = line.strip_prefix("event:") {
                name = event.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data:") {
                let value = serde_json::from_str(data).map_err(|error| ClientError::Answer {
                    path: self.path.clone(),
                    reason: format!("an event is not JSON: {error}"),
                })?;
                return Ok(Some((name, value)));
            }
        }
        Ok(None)
    }

    /// The next line without its line feed; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<String>, ClientError> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line[..end]).into_owned()));
            }
            match self.body.next().await {
                Some(Ok(bytes)) => self.buffer.extend_from_slice(&bytes),
                Some(Err(error)) => {
                    return Err(ClientError::Answer {
                        path: self.path.clone(),
                        reason: format!("it broke off: {error}"),
                    });
                }
                None if self.buffer.is_empty() => return Ok(None),
                None => {
                    let line = std::mem::take(&mut self.buffer);
                    return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
                }
            }
        }
    }
}

//! Settings of the HTTP server.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use url::Url;

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Largest JSON body in bytes; streams of articles have no limit but that of each line.
    pub max_body_bytes: usize,
    /// Connections that are open at once; more are turned away.
    pub max_connections: usize,
    /// Requests that are answered at once, each until its last byte; more are turned away.
    pub max_requests: usize,
    /// Seconds after which a request that is not a stream is given up.
    pub timeout_seconds: u64,
    /// Seconds that open responses have, once it is told to stop.
    pub grace_seconds: u64,
    /// Its address as its clients see it, such as `https://news.example.org`; what a
    /// request was sent to when absent.
    pub public_url: Option<Url>,
}

impl Default for ServerConfig {
    fn default() -> ServerConfig {
        ServerConfig {
            addr: SocketAddr::from(([127, 0, 0, 1], 8640)),
            max_body_bytes: 64 * 1024 * 1024,
            max_connections: 2048,
            max_requests: 1024,
            timeout_seconds: 600,
            grace_seconds: 10,
            public_url: None,
        }
    }
}

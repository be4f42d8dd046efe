//! What the server's errors mean, with their remedy.

use qdrant_client::QdrantError;

use super::ServerOptions;
use crate::store::StoreError;

/// gRPC status codes, by their numbers in its specification.
const CANCELLED: i32 = 1;
const UNKNOWN: i32 = 2;
const INVALID_ARGUMENT: i32 = 3;
const DEADLINE_EXCEEDED: i32 = 4;
const NOT_FOUND: i32 = 5;
const PERMISSION_DENIED: i32 = 7;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNIMPLEMENTED: i32 = 12;
const INTERNAL: i32 = 13;
const UNAVAILABLE: i32 = 14;
const UNAUTHENTICATED: i32 = 16;

const NOT_THERE: &str = "is Qdrant running there? QDRANT_URL is its gRPC address, usually \
                         http://HOST:6334, or https:// where it uses TLS";

/// The error for a call that failed for good; `version` is the server's, where it is known.
pub fn unavailable(
    operation: &str,
    options: &ServerOptions,
    version: Option<&str>,
    error: &QdrantError,
) -> StoreError {
    let reason = match error {
        QdrantError::ResponseError { status }
        | QdrantError::ResourceExhaustedError { status, .. } => {
            let message = status.message();
            match status.code() as i32 {
                UNAUTHENTICATED => format!("{message}; QDRANT_API_KEY is missing or wrong"),
                PERMISSION_DENIED if version.is_none() => format!("{message}; {NOT_THERE}"),
                PERMISSION_DENIED => format!(
                    "{message}; QDRANT_API_KEY is missing, wrong, or may only read: \
                     dragoman needs one that may write"
                ),
                DEADLINE_EXCEEDED => too_slow(message, options),
                CANCELLED if is_timeout(message) => too_slow(message, options),
                NOT_FOUND if message.contains("ollection") => format!(
                    "{message}; it was removed: bring it back from a snapshot, or start dragoman \
                     again to make an empty one, then ingest the articles again"
                ),
                UNIMPLEMENTED => match version {
                    Some(version) => {
                        format!("Qdrant {version} does not know this call; install 1.18 or newer")
                    }
                    None => format!("{message}; {NOT_THERE}"),
                },
                RESOURCE_EXHAUSTED => {
                    format!("{message}; the server's limits are reached, try again later")
                }
                INVALID_ARGUMENT if message.contains("imension") => format!(
                    "{message}; the embedding model is another one than it says: \
                     run `dragoman reindex`"
                ),
                // What a connection says that could not be made or broke off.
                CANCELLED | UNKNOWN => format!("{message}; {NOT_THERE}"),
                INTERNAL if version.is_none() || is_connecting(message) => {
                    format!("{message}; {NOT_THERE}")
                }
                UNAVAILABLE | INTERNAL => format!(
                    "{message}; see that every node of the cluster runs: a write needs as many \
                     copies as DRAGOMAN_QDRANT_WRITE_CONSISTENCY said when the collection was made"
                ),
                _ => format!("{message}; the server refused it, its own log may say more"),
            }
        }
        QdrantError::InvalidUri(error) => {
            format!("{error}; QDRANT_URL is wrong, it should be like http://HOST:6334")
        }
        error => format!("{error}; {NOT_THERE}"),
    };
    StoreError::Unavailable {
        operation: operation.to_owned(),
        url: options.url.clone(),
        reason,
    }
}

/// Whether the server may answer a moment later.
pub fn is_passing(error: &QdrantError) -> bool {
    match error {
        QdrantError::ResponseError { status } => match status.code() as i32 {
            UNAVAILABLE | INTERNAL | UNKNOWN => true,
            CANCELLED => !is_timeout(status.message()),
            _ => false,
        },
        QdrantError::ResourceExhaustedError { .. } => true,
        _ => false,
    }
}

fn too_slow(message: &str, options: &ServerOptions) -> String {
    let seconds = options.timeout.as_secs();
    format!("no answer within {seconds} s ({message}); try again, or raise qdrant.timeout_seconds")
}

/// What the client says when its own time limit is over.
fn is_timeout(message: &str) -> bool {
    message.contains("Timeout expired")
}

/// What the client says of a connection that it could not make.
fn is_connecting(message: &str) -> bool {
    message.starts_with("Failed to connect")
}

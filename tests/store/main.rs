//! What both forms of the store promise, run against both: the embedded one
//! always, the server where `QDRANT_URL` (and `QDRANT_API_KEY`) name one.

mod contents;
mod folder;
mod kill;
mod search;
mod server;
mod support;
mod topics;
mod vectors;

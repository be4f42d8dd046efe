//! dragoman takes in news articles, writes an English brief of each and answers
//! questions about all of them; every sentence it writes cites the passage it
//! rests on, and [`check`] compares the two before a reader sees it.
//!
//! ```text
//! file, HTTP ─► reader ─► article ─► passage ─► embed + lexical ─► store     ingest, vectors
//! question ─► retrieve ─► facts ─► prompt ─► llm ─► check ─► answer          ask, answer
//! article ─► facts ─► prompt ─► llm ─► check ─► repair once ─► brief         brief
//! ```

pub mod article;
pub mod language;
pub mod latin;
pub mod reader;
pub mod time;

pub mod bridge;
pub mod dictionary;
pub mod lexical;
pub mod passage;

pub mod embed;
pub mod onnx;
pub mod store;

pub mod feed;
pub mod ingest;
pub mod rerank;
pub mod retention;
pub mod retrieve;
pub mod topic;
pub mod vectors;

pub mod check;
pub mod facts;
pub mod similarity;

pub mod extract;
pub mod harmless;
pub mod llm;
pub mod phrase;
pub mod prompt;

pub mod answer;
pub mod ask;
pub mod brief;
pub mod digest;
pub mod writing;

pub mod eval;

pub mod access;
pub mod app;
pub mod cli;
pub mod client;
pub mod config;
pub mod http;
pub mod mcp;
pub mod telemetry;

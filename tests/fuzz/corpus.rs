//! Inputs that long runs kept, each for reaching code that no other does: a file for each
//! target, an input a line.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// An input as it is kept: text where it is UTF-8.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum Input {
    Text(String),
    Bytes(Vec<u8>),
}

/// Where the inputs of a target are kept.
pub fn path(target: &str) -> PathBuf {
    let name = format!("tests/fuzz/corpus/{target}.ndjson");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The inputs that are kept for a target.
pub fn inputs(target: &str) -> Vec<Vec<u8>> {
    let lines = fs::read_to_string(path(target)).expect("a file for each target");
    let input = |line: &str| match serde_json::from_str(line).expect("a string or bytes") {
        Input::Text(text) => text.into_bytes(),
        Input::Bytes(bytes) => bytes,
    };
    lines.lines().map(input).collect()
}

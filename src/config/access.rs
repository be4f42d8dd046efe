//! Settings of who may call, and what may be called.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;

/// Who may call the server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessConfig {
    /// Keys, `NAME:SCOPE:KEY` each with the scope `read` or `write`, parted by commas,
    /// spaces or lines; a key alone may write. Without any everyone may call.
    pub keys: Secret,
    /// A file of more keys.
    pub keys_file: Option<PathBuf>,
    /// Serve other machines without keys.
    pub open: bool,
    /// Calls a minute of one key, or of one address without a key; no limit when absent.
    pub per_minute: Option<u32>,
    /// Names by which the server is reached, besides those of this machine; with keys
    /// any when none is given.
    #[serde(deserialize_with = "words")]
    pub hosts: Vec<String>,
    /// Sites whose pages may call it, such as `https://example.org`.
    #[serde(deserialize_with = "words")]
    pub origins: Vec<String>,
}

impl AccessConfig {
    /// Whether a key is needed.
    pub fn has_keys(&self) -> bool {
        !self.keys.reveal().trim().is_empty() || self.keys_file.is_some()
    }
}

/// Feeds to follow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedsConfig {
    /// Hosts, by name or address, whose feeds may be at addresses that only this machine or
    /// its network reaches; `*` for all.
    #[serde(deserialize_with = "words")]
    pub private: Vec<String>,
}

/// A list, or its members in one string, parted by commas or spaces.
fn words<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Words {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Words::deserialize(deserializer)? {
        Words::One(text) => text
            .split([',', ' '])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
        Words::Many(words) => words,
    })
}

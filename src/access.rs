//! Who may call: keys with a name and a scope, and how often each may.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::AccessConfig;

/// Characters of a key at least; shorter ones can be guessed.
const SHORTEST: usize = 16;
/// Callers that are remembered before those who have been quiet are forgotten.
const REMEMBERED: usize = 10_000;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Searching, asking, reading.
    Read,
    /// Changing the collection, too.
    Write,
}

/// A key as it is kept: never in its own words.
#[derive(Clone)]
pub struct Key {
    /// Whose it is, for the log.
    pub name: String,
    /// What it is for.
    pub scope: Scope,
    digest: [u8; 32],
}

/// Whoever a limit is counted for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The holder of the key of that name.
    Key(String),
    /// Someone without a key, by address; absent where there is no network.
    Address(Option<IpAddr>),
}

/// All keys and limits.
pub struct Access {
    keys: Vec<Key>,
    limiter: Option<DefaultKeyedRateLimiter<Caller>>,
}

/// Why the keys cannot be used. No message holds a key.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The file cannot be read.
    #[error("reading the keys in {path}: {source}; check DRAGOMAN_API_KEYS_FILE")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// An entry is wrong.
    #[error("reading the keys: entry {entry} {reason}")]
    Entry {
        /// Which one, from 1.
        entry: usize,
        /// What is wrong, and what to write.
        reason: String,
    },
}

impl Access {
    /// Reads the keys of the settings and of the file that they name.
    pub fn load(config: &AccessConfig) -> Result<Access, AccessError> {
        let mut text = config.keys.reveal().to_owned();
        if let Some(path) = &config.keys_file {
            let file = std::fs::read_to_string(path).map_err(|source| AccessError::File {
                path: path.clone(),
                source,
            })?;
            text.push('\n');
            text.push_str(&file);
        }
        Ok(Access {
            keys: parse(&text)?,
            limiter: config
                .per_minute
                .and_then(NonZeroU32::new)
                .map(|limit| RateLimiter::keyed(Quota::per_minute(limit))),
        })
    }

    /// Whether everyone may call.
    pub fn is_open(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key that was presented, if it is one. Takes the same time whichever it
    /// is, and however much of it is right.
    pub fn key(&self, presented: &str) -> Option<&Key> {
        let digest = digest(presented);
        self.keys.iter().fold(None, |found, key| {
            let same: bool = key.digest.ct_eq(&digest).into();
            if same { Some(key) } else { found }
        })
    }

    /// Counts one call of `caller`.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn count(&self, caller: &Caller) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        if limiter.len() > REMEMBERED {
            limiter.retain_recent();
        }
        limiter
            .check_key(caller)
            .map_err(|early| early.wait_time_from(DefaultClock::default().now()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.name, self.scope)
    }
}

/// Entries `NAME:SCOPE:KEY`, or a key alone, parted by commas, spaces or lines; a
/// line that begins with `#` is a remark.
fn parse(text: &str) -> Result<Vec<Key>, AccessError> {
    let entries = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split([',', ' ', '\t', '\r']))
        .filter(|entry| !entry.is_empty());
    let mut keys: Vec<Key> = Vec::new();
    for (entry, at) in entries.zip(1..) {
        let wrong = |reason: &str| AccessError::Entry {
            entry: at,
            reason: reason.to_owned(),
        };
        let parts: Vec<&str> = entry.splitn(3, ':').collect();
        let (name, scope, secret) = match parts[..] {
            [secret] => (format!("key-{at}"), Scope::Write, secret),
            [name, "read", secret] => (name.to_owned(), Scope::Read, secret),
            [name, "write", secret] => (name.to_owned(), Scope::Write, secret),
            _ => return Err(wrong("is not NAME:SCOPE:KEY with the scope read or write")),
        };
        if secret.len() < SHORTEST {
            return Err(wrong(
                "is a key of fewer than 16 characters, which can be guessed; make one with `openssl rand -hex 24`",
            ));
        }
        // What a cookie can hold.
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b';' | b'\\');
        if !secret.bytes().all(plain) {
            return Err(wrong(
                "has characters that a header cannot hold; use ASCII letters, digits and - _ . ~",
            ));
        }
        if name.is_empty() || keys.iter().any(|key| key.name == name) {
            return Err(wrong("has no name of its own; give each key another"));
        }
        keys.push(Key {
            name,
            scope,
            digest: digest(secret),
        });
    }
    Ok(keys)
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

//! A language model whose answers are kept on disk: what was asked once is not asked,
//! or paid for, again. It also notes what each call took.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::suite::hex;
use crate::llm::{Completion, Ending, LanguageModel, LlmError, Piece, Pieces, Request, Usage};

/// A folder with an answer a file, named after the hash of its request.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    fresh: bool,
}

/// What one call took when the model was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Milliseconds to the first token, or to the whole answer where it came whole.
    pub first_token_ms: u64,
    /// Milliseconds to the last.
    pub total_ms: u64,
    /// Tokens.
    pub usage: Usage,
}

/// A kept answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    text: String,
    cut: bool,
    prompt_truncated: bool,
    #[serde(flatten)]
    call: Call,
}

/// The model for one case, with its calls.
pub struct CachedModel {
    inner: Arc<dyn LanguageModel>,
    cache: Cache,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Cache {
    /// Keeps answers in `folder`; `fresh` asks again for all, and keeps the new ones.
    pub fn new(folder: &Path, fresh: bool) -> Cache {
        Cache {
            folder: folder.to_path_buf(),
            fresh,
        }
    }

    async fn read<T: for<'a> Deserialize<'a>>(&self, key: &str) -> Option<T> {
        if self.fresh {
            return None;
        }
        let text = tokio::fs::read(self.file(key)).await.ok()?;
        // A broken file, of a disk that was full perhaps, is as good as none.
        serde_json::from_slice(&text).ok()
    }

    async fn write<T: Serialize>(&self, key: &str, value: &T) {
        if let Err(error) = self.try_write(key, value).await {
            tracing::warn!(%error, folder = %self.folder.display(), "keeping a model's answer");
        }
    }

    async fn try_write<T: Serialize>(&self, key: &str, value: &T) -> std::io::Result<()> {
        let file = self.file(key);
        if let Some(folder) = file.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let part = file.with_extension("part");
        tokio::fs::write(&part, serde_json::to_vec_pretty(value)?).await?;
        // Renamed when whole, so that an interrupted run leaves no half of an answer.
        tokio::fs::rename(&part, &file).await
    }

    fn file(&self, key: &str) -> PathBuf {
        self.folder.join(&key[..2]).join(format!("{key}.json"))
    }
}

impl CachedModel {
    /// The model `inner` with the answers that `cache` has.
    pub fn new(inner: Arc<dyn LanguageModel>, cache: Cache) -> CachedModel {
        CachedModel {
            inner,
            cache,
            calls: Arc::default(),
        }
    }

    /// What the calls so far took, each when the model was asked.
    pub fn calls(&self) -> Vec<Call> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note(calls: &Mutex<Vec<Call>>, call: Call) {
        calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
    }

    /// What identifies a request: the model, where it is, and every word.
    fn key(&self, request: &Request) -> String {
        let asked = serde_json::json!({
            "server": self.inner.base_url(),
            "model": self.inner.name(),
            "messages": request.messages,
            "max_tokens": request.max_tokens,
            "format": request.format.as_ref().map(|format| (&format.name, &format.schema)),
        });
        hex(&Sha256::digest(asked.to_string().as_bytes()), 20)
    }

    async fn kept(&self, key: &str) -> Option<Completion> {
        let kept: Kept = self.cache.read(key).await?;
        CachedModel::note(&self.calls, kept.call);
        Some(Completion {
            ending: Ending {
                usage: kept.call.usage,
                cut: kept.cut,
                prompt_truncated: kept.prompt_truncated,
            },
            text: kept.text,
        })
    }
}

async fn keep(
    cache: &Cache,
    calls: &Mutex<Vec<Call>>,
    key: &str,
    text: String,
    ending: Ending,
    (first_token_ms, total_ms): (u64, u64),
) {
    let call = Call {
        first_token_ms,
        total_ms,
        usage: ending.usage,
    };
    CachedModel::note(calls, call);
    let kept = Kept {
        text,
        cut: ending.cut,
        prompt_truncated: ending.prompt_truncated,
        call,
    };
    cache.write(key, &kept).await;
}

#[async_trait]
impl LanguageModel for CachedModel {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn base_url(&self) -> &str {
        self.inner.base_url()
    }

    fn is_local(&self) -> bool {
        self.inner.is_local()
    }

    async fn context_tokens(&self) -> usize {
        self.inner.context_tokens().await
    }

    fn tokens(&self, text: &str) -> usize {
        self.inner.tokens(text)
    }

    async fn complete(&self, request: &Request) -> Result<Completion, LlmError> {
        let key = self.key(request);
        if let Some(kept) = self.kept(&key).await {
            return Ok(kept);
        }
        let started = Instant::now();
        let answer = self.inner.complete(request).await?;
        let took = millis(started);
        let text = answer.text.clone();
        keep(
            &self.cache,
            &self.calls,
            &key,
            text,
            answer.ending,
            (took, took),
        )
        .await;
        Ok(answer)
    }

    async fn stream(&self, request: &Request) -> Result<Pieces, LlmError> {
        let key = self.key(request);
        if let Some(kept) = self.kept(&key).await {
            let text = (!kept.text.is_empty()).then_some(Ok(Piece::Text(kept.text)));
            let pieces = text.into_iter().chain([Ok(Piece::End(kept.ending))]);
            return Ok(Box::pin(futures::stream::iter(pieces)));
        }
        let started = Instant::now();
        let pieces = self.inner.stream(request).await?;
        let (cache, calls) = (self.cache.clone(), self.calls.clone());
        let state = (pieces, String::new(), None::<u64>);
        let noted = futures::stream::unfold(state, move |(mut pieces, mut text, mut first)| {
            let (cache, calls, key) = (cache.clone(), calls.clone(), key.clone());
            async move {
                let piece = pieces.next().await?;
                match &piece {
                    Ok(Piece::Text(more)) => {
                        first.get_or_insert_with(|| millis(started));
                        text.push_str(more);
                    }
                    Ok(Piece::End(ending)) => {
                        let total = millis(started);
                        let took = (first.unwrap_or(total), total);
                        keep(&cache, &calls, &key, text.clone(), *ending, took).await;
                    }
                    Err(_) => {}
                }
                Some((piece, (pieces, text, first)))
            }
        });
        Ok(Box::pin(noted))
    }
}

fn millis(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

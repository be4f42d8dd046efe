//! An embedder that remembers the queries it embedded last.

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use lru::LruCache;

use super::{EmbedError, Embedder, Role};
use crate::store::ModelIdentity;

/// Queries that are remembered: 1.5 MiB of vectors of 384 dimensions.
const REMEMBERED: NonZero<usize> = NonZero::new(1024).expect("it is not 0");

/// Another embedder, asked once for each query that comes again; a reader's next
/// page and many readers' same question cost no model.
pub struct Remembering {
    inner: Arc<dyn Embedder>,
    queries: Mutex<LruCache<String, Vec<f32>>>,
}

impl Remembering {
    /// Remembers what `inner` makes of queries; passages are handed on.
    pub fn new(inner: Arc<dyn Embedder>) -> Remembering {
        Remembering {
            inner,
            queries: Mutex::new(LruCache::new(REMEMBERED)),
        }
    }
}

#[async_trait]
impl Embedder for Remembering {
    fn identity(&self) -> &ModelIdentity {
        self.inner.identity()
    }

    async fn embed(&self, role: Role, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        if role == Role::Passage {
            return self.inner.embed(role, texts).await;
        }
        let mut vectors: Vec<Option<Vec<f32>>> = {
            let mut queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
            texts
                .iter()
                .map(|text| queries.get(text).cloned())
                .collect()
        };
        let new: Vec<String> = texts
            .iter()
            .zip(&vectors)
            .filter(|(_, vector)| vector.is_none())
            .map(|(text, _)| text.clone())
            .collect();
        if new.is_empty() {
            return Ok(vectors.into_iter().flatten().collect());
        }
        let made = self.inner.embed(role, new.clone()).await?;
        let mut queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
        for (text, vector) in new.into_iter().zip(&made) {
            queries.put(text, vector.clone());
        }
        let mut made = made.into_iter();
        for vector in vectors.iter_mut().filter(|vector| vector.is_none()) {
            *vector = made.next();
        }
        Ok(vectors.into_iter().flatten().collect())
    }
}

//! An embedder for tests: the words of a text, hashed into a vector.

use std::sync::Arc;

use async_trait::async_trait;
use dragoman::embed::{EmbedError, Embedder, Role};
use dragoman::lexical;
use dragoman::store::ModelIdentity;
use tokio::sync::Semaphore;

const DIMENSION: usize = 64;

/// Texts that share words have similar vectors. Passages may be held back.
pub struct WordEmbedder {
    identity: ModelIdentity,
    gate: Semaphore,
}

impl WordEmbedder {
    /// Answers at once.
    pub fn shared(name: &str) -> Arc<WordEmbedder> {
        let embedder = WordEmbedder::held(name);
        embedder.release();
        embedder
    }

    /// Embeds no passage until it is released.
    pub fn held(name: &str) -> Arc<WordEmbedder> {
        Arc::new(WordEmbedder {
            identity: ModelIdentity {
                name: name.to_owned(),
                dimension: DIMENSION,
                fingerprint: format!("{name}-0000"),
            },
            gate: Semaphore::new(0),
        })
    }

    /// Lets all passages through from now on.
    pub fn release(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }
}

#[async_trait]
impl Embedder for WordEmbedder {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, role: Role, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        if role == Role::Passage {
            let _permit = self.gate.acquire().await.expect("the gate is never closed");
        }
        Ok(texts.iter().map(|text| vector(text)).collect())
    }
}

fn vector(text: &str) -> Vec<f32> {
    let mut sums = vec![0.01_f32; DIMENSION];
    for term in lexical::terms(text) {
        let hash = term.bytes().fold(17_usize, |hash, byte| {
            hash.wrapping_mul(31).wrapping_add(byte.into())
        });
        sums[hash % DIMENSION] += 1.0;
    }
    let norm = sums.iter().map(|value| value * value).sum::<f32>().sqrt();
    sums.iter().map(|value| value / norm).collect()
}

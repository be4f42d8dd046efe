//! Embedding: texts to unit vectors, by a local ONNX model or an OpenAI-compatible server.

pub mod onnx;
pub mod openai;
mod queue;
pub mod remember;

use async_trait::async_trait;

use crate::onnx::RuntimeError;
use crate::store::ModelIdentity;

/// What a text is embedded as; many models were trained with a prefix for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Something that is searched for.
    Query,
    /// Something that is found.
    Passage,
}

/// Why a text could not be embedded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EmbedError {
    /// The ONNX Runtime library is not there or does not fit.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The model's files are not there or do not fit.
    #[error(
        "loading the embedding model {model}: {reason}; run `dragoman setup`, or set DRAGOMAN_EMBED_MODEL to a model folder or to `off`"
    )]
    Model {
        /// As it was named.
        model: String,
        /// What is wrong.
        reason: String,
    },
    /// The model failed on a text.
    #[error("embedding {texts} texts with {model}: {reason}")]
    Run {
        /// The model's name.
        model: String,
        /// How many texts were given.
        texts: usize,
        /// What it said.
        reason: String,
    },
    /// The embedder has shut down.
    #[error("embedding with {model}: its threads have ended; restart dragoman")]
    Closed {
        /// The model's name.
        model: String,
    },
}

/// Turns texts into vectors of unit length.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// Which model it is; vectors of different identities are never compared.
    fn identity(&self) -> &ModelIdentity;

    /// One vector of `identity().dimension` for each text, in their order.
    async fn embed(&self, role: Role, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// The words that a model wants in front of a query and of a passage, by its
/// name; from the models' cards.
pub(crate) fn prefixes(model: &str) -> (&'static str, &'static str) {
    let name = model.to_lowercase();
    if is_e5(&name) {
        ("query: ", "passage: ")
    } else if name.contains("nomic") {
        ("search_query: ", "search_document: ")
    } else if name.contains("embeddinggemma") {
        ("task: search result | query: ", "title: none | text: ")
    } else if name.contains("bge") && name.contains("zh") {
        ("为这个句子生成表示以用于检索相关文章：", "")
    } else if (name.contains("bge") && name.contains("en"))
        || name.contains("mxbai")
        || name.contains("snowflake")
    {
        (
            "Represent this sentence for searching relevant passages: ",
            "",
        )
    } else {
        ("", "")
    }
}

/// Whether a model is one of the E5 family (Wang et al., arXiv 2402.05672), by its name.
pub(crate) fn is_e5(model: &str) -> bool {
    model.to_lowercase().contains("e5")
}

/// Scales a vector to unit length in place; a zero vector stays as it is.
pub(crate) fn normalize(vector: &mut [f32]) {
    let norm = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    if norm > 0.0 {
        for value in vector {
            *value /= norm;
        }
    }
}

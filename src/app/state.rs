//! What works and what does not, in words.

use serde::Serialize;

use super::{App, Dense, Reranking, Writer};

impl App {
    /// The state of each part, in words.
    pub fn state(&self) -> State {
        let progress = *self.progress.borrow();
        let counts = progress.counts;
        let (dense, reranking) = (self.dense(), self.reranking());
        let writer = self.writer();
        State {
            store: if self.config.qdrant.url.is_some() {
                "qdrant"
            } else {
                "embedded"
            },
            dense: match &dense {
                Dense::Off(_) => "off",
                Dense::Loading => "loading",
                Dense::Ready(_) if progress.done < progress.wanted => "filling",
                Dense::Ready(_) => "ready",
            },
            dense_detail: match &dense {
                Dense::Ready(embedder) => format!(
                    "{}: {} of {} passages have a vector",
                    embedder.identity().name,
                    counts.vectors,
                    counts.passages
                ),
                other => other.reason(),
            },
            vectors: counts.vectors,
            passages: counts.passages,
            rerank: match &reranking {
                Reranking::Off(_) if self.config.rerank.model == "off" => "off",
                Reranking::Off(_) => "failed",
                Reranking::Loading => "loading",
                Reranking::Ready(_) => "ready",
            },
            rerank_detail: match &reranking {
                Reranking::Ready(reranker) => format!(
                    "{} reads the best {} passages",
                    reranker.name(),
                    self.config.rerank.passages
                ),
                other => other.reason(),
            },
            engine: match &writer {
                Writer::Model(_) => "llm",
                Writer::Extractive(_) => "extractive",
            },
            engine_detail: match &writer {
                Writer::Model(model) if model.is_local() => {
                    format!("{} at {}", model.name(), model.base_url())
                }
                Writer::Model(model) => format!(
                    "{}; questions and passages are sent to {}",
                    model.name(),
                    model.base_url()
                ),
                Writer::Extractive(why) => format!("answers quote sentences: {why}"),
            },
        }
    }
}

/// The state of each part, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// `embedded` or `qdrant`.
    pub store: &'static str,
    /// `off`, `loading`, `filling` or `ready`.
    pub dense: &'static str,
    /// Why, or how far.
    pub dense_detail: String,
    /// Passages that have a vector.
    pub vectors: u64,
    /// Passages in all, as last counted.
    pub passages: u64,
    /// `off`, `loading`, `ready` or `failed`.
    pub rerank: &'static str,
    /// Why, or by which model.
    pub rerank_detail: String,
    /// `llm` or `extractive`.
    pub engine: &'static str,
    /// Which model, where; or why none.
    pub engine_detail: String,
}

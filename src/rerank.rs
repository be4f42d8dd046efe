//! Reranking: the best passages read beside the question by a cross-encoder, which tells
//! better than words or vectors which of them answers, and takes longer.

pub mod onnx;

use async_trait::async_trait;

use crate::onnx::RuntimeError;
use crate::store::ScoredPassage;

/// Why passages could not be put in order.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RerankError {
    /// The ONNX Runtime library is not there or does not fit.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The model's files are not there or do not fit.
    #[error(
        "loading the reranking model {model}: {reason}; set DRAGOMAN_RERANK_MODEL to a model folder, to one of fastembed's rerankers, or to `off`"
    )]
    Model {
        /// As it was named.
        model: String,
        /// What is wrong.
        reason: String,
    },
    /// The model failed on a question.
    #[error("reading {passages} passages with {model}: {reason}")]
    Run {
        /// The model's name.
        model: String,
        /// How many passages were given.
        passages: usize,
        /// What it said.
        reason: String,
    },
}

/// Says how well passages answer a question.
#[async_trait]
pub trait Reranker: Send + Sync {
    /// The model's name.
    fn name(&self) -> &str;

    /// For each passage, in their order, how likely it answers, 0 to 1.
    async fn score(&self, question: &str, passages: Vec<String>) -> Result<Vec<f32>, RerankError>;
}

/// Puts the best `most` of a list into the order of a reranker's scores, in front of all
/// others, which keep theirs. Scores stay 0 to 1: those that were read have the upper
/// half of that.
///
/// # Errors
/// When the model fails; the list is then as it was.
pub async fn rerank(
    reranker: &dyn Reranker,
    question: &str,
    list: &mut [ScoredPassage],
    most: usize,
) -> Result<(), RerankError> {
    let read = list.len().min(most);
    let passages = list[..read].iter().map(|scored| {
        // A title often says of what a passage speaks.
        format!("{}\n{}", scored.passage.title, scored.passage.text)
    });
    let scores = reranker.score(question, passages.collect()).await?;
    for (scored, score) in list.iter_mut().zip(&scores) {
        scored.score = 0.5 + score / 2.0;
    }
    for scored in &mut list[read..] {
        scored.score /= 2.0;
    }
    list.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(())
}

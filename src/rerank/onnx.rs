//! Cross-encoders by fastembed, run in this process by the ONNX Runtime library.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fastembed::{
    OnnxSource, RerankInitOptions, RerankInitOptionsUserDefined, RerankerModel, TextRerank,
    UserDefinedRerankingModel,
};
use tokio::sync::Semaphore;

use super::{RerankError, Reranker};
use crate::onnx::{Folder, MAX_TOKENS, OnnxOptions, environment};

/// Passages that one run of the model takes; larger ones pad more.
const BATCH: usize = 8;

/// A local cross-encoder, which reads for one question at a time.
pub struct OnnxReranker {
    name: String,
    session: Arc<Mutex<TextRerank>>,
    /// Whoever waits for the session waits here, so that a search that was given up
    /// costs nothing.
    turn: Semaphore,
}

impl OnnxReranker {
    /// Loads library and model; blocks for seconds, and longer where fastembed fetches it.
    ///
    /// # Errors
    /// When either cannot be loaded, or the model cannot read a pair of texts.
    pub fn load(options: &OnnxOptions) -> Result<OnnxReranker, RerankError> {
        let environment = environment(options)?;
        let fail = |error: &dyn std::error::Error| RerankError::Model {
            model: options.model.clone(),
            reason: error.to_string(),
        };
        let folder = Path::new(&options.model);
        let (name, session) = if folder.is_dir() {
            let folder = Folder::read(folder).map_err(|error| fail(&error))?;
            let model =
                UserDefinedRerankingModel::new(OnnxSource::Memory(folder.onnx), folder.tokenizer);
            let mut settings = RerankInitOptionsUserDefined::new().with_environment(environment);
            settings.max_length = MAX_TOKENS;
            settings.intra_threads = Some(options.threads());
            let session = TextRerank::try_new_from_user_defined(model, settings);
            (folder.name, session)
        } else {
            let model = hub_model(&options.model)?;
            let settings = RerankInitOptions::new(model)
                .with_environment(environment)
                .with_cache_dir(options.cache_dir.clone())
                .with_show_download_progress(std::io::stderr().is_terminal())
                .with_max_length(MAX_TOKENS)
                .with_intra_threads(options.threads());
            let name = options.model.rsplit('/').next().unwrap_or(&options.model);
            (name.to_owned(), TextRerank::try_new(settings))
        };
        let mut session = session.map_err(|error| fail(&error))?;
        session
            .rerank("dragoman", ["dragoman"], false, None)
            .map_err(|error| fail(&error))?;
        Ok(OnnxReranker {
            name,
            session: Arc::new(Mutex::new(session)),
            turn: Semaphore::new(1),
        })
    }
}

#[async_trait]
impl Reranker for OnnxReranker {
    fn name(&self) -> &str {
        &self.name
    }

    async fn score(&self, question: &str, passages: Vec<String>) -> Result<Vec<f32>, RerankError> {
        let count = passages.len();
        let fail = |reason: String| RerankError::Run {
            model: self.name.clone(),
            passages: count,
            reason,
        };
        let _turn = self.turn.acquire().await;
        let (session, question) = (Arc::clone(&self.session), question.to_owned());
        let run = tokio::task::spawn_blocking(move || {
            let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
            scores(&mut session, &question, &passages)
        });
        match run.await {
            Ok(scores) => scores.map_err(|error| fail(error.to_string())),
            Err(panic) => Err(fail(panic.to_string())),
        }
    }
}

/// The logistic function of each passage's logit, which is what these models are trained for.
fn scores(
    session: &mut TextRerank,
    question: &str,
    passages: &[String],
) -> Result<Vec<f32>, fastembed::Error> {
    // Passages of one length pad little.
    let mut order: Vec<usize> = (0..passages.len()).collect();
    order.sort_by_key(|place| passages[*place].len());
    let sorted: Vec<&str> = order
        .iter()
        .map(|place| passages[*place].as_str())
        .collect();
    let mut scores = vec![0.0; passages.len()];
    for result in session.rerank(question, sorted, false, Some(BATCH))? {
        scores[order[result.index]] = 1.0 / (1.0 + (-result.score).exp());
    }
    Ok(scores)
}

/// One of fastembed's rerankers by the name of its repository or the last part of it.
fn hub_model(name: &str) -> Result<RerankerModel, RerankError> {
    let wanted = name.to_lowercase();
    let models = TextRerank::list_supported_models();
    let codes: Vec<String> = models.iter().map(|info| info.model_code.clone()).collect();
    models
        .into_iter()
        .find(|info| {
            let code = info.model_code.to_lowercase();
            code == wanted || code.rsplit('/').next() == Some(wanted.as_str())
        })
        .map(|info| info.model)
        .ok_or_else(|| RerankError::Model {
            model: name.to_owned(),
            reason: format!(
                "it is neither a folder nor one of fastembed's, {}",
                codes.join(", ")
            ),
        })
}

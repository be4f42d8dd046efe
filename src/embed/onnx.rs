//! Embeddings by fastembed: ONNX models run in this process by the ONNX Runtime library.

use std::io::IsTerminal;
use std::path::Path;

use async_trait::async_trait;
use fastembed::{
    EmbeddingModel, InitOptionsUserDefined, Pooling, TextEmbedding, TextInitOptions,
    UserDefinedEmbeddingModel,
};
use ort::environment::Environment;

use super::queue::Queue;
use super::{EmbedError, Embedder, Role, normalize, prefixes};
use crate::onnx::{Folder, MAX_TOKENS, OnnxOptions, environment, short_hash};
use crate::store::ModelIdentity;

/// Passages that one run of the model takes; larger ones gain nothing on a
/// processor and pad more.
const PASSAGE_BATCH: usize = 8;
/// Queries that one run takes when many wait.
const QUERY_BATCH: usize = 16;
/// Texts that may wait in a lane before callers wait to put theirs in.
const CAPACITY: usize = 4096;

/// A local model: one session for queries, so that they never wait behind
/// passages, and one a thread for passages.
pub struct OnnxEmbedder {
    identity: ModelIdentity,
    query: Queue,
    passage: Queue,
    query_prefix: &'static str,
    passage_prefix: &'static str,
}

impl OnnxEmbedder {
    /// Loads library and model; blocks for about a second.
    pub fn load(options: &OnnxOptions) -> Result<OnnxEmbedder, EmbedError> {
        let environment = environment(options)?;
        let threads = options.threads();
        let source = Source::of(&options.model)?;
        let name = source.name(&options.model);
        let (query_prefix, passage_prefix) = prefixes(&name);

        let mut query = source.session(options, &environment, threads)?;
        let probe = query
            .embed(["dragoman"], None)
            .map_err(|error| load_error(&options.model, &error))?;
        let identity = ModelIdentity {
            dimension: probe.first().map_or(0, Vec::len),
            fingerprint: source.fingerprint(&options.model),
            name: name.clone(),
        };
        let passages = (0..threads)
            .map(|_| source.session(options, &environment, 1))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(OnnxEmbedder {
            query: Queue::new(&name, vec![worker(query, &name)], QUERY_BATCH, CAPACITY),
            passage: Queue::new(
                &name,
                passages
                    .into_iter()
                    .map(|session| worker(session, &name))
                    .collect(),
                PASSAGE_BATCH,
                CAPACITY,
            ),
            identity,
            query_prefix,
            passage_prefix,
        })
    }
}

/// The model as fastembed runs it by itself, with all threads in one session, its own
/// batches and no order by length: what [`OnnxEmbedder`] is measured against.
pub struct Plain {
    session: TextEmbedding,
    name: String,
}

impl Plain {
    /// Loads library and model.
    ///
    /// # Errors
    /// When either cannot be loaded.
    pub fn load(options: &OnnxOptions) -> Result<Plain, EmbedError> {
        let environment = environment(options)?;
        let threads = options.threads();
        let source = Source::of(&options.model)?;
        Ok(Plain {
            session: source.session(options, &environment, threads)?,
            name: source.name(&options.model),
        })
    }

    /// One vector for each text, as it stands, without a prefix.
    ///
    /// # Errors
    /// When the model fails.
    pub fn embed(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let made = self.session.embed(texts, None);
        let mut vectors = made.map_err(|error| EmbedError::Run {
            model: self.name.clone(),
            texts: texts.len(),
            reason: error.to_string(),
        })?;
        vectors.iter_mut().for_each(|vector| normalize(vector));
        Ok(vectors)
    }
}

#[async_trait]
impl Embedder for OnnxEmbedder {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, role: Role, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let (queue, prefix) = match role {
            Role::Query => (&self.query, self.query_prefix),
            Role::Passage => (&self.passage, self.passage_prefix),
        };
        let texts = texts.iter().map(|text| format!("{prefix}{text}")).collect();
        queue.embed(texts).await
    }
}

fn worker(
    mut session: TextEmbedding,
    name: &str,
) -> impl FnMut(Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> + Send + use<> {
    let name = name.to_owned();
    move |texts| {
        // No batch size: the queue made the batch, and dynamically quantised models refuse one.
        let mut vectors =
            session
                .embed(&texts, Some(texts.len()))
                .map_err(|error| EmbedError::Run {
                    model: name.clone(),
                    texts: texts.len(),
                    reason: error.to_string(),
                })?;
        vectors.iter_mut().for_each(|vector| normalize(vector));
        Ok(vectors)
    }
}

/// The files of a folder, read once for all sessions, or a model of fastembed's.
enum Source {
    Folder(Box<Folder>),
    Hub(EmbeddingModel),
}

impl Source {
    fn of(model: &str) -> Result<Source, EmbedError> {
        let folder = Path::new(model);
        Ok(if folder.is_dir() {
            let read = Folder::read(folder).map_err(|error| load_error(model, &error))?;
            Source::Folder(Box::new(read))
        } else {
            Source::Hub(hub_model(model)?)
        })
    }

    fn name(&self, given: &str) -> String {
        match self {
            Source::Folder(folder) => folder.name.clone(),
            Source::Hub(_) => given.rsplit('/').next().unwrap_or(given).to_owned(),
        }
    }

    fn fingerprint(&self, given: &str) -> String {
        match self {
            Source::Folder(folder) => folder.fingerprint.clone(),
            // The hub's revision is pinned by fastembed's release, so the name says it all.
            Source::Hub(_) => short_hash(given.as_bytes()),
        }
    }

    fn session(
        &self,
        options: &OnnxOptions,
        environment: &Environment,
        threads: usize,
    ) -> Result<TextEmbedding, EmbedError> {
        match self {
            Source::Folder(folder) => TextEmbedding::try_new_from_user_defined(
                UserDefinedEmbeddingModel::new(folder.onnx.clone(), folder.tokenizer.clone())
                    .with_pooling(pooling(&folder.name)),
                InitOptionsUserDefined::new()
                    .with_environment(environment.clone())
                    .with_max_length(MAX_TOKENS)
                    .with_intra_threads(threads),
            ),
            Source::Hub(model) => TextEmbedding::try_new(
                TextInitOptions::new(model.clone())
                    .with_environment(environment.clone())
                    .with_cache_dir(options.cache_dir.clone())
                    .with_show_download_progress(std::io::stderr().is_terminal())
                    .with_max_length(MAX_TOKENS)
                    .with_intra_threads(threads),
            ),
        }
        .map_err(|error| load_error(&options.model, &error))
    }
}

fn pooling(name: &str) -> Pooling {
    let name = name.to_lowercase();
    if ["bge", "gte", "mxbai", "snowflake"]
        .iter()
        .any(|family| name.contains(family))
    {
        Pooling::Cls
    } else {
        Pooling::Mean
    }
}

/// A fastembed model by the name of its repository or the last part of it.
fn hub_model(name: &str) -> Result<EmbeddingModel, EmbedError> {
    let wanted = name.to_lowercase();
    let models = TextEmbedding::list_supported_models();
    models
        .iter()
        .find(|info| {
            let code = info.model_code.to_lowercase();
            code == wanted || code.rsplit('/').next() == Some(wanted.as_str())
        })
        .map(|info| info.model.clone())
        .ok_or_else(|| EmbedError::Model {
            model: name.to_owned(),
            reason: "it is neither a folder nor one of fastembed's models".to_owned(),
        })
}

fn load_error(model: &str, error: &dyn std::error::Error) -> EmbedError {
    EmbedError::Model {
        model: model.to_owned(),
        reason: error.to_string(),
    }
}

//! Embeddings by fastembed: ONNX models run in this process by the ONNX Runtime library.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use fastembed::{
    EmbeddingModel, InitOptionsUserDefined, Pooling, TextEmbedding, TextInitOptions,
    TokenizerFiles, UserDefinedEmbeddingModel,
};
use ort::environment::Environment;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::queue::Queue;
use super::{EmbedError, Embedder, Role, normalize, prefixes};
use crate::store::ModelIdentity;

/// Tokens of a text that count; what fastembed and the e5 models take at most.
const MAX_TOKENS: usize = 512;
/// Passages that one run of the model takes; larger ones gain nothing on a
/// processor and pad more.
const PASSAGE_BATCH: usize = 8;
/// Queries that one run takes when many wait.
const QUERY_BATCH: usize = 16;
/// Texts that may wait in a lane before callers wait to put theirs in.
const CAPACITY: usize = 4096;

/// Where a model and its runtime are to be found, and how many threads to use.
#[derive(Debug, Clone)]
pub struct OnnxOptions {
    /// A folder with `model.onnx` and tokenizer files, or the name of a fastembed model.
    pub model: String,
    /// Folders in which the ONNX Runtime library may lie, in order of preference.
    pub library_folders: Vec<PathBuf>,
    /// Where fastembed keeps what it downloads, unless `HF_HOME` is set.
    pub cache_dir: PathBuf,
    /// Threads in all; the processors there are by default.
    pub threads: Option<usize>,
}

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
        let environment = environment(&library_candidates(options))?;
        let threads = options.threads.unwrap_or_else(processors);
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
        let environment = environment(&library_candidates(options))?;
        let threads = options.threads.unwrap_or_else(processors);
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

/// A model's files, read once for all sessions.
struct Folder {
    name: String,
    fingerprint: String,
    definition: UserDefinedEmbeddingModel,
}

enum Source {
    Folder(Box<Folder>),
    Hub(EmbeddingModel),
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Source {
    fn of(model: &str) -> Result<Source, EmbedError> {
        let folder = Path::new(model);
        Ok(if folder.is_dir() {
            Source::Folder(Box::new(Folder::read(folder)?))
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
                folder.definition.clone(),
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

impl Folder {
    fn read(path: &Path) -> Result<Folder, EmbedError> {
        let fail = |reason: String| EmbedError::Model {
            model: path.display().to_string(),
            reason,
        };
        let read = |file: &str| {
            std::fs::read(path.join(file)).map_err(|error| fail(format!("reading {file}: {error}")))
        };
        let config_file = read("config.json")?;
        let config: Value = serde_json::from_slice(&config_file)
            .map_err(|error| fail(format!("reading config.json: {error}")))?;
        let onnx = read("model.onnx").or_else(|_| read("onnx/model.onnx"))?;
        let name = model_name(&config, path);
        Ok(Folder {
            fingerprint: short_hash(&onnx),
            definition: UserDefinedEmbeddingModel::new(
                onnx,
                TokenizerFiles {
                    tokenizer_file: read("tokenizer.json")?,
                    special_tokens_map_file: read("special_tokens_map.json")?,
                    tokenizer_config_file: read("tokenizer_config.json")?,
                    config_file,
                },
            )
            .with_pooling(pooling(&name)),
            name,
        })
    }
}

/// What the folder's configuration says, else what its shape gives away, else the folder's name.
fn model_name(config: &Value, path: &Path) -> String {
    if let Some(name) = config["_name_or_path"].as_str()
        && let Some(last) = name.rsplit('/').find(|part| !part.is_empty())
    {
        return last.to_owned();
    }
    // The size of the vocabulary is that of XLM-R, which no other small model in use shares.
    if config["vocab_size"] == 250_037 && config["hidden_size"] == 384 {
        return "multilingual-e5-small".to_owned();
    }
    path.canonicalize()
        .ok()
        .and_then(|path| {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        })
        .unwrap_or_else(|| "local".to_owned())
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

/// The library's places by name: where it is said to be, then each folder.
fn library_candidates(options: &OnnxOptions) -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = std::env::var_os("ORT_DYLIB_PATH")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .into_iter()
        .collect();
    let model_folder = Path::new(&options.model);
    let binary_folder = std::env::current_exe()
        .ok()
        .and_then(|path| path.parent().map(Path::to_path_buf));
    let folders = [Some(model_folder.to_path_buf()), binary_folder]
        .into_iter()
        .flatten()
        .chain(options.library_folders.iter().cloned())
        .chain(wheel_folders());
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        let mut found: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| {
                path.file_name()
                    .is_some_and(|name| is_library(&name.to_string_lossy()))
            })
            .collect();
        found.sort();
        candidates.extend(found);
    }
    candidates
}

fn is_library(name: &str) -> bool {
    name.starts_with("libonnxruntime.so")
        || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
        || name == "onnxruntime.dll"
}

/// Where an installed `onnxruntime` wheel keeps the library.
fn wheel_folders() -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = Vec::new();
    for variable in ["VIRTUAL_ENV", "CONDA_PREFIX", "PYENV_ROOT"] {
        roots.extend(std::env::var_os(variable).map(PathBuf::from));
    }
    roots.extend(std::env::home_dir().map(|home| home.join(".local")));
    roots.extend([PathBuf::from("/usr/local"), PathBuf::from("/usr")]);
    let mut folders = Vec::new();
    for root in roots {
        let Ok(entries) = std::fs::read_dir(root.join("lib")) else {
            continue;
        };
        for entry in entries.flatten() {
            for packages in ["site-packages", "dist-packages"] {
                folders.push(entry.path().join(packages).join("onnxruntime/capi"));
            }
        }
    }
    folders.sort();
    folders
}

/// The one environment of this process: the runtime allows no second.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

fn environment(candidates: &[PathBuf]) -> Result<Environment, EmbedError> {
    let mut slot = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = slot.as_ref() {
        return Ok(environment.clone());
    }
    let mut reasons = Vec::new();
    for path in candidates.iter().filter(|path| path.is_file()) {
        match ort::init_from(path) {
            Ok(builder) => {
                let environment = builder.build().map_err(|error| EmbedError::Runtime {
                    reason: format!("{}: {error}", path.display()),
                })?;
                tracing::debug!(library = %path.display(), "ONNX Runtime loaded");
                return Ok(slot.insert(environment).clone());
            }
            Err(error) => reasons.push(format!("{}: {error}", path.display())),
        }
    }
    if reasons.is_empty() {
        reasons.push(
            "not found beside the model, beside the program, in the data folder or in an installed onnxruntime wheel"
                .to_owned(),
        );
    }
    Err(EmbedError::Runtime {
        reason: reasons.join("; "),
    })
}

fn load_error(model: &str, error: &fastembed::Error) -> EmbedError {
    EmbedError::Model {
        model: model.to_owned(),
        reason: error.to_string(),
    }
}

fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

//! The ONNX Runtime and the folders of its models, for whatever runs one in this process.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fastembed::TokenizerFiles;
use ort::environment::Environment;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Tokens of a text that count; what fastembed, the e5 models and most rerankers take.
pub const MAX_TOKENS: usize = 512;

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

impl OnnxOptions {
    /// Threads in all.
    pub fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
        })
    }
}

/// The ONNX Runtime library is not there or does not fit.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "loading the ONNX Runtime library: {reason}; run `dragoman setup`, or set ORT_DYLIB_PATH to libonnxruntime 1.24 or newer"
)]
pub struct RuntimeError {
    /// Where it was looked for, or what the library said.
    pub reason: String,
}

/// A file of a model's folder is not there or cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("reading {file}: {reason}")]
pub struct FolderError {
    file: &'static str,
    reason: String,
}

/// A model's files, read once for all sessions.
pub struct Folder {
    /// What its configuration calls it, else what its shape gives away, else the
    /// folder's name.
    pub name: String,
    /// Six bytes of the model's SHA-256, in hexadecimal.
    pub fingerprint: String,
    /// The model.
    pub onnx: Vec<u8>,
    /// What makes its tokens.
    pub tokenizer: TokenizerFiles,
}

impl Folder {
    /// Reads `model.onnx`, which may lie in a folder `onnx`, and the four files beside it.
    ///
    /// # Errors
    /// When one of them is missing or no JSON.
    pub fn read(path: &Path) -> Result<Folder, FolderError> {
        let read = |file: &'static str| {
            std::fs::read(path.join(file)).map_err(|error| FolderError {
                file,
                reason: error.to_string(),
            })
        };
        let config_file = read("config.json")?;
        let config: Value = serde_json::from_slice(&config_file).map_err(|error| FolderError {
            file: "config.json",
            reason: error.to_string(),
        })?;
        let onnx = read("model.onnx").or_else(|_| read("onnx/model.onnx"))?;
        Ok(Folder {
            name: model_name(&config, path),
            fingerprint: short_hash(&onnx),
            onnx,
            tokenizer: TokenizerFiles {
                tokenizer_file: read("tokenizer.json")?,
                special_tokens_map_file: read("special_tokens_map.json")?,
                tokenizer_config_file: read("tokenizer_config.json")?,
                config_file,
            },
        })
    }
}

/// Six bytes of a SHA-256, in hexadecimal.
pub fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

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

/// The one environment of this process: the runtime allows no second.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Loads the library from the first place that has a fitting one; blocks.
///
/// # Errors
/// When none has.
pub fn environment(options: &OnnxOptions) -> Result<Environment, RuntimeError> {
    let mut slot = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = slot.as_ref() {
        return Ok(environment.clone());
    }
    let mut reasons = Vec::new();
    let candidates = library_candidates(options);
    for path in candidates.iter().filter(|path| path.is_file()) {
        match ort::init_from(path) {
            Ok(builder) => {
                let environment = builder.build().map_err(|error| RuntimeError {
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
    Err(RuntimeError {
        reason: reasons.join("; "),
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

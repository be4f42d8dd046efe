//! A system: what is measured, as a file. It names the engine, the branches searched,
//! how many cases run at once and whatever settings differ from those in force.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::Dict;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::suite::{Suite, hex};
use crate::app::{App, Dense, OpenError, Reranking, Writer};
use crate::article::{Article, ArticleInput};
use crate::brief::{Engine, PromptId};
use crate::config::{Config, ConfigError, Fusion};
use crate::ingest;
use crate::llm::LanguageModel;
use crate::llm::openai::{OpenAiModel, OpenAiOptions};
use crate::retrieve::Mode;

/// What is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct System {
    /// Its name in reports and gates; the file's when absent.
    pub name: String,
    /// What writes; whatever the settings give when absent.
    pub engine: Option<Engine>,
    /// The branches searched; whatever there is when absent.
    pub mode: Option<Mode>,
    /// Cases at once.
    pub concurrency: usize,
    /// Whether questions are answered, or only searched for.
    pub answers: bool,
    /// Whether briefs are written.
    pub briefs: bool,
    /// What tokens cost.
    pub prices: Option<Prices>,
    /// A model that judges citations as well as the check does.
    pub judge: Option<Judge>,
    /// Settings as in `dragoman.toml`, over those in force.
    pub settings: Dict,
}

/// What tokens cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Such as `USD`.
    pub currency: String,
    /// A million tokens of prompts.
    pub prompt: f64,
    /// A million tokens written.
    pub completion: f64,
}

/// A model that judges; its key is the writer's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// The server, up to and with `/v1`.
    pub base_url: String,
    /// The model.
    pub name: String,
}

/// What tells one measured system from another, for reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The system's name.
    pub name: String,
    /// `llm` or `extractive`.
    pub engine: String,
    /// The model, where one writes.
    pub model: Option<String>,
    /// The embedding model and its fingerprint, where vectors are searched.
    pub embedder: Option<String>,
    /// The reranking model and how much it reads, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reranker: Option<String>,
    /// The branches searched.
    pub mode: Mode,
    /// How lists are fused, and with what weight.
    pub fusion: String,
    /// The prompts.
    pub prompts: Vec<PromptId>,
    /// A model that judges.
    pub judge: Option<String>,
    /// The program's version.
    pub dragoman: String,
    /// First 16 hexadecimal digits of the SHA-256 of all that decides its answers.
    pub hash: String,
}

/// Why a system cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// The file is missing or wrong.
    #[error("reading the system {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What is wrong.
        #[source]
        source: Box<figment::Error>,
    },
    /// Its settings make no sense.
    #[error("the system {name}: {source}")]
    Settings {
        /// The system.
        name: String,
        /// What is wrong.
        #[source]
        source: ConfigError,
    },
    /// The collection does not open.
    #[error("opening the collection of {suite}: {source}")]
    Open {
        /// The suite.
        suite: String,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// It wants what is not there.
    #[error("the system {name} wants {what}: {reason}")]
    Missing {
        /// The system.
        name: String,
        /// Such as "a language model".
        what: &'static str,
        /// Why it is not there.
        reason: String,
    },
}

impl Default for System {
    /// The settings in force, as they are.
    fn default() -> System {
        System {
            name: "settings".into(),
            engine: None,
            mode: None,
            concurrency: 2,
            answers: true,
            briefs: true,
            prices: None,
            judge: None,
            settings: Dict::new(),
        }
    }
}

impl System {
    /// Reads a system's file.
    ///
    /// # Errors
    /// When it is missing, or has a field or value that means nothing.
    pub fn read(path: &Path) -> Result<System, SystemError> {
        let name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        Figment::from(Serialized::defaults(System {
            name,
            ..System::default()
        }))
        .merge(Toml::file_exact(path))
        .extract()
        .map_err(|source| SystemError::Read {
            path: path.display().to_string(),
            source: Box::new(source),
        })
    }

    /// The settings in force with the system's own over them. Articles of a suite never
    /// go to a Qdrant server unless the system's own settings name one.
    ///
    /// # Errors
    /// When a setting of its own means nothing.
    pub fn config(&self, config: &Config) -> Result<Config, SystemError> {
        let mut base = config.clone();
        base.models_dir = Some(config.models_dir());
        base.qdrant.url = None;
        if self.engine == Some(Engine::Extractive) {
            base.model.base_url = None;
        }
        base.with(&self.settings)
            .map_err(|source| SystemError::Settings {
                name: self.name.clone(),
                source,
            })
    }

    /// Opens the collection of a suite below `folder`, with everything that this system
    /// needs at hand, and nothing of it asked yet.
    ///
    /// # Errors
    /// When the store does not open, or a model that it wants is not there.
    pub async fn open(
        &self,
        config: &Config,
        suite: &Suite,
        folder: &Path,
    ) -> Result<Arc<App>, SystemError> {
        let mut config = self.config(config)?;
        config.data_dir = collection(folder, suite);
        if self.mode == Some(Mode::Lexical) {
            config.embed.model = "off".into();
        }
        // The same prompts each time, so that answers that are kept are found.
        config.model.fence = "eval".into();
        let app = App::open(config)
            .await
            .map_err(|source| SystemError::Open {
                suite: suite.name.clone(),
                source,
            })?;
        self.require(&app).await?;
        Ok(app)
    }

    /// Removes the collection of a suite below `folder`, so that it is made anew.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn forget(&self, folder: &Path, suite: &Suite) -> std::io::Result<()> {
        match std::fs::remove_dir_all(collection(folder, suite)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Gives `app` the writer that this system names, and makes sure that what it wants
    /// is there.
    ///
    /// # Errors
    /// When a model that it wants is not there.
    pub async fn require(&self, app: &Arc<App>) -> Result<(), SystemError> {
        let missing = |what, reason| SystemError::Missing {
            name: self.name.clone(),
            what,
            reason,
        };
        match (self.engine, app.writer()) {
            (Some(Engine::Llm), Writer::Extractive(why)) => {
                return Err(missing("a language model", why));
            }
            (Some(Engine::Extractive), _) => {
                app.set_writer(Writer::Extractive(format!("the system {}", self.name)));
            }
            _ => {}
        }
        if matches!(self.mode, Some(Mode::Dense | Mode::Hybrid)) {
            let dense = app.dense_when_loaded().await;
            if !matches!(dense, Dense::Ready(_)) {
                return Err(missing(
                    "vectors",
                    format!("dense retrieval is {}", dense.reason()),
                ));
            }
        }
        let reranking = app.reranking_when_loaded().await;
        if app.config.rerank.model != "off" && !matches!(reranking, Reranking::Ready(_)) {
            let why = format!("reranking is {}", reranking.reason());
            return Err(missing("a reranker", why));
        }
        Ok(())
    }

    /// The branches that are searched, once the embedder has loaded.
    pub async fn mode(&self, app: &App) -> Mode {
        match (self.mode, app.dense_when_loaded().await) {
            (Some(mode), _) => mode,
            (None, Dense::Ready(_)) => Mode::Hybrid,
            (None, _) => Mode::Lexical,
        }
    }

    /// What tells this system from others.
    pub async fn identity(&self, app: &App) -> Identity {
        let mode = self.mode(app).await;
        let model = match app.writer() {
            Writer::Model(model) => Some(model),
            Writer::Extractive(_) => None,
        };
        let embedder = match app.dense() {
            Dense::Ready(embedder) if mode != Mode::Lexical => {
                let identity = embedder.identity();
                Some(format!("{} {}", identity.name, identity.fingerprint))
            }
            _ => None,
        };
        let mut identity = Identity {
            name: self.name.clone(),
            engine: if model.is_some() { "llm" } else { "extractive" }.into(),
            model: model.as_ref().map(|model| model.name().to_owned()),
            embedder,
            reranker: match app.reranking() {
                Reranking::Ready(reranker) => Some(format!(
                    "{}, the best {}",
                    reranker.name(),
                    app.config.rerank.passages
                )),
                _ => None,
            },
            mode,
            fusion: match mode {
                Mode::Hybrid => match app.config.retrieval.fusion {
                    Fusion::Score => {
                        format!("score, words {}", app.config.retrieval.lexical_weight)
                    }
                    Fusion::Rank => "rank".into(),
                },
                _ => "none".into(),
            },
            prompts: if model.is_some() {
                app.prompts.ids()
            } else {
                Vec::new()
            },
            judge: self.judge.as_ref().map(|judge| judge.name.clone()),
            dragoman: env!("CARGO_PKG_VERSION").into(),
            hash: String::new(),
        };
        let decisive = serde_json::json!([
            identity,
            app.config.retrieval,
            app.config.time_zone,
            model.as_ref().map(|model| model.base_url().to_owned()),
        ]);
        identity.hash = hex(&Sha256::digest(decisive.to_string().as_bytes()), 8);
        identity
    }

    /// The model that judges, if one is named.
    ///
    /// # Errors
    /// When its address cannot be one.
    pub fn judge(&self, config: &Config) -> Result<Option<Arc<dyn LanguageModel>>, SystemError> {
        let Some(judge) = &self.judge else {
            return Ok(None);
        };
        let key = config.model.api_key.reveal();
        match OpenAiModel::new(OpenAiOptions::new(&judge.base_url, key, &judge.name)) {
            Ok(model) => Ok(Some(Arc::new(model))),
            Err(error) => Err(SystemError::Missing {
                name: self.name.clone(),
                what: "a judge",
                reason: error.to_string(),
            }),
        }
    }
}

fn collection(folder: &Path, suite: &Suite) -> PathBuf {
    folder.join(format!("{}-{}", suite.name, collection_key(suite)))
}

/// What a suite's collection depends on: its files, and how this program cuts articles
/// into passages, seen on a sample of them. Another of either is another collection.
fn collection_key(suite: &Suite) -> String {
    const SAMPLE: usize = 100;
    let mut hash = Sha256::new();
    hash.update(suite.hash.as_bytes());
    let step = suite.corpus.len().div_ceil(SAMPLE).max(1);
    for input in suite.corpus.iter().step_by(step) {
        for passage in passages(input) {
            hash.update(passage.as_bytes());
        }
    }
    hex(&hash.finalize(), 6)
}

fn passages(input: &ArticleInput) -> Vec<String> {
    let zone = jiff::tz::TimeZone::UTC;
    let epoch = crate::time::Time::new(jiff::Timestamp::UNIX_EPOCH, &zone);
    Article::from_input(input.clone(), epoch, &zone)
        .map(|article| {
            ingest::passages(&article)
                .into_iter()
                .map(|new| format!("{:?}{}", new.lexical, new.passage.text))
                .collect()
        })
        .unwrap_or_default()
}

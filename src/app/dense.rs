//! The embedding model: which one, from where.

use std::sync::Arc;

use super::writer::{LOOK_AGAIN, OPENAI};
use super::{App, Dense};
use crate::config::{Config, DEFAULT_MODEL};
use crate::embed::onnx::OnnxEmbedder;
use crate::embed::openai::OpenAiEmbedder;
use crate::embed::{EmbedError, Embedder};
use crate::onnx::{OnnxOptions, RuntimeError};
use crate::store::{Counts, StoreError};

/// Loads the configured embedding model, off the runtime's threads.
pub async fn load_embedder(config: &Config) -> Result<Arc<dyn Embedder>, EmbedError> {
    if let Some(name) = config.embed.model.strip_prefix("openai:") {
        let base_url = config
            .model
            .base_url
            .as_ref()
            .map_or(OPENAI, |url| url.as_str());
        let embedder =
            OpenAiEmbedder::connect(base_url, config.model.api_key.reveal(), name).await?;
        return Ok(Arc::new(embedder));
    }
    let options = onnx_options(config, &config.embed.model);
    let load = tokio::task::spawn_blocking(move || OnnxEmbedder::load(&options));
    match load.await {
        Ok(embedder) => Ok(Arc::new(embedder?)),
        Err(panic) => Err(EmbedError::Runtime(RuntimeError {
            reason: format!("it panicked: {panic}"),
        })),
    }
}

/// Where a local model and the runtime lie: the model in a folder of its name among the
/// models, if there is one.
pub(super) fn onnx_options(config: &Config, model: &str) -> OnnxOptions {
    let folder = config.models_dir().join(model);
    OnnxOptions {
        model: if folder.join("model.onnx").is_file() {
            folder.display().to_string()
        } else {
            model.to_owned()
        },
        library_folders: vec![
            config.models_dir().join(DEFAULT_MODEL),
            config.models_dir(),
            config.data_dir.clone(),
        ],
        cache_dir: config.models_dir().join("hub"),
        threads: config.embed.threads,
    }
}

/// Loads the model and has its vectors made, or says why there are none.
pub(super) async fn load(app: Arc<App>) {
    if app.config.embed.model == "off" {
        app.dense
            .send_replace(Dense::Off("DRAGOMAN_EMBED_MODEL is off".into()));
        report_counts(&app).await;
        return;
    }
    match load_embedder(&app.config).await {
        Ok(embedder) => {
            if let Some(old) = former(&app, embedder.as_ref()).await {
                tracing::info!(
                    old = %old.identity().name,
                    new = %embedder.identity().name,
                    "searching with the vectors of the model before while new ones are made"
                );
                app.serve(old);
            }
            tracing::info!(model = %embedder.identity().name, "dense retrieval is ready");
            app.set_embedder(embedder);
        }
        Err(error) => {
            tracing::warn!(%error, "searching by words alone");
            app.dense.send_replace(Dense::Off(error.to_string()));
            report_counts(&app).await;
        }
    }
}

/// The model whose vectors the collection has, where that is another one than
/// `embedder` and still to be had under its name.
async fn former(app: &App, embedder: &dyn Embedder) -> Option<Arc<dyn Embedder>> {
    let model = app.store.current_model().await.ok()??;
    if &model == embedder.identity() {
        return None;
    }
    let mut config = app.config.clone();
    config.embed.model.clone_from(&model.name);
    match load_embedder(&config).await {
        Ok(old) if old.identity() == &model => Some(old),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, "the model before cannot be loaded; new vectors serve as they come");
            None
        }
    }
}

/// Notes what there is, as soon as the store can say.
async fn report_counts(app: &App) {
    let mut counted = app.store.counts(None).await;
    while let Err(StoreError::Unavailable { .. }) = counted {
        #[expect(
            clippy::disallowed_methods,
            reason = "a server cannot say that it is there"
        )]
        tokio::time::sleep(LOOK_AGAIN).await;
        counted = app.store.counts(None).await;
    }
    if let Ok(counts) = counted {
        // Without vectors none is missing.
        app.report_counts(Counts {
            vectors: counts.passages,
            ..counts
        });
    }
}

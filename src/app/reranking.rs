//! The reranking model: which one, from where.

use std::sync::Arc;

use super::dense::onnx_options;
use super::{App, Reranking};
use crate::rerank::onnx::OnnxReranker;

/// Loads the configured reranking model, off the runtime's threads, or says why there
/// is none.
pub(super) async fn load(app: Arc<App>) {
    let model = &app.config.rerank.model;
    if model == "off" {
        app.reranking
            .send_replace(Reranking::Off("DRAGOMAN_RERANK_MODEL is off".into()));
        return;
    }
    let options = onnx_options(&app.config, model);
    let load = tokio::task::spawn_blocking(move || OnnxReranker::load(&options));
    let failure = match load.await {
        Ok(Ok(reranker)) => {
            tracing::info!(%model, "reranking is ready");
            return app.set_reranker(Arc::new(reranker));
        }
        Ok(Err(error)) => error.to_string(),
        Err(panic) => format!("loading the reranking model {model} panicked: {panic}"),
    };
    tracing::warn!(error = %failure, "going on without reranking");
    app.reranking.send_replace(Reranking::Off(failure));
}

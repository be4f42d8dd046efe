//! The model server: the configured one, else Ollama. One that is not there yet, or
//! is still loading, is looked for again, so that the order of starts does not matter.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{App, Writer};
use crate::config::Config;
use crate::llm::openai::{self, OpenAiModel};

/// Where Ollama listens unless it is told otherwise.
const OLLAMA: &str = "http://127.0.0.1:11434/v1";
/// Where OpenAI's own server is, for a key without an address.
pub(super) const OPENAI: &str = "https://api.openai.com/v1";
/// How long the start waits to hear whether a model server is there.
const PROBE: Duration = Duration::from_millis(300);
/// How long until a server that was not there is looked for again.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// Finds what writes; where nothing is found, goes on looking in the background.
pub(super) async fn find(app: &Arc<App>) {
    let found = look(&app.config).await;
    if matches!(found, Writer::Extractive(_)) {
        tokio::spawn(look_again(Arc::downgrade(app)));
    }
    app.set_writer(found);
}

async fn look_again(app: Weak<App>) {
    loop {
        #[expect(
            clippy::disallowed_methods,
            reason = "a server cannot say that it is there"
        )]
        tokio::time::sleep(LOOK_AGAIN).await;
        let Some(app) = app.upgrade() else { return };
        let found = look(&app.config).await;
        if let Writer::Model(model) = &found {
            tracing::info!(
                model = model.name(),
                server = model.base_url(),
                "a model is there now"
            );
            app.set_writer(found);
            return;
        }
    }
}

async fn look(config: &Config) -> Writer {
    let key = config.model.api_key.reveal();
    let base_url = match &config.model.base_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None if !key.is_empty() => OPENAI.to_owned(),
        None => match openai::probe(OLLAMA, "", PROBE).await {
            Some(_) => OLLAMA.to_owned(),
            None => {
                return Writer::Extractive(
                    "no model server is configured (set OPENAI_BASE_URL, or start Ollama)".into(),
                );
            }
        },
    };
    let name = match &config.model.name {
        Some(name) => name.clone(),
        None => match openai::probe(&base_url, key, PROBE * 10).await {
            Some(name) => name,
            None => {
                return Writer::Extractive(format!(
                    "{base_url} names no model; set OPENAI_MODEL to one that it serves"
                ));
            }
        },
    };
    let options = openai::OpenAiOptions {
        context_tokens: config.model.context_tokens,
        ..openai::OpenAiOptions::new(&base_url, key, &name)
    };
    match OpenAiModel::new(options) {
        Ok(model) => Writer::Model(Arc::new(model)),
        Err(error) => Writer::Extractive(error.to_string()),
    }
}

//! Embeddings by an OpenAI-compatible server's `/v1/embeddings`.

use async_openai::{Client, config::OpenAIConfig};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{EmbedError, Embedder, Role, normalize, prefixes};
use crate::config::Secret;
use crate::store::ModelIdentity;

/// As many texts as every known server takes in one request.
const BATCH: usize = 64;

/// A model behind an endpoint.
pub struct OpenAiEmbedder {
    client: Client<OpenAIConfig>,
    key: Secret,
    identity: ModelIdentity,
}

#[derive(Deserialize)]
struct Response {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    embedding: Vec<f32>,
}

impl OpenAiEmbedder {
    /// Asks the server for one vector, to learn its dimension.
    pub async fn connect(
        base_url: &str,
        api_key: &str,
        model: &str,
    ) -> Result<OpenAiEmbedder, EmbedError> {
        let client = Client::with_config(
            OpenAIConfig::new()
                .with_api_base(base_url.trim_end_matches('/'))
                .with_api_key(api_key),
        );
        let probe = request(&client, api_key, model, vec!["dragoman".into()]).await?;
        let dimension = probe.first().map_or(0, Vec::len);
        if dimension == 0 {
            return Err(EmbedError::Model {
                model: format!("openai:{model}"),
                reason: format!("{base_url} answered without a vector"),
            });
        }
        let fingerprint = Sha256::digest(format!("{base_url}\n{model}"));
        Ok(OpenAiEmbedder {
            client,
            key: api_key.into(),
            identity: ModelIdentity {
                name: model.into(),
                dimension,
                fingerprint: fingerprint
                    .iter()
                    .take(6)
                    .map(|b| format!("{b:02x}"))
                    .collect(),
            },
        })
    }
}

#[async_trait]
impl Embedder for OpenAiEmbedder {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, role: Role, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let (query, passage) = prefixes(&self.identity.name);
        let prefix = match role {
            Role::Query => query,
            Role::Passage => passage,
        };
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            let inputs = batch.iter().map(|text| format!("{prefix}{text}")).collect();
            let answered =
                request(&self.client, self.key.reveal(), &self.identity.name, inputs).await?;
            if answered.len() != batch.len() {
                return Err(EmbedError::Run {
                    model: self.identity.name.clone(),
                    texts: batch.len(),
                    reason: format!("the server answered with {} vectors", answered.len()),
                });
            }
            vectors.extend(answered);
        }
        Ok(vectors)
    }
}

/// What the server says, without the key, which some repeat.
fn without(words: String, key: &str) -> String {
    if key.is_empty() {
        words
    } else {
        words.replace(key, "…")
    }
}

async fn request(
    client: &Client<OpenAIConfig>,
    key: &str,
    model: &str,
    texts: Vec<String>,
) -> Result<Vec<Vec<f32>>, EmbedError> {
    let count = texts.len();
    // Untyped out and leniently typed in, since many servers leave out what OpenAI's types require.
    let response: Result<Response, _> = client
        .embeddings()
        .create_byot::<Value, Response>(json!({"model": model, "input": texts}))
        .await;
    let mut response = response.map_err(|error| EmbedError::Run {
        model: model.into(),
        texts: count,
        reason: without(error.to_string(), key),
    })?;
    for item in &mut response.data {
        normalize(&mut item.embedding);
    }
    Ok(response
        .data
        .into_iter()
        .map(|item| item.embedding)
        .collect())
}

//! What a server says of itself: its models and the length of their context.

use std::time::Duration;

use serde_json::{Value, json};

use super::OpenAiOptions;

/// What Ollama gives a model whose context is not set, whatever the model could take.
const OLLAMA_DEFAULT_CONTEXT: usize = 4096;

/// How long a question about the server may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The first chat model of the server at `base_url` (up to `/v1`), if one answers
/// within `patience`; an empty key is none. It tells whether Ollama runs here.
pub async fn probe(base_url: &str, api_key: &str, patience: Duration) -> Option<String> {
    let http = reqwest::Client::builder().build().ok()?;
    let key = Some(api_key).filter(|key| !key.is_empty());
    let url = format!("{}/models", base_url.trim_end_matches('/'));
    let models = get(&http, &url, key, patience).await?;
    let names = models.get("data")?.as_array()?;
    names
        .iter()
        .filter_map(|model| model.get("id").and_then(Value::as_str))
        .find(|name| {
            let name = name.to_lowercase();
            !["embed", "bge", "minilm", "e5-", "rerank"]
                .iter()
                .any(|word| name.contains(word))
        })
        .map(str::to_owned)
}

/// Tokens of context of the model, as vLLM, llama.cpp and Ollama tell it.
pub(super) async fn context_tokens(
    http: &reqwest::Client,
    options: &OpenAiOptions,
) -> Option<usize> {
    let base = options.base_url.as_str();
    let root = base.strip_suffix("/v1").unwrap_or(base);
    let key = options.api_key.as_deref();
    let models = get(http, &format!("{base}/models"), key, PATIENCE).await;
    if let Some(tokens) = models.and_then(|m| from_models(&m, &options.model)) {
        return Some(tokens);
    }
    if let Some(props) = get(http, &format!("{root}/props"), key, PATIENCE).await {
        let slot = props.pointer("/default_generation_settings/n_ctx");
        if let Some(tokens) = slot.or(props.get("n_ctx")).and_then(positive) {
            return Some(tokens);
        }
    }
    let show = http
        .post(format!("{root}/api/show"))
        .json(&json!({"model": options.model}));
    let shown = json_of(show, key, PATIENCE).await?;
    let set = shown
        .get("parameters")
        .and_then(Value::as_str)
        .and_then(|text| {
            text.lines()
                .find_map(|line| line.trim().strip_prefix("num_ctx")?.trim().parse().ok())
        });
    if set.is_some() {
        return set;
    }
    let loaded = get(http, &format!("{root}/api/ps"), key, PATIENCE).await;
    let running = loaded.as_ref().and_then(|ps| {
        let models = ps.get("models")?.as_array()?;
        let named = |m: &&Value| m.get("model").and_then(Value::as_str) == Some(&options.model);
        positive(models.iter().find(named)?.get("context_length")?)
    });
    running.or_else(|| {
        let info = shown.get("model_info")?.as_object()?;
        let (_, length) = info
            .iter()
            .find(|(name, _)| name.ends_with(".context_length"))?;
        Some(positive(length)?.min(OLLAMA_DEFAULT_CONTEXT))
    })
}

fn from_models(models: &Value, name: &str) -> Option<usize> {
    let models = models.get("data")?.as_array()?;
    let model = models
        .iter()
        .find(|m| m.get("id").and_then(Value::as_str) == Some(name))
        .or_else(|| models.first().filter(|_| models.len() == 1))?;
    ["max_model_len", "context_length", "max_context_length"]
        .iter()
        .find_map(|field| positive(model.get(field)?))
}

fn positive(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok().filter(|n| *n > 0)
}

async fn get(
    http: &reqwest::Client,
    url: &str,
    key: Option<&str>,
    patience: Duration,
) -> Option<Value> {
    json_of(http.get(url), key, patience).await
}

async fn json_of(
    mut request: reqwest::RequestBuilder,
    key: Option<&str>,
    patience: Duration,
) -> Option<Value> {
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let response = request.timeout(patience).send().await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    response.json().await.ok()
}

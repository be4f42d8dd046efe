//! Vectors follow: a task that gives passages their dense vectors after their
//! articles have been stored. What it has to do is in the store, so it survives
//! any crash and another process can go on with it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::embed::{EmbedError, Embedder, Role};
use crate::store::{StoreError, StoredPassage};

/// Passages asked of the store at once.
const FETCH: usize = 512;
/// Passages embedded and written together.
const WRITE: usize = 32;
/// Groups under way at once, so that the model never waits for the store.
const CONCURRENCY: usize = 3;
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(5);

/// Why vectors could not be made.
#[derive(Debug, thiserror::Error)]
pub enum VectorsError {
    /// The model failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs until the application ends: whenever articles have come in, gives them vectors.
pub async fn follow(app: Weak<App>, embedder: Arc<dyn Embedder>) {
    let Some(mut progress) = app.upgrade().map(|app| app.progress()) else {
        return;
    };
    while progress
        .wait_for(|progress| progress.done < progress.wanted)
        .await
        .is_ok()
    {
        let Some(app) = app.upgrade() else { return };
        if let Err(error) = fill(&app, &embedder).await {
            tracing::warn!(%error, "giving passages their vectors; trying again in {PAUSE:?}");
            #[expect(clippy::disallowed_methods, reason = "a pause before trying again")]
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Gives every passage that lacks one a vector of `embedder`, then makes it the
/// model that searches use: first for questions, then in the store, which drops the
/// vectors of the model before.
pub async fn fill(app: &App, embedder: &Arc<dyn Embedder>) -> Result<(), VectorsError> {
    let model = embedder.identity();
    app.store.prepare_model(model).await?;
    let mut wanted;
    loop {
        wanted = app.progress().borrow().wanted;
        let passages = app.store.without_vector(model, FETCH).await?;
        app.report_counts(app.store.counts(Some(model)).await?);
        if passages.is_empty() {
            break;
        }
        stream::iter(by_length(passages))
            .map(|group| embed(embedder.as_ref(), group))
            .buffer_unordered(CONCURRENCY)
            .map_err(VectorsError::from)
            .try_for_each(|vectors| async {
                let count = vectors.len() as u64;
                app.store.set_vectors(model, vectors).await?;
                app.report_vectors_made(count);
                Ok(())
            })
            .await?;
    }
    if app.is_changing_model() {
        app.serve(embedder.clone());
    }
    if app.store.current_model().await?.as_ref() != Some(model) {
        app.store.switch_model(model).await?;
    }
    app.vectors_done(wanted);
    Ok(())
}

/// Groups of passages of similar length, so that a batch is hardly padded.
fn by_length(mut passages: Vec<StoredPassage>) -> Vec<Vec<StoredPassage>> {
    passages.sort_by_key(|passage| passage.end - passage.start);
    let mut groups = Vec::new();
    while !passages.is_empty() {
        groups.push(passages.split_off(passages.len().saturating_sub(WRITE)));
    }
    groups
}

async fn embed(
    embedder: &dyn Embedder,
    passages: Vec<StoredPassage>,
) -> Result<Vec<(uuid::Uuid, Vec<f32>)>, EmbedError> {
    let texts = passages.iter().map(embedded_text).collect();
    let vectors = embedder.embed(Role::Passage, texts).await?;
    Ok(passages
        .iter()
        .map(|passage| passage.passage_id)
        .zip(vectors)
        .collect())
}

/// What is embedded of a passage: its title tells what a sentence in the middle
/// of an article is about.
pub fn embedded_text(passage: &StoredPassage) -> String {
    if passage.title.is_empty() {
        passage.text.clone()
    } else {
        format!("{}\n{}", passage.title, passage.text)
    }
}

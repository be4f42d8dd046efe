//! Articles removed by age or by filter, many at a time.

use std::sync::Weak;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::store::{Cursor, Filter, StoreError};
use crate::time::Time;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Articles that are listed at once.
const PAGE: usize = 200;
/// Articles that are removed at once, so that they share a flush.
const AT_ONCE: usize = 64;

/// Removes what is older than `keep_days` now, and every day until the application ends.
pub async fn follow(app: Weak<App>) {
    loop {
        let Some(app) = app.upgrade() else { return };
        match expire(&app).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "articles older than DRAGOMAN_KEEP_DAYS"),
            Err(error) => tracing::error!(%error, "removing articles by their age"),
        }
        drop(app);
        #[expect(clippy::disallowed_methods, reason = "articles grow older by the day")]
        tokio::time::sleep(DAY).await;
    }
}

/// Removes the articles that are older than the setting `keep_days`, by their date or, where
/// they have none, by when they came in; says how many.
pub async fn expire(app: &App) -> Result<u64, StoreError> {
    match cutoff(app) {
        Some(oldest) => {
            let older = Cursor {
                key: oldest.micros() - 1,
                seen: Vec::new(),
            };
            remove(app, &Filter::default(), Some(older)).await
        }
        None => Ok(0),
    }
}

/// The moment before which articles are too old to be kept, if any are.
pub fn cutoff(app: &App) -> Option<Time> {
    let days = app.config.keep_days?;
    Some(app.now().minus(DAY * days))
}

/// Removes the articles that pass a filter; says how many.
pub async fn delete(app: &App, filter: &Filter) -> Result<u64, StoreError> {
    remove(app, filter, None).await
}

async fn remove(app: &App, filter: &Filter, mut after: Option<Cursor>) -> Result<u64, StoreError> {
    let mut removed = 0;
    loop {
        let page = app.store.list(filter, after.as_ref(), PAGE).await?;
        let ids = page.articles.into_iter().map(|article| article.id);
        let deletions = ids.map(|id| async move { app.store.delete(&id).await });
        removed += stream::iter(deletions)
            .buffer_unordered(AT_ONCE)
            .try_fold(
                0,
                |sum, was_there| async move { Ok(sum + u64::from(was_there)) },
            )
            .await?;
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(removed),
        }
    }
}

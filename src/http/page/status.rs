//! What works and what does not, in words, and a place to take articles in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;

use super::nav::Nav;
use super::{PageError, page};
use crate::app::{self, App};
use crate::config::BriefsWhen;
use crate::store::Counts;

#[derive(Serialize)]
struct StatusPage {
    state: app::State,
    counts: Counts,
    /// Why there is no search by meaning, where there is none.
    off: String,
    auto_briefs: bool,
    /// Briefs that are still to be written, or are being written.
    briefs_waiting: usize,
    data: String,
}

/// The status page.
pub(in crate::http) async fn status(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let state = app.state();
    let off = state.dense_detail.trim_start_matches("off: ").to_owned();
    let view = StatusPage {
        off,
        counts: app.store.counts(None).await?,
        state,
        briefs_waiting: app.briefs_waiting(),
        auto_briefs: app.config.briefs.when == BriefsWhen::Auto,
        data: app.config.data_dir.display().to_string(),
    };
    Ok(page("status", &Nav::new(&app, &headers).await?, &view)?)
}

//! Measuring dragoman on suites of questions, briefs and claims whose right answers
//! are known.
//!
//! ```text
//! suite × system ─► observe ─► judge ─► report ─► gate
//! ```
//!
//! Suites, systems and gates are data (`eval/`); what is measured and how is in
//! `eval/README.md`. Each step is a function of what the step before gave, so that
//! what was observed can be judged again.

pub mod bootstrap;
pub mod cache;
pub mod diff;
pub mod gate;
pub mod gold;
pub mod journal;
pub mod judge;
pub mod metric;
pub mod observe;
pub mod ranking;
pub mod report;
pub mod suite;
pub mod system;
pub mod verify;

use std::sync::Arc;

use crate::app::App;
use cache::Cache;
use journal::Journal;
use judge::Bench;
use observe::{ObserveError, observe};
use report::{Run, Times};
use suite::Suite;
use system::System;

/// Asks a system everything that a suite holds and judges what comes of it. `app` has
/// the suite's articles, with `notes` of what was odd about taking them in.
///
/// # Errors
/// When the store fails or the journal cannot be kept. A case that fails is counted.
pub async fn run(
    app: &Arc<App>,
    suite: &Arc<Suite>,
    system: &System,
    cache: &Cache,
    mut journal: Journal,
    mut notes: Vec<String>,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Run, Times), ObserveError> {
    let observations = observe(app, suite, system, cache, &mut journal, tell).await?;
    let bench = Bench {
        articles: observe::articles(app, suite, &observations).await?,
        opinions: None,
        prices: system.prices.clone(),
    };
    let cases = judge::judge(suite, &observations, &bench);
    notes.splice(0..0, suite.notes.iter().cloned());
    let run = Run::new(suite, system.identity(app).await, notes, cases);
    Ok((run, Times::new(&observations)))
}

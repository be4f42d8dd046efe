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
pub mod opinion;
pub mod ranking;
pub mod report;
pub mod suite;
pub mod system;
pub mod verify;

use std::sync::Arc;

use crate::answer::AskError;
use crate::app::App;
use crate::store::StoreError;
use cache::Cache;
use journal::Journal;
use judge::Bench;
use observe::{ObserveError, observe};
use report::{Run, Times};
use suite::Suite;
use system::{System, SystemError};

/// Why a suite was not measured.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// It could not be asked.
    #[error(transparent)]
    Observe(#[from] ObserveError),
    /// What was cited could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The judge is not there.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The judge failed.
    #[error("judging citations: {0}")]
    Judge(#[from] AskError),
}

/// Asks a system everything that a suite holds and judges what comes of it. `app` has
/// the suite's articles, with `notes` of what was odd about taking them in.
///
/// # Errors
/// When the store or the judge fails or the journal cannot be kept. A case that fails
/// is counted.
pub async fn run(
    app: &Arc<App>,
    suite: &Arc<Suite>,
    system: &System,
    cache: &Cache,
    mut journal: Journal,
    mut notes: Vec<String>,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Run, Times), EvalError> {
    let observations = observe(app, suite, system, cache, &mut journal, tell).await?;
    let articles = observe::articles(app, suite, &observations).await?;
    let opinions = match system.judge(&app.config)? {
        Some(judge) => {
            let (prompts, most) = (&app.prompts, system.concurrency);
            Some(opinion::opinions(judge, prompts, cache, &observations, &articles, most).await?)
        }
        None => None,
    };
    let bench = Bench {
        articles,
        opinions,
        prices: system.prices.clone(),
    };
    let cases = judge::judge(suite, &observations, &bench);
    notes.splice(0..0, suite.notes.iter().cloned());
    let run = Run::new(suite, system.identity(app).await, notes, cases);
    Ok((run, Times::new(&observations)))
}

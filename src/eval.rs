//! Measuring retrieval on suites of questions whose answers are known.
//!
//! Definitions are data (`corpus.ndjson`, `queries.ndjson`); what is measured and
//! how is in `eval/README.md`.

pub mod metric;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::article::{ArticleId, ArticleInput};
use crate::ingest;
use crate::retrieve::{self, Evidence, Mode, Query, RetrieveError};
use crate::store::Filter;
use metric::{Interval, Judged};

/// Articles that a question's ranking is judged on.
const DEPTH: usize = 10;

/// A question of a suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvalQuery {
    /// Its name in reports.
    pub id: String,
    /// The question.
    pub query: String,
    /// Its language.
    #[serde(default)]
    pub language: Option<String>,
    /// The articles that answer it; none means that the right answer is to abstain.
    #[serde(default)]
    pub relevant: Vec<ArticleId>,
    /// What a right answer holds: strings, or lists of which it holds one each.
    #[serde(default)]
    pub answers: Vec<serde_json::Value>,
}

/// A folder with articles and questions about them.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The folder's name.
    pub name: String,
    /// The articles.
    pub corpus: Vec<ArticleInput>,
    /// The questions.
    pub queries: Vec<EvalQuery>,
}

/// Why a suite cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file is missing or broken.
    #[error("reading {path}: {reason}")]
    Suite {
        /// The file, with a line where one is meant.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// An article of the suite was not taken.
    #[error("taking in the articles of {suite}: {source}")]
    Ingest {
        /// The suite.
        suite: String,
        /// Why.
        #[source]
        source: ingest::IngestError,
    },
    /// A search failed.
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
}

/// How one mode of retrieval did on a suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The suite.
    pub suite: String,
    /// The branches searched.
    pub mode: Mode,
    /// Articles searched.
    pub articles: usize,
    /// Questions that have an answer.
    pub queries: usize,
    /// Each metric with its 95 % bootstrap interval.
    pub metrics: Vec<(String, Interval)>,
    /// Refusals, judged by the search alone, as `ask` does before it asks a model.
    pub refusals: Refusals,
    /// Question by question.
    pub outcomes: Vec<Outcome>,
}

/// How often a question is refused because nothing found is about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// Questions that the suite does not answer.
    pub unanswerable: usize,
    /// Those of them that were refused: right.
    pub refused: usize,
    /// Questions that the suite answers and that were refused all the same: wrong.
    pub wrongly_refused: usize,
}

/// One question's outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The question.
    pub id: String,
    /// The rank of its first right article, if it is among the first ten.
    pub rank: Option<usize>,
    /// Whether the suite answers it.
    pub answerable: bool,
    /// What spoke for an answer.
    pub evidence: Evidence,
}

impl Suite {
    /// Reads `corpus.ndjson` and `queries.ndjson` of a folder.
    pub fn read(folder: &Path) -> Result<Suite, EvalError> {
        Ok(Suite {
            name: folder
                .canonicalize()
                .ok()
                .and_then(|path| {
                    path.file_name()
                        .map(|name| name.to_string_lossy().into_owned())
                })
                .unwrap_or_else(|| folder.display().to_string()),
            corpus: read_lines(&folder.join("corpus.ndjson"))?,
            queries: read_lines(&folder.join("queries.ndjson"))?,
        })
    }
}

fn read_lines<T: for<'a> Deserialize<'a>>(path: &PathBuf) -> Result<Vec<T>, EvalError> {
    let fail = |place: String, reason: String| EvalError::Suite {
        path: place,
        reason,
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| fail(path.display().to_string(), error.to_string()))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| {
                fail(
                    format!("{}:{}", path.display(), number + 1),
                    error.to_string(),
                )
            })
        })
        .collect()
}

/// Takes in the suite's articles; those that are there already cost little.
pub async fn take_in(app: &App, suite: &Suite) -> Result<(), EvalError> {
    for batch in suite.corpus.chunks(ingest::BATCH) {
        for result in ingest::ingest(app, batch.to_vec()).await {
            result.map_err(|source| EvalError::Ingest {
                suite: suite.name.clone(),
                source,
            })?;
        }
    }
    Ok(())
}

/// Asks every question, one after the other.
pub async fn retrieval(app: &App, suite: &Suite, mode: Mode) -> Result<Report, EvalError> {
    let mut judged = Vec::new();
    let mut outcomes = Vec::with_capacity(suite.queries.len());
    let mut refusals = Refusals::default();
    for query in &suite.queries {
        let found = retrieve::retrieve(
            app,
            &Query {
                text: query.query.clone(),
                mode: Some(mode),
                filter: Filter::default(),
                limit: DEPTH,
                per_article: 1,
            },
        )
        .await?;
        // A near-identical report that was folded into a hit was found as well as the hit.
        let ranking: Vec<Vec<ArticleId>> = found
            .hits
            .into_iter()
            .map(|hit| {
                std::iter::once(hit.article_id)
                    .chain(hit.also.into_iter().map(|also| also.article_id))
                    .collect()
            })
            .collect();
        let result = Judged::new(&ranking, &query.relevant);
        let answerable = !query.relevant.is_empty();
        let refused = !found.evidence.is_relevant();
        refusals.unanswerable += usize::from(!answerable);
        refusals.refused += usize::from(!answerable && refused);
        refusals.wrongly_refused += usize::from(answerable && refused);
        outcomes.push(Outcome {
            id: query.id.clone(),
            rank: result.first_rank(),
            answerable,
            evidence: found.evidence,
        });
        if answerable {
            judged.push(result);
        }
    }
    Ok(Report {
        suite: suite.name.clone(),
        mode,
        articles: suite.corpus.len(),
        queries: judged.len(),
        metrics: metric::all(&judged),
        refusals,
        outcomes,
    })
}

/// The reports as a table in Markdown.
pub fn markdown(reports: &[Report]) -> String {
    let mut text = String::from("| suite | mode | articles | questions |");
    let names: Vec<&str> = reports
        .first()
        .map(|report| {
            report
                .metrics
                .iter()
                .map(|(name, _)| name.as_str())
                .collect()
        })
        .unwrap_or_default();
    for name in &names {
        text.push_str(&format!(" {name} |"));
    }
    text.push_str(" refused rightly | refused wrongly |\n| --- | --- | --- | --- |");
    text.push_str(&" --- |".repeat(names.len() + 2));
    text.push('\n');
    for report in reports {
        let mode = serde_json::to_value(report.mode).unwrap_or_default();
        text.push_str(&format!(
            "| {} | {} | {} | {} |",
            report.suite,
            mode.as_str().unwrap_or_default(),
            report.articles,
            report.queries
        ));
        for (_, interval) in &report.metrics {
            text.push_str(&format!(
                " {:.1} ({:.1}–{:.1}) |",
                interval.mean * 100.0,
                interval.low * 100.0,
                interval.high * 100.0
            ));
        }
        let Refusals {
            unanswerable,
            refused,
            wrongly_refused,
        } = report.refusals;
        text.push_str(&format!(
            " {refused} of {unanswerable} | {wrongly_refused} of {} |\n",
            report.queries
        ));
    }
    text
}

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
use crate::retrieve::{self, Mode, Query, RetrieveError};
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
    /// Strings of which a right answer holds one.
    #[serde(default)]
    pub answers: Vec<String>,
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
    /// Each question's rank of its first right article, if it is among the first ten.
    pub ranks: Vec<(String, Option<usize>)>,
}

impl Suite {
    /// Reads `corpus.ndjson` and `queries.ndjson` of a folder.
    pub fn read(folder: &Path) -> Result<Suite, EvalError> {
        Ok(Suite {
            name: folder
                .canonicalize()
                .ok()
                .and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
                .unwrap_or_else(|| folder.display().to_string()),
            corpus: read_lines(&folder.join("corpus.ndjson"))?,
            queries: read_lines(&folder.join("queries.ndjson"))?,
        })
    }
}

fn read_lines<T: for<'a> Deserialize<'a>>(path: &PathBuf) -> Result<Vec<T>, EvalError> {
    let fail = |place: String, reason: String| EvalError::Suite { path: place, reason };
    let text = std::fs::read_to_string(path)
        .map_err(|error| fail(path.display().to_string(), error.to_string()))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| {
                fail(format!("{}:{}", path.display(), number + 1), error.to_string())
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

/// Asks every question that has an answer, one after the other.
pub async fn retrieval(app: &App, suite: &Suite, mode: Mode) -> Result<Report, EvalError> {
    let mut judged = Vec::new();
    let mut ranks = Vec::new();
    for query in suite.queries.iter().filter(|query| !query.relevant.is_empty()) {
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
        ranks.push((query.id.clone(), result.first_rank()));
        judged.push(result);
    }
    Ok(Report {
        suite: suite.name.clone(),
        mode,
        articles: suite.corpus.len(),
        queries: judged.len(),
        metrics: metric::all(&judged),
        ranks,
    })
}

/// The reports as a table in Markdown.
pub fn markdown(reports: &[Report]) -> String {
    let mut text = String::from("| suite | mode | articles | questions |");
    let names: Vec<&str> = reports
        .first()
        .map(|report| report.metrics.iter().map(|(name, _)| name.as_str()).collect())
        .unwrap_or_default();
    for name in &names {
        text.push_str(&format!(" {name} |"));
    }
    text.push_str("\n| --- | --- | --- | --- |");
    text.push_str(&" --- |".repeat(names.len()));
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
        text.push('\n');
    }
    text
}

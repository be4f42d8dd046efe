//! What a run measured, as data; [`markdown`] and [`html`] show it.

mod html;
mod markdown;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, interval};
use super::gate::Breach;
use super::judge::Case;
use super::metric::METRICS;
use super::observe::{Observation, Task};
use super::suite::Suite;
use super::system::Identity;

pub use html::html;
pub use markdown::markdown;

/// Everything that one call of `dragoman eval` measured. Two runs of the same systems
/// on the same suites differ in `times` alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// A suite asked of a system each.
    pub runs: Vec<Run>,
    /// Floors that were not reached.
    pub breaches: Vec<Breach>,
    /// How long it all took, by the run's name.
    pub times: BTreeMap<String, Times>,
}

/// A suite asked of a system.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The suite.
    pub suite: String,
    /// First 16 hexadecimal digits of the SHA-256 of its files.
    pub suite_hash: String,
    /// Articles searched.
    pub articles: usize,
    /// The system.
    pub system: Identity,
    /// What a reader of the figures should know.
    pub notes: Vec<String>,
    /// Each metric that any case has a value for.
    pub metrics: Vec<Measured>,
    /// The same by kind of question or claim, and by language of the question.
    pub slices: Vec<Slice>,
    /// Case by case.
    pub cases: Vec<Case>,
}

/// A metric's mean over the cases that have a value for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The metric.
    pub metric: String,
    /// Cases with a value.
    pub cases: usize,
    /// Its mean and 95 % interval.
    #[serde(flatten)]
    pub interval: Interval,
}

/// A part of the cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// What it is a part by: `kind` or `language`.
    pub by: String,
    /// Which part.
    pub part: String,
    /// Its metrics.
    pub metrics: Vec<Measured>,
}

/// How long cases took, in milliseconds: a model's calls as they were when it was asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// Of answers by a model, to their first token.
    pub first_token_ms: Interval,
    /// Of answers and briefs, from beginning to end.
    pub total_ms: Interval,
    /// Each answer's and brief's total, in the order of the cases.
    pub totals: Vec<u64>,
    /// Each answer's first token, where a model was asked.
    pub first_tokens: Vec<u64>,
}

impl Run {
    /// A run's name in reports: its suite, and its system.
    pub fn name(&self) -> String {
        format!("{} · {}", self.suite, self.system.name)
    }

    /// Puts together what was judged.
    pub fn new(suite: &Suite, system: Identity, notes: Vec<String>, cases: Vec<Case>) -> Run {
        let mut slices = Vec::new();
        let all: Vec<&Case> = cases.iter().collect();
        for (by, of) in [
            ("kind", kind as fn(&Case) -> Option<&str>),
            ("language", language),
        ] {
            let parts: BTreeSet<&str> = cases.iter().filter_map(of).collect();
            if parts.len() < 2 {
                continue;
            }
            for part in parts {
                let of_part: Vec<&Case> = all
                    .iter()
                    .filter(|case| of(case) == Some(part))
                    .copied()
                    .collect();
                slices.push(Slice {
                    by: by.into(),
                    part: part.to_owned(),
                    metrics: measured(&of_part),
                });
            }
        }
        Run {
            suite: suite.name.clone(),
            suite_hash: suite.hash.clone(),
            articles: suite.corpus.len(),
            system,
            notes,
            metrics: measured(&all),
            slices,
            cases,
        }
    }

    /// The metric of this name, if any case has a value for it.
    pub fn metric(&self, name: &str) -> Option<&Measured> {
        self.metrics.iter().find(|measured| measured.metric == name)
    }

    /// Hit@k for k from 1: the share of answerable questions with a relevant article
    /// among the first k.
    pub fn curve(&self, depth: usize) -> Vec<f64> {
        let ranks: Vec<Option<usize>> = self
            .cases
            .iter()
            .filter(|case| case.values.contains_key("Hit@1"))
            .map(|case| case.rank)
            .collect();
        if ranks.is_empty() {
            return Vec::new();
        }
        (1..=depth)
            .map(|k| {
                let found = ranks.iter().flatten().filter(|rank| **rank <= k).count();
                found as f64 / ranks.len() as f64
            })
            .collect()
    }

    /// Cases of which something is not as it should be, with what.
    pub fn failures(&self) -> Vec<(&Case, Vec<&str>)> {
        self.cases
            .iter()
            .filter_map(|case| {
                let mut faults = faults(case);
                if self.system.engine == "extractive" {
                    // What is quoted is in its own language; that is its nature.
                    faults.retain(|fault| *fault != OTHER_LANGUAGE);
                }
                (!faults.is_empty()).then_some((case, faults))
            })
            .collect()
    }
}

fn kind(case: &Case) -> Option<&str> {
    case.kind.as_deref()
}

/// Of the question only: articles and claims are mostly of one language.
fn language(case: &Case) -> Option<&str> {
    (case.task == Task::Question).then(|| case.language.split('-').next().unwrap_or_default())
}

fn measured(cases: &[&Case]) -> Vec<Measured> {
    METRICS
        .iter()
        .filter_map(|metric| {
            let values: Vec<f64> = cases
                .iter()
                .filter_map(|case| case.values.get(metric.name).copied())
                .collect();
            (!values.is_empty()).then(|| Measured {
                metric: metric.name.to_owned(),
                cases: values.len(),
                interval: interval(&values),
            })
        })
        .collect()
}

const OTHER_LANGUAGE: &str = "in another language";

/// What is not as it should be of a case: what has the worst value or, of shares of
/// claims, any but the best.
fn faults(case: &Case) -> Vec<&'static str> {
    const NONE: &[(&str, &str)] = &[
        ("Hit@10", "not found"),
        ("correct", "not correct"),
        ("sources cited", "cites elsewhere"),
        ("right refusals", "answered, though nothing answers it"),
        ("answer language", OTHER_LANGUAGE),
        ("true claims supported", "a true claim not supported"),
        ("errors caught", "an error missed"),
        ("errors named", "of another kind"),
    ];
    const PART: &[(&str, &str)] = &[
        ("citation recall", "a claim without support"),
        ("facts covered", "facts not stated"),
        ("paragraphs right", "facts cited elsewhere"),
    ];
    const SOME: &[(&str, &str)] = &[
        ("wrong refusals", "refused"),
        ("failed", "failed"),
        ("facts wrong", "facts wrong"),
        ("claims unsupported", "points without support"),
    ];
    let value = |name: &str| case.values.get(name).copied();
    let of = |list: &'static [(&str, &'static str)], bad: fn(f64) -> bool| {
        list.iter()
            .filter(move |(name, _)| value(name).is_some_and(bad))
            .map(|(_, words)| *words)
    };
    of(NONE, |value| value == 0.0)
        .chain(of(PART, |value| value < 1.0))
        .chain(of(SOME, |value| value > 0.0))
        .collect()
}

impl Times {
    /// Of these observations.
    pub fn new(observations: &[Observation]) -> Times {
        let asked = observations
            .iter()
            .filter(|observation| observation.answer.is_some() || observation.brief.is_some());
        let mut times = Times::default();
        for observation in asked {
            let calls = &observation.calls;
            let model: u64 = calls.iter().map(|call| call.total_ms).sum();
            times.totals.push(observation.own_ms + model);
            if let (Some(last), Some(_)) = (calls.last(), &observation.answer) {
                let first = observation.own_ms + model - last.total_ms + last.first_token_ms;
                times.first_tokens.push(first);
            }
        }
        let of = |list: &[u64]| interval(&list.iter().map(|ms| *ms as f64).collect::<Vec<_>>());
        times.total_ms = of(&times.totals);
        times.first_token_ms = of(&times.first_tokens);
        times
    }
}

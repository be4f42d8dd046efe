//! Two runs compared case by case: what changed, and whether it is more than noise.

use std::collections::HashMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, interval};
use super::judge::Case;
use super::metric::{self, METRICS};
use super::observe::Task;
use super::report::{Report, Run};
use crate::phrase::line;

/// Of fewer cases nothing is said to be more than noise.
const FEWEST: usize = 10;

/// Two runs of one suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The run that is compared with.
    pub from: String,
    /// The run that is compared.
    pub to: String,
    /// What keeps them from being compared in full.
    pub notes: Vec<String>,
    /// Metric by metric, over the cases that both have.
    pub metrics: Vec<MetricDifference>,
    /// Cases whose value of any metric is another.
    pub cases: Vec<CaseDifference>,
}

/// A metric's paired difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricDifference {
    /// The metric.
    pub metric: String,
    /// Cases that have a value in both.
    pub cases: usize,
    /// Its mean before, over these.
    pub before: f64,
    /// Its mean after.
    pub after: f64,
    /// The mean difference with its 95 % interval (paired bootstrap).
    pub difference: Interval,
    /// Whether the interval excludes zero, of ten cases or more.
    pub more_than_noise: bool,
}

/// A case that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseDifference {
    /// The case.
    pub id: String,
    /// What it is.
    pub task: Task,
    /// The question, title or claim.
    pub text: String,
    /// Metric, value before, value after.
    pub values: Vec<(String, Option<f64>, Option<f64>)>,
    /// What was said before, where it is another.
    pub said_before: Option<String>,
    /// What is said now.
    pub said_after: Option<String>,
}

/// Each run of `to` against the one of `from` on the same suite: of the same system if
/// there is one, else the first.
pub fn diff(from: &Report, to: &Report) -> Vec<Difference> {
    to.runs
        .iter()
        .filter_map(|run| {
            let same = |other: &&Run| other.suite == run.suite;
            let before = from
                .runs
                .iter()
                .find(|other| same(other) && other.system.name == run.system.name)
                .or_else(|| from.runs.iter().find(same))?;
            Some(between(before, run))
        })
        .collect()
}

/// One run against another of the same suite.
pub fn between(from: &Run, to: &Run) -> Difference {
    let mut notes = Vec::new();
    if from.suite_hash != to.suite_hash {
        notes.push("the suite's files are not the same; cases are matched by their ids".into());
    }
    let known: HashMap<(Task, &str), &Case> = from
        .cases
        .iter()
        .map(|case| ((case.task, case.id.as_str()), case))
        .collect();
    let pairs: Vec<(&Case, &Case)> = to
        .cases
        .iter()
        .filter_map(|case| Some((*known.get(&(case.task, case.id.as_str()))?, case)))
        .collect();
    for (count, of) in [(from.cases.len(), from), (to.cases.len(), to)] {
        if count > pairs.len() {
            notes.push(format!(
                "{} cases of {} are in it alone",
                count - pairs.len(),
                of.name()
            ));
        }
    }
    let metrics = METRICS
        .iter()
        .filter_map(|metric| metric_difference(metric.name, &pairs))
        .collect();
    let cases = pairs
        .iter()
        .filter_map(|(before, after)| case_difference(before, after))
        .collect();
    Difference {
        from: from.name(),
        to: to.name(),
        notes,
        metrics,
        cases,
    }
}

fn metric_difference(name: &str, pairs: &[(&Case, &Case)]) -> Option<MetricDifference> {
    let values: Vec<(f64, f64)> = pairs
        .iter()
        .filter_map(|(before, after)| Some((*before.values.get(name)?, *after.values.get(name)?)))
        .collect();
    if values.is_empty() {
        return None;
    }
    let count = values.len() as f64;
    let differences: Vec<f64> = values
        .iter()
        .map(|(before, after)| after - before)
        .collect();
    let difference = interval(&differences);
    Some(MetricDifference {
        metric: name.to_owned(),
        cases: values.len(),
        before: values.iter().map(|(before, _)| before).sum::<f64>() / count,
        after: values.iter().map(|(_, after)| after).sum::<f64>() / count,
        difference,
        more_than_noise: values.len() >= FEWEST && difference.excludes_zero(),
    })
}

fn case_difference(before: &Case, after: &Case) -> Option<CaseDifference> {
    let values: Vec<(String, Option<f64>, Option<f64>)> = METRICS
        .iter()
        .map(|metric| {
            let value = |case: &Case| case.values.get(metric.name).copied();
            (metric.name.to_owned(), value(before), value(after))
        })
        .filter(|(_, before, after)| before != after)
        .collect();
    if values.is_empty() && before.said == after.said {
        return None;
    }
    let spoken = before.said != after.said;
    Some(CaseDifference {
        id: after.id.clone(),
        task: after.task,
        text: after.text.clone(),
        values,
        said_before: spoken.then(|| before.said.clone()),
        said_after: spoken.then(|| after.said.clone()),
    })
}

/// The differences in Markdown.
pub fn markdown(differences: &[Difference]) -> String {
    let mut text = String::new();
    for difference in differences {
        // Writing to a string cannot fail.
        let _ = write_one(&mut text, difference);
    }
    text
}

fn write_one(text: &mut String, difference: &Difference) -> std::fmt::Result {
    writeln!(text, "# {} → {}\n", difference.from, difference.to)?;
    for note in &difference.notes {
        writeln!(text, "- {note}")?;
    }
    writeln!(
        text,
        "\n| metric | cases | before | after | difference (95 %) | more than noise |\n| --- | --- | --- | --- | --- | --- |"
    )?;
    for row in &difference.metrics {
        let shown = |value| metric::shown(&row.metric, value);
        writeln!(
            text,
            "| {} | {} | {} | {} | {} ({} to {}) | {} |",
            row.metric,
            row.cases,
            shown(row.before),
            shown(row.after),
            shown(row.difference.mean),
            shown(row.difference.low),
            shown(row.difference.high),
            if row.more_than_noise { "yes" } else { "no" }
        )?;
    }
    writeln!(text, "\n{} cases changed.", difference.cases.len())?;
    for case in &difference.cases {
        writeln!(text, "\n**{}** {}", case.id, case.text)?;
        for (name, before, after) in &case.values {
            let shown = |value: &Option<f64>| {
                value.map_or("none".to_owned(), |value| metric::shown(name, value))
            };
            writeln!(text, "- {name}: {} → {}", shown(before), shown(after))?;
        }
        if let (Some(before), Some(after)) = (&case.said_before, &case.said_after) {
            writeln!(text, "- before: {}\n- after: {}", line(before), line(after))?;
        }
    }
    writeln!(text)
}

//! A report as Markdown: tables of figures with their intervals.

use std::fmt::Write;

use crate::eval::diff;
use crate::eval::metric::{self, METRICS};
use crate::eval::report::{Measured, Report, Run};

/// Failures that are listed of each run.
const LISTED: usize = 20;
/// The metrics that slices show.
const OF_SLICES: &[&str] = &[
    "Hit@1",
    "correct",
    "sources cited",
    "citation recall",
    "right refusals",
    "wrong refusals",
    "true claims supported",
    "errors caught",
    "errors named",
];

/// The whole report.
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(text: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(text, "# Evaluation\n")?;
    writeln!(
        text,
        "Shares in percent, each with its 95 % bootstrap interval. No figure blends others.\n"
    )?;
    for breach in &report.breaches {
        writeln!(text, "- **Below the gate:** {breach}")?;
    }
    if !report.breaches.is_empty() {
        writeln!(text)?;
    }
    for run in &report.runs {
        write_run(text, report, run)?;
    }
    for (place, run) in report.runs.iter().enumerate() {
        let first = report
            .runs
            .iter()
            .position(|other| other.suite == run.suite);
        let Some(first) = first.filter(|first| *first < place) else {
            continue;
        };
        let difference = diff::between(&report.runs[first], run);
        let rows: Vec<_> = difference
            .metrics
            .iter()
            .filter(|row| row.difference.mean != 0.0)
            .collect();
        writeln!(text, "## {} → {}\n", difference.from, difference.to)?;
        if rows.is_empty() {
            writeln!(text, "No figure differs.\n")?;
            continue;
        }
        writeln!(
            text,
            "| metric | cases | difference (95 %) | more than noise |\n| --- | --- | --- | --- |"
        )?;
        for row in rows {
            let shown = |value| metric::shown(&row.metric, value);
            writeln!(
                text,
                "| {} | {} | {} ({} to {}) | {} |",
                row.metric,
                row.cases,
                shown(row.difference.mean),
                shown(row.difference.low),
                shown(row.difference.high),
                if row.more_than_noise { "yes" } else { "no" }
            )?;
        }
        writeln!(text)?;
    }
    writeln!(text, "## Metrics\n")?;
    writeln!(
        text,
        "| metric | what it is | source |\n| --- | --- | --- |"
    )?;
    for metric in METRICS {
        if report
            .runs
            .iter()
            .any(|run| run.metric(metric.name).is_some())
        {
            writeln!(
                text,
                "| {} | {} | {} |",
                metric.name, metric.definition, metric.source
            )?;
        }
    }
    Ok(())
}

fn write_run(text: &mut String, report: &Report, run: &Run) -> std::fmt::Result {
    writeln!(text, "## {}\n", run.name())?;
    writeln!(text, "{}\n", described(run))?;
    for note in &run.notes {
        writeln!(text, "- {note}")?;
    }
    if !run.notes.is_empty() {
        writeln!(text)?;
    }
    writeln!(
        text,
        "| metric | cases | figure (95 %) |\n| --- | --- | --- |"
    )?;
    for measured in &run.metrics {
        writeln!(
            text,
            "| {} | {} | {} |",
            measured.metric,
            measured.cases,
            figure(measured)
        )?;
    }
    if let Some(times) = report.times.get(&run.name()) {
        for (name, interval, count) in [
            (
                "first token",
                times.first_token_ms,
                times.first_tokens.len(),
            ),
            ("total", times.total_ms, times.totals.len()),
        ] {
            if count > 0 {
                writeln!(
                    text,
                    "| {name}, s | {count} | {:.2} ({:.2}–{:.2}) |",
                    interval.mean / 1e3,
                    interval.low / 1e3,
                    interval.high / 1e3
                )?;
            }
        }
    }
    writeln!(text)?;
    write_slices(text, run)?;
    let failures = run.failures();
    writeln!(
        text,
        "{} of {} cases have a fault{}\n",
        failures.len(),
        run.cases.len(),
        if failures.is_empty() { "." } else { ":" }
    )?;
    for (case, faults) in failures.iter().take(LISTED) {
        writeln!(
            text,
            "- **{}** {}: {}",
            case.id,
            case.text,
            faults.join(", ")
        )?;
    }
    if failures.len() > LISTED {
        writeln!(
            text,
            "- and {} more, all in report.html and report.json",
            failures.len() - LISTED
        )?;
    }
    writeln!(text)
}

fn write_slices(text: &mut String, run: &Run) -> std::fmt::Result {
    for by in ["kind", "language"] {
        let slices: Vec<_> = run.slices.iter().filter(|slice| slice.by == by).collect();
        let columns: Vec<&str> = OF_SLICES
            .iter()
            .filter(|name| {
                slices
                    .iter()
                    .any(|slice| slice.metrics.iter().any(|m| m.metric == **name))
            })
            .copied()
            .collect();
        if slices.is_empty() || columns.is_empty() {
            continue;
        }
        writeln!(text, "| {by} | {} |", columns.join(" | "))?;
        writeln!(text, "| --- |{}", " --- |".repeat(columns.len()))?;
        for slice in slices {
            write!(text, "| {} |", slice.part)?;
            for column in &columns {
                match slice.metrics.iter().find(|m| m.metric == *column) {
                    Some(m) => write!(
                        text,
                        " {} of {} |",
                        metric::shown(column, m.interval.mean),
                        m.cases
                    )?,
                    None => write!(text, " |")?,
                }
            }
            writeln!(text)?;
        }
        writeln!(text)?;
    }
    Ok(())
}

/// A run's system and size in a sentence.
pub(super) fn described(run: &Run) -> String {
    let system = &run.system;
    let mut parts = vec![format!("dragoman {}", system.dragoman)];
    if run.articles > 0 {
        parts.push(format!("{} articles", run.articles));
        let mode = serde_json::to_value(system.mode).unwrap_or_default();
        parts.push(format!("search {}", mode.as_str().unwrap_or_default()));
    }
    if system.fusion != "none" {
        parts.push(format!("fused by {}", system.fusion));
    }
    if let Some(embedder) = &system.embedder {
        parts.push(format!("vectors of {embedder}"));
    }
    if let Some(reranker) = &system.reranker {
        parts.push(format!("reranked by {reranker}"));
    }
    parts.push(format!("engine {}", system.engine));
    if let Some(model) = &system.model {
        parts.push(format!("model {model}"));
    }
    for prompt in &system.prompts {
        parts.push(format!("prompt {} {}", prompt.name, prompt.version));
    }
    if let Some(judge) = &system.judge {
        parts.push(format!("judged by {judge}"));
    }
    format!(
        "{}; suite {}, system {}.",
        parts.join(", "),
        run.suite_hash,
        system.hash
    )
}

/// A mean with its interval.
pub(super) fn figure(measured: &Measured) -> String {
    let shown = |value| metric::shown(&measured.metric, value);
    let interval = measured.interval;
    format!(
        "{} ({}–{})",
        shown(interval.mean),
        shown(interval.low),
        shown(interval.high)
    )
}

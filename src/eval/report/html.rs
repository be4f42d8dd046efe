//! A report as one self-contained page: no script, nothing from elsewhere.

use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

use super::markdown::{described, figure};
use super::{Report, Run, Times};
use crate::eval::diff;
use crate::eval::judge::Case;
use crate::eval::metric::{self, Better, METRICS, Unit};
use crate::eval::ranking::DEPTH;

/// Failures that a page shows of each run; all are in the JSON.
const SHOWN: usize = 200;
/// A plot's width and height inside its axes, in the units of its view box.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 180.0;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
        .add_template("report", include_str!("report.html"))
        .expect("the built-in template is rendered by a test");
    environment
});

/// A suite with the systems that were asked.
#[derive(Serialize)]
struct SuiteView {
    name: String,
    runs: Vec<RunView>,
    bars: Vec<BarGroup>,
    curve: Vec<Line>,
    latency: Option<Latency>,
    slices: Vec<Table>,
    differences: Vec<Table>,
}

#[derive(Serialize)]
struct RunView {
    system: String,
    described: String,
    notes: Vec<String>,
    cases: usize,
    failed: usize,
    failures: Vec<FailureView>,
    numbers: Vec<(String, String)>,
}

/// A metric with a bar for each system.
#[derive(Serialize)]
struct BarGroup {
    metric: &'static str,
    definition: &'static str,
    lower: bool,
    bars: Vec<Bar>,
}

/// Lengths are in percent of the whole.
#[derive(Serialize)]
struct Bar {
    color: usize,
    width: f64,
    low: f64,
    high: f64,
    figure: String,
    cases: usize,
}

/// A line of a plot.
#[derive(Serialize)]
struct Line {
    color: usize,
    label: String,
    points: String,
    title: String,
}

#[derive(Serialize)]
struct Latency {
    longest: String,
    half: String,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Table {
    title: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct FailureView {
    id: String,
    kind: String,
    text: String,
    expected: String,
    faults: String,
    said: String,
    rank: String,
    found: Vec<FoundView>,
    cited: Vec<String>,
    findings: Vec<String>,
    error: Option<String>,
}

#[derive(Serialize)]
struct FoundView {
    place: usize,
    article: String,
    paragraph: u32,
    excerpt: String,
}

/// The page.
pub fn html(report: &Report) -> String {
    let mut names: Vec<&str> = Vec::new();
    for run in &report.runs {
        if !names.contains(&run.suite.as_str()) {
            names.push(&run.suite);
        }
    }
    let suites: Vec<SuiteView> = names
        .iter()
        .map(|name| {
            let runs: Vec<&Run> = report
                .runs
                .iter()
                .filter(|run| run.suite == *name)
                .collect();
            suite(name, &runs, report)
        })
        .collect();
    let breaches: Vec<String> = report.breaches.iter().map(ToString::to_string).collect();
    let metrics: Vec<(&str, &str, &str)> = METRICS
        .iter()
        .filter(|metric| {
            report
                .runs
                .iter()
                .any(|run| run.metric(metric.name).is_some())
        })
        .map(|metric| (metric.name, metric.definition, metric.source))
        .collect();
    TEMPLATES
        .get_template("report")
        .and_then(|template| {
            template.render(context! {
                suites => Value::from(Serde(&suites)),
                breaches => breaches,
                metrics => metrics,
                width => WIDTH,
                height => HEIGHT,
                depth => DEPTH,
            })
        })
        .expect("the built-in template is rendered by a test")
}

fn suite(name: &str, runs: &[&Run], report: &Report) -> SuiteView {
    SuiteView {
        name: name.to_owned(),
        runs: runs.iter().map(|run| run_view(run)).collect(),
        bars: bars(runs),
        curve: curve(runs),
        latency: latency(runs, report),
        slices: runs
            .iter()
            .flat_map(|run| slices(run, runs.len() > 1))
            .collect(),
        differences: runs
            .iter()
            .skip(1)
            .map(|run| difference(runs[0], run))
            .collect(),
    }
}

fn run_view(run: &Run) -> RunView {
    let failures = run.failures();
    RunView {
        system: run.system.name.clone(),
        described: described(run),
        notes: run.notes.clone(),
        cases: run.cases.len(),
        failed: failures.len(),
        failures: failures
            .into_iter()
            .take(SHOWN)
            .map(|(case, faults)| failure(case, &faults))
            .collect(),
        numbers: run
            .metrics
            .iter()
            .filter(|measured| {
                metric::named(&measured.metric).is_some_and(|metric| metric.unit == Unit::Number)
            })
            .map(|measured| (measured.metric.clone(), figure(measured)))
            .collect(),
    }
}

fn failure(case: &Case, faults: &[&str]) -> FailureView {
    FailureView {
        id: case.id.clone(),
        kind: case.kind.clone().unwrap_or_default(),
        text: case.text.clone(),
        expected: case.expected.clone(),
        faults: faults.join(", "),
        said: case.said.clone(),
        rank: case.rank.map(|rank| rank.to_string()).unwrap_or_default(),
        found: (1..)
            .zip(&case.found)
            .filter(|(_, place)| !place.excerpt.is_empty())
            .map(|(number, place)| FoundView {
                place: number,
                article: place
                    .articles
                    .iter()
                    .map(|id| id.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
                paragraph: place.paragraph,
                excerpt: place.excerpt.clone(),
            })
            .collect(),
        cited: case
            .cited
            .iter()
            .map(|cited| format!("[{}] {} ¶{}", cited.n, cited.article_id, cited.paragraph))
            .collect(),
        findings: case.findings.clone(),
        error: case.error.clone(),
    }
}

fn bars(runs: &[&Run]) -> Vec<BarGroup> {
    METRICS
        .iter()
        .filter(|metric| metric.unit == Unit::Share)
        .filter_map(|metric| {
            let bars: Vec<Bar> = runs
                .iter()
                .enumerate()
                .filter_map(|(color, run)| {
                    let measured = run.metric(metric.name)?;
                    Some(Bar {
                        color,
                        width: measured.interval.mean * 100.0,
                        low: measured.interval.low * 100.0,
                        high: measured.interval.high * 100.0,
                        figure: figure(measured),
                        cases: measured.cases,
                    })
                })
                .collect();
            (!bars.is_empty()).then_some(BarGroup {
                metric: metric.name,
                definition: metric.definition,
                lower: metric.better == Better::Lower,
                bars,
            })
        })
        .collect()
}

fn curve(runs: &[&Run]) -> Vec<Line> {
    runs.iter()
        .enumerate()
        .filter_map(|(color, run)| {
            let shares = run.curve(DEPTH);
            if shares.is_empty() {
                return None;
            }
            let step = WIDTH / (DEPTH - 1) as f64;
            Some(Line {
                color,
                label: run.system.name.clone(),
                points: polyline(
                    shares
                        .iter()
                        .enumerate()
                        .map(|(place, share)| (place as f64 * step, HEIGHT * (1.0 - share))),
                ),
                title: (1..)
                    .zip(&shares)
                    .map(|(k, share)| format!("Hit@{k} {:.1}", share * 100.0))
                    .collect::<Vec<_>>()
                    .join(", "),
            })
        })
        .collect()
}

/// The share of cases that were done within a time.
fn latency(runs: &[&Run], report: &Report) -> Option<Latency> {
    let times: Vec<(usize, &Run, &Times)> = runs
        .iter()
        .enumerate()
        .filter_map(|(color, run)| Some((color, *run, report.times.get(&run.name())?)))
        .filter(|(_, _, times)| !times.totals.is_empty())
        .collect();
    let longest = times
        .iter()
        .flat_map(|(_, _, times)| &times.totals)
        .copied()
        .max()?
        .max(1);
    let mut lines = Vec::new();
    for (color, run, times) in times {
        for (what, list) in [
            ("total", &times.totals),
            ("first token", &times.first_tokens),
        ] {
            if list.is_empty() {
                continue;
            }
            let mut sorted = list.clone();
            sorted.sort_unstable();
            let count = sorted.len() as f64;
            let middle = sorted[sorted.len() / 2];
            lines.push(Line {
                color,
                label: format!("{}, {what}", run.system.name),
                points: polyline((1..).zip(&sorted).map(|(rank, ms)| {
                    let x = WIDTH * *ms as f64 / longest as f64;
                    (x, HEIGHT * (1.0 - f64::from(rank) / count))
                })),
                title: format!("median {:.2} s", middle as f64 / 1e3),
            });
        }
    }
    let seconds = |ms: f64| format!("{:.1} s", ms / 1e3);
    Some(Latency {
        longest: seconds(longest as f64),
        half: seconds(longest as f64 / 2.0),
        lines,
    })
}

fn polyline(points: impl Iterator<Item = (f64, f64)>) -> String {
    points
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn slices(run: &Run, several: bool) -> Vec<Table> {
    let shares = |name: &str| {
        metric::named(name).is_some_and(|metric| metric.unit == Unit::Share) && name != "failed"
    };
    ["kind", "language"]
        .into_iter()
        .filter_map(|by| {
            let slices: Vec<_> = run.slices.iter().filter(|slice| slice.by == by).collect();
            let columns: Vec<&str> = METRICS
                .iter()
                .map(|metric| metric.name)
                .filter(|name| {
                    shares(name)
                        && slices
                            .iter()
                            .any(|slice| slice.metrics.iter().any(|m| m.metric == *name))
                })
                .collect();
            if slices.is_empty() || columns.is_empty() {
                return None;
            }
            let rows = slices
                .iter()
                .map(|slice| {
                    let cell = |name: &&str| {
                        slice
                            .metrics
                            .iter()
                            .find(|m| m.metric == **name)
                            .map(|m| {
                                format!("{} of {}", metric::shown(name, m.interval.mean), m.cases)
                            })
                            .unwrap_or_default()
                    };
                    std::iter::once(slice.part.clone())
                        .chain(columns.iter().map(cell))
                        .collect()
                })
                .collect();
            let of = if several {
                format!(", {}", run.system.name)
            } else {
                String::new()
            };
            Some(Table {
                title: format!("By {by}{of}"),
                head: std::iter::once(by)
                    .chain(columns)
                    .map(str::to_owned)
                    .collect(),
                rows,
            })
        })
        .collect()
}

fn difference(from: &Run, to: &Run) -> Table {
    let difference = diff::between(from, to);
    let head = ["metric", "cases", "difference (95 %)", "more than noise"];
    Table {
        title: format!("{} against {}", to.system.name, from.system.name),
        head: head.map(str::to_owned).to_vec(),
        rows: difference
            .metrics
            .iter()
            .filter(|row| row.difference.mean != 0.0)
            .map(|row| {
                let shown = |value| metric::shown(&row.metric, value);
                vec![
                    row.metric.clone(),
                    row.cases.to_string(),
                    format!(
                        "{} ({} to {})",
                        shown(row.difference.mean),
                        shown(row.difference.low),
                        shown(row.difference.high)
                    ),
                    if row.more_than_noise { "yes" } else { "no" }.to_owned(),
                ]
            })
            .collect(),
    }
}

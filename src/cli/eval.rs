//! `dragoman eval`: systems measured on suites.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::ingest::wait_for_vectors;
use super::{Options, Session};
use crate::client::Client;
use crate::eval::cache::Cache;
use crate::eval::journal::{Heading, Journal};
use crate::eval::report::{self, Report};
use crate::eval::suite::Suite;
use crate::eval::system::System;
use crate::eval::{self, diff, gate, observe, verify};
use crate::http;
use crate::time::Time;

/// Where the suites of a checkout are, for names such as `golden`.
const SUITES: &str = "eval";
/// The gates of a checkout.
const GATES: &str = "eval/gates.toml";
/// How often progress is told where there is no terminal.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// Measure systems on suites.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Eval {
    #[command(subcommand)]
    other: Option<Other>,
    /// Suites: golden, check, retrieval, or any folder with corpus.ndjson and queries.ndjson
    #[arg(value_name = "SUITE")]
    suites: Vec<PathBuf>,
    /// What to measure, such as eval/systems/extractive.toml; several are compared
    /// [default: the settings in force]
    #[arg(long = "system", value_name = "FILE")]
    systems: Vec<PathBuf>,
    /// Questions, briefs and claims of each suite at most, of every kind as many; gates
    /// are then not applied
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Briefs at most, where that is less
    #[arg(long, value_name = "N")]
    briefs: Option<usize>,
    /// Go on with the run that was interrupted
    #[arg(long)]
    resume: bool,
    /// Take in the articles anew, and ask the model again what it was asked before
    #[arg(long)]
    fresh: bool,
    /// Where report.json, report.md and report.html go
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
    /// Where collections and the model's answers are kept [default: eval in the data folder]
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// Floors to be reached [default: eval/gates.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    gates: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Other {
    /// Prove, without a model, that what suites say of their articles stands in them
    Verify {
        /// Suites [default: golden, retrieval and check]
        suites: Vec<PathBuf>,
    },
    /// List what changed between two runs, and whether it is more than noise
    Diff {
        /// A report.json, or the folder that has it
        from: PathBuf,
        /// Another
        to: PathBuf,
    },
}

impl Eval {
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<ExitCode> {
        match &self.other {
            Some(Other::Verify { suites }) => verify_all(suites, options),
            Some(Other::Diff { from, to }) => {
                let differences = diff::diff(&read_report(from)?, &read_report(to)?);
                if differences.is_empty() {
                    bail!(
                        "{} and {} have no suite in common",
                        from.display(),
                        to.display()
                    );
                }
                if options.json {
                    println!("{}", serde_json::to_string_pretty(&differences)?);
                } else {
                    print!("{}", diff::markdown(&differences));
                }
                Ok(ExitCode::SUCCESS)
            }
            None => self.measure(options).await,
        }
    }

    async fn measure(&self, options: &Options) -> anyhow::Result<ExitCode> {
        if self.suites.is_empty() {
            bail!(
                "which suite? name golden, check, retrieval or a folder with corpus.ndjson and queries.ndjson"
            );
        }
        // All is read first, so that what is wrong costs no time.
        let mut suites = read_suites(&self.suites)?;
        let systems = match self.systems.as_slice() {
            [] => vec![System::default()],
            files => files
                .iter()
                .map(|file| System::read(file))
                .collect::<Result<Vec<_>, _>>()?,
        };
        let limit = self.limit.or(self.briefs.map(|_| usize::MAX));
        let gates = match (&self.gates, limit) {
            (_, Some(_)) => Vec::new(),
            (Some(file), None) => gate::read(file)?,
            (None, None) if Path::new(GATES).is_file() => gate::read(Path::new(GATES))?,
            (None, None) => Vec::new(),
        };
        for suite in &mut suites {
            if let Some(limit) = limit {
                let (queries, claims) = (suite.queries.len(), suite.claims.len());
                suite.limit(limit, self.briefs.unwrap_or(limit));
                suite.notes.push(format!(
                    "a part of the suite: {} of {queries} questions, {} briefs, {} of {claims} claims",
                    suite.queries.len(),
                    suite.brief_articles().len(),
                    suite.claims.len()
                ));
            }
        }
        let mut runs = Vec::new();
        let mut times = BTreeMap::new();
        for suite in suites {
            let suite = Arc::new(suite);
            for system in &systems {
                let (run, took) = self.one(&suite, system, options).await?;
                times.insert(run.name(), took);
                runs.push(run);
            }
        }
        let report = Report {
            breaches: gate::breaches(&gates, &runs),
            runs,
            times,
        };
        self.write(&report)?;
        if options.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{}", report::markdown(&report));
        }
        if report.breaches.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        for breach in &report.breaches {
            eprintln!("below the gate: {breach}");
        }
        Ok(ExitCode::FAILURE)
    }

    /// One suite asked of one system.
    async fn one(
        &self,
        suite: &Arc<Suite>,
        system: &System,
        options: &Options,
    ) -> anyhow::Result<(report::Run, report::Times)> {
        let config = options.config()?;
        let folder = self
            .work
            .clone()
            .unwrap_or_else(|| config.data_dir.join("eval"));
        eprintln!(
            "{} · {}: {} articles, {} questions, {} briefs, {} claims",
            suite.name,
            system.name,
            suite.corpus.len(),
            suite.queries.len(),
            suite.brief_articles().len(),
            suite.claims.len()
        );
        let collections = folder.join("collections");
        if self.fresh {
            system.forget(&collections, suite)?;
        }
        let app = system.open(&config, suite, &collections).await?;
        let bar = Progress::new("articles", options.json);
        let notes = observe::take_in(&app, suite, &|done| bar.at(done, suite.corpus.len())).await?;
        bar.finish();
        let session = Session {
            client: Client::Local(http::router(app.clone())),
            app: Some(app.clone()),
        };
        wait_for_vectors(&session, options.json).await?;
        let heading = Heading {
            suite: suite.hash.clone(),
            system: system.identity(&app).await.hash,
        };
        let journal = self
            .out
            .join("cases")
            .join(format!("{}-{}.ndjson", suite.name, system.name));
        let journal = Journal::open(&journal, &heading, self.resume)?;
        if !journal.is_empty() {
            eprintln!("{} cases are known from the run before", journal.len());
        }
        let cache = Cache::new(&folder.join("answers"), self.fresh);
        let bar = Progress::new("cases", options.json);
        let tell = |done, all| bar.at(done, all);
        let measured = eval::run(&app, suite, system, &cache, journal, notes, &tell).await?;
        bar.finish();
        session.close().await?;
        Ok(measured)
    }

    fn write(&self, report: &Report) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.out)
            .with_context(|| format!("making {}", self.out.display()))?;
        for (file, text) in [
            ("report.json", serde_json::to_string_pretty(report)?),
            ("report.md", report::markdown(report)),
            ("report.html", report::html(report)),
        ] {
            let path = self.out.join(file);
            std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }
}

/// Suites by their path, or by the name of a folder of [`SUITES`].
fn read_suites(paths: &[PathBuf]) -> anyhow::Result<Vec<Suite>> {
    let mut suites = Vec::new();
    for path in paths {
        let named = Path::new(SUITES).join(path);
        let path = if !path.exists() && named.exists() {
            &named
        } else {
            path
        };
        suites.extend(Suite::read(path)?);
    }
    Ok(suites)
}

fn verify_all(paths: &[PathBuf], options: &Options) -> anyhow::Result<ExitCode> {
    let paths = match paths {
        [] => &["golden".into(), "retrieval".into(), "check".into()],
        paths => paths,
    };
    let zone = options.config()?.zone();
    let now = Time::new(jiff::Timestamp::UNIX_EPOCH, &zone);
    let mut faults = 0;
    for suite in read_suites(paths)? {
        let found = verify::verify(&suite, &now, &zone);
        for fault in &found {
            println!("{}: {fault}", suite.name);
        }
        println!(
            "{}: {} articles, {} questions ({} unanswerable), {} facts, {} briefs, {} claims: {}",
            suite.name,
            suite.corpus.len(),
            suite.queries.len(),
            suite
                .queries
                .iter()
                .filter(|query| !query.is_answerable())
                .count(),
            suite.facts.len(),
            suite.briefs.len(),
            suite.claims.len(),
            match found.len() {
                0 => "all of it holds".to_owned(),
                1 => "1 fault".to_owned(),
                many => format!("{many} faults"),
            }
        );
        faults += found.len();
    }
    Ok(if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read_report(path: &Path) -> anyhow::Result<Report> {
    let file = if path.is_dir() {
        path.join("report.json")
    } else {
        path.to_path_buf()
    };
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("reading the report {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "reading the report {}: it is not one of this version of dragoman",
            file.display()
        )
    })
}

/// A bar on a terminal, a line now and then elsewhere.
struct Progress {
    bar: ProgressBar,
    what: &'static str,
    quiet: bool,
    last: Mutex<Instant>,
}

impl Progress {
    fn new(what: &'static str, quiet: bool) -> Progress {
        let bar = if std::io::stderr().is_terminal() && !quiet {
            ProgressBar::new(0).with_style(
                ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left")
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        } else {
            ProgressBar::hidden()
        };
        bar.set_message(what);
        Progress {
            bar,
            what,
            quiet,
            last: Mutex::new(Instant::now()),
        }
    }

    fn at(&self, done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.bar.is_hidden() && !self.quiet && last.elapsed() >= REPORT_EVERY {
            *last = Instant::now();
            eprintln!("{done} of {all} {}", self.what);
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

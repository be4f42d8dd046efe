//! `dragoman ingest`: files, folders and standard input through `POST /v1/articles`.

use std::io::{IsTerminal, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::body::{Body, Bytes};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Options, Session};
use crate::client::Client;
use crate::http::problem::Problem;
use crate::ingest::{Status, Tally};
use crate::reader;

/// Articles that are read ahead of the store.
const AHEAD: usize = 256;
/// How often a log that is not a terminal gets a line.
const REPORT_EVERY: Duration = Duration::from_secs(10);
/// How often the state of vectors is asked for.
const POLL: Duration = Duration::from_millis(500);

/// Take in articles.
#[derive(Debug, Args)]
pub(super) struct Ingest {
    /// Files (.json, .ndjson, .md, .txt, .html, feeds, a saved topic page, each also
    /// as .zst) and folders; - reads NDJSON from standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Leave the dense vectors to a later server
    #[arg(long)]
    no_wait: bool,
}

/// An answer to one line.
#[derive(Debug, Deserialize)]
struct Answer {
    line: usize,
    status: Option<Status>,
    error: Option<Problem>,
}

/// Where each article that is under way came from, by the line it was sent as.
type Places = Arc<Mutex<Vec<String>>>;

impl Ingest {
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<ExitCode> {
        for path in self.paths.iter().filter(|path| path.as_os_str() != "-") {
            std::fs::metadata(path).with_context(|| format!("reading {}", path.display()))?;
        }
        let session = options.open().await?;
        let started = Instant::now();
        let tally = send(&session.client, self.paths, options.json).await?;
        let seconds = started.elapsed().as_secs_f64();
        let taken = tally.created + tally.updated + tally.unchanged;
        if options.json {
            println!("{}", serde_json::to_string(&tally)?);
        } else {
            println!(
                "{} created, {} updated, {} unchanged, {} failed in {seconds:.1} s ({:.0}/s)",
                tally.created,
                tally.updated,
                tally.unchanged,
                tally.failed,
                taken as f64 / seconds.max(0.001),
            );
        }
        if !self.no_wait && taken > 0 {
            wait_for_vectors(&session, options.json).await?;
        }
        session.close().await?;
        Ok(if tally.failed > 0 {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

/// Sends the articles of all paths as one stream and counts the answers.
async fn send(client: &Client, paths: Vec<PathBuf>, quiet: bool) -> anyhow::Result<Tally> {
    let places: Places = Arc::default();
    let failed = Arc::new(Mutex::new(0_u64));
    let (lines, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(AHEAD);
    let reading = {
        let (places, failed) = (places.clone(), failed.clone());
        tokio::task::spawn_blocking(move || {
            for path in paths {
                if !read(&path, &places, &failed, &lines) {
                    return;
                }
            }
        })
    };
    let progress = Progress::new(quiet);
    let body = Body::from_stream(ReceiverStream::new(receiver));
    let mut answers = client
        .post_stream("/v1/articles", "application/x-ndjson", body)
        .await?;
    let mut tally = Tally::default();
    while let Some(line) = answers.next().await? {
        let answer: Answer =
            serde_json::from_str(&line).with_context(|| format!("reading the answer {line:?}"))?;
        tally.count(answer.status);
        if let Some(problem) = answer.error {
            let place = places
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(answer.line - 1)
                .cloned()
                .unwrap_or_default();
            progress.complain(&place, &problem.detail);
        }
        progress.count(&tally);
    }
    reading.await.context("reading the articles")?;
    progress.finish();
    tally.failed += *failed.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(tally)
}

/// Reads one path into lines; false once nobody takes them any more.
fn read(
    path: &Path,
    places: &Places,
    failed: &Mutex<u64>,
    lines: &mpsc::Sender<Result<Bytes, std::io::Error>>,
) -> bool {
    let articles = if path.as_os_str() == "-" {
        reader::read_stream("standard input", reader::Format::Ndjson, stdin())
    } else {
        reader::read_path(path)
    };
    for article in articles {
        match article {
            Ok(article) => {
                let mut line = serde_json::to_vec(&article.input).unwrap_or_default();
                line.push(b'\n');
                places
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(article.place);
                if lines.blocking_send(Ok(line.into())).is_err() {
                    return false;
                }
            }
            Err(error) => {
                eprintln!("{error}");
                *failed.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            }
        }
    }
    true
}

/// A bar on a terminal, a line every ten seconds elsewhere.
struct Progress {
    bar: ProgressBar,
    quiet: bool,
    last: Mutex<Instant>,
    started: Instant,
}

impl Progress {
    fn new(quiet: bool) -> Progress {
        let bar = if std::io::stderr().is_terminal() && !quiet {
            ProgressBar::new_spinner().with_style(
                ProgressStyle::with_template("{spinner} {pos} articles, {per_sec}, {elapsed}{msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            )
        } else {
            ProgressBar::hidden()
        };
        let now = Instant::now();
        Progress {
            bar,
            quiet,
            last: Mutex::new(now),
            started: now,
        }
    }

    fn count(&self, tally: &Tally) {
        let done = tally.created + tally.updated + tally.unchanged + tally.failed;
        self.bar.set_position(done);
        if tally.failed > 0 {
            self.bar.set_message(format!(", {} failed", tally.failed));
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.bar.is_hidden() && !self.quiet && last.elapsed() >= REPORT_EVERY {
            *last = Instant::now();
            let seconds = self.started.elapsed().as_secs_f64();
            eprintln!(
                "{done} articles in {seconds:.0} s ({:.0}/s)",
                done as f64 / seconds
            );
        }
    }

    fn complain(&self, place: &str, detail: &str) {
        self.bar.suspend(|| eprintln!("{place}: {detail}"));
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Shows how many passages have a vector until all have.
pub(super) async fn wait_for_vectors(session: &Session, quiet: bool) -> anyhow::Result<()> {
    let mut bar: Option<ProgressBar> = None;
    let mut last = Instant::now();
    loop {
        let state: Value = session.client.get("/readyz").await?;
        let dense = &state["parts"]["dense"];
        match dense["state"].as_str() {
            Some("loading" | "filling") => {}
            Some("off") => {
                if !quiet {
                    eprintln!(
                        "dense retrieval is {}",
                        dense["detail"].as_str().unwrap_or("off")
                    );
                }
                break;
            }
            _ => break,
        }
        let (made, all) = (dense["vectors"].as_u64(), dense["passages"].as_u64());
        if let (Some(made), Some(all)) = (made, all)
            && !quiet
        {
            if std::io::stderr().is_terminal() {
                let bar = bar.get_or_insert_with(|| {
                    ProgressBar::new(all).with_style(
                        ProgressStyle::with_template(
                            "vectors {wide_bar} {pos}/{len} passages, {per_sec}, {eta} left",
                        )
                        .unwrap_or_else(|_| ProgressStyle::default_bar()),
                    )
                });
                bar.set_length(all);
                bar.set_position(made);
            } else if last.elapsed() >= REPORT_EVERY {
                last = Instant::now();
                eprintln!("vectors: {made} of {all} passages");
            }
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "a server is asked, which cannot call back"
        )]
        tokio::time::sleep(POLL).await;
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(())
}

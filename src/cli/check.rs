//! `dragoman check`: claims against sources, without server or collection.

use std::io::{BufRead, BufReader, BufWriter, Write, stdin, stdout};
use std::path::PathBuf;
use std::thread;

use anyhow::Context;
use clap::Args;

use crate::check::check_line;

/// Lines that one thread takes at once.
const CHUNK: usize = 256;

/// Check claims.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// NDJSON of {"id"?, "claim", "sources": […], "published_at"?}; - for standard input
    #[arg(value_name = "CLAIMS")]
    file: PathBuf,
}

impl Check {
    /// Writes a verdict for each line, in order.
    pub(super) fn run(self) -> anyhow::Result<()> {
        let name = self.file.display().to_string();
        let input: Box<dyn BufRead> = if name == "-" {
            Box::new(stdin().lock())
        } else {
            let file =
                std::fs::File::open(&self.file).with_context(|| format!("reading {name}"))?;
            Box::new(BufReader::new(file))
        };
        let mut output = BufWriter::new(stdout().lock());
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut lines = input.split(b'\n');
        loop {
            let batch = lines
                .by_ref()
                .take(CHUNK * threads)
                .collect::<Result<Vec<_>, _>>()
                .with_context(|| format!("reading {name}"))?;
            if batch.is_empty() {
                break;
            }
            for answers in check_all(&batch) {
                for answer in answers {
                    writeln!(output, "{answer}").context("writing verdicts")?;
                }
            }
            output.flush().context("writing verdicts")?;
        }
        Ok(())
    }
}

/// Checks chunks of lines side by side; the answers stay in their order.
fn check_all(lines: &[Vec<u8>]) -> Vec<Vec<String>> {
    thread::scope(|scope| {
        let workers: Vec<_> = lines
            .chunks(CHUNK)
            .map(|chunk| {
                scope.spawn(move || {
                    chunk
                        .iter()
                        .map(|line| String::from_utf8_lossy(line))
                        .filter(|line| !line.trim().is_empty())
                        .map(|line| check_line(&line))
                        .collect()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| {
                worker
                    .join()
                    .expect("a check does not panic; its properties are tested")
            })
            .collect()
    })
}

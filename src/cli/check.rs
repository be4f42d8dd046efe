//! `dragoman check`: claims against sources, without server or collection.

use std::io::{BufRead, BufReader, BufWriter, Read, Write, stdin, stdout};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use rayon::prelude::*;

use super::Options;
use crate::app::load_embedder;
use crate::check::{CheckInput, answer_line, read_line};
use crate::dictionary;
use crate::embed::Embedder;
use crate::similarity;

/// Lines that are checked side by side.
const BATCH: usize = 4_096;
/// Bytes read ahead.
const BUFFER: usize = 1 << 20;

/// Check claims.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// NDJSON of {"id"?, "claim", "sources": […], "published_at"?}; - for standard input
    #[arg(value_name = "CLAIMS")]
    file: PathBuf,
}

impl Check {
    /// Writes a verdict for each line, in order.
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<()> {
        dictionary::warm_up();
        let embedder = embedder(options).await?;
        let name = self.file.display().to_string();
        let input: Box<dyn Read> = if name == "-" {
            Box::new(stdin().lock())
        } else {
            let file = std::fs::File::open(&self.file);
            Box::new(file.with_context(|| format!("reading {name}"))?)
        };
        let mut input = BufReader::with_capacity(BUFFER, input);
        let mut output = BufWriter::new(stdout().lock());
        loop {
            let batch = batch(&mut input, BATCH).with_context(|| format!("reading {name}"))?;
            if batch.is_empty() {
                break;
            }
            let lines: Vec<Line> = batch.par_iter().filter_map(|line| read(line)).collect();
            let similarities = match &embedder {
                Some(embedder) => similarities(&**embedder, &lines).await?,
                None => vec![None; lines.len()],
            };
            let checked = lines.par_iter().zip(similarities);
            let answers: Vec<String> = checked
                .map(|(line, similarity)| answer_line(line, similarity))
                .collect();
            for answer in answers {
                writeln!(output, "{answer}").context("writing verdicts")?;
            }
            output.flush().context("writing verdicts")?;
        }
        Ok(())
    }
}

/// The embedder, where one is asked for by name: loading it takes seconds, which a check
/// of words and facts alone need not wait for.
async fn embedder(options: &Options) -> anyhow::Result<Option<Arc<dyn Embedder>>> {
    if !options.names_embedder() {
        return Ok(None);
    }
    let config = options.config()?;
    if config.embed.model == "off" {
        return Ok(None);
    }
    Ok(Some(load_embedder(&config).await?))
}

/// A line, or the answer to one that cannot be read.
type Line = Result<CheckInput, String>;

/// The lines that are there, one at least, so that whoever writes them a line at a time is
/// answered a line at a time; none at the end.
fn batch(input: &mut BufReader<impl Read>, most: usize) -> std::io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    while lines.len() < most && (lines.is_empty() || input.buffer().contains(&b'\n')) {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        lines.push(line);
    }
    Ok(lines)
}

/// A line as a claim with its sources; none for an empty one.
fn read(line: &[u8]) -> Option<Line> {
    let line = String::from_utf8_lossy(line);
    (!line.trim().is_empty()).then(|| read_line(&line))
}

/// How near each claim is to its sources, `None` for a line that could not be read.
async fn similarities(embedder: &dyn Embedder, lines: &[Line]) -> anyhow::Result<Vec<Option<f32>>> {
    let claims: Vec<(&str, &[String])> = lines
        .iter()
        .map(|line| match line {
            Ok(input) => (input.claim.as_str(), input.sources.as_slice()),
            Err(_) => ("", [].as_slice()),
        })
        .collect();
    Ok(similarity::of_claims(embedder, &claims).await?)
}

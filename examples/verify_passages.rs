//! Cuts every article of a file or folder into passages and proves each cut:
//! `cargo run --release --example verify_passages -- news.ndjson.zst`.
//!
//! For every passage `text[start..end]` (Unicode scalars) must be its words, spans must
//! be in order, and no character that is not blank may be left out. Prints counts and the pace.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use dragoman::article::{Article, Slices};
use dragoman::passage::{self, PASSAGE_LENGTH};
use dragoman::{reader, time::Time};
use jiff::{Timestamp, tz::TimeZone};

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: verify_passages PATH [SHOW]");
        return ExitCode::from(2);
    };
    let show: usize = std::env::args()
        .nth(2)
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let now = Time::new(Timestamp::UNIX_EPOCH, &zone);
    let (mut articles, mut paragraphs, mut passages, mut faults) =
        (0_usize, 0_usize, 0_usize, 0_usize);
    let (mut longest, mut over, mut characters) = (0_usize, 0_usize, 0_usize);
    let mut spent = Duration::ZERO;
    for found in reader::read_path(path) {
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                eprintln!("{error}");
                faults += 1;
                continue;
            }
        };
        let started = Instant::now();
        let article = match Article::from_input(found.input, now.clone(), &zone) {
            Ok(article) => article,
            Err(error) => {
                eprintln!("{}: {error}", found.place);
                faults += 1;
                continue;
            }
        };
        let cut = passage::passages(&article.text, &article.paragraphs);
        // The first article also loads the dictionaries.
        if articles > 0 {
            spent += started.elapsed();
        }
        for fault in wrong(&article, &cut) {
            eprintln!("{}: {fault}", found.place);
            faults += 1;
        }
        articles += 1;
        paragraphs += article.paragraphs.len();
        passages += cut.len();
        let slices = Slices::new(&article.text);
        for one in &cut {
            let words = slices.get(one.start..one.end);
            let length = passage::length(words);
            longest = longest.max(length);
            over += usize::from(length > PASSAGE_LENGTH);
            characters += one.end - one.start;
            if articles <= show {
                println!(
                    "--- {} ¶{} {}..{} ({length})\n{words}",
                    article.id, one.paragraph, one.start, one.end
                );
            }
        }
    }
    let pace = articles.saturating_sub(1) as f64 / spent.as_secs_f64();
    println!(
        "{articles} articles, {paragraphs} paragraphs, {passages} passages of {:.0} characters on average; longest {longest}, {over} over {PASSAGE_LENGTH} units; {pace:.0} articles/s; {faults} faults",
        characters as f64 / passages.max(1) as f64
    );
    if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What does not hold of these passages, found without the library's own slicing.
fn wrong(article: &Article, passages: &[passage::Passage]) -> Vec<String> {
    let chars: Vec<char> = article.text.chars().collect();
    let slices = Slices::new(&article.text);
    let mut faults = Vec::new();
    let mut covered = 0;
    let mut last = (0, 0);
    for one in passages {
        let words: String = chars
            .get(one.start..one.end)
            .unwrap_or_default()
            .iter()
            .collect();
        if words.is_empty() || slices.get(one.start..one.end) != words {
            faults.push(format!("passage {} is not its span", one.ordinal));
        }
        if one.start < last.0 || one.end <= last.1 {
            faults.push(format!("passage {} is out of order", one.ordinal));
        }
        if chars
            .get(covered..one.start)
            .is_some_and(|gap| gap.iter().any(|c| !c.is_whitespace()))
        {
            faults.push(format!("text before passage {} is left out", one.ordinal));
        }
        let paragraph = article
            .paragraphs
            .iter()
            .find(|p| p.start <= one.start && one.start < p.end);
        if paragraph.map(|p| p.n) != Some(one.paragraph) {
            faults.push(format!(
                "passage {} does not start in paragraph {}",
                one.ordinal, one.paragraph
            ));
        }
        covered = covered.max(one.end);
        last = (one.start, one.end);
    }
    if chars[covered..].iter().any(|c| !c.is_whitespace()) {
        faults.push("the end is left out".to_owned());
    }
    faults
}

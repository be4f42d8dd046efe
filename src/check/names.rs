//! Names of the claim against those of the sources.

mod organisations;
mod people;
mod places;
mod same;

use std::ops::Range;

use super::{Finding, FindingKind, Reading};
use crate::facts::gloss::Lexeme;
use crate::facts::mention::{self, Named};
use crate::facts::name::{GAZETTEER, Mention};
use crate::facts::organisation::ORGANISATIONS;

/// How many names of a text are compared: a longer list is no claim.
const MOST: usize = 100;

/// A Latin name and characters that are as likely as this render one another.
const RENDERS: f32 = 0.4;

/// The places and people of which the sources have no word, and that the claim has in place
/// of others that are named `near`, in the sentences of theirs that it is about.
pub(super) fn compare(claim: &Reading, sources: &[Reading], near: &[Reading]) -> Vec<Finding> {
    let chinese = sources.iter().any(Reading::is_chinese);
    let organisations = ORGANISATIONS.mentions(&claim.text);
    let mut findings = organisations::compare(claim, sources, near, &organisations);
    if claim.is_chinese() {
        if chinese {
            findings.extend(same::chinese(claim, sources, near));
        }
        return findings;
    }
    let (mut mentions, mut named) = named(claim);
    // Peking University is not where Peking is.
    let within = |span: &Range<usize>| {
        organisations
            .iter()
            .any(|o| o.span.start < span.end && span.start < o.span.end)
    };
    // Singapore dollars are judged as money.
    let counted = |span: &Range<usize>| {
        let mut quantities = claim.quantities.iter();
        quantities.any(|q| q.span.start < span.start && span.end <= q.span.end)
    };
    mentions.retain(|m| !within(&m.span) && !counted(&m.span));
    named.retain(|n| !within(&n.span));
    if chinese {
        findings.extend(places::compare(claim, sources, near, &mentions));
        findings.extend(people::compare(claim, sources, near, &named));
    } else {
        findings.extend(same::english(claim, sources, near, &mentions, &named));
    }
    findings
}

/// The places and the people that an English text names.
fn named(reading: &Reading) -> (Vec<Mention>, Vec<Named>) {
    let mut mentions = GAZETTEER.mentions(&reading.text);
    let mut named = mention::people(&reading.text, &mentions);
    named.truncate(MOST);
    // David and Victoria are places too.
    mentions.retain(|m| {
        !named.iter().any(|n| n.span.contains(&m.span.start)) && !mention::is_given_name(&m.name)
    });
    mentions.truncate(MOST);
    (mentions, named)
}

fn finding(
    claim: &Reading,
    said: &Range<usize>,
    source: &Reading,
    right: &Range<usize>,
) -> Finding {
    let (said, right) = (claim.quote(said), source.quote(right));
    Finding {
        kind: FindingKind::Name,
        detail: format!("The claim names {said}; the source names {right}."),
        claim: said,
        source: right,
    }
}

/// The words that share characters with a span.
fn lexemes_within<'a>(reading: &'a Reading, span: &Range<usize>) -> Vec<&'a Lexeme> {
    reading
        .lexemes
        .iter()
        .filter(|l| l.span.0 < span.end && l.span.1 > span.start && !l.part)
        .collect()
}

/// Whether a word that begins like a lower-case one (Persia, Persian) stands in a text.
fn says_like(reading: &Reading, word: &str) -> bool {
    let root = word.get(..5).unwrap_or(word);
    reading.text.words.iter().any(|w| w.lower.starts_with(root))
}

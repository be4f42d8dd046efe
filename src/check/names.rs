//! Names of the claim against those of the sources.

mod people;
mod places;

use std::ops::Range;

use super::{Finding, FindingKind, Reading};
use crate::facts::gloss::Lexeme;
use crate::facts::mention;
use crate::facts::name::GAZETTEER;

/// The places and people that the claim has in place of others that the sources name.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    if claim.text.words.is_empty() || !sources.iter().any(Reading::is_chinese) {
        return Vec::new();
    }
    let mut mentions = GAZETTEER.mentions(&claim.text);
    let named = mention::people(&claim.text, &mentions);
    // David and Victoria are places too.
    mentions.retain(|m| {
        !named.iter().any(|n| n.span.contains(&m.span.start)) && !mention::is_given_name(&m.name)
    });
    let mut findings = places::compare(claim, sources, &mentions);
    findings.extend(people::compare(claim, sources, &named));
    findings
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

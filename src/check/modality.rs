//! What is planned told as done.

use std::ops::Range;

use super::{Finding, Reading, negation};
use crate::facts::{denial, gloss, modality};

/// A claim that tells as done what the sources tell as planned or open.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    if !denial::denials(&claim.text).is_empty() {
        return None;
    }
    let told = modality::told_as_done(&claim.text);
    let by_verb = told.iter().find_map(|done| {
        let (source, planned) = same_verb(claim, done.verb, sources)?;
        Some((done, source, planned))
    });
    let (done, source, planned) = by_verb.or_else(|| {
        let done = told.first().filter(|_| !modality::plans(&claim.text))?;
        let (source, planned) = sentence(claim, sources)?;
        Some((done, source, planned))
    })?;
    let (here, there) = (claim.quote(&done.span), source.quote(&planned));
    let detail = format!(
        "The claim tells it as done (\"{here}\"); in the source it is planned or open (\"{there}\")."
    );
    Some(negation(here, there, detail))
}

/// The plan that the sources tell of with a verb of the claim, where they tell of nothing
/// else with it.
fn same_verb<'a>(
    claim: &Reading,
    verb: usize,
    sources: &'a [Reading],
) -> Option<(&'a Reading, Range<usize>)> {
    let stem = gloss::stem(claim.text.word(verb));
    let mut found = None;
    for source in sources {
        if modality::has_happened(&source.text, source.relevant(claim)) {
            return None;
        }
        let same =
            |l: &&gloss::Lexeme| l.span.1 - l.span.0 >= 2 && l.stems.binary_search(&stem).is_ok();
        for lexeme in source.lexemes.iter().filter(same) {
            let clause = source.clause(lexeme.span.0);
            let planned = modality::planned(&source.text, clause.start..lexeme.span.1)?;
            found = found.or(Some((source, planned)));
        }
    }
    found
}

/// The plan that the sentences nearest to the claim tell of, where they tell of nothing done.
fn sentence<'a>(claim: &Reading, sources: &'a [Reading]) -> Option<(&'a Reading, Range<usize>)> {
    sources.iter().find_map(|source| {
        let relevant = source.relevant(claim);
        let happened = modality::has_happened(&source.text, relevant.clone());
        let planned = modality::planned(&source.text, relevant).filter(|_| !happened)?;
        Some((source, planned))
    })
}

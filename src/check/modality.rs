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
    let by_verb: Vec<Stated<'_>> = told
        .iter()
        .map(|done| same_verb(claim, done.verb, sources))
        .collect();
    let planned = told
        .iter()
        .zip(&by_verb)
        .find_map(|(done, stated)| match stated {
            Stated::Planned(source, span) => Some((done, *source, span.clone())),
            _ => None,
        });
    let (done, source, planned) = planned.or_else(|| {
        let done = told.first().filter(|_| !modality::plans(&claim.text))?;
        // What is announced has been, whatever it plans.
        let open = matches!(by_verb[0], Stated::Nothing)
            && !ANNOUNCED.contains(&claim.text.word(done.verb));
        let (source, planned) = sentence(sources).filter(|_| open)?;
        Some((done, source, planned))
    })?;
    let (here, there) = (claim.quote(&done.span), source.quote(&planned));
    let detail = format!(
        "The claim tells it as done (\"{here}\"); in the source it is planned or open (\"{there}\")."
    );
    Some(negation(here, there, detail))
}

/// Verbs by which plans are made known.
const ANNOUNCED: &[&str] = &[
    "announced",
    "published",
    "released",
    "issued",
    "unveiled",
    "reported",
    "revealed",
    "disclosed",
    "signed",
    "approved",
    "informed",
    "told",
    "asked",
    "learned",
    "learnt",
];

/// What the sources tell of with a verb.
enum Stated<'a> {
    /// Nothing.
    Nothing,
    /// Something done, or that may be.
    Done,
    /// A plan alone, in these words.
    Planned(&'a Reading, Range<usize>),
}

/// What the sources tell of with a verb of the claim.
fn same_verb<'a>(claim: &Reading, verb: usize, sources: &'a [Reading]) -> Stated<'a> {
    let stem = gloss::stem(claim.text.word(verb));
    let mut found = Stated::Nothing;
    for source in sources {
        let same =
            |l: &&gloss::Lexeme| l.span.1 - l.span.0 >= 2 && l.stems.binary_search(&stem).is_ok();
        for lexeme in source.lexemes.iter().filter(same) {
            let clause = source.clause(&(lexeme.span.0..lexeme.span.1));
            match modality::planned(&source.text, clause.start..lexeme.span.1) {
                None => return Stated::Done,
                Some(planned) if matches!(found, Stated::Nothing) => {
                    found = Stated::Planned(source, planned);
                }
                Some(_) => {}
            }
        }
        if modality::has_happened(&source.text, 0..source.text.chars.len()) {
            return Stated::Done;
        }
    }
    found
}

/// The plan that the sentences nearest to the claim tell of, where they tell of nothing done.
fn sentence(sources: &[Reading]) -> Option<(&Reading, Range<usize>)> {
    sources.iter().find_map(|source| {
        let whole = 0..source.text.chars.len();
        let happened = modality::has_happened(&source.text, whole.clone());
        let planned = modality::planned(&source.text, whole).filter(|_| !happened)?;
        Some((source, planned))
    })
}

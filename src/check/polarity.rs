//! Negation, direction and modality of the claim against those of the sources.

use super::{Finding, FindingKind, Reading, numbers};
use crate::facts::gloss;
use crate::facts::polarity::{self, Direction};

/// What the claim denies, turns round or tells as done against the sources.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    direction(claim, sources)
        .or_else(|| negation(claim, sources))
        .or_else(|| modality(claim, sources))
        .into_iter()
        .collect()
}

/// English words that tell of a plan.
const PLANS: &[&str] = &[
    "plan", "plans", "planned", "planning", "will", "intends", "aims", "proposed", "expected",
];

fn finding(claim: String, source: String, detail: String) -> Option<Finding> {
    Some(Finding {
        kind: FindingKind::Negation,
        claim,
        source,
        detail,
    })
}

/// A quantity that both have, rising in one and falling in the other.
fn direction(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    for quantity in &claim.quantities {
        let Some((said, said_at)) = polarity::direction_of(&claim.text, &quantity.span) else {
            continue;
        };
        let mut opposite = None;
        for source in sources {
            for other in source
                .quantities
                .iter()
                .filter(|o| numbers::agrees(quantity, o))
            {
                match polarity::direction_of(&source.text, &other.span) {
                    Some((stated, at)) if stated != said => {
                        opposite = opposite.or(Some((source, at)))
                    }
                    _ => return None,
                }
            }
        }
        if let Some((source, at)) = opposite {
            return turned(claim, &said_at, source, &at, said);
        }
    }
    // Without a number to tie them to, only a text that knows one direction counts.
    let (said, said_at) = polarity::only_direction(&claim.text, 0..claim.text.chars.len())?;
    let mut opposite = None;
    for source in sources {
        match polarity::only_direction(&source.text, source.relevant(claim)) {
            Some((stated, at)) if stated != said => opposite = Some((source, at)),
            _ => return None,
        }
    }
    let (source, at) = opposite?;
    turned(claim, &said_at, source, &at, said)
}

fn turned(
    claim: &Reading,
    said_at: &std::ops::Range<usize>,
    source: &Reading,
    at: &std::ops::Range<usize>,
    said: Direction,
) -> Option<Finding> {
    let (here, there) = (claim.quote(said_at), source.quote(at));
    let (rises, falls) = ("a rise", "a fall");
    let (a, b) = if said == Direction::Rise {
        (rises, falls)
    } else {
        (falls, rises)
    };
    let detail = format!("The claim tells of {a} ({here}); the source states {b} ({there}).");
    finding(here, there, detail)
}

fn negation(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    let whole = 0..claim.text.chars.len();
    if let Some(said) = polarity::denial(&claim.text, whole.clone()) {
        let mut clauses = denied_clauses(claim, &said, sources).peekable();
        let affirmed = if clauses.peek().is_some() {
            clauses.all(|(s, clause)| !polarity::denies_at_all(&s.text, clause))
        } else {
            sources
                .iter()
                .all(|s| !polarity::denies_at_all(&s.text, 0..s.text.chars.len()))
        };
        if affirmed {
            let here = claim.quote(&said);
            let detail = format!("The claim denies it (\"{here}\"); the source does not.");
            return finding(here, String::new(), detail);
        }
        return None;
    }
    let soft = polarity::denies_at_all(&claim.text, whole);
    for source in sources {
        let relevant = source.relevant(claim);
        let Some(stated) = polarity::denial(&source.text, relevant) else {
            continue;
        };
        let near = stated_nearby(claim, source, &stated);
        // What is still lacking may well be planned.
        if claim
            .text
            .words
            .iter()
            .any(|word| PLANS.contains(&word.lower.as_str()))
        {
            continue;
        }
        let told = match near {
            Some(part) => {
                !polarity::denies_at_all(&claim.text, part)
                    && !polarity::denies_clearly(&claim.text)
            }
            None => !soft && shares(claim, source, &source.clause(stated.start)),
        };
        if told {
            let there = source.quote(&stated);
            let detail = format!("The source denies it (\"{there}\"); the claim does not.");
            return finding(String::new(), there, detail);
        }
    }
    None
}

/// Whether a clause of the source has a word in common with the claim.
fn shares(claim: &Reading, source: &Reading, clause: &std::ops::Range<usize>) -> bool {
    source
        .lexemes
        .iter()
        .filter(|l| clause.contains(&l.span.0) && l.span.1 - l.span.0 >= 2)
        .any(|l| l.stems.iter().any(|s| claim.stems.binary_search(s).is_ok()))
}

/// The clauses of the sources that speak of what the claim denies: those with a word
/// for one of the next words after its "not".
fn denied_clauses<'a>(
    claim: &'a Reading,
    said: &std::ops::Range<usize>,
    sources: &'a [Reading],
) -> impl Iterator<Item = (&'a Reading, std::ops::Range<usize>)> {
    let first = claim.text.word_from(said.end);
    let stems: Vec<_> = claim.text.words[first.min(claim.text.words.len())..]
        .iter()
        .take(4)
        .filter(|w| {
            !gloss::is_function_word(&w.lower)
                && !matches!(
                    w.lower.as_str(),
                    "case"
                        | "way"
                        | "mean"
                        | "true"
                        | "means"
                        | "going"
                        | "able"
                        | "think"
                        | "broken"
                )
        })
        .take(1)
        .map(|w| gloss::stem(&w.lower))
        .collect();
    sources.iter().flat_map(move |source| {
        let stems = stems.clone();
        source
            .lexemes
            .iter()
            .filter(move |l| l.span.1 - l.span.0 >= 2 && l.stems.iter().any(|s| stems.contains(s)))
            .map(move |l| (source, source.clause(l.span.0)))
    })
}

/// The part of the claim, a few words either way, that speaks of what the source denies.
fn stated_nearby(
    claim: &Reading,
    source: &Reading,
    stated: &std::ops::Range<usize>,
) -> Option<std::ops::Range<usize>> {
    let after = source.lexemes.iter().filter(|l| {
        l.span.0 >= stated.end && l.span.0 <= stated.end + 3 && l.span.1 - l.span.0 >= 2
    });
    let words = &claim.text.words;
    for lexeme in after {
        if let Some(k) = words.iter().position(|w| {
            !gloss::is_function_word(&w.lower) && lexeme.stems.contains(&gloss::stem(&w.lower))
        }) {
            let last = (k + 5).min(words.len() - 1);
            return Some(words[k.saturating_sub(7)].start..words[last].end);
        }
    }
    None
}

fn modality(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    let done = polarity::told_as_done(&claim.text)?;
    if polarity::denial(&claim.text, 0..claim.text.chars.len()).is_some() {
        return None;
    }
    for source in sources {
        let relevant = source.relevant(claim);
        if polarity::has_happened(&source.text, relevant.clone()) {
            return None;
        }
        if let Some(planned) = polarity::planned(&source.text, relevant) {
            let (here, there) = (claim.quote(&done), source.quote(&planned));
            let detail = format!(
                "The claim tells it as done (\"{here}\"); in the source it is planned or open (\"{there}\")."
            );
            return finding(here, there, detail);
        }
    }
    None
}

//! Negation, direction and modality of the claim against those of the sources.

use super::{Finding, FindingKind, Reading, numbers};
use crate::facts::polarity::{self, Direction};

/// What the claim denies, turns round or tells as done against the sources.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    direction(claim, sources)
        .or_else(|| negation(claim, sources))
        .or_else(|| modality(claim, sources))
        .into_iter()
        .collect()
}

fn finding(claim: String, source: String, detail: String) -> Option<Finding> {
    Some(Finding { kind: FindingKind::Negation, claim, source, detail })
}

/// A quantity that both have, rising in one and falling in the other.
fn direction(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    for quantity in &claim.quantities {
        let Some((said, said_at)) = polarity::direction_of(&claim.text, &quantity.span) else { continue };
        let mut opposite = None;
        for source in sources {
            for other in source.quantities.iter().filter(|o| numbers::agrees(quantity, o)) {
                match polarity::direction_of(&source.text, &other.span) {
                    Some((stated, at)) if stated != said => opposite = opposite.or(Some((source, at))),
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
    let (a, b) = if said == Direction::Rise { (rises, falls) } else { (falls, rises) };
    let detail = format!("The claim tells of {a} ({here}); the source states {b} ({there}).");
    finding(here, there, detail)
}

fn negation(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    let said = polarity::denial(&claim.text, 0..claim.text.chars.len());
    if let Some(said) = said {
        let none = sources.iter().all(|s| !polarity::denies_at_all(&s.text, 0..s.text.chars.len()));
        if none {
            let here = claim.quote(&said);
            let detail = format!("The claim denies it (\"{here}\"); the source does not.");
            return finding(here, String::new(), detail);
        }
        return None;
    }
    if polarity::denies_at_all(&claim.text, 0..claim.text.chars.len()) {
        return None;
    }
    for source in sources {
        if let Some(stated) = polarity::denial(&source.text, source.relevant(claim)) {
            let there = source.quote(&stated);
            let detail = format!("The source denies it (\"{there}\"); the claim does not.");
            return finding(String::new(), there, detail);
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
            let detail = format!("The claim tells it as done (\"{here}\"); in the source it is planned or open (\"{there}\").");
            return finding(here, there, detail);
        }
    }
    None
}

//! Rise and fall of the claim against those of the sources.

use super::{Finding, Reading, negation, numbers};
use crate::facts::direction::{self, Direction};

/// A quantity that both have, rising in one and falling in the other.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    for quantity in &claim.quantities {
        let Some((said, said_at)) = direction::direction_of(&claim.text, &quantity.span) else {
            continue;
        };
        let mut opposite = None;
        for source in sources {
            for other in source
                .quantities
                .iter()
                .filter(|o| numbers::agrees(quantity, o))
            {
                match direction::direction_of(&source.text, &other.span) {
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
    let (said, said_at) = direction::only_direction(&claim.text, 0..claim.text.chars.len())?;
    let mut opposite = None;
    for source in sources {
        match direction::only_direction(&source.text, source.relevant(claim)) {
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
    Some(negation(here, there, detail))
}

//! Rise and fall of the claim against those of the sources.

use super::{Finding, Reading, negation, numbers};
use crate::facts::Quantity;
use crate::facts::direction::{self, Direction};

/// A rise told as a fall, or the other way round.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    of_a_quantity(claim, sources).or_else(|| of_the_whole(claim, sources))
}

/// A quantity that both have, rising in one and falling in the other.
fn of_a_quantity(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    claim.quantities.iter().find_map(|quantity| {
        let (said, said_at) = direction::direction_of(&claim.text, &quantity.span)?;
        let mut opposite = None;
        for source in sources {
            let same = |o: &&Quantity| numbers::agrees(quantity, o);
            for other in source.quantities.iter().filter(same) {
                match direction::direction_of(&source.text, &other.span) {
                    Some((stated, at)) if stated != said => {
                        opposite = opposite.or(Some((source, at)));
                    }
                    _ => return None,
                }
            }
        }
        let (source, at) = opposite?;
        turned(claim, &said_at, source, &at, said)
    })
}

/// A direction that no word of the sources bears out, while the sentence of theirs that
/// has most in common with the claim tells of the other one alone.
fn of_the_whole(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    let whole = 0..claim.text.chars.len();
    [Direction::Rise, Direction::Fall]
        .into_iter()
        .find_map(|said| {
            let said_at = direction::told(&claim.text, whole.clone(), said)?;
            // "The fall was because growth slowed" tells of both.
            let both = [Direction::Rise, Direction::Fall]
                .iter()
                .all(|d| direction::told(&claim.text, whole.clone(), *d).is_some());
            if both || sources.iter().any(|s| direction::hinted(&s.text, said)) {
                return None;
            }
            let (source, at) = sources.iter().find_map(|source| {
                let (_, at) = direction::only_direction(&source.text, 0..source.text.chars.len())?;
                Some((source, at))
            })?;
            turned(claim, &said_at, source, &at, said)
        })
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

//! A number by which something changes against one to which it does.

use std::ops::Range;

use super::{Finding, FindingKind, Reading};
use super::{numbers, subject};
use crate::facts::Quantity;
use crate::facts::change::{Change, change};
use crate::facts::direction::{Direction, only_direction, told};

/// Characters that tell a change in whatever word they stand.
const GROWS: &[char] = &['增', '升', '涨', '添', '扩'];
const SHRINKS: &[char] = &['减', '降', '跌', '缩', '削'];

/// A number that stands in more places is told of much.
const MOST_PLACES: usize = 4;

/// A quantity that is the size of a change in the claim and what it ends at wherever the
/// sources state it, or the other way round; or that is the size of a change only in the
/// claim, while the sources state another size beside it.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    claim.quantities.iter().find_map(|quantity| {
        let (said, said_at) = change(&claim.text, &quantity.span)?;
        let here = said_at..quantity.span.end;
        let mut stated = None;
        let mut places = 0;
        for source in sources {
            let same = |other: &&Quantity| numbers::agrees(quantity, other);
            for other in source.quantities.iter().filter(same) {
                let (there, told) = match change(&source.text, &other.span) {
                    Some((Change::By, at)) if said == Change::To => (
                        at..other.span.end,
                        "what a change ends at; the source, its size",
                    ),
                    Some((Change::To, at)) if said == Change::By => (
                        at..other.span.end,
                        "the size of a change; the source, what it ends at",
                    ),
                    None if said == Change::By && places < MOST_PLACES => (
                        size_beside(claim, &here, source, other)?,
                        "the size of a change; the source states another",
                    ),
                    _ => return None,
                };
                places += 1;
                stated = stated.or_else(|| Some((source.quote(&there), told)));
            }
        }
        let (here, (there, told)) = (claim.quote(&here), stated?);
        Some(Finding {
            kind: FindingKind::Number,
            detail: format!("The claim tells {told} ({here}, {there})."),
            claim: here,
            source: there,
        })
    })
}

/// The size of the same change, from its verb on, in the sentence of a number that is told
/// there of no change: 全县转移群众1.9万人，较3日增加7000人. None where the claim gives it.
fn size_beside(
    claim: &Reading,
    said: &Range<usize>,
    source: &Reading,
    number: &Quantity,
) -> Option<Range<usize>> {
    let (direction, _) = only_direction(&claim.text, said.clone())?;
    // 净增1.9万人
    let grows = match direction {
        Direction::Rise => GROWS,
        Direction::Fall => SHRINKS,
    };
    let clause = source.clause(&number.span);
    if source.text.slice(clause.clone()).contains(grows)
        || told(&source.text, clause, direction).is_some()
    {
        return None;
    }
    let sentences = source.sentences().into_iter();
    let sentence = sentences
        .rev()
        .find(|part| part.start <= number.span.start)?;
    let beside = source.quantities.iter().filter(|other| {
        sentence.contains(&other.span.start)
            && subject::comparable(other, number)
            && !claim.quantities.iter().any(|c| numbers::agrees(c, other))
    });
    beside
        .filter_map(|other| match change(&source.text, &other.span)? {
            (Change::By, at) => Some(at..other.span.end),
            (Change::To, _) => None,
        })
        .find(|size| only_direction(&source.text, size.clone()).is_some_and(|d| d.0 == direction))
}

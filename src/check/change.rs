//! A number by which something changes against one to which it does.

use super::numbers;
use super::{Finding, FindingKind, Reading};
use crate::facts::Quantity;
use crate::facts::change::{Change, change};

/// A quantity that is the size of a change in the claim and what it ends at wherever the
/// sources state it, or the other way round.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    claim.quantities.iter().find_map(|quantity| {
        let (said, said_at) = change(&claim.text, &quantity.span)?;
        let mut stated = None;
        for source in sources {
            let same = |other: &&Quantity| numbers::agrees(quantity, other);
            for other in source.quantities.iter().filter(same) {
                match change(&source.text, &other.span) {
                    Some((turned, at)) if turned != said => {
                        stated = stated.or_else(|| Some(source.quote(&(at..other.span.end))));
                    }
                    _ => return None,
                }
            }
        }
        let (here, there) = (claim.quote(&(said_at..quantity.span.end)), stated?);
        let told = match said {
            Change::By => "the size of a change; the source, what it ends at",
            Change::To => "what a change ends at; the source, its size",
        };
        Some(Finding {
            kind: FindingKind::Number,
            detail: format!("The claim tells {told} ({here}, {there})."),
            claim: here,
            source: there,
        })
    })
}

//! Two numbers that a claim has in each other's place although that one cannot be the larger:
//! the ends of a range, and a part with its whole.

use super::{Reading, numbers};
use crate::facts::Quantity;
use crate::facts::unit;

/// Words between a part and its whole, at most: 18 of the UK House of Commons' 650.
const MOST_BETWEEN: usize = 6;
/// Characters between the ends of a range, at most: 13 岁到 54.
const JOINT: usize = 4;

/// The first of two numbers that are turned round, and the one that the sources have in its
/// place. What is the larger in the claim only because it is so in the sources is let pass.
pub(super) fn turned_round<'a>(
    claim: &'a Reading,
    sources: &'a [Reading],
) -> Option<(&'a Quantity, &'a Reading, &'a Quantity)> {
    let exact = |q: &Quantity| q.low == q.high && !q.ordinal;
    let pairs = claim.quantities.windows(2).map(|pair| (&pair[0], &pair[1]));
    pairs
        .filter(|(a, b)| exact(a) && exact(b) && a.low != b.low)
        .find_map(|(a, b)| {
            let between = claim.text.slice(a.span.end..b.span.start);
            let meant = if a.low > b.low && is_range(claim, a, b, between.trim()) {
                range(sources, b, a)
            } else if a.low > b.low && is_part(a, b, between.trim())
                || a.low < b.low && is_whole(a, b, between.trim())
            {
                let (larger, smaller) = if a.low > b.low { (a, b) } else { (b, a) };
                whole_and_part(sources, larger, smaller)
                    .map(|(source, whole, part)| (source, if a.low > b.low { part } else { whole }))
            } else {
                None
            };
            meant.map(|(source, meant)| (a, source, meant))
        })
}

/// "4 to 2 inches", "between 43 and 30 percent".
fn is_range(claim: &Reading, a: &Quantity, b: &Quantity, between: &str) -> bool {
    let opened = || {
        let before = claim.text.word_before(claim.text.back_spaces(a.span.start));
        before.is_some_and(|k| claim.text.word(k) == "between")
    };
    let joined = matches!(between, "to" | "till" | "至" | "到") || between == "and" && opened();
    a.unit == b.unit && (joined || a.unit != &unit::NONE && matches!(between, "-" | "~"))
}

/// "29 of his 19 matches", "650 of the House of Commons' 18 members".
fn is_part(a: &Quantity, b: &Quantity, between: &str) -> bool {
    const OF: &[&str] = &[
        "of", "of the", "of his", "of her", "of its", "of their", "of our", "of all", "of these",
        "of those",
    ];
    let owned = || {
        between.starts_with("of ")
            && between.ends_with("'s") | between.ends_with("s'")
            && between.split_whitespace().count() <= MOST_BETWEEN
    };
    (a.unit == b.unit || a.unit == &unit::NONE) && (OF.contains(&between) || owned())
}

/// "13 mushers, of whom 22 finished".
fn is_whole(a: &Quantity, b: &Quantity, between: &str) -> bool {
    const OF_WHOM: &[&str] = &["of whom", "of which", "of them"];
    a.unit == b.unit && OF_WHOM.iter().any(|of_whom| between.ends_with(of_whom))
}

/// The lower end of a range that the sources state, unless they state it downwards as well.
fn range<'a>(
    sources: &'a [Reading],
    low: &Quantity,
    high: &Quantity,
) -> Option<(&'a Reading, &'a Quantity)> {
    let mut upwards = None;
    for source in sources {
        for pair in source.quantities.windows(2) {
            let (x, y) = (&pair[0], &pair[1]);
            if numbers::agrees(high, x) && numbers::agrees(low, y) {
                return None;
            }
            let between = source.text.slice(x.span.end..y.span.start);
            let joined = between.chars().count() <= JOINT
                && between.trim_end().ends_with(['至', '到', '~', '-', '—']);
            // 5-4 without a unit is a score.
            let score = x.unit == &unit::NONE && between.trim() == "-";
            if joined && !score && numbers::agrees(low, x) && numbers::agrees(high, y) {
                upwards = upwards.or(Some((source, x)));
            }
        }
    }
    upwards
}

/// A whole and, behind it, its part: 650名议员中的18名.
fn whole_and_part<'a>(
    sources: &'a [Reading],
    whole: &Quantity,
    part: &Quantity,
) -> Option<(&'a Reading, &'a Quantity, &'a Quantity)> {
    sources.iter().find_map(|source| {
        let first = source
            .quantities
            .iter()
            .position(|q| numbers::agrees(whole, q))?;
        let rest = &source.quantities[first + 1..];
        let second = rest.iter().find(|q| numbers::agrees(part, q))?;
        Some((source, &source.quantities[first], second))
    })
}

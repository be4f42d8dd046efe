//! Numbers that belong together: scores, and one number told of two things.

use super::{Reading, numbers};
use crate::facts::Quantity;
use crate::facts::numeral::Form;
use crate::facts::unit;

/// A source with more numbers is a table.
const MOST: usize = 500;

/// A score of the claim that the sources do not have although they give scores: the
/// first of its numbers, and the score that they give.
pub(super) fn other_score<'a>(
    claim: &'a Reading,
    sources: &'a [Reading],
) -> Option<(&'a Quantity, &'a Reading, &'a Quantity)> {
    let stated: Vec<_> = sources
        .iter()
        .flat_map(|s| scores(s).map(move |pair| (s, pair)))
        .collect();
    let first = stated.first()?;
    let same = |(a, b): (&Quantity, &Quantity)| {
        let is = |x: &Quantity, y: &Quantity| a.low == x.low && b.low == y.low;
        stated.iter().any(|(_, (x, y))| is(x, y) || is(y, x))
            || sources.iter().any(|s| {
                let beside = s.quantities.windows(2);
                beside
                    .into_iter()
                    .any(|w| is(&w[0], &w[1]) || is(&w[1], &w[0]))
            })
    };
    let (missed, _) = scores(claim).find(|pair| !same(*pair))?;
    Some((missed, first.0, first.1.0))
}

/// Two bare numbers with nothing but a mark between them: 2-0, 2:0, 2比0, 13胜5负.
fn scores(reading: &Reading) -> impl Iterator<Item = (&Quantity, &Quantity)> {
    reading.quantities.windows(2).filter_map(|pair| {
        let (a, b) = (&pair[0], &pair[1]);
        let bare = |q: &Quantity| q.unit == &unit::NONE && q.plain > 0 && q.low < 1000.0;
        let close = a.span.end < b.span.start && b.span.start - a.span.end <= 3;
        let between = || reading.text.slice(a.span.end..b.span.start);
        (bare(a) && bare(b) && close && matches!(between().trim(), "-" | ":" | "比" | "胜"))
            .then_some((a, b))
    })
}

/// A number that the claim gives of more things than the sources do, while it leaves out
/// one of the same unit that they give: the number, and the one left out.
pub(super) fn told_too_often<'a>(
    claim: &'a Reading,
    sources: &'a [Reading],
) -> Option<(&'a Quantity, &'a Reading, &'a Quantity)> {
    let exact = |q: &&Quantity| q.low == q.high && !q.ordinal;
    let stated = || {
        let all = sources
            .iter()
            .flat_map(|s| s.quantities.iter().map(move |q| (s, q)));
        all.filter(|(_, q)| exact(q)).take(MOST)
    };
    claim
        .quantities
        .iter()
        .filter(exact)
        .enumerate()
        .find_map(|(k, quantity)| {
            let same = |q: &Quantity| q.unit == quantity.unit && q.low == quantity.low;
            let before = claim
                .quantities
                .iter()
                .filter(exact)
                .take(k)
                .filter(|q| same(q))
                .count();
            if before == 0 || quantity.low < 3.0 {
                return None;
            }
            let given = stated()
                .filter(|(_, q)| numbers::agrees(quantity, q))
                .count();
            if given > before || given == 0 {
                return None;
            }
            let (source, left_out) = stated().find(|(_, q)| {
                q.unit.dimension == quantity.unit.dimension
                    && (q.low >= 3.0 || q.form == Form::Digits)
                    && !claim.quantities.iter().any(|c| numbers::agrees(c, q))
            })?;
            Some((quantity, source, left_out))
        })
}

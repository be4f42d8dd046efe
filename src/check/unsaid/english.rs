//! Numbers of a Chinese claim that an English source has, though not as such a number.

use crate::check::Reading;
use crate::facts::Quantity;
use crate::facts::unit::{self, Dimension};

/// Words before a unit that make it one: "an hour later", "the past decade".
const ONE: &[&str] = &[
    "a", "an", "per", "each", "every", "past", "last", "next", "previous", "coming",
];

pub(super) fn carried(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    claim.is_chinese()
        && sources
            .iter()
            .filter(|s| !s.is_chinese())
            .any(|source| one(quantity, source) || like_a_year(quantity, source))
}

fn one(quantity: &Quantity, source: &Reading) -> bool {
    (1..source.text.words.len()).any(|k| {
        ONE.contains(&source.text.word(k - 1))
            && unit::english(&source.text, k).is_some_and(|(unit, _)| {
                unit.dimension == quantity.unit.dimension
                    && unit.dimension != Dimension::Count
                    && (quantity.base(quantity.low) / unit.factor - 1.0).abs() < 1e-6
            })
    })
}

/// "about 1000 beds": four digits that a year could have.
fn like_a_year(quantity: &Quantity, source: &Reading) -> bool {
    let mut years = source.dates.iter().filter(|d| d.span.len() == 4);
    quantity.unit.dimension == Dimension::Count
        && years.any(|d| d.year.map(f64::from) == Some(quantity.low))
}

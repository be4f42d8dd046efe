//! What a claim and its source say alike, for a reader who compares the two.

use std::ops::Range;

use jiff::civil::Date as Civil;

use super::Reading;
use super::dates::{Stated, likeness};
use super::numbers::{Relation, relation};
use crate::facts::name::GAZETTEER;
use crate::facts::text::is_han;
use crate::facts::{Text, date, gloss, sound};

/// Characters of a name at most.
const LONGEST_NAME: usize = 6;
/// Shorter words are pinyin by chance.
const SHORTEST_PINYIN: usize = 4;

/// What kind of fact is alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchKind {
    /// A quantity.
    Number,
    /// A date or a part of one.
    Date,
    /// A name.
    Name,
}

/// A fact of the claim with the place where the source states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// What it is.
    pub kind: MatchKind,
    /// Characters of the claim.
    pub claim: Range<usize>,
    /// Characters of the source.
    pub source: Range<usize>,
}

/// The quantities, dates and names of a claim that its source states too, in the
/// order of the claim.
pub fn matches(claim: &str, source: &str, published: Option<Civil>) -> Vec<Match> {
    let asserted = Reading::claim(claim, published, usize::MAX);
    let stated = [Reading::source(source, published)];
    let mut found = numbers(&asserted, &stated[0]);
    found.extend(dates(&asserted, &stated));
    found.extend(names(&asserted, &stated[0]));
    for found in &mut found {
        found.claim = asserted.text.original(&found.claim);
        found.source = stated[0].text.original(&found.source);
    }
    found.sort_by_key(|found| found.claim.start);
    // A date's day may have been read as a number too.
    let mut end = 0;
    found.retain(|found| {
        let free = found.claim.start >= end;
        end = end.max(found.claim.end);
        free
    });
    found
}

fn numbers(claim: &Reading, source: &Reading) -> Vec<Match> {
    let pair = |quantity: &crate::facts::Quantity| {
        let same = source
            .quantities
            .iter()
            .find(|other| matches!(relation(quantity, other), Relation::Agrees))?;
        Some(Match {
            kind: MatchKind::Number,
            claim: quantity.span.clone(),
            source: same.span.clone(),
        })
    };
    claim.quantities.iter().filter_map(pair).collect()
}

fn dates(claim: &Reading, sources: &[Reading; 1]) -> Vec<Match> {
    let stated = Stated::new(claim, sources, sources);
    let pair = |date: &date::Date| {
        let nearest = sources[0]
            .dates
            .iter()
            .filter(|other| likeness(date, other) >= 3)
            .max_by_key(|other| likeness(date, other))?;
        Some(Match {
            kind: MatchKind::Date,
            claim: date.span.clone(),
            source: nearest.span.clone(),
        })
    };
    let borne_out = claim.dates.iter().filter(|date| stated.bears_out(date));
    borne_out.filter_map(pair).collect()
}

fn names(claim: &Reading, source: &Reading) -> Vec<Match> {
    let mentions = GAZETTEER.mentions(&claim.text);
    let mut found = Vec::new();
    for mention in &mentions {
        let place = source.lexemes.iter().find(|lexeme| {
            let word = source.text.slice(lexeme.span.0..lexeme.span.1);
            let places = GAZETTEER.chinese(&word);
            places.iter().any(|place| mention.places.contains(place))
        });
        if let Some(lexeme) = place {
            found.push(Match {
                kind: MatchKind::Name,
                claim: mention.span.clone(),
                source: lexeme.span.0..lexeme.span.1,
            });
        }
    }
    for word in &claim.text.words {
        let lower = word.lower.trim_end_matches("'s");
        let taken = found.iter().any(|found| found.claim.contains(&word.start));
        if taken || !word.capital || lower.len() < SHORTEST_PINYIN || gloss::is_english(lower) {
            continue;
        }
        if let Some(span) = spelled(lower, &source.text) {
            found.push(Match {
                kind: MatchKind::Name,
                claim: word.start..word.start + lower.chars().count(),
                source: span,
            });
        }
    }
    found
}

/// The shortest run of Chinese characters that a Latin word spells.
fn spelled(word: &str, text: &Text) -> Option<Range<usize>> {
    if !sound::is_pinyin_of(word, text) {
        return None;
    }
    for length in 2..=LONGEST_NAME {
        for start in 0..text.chars.len().saturating_sub(length - 1) {
            let run = &text.chars[start..start + length];
            if run.iter().all(|c| is_han(*c)) {
                let run: String = run.iter().collect();
                if sound::is_pinyin_of(word, &Text::new(&run)) {
                    return Some(start..start + length);
                }
            }
        }
    }
    None
}

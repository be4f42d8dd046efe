//! Whether a text holds what the gold says: words as words, numbers and dates by
//! their value in whatever language and unit they stand. Pure.

use std::ops::Range;

use jiff::civil::Date as Civil;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::suite::GoldFact;
use crate::facts::unit::Dimension;
use crate::facts::{self, Date, Fact, Quantity};
use crate::passage::is_cjk;

/// English words that an answer may leave out or put otherwise.
const SMALL_WORDS: &[&str] = &[
    "a", "an", "the", "from", "was", "were", "is", "with", "for", "of", "in", "on", "at", "per",
    "over", "about", "and", "or", "by", "to",
];
/// How far a rounded number may be from the gold, of its value.
const ROUNDING: f64 = 0.02;

/// A text read once, to be asked for many things.
#[derive(Debug, Clone)]
pub struct Reading {
    tokens: Vec<String>,
    facts: Vec<Fact>,
}

impl Reading {
    /// Reads `text`; `published` is what 去年 and "yesterday" in it count from.
    pub fn new(text: &str, published: Option<Civil>) -> Reading {
        Reading {
            tokens: tokens(text),
            facts: facts::extract(text, published),
        }
    }

    /// Whether one of each group of `expected` is held; not if nothing is expected.
    pub fn holds_all(&self, expected: &[Vec<String>], published: Option<Civil>) -> bool {
        !expected.is_empty()
            && expected
                .iter()
                .all(|group| group.iter().any(|answer| self.holds(answer, published)))
    }

    /// Whether `expected` is held: in its words as whole words, or with each of its
    /// numbers and dates by value and its other words as words.
    pub fn holds(&self, expected: &str, published: Option<Civil>) -> bool {
        if self.says(&tokens(expected)) {
            return true;
        }
        let wanted = facts::extract(expected, published);
        !wanted.is_empty()
            && wanted.iter().all(|fact| self.states(fact))
            && rest(expected, &wanted).iter().all(|piece| {
                let words: Vec<String> = tokens(piece)
                    .into_iter()
                    .filter(|word| !SMALL_WORDS.contains(&word.as_str()))
                    .collect();
                words.is_empty() || self.says(&words)
            })
    }

    /// Whether a number or date of the same value is stated.
    pub fn states(&self, wanted: &Fact) -> bool {
        self.facts.iter().any(|fact| match (wanted, fact) {
            (Fact::Quantity(wanted), Fact::Quantity(stated)) => same_quantity(wanted, stated),
            (Fact::Date(wanted), Fact::Date(stated)) => same_date(wanted, stated),
            _ => false,
        })
    }

    /// Whether the value of a gold fact is stated.
    pub fn states_gold(&self, gold: &GoldFact) -> bool {
        match Wanted::of(gold) {
            Wanted::Facts(wanted) => {
                !wanted.is_empty() && wanted.iter().all(|fact| self.states(fact))
            }
            Wanted::Count { value, ordinal } => self.facts.iter().any(|fact| match fact {
                Fact::Quantity(stated) => {
                    stated.ordinal == ordinal
                        && !matches!(
                            stated.unit.dimension,
                            Dimension::Ratio | Dimension::Points | Dimension::Money(_)
                        )
                        && near(value, stated.low, stated.high, stated.quantum)
                }
                Fact::Date(_) => false,
            }),
            Wanted::Seconds(value) => durations(&self.tokens)
                .iter()
                .any(|seconds| (seconds - value).abs() < 0.5),
            Wanted::Year(year) => self
                .facts
                .iter()
                .any(|fact| matches!(fact, Fact::Date(date) if date.year == Some(year))),
            Wanted::Centuries(wanted) => wanted.iter().all(|century| {
                // Facts leave out which side of the common era; "5th to 4th century" has
                // but one of them as a date.
                let century = century.abs();
                self.facts.iter().any(|fact| match fact {
                    Fact::Date(date) => date.century == Some(century),
                    Fact::Quantity(rank) => rank.ordinal && rank.low == f64::from(century),
                })
            }),
        }
    }

    /// Whether the tokens stand there one after the other, and no number of them is
    /// a part of a larger one.
    fn says(&self, wanted: &[String]) -> bool {
        if wanted.is_empty() {
            return false;
        }
        let number = |token: Option<&String>| {
            token.is_some_and(|token| token.starts_with(|c: char| c.is_ascii_digit()))
        };
        self.tokens
            .windows(wanted.len())
            .enumerate()
            .any(|(place, window)| {
                window == wanted
                    && !(number(wanted.last())
                        && self
                            .tokens
                            .get(place + wanted.len())
                            .is_some_and(|next| scales(next)))
            })
    }
}

/// What a gold fact looks for.
enum Wanted {
    /// These, by value and unit.
    Facts(Vec<Fact>),
    /// A number of things.
    Count { value: f64, ordinal: bool },
    /// A duration, maybe in parts.
    Seconds(f64),
    /// A year of the common era.
    Year(i32),
    /// Centuries, negative before the common era.
    Centuries(Vec<i32>),
}

impl Wanted {
    fn of(gold: &GoldFact) -> Wanted {
        let unit = gold.unit.split('/').next().unwrap_or_default();
        let number = gold.value.as_f64();
        match (number, gold.unit.as_str(), unit) {
            (Some(value), _, "year") => Wanted::Year(value as i32),
            (Some(value), _, "ordinal") => Wanted::Count {
                value,
                ordinal: true,
            },
            (Some(value), _, "seconds") => Wanted::Seconds(value),
            (Some(value), _, "minutes") => Wanted::Seconds(value * 60.0),
            (Some(value), whole, unit) => {
                // The unit is known if the facts of "5 UNIT" have one.
                let whole = if whole == unit { plain(unit) } else { whole };
                for unit in [whole, plain(unit)] {
                    let facts = facts::extract(&format!("5 {unit}"), None);
                    if let [Fact::Quantity(five)] = facts.as_slice()
                        && five.unit.dimension != Dimension::Count
                    {
                        return Wanted::Facts(vec![Fact::Quantity(Quantity {
                            low: value,
                            high: value,
                            ..five.clone()
                        })]);
                    }
                }
                Wanted::Count {
                    value,
                    ordinal: false,
                }
            }
            (None, _, "century") => Wanted::Centuries(
                text(&gold.value)
                    .split("..")
                    .filter_map(|part| part.parse().ok())
                    .collect(),
            ),
            (None, ..) => Wanted::Facts(vec![Fact::Date(date(text(&gold.value)))]),
        }
    }
}

/// Signs of units as words that facts know.
fn plain(unit: &str) -> &str {
    match unit {
        "t" => "tonnes",
        "m2" => "square meters",
        "times" => "fold",
        other => other,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `2026`, `2026-03` or `2026-09-01`.
fn date(text: &str) -> Date {
    let mut parts = text.split('-').map(|part| part.parse().ok());
    let mut next = || parts.next().flatten();
    Date {
        year: next(),
        month: next(),
        day: next(),
        ..Date::default()
    }
}

/// Whether `stated` is `wanted` in its own or another unit, or rounds it.
fn same_quantity(wanted: &Quantity, stated: &Quantity) -> bool {
    if wanted.ordinal != stated.ordinal {
        return false;
    }
    let dollars = |dimension| matches!(dimension, Dimension::Money("USD" | "$"));
    let (dimension, other) = (wanted.unit.dimension, stated.unit.dimension);
    if dimension == other || dollars(dimension) && dollars(other) {
        let base = |value| stated.base(value);
        return near(
            wanted.base(wanted.low),
            base(stated.low),
            base(stated.high),
            (base(stated.low + stated.quantum) - base(stated.low)).abs(),
        );
    }
    // "38 million" as an answer leaves the yuan out; a share is something else.
    dimension == Dimension::Count
        && !matches!(other, Dimension::Ratio | Dimension::Points)
        && near(wanted.low, stated.low, stated.high, stated.quantum)
}

/// Whether `wanted` is within what is stated: within half of its last digit, if that
/// is no more than a rounding of [`ROUNDING`].
fn near(wanted: f64, low: f64, high: f64, quantum: f64) -> bool {
    let slack = (quantum / 2.0)
        .min(wanted.abs() * ROUNDING)
        .max(wanted.abs() * 1e-6);
    if high > low {
        // A range is met by either of its ends.
        return (wanted - low).abs() <= slack || (wanted - high).abs() <= slack;
    }
    (wanted - low).abs() <= slack
}

/// Whether every part that `wanted` names is stated; a year may go without saying
/// where the month is said.
fn same_date(wanted: &Date, stated: &Date) -> bool {
    let year = |date: &Date| match (date.year, date.foreign) {
        // The Minguo calendar counts from 1912.
        (Some(year), true) if year < 1000 => Some(year + 1911),
        (year, _) => year,
    };
    let strict = [
        (wanted.month, stated.month),
        (wanted.day, stated.day),
        (wanted.weekday, stated.weekday),
        (wanted.decade, stated.decade),
        (wanted.century, stated.century),
        (wanted.quarter, stated.quarter),
        (wanted.half, stated.half),
        (wanted.plan, stated.plan),
        (wanted.clock, stated.clock),
    ];
    let finer = strict.iter().any(|(wanted, _)| wanted.is_some());
    strict
        .iter()
        .all(|(wanted, stated)| wanted.is_none() || wanted == stated)
        && match (year(wanted), year(stated)) {
            (None, _) => finer,
            (Some(wanted), Some(stated)) => wanted == stated,
            (Some(_), None) => finer,
        }
}

/// Durations in seconds, those in parts summed up: 2小时15分, "2 hours and 15 minutes",
/// 2:28:06.
fn durations(tokens: &[String]) -> Vec<f64> {
    let number = |at: usize| tokens.get(at).and_then(|token| token.parse::<f64>().ok());
    let word = |at: usize| tokens.get(at).map_or("", String::as_str);
    let mut found = Vec::new();
    let (mut sum, mut parts, mut at) = (0.0, 0, 0);
    while at < tokens.len() {
        if let (Some(h), Some(m), Some(s)) = (number(at), number(at + 1), number(at + 2))
            && m < 60.0
            && s < 60.0
        {
            found.push(h * 3600.0 + m * 60.0 + s);
        }
        let (unit, length) = match (word(at + 1), word(at + 2)) {
            ("小", "时" | "時") => (3600.0, 3),
            ("分", "钟" | "鐘") => (60.0, 3),
            ("分", _) | ("minute" | "minutes" | "min", _) => (60.0, 2),
            ("秒", _) | ("second" | "seconds", _) => (1.0, 2),
            ("hour" | "hours", _) => (3600.0, 2),
            _ => (0.0, 1),
        };
        match number(at) {
            Some(count) if unit > 0.0 => {
                sum += count * unit;
                parts += 1;
                found.extend([sum, count * unit]);
            }
            _ if parts > 0 && word(at) == "and" => {}
            _ => (sum, parts) = (0.0, 0),
        }
        at += length;
    }
    found
}

/// What is left of `text` without the spans of its facts.
fn rest(text: &str, facts: &[Fact]) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut spans: Vec<Range<usize>> = facts.iter().map(Fact::span).collect();
    spans.sort_by_key(|span| span.start);
    let mut pieces = Vec::new();
    let mut at = 0;
    for span in spans {
        pieces.push(chars[at.min(span.start)..span.start].iter().collect());
        at = at.max(span.end).min(chars.len());
    }
    pieces.push(chars[at..].iter().collect());
    pieces
}

/// What makes the number before it a larger one, or a share.
fn scales(token: &str) -> bool {
    matches!(
        token,
        "%" | "十"
            | "百"
            | "千"
            | "万"
            | "萬"
            | "亿"
            | "億"
            | "percent"
            | "million"
            | "billion"
            | "thousand"
    )
}

/// Words of letters and digits, Chinese characters one by one, `%`; in lower case,
/// full width as half, 3,800 as one number. Punctuation is left out.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.nfkc().flat_map(char::to_lowercase).collect();
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let inside = at > 0 && digit(at - 1) && digit(at + 1);
        if is_cjk(c) || c == '%' {
            flush(&mut word, &mut tokens);
            if c.is_alphanumeric() || c == '%' {
                tokens.push(c.to_string());
            }
        } else if c.is_alphanumeric() || c == '.' && inside {
            word.push(c);
        } else if c == ',' && inside && digit(at + 2) && digit(at + 3) && !digit(at + 4) {
            // Between the groups of a long number.
        } else {
            flush(&mut word, &mut tokens);
        }
        at += 1;
    }
    flush(&mut word, &mut tokens);
    tokens
}

fn flush(word: &mut String, tokens: &mut Vec<String>) {
    if !word.is_empty() {
        tokens.push(std::mem::take(word));
    }
}

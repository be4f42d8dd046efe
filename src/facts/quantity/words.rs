//! Quantities in English words.

use super::{Quantity, english_bound, plain, suffix_bound};
use crate::facts::numeral::{self, Form, Numeral};
use crate::facts::text::Text;
use crate::facts::unit;

/// The quantity in English words that starts with word `k`, and the index past its words.
pub fn in_words(text: &Text, k: usize) -> Option<(Quantity, usize)> {
    let word = text.word(k);
    let start = text.words[k].start;
    if let Some(found) = fraction_words(text, k).or_else(|| multiplied(text, k)) {
        return Some(found);
    }
    if let Some((rank, next)) = ordinal_words(text, k) {
        let mut number = plain(&Numeral {
            span: start..text.words[next - 1].end,
            low: rank,
            high: rank,
            quantum: 1.0,
            plain: 0,
            over: false,
            form: Form::Words,
        });
        number.ordinal = true;
        return Some((number, next));
    }
    // "a decade", "half a century", "half a mile": measures without a number
    let (number, mut next) = match numeral::word_numeral(text, k) {
        Some(found) => found,
        None => return lone_measure(text, k),
    };
    let mut quantity = plain(&number);
    quantity.bound = english_bound(text, start);
    quantity.ordinal = k > 0 && NUMBERED.contains(&text.word(k - 1)) && text.joined(k - 1);
    // "three-dimensional"
    if text.joined(next - 1) && matches!(text.word(next), "dimensional" | "dimensions" | "sided") {
        return None;
    }
    let has_unit =
        text.joined(k) && text.word(k + 1) != "fold" && unit::english(text, k + 1).is_some();
    if matches!(word, "one") && !has_unit && number.low == 1.0 {
        return None;
    }
    if text.word(next) == "and"
        && text.word(next + 1) == "a"
        && text.word(next + 2) == "half"
        && text.joined(next - 1)
    {
        quantity.low += 0.5;
        quantity.high += 0.5;
        quantity.quantum = 0.5;
        next += 3;
        if let Some(scale) = ["thousand", "million", "billion", "trillion"]
            .iter()
            .position(|s| *s == text.word(next))
        {
            let scale = 1000f64.powi(scale as i32 + 1);
            quantity.low *= scale;
            quantity.high *= scale;
            quantity.quantum *= scale;
            next += 1;
        }
        quantity.span.end = text.words[next - 1].end;
    }
    if text.joined(next - 1) {
        if let Some((unit, after)) = unit::english(text, next) {
            quantity.unit = unit;
            quantity.span.end = text.words[after - 1].end;
            next = after;
        } else if text.word(next) == "times" || text.word(next) == "fold" {
            quantity.span.end = text.words[next].end;
            next += 1;
        }
    }
    suffix_bound(text, &mut quantity);
    Some((quantity, next))
}

/// Parts of a whole that are told by their number: "Chapter Five" is the fifth.
const NUMBERED: &[&str] = &[
    "chapter", "part", "volume", "episode", "season", "act", "phase", "stage",
];

/// The rank that English words give: "fifteenth" is 15; with the index past them.
pub fn rank_words(text: &Text, k: usize) -> Option<(f64, usize)> {
    ordinal_words(text, k)
}

fn ordinal_words(text: &Text, k: usize) -> Option<(f64, usize)> {
    const RANKS: [&str; 20] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ];
    let rank = |word: &str| {
        RANKS
            .iter()
            .position(|r| *r == word)
            .map(|n| n as f64 + 1.0)
    };
    let word = text.word(k);
    let before = k.checked_sub(1).map_or("", |k| text.word(k));
    let next = if text.joined(k) { text.word(k + 1) } else { "" };
    if word == "second"
        && (matches!(before, "per" | "each" | "every" | "split")
            || matches!(next, "nature" | "thought" | "thoughts" | "hand"))
    {
        return None;
    }
    // The Double Ninth is a festival.
    if before == "double" && text.words[k].capital {
        return None;
    }
    if let Some(value) = rank(word) {
        let end = text.words[k].end;
        let counted = text.at(text.skip_spaces(end)).is_ascii_digit()
            || text.joined(k) && numeral::small_word(text.word(k + 1)).is_some_and(|n| n > 1.0);
        // "The first 22 patients" counts them.
        return (!(word == "first" && counted)).then_some((value, k + 1));
    }
    let tens = numeral::small_word(word).filter(|v| *v >= 20.0)?;
    let unit = rank(text.word(k + 1)).filter(|r| *r < 10.0 && text.joined(k))?;
    Some((tens + unit, k + 2))
}

/// "three in five", "nine out of ten".
fn share_words(text: &Text, k: usize) -> Option<(Quantity, usize)> {
    let above = numeral::small_word(text.word(k))?;
    let at = match (text.word(k + 1), text.word(k + 2), text.word(k + 3)) {
        ("in", "every", _) => k + 3,
        ("in", _, _) => k + 2,
        ("out", "of", "every") => k + 4,
        ("out", "of", _) => k + 3,
        _ => return None,
    };
    // "one in a thousand"
    let round = match (text.word(at), text.word(at + 1)) {
        ("a", "hundred") => Some(1e2),
        ("a", "thousand") => Some(1e3),
        ("a", "million") => Some(1e6),
        _ => None,
    };
    if let Some(below) = round.filter(|_| (k..=at).all(|w| text.joined(w))) {
        let mut found = lone(text, k, at + 1, above / below, "");
        found.unit = &unit::RATIO;
        return Some((found, at + 2));
    }
    let below = numeral::small_word(text.word(at)).filter(|b| *b > above && *b <= 10.0)?;
    if !(k..at).all(|w| text.joined(w)) || unit::english(text, at + 1).is_some() {
        return None;
    }
    let mut found = lone(text, k, at, above / below, "");
    found.unit = &unit::RATIO;
    found.quantum = 0.04;
    Some((found, at + 1))
}

/// "two-thirds", "a third", "one in three", "three quarters", "half".
fn fraction_words(text: &Text, k: usize) -> Option<(Quantity, usize)> {
    if let Some(found) = share_words(text, k) {
        return Some(found);
    }
    let above = match text.word(k) {
        "a" => 1.0,
        word => numeral::small_word(word).unwrap_or(0.0),
    };
    if above == 0.0 || !text.joined(k) {
        return None;
    }
    let part = text.word(k + 1);
    let below = match part {
        "third" | "thirds" => 3.0,
        "quarter" | "quarters" | "fourths" => 4.0,
        "fifth" | "fifths" => 5.0,
        "sixth" | "sixths" => 6.0,
        "seventh" | "sevenths" => 7.0,
        "eighth" | "eighths" => 8.0,
        "ninth" | "ninths" => 9.0,
        "tenth" | "tenths" => 10.0,
        _ => return None,
    };
    // "a third" alone is as often a rank; "a third of" and "one-third" are fractions.
    let first = k > 0 && matches!(text.word(k - 1), "first" | "last" | "past" | "next");
    let of_parts = part == "quarters" || part == "tenths" && text.word(k + 2) != "of";
    if first && of_parts || !part.ends_with('s') && text.word(k + 2) != "of" && text.word(k) == "a"
    {
        return None;
    }
    if matches!(part, "quarters") && !matches!(text.word(k), "three") {
        return None;
    }
    let start = text.words[k].start;
    // "a quarter of a percentage point"
    let of_a_unit = matches!((text.word(k + 2), text.word(k + 3)), ("of", "a" | "an"));
    if let Some((unit, next)) = unit::english(text, k + 4).filter(|_| of_a_unit) {
        let mut part = lone(text, k, next - 1, above / below, "");
        part.unit = unit;
        part.quantum = 0.01;
        return Some((part, next));
    }
    let quantity = Quantity {
        span: start..text.words[k + 1].end,
        low: above / below,
        high: above / below,
        quantum: 0.04,
        bound: english_bound(text, start),
        unit: &unit::RATIO,
        ordinal: false,
        form: Form::Words,
        plain: 0,
    };
    Some((quantity, k + 2))
}

fn lone(text: &Text, first: usize, last: usize, value: f64, name: &str) -> Quantity {
    let start = text.words[first].start;
    Quantity {
        span: start..text.words[last].end,
        low: value,
        high: value,
        quantum: value,
        bound: english_bound(text, start),
        unit: unit::named(name),
        ordinal: false,
        form: Form::Words,
        plain: 0,
    }
}

fn lone_measure(text: &Text, k: usize) -> Option<(Quantity, usize)> {
    let (value, at) = match (text.word(k), text.word(k + 1)) {
        ("a", "decade" | "century") => (1.0, k + 1),
        ("half", "a" | "an")
            if matches!(
                text.word(k + 2),
                "century" | "decade" | "year" | "hour" | "month" | "day" | "mile"
            ) =>
        {
            (0.5, k + 2)
        }
        ("half", "century" | "hour" | "day" | "mile") => (0.5, k + 1),
        ("decades", _) if !text.before(text.words[k].start).is_ascii_digit() => {
            let mut quantity = lone(text, k, k, 20.0, "years");
            quantity.high = 99.0;
            return Some((quantity, k + 1));
        }
        ("fortnight", _) => return Some((lone(text, k, k, 2.0, "weeks"), k + 1)),
        _ => return None,
    };
    if at > k && !text.joined(k) {
        return None;
    }
    let name = match text.word(at) {
        "decade" => "decades",
        "century" => "centuries",
        "hour" => "hours",
        "month" => "months",
        "day" => "days",
        "mile" => "miles",
        _ => "years",
    };
    Some((lone(text, k, at, value, name), at + 1))
}

/// "doubled", "tripled", "half of".
fn multiplied(text: &Text, k: usize) -> Option<(Quantity, usize)> {
    let (value, unit) = match text.word(k) {
        "doubled" | "doubling" | "doubles" => (2.0, unit::named("times")),
        "tripled" | "trebled" | "tripling" | "triples" | "threefold" => (3.0, unit::named("times")),
        "quadrupled" | "quadrupling" | "fourfold" => (4.0, unit::named("times")),
        "quintupled" | "fivefold" => (5.0, unit::named("times")),
        "half"
            if !matches!(
                text.word(k + 1),
                "a" | "an" | "century" | "hour" | "day" | "mile" | "time" | "year"
            ) && (k == 0
                || !matches!(
                    text.word(k - 1),
                    "first" | "second" | "latter" | "other" | "a"
                )) =>
        {
            (0.5, &unit::RATIO)
        }
        _ => return None,
    };
    let mut found = lone(text, k, k, value, "");
    found.unit = unit;
    found.quantum = if value < 1.0 { 0.04 } else { 1.0 };
    Some((found, k + 1))
}

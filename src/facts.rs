//! What a text asserts, in a form that does not depend on its language:
//! quantities, dates, names, negation and direction.
//!
//! Pure: no model, no I/O, no clock. All spans are in characters (Unicode scalars).

pub mod change;
pub mod code;
pub mod date;
pub mod denial;
pub mod direction;
mod fnv;
pub mod gloss;
pub mod mention;
pub mod modality;
pub mod name;
pub mod numeral;
pub mod organisation;
pub mod person;
pub mod quantity;
pub mod render;
pub mod sound;
pub mod text;
pub mod unit;

use std::ops::Range;

use jiff::civil::Date as Civil;

pub use code::Code;
pub use date::Date;
pub use quantity::{Bound, Quantity};
pub use render::{Rendered, render};
pub use text::Text;

/// What a text asserts at one place.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A number of something.
    Quantity(Quantity),
    /// A date or a part of one.
    Date(Date),
}

impl Fact {
    /// Its characters.
    pub fn span(&self) -> Range<usize> {
        match self {
            Fact::Quantity(quantity) => quantity.span.clone(),
            Fact::Date(date) => date.span.clone(),
        }
    }
}

/// The quantities and dates of a text in Chinese, English or both, in order.
/// `published` is what 去年 and "yesterday" count from.
pub fn extract(text: &str, published: Option<Civil>) -> Vec<Fact> {
    let text = Text::new(text);
    let mut facts = extract_from(&text, published);
    for fact in &mut facts {
        match fact {
            Fact::Quantity(quantity) => quantity.span = text.original(&quantity.span),
            Fact::Date(date) => date.span = text.original(&date.span),
        }
    }
    facts
}

/// [`extract`] for a text that has been read; spans are of the read text.
pub fn extract_from(text: &Text, published: Option<Civil>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let mut word = 0;
    let mut i = 0;
    while i < text.chars.len() {
        let c = text.chars[i];
        while word < text.words.len() && text.words[word].start < i {
            word += 1;
        }
        if text.words.get(word).is_some_and(|w| w.start == i) {
            i = english_at(text, word, published, &mut facts);
            continue;
        }
        if c.is_ascii() && !c.is_ascii_digit() || !c.is_ascii() && !text::is_han(c) {
            i += 1;
            continue;
        }
        // Digits glued to letters are a code (A380, COVID-19, 5G), not a number.
        if c.is_ascii_digit() && code::in_code(text, i) {
            while text.at(i).is_ascii_alphanumeric() {
                i += 1;
            }
            continue;
        }
        if let Some(found) = date::date(text, i, published) {
            i = found.span.end;
            facts.push(Fact::Date(found));
            continue;
        }
        if c.is_ascii_digit() {
            if text.has(i, "24/7") {
                i += 4;
                continue;
            }
            if let Some(found) =
                date::english_digits(text, i).filter(|d| !text::is_han(text.at(d.span.end)))
            {
                i = found.span.end;
                facts.push(Fact::Date(found));
                continue;
            }
        }
        match quantity::quantity(text, i) {
            Some(mut found) => {
                i = found.span.end.max(i + 1);
                found.ordinal |= ends_ranks(text, &facts, &found);
                share_unit(text, &mut facts, &found);
                facts.push(Fact::Quantity(found));
            }
            None => i += 1,
        }
    }
    facts
}

/// Adds what begins with word `k` and gives the character to go on from.
fn english_at(text: &Text, k: usize, published: Option<Civil>, facts: &mut Vec<Fact>) -> usize {
    if let Some(found) = date::english(text, k, published) {
        let end = found.span.end;
        // "11 July": the day was read as a number before its month came.
        while facts
            .last()
            .is_some_and(|f| f.span().end > found.span.start)
        {
            facts.pop();
        }
        facts.push(Fact::Date(found));
        return end;
    }
    match quantity::in_words(text, k) {
        Some((found, _)) => {
            let end = found.span.end;
            share_unit(text, facts, &found);
            facts.push(Fact::Quantity(found));
            end
        }
        None => text.words[k].end,
    }
}

/// 第1至100名: the last of ranks.
fn ends_ranks(text: &Text, facts: &[Fact], last: &Quantity) -> bool {
    let Some(Fact::Quantity(first)) = facts.last() else {
        return false;
    };
    first.ordinal
        && text.at(first.span.start) == '第'
        && first.span.end + 1 == last.span.start
        && text::ends_lower(text.at(first.span.end))
}

/// "20 to 30 percent", 3至5年: the first number of a range takes the second's unit.
fn share_unit(text: &Text, facts: &mut [Fact], second: &Quantity) {
    let Some(Fact::Quantity(first)) = facts.last_mut() else {
        return;
    };
    // "two to three hundred"
    if first.form == numeral::Form::Words
        && second.form == numeral::Form::Words
        && first.low < 10.0
        && second.low >= 100.0
        && second.span.start > first.span.end
        && matches!(
            text.slice(first.span.end..second.span.start.min(first.span.end + 6))
                .trim(),
            "to" | "or"
        )
    {
        let scale = 10f64.powi(second.low.log10().floor() as i32);
        first.low *= scale;
        first.high *= scale;
        first.quantum *= scale;
    }
    let gap = second.span.start.saturating_sub(first.span.end);
    let between = text.slice(first.span.end..first.span.end + gap.min(6));
    // 3-5万元, 四到二十万, "5-8 million"
    let range = matches!(between.trim(), "-" | "~" | "至" | "到" | "—" | "～" | "to");
    if range
        && !first.ordinal
        && first.unit == &unit::NONE
        && first.low < 1e3
        && let Some(by) = numeral::scale(text, &second.span)
        && first.low < second.low / by
        && numeral::scale(text, &first.span).is_none()
    {
        first.low *= by;
        first.high *= by;
        first.quantum *= by;
    }
    if first.unit != &unit::NONE || second.unit == &unit::NONE || first.span.end > second.span.start
    {
        return;
    }
    if gap > 5 {
        return;
    }
    if matches!(
        between.trim(),
        "-" | "~"
            | "至"
            | "个和"
            | "个、"
            | "个至"
            | "个到"
            | "到"
            | "to"
            | "—"
            | "－"
            | "～"
            | "and"
            | "or"
            | "、"
            | "和"
            | "-to-"
    ) {
        first.unit = second.unit;
    }
}

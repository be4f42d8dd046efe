//! A Chinese text with its quantities, dates and places put into English, so that a
//! model that writes English from it neither converts a number nor guesses a name.

use std::ops::Range;

use jiff::civil::Date as Civil;

mod place;

use super::date::month_name;
use super::numeral::Form;
use super::text::{Text, is_han};
use super::unit::{Dimension, Unit};
use super::{Bound, Date, Fact, Quantity, extract_from};

/// A text with English values in it, and where each came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The text to show the model.
    pub text: String,
    /// Each replacement: its characters in `text`, and the original's characters that it stands for.
    pub replaced: Vec<(Range<usize>, Range<usize>)>,
}

impl Rendered {
    /// The original's character for character `i` of the rendered text; within a
    /// replacement, the first of the words that it stands for.
    pub fn original(&self, i: usize) -> usize {
        let (mut new, mut old) = (0, 0);
        for (there, here) in &self.replaced {
            if i < there.start {
                break;
            }
            if i < there.end {
                return here.start;
            }
            (new, old) = (there.end, here.end);
        }
        old + (i - new)
    }

    /// The original's span for a span of the rendered text; a replacement that
    /// it touches is taken whole.
    pub fn original_span(&self, span: Range<usize>) -> Range<usize> {
        if span.is_empty() {
            let at = self.original(span.start);
            return at..at;
        }
        let last = span.end - 1;
        let end = match self
            .replaced
            .iter()
            .find(|(there, _)| there.contains(&last))
        {
            Some((_, here)) => here.end,
            None => self.original(last) + 1,
        };
        self.original(span.start)..end
    }
}

/// Replaces every quantity with a unit or scale, every date and every place whose name
/// is known by its English rendering; a bare digit string is left as it is.
pub fn render(text: &str, published: Option<Civil>) -> Rendered {
    let read = Text::new(text);
    let original: Vec<char> = text.chars().collect();
    let facts = extract_from(&read, published);
    let facts = facts.iter().filter_map(|fact| {
        let english = match fact {
            Fact::Quantity(quantity) => quantity_in_english(&read, quantity),
            Fact::Date(date) => date_in_english(&read, date, published),
        };
        Some((
            widened(&read, fact).unwrap_or_else(|| fact.span()),
            english?,
        ))
    });
    let mut renderings: Vec<(Range<usize>, String)> = facts
        .chain(place::in_english(&read))
        .map(|(span, english)| (read.original(&span), english))
        .collect();
    renderings.sort_by_key(|(span, _)| span.start);

    let mut out = String::with_capacity(text.len());
    let (mut length, mut from) = (0, 0);
    let mut replaced: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for (span, english) in renderings {
        if span.start < from {
            continue;
        }
        out.extend(&original[from..span.start]);
        length += span.start - from;
        let adjoins = replaced
            .last()
            .is_some_and(|(_, here)| here.end == span.start);
        let mut english = spaced(&original, &span, &english);
        if adjoins && !english.starts_with(' ') {
            english.insert(0, ' ');
        }
        out.push_str(&english);
        let size = english.chars().count();
        replaced.push((length..length + size, span.clone()));
        length += size;
        from = span.end;
    }
    out.extend(&original[from..]);
    Rendered {
        text: out,
        replaced,
    }
}

/// The hedge before a number goes into its rendering: 超过3万亩 is "over 30,000 mu".
fn widened(text: &Text, fact: &Fact) -> Option<Range<usize>> {
    const HEDGES: &[&str] = &[
        "超过",
        "不足",
        "不到",
        "将近",
        "接近",
        "大约",
        "至少",
        "不少于",
        "不低于",
        "近",
        "约",
        "逾",
        "超",
    ];
    let Fact::Quantity(quantity) = fact else {
        return None;
    };
    let start = quantity.span.start;
    let hedge = HEDGES
        .iter()
        .filter(|h| text.ends(start, h))
        .map(|h| h.chars().count())
        .max()?;
    Some(start - hedge..quantity.span.end)
}

/// Keeps Latin letters and digits apart from what stands before and after.
fn spaced(original: &[char], span: &Range<usize>, english: &str) -> String {
    let glued = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let before = span.start.checked_sub(1).and_then(|i| original.get(i));
    let (left, right) = (glued(before), glued(original.get(span.end)));
    format!(
        "{}{english}{}",
        if left { " " } else { "" },
        if right { " " } else { "" }
    )
}

fn quantity_in_english(text: &Text, quantity: &Quantity) -> Option<String> {
    let unit = quantity.unit;
    let chinese = text.chars[quantity.span.clone()].iter().any(|c| is_han(*c));
    if quantity.ordinal {
        let given = quantity.low == quantity.high && text.at(quantity.span.start) != '首';
        return given.then(|| ordinal(quantity.low));
    }
    if quantity.unit == &super::unit::RATIO {
        return None;
    }
    // The 3 of 3-5万元 is 30,000.
    let scaled = quantity.low >= 10_f64.powi(quantity.span.len() as i32);
    if !chinese && !scaled
        || (quantity.form != Form::Digits
            && quantity.high < 10.0
            && unit.dimension == Dimension::Count)
    {
        return None;
    }
    // A scale alone (万, 百) is as often part of a word.
    if quantity.form == Form::HanScale
        && quantity.bound == Bound::Exact
        && unit.dimension == Dimension::Count
        && quantity.low < 1e6
    {
        return None;
    }
    if unit.dimension == Dimension::Multiple {
        return None;
    }
    // 近几年 is "in recent years", not nearly several.
    if quantity.bound == Bound::Nearly && quantity.low != quantity.high {
        return None;
    }
    let scale = if unit.name == "tenths" { 10.0 } else { 1.0 };
    let value = if quantity.low == quantity.high {
        words(quantity.low * scale)
    } else {
        vague(quantity, scale)
    };
    let hedge = match quantity.bound {
        Bound::Exact => "",
        Bound::About => "about ",
        Bound::Over if at_least(text, &quantity.span) => "at least ",
        Bound::Over => "over ",
        Bound::Under => "less than ",
        Bound::Nearly => "nearly ",
    };
    Some(format!(
        "{hedge}{}{}",
        with_unit(&value, unit, quantity.low),
        metric(quantity)
    ))
}

/// Whether a bound takes in the number itself: 不低于5, 5以上.
fn at_least(text: &Text, span: &Range<usize>) -> bool {
    let before = ["至少", "不少于", "不低于"];
    before.iter().any(|word| text.ends(span.start, word)) || text.ends(span.end, "以上")
}

fn with_unit(value: &str, unit: &Unit, low: f64) -> String {
    match unit.name {
        "" => value.to_owned(),
        "%" | "tenths" => format!("{value}%"),
        "‰" => format!("{value}‰"),
        "°C" | "°F" => format!("{value}{}", unit.name),
        name if low == 1.0 && value == "1" => format!("{value} {}", singular(name)),
        name => format!("{value} {name}"),
    }
}

fn singular(name: &str) -> &str {
    match name {
        "centuries" => "century",
        "feet" => "foot",
        "inches" => "inch",
        "yuan" | "mu" | "jin" | "yen" | "won" | "li" => name,
        _ => name.strip_suffix('s').unwrap_or(name),
    }
}

/// A conversion beside a Chinese unit that a reader of English does not know.
fn metric(quantity: &Quantity) -> String {
    let (value, name) = match quantity.unit.name {
        "mu" => (quantity.base(quantity.low) / 1e4, "hectares"),
        "jin" => (quantity.base(quantity.low), "kilograms"),
        "li" => (quantity.base(quantity.low) / 1e3, "kilometers"),
        _ => return String::new(),
    };
    format!(" (about {} {name})", words(rounded(value, 2)))
}

fn vague(quantity: &Quantity, scale: f64) -> String {
    let (low, high) = (quantity.low * scale, quantity.high * scale);
    if (low, high) == (10.0, 19.0) {
        return "more than 10".to_owned();
    }
    let tens = 10f64.powi(low.log10().floor() as i32);
    if high >= low * 4.0 {
        return match tens as u64 {
            10 => "dozens of".to_owned(),
            100 => "hundreds of".to_owned(),
            1_000 => "thousands of".to_owned(),
            10_000 => "tens of thousands of".to_owned(),
            100_000 => "hundreds of thousands of".to_owned(),
            1_000_000 => "millions of".to_owned(),
            10_000_000 => "tens of millions of".to_owned(),
            100_000_000 => "hundreds of millions of".to_owned(),
            1_000_000_000 => "billions of".to_owned(),
            _ => "several".to_owned(),
        };
    }
    format!("{} to {}", words(low), words(high))
}

/// A number to so many significant digits.
pub fn rounded(value: f64, digits: i32) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let place = 10f64.powi(value.abs().log10().floor() as i32 - digits + 1);
    (value / place).round() * place
}

/// A number as English writes it: `30,000`, `1.6 billion`, `2.744 million`.
pub fn words(value: f64) -> String {
    for (scale, name) in [(1e12, "trillion"), (1e9, "billion"), (1e6, "million")] {
        // A scale must not cost digits: 711.91265万 is 7,119,126.5.
        let exact = (value / scale * 1e6).fract().abs() < 1e-6;
        if value.abs() >= scale && exact {
            return format!("{} {name}", number(value / scale));
        }
    }
    number(value)
}

/// A number with thousands separators and no more decimals than it has (six at most).
pub fn number(value: f64) -> String {
    let fixed = format!("{:.6}", value.abs());
    let (whole, decimals) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let mut out = String::new();
    if value < 0.0 {
        out.push('-');
    }
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    let decimals = decimals.trim_end_matches('0');
    if !decimals.is_empty() {
        out.push('.');
        out.push_str(decimals);
    }
    out
}

fn ordinal(value: f64) -> String {
    let n = value as u64;
    let end = match (n % 10, n % 100) {
        (1, r) if r != 11 => "st",
        (2, r) if r != 12 => "nd",
        (3, r) if r != 13 => "rd",
        _ => "th",
    };
    format!("{}{end}", number(value))
}

fn date_in_english(text: &Text, date: &Date, published: Option<Civil>) -> Option<String> {
    let characters = &text.chars[date.span.clone()];
    // 6·23, the 1 of 1-4月: the month is told by what follows.
    if let (None, Some(month)) = (date.year, date.month)
        && !characters.contains(&'月')
        && !characters.iter().any(char::is_ascii_alphabetic)
    {
        let day = date.day.map(|day| format!(" {day}")).unwrap_or_default();
        return Some(format!("{}{day}", month_name(month)));
    }
    if date.foreign && date.year.is_none() || !characters.iter().any(|c| is_han(*c)) {
        return None;
    }
    if let Some(decade) = date.decade {
        let last = date.last_decade.map(|last| format!(" and {last}s"));
        return Some(format!("{decade}s{}", last.unwrap_or_default()));
    }
    if let Some(century) = date.century {
        return Some(format!("{} century", ordinal(f64::from(century))));
    }
    if let Some(weekday) = date.weekday.filter(|_| date.relative.is_none()) {
        const NAMES: [&str; 7] = [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ];
        return NAMES.get(weekday as usize - 1).map(|d| (*d).to_owned());
    }
    let year = date.year.map(|y| {
        if y < 0 {
            format!("{} BC", -y)
        } else {
            y.to_string()
        }
    });
    if let Some(quarter) = date.quarter {
        let part = format!("{} quarter", ordinal(f64::from(quarter)));
        return Some(year.map_or(part.clone(), |y| format!("{part} of {y}")));
    }
    if let Some(half) = date.half {
        let part = format!("{} half of", if half == 1 { "first" } else { "second" });
        return Some(format!(
            "{part} {}",
            year.unwrap_or_else(|| "the year".to_owned())
        ));
    }
    if let (Some(first), Some(last)) = (date.month, date.last_month) {
        return Some(format!("{} to {}", month_name(first), month_name(last)));
    }
    match (year, date.month, date.day) {
        (Some(y), Some(m), Some(d)) => Some(format!("{} {d}, {y}", month_name(m))),
        (Some(y), Some(m), None) => Some(format!("{} {y}", month_name(m))),
        (None, Some(m), Some(d)) => Some(format!("{} {d}", month_name(m))),
        (None, Some(m), None) => Some(month_name(m).to_owned()),
        (None, None, Some(d)) => Some(match published.filter(|p| d <= i32::from(p.day())) {
            // 6日 in an article of August 8 is August 6, which no model takes for a rank.
            Some(published) if text.before(date.span.end) == '日' => {
                format!("{} {d}", month_name(published.month().into()))
            }
            _ => format!("the {}", ordinal(f64::from(d))),
        }),
        (Some(y), None, None) => Some(y),
        _ => None,
    }
}

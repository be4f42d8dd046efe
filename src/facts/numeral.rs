//! Numerals: digits, Chinese numerals, English number words.

mod han;
mod words;

use std::ops::Range;

use super::text::Text;

use han::han;

pub use words::{small_word, word_numeral};

/// A number as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Numeral {
    /// Its characters.
    pub span: Range<usize>,
    /// The least value that it may stand for.
    pub low: f64,
    /// The greatest; equal to `low` unless vague (两三百, 数十, dozens).
    pub high: f64,
    /// The place of its last stated digit: 0.1 million for "2.7 million".
    pub quantum: f64,
    /// How many digits, where it is digits alone (2025, 二〇二五): a year may be.
    pub plain: usize,
    /// `余`, `多`, `来` within or after it.
    pub over: bool,
    /// How it is written.
    pub form: Form,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Digits, perhaps with a scale word.
    Digits,
    /// Chinese characters.
    Han,
    /// A Chinese scale with no digit before it: 百万, 千, 万.
    HanScale,
    /// English words.
    Words,
}

impl Numeral {
    fn exact(span: Range<usize>, value: f64, form: Form) -> Numeral {
        Numeral {
            span,
            low: value,
            high: value,
            quantum: quantum(value),
            plain: 0,
            over: false,
            form,
        }
    }

    /// The middle of its range.
    pub fn value(&self) -> f64 {
        (self.low + self.high) / 2.0
    }
}

/// The number 1 at a span, to be given its value.
pub fn whole(span: Range<usize>) -> Numeral {
    Numeral::exact(span, 1.0, Form::Han)
}

/// The greatest power of ten that divides a number, at least 1.
pub fn quantum(value: f64) -> f64 {
    let mut unit = 1.0;
    while value >= unit * 10.0 && value % (unit * 10.0) == 0.0 {
        unit *= 10.0;
    }
    unit
}

/// The value of a Chinese digit.
pub fn han_digit(c: char) -> Option<u32> {
    Some(match c {
        '〇' | '零' => 0,
        '一' | '壹' => 1,
        '二' | '贰' | '两' | '貳' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

pub(super) fn han_scale(text: &Text, i: usize) -> Option<f64> {
    Some(match text.at(i) {
        '十' | '拾' => 10.0,
        '百' if text.at(i + 1) != '帕' => 100.0,
        '佰' => 100.0,
        '千' if !matches!(text.at(i + 1), '米' | '克' | '瓦' | '卡' | '伏' | '赫') => 1e3,
        '仟' => 1e3,
        '万' | '萬' => 1e4,
        '亿' | '億' => 1e8,
        '兆' if !matches!(
            text.at(i + 1),
            '瓦' | '赫' | '字' | '比' | '帕' | '头' | '焦' | '欧' | '电'
        ) =>
        {
            1e12
        }
        _ => return None,
    })
}

/// The numeral that starts at character `i`, if one does.
pub fn numeral(text: &Text, i: usize) -> Option<Numeral> {
    let c = text.at(i);
    if c.is_ascii_digit() {
        return Some(from_digits(text, i));
    }
    match c {
        '廿' | '卅' => Some(twenty(text, i)),
        '几' | '数' => vague_digit(text, i).then(|| han(text, i)),
        // 陆续, 大陆, 叁: those of cheques stand with each other or before a scale.
        '壹' | '贰' | '叁' | '肆' | '伍' | '陆' | '柒' | '捌' | '玖'
            if !matches!(
                text.at(i + 1),
                '拾' | '佰'
                    | '仟'
                    | '万'
                    | '亿'
                    | '元'
                    | '圆'
                    | '零'
                    | '壹'
                    | '贰'
                    | '叁'
                    | '肆'
                    | '伍'
                    | '陆'
                    | '柒'
                    | '捌'
                    | '玖'
            ) =>
        {
            None
        }
        _ if han_digit(c).is_some() || han_scale(text, i).is_some() => Some(han(text, i)),
        _ => None,
    }
}

fn twenty(text: &Text, i: usize) -> Numeral {
    let tens = if text.at(i) == '廿' { 20.0 } else { 30.0 };
    match han_digit(text.at(i + 1)) {
        Some(d) => Numeral::exact(i..i + 2, tens + f64::from(d), Form::Han),
        None => Numeral::exact(i..i + 1, tens, Form::Han),
    }
}

fn vague_digit(text: &Text, i: usize) -> bool {
    match text.at(i) {
        '几' => text.before(i) != '十' || han_scale(text, i + 1).is_some(),
        _ => matches!(text.at(i + 1), '十' | '百' | '千' | '万' | '亿'),
    }
}

/// Reads digits with separators and decimals: value, decimals, count of plain digits, end.
fn digits(text: &Text, i: usize) -> (f64, u32, usize, usize) {
    let mut value = 0.0;
    let mut end = i;
    let mut plain = 0;
    let mut separated = false;
    loop {
        let c = text.at(end);
        if let Some(d) = c.to_digit(10) {
            value = value * 10.0 + f64::from(d);
            plain += 1;
            end += 1;
        } else if matches!(c, ',' | '，')
            && (separated || (1..=3).contains(&plain))
            && ((1..=3).all(|k| text.at(end + k).is_ascii_digit())
                && !text.at(end + 4).is_ascii_digit()
                || c == ',' && indian_group(text, end))
        {
            separated = true;
            end += 1;
        } else {
            break;
        }
    }
    let mut decimals = 0;
    if text.at(end) == '.' && text.at(end + 1).is_ascii_digit() {
        let mut scale = 0.1;
        end += 1;
        while let Some(d) = text.at(end).to_digit(10) {
            value += f64::from(d) * scale;
            scale /= 10.0;
            decimals += 1;
            end += 1;
        }
        plain = 0;
    }
    // "2½", "2 ½"
    let part_at = match text.at(end) {
        ' ' => end + 1,
        _ => end,
    };
    let part = match text.at(part_at) {
        '½' => Some((0.5, 1)),
        '¼' => Some((0.25, 2)),
        '¾' => Some((0.75, 2)),
        _ => None,
    };
    if let Some((part, places)) = part.filter(|_| decimals == 0) {
        value += part;
        decimals = places;
        plain = 0;
        end = part_at + 1;
    }
    let plain = if separated { 0 } else { plain };
    (value, decimals, plain, end)
}

/// `2,06,737`: a group of two before another comma and a group of three.
fn indian_group(text: &Text, comma: usize) -> bool {
    let digit = |k: usize| text.at(comma + k).is_ascii_digit();
    digit(1)
        && digit(2)
        && text.at(comma + 3) == ','
        && digit(4)
        && digit(5)
        && digit(6)
        && !digit(7)
}

fn from_digits(text: &Text, i: usize) -> Numeral {
    let (value, decimals, plain, end) = digits(text, i);
    if let Some((scale, scale_end)) = english_scale(text, end) {
        let unit = if decimals > 0 {
            10f64.powi(-(decimals as i32))
        } else {
            quantum(value)
        };
        return Numeral {
            span: i..scale_end,
            low: tidy(value * scale),
            high: tidy(value * scale),
            quantum: unit * scale,
            plain: 0,
            over: false,
            form: Form::Digits,
        };
    }
    let next = text.at(end);
    let scaled = han_scale(text, end).is_some()
        || counted_scale(text, end)
        || (matches!(next, '余' | '多' | '几' | '来') && han_scale(text, end + 1).is_some());
    if scaled {
        return han(text, i);
    }
    Numeral {
        span: i..end,
        low: value,
        high: value,
        quantum: if decimals > 0 {
            10f64.powi(-(decimals as i32))
        } else {
            quantum(value)
        },
        plain,
        over: false,
        form: Form::Digits,
    }
}

/// 4个亿 is 400 million; 4个亿元项目 are four projects.
fn counted_scale(text: &Text, i: usize) -> bool {
    text.at(i) == '个' && han_scale(text, i + 1).is_some_and(|s| s >= 1e8) && text.at(i + 2) != '元'
}

/// Removes the dust of decimal arithmetic: 1.6 × 10⁹ is 1,600,000,000.
fn tidy(value: f64) -> f64 {
    if value > 100.0 {
        (value * 100.0).round() / 100.0
    } else {
        value
    }
}

/// A scale word or its short form after digits: " million", "bn", "k", " dozen".
fn english_scale(text: &Text, end: usize) -> Option<(f64, usize)> {
    // "$300+ billion"
    let end = end + usize::from(text.at(end) == '+');
    let k = text.word_after(end)?;
    let word = &text.words[k];
    let spaced = word.start > end;
    let mut scale = match word.lower.as_str() {
        "hundred" => 1e2,
        "thousand" => 1e3,
        "million" | "mln" | "mil" => 1e6,
        "billion" | "bln" => 1e9,
        "trillion" => 1e12,
        "dozen" => 12.0,
        "lakh" | "lakhs" => 1e5,
        "crore" | "crores" => 1e7,
        "bn" => 1e9,
        "mn" => 1e6,
        "tn" | "trn" => 1e12,
        "k" if !spaced => 1e3,
        "m" if !spaced && is_money(text, end) => 1e6,
        "b" if !spaced && is_money(text, end) => 1e9,
        _ => return None,
    };
    let mut last = k;
    while text.joined(last) {
        match text.word(last + 1) {
            "thousand" => scale *= 1e3,
            "million" => scale *= 1e6,
            "billion" => scale *= 1e9,
            "trillion" => scale *= 1e12,
            _ => break,
        }
        last += 1;
    }
    Some((scale, text.words[last].end))
}

fn is_money(text: &Text, end: usize) -> bool {
    let mut i = end;
    while i > 0 && end - i < 24 && matches!(text.at(i - 1), '0'..='9' | '.' | ',') {
        i -= 1;
    }
    matches!(text.before(i), '$' | '£' | '€' | '¥')
}

/// The scale that ends a number, in digits or Chinese: 1e4 of 5万元, 1e7 of 5千万, 1e6 of
/// "8 million"; `span` is all of it.
pub fn scale(text: &Text, span: &Range<usize>) -> Option<f64> {
    let large = |i: &usize| han_scale(text, *i).is_some_and(|s| s >= 1e4);
    if let Some(last) = span.clone().rev().find(large) {
        // 5千万, 3万亿, but 二十万
        let counted = last > span.start + 1 && text.at(last - 2).is_ascii_digit();
        let before = counted.then(|| han_scale(text, last - 1)).flatten();
        return Some(han_scale(text, last)? * before.unwrap_or(1.0));
    }
    let first = span.clone().find(|i| text.at(*i).is_ascii_digit())?;
    let (.., end) = digits(text, first);
    english_scale(text, end).map(|(scale, _)| scale)
}

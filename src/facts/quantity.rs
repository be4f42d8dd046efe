//! Quantities: a number with its unit, its bound and what it counts.

mod bound;
mod fraction;
mod words;

use std::ops::Range;

use super::numeral::{self, Form, Numeral};
use super::text::{Text, ends_lower, is_han};
use super::unit::{self, Dimension, Unit};

use bound::{bound_before, english_bound, suffix_bound};
use fraction::{chinese_fraction, half, hundredths, share};

pub use bound::Bound;
pub use words::{in_words, rank_words};

/// A number of something.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// Its characters, unit included.
    pub span: Range<usize>,
    /// Least value, in its own unit.
    pub low: f64,
    /// Greatest value.
    pub high: f64,
    /// The place of the last stated digit.
    pub quantum: f64,
    /// How it is hedged.
    pub bound: Bound,
    /// Its unit, [`unit::NONE`] for a bare or counted number.
    pub unit: &'static Unit,
    /// Whether it gives a rank: 第三, 3rd.
    pub ordinal: bool,
    /// How the number is written.
    pub form: Form,
    /// Digits alone, how many.
    pub plain: usize,
}

impl Quantity {
    /// The value in base units of its dimension.
    pub fn base(&self, value: f64) -> f64 {
        if self.unit.dimension == Dimension::Temperature && self.unit.factor == 0.0 {
            (value - 32.0) / 1.8
        } else {
            value * self.unit.factor
        }
    }
}

/// The quantity that starts at character `i`, if one does.
pub fn quantity(text: &Text, i: usize) -> Option<Quantity> {
    let c = text.at(i);
    match c {
        '第' => return chinese_ordinal(text, i),
        '首' => return first(text, i),
        '头' if text.at(i + 1) == '号' => return Some(rank_one(i)),
        '翻' => return times(text, i),
        '一' | '半' | '过' | '对' => {
            if let Some(half) = half(text, i) {
                return Some(half);
            }
        }
        _ => {}
    }
    if c.is_ascii_digit()
        && let Some(share) = share(text, i)
    {
        return Some(share);
    }
    if c.is_ascii_digit() || is_han(c) {
        if let Some(fraction) = chinese_fraction(text, i) {
            return Some(fraction);
        }
        let number = numeral::numeral(text, i)?;
        return Some(finish(text, number));
    }
    None
}

/// 翻一番 is twice as much, 翻两番 four times.
fn times(text: &Text, i: usize) -> Option<Quantity> {
    let mut at = if text.at(i + 1) == '了' {
        i + 2
    } else {
        i + 1
    };
    if matches!(text.at(at), '近' | '约' | '超') {
        at += 1;
    }
    // 翻了两倍 is said of twice and of three times as much.
    if let Some(number) =
        numeral::numeral(text, at).filter(|n| text.at(n.span.end) == '倍' && n.low >= 1.0)
    {
        let mut found = plain(&number);
        found.span = i..number.span.end + 1;
        found.high += 1.0;
        found.unit = unit::named("times");
        return Some(found);
    }
    let (doublings, end) = match numeral::numeral(text, at) {
        Some(number) if text.at(number.span.end) == '番' => (number.low, number.span.end + 1),
        None if text.at(at) == '番' => (1.0, at + 1),
        None if text.at(at) == '倍' => (1.0, at + 1),
        _ => return None,
    };
    let mut found = plain(&Numeral {
        low: doublings,
        high: doublings,
        ..numeral::whole(i..end)
    });
    found.low = doublings.min(30.0).exp2();
    found.high = found.low;
    found.unit = unit::named("times");
    Some(found)
}

/// 首届, 首批, 头号: the first of what is counted.
fn first(text: &Text, i: usize) -> Option<Quantity> {
    const COUNTED: &[char] = &[
        '届', '次', '批', '个', '家', '座', '条', '部', '项', '轮', '场', '季', '例', '期', '款',
        '列', '架', '艘', '名', '位', '支', '站', '日', '年', '月', '套', '枚', '颗', '度',
    ];
    COUNTED.contains(&text.at(i + 1)).then(|| rank_one(i))
}

fn rank_one(i: usize) -> Quantity {
    Quantity {
        ordinal: true,
        ..plain(&numeral::whole(i..i + 1))
    }
}

fn chinese_ordinal(text: &Text, i: usize) -> Option<Quantity> {
    let next = text.at(i + 1);
    let number = (next.is_ascii_digit()
        || numeral::han_digit(next).is_some()
        || matches!(next, '十' | '百' | '千'))
    .then(|| numeral::numeral(text, i + 1))
    .flatten()?;
    let mut quantity = plain(&number);
    quantity.span.start = i;
    quantity.ordinal = true;
    Some(quantity)
}

fn plain(number: &Numeral) -> Quantity {
    Quantity {
        span: number.span.clone(),
        low: number.low,
        high: number.high,
        quantum: number.quantum,
        bound: Bound::Exact,
        unit: &unit::NONE,
        ordinal: false,
        form: number.form,
        plain: number.plain,
    }
}

/// Whether a number ends a range whose unit came before it: the 43 of 百分之30至43.
fn ends_percentages(text: &Text, start: usize) -> bool {
    const LONGEST: usize = 12;
    let at = text.back_spaces(start);
    if !ends_lower(text.before(at)) {
        return false;
    }
    let lower = text.slice(at.saturating_sub(LONGEST)..at - 1);
    let number = |c: char| {
        c.is_ascii_digit()
            || matches!(c, '.' | ' ' | '十' | '点')
            || numeral::han_digit(c).is_some()
    };
    lower.trim_end_matches(number).ends_with("百分之")
}

/// Puts bound and unit to a number found in Chinese text or in digits.
fn finish(text: &Text, number: Numeral) -> Quantity {
    let mut quantity = plain(&number);
    let start = number.span.start;
    quantity.bound = bound_before(text, start);
    if number.over {
        quantity.bound = Bound::Over;
    }
    let mut end = number.span.end;
    if quantity.low == quantity.high
        && text.at(end).is_ascii_alphabetic()
        && !text.at(end + 2).is_ascii_alphabetic()
        && matches!(
            (text.at(end), text.at(end + 1)),
            ('s', 't') | ('n', 'd') | ('r', 'd') | ('t', 'h')
        )
    {
        quantity.ordinal = true;
        quantity.span.end = end + 2;
        return quantity;
    }
    // "No. 1"
    let at = text.back_spaces(start);
    quantity.ordinal |= quantity.plain > 0 && (text.ends(at, "No.") || text.ends(at, "no."));
    // 3万余亩, 30多万元, 200来人
    if matches!(text.at(end), '余' | '多' | '来' | '几') && is_han(text.at(end)) {
        quantity.bound = Bound::Over;
        end += 1;
        quantity.span.end = end;
    }
    suffix_bound(text, &mut quantity);
    end = quantity.span.end;
    let half = |text: &Text, at: usize| text.at(at) == '半';
    // 一个半小时, 两年半
    let mut unit_at = end;
    if text.at(end) == '个' && half(text, end + 1) {
        quantity.low += 0.5;
        quantity.high += 0.5;
        quantity.quantum = 0.5;
        unit_at = end + 2;
        if text.at(unit_at) == '月' {
            quantity.unit = unit::named("months");
            quantity.span.end = unit_at + 1;
            return quantity;
        }
    }
    // 两个来小时, 三个多月
    if text.at(end) == '个'
        && matches!(text.at(end + 1), '来' | '多')
        && unit::chinese(text, end + 2).is_some()
    {
        quantity.bound = Bound::Over;
        unit_at = end + 2;
    }
    let space = text.skip_spaces(unit_at);
    let found = unit::chinese(text, unit_at).or_else(|| {
        unit::chinese(text, space)
            .filter(|_| space == unit_at || is_han(text.at(space)) || text.at(space) == '%')
    });
    if let Some((unit, unit_end)) = found {
        quantity.unit = unit;
        quantity.span.end = unit_end;
        // 增长3倍 is four times as much, 增至3倍 three times.
        if unit.dimension == Dimension::Multiple && grows(text, start) {
            quantity.low += 1.0;
            quantity.high += 1.0;
        }
        if unit.name == "yuan" && text.has(unit_end, "新台币") {
            quantity.unit = unit::named("New Taiwan dollars");
            quantity.span.end = unit_end + 3;
        }
        if matches!(unit.dimension, Dimension::Time)
            && half(text, unit_end)
            && quantity.low == quantity.high
        {
            quantity.low += 0.5;
            quantity.high += 0.5;
            quantity.quantum = 0.5;
            quantity.span.end = unit_end + 1;
        }
        hundredths(text, &mut quantity);
        suffix_bound(text, &mut quantity);
    } else if let Some(k) = text.word_after(end) {
        if let Some((unit, next)) = unit::english(text, k) {
            quantity.unit = unit;
            quantity.span.end = text.words[next - 1].end;
            if text.has(quantity.span.end, "/h") {
                quantity.span.end += 2;
            }
        } else if matches!(text.word(k), "times") {
            quantity.span.end = text.words[k].end;
        }
    }
    if let Some((unit, end)) = unit::raised(text, quantity.unit, quantity.span.end) {
        quantity.unit = unit;
        quantity.span.end = end;
    }
    if quantity.unit == &unit::NONE && ends_percentages(text, start) {
        quantity.unit = unit::named("%");
    }
    if quantity.unit == &unit::NONE && text.at(end) == '°' {
        let scale = text.at(end + 1).to_ascii_uppercase();
        quantity.unit = unit::named(if scale == 'F' { "°F" } else { "°C" });
        quantity.span.end = end + if matches!(scale, 'C' | 'F') { 2 } else { 1 };
    }
    money_before(text, &mut quantity);
    if quantity.unit.name == "yuan" || quantity.unit == &unit::NONE {
        for (word, name) in [
            ("新台币", "New Taiwan dollars"),
            ("港币", "Hong Kong dollars"),
            ("欧元", "euros"),
            ("美元", "US dollars"),
        ] {
            if text.ends(start, word) {
                quantity.unit = unit::named(name);
            }
        }
    }
    if quantity.unit == &unit::NONE
        && text.at(end) == '度'
        && (text.ends(start, "零下") || text.ends(start, "气温") || text.ends(start, "摄氏"))
    {
        quantity.unit = unit::named("°C");
        quantity.span.end = end + 1;
    }
    // 25-30℃ and 25℃-30℃ are ranges.
    let minus = || {
        let before = text.before(start.saturating_sub(1));
        text.before(start) == '-'
            && !before.is_ascii_digit()
            && !matches!(before, '℃' | '°' | 'C' | '度')
    };
    if quantity.unit.dimension == Dimension::Temperature
        && (text.ends(start, "零下") || text.ends(start, "minus ") || minus())
    {
        (quantity.low, quantity.high) = (-quantity.high, -quantity.low);
    }
    quantity
}

/// Whether what ends at a place says that something grows by the multiple that follows:
/// 增长了近.
fn grows(text: &Text, start: usize) -> bool {
    const HEDGES: &[&str] = &["超过", "将近", "不止", "近", "超", "约", "逾"];
    const VERBS: &[&str] = &[
        "增长", "增加", "提高", "上升", "上涨", "提升", "扩大", "多出", "高出", "会高", "要高",
        "还高", "会多", "要多",
    ];
    let hedge = HEDGES.iter().find(|hedge| text.ends(start, hedge));
    let end = start - hedge.map_or(0, |hedge| hedge.chars().count());
    let end = end - usize::from(text.ends(end, "了"));
    VERBS.iter().any(|verb| text.ends(end, verb))
}

/// `$5`, `US$ 5`, `RMB 5`, `HK$5` before the number.
fn money_before(text: &Text, quantity: &mut Quantity) {
    let start = quantity.span.start;
    let i = text.back_spaces(start);
    let c = text.before(i);
    if matches!(c, '$' | '£' | '€' | '¥' | '₹') {
        let letters = (1..=3)
            .take_while(|k| i > *k && text.at(i - 1 - k).is_ascii_uppercase())
            .count();
        let code: String = text.slice(i - 1 - letters..i).to_lowercase();
        let sign = unit::sign(&code).or_else(|| unit::sign(&c.to_string()));
        // "$3 trillion yuan" does not occur; "¥5亿元" does, and agrees.
        if let Some(unit) = sign.filter(|_| !matches!(quantity.unit.dimension, Dimension::Money(_)))
        {
            quantity.unit = unit;
        }
        quantity.span.start = i - 1 - letters;
    } else if quantity.unit == &unit::NONE && c.is_ascii_uppercase() {
        let unit = text.word_before(start).map(|k| text.word(k)).filter(|w| {
            matches!(
                *w,
                "rmb" | "cny" | "usd" | "eur" | "gbp" | "hkd" | "jpy" | "aud"
            )
        });
        if let Some(word) = unit {
            quantity.unit = unit::sign(word).unwrap_or(&unit::NONE);
            quantity.span.start = i - 3;
        }
    }
}

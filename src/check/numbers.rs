//! Quantities of the claim against those of the sources.

use super::{Finding, FindingKind, Reading, subject};
use crate::facts::numeral::{Form, han_digit, small_word};
use crate::facts::unit::{self, Dimension};
use crate::facts::{Bound, Quantity};

/// The quantities that the sources do not bear out.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    claim
        .quantities
        .iter()
        .filter_map(|q| judge(q, claim, sources))
        .collect()
}

fn judge(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    let stated = || {
        sources
            .iter()
            .flat_map(|s| s.quantities.iter().map(move |q| (s, q)))
    };
    let mut other_unit = None;
    let mut turned = None;
    let mut same = Vec::new();
    for (source, other) in stated() {
        match relation(quantity, other) {
            Relation::Agrees => same.push((source, other)),
            Relation::OtherUnit => other_unit = other_unit.or(Some((source, other))),
            Relation::OtherBound => turned = turned.or(Some((source, other))),
            Relation::Differs => {}
        }
    }
    if !same.is_empty() {
        return subject::of_something_else(quantity, claim, &same)
            .map(|meant| finding(FindingKind::Number, quantity, claim, Some(meant)));
    }
    if let Some((source, other)) = other_unit.or(turned) {
        let ratio = |q: &Quantity| q.unit.dimension == Dimension::Ratio;
        let kind = if other_unit.is_none() || ratio(quantity) || ratio(other) {
            FindingKind::Number
        } else {
            FindingKind::Unit
        };
        return Some(finding(kind, quantity, claim, Some((source, other))));
    }
    if excused(quantity, claim, sources)
        || fen(quantity, sources)
        || in_a_date(quantity, sources)
        || spelled(quantity, sources)
    {
        return None;
    }
    let nearest = stated()
        .filter(|(_, q)| {
            q.unit.dimension == quantity.unit.dimension && q.ordinal == quantity.ordinal
        })
        .min_by(|(_, a), (_, b)| distance(quantity, a).total_cmp(&distance(quantity, b)));
    Some(finding(FindingKind::Number, quantity, claim, nearest))
}

fn finding(
    kind: FindingKind,
    quantity: &Quantity,
    claim: &Reading,
    nearest: Option<(&Reading, &Quantity)>,
) -> Finding {
    let said = claim.quote(&hedged(claim, quantity));
    let (right, detail) = match nearest {
        Some((source, other)) => {
            let right = source.quote(&hedged(source, other));
            let detail = format!(
                "The claim says {said}; the source states {right}{}.",
                converted(quantity, other)
            );
            (right, detail)
        }
        None => (String::new(), format!("The source does not state {said}.")),
    };
    Finding {
        kind,
        claim: said,
        source: right,
        detail,
    }
}

/// A quantity's span with a Chinese hedge before it.
fn hedged(reading: &Reading, quantity: &Quantity) -> std::ops::Range<usize> {
    let start = quantity.span.start;
    let hedge = ["超过", "不足", "不到", "近", "约", "逾", "超"]
        .iter()
        .find(|h| reading.text.ends(start, h));
    start - hedge.map_or(0, |h| h.chars().count())..quantity.span.end
}

/// A price difference that the source gives in hundredths of a yuan without naming
/// them so: 每斤1.38元，低3分.
fn fen(quantity: &Quantity, sources: &[Reading]) -> bool {
    quantity.unit.dimension == Dimension::Money("CNY")
        && quantity.low > 0.0
        && quantity.base(quantity.high) < 1.0
        && sources.iter().any(|source| {
            source.quantities.iter().any(|other| {
                source.text.at(other.span.end) == '分'
                    && (other.low / 100.0 - quantity.base(quantity.low)).abs() < 1e-9
            }) && source.contains("元")
        })
}

/// What true translations say without a numeral in the source.
fn excused(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    let stated = || sources.iter().flat_map(|s| &s.quantities);
    let has = |words: &[&str]| sources.iter().any(|s| words.iter().any(|w| s.contains(w)));
    let text = &claim.text;
    let start = quantity.span.start;
    if quantity.ordinal {
        let rank = quantity.low as i64;
        let words: &[&str] = match rank {
            1 => &[
                "首", "一", "初", "先", "头", "元", "早", "前", "始", "新", "冠", "1", "上半", "开",
            ],
            2 => &[
                "二", "两", "再", "亚军", "次", "双", "又", "下半", "2", "秒", "另",
            ],
            3 => &["三", "季军", "3"],
            _ => return false,
        };
        if quantity.form == Form::Digits && rank > 3 {
            return false;
        }
        let lunar = sources.iter().flat_map(|s| &s.dates).any(|d| d.foreign);
        let share =
            stated().any(|q| q.unit == &unit::RATIO && (q.low - 1.0 / quantity.low).abs() < 1e-6);
        if lunar || share {
            return true;
        }
        let ranked = stated().any(|q| q.ordinal);
        return has(words) || rank == 1 && !ranked;
    }
    if quantity.low != quantity.high && quantity.form == Form::Words {
        return !stated().any(|q| q.low != q.high && q.unit.dimension == Dimension::Count);
    }
    if quantity.unit == &unit::RATIO && quantity.low == 0.5 {
        return has(&["半", "五成", "50%"])
            || !stated().any(|q| q.unit.dimension == Dimension::Ratio);
    }
    if quantity.unit.dimension == Dimension::Multiple {
        return has(&["倍", "番", "翻"])
            && !stated().any(|q| q.unit.dimension == Dimension::Multiple)
            || !has(&["倍", "番", "增长", "增加", "提高", "%"]);
    }
    if quantity.low == 2.0
        && quantity.form == Form::Words
        && (text.ends(start, "the ") || text.ends(start, "The "))
    {
        return true;
    }
    let k = text.word_from(quantity.span.end);
    // "52m users"
    if quantity.unit.name == "meters"
        && text.ends(quantity.span.end, "m")
        && text.at(quantity.span.end - 2).is_ascii_digit()
    {
        return stated().any(|q| q.low == quantity.low * 1e6);
    }
    // "90 degrees" of either scale
    if text.word(k) == "degrees" {
        let celsius = (quantity.low - 32.0) / 1.8;
        return stated()
            .any(|q| q.unit.dimension == Dimension::Temperature && (q.low - celsius).abs() < 1.0);
    }
    false
}

fn distance(a: &Quantity, b: &Quantity) -> f64 {
    let (x, y) = (a.base(a.low).abs().max(1e-9), b.base(b.low).abs().max(1e-9));
    (x / y).ln().abs()
}

/// `(about 2,000 hectares)` where the claim's unit is another than the source's.
fn converted(claim: &Quantity, source: &Quantity) -> String {
    let same = claim.unit.dimension == source.unit.dimension;
    if !same
        || claim.unit == source.unit
        || claim.unit.factor == 0.0
        || source.unit.factor == 0.0
        || claim.unit.name.is_empty()
    {
        return String::new();
    }
    let value = source.base(source.low) / claim.unit.factor;
    format!(
        " (about {} {})",
        crate::facts::render::number(crate::facts::render::rounded(value, 2)),
        claim.unit.name
    )
}

/// Whether two quantities are the same, within the precision that the claim states.
pub(super) fn agrees(claim: &Quantity, source: &Quantity) -> bool {
    matches!(relation(claim, source), Relation::Agrees)
}

enum Relation {
    Agrees,
    OtherBound,
    OtherUnit,
    Differs,
}

fn relation(claim: &Quantity, source: &Quantity) -> Relation {
    let (a, b) = (claim.unit.dimension, source.unit.dimension);
    let agrees = || match (claim.bound, source.bound) {
        (Bound::Under, Bound::Over) | (Bound::Over, Bound::Under | Bound::Nearly)
            if close(claim, source) =>
        {
            Relation::OtherBound
        }
        _ => Relation::Agrees,
    };
    if a == b && a != Dimension::Count {
        if within(claim, source, true) {
            return agrees();
        }
        if claim.unit != source.unit && within(claim, source, false) {
            return Relation::OtherUnit;
        }
        return Relation::Differs;
    }
    if !within(claim, source, false) {
        return Relation::Differs;
    }
    let unknown = |d: Dimension| matches!(d, Dimension::Count);
    if unknown(a) || unknown(b) {
        let ratio = a == Dimension::Ratio || b == Dimension::Ratio;
        return if ratio && !(claim.unit == &unit::RATIO || source.unit == &unit::RATIO) {
            Relation::OtherUnit
        } else {
            agrees()
        };
    }
    // "$" stands for the dollar of several countries.
    match (claim.unit.name, source.unit.name) {
        ("dollars", name) if name.ends_with("dollars") => agrees(),
        (name, "dollars") if name.ends_with("dollars") => agrees(),
        _ if a == Dimension::Multiple || b == Dimension::Multiple => Relation::Agrees,
        _ => Relation::OtherUnit,
    }
}

/// Whether the two are the same number, hedges aside.
fn close(claim: &Quantity, source: &Quantity) -> bool {
    let (a, b) = (claim.base(claim.low), source.base(source.low));
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
}

/// Whether the claim's value, within the precision that it states, is the source's.
fn within(claim: &Quantity, source: &Quantity, convert: bool) -> bool {
    let to = |q: &Quantity, v: f64| if convert { q.base(v) } else { v };
    let (mut low, mut high) = (to(claim, claim.low), to(claim, claim.high));
    let unit = if convert {
        claim.quantum * claim.unit.factor.max(1e-30)
    } else {
        claim.quantum
    };
    let converted = convert && claim.unit.factor != source.unit.factor;
    let size = high.abs().max(low.abs());
    // "2.7 million" is a rounding by its nature; "2,013" is not.
    let scaled =
        claim.form == Form::Digits && claim.quantum >= 1e5 && claim.quantum * 100.0 > claim.high;
    let share = if converted || scaled || claim.bound == Bound::About {
        0.06
    } else if claim.quantum.fract() != 0.0 {
        0.1
    } else {
        0.012
    };
    let mut slack = (unit / 2.0).min(size * share);
    if converted {
        slack = slack.max(size * 0.015);
    }
    match claim.bound {
        Bound::Over => high += (unit * 0.999).min(size * 0.6),
        Bound::Under | Bound::Nearly => low -= (unit * 0.999).min(size * 0.25),
        _ => {}
    }
    let (from, upto) = (to(source, source.low), to(source, source.high));
    let dust = size * 1e-9 + 1e-12;
    low - slack - dust <= upto && high + slack + dust >= from
}

/// A bare number that the sources have as part of a date: "the 25th", "21st century".
fn in_a_date(quantity: &Quantity, sources: &[Reading]) -> bool {
    if quantity.unit.name == "days" {
        return sources
            .iter()
            .flat_map(|s| &s.dates)
            .any(|d| d.day == Some(quantity.low as i32));
    }
    if quantity.unit.dimension != Dimension::Count {
        return false;
    }
    let value = quantity.low as i32;
    sources.iter().flat_map(|s| &s.dates).any(|d| {
        [d.year, d.month, d.day, d.century, d.quarter].contains(&Some(value))
            || d.year.is_some_and(|y| y % 100 == value || y == -value)
    })
}

/// A small number that Chinese words carry without being a numeral: 双方, 三国, 四季.
fn spelled(quantity: &Quantity, sources: &[Reading]) -> bool {
    let countable = matches!(quantity.unit.dimension, Dimension::Count | Dimension::Time);
    let small =
        quantity.low <= 10.0 && quantity.low.fract() == 0.0 && quantity.low == quantity.high;
    if !small || !countable || quantity.ordinal {
        return false;
    }
    let value = quantity.low as u32;
    sources.iter().any(|s| {
        let free = |i: usize| {
            !s.quantities.iter().any(|q| q.span.contains(&i))
                && !s.dates.iter().any(|d| d.span.contains(&i))
        };
        s.text.chars.iter().enumerate().any(|(i, c)| {
            let carries = match value {
                2 => matches!(c, '二' | '两' | '双' | '俩' | '对' | '另' | '再'),
                10 => *c == '十',
                _ => han_digit(*c) == Some(value),
            };
            carries && free(i)
        }) || (value < 10
            && s.text
                .words
                .iter()
                .any(|w| small_word(&w.lower) == Some(quantity.low)))
    })
}

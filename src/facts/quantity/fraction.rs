//! Parts of a whole: halves, tenths, percentages, one in so many.

use super::{Bound, Quantity, bound_before, plain, suffix_bound};
use crate::facts::numeral::{self, Numeral};
use crate::facts::text::Text;
use crate::facts::unit::{self, Dimension};

/// 一半, 半数, 过半, 半小时, 半个月.
pub(super) fn half(text: &Text, i: usize) -> Option<Quantity> {
    let (unit, end) =
        if text.has(i, "一半") || text.has(i, "半数") || text.has(i, "过半") || text.has(i, "对半")
        {
            (&unit::RATIO, i + 2)
        } else if text.at(i) == '半' {
            let (unit, end) = unit::chinese(text, i + 1)?;
            matches!(
                unit.dimension,
                Dimension::Time | Dimension::Length | Dimension::Mass | Dimension::Area
            )
            .then_some((unit, end))?
        } else {
            return None;
        };
    let mut found = plain(&Numeral {
        low: 0.5,
        high: 0.5,
        ..numeral::whole(i..end)
    });
    found.quantum = if unit == &unit::RATIO { 0.04 } else { 0.5 };
    found.unit = unit;
    found.bound = if text.at(i) == '过' {
        Bound::Over
    } else {
        bound_before(text, i)
    };
    suffix_bound(text, &mut found);
    Some(found)
}

/// 两成五 is 25 %, 三成半 35 %.
pub(super) fn hundredths(text: &Text, quantity: &mut Quantity) {
    let end = quantity.span.end;
    let digit = match text.at(end) {
        '半' => Some(5),
        c => numeral::han_digit(c).filter(|digit| *digit > 0),
    };
    let goes_on = numeral::han_scale(text, end + 1).is_some()
        || numeral::han_digit(text.at(end + 1)).is_some()
        || text.at(end + 1) == '个';
    if let Some(digit) = digit.filter(|_| quantity.unit.name == "tenths" && !goes_on)
        && quantity.low == quantity.high
    {
        quantity.low += f64::from(digit) / 10.0;
        quantity.high = quantity.low;
        quantity.quantum = 0.1;
        quantity.span.end = end + 1;
    }
}

/// "1 in 5", "3 out of 10", 1/3.
pub(super) fn share(text: &Text, i: usize) -> Option<Quantity> {
    let above = numeral::numeral(text, i).filter(|n| n.plain > 0)?;
    if text.at(above.span.end) == '/' {
        return written_fraction(text, &above);
    }
    let between = [" in ", " in every ", " out of ", " out of every "];
    let at = between
        .iter()
        .find(|b| text.has(above.span.end, b))
        .map(|b| above.span.end + b.len())?;
    let below = numeral::numeral(text, at).filter(|n| matches!(n.plain, 1..=3))?;
    let of = |n: f64| above.low < n && (above.low == 1.0 || matches!(n, 4.0 | 5.0 | 10.0 | 100.0));
    let measured = text
        .word_after(below.span.end)
        .is_some_and(|k| unit::english(text, k).is_some());
    if !of(below.low) || measured {
        return None;
    }
    Some(Quantity {
        span: i..below.span.end,
        low: above.low / below.low,
        high: above.low / below.low,
        quantum: 0.04,
        bound: bound_before(text, i),
        unit: &unit::RATIO,
        ..plain(&above)
    })
}

/// 1/3, 2/5, but neither the day 9/11 nor the round 1/4决赛.
fn written_fraction(text: &Text, above: &Numeral) -> Option<Quantity> {
    let below = numeral::numeral(text, above.span.end + 1).filter(|n| n.plain == 1)?;
    let (start, end) = (above.span.start, below.span.end);
    let longer = |c: char| c.is_ascii_digit() || matches!(c, '/' | '.' | '-');
    let usual = above.plain == 1 && 0.0 < above.low && above.low < below.low && below.low <= 5.0;
    if !usual || longer(text.before(start)) || longer(text.at(end)) || text.has(end, "决赛") {
        return None;
    }
    Some(Quantity {
        span: start..end,
        low: above.low / below.low,
        high: above.low / below.low,
        quantum: 0.04,
        bound: bound_before(text, start),
        unit: &unit::RATIO,
        ..plain(above)
    })
}

/// 百分之七十五, 三分之二, 千分之三, 一半.
pub(super) fn chinese_fraction(text: &Text, i: usize) -> Option<Quantity> {
    let mut quantity = None;
    if text.has(i, "百分百") {
        let mut whole = plain(&numeral::whole(i..i + 3));
        (whole.low, whole.high) = (100.0, 100.0);
        whole.unit = unit::named("%");
        return Some(whole);
    }
    for (form, parts) in [("百分之", 100.0), ("千分之", 1000.0), ("万分之", 10_000.0)] {
        if text.has(i, form) {
            let at = text.skip_spaces(i + 3);
            let number = numeral::numeral(text, at)?;
            let percent = unit::named("%");
            let mut found = plain(&number);
            found.low *= 100.0 / parts;
            found.high *= 100.0 / parts;
            found.quantum *= 100.0 / parts;
            found.unit = percent;
            found.span.start = i;
            quantity = Some(found);
        }
    }
    if quantity.is_none()
        && (text.at(i).is_ascii_digit()
            || text.at(i) == '十'
            || numeral::han_digit(text.at(i)).is_some())
    {
        let below = numeral::numeral(text, i)?;
        if text.has(below.span.end, "分之") {
            let above = numeral::numeral(text, below.span.end + 2)?;
            if below.low > 0.0 {
                let mut found = plain(&above);
                found.low /= below.low;
                found.high /= below.low;
                found.quantum = 0.04;
                found.unit = &unit::RATIO;
                found.span.start = i;
                quantity = Some(found);
            }
        }
    }
    if let Some(found) = &mut quantity {
        found.bound = bound_before(text, i);
        suffix_bound(text, found);
        // 十分之四秒
        let part = unit::chinese(text, found.span.end);
        let measure = |d| matches!(d, Dimension::Time | Dimension::Length | Dimension::Mass);
        if let Some((unit, end)) = part.filter(|(unit, _)| measure(unit.dimension))
            && found.unit == &unit::RATIO
        {
            found.unit = unit;
            found.span.end = end;
        }
    }
    quantity
}

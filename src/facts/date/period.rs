//! Quarters, half-years and Five-Year Plans in Chinese.

use super::Date;
use crate::facts::numeral;
use crate::facts::text::Text;

pub(super) fn quarter(text: &Text, i: usize) -> Option<Date> {
    let start = if text.at(i) == '第' { i + 1 } else { i };
    let quarter = match text.at(start) {
        '首' | '一' | '1' => 1,
        '二' | '2' => 2,
        '三' | '3' => 3,
        '四' | '4' => 4,
        _ => return None,
    };
    (text.has(start + 1, "季度") || text.has(start + 1, "季")).then(|| Date {
        span: i..start + if text.has(start + 1, "季度") { 3 } else { 2 },
        quarter: Some(quarter),
        ..Date::default()
    })
}

pub(super) fn half_year(text: &Text, i: usize) -> Option<Date> {
    let half = if text.has(i, "上半年") {
        1
    } else if text.has(i, "下半年") {
        2
    } else {
        return None;
    };
    Some(Date {
        span: i..i + 3,
        half: Some(half),
        ..Date::default()
    })
}

/// “十五五”, 十四五规划.
pub(super) fn plan(text: &Text, i: usize) -> Option<Date> {
    let quoted = matches!(text.before(i), '“' | '"' | '「' | '”');
    let at = i;
    if text.at(at + 2) != '五' {
        return None;
    }
    let unit = numeral::han_digit(text.at(at + 1))?;
    let end = at + 3;
    let closed = quoted && matches!(text.at(end), '”' | '"' | '」');
    let named = [
        "规划", "时期", "期间", "计划", "开局", "以来", "末", "收官", "主要", "目标", "减排",
        "建设", "发展", "纲要",
    ]
    .iter()
    .any(|w| text.has(end, w));
    (closed || named).then(|| Date {
        span: at..end,
        plan: Some(10 + unit as i32),
        ..Date::default()
    })
}

/// 第十五个五年规划.
pub(super) fn five_year(text: &Text, i: usize) -> Option<Date> {
    let number = numeral::numeral(text, i + 1)?;
    let at = number.span.end;
    text.has(at, "个五年").then(|| Date {
        span: i..at + 3,
        plan: Some(number.low as i32),
        ..Date::default()
    })
}

/// 前三季度, 前两个季度.
pub(super) fn quarters(text: &Text, i: usize) -> Option<Date> {
    let number = numeral::numeral(text, i + 1)?;
    let at = number.span.end;
    let end = if text.has(at, "季度") {
        at + 2
    } else if text.has(at, "个季度") {
        at + 3
    } else {
        return None;
    };
    Some(Date {
        span: i..end,
        quarters: Some(number.low as i32),
        ..Date::default()
    })
}

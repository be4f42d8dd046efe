//! What is counted from the article's own date: 去年, 昨天, 上月.

use jiff::ToSpan;
use jiff::civil::Date as Civil;

use super::{Date, Part, day_at, month_at};
use crate::facts::text::Text;

pub(super) fn relative(text: &Text, i: usize, published: Option<Civil>) -> Option<Date> {
    let words: [(&str, i32); 12] = [
        ("大前年", -3),
        ("前年", -2),
        ("去年", -1),
        ("今年", 0),
        ("本年", 0),
        ("明年", 1),
        ("后年", 2),
        ("上年", -1),
        ("次年", 99),
        ("同年", 99),
        ("当年", 99),
        ("今日", 100),
    ];
    let mut date = Date::default();
    for (word, years) in words {
        if text.has(i, word) && years < 99 {
            date.span = i..i + word.chars().count();
            date.relative = Some(Part::Year);
            date.year = published.map(|d| i32::from(d.year()) + years);
            if let Some((month, after)) = month_at(text, date.span.end) {
                date.month = Some(month);
                date.span.end = after;
                day_at(text, &mut date);
            }
            return Some(date);
        }
    }
    for (word, days) in [
        ("前天", -2),
        ("前日", -2),
        ("昨天", -1),
        ("昨日", -1),
        ("昨晚", -1),
        ("今天", 0),
        ("今日", 0),
        ("今早", 0),
        ("今晚", 0),
        ("明天", 1),
        ("明日", 1),
    ] {
        if text.has(i, word) {
            date.span = i..i + word.chars().count();
            date.relative = Some(Part::Day);
            if let Some(day) = published.and_then(|d| d.checked_add(days.days()).ok()) {
                fill(&mut date, day, true);
            }
            return Some(date);
        }
    }
    for (word, months) in [
        ("上个月", -1),
        ("上月", -1),
        ("本月", 0),
        ("下个月", 1),
        ("下月", 1),
        ("当月", 0),
    ] {
        if text.has(i, word) {
            date.span = i..i + word.chars().count();
            date.relative = Some(Part::Month);
            if let Some(day) = published.and_then(|d| d.checked_add(months.months()).ok()) {
                fill(&mut date, day, false);
            }
            day_at(text, &mut date);
            return Some(date);
        }
    }
    None
}

pub(super) fn fill(date: &mut Date, day: Civil, whole: bool) {
    date.year = Some(i32::from(day.year()));
    date.month = Some(i32::from(day.month()));
    if whole {
        date.day = Some(i32::from(day.day()));
        date.weekday = Some(i32::from(day.weekday().to_monday_one_offset()));
    }
}

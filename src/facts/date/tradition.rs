//! Dates by other calendars, and those before the common era.

use super::{Date, day_at, month_at};
use crate::facts::numeral;
use crate::facts::text::Text;

pub(super) fn roc(text: &Text, i: usize) -> Option<Date> {
    let number = numeral::numeral(text, i + 2)?;
    (text.at(number.span.end) == '年').then(|| {
        let mut date = Date {
            span: i..number.span.end + 1,
            year: Some(1911 + number.low as i32),
            foreign: true,
            ..Date::default()
        };
        if let Some((month, after)) = month_at(text, number.span.end + 1) {
            date.month = Some(month);
            date.span.end = after;
            day_at(text, &mut date);
        }
        date
    })
}

pub(super) fn lunar(text: &Text, i: usize) -> Option<Date> {
    let mut end = i + 2;
    while end < i + 12
        && (numeral::han_digit(text.at(end)).is_some()
            || matches!(
                text.at(end),
                '月' | '初' | '十' | '廿' | '正' | '腊' | '日' | '年' | '闰'
            )
            || text.at(end).is_ascii_digit())
    {
        end += 1;
    }
    (end > i + 2).then(|| Date {
        span: i..end,
        foreign: true,
        ..Date::default()
    })
}

pub(super) fn before_christ(text: &Text, i: usize) -> Option<Date> {
    let number = numeral::numeral(text, i + 3)?;
    match text.at(number.span.end) {
        '年' => Some(Date {
            span: i..number.span.end + 1,
            year: Some(-(number.low as i32)),
            ..Date::default()
        }),
        '世' => Some(Date {
            span: i..number.span.end + 2,
            century: Some(number.low as i32),
            ..Date::default()
        }),
        _ => None,
    }
}

/// Whether a year goes on from one before Christ: the 273年 of 公元前285年和273年.
pub(super) fn follows_before_christ(text: &Text, i: usize) -> bool {
    const REACH: usize = 12;
    let back = (i.saturating_sub(REACH)..i).rev();
    let between =
        |c: char| c.is_ascii_digit() || matches!(c, '年' | '和' | '至' | '到' | '-' | '、');
    let start = back.take_while(|k| between(text.at(*k))).last();
    ["公元前", "西元前"]
        .iter()
        .any(|era| text.ends(start.unwrap_or(i), era))
}

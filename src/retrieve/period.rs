//! The time that a question is about, as a range of the articles' dates. Pure.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Date;
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::dictionary;
use crate::facts::{self, Fact, date::Part};

/// News of a day may stand in papers of the days around it: it is announced before
/// and told after.
const AROUND_DAY: i64 = 7;
/// Figures of a month come out in the next one.
const AFTER_MONTH: i64 = 15;

/// What a question says of the time of what it asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct When {
    /// Days that it names, both inclusive: articles of these days are preferred.
    pub about: Option<(Date, Date)>,
    /// Where it names them outright (a day, a month with its year, "last week"), the
    /// days of which articles can be at all.
    pub within: Option<(Date, Date)>,
    /// Whether it asks for the newest there is.
    pub newest: bool,
}

/// Reads the time off a question. "Yesterday", 上周 and 最近三天 count from `today`.
///
/// A year alone, a quarter or a day without its year is only a preference: what is
/// asked of 2023 was often reported in 2024.
pub fn when(question: &str, today: Date) -> When {
    let mut spans: Vec<Span> = counted(question, today).into_iter().collect();
    for fact in facts::extract(question, Some(today)) {
        if let Fact::Date(date) = fact
            && !date.foreign
        {
            spans.extend(of_date(&date, today));
        }
    }
    let outright: Vec<&Span> = spans.iter().filter(|span| span.within.is_some()).collect();
    // Beside an outright date, a bare year is about something else.
    let counting: Vec<&Span> = if outright.is_empty() {
        spans.iter().collect()
    } else {
        outright
    };
    let around = |ranges: Vec<(Date, Date)>| {
        let first = ranges.iter().map(|range| range.0).min()?;
        let last = ranges.iter().map(|range| range.1).max()?;
        Some((first, last))
    };
    When {
        about: around(counting.iter().map(|span| span.about).collect()),
        within: around(counting.iter().filter_map(|span| span.within).collect()),
        newest: NEWEST.is_match(&plain(question)),
    }
}

struct Span {
    about: (Date, Date),
    within: Option<(Date, Date)>,
}

static NEWEST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"最新|最近(的|有|发生)|近日|近期|\b(latest|newest|most recent|recently|recent news)\b")
});

/// Spans that are counted from today and that [`facts`] does not read.
static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:过去|最近|近|这)(?P<count>\d{1,3}|[一两二三四五六七八九十]+)(?P<unit>天|日|周|个?星期|个?礼拜|个?月)",
        r"|(?P<last>上(?:个)?(?:周|星期|礼拜))(?:[^一二三四五六日天末]|$)",
        r"|(?P<this>(?:本|这)(?:个)?(?:周|星期|礼拜))(?:[^一二三四五六日天末年]|$)",
        r"|\b(?:past|last|previous)\s+(?P<en_count>\d{1,3}|two|three|four|five|six|seven|ten|few)\s+(?P<en_unit>days|weeks|months)\b",
        r"|\b(?P<en_past>past)\s+(?P<en_one>day|week|month)\b",
        r"|\b(?P<en_last>last week)\b|\b(?P<en_this>this week)\b|(?P<today>\btoday\b|今日)"
    ))
});

fn counted(question: &str, today: Date) -> Option<Span> {
    let text = plain(question);
    let found = COUNTED.captures(&text)?;
    let has = |name: &str| found.name(name).is_some();
    let monday = today
        .checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days())
        .ok()?;
    let about = if has("last") || has("en_last") {
        (before(monday, 7)?, before(monday, 1)?)
    } else if has("this") || has("en_this") {
        (monday, today)
    } else if has("today") {
        (today, today)
    } else {
        let count = found
            .name("count")
            .or(found.name("en_count"))
            .map_or(Some(1), |count| number(count.as_str()))?;
        let unit = found
            .name("unit")
            .or(found.name("en_unit"))
            .or(found.name("en_one"))?;
        let days = match unit.as_str() {
            "天" | "日" | "day" | "days" => count,
            "月" | "个月" | "month" | "months" => count * 31,
            _ => count * 7,
        };
        (before(today, days)?, today)
    };
    Some(Span {
        about,
        // What happened in the last hours of a day stands in the next day's paper.
        within: Some((about.0, about.1.tomorrow().ok()?)),
    })
}

fn of_date(date: &facts::Date, today: Date) -> Option<Span> {
    let (year, outright) = match (date.year, date.relative) {
        (Some(year), Some(Part::Year)) => (year, false),
        (Some(year), _) => (year, true),
        // The last such day that has been.
        (None, _) if date.month.is_some() => {
            let this = i32::from(today.year());
            let later = day(this, date.month?, date.day.unwrap_or(1))? > today;
            (this - i32::from(later), false)
        }
        _ => return None,
    };
    if let Some(month) = date.month {
        let from = day(year, month, date.day.unwrap_or(1))?;
        let (about, within) = match date.day {
            Some(_) if date.relative == Some(Part::Day) => {
                let next = from.tomorrow().ok()?;
                ((from, from), (from, next))
            }
            Some(_) => (
                (from, from.tomorrow().ok()?),
                (before(from, AROUND_DAY)?, before(from, -AROUND_DAY)?),
            ),
            None => (
                (from, from.last_of_month()),
                (
                    before(from, AROUND_DAY)?,
                    before(from.last_of_month(), -AFTER_MONTH)?,
                ),
            ),
        };
        return Some(Span {
            about,
            within: outright.then_some(within),
        });
    }
    let months = match (date.quarter, date.half) {
        (Some(quarter), _) => (quarter * 3 - 2, quarter * 3),
        (_, Some(half)) => (half * 6 - 5, half * 6),
        _ => (1, 12),
    };
    Some(Span {
        about: (
            day(year, months.0, 1)?,
            day(year, months.1, 1)?.last_of_month(),
        ),
        within: None,
    })
}

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

fn before(date: Date, days: i64) -> Option<Date> {
    date.checked_sub(days.days()).ok()
}

fn number(text: &str) -> Option<i64> {
    const ENGLISH: [(&str, i64); 8] = [
        ("two", 2),
        ("three", 3),
        ("few", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("ten", 10),
    ];
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if let Some((_, number)) = ENGLISH.iter().find(|(word, _)| *word == text) {
        return Some(*number);
    }
    facts::numeral::numeral(&facts::Text::new(text), 0).map(|number| number.low as i64)
}

/// Half-width, lower-case, simplified.
fn plain(question: &str) -> String {
    dictionary::to_simplified(&question.nfkc().collect::<String>().to_lowercase())
}

/// A pattern of a question's or a passage's words.
pub(super) fn pattern(pattern: &str) -> Regex {
    // An edge of English words alone: one of all scripts is much slower to look for.
    Regex::new(&pattern.replace(r"\b", r"(?-u:\b)"))
        .expect("the patterns are constants, and every search runs them")
}

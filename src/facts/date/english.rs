//! Dates in English.

use jiff::ToSpan;
use jiff::civil::Date as Civil;

use super::{Date, MONTHS, Part, WEEKDAYS, fill, short_number};
use crate::facts::numeral;
use crate::facts::quantity::rank_words;
use crate::facts::text::Text;
use crate::facts::unit;

/// Words after which a year or a month is one.
const BEFORE_DATES: &[&str] = &[
    "in", "since", "by", "from", "until", "till", "of", "late", "early", "mid", "before", "after",
];

/// The English date that starts with word `k`, and the character past it.
pub fn english(text: &Text, k: usize, published: Option<Civil>) -> Option<Date> {
    let word = &text.words[k];
    if let Some(day) = WEEKDAYS.iter().position(|d| {
        word.capital
            && (*d == word.lower.trim_end_matches("'s") || word.lower.strip_suffix('s') == Some(d))
    }) {
        return Some(Date {
            span: word.start..word.end,
            weekday: Some(day as i32 + 1),
            ..Date::default()
        });
    }
    if let Some(month) = month_word(text, k) {
        return english_month(text, k, month);
    }
    let relative = |years: i32, last: usize| {
        Some(Date {
            span: word.start..text.words[last].end,
            year: published.map(|d| i32::from(d.year()) + years),
            relative: Some(Part::Year),
            ..Date::default()
        })
    };
    let day = |days: i32| {
        let mut date = Date {
            span: word.start..word.end,
            relative: Some(Part::Day),
            ..Date::default()
        };
        if let Some(day) = published.and_then(|d| d.checked_add(days.days()).ok()) {
            fill(&mut date, day, true);
        }
        Some(date)
    };
    let month = |months: i32| {
        let mut date = Date {
            span: word.start..text.words[k + 1].end,
            relative: Some(Part::Month),
            ..Date::default()
        };
        if let Some(day) = published.and_then(|d| d.checked_add(months.months()).ok()) {
            fill(&mut date, day, false);
        }
        Some(date)
    };
    if word.lower == "yesterday" {
        return day(-1);
    }
    if word.lower == "tomorrow" {
        return day(1);
    }
    match (word.lower.as_str(), text.word(k + 1)) {
        ("last", "year") => relative(-1, k + 1),
        ("this", "year") => relative(0, k + 1),
        ("next", "year") => relative(1, k + 1),
        ("last", "month") => month(-1),
        ("this", "month") => month(0),
        ("next", "month") => month(1),
        (_, "five") if text.word(k + 2) == "year" && text.word(k + 3).starts_with("plan") => {
            let (rank, _) = rank_words(text, k)?;
            Some(Date {
                span: word.start..text.words[k + 3].end,
                plan: Some(rank as i32),
                ..Date::default()
            })
        }
        ("first", "three" | "two") if text.word(k + 2) == "quarters" => Some(Date {
            span: word.start..text.words[k + 2].end,
            quarters: Some(if text.word(k + 1) == "two" { 2 } else { 3 }),
            ..Date::default()
        }),
        ("first", "nine") if text.word(k + 2) == "months" => Some(Date {
            span: word.start..text.words[k + 2].end,
            quarters: Some(3),
            ..Date::default()
        }),
        ("first", "six") if text.word(k + 2) == "months" => Some(Date {
            span: word.start..text.words[k + 2].end,
            half: Some(1),
            ..Date::default()
        }),
        _ => english_part(text, k),
    }
}

/// English digits that are a year, a decade ("1990s", "'90s") or a date in figures (7/11/2020).
pub fn english_digits(text: &Text, i: usize) -> Option<Date> {
    if text.has(i, "9/11") && !text.at(i + 4).is_ascii_digit() {
        return Some(Date {
            span: i..i + 4,
            ..Date::default()
        });
    }
    if matches!(text.before(i), '$' | '£' | '€' | '¥' | '.' | ',')
        && text.before(i.saturating_sub(1)).is_ascii_digit()
        || matches!(text.before(i), '$' | '£' | '€' | '¥' | '#')
    {
        return None;
    }
    if let Some(date) = last_day(text, i) {
        return Some(date);
    }
    let mut date = Date {
        span: i..i,
        ..Date::default()
    };
    let short = text.at(i).is_ascii_digit()
        && text.at(i + 1) == '0'
        && text.at(i + 2) == 's'
        && !text.at(i + 3).is_ascii_alphabetic();
    if short && (text.before(i) == '\'' || text.ends(i, "the ")) && !text.ends(i, "in the ")
        || short && text.before(i) == '\''
    {
        date.decade = Some(1900 + text.at(i).to_digit(10)? as i32 * 10);
        date.span.end = i + 3;
        return Some(date);
    }
    // "15th Five-Year Plan"
    if let Some((number, end)) = short_number(text, i, 99).filter(|(_, e)| {
        matches!(
            (text.at(*e), text.at(e + 1)),
            ('t', 'h') | ('s', 't') | ('n', 'd') | ('r', 'd')
        )
    }) {
        let k = text.word_from(end + 2);
        if text.word(k) == "five"
            && text.word(k + 1) == "year"
            && text.word(k + 2).starts_with("plan")
        {
            date.plan = Some(number);
            date.span.end = text.words[k + 2].end;
            return Some(date);
        }
        if text.word(k) == "century" && text.word_after(end + 2) == Some(k) {
            date.century = Some(number);
            date.span.end = text.words[k].end;
            return Some(date);
        }
    }
    if let Some(date) = last_year(text, i).or_else(|| before_christ(text, i)) {
        return Some(date);
    }
    let (year, end) = year_digits(text, i)?;
    if let Some(k) = text.word_after(end) {
        let month = text.words[k].capital;
        let before = text.word_before(i).map_or("", |w| text.word(w));
        let dated = BEFORE_DATES.contains(&before) || before == "year";
        if !month
            && !dated
            && (unit::english(text, k).is_some()
                || numeral::small_word(text.word(k)).is_some()
                || matches!(text.word(k), "million" | "billion" | "thousand" | "people"))
        {
            return None;
        }
    }
    let tail = if text.at(end) == '\'' { end + 1 } else { end };
    if text.at(tail) == 's' && !text.at(tail + 1).is_ascii_alphabetic() && year % 10 == 0 {
        date.decade = Some(year);
        date.span.end = tail + 1;
        return Some(date);
    }
    if text.at(end).is_ascii_alphabetic()
        || text.at(end) == '%'
        || (text.at(end) == '.' && text.at(end + 1).is_ascii_digit())
    {
        return None;
    }
    date.year = Some(year);
    date.span.end = end;
    Some(date)
}

/// The end of a range of years: the 58 of 1957-58.
pub(super) fn last_year(text: &Text, i: usize) -> Option<Date> {
    const DIGITS: usize = 5;
    let (last, end) = short_number(text, i, 99)?;
    let (first, _) = year_digits(text, i.checked_sub(DIGITS)?).filter(|(_, e)| e + 1 == i)?;
    let ends = end == i + 2 && !text.at(end).is_ascii_alphanumeric() && text.at(end) != '%';
    (ends && text.before(i) == '-' && last > first % 100).then(|| Date {
        span: i..end,
        year: Some(first / 100 * 100 + last),
        ..Date::default()
    })
}

/// "250 BC", "10,000 B.C.E."
fn before_christ(text: &Text, i: usize) -> Option<Date> {
    const EARLIEST: f64 = 1e6;
    let number = numeral::numeral(text, i)?;
    let at = text.skip_spaces(number.span.end);
    let era = ["BCE", "BC", "B.C.E", "B.C"]
        .into_iter()
        .find(|era| text.has(at, era) && !text.at(at + era.len()).is_ascii_alphabetic())?;
    let whole = number.low == number.high && number.low.fract() == 0.0;
    (whole && number.low <= EARLIEST).then(|| Date {
        span: i..at + era.len(),
        year: Some(-(number.low as i32)),
        ..Date::default()
    })
}

/// The end of a range of days in one month: the 30 of "September 20 to 30".
fn last_day(text: &Text, i: usize) -> Option<Date> {
    const JOINERS: &[&str] = &["to", "and", "through", "until", "till", "-", "–", "—"];
    let (day, end) = short_number(text, i, 31)?;
    if text.at(end).is_ascii_alphanumeric()
        || matches!(text.at(end), '%' | '.' | ':' | ',') && text.at(end + 1).is_ascii_digit()
    {
        return None;
    }
    let last = text.word_from(i).checked_sub(1)?;
    let first = if JOINERS.contains(&text.word(last)) {
        last.checked_sub(1)?
    } else {
        last
    };
    let month = month_word(text, first)?;
    let between = text.slice(text.words[first].end..i);
    let between = between.trim_start();
    let joiner = between.trim_start_matches(|c: char| c.is_ascii_digit());
    // "May's 4-1 win" has no days.
    let first_day: i32 = between[..between.len() - joiner.len()].parse().ok()?;
    (first_day < day && JOINERS.contains(&joiner.trim())).then(|| Date {
        span: i..end,
        month: Some(month),
        day: Some(day),
        ..Date::default()
    })
}

/// "first quarter", "second half of", "the nineties".
fn english_part(text: &Text, k: usize) -> Option<Date> {
    let word = &text.words[k];
    let rank = match word.lower.as_str() {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        _ => 0,
    };
    let mut date = Date {
        span: word.start..word.end,
        ..Date::default()
    };
    if rank > 0 && text.joined(k) && text.word(k + 1) == "quarter" {
        date.quarter = Some(rank);
        date.span.end = text.words[k + 1].end;
        return Some(date);
    }
    if (1..=2).contains(&rank) && text.joined(k) && text.word(k + 1) == "half" {
        date.half = Some(rank);
        date.span.end = text.words[k + 1].end;
        return Some(date);
    }
    None
}

fn english_month(text: &Text, k: usize, month: i32) -> Option<Date> {
    let word = &text.words[k];
    let mut date = Date {
        span: word.start..word.end,
        month: Some(month),
        ..Date::default()
    };
    let mut i = text.skip_spaces(if text.at(word.end) == '.' {
        word.end + 1
    } else {
        word.end
    });
    if text.has(i, "the ") {
        i += 4;
    }
    // July 11, 2020, but "July's 4-1 win"
    let possessive = word.lower.ends_with("'s");
    if let Some((day, mut end)) = short_number(text, i, 31).filter(|(_, end)| {
        !possessive
            && (!matches!(text.at(*end), '.' | ':' | '%') || !text.at(end + 1).is_ascii_digit())
    }) {
        if text
            .word_after(end)
            .is_some_and(|w| text.words[w].start == end)
            && text.at(end).is_ascii_lowercase()
        {
            end += 2;
        }
        date.day = Some(day);
        date.span.end = end;
        i = if text.at(end) == ',' {
            text.skip_spaces(end + 1)
        } else {
            text.skip_spaces(end)
        };
    }
    if let Some((year, end)) = year_digits(
        text,
        if text.has(i, "of ") {
            i + 3
        } else if text.has(i, ", ") {
            i + 2
        } else {
            i
        },
    ) {
        date.year = Some(year);
        date.span.end = end;
    }
    // 11 July, 11th of July
    if date.day.is_none() {
        let mut back = text.back_spaces(word.start);
        if text.ends(back, " of") {
            back = text.back_spaces(back - 2);
        }
        let past = back;
        if matches!(
            (text.at(back.wrapping_sub(2)), text.at(back.wrapping_sub(1))),
            ('s', 't') | ('n', 'd') | ('r', 'd') | ('t', 'h')
        ) {
            back -= 2;
        }
        let digits = (1..=3)
            .take_while(|n| back >= *n && text.at(back - n).is_ascii_digit())
            .count();
        if (1..=2).contains(&digits)
            && past > 0
            && let Some((day, _)) = short_number(text, back - digits, 31)
            && !matches!(text.before(back - digits), ',' | '.' | '$')
        {
            date.day = Some(day);
            date.span.start = back - digits;
        }
    }
    // Jan van der Heyden
    let named = k + 1 < text.words.len()
        && text.joined(k)
        && word.lower == "jan"
        && (text.words[k + 1].capital || matches!(text.word(k + 1), "van" | "de"));
    let certain = date.day.is_some() || date.year.is_some() || {
        let before = k.checked_sub(1).map_or("", |p| text.word(p));
        let lower = word.lower.trim_end_matches("'s");
        // May, March and August are names and words besides; so is Jan.
        let capital = |w: usize| text.words.get(w).is_some_and(|w| w.capital);
        let alone =
            !(capital(k + 1) && text.joined(k) || k > 0 && capital(k - 1) && text.joined(k - 1));
        lower.len() > 3 && (lower == "august" && alone || !matches!(lower, "march" | "august"))
            || BEFORE_DATES.contains(&before)
            || matches!(
                before,
                "last" | "next" | "this" | "to" | "and" | "through" | "during" | "between" | "for"
            )
    };
    (certain && !(named && date.day.is_none())).then_some(date)
}

/// The month that a word names, short forms included; `may` and `march` only as capitals.
fn month_word(text: &Text, k: usize) -> Option<i32> {
    let word = text.words.get(k)?;
    if !word.capital {
        return None;
    }
    let lower = word.lower.trim_end_matches("'s");
    let position = MONTHS.iter().position(|m| {
        *m == lower || (lower.len() == 3 || lower == "sept") && m.starts_with(lower)
    })?;
    Some(position as i32 + 1)
}

/// Four digits that are a year wherever they stand, or after "in" and the like any year at all.
fn year_digits(text: &Text, i: usize) -> Option<(i32, usize)> {
    let mut value = 0;
    for k in 0..4 {
        value = value * 10 + text.at(i + k).to_digit(10)? as i32;
    }
    ((1000..=2999).contains(&value) && !text.at(i + 4).is_ascii_digit() && text.at(i + 4) != ','
        || (text.at(i + 4) == ',' && !text.at(i + 5).is_ascii_digit()))
    .then_some((value, i + 4))
}

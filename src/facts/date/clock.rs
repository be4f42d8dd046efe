//! Times of the day.

use super::Date;
use crate::facts::numeral;
use crate::facts::text::Text;

/// 16时30分, 下午5点半, 9:30, 9 p.m.: the number at `i` and what follows it.
pub(super) fn clock(text: &Text, i: usize) -> Option<Date> {
    if let Some(found) = four_digits(text, i) {
        return Some(found);
    }
    let number = numeral::numeral(text, i)?;
    let hour = number.low as i32;
    // 9.30am
    if number.quantum == 0.01
        && (0.0..24.0).contains(&number.low)
        && number.low.fract() < 0.595
        && let Some(end) = meridiem(text, number.span.end)
    {
        let minute = (number.low.fract() * 100.0).round() as i32;
        return Some(Date {
            span: i..end,
            clock: Some((hour * 60 + minute) % 720),
            ..Date::default()
        });
    }
    if number.low != number.high || !(0..=24).contains(&hour) || number.low.fract() != 0.0 {
        return None;
    }
    let mut end = number.span.end;
    // 早上 8 点 30 分
    let spaced = text.skip_spaces(end);
    if number.plain > 0 && matches!(text.at(spaced), '时' | '点') {
        end = spaced;
    }
    let mut minute = 0;
    match text.at(end) {
        '时' | '点' if !matches!(text.at(end + 1), '代' | '期' | '间' | '候' | '刻' | '建') =>
        {
            end += 1;
            if text.at(end) == '半' {
                minute = 30;
                end += 1;
            } else if let Some((more, minutes)) = numeral::numeral(text, text.skip_spaces(end))
                .map(|n| (n.low, text.skip_spaces(n.span.end)))
                .filter(|(more, at)| text.at(*at) == '分' && *more < 60.0)
            {
                minute = more as i32;
                end = minutes + 1;
            } else if text.at(end) == '许' || text.at(end) == '整' || text.at(end) == '钟' {
                end += 1;
            }
        }
        ':' | '：' if number.plain <= 2 => {
            let at = text.skip_spaces(end + 1);
            let (tens, ones) = (text.at(at).to_digit(10)?, text.at(at + 1).to_digit(10)?);
            if tens > 5 || text.at(at + 2).is_ascii_digit() {
                return None;
            }
            minute = (tens * 10 + ones) as i32;
            end = at + 2;
            if text.at(end) == ':'
                && text.at(end + 1).is_ascii_digit()
                && text.at(end + 2).is_ascii_digit()
            {
                end += 3;
            }
            end = meridiem(text, end).unwrap_or(end);
        }
        ' ' | 'a' | 'p' if number.plain > 0 => end = meridiem(text, end)?,
        _ => return None,
    }
    Some(Date {
        span: i..end,
        clock: Some((hour * 60 + minute) % 720),
        ..Date::default()
    })
}

/// at 0430, 1500 UTC, UTC 1500, at 1500 hours: four digits that are no year.
fn four_digits(text: &Text, i: usize) -> Option<Date> {
    let digit = |k: usize| text.at(i + k).to_digit(10);
    let [h, o, m, n] = [digit(0)?, digit(1)?, digit(2)?, digit(3)?];
    let more = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if h * 10 + o > 23 || m > 5 || more(text.at(i + 4)) || more(text.before(i)) {
        return None;
    }
    let at = text.skip_spaces(i + 4);
    let zone = ["UTC", "GMT", "hours", "hrs"]
        .into_iter()
        .find(|zone| text.has(at, zone) && !text.at(at + zone.len()).is_ascii_alphabetic());
    // 0800 may be a part of a code and 1500 hours how long it took, but not at an hour.
    let before = text.back_spaces(i);
    let told = text.ends(before, " at") || text.ends(before, "At");
    let end = match zone {
        Some("UTC" | "GMT") => at + 3,
        _ if text.ends(before, "UTC") || text.ends(before, "GMT") => i + 4,
        Some(hours) if told => at + hours.len(),
        None if told && h == 0 => i + 4,
        _ => return None,
    };
    Some(Date {
        span: i..end,
        clock: Some(((h * 10 + o) * 60 + m * 10 + n) as i32 % 720),
        ..Date::default()
    })
}

fn meridiem(text: &Text, end: usize) -> Option<usize> {
    let at = text.skip_spaces(end);
    [
        "o'clock",
        "O'clock",
        "in the morning",
        "in the evening",
        "in the afternoon",
        "a.m.",
        "p.m.",
        "a.m",
        "p.m",
        "am",
        "pm",
        "AM",
        "PM",
    ]
    .iter()
    .find(|m| text.has(at, m) && !text.at(at + m.len()).is_ascii_alphabetic())
    .map(|m| at + m.len())
}

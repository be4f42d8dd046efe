//! Moments: RFC 3339 out; RFC 3339, dates, times without zone, Chinese and
//! mail forms in.

use std::fmt;
use std::time::Duration;

use jiff::{
    Timestamp, ToSpan, ZonedDateTime,
    civil::{self, Date, DateTime},
    fmt::{rfc2822, temporal::Pieces},
    tz::{Offset, TimeZone},
};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Longer strings are no times; they are refused before any work is done on them.
const MAX_LENGTH: usize = 100;

static MAIL: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new();

/// A moment with its offset, so that its date is the one the outlet printed.
/// Compared, ordered and hashed by the moment alone.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = DateTime)]
pub struct Time(ZonedDateTime);

/// Why a string is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It has none of the forms that are read.
    #[error(
        "reading the time {0:?}: unknown form; write it like 2025-10-28, 2025-10-28T05:25:00+08:00 or 2025年10月28日 05:25"
    )]
    Form(String),
    /// It has a known form, but no calendar has that day or hour.
    #[error("reading the time {0:?}: there is no such day or hour; correct it")]
    Range(String),
    /// A time as kept must name its offset.
    #[error("reading the time {0:?}: it has no offset; write it like 2025-10-28T05:25:00+08:00")]
    Offset(String),
}

impl Time {
    /// The moment as seen in `zone`, to the microsecond.
    pub fn new(timestamp: Timestamp, zone: &TimeZone) -> Time {
        let whole = Timestamp::from_microsecond(timestamp.as_microsecond()).unwrap_or(timestamp);
        Time(whole.to_zoned_datetime(in_minutes(zone, whole)))
    }

    /// Reads a time. A date is its first moment; what has no zone is taken in `zone`.
    ///
    /// Read are RFC 3339 and its looser ISO 8601 kin (a space for the `T`, no
    /// seconds, no offset), RFC 2822, and the forms of Chinese papers and pages:
    /// `2025年10月28日 05:25`, `2025年10月28日上午8时30分`, `二〇二五年十月二十八日`,
    /// `2025/10/28`, `2025.10.28 5:25`; in full-width digits as well.
    ///
    /// # Errors
    /// When the form is unknown or there is no such day or hour.
    pub fn parse(text: &str, zone: &TimeZone) -> Result<Time, TimeError> {
        Ok(match read(text)? {
            Reading::Moment(time) => time,
            Reading::Local(local) => in_zone(local, zone, text)?,
            Reading::Day(day) => in_zone(day.to_datetime(civil::Time::midnight()), zone, text)?,
        })
    }

    /// Reads the upper end of a range: as [`Time::parse`], but a date is the last
    /// microsecond of its day.
    ///
    /// # Errors
    /// As for [`Time::parse`].
    pub fn parse_end(text: &str, zone: &TimeZone) -> Result<Time, TimeError> {
        let Reading::Day(day) = read(text)? else {
            return Time::parse(text, zone);
        };
        let next = day
            .tomorrow()
            .map_err(|_| TimeError::Range(text.to_owned()))?;
        let next = in_zone(next.to_datetime(civil::Time::midnight()), zone, text)?;
        let last = next.0.checked_sub(1.microsecond());
        last.map(Time)
            .map_err(|_| TimeError::Range(text.to_owned()))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(&self) -> i64 {
        self.0.timestamp().as_microsecond()
    }

    /// The moment so much later; the last that there is where that is too late.
    pub fn plus(&self, duration: Duration) -> Time {
        Time(self.0.saturating_add(duration))
    }

    /// The moment so much earlier; the first that there is where that is too early.
    pub fn minus(&self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(duration))
    }

    /// How long after `earlier` it is; nothing where it is before.
    pub fn since(&self, earlier: &Time) -> Duration {
        let micros = self.micros().saturating_sub(earlier.micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// The date at its own offset.
    pub fn date(&self) -> Date {
        self.0.date()
    }
}

impl fmt::Display for Time {
    /// RFC 3339 with a numeric offset, such as `2025-10-28T05:25:00+08:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.0.offset();
        write!(f, "{}", self.0.timestamp().display_with_offset(offset))
    }
}

impl TryFrom<String> for Time {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Time, TimeError> {
        match read(&text)? {
            Reading::Moment(time) => Ok(time),
            Reading::Local(_) | Reading::Day(_) => Err(TimeError::Offset(text)),
        }
    }
}

impl From<Time> for String {
    fn from(time: Time) -> String {
        time.to_string()
    }
}

/// What a string says by itself, before a zone is lent to it.
enum Reading {
    Moment(Time),
    Local(DateTime),
    Day(Date),
}

fn in_zone(local: DateTime, zone: &TimeZone, text: &str) -> Result<Time, TimeError> {
    let range = || TimeError::Range(text.to_owned());
    let zoned = |zone: TimeZone| local.to_zoned_datetime(zone).map_err(|_| range());
    let seen = zoned(zone.clone())?;
    // The hour that was printed stays, and with it the day.
    let zoned = zoned(in_minutes(zone, seen.timestamp()))?;
    if !(1..=9999).contains(&zoned.year()) {
        return Err(range());
    }
    Ok(Time::new(zoned.timestamp(), zoned.time_zone()))
}

/// The zone with an offset in whole minutes, as RFC 3339 wants: those of the time before
/// zones, such as Shanghai's +08:05:43 until 1901, lose their seconds.
fn in_minutes(zone: &TimeZone, timestamp: Timestamp) -> TimeZone {
    let seconds = zone.to_offset(timestamp).seconds();
    match Offset::from_seconds(seconds - seconds % 60) {
        Ok(minutes) if seconds % 60 != 0 => TimeZone::fixed(minutes),
        _ => zone.clone(),
    }
}

fn read(text: &str) -> Result<Reading, TimeError> {
    if text.len() > MAX_LENGTH {
        return Err(TimeError::Form(text.chars().take(40).collect()));
    }
    // NFKC makes full-width digits, colons and spaces plain.
    let plain: String = text.nfkc().collect();
    let plain = plain.trim();
    match iso(plain, text) {
        Some(reading) => reading,
        None => match MAIL.parse_zoned_datetime(plain) {
            Ok(zoned) => in_zone(zoned.datetime(), &TimeZone::fixed(zoned.offset()), text)
                .map(Reading::Moment),
            Err(_) => loose(plain)
                .ok_or_else(|| TimeError::Form(text.to_owned()))?
                .read(text),
        },
    }
}

/// ISO 8601; `None` when it has another form.
fn iso(plain: &str, text: &str) -> Option<Result<Reading, TimeError>> {
    // Ten characters are the least that cannot be meant otherwise: 20251028 might be an id.
    if plain.len() < 10 || !plain.as_bytes()[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let joined = plain
        .replace(" +", "+")
        .replace(" Z", "Z")
        .replace(" UTC", "Z")
        .replace(" GMT", "Z");
    let pieces = Pieces::parse(&joined).ok()?;
    let day = pieces.date();
    Some(match (pieces.time(), pieces.to_numeric_offset()) {
        (None, _) => Ok(Reading::Day(day)),
        (Some(time), None) => Ok(Reading::Local(day.to_datetime(time))),
        (Some(time), Some(offset)) => {
            in_zone(day.to_datetime(time), &TimeZone::fixed(offset), text).map(Reading::Moment)
        }
    })
}

/// Year, month, day and perhaps a time, as numbers not yet looked at.
#[derive(Debug, Default)]
struct Loose {
    day: [i64; 3],
    time: Option<[i64; 3]>,
}

impl Loose {
    fn read(self, text: &str) -> Result<Reading, TimeError> {
        self.date_time()
            .ok_or_else(|| TimeError::Range(text.to_owned()))
    }

    fn date_time(self) -> Option<Reading> {
        let [year, month, day] = self.day;
        let day = Date::new(
            year.try_into().ok()?,
            month.try_into().ok()?,
            day.try_into().ok()?,
        )
        .ok()?;
        Some(match self.time {
            None => Reading::Day(day),
            // 24时 is the midnight that ends the day.
            Some([24, 0, 0]) => {
                Reading::Local(day.tomorrow().ok()?.to_datetime(civil::Time::midnight()))
            }
            Some([hour, minute, second]) => {
                let [hour, minute, second] = [hour, minute, second].map(i8::try_from);
                Reading::Local(
                    day.to_datetime(
                        civil::Time::new(hour.ok()?, minute.ok()?, second.ok()?, 0).ok()?,
                    ),
                )
            }
        })
    }
}

/// The Chinese forms and those with slashes or points; `None` when it is none of them.
fn loose(plain: &str) -> Option<Loose> {
    let mut rest = plain;
    let year = number(&mut rest, 4, 4)?;
    let separator = eat(&mut rest, &["年", "-", "/", "."])?;
    let month = number(&mut rest, 1, 2)?;
    eat(
        &mut rest,
        if separator == "年" {
            &["月"]
        } else {
            std::slice::from_ref(&separator)
        },
    )?;
    let day = number(&mut rest, 1, 2)?;
    if separator == "年" {
        eat(&mut rest, &["日", "号", "號"])?;
    }
    let day = [year, month, day];
    weekday(&mut rest);
    if rest.is_empty() {
        return Some(Loose { day, time: None });
    }
    let early = eat(
        &mut rest,
        &["上午", "早上", "早晨", "清晨", "凌晨", "早", "AM", "am"],
    );
    let late = eat(
        &mut rest,
        &[
            "下午", "晚上", "晚间", "晚間", "傍晚", "夜间", "夜間", "深夜", "晚", "PM", "pm",
        ],
    );
    let noon = eat(&mut rest, &["中午", "正午"]);
    let mut hour = number(&mut rest, 1, 2)?;
    let mut clock = [0, 0];
    match eat(&mut rest, &[":", "时", "時", "点", "點"])? {
        ":" => {
            clock[0] = number(&mut rest, 2, 2)?;
            if eat(&mut rest, &[":"]).is_some() {
                clock[1] = number(&mut rest, 2, 2)?;
            }
        }
        _ if eat(&mut rest, &["半"]).is_some() => clock[0] = 30,
        _ if eat(&mut rest, &["整"]).is_some() || rest.is_empty() => {}
        _ => {
            clock[0] = number(&mut rest, 1, 2)?;
            if eat(&mut rest, &["分"]).is_some() && !rest.is_empty() {
                clock[1] = number(&mut rest, 1, 2)?;
                eat(&mut rest, &["秒"])?;
            }
        }
    }
    let late = late.or_else(|| eat(&mut rest, &["PM", "pm"]));
    let early = early.or_else(|| eat(&mut rest, &["AM", "am"]));
    if !rest.is_empty() {
        return None;
    }
    if (late.is_some() && hour < 12) || (noon.is_some() && hour < 3) {
        hour += 12;
    } else if hour == 12 && (early.is_some() || late.is_some_and(is_night)) {
        // 凌晨12时 opens the day, 晚上12时 ends it.
        hour = if late.is_some() { 24 } else { 0 };
    }
    Some(Loose {
        day,
        time: Some([hour, clock[0], clock[1]]),
    })
}

fn is_night(period: &str) -> bool {
    !matches!(period, "下午" | "傍晚" | "PM" | "pm")
}

/// Passes over 星期二, （周二） and what stands between a day and a time.
fn weekday(rest: &mut &str) {
    eat(rest, &["T", ","]);
    *rest = rest.trim_start();
    let mut after = *rest;
    let bracket = eat(&mut after, &["("]).is_some();
    if eat(&mut after, &["星期", "周", "週", "礼拜", "禮拜"]).is_some()
        && eat(
            &mut after,
            &["一", "二", "三", "四", "五", "六", "日", "天"],
        )
        .is_some()
        && (!bracket || eat(&mut after, &[")"]).is_some())
    {
        eat(&mut after, &[","]);
        *rest = after;
    }
}

/// Takes the first of `words` that `rest` starts with, and blanks around it.
fn eat<'a>(rest: &mut &str, words: &[&'a str]) -> Option<&'a str> {
    let text = rest.trim_start();
    let word = words.iter().find(|word| text.starts_with(**word))?;
    *rest = text[word.len()..].trim_start();
    Some(word)
}

/// Takes a number of `least` to `most` digits, Arabic or Chinese (二〇二五, 二十八).
fn number(rest: &mut &str, least: usize, most: usize) -> Option<i64> {
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    if end > 0 {
        let digits = &rest[..end];
        *rest = &rest[end..];
        return (least..=most).contains(&end).then(|| digits.parse().ok())?;
    }
    let end = rest
        .find(|c| chinese_digit(c).is_none() && c != '十')
        .unwrap_or(rest.len());
    let words = &rest[..end];
    *rest = &rest[end..];
    if let Some((tens, ones)) = words.split_once('十') {
        // 十, 十月, 二十八: at most one digit on each side.
        let side = |part: &str, empty| match part.chars().count() {
            0 => Some(empty),
            1 => part.chars().next().and_then(chinese_digit),
            _ => None,
        };
        return (most == 2).then_some(side(tens, 1)? * 10 + side(ones, 0)?);
    }
    let count = words.chars().count();
    // 八时零五分: a leading zero is read like any digit.
    (least..=most).contains(&count).then(|| {
        words
            .chars()
            .filter_map(chinese_digit)
            .fold(0, |sum, digit| sum * 10 + digit)
    })
}

fn chinese_digit(c: char) -> Option<i64> {
    "〇一二三四五六七八九"
        .chars()
        .position(|digit| digit == c)
        .or(matches!(c, '零' | '○' | 'Ο').then_some(0))
        .and_then(|digit| digit.try_into().ok())
}

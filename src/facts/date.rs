//! Dates, whole and in part, absolute and counted from the article's own.

mod clock;
mod english;
mod event;
mod period;
mod relative;
mod tradition;

use std::ops::Range;

use jiff::civil::Date as Civil;

use super::numeral::{self, Form};
use super::text::{Text, ends_lower};

use clock::clock;
use event::event;
use period::{five_year, half_year, plan, quarter, quarters};
use relative::{fill, relative};
use tradition::{before_christ, follows_before_christ, lunar, roc};

pub use english::{english, english_digits};

/// What a text says of a time; whatever it leaves open is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Date {
    /// Its characters.
    pub span: Range<usize>,
    /// Year of the common era, negative before it.
    pub year: Option<i32>,
    /// 1 to 12.
    pub month: Option<i32>,
    /// The last month where several are named together: 8 for 七八月.
    pub last_month: Option<i32>,
    /// 1 to 31.
    pub day: Option<i32>,
    /// 1 (Monday) to 7.
    pub weekday: Option<i32>,
    /// The first year of a decade.
    pub decade: Option<i32>,
    /// The last decade where two are named together: 1970 for 20世纪六七十年代.
    pub last_decade: Option<i32>,
    /// Which century.
    pub century: Option<i32>,
    /// 1 to 4.
    pub quarter: Option<i32>,
    /// 1 or 2.
    pub half: Option<i32>,
    /// How many quarters from the first: 前三季度.
    pub quarters: Option<i32>,
    /// Which Five-Year Plan: 15 for 十五五.
    pub plan: Option<i32>,
    /// Minutes after midnight or noon: 9 p.m. and 21时 are both 540.
    pub clock: Option<i32>,
    /// What is counted from the article's date: the year in 去年, the day in "yesterday".
    pub relative: Option<Part>,
    /// By another calendar (民国, 农历): its numbers are not those of the common one.
    pub foreign: bool,
}

impl Date {
    /// The months that it names, none or one as a rule.
    pub fn months(&self) -> std::ops::RangeInclusive<i32> {
        let first = self.month.unwrap_or(1);
        let last = self.last_month.or(self.month).unwrap_or(0);
        first..=last
    }
}

/// A part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The year.
    Year,
    /// The month.
    Month,
    /// The day.
    Day,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// English names of the months, from January.
pub fn month_name(month: i32) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}

/// Whether a lower-case word names a month or a day of the week.
pub fn is_calendar_word(word: &str) -> bool {
    MONTHS.contains(&word)
        || WEEKDAYS.contains(&word.trim_end_matches('s'))
        || WEEKDAYS.contains(&word)
}

/// The date that starts at character `i` of Chinese text or in digits, if one does.
pub fn date(text: &Text, i: usize, published: Option<Civil>) -> Option<Date> {
    match text.at(i) {
        '0'..='9' => digits(text, i),
        '周' | '星' | '礼' => weekday(text, i),
        '前' if quarters(text, i).is_some() => quarters(text, i),
        '上' | '前' | '下' | '去' | '今' | '明' | '本' | '昨' | '次' | '同' | '当' => {
            relative(text, i, published).or_else(|| half_year(text, i))
        }
        '民' if text.has(i, "民国") => roc(text, i),
        '十' if plan(text, i).is_some() => plan(text, i),
        '第' if five_year(text, i).is_some() => five_year(text, i),
        '农' if text.has(i, "农历") => lunar(text, i),
        '公' | '西' if text.has(i + 1, "元前") => before_christ(text, i),
        '第' | '首' | '一' | '二' | '三' | '四' | '〇' | '五' | '六' | '七' | '八' | '九'
        | '十' | '廿' => quarter(text, i).or_else(|| digits(text, i)),
        _ => None,
    }
}

fn digits(text: &Text, i: usize) -> Option<Date> {
    if text.at(i) == '第' || text.at(i) == '首' {
        return None;
    }
    if let Some(date) = dotted(text, i) {
        return Some(date);
    }
    let number = numeral::numeral(text, i)?;
    if text.at(number.span.end) == '月' && number.high == number.low + 1.0 && number.high <= 12.0 {
        // 七八月份
        return Some(Date {
            span: i..number.span.end + 1,
            month: Some(number.low as i32),
            last_month: Some(number.high as i32),
            ..Date::default()
        });
    }
    if let Some(found) = clock(text, i)
        .or_else(|| months(text, &number))
        .or_else(|| decades(text, &number))
        .or_else(|| event(text, i))
    {
        return Some(found);
    }
    // 六七十年代
    let two_decades = number.high == number.low + 10.0 && text.has(number.span.end, "年代");
    if two_decades && number.low >= 10.0 && number.high < 100.0 {
        return Some(Date {
            span: i..number.span.end + 2,
            decade: Some(number.low as i32 + 1900),
            last_decade: Some(number.high as i32 + 1900),
            ..Date::default()
        });
    }
    if number.low != number.high || number.low.fract() != 0.0 || number.low > 9999.0 {
        return None;
    }
    let value = number.low as i32;
    let end = number.span.end;
    let mut date = Date {
        span: i..end,
        ..Date::default()
    };
    let year = number.plain == 4 && (1000..=2200).contains(&value);
    match text.at(end) {
        '年' if text.at(end + 1) == '代' => {
            let decade = if year { value } else { value + 1900 };
            if value % 10 != 0 || !(year || value < 100) {
                return None;
            }
            date.decade = Some(decade);
            date.span.end = end + 2;
            Some(date)
        }
        '年' => {
            let short = number.plain == 2 && (value >= 50 || value <= 35);
            let dated =
                short && text.at(end + 1).is_ascii_digit() && month_at(text, end + 1).is_some();
            if let Some(last) = english::last_year(text, i) {
                date.year = last.year;
                date.span.end = end + 1;
                return Some(date);
            }
            let before_christ = follows_before_christ(text, i);
            if !year && !dated && !before_christ {
                return None;
            }
            date.year = Some(if before_christ {
                -value
            } else if year {
                value
            } else if value >= 50 {
                1900 + value
            } else {
                2000 + value
            });
            date.span.end = end + 1;
            if text.at(end + 1) == '度' {
                date.span.end = end + 2;
            }
            // 2020年的整个二月
            let next = end + 1 + if text.has(end + 1, "的整个") { 3 } else { 0 };
            if let Some((month, after)) = month_at(text, text.skip_spaces(next)) {
                date.month = Some(month);
                date.span.end = after;
                day_at(text, &mut date);
            } else if let Some(mut part) =
                quarter(text, end + 1).or_else(|| half_year(text, end + 1))
            {
                part.year = date.year;
                part.span.start = i;
                return Some(part);
            }
            Some(date)
        }
        '月' if (1..=12).contains(&value) && !number.over => {
            let (month, after) = month_at(text, i)?;
            date.month = Some(month);
            date.span.end = after;
            day_at(text, &mut date);
            Some(date)
        }
        '日' | '号'
            if (1..=31).contains(&value) && number.plain > 0
                || number.form == Form::Han
                    && matches!(text.at(end), '日' | '号')
                    && (1..=31).contains(&value) =>
        {
            date.day = Some(value);
            date.span.end = end + 1;
            // 3日内 and 两日 are spans of time, 3号楼 is a building.
            (!matches!(
                text.at(end + 1),
                '内' | '之'
                    | '楼'
                    | '线'
                    | '机'
                    | '馆'
                    | '院'
                    | '本'
                    | '元'
                    | '店'
                    | '文'
                    | '令'
                    | '公'
            ) && text.at(i) != '两')
                .then_some(date)
        }
        // 上一世纪 is the one before.
        '世' if text.at(end + 1) == '纪'
            && (1..=30).contains(&value)
            && !matches!(text.before(i), '上' | '下' | '前') =>
        {
            date.century = Some(value);
            date.span.end = end + 2;
            let k = end + 2;
            let inner = numeral::numeral(text, k)
                .filter(|n| text.at(n.span.end) == '年' && text.at(n.span.end + 1) == '代');
            if let Some(inner) = inner {
                date.decade = Some((value - 1) * 100 + inner.low as i32);
                date.last_decade =
                    (inner.high > inner.low).then_some((value - 1) * 100 + inner.high as i32);
                date.century = None;
                date.span.end = inner.span.end + 2;
            }
            Some(date)
        }
        '财' | '学' | '赛' if year && SEASONS.iter().any(|word| text.has(end, word)) => {
            date.year = Some(value);
            Some(date)
        }
        '-' | '/' if year => {
            let mark = text.at(end);
            let month = short_number(text, end + 1, 12)?;
            let day = (text.at(month.1) == mark)
                .then(|| short_number(text, month.1 + 1, 31))
                .flatten();
            // 2019-20 is a pair of years unless a day follows.
            let day = day?;
            date.year = Some(value);
            date.month = Some(month.0);
            date.day = Some(day.0);
            date.span.end = day.1;
            Some(date)
        }
        _ => None,
    }
}

/// What a year is called that need not begin in January: 2005财年.
const SEASONS: &[&str] = &["财年", "财政年度", "学年", "赛季"];

/// 2021.6.11
fn dotted(text: &Text, i: usize) -> Option<Date> {
    let year = (i..i + 4).try_fold(0, |year, k| Some(year * 10 + text.at(k).to_digit(10)?))?;
    let part = |at: usize, most| short_number(text, at + 1, most).filter(|_| text.at(at) == '.');
    let (month, at) = part(i + 4, 12)?;
    let (day, end) = part(at, 31)?;
    ((1000..=2200).contains(&year) && text.at(end) != '.').then(|| Date {
        span: i..end,
        year: Some(year as i32),
        month: Some(month),
        day: Some(day),
        ..Date::default()
    })
}

/// The first of 1-4月, 8、9月份.
fn months(text: &Text, first: &numeral::Numeral) -> Option<Date> {
    let range = ends_lower(text.at(first.span.end));
    let listed = text.at(first.span.end) == '、';
    let last = numeral::numeral(text, first.span.end + 1)
        .filter(|last| (range || listed) && text.at(last.span.end) == '月')?;
    let month = |n: &numeral::Numeral| n.low == n.high && (1.0..=12.0).contains(&n.low);
    (month(first) && month(&last) && first.low < last.low).then(|| Date {
        span: first.span.clone(),
        month: Some(first.low as i32),
        last_month: range.then_some(last.low as i32),
        ..Date::default()
    })
}

/// The first of 六、70年代, 七十、八十年代.
fn decades(text: &Text, first: &numeral::Numeral) -> Option<Date> {
    let last = numeral::numeral(text, first.span.end + 1)
        .filter(|last| text.at(first.span.end) == '、' && text.has(last.span.end, "年代"))?;
    let tens = if first.low < 10.0 {
        first.low * 10.0
    } else {
        first.low
    };
    (tens % 10.0 == 0.0 && tens < 100.0 && tens < last.low && last.low < 100.0).then(|| Date {
        span: first.span.clone(),
        decade: Some(1900 + tens as i32),
        ..Date::default()
    })
}

fn short_number(text: &Text, i: usize, most: i32) -> Option<(i32, usize)> {
    let first = text.at(i).to_digit(10)? as i32;
    let (value, end) = match text.at(i + 1).to_digit(10) {
        Some(second) => (first * 10 + second as i32, i + 2),
        None => (first, i + 1),
    };
    ((1..=most).contains(&value) && !text.at(end).is_ascii_digit()).then_some((value, end))
}

fn month_at(text: &Text, i: usize) -> Option<(i32, usize)> {
    let number = numeral::numeral(text, i)?;
    let end = number.span.end;
    let month = number.low as i32;
    let ok = (1..=12).contains(&month)
        && number.low == number.high
        && text.at(end) == '月'
        && (text.before(i) != '个' || text.ends(i, "整个"))
        && !matches!(text.at(end + 1), '球' | '亮');
    ok.then_some((
        month,
        if text.at(end + 1) == '份' {
            end + 2
        } else {
            end + 1
        },
    ))
}

fn day_at(text: &Text, date: &mut Date) {
    let i = text.skip_spaces(date.span.end);
    let Some(number) = numeral::numeral(text, i) else {
        return;
    };
    let day = number.low as i32;
    let end = number.span.end;
    // 7月17和22日, 7月17-22日
    let first_of_two = number.plain > 0
        && matches!(text.at(end), '和' | '至' | '到' | '、' | '-' | '~' | '—')
        && numeral::numeral(text, end + 1)
            .is_some_and(|n| matches!(text.at(n.span.end), '日' | '号' | '月'));
    if (matches!(text.at(end), '日' | '号') || first_of_two)
        && (1..=31).contains(&day)
        && number.low == number.high
    {
        date.day = Some(day);
        date.span.end = if first_of_two { end } else { end + 1 };
    }
}

fn weekday(text: &Text, i: usize) -> Option<Date> {
    let after = ["星期", "礼拜", "周"]
        .iter()
        .find(|f| text.has(i, f))
        .map(|f| i + f.chars().count())?;
    let c = text.at(after);
    // 每周四天 is four days a week.
    let counts = matches!(text.at(after + 1), '天' | '次' | '个' | '节' | '小');
    if counts && matches!(text.before(i), '每' | '一') && !text.has(after + 1, "天气") {
        return None;
    }
    let day = match c {
        // 周日报 is a newspaper, 周日报道 is not.
        '日' | '天'
            if text.at(i) != '周'
                || c == '日'
                    && (text.at(after + 1) != '报'
                        || matches!(text.at(after + 2), '道' | '告')) =>
        {
            7
        }
        '末' => return None,
        '一' | '二' | '三' | '四' | '五' | '六' => numeral::han_digit(c)? as i32,
        '1'..='6' if !text.at(after + 1).is_ascii_digit() && text.at(i) == '周' => {
            c.to_digit(10)? as i32
        }
        _ => return None,
    };
    Some(Date {
        span: i..after + 1,
        weekday: Some(day),
        ..Date::default()
    })
}

//! Dates of the claim against those of the sources.

use jiff::civil::Date as Civil;

use super::{Finding, FindingKind, Reading};
use crate::facts::Date;
use crate::facts::date::Part;

/// The dates that the sources do not bear out, `near` being the sentences of theirs that the
/// claim is about.
pub(super) fn compare(claim: &Reading, sources: &[Reading], near: &[Reading]) -> Vec<Finding> {
    let stated = Stated::new(claim, sources, near);
    claim
        .dates
        .iter()
        .filter(|date| !stated.bears_out(date) && !names_event(date, claim, sources))
        .map(|date| finding(date, claim, &stated))
        .collect()
}

/// "Beijing 2022 Winter Olympics": a year that belongs to a name, where the sources give no year.
fn names_event(date: &Date, claim: &Reading, sources: &[Reading]) -> bool {
    const EVENTS: &[&str] = &[
        "winter",
        "summer",
        "olympics",
        "olympic",
        "paralympics",
        "paralympic",
        "world",
        "games",
        "asian",
        "expo",
        "fifa",
        "uefa",
        "euro",
        "edition",
    ];
    let next = claim.text.word(claim.text.word_from(date.span.end));
    let yearless = || {
        sources
            .iter()
            .flat_map(|s| &s.dates)
            .all(|d| d.year.is_none())
    };
    date.year.is_some() && date.month.is_none() && EVENTS.contains(&next) && yearless()
}

/// What the sources state of time.
pub(super) struct Stated<'a> {
    dates: Vec<(&'a Reading, &'a Date)>,
    /// Those of the sentences that the claim is about.
    near: Vec<&'a Date>,
    numbers: Vec<f64>,
    published: Vec<Civil>,
    /// Month and day of the dates that tell the month of days given alone.
    dated: Vec<(i32, i32)>,
    /// Whether they give a year in figures that the claim does not have.
    year_left_out: bool,
    /// Whether they speak of the beginning of this century.
    new_century: bool,
}

impl<'a> Stated<'a> {
    pub(super) fn new(claim: &Reading, sources: &'a [Reading], near: &'a [Reading]) -> Stated<'a> {
        let published: Vec<Civil> = sources.iter().filter_map(|s| s.published).collect();
        let dated = |reading: &Reading| -> Vec<(i32, i32)> {
            let absolute = reading.dates.iter().filter(|d| d.relative.is_none());
            absolute.filter_map(|d| Some((d.month?, d.day?))).collect()
        };
        let mut around: Vec<(i32, i32)> = sources.iter().flat_map(dated).collect();
        around.extend(
            published
                .iter()
                .map(|p| (i32::from(p.month()), i32::from(p.day()))),
        );
        // Where the sources name no month, the claim must at least agree with itself.
        if around.is_empty() {
            around = dated(claim);
            around.dedup();
            if around.len() < 2 {
                around.clear();
            }
        }
        let given = sources.iter().flat_map(|s| &s.dates);
        let mut given = given
            .filter(|d| d.relative.is_none())
            .filter_map(|d| d.year);
        Stated {
            year_left_out: given.any(|year| claim.dates.iter().all(|d| d.year != Some(year))),
            dates: sources
                .iter()
                .flat_map(|s| s.dates.iter().map(move |d| (s, d)))
                .collect(),
            near: near.iter().flat_map(|s| &s.dates).collect(),
            new_century: sources
                .iter()
                .any(|s| s.contains("世纪初") || s.contains("世纪之初")),
            numbers: sources
                .iter()
                .flat_map(|s| s.quantities.iter().flat_map(|q| [q.low, q.high]))
                .collect(),
            published,
            dated: around,
        }
    }

    fn dates(&self) -> impl Iterator<Item = &'a Date> {
        self.dates.iter().map(|(_, date)| *date)
    }

    fn number(&self, value: i32) -> bool {
        self.numbers.contains(&f64::from(value))
    }

    /// Whether a part is told by a word such as 去年 that no article's date resolves: it may be any.
    fn open(&self, part: Part) -> bool {
        self.dates()
            .any(|d| d.relative == Some(part) && d.year.is_none())
    }

    /// The same of a day of this month: 昨天 may be any, but where a day of the month is
    /// given, 今天 is that one.
    fn open_day(&self, month: i32) -> bool {
        let given = |d: &Date| d.relative.is_none() && d.month == Some(month) && d.day.is_some();
        let given = self.dates().any(given);
        let today = |source: &Reading, date: &Date| {
            let word = source.text.slice(date.span.clone()).to_lowercase();
            word.starts_with('今') || matches!(word.as_str(), "today" | "tonight")
        };
        self.dates.iter().any(|(source, date)| {
            let open = date.relative == Some(Part::Day) && date.year.is_none();
            open && !(given && today(source, date))
        })
    }

    pub(super) fn bears_out(&self, date: &Date) -> bool {
        if date.relative.is_some() && date.year.is_none() {
            return true;
        }
        let absolute = date.relative.is_none();
        let day = match (date.month, date.day) {
            (Some(month), Some(day)) => !absolute || self.day(month, day),
            (Some(month), None) => {
                // 1-4月 are the first four months.
                let counted = date.last_month.filter(|_| month == 1);
                !absolute
                    || self.month(month, date.year)
                    || counted.is_some_and(|last| self.number(last))
            }
            _ => true,
        };
        day && date.year.is_none_or(|year| self.year(year, date))
            && (!absolute || self.unless_other(date.weekday, |d| d.weekday))
            && date.clock.is_none_or(|clock| self.clock(clock))
            && date.decade.is_none_or(|decade| self.decade(decade))
            && date.century.is_none_or(|century| self.century(century))
            && self.unless_other(date.quarter, |d| d.quarter)
            && (self.unless_other(date.half, |d| d.half)
                || date.half == Some(1) && self.dates().any(|d| d.last_month == Some(6)))
            && date.quarters.is_none_or(|quarters| self.quarters(quarters))
            && date
                .plan
                .is_none_or(|plan| self.dates().any(|d| d.plan == Some(plan)) || self.number(plan))
    }

    /// Whether the sources give this value for a part of a date, or none where the claim's
    /// matter is told.
    fn unless_other(&self, value: Option<i32>, part: impl Fn(&Date) -> Option<i32>) -> bool {
        value.is_none()
            || self.dates().any(|d| part(d) == value)
            || !self.near.iter().any(|d| part(d).is_some())
    }

    fn year(&self, year: i32, date: &Date) -> bool {
        // 2015-16赛季, 1986-88
        let short = format!("{:02}", year.rem_euclid(100));
        let ends_pair = |(s, d): &(&Reading, &Date)| {
            let next = d.span.end;
            d.year
                .is_some_and(|first| (1..100).contains(&(year - first)))
                && matches!(s.text.at(next), '-' | '/' | '—' | '至')
                && s.text.has(next + 1, &short)
                && !s.text.at(next + 3).is_ascii_digit()
        };
        let same = self.dates.iter().any(ends_pair)
            || self.dates().any(|d| {
                d.year == Some(year) || d.plan.is_some_and(|p| plan_years(p).contains(&year))
            });
        let unstated = !self.dates().any(|d| d.year.is_some());
        if same || self.number(year) || unstated && self.number(year % 100) {
            // The same day of another year is another day.
            let of_year =
                |d: &&Date| date.month.is_some() && d.month == date.month && d.day == date.day;
            let mut others = self
                .dates()
                .filter(of_year)
                .filter_map(|d| d.year)
                .peekable();
            return others.peek().is_none() || others.any(|y| y == year);
        }
        if date.relative.is_some() {
            let others = self.dates().any(|d| d.year.is_some() && d.month.is_none());
            return !(date.relative == Some(Part::Year) && others);
        }
        // A translator may add the year to a month and day that the source gives without it,
        // which is none of those that it tells of as past.
        let absolute = self.dates().filter(|d| d.relative.is_none());
        let latest = absolute.filter_map(|d| d.year).max();
        let bare = |(source, d): &(&Reading, &Date)| {
            d.year.is_none()
                && d.day == date.day
                && (d.month.is_none() || d.month == date.month)
                && goes_on_from(source, d).is_none_or(|first| (first..=first + 1).contains(&year))
        };
        let added = date.day.is_some() && self.dates.iter().any(bare);
        if date.month.is_some() && (latest.is_none() || added && latest <= Some(year)) {
            let near = |p: &Civil| (i32::from(p.year()) - year).abs() <= 1;
            return (1900..=2100).contains(&year)
                && (self.published.is_empty() || self.published.iter().any(near));
        }
        let of_era = |d: &Date| d.year.is_none_or(|y| (y - year).abs() <= 10);
        // A year beside 去年 may be what 去年 stands for, but not where one in figures is gone.
        !self.year_left_out
            && (self.open(Part::Year) || date.month.is_some() && self.open(Part::Day))
            && self.dates().all(of_era)
    }

    fn day(&self, month: i32, day: i32) -> bool {
        let mut known = self.dates().filter(|d| d.day == Some(day)).peekable();
        if known.peek().is_none() {
            return self.open_day(month) || self.number(month * 100 + day);
        }
        let mut bare = false;
        for date in known {
            match date.month {
                Some(stated) if stated == month => return true,
                Some(_) => {}
                None => bare = true,
            }
        }
        bare && self.near(month, day) || self.number(month * 100 + day)
    }

    /// Whether a day given without its month may be of this one: that of the dates round
    /// it, or the one before or after where the turn of a month lies between.
    fn near(&self, month: i32, day: i32) -> bool {
        let near = |(m, d): &(i32, i32)| {
            *m == month
                || *d > 15 && day < 15 && month == m % 12 + 1
                || *d < 15 && day > 15 && *m == month % 12 + 1
        };
        match self.published.is_empty() && !self.dates().any(|d| d.month.is_some()) {
            true => self.dated.iter().all(near),
            false => self.dated.is_empty() || self.dated.iter().any(near),
        }
    }

    fn month(&self, month: i32, year: Option<i32>) -> bool {
        self.dates().any(|d| {
            d.months().contains(&month) && (year.is_none() || d.year.is_none() || d.year == year)
        }) || self.open(Part::Month)
            || self.open(Part::Day) && !self.names_a_month()
    }

    /// Whether a month is given without a day, which 昨天 has nothing to do with.
    fn names_a_month(&self) -> bool {
        self.dates()
            .any(|d| d.relative.is_none() && d.month.is_some() && d.day.is_none())
    }

    fn clock(&self, clock: i32) -> bool {
        let other = self.near.iter().any(|d| d.clock.is_some());
        !other || self.dates().any(|d| d.clock == Some(clock)) || self.number(clock / 60)
    }

    fn decade(&self, decade: i32) -> bool {
        self.dates().any(|d| {
            d.decade == Some(decade)
                || d.last_decade == Some(decade)
                || d.year.is_some_and(|y| y - y.rem_euclid(10) == decade)
                || decade % 100 == 0 && d.century == Some(decade / 100 + 1)
        }) || decade == 2000 && self.new_century
            || self.number(decade % 100)
            || self.number(decade)
    }

    fn century(&self, century: i32) -> bool {
        self.dates().any(|d| {
            let year = d.decade.or(d.year);
            d.century == Some(century) || year.is_some_and(|y| y.div_euclid(100) + 1 == century)
        }) || self.number(century)
    }

    fn quarters(&self, quarters: i32) -> bool {
        let same = self
            .dates()
            .any(|d| d.quarters == Some(quarters) || quarters == 2 && d.half == Some(1));
        let other = self
            .dates()
            .any(|d| d.quarters.is_some() || d.half.is_some());
        same || !other
    }
}

/// The year of the day that a sentence tells of not far before a date: 2021 for the last
/// day of 2021年8月24日开幕，9月5日闭幕.
fn goes_on_from(source: &Reading, last: &Date) -> Option<i32> {
    const REACH: usize = 100;
    let start = last.span.start;
    let mut back = (start.saturating_sub(REACH)..start).rev();
    let sentence = back.find(|i| source.ends_sentence(*i));
    let from = sentence.unwrap_or(start.saturating_sub(REACH));
    let count = source.dates.partition_point(|d| d.span.end <= start);
    let before = source.dates[..count].iter().rev();
    let mut near = before.take_while(|d| d.span.start >= from);
    near.find(|d| d.month.is_some() && d.year.is_some())?.year
}

/// The years of a Five-Year Plan from the 6th (1981 to 1985) on.
fn plan_years(plan: i32) -> std::ops::RangeInclusive<i32> {
    let first = 1981 + 5 * (plan - 6);
    first..=first + 4
}

fn finding(date: &Date, claim: &Reading, stated: &Stated<'_>) -> Finding {
    let said = claim.quote(&date.span);
    let nearest = stated
        .dates
        .iter()
        .filter(|(_, d)| likeness(date, d) > 0)
        .max_by_key(|(_, d)| likeness(date, d));
    let (right, detail) = match nearest {
        Some((source, d)) => {
            let right = source.quote(&d.span);
            let detail = format!("The claim says {said}; the source states {right}.");
            (right, detail)
        }
        None => (String::new(), format!("The source does not state {said}.")),
    };
    Finding {
        kind: FindingKind::Date,
        claim: said,
        source: right,
        detail,
    }
}

/// How much two dates have in common: 3 for a part that is the same, 2 for one that differs.
pub(super) fn likeness(a: &Date, b: &Date) -> i32 {
    let parts = |d: &Date| {
        [
            d.year, d.month, d.day, d.weekday, d.decade, d.quarter, d.half, d.plan, d.clock,
            d.century, d.quarters,
        ]
    };
    parts(a)
        .iter()
        .zip(parts(b))
        .map(|pair| match pair {
            (Some(a), Some(b)) if *a == b => 3,
            (Some(_), Some(_)) => 2,
            _ => 0,
        })
        .sum()
}

//! Dates of the claim against those of the sources.

use super::{Finding, FindingKind, Reading};
use crate::facts::Date;
use crate::facts::date::Part;

/// The dates that the sources do not bear out.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    let stated: Vec<(&Reading, &Date)> = sources
        .iter()
        .flat_map(|s| s.dates.iter().map(move |d| (s, d)))
        .collect();
    let numbers: Vec<f64> = sources
        .iter()
        .flat_map(|s| s.quantities.iter().flat_map(|q| [q.low, q.high]))
        .collect();
    claim
        .dates
        .iter()
        .filter(|date| !borne_out(date, &stated, &numbers))
        .map(|date| finding(date, claim, &stated))
        .collect()
}

fn borne_out(date: &Date, stated: &[(&Reading, &Date)], numbers: &[f64]) -> bool {
    let dates = || stated.iter().map(|(_, d)| *d);
    // 去年 without the article's date may be any year.
    let open = |part: Part| dates().any(|d| d.relative == Some(part) && d.year.is_none());
    if date.relative.is_some() && date.year.is_none() {
        return true;
    }
    if let Some(year) = date.year {
        let same = dates()
            .any(|d| d.year == Some(year) || d.plan.is_some_and(|p| plan_years(p).contains(&year)))
            || numbers.contains(&f64::from(year))
            || numbers.contains(&f64::from(year % 100)) && !dates().any(|d| d.year.is_some());
        // A translator may add the year to a month and day that the source gives without it.
        let added =
            date.month.is_some() && !dates().any(|d| d.year.is_some() && d.relative.is_none());
        let open = open(Part::Year) || open(Part::Day) || open(Part::Month);
        if !same && date.relative.is_none() && !open && !added {
            return false;
        }
        let other = dates().any(|d| d.year.is_some() && d.month.is_none());
        if date.relative == Some(Part::Year) && !same && other {
            return false;
        }
    }
    if let (Some(month), Some(day)) = (date.month, date.day) {
        let same = dates().any(|d| d.day == Some(day) && d.month.is_none_or(|m| m == month))
            || open(Part::Day)
            || numbers.contains(&f64::from(month * 100 + day))
            || open(Part::Month) && dates().any(|d| d.day == Some(day));
        if !same && date.relative.is_none() {
            return false;
        }
    } else if let Some(month) = date.month {
        let same = dates().any(|d| d.month == Some(month)) || open(Part::Month) || open(Part::Day);
        if !same && date.relative.is_none() {
            return false;
        }
    }
    if let Some(weekday) = date.weekday.filter(|_| date.relative.is_none()) {
        let other = dates().any(|d| d.weekday.is_some_and(|w| w != weekday));
        let same = dates().any(|d| d.weekday == Some(weekday));
        if other && !same {
            return false;
        }
    }
    if let Some(clock) = date.clock {
        let other = dates().any(|d| d.clock.is_some());
        let same =
            dates().any(|d| d.clock == Some(clock)) || numbers.contains(&f64::from(clock / 60));
        if other && !same {
            return false;
        }
    }
    if let Some(decade) = date.decade {
        let same = dates().any(|d| {
            d.decade == Some(decade) || d.year.is_some_and(|y| y - y.rem_euclid(10) == decade)
        }) || decade % 100 == 0 && dates().any(|d| d.century == Some(decade / 100 + 1))
            || numbers.contains(&f64::from(decade % 100))
            || numbers.contains(&f64::from(decade));
        if !same {
            return false;
        }
    }
    if let Some(quarter) = date.quarter {
        let same = dates().any(|d| d.quarter == Some(quarter));
        if !same && dates().any(|d| d.quarter.is_some()) {
            return false;
        }
    }
    if let Some(plan) = date.plan {
        let same = dates().any(|d| d.plan == Some(plan)) || numbers.contains(&f64::from(plan));
        if !same {
            return false;
        }
    }
    if let Some(quarters) = date.quarters {
        let other = dates().any(|d| d.quarters.is_some_and(|q| q != quarters) || d.half.is_some());
        let same =
            dates().any(|d| d.quarters == Some(quarters) || quarters == 2 && d.half == Some(1));
        if other && !same {
            return false;
        }
    }
    if let Some(century) = date.century {
        let same = dates().any(|d| {
            d.century == Some(century)
                || d.decade
                    .or(d.year)
                    .is_some_and(|y| y.div_euclid(100) + 1 == century)
        }) || numbers.contains(&f64::from(century));
        if !same {
            return false;
        }
    }
    if let Some(half) = date.half {
        let same = dates().any(|d| d.half == Some(half));
        if !same && dates().any(|d| d.half.is_some()) {
            return false;
        }
    }
    true
}

/// The years of a Five-Year Plan from the 6th (1981 to 1985) on.
fn plan_years(plan: i32) -> std::ops::RangeInclusive<i32> {
    let first = 1981 + 5 * (plan - 6);
    first..=first + 4
}

fn finding(date: &Date, claim: &Reading, stated: &[(&Reading, &Date)]) -> Finding {
    let alike = |d: &Date| {
        [
            (date.year, d.year),
            (date.month, d.month),
            (date.day, d.day),
            (date.weekday, d.weekday),
            (date.decade, d.decade),
            (date.quarter, d.quarter),
            (date.half, d.half),
            (date.plan, d.plan),
            (date.clock, d.clock),
            (date.century, d.century),
            (date.quarters, d.quarters),
        ]
        .iter()
        .map(|(a, b)| match (a, b) {
            (Some(a), Some(b)) if a == b => 3,
            (Some(_), Some(_)) => 2,
            _ => 0,
        })
        .sum::<i32>()
    };
    let said = claim.quote(&date.span);
    let nearest = stated
        .iter()
        .filter(|(_, d)| alike(d) > 0)
        .max_by_key(|(_, d)| alike(d));
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

//! Numbers that a true translation may have although the source has no such numeral.

mod english;

use super::Reading;
use super::numbers::agrees;
use crate::facts::date::is_calendar_word;
use crate::facts::gloss;
use crate::facts::numeral::{Form, han_digit, small_word};
use crate::facts::person;
use crate::facts::text::is_han;
use crate::facts::unit::{self, Dimension};
use crate::facts::{Bound, Date, Fact, Quantity, Text};

/// Whether the sources may carry a quantity in words without a numeral, or in part of a date.
pub(super) fn carried(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    vague(quantity, sources)
        || half(quantity, sources)
        || share(quantity, sources)
        || others(quantity, claim, sources)
        || difference(quantity, claim, sources)
        || millions(quantity, claim, sources)
        || multiple(quantity, sources)
        || fen(quantity, sources)
        || the_two(quantity, claim)
        || of_either_scale(quantity, claim, sources)
        || in_a_date(quantity, claim, sources)
        || numbered(quantity, sources)
        || at_the_hour(quantity, claim, sources)
        || two_people(quantity, claim, sources)
        || grown(quantity, claim, sources)
        || grown_by_percent(quantity, sources)
        || spelled(quantity, sources)
        || hardly_a_number(quantity, claim, sources)
        || in_a_code(quantity, claim, sources)
        || after_a_name(quantity, claim, sources)
        || nineties(quantity, claim, sources)
        || two_nights_ago(quantity, claim, sources)
        || dozen(quantity, claim, sources)
        || of_a_fraction(quantity, sources)
        || one_day(quantity, claim, sources)
        || round_the_clock(quantity, sources)
        || english::carried(quantity, claim, sources)
        || quantity.low == 0.0 && says(sources, &["没", "无", "未", "零", "绝不"])
}

/// "iPhone 8" for iPhone8, "Season 3" for 第三季.
fn after_a_name(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    let Some(k) = claim.text.word_before(quantity.span.start) else {
        return false;
    };
    let name = claim.text.word(k);
    let letters = format!("{name}#");
    let number = quantity.low as u32;
    let in_code = |s: &Reading| {
        let mut codes = s.codes.iter();
        codes.any(|c| c.number == number && c.letters == letters)
    };
    let season = name == "season";
    quantity.plain > 0
        && sources.iter().any(|s| {
            in_code(s) || season && s.dates.iter().any(|d| d.quarter == Some(number as i32))
        })
}

/// "in the early 90s".
fn nineties(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    let decade = |d: &Date| d.decade.is_some_and(|d| f64::from(d % 100) == quantity.low);
    let end = quantity.span.end;
    (claim.text.at(end) == 's' || claim.text.has(end, "'s"))
        && sources.iter().flat_map(|s| &s.dates).any(decade)
}

/// "two nights ago" for 前晚.
fn two_nights_ago(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    quantity.low == 2.0
        && quantity.unit.dimension == Dimension::Time
        && claim.text.has(quantity.span.end, " ago")
        && says(sources, &["前晚", "前天", "前日", "前夜"])
}

/// "about a dozen" for 十多, "two dozen" for 二十多, and the other way round.
fn dozen(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    let in_dozens = |q: &Quantity, text: &Reading| {
        q.form == Form::Words && text.text.slice(q.span.clone()).ends_with("dozen")
    };
    let over = |tens: &Quantity, dozens: &Quantity| {
        tens.bound == Bound::Over
            && tens.low % 10.0 == 0.0
            && (tens.low..tens.low + 10.0).contains(&dozens.low)
    };
    sources.iter().any(|source| {
        source.quantities.iter().any(|q| {
            in_dozens(quantity, claim) && over(q, quantity)
                || in_dozens(q, source) && over(quantity, q)
        })
    })
}

/// "two of five" for 2/5.
pub(super) fn of_a_fraction(quantity: &Quantity, sources: &[Reading]) -> bool {
    let is_part = |part: &str| part.parse() == Ok(quantity.low);
    sources.iter().any(|source| {
        source.quantities.iter().any(|q| {
            let written = source.text.slice(q.span.clone());
            let parts = written.split_once('/');
            parts.is_some_and(|(above, below)| is_part(above) || is_part(below))
        })
    })
}

/// "24-hour" for 全天候.
fn round_the_clock(quantity: &Quantity, sources: &[Reading]) -> bool {
    quantity.unit.name == "hours"
        && quantity.low == 24.0
        && says(sources, &["全天", "昼夜", "日夜", "一整天"])
}

/// "a one-day drop" for 单日跌幅, "may one day cease".
fn one_day(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    const MODALS: &[&str] = &["may", "might", "can", "could", "will", "would", "to"];
    let before = claim.text.word_before(quantity.span.start);
    quantity.low == 1.0
        && quantity.unit.name == "days"
        && (before.is_some_and(|k| MODALS.contains(&claim.text.word(k)))
            || says(sources, &["单日", "当日", "一日", "某天", "有朝"]))
}

/// 第二天 is the next day, 第二年 the following year.
pub(super) fn the_next(quantity: &Quantity, claim: &Reading) -> bool {
    let starts = |words| claim.text.has(quantity.span.start, words);
    starts("第二天") || starts("第二年")
}

/// A number that letters stand straight before or after, as they do in the sources: A5, 4x3.
fn in_a_code(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    let part = |i: &usize| claim.text.at(*i).is_ascii_alphanumeric();
    let span = &quantity.span;
    let start = (0..span.start).rev().take_while(part).last();
    let end = (span.end..claim.text.chars.len()).take_while(part).last();
    let whole = start.unwrap_or(span.start)..end.map_or(span.end, |last| last + 1);
    let code = claim.text.slice(whole);
    code.contains(|c: char| c.is_ascii_alphabetic()) && sources.iter().any(|s| s.contains(&code))
}

/// A Chinese numeral that counts nothing: a part of a word (十分, 几乎, 独一无二), or an
/// article, a pair or a vague number (一, 两, 几, 千) where the sources count nothing by
/// the same measure word, nor in English anything that the claim has no number for.
fn hardly_a_number(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    if !claim.is_chinese() || !matches!(quantity.form, Form::Han | Form::HanScale) {
        return false;
    }
    let (start, end) = (quantity.span.start, quantity.span.end);
    let in_a_word = claim
        .lexemes
        .iter()
        .any(|l| l.span.0 <= start && end <= l.span.1 && l.span.1 - l.span.0 > end - start);
    let measure = claim.text.at(end);
    let untold = |q: &Quantity| {
        !claim.quantities.iter().any(|c| agrees(c, q)) && !claim.spelled.contains(&(q.low as u32))
    };
    let rival = |source: &Reading, q: &Quantity| match quantity.unit.dimension {
        Dimension::Count if !is_han(measure) => false,
        Dimension::Count if source.is_chinese() => source.text.at(q.span.end) == measure,
        Dimension::Count => q.unit == &unit::NONE && counts(q, source) && untold(q),
        _ => q.unit == quantity.unit,
    };
    // 唯一一次
    let only = claim.text.ends(start, "唯");
    let loose =
        quantity.low <= 2.0 || quantity.low != quantity.high || quantity.form == Form::HanScale;
    in_a_word
        || only
        || loose
            && !sources
                .iter()
                .any(|s| s.quantities.iter().any(|q| !q.ordinal && rival(s, q)))
}

/// "dozens", where the source has no vague number of its own.
fn vague(quantity: &Quantity, sources: &[Reading]) -> bool {
    quantity.low != quantity.high
        && quantity.form == Form::Words
        && !sources.iter().flat_map(|s| &s.quantities).any(|q| {
            let alike = q.unit.dimension == quantity.unit.dimension;
            q.low != q.high || alike && q.low >= 1e3
        })
}

/// 半数, 大半, 半山腰.
fn half(quantity: &Quantity, sources: &[Reading]) -> bool {
    quantity.unit.dimension == Dimension::Ratio
        && quantity.base(quantity.low) == 0.5
        && (says(sources, &["半", "五成", "50%"])
            || !sources
                .iter()
                .flat_map(|s| &s.quantities)
                .any(|q| q.unit.dimension == Dimension::Ratio))
}

/// A share that the source gives by its two numbers: 每4个中有3个.
fn share(quantity: &Quantity, sources: &[Reading]) -> bool {
    quantity.unit == &unit::RATIO
        && sources.iter().any(|s| {
            let near = s.quantities.windows(3).chain(s.quantities.windows(2));
            near.map(|q| (q[0].low, q[q.len() - 1].low)).any(|(a, b)| {
                let is = |part: f64, all: f64| (part / all - quantity.low).abs() < 1e-6;
                is(b, a) || is(a, b)
            })
        })
}

/// "two others" of the three that the source counts.
fn others(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    let next = claim.text.word(claim.text.word_from(quantity.span.end));
    matches!(next, "other" | "others")
        && sources
            .iter()
            .flat_map(|s| &s.quantities)
            .any(|q| q.low == quantity.low + 1.0)
}

/// "three more than before": the source has both numbers.
fn difference(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    let next = claim.text.word(claim.text.word_from(quantity.span.end));
    matches!(next, "more" | "fewer" | "less" | "higher" | "lower")
        && sources.iter().any(|s| {
            s.quantities
                .windows(2)
                .any(|pair| (pair[0].low - pair[1].low).abs() == quantity.low)
        })
}

/// "52m users" are no metres.
fn millions(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    quantity.unit.name == "meters"
        && claim.text.ends(quantity.span.end, "m")
        && sources
            .iter()
            .flat_map(|s| &s.quantities)
            .any(|q| q.low == quantity.low * 1e6)
}

/// "doubled", where the source speaks of multiples but gives none, or of no growth at all.
fn multiple(quantity: &Quantity, sources: &[Reading]) -> bool {
    quantity.unit.dimension == Dimension::Multiple
        && (says(sources, &["倍", "番", "翻"])
            && !sources
                .iter()
                .flat_map(|s| &s.quantities)
                .any(|q| q.unit.dimension == Dimension::Multiple)
            || !says(sources, &["倍", "番", "增长", "增加", "提高", "%"]))
}

/// A price difference that the source gives in hundredths of a yuan without naming
/// them so: 每斤1.38元，低3分.
fn fen(quantity: &Quantity, sources: &[Reading]) -> bool {
    quantity.unit.dimension == Dimension::Money("CNY")
        && quantity.low > 0.0
        && quantity.base(quantity.high) < 1.0
        && sources.iter().any(|source| {
            source.quantities.iter().any(|other| {
                source.text.at(other.span.end) == '分'
                    && (other.low / 100.0 - quantity.base(quantity.low)).abs() < 1e-9
            }) && source.contains("元")
        })
}

/// "the two" takes up what was named before.
fn the_two(quantity: &Quantity, claim: &Reading) -> bool {
    let start = quantity.span.start;
    quantity.low == 2.0
        && quantity.form == Form::Words
        && (claim.text.ends(start, "the ") || claim.text.ends(start, "The "))
}

/// "90 degrees" of either scale.
fn of_either_scale(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    let celsius = (quantity.low - 32.0) / 1.8;
    claim.text.word(claim.text.word_from(quantity.span.end)) == "degrees"
        && sources
            .iter()
            .flat_map(|s| &s.quantities)
            .filter(|q| q.unit.dimension == Dimension::Temperature)
            .any(|q| {
                let (least, most) = (q.low.abs().min(q.high.abs()), q.low.abs().max(q.high.abs()));
                (q.low - celsius).abs() < 1.0 || least <= quantity.low + 1.0 && quantity.low <= most
            })
}

/// A bare number that the sources have as part of a date: "the 25th", "21st century", "'98".
fn in_a_date(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    let value = quantity.low as i32;
    let dates = || sources.iter().flat_map(|s| &s.dates);
    if quantity.unit.dimension == Dimension::Time {
        // 1-4月 are the first four months.
        let counted = |d: &Date| d.month == Some(1) && d.last_month == Some(value);
        return quantity.unit.name == "months" && dates().any(counted)
            || quantity.unit.name == "days" && dates().any(|d| d.day == Some(value))
            || quantity.unit.name == "years"
                && dates().any(|d| d.decade.or(d.year) == Some(value));
    }
    let before = claim.text.word_from(quantity.span.start).checked_sub(1);
    let dated = quantity.bound == Bound::Exact
        && before.is_none_or(|k| gloss::is_function_word(claim.text.word(k)));
    if quantity.unit != &unit::NONE
        || quantity.form == Form::Words
        || !dated
        || counts(quantity, claim)
    {
        return false;
    }
    dates().any(|d| {
        [d.year, d.month, d.day, d.century, d.quarter, d.plan].contains(&Some(value))
            || d.year.is_some_and(|y| y % 100 == value || y == -value)
            || d.clock
                .is_some_and(|c| c / 60 == value % 12 || c % 60 == value)
    })
}

/// What looks like a day of the month may number anything: 7号通道 is aisle 7.
fn numbered(quantity: &Quantity, sources: &[Reading]) -> bool {
    sources.iter().any(|s| {
        let bare =
            |d: &&crate::facts::Date| d.month.is_none() && d.day == Some(quantity.low as i32);
        let mut days = s.dates.iter().filter(bare);
        quantity.unit == &unit::NONE && days.any(|d| s.text.ends(d.span.end, "号"))
    })
}

/// "starts at nine", "six in the morning", "the four seasons": a word for what the sources have in a time of day or of the year.
fn at_the_hour(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    const BEFORE: &[&str] = &[
        "at", "past", "to", "by", "until", "before", "after", "around", "about",
    ];
    const AFTER: &[&str] = &[
        " in the morning",
        " in the evening",
        " in the afternoon",
        " at night",
        " o'clock",
    ];
    let before = claim.text.word_from(quantity.span.start).checked_sub(1);
    let timed = before.is_some_and(|k| BEFORE.contains(&claim.text.word(k)))
        || AFTER.iter().any(|a| claim.text.has(quantity.span.end, a));
    let mut dates = sources.iter().flat_map(|s| &s.dates);
    (quantity.form == Form::Words || quantity.plain > 0 && quantity.unit == &unit::NONE)
        && dates.any(|d| {
            timed && d.clock.is_some_and(|c| f64::from(c / 60) == quantity.low)
                || d.quarter == Some(quantity.low as i32)
        })
}

/// "two graduates", where the sources name two people and count nothing.
fn two_people(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    const SHORT: usize = 2_000;
    let named = |s: &Reading| match s.text.chars.len() {
        0..SHORT => person::people(&s.text, &s.lexemes).len(),
        _ => 0,
    };
    quantity.low == 2.0
        && quantity.form == Form::Words
        && counts(quantity, claim)
        && !sources
            .iter()
            .flat_map(|s| &s.quantities)
            .any(|q| (2.0..=10.0).contains(&q.low) && q.unit == &unit::NONE)
        && sources.iter().map(named).sum::<usize>() >= 2
}

/// "an increase of 3 times" as often as not stands for 增长3倍, which makes four times as much.
fn grown(quantity: &Quantity, claim: &Reading, sources: &[Reading]) -> bool {
    const GROWTH: &[&str] = &[
        "increase",
        "increased",
        "increases",
        "growth",
        "grew",
        "grown",
        "rise",
        "rose",
        "risen",
        "up",
        "jump",
        "jumped",
        "soared",
        "surged",
        "higher",
        "more",
        "expanded",
    ];
    let text = &claim.text;
    let (start, end) = (quantity.span.start, quantity.span.end);
    let times = text.ends(end, "times") || text.ends(end, "fold");
    let grows = || {
        let clause = claim.clause(&quantity.span);
        let mut words = text.words.iter().filter(|w| clause.contains(&w.start));
        words.any(|w| GROWTH.contains(&w.lower.as_str()))
    };
    times
        && !text.ends(start, " to ")
        && grows()
        && sources.iter().flat_map(|s| &s.quantities).any(|q| {
            q.unit.dimension == Dimension::Multiple && (q.low - 1.0 - quantity.low).abs() < 0.05
        })
}

/// "by more than 100%" for 增长了一倍多: growth in percent for growth in multiples.
fn grown_by_percent(quantity: &Quantity, sources: &[Reading]) -> bool {
    quantity.unit.dimension == Dimension::Ratio
        && sources.iter().flat_map(|s| &s.quantities).any(|q| {
            let growth = q.low - 1.0;
            q.unit.dimension == Dimension::Multiple
                && growth > 0.0
                && (growth - quantity.base(quantity.low)).abs() < 0.005
        })
}

/// Whether a number of the claim counts what the next word names: "29 apps".
pub(super) fn counts(quantity: &Quantity, claim: &Reading) -> bool {
    claim.text.word_after(quantity.span.end).is_some_and(|k| {
        let word = claim.text.word(k);
        !gloss::is_function_word(word) && !is_calendar_word(word)
    })
}

/// A small number that Chinese words carry without being a numeral: 双方, 三国, 四季.
fn spelled(quantity: &Quantity, sources: &[Reading]) -> bool {
    let countable = matches!(quantity.unit.dimension, Dimension::Count | Dimension::Time);
    let small =
        quantity.low <= 10.0 && quantity.low.fract() == 0.0 && quantity.low == quantity.high;
    if !small || !countable {
        return false;
    }
    let value = quantity.low as u32;
    sources.iter().any(|s| {
        let loose = value == 2 && quantity.form == Form::Words;
        let mut words = s.text.words.iter();
        s.spelled.contains(&value)
            || loose && ["对", "另", "再"].iter().any(|c| s.contains(c))
            || value < 10 && words.any(|w| small_word(&w.lower) == Some(quantity.low))
    })
}

/// The small numbers that characters of a text carry outside its quantities and dates,
/// each once.
pub(super) fn spelled_in(text: &Text, facts: &[Fact]) -> Vec<u32> {
    let mut carried = Vec::new();
    // 三四五年级 is no 345.
    let counted = |fact: &&Fact| match fact {
        Fact::Quantity(q) => q.plain < 3 || q.form != Form::Han,
        Fact::Date(_) => true,
    };
    let mut facts = facts.iter().filter(counted).peekable();
    for (i, c) in text.chars.iter().enumerate() {
        while facts.next_if(|fact| fact.span().end <= i).is_some() {}
        if facts.peek().is_some_and(|fact| fact.span().contains(&i)) {
            continue;
        }
        let value = match c {
            '双' | '俩' => Some(2),
            '十' => Some(10),
            c => han_digit(*c),
        };
        carried.extend(value.filter(|v| !carried.contains(v)));
    }
    carried
}

fn says(sources: &[Reading], words: &[&str]) -> bool {
    sources.iter().any(|s| words.iter().any(|w| s.contains(w)))
}

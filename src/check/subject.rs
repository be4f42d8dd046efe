//! What a number is said of: a value that the sources state of something else bears nothing out.

use std::ops::Range;

use super::{Reading, numbers};
use crate::facts::gloss::{self, Stem};
use crate::facts::numeral::Form;
use crate::facts::unit::Dimension;
use crate::facts::{Quantity, Text};

/// The quantity that the claim should have given, where its value stands in the sources
/// for something else only: the claim's words round the number are those round another
/// number of the same unit there rather than those round its own.
pub(super) fn of_something_else<'a>(
    quantity: &Quantity,
    claim: &Reading,
    same: &[(&'a Reading, &'a Quantity)],
) -> Option<(&'a Reading, &'a Quantity)> {
    let alike = claim
        .quantities
        .iter()
        .filter(|q| !q.ordinal && comparable(q, quantity))
        .count();
    if quantity.ordinal || same.len() > 1 || alike > 1 || quantity.low != quantity.high {
        return None;
    }
    let (source, own) = same[0];
    let rivals: Vec<&Quantity> = source
        .quantities
        .iter()
        .filter(|q| {
            !q.ordinal && q.span != own.span && comparable(q, own) && !step(&source.text, own, q)
        })
        .filter(|q| {
            q.unit.dimension != Dimension::Count
                || (q.high >= 10.0 || q.form == Form::Digits)
                    && q.form != Form::HanScale
                    && q.plain != 4
        })
        .filter(|q| !claim.quantities.iter().any(|c| numbers::agrees(c, q)))
        .collect();
    if rivals.is_empty() {
        return None;
    }
    let said = words_round(claim, &quantity.span);
    if said.is_empty() {
        return None;
    }
    let spans: Vec<Range<usize>> = source.quantities.iter().map(|q| q.span.clone()).collect();
    let here = shared(&said, source, &own.span, &spans);
    let best = rivals
        .into_iter()
        .map(|q| (shared(&said, source, &q.span, &spans), q))
        .max_by_key(|(n, _)| *n)?;
    (best.0 >= here + 2 || here == 0 && best.0 >= 1 && has_subject(source, own, &spans))
        .then_some((source, best.1))
}

/// Whether two numbers are the ends of one change: 由1小时缩短至15分钟.
fn step(text: &Text, a: &Quantity, b: &Quantity) -> bool {
    let (first, second) = if a.span.start < b.span.start {
        (a, b)
    } else {
        (b, a)
    };
    let between = text.slice(first.span.end..second.span.start);
    between.chars().count() <= 8
        && between
            .chars()
            .any(|c| matches!(c, '至' | '到' | '为' | '-' | '~'))
}

/// Whether the clause of a number has a subject of its own before it, rather than that of
/// the clause before: 净利润增长8.3%, but not 增加到410户.
fn has_subject(source: &Reading, own: &Quantity, spans: &[Range<usize>]) -> bool {
    let around = narrow(&source.text, &own.span, spans);
    let generic: Vec<Stem> = GENERIC.iter().map(|word| gloss::stem(word)).collect();
    source.lexemes.iter().any(|l| {
        l.span.0 >= around.start
            && l.span.1 <= own.span.start
            && l.span.1 - l.span.0 >= 2
            && !l.stems.iter().any(|s| generic.contains(s))
    })
}

fn comparable(a: &Quantity, b: &Quantity) -> bool {
    let unit = |q: &Quantity| match q.unit.dimension {
        Dimension::Multiple => Dimension::Ratio,
        other => other,
    };
    unit(a) == unit(b)
        && unit(a) != Dimension::Time
        && (unit(a) == Dimension::Ratio || a.unit == b.unit)
}

/// The stems of the content words in the clause round a span.
fn words_round(reading: &Reading, span: &Range<usize>) -> Vec<Stem> {
    let clause = clause(&reading.text, span);
    reading
        .text
        .words
        .iter()
        .filter(|w| clause.contains(&w.start) && !span.contains(&w.start))
        .filter(|w| !gloss::is_function_word(&w.lower) && !GENERIC.contains(&w.lower.as_str()))
        .map(|w| gloss::stem(&w.lower))
        .collect()
}

const GENERIC: &[&str] = &[
    "total",
    "number",
    "year",
    "years",
    "month",
    "day",
    "increase",
    "increased",
    "rise",
    "rose",
    "fell",
    "reached",
    "reach",
    "new",
    "nearly",
    "almost",
    "accounting",
    "accounted",
    "including",
    "amount",
    "growth",
    "grew",
    "added",
    "people",
    "times",
    "yuan",
    "percent",
    "period",
    "last",
    "first",
    "add",
    "newly",
    "raise",
    "account",
];

/// How many of the claim's words the source's clause round a number has.
fn shared(said: &[Stem], source: &Reading, span: &Range<usize>, spans: &[Range<usize>]) -> usize {
    let around = narrow(&source.text, span, spans);
    said.iter()
        .filter(|stem| {
            source.lexemes.iter().any(|l| {
                around.contains(&l.span.0)
                    && l.span.1 - l.span.0 >= 2
                    && l.stems.binary_search(stem).is_ok()
            })
        })
        .count()
}

/// From the comma or the number before to the comma or the number after.
fn narrow(text: &Text, span: &Range<usize>, spans: &[Range<usize>]) -> Range<usize> {
    let clause = clause(text, span);
    let start = spans
        .iter()
        .map(|s| s.end)
        .filter(|e| *e <= span.start && *e > clause.start)
        .max()
        .unwrap_or(clause.start);
    let end = spans
        .iter()
        .map(|s| s.start)
        .filter(|s| *s >= span.end && *s < clause.end)
        .min()
        .unwrap_or(clause.end);
    start..end
}

fn clause(text: &Text, span: &Range<usize>) -> Range<usize> {
    let stop = |i: usize| {
        matches!(
            text.at(i),
            '，' | '。' | '；' | '！' | '？' | ';' | '\n' | '：' | '、' | '（' | '）'
        ) || text.at(i) == ',' && !text.at(i + 1).is_ascii_digit()
    };
    let mut start = span.start;
    while start > 0 && !stop(start - 1) {
        start -= 1;
    }
    let mut end = span.end;
    while end < text.chars.len() && !stop(end) {
        end += 1;
    }
    start..end
}

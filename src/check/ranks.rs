//! Ranks of the claim ("third", "2nd") against those of the sources (第三, 首届, 一等奖).

use super::Reading;
use crate::facts::gloss::{self, Stem};
use crate::facts::unit::{self, Dimension};
use crate::facts::{Date, Quantity};

/// What the sources say of a rank.
pub(super) enum Rank<'a> {
    /// They give it.
    Given,
    /// They do not give it; with the rank that they have in its place, where there is one.
    Missing(Option<(&'a Reading, &'a Quantity)>),
}

/// Compares a rank of the claim with the sources, and with those `near`, in the sentences of
/// theirs that it is about.
pub(super) fn judge<'a>(
    rank: &Quantity,
    claim: &Reading,
    sources: &[Reading],
    near: &'a [Reading],
) -> Rank<'a> {
    let same = |q: &Quantity| (q.low..=q.high).contains(&rank.low);
    if let Some(other) = of_the_same_thing(rank, claim, near) {
        return Rank::Missing(Some(other));
    }
    if sources
        .iter()
        .any(|s| s.quantities.iter().any(|q| may_rank(s, q) && same(q)))
        || sources
            .iter()
            .any(|s| in_other_words(rank, s) || s.dates.iter().any(|d| counts(d, rank.low as i32)))
    {
        return Rank::Given;
    }
    let others = || {
        near.iter()
            .flat_map(|s| s.quantities.iter().map(move |q| (s, q)))
            .filter(|(_, q)| q.ordinal)
    };
    if others().next().is_none() && sources.iter().any(|s| loosely(rank, s)) {
        return Rank::Given;
    }
    let nearest = others().min_by(|(_, a), (_, b)| {
        (a.low - rank.low)
            .abs()
            .total_cmp(&(b.low - rank.low).abs())
    });
    Rank::Missing(nearest)
}

/// Whether a number gives a rank, or may: 第三, 三等奖, 2号; 三名 counts.
fn may_rank(source: &Reading, quantity: &Quantity) -> bool {
    const COUNTERS: &[char] = &[
        '个', '名', '位', '家', '人', '只', '件', '张', '辆', '座', '艘', '架', '头', '条', '项',
        '例', '起', '种', '群', '枚', '余', '多',
    ];
    quantity.ordinal
        || quantity.unit == &unit::NONE && !COUNTERS.contains(&source.text.at(quantity.span.end))
        || quantity.unit.dimension == Dimension::Time
}

/// Whether a date has the rank as one of its parts: "the 25th", "the third quarter".
fn counts(date: &Date, rank: i32) -> bool {
    [
        date.month,
        date.day,
        date.century,
        date.quarter,
        date.half,
        date.quarters,
        date.plan,
    ]
    .contains(&Some(rank))
        || date.foreign
}

/// Whether words that give no number say the rank: 冠军 is first, 再次 a second time.
fn in_other_words(rank: &Quantity, source: &Reading) -> bool {
    let part = |q: &Quantity| {
        q.unit.dimension == Dimension::Ratio && (q.base(q.low) - 1.0 / rank.low).abs() < 0.01
    };
    let words: &[&str] = match rank.low as i64 {
        1 => &[
            "首",
            "初",
            "元旦",
            "元月",
            "冠",
            "最先",
            "率先",
            "先",
            "头",
            "最早",
            "开创",
            "开始",
            "此前从未",
            "前所未",
            "破天荒",
            "第一",
            "之一",
            "一开",
            "上半",
            "处女",
            "本来",
            "原本",
            "起初",
            "最高",
            "一来",
        ],
        2 => &[
            "再", "亚军", "又", "下半", "其次", "次席", "次子", "次女", "次年", "仅次", "次大",
            "连任", "复赛", "梅开", "另一", "第二", "次日", "次要", "居次", "二来",
        ],
        3 => &["季军", "再次", "第三"],
        _ => &[],
    };
    words.iter().any(|w| source.contains(w))
        || source.quantities.iter().any(part)
        || source.text.words.iter().any(|w| {
            matches!(
                (rank.low as i64, w.lower.as_str()),
                (
                    1,
                    "initial" | "initially" | "debut" | "inaugural" | "maiden" | "earliest" | "top"
                ) | (2, "another" | "again" | "runner" | "latter" | "other")
            )
        })
}

/// Whether a source without any rank may well mean it: "first" is said of much that is new.
fn loosely(rank: &Quantity, source: &Reading) -> bool {
    let words: &[&str] = match rank.low as i64 {
        1 => return true,
        2 => &["次", "双", "两", "另", "秒", "还", "也"],
        _ => &[],
    };
    words.iter().any(|w| source.contains(w))
}

/// The rank that the sources give to what the claim ranks, where it is another one and
/// the claim does not give it too.
fn of_the_same_thing<'a>(
    rank: &Quantity,
    claim: &Reading,
    sources: &'a [Reading],
) -> Option<(&'a Reading, &'a Quantity)> {
    let ranked = head(claim, rank)?;
    let mut other = None;
    for source in sources {
        for quantity in source.quantities.iter().filter(|q| q.ordinal) {
            if !ranks(source, quantity, ranked) {
                continue;
            }
            if quantity.low == rank.low {
                return None;
            }
            let told = claim
                .quantities
                .iter()
                .any(|q| q.ordinal && q.low == quantity.low);
            if !told {
                other = other.or(Some((source, quantity)));
            }
        }
    }
    other
}

/// The word that a rank of the claim is of: the first noun after it that says anything.
fn head(claim: &Reading, rank: &Quantity) -> Option<Stem> {
    const VAGUE: &[&str] = &[
        "time", "times", "one", "half", "place", "year", "day", "round",
    ];
    let first = claim.text.word_from(rank.span.end);
    let words = claim.text.words.get(first..)?;
    words
        .iter()
        .take(3)
        .find(|w| !gloss::is_function_word(&w.lower))
        .filter(|w| w.start <= rank.span.end + 24 && !VAGUE.contains(&w.lower.as_str()))
        .map(|w| gloss::stem(&w.lower))
}

/// Whether a rank of the source is of a word: it follows within the clause, a few characters on.
fn ranks(source: &Reading, quantity: &Quantity, word: Stem) -> bool {
    let clause = source.clause(&quantity.span);
    let end = clause.end.min(quantity.span.end + 8);
    let next = source
        .quantities
        .partition_point(|q| q.span.start < quantity.span.end);
    let next = source.quantities.get(next).map_or(end, |q| q.span.start);
    source
        .lexemes_in(&(quantity.span.end..end))
        .iter()
        .any(|l| l.span.1 <= end.min(next) && l.stems.binary_search(&word).is_ok())
}

//! Whether a quantity is the size of a change or what it ends at: by 410, to 410.

use std::ops::Range;

use super::direction::{Direction, told};
use super::text::{Text, ends_clause};

/// What a quantity is of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Its size: 增加了410户, rose by 410.
    By,
    /// What it ends at: 增加到410户, rose to 410.
    To,
}

/// Words for a number's bound, between a verb and the number.
const HEDGES: &[&str] = &["超过", "近", "约", "逾", "超"];
const VERBS: &[&str] = &[
    "增加", "增长", "提高", "提升", "上升", "上涨", "上调", "扩大", "攀升", "回升", "减少", "下降",
    "下跌", "下调", "降低", "缩短", "缩小", "缩减", "回落",
];
/// Verbs that take 至 or 到 for their second character.
const SHORT: &[&str] = &["增", "升", "涨", "降", "减", "跌"];
const HEDGES_EN: &[&str] = &[
    "about",
    "around",
    "nearly",
    "over",
    "almost",
    "some",
    "a",
    "an",
    "approximately",
    "roughly",
    "rmb",
    "us",
    "just",
    "only",
    "than",
    "more",
];
/// Words between an English verb and its "by" or "to", at most: "rose in July by".
const MOST_BETWEEN: usize = 3;

/// What the quantity at `span` is of a change, where a verb and its particle tell it, and
/// where the verb starts.
pub fn change(text: &Text, span: &Range<usize>) -> Option<(Change, usize)> {
    in_chinese(text, span.start).or_else(|| in_english(text, span.start))
}

fn in_chinese(text: &Text, start: usize) -> Option<(Change, usize)> {
    let hedge = HEDGES.iter().find(|hedge| text.ends(start, hedge));
    let end = start - hedge.map_or(0, |hedge| hedge.chars().count());
    let verb = |end: usize, verbs: &[&str]| {
        let verb = verbs.iter().find(|verb| text.ends(end, verb))?;
        Some(end - verb.chars().count())
    };
    if matches!(text.before(end), '至' | '到') {
        let start = verb(end - 1, VERBS).or_else(|| verb(end - 1, SHORT))?;
        return Some((Change::To, start));
    }
    // 从2685提高2695 is told of where it ends.
    let mut clause = (0..end).rev().take_while(|i| !ends_clause(text.at(*i)));
    if clause.any(|i| matches!(text.at(i), '从' | '由')) {
        return None;
    }
    let done = text.before(end) == '了';
    Some((Change::By, verb(end - usize::from(done), VERBS)?))
}

fn in_english(text: &Text, start: usize) -> Option<(Change, usize)> {
    let mut k = text.word_before(text.back_spaces(start))?;
    while k > 0 && HEDGES_EN.contains(&text.word(k)) {
        k -= 1;
    }
    // "by up to 76 %" is a bound.
    if text.word(k) == "to" && k > 1 && text.word(k - 1) == "up" {
        k -= 2;
    }
    let change = match text.word(k) {
        "by" => Change::By,
        "to" => Change::To,
        _ => return None,
    };
    let first = k.saturating_sub(1 + MOST_BETWEEN);
    let near = text.words.get(first).map_or(0, |word| word.start);
    let stops = |i: usize| ends_clause(text.at(i)) || text.at(i) == ',';
    let near = (near..start)
        .rev()
        .find(|i| stops(*i))
        .map_or(near, |i| i + 1);
    let verb = |direction| told(text, near..start, direction);
    let verb = verb(Direction::Rise).or_else(|| verb(Direction::Fall))?;
    Some((change, verb.start))
}

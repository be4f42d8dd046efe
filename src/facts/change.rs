//! Whether a quantity is the size of a change or what it ends at: by 410, to 410.

use std::ops::Range;

use super::direction::{direction_word, word_before};
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
/// Verbs of one character before 至 and 到.
const SHORT: &[char] = &['增', '升', '涨', '降', '减', '跌'];
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
/// Of those one after the other, at most: "rose by more than a".
const MOST_HEDGES: usize = 4;
/// Words between an English verb and its "by" or "to", at most: "rose in July by".
const MOST_BETWEEN: usize = 3;

/// Characters before a Chinese verb in which 从 or 由 belongs to it.
const MOST_CLAUSE: usize = 24;

/// What the quantity at `span` is of a change, where a verb and its particle tell it, and
/// where the verb starts.
pub fn change(text: &Text, span: &Range<usize>) -> Option<(Change, usize)> {
    in_chinese(text, span.start).or_else(|| in_english(text, span.start))
}

fn in_chinese(text: &Text, start: usize) -> Option<(Change, usize)> {
    let hedge = HEDGES.iter().find(|hedge| text.ends(start, hedge));
    let end = start - hedge.map_or(0, |hedge| hedge.chars().count());
    if matches!(text.before(end), '至' | '到') {
        let verb = end - 1;
        let short = || SHORT.contains(&text.before(verb)).then(|| verb - 1);
        return Some((Change::To, word_before(text, verb).or_else(short)?));
    }
    // 从2685提高2695 is told of where it ends.
    let clause = (0..end).rev().take_while(|i| !ends_clause(text.at(*i)));
    if clause
        .take(MOST_CLAUSE)
        .any(|i| matches!(text.at(i), '从' | '由') && !starts_date(text, i + 1))
    {
        return None;
    }
    let done = text.before(end) == '了';
    Some((Change::By, word_before(text, end - usize::from(done))?))
}

/// Whether digits that tell a time start at a place: 从3日到6日.
fn starts_date(text: &Text, start: usize) -> bool {
    let digit = |i: &usize| text.at(*i).is_ascii_digit();
    let end = start + (start..).take_while(digit).count();
    end > start && matches!(text.at(end), '年' | '月' | '日' | '号' | '时')
}

fn in_english(text: &Text, start: usize) -> Option<(Change, usize)> {
    let mut k = text.word_before(text.back_spaces(start))?;
    for _ in 0..MOST_HEDGES {
        if k > 0 && HEDGES_EN.contains(&text.word(k)) {
            k -= 1;
        }
    }
    // "by up to 76 %" is a bound.
    if text.word(k) == "to" && k > 1 && text.word(k - 1) == "up" {
        k -= 2;
    }
    let change = match text.word(k) {
        "by" => Change::By,
        "to" => Change::To,
        // "a rise of 410"
        "of" if k > 0 && direction_word(text, k - 1).is_some() => Change::By,
        _ => return None,
    };
    let stops = |i: usize| ends_clause(text.at(i)) || text.at(i) == ',';
    let verb = (k.saturating_sub(1 + MOST_BETWEEN)..k)
        .rev()
        .take_while(|k| !(text.words[*k].end..start).any(stops))
        .find(|k| direction_word(text, *k).is_some())?;
    Some((change, text.words[verb].start))
}

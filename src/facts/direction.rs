//! Whether what a text tells of rises or falls, as far as single words show it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::text::{Text, ends_clause, is_han};

/// Whether something grows or shrinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It rises.
    Rise,
    /// It falls.
    Fall,
}

const RISE: &str = "增长 增加 加大 加强 加快 增至 上升 上涨 上调 提高 提升 攀升 回升 升至 涨至 涨到 升到 扩大 增收 增大 增多 增高 增强 增值 猛增 激增 剧增 飙升 上扬 走强 扩张 加剧 大涨 走高 涨幅 增幅 增速 高出 涨 加息";
const FALL: &str = "下降 下跌 下调 下滑 减少 降低 降至 降到 跌至 跌到 缩小 回落 缩短 减小 减弱 缩减 收窄 骤降 下行 走弱 衰退 紧缩 减至 锐减 大跌 走低 跌幅 降幅 萎缩 放缓 便宜 跌 降息 降税 减税";
static RISE_EN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "rose rise rises risen rising increase increased increases increasing grew grow grown \
     growing growth climbed climb surged surge jumped gained raised raise soared expanded \
     higher",
    )
});
static FALL_EN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "fell fall falls fallen falling dropped drop drops declined decline decreased decrease \
     decreasing shrank shrunk slumped reduced reduction plunged lower lowered slid slipped \
     cut shrinking dwindled",
    )
});

/// A word, its length in characters, and what it tells.
type Form = (&'static str, usize, Direction);

/// The words by their first character.
static FORMS: LazyLock<HashMap<char, Vec<Form>>> = LazyLock::new(|| {
    let rise = RISE.split(' ').map(|word| (word, Direction::Rise));
    let fall = FALL.split(' ').map(|word| (word, Direction::Fall));
    let mut forms: HashMap<char, Vec<Form>> = HashMap::new();
    for (word, direction) in rise.chain(fall) {
        let first = word.chars().next().unwrap_or_default();
        let form = (word, word.chars().count(), direction);
        forms.entry(first).or_default().push(form);
    }
    forms
});

fn direction_at(text: &Text, i: usize) -> Option<(Direction, Range<usize>)> {
    if !is_han(text.at(i)) {
        return None;
    }
    let mut forms = FORMS.get(&text.at(i))?.iter();
    let (_, length, direction) = forms.find(|(word, ..)| text.has(i, word))?;
    Some((*direction, i..i + length))
}

/// Where the Chinese word for a direction starts that ends at a place.
pub fn word_before(text: &Text, end: usize) -> Option<usize> {
    let mut starts = (end.saturating_sub(2)..end).filter_map(|i| direction_at(text, i));
    starts
        .find(|(_, span)| span.end == end)
        .map(|(_, span)| span.start)
}

/// The direction that English word `k` tells of.
pub fn direction_word(text: &Text, k: usize) -> Option<Direction> {
    let word = text.word(k);
    // Niagara Falls
    let capital = |k: usize| text.words.get(k).is_some_and(|w| w.capital);
    if capital(k) && k > 0 && capital(k - 1) && text.joined(k - 1) {
        return None;
    }
    let followed = || {
        let next = text
            .words
            .get(k)
            .map_or(' ', |w| text.at(text.skip_spaces(w.end)));
        next.is_ascii_digit()
            || matches!(
                text.word(k + 1),
                "by" | "from" | "nearly" | "almost" | "about" | "more" | "to"
            )
    };
    // "by up to 76 %" is a bound.
    if word == "up"
        && text.word(k + 1) == "to"
        && k > 0
        && matches!(
            text.word(k - 1),
            "by" | "of" | "for" | "with" | "about" | "at"
        )
    {
        return None;
    }
    // "falls short", "raised concerns": nothing moves.
    if matches!(
        text.word(k + 1),
        "short" | "under" | "into" | "ill" | "behind" | "victim" | "concerns" | "questions" | "out"
    ) {
        return None;
    }
    if RISE_EN.contains(&word) || word == "up" && followed() {
        Some(Direction::Rise)
    } else if FALL_EN.contains(&word) || word == "down" && followed() {
        Some(Direction::Fall)
    } else {
        None
    }
}

/// The direction that goes with a quantity: the nearest word for one before it in its
/// clause, else the one straight after it. A number from which something rises or falls
/// has none.
pub fn direction_of(text: &Text, span: &Range<usize>) -> Option<(Direction, Range<usize>)> {
    let before = text.word_before(text.back_spaces(span.start));
    let start = span.start;
    if before.is_some_and(|k| text.word(k) == "from")
        || (start.saturating_sub(6)..start).any(|i| matches!(text.at(i), '由' | '从'))
    {
        return None;
    }
    let mut i = span.start;
    let from = span.start.saturating_sub(60);
    while i > from && !ends_clause(text.at(i - 1)) && !(text.at(i - 1) == ',' && text.at(i) == ' ')
    {
        i -= 1;
        if is_han(text.at(i)) {
            if span.start - i > 14 {
                break;
            }
            if let Some(found) = direction_at(text, i) {
                return Some(found);
            }
        } else if text
            .words
            .get(text.word_from(i))
            .is_some_and(|w| w.start == i)
        {
            let k = text.word_from(i);
            if let Some(direction) = direction_word(text, k) {
                return Some((direction, text.words[k].start..text.words[k].end));
            }
        }
    }
    let first = text.word_from(span.end);
    for k in first..first + 3 {
        if let Some(word) = text.words.get(k) {
            if matches!(word.lower.as_str(), "increase" | "rise" | "growth" | "jump") {
                return Some((Direction::Rise, word.start..word.end));
            }
            if matches!(
                word.lower.as_str(),
                "decrease" | "fall" | "drop" | "decline" | "reduction"
            ) {
                return Some((Direction::Fall, word.start..word.end));
            }
        }
    }
    None
}

/// The first word that tells of a direction in a part of a text.
pub fn told(text: &Text, part: Range<usize>, direction: Direction) -> Option<Range<usize>> {
    let mut words = text.words.iter().enumerate();
    let english =
        words.find(|(k, w)| part.contains(&w.start) && direction_word(text, *k) == Some(direction));
    english.map(|(_, w)| w.start..w.end).or_else(|| {
        part.into_iter().find_map(|i| {
            direction_at(text, i)
                .filter(|(d, _)| *d == direction)
                .map(|(_, span)| span)
        })
    })
}

/// Whether any word of a text may tell of a direction, in whatever way.
pub fn hinted(text: &Text, direction: Direction) -> bool {
    const RISE: &str = "增升涨高加扩大多强提攀超上快激暴飙涌壮扬起越更倍翻贵长";
    const FALL: &str = "降减跌低缩少小落滑下慢弱缓便退消衰削短松冷裁折失亏损浅轻";
    let (han, english, own): (&str, &HashSet<&str>, &HashSet<&str>) = match direction {
        Direction::Rise => (RISE, &MORE_EN, &RISE_EN),
        Direction::Fall => (FALL, &LESS_EN, &FALL_EN),
    };
    text.chars.iter().any(|c| is_han(*c) && han.contains(*c))
        || text.words.iter().any(|w| {
            let word = w.lower.as_str();
            own.contains(word) || english.contains(word)
        })
}

static MORE_EN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words("up more above over high greater larger bigger stronger faster added add expand growth")
});
static LESS_EN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words("down less below under low smaller weaker slower fewer lost loss eased ease shorter")
});

/// The one direction that a part of a text speaks of, `None` where it speaks of both or neither.
pub fn only_direction(text: &Text, part: Range<usize>) -> Option<(Direction, Range<usize>)> {
    let mut found: Option<(Direction, Range<usize>)> = None;
    let mut add = |direction: Direction, span: Range<usize>| -> bool {
        match &found {
            Some((known, _)) => *known == direction,
            None => {
                found = Some((direction, span));
                true
            }
        }
    };
    for (k, word) in text.words.iter().enumerate() {
        if part.contains(&word.start)
            && let Some(direction) = direction_word(text, k)
            && !add(direction, word.start..word.end)
        {
            return None;
        }
    }
    let mut i = part.start;
    while i < part.end {
        match direction_at(text, i) {
            Some((direction, span)) => {
                i = span.end;
                if !add(direction, span) {
                    return None;
                }
            }
            None => i += 1,
        }
    }
    found
}

fn words<T: FromIterator<&'static str>>(list: &'static str) -> T {
    list.split_whitespace().collect()
}

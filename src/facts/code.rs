//! Names that have a number in them: G7, 5G, COVID-19.

use std::ops::Range;

use super::text::{Text, is_han};
use super::unit;

/// A name with a number in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Its characters.
    pub span: Range<usize>,
    /// Its letters in lower case, `#` where the number stands: `g#`, `#g`, `covid-#`.
    pub letters: String,
    /// The number.
    pub number: u32,
}

// No name has longer numbers, or more letters beside them.
const MOST_DIGITS: usize = 4;
const MOST_LETTERS: usize = 8;

/// The names with a number in a text, in order. 新冠 names COVID-19, as the dictionary has it.
pub fn codes(text: &Text) -> Vec<Code> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < text.chars.len() {
        if text.has(i, "新冠") {
            found.push(Code {
                span: i..i + 2,
                letters: "covid-#".to_owned(),
                number: 19,
            });
        }
        if !text.at(i).is_ascii_digit() {
            i += 1;
            continue;
        }
        let start = i;
        while text.at(i).is_ascii_digit() {
            i += 1;
        }
        if i - start <= MOST_DIGITS && in_code(text, start) {
            found.extend(code(text, start..i));
        }
    }
    found
}

fn code(text: &Text, digits: Range<usize>) -> Option<Code> {
    let number = text.slice(digits.clone()).parse().ok()?;
    let (mut start, mut end) = (digits.start, digits.end);
    while digits.start - start < MOST_LETTERS
        && (text.before(start).is_ascii_alphabetic()
            || start == digits.start && text.before(start) == '-')
    {
        start -= 1;
    }
    while end - digits.end < MOST_LETTERS && text.at(end).is_ascii_alphabetic() {
        end += 1;
    }
    let before = text.slice(start..digits.start).to_lowercase();
    let after = text.slice(digits.end..end).to_lowercase();
    Some(Code {
        span: start..end,
        letters: format!("{before}#{after}"),
        number,
    })
}

/// Whether what stands at `end` makes a number before it one that counts: 空客A350是 is no
/// such number, 售价USD350万 and 共AI100强 are.
fn counted(text: &Text, end: usize) -> bool {
    if text.at(end) == '%' {
        return true;
    }
    const COUNTERS: &str = "年月日号个人家名位次种项届台条座强后多余来几万亿千百十点时股版级线路";
    is_han(text.at(end)) && (COUNTERS.contains(text.at(end)) || unit::chinese(text, end).is_some())
}

/// Whether digits are glued to letters and so part of a name rather than a number.
pub(super) fn in_code(text: &Text, i: usize) -> bool {
    let before = text.before(i);
    let mut end = i;
    while end < i + 8 && text.at(end).is_ascii_digit() {
        end += 1;
    }
    // 36x24mm is two lengths.
    if matches!(before, 'x' | 'X') && i > 1 && text.at(i - 2).is_ascii_digit() {
        return false;
    }
    if before.is_ascii_alphabetic() {
        // RMB280 is money, and so is any code of three capitals before a decimal (RUB12.4).
        let word = text.word_before(i).map_or("", |k| text.word(k));
        let code = || {
            let letters = i.saturating_sub(3)..i;
            word.len() == 3 && letters.clone().all(|k| text.at(k).is_ascii_uppercase())
        };
        let decimal = text.at(end) == '.' && text.at(end + 1).is_ascii_digit();
        return !counted(text, end) && unit::sign(word).is_none() && !(decimal && code());
    }
    if before == '-' && i > 1 && text.at(i - 2).is_ascii_alphabetic() {
        let word = text.word_before(i).map_or("", |k| text.word(k));
        return !matches!(
            word,
            "mid" | "late" | "early" | "pre" | "post" | "under" | "over" | "sub"
        );
    }
    // 3M is a firm.
    if text.has(i, "3M") && !matches!(before, '$' | '£' | '€' | '¥' | '.' | ',') {
        return !text.at(end + 1).is_ascii_alphanumeric();
    }
    // 5G, 4K, 3D: a capital straight after, and no unit.
    if matches!(text.at(end), 'G' | 'D') && !text.at(end + 1).is_ascii_alphabetic() {
        return true;
    }
    text.at(end).is_ascii_uppercase()
        && !text.at(end + 1).is_ascii_lowercase()
        && !matches!(text.at(end), 'C' | 'F' | 'K' | 'M')
        && unit::english(text, text.word_from(end)).is_none()
}

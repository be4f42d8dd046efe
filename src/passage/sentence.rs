//! Where sentences end, in Chinese and English mixed as the news mixes them.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// A quotation up to this many characters is not cut; a longer one is cut at its own sentence ends.
const QUOTE_REACH: usize = 150;
/// A remark such as (完) of at most this many characters at the end of a line goes with its sentence.
const REMARK_REACH: usize = 12;
/// How far after a quotation "he said" may stand.
const SAYING_REACH: usize = 12;

/// Abbreviations that something always follows.
const OPEN_ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "gen", "col", "lt", "sgt", "capt", "cmdr", "gov", "sen",
    "rep", "rev", "hon", "pres", "vs", "cf", "approx", "no", "nos", "vol", "fig", "figs", "sec",
    "art", "pp", "e.g", "i.e", "viz", "jan", "feb", "aug", "sept", "sep", "oct", "nov", "dec",
    "mt", "ft", "messrs", "mme", "mlle",
];
/// Abbreviations that may end a sentence; the next word decides.
const CLOSING_ABBREVIATIONS: &[&str] = &[
    "inc", "ltd", "co", "corp", "bros", "etc", "jr", "sr", "al", "a.m", "p.m", "ph.d", "dept",
    "univ", "est", "ave", "blvd", "rd", "llc",
];
/// Words that open a sentence and seldom a name.
const OPENERS: &[&str] = &[
    "The",
    "A",
    "An",
    "In",
    "On",
    "At",
    "It",
    "Its",
    "He",
    "She",
    "They",
    "We",
    "You",
    "I",
    "This",
    "That",
    "These",
    "Those",
    "But",
    "And",
    "However",
    "As",
    "For",
    "With",
    "When",
    "While",
    "If",
    "After",
    "Before",
    "There",
    "His",
    "Her",
    "Their",
    "Our",
    "What",
    "Why",
    "How",
    "Since",
    "Last",
    "Meanwhile",
    "Also",
    "Some",
    "Many",
    "Most",
    "No",
    "Not",
    "So",
    "To",
    "By",
    "From",
];

/// The sentences of `text` in order, as spans of Unicode scalars without the
/// blanks around them. All that is not blank is in exactly one of them.
///
/// A sentence ends at 。！？；…… and their kin, at `.` `!` `?` where English ends
/// (not in decimals, addresses, initials, `U.S.` or after `Dr.`), and at a line
/// feed. Closing quotes and brackets stay with it; a short quotation is not cut.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let chars: Vec<char> = text.chars().collect();
    sentences_of(&chars)
}

pub(super) fn sentences_of(chars: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    // Whether a straight quotation mark is open on this line.
    let mut straight = false;
    while at < chars.len() {
        if chars[at] == '\n' {
            push(chars, start..at, &mut found);
            start = at + 1;
            straight = false;
            at += 1;
            continue;
        }
        if let Some(close) = closing(chars, at, straight) {
            at = close + 1;
            if quotation_ends(chars, close, start) {
                at = absorb(chars, at, &mut straight);
                push(chars, start..at, &mut found);
                start = at;
            }
            continue;
        }
        straight ^= chars[at] == '"';
        let end = ends_at(chars, at, start);
        at += 1;
        if end {
            at = absorb(chars, at, &mut straight);
            push(chars, start..at, &mut found);
            start = at;
        }
    }
    push(chars, start..chars.len(), &mut found);
    found
}

/// Whether no grapheme spans the place between `chars[at - 1]` and `chars[at]`,
/// seen from these two alone.
pub(super) fn is_boundary(chars: &[char], at: usize) -> bool {
    if at == 0 || at >= chars.len() || is_cjk(chars[at]) || chars[at].is_ascii() {
        return true;
    }
    let pair: String = chars[at - 1..=at].iter().collect();
    pair.graphemes(true).count() > 1
}

/// Whether `c` belongs to the scripts that are written without blanks, or to their punctuation.
pub(crate) fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{2fdf}' | '\u{3000}'..='\u{3029}' | '\u{3030}'..='\u{3098}' | '\u{309b}'..='\u{31ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

fn push(chars: &[char], span: Range<usize>, found: &mut Vec<Range<usize>>) {
    let Range { mut start, mut end } = span;
    while start < end && chars[start].is_whitespace() && is_boundary(chars, start + 1) {
        start += 1;
    }
    while end > start && chars[end - 1].is_whitespace() {
        end -= 1;
    }
    if start < end {
        found.push(start..end);
    }
}

/// The place of the mark that closes the quotation or bracket opened at `at`, if
/// that is near; `straight` tells whether a `"` here would close.
fn closing(chars: &[char], at: usize, straight: bool) -> Option<usize> {
    let open = chars[at];
    let close = match open {
        '“' => '”',
        '‘' => '’',
        '「' => '」',
        '『' => '』',
        '《' => '》',
        '（' => '）',
        '(' => ')',
        '【' => '】',
        '"' if !straight => '"',
        _ => return None,
    };
    let mut depth = 0;
    for (place, &c) in chars.iter().enumerate().skip(at + 1).take(QUOTE_REACH) {
        if c == '\n' {
            return None;
        } else if c == close && (depth == 0 || open == '"') {
            return Some(place);
        } else if c == close {
            depth -= 1;
        } else if c == open {
            depth += 1;
        }
    }
    None
}

/// Whether the sentence ends with the quotation closed at `close`: the
/// quotation itself ended a sentence and nobody is named afterwards who said it.
fn quotation_ends(chars: &[char], close: usize, start: usize) -> bool {
    if !is_quote(chars[close]) || close == start {
        return false;
    }
    let last = chars[close - 1];
    if !is_full_stop(last) && !matches!(last, '.' | '…') {
        return false;
    }
    let rest = &chars[close + 1..];
    let Some(next) = rest
        .iter()
        .find(|c| !c.is_whitespace() || **c == '\n')
        .copied()
    else {
        return true;
    };
    if next == '\n' {
        return true;
    }
    if next.is_lowercase() || is_pause(next) || is_full_stop(next) {
        return false;
    }
    let saying = rest
        .iter()
        .take(SAYING_REACH)
        .take_while(|c| !is_full_stop(**c) && !is_pause(**c) && **c != '\n')
        .any(|c| {
            matches!(
                c,
                '说' | '説' | '說' | '问' | '問' | '道' | '称' | '稱' | '喊' | '答' | '表'
            )
        });
    !saying
}

/// Whether a sentence that began at `start` ends with the character at `at`.
fn ends_at(chars: &[char], at: usize, start: usize) -> bool {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '。' | '！' | '？' | '｡' | '।' | '؟' | '۔' | '；' => true,
        '．' => {
            at > start && !chars[at - 1].is_ascii_digit() && !('０'..='９').contains(&chars[at - 1])
        }
        // A lone or double ellipsis breaks off, unless the sentence visibly goes on.
        '…' => match next {
            Some('…') => false,
            Some(next) => !is_pause(next) && !matches!(next, '等' | '的' | '：' | '.'),
            None => true,
        },
        '!' | '?' => stands_free(chars, at) && !goes_on(chars, at),
        '.' => full_stop(chars, at, start),
        _ => false,
    }
}

/// Whether the ASCII mark at `at` is punctuation, not part of an address or a figure.
fn stands_free(chars: &[char], at: usize) -> bool {
    chars.get(at + 1).is_none_or(|next| {
        next.is_whitespace()
            || is_cjk(*next)
            || is_closer(*next)
            || matches!(next, '“' | '!' | '?' | '"' | '…')
    })
}

/// Whether what follows the mark at `at` begins in lower case or with a pause.
fn goes_on(chars: &[char], at: usize) -> bool {
    chars[at + 1..]
        .iter()
        .take_while(|c| **c != '\n')
        .find(|c| !c.is_whitespace() && !is_closer(**c))
        .is_some_and(|c| c.is_lowercase() || is_pause(*c))
}

fn full_stop(chars: &[char], at: usize, start: usize) -> bool {
    let next = chars.get(at + 1).copied();
    if next == Some('.') || !stands_free(chars, at) {
        return false;
    }
    let Some(previous) = at.checked_sub(1).filter(|p| *p >= start).map(|p| chars[p]) else {
        return false;
    };
    if next.is_some_and(is_cjk) {
        // 完成.下一句 ends; "1.中国" and "Inc.公司" do not.
        return is_cjk(previous) || is_closer(previous);
    }
    if goes_on(chars, at) {
        return false;
    }
    let rest: String = chars[at + 1..]
        .iter()
        .take_while(|c| **c != '\n')
        .skip_while(|c| c.is_whitespace() || is_closer(**c) || matches!(c, '“' | '"' | '('))
        .take_while(|c| c.is_alphanumeric())
        .take(12)
        .collect();
    if rest.is_empty() {
        return true;
    }
    let from = chars[start..at]
        .iter()
        .rposition(|c| (!c.is_alphanumeric() || is_cjk(*c)) && *c != '.')
        .map_or(start, |place| start + place + 1);
    let word: String = chars[from..at].iter().collect::<String>().to_lowercase();
    if word.is_empty() {
        return true;
    }
    let opener = OPENERS.contains(&rest.as_str());
    let opens = chars[start..from].iter().all(|c| c.is_whitespace());
    let listed = opens && word.chars().all(|c| c.is_ascii_digit());
    let initials = word
        .split('.')
        .all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic));
    if OPEN_ABBREVIATIONS.contains(&word.as_str()) || listed {
        // "The answer was no. The …" against "No. 5".
        return word == "no" && opener;
    }
    if initials || CLOSING_ABBREVIATIONS.contains(&word.as_str()) {
        return opener;
    }
    true
}

/// Passes over what stays with a sentence that has ended before `at`: more
/// marks, closing quotes and brackets, a short remark at the end of the line.
fn absorb(chars: &[char], mut at: usize, straight: &mut bool) -> usize {
    while at < chars.len() {
        let c = chars[at];
        if c == '"' && *straight {
            *straight = false;
        } else if !is_full_stop(c) && !is_closer(c) && c != '…' && is_boundary(chars, at) {
            break;
        }
        at += 1;
    }
    let Some(open) = chars[at..]
        .iter()
        .position(|c| *c != ' ')
        .map(|blank| at + blank)
    else {
        return at;
    };
    if matches!(chars[open], '（' | '(') {
        let line = chars[open..]
            .iter()
            .take(REMARK_REACH + 2)
            .take_while(|c| **c != '\n')
            .count();
        let closed = matches!(chars[open + line - 1], '）' | ')');
        let whole = chars.get(open + line).is_none_or(|c| *c == '\n');
        if closed && whole {
            return open + line;
        }
    }
    at
}

fn is_full_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '!' | '?' | '｡' | '।' | '؟' | '۔')
}

fn is_pause(c: char) -> bool {
    matches!(c, '，' | ',' | '、' | '；' | ';' | '：' | ':' | '—' | '–')
}

fn is_quote(c: char) -> bool {
    matches!(c, '”' | '’' | '」' | '』' | '"')
}

fn is_closer(c: char) -> bool {
    matches!(
        c,
        '”' | '’' | '」' | '』' | '》' | '〉' | '）' | ')' | '】' | '〕' | ']' | '}'
    )
}

//! Text as it came into text as it is kept: one form for each thing that looks alike.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::article::Paragraph;
use crate::passage::{self, is_cjk};

/// A block this long ([`passage::length`]) is split: 450 Chinese characters.
const BLOCK_LENGTH: usize = 900;
/// One line of several is split only beyond this: 1,500 Chinese characters.
const LINE_LENGTH: usize = 3000;
/// What the paragraphs of a split block aim at: 300 Chinese characters, 200 English words.
const PARAGRAPH_LENGTH: usize = 600;
/// A split leaves quotations whole that close within this many characters.
const QUOTE_REACH: usize = 600;

/// The text in NFC with `\n` for every kind of line end, one blank for a run of
/// blanks of any width, none at line ends, and without what cannot be seen:
/// zero-width, control and direction marks. Digits and punctuation keep their width.
pub fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut blank = false;
    let mut previous = ' ';
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                blank = false;
                out.push('\n');
                previous = '\n';
            }
            _ if c.is_whitespace() => blank = true,
            _ if is_unseen(c) || (is_joiner(c) && !joins(previous)) => {}
            _ => {
                if blank && previous != '\n' && !out.is_empty() {
                    out.push(' ');
                }
                blank = false;
                out.push(c);
                previous = c;
            }
        }
    }
    let kept = out.trim();
    if is_nfc(kept) {
        kept.to_owned()
    } else {
        kept.nfc().collect()
    }
}

/// [`text`] on one line.
pub fn line(raw: &str) -> String {
    text(raw)
        .split('\n')
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Characters that a label may have.
const LONGEST_LABEL: usize = 200;

/// What a reader calls something, on one line.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn label(raw: &str) -> Result<String, &'static str> {
    let line = line(raw);
    if line.is_empty() {
        Err("is empty; fill it, or leave it out where it may be")
    } else if line.chars().count() > LONGEST_LABEL {
        Err("is longer than 200 characters; shorten it")
    } else if !is_printable(&line) {
        Err("holds characters that cannot be seen; leave them out")
    } else {
        Ok(line)
    }
}

/// Whether every character can be seen or stands for a blank.
pub fn is_printable(text: &str) -> bool {
    !text
        .chars()
        .any(|c| is_unseen(c) || is_joiner(c) || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// Normalised text and its paragraphs from given paragraphs; blank ones are left out.
pub fn given(raw: &[String]) -> (String, Vec<Paragraph>) {
    let lines: Vec<String> = raw
        .iter()
        .map(|one| line(one))
        .filter(|one| !one.is_empty())
        .collect();
    let mut spans = Vec::with_capacity(lines.len());
    let mut start = 0;
    for one in &lines {
        let end = start + one.chars().count();
        spans.push(start..end);
        start = end + 1;
    }
    (lines.join("\n"), numbered(spans))
}

/// Normalised text and its paragraphs: its lines; a text that is one long block is
/// split at sentence ends, and so is a single line of exceeding length.
pub fn split(raw: &str) -> (String, Vec<Paragraph>) {
    let normal = text(raw);
    let lines: Vec<&str> = normal.split('\n').filter(|line| !line.is_empty()).collect();
    let longest = if lines.len() > 1 {
        LINE_LENGTH
    } else {
        BLOCK_LENGTH
    };
    let mut spans = Vec::with_capacity(lines.len());
    let mut start = 0;
    for one in &lines {
        let end = start + one.chars().count();
        if passage::length(one) > longest {
            spans.extend(
                block(one)
                    .into_iter()
                    .map(|span| start + span.start..start + span.end),
            );
        } else {
            spans.push(start..end);
        }
        start = end + 1;
    }
    (lines.join("\n"), numbered(spans))
}

/// Cuts one line at sentence ends into spans of about [`PARAGRAPH_LENGTH`].
fn block(line: &str) -> Vec<Range<usize>> {
    let chars: Vec<char> = line.chars().collect();
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut size = 0;
    for sentence in passage::sentences(line) {
        let added = passage::length(&chars[sentence.clone()].iter().collect::<String>());
        match spans.last_mut() {
            Some(span)
                if joins_on(size, added) || within_quote(&chars, span.start, sentence.start) =>
            {
                span.end = sentence.end;
                size += added;
            }
            _ => {
                spans.push(sentence);
                size = added;
            }
        }
    }
    // A short rest is no paragraph of its own.
    if let [.., last, rest] = spans.as_mut_slice()
        && size < PARAGRAPH_LENGTH / 3
    {
        last.end = rest.end;
        spans.pop();
    }
    spans
}

/// Whether a paragraph comes nearer to its length with the next sentence than without.
fn joins_on(size: usize, added: usize) -> bool {
    (size + added).abs_diff(PARAGRAPH_LENGTH) < size.abs_diff(PARAGRAPH_LENGTH)
}

/// Whether a quotation opened since `start` closes only after `at`, and near.
fn within_quote(chars: &[char], start: usize, at: usize) -> bool {
    [('“', '”'), ('「', '」'), ('『', '』')]
        .into_iter()
        .any(|(open, close)| {
            let Some(opened) = chars[start..at].iter().rposition(|c| *c == open) else {
                return false;
            };
            !chars[start + opened..at].contains(&close)
                && chars[at..]
                    .iter()
                    .take(QUOTE_REACH)
                    .find(|c| **c == open || **c == close)
                    .is_some_and(|c| *c == close)
        })
}

fn numbered(spans: Vec<Range<usize>>) -> Vec<Paragraph> {
    (1..)
        .zip(spans)
        .map(|(n, Range { start, end })| Paragraph { n, start, end })
        .collect()
}

/// What leaves no trace on a page, and could only mislead a reader or a model.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// Zero width joiner and non-joiner.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Whether a joiner after `c` has a meaning: in emoji and in scripts whose letters join.
fn joins(c: char) -> bool {
    !c.is_ascii() && !is_cjk(c) && !is_joiner(c)
}

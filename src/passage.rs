//! An article's text into passages, the units that are embedded and retrieved. Pure.

mod sentence;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::article::Paragraph;
pub(crate) use sentence::is_cjk;
pub use sentence::sentences;

/// Length of a passage in the units of [`length`]: 300 Chinese characters or 200 English words.
pub const PASSAGE_LENGTH: usize = 600;

/// Whole consecutive sentences of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Its place in the article, from 0.
    pub ordinal: u32,
    /// The paragraph in which it starts, from 1.
    pub paragraph: u32,
    /// First character (Unicode scalar) in the article's text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// The passages of a text with these paragraphs, in order.
///
/// Each is as many whole sentences as fit in [`PASSAGE_LENGTH`], beginning with
/// the last one of the passage before. Only a sentence that is longer than a
/// passage is cut: at a pause (，、；) where there is one, never within a
/// grapheme. A short rest joins the last passage.
pub fn passages(text: &str, paragraphs: &[Paragraph]) -> Vec<Passage> {
    let chars: Vec<char> = text.chars().collect();
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for sentence in sentence::sentences_of(&chars) {
        cut(&chars, sentence, &mut pieces);
    }
    let lengths: Vec<usize> = pieces
        .iter()
        .map(|piece| length_of(&chars[piece.clone()]))
        .collect();
    let mut rest: usize = lengths.iter().sum();
    let mut found = Vec::new();
    let mut first = 0;
    let mut next = 0;
    while next < pieces.len() {
        let overlap: usize = lengths[first..next].iter().sum();
        let mut size = overlap;
        while next < pieces.len() && (size == overlap || size + lengths[next] <= PASSAGE_LENGTH) {
            size += lengths[next];
            rest -= lengths[next];
            next += 1;
        }
        if rest < PASSAGE_LENGTH / 4 {
            next = pieces.len();
        }
        let (start, end) = (pieces[first].start, pieces[next - 1].end);
        found.push(Passage {
            ordinal: u32::try_from(found.len()).unwrap_or(u32::MAX),
            paragraph: paragraph_at(paragraphs, start),
            start,
            end,
        });
        // The overlap is left out where it would leave no room for what is new.
        let fits = |new: &usize| lengths[next - 1] + new <= PASSAGE_LENGTH;
        first = if next - 1 > first && lengths.get(next).is_some_and(fits) {
            next - 1
        } else {
            next
        };
    }
    found
}

/// How much there is to read: two units for each character of Chinese and its
/// kin, three for each word of scripts with blanks (long ones more), so that
/// texts in two languages are measured fairly.
pub fn length(text: &str) -> usize {
    let chars: Vec<char> = text.chars().collect();
    length_of(&chars)
}

/// The number of the paragraph that holds the character at `place`, or of the
/// last one before it; 1 where there is none.
pub fn paragraph_at(paragraphs: &[Paragraph], place: usize) -> u32 {
    let after = paragraphs.partition_point(|paragraph| paragraph.start <= place);
    after.checked_sub(1).map_or(1, |index| paragraphs[index].n)
}

fn length_of(chars: &[char]) -> usize {
    let mut word = 0;
    chars.iter().map(|c| step(*c, &mut word)).sum()
}

/// What `c` adds to a length; `word` counts the characters of the word it may continue.
fn step(c: char, word: &mut usize) -> usize {
    if c.is_alphanumeric() && !is_cjk(c) {
        *word += 1;
        return if *word % 12 == 1 { 3 } else { 0 };
    }
    *word = 0;
    match c {
        _ if c.is_whitespace() => 0,
        _ if c.is_ascii() => 1,
        _ => 2,
    }
}

/// Cuts what is longer than a passage, and hands on the rest as it is.
fn cut(chars: &[char], sentence: Range<usize>, pieces: &mut Vec<Range<usize>>) {
    let Range { mut start, end } = sentence;
    while length_of(&chars[start..end]) > PASSAGE_LENGTH {
        let mut word = 0;
        let mut size = 0;
        let mut reach = start;
        let mut pause = None;
        while reach < end {
            size += step(chars[reach], &mut word);
            if size > PASSAGE_LENGTH {
                break;
            }
            reach += 1;
            if size > PASSAGE_LENGTH / 3 && is_clause_end(chars, reach) {
                pause = Some(reach);
            }
        }
        let stop = pause.unwrap_or_else(|| grapheme_before(chars, start, reach, end));
        pieces.push(start..stop);
        start = stop;
        while start < end && chars[start].is_whitespace() && sentence::is_boundary(chars, start + 1)
        {
            start += 1;
        }
    }
    if start < end {
        pieces.push(start..end);
    }
}

/// Whether a clause ends before `at`: after a pause that is not within a number.
fn is_clause_end(chars: &[char], at: usize) -> bool {
    let mark = chars[at - 1];
    let next = chars.get(at).copied().unwrap_or('\n');
    let pause = matches!(mark, '，' | '、' | '；' | '：' | '。' | '！' | '？' | '…')
        || (matches!(mark, ',' | ';' | ':') && (next.is_whitespace() || is_cjk(next)))
        || (next.is_whitespace() && !mark.is_whitespace());
    pause && sentence::is_boundary(chars, at)
}

/// The last grapheme boundary in `start..=reach`, or the first after `start` when a
/// single grapheme is longer than that.
fn grapheme_before(chars: &[char], start: usize, reach: usize, end: usize) -> usize {
    let text: String = chars[start..end].iter().collect();
    let mut stop = start;
    for grapheme in text.graphemes(true) {
        let next = stop + grapheme.chars().count();
        if next > reach && stop > start {
            break;
        }
        stop = next;
    }
    stop
}

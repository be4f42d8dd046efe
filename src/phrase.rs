//! A model's statement as it can be shown: on one line, each sentence once, and none
//! that was cut off. Pure.
//!
//! Small models repeat themselves, write up to the length allowed, and end a string
//! in the middle of a sentence.

use crate::{article::slice, passage};

/// How many characters fewer than allowed a statement that was cut off may have: a last
/// word that did not fit.
const SHORT_OF_LONGEST: usize = 12;

/// Words that no English sentence ends with: what follows them is missing.
const UNFINISHED: [&str; 20] = [
    "a", "an", "and", "are", "as", "at", "but", "by", "for", "from", "is", "of", "or", "than",
    "the", "their", "to", "was", "were", "with",
];

/// Signs after which more must follow: the string ended at "production and service-".
const JOINERS: [char; 10] = ['-', '–', '—', '(', '（', '“', '「', '/', '&', '·'];

/// The whole sentences of `text`, which was allowed `longest` characters; `None` where
/// nothing is left that says anything.
pub fn whole_sentences(text: &str, longest: usize) -> Option<String> {
    let text = line(text);
    let spans = passage::sentences(&text);
    let ends = spans
        .iter()
        .skip(1)
        .map(|next| next.start)
        .chain([text.chars().count()]);
    let mut kept: Vec<&str> = Vec::new();
    for (span, end) in spans.iter().zip(ends) {
        // The blank after a sentence goes with it: Chinese has none.
        let sentence = slice(&text, span.start, end);
        if !kept.iter().any(|told| told.trim() == sentence.trim()) {
            kept.push(sentence);
        }
    }
    let full = text.chars().count() + SHORT_OF_LONGEST >= longest;
    if kept.last().is_some_and(|last| is_cut(last.trim(), full)) {
        kept.pop();
    }
    let kept = kept.concat().trim().to_owned();
    kept.contains(char::is_alphanumeric).then_some(kept)
}

/// Whether a last sentence lacks its end. Without a stop alone it does not: many are
/// written so.
fn is_cut(sentence: &str, full: bool) -> bool {
    if sentence.ends_with(JOINERS) {
        return true;
    }
    if sentence.ends_with(|c: char| !c.is_alphanumeric() && c != ',' && c != '，') {
        return false;
    }
    let last = sentence.rsplit(' ').next().unwrap_or_default();
    full || UNFINISHED.contains(&last)
}

/// On one line, without blanks at its ends.
pub fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

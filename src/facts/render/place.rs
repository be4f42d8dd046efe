//! Places of a Chinese text by their English names.

use std::ops::Range;

use crate::dictionary;
use crate::facts::name::{GAZETTEER, Place};
use crate::facts::text::Text;
use crate::lexical;

/// The places that a Chinese text names by a word that is nothing else, as characters
/// of the text, each with its English name.
pub(super) fn in_english(text: &Text) -> Vec<(Range<usize>, String)> {
    let chars: String = text.chars.iter().collect();
    let mut start = 0;
    let mut places = Vec::new();
    for word in lexical::words(&chars) {
        let span = start..start + word.chars().count();
        start = span.end;
        if span.len() < 2 || !is_only_a_name(word) {
            continue;
        }
        let place = GAZETTEER.chinese(word).first().map(|i| GAZETTEER.place(*i));
        if let Some(name) = place.and_then(|place| english(place, word)) {
            places.push((span, name));
        }
    }
    places
}

/// 平安 is a district, but peace more often.
fn is_only_a_name(word: &str) -> bool {
    dictionary::entries(word).iter().all(|entry| {
        entry
            .pinyin_numbers
            .starts_with(|c: char| c.is_ascii_uppercase())
    })
}

/// The name for the full or the short Chinese form, and not for what is merely of the
/// place: 美军 is no name of America.
fn english(place: &Place, word: &str) -> Option<String> {
    let full = place.chinese.first()?;
    let kind = full.strip_prefix(word);
    if full != word && kind.is_none_or(|kind| kind.chars().count() != 1) {
        return None;
    }
    let name = titled(place.english.first()?);
    Some(match word.chars().last() {
        Some('区') => format!("{name} District"),
        Some('县') => format!("{name} County"),
        Some('省') => format!("{name} Province"),
        _ => name,
    })
}

fn titled(name: &str) -> String {
    let words = name.split(' ').map(|word| {
        let mut chars = word.chars();
        match chars.next() {
            Some(first) if !["of", "and", "the"].contains(&word) => {
                first.to_uppercase().chain(chars).collect()
            }
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<String>>().join(" ")
}

//! The dictionary turned round: stemmed words of its English glosses to Chinese words.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::dictionary::{self, Entry};
use crate::lexical;

/// A Chinese word whose gloss holds a phrase, and how certain that makes it a translation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The word in simplified characters.
    pub word: &'static str,
    /// 1 where the phrase is the whole first gloss of a usual word, less the more
    /// else is said and the rarer the word.
    pub certainty: f32,
}

/// Glosses by the stems in them.
#[derive(Debug, Default)]
pub struct Glosses {
    stems: HashMap<String, u32>,
    /// All glosses one after another.
    text: Vec<u32>,
    glosses: Vec<Gloss>,
    /// For each stem the glosses that hold it.
    holding: Vec<Vec<u32>>,
    /// Surnames by their toneless pinyin.
    surnames: HashMap<String, Vec<&'static str>>,
    syllables: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy)]
struct Gloss {
    word: &'static str,
    start: u32,
    length: u8,
    /// Its place among the word's senses.
    place: u8,
    usual: f32,
}

/// How likely a character is meant that stands alone, beside a word of several.
const SINGLE_CHARACTER: f32 = 0.75;
/// Longer glosses explain and do not translate.
const MOST_STEMS: usize = 12;

/// The place among a word's senses that what translators write for it counts as.
const TRANSLATED_PLACE: usize = 1;

/// Built at first use.
pub static GLOSSES: LazyLock<Glosses> = LazyLock::new(build);

impl Glosses {
    /// The words that a phrase, given by its stems, may stand for.
    pub fn find(&self, phrase: &[&str]) -> Vec<Candidate> {
        let Some(wanted) = phrase
            .iter()
            .map(|stem| self.stems.get(*stem).copied())
            .collect::<Option<Vec<u32>>>()
        else {
            return Vec::new();
        };
        let Some(rarest) = wanted
            .iter()
            .min_by_key(|stem| self.holding[**stem as usize].len())
        else {
            return Vec::new();
        };
        let mut best: HashMap<&'static str, f32> = HashMap::new();
        for id in &self.holding[*rarest as usize] {
            let gloss = self.glosses[*id as usize];
            let start = gloss.start as usize;
            let stems = &self.text[start..start + gloss.length as usize];
            let Some(at) = stems
                .windows(wanted.len())
                .position(|window| window == wanted)
            else {
                continue;
            };
            let rest = stems.len() - wanted.len();
            let whole = if rest == 0 {
                1.0
            } else {
                // What ends a gloss is what it is about; what begins it sets it apart.
                let head = if at == rest { 0.5 } else { 0.35 };
                head * (wanted.len() as f32 / stems.len() as f32)
            };
            let certainty = gloss.usual * whole / (1.0 + 0.25 * f32::from(gloss.place));
            best.entry(gloss.word)
                .and_modify(|known| *known = known.max(certainty))
                .or_insert(certainty);
        }
        let mut found: Vec<Candidate> = best
            .into_iter()
            .map(|(word, certainty)| Candidate { word, certainty })
            .collect();
        found.sort_by(|a, b| {
            b.certainty
                .total_cmp(&a.certainty)
                .then_with(|| a.word.cmp(b.word))
        });
        found
    }

    /// Surnames read like this, the usual ones first.
    pub fn surnames(&self, syllable: &str) -> &[&'static str] {
        self.surnames.get(syllable).map_or(&[], Vec::as_slice)
    }

    /// The ways to cut a lower-case word into toneless syllables of pinyin.
    pub fn syllables<'a>(&self, word: &'a str) -> Vec<Vec<&'a str>> {
        let mut found = Vec::new();
        self.cut(word, &mut Vec::new(), &mut found);
        found
    }

    fn cut<'a>(&self, rest: &'a str, before: &mut Vec<&'a str>, found: &mut Vec<Vec<&'a str>>) {
        if rest.is_empty() {
            found.push(before.clone());
            return;
        }
        if before.len() == 5 {
            return;
        }
        for end in (1..=rest.len().min(6)).filter(|end| rest.is_char_boundary(*end)) {
            if self.syllables.contains(&rest[..end]) {
                before.push(&rest[..end]);
                self.cut(&rest[end..], before, found);
                before.pop();
            }
        }
    }

    fn add(&mut self, entry: Entry, cache: &mut HashMap<String, Vec<u32>>) {
        let usual = usual(entry.simplified);
        for (place, sense) in entry.english.iter().enumerate() {
            if let Some(name) = sense.strip_prefix("surname ") {
                if entry.simplified.chars().count() <= 2 {
                    let key: String = name
                        .chars()
                        .take_while(|c| c.is_alphabetic())
                        .flat_map(char::to_lowercase)
                        .collect();
                    let named = self.surnames.entry(key).or_default();
                    if !named.contains(&entry.simplified) {
                        named.push(entry.simplified);
                    }
                }
                continue;
            }
            for piece in pieces(sense) {
                self.gloss(entry.simplified, place, &piece, usual, cache);
            }
        }
    }

    /// Adds what is said at a `place` of a word's senses.
    fn gloss(
        &mut self,
        of: &'static str,
        place: usize,
        piece: &str,
        usual: f32,
        cache: &mut HashMap<String, Vec<u32>>,
    ) {
        let start = self.text.len();
        for word in piece.split(|c: char| !c.is_alphanumeric() && c != '\'') {
            if word.is_empty() {
                continue;
            }
            if !cache.contains_key(word) {
                let ids = lexical::terms(word)
                    .into_iter()
                    .map(|stem| {
                        let next = self.stems.len() as u32;
                        *self.stems.entry(stem).or_insert(next)
                    })
                    .collect();
                cache.insert(word.to_owned(), ids);
            }
            self.text.extend(&cache[word]);
        }
        let length = self.text.len() - start;
        if length == 0 || length > MOST_STEMS {
            self.text.truncate(start);
            return;
        }
        self.holding.resize_with(self.stems.len(), Vec::new);
        let id = self.glosses.len() as u32;
        for stem in &self.text[start..] {
            let holding = &mut self.holding[*stem as usize];
            if holding.last() != Some(&id) {
                holding.push(id);
            }
        }
        self.glosses.push(Gloss {
            word: of,
            start: start as u32,
            length: length as u8,
            place: place.min(255) as u8,
            usual,
        });
    }
}

/// How likely a word is used, for all that is known of it: 0 to 1 by its frequency.
fn usual(word: &str) -> f32 {
    let frequency = ((lexical::frequency(word) + 1) as f32).ln() / 10.0;
    let single = if word.chars().nth(1).is_none() {
        SINGLE_CHARACTER
    } else {
        1.0
    };
    frequency.clamp(0.3, 1.0) * single
}

/// The glosses of a sense: without brackets, and none of a mere reference.
pub(super) fn pieces(sense: &str) -> Vec<String> {
    const REFERENCES: &[&str] = &[
        "variant of",
        "old variant of",
        "see ",
        "used in ",
        "CL:",
        "abbr. for",
        "also written",
        "Japanese variant of",
        "erhua variant of",
        "(bound form",
        "Kangxi radical",
    ];
    let sense = sense.strip_prefix("(bound form) ").unwrap_or(sense);
    if REFERENCES.iter().any(|start| sense.starts_with(start)) {
        return Vec::new();
    }
    let plain = dictionary::without_brackets(sense);
    plain
        .split([';', ','])
        .map(|piece| {
            let piece = piece.trim();
            piece.strip_prefix("to ").unwrap_or(piece).to_owned()
        })
        .filter(|piece| !piece.is_empty())
        .collect()
}

/// The dictionary has no list of its words; those of one and two syllables are
/// found by their pinyin, longer ones where a list has them.
fn build() -> Glosses {
    let mut glosses = Glosses::default();
    for c in '\u{4E00}'..='\u{9FFF}' {
        let mut buffer = [0; 4];
        for entry in dictionary::entries(c.encode_utf8(&mut buffer)) {
            glosses.syllables.extend(toneless(entry.pinyin_numbers));
        }
    }
    let syllables: Vec<String> = glosses.syllables.iter().cloned().collect();
    let mut cache = HashMap::new();
    for first in &syllables {
        for entry in dictionary::by_pinyin(first) {
            glosses.add(entry, &mut cache);
        }
        for second in &syllables {
            for entry in dictionary::by_pinyin(&format!("{first}{second}")) {
                if entry.simplified.chars().count() == 2 {
                    glosses.add(entry, &mut cache);
                }
            }
        }
    }
    let longer = [
        include_str!("words.txt"),
        include_str!("../facts/places.txt"),
        include_str!("../facts/persons.txt"),
    ];
    for word in longer.into_iter().flat_map(str::lines) {
        if word.chars().count() > 2 {
            for entry in dictionary::entries(word) {
                glosses.add(entry, &mut cache);
            }
        }
    }
    for (word, english) in dictionary::TRANSLATED.iter() {
        for piece in english {
            glosses.gloss(word, TRANSLATED_PLACE, piece, usual(word), &mut cache);
        }
    }
    for surnames in glosses.surnames.values_mut() {
        surnames.sort_by_key(|name| std::cmp::Reverse(lexical::frequency(name)));
    }
    glosses
}

/// `Lu:4` as the dictionary is asked for it without its tone: `lu:`.
fn toneless(pinyin: &str) -> Option<String> {
    let lower = pinyin.to_lowercase();
    let plain = lower.trim_end_matches(|c: char| c.is_ascii_digit());
    plain
        .starts_with(|c: char| c.is_ascii_alphabetic())
        .then(|| plain.to_owned())
}

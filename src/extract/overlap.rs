//! How much two texts speak of the same, also across languages: words of Chinese
//! are compared with English through the dictionary's senses. Pure.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

use crate::{bridge, dictionary, language, lexical, passage};

/// The content words of a text, made comparable with those of another language.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Terms as the lexical index has them.
    terms: BTreeSet<String>,
    /// Stems of the dictionary's English senses of the Chinese words, by word.
    senses: BTreeMap<String, BTreeSet<String>>,
    /// For a question's terms the words of the other language that say the same.
    bridged: HashMap<String, Vec<String>>,
}

impl Words {
    /// The words of `text`; `across` when it will be compared with another language.
    pub fn new(text: &str, across: bool) -> Words {
        let terms = lexical::terms(text).into_iter().collect();
        let senses = if across && text.chars().any(passage::is_cjk) {
            senses(text)
        } else {
            BTreeMap::new()
        };
        Words {
            terms,
            senses,
            bridged: HashMap::new(),
        }
    }

    /// The words of a question, with what may stand for them in the other language;
    /// dearer than [`Words::new`], which is for the many texts compared with it.
    pub fn question(text: &str, across: bool) -> Words {
        let bridged = if across {
            bridge::words_for_terms(text)
        } else {
            HashMap::new()
        };
        Words {
            bridged,
            ..Words::new(text, across)
        }
    }

    /// The words to be looked for.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(String::as_str)
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether `term` of another text is said here, in whichever language.
    pub fn say(&self, term: &str) -> bool {
        self.terms.contains(term) || self.senses.values().any(|stems| stems.contains(term))
    }

    /// Whether this text says what a Chinese word of another text means.
    fn say_sense(&self, stems: &BTreeSet<String>) -> bool {
        stems.iter().any(|stem| self.terms.contains(stem))
    }

    /// Which of this text's words another text says: the share of their weights,
    /// 0 to 1, and the words that are missing.
    pub fn covered_by<'a>(
        &'a self,
        other: &Words,
        weight: impl Fn(&str) -> f32,
    ) -> (f32, Vec<&'a str>) {
        let missing = self
            .terms()
            .filter(|term| !self.is_said(term, other))
            .collect();
        (self.covered(&[(other, 1.0)], weight), missing)
    }

    /// The share of the weights of this text's words, 0 to 1, each counting as much as
    /// the best of the places that say it.
    pub fn covered(&self, places: &[(&Words, f32)], weight: impl Fn(&str) -> f32) -> f32 {
        let (mut all, mut found) = (0.0, 0.0);
        for term in self.terms() {
            let weight = weight(term);
            all += weight;
            found += weight
                * places
                    .iter()
                    .filter(|(other, _)| self.is_said(term, other))
                    .map(|(_, counts)| *counts)
                    .fold(0.0, f32::max);
        }
        if all > 0.0 { found / all } else { 0.0 }
    }

    /// Whether another text says a term of this one, in whichever language.
    fn is_said(&self, term: &str, other: &Words) -> bool {
        let sense = || {
            self.senses
                .get(term)
                .is_some_and(|stems| other.say_sense(stems))
        };
        let bridged = || {
            self.bridged
                .get(term)
                .is_some_and(|words| words.iter().any(|word| other.terms.contains(word)))
        };
        let loosened = || lexical::loosened(term).iter().any(|part| other.say(part));
        other.say(term) || sense() || bridged() || loosened()
    }
}

/// Whether two language tags stand for different languages to a reader; Chinese
/// in either script is one.
pub fn differ(a: &str, b: &str) -> bool {
    let primary = |tag: &str| {
        if language::is_chinese(tag) {
            "zh".to_owned()
        } else {
            tag.split(['-', '_']).next().unwrap_or(tag).to_lowercase()
        }
    };
    primary(a) != primary(b)
}

/// How rare each word is among `texts`: `ln(1 + n / df)`, words of none count as rarest.
pub fn rarity<'a>(
    texts: impl Iterator<Item = &'a Words> + Clone + 'a,
) -> impl Fn(&str) -> f32 + 'a {
    let count = texts.clone().count().max(1);
    move |term: &str| {
        let holding = texts.clone().filter(|words| words.say(term)).count().max(1);
        (1.0 + count as f32 / holding as f32).ln()
    }
}

fn senses(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let folded = dictionary::to_simplified(text);
    let mut senses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for word in lexical::terms(&folded) {
        if !word.chars().any(passage::is_cjk) || senses.contains_key(&word) {
            continue;
        }
        let mut stems = BTreeSet::new();
        for entry in dictionary::entries(&word) {
            for sense in entry.english {
                stems.extend(lexical::terms(&plain_sense(sense)));
            }
        }
        senses.insert(word, stems);
    }
    senses
}

/// A sense without its brackets, pinyin and cross references.
fn plain_sense(sense: &str) -> String {
    let kept = dictionary::without_brackets(sense);
    if kept.starts_with("variant of") || kept.starts_with("CL:") {
        return String::new();
    }
    kept
}

/// The part of `text` that `quote` is taken from, in characters: found with
/// blanks, punctuation, width, case and script variants aside; failing that, the
/// sentences that hold at least four fifths of its character pairs.
pub fn locate(quote: &str, text: &str) -> Option<Range<usize>> {
    let (wanted, _) = folded(quote);
    if wanted.chars().count() < 2 {
        return None;
    }
    let (held, places) = folded(text);
    if let Some(at) = held.find(&wanted) {
        let first = held[..at].chars().count();
        let last = first + wanted.chars().count() - 1;
        return Some(places[first]..places[last] + 1);
    }
    let pairs = pairs(&wanted);
    let enough = |range: &Range<usize>| {
        let sentence = crate::article::slice(text, range.start, range.end);
        let held = self::pairs(&folded(sentence).0);
        let found = pairs.iter().filter(|pair| held.contains(*pair)).count();
        found * 5 >= pairs.len() * 4
    };
    let sentences = passage::sentences(text);
    (1..=3).find_map(|count| {
        sentences
            .windows(count)
            .map(|window| window[0].start..window[count - 1].end)
            .find(|range| pairs.len() >= 6 && enough(range))
    })
}

fn pairs(text: &str) -> BTreeSet<(char, char)> {
    text.chars().zip(text.chars().skip(1)).collect()
}

/// Letters and digits alone, in one width, case and script, with the place of each.
fn folded(text: &str) -> (String, Vec<usize>) {
    use unicode_normalization::UnicodeNormalization;
    let mut out = String::new();
    let mut places = Vec::new();
    for (place, c) in text.chars().enumerate() {
        for c in std::iter::once(c).nfkc().flat_map(char::to_lowercase) {
            if c.is_alphanumeric() {
                out.push(dictionary::simplified_char(c));
                places.push(place);
            }
        }
    }
    (out, places)
}

//! A text as the check reads it.

use std::num::NonZero;
use std::ops::{Deref, Range};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jiff::civil::Date as Civil;
use lru::LruCache;

use super::unsaid;
use crate::dictionary;
use crate::facts::gloss::{self, Lexeme, Stem};
use crate::facts::name::GAZETTEER;
use crate::facts::sound;
use crate::facts::text::{ends_clause, is_han};
use crate::facts::{self, Code, Date, Fact, Quantity, Text};

/// A text with its facts and words; a clone shares them.
#[derive(Clone)]
pub(super) struct Reading(Arc<Read>);

impl Deref for Reading {
    type Target = Read;

    fn deref(&self) -> &Read {
        &self.0
    }
}

/// What was read of a text.
pub(super) struct Read {
    pub(super) original: String,
    /// The text in one form.
    pub(super) plain: String,
    pub(super) published: Option<Civil>,
    pub(super) text: Text,
    pub(super) quantities: Vec<Quantity>,
    pub(super) dates: Vec<Date>,
    pub(super) codes: Vec<Code>,
    /// The small numbers that its characters carry without being numerals.
    pub(super) spelled: Vec<u32>,
    pub(super) lexemes: Vec<Lexeme>,
    /// All stems of the lexemes, sorted.
    pub(super) stems: Vec<Stem>,
    /// Those of names of two characters or more, sorted: 以 is Israel and 日 Japan for short, and
    /// many words are explained by a place.
    pub(super) named: Vec<Stem>,
    /// The skeleton of its transcribing characters.
    pub(super) sounds: Vec<(u8, usize)>,
    pub(super) han: usize,
}

/// Passages and sentences of them that are remembered: all claims of an answer or a brief
/// cite the same few.
const REMEMBERED: NonZero<usize> = NonZero::new(2_048).expect("it is not 0");
/// Longer texts (in bytes) are read anew: a passage has some 300 characters, whose reading
/// takes some 20 KiB.
const MOST_REMEMBERED: usize = 1_500;

static SOURCES: LazyLock<Mutex<LruCache<String, Reading>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(REMEMBERED)));

impl Read {
    fn new(original: &str, published: Option<Civil>) -> Read {
        let text = Text::new(original);
        let (mut quantities, mut dates) = (Vec::new(), Vec::new());
        let facts = facts::extract_from(&text, published);
        let spelled = unsaid::spelled_in(&text, &facts);
        for fact in facts {
            match fact {
                Fact::Quantity(quantity) => quantities.push(quantity),
                Fact::Date(date) => dates.push(date),
            }
        }
        let mut lexemes = gloss::lexemes(&text);
        lexemes.sort_by_key(|l| l.span.0);
        let stems_of = |lexemes: &mut dyn Iterator<Item = &Lexeme>| -> Vec<Stem> {
            let mut stems: Vec<Stem> = lexemes.flat_map(|l| l.stems.iter().copied()).collect();
            stems.sort_unstable();
            stems.dedup();
            stems
        };
        let stems = stems_of(&mut lexemes.iter());
        let long = |l: &&Lexeme| l.name && l.span.1 - l.span.0 >= 2;
        let named = stems_of(&mut lexemes.iter().filter(long));
        let heard: Vec<char> = text
            .chars
            .iter()
            .map(|c| if sound::transcribes(*c) { *c } else { ' ' })
            .collect();
        let han = text.chars.iter().filter(|c| is_han(**c)).count();
        Read {
            original: original.to_owned(),
            plain: text.chars.iter().collect(),
            published,
            sounds: sound::chinese(&heard),
            codes: facts::code::codes(&text),
            spelled,
            text,
            quantities,
            dates,
            lexemes,
            stems,
            named,
            han,
        }
    }
}

impl Reading {
    /// A claim, with its first `facts` quantities and dates.
    pub(super) fn claim(original: &str, published: Option<Civil>, facts: usize) -> Reading {
        let mut read = Read::new(original, published);
        read.quantities.truncate(facts);
        read.dates.truncate(facts);
        Reading(Arc::new(read))
    }

    /// A source or a part of one; the last ones are remembered.
    pub(super) fn source(original: &str, published: Option<Civil>) -> Reading {
        if original.len() > MOST_REMEMBERED {
            return Reading(Arc::new(Read::new(original, published)));
        }
        let sources = || SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = sources().get(original)
            && reading.published == published
        {
            return reading.clone();
        }
        let reading = Reading(Arc::new(Read::new(original, published)));
        sources().put(original.to_owned(), reading.clone());
        reading
    }

    /// Whether most of it is Chinese.
    pub(super) fn is_chinese(&self) -> bool {
        self.han * 2 > self.text.words.len()
    }

    /// Whether it has characters that only traditional script has.
    pub(super) fn is_traditional(&self) -> bool {
        self.original
            .chars()
            .any(|c| is_han(c) && dictionary::simplified_char(c) != c)
    }

    /// Whether a name of it has a stem.
    pub(super) fn names(&self, stem: Stem) -> bool {
        self.stems.binary_search(&stem).is_ok()
            && self
                .lexemes
                .iter()
                .any(|l| l.name && l.stems.binary_search(&stem).is_ok())
    }

    /// Whether a lower-case Latin word stands in it.
    pub(super) fn says(&self, word: &str) -> bool {
        self.text
            .words
            .iter()
            .any(|w| w.lower.trim_end_matches("'s") == word)
    }

    /// Whether some of its characters transcribe a lower-case Latin name; a short one must fit better.
    pub(super) fn sounds_like(&self, name: &str, least: f32) -> bool {
        let skeleton = sound::latin(name);
        let least = if skeleton.len() <= 3 {
            least.max(0.85)
        } else {
            least
        };
        skeleton.len() >= 2 && sound::best(&skeleton, &self.sounds) >= least
    }

    /// The clause around a span: from comma to comma, 200 characters either way at most.
    pub(super) fn clause(&self, span: &Range<usize>) -> Range<usize> {
        let text = &self.text;
        let stop = |i: &usize| {
            ends_clause(text.at(*i))
                // 3,600
                || text.at(*i) == ',' && !text.at(i + 1).is_ascii_digit()
        };
        let least = span.start.saturating_sub(200);
        let most = (span.end + 200).min(text.chars.len());
        let before = (least..span.start).rev().find(stop);
        before.map_or(least, |i| i + 1)..(span.end..most).find(stop).unwrap_or(most)
    }

    /// The words that begin within a span.
    pub(super) fn lexemes_in(&self, span: &Range<usize>) -> &[Lexeme] {
        let from = self.lexemes.partition_point(|l| l.span.0 < span.start);
        let to = self.lexemes.partition_point(|l| l.span.0 < span.end);
        &self.lexemes[from..to.max(from)]
    }

    /// Whether the mark at a place ends a sentence.
    pub(super) fn ends_sentence(&self, i: usize) -> bool {
        matches!(self.text.at(i), '。' | '!' | '?' | '\n')
            || self.text.at(i) == '.' && self.text.at(i + 1) == ' '
    }

    /// Its sentences, and its lines where it has no full stops.
    pub(super) fn sentences(&self) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let mut start = 0;
        let end = self.text.chars.len();
        for i in 0..end {
            let ends = |i: usize| self.ends_sentence(i);
            let closes = |i: usize| matches!(self.text.at(i), '”' | '\'' | '」' | '』' | '"' | ')');
            // A closing mark belongs to what it closes, and what goes on after it too.
            let stop = ends(i) && !closes(i + 1) || i > start && ends(i - 1) && closes(i);
            if stop && !matches!(self.text.at(i + 1), '，' | ',') && !self.tells_who(i + 1) {
                parts.push(start..i + 1);
                start = i + 1;
            }
        }
        parts.push(start..end);
        parts.retain(|part| part.clone().any(|i| self.text.at(i).is_alphanumeric()));
        parts
    }

    /// Whether what begins behind a closing mark tells in a few words who said that:
    /// “不会提高收费。”她强调。
    fn tells_who(&self, start: usize) -> bool {
        const MOST: usize = 20;
        const SAYS: &[&str] = &[
            "说", "道", "称", "表示", "强调", "指出", "补充", "透露", "回忆", "坦言", "解释",
        ];
        let Some(end) = (start..start + MOST).find(|i| self.ends_sentence(*i)) else {
            return false;
        };
        let told = self.text.slice(start..end);
        matches!(self.text.before(start), '”' | '"' | '\'' | '」' | '』')
            && !told.contains(['“', '"', '「', '『'])
            && SAYS.iter().any(|says| told.ends_with(says))
    }

    /// Whether it names one of some places of the gazetteer.
    pub(super) fn names_any(&self, places: &[usize]) -> bool {
        GAZETTEER.names_any(places, &self.text, &self.lexemes)
    }

    /// Whether the normalised text has a phrase.
    pub(super) fn contains(&self, phrase: &str) -> bool {
        self.plain.contains(phrase)
    }

    /// The original's words at a span.
    pub(super) fn quote(&self, span: &Range<usize>) -> String {
        let span = self.text.original(span);
        self.original
            .chars()
            .skip(span.start)
            .take(span.len())
            .collect()
    }
}

//! The engine without a model: it picks sentences of the sources and quotes
//! them, and never writes one of its own. Pure.

use std::ops::Range;

use crate::{
    article::{Article, slice},
    lexical, passage,
    retrieve::Hit,
};

mod asked;
pub mod overlap;
pub mod quotable;

use asked::Asked;
use overlap::{Words, differ};

/// A sentence of a hit.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    /// The hit's place in the list.
    pub hit: usize,
    /// Characters of the hit's text.
    pub range: Range<usize>,
    /// The sentence.
    pub text: String,
    /// Higher answers better; 1 says all that the question says.
    pub score: f32,
}

/// Sentences that answer at most.
const MOST_ANSWERS: usize = 3;
/// Below this share of the question's words a sentence is no answer.
const LEAST_COVERAGE: f32 = 0.3;
/// What a word of the question counts that only the title or the sentence before says,
/// and one that only the rest of the passage says.
const NEARBY: f32 = 0.6;
const ELSEWHERE: f32 = 0.3;
/// For something of the kind that is asked for.
const OF_THE_KIND: f32 = 0.25;
/// What the best of the passages found counts, beside the shares of the question's words: the
/// search has seen more of it than its words.
const BY_SEARCH: f32 = 1.2;
/// A further sentence must come this near to the best.
const NEAR_BEST: f32 = 0.9;

/// The sentences of `hits` that answer `question` best, best first; none when no
/// sentence, with what stands around it, says a fair part of what the question says.
///
/// Words count by how rare they are in general (by their rarity among the sentences, the
/// name that an article is about counted least), and less where only the title or the
/// rest of the passage says them: what a passage is about is said once, and the answer
/// in another sentence. One with a number, a date or a sum is preferred where
/// the question asks for that; one that asks is no answer.
pub fn answers(question: &str, language: &str, hits: &[&Hit]) -> Vec<Pick> {
    let mut sentences = Vec::new();
    let mut words = Vec::new();
    let mut around = Vec::new();
    for (hit, of) in hits.iter().enumerate() {
        let across = differ(language, &of.language);
        around.push((Words::new(&of.title, across), Words::new(&of.text, across)));
        for (place, range) in sentences_of(&of.text).into_iter().enumerate() {
            let text = slice(&of.text, range.start, range.end);
            words.push(Words::new(text, across));
            sentences.push((hit, place, range, text));
        }
    }
    let weight = |term: &str| {
        if lexical::asks(term) {
            0.0
        } else {
            lexical::rarity(term)
        }
    };
    let wanted = Words::question(
        question,
        hits.iter().any(|hit| differ(language, &hit.language)),
    );
    let asked = Asked::of(question);
    let mut picks: Vec<Pick> = Vec::new();
    for (at, (hit, place, range, text)) in sentences.into_iter().enumerate() {
        if text.ends_with(['?', '？']) || picks.iter().any(|pick| pick.text == text) {
            continue;
        }
        let (title, passage) = &around[hit];
        let before = if place > 0 { &words[at - 1] } else { title };
        let own = (&words[at], 1.0);
        let context = [(title, NEARBY), (before, NEARBY), (passage, ELSEWHERE)];
        let coverage = wanted.covered(&[&[own], &context[..]].concat(), weight);
        if coverage < LEAST_COVERAGE || wanted.covered(&[own], weight) <= 0.0 {
            continue;
        }
        let bonus = match &asked {
            Some(asked) if asked.is_held(text) => OF_THE_KIND,
            _ => 0.0,
        };
        let score = coverage + bonus + BY_SEARCH * hits[hit].score - 0.3 * brevity(text);
        picks.push(Pick {
            hit,
            range,
            text: text.to_owned(),
            score,
        });
    }
    picks.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.hit.cmp(&b.hit)));
    let best = picks.first().map_or(0.0, |pick| pick.score);
    picks.retain(|pick| pick.score >= NEAR_BEST * best);
    picks.truncate(MOST_ANSWERS);
    picks
}

/// A sentence of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySentence {
    /// Its paragraph.
    pub paragraph: u32,
    /// Characters of the article's text.
    pub range: Range<usize>,
    /// The sentence.
    pub text: String,
}

/// The sentences that say most of what an article is about, best first, `most` at most.
///
/// Each is scored by how much its words recur in the article and its title, with
/// a start for early ones, and loses by what was picked before it (maximal marginal
/// relevance, Carbonell & Goldstein 1998).
pub fn key_sentences(article: &Article, most: usize) -> Vec<KeySentence> {
    let mut found: Vec<(KeySentence, Words, f32)> = Vec::new();
    let title = Words::new(&article.title, false);
    for paragraph in &article.paragraphs {
        let text = slice(&article.text, paragraph.start, paragraph.end);
        for range in sentences_of(text) {
            let text = slice(text, range.start, range.end).to_owned();
            let words = Words::new(&text, false);
            let sentence = KeySentence {
                paragraph: paragraph.n,
                range: paragraph.start + range.start..paragraph.start + range.end,
                text,
            };
            found.push((sentence, words, 0.0));
        }
    }
    let all: Vec<Words> = found.iter().map(|f| f.1.clone()).collect();
    let share = |term: &str| {
        let holding = all.iter().filter(|words| words.say(term)).count();
        holding as f32 / all.len().max(1) as f32
    };
    let count = found.len().max(1) as f32;
    for (place, (sentence, words, score)) in found.iter_mut().enumerate() {
        let terms = words.terms().count().max(1) as f32;
        let recurring: f32 = words.terms().map(share).sum::<f32>() / terms.sqrt();
        let (of_title, _) = title.covered_by(words, |_| 1.0);
        let early = 1.0 - place as f32 / count;
        let numbers = if sentence.text.chars().any(is_digit) {
            0.2
        } else {
            0.0
        };
        *score = recurring + 0.8 * of_title + 0.5 * early + numbers - 2.0 * brevity(&sentence.text);
    }
    let mut picked: Vec<(KeySentence, Words)> = Vec::new();
    while picked.len() < most && !found.is_empty() {
        let gain = |(_, words, score): &(KeySentence, Words, f32)| {
            let said = picked
                .iter()
                .map(|(_, before)| words.covered_by(before, |_| 1.0).0)
                .fold(0.0, f32::max);
            score * (1.0 - said)
        };
        let best = (0..found.len()).max_by(|&a, &b| {
            // The earlier one where two are equal.
            gain(&found[a]).total_cmp(&gain(&found[b])).then(b.cmp(&a))
        });
        let Some(best) = best else { break };
        let (sentence, words, _) = found.remove(best);
        picked.push((sentence, words));
    }
    picked.into_iter().map(|(sentence, _)| sentence).collect()
}

/// The sentences of `text` without the blanks around them.
pub fn sentences_of(text: &str) -> Vec<Range<usize>> {
    passage::sentences(text)
        .into_iter()
        .filter_map(|range| {
            let sentence = slice(text, range.start, range.end);
            let length = sentence.trim().chars().count();
            let start =
                range.start + sentence.chars().count() - sentence.trim_start().chars().count();
            (length > 0).then_some(start..start + length)
        })
        .collect()
}

/// Held against sentences too short to say something, or too long to be read.
fn brevity(text: &str) -> f32 {
    match passage::length(text) {
        0..=16 => 0.3,
        17..=30 => 0.1,
        31..=300 => 0.0,
        _ => 0.1,
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c) || "〇一二三四五六七八九十百千万亿".contains(c)
}

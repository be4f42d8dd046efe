//! A text whose sentences can be quoted as evidence: what a model is shown of it,
//! and the way back from the model's words to sentences of the original. Pure.

use std::ops::Range;

use jiff::civil::Date;

use super::{
    overlap::{Words, differ, locate, rarity},
    sentences_of,
};
use crate::{
    article::slice,
    check::{self, Verdict},
    facts::{self, Rendered},
};

/// Of sentences side by side, one that says less than this share of what the
/// best says of a claim is not quoted for it.
const BEARS: f32 = 0.5;
/// Sentences that are tried alone before two or three together are.
const MOST_TRIED: usize = 6;

/// A text with its sentences.
#[derive(Debug, Clone)]
pub struct Quotable<'a> {
    text: &'a str,
    published: Option<Date>,
    /// Characters of the text, blanks at the ends left out.
    sentences: Vec<Range<usize>>,
    words: Vec<Words>,
    /// Its numbers and dates in the language of the claims, where that is another.
    rendered: Option<Rendered>,
}

impl<'a> Quotable<'a> {
    /// A text in `language`, published on a day, for claims in `claims`.
    pub fn new(text: &'a str, language: &str, published: Option<Date>, claims: &str) -> Quotable<'a> {
        let across = differ(claims, language);
        let sentences = sentences_of(text);
        let words = sentences
            .iter()
            .map(|s| Words::new(slice(text, s.start, s.end), across))
            .collect();
        let rendered = (across && !differ(claims, "en")).then(|| in_english_numbers(text, published));
        Quotable { text, published, sentences, words, rendered }
    }

    /// What a model reads of it.
    pub fn shown(&self) -> &str {
        self.rendered.as_ref().map_or(self.text, |rendered| &rendered.text)
    }

    /// How many sentences it has.
    pub fn len(&self) -> usize {
        self.sentences.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }

    /// The sentences, by their places, that hold a quotation of the text or of
    /// what a model was shown of it.
    pub fn find(&self, quote: &str) -> Option<Range<usize>> {
        let span = locate(quote, self.text).or_else(|| {
            let rendered = self.rendered.as_ref()?;
            Some(rendered.original_span(locate(quote, &rendered.text)?))
        })?;
        let first = self.sentences.iter().position(|s| s.end > span.start)?;
        let last = self.sentences.iter().rposition(|s| s.start < span.end)?;
        (first <= last).then_some(first..last + 1)
    }

    /// The check of a claim against the whole text.
    pub fn check(&self, claim: &str) -> Verdict {
        self.verdict(claim, self.text)
    }

    /// How well the sentence that does so best bears out a claim, 0 to 1.
    pub fn bearing(&self, claim: &Words) -> f32 {
        self.bearings(claim).into_iter().fold(0.0, f32::max)
    }

    /// Of `sentences` the few that bear out a claim: the one that the check finds
    /// enough and that shares most with it, else two or three in a row; where the
    /// check finds none enough, those that share most.
    pub fn narrowed(&self, sentences: Range<usize>, claim: &str, words: &Words) -> Range<usize> {
        let bearings = self.bearings(words);
        let mut alone: Vec<usize> = sentences.clone().filter(|&i| bearings[i] > 0.0).collect();
        alone.sort_by(|&a, &b| bearings[b].total_cmp(&bearings[a]).then(a.cmp(&b)));
        alone.truncate(MOST_TRIED);
        let runs = alone.iter().map(|&i| i..i + 1).chain((2..=3).flat_map(|count| {
            let last = sentences.end.saturating_sub(count - 1);
            (sentences.start..last).map(move |i| i..i + count)
        }));
        let enough = |run: &Range<usize>| {
            let span = self.span(run.clone());
            self.verdict(claim, slice(self.text, span.start, span.end)) == Verdict::Supported
        };
        if let Some(run) = runs.into_iter().find(enough) {
            return run;
        }
        let best = alone.first().map_or(0.0, |&i| bearings[i]);
        let bears = |&i: &usize| bearings[i] > 0.0 && bearings[i] >= BEARS * best;
        match (sentences.clone().find(bears), sentences.clone().rev().find(bears)) {
            (Some(first), Some(last)) if last - first < 3 => first..last + 1,
            (Some(_), Some(_)) => alone[0]..alone[0] + 1,
            _ => sentences,
        }
    }

    /// The characters of these sentences; the whole text when there are none.
    pub fn span(&self, sentences: Range<usize>) -> Range<usize> {
        let ends = (self.sentences.get(sentences.start), sentences.end.checked_sub(1));
        match ends {
            (Some(first), Some(last)) if last < self.sentences.len() => {
                first.start..self.sentences[last].end
            }
            _ => 0..self.text.chars().count(),
        }
    }

    fn bearings(&self, claim: &Words) -> Vec<f32> {
        let rarity = rarity(&self.words);
        self.words.iter().map(|words| claim.covered_by(words, &rarity).0).collect()
    }

    fn verdict(&self, claim: &str, text: &str) -> Verdict {
        let source = check::Source { text, published: self.published };
        check::check(claim, &[source], None).verdict()
    }
}

/// The one place where numbers and dates of a source are put into English, so
/// that a model that writes English never converts one.
fn in_english_numbers(text: &str, published: Option<Date>) -> Rendered {
    facts::render(text, published)
}

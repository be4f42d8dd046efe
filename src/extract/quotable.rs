//! A text whose sentences can be quoted as evidence: what a model is shown of it,
//! and the way back from the model's words to sentences of the original. Pure.

use std::{collections::BTreeSet, ops::Range, sync::OnceLock};

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

/// A sentence that says less than this share of what the best one says of a claim is not
/// quoted for it.
const BEARS: f32 = 0.5;
/// How many runs of sentences are put to the check for one claim.
const MOST_TRIED: usize = 12;

/// A text with its sentences.
#[derive(Debug, Clone)]
pub struct Quotable<'a> {
    text: &'a str,
    published: Option<Date>,
    /// Characters of the text, blanks at the ends left out.
    sentences: Vec<Range<usize>>,
    /// Whether claims are in another language.
    across: bool,
    /// What each sentence says, once a claim is compared with it: most sources of an
    /// answer are never cited.
    said: OnceLock<Vec<Said>>,
    /// Its numbers and dates in the language of the claims, where that is another.
    rendered: Option<Rendered>,
}

/// What a sentence says.
#[derive(Debug, Clone)]
struct Said {
    words: Words,
    /// Its figures, as it stands and as it is shown.
    figures: BTreeSet<String>,
}

impl<'a> Quotable<'a> {
    /// A text in `language`, published on a day, for claims in `claims`.
    pub fn new(
        text: &'a str,
        language: &str,
        published: Option<Date>,
        claims: &str,
    ) -> Quotable<'a> {
        let across = differ(claims, language);
        let rendered =
            (across && !differ(claims, "en")).then(|| in_english_numbers(text, published));
        Quotable {
            text,
            published,
            sentences: sentences_of(text),
            across,
            said: OnceLock::new(),
            rendered,
        }
    }

    /// What a model reads of it.
    pub fn shown(&self) -> &str {
        self.rendered
            .as_ref()
            .map_or(self.text, |rendered| &rendered.text)
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

    /// Whether another sentence says far more of a claim than any of these.
    pub fn is_beside(&self, sentences: &Range<usize>, claim: &Words) -> bool {
        let bearings = self.bearings(claim);
        let best = |some: &[f32]| some.iter().copied().fold(0.0, f32::max);
        best(&bearings[sentences.clone()]) < BEARS * best(&bearings)
    }

    /// Of `sentences` the few that bear out a claim: those that [`Quotable::bearing_out`]
    /// finds, else those that share most with it.
    pub fn narrowed(&self, sentences: Range<usize>, claim: &str, words: &Words) -> Range<usize> {
        if let Some(run) = self.bearing_out(sentences.clone(), claim, words) {
            return run;
        }
        let bearings = self.bearings(words);
        let best = sentences
            .clone()
            .max_by(|&a, &b| bearings[a].total_cmp(&bearings[b]).then(b.cmp(&a)))
            .filter(|&i| bearings[i] > 0.0);
        let Some(best) = best else { return sentences };
        let bears = |&i: &usize| bearings[i] >= BEARS * bearings[best];
        match (sentences.clone().find(bears), sentences.rev().find(bears)) {
            (Some(first), Some(last)) if last - first < 3 => first..last + 1,
            _ => best..best + 1,
        }
    }

    /// Of `sentences` the one that holds every figure of a claim, passes the check,
    /// and shares most with the claim; else two or three in a row that do.
    pub fn bearing_out(
        &self,
        sentences: Range<usize>,
        claim: &str,
        words: &Words,
    ) -> Option<Range<usize>> {
        let (bearings, said) = (self.bearings(words), self.said());
        let wanted = figures(claim);
        let mut alone: Vec<usize> = sentences.clone().collect();
        alone.sort_by(|&a, &b| bearings[b].total_cmp(&bearings[a]).then(a.cmp(&b)));
        let alone = alone.into_iter().map(|i| i..i + 1);
        let together = (2..=3usize).flat_map(|count| {
            let last = (sentences.end + 1)
                .saturating_sub(count)
                .max(sentences.start);
            (sentences.start..last).map(move |i| i..i + count)
        });
        alone
            .chain(together)
            .filter(|run| {
                wanted
                    .iter()
                    .all(|figure| run.clone().any(|i| said[i].figures.contains(figure)))
            })
            .take(MOST_TRIED)
            .find(|run| {
                let span = self.span(run.clone());
                self.verdict(claim, slice(self.text, span.start, span.end)) == Verdict::Supported
            })
    }

    /// The characters of these sentences; the whole text when there are none.
    pub fn span(&self, sentences: Range<usize>) -> Range<usize> {
        let ends = (
            self.sentences.get(sentences.start),
            sentences.end.checked_sub(1),
        );
        match ends {
            (Some(first), Some(last)) if last < self.sentences.len() => {
                first.start..self.sentences[last].end
            }
            _ => 0..self.text.chars().count(),
        }
    }

    fn bearings(&self, claim: &Words) -> Vec<f32> {
        let said = || self.said().iter().map(|said| &said.words);
        let rarity = rarity(said());
        said()
            .map(|words| claim.covered_by(words, &rarity).0)
            .collect()
    }

    fn said(&self) -> &[Said] {
        self.said.get_or_init(|| {
            let sentences = self.sentences.iter();
            let said = sentences.map(|s| {
                let sentence = slice(self.text, s.start, s.end);
                let mut figures = figures(sentence);
                if self.rendered.is_some() {
                    let shown = in_english_numbers(sentence, self.published).text;
                    figures.extend(self::figures(&shown));
                }
                let words = Words::new(sentence, self.across);
                Said { words, figures }
            });
            said.collect()
        })
    }

    fn verdict(&self, claim: &str, text: &str) -> Verdict {
        let source = check::Source {
            text,
            published: self.published,
        };
        check::check(claim, &[source], None).verdict()
    }
}

/// A line such as a title as a model reads it for claims in `claims`.
pub fn shown_line(text: &str, language: &str, published: Option<Date>, claims: &str) -> String {
    let text = if differ(claims, language) && !differ(claims, "en") {
        in_english_numbers(text, published).text
    } else {
        text.to_owned()
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The one place where numbers and dates of a source are put into English, so
/// that a model that writes English never converts one.
fn in_english_numbers(text: &str, published: Option<Date>) -> Rendered {
    facts::render(text, published)
}

/// The numbers of a text as digits, without separators: `113,000` and `１１３０００` alike.
fn figures(text: &str) -> BTreeSet<String> {
    let mut figures = BTreeSet::new();
    let mut figure = String::new();
    let plain = text.chars().map(|c| match c {
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
        '．' => '.',
        '，' => ',',
        c => c,
    });
    let mut chars = plain.chain([' ']).peekable();
    while let Some(c) = chars.next() {
        let within = !figure.is_empty() && chars.peek().is_some_and(char::is_ascii_digit);
        if c.is_ascii_digit() || (c == '.' && within) {
            figure.push(c);
        } else if !(figure.is_empty() || c == ',' && within) {
            figures.insert(std::mem::take(&mut figure));
        }
    }
    figures
}

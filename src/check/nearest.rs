//! The sentences of its sources that a claim is about: where a passage names five people,
//! only one of those in the sentence that the claim retells can be whom it should have named.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Reading, coverage, numbers};
use crate::facts::gloss::Stem;

/// Sentences of a source that are looked at closely.
const CLOSE: usize = 3;
/// Sentences beyond the claim's own number: what one language says in a sentence takes
/// the other two.
const MORE: usize = 1;
/// A claim of more sentences than this is not followed through all of them.
const MOST: usize = 6;

/// The score of sentences that surely are what the claim is about: their neighbours matter
/// only if they tell some more of it.
const SURE: f32 = 10.0;

/// What a sentence tells of the claim: places of the claim's words, then of its numbers.
type Told = BTreeSet<usize>;

/// Where the sources are nearest to a claim.
pub(super) struct Nearest<'a> {
    /// The sentences in a row of each source that tell most of the claim, the best first,
    /// without sources that tell nothing of it.
    pub(super) sentences: Vec<Reading>,
    /// How many sentences they were chosen from.
    pub(super) of: usize,
    /// Each with those beside it that may belong to it; for a claim of several sentences, the
    /// whole source.
    around: Vec<(&'a Reading, Range<usize>)>,
}

impl<'a> Nearest<'a> {
    /// `None` where each source is but one sentence.
    pub(super) fn new(claim: &Reading, sources: &'a [Reading]) -> Option<Nearest<'a>> {
        let parts: Vec<Vec<Range<usize>>> = sources.iter().map(Reading::sentences).collect();
        if parts.iter().all(|parts| parts.len() < 2) {
            return None;
        }
        let own = claim.sentences().len();
        let most = (own + MORE).min(MOST);
        let mut best: Vec<(Window, (&'a Reading, Range<usize>))> = sources
            .iter()
            .zip(&parts)
            .filter_map(|(source, parts)| {
                let window = window(claim, source, parts, most)?;
                let whole = 0..parts.len();
                let around = span(parts, if own > 1 { &whole } else { &window.around });
                Some((window, (source, around)))
            })
            .collect();
        best.sort_by(|(a, _), (b, _)| b.score.total_cmp(&a.score));
        let telling = best.partition_point(|(window, _)| window.score > 0.0);
        best.truncate(telling.max(1));
        let (windows, around): (Vec<Window>, _) = best.into_iter().unzip();
        let sentences = windows.into_iter().map(|window| window.reading).collect();
        Some(Nearest {
            sentences,
            of: parts.iter().map(Vec::len).sum(),
            around,
        })
    }

    /// The sentences with those round them.
    pub(super) fn around(&self) -> Vec<Reading> {
        let read = |(source, span): &(&Reading, Range<usize>)| read(source, span);
        self.around.iter().map(read).collect()
    }
}

/// Sentences in a row of a source.
struct Window {
    chosen: Range<usize>,
    /// These with those beside them that may belong to them.
    around: Range<usize>,
    reading: Reading,
    /// How much of the claim they tell.
    score: f32,
}

fn span(parts: &[Range<usize>], chosen: &Range<usize>) -> Range<usize> {
    parts[chosen.start].start..parts[chosen.end - 1].end
}

fn read(source: &Reading, span: &Range<usize>) -> Reading {
    Reading::source(&source.quote(span), source.published)
}

/// The sentences in a row, `most` at most, that tell most of a claim.
fn window(
    claim: &Reading,
    source: &Reading,
    parts: &[Range<usize>],
    most: usize,
) -> Option<Window> {
    let told = told(claim, source, parts);
    let weights = weights(&told);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    let crossing = source.is_chinese() && !claim.is_chinese();
    let scored = |chosen: Range<usize>| {
        let reading = read(source, &span(parts, &chosen));
        let score = match crossing {
            true => coverage::measure(claim, std::slice::from_ref(&reading)).score(),
            false => weights[chosen.start],
        };
        Window {
            around: chosen.clone(),
            chosen,
            reading,
            score,
        }
    };
    let better = |a: &Window, b: &Window| {
        let weight = |window: &Window| weights[window.chosen.start];
        a.score
            .total_cmp(&b.score)
            .then(weight(a).total_cmp(&weight(b)))
    };
    let close = order.iter().take(if crossing { CLOSE } else { 1 });
    let mut best = close.map(|k| scored(*k..k + 1)).max_by(better)?;
    while crossing && best.chosen.len() < most {
        let (start, end) = (best.chosen.start, best.chosen.end);
        let before = start.checked_sub(1).map(|start| start..end);
        let after = (end < parts.len()).then_some(start..end + 1);
        let longer = [before, after].into_iter().flatten().map(scored);
        match longer.max_by(better) {
            Some(longer) if longer.score > best.score => best = longer,
            _ => break,
        }
    }
    let known: Told = told[best.chosen.clone()]
        .iter()
        .flatten()
        .copied()
        .collect();
    let belongs = |k: &usize| {
        let more = |told: &Told| told.difference(&known).next().is_some();
        best.score < SURE || told.get(*k).is_some_and(more)
    };
    let (start, end) = (best.chosen.start, best.chosen.end);
    if let Some(before) = start.checked_sub(1).filter(belongs) {
        best.around.start = before;
    }
    if belongs(&end) {
        best.around.end = (end + 1).min(parts.len());
    }
    Some(best)
}

/// What each part of a source tells of a claim.
fn told(claim: &Reading, source: &Reading, parts: &[Range<usize>]) -> Vec<Told> {
    let meant = meant(claim);
    let mut told: Vec<Told> = parts
        .iter()
        .map(|part| words(&meant, source, part))
        .collect();
    for quantity in &source.quantities {
        let part = parts.partition_point(|part| part.end <= quantity.span.start);
        let same = claim
            .quantities
            .iter()
            .position(|c| numbers::agrees(c, quantity));
        if let (Some(told), Some(k)) = (told.get_mut(part), same) {
            told.insert(claim.lexemes.len() + k);
        }
    }
    told
}

/// How much each part tells; what few parts tell weighs more.
fn weights(told: &[Told]) -> Vec<f32> {
    let mut parts: BTreeMap<usize, usize> = BTreeMap::new();
    for k in told.iter().flatten() {
        *parts.entry(*k).or_default() += 1;
    }
    let weight = |told: &Told| told.iter().map(|k| 1.0 / parts[k] as f32).sum();
    told.iter().map(weight).collect()
}

/// How many of the claim's words a part of a source tells.
pub(super) fn words_told(claim: &Reading, source: &Reading, part: &Range<usize>) -> usize {
    words(&meant(claim), source, part).len()
}

/// The places of the claim's words by what they may mean.
fn meant(claim: &Reading) -> BTreeMap<Stem, Vec<usize>> {
    let mut meant: BTreeMap<Stem, Vec<usize>> = BTreeMap::new();
    for (k, lexeme) in claim.lexemes.iter().enumerate() {
        for stem in lexeme.stems.iter() {
            meant.entry(*stem).or_default().push(k);
        }
    }
    meant
}

/// The claim's words that a part of a source tells.
fn words(meant: &BTreeMap<Stem, Vec<usize>>, source: &Reading, part: &Range<usize>) -> Told {
    let lexemes = source.lexemes_in(part).iter();
    let long = lexemes.filter(|l| l.span.1 - l.span.0 >= 2);
    let stems = long.flat_map(|l| l.stems.iter());
    stems
        .filter_map(|stem| meant.get(stem))
        .flatten()
        .copied()
        .collect()
}

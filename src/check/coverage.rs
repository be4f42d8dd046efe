//! Whether the sources speak of what the claim speaks of.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::nearest::Nearest;
use super::{Finding, FindingKind, Reading, numbers, unsaid};
use crate::facts::gloss::{self, Stem, stem};
use crate::facts::name::GAZETTEER;
use crate::facts::sound;
use crate::facts::text::is_han;

/// The similarity below which the passage of a claim in Chinese is about something else
/// (measured with 4-bit multilingual-e5-small).
const SIMILAR: f32 = 0.79;

/// The similarity that tells neither way whether an English claim's passage is about
/// something else, and what one more would tell, beside what they have in common (measured
/// with the same on translated and mismatched pairs, alone and amid four other sentences).
const NEITHER: f32 = 0.81;
const TELLS: f32 = 100.0;

/// What the score of the nearest sentences loses for each e-fold number of sentences that
/// they were chosen from: true claims amid four other sentences then lie below the limit
/// about as seldom as alone.
const CHANCE: f32 = 1.1;

/// A finding where the sources do not carry the claim's content.
pub(super) fn judge(
    claim: &Reading,
    sources: &[Reading],
    nearest: Option<&Nearest<'_>>,
    similarity: Option<f32>,
) -> Option<Finding> {
    let chinese = sources.iter().any(Reading::is_chinese);
    let apart = if claim.is_chinese() == chinese {
        same_language_apart(claim, sources)
    } else if claim.is_chinese() {
        similarity.is_some_and(|s| s < SIMILAR)
    } else {
        let overlap = measure(claim, sources);
        let whole = overlap.score();
        // The best of many sentences has something in common with any claim.
        let best = nearest.map(|nearest| {
            let chance = CHANCE * (nearest.of as f32).ln();
            measure(claim, &nearest.sentences).score() - chance
        });
        let score = best.map_or(whole, |best| best.max(whole));
        score + similarity.map_or(0.0, |s| TELLS * (s - NEITHER)) < overlap.limit()
    };
    apart.then(|| Finding {
        kind: FindingKind::Coverage,
        claim: claim.original.clone(),
        source: String::new(),
        detail: "The source does not speak of this.".to_owned(),
    })
}

/// Characters that are in every Chinese text.
const FUNCTION: &str = "的了在是和与及或也都而但就这那其他她它们我你有为以于对从到把被将会能可个不没一上下中后前时之并还很更最等所又再只则如因此该说表示";

/// What a word of a claim tells where the sources say it and where they do not, by its stem.
static TELLING: LazyLock<HashMap<Stem, (f32, f32)>> = LazyLock::new(|| {
    let lines = include_str!("coverage/telling.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut parts = line.split(' ');
            let word = parts.next()?;
            let (there, missing) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            Some((stem(word), (there, missing)))
        })
        .collect()
});

/// What a claim and its sources have in common.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Overlap {
    /// Content words of the claim, and those that the sources have.
    words: (usize, usize),
    /// What those words tell by being there or not, above 0 for the claim.
    telling: f32,
    /// Words of the sources, and those that the claim has.
    source_words: (usize, usize),
    /// Names of the claim, and those that the sources have.
    names: (usize, usize),
    /// Quantities of the claim above three and fractions, and those that the sources have.
    facts: (usize, usize),
    /// Whole ones up to three, which any text may have, and those that the sources have.
    small: (usize, usize),
}

impl Overlap {
    /// Above 0 where the sources carry the claim: a logistic regression over 14,500
    /// translated pairs of news and as many mismatched ones.
    pub(super) fn score(&self) -> f32 {
        let share = |(all, some): (usize, usize)| {
            if all == 0 {
                0.0
            } else {
                some as f32 / all as f32
            }
        };
        let part = |n: usize, most: usize| n.min(most) as f32 / most as f32;
        let size = |n: usize| (1.0 + n as f32).ln() / 4.0;
        let any = |n: usize| if n > 0 { 1.0 } else { 0.0 };
        8.5 + 4.52 * share(self.words)
            + 7.54 * share(self.source_words)
            + 4.61 * share(self.names)
            + 4.7 * share(self.facts)
            + 3.46 * share(self.small)
            + 2.79 * part(self.words.1, 5)
            + 5.19 * part(self.source_words.1, 6)
            - 1.23 * part(self.names.1, 3)
            + 2.14 * part(self.facts.1, 3)
            - 8.77 * size(self.words.0)
            - 9.81 * size(self.source_words.0)
            - 1.85 * any(self.names.0)
            - 2.2 * any(self.facts.0)
            - 1.92 * any(self.small.0)
            + 0.6 * self.telling
    }

    /// The score below which the sources speak of something else. Translators leave a
    /// sentence of few words with none of those of the dictionary now and then, a longer
    /// one hardly ever (`benches/translations.py`, on news translated in both directions).
    fn limit(&self) -> f32 {
        (0.2 * self.words.0 as f32 - 1.0).clamp(0.0, 2.0)
    }
}

/// Whether claim and sources in one language have too little in common.
fn same_language_apart(claim: &Reading, sources: &[Reading]) -> bool {
    if claim.is_chinese() {
        let pairs: Vec<&[char]> = claim
            .text
            .chars
            .windows(2)
            .filter(|w| w.iter().all(|c| is_han(*c)))
            .collect();
        let shared = pairs
            .iter()
            .filter(|p| {
                sources
                    .iter()
                    .any(|s| s.text.chars.windows(2).any(|w| w == **p))
            })
            .count();
        let words: Vec<char> = claim
            .text
            .chars
            .iter()
            .copied()
            .filter(|c| is_han(*c) && !FUNCTION.contains(*c))
            .collect();
        let said = words
            .iter()
            .filter(|c| sources.iter().any(|s| s.text.chars.contains(c)))
            .count();
        let named = claim
            .text
            .words
            .iter()
            .any(|w| sources.iter().any(|s| s.says(&w.lower)));
        return pairs.len() >= 4 && shared * 10 < pairs.len() && said * 4 < words.len() && !named;
    }
    let words: Vec<_> = claim.lexemes.iter().collect();
    let shared = words
        .iter()
        .filter(|l| {
            l.stems
                .iter()
                .any(|s| sources.iter().any(|o| o.stems.binary_search(s).is_ok()))
        })
        .count();
    words.len() >= 3 && shared * 4 < words.len()
}

/// Counts what a claim and its sources have in common.
pub(super) fn measure(claim: &Reading, sources: &[Reading]) -> Overlap {
    let mut overlap = Overlap::default();
    for word in &claim.text.words {
        if gloss::is_function_word(&word.lower) {
            continue;
        }
        let stem = stem(&word.lower);
        let said = sources.iter().any(|s| s.stems.binary_search(&stem).is_ok());
        let lower = word.lower.trim_end_matches("'s");
        if word.capital && word.start > 0 {
            overlap.names.0 += 1;
            let named = said
                || sources.iter().any(|s| {
                    sound::is_pinyin_of(lower, &s.text)
                        || s.sounds_like(lower, 0.8)
                        || s.names_any(GAZETTEER.english(lower))
                });
            overlap.names.1 += usize::from(named);
        } else {
            overlap.words.0 += 1;
            overlap.words.1 += usize::from(said);
            let (there, missing) = TELLING.get(&stem).copied().unwrap_or_default();
            overlap.telling += if said { there } else { missing };
        }
    }
    for quantity in &claim.quantities {
        let agrees = |s: &Reading| {
            let mut theirs = s.quantities.iter();
            theirs.any(|q| numbers::agrees(quantity, q))
        };
        let same = sources.iter().any(agrees) || unsaid::of_a_fraction(quantity, sources);
        let counted = if quantity.low > 3.0 || quantity.low.fract() != 0.0 {
            &mut overlap.facts
        } else {
            &mut overlap.small
        };
        counted.0 += 1;
        counted.1 += usize::from(same);
    }
    for source in sources {
        for lexeme in source
            .lexemes
            .iter()
            .filter(|l| l.span.1 - l.span.0 >= 2 && !l.stems.is_empty())
        {
            overlap.source_words.0 += 1;
            overlap.source_words.1 += usize::from(
                lexeme
                    .stems
                    .iter()
                    .any(|s| claim.stems.binary_search(s).is_ok()),
            );
        }
    }
    overlap
}

//! Whether what was found answers the question: signals of the best passages, and a
//! calibrated score. Pure.

mod kind;
mod wanted;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::fusion::Standard;
use crate::store::ScoredPassage;
pub use wanted::{Says, Wanted};

/// Passages that are looked at, and those that are where they are in another language
/// than the question, since there what answers stands lower.
const LOOKED_AT: usize = 12;
const LOOKED_AT_ACROSS: usize = 20;
/// What a passage gains that says all of the question, beside a score of 0 to 1. Across
/// languages both branches only guess at what a passage says, and many guess alike.
const SAYING: f32 = 0.15;
const SAYING_ACROSS: f32 = 2.0;
/// Signals and their products that a model weighs.
const SIGNALS: usize = 20;
/// What says less of the question does not answer it, however it compares.
const LEAST: f32 = 0.25;
/// A passage that says at least this much of the question says it.
const SAYS: f32 = 0.75;
/// The nearest passages that tell how much there is on the question's subject.
const SUBJECT: usize = 24;
/// A mean of their cosines above which it is much.
const CROWDED: f32 = 0.885;

/// What speaks for the collection having an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    /// The share of the question's terms, weighted by their rarity, that the best
    /// sentence says with what stands around it, 0 to 1.
    pub coverage: f32,
    /// The best cosine similarity, -1 to 1, where vectors were searched.
    pub similarity: Option<f32>,
    /// Whether the question and the best passage are in different languages.
    pub across: bool,
    /// How likely the collection answers, 0 to 1: a logistic model of the signals.
    pub score: f32,
    /// Below this score, 0 to 1, it is taken not to answer.
    pub threshold: f32,
}

impl Evidence {
    /// Whether it is worth reading what was found.
    pub fn is_relevant(&self) -> bool {
        self.score >= self.threshold
    }
}

/// What is measured of the passages found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// 1 where the question and most passages are in different languages.
    pub across: f32,
    /// [`Says::coverage`] of the best passage.
    pub coverage: f32,
    /// The mean of [`Says::dated`] over the best five.
    pub dated_mean: f32,
    /// [`Says::typed`] of the best passage.
    pub typed: f32,
    /// The mean of that over the best three.
    pub typed_mean: f32,
    /// The share of the passages whose best such sentence says most of the question.
    pub typed_share: f32,
    /// The mean of [`Says::near`] over the best three.
    pub near_mean: f32,
    /// The share of all possible answers that the likeliest has.
    pub agreed: f32,
    /// 1 where the question names a year and the best passage does not.
    pub year_missing: f32,
    /// The logarithm of one more than the number of terms.
    pub terms: f32,
    /// The best cosine.
    pub similarity: f32,
    /// The mean of the best five.
    pub similarity_mean: f32,
    /// How far the best cosine is above the 21st.
    pub similarity_lead: f32,
    /// The best cosine as a standard score of its list.
    pub similarity_standard: f32,
    /// The best lexical score as a standard score of its list.
    pub lexical_standard: f32,
    /// How far the eleventh lexical score is below the best, as a share of it.
    pub lexical_lead: f32,
    /// The sum of the best passage's standard scores in both branches.
    pub agreement: f32,
    /// How far that is above the last passage that is looked at.
    pub lead: f32,
    /// The mean of the best 24 cosines; it chooses the model and is not weighed.
    pub crowding: f32,
}

/// What was read of the best passages.
pub struct Read {
    /// Whether they are in another language than the question.
    pub across: bool,
    /// What each says, best passage first.
    pub says: Vec<Says>,
}

impl Read {
    /// What a passage gains that says all of the question, beside a score of 0 to 1.
    pub fn gain(&self) -> f32 {
        if self.across { SAYING_ACROSS } else { SAYING }
    }
}

/// Judges what was found, of which the best were `read`.
pub fn evidence(
    wanted: &Wanted,
    read: &Read,
    fused: &[ScoredPassage],
    lexical: &[ScoredPassage],
    dense: &[ScoredPassage],
) -> Evidence {
    let signals = signals(wanted, read, fused, lexical, dense);
    let across = read.across;
    let model = if dense.is_empty() {
        &BY_WORDS
    } else if signals.is_crowded() {
        &AMID_MANY
    } else {
        &WITH_VECTORS
    };
    Evidence {
        coverage: signals.coverage,
        similarity: dense.first().map(|best| best.score),
        across,
        score: if fused.is_empty() || signals.coverage < LEAST {
            0.0
        } else {
            model.score(&signals)
        },
        threshold: model
            .threshold_across
            .filter(|_| across)
            .unwrap_or(model.threshold),
    }
}

/// Reads the best passages, which are in another language than the question or not.
pub fn read(wanted: &Wanted, across: bool, fused: &[ScoredPassage]) -> Read {
    let most = if across { LOOKED_AT_ACROSS } else { LOOKED_AT };
    let best = &fused[..fused.len().min(most)];
    Read {
        across,
        says: best.iter().map(|scored| wanted.read(scored)).collect(),
    }
}

/// Moves passages up that say more of the question, by what was `read` of them: one that
/// says all of it gains `gain`, beside a score of 0 to 1.
pub fn prefer_saying(fused: &mut [ScoredPassage], read: &Read, gain: f32) {
    for (scored, says) in fused.iter_mut().zip(&read.says) {
        scored.score += gain * (says.coverage + says.typed) / 2.0;
    }
    for scored in fused.iter_mut() {
        scored.score /= 1.0 + gain;
    }
    fused.sort_by(|a, b| b.score.total_cmp(&a.score));
}

/// Measures what was found.
pub fn signals(
    wanted: &Wanted,
    read: &Read,
    fused: &[ScoredPassage],
    lexical: &[ScoredPassage],
    dense: &[ScoredPassage],
) -> Signals {
    let looked_at = &fused[..fused.len().min(LOOKED_AT)];
    let says = &read.says;
    let descending = |of: fn(&Says) -> f32| -> Vec<f32> {
        let mut values: Vec<f32> = says.iter().map(of).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        values
    };
    let mean = |values: &[f32], count: usize| values.iter().take(count).sum::<f32>() / count as f32;
    let best = |list: &[ScoredPassage]| list.first().map_or(0.0, |best| best.score);
    let at = |list: &[ScoredPassage], place: usize| {
        list.get(place)
            .or(list.last())
            .map_or(0.0, |scored| scored.score)
    };
    let (typed, near) = (descending(|says| says.typed), descending(|says| says.near));
    let dated = descending(|says| says.dated);
    let best_typed = says.iter().max_by(|a, b| a.typed.total_cmp(&b.typed));
    let (by_words, by_meaning) = (Standard::of_list(lexical), Standard::of_list(dense));
    let sum = |scored: &ScoredPassage| {
        let place = |list: &[ScoredPassage], standard: &Standard| {
            list.iter()
                .find(|other| other.passage.passage_id == scored.passage.passage_id)
                .map_or(standard.floor, |other| standard.of(other.score))
        };
        (place(lexical, &by_words) + place(dense, &by_meaning)) / 2.0
    };
    let first = looked_at.first().map_or(0.0, sum);
    let cosines = |count: usize| {
        let some = &dense[..dense.len().min(count)];
        some.iter().map(|scored| scored.score).sum::<f32>() / some.len().max(1) as f32
    };
    Signals {
        across: f32::from(u8::from(read.across)),
        coverage: says.iter().map(|says| says.coverage).fold(0.0, f32::max),
        dated_mean: mean(&dated, 5),
        typed: typed.first().copied().unwrap_or(0.0),
        typed_mean: mean(&typed, 3),
        typed_share: typed.iter().filter(|typed| **typed >= SAYS).count() as f32 / LOOKED_AT as f32,
        near_mean: mean(&near, 3),
        agreed: agreed(says),
        year_missing: best_typed.map_or(0.0, |says| says.year_missing),
        terms: (1.0 + wanted.units.len() as f32).ln(),
        similarity: best(dense),
        similarity_mean: cosines(5),
        similarity_lead: best(dense) - at(dense, 20),
        similarity_standard: by_meaning.top,
        lexical_standard: by_words.top,
        lexical_lead: if best(lexical) > 0.0 {
            1.0 - at(lexical, 10) / best(lexical)
        } else {
            0.0
        },
        agreement: first,
        lead: first - looked_at.last().map_or(0.0, sum),
        crowding: cosines(SUBJECT),
    }
}

/// The share of all possible answers that the likeliest has.
fn agreed(says: &[Says]) -> f32 {
    let mut votes: HashMap<&str, f32> = HashMap::new();
    for (thing, coverage) in says.iter().flat_map(|says| &says.candidates) {
        *votes.entry(thing).or_default() += coverage;
    }
    // Summed in one order, so that the same search gives the same score every time.
    let mut votes: Vec<f32> = votes.into_values().collect();
    votes.sort_by(|a, b| b.total_cmp(a));
    votes.first().copied().unwrap_or(0.0) / (1.0 + votes.iter().sum::<f32>())
}

/// A logistic model: a weight for each signal and the bias.
struct Model {
    weights: [f32; SIGNALS],
    bias: f32,
    threshold: f32,
    /// That for questions in another language than the passages, where it judges them.
    threshold_across: Option<f32>,
}

impl Model {
    fn score(&self, signals: &Signals) -> f32 {
        let sum: f32 = signals
            .values()
            .iter()
            .zip(&self.weights)
            .map(|(value, weight)| value * weight)
            .sum();
        1.0 / (1.0 + (-(sum + self.bias)).exp())
    }
}

impl Signals {
    /// Whether there is so much on the question's subject that nearness to it says little
    /// of an answer: reports of the very event without what is asked.
    pub fn is_crowded(&self) -> bool {
        self.across < 0.5 && self.crowding > CROWDED
    }

    /// The signals in the models' order, with the products that they use.
    pub fn values(&self) -> [f32; SIGNALS] {
        [
            self.across,
            self.coverage,
            self.dated_mean,
            self.typed,
            self.typed_mean,
            self.typed_share,
            self.near_mean,
            self.agreed,
            self.year_missing,
            self.terms,
            self.similarity,
            self.similarity_mean,
            self.similarity_lead,
            self.similarity_standard,
            self.lexical_standard,
            self.lexical_lead,
            self.agreement,
            self.lead,
            self.across * self.coverage,
            self.across * self.similarity,
        ]
    }
}

/// Logistic regression by `examples/evidence` on three sets of questions, each asked of its
/// own articles and of those among 20,000 more, and on questions about the 20,000, all of
/// which count alike; the thresholds refuse at most 4 %, amid many reports on a subject 3 %, of the
/// questions of each set that have an answer. What this gives on halves that were not
/// fitted is in `docs/performance.md`.
const WITH_VECTORS: Model = Model {
    weights: [
        0.605, 4.879, -6.922, 1.364, -3.688, -0.277, 5.207, 3.234, -3.537, 0.078, 9.672, -0.678,
        48.849, -0.147, 0.019, 0.932, 0.202, 0.307, 4.592, 0.514,
    ],
    bias: -14.103,
    threshold: 0.224,
    threshold_across: Some(0.176),
};
/// Fitted with a heavy penalty, since few sets have so much on a subject.
const AMID_MANY: Model = Model {
    weights: [
        0.0, 1.049, 1.062, 0.821, 1.014, 0.588, 0.728, 1.798, -0.246, 0.119, 20.327, 19.131,
        14.526, 0.055, -0.091, -0.378, 0.036, -0.040, 0.0, 0.0,
    ],
    bias: -41.440,
    threshold: 0.279,
    threshold_across: None,
};
const BY_WORDS: Model = Model {
    weights: [
        0.044, 3.556, -3.063, 3.125, -2.253, 2.648, 1.553, 2.176, -1.623, 0.127, 0.0, 0.0, 0.0,
        0.0, 0.086, 2.983, 0.172, -0.018, 2.371, 0.0,
    ],
    bias: -5.694,
    threshold: 0.168,
    threshold_across: Some(0.159),
};

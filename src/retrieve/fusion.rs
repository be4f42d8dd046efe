//! Two lists of scored passages to one. Pure.

use std::borrow::Cow;
use std::collections::HashMap;

use uuid::Uuid;

use crate::store::ScoredPassage;

/// Passages of each language that tell how far the languages lie apart.
const TELLING: usize = 2;

/// The list with the scores of passages in the question's own language lowered by how
/// far their median lies above that of the others, best first again.
///
/// An embedder of many languages puts any text of the question's language nearer to it
/// than what answers in another (language bias: Roy et al. 2020, LAReQA), so that among
/// Chinese articles the few English ones come first for every English question.
pub fn level(
    dense: &[ScoredPassage],
    is_own: impl Fn(&ScoredPassage) -> bool,
) -> Cow<'_, [ScoredPassage]> {
    let (own, others): (Vec<f32>, Vec<f32>) = {
        let part = |wanted: bool| {
            let scored = dense.iter().filter(|scored| is_own(scored) == wanted);
            scored.map(|scored| scored.score).collect()
        };
        (part(true), part(false))
    };
    if own.len() < TELLING || others.len() < TELLING {
        return Cow::Borrowed(dense);
    }
    // Both are in order, as the list is.
    let ahead = own[own.len() / 2] - others[others.len() / 2];
    if ahead <= 0.0 {
        return Cow::Borrowed(dense);
    }
    let mut levelled = dense.to_vec();
    for scored in levelled.iter_mut().filter(|scored| is_own(scored)) {
        scored.score -= ahead;
    }
    levelled.sort_by(|a, b| b.score.total_cmp(&a.score));
    Cow::Owned(levelled)
}

/// A weighted sum of standard scores, best first: each branch's scores are set off
/// from their own mean in units of their own deviation, so that branches of
/// different scales and spreads can be added up (as in distribution-based fusion,
/// and in Renda & Straccia 2003). A passage that one branch lacks has its floor there.
///
/// `depth` is how many each branch was asked for: a lexical list that is shorter has
/// all that match, so that whatever else the dense one found scores 0 in it, and a
/// rare name that one passage has stands out. The result is between 0 and 1, where 1
/// is the best of both branches.
pub fn fuse(
    lexical: &[ScoredPassage],
    dense: &[ScoredPassage],
    lexical_weight: f32,
    depth: usize,
) -> Vec<ScoredPassage> {
    let lexical_scores = if lexical.len() < depth {
        let unmatched = dense.len().saturating_sub(lexical.len()).max(1);
        Standard::new(lexical, 0.0, unmatched)
    } else {
        Standard::of_list(lexical)
    };
    let dense_scores = Standard::of_list(dense);
    let branches = [
        (lexical, lexical_scores, lexical_weight),
        (dense, dense_scores, 1.0 - lexical_weight),
    ];
    let range: f32 = branches
        .iter()
        .map(|(_, scores, weight)| weight * (scores.top - scores.floor))
        .sum();
    let mut fused: HashMap<Uuid, (f32, &ScoredPassage)> = HashMap::new();
    for (list, scores, weight) in &branches {
        for scored in *list {
            let gain = weight * (scores.of(scored.score) - scores.floor);
            fused
                .entry(scored.passage.passage_id)
                .or_insert((0.0, scored))
                .0 += if range > 0.0 { gain / range } else { *weight };
        }
    }
    in_order(fused)
}

/// Reciprocal rank fusion (Cormack et al. 2009) of the same lists, to compare with;
/// `k` is the paper's constant, 60 there.
pub fn fuse_by_rank(lists: &[&[ScoredPassage]], k: f32) -> Vec<ScoredPassage> {
    let mut fused: HashMap<Uuid, (f32, &ScoredPassage)> = HashMap::new();
    for list in lists {
        for (rank, scored) in list.iter().enumerate() {
            fused
                .entry(scored.passage.passage_id)
                .or_insert((0.0, scored))
                .0 += 1.0 / (k + rank as f32 + 1.0);
        }
    }
    in_order(fused)
}

/// How a list's scores are standardised.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standard {
    mean: f32,
    deviation: f32,
    /// The best one's standard score.
    pub(super) top: f32,
    /// That of a passage which the list lacks.
    pub(super) floor: f32,
}

impl Standard {
    /// Of a list and `others` more passages with the score `floor`.
    fn new(list: &[ScoredPassage], floor: f32, others: usize) -> Standard {
        let count = (list.len() + others) as f32;
        let scores = || {
            let others = std::iter::repeat_n(floor, others);
            list.iter().map(|scored| scored.score).chain(others)
        };
        let mean = scores().sum::<f32>() / count;
        let variance = scores().map(|score| (score - mean).powi(2)).sum::<f32>() / count;
        let mut standard = Standard {
            mean,
            deviation: variance.sqrt(),
            top: 0.0,
            floor: 0.0,
        };
        standard.top = list.first().map_or(0.0, |best| standard.of(best.score));
        standard.floor = if list.is_empty() {
            0.0
        } else {
            standard.of(floor)
        };
        standard
    }

    /// A list by itself: what it lacks has its last score.
    pub(super) fn of_list(list: &[ScoredPassage]) -> Standard {
        Standard::new(list, list.last().map_or(0.0, |worst| worst.score), 1)
    }

    /// The standard score of `score`; 0 where all are alike.
    pub(super) fn of(&self, score: f32) -> f32 {
        if self.deviation > 0.0 {
            (score - self.mean) / self.deviation
        } else {
            0.0
        }
    }
}

fn in_order(fused: HashMap<Uuid, (f32, &ScoredPassage)>) -> Vec<ScoredPassage> {
    let mut fused: Vec<(f32, &ScoredPassage)> = fused.into_values().collect();
    // The id breaks ties, so that the same search gives the same order every time.
    fused.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then_with(|| a.1.passage.passage_id.cmp(&b.1.passage.passage_id))
    });
    fused
        .into_iter()
        .map(|(score, scored)| ScoredPassage {
            passage: scored.passage.clone(),
            score,
        })
        .collect()
}

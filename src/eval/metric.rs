//! Metrics of rankings, each with its definition; all are between 0 and 1.

use std::collections::HashSet;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::article::ArticleId;

/// Draws of the bootstrap (Efron 1979).
const DRAWS: usize = 1000;

/// A mean with its 95 % interval by the percentile bootstrap over questions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Its 2.5th percentile.
    pub low: f64,
    /// Its 97.5th.
    pub high: f64,
}

/// One question's ranking, judged: which places hold a right article.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// For each place, how many right articles it brings that no earlier one brought.
    gains: Vec<usize>,
    relevant: usize,
}

impl Judged {
    /// `ranking` is best first; a place may stand for several articles.
    pub fn new(ranking: &[Vec<ArticleId>], relevant: &[ArticleId]) -> Judged {
        let relevant: HashSet<&ArticleId> = relevant.iter().collect();
        let mut seen = HashSet::new();
        let gains = ranking
            .iter()
            .map(|place| {
                place
                    .iter()
                    .filter(|id| relevant.contains(id) && seen.insert(*id))
                    .count()
            })
            .collect();
        Judged {
            gains,
            relevant: relevant.len(),
        }
    }

    /// The first place with a right article, from 1.
    pub fn first_rank(&self) -> Option<usize> {
        self.gains
            .iter()
            .position(|gain| *gain > 0)
            .map(|at| at + 1)
    }

    /// 1 if one of the first `k` places holds a right article.
    pub fn hit(&self, k: usize) -> f64 {
        f64::from(u8::from(self.first_rank().is_some_and(|rank| rank <= k)))
    }

    /// One over the first right place, 0 beyond `k` (Voorhees 1999).
    pub fn reciprocal_rank(&self, k: usize) -> f64 {
        self.first_rank()
            .filter(|rank| *rank <= k)
            .map_or(0.0, |rank| 1.0 / rank as f64)
    }

    /// Discounted gain of right places over the best possible (Järvelin & Kekäläinen 2002).
    pub fn ndcg(&self, k: usize) -> f64 {
        let discount = |place: usize| 1.0 / ((place + 2) as f64).log2();
        let gained: f64 = self
            .gains
            .iter()
            .take(k)
            .enumerate()
            .filter(|(_, gain)| **gain > 0)
            .map(|(place, _)| discount(place))
            .sum();
        let best: f64 = (0..self.relevant.min(k)).map(discount).sum();
        if best > 0.0 {
            (gained / best).min(1.0)
        } else {
            0.0
        }
    }

    /// The share of right articles that the first `k` places hold.
    pub fn recall(&self, k: usize) -> f64 {
        let found: usize = self.gains.iter().take(k).sum();
        if self.relevant == 0 {
            0.0
        } else {
            found as f64 / self.relevant as f64
        }
    }
}

/// All metrics of a suite by name.
pub fn all(judged: &[Judged]) -> Vec<(String, Interval)> {
    let of = |name: &str, metric: &dyn Fn(&Judged) -> f64| {
        let values: Vec<f64> = judged.iter().map(metric).collect();
        (name.to_owned(), interval(&values))
    };
    vec![
        of("Hit@1", &|judged| judged.hit(1)),
        of("Hit@5", &|judged| judged.hit(5)),
        of("Hit@10", &|judged| judged.hit(10)),
        of("MRR@10", &|judged| judged.reciprocal_rank(10)),
        of("nDCG@10", &|judged| judged.ndcg(10)),
        of("Recall@10", &|judged| judged.recall(10)),
    ]
}

/// The mean of `values` with its interval; the draws are the same every time.
pub fn interval(values: &[f64]) -> Interval {
    if values.is_empty() {
        return Interval {
            mean: 0.0,
            low: 0.0,
            high: 0.0,
        };
    }
    let count = values.len();
    let mut random = SmallRng::seed_from_u64(0);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            (0..count)
                .map(|_| values[random.random_range(0..count)])
                .sum::<f64>()
                / count as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    Interval {
        mean: values.iter().sum::<f64>() / count as f64,
        low: means[DRAWS * 25 / 1000],
        high: means[DRAWS * 975 / 1000],
    }
}

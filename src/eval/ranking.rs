//! A ranking against the articles that are relevant. Pure.

use std::collections::HashSet;

use crate::article::ArticleId;

/// Articles that a question's ranking is judged on.
pub const DEPTH: usize = 10;

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

//! How sure a mean is: percentile bootstrap (Efron 1979) with a fixed seed. Pure.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

/// Draws of the bootstrap.
const DRAWS: usize = 1000;

/// A mean with its 95 % interval by the percentile bootstrap over cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Its 2.5th percentile.
    pub low: f64,
    /// Its 97.5th.
    pub high: f64,
}

impl Interval {
    /// Whether it is all on one side of zero: for differences, more than noise.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The mean of `values` with its interval; the draws are the same every time. For the
/// difference of two systems give the differences case by case: the interval is then
/// that of the paired bootstrap.
pub fn interval(values: &[f64]) -> Interval {
    if values.is_empty() {
        return Interval::default();
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

//! Logistic regression (L2) on standardised values, by Newton's method.

/// Which model judges a question, and by which threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Question and passages are in one language.
    Own,
    /// They are in two.
    Across,
    /// They are in one, and there is much on the subject.
    AmidMany,
}

/// One question asked of one collection.
#[derive(Clone)]
pub struct Case {
    /// The question's number.
    pub question: u64,
    /// What was measured.
    pub values: Vec<f64>,
    /// Whether the collection answers.
    pub answered: bool,
    /// Its share in the fit.
    pub weight: f64,
    /// Which suite it is of.
    pub suite: usize,
    /// Which model judges it.
    pub kind: Kind,
}

/// Weights of the values as they are measured.
pub struct Fit {
    pub weights: Vec<f64>,
    pub bias: f64,
}

impl Fit {
    /// How likely a case is answered.
    pub fn score(&self, values: &[f64]) -> f64 {
        let sum: f64 = values.iter().zip(&self.weights).map(|(a, b)| a * b).sum();
        1.0 / (1.0 + (-(sum + self.bias)).exp())
    }
}

/// Fits; `penalty` is half of what the square of a weight costs, beside cases whose
/// weights add up to their number.
pub fn fit(cases: &[Case], penalty: f64) -> Fit {
    let width = cases[0].values.len();
    let count = cases.len() as f64;
    let column = |at: usize| cases.iter().map(move |case| case.values[at]);
    let means: Vec<f64> = (0..width)
        .map(|at| column(at).sum::<f64>() / count)
        .collect();
    let deviations: Vec<f64> = (0..width)
        .map(|at| {
            let variance = column(at)
                .map(|value| (value - means[at]).powi(2))
                .sum::<f64>()
                / count;
            if variance > 1e-12 {
                variance.sqrt()
            } else {
                1.0
            }
        })
        .collect();
    let rows: Vec<Vec<f64>> = cases
        .iter()
        .map(|case| {
            let standard = (0..width).map(|at| (case.values[at] - means[at]) / deviations[at]);
            standard.chain([1.0]).collect()
        })
        .collect();
    let mut weights = vec![0.0; width + 1];
    for _ in 0..25 {
        let mut gradient = vec![0.0; width + 1];
        let mut curvature = vec![vec![0.0; width + 1]; width + 1];
        for (case, row) in cases.iter().zip(&rows) {
            let sum: f64 = row.iter().zip(&weights).map(|(a, b)| a * b).sum();
            let chance = 1.0 / (1.0 + (-sum).exp());
            let error = case.weight * (chance - f64::from(u8::from(case.answered)));
            let curve = case.weight * (chance * (1.0 - chance)).max(1e-9);
            for (i, a) in row.iter().enumerate() {
                gradient[i] += error * a;
                for (j, b) in row.iter().enumerate() {
                    curvature[i][j] += curve * a * b;
                }
            }
        }
        for at in 0..width {
            gradient[at] += 2.0 * penalty * weights[at];
            curvature[at][at] += 2.0 * penalty;
        }
        for (weight, step) in weights.iter_mut().zip(solve(curvature, gradient)) {
            *weight -= step;
        }
    }
    let scaled: Vec<f64> = (0..width).map(|at| weights[at] / deviations[at]).collect();
    let shift: f64 = scaled.iter().zip(&means).map(|(a, b)| a * b).sum();
    Fit {
        bias: weights[width] - shift,
        weights: scaled,
    }
}

/// Gaussian elimination with pivots.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for at in 0..size {
        let pivot = (at..size)
            .max_by(|a, b| matrix[*a][at].abs().total_cmp(&matrix[*b][at].abs()))
            .unwrap_or(at);
        matrix.swap(at, pivot);
        right.swap(at, pivot);
        for below in at + 1..size {
            let (above, rest) = matrix.split_at_mut(below);
            let factor = rest[0][at] / above[at][at];
            for (value, upper) in rest[0].iter_mut().zip(&above[at]).skip(at) {
                *value -= factor * upper;
            }
            right[below] -= factor * right[at];
        }
    }
    for at in (0..size).rev() {
        let known: f64 = (at + 1..size).map(|k| matrix[at][k] * right[k]).sum();
        right[at] = (right[at] - known) / matrix[at][at];
    }
    right
}

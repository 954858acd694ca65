//! Accuracy and its interval.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// z of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// How many samples were classified right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Score {
    /// Right ones.
    pub correct: usize,
    /// All of them.
    pub samples: usize,
}

impl Score {
    /// The share of right ones in percent; 0 where there are no samples.
    pub fn accuracy_percent(self) -> f64 {
        if self.samples == 0 { 0.0 } else { 100.0 * self.correct as f64 / self.samples as f64 }
    }

    /// Adds the result of further samples.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { correct: self.correct + other.correct, samples: self.samples + other.samples }
    }
}

/// The 95 % interval of a share, in percent. **Source**: Wilson 1927.
pub fn wilson(score: Score) -> (f64, f64) {
    if score.samples == 0 {
        return (0.0, 100.0);
    }
    let n = score.samples as f64;
    let p = score.correct as f64 / n;
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    (100.0 * (centre - half).max(0.0), 100.0 * (centre + half).min(1.0))
}

/// The index of the largest value, the first of equals; 0 for none.
pub fn arg_max(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::{Score, arg_max, wilson};

    #[test]
    fn wilson_matches_statsmodels() {
        // statsmodels 0.15.0 proportion_confint(..., method="wilson")
        for (correct, samples, low, high) in
            [(0, 10, 0.0, 27.753_28), (5, 10, 23.659_31, 76.340_69), (984, 1000, 97.416_79, 99.012_78)]
        {
            let (a, b) = wilson(Score { correct, samples });
            assert!((a - low).abs() < 1e-5 && (b - high).abs() < 1e-5, "{a} {b}");
        }
    }

    #[test]
    fn arg_max_takes_the_first_of_equals() {
        assert_eq!(arg_max(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(arg_max(&[]), 0);
    }
}

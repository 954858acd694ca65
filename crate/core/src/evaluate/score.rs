//! Accuracy and its interval.

use crate::dataset::Metric;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// z of a two-sided 95 % interval.
pub const Z: f64 = 1.959_963_984_540_054;

/// What a model achieved on some samples. Scores of parts of a set add up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Score {
    /// What was measured.
    pub metric: Metric,
    /// Classes that are right, where classes are compared.
    pub correct: usize,
    /// All samples.
    pub samples: usize,
    /// Positions of a sample that have a class each; 1 where the sample has one.
    pub places: usize,
    /// Samples whose output is not a number: NaN or infinite. They are counted among all, are never right, and
    /// have no error.
    pub undefined: usize,
    /// Sum over the samples of the mean squared error of their outputs.
    pub squared_error: f64,
    /// Root mean squared error of each normal sample, where anomalies are told from them.
    pub normal: Vec<f32>,
    /// The same of the abnormal ones.
    pub abnormal: Vec<f32>,
}

impl Default for Score {
    fn default() -> Self {
        let (normal, abnormal) = (Vec::new(), Vec::new());
        let metric = Metric::default();
        Self { metric, correct: 0, samples: 0, places: 1, undefined: 0, squared_error: 0.0, normal, abnormal }
    }
}

impl Score {
    /// `correct` of `samples` classes are right.
    pub fn classes(correct: usize, samples: usize) -> Self {
        Self { correct, samples, ..Self::default() }
    }

    /// The share of right ones in percent; 0 where there are no samples.
    pub fn accuracy_percent(&self) -> f64 {
        100.0 * self.share()
    }

    /// The share of right classes; 0 where there are none.
    fn share(&self) -> f64 {
        let all = self.samples * self.places;
        if all == 0 { 0.0 } else { self.correct as f64 / all as f64 }
    }

    /// The metric's value: percent of what is right or of the area under the curve, which rise, or the
    /// root mean squared error, which falls the better a model is. None where no sample has one: a mean of no
    /// errors, or an area without samples of both kinds.
    pub fn value(&self) -> Option<f64> {
        match self.metric {
            Metric::Accuracy | Metric::Agreement => Some(self.accuracy_percent()),
            Metric::Error | Metric::Reconstruction => self.error(),
            Metric::Auc => area_under_curve(&self.normal, &self.abnormal).map(|area| 100.0 * area),
        }
    }

    /// The root mean squared error of the samples that have one; none where there are samples and none has.
    pub fn error(&self) -> Option<f64> {
        let defined = self.samples.saturating_sub(self.undefined);
        let error = (self.squared_error / defined.max(1) as f64).sqrt();
        (error.is_finite() && (defined > 0 || self.samples == 0)).then_some(error)
    }

    /// The value with its unit, as people read it, and in how many samples there is none.
    pub fn text(&self) -> String {
        match (self.undefined, self.value()) {
            (0, None) => "unknown".into(),
            (0, Some(value)) => self.metric.text(value),
            (undefined, None) => undefined_text(undefined),
            (undefined, Some(value)) => format!("{}, {}", self.metric.text(value), undefined_text(undefined)),
        }
    }

    /// The 95 % interval of the value, where there is one: for shares of samples.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.metric.compares_classes().then(|| wilson(self))
    }

    /// Adds the result of further samples.
    #[must_use]
    pub fn plus(mut self, other: Self) -> Self {
        if self.samples == 0 {
            (self.metric, self.places) = (other.metric, other.places);
        }
        self.correct += other.correct;
        self.samples += other.samples;
        self.undefined += other.undefined;
        self.squared_error += other.squared_error;
        self.normal.extend(other.normal);
        self.abnormal.extend(other.abnormal);
        self
    }
}

/// The probability that an abnormal sample has a larger error than a normal one, ties counted half: the
/// area under the receiver operating characteristic; none without samples of both kinds. **Source**: Mann and
/// Whitney 1947.
fn area_under_curve(normal: &[f32], abnormal: &[f32]) -> Option<f64> {
    let mut sorted = normal.to_vec();
    sorted.sort_by(f32::total_cmp);
    let below = |error: &f32| {
        let less = sorted.partition_point(|n| n < error);
        let not_more = sorted.partition_point(|n| n <= error);
        (less + not_more) as f64 / 2.0
    };
    let pairs = normal.len() * abnormal.len();
    (pairs > 0).then(|| abnormal.iter().map(below).sum::<f64>() / pairs as f64)
}

/// In how many samples a model's output is not a number.
pub fn undefined_text(samples: usize) -> String {
    format!("not a number in {samples} sample{}", if samples == 1 { "" } else { "s" })
}

/// The 95 % interval of a share, in percent. Positions of a sample depend on one another, so they count as
/// one. **Source**: Wilson 1927.
pub fn wilson(score: &Score) -> (f64, f64) {
    if score.samples == 0 {
        return (0.0, 100.0);
    }
    let n = score.samples as f64;
    let p = score.share();
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    (100.0 * (centre - half).max(0.0), 100.0 * (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::{Metric, Score, wilson};

    #[test]
    fn wilson_matches_statsmodels() {
        // statsmodels 0.15.0 proportion_confint(..., method="wilson")
        for (correct, samples, low, high) in
            [(0, 10, 0.0, 27.753_28), (5, 10, 23.659_31, 76.340_69), (984, 1000, 97.416_79, 99.012_78)]
        {
            let (a, b) = wilson(&Score::classes(correct, samples));
            assert!((a - low).abs() < 1e-5 && (b - high).abs() < 1e-5, "{a} {b}");
        }
    }

    #[test]
    fn the_area_under_the_curve_counts_pairs() {
        let score = Score {
            metric: Metric::Auc,
            samples: 5,
            normal: vec![1.0, 2.0, 3.0],
            abnormal: vec![2.0, 4.0],
            ..Score::default()
        };
        // Of six pairs 4 are in order and one is a tie.
        assert_eq!(score.value(), Some(75.0));
        assert_eq!(Score::default().plus(score.clone()), score);
    }

    #[test]
    fn samples_without_a_number_are_said_and_have_no_error() {
        let score = |squared_error, undefined| Score {
            metric: Metric::Error,
            samples: 4,
            undefined,
            squared_error,
            ..Score::default()
        };
        assert_eq!(score(16.0, 0).text(), "2.000000");
        assert_eq!(score(16.0, 3).text(), "4.000000, not a number in 3 samples");
        assert_eq!((score(0.0, 4).value(), score(0.0, 4).text()), (None, "not a number in 4 samples".into()));
        assert_eq!(score(1.0, 1).plus(score(1.0, 2)).undefined, 3);
        let half = Score { undefined: 1, ..Score::classes(2, 4) };
        assert_eq!(half.text(), "50.00 %, not a number in 1 sample");
        assert_eq!(Score { metric: Metric::Auc, samples: 3, ..Score::default() }.text(), "unknown");
    }
}

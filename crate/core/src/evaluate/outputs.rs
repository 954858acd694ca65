//! What a model gave for some samples, and how good that is by each metric.

use super::{EvaluateError, Score, arg_max};
use crate::dataset::{Metric, Samples};
use ndarray::Array2;

/// Rows of outputs, one for each sample.
#[derive(Clone, Copy, Debug)]
pub struct Outputs<'a> {
    values: &'a [f32],
    width: usize,
}

impl<'a> Outputs<'a> {
    /// Rows of `width` values.
    pub fn new(values: &'a [f32], width: usize) -> Self {
        Self { values, width: width.max(1) }
    }

    /// The rows of `outputs`.
    pub fn of(outputs: &'a Array2<f32>) -> Self {
        Self::new(outputs.as_slice().unwrap_or_default(), outputs.ncols())
    }

    /// The rows.
    pub fn rows(self) -> impl ExactSizeIterator<Item = &'a [f32]> {
        self.values.chunks_exact(self.width)
    }

    /// The class that each row chooses: one value is the probability of class 1.
    pub fn classes(self) -> Vec<i32> {
        self.rows().map(class_of).collect()
    }

    /// The score of these rows as outputs for the samples from `from` on.
    ///
    /// # Errors
    /// Rows that are not as wide as what they are compared with.
    pub fn score(self, samples: &Samples, from: usize) -> Result<Score, EvaluateError> {
        let count = self.rows().len();
        let metric = samples.metric;
        let mut score = Score { metric, samples: count, ..Score::default() };
        let wanted = |index: usize| match metric {
            Metric::Error => self.row_of(&samples.targets, from + index),
            _ => samples.sample(from + index),
        };
        if metric.compares_classes() {
            let labels = samples.labels.get(from..).unwrap_or_default();
            score.correct = self.rows().zip(labels).filter(|(row, label)| class_of(row) == **label).count();
            return Ok(score);
        }
        for (index, row) in self.rows().enumerate() {
            let error = squared_error(row, wanted(index))?;
            score.squared_error += error;
            if metric == Metric::Auc {
                let list = match samples.labels.get(from + index) {
                    Some(0) | None => &mut score.normal,
                    Some(_) => &mut score.abnormal,
                };
                list.push(error.sqrt() as f32);
            }
        }
        Ok(score)
    }

    /// How close these rows are to `others`: the share of equal classes for metrics that compare classes,
    /// else the root mean squared difference.
    ///
    /// # Errors
    /// Rows of different widths.
    pub fn agreement(self, others: Outputs, metric: Metric) -> Result<Score, EvaluateError> {
        let count = self.rows().len().min(others.rows().len());
        let pairs = self.rows().zip(others.rows());
        if metric.compares_classes() {
            let correct = pairs.filter(|(a, b)| class_of(a) == class_of(b)).count();
            return Ok(Score { metric: Metric::Agreement, correct, samples: count, ..Score::default() });
        }
        let errors = pairs.map(|(a, b)| squared_error(a, b)).collect::<Result<Vec<f64>, _>>()?;
        let squared_error = errors.iter().sum();
        Ok(Score { metric: Metric::Error, samples: count, squared_error, ..Score::default() })
    }

    fn row_of(self, values: &[f32], index: usize) -> &[f32] {
        values.get(index * self.width..(index + 1) * self.width).unwrap_or_default()
    }
}

fn class_of(row: &[f32]) -> i32 {
    match row {
        [one] => i32::from(*one > 0.5),
        many => arg_max(many) as i32,
    }
}

/// The mean of the squared differences.
fn squared_error(row: &[f32], wanted: &[f32]) -> Result<f64, EvaluateError> {
    if row.len() != wanted.len() || row.is_empty() {
        let reason = format!("it gives {} values for a sample, {} are wanted", row.len(), wanted.len());
        return Err(EvaluateError::Interface(reason));
    }
    let sum: f64 = row.iter().zip(wanted).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    Ok(sum / row.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::{Metric, Outputs, Samples};

    fn samples(metric: Metric) -> Samples {
        Samples {
            values: vec![0.0, 0.0, 1.0, 1.0],
            shape: vec![2],
            labels: if metric == Metric::Error { vec![] } else { vec![0, 1] },
            targets: if metric == Metric::Error { vec![1.0, 1.0, 1.0, 3.0] } else { vec![] },
            metric,
        }
    }

    #[test]
    fn every_metric_by_hand() {
        let rows = [1.0, 0.0, 1.0, 3.0];
        let outputs = Outputs::new(&rows, 2);
        let value = |metric| outputs.score(&samples(metric), 0).unwrap().value();
        assert_eq!(value(Metric::Accuracy), 100.0);
        // Mean squared errors 0.5 and 0; 0.5 and 2.
        assert_eq!(value(Metric::Error), 0.5);
        assert_eq!(value(Metric::Reconstruction), 1.25_f64.sqrt());
        assert_eq!(value(Metric::Auc), 100.0);
        let second = Outputs::new(&rows[2..], 2).score(&samples(Metric::Error), 1).unwrap();
        assert_eq!(second.value(), 0.0);
        assert!(Outputs::new(&rows, 4).score(&samples(Metric::Reconstruction), 0).is_err());
    }

    #[test]
    fn agreement_is_of_classes_or_values() {
        let (a, b) = (Outputs::new(&[1.0, 0.0, 0.0, 1.0], 2), Outputs::new(&[1.0, 0.0, 1.0, 0.0], 2));
        let classes = a.agreement(b, Metric::Accuracy).unwrap();
        assert_eq!((classes.metric, classes.value()), (Metric::Agreement, 50.0));
        let values = a.agreement(b, Metric::Auc).unwrap();
        assert_eq!((values.metric, values.value()), (Metric::Error, 0.5_f64.sqrt()));
    }
}

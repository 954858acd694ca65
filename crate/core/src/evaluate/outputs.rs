//! What a model gave for some samples, and how good that is by each metric.

use super::{EvaluateError, Score};
use crate::dataset::{Choosing, Metric, Samples};
use ndarray::Array2;

/// The class where an output is not a number: equal to no label.
const NO_CLASS: i32 = -1;

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

    /// The classes that each row chooses, one for each place. -1 where it is not a number.
    pub fn classes(self, choosing: Choosing) -> Vec<i32> {
        let of =
            |row: &[f32]| choosing.classes(row).map(|class| class.unwrap_or(NO_CLASS)).collect::<Vec<i32>>();
        self.rows().flat_map(of).collect()
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
            let choosing = samples.choosing;
            score.places = choosing.places;
            for (index, row) in self.rows().enumerate() {
                let labels = samples.labels_of(from + index);
                let right = |(class, label): &(Option<i32>, &i32)| *class == Some(**label);
                score.correct += choosing.classes(row).zip(labels).filter(right).count();
                score.undefined += usize::from(choosing.classes(row).any(|class| class.is_none()));
            }
            return Ok(score);
        }
        for (index, row) in self.rows().enumerate() {
            let Some(error) = squared_error(row, wanted(index))? else {
                score.undefined += 1;
                continue;
            };
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

    /// How close these rows are to `others`, both for the same of `samples`: the share of equal classes for
    /// metrics that compare classes, else the root mean squared difference. What is not a number agrees with
    /// nothing.
    ///
    /// # Errors
    /// Rows of different widths.
    pub fn agreement(self, others: Outputs, samples: &Samples) -> Result<Score, EvaluateError> {
        let count = self.rows().len().min(others.rows().len());
        let pairs = self.rows().zip(others.rows());
        if samples.metric.compares_classes() {
            let (metric, choosing) = (Metric::Agreement, samples.choosing);
            let mut score = Score { metric, samples: count, places: choosing.places, ..Score::default() };
            for (a, b) in pairs {
                let classes = || choosing.classes(a).zip(choosing.classes(b));
                score.correct += classes().filter(|(a, b)| a.is_some() && a == b).count();
                score.undefined += usize::from(classes().any(|(a, b)| a.is_none() || b.is_none()));
            }
            return Ok(score);
        }
        let mut score = Score { metric: Metric::Error, samples: count, ..Score::default() };
        for (a, b) in pairs {
            match squared_error(a, b)? {
                Some(error) => score.squared_error += error,
                None => score.undefined += 1,
            }
        }
        Ok(score)
    }

    fn row_of(self, values: &[f32], index: usize) -> &[f32] {
        values.get(index * self.width..(index + 1) * self.width).unwrap_or_default()
    }
}

/// The mean of the squared differences; none where it is not a number.
fn squared_error(row: &[f32], wanted: &[f32]) -> Result<Option<f64>, EvaluateError> {
    if row.len() != wanted.len() || row.is_empty() {
        let reason = format!("it gives {} values for a sample, {} are wanted", row.len(), wanted.len());
        return Err(EvaluateError::Interface(reason));
    }
    let sum: f64 = row.iter().zip(wanted).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    Ok(Some(sum / row.len() as f64).filter(|mean| mean.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::{Choosing, Metric, Outputs, Samples};

    fn samples(metric: Metric) -> Samples {
        Samples {
            values: vec![0.0, 0.0, 1.0, 1.0],
            shape: vec![2],
            labels: if metric == Metric::Error { vec![] } else { vec![0, 1] },
            targets: if metric == Metric::Error { vec![1.0, 1.0, 1.0, 3.0] } else { vec![] },
            metric,
            ..Samples::default()
        }
    }

    #[test]
    fn every_metric_by_hand() {
        let rows = [1.0, 0.0, 1.0, 3.0];
        let outputs = Outputs::new(&rows, 2);
        let value = |metric| outputs.score(&samples(metric), 0).unwrap().value().unwrap();
        assert_eq!(value(Metric::Accuracy), 100.0);
        // Mean squared errors 0.5 and 0; 0.5 and 2.
        assert_eq!(value(Metric::Error), 0.5);
        assert_eq!(value(Metric::Reconstruction), 1.25_f64.sqrt());
        assert_eq!(value(Metric::Auc), 100.0);
        let second = Outputs::new(&rows[2..], 2).score(&samples(Metric::Error), 1).unwrap();
        assert_eq!(second.value(), Some(0.0));
        assert!(Outputs::new(&rows, 4).score(&samples(Metric::Reconstruction), 0).is_err());
    }

    #[test]
    fn positions_are_counted_each() {
        let choosing = Choosing { places: 2, ..Choosing::default() };
        let samples = Samples { labels: vec![0, 1, 1, 1], choosing, ..samples(Metric::Accuracy) };
        // Two classes of two positions: 1 4 and 2 3; the same again.
        let rows = [1.0, 4.0, 2.0, 3.0, 1.0, 4.0, 2.0, 3.0];
        let score = Outputs::new(&rows, 4).score(&samples, 0).unwrap();
        assert_eq!((score.correct, score.samples, score.places, score.value()), (1, 2, 2, Some(25.0)));
        let second = Outputs::new(&rows[4..], 4).score(&samples, 1).unwrap();
        assert_eq!((second.correct, second.samples), (1, 1));
    }

    #[test]
    fn agreement_is_of_classes_or_values() {
        let (a, b) = (Outputs::new(&[1.0, 0.0, 0.0, 1.0], 2), Outputs::new(&[1.0, 0.0, 1.0, 0.0], 2));
        let classes = a.agreement(b, &samples(Metric::Accuracy)).unwrap();
        assert_eq!((classes.metric, classes.value()), (Metric::Agreement, Some(50.0)));
        let values = a.agreement(b, &samples(Metric::Auc)).unwrap();
        assert_eq!((values.metric, values.value()), (Metric::Error, Some(0.5_f64.sqrt())));
    }

    #[test]
    fn what_is_not_a_number_is_right_by_no_metric() {
        let rows = [f32::NAN, 0.0, 1.0, 3.0];
        let outputs = Outputs::new(&rows, 2);
        assert_eq!(outputs.classes(Choosing::default()), [-1, 1]);
        for metric in [Metric::Accuracy, Metric::Error, Metric::Reconstruction, Metric::Auc] {
            let score = outputs.score(&samples(metric), 0).unwrap();
            assert_eq!((score.samples, score.undefined), (2, 1), "{metric:?}");
            assert!(score.value().is_none_or(f64::is_finite));
        }
        let labels = Samples { labels: vec![-1, 1], ..samples(Metric::Agreement) };
        assert_eq!(outputs.score(&labels, 0).unwrap().correct, 1);
        for metric in [Metric::Accuracy, Metric::Error] {
            let close = outputs.agreement(outputs, &samples(metric)).unwrap();
            assert_eq!((close.samples, close.undefined), (2, 1));
            assert_eq!(close.value(), Some(if metric == Metric::Error { 0.0 } else { 50.0 }));
        }
        // One value is a probability, unless it is none.
        assert_eq!(
            Outputs::new(&[0.7, f32::NAN, f32::INFINITY], 1).classes(Choosing::default()),
            [1, -1, -1]
        );
    }
}

//! What files state about samples besides their values: classes or other targets, and which metric
//! that makes.

use super::Wanted;
use super::preprocessing::Metric;
use crate::limit::CLASSES;

/// Stated numbers, `width` for each sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// One sample after the other.
    pub values: Vec<f32>,
    /// How many of each.
    pub width: usize,
    /// Whether they are class indices that were made from names or folders.
    pub are_classes: bool,
}

impl Given {
    /// Class indices.
    pub(crate) fn classes(labels: impl IntoIterator<Item = usize>) -> Self {
        let values = labels.into_iter().map(|label| label as f32).collect();
        Self { values, width: 1, are_classes: true }
    }

    /// Whether every one of them is a whole number.
    fn is_whole(&self) -> bool {
        self.values.iter().all(|v| v.fract() == 0.0 && v.abs() < 1e9)
    }

    /// Whether every row is a share for each class: none negative, 1 in all.
    fn is_shares(&self) -> bool {
        let share =
            |row: &[f32]| row.iter().all(|v| *v >= 0.0) && (row.iter().sum::<f32>() - 1.0).abs() < 1e-3;
        self.width > 1 && self.values.chunks_exact(self.width).all(share)
    }

    fn is_binary(&self) -> bool {
        self.width == 1 && self.values.iter().all(|v| *v == 0.0 || *v == 1.0)
    }

    /// Class indices: whole numbers as they are, of rows the largest.
    ///
    /// # Errors
    /// Why there are none, as a sentence.
    pub(crate) fn labels(&self) -> Result<Vec<i32>, String> {
        if self.width > 1 {
            return Ok(self.values.chunks_exact(self.width).map(largest).collect());
        }
        if !self.is_whole() {
            return Err("array y holds no class indices (nor one-hot rows)".into());
        }
        if let Some(label) = self.values.iter().find(|label| **label < 0.0) {
            return Err(format!("a label is {label}: labels are class indices from 0"));
        }
        let labels: Vec<i32> = self.values.iter().map(|v| *v as i32).collect();
        let classes = labels.iter().max().map_or(0, |label| *label as usize + 1);
        CLASSES.check(classes).map_err(|many| many.to_string())?;
        Ok(labels)
    }
}

fn largest(row: &[f32]) -> i32 {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter().position(|v| *v >= most).unwrap_or(0) as i32
}

/// What quality is measured by, from what is stated and what the model gives.
pub(crate) fn guess_metric(given: Option<&Given>, wanted: &Wanted) -> Metric {
    let size = wanted.size();
    let reconstructs = wanted.outputs > 1 && wanted.outputs == size;
    let Some(given) = given else {
        return if reconstructs { Metric::Reconstruction } else { Metric::Agreement };
    };
    if given.are_classes && !reconstructs {
        return Metric::Accuracy;
    }
    let fits = given.width == wanted.outputs;
    match () {
        () if reconstructs && given.is_binary() => Metric::Auc,
        () if fits && given.width > 1 && !given.is_shares() => Metric::Error,
        () if fits && given.width == 1 && !given.is_binary() => Metric::Error,
        () => Metric::Accuracy,
    }
}

/// Labels and targets as `metric` needs them.
///
/// # Errors
/// What is missing, as a sentence.
pub(crate) fn answers(
    given: Option<&Given>,
    metric: Metric,
    wanted: &Wanted,
) -> Result<(Vec<i32>, Vec<f32>), String> {
    let none = || "it has no labels (array y, class folders or a label column)".to_owned();
    match metric {
        Metric::Accuracy => Ok((given.ok_or_else(none)?.labels()?, Vec::new())),
        Metric::Auc => {
            let given = given.ok_or_else(none)?;
            if !given.is_binary() {
                return Err(
                    "for the area under the curve its labels must be 0 (normal) and 1 (abnormal)".into()
                );
            }
            Ok((given.labels()?, Vec::new()))
        }
        Metric::Error => match given {
            // The original's own outputs stand in.
            None => Ok((Vec::new(), Vec::new())),
            Some(given) if given.width == wanted.outputs => Ok((Vec::new(), given.values.clone())),
            Some(given) => Err(format!(
                "it has {} targets for each sample, the model gives {} values",
                given.width, wanted.outputs
            )),
        },
        Metric::Reconstruction if wanted.outputs != wanted.size() => Err(format!(
            "the model gives {} values for {}: only one that gives as many as it reads reconstructs",
            wanted.outputs,
            wanted.size()
        )),
        Metric::Reconstruction | Metric::Agreement => Ok((Vec::new(), Vec::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, Metric, Wanted, answers, guess_metric};

    fn given(values: &[f32], width: usize) -> Given {
        Given { values: values.to_vec(), width, are_classes: false }
    }

    fn wanted(inputs: usize, outputs: usize) -> Wanted {
        Wanted { inputs: vec![("x".into(), vec![inputs])], outputs }
    }

    #[test]
    fn the_metric_follows_from_answers_and_outputs() {
        let cases = [
            (Some(given(&[0.0, 2.0], 1)), wanted(4, 3), Metric::Accuracy),
            (Some(given(&[0.0, 1.0], 1)), wanted(4, 1), Metric::Accuracy),
            (Some(given(&[0.5, 1.0], 1)), wanted(4, 1), Metric::Error),
            (Some(given(&[3.0, 7.0], 1)), wanted(4, 1), Metric::Error),
            (Some(given(&[0.0, 1.0, 1.0, 0.0], 2)), wanted(4, 2), Metric::Accuracy),
            (Some(given(&[0.3, 5.0, 1.0, 0.0], 2)), wanted(4, 2), Metric::Error),
            (Some(given(&[0.0, 1.0], 1)), wanted(4, 4), Metric::Auc),
            (None, wanted(4, 4), Metric::Reconstruction),
            (None, wanted(4, 3), Metric::Agreement),
        ];
        for (given, wanted, metric) in cases {
            assert_eq!(guess_metric(given.as_ref(), &wanted), metric, "{given:?} {wanted:?}");
        }
    }

    #[test]
    fn what_a_metric_lacks_is_said() {
        let cases = [
            (None, Metric::Accuracy, "no labels"),
            (Some(given(&[0.5], 1)), Metric::Accuracy, "no class indices"),
            (Some(given(&[-1.0], 1)), Metric::Accuracy, "a label is -1"),
            (Some(given(&[2.0], 1)), Metric::Auc, "must be 0 (normal) and 1"),
            (Some(given(&[2.0], 1)), Metric::Error, "1 targets for each sample, the model gives 3"),
            (None, Metric::Reconstruction, "the model gives 3 values for 4"),
        ];
        for (given, metric, expected) in cases {
            let error = answers(given.as_ref(), metric, &wanted(4, 3)).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

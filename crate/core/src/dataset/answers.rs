//! What samples are scored against, from what files state about them, and by which metric.

use super::Wanted;
use super::choosing::Choosing;
use super::given::Given;
use super::places::{self, Places};
use super::preprocessing::{Metric, Preprocessing};

/// What samples are scored against.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// Classes, one for each sample or for each of its positions.
    pub labels: Vec<i32>,
    /// Wanted outputs.
    pub targets: Vec<f32>,
    /// How outputs choose classes; the threshold is open.
    pub choosing: Choosing,
    /// The label that the model's first class has in the file.
    pub first_label: Option<usize>,
    /// What was assumed, as sentences.
    pub notes: Vec<String>,
}

fn largest(row: &[f32]) -> i32 {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter().position(|v| *v >= most).unwrap_or(0) as i32
}

/// What quality is measured by, from what is stated and what the model gives.
pub(crate) fn guess_metric(given: Option<&Given>, wanted: &Wanted, options: &Preprocessing) -> Metric {
    let size = wanted.size();
    let reconstructs = wanted.outputs > 1 && wanted.outputs == size;
    let Some(given) = given else {
        return if reconstructs { Metric::Reconstruction } else { Metric::Agreement };
    };
    if (given.are_classes || options.first_label.is_some() || options.threshold.is_some()) && !reconstructs {
        return Metric::Accuracy;
    }
    let (fits, width) = (given.width() == wanted.outputs, given.width());
    match () {
        () if reconstructs && width == 1 && given.is_binary() => Metric::Auc,
        () if width > 1 && places::find(given, wanted).is_some() => Metric::Accuracy,
        () if fits && width > 1 && !given.is_shares() => Metric::Error,
        () if fits && width == 1 && !given.is_binary() && !given.is_signs() => Metric::Error,
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
    options: &Preprocessing,
) -> Result<Answers, String> {
    let stated = || given.ok_or("it has no labels (array y, class folders or a label column)");
    let none = Answers::default();
    match metric {
        Metric::Accuracy => classes(stated()?, wanted, options),
        Metric::Auc => {
            let given = stated()?;
            if !given.is_binary() || given.width() > 1 {
                return Err(
                    "for the area under the curve its labels must be 0 (normal) and 1 (abnormal)".into()
                );
            }
            Ok(Answers { labels: given.indices(0)?, ..none })
        }
        Metric::Error => match given {
            // The original's own outputs stand in.
            None => Ok(none),
            Some(given) if given.width() == wanted.outputs => {
                Ok(Answers { targets: given.values.clone(), ..none })
            }
            Some(given) => Err(format!(
                "it has {} targets for each sample, the model gives {} values",
                given.width(),
                wanted.outputs
            )),
        },
        Metric::Reconstruction if wanted.outputs != wanted.size() => Err(format!(
            "the model gives {} values for {}: only one that gives as many as it reads reconstructs",
            wanted.outputs,
            wanted.size()
        )),
        Metric::Reconstruction | Metric::Agreement => Ok(none),
    }
}

/// Classes of samples or of their positions.
fn classes(given: &Given, wanted: &Wanted, options: &Preprocessing) -> Result<Answers, String> {
    let width = given.width();
    if given.are_classes {
        return Ok(Answers { labels: given.indices(0)?, ..Answers::default() });
    }
    let found = if width > 1 { places::find(given, wanted) } else { None };
    if let Some(Places { choosing, one_hot, note }) = found {
        let answers = Answers { choosing, notes: vec![note], ..Answers::default() };
        if one_hot {
            let rows = given.values.chunks_exact(width);
            let labels = rows
                .flat_map(|row| choosing.classes(row).map(Option::unwrap_or_default).collect::<Vec<i32>>());
            let labels = labels.collect();
            return Ok(Answers { labels, ..answers });
        }
        return indexed(given, choosing.classes_of(wanted.outputs), options, answers);
    }
    if width == 1 {
        return indexed(given, wanted.outputs, options, Answers::default());
    }
    let two = width == 2 && wanted.outputs == 1 && given.is_shares();
    if width != wanted.outputs && !two && wanted.outputs > 0 {
        return Err(format!(
            "its labels have the shape {:?} for each sample, the model's output has {:?}: they are neither one class, nor one-hot rows, nor a class for each position",
            given.shape, wanted.output
        ));
    }
    let labels = given.values.chunks_exact(width).map(largest).collect();
    Ok(Answers { labels, ..Answers::default() })
}

/// Class indices, counted from where they are said to begin, or seem to.
fn indexed(
    given: &Given,
    values: usize,
    options: &Preprocessing,
    answers: Answers,
) -> Result<Answers, String> {
    // One value tells two classes.
    let classes = if values == 1 { 2 } else { values };
    if classes == 2 && given.is_signs() {
        let labels = given.values.iter().map(|v| i32::from(*v > 0.0)).collect();
        let note = "Labels are -1 and 1: classes 0 and 1.".to_owned();
        return Ok(Answers { labels, notes: [answers.notes, vec![note]].concat(), ..answers });
    }
    let first = options.first_label.unwrap_or_else(|| given.first_label(classes));
    let mut answers = Answers { labels: given.indices(first)?, first_label: Some(first), ..answers };
    if options.first_label.is_none() && first > 0 {
        answers.notes.push(format!("Labels count from 1 to {classes}: label 1 is the model's first class."));
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::{Given, Metric, Preprocessing, Wanted, answers, guess_metric};

    fn given(values: &[f32], width: usize) -> Given {
        Given::numbers(values.to_vec(), vec![width])
    }

    fn wanted(inputs: usize, outputs: usize) -> Wanted {
        Wanted {
            inputs: vec![("x".into(), vec![inputs])],
            outputs,
            output: vec![outputs],
            ..Wanted::default()
        }
    }

    #[test]
    fn the_metric_follows_from_answers_and_outputs() {
        let cases = [
            (Some(given(&[0.0, 2.0], 1)), wanted(4, 3), Metric::Accuracy),
            (Some(given(&[0.0, 1.0], 1)), wanted(4, 1), Metric::Accuracy),
            (Some(given(&[-1.0, 1.0], 1)), wanted(4, 1), Metric::Accuracy),
            (Some(given(&[0.5, 1.0], 1)), wanted(4, 1), Metric::Error),
            (Some(given(&[3.0, 7.0], 1)), wanted(4, 1), Metric::Error),
            (Some(given(&[0.0, 1.0, 1.0, 0.0], 2)), wanted(4, 2), Metric::Accuracy),
            (Some(given(&[0.3, 5.0, 1.0, 0.0], 2)), wanted(4, 2), Metric::Error),
            (Some(given(&[0.0, 1.0], 1)), wanted(4, 4), Metric::Auc),
            (None, wanted(4, 4), Metric::Reconstruction),
            (None, wanted(4, 3), Metric::Agreement),
        ];
        for (given, wanted, metric) in cases {
            let found = guess_metric(given.as_ref(), &wanted, &Preprocessing::default());
            assert_eq!(found, metric, "{given:?} {wanted:?}");
        }
        let options = Preprocessing { first_label: Some(1), ..Preprocessing::default() };
        assert_eq!(guess_metric(Some(&given(&[1.0, 2.0], 1)), &wanted(4, 1), &options), Metric::Accuracy);
    }

    #[test]
    fn labels_count_from_where_they_begin() {
        type Case<'a> = (&'a [f32], usize, Option<usize>, &'a [i32]);
        let cases: [Case; 8] = [
            (&[1.0, 3.0, 2.0], 3, None, &[0, 2, 1]),
            (&[3.0, 2.0], 3, None, &[2, 1]),
            (&[1.0, 2.0], 3, None, &[1, 2]),
            (&[0.0, 3.0], 3, None, &[0, 3]),
            (&[1.0, 2.0], 3, Some(1), &[0, 1]),
            (&[1.0, 3.0], 3, Some(0), &[1, 3]),
            (&[1.0, 2.0, 1.0], 1, None, &[0, 1, 0]),
            (&[0.0, 1.0], 1, None, &[0, 1]),
        ];
        let options = |first_label| Preprocessing { first_label, ..Preprocessing::default() };
        for (values, outputs, first_label, labels) in cases {
            let given = given(values, 1);
            let found =
                answers(Some(&given), Metric::Accuracy, &wanted(4, outputs), &options(first_label)).unwrap();
            assert_eq!(found.labels, labels, "{values:?} {outputs}");
            let shifted = first_label.is_none() && (labels[0] as f32) < values[0];
            assert_eq!(found.notes.iter().any(|note| note.contains("count from 1")), shifted, "{values:?}");
        }
        let found = answers(Some(&given(&[1.0, -1.0], 1)), Metric::Accuracy, &wanted(4, 1), &options(None));
        assert_eq!(found.unwrap().labels, [1, 0]);
        let options = options(Some(1));
        let error = answers(Some(&given(&[0.0], 1)), Metric::Accuracy, &wanted(4, 3), &options).unwrap_err();
        assert!(error.contains("a label is 0: labels are class indices from 1"), "{error}");
    }

    #[test]
    fn what_a_metric_lacks_is_said() {
        let cases = [
            (None, Metric::Accuracy, "no labels"),
            (Some(given(&[0.5], 1)), Metric::Accuracy, "no class indices"),
            (Some(given(&[-1.0], 1)), Metric::Accuracy, "a label is -1"),
            (
                Some(given(&[1.0; 5], 5)),
                Metric::Accuracy,
                "shape [5] for each sample, the model's output has [3]",
            ),
            (Some(given(&[2.0], 1)), Metric::Auc, "must be 0 (normal) and 1"),
            (Some(given(&[2.0], 1)), Metric::Error, "1 targets for each sample, the model gives 3"),
            (None, Metric::Reconstruction, "the model gives 3 values for 4"),
        ];
        for (given, metric, expected) in cases {
            let found = answers(given.as_ref(), metric, &wanted(4, 3), &Preprocessing::default());
            let error = found.unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

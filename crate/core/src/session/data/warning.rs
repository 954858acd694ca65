//! What looks wrong about samples that a model has been scored on.

use crate::dataset::{Metric, Samples, Wanted};
use crate::evaluate::{Score, Z, undefined_text, wilson};
use std::collections::BTreeMap;

/// Fewer samples say nothing.
const FEWEST: usize = 20;
/// Where one class has this share of the samples, agreement is close to what a constant reaches.
const ONE_CLASS: f64 = 0.9;

/// A sentence about `samples`, of which some scored `score`.
pub(crate) fn warning(score: Option<&Score>, samples: &Samples, wanted: &Wanted) -> Option<String> {
    let (classes, given) = (samples.classes(), outputs_of(samples, wanted));
    if samples.metric == Metric::Accuracy && classes > given && given > 0 {
        return Some(format!("Labels go up to {}, but the model gives {given} classes.", classes - 1));
    }
    if let Some(score) = score.filter(|score| score.undefined > 0) {
        let said = undefined_text(score.undefined);
        return Some(format!("The model's output is {said} of {} that were tried.", score.samples));
    }
    let (score, near) = near(score, samples, wanted)?;
    Some(format!(
        "The {} of {} samples is {}, no better than {near}: is the scaling right?",
        score.metric.name(),
        score.samples,
        score.text()
    ))
}

/// Whether what some of `samples` scored cannot be told from chance.
pub(crate) fn is_chance(score: Option<&Score>, samples: &Samples, wanted: &Wanted) -> bool {
    near(score, samples, wanted).is_some()
}

/// A score of enough samples, and what it is no better than.
fn near<'a>(score: Option<&'a Score>, samples: &Samples, wanted: &Wanted) -> Option<(&'a Score, String)> {
    let score = score.filter(|score| score.samples >= FEWEST)?;
    let near = match score.metric {
        Metric::Accuracy => near_chance(score, samples, wanted),
        Metric::Auc => {
            let (area, error) = (score.value()? / 100.0, auc_error(score)?);
            (area - Z * error <= 0.5).then(|| "the order of coin tosses".to_owned())
        }
        Metric::Error | Metric::Reconstruction => {
            let no_better = score.value()? >= samples.spread();
            no_better.then(|| "always giving the mean".to_owned())
        }
        Metric::Agreement => None,
    }?;
    Some((score, near))
}

/// How many classes the outputs tell apart; 0 where that is not known.
fn outputs_of(samples: &Samples, wanted: &Wanted) -> usize {
    match samples.choosing.classes_of(wanted.outputs) {
        // A threshold lies between two.
        1 => 2,
        classes => classes,
    }
}

/// What accuracy cannot be told from: the most frequent class, or chance.
fn near_chance(score: &Score, samples: &Samples, wanted: &Wanted) -> Option<String> {
    let mut counts = BTreeMap::<i32, usize>::new();
    for label in &samples.labels {
        *counts.entry(*label).or_default() += 1;
    }
    let most = counts.values().max().copied().unwrap_or(0);
    let low = wilson(score).0;
    let majority = 100.0 * most as f64 / samples.labels.len().max(1) as f64;
    let chance = 100.0 / outputs_of(samples, wanted).max(2).max(samples.classes()) as f64;
    if low <= chance {
        return Some(format!("guessing ({chance:.1} %)"));
    }
    (low <= majority && counts.len() > 1)
        .then(|| format!("always choosing the most frequent class ({majority:.1} %)"))
}

/// A sentence where nearly all `classes` that a model chooses are one: then agreement with it tells little.
pub(crate) fn one_class(classes: &[i32]) -> Option<String> {
    let mut counts = BTreeMap::<i32, usize>::new();
    for class in classes {
        *counts.entry(*class).or_default() += 1;
    }
    let (class, most) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let share = most as f64 / classes.len() as f64;
    if share < ONE_CLASS {
        return None;
    }
    let many = if most == classes.len() {
        format!("all {most}")
    } else {
        format!("{most} of {} (a share of {:.1} %)", classes.len(), 100.0 * share)
    };
    Some(format!(
        "The original model chooses class {class} for {many} samples: one that always says {class} agrees with it as often. Give samples of several classes, or measure the difference of the outputs (metric=error)."
    ))
}

/// Standard error of an area under the curve. **Source**: Hanley and `McNeil` 1982.
fn auc_error(score: &Score) -> Option<f64> {
    let area = score.value()? / 100.0;
    let (n, m) = (score.normal.len() as f64, score.abnormal.len() as f64);
    let (q1, q2) = (area / (2.0 - area), 2.0 * area * area / (1.0 + area));
    let sum = area * (1.0 - area) + (m - 1.0) * (q1 - area * area) + (n - 1.0) * (q2 - area * area);
    Some((sum / (n * m).max(1.0)).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::{Metric, Samples, Score, Wanted, one_class, warning};

    fn check(correct: usize, labels: Vec<i32>, outputs: usize) -> Option<String> {
        let count = labels.len();
        let samples = Samples::labelled(vec![0.0; count], labels, vec![1]);
        let wanted = Wanted { inputs: vec![("x".into(), vec![1])], outputs, ..Wanted::default() };
        warning(Some(&Score::classes(correct, count)), &samples, &wanted)
    }

    #[test]
    fn chance_and_the_most_frequent_class_are_warned_of() {
        let even: Vec<i32> = (0..100).map(|i| i % 10).collect();
        let skewed: Vec<i32> = (0..100).map(|i| i32::from(i >= 80)).collect();
        assert!(check(12, even.clone(), 10).unwrap().contains("guessing (10.0 %): is the scaling right?"));
        assert!(check(4, even.clone(), 10).is_some());
        assert_eq!(check(60, even.clone(), 10), None);
        assert!(check(81, skewed.clone(), 2).unwrap().contains("most frequent class (80.0 %)"));
        assert_eq!(check(96, skewed, 2), None);
        assert_eq!(check(1, even[..10].to_vec(), 10), None);
        assert!(check(90, even, 5).unwrap().contains("Labels go up to 9, but the model gives 5"));
    }

    #[test]
    fn one_class_for_nearly_all_samples_is_warned_of() {
        assert!(one_class(&[3; 20]).unwrap().contains("chooses class 3 for all 20 samples"));
        let mut classes = vec![0; 19];
        classes.push(1);
        assert!(one_class(&classes).unwrap().contains("class 0 for 19 of 20 (a share of 95.0 %) samples"));
        classes.extend([1, 2]);
        assert_eq!(one_class(&classes), None);
        assert_eq!(one_class(&[]), None);
    }

    #[test]
    fn errors_are_compared_with_the_spread() {
        let samples = Samples {
            values: vec![0.0; 40],
            shape: vec![1],
            targets: (0..40).map(|i| (i % 2) as f32).collect(),
            metric: Metric::Error,
            ..Samples::default()
        };
        let wanted = Wanted { inputs: vec![("x".into(), vec![1])], outputs: 1, ..Wanted::default() };
        let score =
            |squared_error| Score { metric: Metric::Error, samples: 40, squared_error, ..Score::default() };
        assert_eq!(warning(Some(&score(1.0)), &samples, &wanted), None);
        assert!(warning(Some(&score(20.0)), &samples, &wanted).unwrap().contains("always giving the mean"));
    }
}

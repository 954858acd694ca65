//! Which of the possible readings of stored samples is the right one: what is said, else what the files
//! state, else the usual, unless another one clearly makes more of the samples right.

use crate::dataset::{
    Answers, Arrangement, Choosing, Colour, Element, Layout, Metric, Order, Preprocessing, Raw, Reading,
    Samples, Wanted, interleaved,
};
use crate::evaluate::{EvaluateError, Evaluator, Outputs, Score};
use crate::session::open::metadata::{Hints, Quantisation};
use crate::session::{Opened, SessionError};
use ndarray::Array2;
use sepal_linalg::sort_by;

/// Samples that decide between readings.
const DECIDING: usize = 256;
/// Samples that choose the readings to decide between, where there are many.
const FIRST: usize = 64;
/// One in this many samples more must be right for an unusual reading to be taken.
const CLEAR_SHARE: f64 = 20.0;
/// And more than chance alone may make them differ by: deviations of a difference of counts.
const CLEAR_DEVIATIONS: f64 = 1.5;
/// An error must fall below this share of the usual reading's.
const CLEAR_ERROR: f64 = 0.8;

/// Samples to be read for a model.
pub(crate) struct Question<'a> {
    pub name: &'a str,
    pub raw: &'a Raw,
    pub wanted: &'a Wanted,
    pub options: &'a Preprocessing,
    pub hints: Hints,
    pub metric: Metric,
    pub answers: &'a Answers,
}

/// The reading that was chosen.
pub(crate) struct Chosen {
    pub reading: Reading,
    pub quantised: bool,
    pub note: Option<String>,
    /// Score of some samples.
    pub score: Option<Score>,
    /// How outputs choose classes.
    pub choosing: Choosing,
}

/// A reading with what it scored.
struct Tried {
    reading: Reading,
    score: Score,
    /// Error relative to the spread of what is wanted.
    relative: f64,
    choosing: Choosing,
}

impl Tried {
    /// The relative error as people read it.
    fn error(&self) -> String {
        if self.relative.is_finite() { format!("{:.2}", self.relative) } else { "no number".into() }
    }
}

impl Question<'_> {
    /// The answer.
    ///
    /// # Errors
    /// Samples that do not fit the model, options that do not fit the samples, or a model that cannot be
    /// run.
    pub(crate) fn choose(&self, opened: &Opened) -> Result<Chosen, SessionError> {
        let readings = self.readings()?;
        let scored = self.metric != Metric::Agreement
            && (self.metric != Metric::Error || !self.answers.targets.is_empty());
        let Some(usual) = readings.first().cloned() else {
            return Err(EvaluateError::Interface("its samples cannot be read".into()).into());
        };
        if !scored {
            return self.usual(opened, usual, readings.len());
        }
        let mut evaluator = Evaluator::default();
        evaluator.set_model(opened.evaluation(&[])?, None)?;
        let mut left = readings;
        if left.len() > 3 {
            let mut tried = self.tried(&mut evaluator, left, FIRST)?;
            let rest = tried.split_off(1);
            let mut rest: Vec<Tried> = rest;
            sort_by(&mut rest, |a, b| self.compare(a, b));
            left = tried.into_iter().chain(rest.into_iter().take(2)).map(|t| t.reading).collect();
        }
        let mut tried = self.tried(&mut evaluator, left, DECIDING)?;
        let best = self.best(&tried);
        let note = (tried.len() > 1).then(|| self.note(&tried, best));
        let best = tried.swap_remove(best);
        let note = self.notes(note, &best.reading);
        Ok(Chosen {
            quantised: self.is_quantised(&best.reading),
            reading: best.reading,
            note,
            score: Some(best.score),
            choosing: best.choosing,
        })
    }

    /// The usual one of `count` readings, where nothing can tell them apart.
    fn usual(&self, opened: &Opened, usual: Reading, count: usize) -> Result<Chosen, SessionError> {
        let note = (count > 1).then(|| {
            let what = self.raw.element.plural();
            format!(
                "Values are {what}; '{}' was assumed, since nothing is stated that could tell.",
                usual.scaling
            )
        });
        let mut choosing = self.answers.choosing;
        if self.metric == Metric::Agreement && self.wanted.outputs == 1 {
            let mut evaluator = Evaluator::default();
            evaluator.set_model(opened.evaluation(&[])?, None)?;
            choosing = self.score(&mut evaluator, usual.clone(), &self.deciding(DECIDING))?.choosing;
        }
        let note = self.notes(note, &usual);
        Ok(Chosen { quantised: self.is_quantised(&usual), reading: usual, note, score: None, choosing })
    }

    fn is_quantised(&self, reading: &Reading) -> bool {
        self.options.quantised == Some(true)
            || self.element_is_quantised()
                && self.hints.quantisation.map(Quantisation::scaling).as_ref() == Some(&reading.scaling)
    }

    /// `note`, and what else was assumed and not said.
    fn notes(&self, note: Option<String>, reading: &Reading) -> Option<String> {
        let Preprocessing { layout, scale, offset, quantised, batch_axis, .. } = self.options;
        let open = scale.is_none() && offset.is_none() && quantised.is_none();
        let whole = self.hints.whole.filter(|_| open).map(|whole| {
            let name = whole.name;
            format!(
                "The model's input takes {name}, so the type says how values are scaled: {}.",
                reading.scaling
            )
        });
        let (stored, shape) = (self.raw.shape.get(1..).unwrap_or_default(), self.wanted.shape());
        let turned = (reading.order != Order::Same && layout.is_none())
            .then(|| format!("The axes of samples, {stored:?}, were turned into the model's, {shape:?}."));
        let axis = self.wanted.batch_axis;
        let samples = (axis > 0 && batch_axis.is_none()).then(|| {
            format!("The model's input has steps first and samples along axis {axis}: the operator that reads it says so.")
        });
        let all: Vec<String> = note.into_iter().chain(samples).chain(whole).chain(turned).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    /// How `outputs` choose classes: single values by what is said, by the operator that gives them, else by
    /// what they are.
    fn choosing(&self, outputs: &Array2<f32>) -> Choosing {
        let own = self.answers.choosing;
        if own.classes_of(outputs.ncols()) != 1 {
            return own;
        }
        let seen = || Choosing::threshold_of(outputs.iter().copied());
        let threshold = self.options.threshold.or(self.hints.threshold).unwrap_or_else(seen);
        Choosing { threshold, ..own }
    }

    fn element_is_quantised(&self) -> bool {
        matches!(self.raw.element, Element::SignedByte)
    }

    /// All that are possible, the usual one first.
    fn readings(&self) -> Result<Vec<Reading>, SessionError> {
        let shape = self.wanted.shape();
        let orders = self.raw.orders(self.name, &shape, self.options)?;
        let colour = self.options.colour.or(self.hints.colour).unwrap_or(Colour::Rgb);
        let scalings = self.scalings(&shape)?;
        let with = |order: Order| {
            scalings.iter().map(move |scaling| Reading { order, colour, scaling: scaling.clone() })
        };
        Ok(orders.into_iter().flat_map(with).collect())
    }

    /// The samples that decide, at most `count`: classes interleaved, else spread over all.
    fn deciding(&self, count: usize) -> Vec<usize> {
        let all = self.raw.len();
        let labels = &self.answers.labels;
        if labels.len() != all {
            let step = all.div_ceil(count).max(1);
            return (0..all).step_by(step).collect();
        }
        interleaved(labels).into_iter().take(count).collect()
    }

    fn tried(
        &self,
        evaluator: &mut Evaluator,
        readings: Vec<Reading>,
        count: usize,
    ) -> Result<Vec<Tried>, SessionError> {
        let indices = self.deciding(count);
        readings.into_iter().map(|reading| self.score(evaluator, reading, &indices)).collect()
    }

    fn score(
        &self,
        evaluator: &mut Evaluator,
        reading: Reading,
        indices: &[usize],
    ) -> Result<Tried, SessionError> {
        let shape = self.wanted.shape();
        let values = self.raw.fit(self.name, &shape, &reading, indices.iter().copied())?;
        let samples = self.samples(values, indices);
        let spread = samples.spread();
        evaluator.set_samples(samples)?;
        let outputs = evaluator.class_scores()?;
        let choosing = self.choosing(&outputs);
        evaluator.set_choosing(choosing);
        let score = Outputs::of(&outputs).score(evaluator.set(), 0)?;
        // A reading that makes the model give no numbers is worse than any other.
        let error = score.error().filter(|_| score.undefined == 0).unwrap_or(f64::INFINITY);
        Ok(Tried { reading, relative: if spread > 0.0 { error / spread } else { error }, score, choosing })
    }

    /// The samples at `indices`, which have these `values`.
    fn samples(&self, values: Vec<f32>, indices: &[usize]) -> Samples {
        let Answers { labels, targets, choosing, .. } = self.answers;
        let width = targets.len().checked_div(self.raw.len()).unwrap_or(0);
        let target = |&i: &usize| targets.get(i * width..(i + 1) * width).unwrap_or_default();
        let each = choosing.places;
        let label = |&i: &usize| labels.get(i * each..(i + 1) * each).unwrap_or_default();
        Samples {
            values,
            shape: self.wanted.shape(),
            labels: indices.iter().flat_map(label).copied().collect(),
            targets: indices.iter().flat_map(target).copied().collect(),
            metric: self.metric,
            choosing: *choosing,
        }
    }

    /// The better one first.
    fn compare(&self, a: &Tried, b: &Tried) -> std::cmp::Ordering {
        match self.metric {
            Metric::Accuracy => b.score.correct.cmp(&a.score.correct),
            _ => a.relative.total_cmp(&b.relative),
        }
    }

    /// The usual one, unless another is clearly better.
    fn best(&self, tried: &[Tried]) -> usize {
        let Some(usual) = tried.first() else { return 0 };
        let clearly = |other: &Tried| match self.metric {
            Metric::Accuracy => {
                let (own, right) = (usual.score.correct as f64, other.score.correct as f64);
                let all = (usual.score.samples * usual.score.places) as f64;
                // At most so many are right by one reading alone.
                let differ = (own + right).min(2.0 * all - own - right);
                right - own > (all / CLEAR_SHARE).floor().max(CLEAR_DEVIATIONS * differ.sqrt())
            }
            _ => other.relative < CLEAR_ERROR * usual.relative,
        };
        let others = tried.iter().enumerate().skip(1).filter(|(_, other)| clearly(other));
        others.min_by(|a, b| self.compare(a.1, b.1)).map_or(0, |(index, _)| index)
    }

    fn note(&self, tried: &[Tried], best: usize) -> String {
        let (Some(first), Some(second)) = (
            tried.get(best),
            tried
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != best)
                .map(|(_, t)| t)
                .min_by(|a, b| self.compare(a, b)),
        ) else {
            return String::new();
        };
        let orders = tried.iter().any(|t| t.reading.order != first.reading.order);
        let called = |t: &Tried| match (orders, t.reading.order) {
            (false, _) => format!("'{}'", t.reading.scaling),
            (true, Order::Same) => format!("'{}', channels as the model has them", t.reading.scaling),
            (true, Order::ToFirst) => format!("'{}', channels last", t.reading.scaling),
            (true, Order::ToLast) => format!("'{}', channels first", t.reading.scaling),
        };
        let (what, samples) = (self.raw.element.plural(), first.score.samples);
        match self.metric {
            Metric::Accuracy => format!(
                "Values are {what}; {} was chosen since it classifies {:.1} % of {samples} samples right, {} {:.1} %.",
                called(first),
                first.score.accuracy_percent(),
                called(second),
                second.score.accuracy_percent(),
            ),
            _ => format!(
                "Values are {what}; {} was chosen since its error is {} of the spread of {samples} samples, with {} {}.",
                called(first),
                first.error(),
                called(second),
                second.error(),
            ),
        }
    }
}

/// What a single output was taken for, as a sentence, where nobody says it.
pub(crate) fn single(
    wanted: &Wanted,
    options: &Preprocessing,
    (metric, choosing): (Metric, Choosing),
) -> Option<String> {
    if wanted.outputs != choosing.places || options.threshold.is_some() {
        return None;
    }
    let threshold = choosing.threshold;
    match metric {
        Metric::Accuracy | Metric::Agreement if choosing.is_probability() => {
            Some(format!("A single output is a probability: above {threshold} is class 1."))
        }
        Metric::Accuracy | Metric::Agreement => {
            Some(format!("A single output is a logit, no probability: above {threshold} is class 1."))
        }
        Metric::Error | Metric::Reconstruction | Metric::Auc => None,
    }
}

/// How samples were read, nothing left open.
pub(crate) fn resolved(question: &Question, chosen: &Chosen) -> Preprocessing {
    let model = Arrangement::of(&question.wanted.shape());
    let layout = match chosen.reading.order {
        Order::Same => model.layout,
        Order::ToFirst => Layout::Nhwc,
        Order::ToLast => Layout::Nchw,
    };
    Preprocessing {
        scale: Some(chosen.reading.scaling.scale.clone()),
        offset: Some(chosen.reading.scaling.offset.clone()),
        layout: Some(layout),
        colour: Some(chosen.reading.colour),
        quantised: Some(chosen.quantised),
        metric: Some(question.metric),
        label_column: question.options.label_column.clone().or_else(|| question.raw.label_column.clone()),
        first_label: question.answers.first_label,
        batch_axis: Some(question.wanted.batch_axis),
        threshold: (question.wanted.outputs == chosen.choosing.places && question.metric.compares_classes())
            .then_some(chosen.choosing.threshold),
    }
}

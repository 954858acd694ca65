//! Which of the possible readings of stored samples is the right one: what is said, else what the files
//! state, else the usual, unless another one clearly makes more of the samples right.

use super::metadata::{Hints, Whole};
use super::{Opened, SessionError};
use crate::dataset::{
    Answers, Arrangement, Choosing, Colour, Element, Layout, Metric, Order, Preprocessing, Raw, Reading,
    Samples, Scaling, Source, Wanted, interleaved,
};
use crate::evaluate::{EvaluateError, Evaluator, Outputs, Score};
use ndarray::Array2;

/// Samples that decide between readings.
const DECIDING: usize = 256;
/// Samples that choose the readings to decide between, where there are many.
const FIRST: usize = 64;
/// One in this many samples more must be right for an unusual reading to be taken.
const CLEAR_SHARE: f64 = 20.0;
/// An error must fall below this share of the usual reading's.
const CLEAR_ERROR: f64 = 0.8;
/// Columns that are standardised, at most.
const STANDARD: usize = 4096;
/// Fewest rows that a standard can be taken from.
const ROWS: usize = 30;

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
            rest.sort_by(|a, b| self.compare(a, b));
            left = tried.into_iter().chain(rest.into_iter().take(2)).map(|t| t.reading).collect();
        }
        let mut tried = self.tried(&mut evaluator, left, DECIDING)?;
        let best = self.best(&tried);
        let note = (tried.len() > 1).then(|| self.note(&tried, best));
        let best = tried.swap_remove(best);
        let note = self.notes(note, &best.reading, best.choosing);
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
        let note = self.notes(note, &usual, choosing);
        Ok(Chosen { quantised: self.is_quantised(&usual), reading: usual, note, score: None, choosing })
    }

    fn is_quantised(&self, reading: &Reading) -> bool {
        self.options.quantised == Some(true)
            || self.element_is_quantised()
                && self.hints.quantisation.map(super::metadata::Quantisation::scaling).as_ref()
                    == Some(&reading.scaling)
    }

    /// `note`, and what else was assumed and not said.
    fn notes(&self, note: Option<String>, reading: &Reading, choosing: Choosing) -> Option<String> {
        let Preprocessing { layout, threshold, scale, offset, quantised, .. } = self.options;
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
        let one = self.wanted.outputs == choosing.places && self.metric.compares_classes();
        let class = (one && threshold.is_none()).then(|| match choosing.is_probability() {
            true => format!("A single output is a probability: above {} is class 1.", choosing.threshold),
            false => format!(
                "A single output is a logit, no probability: above {} is class 1.",
                choosing.threshold
            ),
        });
        let all: Vec<String> = note.into_iter().chain(whole).chain(turned).chain(class).collect();
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

    fn scalings(&self, shape: &[usize]) -> Result<Vec<Scaling>, SessionError> {
        let Preprocessing { scale, offset, quantised, .. } = self.options;
        if *quantised == Some(true) {
            let missing =
                "the model's file states no scale and zero point of its input: give scale and offset";
            let own = self.hints.quantisation.ok_or_else(|| EvaluateError::Interface(missing.into()))?;
            return Ok(vec![own.scaling()]);
        }
        if scale.is_some() || offset.is_some() {
            return Ok(vec![said(scale.as_deref(), offset.as_deref())?]);
        }
        if let Some(whole) = self.hints.whole {
            return Ok(vec![self.whole(whole)?]);
        }
        if let Some(stated) = &self.raw.scaling {
            return Ok(vec![stated.clone()]);
        }
        let mut found = match self.raw.element {
            Element::Byte => self.byte_scalings(shape),
            Element::SignedByte => {
                let own = self
                    .hints
                    .quantisation
                    .filter(|_| *quantised != Some(false))
                    .map(super::metadata::Quantisation::scaling);
                let others = [
                    Scaling::identity(),
                    Scaling::factor(1.0 / 128.0),
                    Scaling::linear(1.0 / 255.0, 128.0 / 255.0),
                    Scaling::linear(1.0, 128.0),
                ];
                own.into_iter().chain(others).collect()
            }
            Element::Integer => {
                let most = self.raw.values.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
                let full = if most > 32768.0 { 65535.0 } else { 32768.0 };
                let wide = (most > 255.0).then(|| Scaling::factor(1.0 / full));
                let bytes = (most > 1.0 && most <= 255.0).then(|| Scaling::factor(1.0 / 255.0));
                [Scaling::identity()].into_iter().chain(wide).chain(bytes).collect()
            }
            Element::Bool | Element::Float => vec![Scaling::identity()],
        };
        let each = self.raw.each();
        if self.raw.element == Element::Float && self.raw.source != Source::Arrays && each <= STANDARD {
            found.extend(self.standard(each));
        }
        Ok(found)
    }

    /// Of an input of whole numbers: as they are stored; bytes with or without a sign become each other.
    ///
    /// # Errors
    /// Numbers that such an input cannot hold.
    fn whole(&self, Whole { name, range }: Whole) -> Result<Scaling, SessionError> {
        let Some((least, most)) = range else { return Ok(Scaling::identity()) };
        let held = |v: &f32| v.fract() == 0.0 && (least..=most).contains(v);
        match (self.raw.element, name) {
            (Element::Byte, "int8") => Ok(Scaling::linear(1.0, -128.0)),
            (Element::SignedByte, "uint8") => Ok(Scaling::linear(1.0, 128.0)),
            _ if self.raw.values.iter().all(held) => Ok(Scaling::identity()),
            _ => {
                let reason = format!(
                    "its input takes {name}, and the samples hold other numbers than those: give their scale and offset"
                );
                Err(EvaluateError::Interface(reason).into())
            }
        }
    }

    /// Columns of a table, or coefficients of features, with mean 0 and deviation 1.
    fn standard(&self, each: usize) -> Option<Scaling> {
        let width = match self.raw.source {
            Source::Table => each,
            Source::Sounds => *self.raw.shape.get(2)?,
            Source::Arrays | Source::Pictures => return None,
        };
        (self.raw.values.len() / width.max(1) >= ROWS).then(|| Scaling::standard(&self.raw.values, width))
    }

    fn byte_scalings(&self, shape: &[usize]) -> Vec<Scaling> {
        let usual = self.hints.usual();
        let own = Arrangement::of(shape);
        let coloured = own.channels == 3 && self.options.colour != Some(Colour::Grey);
        let others = [
            Scaling::factor(1.0 / 255.0),
            Scaling::identity(),
            Scaling::linear(1.0 / 127.5, -1.0),
            Scaling::linear(1.0, -128.0),
        ];
        let others = others.into_iter().filter(|other| *other != usual);
        let imagenet = coloured.then(Scaling::imagenet);
        [usual.clone()].into_iter().chain(others).chain(imagenet).collect()
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
                let more = other.score.correct as f64 - usual.score.correct as f64;
                more > (usual.score.samples as f64 / CLEAR_SHARE).floor()
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

/// Scale and offset as they are said, the shorter one repeated.
fn said(scale: Option<&[f32]>, offset: Option<&[f32]>) -> Result<Scaling, SessionError> {
    let (scale, offset) = (scale.unwrap_or(&[1.0]), offset.unwrap_or(&[0.0]));
    let count = scale.len().max(offset.len());
    let fits = |list: &[f32]| list.len() == count || list.len() == 1;
    let finite = scale.iter().chain(offset).all(|value| value.is_finite());
    if count == 0 || !fits(scale) || !fits(offset) || !finite {
        let reason = "scale and offset need one number each, or one per channel";
        return Err(EvaluateError::Interface(reason.into()).into());
    }
    let full = |list: &[f32]| list.iter().copied().cycle().take(count).collect();
    Ok(Scaling { scale: full(scale), offset: full(offset), stated: false })
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
        threshold: (question.wanted.outputs == chosen.choosing.places && question.metric.compares_classes())
            .then_some(chosen.choosing.threshold),
    }
}

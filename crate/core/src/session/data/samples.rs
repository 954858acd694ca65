//! Opening samples to score by and to fit to.

use super::measured::measured_by;
use super::preview::previews;
use super::reading::{Chosen, Question, resolved, single};
use super::warning::{is_chance, one_class, warning};
use crate::dataset::{self, Answers, Element, File, Metric, Preprocessing, Raw, Samples, Source, Wanted};
use crate::evaluate::{EvaluateError, Evaluator};
use crate::session::compile::calibration::Calibration;
use crate::session::open::metadata::Hints;
use crate::session::{CalibrationView, Opened, SamplesView, Session, SessionError};

/// How the samples in use were read.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    element: Element,
    source: Source,
    preprocessing: Preprocessing,
}

impl Opened {
    /// What the model reads and gives.
    pub(crate) fn wanted(&self) -> Result<Wanted, SessionError> {
        self.sample_shape()?;
        let inputs = self.samples();
        let each: usize = inputs.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        if each != self.interface.shape.iter().skip(1).product::<usize>() {
            let names: Vec<&str> = inputs.iter().map(|(name, _)| name.as_str()).collect();
            let names = names.join("', '");
            let together = format!(
                "its inputs '{names}' take several samples at a time: export it for one, or with an open batch"
            );
            return Err(EvaluateError::Interface(together).into());
        }
        let batch_axis = self.inputs.first().map_or(0, |(name, _)| self.interface.batch_axis(name));
        // Of all samples that the file wants at a time.
        let all = self.shapes.get(&self.interface.output).map_or(0, |shape| shape.iter().product());
        let together = self.interface.shape.first().copied().unwrap_or(1).max(1);
        let outputs = all / together;
        let output = match self.shapes.get(&self.interface.output).map(Vec::as_slice) {
            Some([first, rest @ ..]) if *first == together => rest.to_vec(),
            Some(shape) if together == 1 => shape.to_vec(),
            _ => vec![outputs],
        };
        Ok(Wanted { inputs, outputs, output, batch_axis })
    }

    /// The inputs with their shapes for one sample, without the axis that counts samples.
    pub(super) fn samples(&self) -> Vec<(String, Vec<usize>)> {
        let sample = |(name, shape): &(String, Vec<usize>)| {
            let axis = self.interface.batch_axis(name);
            let own = shape.iter().enumerate().filter(|(at, _)| *at != axis);
            (name.clone(), own.map(|(_, size)| *size).collect())
        };
        self.inputs.iter().map(sample).collect()
    }

    pub(super) fn hints(&self) -> Hints {
        let inputs: Vec<&str> = self.inputs.iter().map(|(name, _)| name.as_str()).collect();
        Hints::of(&self.graph, &inputs, &self.interface.output)
    }
}

impl Session {
    /// Reads samples for the model in use, by which it is scored. On an error the samples in use stay.
    pub(super) fn read_samples(
        &mut self,
        name: &str,
        files: Vec<File>,
        options: &Preprocessing,
    ) -> Result<SamplesView, SessionError> {
        let opened = self.opened()?;
        let wanted = opened.wanted()?;
        let raw = dataset::read(files, options, &wanted)?;
        let (metric, why) = measured_by(opened, (name, &raw), options, &wanted)?;
        let answers = raw.answers(name, metric, &wanted, options)?;
        let hints = opened.hints();
        let question =
            Question { name, raw: &raw, wanted: &wanted, options, hints, metric, answers: &answers };
        let (chosen, values, met) = self.chosen(&question)?;
        let preprocessing = resolved(&question, &chosen);
        let Answers { labels, targets, notes, .. } = answers;
        let raw = Raw { notes: [raw.notes, notes].concat(), ..raw };
        let (shape, choosing) = (wanted.shape(), chosen.choosing);
        let samples = Samples { values, shape, labels, targets, metric, choosing };
        let open = raw.given.is_none() && options.threshold.is_none();
        let (samples, own) = answered(self.opened()?, samples, open)?;
        let single = single(&wanted, options, (samples.metric, samples.choosing));
        let own =
            own.then(|| "Nothing says what is right, so the original model's own answers do.".to_owned());
        let threshold = preprocessing.threshold.filter(|_| samples.metric.compares_classes());
        let preprocessing = Preprocessing { metric: Some(samples.metric), threshold, ..preprocessing };
        let view = SamplesView {
            name: name.into(),
            samples: samples.len(),
            classes: samples.classes(),
            shape: samples.shape.clone(),
            scaling: chosen.reading.scaling.to_string(),
            note: note(&raw, &chosen, single.into_iter().chain(own).chain(met).chain(why)),
            metric: samples.metric,
            class_names: raw.class_names.clone(),
            previews: previews(&samples, &raw),
            warning: warning(chosen.score.as_ref(), &samples, &wanted).or_else(|| {
                // What the original chooses is what is right.
                if samples.metric == Metric::Agreement { one_class(&samples.labels) } else { None }
            }),
            choosing: samples.choosing,
            resized: false,
            chance: is_chance(chosen.score.as_ref(), &samples, &wanted),
            preprocessing,
        };
        let preprocessing = view.preprocessing.clone();
        self.read = Some(Read { element: raw.element, source: raw.source, preprocessing });
        self.scoring = Some((samples.metric, samples.choosing));
        self.samples = Some(samples);
        Ok(view)
    }

    /// Reads unlabelled samples to fit to. On an error the ones in use stay; what was fitted to them is
    /// forgotten. They are read as the samples by which the model is scored, where they are of their kind.
    pub(super) fn read_calibration(
        &mut self,
        name: &str,
        files: Vec<File>,
        options: &Preprocessing,
    ) -> Result<CalibrationView, SessionError> {
        let opened = self.opened()?;
        let wanted = opened.wanted()?;
        let raw = dataset::read(files, options, &wanted)?;
        let options = self.same(&raw, options);
        // Labels are welcome: they tell how bytes are scaled.
        let metric = raw.metric(&wanted, &Preprocessing { metric: None, ..options.clone() });
        let answers = raw.answers(name, metric, &wanted, &options);
        let (metric, answers) = match answers {
            Ok(answers) if metric.compares_classes() => (metric, answers),
            _ => (Metric::Agreement, Answers::default()),
        };
        let hints = opened.hints();
        let question = Question {
            name,
            raw: &raw,
            wanted: &wanted,
            options: &options,
            hints,
            metric,
            answers: &answers,
        };
        let (chosen, values, met) = self.chosen(&question)?;
        let Answers { labels, notes, .. } = answers;
        // One value that is no probability is a quantity, unless something says that it tells classes.
        let open = labels.is_empty() && options.threshold.is_none() && wanted.outputs == 1;
        let calibrated = (open && !chosen.choosing.is_probability(), chosen.choosing);
        let single = single(&wanted, &options, (metric, chosen.choosing)).filter(|_| !calibrated.0);
        let raw = Raw { notes: raw.notes.into_iter().chain(notes).chain(single).collect(), ..raw };
        let judged = Samples { labels, metric, choosing: chosen.choosing, ..Samples::default() };
        let calibration = Calibration::new(values, wanted.shape(), self.opened()?.whole(&[])?)?;
        let view = CalibrationView {
            name: name.into(),
            samples: calibration.samples() + calibration.held_out_samples(),
            held_out: calibration.held_out_samples(),
            scaling: chosen.reading.scaling.to_string(),
            note: note(&raw, &chosen, met),
            warning: warning(chosen.score.as_ref(), &judged, &wanted),
            resized: false,
        };
        self.calibration = Some(calibration);
        self.calibrated = calibrated;
        self.factors.forget_calibration();
        Ok(view)
    }

    /// How the samples in question are read, their values, and what is to be said of how they are run.
    fn chosen(&mut self, question: &Question) -> Result<(Chosen, Vec<f32>, Option<String>), SessionError> {
        let read = |session: &Self| -> Result<_, SessionError> {
            let chosen = question.choose(session.opened()?)?;
            let shape = question.wanted.shape();
            let values = question.raw.fit(question.name, &shape, &chosen.reading, 0..question.raw.len())?;
            Ok((chosen, values))
        };
        let (chosen, values) = read(self)?;
        let Some(said) = self.meet(&values)? else { return Ok((chosen, values, None)) };
        // What was scored before was not what is scored from now on.
        let (chosen, values) = read(self)?;
        Ok((chosen, values, Some(said)))
    }

    /// `options`, and what they leave open as the samples in use were read, where these are of their kind.
    fn same(&self, raw: &Raw, options: &Preprocessing) -> Preprocessing {
        let mut options = options.clone();
        let Some(read) =
            self.read.as_ref().filter(|read| (read.element, read.source) == (raw.element, raw.source))
        else {
            return options;
        };
        let own = &read.preprocessing;
        options.colour = options.colour.or(own.colour);
        options.first_label = options.first_label.or(own.first_label);
        options.threshold = options.threshold.or(own.threshold);
        let open = options.scale.is_none() && options.offset.is_none() && options.quantised.is_none();
        if open && raw.scaling.is_none() {
            (options.scale, options.offset) = (own.scale.clone(), own.offset.clone());
        }
        options
    }

    /// What a model is judged by where nothing but the original says what is right.
    pub(crate) fn unlabelled_metric(&self) -> Result<Metric, SessionError> {
        let wanted = self.opened()?.wanted()?;
        let reconstructs = wanted.outputs > 1 && wanted.outputs == wanted.size();
        let guess = !reconstructs && !self.calibrated.0 && self.opened()?.unlike_classes().is_none();
        let classes = self.scoring.map_or(guess, |(metric, _)| metric.compares_classes());
        Ok(if classes { Metric::Agreement } else { Metric::Error })
    }

    /// Takes the samples out of the session, in the file's order.
    pub fn take_samples(&mut self) -> Option<Samples> {
        self.samples.take()
    }

    /// The same with classes interleaved, so that a coarse score of the first samples is a fair one.
    pub fn take_interleaved(&mut self) -> Option<Samples> {
        let samples = self.samples.take()?;
        Some(samples.picked(&samples.interleaving()))
    }
}

/// Where nothing is stated, what the original says is right: its classes, or its outputs where they are no
/// choice of a class, which only counts where it is `open` whether they are. Whether it was asked.
fn answered(opened: &Opened, samples: Samples, open: bool) -> Result<(Samples, bool), SessionError> {
    let asks = match samples.metric {
        Metric::Agreement => true,
        Metric::Error => samples.targets.is_empty(),
        Metric::Accuracy | Metric::Reconstruction | Metric::Auc => false,
    };
    if !asks {
        return Ok((samples, false));
    }
    let said = samples.metric;
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(samples)?;
    evaluator.set_model(opened.evaluation(&[])?, None)?;
    let outputs = evaluator.class_scores()?;
    // One value that is no probability is a quantity.
    let quantity = outputs.ncols() == 1 && !evaluator.set().choosing.is_probability();
    let mut samples = evaluator.into_samples();
    samples.metric = if said == Metric::Agreement && quantity && open { Metric::Error } else { said };
    evaluator = Evaluator::default();
    evaluator.set_samples(samples)?;
    evaluator.answer_with(&outputs);
    Ok((evaluator.into_samples(), true))
}

/// All that was assumed, with what else is to be said.
fn note(raw: &Raw, chosen: &Chosen, more: impl IntoIterator<Item = String>) -> Option<String> {
    let known = raw.notes.iter().cloned().chain(chosen.note.clone());
    let notes: Vec<String> = known.chain(more).collect();
    (!notes.is_empty()).then(|| notes.join(" "))
}

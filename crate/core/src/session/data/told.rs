//! Sizes of a model's open axes that samples tell: taken where just one reading of what is stored makes it run.

use crate::collect::collected;
use crate::dataset::{self, Wanted};
use crate::evaluate::EvaluateError;
use crate::graph::free_axes;
use crate::session::compile::factors::FactorStore;
use crate::session::open::sizes::{Axis, Known, Sizes, because, readings};
use crate::session::open::trace::{Traced, trace};
use crate::session::{CalibrationView, File, Opened, Preprocessing, SamplesView, Session, SessionError};
use std::collections::BTreeSet;

/// Readings that are tried at a time: each is a run of the model.
const MOST: usize = 8;

impl Opened {
    /// The names of axes that samples may tell; `again` those too that samples have told before.
    fn open(&self, again: bool) -> BTreeSet<&str> {
        let open = self.sizes.iter().filter(|size| size.assumed || again && size.from_samples);
        collected(open.map(|size| size.name.as_str()))
    }

    /// The axes of each input, for one sample.
    fn axes(&self, open: &BTreeSet<&str>) -> Vec<Vec<Axis>> {
        let free = free_axes(&self.graph);
        let of = |name: &String, (at, size): (usize, &usize)| {
            let own = free.iter().find(|axis| axis.input == *name && axis.axis == at);
            match own.filter(|axis| open.contains(axis.name.as_str())) {
                Some(axis) => Axis::Open(axis.name.clone()),
                None => Axis::Fixed(*size),
            }
        };
        let inputs = self.inputs.iter();
        inputs
            .map(|(name, shape)| {
                let samples = self.interface.batch_axis(name);
                let own = shape.iter().enumerate().filter(|(at, _)| *at != samples);
                own.map(|axis| of(name, axis)).collect()
            })
            .collect()
    }

    /// Readings of samples that are `stored` in these shapes, by the input's place, the plainest first.
    fn readings(&self, stored: &[(usize, Vec<usize>)], open: &BTreeSet<&str>) -> Vec<BTreeSet<Sizes>> {
        let axes = self.axes(open);
        let of = |(at, shape): &(usize, Vec<usize>)| {
            let pattern =
                axes.get(*at).filter(|axes| axes.iter().any(|axis| matches!(axis, Axis::Open(_))))?;
            Some(readings(pattern, shape))
        };
        let mut each: Vec<Vec<BTreeSet<Sizes>>> = stored.iter().filter_map(of).collect();
        if let [only] = &mut each[..] {
            return std::mem::take(only);
        }
        // Of several inputs the plainest reading each, where they do not contradict.
        let mut all: BTreeSet<Sizes> = collected([Sizes::new()]);
        for first in each.into_iter().filter_map(|readings| readings.into_iter().next()) {
            let both = |a: &Sizes, b: &Sizes| {
                let agree = a.iter().all(|(name, size)| b.get(name).is_none_or(|other| other == size));
                agree.then(|| collected(a.iter().chain(b).map(|(name, size)| (name.clone(), *size))))
            };
            all = collected(all.iter().flat_map(|a| first.iter().filter_map(move |b| both(a, b))));
        }
        all.remove(&Sizes::new());
        if all.is_empty() { Vec::new() } else { vec![all] }
    }

    /// Takes the sizes that samples tell which are `stored` in these shapes. Gives what was known before, where
    /// that has changed.
    fn learn(&mut self, stored: &[(usize, Vec<usize>)], again: bool) -> Option<Known> {
        let open = self.open(again);
        let mut base = self.known.clone();
        base.told.retain(|name, _| !open.contains(name.as_str()));
        let runs = |sizes: &Sizes| -> Option<(Known, Traced)> {
            let mut known = base.clone();
            known.told.extend(sizes.clone());
            let traced = trace(&self.graph, self.asked.as_deref(), &known).ok()?;
            traced.evaluation.is_none().then_some((known, traced))
        };
        for readings in self.readings(stored, &open) {
            if readings.len() > MOST {
                return None;
            }
            let mut found: Vec<(Known, Traced)> = readings.iter().filter_map(runs).collect();
            match (found.pop(), found.is_empty()) {
                (Some(_), false) => return None,
                (Some((known, traced)), true) => {
                    let before = std::mem::replace(&mut self.known, known);
                    self.settle(traced);
                    return Some(before);
                }
                (None, _) => {}
            }
        }
        None
    }

    /// What was known before samples told sizes.
    fn restore(&mut self, before: Known) {
        if let Ok(traced) = trace(&self.graph, self.asked.as_deref(), &before) {
            self.known = before;
            self.settle(traced);
        }
    }
}

/// What samples have told before they are read.
#[derive(Default)]
struct Learned {
    /// What was known before, where that has changed.
    before: Option<Known>,
    /// Whether they are of another size than the model reads.
    misfit: bool,
}

impl Session {
    /// Opens samples for the model in use, by which it is scored; sizes that it leaves open are theirs. On an error
    /// the samples in use stay.
    ///
    /// # Errors
    /// What is wrong with the files, or that they do not fit the model.
    pub fn open_samples(
        &mut self,
        name: &str,
        files: Vec<File>,
        options: &Preprocessing,
    ) -> Result<SamplesView, SessionError> {
        self.turn(options.batch_axis)?;
        let learned = self.learn_sizes(&files, options, self.calibration.is_none())?;
        match self.read_samples(name, files, options) {
            Ok(view) => Ok(SamplesView { resized: learned.before.is_some(), ..view }),
            Err(error) => Err(self.unlearn_sizes(learned, error)),
        }
    }

    /// Opens unlabelled samples to fit to; sizes that the model leaves open are theirs. On an error the ones in use
    /// stay; what was fitted to them is forgotten. They are read as the samples by which the model is scored, where
    /// they are of their kind.
    ///
    /// # Errors
    /// What is wrong with the files, or that they do not fit the model.
    pub fn open_calibration(
        &mut self,
        name: &str,
        files: Vec<File>,
        options: &Preprocessing,
    ) -> Result<CalibrationView, SessionError> {
        self.turn(options.batch_axis)?;
        let learned = self.learn_sizes(&files, options, self.read.is_none())?;
        match self.read_calibration(name, files, options) {
            Ok(view) => Ok(CalibrationView { resized: learned.before.is_some(), ..view }),
            Err(error) => Err(self.unlearn_sizes(learned, error)),
        }
    }

    /// Takes the axis of the model's inputs that is said to count samples, where it is another than before.
    ///
    /// # Errors
    /// The model cannot be run so; then it stays as it was.
    fn turn(&mut self, said: Option<usize>) -> Result<(), SessionError> {
        let opened = self.opened.as_mut().ok_or_else(SessionError::no_model)?;
        let before = opened.graph.said_batch_axis();
        if said.is_none() || said == before {
            return Ok(());
        }
        opened.graph.say_batch_axis(said);
        let traced = trace(&opened.graph, opened.asked.as_deref(), &opened.known);
        let failed = match traced {
            Ok(Traced { evaluation: Some(reason), .. }) => EvaluateError::Interface(reason).into(),
            Ok(traced) => {
                opened.settle(traced);
                // Their tables of costs are of other samples.
                self.factors = FactorStore::default();
                self.search = None;
                return Ok(());
            }
            Err(error) => error,
        };
        opened.graph.say_batch_axis(before);
        Err(failed)
    }

    /// Takes sizes that the model leaves open from samples in `files`; `again` also where other samples have told
    /// them.
    fn learn_sizes(
        &mut self,
        files: &[File],
        options: &Preprocessing,
        again: bool,
    ) -> Result<Learned, SessionError> {
        let opened = self.opened.as_mut().ok_or_else(SessionError::no_model)?;
        if opened.open(again).is_empty() {
            return Ok(Learned::default());
        }
        let wanted = Wanted { inputs: opened.samples(), ..Wanted::default() };
        let stored = dataset::stored(files, options, &wanted);
        let sizes = opened.sizes.clone();
        let before = opened.learn(&stored, again);
        if before.is_some() && opened.sizes.iter().zip(&sizes).any(|(now, was)| now.size != was.size) {
            // Their tables of costs are of the other size.
            self.factors = FactorStore::default();
            self.search = None;
        }
        let values = |shape: &[usize]| shape.iter().product::<usize>();
        let misfit = before.is_none()
            && stored.iter().any(|(at, shape)| {
                wanted.inputs.get(*at).is_some_and(|(_, wanted)| values(wanted) != values(shape))
            });
        Ok(Learned { before, misfit })
    }

    /// After an error in reading samples: what was known before them; the error says where it follows from a
    /// guess.
    fn unlearn_sizes(&mut self, learned: Learned, error: SessionError) -> SessionError {
        let Some(opened) = self.opened.as_mut() else { return error };
        if let Some(before) = learned.before {
            opened.restore(before);
        }
        match error {
            SessionError::Dataset(mut error) if learned.misfit => {
                error.reason.push_str(&because(&opened.sizes));
                error.into()
            }
            other => other,
        }
    }
}

//! An opened model: its graph, its layers, and what can be said of them.

use super::batch::{freed, said, together};
use super::file::FileReport;
use super::sizes::{self, Known};
use super::trace::{Traced, all_problems, of_guess, trace};
use crate::compress::{CompressError, Parts, Plan, Setting, Values};
use crate::cost::{self, Cost};
use crate::dataset::File;
use crate::evaluate::{EvaluateError, Together};
use crate::export::{self, Interface};
use crate::graph::{Graph, Layer, Shapes, Weight, layers};
use crate::import;
use crate::session::SessionError;
use crate::session::view::{Effect, OpenOptions, Problem, SizeView};

/// See the module.
pub struct Opened {
    pub(crate) name: String,
    pub(crate) graph: Graph,
    pub(crate) layers: Vec<Layer>,
    pub(crate) inputs: Vec<(String, Vec<usize>)>,
    /// What evaluation feeds and reads.
    pub(crate) interface: Interface,
    /// Shapes of the original's values, for one sample.
    pub(crate) shapes: Shapes,
    /// Peak bytes of activations at each node of the original.
    pub(crate) ram_bytes: Vec<usize>,
    pub(in crate::session) evaluation: Option<String>,
    /// Whether all outputs can be run, not the one that is scored alone.
    pub(in crate::session) runs_whole: bool,
    /// The file as it came.
    pub(in crate::session) file: FileReport,
    pub(in crate::session) format: String,
    pub(in crate::session) problems: Vec<Problem>,
    /// What import found to be unsupported.
    unsupported: Vec<import::Problem>,
    /// Nodes that run with other results than the original's.
    pub(in crate::session) differs: Vec<import::Problem>,
    pub(in crate::session) sizes: Vec<SizeView>,
    /// How it is run, where that is not as its file says.
    pub(in crate::session) run_notes: Vec<String>,
    /// Problems of a device that are gone at smaller sizes than those that were guessed.
    pub(in crate::session) of_guess: Vec<Problem>,
    /// What is known of open sizes.
    pub(in crate::session) known: Known,
    /// The output that was asked for.
    pub(in crate::session) asked: Option<String>,
}

impl Opened {
    /// Opens a model's files.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(files: Vec<File>, options: &OpenOptions) -> Result<Self, SessionError> {
        let files: Vec<_> = files.into_iter().map(|file| (file.name, file.bytes)).collect();
        let main = import::main_file(&files);
        let name = files.get(main).map(|(name, _)| name.clone()).unwrap_or_default();
        let file = FileReport::of_all(&files, main);
        let import::Imported { graph, format, problems } = import::model(files)?;
        let graph = freed(graph);
        let known = Known::said(sizes::said(&graph, &options.sizes)?);
        let traced = trace(&graph, options.output.as_deref(), &known)?;
        let (differs, unsupported): (Vec<_>, Vec<_>) =
            problems.into_iter().partition(|p| p.effect == import::Effect::Accuracy);
        let mut opened = Self {
            name,
            graph,
            layers: Vec::new(),
            inputs: Vec::new(),
            interface: Interface::default(),
            shapes: Shapes::new(),
            ram_bytes: Vec::new(),
            evaluation: None,
            runs_whole: false,
            file,
            format,
            problems: Vec::new(),
            unsupported,
            differs,
            sizes: Vec::new(),
            run_notes: Vec::new(),
            of_guess: Vec::new(),
            known,
            asked: options.output.clone(),
        };
        opened.settle(traced);
        Ok(opened)
    }

    /// Takes over what running the model has shown, and what follows from it.
    pub(in crate::session) fn settle(&mut self, traced: Traced) {
        let Traced { inputs, mut interface, shapes, evaluation, refused, whole, sizes } = traced;
        interface.single = self.interface.single;
        let together = match evaluation {
            None if !interface.single => together(&self.graph, &interface, &[]),
            _ => Together::Alike,
        };
        self.layers = layers(&self.graph, &shapes);
        self.ram_bytes = cost::live_bytes(&self.graph, &shapes);
        let found = (&self.unsupported[..], &refused[..]);
        self.problems = all_problems(&self.graph, &interface, (&self.layers, &shapes), found);
        let device = self.problems.iter().filter(|p| p.effect == Effect::Device).cloned().collect();
        self.of_guess = of_guess(&self.graph, (self.asked.as_deref(), &self.known), &sizes, device);
        let because = sizes::because(&sizes);
        for problem in self.problems.iter_mut().filter(|problem| self.of_guess.contains(problem)) {
            problem.reason.push_str(&because);
        }
        (self.inputs, self.interface, self.shapes) = (inputs, interface, shapes);
        (self.evaluation, self.runs_whole, self.sizes) = (evaluation, whole, sizes);
        if together != Together::Alike {
            self.run_singly(together);
        }
    }

    /// Whether `samples` give something else together than each alone, which has not been known.
    pub(crate) fn mixes(&self, samples: &[f32]) -> Together {
        if self.interface.single { Together::Alike } else { together(&self.graph, &self.interface, samples) }
    }

    /// Runs samples one at a time from now on, for what was seen of them `together`; where the file does not let
    /// it, that is said.
    pub(crate) fn run_singly(&mut self, together: Together) {
        self.interface.single = !matches!(together, Together::Bound(_));
        let note = said(together).filter(|note| !self.run_notes.contains(note));
        self.run_notes.extend(note);
    }

    /// The model with `changes` made, in the form that [`Evaluator`] reads.
    pub(crate) fn evaluation(&self, changes: &[(&Layer, &Parts)]) -> Result<Vec<u8>, SessionError> {
        Ok(export::evaluation(&self.graph, changes, &self.interface)?)
    }

    /// The same as a graph.
    pub(crate) fn evaluated(&self, changes: &[(&Layer, &Parts)]) -> Result<Graph, SessionError> {
        Ok(export::evaluated(&self.graph, changes, &self.interface)?)
    }

    /// The same file with all outputs, the chosen one first, where these can be run.
    pub(crate) fn whole(&self, changes: &[(&Layer, &Parts)]) -> Result<Vec<u8>, SessionError> {
        let form = if self.runs_whole { export::whole } else { export::evaluation };
        Ok(form(&self.graph, changes, &self.interface)?)
    }

    /// Whether the graph is the file, byte for byte.
    pub(crate) fn is_as_it_came(&self) -> bool {
        self.graph.bytes().is_ok_and(|bytes| FileReport::of(bytes) == self.file)
    }

    /// The shape of one sample.
    pub(crate) fn sample_shape(&self) -> Result<Vec<usize>, SessionError> {
        if let Some(reason) = &self.evaluation {
            return Err(EvaluateError::Interface(reason.clone()).into());
        }
        Ok(self.interface.shape.get(1..).unwrap_or_default().to_vec())
    }

    /// What keeps every runtime from loading a file of this graph.
    pub(in crate::session) fn partial(&self) -> Vec<String> {
        let missing = self.unsupported.iter().filter(|p| p.effect == import::Effect::Evaluation);
        missing.map(|p| format!("{} '{}' ({})", p.op, p.node, p.reason)).collect()
    }

    pub(crate) fn layer(&self, name: &str) -> Result<&Layer, SessionError> {
        let found = self.layers.iter().find(|layer| layer.name == name);
        found.ok_or_else(|| SessionError::NoLayer(name.into()))
    }

    pub(crate) fn weight(&self, name: &str) -> Result<&Weight, SessionError> {
        let weight = self.layer(name)?.weight.as_ref();
        Ok(weight.map_err(|reason| CompressError::Setting {
            layer: name.into(),
            setting: "a compressed form".into(),
            reason: reason.clone(),
        })?)
    }

    /// Checks that every layer offers what `plan` asks of it.
    pub(crate) fn check(&self, plan: &Plan) -> Result<(), SessionError> {
        for (name, &setting) in &plan.layers {
            let layer = self.layer(name)?;
            if setting == Setting::Keep {
                continue;
            }
            let fail = |reason: String| CompressError::Setting {
                layer: name.clone(),
                setting: setting.to_string(),
                reason,
            };
            let weight = layer.weight.as_ref().map_err(|reason| fail(reason.clone()))?;
            setting.check(weight).map_err(fail)?;
        }
        for (name, values) in &plan.values {
            let layer = self.layer(name)?;
            if *values == Values::Float {
                continue;
            }
            let fail = |reason: String| CompressError::Setting {
                layer: name.clone(),
                setting: format!("{} values", values.name()),
                reason,
            };
            let weight = layer.weight.as_ref().map_err(|reason| fail(reason.clone()))?;
            if weight.sparse {
                return Err(fail("it is a sparse factor already".into()).into());
            }
        }
        Ok(())
    }

    pub(in crate::session) fn total(&self) -> Cost {
        let layers: Cost = self.layers.iter().map(|layer| cost::original(&self.graph, layer)).sum();
        layers + cost::others(&self.graph, &self.layers)
    }
}

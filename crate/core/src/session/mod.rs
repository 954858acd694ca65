//! A session: one model, its samples, its factors. The only face that the page and the command
//! line see; it calls the stages in order and keeps what is costly.

mod error;
mod factors;
mod model;
mod report;
mod results;
mod view;

pub use crate::compress::{Method, Plan, Setting};
pub use crate::dataset::File;
pub use crate::evaluate::{Evaluator, Score, wilson};
pub use error::SessionError;
pub use factors::{Task, TaskProgress};
pub use model::Opened;
pub use report::Report;
pub use results::Applied;
pub use view::{
    CostRow, InputView, LayerResult, LayerView, MethodView, ModelView, SamplesView, SepalError, Spectrum,
};

use crate::compress::{Sparsity, squared_error};
use crate::cost::{self, Cost};
use crate::dataset::{self, Samples, Scaling};
use crate::export;
use factors::FactorStore;
use model::guess_scaling;
use report::{LayerReport, ModelReport};

/// See the module.
#[derive(Default)]
pub struct Session {
    opened: Option<Opened>,
    factors: FactorStore,
    samples: Option<Samples>,
}

impl Session {
    /// An empty session.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the ONNX file `bytes`. On an error the model in use stays.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn open_model(&mut self, name: &str, bytes: Vec<u8>) -> Result<ModelView, SessionError> {
        let opened = Opened::new(name, bytes)?;
        let view = opened.view(&FactorStore::default());
        self.opened = Some(opened);
        self.factors = FactorStore::default();
        self.samples = None;
        Ok(view)
    }

    /// Opens labelled samples for the model in use. On an error the samples in use stay.
    ///
    /// # Errors
    /// What is wrong with the files, or that they do not fit the model.
    pub fn open_samples(&mut self, name: &str, files: Vec<File>) -> Result<SamplesView, SessionError> {
        let opened = self.opened()?;
        let (shape, raw) = (opened.sample_shape()?, dataset::read(files)?);
        let (scaling, note) = match (raw.scaling.clone(), raw.is_bytes) {
            (Some(scaling), _) => (scaling, None),
            (None, false) => (Scaling::identity(), None),
            (None, true) => guess_scaling(opened, &raw, name, &shape)?,
        };
        let samples = raw.fit(name, &shape, scaling)?;
        let view = SamplesView {
            name: name.into(),
            samples: samples.len(),
            classes: samples.classes(),
            shape: samples.shape.clone(),
            scaling: samples.scaling.to_string(),
            note,
        };
        self.samples = Some(samples);
        Ok(view)
    }

    /// An evaluator with samples that need no labels (all are 0 until a model labels them).
    ///
    /// # Errors
    /// What is wrong with the files, or that they do not fit the model.
    pub fn unlabelled(&self, name: &str, files: Vec<File>) -> Result<Evaluator, SessionError> {
        let opened = self.opened()?;
        let (shape, raw) = (opened.sample_shape()?, dataset::read(files)?);
        let bytes = if raw.is_bytes { Scaling::factor(1.0 / 255.0) } else { Scaling::identity() };
        let scaling = raw.scaling.clone().unwrap_or(bytes);
        let samples = raw.fit_unlabelled(name, &shape, scaling)?;
        let count = samples.values.len() / shape.iter().product::<usize>().max(1);
        let mut evaluator = Evaluator::default();
        evaluator.set_samples(samples.values, vec![0; count], shape)?;
        Ok(evaluator)
    }

    /// Takes the samples out of the session, in the file's order: values, labels and the shape of one.
    pub fn take_samples(&mut self) -> Option<(Vec<f32>, Vec<i32>, Vec<usize>)> {
        self.samples.take().map(|s| (s.values, s.labels, s.shape))
    }

    /// The same with classes interleaved, so that a coarse score of the first samples is a fair one.
    pub fn take_interleaved(&mut self) -> Option<(Vec<f32>, Vec<i32>, Vec<usize>)> {
        self.samples = self.samples.take().map(Samples::interleaved);
        self.take_samples()
    }

    /// What is known of the model, cost tables exact for every dictionary that has been learned.
    ///
    /// # Errors
    /// No model is open.
    pub fn view(&self) -> Result<ModelView, SessionError> {
        Ok(self.opened()?.view(&self.factors))
    }

    /// The cost tables of one layer.
    ///
    /// # Errors
    /// No such layer.
    pub fn costs(&self, layer: &str) -> Result<Vec<MethodView>, SessionError> {
        let opened = self.opened()?;
        Ok(opened.methods(opened.layer(layer)?, &self.factors))
    }

    /// The original model in the form that [`Evaluator`] reads.
    ///
    /// # Errors
    /// No model is open.
    pub fn base_bytes(&self) -> Result<Vec<u8>, SessionError> {
        Ok(export::onnx(&self.opened()?.graph, &[], Sparsity::Dense)?)
    }

    /// What must still be factored before [`Session::apply`] works on `plan`.
    ///
    /// # Errors
    /// The plan asks for what a layer does not offer.
    pub fn pending(&self, plan: &Plan) -> Result<Vec<Task>, SessionError> {
        let opened = self.opened()?;
        opened.check(plan)?;
        let tasks = opened.layers.iter().filter_map(|l| factors::task(&l.name, plan.setting(&l.name)));
        Ok(tasks.filter(|task| !self.factors.has(task, plan.seed)).collect())
    }

    /// Does one step of `task`: tens of milliseconds.
    ///
    /// # Errors
    /// The layer cannot be factored.
    pub fn advance(&mut self, task: &Task, plan: &Plan) -> Result<TaskProgress, SessionError> {
        let opened = self.opened.as_ref().ok_or_else(SessionError::no_model)?;
        let weight = opened.weight(&task.layer)?;
        self.factors.advance(task, weight, plan.seed)
    }

    /// Does everything that is pending for `plan`.
    ///
    /// # Errors
    /// As [`Session::pending`] and [`Session::advance`].
    pub fn factor(&mut self, plan: &Plan) -> Result<(), SessionError> {
        for task in self.pending(plan)? {
            while !self.advance(&task, plan)?.done {}
        }
        Ok(())
    }

    /// Compresses the model as `plan` says: figures, and the file for evaluation.
    ///
    /// # Errors
    /// The plan does not fit the model, or something has not been factored.
    pub fn apply(&self, plan: &Plan) -> Result<(Applied, Vec<u8>), SessionError> {
        let opened = self.opened()?;
        opened.check(plan)?;
        let pairs = self.factors.pairs(opened, plan)?;
        let bytes = export::onnx(&opened.graph, &pairs, Sparsity::Dense)?;
        let layers: Vec<LayerResult> = opened
            .layers
            .iter()
            .map(|layer| {
                let pair = pairs.iter().find(|(l, _)| l.node == layer.node).map(|(_, pair)| pair);
                results::layer(opened, layer, pair, self.error_of(layer, plan))
            })
            .collect();
        Ok((results::total(opened, &pairs, layers, self.total_error(opened, plan)), bytes))
    }

    /// The singular values of a layer's matrix; of a grouped one, of all groups together.
    ///
    /// # Errors
    /// The layer cannot be factored.
    pub fn spectrum(&mut self, layer: &str) -> Result<Spectrum, SessionError> {
        let plan = Plan::default();
        let task = Task { layer: layer.into(), method: Method::LowRank, rank: 0 };
        if !self.factors.has(&task, plan.seed) {
            self.advance(&task, &plan)?;
        }
        let values = self.factors.spectrum(layer);
        Ok(Spectrum { layer: layer.into(), values })
    }

    /// The compressed model as an ONNX file for download, sparse codes stored sparsely.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub fn export_onnx(&self, plan: &Plan) -> Result<Vec<u8>, SessionError> {
        let opened = self.opened()?;
        opened.check(plan)?;
        Ok(export::onnx(&opened.graph, &self.factors.pairs(opened, plan)?, Sparsity::Stored)?)
    }

    /// The report about `plan`, with what the evaluation gave.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub fn report(
        &self,
        plan: &Plan,
        score: Option<Score>,
        base: Option<Score>,
    ) -> Result<Report, SessionError> {
        let opened = self.opened()?;
        let (applied, _) = self.apply(plan)?;
        let onnx = self.export_onnx(plan)?;
        let cost = Cost { parameters: applied.parameters, bytes: applied.bytes, macs: applied.macs };
        let layers = opened.layers.iter().zip(&applied.layers);
        let layers = layers.map(|(layer, result)| {
            let original = cost::original(&opened.graph, layer);
            LayerReport {
                name: layer.name.clone(),
                op: layer.op.clone(),
                shape: layer.shape.clone(),
                setting: plan.setting(&layer.name),
                parameters: result.parameters,
                bytes: result.bytes,
                macs: result.macs,
                base_bytes: original.bytes,
                base_macs: original.macs,
                reconstruction_error: result.reconstruction_error,
            }
        });
        let model: ModelReport = opened.report();
        let mut report = Report::new(model, plan.clone(), cost, &onnx, layers.collect());
        report.reconstruction_error = applied.reconstruction_error;
        Ok(report.scored(score, base))
    }

    fn opened(&self) -> Result<&Opened, SessionError> {
        self.opened.as_ref().ok_or_else(SessionError::no_model)
    }

    /// Squared error and squared norm of one layer's weights.
    fn error_of(&self, layer: &crate::graph::Layer, plan: &Plan) -> (f64, f64) {
        let setting = plan.setting(&layer.name);
        let Ok(weight) = &layer.weight else { return (0.0, 0.0) };
        match self.factors.get(&layer.name, setting, plan.seed) {
            Some(factors) => squared_error(factors, setting, weight),
            None => (0.0, weight.matrix.iter().map(|v| f64::from(*v).powi(2)).sum()),
        }
    }

    fn total_error(&self, opened: &Opened, plan: &Plan) -> f64 {
        let errors = opened.layers.iter().map(|layer| self.error_of(layer, plan));
        let (error, norm) = errors.fold((0.0, 0.0), |sum, e| (sum.0 + e.0, sum.1 + e.1));
        results::relative((error, norm))
    }
}

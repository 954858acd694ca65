//! A session: one model, its samples, its factors. The only face that the page and the command
//! line see; it calls the stages in order and keeps what is costly.
//!
//! A model is opened (`open`); over it lies what is made of a plan (`compile`), and over that what samples are read as
//! (`data`) and what is taken away (`handout`), which do not know each other. What they show (`view`) and why they fail
//! (`error`) lies below all of them.

mod compile;
mod data;
mod error;
mod handout;
mod open;
pub mod usual;
mod view;

pub use crate::compress::{
    Dials, Factoring, Facts, Fit, MethodDial, MethodId as Method, MethodProperty, Near, Order, Plan, Setting,
    Values,
};
pub use crate::dataset::{Choosing, Colour, File, Layout, Metric, Preprocessing, Samples, format};
pub use crate::device::{Device, Processor, devices};
pub use crate::evaluate::{
    DeviceModel, EvaluateError, Evaluator, Outputs, Score, run_bytes, undefined_text, wilson,
};
pub use crate::export::artifact::program::Precision;
pub use crate::export::artifact::{Format, Preference};
pub use crate::export::package::{PackageFile, archive};
pub use crate::import::weight_files;
pub use crate::whole::NeedsWhole;
pub use compile::factors::{Task, TaskProgress, Work};
pub use compile::held_out::{HeldOut, points_lost};
pub use compile::search::{Binding, Fixed, FrontPoint, SearchProgress, SearchRequest, SearchStage};
pub use error::{ErrorCode, ErrorStage, SepalError, SessionError};
pub use handout::device::{ArtifactOptions, DeviceCost, Exported, Instructions, LayerDevice};
pub use handout::package::Known;
pub use handout::report::{Chooser, LimitMissed, Report, TfliteReport, Unused, Verified};
pub use handout::results::{Applied, DeviceFit};
pub use handout::tflite::ExportedTflite;
pub use open::model::Opened;
/// The runtime that goes into a package, `sepal.h`.
pub use sepal_runtime::c::HEADER;
pub use view::{
    CalibrationView, CostRow, Effect, InputView, LayerResult, LayerView, MethodFacts, MethodView, ModelView,
    OpenOptions, OutputView, Preview, Problem, SamplesView, SizeView, Spectrum,
};

use crate::compress::Point;
use crate::evaluate::Together;
use crate::export::{self, ExportError};
use crate::graph::Graph;
use compile::calibration::Calibration;
use compile::factors::{self, FactorStore, Place};
use compile::judge::Judge;
use compile::search::{Bench, Search};
use data::samples::Read;
use handout::{device, results};
use open::batch;

/// See the module.
#[derive(Default)]
pub struct Session {
    opened: Option<Opened>,
    factors: FactorStore,
    samples: Option<Samples>,
    /// How the last ones were read, and what they are scored by.
    read: Option<Read>,
    scoring: Option<(Metric, Choosing)>,
    calibration: Option<Calibration>,
    /// Whether outputs for calibration samples seem to be quantities; if not, how they choose classes.
    calibrated: (bool, Choosing),
    search: Option<Search>,
    /// Whether files are written that no runtime can load.
    allows_partial: bool,
}

impl Session {
    /// An empty session.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a model from its file, and from those that hold its weights where there are more. On an
    /// error the model in use stays.
    ///
    /// # Errors
    /// What is wrong with the files.
    pub fn open_model(&mut self, files: Vec<File>, options: &OpenOptions) -> Result<ModelView, SessionError> {
        let opened = Opened::new(files, options)?;
        let view = opened.view(&FactorStore::default());
        self.opened = Some(opened);
        self.factors = FactorStore::default();
        (self.samples, self.calibration) = (None, None);
        (self.read, self.scoring) = (None, None);
        self.search = None;
        Ok(view)
    }

    /// Allows to write files that no runtime can load, for models with operators that ONNX does not have.
    pub fn allow_partial(&mut self) {
        self.allows_partial = true;
    }

    /// Whether what is written is whole.
    ///
    /// # Errors
    /// The operators that it lacks, unless [`Session::allow_partial`] was called.
    pub fn check_whole(&self) -> Result<(), SessionError> {
        let partial = self.opened()?.partial();
        if partial.is_empty() || self.allows_partial {
            return Ok(());
        }
        Err(SessionError::Partial(partial.join("; ")))
    }

    /// The plan as it can be carried out: without calibration samples every fit is the plain one.
    pub fn effective(&self, plan: &Plan) -> Plan {
        let fit = if self.calibration.is_some() { plan.fit } else { Fit::Plain };
        Plan { fit, ..plan.clone() }
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
        self.opened()?.evaluation(&[])
    }

    /// What must still be computed before [`Session::apply`] works on `plan`, in the order in which it
    /// must be done.
    ///
    /// # Errors
    /// The plan asks for what a layer does not offer.
    pub fn pending(&self, plan: &Plan) -> Result<Vec<Task>, SessionError> {
        let (opened, plan) = (self.opened()?, self.effective(plan));
        opened.check(&plan)?;
        let tasks = opened.layers.iter().filter_map(|l| factors::task(opened, &l.name, &plan));
        Ok(tasks.filter(|task| !self.factors.has(task, plan.seed)).collect())
    }

    /// Does one step of `task`: tens of milliseconds, mostly.
    ///
    /// # Errors
    /// The layer cannot be factored.
    pub fn advance(&mut self, task: &Task, plan: &Plan) -> Result<TaskProgress, SessionError> {
        let plan = self.effective(plan);
        let opened = self.opened.as_ref().ok_or_else(SessionError::no_model)?;
        let (layer, weight) = (opened.layer(&task.layer)?, opened.weight(&task.layer)?);
        let place = Place { opened, layer, weight, calibration: self.calibration.as_ref() };
        self.factors.advance(task, &place, &plan)
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
        let (applied, form) = self.applied(plan)?;
        Ok((applied, form.into_bytes().map_err(ExportError::from)?))
    }

    /// The same with the model as a graph.
    pub(crate) fn applied(&self, plan: &Plan) -> Result<(Applied, Graph), SessionError> {
        let (opened, plan) = (self.opened()?, self.effective(plan));
        opened.check(&plan)?;
        let fitted = self.factors.fitted(opened, &plan)?;
        let form = opened.evaluated(&factors::parts_of(&fitted))?;
        let device = match device::export(opened, &form, None, &ArtifactOptions::default()) {
            Ok(exported) => DeviceFit::Fits(DeviceCost::of(&exported.artifact)),
            Err(error) => DeviceFit::Refused(opened.blamed(error).to_string()),
        };
        Ok((results::applied(opened, (&fitted, device), plan.fit), form))
    }

    /// The file for evaluation of the model compressed as `plan` says.
    pub(crate) fn compressed(&self, plan: &Plan) -> Result<Vec<u8>, SessionError> {
        let (opened, plan) = (self.opened()?, self.effective(plan));
        opened.check(&plan)?;
        let fitted = self.factors.fitted(opened, &plan)?;
        opened.evaluation(&factors::parts_of(&fitted))
    }

    /// Starts a search for a plan; `labelled` samples, where there are some, judge what is found.
    ///
    /// # Errors
    /// No model is open, a locked layer is not there, or the original cannot be run.
    pub fn start_search(
        &mut self,
        request: SearchRequest,
        labelled: Option<Evaluator>,
    ) -> Result<(), SessionError> {
        let opened = self.opened.as_ref().ok_or_else(SessionError::no_model)?;
        let locked = request.locked.iter();
        opened.check(&Plan {
            layers: locked.clone().map(|(name, fixed)| (name.clone(), fixed.setting)).collect(),
            values: locked.map(|(name, fixed)| (name.clone(), fixed.values)).collect(),
            ..Plan::default()
        })?;
        let fit = if self.calibration.is_some() { request.fit } else { Fit::Plain };
        let base = opened.whole(&[])?;
        let judge = match &self.calibration {
            Some(_) if fit != Fit::Plain => Some(Judge::new(self.choosing()?, &base, labelled)),
            _ => None,
        };
        let bench = Bench { opened, store: &mut self.factors, calibration: self.calibration.as_ref() };
        self.search = Some(Search::new(SearchRequest { fit, ..request }, &bench, judge.transpose()?));
        Ok(())
    }

    /// One step of the search; done when its stage says so.
    ///
    /// # Errors
    /// No search has been started, no plan stays within its limits, or a layer cannot be factored.
    pub fn step_search(&mut self) -> Result<SearchProgress, SessionError> {
        let opened = self.opened.as_ref().ok_or_else(SessionError::no_model)?;
        let search = self.search.as_mut().ok_or(SessionError::NoSearch)?;
        let mut bench = Bench { opened, store: &mut self.factors, calibration: self.calibration.as_ref() };
        let mut progress = search.step(&mut bench)?;
        if let (SearchStage::Done, Some(plan)) = (progress.stage, &progress.plan) {
            progress.held_out = self.held_out(plan)?;
            let search = self.search.as_ref().zip(progress.held_out.as_ref());
            progress.missed = search.is_some_and(|(search, found)| search.misses(found));
        }
        Ok(progress)
    }

    /// Why `method` cannot change the layer called `name`, to follow its name and a colon; `None` where it can.
    pub fn unfit(&self, name: &str, method: Method) -> Option<String> {
        let layer = self.opened().and_then(|opened| opened.layer(name));
        match layer.map(|layer| &layer.weight) {
            Err(error) => Some(error.to_string()),
            Ok(Err(reason)) => Some(reason.clone()),
            Ok(Ok(weight)) => method.unfit(weight).map(Into::into),
        }
    }

    /// The setting of `method` next to where the dials stand, of the layer called `name`; `None` where it has none.
    pub fn nearest(&self, name: &str, method: Method, dials: Dials) -> Option<Near> {
        method.nearest(self.opened().ok()?.weight(name).ok()?, dials)
    }

    /// The singular values of a layer's matrix; of a grouped one, of all groups together.
    ///
    /// # Errors
    /// The layer cannot be factored.
    pub fn spectrum(&mut self, layer: &str) -> Result<Spectrum, SessionError> {
        let cuts = Method::ALL.iter().find(|method| method.facts().has(MethodProperty::Spectrum));
        let setting = cuts.map(|method| method.setting(Point { rank: 1, nonzeros: 0, block: 1 }));
        let setting = setting.unwrap_or_default();
        let task = factors::factor_task(layer, setting, Fit::Plain);
        let opened = self.opened.as_ref().ok_or_else(SessionError::no_model)?;
        let (own, weight) = (opened.layer(layer)?, opened.weight(layer)?);
        let place = Place { opened, layer: own, weight, calibration: None };
        if !self.factors.has(&task, 0) {
            self.factors.advance_factors(&place, setting, (Fit::Plain, 0))?;
        }
        let values = self.factors.spectrum(&task);
        Ok(Spectrum { layer: layer.into(), values })
    }

    /// The compressed model as an ONNX file for download; without changes it is the file itself.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub fn export_onnx(&self, plan: &Plan) -> Result<Vec<u8>, SessionError> {
        self.check_whole()?;
        let (opened, plan) = (self.opened()?, self.effective(plan));
        opened.check(&plan)?;
        let fitted = self.factors.fitted(opened, &plan)?;
        if fitted.is_empty() && opened.is_as_it_came() {
            return Ok(opened.graph.bytes().map_err(ExportError::from)?.to_vec());
        }
        Ok(export::onnx(&opened.graph, &factors::parts_of(&fitted))?)
    }

    /// Looks whether some of `samples` give the same together as alone; where they do not, all are run one at a
    /// time from now on. What the user is then told.
    fn meet(&mut self, samples: &[f32]) -> Result<Option<String>, SessionError> {
        let together = self.opened()?.mixes(samples);
        if together == Together::Alike {
            return Ok(None);
        }
        if let Some(opened) = &mut self.opened {
            opened.run_singly(together);
        }
        let bound = matches!(together, Together::Bound(_));
        if let Some(known) = self.calibration.take_if(|_| !bound) {
            self.calibration = Some(known.run_by(self.base_bytes()?)?);
            self.factors.forget_calibration();
        }
        Ok(batch::said(together))
    }

    fn opened(&self) -> Result<&Opened, SessionError> {
        self.opened.as_ref().ok_or_else(SessionError::no_model)
    }
}

//! The float engine: rten, batched, with the activations in front of a changed layer kept.

use super::build;
use super::mend::mended;
use crate::graph::Shapes;
use ndarray::Array2;
use rten::{Dimension, Model, NodeId, RunError, Value, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{Tensor, TensorView};
use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a model cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// rten cannot load the model, mostly for an operator that it lacks.
    #[error("the model cannot be run: {0}")]
    Load(String),
    /// Running failed.
    #[error("running the model failed: {0}")]
    Run(String),
    /// The model's interface is not one input and class scores.
    #[error("the model cannot be evaluated: {0}")]
    Interface(String),
}

/// A value of a batch, out of the middle of a model.
#[derive(Clone, Debug)]
pub struct Activations {
    /// Samples first.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub values: Vec<f32>,
}

/// Most whole numbers of a value that are kept.
const FEW: usize = 1024;

/// Value name → its whole numbers, where it has few.
pub type Integers = HashMap<String, Vec<i32>>;

/// What a run on one sample tells of the values of a model.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Their shapes.
    pub shapes: Shapes,
    /// Whole numbers among them.
    pub integers: Integers,
}

/// A loaded model.
pub struct Engine {
    model: Model,
    input: NodeId,
    output: NodeId,
    /// All of them, the one above first.
    outputs: Vec<NodeId>,
    /// The batch size that the file fixes, if it does.
    batch: Option<usize>,
}

impl Engine {
    /// Loads the ONNX file `bytes`.
    ///
    /// # Errors
    /// [`EvaluateError::Load`], with rten's reason.
    pub fn load(bytes: Vec<u8>) -> Result<Self, EvaluateError> {
        Self::new(load(bytes, true)?)
    }

    /// The same with every value under its own name, for [`Engine::values`]: nothing is fused.
    ///
    /// # Errors
    /// [`EvaluateError::Load`], with rten's reason.
    pub fn load_named(bytes: Vec<u8>) -> Result<Self, EvaluateError> {
        Self::new(load(bytes, false)?)
    }

    fn new(model: Model) -> Result<Self, EvaluateError> {
        let ends = (model.input_ids().first().copied(), model.output_ids().first().copied());
        let (Some(input), Some(output)) = ends else {
            return Err(EvaluateError::Interface("it has no input or no output".into()));
        };
        let first = model.input_shape(0).and_then(|shape| shape.into_iter().next());
        let batch = match first {
            Some(Dimension::Fixed(size)) if size > 0 => Some(size),
            _ => None,
        };
        let outputs = model.output_ids().to_vec();
        Ok(Self { model, input, output, outputs, batch })
    }

    /// The batch size that the file fixes, if it does: other sizes do not run.
    pub fn fixed_batch(&self) -> Option<usize> {
        self.batch
    }

    /// Runs `batch` (samples first) to the model's first output, or to the value called `to`.
    /// With `kept`, that value (its name and content) is taken as given instead of computed.
    ///
    /// # Errors
    /// [`EvaluateError::Run`], also where a value is not in the graph (it may have been fused).
    pub fn run(
        &self,
        batch: TensorView<f32>,
        kept: Option<(&str, TensorView<f32>)>,
        to: Option<&str>,
    ) -> Result<Tensor<f32>, EvaluateError> {
        let failed = |error: RunError| EvaluateError::Run(error.to_string());
        let mut inputs = vec![(self.input, ValueOrView::from(batch))];
        if let Some((name, value)) = kept {
            inputs.push((self.model.node_id(name).map_err(failed)?, ValueOrView::from(value)));
        }
        let to = match to {
            Some(name) => self.model.node_id(name).map_err(failed)?,
            None => self.output,
        };
        match guarded(|| self.model.run(inputs, &[to], None).map_err(failed))?.pop() {
            Some(Value::FloatTensor(tensor)) => Ok(tensor),
            _ => Err(EvaluateError::Interface("its output is not float32".into())),
        }
    }

    /// Runs `batch` (samples first) to all of the model's outputs at once: their shapes and elements.
    ///
    /// # Errors
    /// [`EvaluateError::Run`], and an output that holds no numbers.
    pub fn every(&self, batch: TensorView<f32>) -> Result<Vec<Activations>, EvaluateError> {
        let failed = |error: RunError| EvaluateError::Run(error.to_string());
        let inputs = vec![(self.input, ValueOrView::from(batch))];
        let found = self.model.run(inputs, &self.outputs, None).map_err(failed)?;
        let numbers = |value: &Value| match value {
            Value::FloatTensor(tensor) => {
                Ok(Activations { shape: tensor.shape().to_vec(), values: tensor.to_vec() })
            }
            Value::Int32Tensor(tensor) => {
                let values = tensor.iter().map(|value| *value as f32).collect();
                Ok(Activations { shape: tensor.shape().to_vec(), values })
            }
            _ => Err(EvaluateError::Interface("an output holds no numbers of 32 bits".into())),
        };
        found.iter().map(numbers).collect()
    }

    /// Whether the model has a value called `name`, its input among them.
    pub fn has(&self, name: &str) -> bool {
        self.model.find_node(name).is_some()
    }

    /// Runs `batch` to the values called `names`: their shapes and elements. The model's input itself
    /// may be among them.
    ///
    /// # Errors
    /// [`EvaluateError::Run`], also where a value is not in the graph.
    pub fn values(&self, batch: TensorView<f32>, names: &[&str]) -> Result<Vec<Activations>, EvaluateError> {
        let failed = |error: RunError| EvaluateError::Run(error.to_string());
        let ids = names
            .iter()
            .map(|name| self.model.node_id(name).map_err(failed))
            .collect::<Result<Vec<_>, _>>()?;
        let mut wanted: Vec<NodeId> = ids.iter().copied().filter(|id| *id != self.input).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let own = Activations { shape: batch.shape().to_vec(), values: batch.to_vec() };
        let found = if wanted.is_empty() {
            Vec::new()
        } else {
            let inputs = vec![(self.input, ValueOrView::from(batch))];
            guarded(|| self.model.run(inputs, &wanted, None).map_err(failed))?
        };
        let of = |id: &NodeId| match wanted.iter().position(|w| w == id).map(|at| &found[at]) {
            None => Ok(own.clone()),
            Some(Value::FloatTensor(tensor)) => {
                Ok(Activations { shape: tensor.shape().to_vec(), values: tensor.to_vec() })
            }
            Some(_) => Err(EvaluateError::Interface("an inner value is not float32".into())),
        };
        ids.iter().map(of).collect()
    }

    /// Runs `batch` to those of the values called `names` that the graph has and that are float32.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn floats(
        &self,
        batch: TensorView<f32>,
        names: &[String],
    ) -> Result<Vec<(String, Activations)>, EvaluateError> {
        let own = Activations { shape: batch.shape().to_vec(), values: batch.to_vec() };
        let known = names.iter().filter_map(|name| Some((name, self.model.find_node(name)?)));
        let (own_names, known): (Vec<_>, Vec<_>) = known.partition(|(_, id)| *id == self.input);
        let ids: Vec<NodeId> = known.iter().map(|(_, id)| *id).collect();
        let inputs = vec![(self.input, ValueOrView::from(batch))];
        let failed = |error: RunError| EvaluateError::Run(error.to_string());
        let outputs = guarded(|| self.model.run(inputs, &ids, None).map_err(failed))?;
        let mut found: Vec<_> = own_names.into_iter().map(|(name, _)| (name.clone(), own.clone())).collect();
        for ((name, _), value) in known.into_iter().zip(outputs) {
            if let Value::FloatTensor(tensor) = value {
                let values = Activations { shape: tensor.shape().to_vec(), values: tensor.to_vec() };
                found.push((name.clone(), values));
            }
        }
        Ok(found)
    }

    /// The first `samples` rows of `output`, one score per class (samples x classes). Where the file fixes a
    /// batch of one, all values are that sample's, whatever their axes.
    ///
    /// # Errors
    /// [`EvaluateError::Interface`] where the output has not one row per sample of the batch that was run.
    pub fn scores(&self, output: &Tensor<f32>, samples: usize) -> Result<Array2<f32>, EvaluateError> {
        let mut values = output.to_vec();
        let rows = if self.batch == Some(1) { 1 } else { output.shape().first().copied().unwrap_or(0) };
        let fits = rows == self.batch.unwrap_or(samples);
        let width = values.len().checked_div(rows).unwrap_or(0);
        values.truncate(samples * width);
        let scores = Array2::from_shape_vec((samples, width), values).ok().filter(|_| fits && width > 0);
        scores.ok_or_else(|| {
            let wrong = if output.is_empty() { "holds no values" } else { "is not one row per sample" };
            EvaluateError::Interface(format!("its output {:?} {wrong}", output.shape()))
        })
    }
}

/// The shapes of all values that rten can compute from one sample of zeros at each of `inputs`.
///
/// # Errors
/// Why the model cannot be run at all.
pub fn trace_shapes(
    bytes: Vec<u8>,
    inputs: &[(String, Vec<usize>)],
    wanted: &BTreeSet<&String>,
) -> Result<Traces, EvaluateError> {
    // Without fusions: every value keeps its name.
    let model = load(bytes, false)?;
    let run_error = |error: RunError| EvaluateError::Run(error.to_string());
    let mut values = Vec::new();
    for (name, shape) in inputs {
        let id = model.node_id(name).map_err(run_error)?;
        let zeros = match model.node_info(id).and_then(|info| info.dtype()) {
            Some(rten::ValueType::Tensor(rten::DataType::Int32)) => {
                ValueOrView::from(Tensor::<i32>::zeros(shape))
            }
            _ => ValueOrView::from(Tensor::<f32>::zeros(shape)),
        };
        values.push((id, zeros));
    }
    let known = wanted.iter().filter(|name| !inputs.iter().any(|(input, _)| input == **name));
    let named: Vec<(String, NodeId)> =
        known.filter_map(|name| Some(((*name).clone(), model.find_node(name)?))).collect();
    let ids: Vec<NodeId> = named.iter().map(|(_, id)| *id).collect();
    let outputs = guarded(|| model.run(values, &ids, None).map_err(run_error))?;
    let (mut shapes, mut integers): (Shapes, _) = (inputs.iter().cloned().collect(), Integers::new());
    for ((name, _), value) in named.into_iter().zip(&outputs) {
        shapes.insert(name.clone(), value.shape().to_vec());
        if let Value::Int32Tensor(tensor) = value
            && tensor.len() <= FEW
        {
            integers.insert(name, tensor.to_vec());
        }
    }
    Ok(Traces { shapes, integers })
}

fn load(bytes: Vec<u8>, optimise: bool) -> Result<Model, EvaluateError> {
    let mut options = build::options();
    options.enable_optimization(optimise);
    let failed = |error: EvaluateError| match error {
        EvaluateError::Run(reason) => EvaluateError::Load(reason),
        other => other,
    };
    let bytes = mended(bytes).map_err(|error| EvaluateError::Load(error.to_string()))?;
    let load = || options.load(bytes).map_err(|error| EvaluateError::Load(error.to_string()));
    guarded(load).map_err(failed).inspect_err(|error| build::left_out(&error.to_string()))
}

/// Does `work` of the engine; where its code panics, that is an error. A model that has panicked is only run
/// again as a whole, and keeps nothing from one run to the next but buffers that are written before they are
/// read. In the page a panic ends the worker, which is replaced.
fn guarded<T>(work: impl FnOnce() -> Result<T, EvaluateError>) -> Result<T, EvaluateError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        Err(EvaluateError::Run(format!("the engine itself fails ({line}), which is a fault of it")))
    })
}

//! TensorFlow Lite files as graphs: read, checked, and lowered to an ONNX model.
//!
//! The model keeps the file's numbers: weights stay in their stored type behind what makes them real.
//! Integer activations become `QuantizeLinear`, `DequantizeLinear` pairs around float operators; channels
//! come first, as ONNX convolutions want them; a batch of one becomes a free one where that is provable.
//! An operator that is not known stays in the graph under its own name, in a domain of its own, and is
//! reported: all else of the model can still be looked at and compressed.

mod batch;
mod bias;
mod build;
mod constant;
mod conv;
mod dense;
mod element;
mod fold;
mod form;
mod pool;
mod quantise;
mod recurrent;
mod reduce;
mod resize;
mod shape;
mod slice;
mod value;
mod weights;

use super::limit::too_large;
use super::problem::{Effect, Problem};
use super::{ImportError, Imported};
use crate::graph::Graph;
use build::Builder;
use constant::{Arrangement, read_constant};
use form::Form;
use sepal_tflite::schema::TensorType;
use sepal_tflite::{Model, Operator, ReadError, operator};
use std::collections::{HashMap, HashSet};
use value::Value;

/// Why an operator cannot be lowered, as the end of a sentence about it.
type Reason = String;

/// Operators on images, which want channels first.
const SPATIAL: [i32; 10] = [
    operator::CONV_2D,
    operator::DEPTHWISE_CONV_2D,
    operator::TRANSPOSE_CONV,
    operator::AVERAGE_POOL_2D,
    operator::MAX_POOL_2D,
    operator::L2_POOL_2D,
    operator::RESIZE_BILINEAR,
    operator::RESIZE_NEAREST_NEIGHBOR,
    operator::DEPTH_TO_SPACE,
    operator::SPACE_TO_DEPTH,
];

fn malformed(name: &str, reason: &str) -> ImportError {
    ImportError::Malformed { name: name.into(), format: "TensorFlow Lite", reason: reason.into() }
}

/// Reads the TensorFlow Lite file `bytes`, called `name` in messages.
///
/// # Errors
/// What is wrong with it, in one sentence.
pub(super) fn model(name: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
    let model = sepal_tflite::read(bytes).map_err(|error| match error {
        ReadError::Malformed(reason) => malformed(name, &reason),
        ReadError::TooMany(many) => too_large(name, many),
    })?;
    if model.operators.is_empty() {
        return Err(malformed(name, "it holds no operators"));
    }
    if model.outputs.is_empty() {
        let reason = "it declares no outputs".into();
        return Err(ImportError::Unsupported { name: name.into(), reason });
    }
    let lowering = Lowering::new(&model).map_err(|reason| malformed(name, &reason))?;
    let format = format!("TensorFlow Lite, {}", numbers(&model));
    let (proto, problems) = lowering.run().map_err(|reason| malformed(name, &reason))?;
    Ok(Imported { graph: Graph::made(proto), format, problems })
}

/// In which numbers the model is stored and computes.
fn numbers(model: &Model) -> &'static str {
    let (constants, activations): (Vec<_>, Vec<_>) = model.tensors.iter().partition(|t| t.data.is_some());
    let quantised = |kind: TensorType| activations.iter().any(|t| t.kind == kind && t.quantisation.is_some());
    let stored = |kind: TensorType| constants.iter().any(|t| t.kind == kind && t.shape.len() > 1);
    match () {
        () if quantised(TensorType::Int16) => "int8 with int16 activations",
        () if quantised(TensorType::Int8) => "int8",
        () if quantised(TensorType::Uint8) => "uint8",
        () if model.tensors.iter().all(|t| t.kind != TensorType::Float32) => "integers",
        () if stored(TensorType::Float16) => "float16 weights",
        () if stored(TensorType::Int8) || stored(TensorType::Uint8) => "dynamic range",
        () => "float32",
    }
}

/// A model on its way to ONNX.
struct Lowering<'a> {
    model: &'a Model<'a>,
    /// Where each tensor of the file is to be had.
    values: Vec<Value<'a>>,
    out: Builder,
    /// Initializers that exist, by the tensor they store, whether as real numbers, and their layout.
    initializers: HashMap<(usize, bool, Arrangement), String>,
    /// Whether the batch is free.
    batch: bool,
    /// Whether some operator wants channels first.
    spatial: bool,
    problems: Vec<Problem>,
    /// Short names of what operators make.
    computed: HashSet<String>,
}

impl<'a> Lowering<'a> {
    fn new(model: &'a Model<'a>) -> Result<Self, Reason> {
        let mut values = Vec::with_capacity(model.tensors.len());
        for (index, tensor) in model.tensors.iter().enumerate() {
            let constant = read_constant(index, tensor);
            let constant = constant.map_err(|reason| format!("tensor '{}': {reason}", tensor.name))?;
            values.push(Value { constant, ..Value::default() });
        }
        let spatial = model.operators.iter().any(|o| SPATIAL.contains(&o.code));
        let batch = batch::is_free(model);
        let (out, initializers, problems) = (Builder::default(), HashMap::new(), Vec::new());
        let mut lowering =
            Self { model, values, out, initializers, batch, spatial, problems, computed: HashSet::new() };
        let outputs =
            model.operators.iter().filter(|o| o.code != operator::DEQUANTIZE).flat_map(|o| &o.outputs);
        lowering.computed = outputs.map(|output| lowering.base(*output)).collect();
        Ok(lowering)
    }

    fn run(mut self) -> Result<(crate::graph::proto::ModelProto, Vec<Problem>), Reason> {
        let model = self.model;
        for &input in &model.inputs {
            self.input(input);
        }
        if model.subgraphs > 1 {
            let reason = format!("the file has {} graphs, of which the first is read", model.subgraphs);
            self.problem("main", "SUBGRAPH", reason, Effect::Accuracy);
        }
        for operator in &model.operators {
            if self.fold(operator) {
                continue;
            }
            if let Err(reason) = self.operator(operator) {
                self.unknown(operator, reason);
            }
        }
        // All of them before the first takes its name in the file.
        let values: Vec<String> =
            model.outputs.iter().map(|output| self.rows(*output)).collect::<Result<_, _>>()?;
        let values = self.out.told_apart(values);
        for (&output, value) in model.outputs.iter().zip(values) {
            let (kind, batch) = (self.element(output), self.has_batch(output));
            let (name, shape) =
                (self.model.tensors.get(output)).map_or(("", &[][..]), |t| (&t.name, &t.shape));
            self.out.output(name, &value, (kind, shape, batch));
        }
        Ok((self.out.finish("main"), self.problems))
    }

    fn input(&mut self, tensor: usize) {
        let name = self.model.tensors.get(tensor).map_or("", |t| t.name.as_str());
        let (kind, batch, shape) =
            (self.element(tensor), self.has_batch(tensor), self.shape(tensor).to_vec());
        let input = self.out.input(name, kind, &shape, batch);
        if let Some(value) = self.values.get_mut(tensor) {
            value.constant = None;
            value.input = Some(input);
        }
    }

    fn problem(&mut self, node: &str, op: &str, reason: String, effect: Effect) {
        self.problems.push(Problem { node: node.into(), op: op.into(), reason, effect });
    }

    /// An operator that cannot be lowered: a node under its own name.
    fn unknown(&mut self, operator: &Operator<'a>, reason: Reason) {
        let mut inputs = Vec::new();
        for input in &operator.inputs {
            inputs.push(match input {
                Some(tensor) if self.model.tensors.get(*tensor).is_some_and(|t| t.variable) => String::new(),
                // Texts and the like cannot be stored: the node is shown without them.
                Some(tensor) => self.rows(*tensor).unwrap_or_default(),
                None => String::new(),
            });
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let first = operator.outputs.first().map_or_else(|| operator.name.clone(), |t| self.base(*t));
        let count = operator.outputs.len().max(1);
        let outputs = self.out.nodes(&operator.name, &first, &inputs, (Vec::new(), count));
        self.out.make_custom();
        for (&tensor, value) in operator.outputs.iter().zip(&outputs) {
            let (kind, batch, shape) =
                (self.element(tensor), self.has_batch(tensor), self.shape(tensor).to_vec());
            self.out.describe(value, kind, &shape, batch);
            self.keep(tensor, Form::Rows, value.clone());
        }
        let name = outputs.first().cloned().unwrap_or(first);
        self.problem(&name, &operator.name, reason, Effect::Evaluation);
    }

    fn operator(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        match operator.code {
            operator::CONV_2D => self.conv(operator),
            operator::DEPTHWISE_CONV_2D => self.depthwise(operator),
            operator::TRANSPOSE_CONV => self.transpose_conv(operator),
            operator::AVERAGE_POOL_2D | operator::MAX_POOL_2D | operator::L2_POOL_2D => self.pool(operator),
            operator::FULLY_CONNECTED => self.fully_connected(operator),
            operator::BATCH_MATMUL => self.batch_matmul(operator),
            operator::MEAN | operator::SUM | operator::REDUCE_MAX | operator::REDUCE_MIN => {
                self.reduce(operator)
            }
            operator::ARG_MAX => self.arg_max(operator),
            operator::L2_NORMALIZATION => self.l2_normalisation(operator),
            operator::RESHAPE | operator::SQUEEZE | operator::EXPAND_DIMS => self.reshape(operator),
            operator::TRANSPOSE => self.transpose(operator),
            operator::PAD | operator::PADV2 | operator::MIRROR_PAD => self.pad(operator),
            operator::CONCATENATION => self.concatenation(operator),
            operator::PACK => self.pack(operator),
            operator::UNPACK => self.unpack(operator),
            operator::SPLIT | operator::SPLIT_V => self.split(operator),
            operator::SLICE => self.slice(operator),
            operator::STRIDED_SLICE => self.strided_slice(operator),
            operator::GATHER => self.gather(operator),
            operator::RESIZE_BILINEAR | operator::RESIZE_NEAREST_NEIGHBOR => self.resize(operator),
            operator::DEPTH_TO_SPACE | operator::SPACE_TO_DEPTH => self.depth_and_space(operator),
            operator::QUANTIZE | operator::DEQUANTIZE => self.requantise(operator),
            operator::DENSIFY => self.densify(operator),
            operator::CAST => self.cast(operator),
            operator::UNIDIRECTIONAL_SEQUENCE_LSTM => self.lstm(operator),
            operator::PRELU => self.prelu(operator),
            operator::SOFTMAX | operator::LOG_SOFTMAX => self.softmax(operator),
            operator::ADD
            | operator::SUB
            | operator::MUL
            | operator::DIV
            | operator::MAXIMUM
            | operator::MINIMUM
            | operator::SQUARED_DIFFERENCE => self.binary(operator),
            operator::CUSTOM => Err("a custom operator, whose code is not in the file".into()),
            _ => self.unary(operator),
        }
    }
}

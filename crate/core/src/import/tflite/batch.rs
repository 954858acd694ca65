//! Whether a model with a batch of one may be given any batch: whether every operator treats the samples
//! along the first axis alike. What is not known to be so, is not.

use super::conv::unread;
use sepal_tflite::schema::{BuiltinOptionsRef, TensorType};
use sepal_tflite::{Model, Operator, operator, planus};

/// Whether the first axis of every activation is a batch that may have any size.
pub(super) fn is_free(model: &Model) -> bool {
    let mut samples = Samples { model, activation: vec![false; model.tensors.len()] };
    for &input in &model.inputs {
        if samples.first(input) != Some(1) {
            return false;
        }
        samples.mark(input);
    }
    for operator in &model.operators {
        if !samples.reads(operator) {
            continue;
        }
        // The shape of a value is no sample: what is computed of it is fixed, with its batch of one.
        if operator.code == operator::SHAPE {
            continue;
        }
        if samples.treats_alike(operator) != Some(true) {
            return false;
        }
        for &output in &operator.outputs {
            samples.mark(output);
        }
    }
    model.outputs.iter().all(|o| samples.activation.get(*o) == Some(&true))
}

struct Samples<'a> {
    model: &'a Model<'a>,
    /// Whether a tensor depends on the model's input.
    activation: Vec<bool>,
}

impl Samples<'_> {
    fn shape(&self, tensor: usize) -> &[usize] {
        self.model.tensors.get(tensor).map_or(&[], |t| &t.shape)
    }

    fn first(&self, tensor: usize) -> Option<usize> {
        self.shape(tensor).first().copied()
    }

    fn mark(&mut self, tensor: usize) {
        if let Some(activation) = self.activation.get_mut(tensor) {
            *activation = true;
        }
    }

    fn is_activation(&self, tensor: usize) -> bool {
        self.activation.get(tensor) == Some(&true)
    }

    fn reads(&self, operator: &Operator) -> bool {
        operator.inputs.iter().flatten().any(|t| self.is_activation(*t))
    }

    /// The integers that the file stores for an input.
    fn integers(&self, operator: &Operator, index: usize) -> Option<Vec<i64>> {
        let tensor = self.model.tensors.get(operator.optional(index)?)?;
        let data = tensor.data?;
        match tensor.kind {
            TensorType::Int32 => {
                let words = data.chunks_exact(4);
                Some(words.filter_map(|w| w.try_into().ok().map(i32::from_le_bytes)).map(i64::from).collect())
            }
            TensorType::Int64 => {
                Some(data.chunks_exact(8).filter_map(|w| w.try_into().ok().map(i64::from_le_bytes)).collect())
            }
            _ => None,
        }
    }

    /// Whether the axis that input `index` names is another than the first.
    fn another_axis(&self, operator: &Operator, index: usize, of: usize) -> Option<bool> {
        let axes = self.shape(operator.optional(of)?).len() as i64;
        let named = self.integers(operator, index)?;
        Some(named.iter().all(|a| *a != 0 && *a != -axes))
    }

    /// Whether the operator's activations all have the batch in front, and it does not mix samples.
    fn treats_alike(&self, operator: &Operator) -> Option<bool> {
        let inputs = operator.inputs.iter().flatten().copied().filter(|t| self.is_activation(*t));
        let batched =
            inputs.clone().chain(operator.outputs.iter().copied()).all(|t| self.first(t) == Some(1));
        if !batched {
            return Some(false);
        }
        let another = |axis: planus::Result<i32>, axes: usize| -> Option<bool> {
            let axis = i64::from(axis.map_err(unread).ok()?);
            Some(axis != 0 && axis != -(axes as i64))
        };
        let output_axes = self.shape(*operator.outputs.first()?).len();
        match operator.code {
            operator::SOFTMAX | operator::LOG_SOFTMAX | operator::L2_NORMALIZATION => Some(output_axes > 1),
            operator::ADD
            | operator::SUB
            | operator::MUL
            | operator::DIV
            | operator::MAXIMUM
            | operator::MINIMUM
            | operator::SQUARED_DIFFERENCE => Some(self.broadcasts(operator)),
            operator::BATCH_MATMUL => Some(self.broadcasts(operator) && output_axes > 2),
            operator::MEAN | operator::SUM | operator::REDUCE_MAX | operator::REDUCE_MIN => {
                self.another_axis(operator, 1, 0)
            }
            operator::ARG_MAX | operator::SPLIT_V => {
                self.another_axis(operator, if operator.code == operator::ARG_MAX { 1 } else { 2 }, 0)
            }
            operator::SPLIT => self.another_axis(operator, 0, 1),
            operator::PAD | operator::PADV2 | operator::MIRROR_PAD => {
                Some(self.integers(operator, 1)?.get(..2) == Some(&[0, 0]))
            }
            operator::TRANSPOSE | operator::SLICE => Some(self.integers(operator, 1)?.first() == Some(&0)),
            operator::STRIDED_SLICE => self.keeps_samples(operator),
            operator::CONCATENATION => match &operator.options {
                Some(BuiltinOptionsRef::ConcatenationOptions(o)) => {
                    let all = operator.inputs.iter().flatten().all(|t| self.is_activation(*t));
                    Some(all && another(o.axis(), output_axes)?)
                }
                _ => Some(false),
            },
            operator::PACK => match &operator.options {
                Some(BuiltinOptionsRef::PackOptions(o)) => {
                    let all = operator.inputs.iter().flatten().all(|t| self.is_activation(*t));
                    Some(all && another(o.axis(), output_axes)?)
                }
                _ => Some(false),
            },
            operator::UNPACK => match &operator.options {
                Some(BuiltinOptionsRef::UnpackOptions(o)) => another(o.axis(), output_axes + 1),
                _ => Some(false),
            },
            operator::GATHER => self.gathers_alike(operator),
            // Weights that are computed may be those of one sample.
            operator::CONV_2D
            | operator::DEPTHWISE_CONV_2D
            | operator::FULLY_CONNECTED
            | operator::TRANSPOSE_CONV => Some(!self.is_activation(operator.optional(1)?)),
            operator::UNIDIRECTIONAL_SEQUENCE_LSTM => match &operator.options {
                Some(BuiltinOptionsRef::UnidirectionalSequenceLstmOptions(o)) => {
                    o.time_major().ok().map(|major| !major)
                }
                _ => Some(false),
            },
            _ => Some(is_alike(operator.code)),
        }
    }

    /// Whether the operands' first axes meet: activations have all axes, constants no batch of their own.
    fn broadcasts(&self, operator: &Operator) -> bool {
        let axes = operator.outputs.first().map_or(0, |t| self.shape(*t).len());
        operator.inputs.iter().flatten().all(|t| {
            let shape = self.shape(*t);
            let whole = shape.len() == axes;
            if self.is_activation(*t) { whole } else { !whole || shape.first() == Some(&1) }
        })
    }

    fn keeps_samples(&self, operator: &Operator) -> Option<bool> {
        let Some(BuiltinOptionsRef::StridedSliceOptions(o)) = &operator.options else { return Some(false) };
        let masks = [o.ellipsis_mask().ok()?, o.new_axis_mask().ok()?];
        let (begin, end, step) =
            (self.integers(operator, 1)?, self.integers(operator, 2)?, self.integers(operator, 3)?);
        let from = o.begin_mask().ok()? & 1 != 0 || begin.first() == Some(&0);
        let to = o.end_mask().ok()? & 1 != 0 || end.first().is_some_and(|e| *e >= 1);
        let whole = from && to && step.first() == Some(&1) && o.shrink_axis_mask().ok()? & 1 == 0;
        Some(masks == [0, 0] && whole)
    }

    /// Places known before take the same part of every sample; places that are samples name rows of a
    /// constant table.
    fn gathers_alike(&self, operator: &Operator) -> Option<bool> {
        let Some(BuiltinOptionsRef::GatherOptions(o)) = &operator.options else { return Some(false) };
        let (values, places) = (operator.optional(0)?, operator.optional(1)?);
        let axis = o.axis().ok()?;
        match (self.is_activation(values), self.is_activation(places)) {
            (true, false) => Some(axis > 0),
            (false, true) => Some(axis == 0),
            _ => Some(false),
        }
    }
}

/// Operators that treat every element, or every image or row, alike.
fn is_alike(code: i32) -> bool {
    let known = [
        operator::AVERAGE_POOL_2D,
        operator::MAX_POOL_2D,
        operator::L2_POOL_2D,
        operator::DEPTH_TO_SPACE,
        operator::SPACE_TO_DEPTH,
        operator::RESIZE_BILINEAR,
        operator::RESIZE_NEAREST_NEIGHBOR,
        operator::QUANTIZE,
        operator::DEQUANTIZE,
        operator::CAST,
        operator::PRELU,
        operator::RESHAPE,
        operator::SQUEEZE,
        operator::EXPAND_DIMS,
        operator::ABS,
        operator::COS,
        operator::ELU,
        operator::EXP,
        operator::FLOOR,
        operator::HARD_SWISH,
        operator::LEAKY_RELU,
        operator::LOG,
        operator::LOGISTIC,
        operator::NEG,
        operator::RELU,
        operator::RELU6,
        operator::RELU_N1_TO_1,
        operator::RSQRT,
        operator::SIN,
        operator::SQRT,
        operator::SQUARE,
        operator::TANH,
    ];
    known.contains(&code)
}

//! A `TFLite` model before it has bytes: tensors, those with data being constants, and operators.

use crate::export::artifact::program::Quantisation;
use sepal_tflite::schema::{BuiltinOptions, TensorType};

/// Index of a tensor in [`Net::slots`].
pub(super) type SlotId = usize;

/// Scales of a tensor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scales {
    /// None for real numbers, one for the whole tensor, or one for each index along `axis`.
    pub values: Vec<f32>,
    pub zero_point: i8,
    pub axis: usize,
}

/// One tensor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slot {
    pub name: String,
    pub shape: Vec<usize>,
    pub kind: TensorType,
    pub scales: Scales,
    /// Of a constant.
    pub data: Option<Vec<u8>>,
}

impl Slot {
    /// An activation.
    pub(super) fn activation(name: &str, shape: Vec<usize>, quantisation: Option<Quantisation>) -> Self {
        let (kind, scales) = match quantisation {
            Some(Quantisation { scale, zero_point }) => {
                (TensorType::Int8, Scales { values: vec![scale], zero_point, axis: 0 })
            }
            None => (TensorType::Float32, Scales::default()),
        };
        Self { name: name.into(), shape, kind, scales, data: None }
    }

    /// The scale of an activation; `None` for float32.
    pub(super) fn quantisation(&self) -> Option<Quantisation> {
        let scale = *self.scales.values.first()?;
        Some(Quantisation { scale, zero_point: self.scales.zero_point })
    }
}

/// One operator.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub code: i32,
    pub version: i32,
    pub inputs: Vec<SlotId>,
    pub output: SlotId,
    pub options: Option<BuiltinOptions>,
}

/// A whole model.
#[derive(Clone, Debug, Default)]
pub(super) struct Net {
    pub slots: Vec<Slot>,
    pub steps: Vec<Step>,
    pub inputs: Vec<SlotId>,
    pub outputs: Vec<SlotId>,
}

/// What an operator is made of besides its inputs.
pub(super) struct Recipe {
    pub code: i32,
    /// With versions above 1: that of int8, for whatever activations are int8.
    pub int8_version: i32,
    pub options: Option<BuiltinOptions>,
}

impl Recipe {
    /// An operator whose int8 form is version 2, as that of most is.
    pub(super) fn of(code: i32, options: Option<BuiltinOptions>) -> Self {
        Self { code, int8_version: 2, options }
    }

    /// An operator of one version for all.
    pub(super) fn plain(code: i32, options: Option<BuiltinOptions>) -> Self {
        Self { code, int8_version: 1, options }
    }
}

impl Net {
    /// A constant; the same one again where it is there.
    pub(super) fn constant(&mut self, slot: Slot) -> SlotId {
        let same = |other: &Slot| {
            let parts = |s: &Slot| (s.kind, s.shape.len(), s.data.as_ref().map(Vec::len));
            parts(other) == parts(&slot)
                && (&other.shape, &other.scales, &other.data) == (&slot.shape, &slot.scales, &slot.data)
        };
        self.slots.iter().position(same).unwrap_or_else(|| self.push(slot))
    }

    /// Constant int32 numbers.
    pub(super) fn integers(&mut self, name: &str, shape: Vec<usize>, values: &[i32]) -> SlotId {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let (kind, scales) = (TensorType::Int32, Scales::default());
        self.constant(Slot { name: name.into(), shape, kind, scales, data: Some(data) })
    }

    /// One constant on the scale of the activation `like`.
    pub(super) fn scalar(&mut self, name: &str, value: f32, like: SlotId) -> SlotId {
        let Slot { kind, scales, .. } = self.slots[like].clone();
        let data = match self.slots[like].quantisation() {
            Some(quantisation) => vec![quantisation.quantise(value).cast_unsigned()],
            None => value.to_le_bytes().to_vec(),
        };
        self.constant(Slot { name: name.into(), shape: vec![1], kind, scales, data: Some(data) })
    }

    /// Applies an operator; its first input says whether it is one of int8.
    pub(super) fn step(&mut self, recipe: Recipe, inputs: Vec<SlotId>, output: Slot) -> SlotId {
        let output = self.push(output);
        let Recipe { code, int8_version, options } = recipe;
        let int8 = inputs.first().is_some_and(|&id| self.slots[id].kind == TensorType::Int8);
        let version = if int8 { int8_version } else { 1 };
        self.steps.push(Step { code, version, inputs, output, options });
        output
    }

    pub(super) fn push(&mut self, slot: Slot) -> SlotId {
        self.slots.push(slot);
        self.slots.len() - 1
    }
}

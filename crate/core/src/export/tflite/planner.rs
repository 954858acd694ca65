//! What is known while a program becomes operators of `TFLite`.

use super::net::{Net, SlotId};
use crate::export::artifact::program::{Activation, Program, TensorId};
use sepal_tflite::schema::ActivationFunctionType;
use std::collections::BTreeMap;

/// Channels, rows, columns.
pub(super) type Dim = (usize, usize, usize);

/// The forms in which the elements of some tensors are there.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    /// Spatial, read as these many channels, rows, columns.
    pub spatial: Vec<(Dim, SlotId)>,
    pub flat: Option<SlotId>,
}

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Spatial,
    Flat,
}

/// Why an operation cannot be written, as the end of a sentence about it.
pub(super) type Reason = String;

pub(super) struct Planner<'a> {
    pub program: &'a Program,
    pub net: Net,
    /// By the tensor that stands for all with the same elements.
    pub values: BTreeMap<TensorId, Value>,
    /// Tensors that are copies of others.
    pub copies: BTreeMap<TensorId, TensorId>,
    /// How many pieces of a tensor are still to come, and those that are there, by first channel.
    pub pieces: BTreeMap<TensorId, (usize, BTreeMap<usize, SlotId>)>,
}

/// The function that is fused into an operator.
pub(super) fn fused(activation: Activation) -> ActivationFunctionType {
    match activation {
        Activation::None | Activation::Clip(..) => ActivationFunctionType::None,
        Activation::Relu => ActivationFunctionType::Relu,
        Activation::Relu6 => ActivationFunctionType::Relu6,
    }
}

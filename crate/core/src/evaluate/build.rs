//! The operators that the engine is built with.

use crate::graph::operator::OPERATORS;
use crate::whole;
use rten::{ModelOptions, OpRegistry, op_registry};

/// What rten says of an operator that it was built without, or does not have.
const WITHOUT: &str = "operator not supported or not enabled";

/// The engine's options, with the operators that this build has.
pub(super) fn options() -> ModelOptions {
    if cfg!(feature = "whole") { ModelOptions::with_all_ops() } else { ModelOptions::with_ops(common()) }
}

/// The operators of common small models.
fn common() -> OpRegistry {
    op_registry!(
        Add,
        AveragePool,
        BatchNormalization,
        Cast,
        Clip,
        Concat,
        Conv,
        DequantizeLinear,
        Div,
        Expand,
        Flatten,
        Gather,
        Gemm,
        GlobalAveragePool,
        HardSigmoid,
        HardSwish,
        Identity,
        LeakyRelu,
        LogSoftmax,
        MatMul,
        MaxPool,
        Mul,
        Pad,
        QuantizeLinear,
        ReduceMean,
        Relu,
        Reshape,
        Shape,
        Sigmoid,
        Slice,
        Softmax,
        Sqrt,
        Squeeze,
        Sub,
        Tanh,
        Transpose,
        Unsqueeze
    )
}

/// Goes on in the whole build only where `reason`, for which a model was not loaded, is an operator that this build
/// leaves out.
pub(super) fn left_out(reason: &str) {
    if reason.contains(WITHOUT) && OPERATORS.iter().any(|op| op.is_run() && reason.contains(op.name)) {
        whole::required();
    }
}

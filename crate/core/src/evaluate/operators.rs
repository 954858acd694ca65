//! Which operators the engine has, so that all that are missing can be named at once.

use crate::graph::proto::NodeProto;
use crate::graph::{Graph, int};
use std::collections::{BTreeSet, HashSet};

/// The operators of ONNX that rten 0.27 has with the features that it is built with, and those that the
/// form for evaluation is made without.
#[rustfmt::skip]
const KNOWN: [&str; 142] = [
    "Abs", "Acos", "Acosh", "Add", "And", "ArgMax", "ArgMin", "Asin", "Asinh", "Atan", "Atanh", "Attention",
    "AveragePool", "BatchNormalization", "BitCast", "Cast", "CastLike", "Ceil", "Clip", "Concat",
    "ConcatFromSequence", "Constant", "ConstantOfShape", "Conv", "ConvInteger", "ConvTranspose", "Cos",
    "Cosh", "CumSum", "DepthToSpace", "DequantizeLinear", "Div", "DynamicQuantizeLinear", "Einsum", "Elu",
    "Equal", "Erf", "Exp", "Expand", "EyeLike", "Flatten", "Floor", "GRU", "Gather", "GatherElements",
    "GatherND", "Gelu", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "Greater", "GreaterOrEqual",
    "GridSample", "HardSigmoid", "HardSwish", "Identity", "If", "InstanceNormalization", "IsInf", "IsNaN",
    "LSTM", "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "LogSoftmax", "Loop",
    "LpNormalization", "MatMul", "MatMulInteger", "Max", "MaxPool", "Mean", "Min", "Mod", "Mul", "Neg",
    "NonMaxSuppression", "NonZero", "Not", "OneHot", "Or", "PRelu", "Pad", "Pow", "QuantizeLinear",
    "RMSNormalization", "Range", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp",
    "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Reshape",
    "Resize", "ReverseSequence", "RotaryEmbedding", "Round", "Scatter", "ScatterElements", "ScatterND",
    "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength",
    "Shape", "Sigmoid", "Sign", "Sin", "Sinh", "Size", "Slice", "Softmax", "Softplus", "Softsign", "Split",
    "SplitToSequence", "Sqrt", "Squeeze", "Sub", "Sum", "Swish", "Tan", "Tanh", "Tile", "TopK", "Transpose",
    "Trilu", "Unsqueeze", "Upsample", "Where", "Xor",
];
/// Operators that the form for evaluation replaces.
const REPLACED: [&str; 2] = ["Dropout", "ZipMap"];

/// Nodes of the graph that the engine has no operator for: their names and operators.
pub fn unknown_operators(graph: &Graph) -> Vec<(String, String)> {
    let unknown = graph.nodes().iter().filter_map(|node| Some((node, unknown_operator(node)?)));
    unknown
        .map(|(node, operator)| {
            let names = [&node.name].into_iter().chain(&node.output);
            let name = names.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
            (name, operator)
        })
        .collect()
}

/// What the engine lacks to run `node`, where it lacks something.
fn unknown_operator(node: &NodeProto) -> Option<String> {
    let op = node.op_type.as_str();
    let own = node.domain.is_empty() || node.domain == "ai.onnx";
    if own && op == "GRU" && int(node, "linear_before_reset", 0) == 0 {
        return Some("GRU with linear_before_reset = 0".into());
    }
    let known = own && KNOWN.binary_search(&op).is_ok() || REPLACED.contains(&op);
    let domain = if node.domain.is_empty() { String::new() } else { format!("{}.", node.domain) };
    (!known).then(|| format!("{domain}{op}"))
}

/// Indices of the nodes that cannot be run: those that the engine has no operator for, and all behind them.
pub fn blocked(graph: &Graph) -> BTreeSet<usize> {
    let mut nodes = BTreeSet::new();
    let mut values = HashSet::new();
    loop {
        let before = nodes.len();
        for (index, node) in graph.nodes().iter().enumerate() {
            let waits = || node.input.iter().any(|name| values.contains(name));
            if !nodes.contains(&index) && (unknown_operator(node).is_some() || waits()) {
                nodes.insert(index);
                values.extend(node.output.iter().filter(|name| !name.is_empty()));
            }
        }
        if nodes.len() == before {
            return nodes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KNOWN;
    use crate::evaluate::Engine;
    use crate::graph::proto::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto, ValueInfoProto};
    use prost::Message;

    /// What the engine says of a model of one node.
    fn complaint(op: &str) -> String {
        let value = |name: &str| ValueInfoProto { name: name.into(), r#type: None };
        let node = NodeProto {
            op_type: op.into(),
            input: vec!["x".into()],
            output: vec!["y".into()],
            ..NodeProto::default()
        };
        let graph = GraphProto {
            node: vec![node],
            input: vec![value("x")],
            output: vec![value("y")],
            ..GraphProto::default()
        };
        let opset = OperatorSetIdProto { domain: String::new(), version: 21 };
        let model =
            ModelProto { ir_version: 8, graph: Some(graph), opset_import: vec![opset], ..Default::default() };
        Engine::load(model.encode_to_vec()).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_engine_knows_what_is_listed_and_no_other() {
        let unknown = complaint("Frobnicate").replace("Frobnicate", "");
        assert!(!unknown.is_empty());
        assert!(KNOWN.is_sorted());
        for op in KNOWN.iter().filter(|op| **op != "Constant") {
            assert_ne!(complaint(op).replace(op, ""), unknown, "{op}");
        }
        for op in ["Dropout", "STFT", "DeformConv", "Bernoulli"] {
            let says = complaint(op);
            assert!(!says.is_empty() && KNOWN.binary_search(&op).is_err(), "{op}: {says}");
        }
    }
}

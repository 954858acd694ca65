//! Which operators the engine has, so that all that are missing can be named at once.

use crate::graph::Graph;

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
    let unknown = graph.nodes().iter().filter(|node| {
        let own = node.domain.is_empty() || node.domain == "ai.onnx";
        let known = own && KNOWN.binary_search(&node.op_type.as_str()).is_ok();
        !known && !REPLACED.contains(&node.op_type.as_str())
    });
    unknown
        .map(|node| {
            let names = [&node.name].into_iter().chain(&node.output);
            let name = names.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
            let domain = if node.domain.is_empty() { String::new() } else { format!("{}.", node.domain) };
            (name, format!("{domain}{}", node.op_type))
        })
        .collect()
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

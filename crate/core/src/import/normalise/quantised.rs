//! Operators on integers (`QLinearConv` and its like, of ONNX and of ONNX Runtime) as operators on real
//! numbers between `DequantizeLinear` and `QuantizeLinear`.

use super::scale::Quantised;
use crate::graph::proto::{AttributeProto, NodeProto};
use crate::graph::{Graph, Made, Maker, find, int};

const MICROSOFT: &str = "com.microsoft";

/// What takes the place of `node`; `None` where it is no such operator, or says what real ones cannot.
pub(super) fn replacement(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let own = node.is_onnx();
    if !own && node.domain != MICROSOFT {
        return None;
    }
    match node.op_type.as_str() {
        "QLinearConv" => conv(graph, node),
        "QLinearMatMul" => matmul(graph, node),
        "QGemm" if !own => gemm(graph, node),
        "QLinearConcat" if !own => concat(graph, node),
        "QLinearWhere" if !own => choose(graph, node),
        "QLinearAdd" if !own => pair(graph, node, "Add"),
        "QLinearMul" if !own => pair(graph, node, "Mul"),
        "QLinearGlobalAveragePool" if !own => single(graph, node, "GlobalAveragePool"),
        "QLinearAveragePool" if !own => single(graph, node, "AveragePool"),
        "QLinearLeakyRelu" if !own => single(graph, node, "LeakyRelu"),
        "QLinearSigmoid" if !own => single(graph, node, "Sigmoid"),
        "QLinearSoftmax" if !own => single(graph, node, "Softmax"),
        "QLinearReduceMean" if !own => single(graph, node, "ReduceMean"),
        "DynamicQuantizeMatMul" if !own => dynamic_matmul(graph, node),
        _ => None,
    }
}

fn input(node: &NodeProto, index: usize) -> &str {
    node.input.get(index).map_or("", String::as_str)
}

fn triple(node: &NodeProto, index: usize) -> Quantised<'_> {
    Quantised { value: input(node, index), scale: input(node, index + 1), zero: input(node, index + 2) }
}

fn output(node: &NodeProto) -> Option<&str> {
    node.output.first().map(String::as_str)
}

/// Attributes but for those that only the integer operator has.
fn attributes(node: &NodeProto, dropped: &[&str]) -> Vec<AttributeProto> {
    node.attribute.iter().filter(|a| !dropped.contains(&a.name.as_str())).cloned().collect()
}

/// The axes of a constant; most where it is computed, for a scale that is one anyway.
fn ndim(graph: &Graph, name: &str) -> usize {
    graph.constant_shape(name).map_or(2, |shape| shape.len())
}

/// Whole biases, whose scale is the product of the two scales, as real ones of the same size.
fn bias(graph: &Graph, maker: &mut Maker, name: &str, scales: [&str; 2], alpha: f32) -> Option<String> {
    let read = |name: &str| graph.fold(name).ok().map(|folded| folded.value);
    let (whole, a, b) = (read(name)?, read(scales[0])?, read(scales[1])?);
    let a = *a.first()?;
    let scale = |index: usize| if b.len() == 1 { b.first().copied() } else { b.iter().nth(index).copied() };
    let real: Option<Vec<f32>> =
        whole.iter().enumerate().map(|(i, v)| Some(v * a * alpha * scale(i)?)).collect();
    maker.release(name);
    Some(maker.floats("bias", &real?))
}

fn conv(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let x = maker.real(triple(node, 0), (0, 2));
    let w = maker.real(triple(node, 3), (0, ndim(graph, input(node, 3))));
    let mut inputs = vec![x, w];
    if !input(node, 8).is_empty() {
        inputs.push(bias(graph, &mut maker, input(node, 8), [input(node, 1), input(node, 4)], 1.0)?);
    }
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let y = maker.node("Conv", &inputs, node.attribute.clone(), None);
    maker.quantise(&y, input(node, 6), input(node, 7), output(node)?);
    Some(maker.finish())
}

fn matmul(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let axes = ndim(graph, input(node, 3));
    let a = maker.real(triple(node, 0), (0, 2));
    let b = maker.real(triple(node, 3), (axes.saturating_sub(1), axes));
    let y = maker.node("MatMul", &[&a, &b], Vec::new(), None);
    maker.quantise(&y, input(node, 6), input(node, 7), output(node)?);
    Some(maker.finish())
}

fn gemm(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let a = maker.real(triple(node, 0), (0, 2));
    let b = maker.real(triple(node, 3), (usize::from(int(node, "transB", 0) == 0), 2));
    let mut inputs = vec![a, b];
    if !input(node, 6).is_empty() {
        let alpha = find(node, "alpha").and_then(|a| a.f).unwrap_or(1.0);
        inputs.push(bias(graph, &mut maker, input(node, 6), [input(node, 1), input(node, 4)], alpha)?);
    }
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    if input(node, 7).is_empty() {
        maker.node("Gemm", &inputs, node.attribute.clone(), Some(output(node)?));
    } else {
        let y = maker.node("Gemm", &inputs, node.attribute.clone(), None);
        maker.quantise(&y, input(node, 7), input(node, 8), output(node)?);
    }
    Some(maker.finish())
}

fn pair(graph: &Graph, node: &NodeProto, op: &str) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let (a, b) = (maker.real(triple(node, 0), (0, 2)), maker.real(triple(node, 3), (0, 2)));
    let y = maker.node(op, &[&a, &b], Vec::new(), None);
    maker.quantise(&y, input(node, 6), input(node, 7), output(node)?);
    Some(maker.finish())
}

fn single(graph: &Graph, node: &NodeProto, op: &str) -> Option<Made> {
    if int(node, "channels_last", 0) != 0 {
        return None;
    }
    let mut maker = Maker::new(graph, node);
    let x = maker.real(triple(node, 0), (0, 2));
    let y = maker.node(op, &[&x], attributes(node, &["channels_last", "opset"]), None);
    maker.quantise(&y, input(node, 3), input(node, 4), output(node)?);
    Some(maker.finish())
}

fn concat(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let parts: Vec<String> =
        (2..node.input.len()).step_by(3).map(|i| maker.real(triple(node, i), (0, 2))).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let y = maker.node("Concat", &parts, node.attribute.clone(), None);
    maker.quantise(&y, input(node, 0), input(node, 1), output(node)?);
    Some(maker.finish())
}

fn choose(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let (a, b) = (maker.real(triple(node, 1), (0, 2)), maker.real(triple(node, 4), (0, 2)));
    let y = maker.node("Where", &[input(node, 0), &a, &b], Vec::new(), None);
    maker.quantise(&y, input(node, 7), input(node, 8), output(node)?);
    Some(maker.finish())
}

/// The input is quantised by its own range and made real again: what that costs in accuracy stays.
fn dynamic_matmul(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let x = maker.rounded(input(node, 0));
    let axes = ndim(graph, input(node, 1));
    let w = maker.real(triple(node, 1), (axes.saturating_sub(1), axes));
    if input(node, 4).is_empty() {
        maker.node("MatMul", &[&x, &w], Vec::new(), Some(output(node)?));
    } else {
        let y = maker.node("MatMul", &[&x, &w], Vec::new(), None);
        maker.node("Add", &[&y, input(node, 4)], Vec::new(), Some(output(node)?));
    }
    Some(maker.finish())
}

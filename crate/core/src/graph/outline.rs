//! What a file tells of the axes of a value without running it: how many there are, and the sizes of some.

use super::operator::{Known, Size};
use super::proto::{NodeProto, ValueInfoProto};
use super::{Constant, Graph, int, ints, to_i64};

/// The axes of a value; `None` for a size that is open.
pub(crate) type Outline = Vec<Option<usize>>;

/// How many values are looked at: each step could be followed twice.
const STEPS: usize = 64;

/// The axes of the value called `name`, where the file tells how many there are.
pub(crate) fn outline(graph: &Graph, name: &str) -> Option<Outline> {
    within(graph, name, &mut 0)
}

fn within(graph: &Graph, name: &str, steps: &mut usize) -> Option<Outline> {
    *steps += 1;
    if let Some(shape) = graph.constant_shape(name) {
        return Some(shape.into_iter().map(Some).collect());
    }
    let proto = graph.proto();
    let of = |infos: &[ValueInfoProto]| infos.iter().find(|info| info.name == name).and_then(declared);
    // Of a value that is made, a shape without axes is often none that was stated.
    let made = of(&proto.value_info).or_else(|| of(&proto.output)).filter(|axes| !axes.is_empty());
    let node = graph.producer(name).and_then(|index| graph.nodes().get(index));
    let node = node.filter(|node| node.is_onnx() && *steps <= STEPS);
    of(&proto.input).or(made).or_else(|| given(graph, node?, steps))
}

fn declared(info: &ValueInfoProto) -> Option<Outline> {
    let dims = &info.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?.dim;
    let size = |value: Option<i64>| value.and_then(|v| usize::try_from(v).ok()).filter(|v| *v > 0);
    Some(dims.iter().map(|dim| size(dim.dim_value)).collect())
}

/// The axes of what `node` gives.
fn given(graph: &Graph, node: &NodeProto, steps: &mut usize) -> Option<Outline> {
    let mut input = |index: usize| within(graph, node.input.get(index)?, steps);
    match node.op_type.as_str() {
        "Gemm" | "Flatten" => Some(vec![None; 2]),
        "GlobalAveragePool" | "GlobalMaxPool" => Some(
            input(0)?.into_iter().enumerate().map(|(at, size)| if at < 2 { size } else { Some(1) }).collect(),
        ),
        "Conv" | "ConvTranspose" => Some(vec![None; input(1)?.len()]),
        "MaxPool" | "AveragePool" => {
            Some(input(0)?.into_iter().enumerate().map(|(at, size)| size.filter(|_| at < 2)).collect())
        }
        "MatMul" => match (input(0)?.len(), input(1)?.len()) {
            (0 | 1, _) | (_, 0 | 1) => None,
            (a, b) => Some(vec![None; a.max(b)]),
        },
        "Reshape" => reshaped(graph, node),
        "Transpose" => {
            let from = input(0)?;
            let reversed: Vec<i64> = (0..from.len() as i64).rev().collect();
            let order = ints(node, "perm", &reversed);
            order.iter().map(|axis| from.get(usize::try_from(*axis).ok()?).copied()).collect()
        }
        "ReduceMean" if int(node, "keepdims", 1) == 1 => Some(vec![None; input(0)?.len()]),
        "ReduceMax" | "ReduceMin" if int(node, "keepdims", 1) == 0 => {
            let axes = node.input.get(1).is_some() || !ints(node, "axes", &[]).is_empty();
            (!axes).then(Vec::new)
        }
        "Concat" => Some(vec![None; input(0)?.len()]),
        _ => match node.facts().size {
            Size::Each | Size::First => input(0),
            Size::Broadcast => {
                let axes = (0..node.input.len()).map(|index| Some(input(index)?.len()));
                Some(vec![None; axes.collect::<Option<Vec<_>>>()?.into_iter().max()?])
            }
            Size::Own | Size::LastAxis => None,
        },
    }
}

fn reshaped(graph: &Graph, node: &NodeProto) -> Option<Outline> {
    let Some(Constant::Dense(shape)) = graph.constant(node.input.get(1)?) else { return None };
    let sizes = to_i64(shape)?;
    Some(sizes.iter().map(|size| usize::try_from(*size).ok().filter(|size| *size > 0)).collect())
}

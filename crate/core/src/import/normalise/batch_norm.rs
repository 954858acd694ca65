//! Batch normalisation with constant statistics behind a product with constant weights: a factor and a
//! term per output, which the weights and biases take in. Exact but for rounding.

use crate::graph::proto::NodeProto;
use crate::graph::{
    Constant, Edit, Editing, Element, Graph, ScaleShift, find, float_tensor, int, scale_and_shift, to_f32,
};
use ndarray::{ArrayD, Axis};
use std::collections::HashSet;

/// The edit that folds all of `graph`.
pub(super) fn fold(graph: &Graph) -> Edit {
    let mut edit = Edit::default();
    let mut taken = HashSet::new();
    for (index, node) in graph.nodes().iter().enumerate() {
        if node.op_type == "BatchNormalization" && node.is_onnx() {
            fold_one(graph, &mut edit, &mut taken, (index, node));
        }
    }
    edit
}

fn fold_one(
    graph: &Graph,
    edit: &mut Edit,
    taken: &mut HashSet<usize>,
    (index, norm): (usize, &NodeProto),
) -> Option<()> {
    let value = norm.input.first().filter(|name| graph.uses(name) == 1)?;
    let product_index = graph.producer(value)?;
    let product = graph.nodes().get(product_index)?;
    let axis = output_axis(product)?;
    let extra = norm.output.iter().skip(1).any(|name| !name.is_empty());
    if extra || int(norm, "training_mode", 0) != 0 || int(norm, "spatial", 1) != 1 {
        return None;
    }
    let weight_name = product.input.get(1)?;
    let weights = own_floats(graph, weight_name)?;
    let channels = *weights.shape().get(axis)?;
    let ScaleShift { scale, shift } = scale_and_shift(graph, norm, channels)?;
    if !scale.iter().all(|factor| factor.is_finite()) {
        return None;
    }
    let old = match product.input.get(2).filter(|name| !name.is_empty()) {
        Some(name) => {
            let bias = own_floats(graph, name)?;
            (bias.len() == channels).then(|| bias.iter().copied().collect::<Vec<f32>>())?
        }
        None => vec![0.0; channels],
    };
    if !taken.insert(product_index) {
        return None;
    }
    let mut scaled = weights;
    for (mut slice, factor) in scaled.axis_iter_mut(Axis(axis)).zip(&scale) {
        slice *= *factor;
    }
    let biases = old.iter().zip(&scale).zip(&shift).map(|((b, f), t)| b * f + t);
    let bias_name = format!("{}.folded.bias", norm.output.first()?);
    edit.add.push(float_tensor(&bias_name, &[channels], biases));
    edit.add.push(float_tensor(weight_name, scaled.shape(), scaled.iter().copied()));
    edit.drop_constant(graph, weight_name);
    if let Some(name) = product.input.get(2) {
        edit.release(graph, name);
    }
    norm.input.iter().skip(1).for_each(|name| edit.release(graph, name));
    let mut node = product.clone();
    node.output.clone_from(&vec![norm.output.first()?.clone()]);
    node.input.truncate(2);
    node.input.push(bias_name);
    // Its place is the normalisation's: nothing else read the value between.
    edit.replace.insert(product_index, Vec::new());
    edit.replace.insert(index, vec![node]);
    Some(())
}

/// The axis of a product's weights that its outputs lie along.
fn output_axis(node: &NodeProto) -> Option<usize> {
    let plain = |name| find(node, name).and_then(|a| a.f).is_none_or(|v| v == 1.0);
    if !node.is_onnx() {
        return None;
    }
    match node.op_type.as_str() {
        "Conv" => Some(0),
        "ConvTranspose" if int(node, "group", 1) == 1 => Some(1),
        "Gemm" if plain("alpha") && plain("beta") => Some(usize::from(int(node, "transB", 0) == 0)),
        _ => None,
    }
}

/// A float32 constant that one node reads.
fn own_floats(graph: &Graph, name: &str) -> Option<ArrayD<f32>> {
    let Some(Constant::Dense(tensor)) = graph.constant(name) else { return None };
    let own = tensor.element() == Some(Element::Float) && graph.uses(name) == 1;
    to_f32(tensor).ok().filter(|_| own)
}

//! Products of integers with a scale behind them, as dynamic quantisation writes them:
//! `DynamicQuantizeLinear`, `MatMulInteger` or `ConvInteger`, `Cast`, and a `Mul` by the product of both
//! scales. They become a product of real numbers behind `DequantizeLinear`.

use super::scale::Quantised;
use crate::graph::proto::NodeProto;
use crate::graph::{Edit, Graph, Maker};

/// Replaces all such products of `graph`.
pub(super) fn replace(graph: &Graph, edit: &mut Edit) {
    for (index, node) in graph.nodes().iter().enumerate() {
        let op = match node.op_type.as_str() {
            "MatMulInteger" => "MatMul",
            "ConvInteger" => "Conv",
            _ => continue,
        };
        if node.is_onnx() {
            product(graph, edit, (index, node), op);
        }
    }
}

fn input(node: &NodeProto, index: usize) -> &str {
    node.input.get(index).map_or("", String::as_str)
}

/// The one node that reads what `node` gives, where it is an `op`.
fn only_reader<'a>(graph: &'a Graph, node: &NodeProto, op: &str) -> Option<(usize, &'a NodeProto)> {
    let output = node.output.first().filter(|name| graph.uses(name) == 1)?;
    let found = graph.nodes().iter().enumerate().find(|(_, reader)| reader.input.contains(output))?;
    (found.1.op_type == op).then_some(found)
}

fn product(graph: &Graph, edit: &mut Edit, (index, node): (usize, &NodeProto), op: &str) -> Option<()> {
    let quantiser = graph.nodes().get(graph.producer(input(node, 0))?)?;
    let [value, scale, zero] = &quantiser.output[..] else { return None };
    let dynamic = quantiser.op_type == "DynamicQuantizeLinear" && input(node, 2) == zero;
    if !dynamic || value != input(node, 0) || !graph.is_constant(input(node, 1)) {
        return None;
    }
    let (cast_index, cast) = only_reader(graph, node, "Cast")?;
    let (mul_index, mul) = only_reader(graph, cast, "Mul")?;
    // The other side of the last product is the product of both scales.
    let cast_value = cast.output.first()?;
    let factor = mul.input.iter().find(|name| *name != cast_value)?;
    let factor_index = graph.producer(factor).filter(|_| graph.uses(factor) == 1)?;
    let factor_node = graph.nodes().get(factor_index).filter(|node| node.op_type == "Mul")?;
    let weight_scale = factor_node.input.iter().find(|name| *name != scale)?;
    if !factor_node.input.contains(scale) || !graph.is_constant(weight_scale) {
        return None;
    }
    let ndim = graph.constant_shape(input(node, 1))?.len();
    // The weights' scale differs by output: along the last axis of a matrix, the first of a filter.
    let axis = if op == "Conv" { 0 } else { ndim.checked_sub(1)? };
    let mut maker = Maker::new(graph, node);
    let x = maker.real(Quantised { value, scale, zero }, (0, 2));
    let own = Quantised { value: input(node, 1), scale: weight_scale, zero: input(node, 3) };
    let w = maker.real(own, (axis, ndim));
    let output = mul.output.first()?;
    maker.node(op, &[&x, &w], node.attribute.clone(), Some(output));
    let made = maker.finish();
    edit.add.extend(made.constants);
    edit.replace.insert(mul_index, made.nodes);
    for gone in [index, cast_index, factor_index] {
        edit.replace.insert(gone, Vec::new());
    }
    Some(())
}

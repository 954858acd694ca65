//! Divisions, which the engine turns into products with a rounded 1 / divisor.

use super::single;
use crate::graph::proto::{AttributeProto, NodeProto, TensorProto};
use crate::graph::{
    Constant, Element, Graph, Made, Maker, find, float_tensor, int, new_int, outline, to_f32,
};
use sepal_limit::VALUE_ELEMENTS;

/// The engine multiplies by 1 / scale, which rounds otherwise than a division, wants a zero point, and takes the
/// last axis where none is stated.
pub(super) fn quantise(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let (input, scale) = (node.input.first()?, node.input.get(1)?);
    let stated = node.input.get(2).filter(|name| !name.is_empty());
    let shape: Vec<usize> = outline(graph, scale)?.into_iter().collect::<Option<_>>()?;
    if int(node, "block_size", 0) != 0 {
        return None;
    }
    let mut maker = Maker::new(graph, node);
    let mut attribute = node.attribute.clone();
    let zero = match stated {
        Some(zero) => zero.clone(),
        None if int(node, "output_dtype", 0) == 0 => zeros(&mut maker, &shape),
        None => return None,
    };
    let (axis, one) = (int(node, "axis", 1), shape.iter().product::<usize>() == 1);
    if !one && find(node, "axis").is_none() {
        attribute.push(new_int("axis", axis));
    }
    let along = along(graph, input, &shape, axis);
    if is_exact(graph, scale) || !one && along.is_none() {
        let changed = attribute != node.attribute || stated.is_none();
        return changed.then(|| scaled(maker, node, [input, scale, &zero], attribute));
    }
    let apart = match along.filter(|_| !one) {
        Some(dims) => {
            let wanted = maker.whole("shape", &dims);
            maker.node("Reshape", &[scale, &wanted], Vec::new(), None)
        }
        None => repeated(&mut maker, input, scale),
    };
    let steps = maker.node("Div", &[input, &apart], Vec::new(), None);
    let name = maker.name("one");
    let ones = std::iter::repeat_n(1.0, shape.iter().product());
    maker.made.constants.push(float_tensor(&name, &shape, ones));
    Some(scaled(maker, node, [&steps, &name, &zero], attribute))
}

fn scaled(mut maker: Maker, node: &NodeProto, inputs: [&str; 3], attribute: Vec<AttributeProto>) -> Made {
    let input = inputs.map(String::from).to_vec();
    maker.made.nodes.push(NodeProto { input, attribute, ..node.clone() });
    maker.finish()
}

/// Whether 1 / scale is exact, so that a product with it is as good as a division.
fn is_exact(graph: &Graph, scale: &str) -> bool {
    let is_power = |value: &f32| value.to_bits().trailing_zeros() >= f32::MANTISSA_DIGITS - 1;
    let Some(Constant::Dense(tensor)) = graph.constant(scale) else { return false };
    to_f32(tensor).is_ok_and(|values| values.iter().all(is_power))
}

/// The sizes of scales of this `shape` where they meet `input` along `axis`.
fn along(graph: &Graph, input: &str, shape: &[usize], axis: i64) -> Option<Vec<i64>> {
    let axes = i64::try_from(outline(graph, input)?.len()).ok()?;
    let size = i64::try_from(shape.iter().product::<usize>()).ok()?;
    let axis = if axis < 0 { axis + axes } else { axis };
    Some((0..axes).map(|at| if at == axis { size } else { 1 }).collect())
}

/// As `quantise`, with a scale that comes of the values.
pub(super) fn dynamic(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let [output, scale, zero] = &node.output[..] else { return None };
    let input = node.input.first()?;
    let mut maker = Maker::new(graph, node);
    let named = |name: &String, part: &str| if name.is_empty() { maker.name(part) } else { name.clone() };
    let (scale, zero) = (named(scale, "scale"), named(zero, "zero"));
    let raw = maker.name("step");
    let made = vec![maker.name("rounded"), raw.clone(), zero.clone()];
    maker.made.nodes.push(NodeProto { output: made, ..node.clone() });
    let one = single(&mut maker, "one", 1.0);
    // Of zeros alone the engine makes a step of 0, runtimes one of 1.
    let nothing = single(&mut maker, "nothing", 0.0);
    let is_nothing = maker.node("Equal", &[&raw, &nothing], Vec::new(), None);
    maker.node("Where", &[&is_nothing, &one, &raw], Vec::new(), Some(&scale));
    if output.is_empty() || graph.uses(output) == 0 {
        return Some(maker.finish());
    }
    let scales = repeated(&mut maker, input, &scale);
    let steps = maker.node("Div", &[input, &scales], Vec::new(), None);
    maker.node("QuantizeLinear", &[&steps, &one, &zero], Vec::new(), Some(output));
    Some(maker.finish())
}

/// A quotient that is made whole shows by how little it is off.
pub(super) fn exact(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let (input, divisor, output) = (node.input.first()?, node.input.get(1)?, node.output.first()?);
    let makes_whole = |node: &NodeProto| matches!(node.op_type.as_str(), "Floor" | "Ceil" | "Round" | "Cast");
    let mut readers = graph.nodes().iter().filter(|reader| reader.input.contains(output));
    let one = outline(graph, divisor)?.iter().all(|size| *size == Some(1));
    if !one || !readers.any(makes_whole) {
        return None;
    }
    let mut maker = Maker::new(graph, node);
    let divisors = repeated(&mut maker, input, divisor);
    maker.node("Div", &[input, &divisors], Vec::new(), Some(output));
    Some(maker.finish())
}

/// `single` as often as `input` has elements, or as its last axis is long: the engine divides by that, where for one
/// number it multiplies by 1 / `single`.
fn repeated(maker: &mut Maker, input: &str, single: &str) -> String {
    let last = outline(maker.graph, input).and_then(|axes| axes.last().copied()?);
    // Files may state any size.
    let last = last.filter(|size| VALUE_ELEMENTS.check(*size).is_ok());
    let shape = match last.and_then(|size| i64::try_from(size).ok()).filter(|size| *size > 1) {
        Some(size) => maker.whole("count", &[size]),
        None => maker.node("Shape", &[input], Vec::new(), None),
    };
    maker.node("Expand", &[single, &shape], Vec::new(), None)
}

/// Zero points of the type that is meant where none are stated.
fn zeros(maker: &mut Maker, shape: &[usize]) -> String {
    let name = maker.name("zero");
    let dims = shape.iter().map(|&size| size as i64).collect();
    let raw_data = vec![0; shape.iter().product()];
    let data_type = Element::Uint8.code();
    let tensor = TensorProto { dims, data_type, name: name.clone(), raw_data, ..TensorProto::default() };
    maker.made.constants.push(tensor);
    name
}

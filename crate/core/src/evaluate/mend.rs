//! What the engine would compute wrongly, said in other words that it computes right. Files and exports are not
//! touched: this is done to what the engine loads, and only there.

use super::undefined;
use crate::graph::proto::{AttributeProto, NodeProto, TensorProto};
use crate::graph::{
    Constant, Edit, Element, Graph, GraphError, Made, Maker, Padding, find, float_tensor, int, ints, new_int,
    outline, text, to_f32, within,
};
use crate::limit::VALUE_ELEMENTS;

/// From here on `Resize` reads its scales behind a region.
const OPSET_REGION: i64 = 11;

/// The model in `bytes` in the words that the engine computes right; as it is where nothing is to be mended.
///
/// # Errors
/// It is no model.
pub fn mended(bytes: Vec<u8>) -> Result<Vec<u8>, GraphError> {
    let graph = Graph::decode(bytes)?;
    let mut edit = Edit::default();
    for (index, node) in graph.nodes().iter().enumerate() {
        if let Some(made) = mend(&graph, node) {
            edit.put(&graph, index, made);
        } else if let Some(new) = within(node, &|inner| mend(&graph, inner)) {
            edit.replace.insert(index, vec![new]);
        }
    }
    if edit == Edit::default() { graph.into_bytes() } else { graph.encode(&edit) }
}

/// What takes the place of `node`.
fn mend(graph: &Graph, node: &NodeProto) -> Option<Made> {
    if !node.is_onnx() {
        return None;
    }
    match node.op_type.as_str() {
        "ArgMax" | "ArgMin" => first_of_equals(graph, node),
        "Cast" => match Element::stated(node, "to")? {
            Element::Bool => truth(graph, node),
            Element::Int8 | Element::Uint8 => wrapped(graph, node),
            _ => None,
        },
        "ConvInteger" => padded(graph, node),
        "Div" => exact(graph, node),
        "DynamicQuantizeLinear" => dynamic(graph, node),
        "MatMul" => vector(graph, node),
        "QuantizeLinear" => quantise(graph, node),
        "ReduceMean" => unreduced(graph, node),
        "Relu" | "Clip" => undefined::kept(graph, node),
        "Resize" => first_resize(graph, node),
        "Sign" => sign(graph, node),
        "Softplus" => softplus(graph, node),
        _ => None,
    }
}

/// Until opset 10 `Resize` is what `Upsample` is, but that it may read the next place where it makes smaller.
fn first_resize(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let Some(Constant::Dense(scales)) = graph.constant(node.input.get(1)?) else { return None };
    let larger = to_f32(scales).ok()?.iter().all(|scale| *scale >= 1.0);
    let nearest = text(node, "mode").is_none_or(|mode| mode == "nearest");
    if graph.opset() >= OPSET_REGION || (nearest && !larger) {
        return None;
    }
    let op_type = "Upsample".into();
    Some(Made { nodes: vec![NodeProto { op_type, ..node.clone() }], ..Made::default() })
}

/// The engine takes the last of equal values. Its `TopK` has the first in front.
fn first_of_equals(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let (input, output) = (node.input.first()?, node.output.first()?);
    let mut plain = node.clone();
    plain.attribute.retain(|attribute| attribute.name != "select_last_index");
    if int(node, "select_last_index", 0) != 0 {
        return Some(Made { nodes: vec![plain], ..Made::default() });
    }
    let axis = int(node, "axis", 0);
    let mut maker = Maker::new(graph, node);
    let one = maker.whole("count", &[1]);
    let (value, place) = (maker.name("value"), maker.name("place"));
    let kept = int(node, "keepdims", 1) != 0;
    let place = if kept { output.clone() } else { place };
    let largest = i64::from(node.op_type == "ArgMax");
    maker.made.nodes.push(NodeProto {
        op_type: "TopK".into(),
        name: node.name.clone(),
        input: vec![input.clone(), one],
        output: vec![value, place.clone()],
        attribute: vec![new_int("axis", axis), new_int("largest", largest), new_int("sorted", 1)],
        ..NodeProto::default()
    });
    if !kept {
        let axes = maker.whole("axes", &[axis]);
        maker.node("Squeeze", &[&place, &axes], Vec::new(), Some(output));
    }
    Some(maker.finish())
}

/// The engine lays another number around integers than their zero point.
fn padded(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let pads = ints(node, "pads", &[]);
    if Padding::automatic(node) != Ok(None) || pads.iter().all(|size| *size == 0) {
        return None;
    }
    let (begins, ends) = pads.split_at(pads.len() / 2);
    let mut maker = Maker::new(graph, node);
    let sizes = maker.whole("pads", &[&[0, 0], begins, &[0, 0], ends].concat());
    let mut inputs = vec![node.input.first()?.as_str(), &sizes];
    let zero = node.input.get(2).filter(|name| !name.is_empty());
    let shape = zero.and_then(|zero| outline(graph, zero));
    let single = zero.map(|zero| match shape {
        Some(axes) if axes.is_empty() => zero.clone(),
        _ => {
            let none = maker.whole("scalar", &[]);
            maker.node("Reshape", &[zero, &none], Vec::new(), None)
        }
    });
    inputs.extend(single.as_deref());
    let wide = maker.node("Pad", &inputs, Vec::new(), None);
    let mut inner = node.clone();
    inner.attribute.retain(|attribute| attribute.name != "pads");
    inner.input.splice(..1, [wide]);
    maker.made.nodes.push(inner);
    Some(maker.finish())
}

/// The engine keeps truth values as whole numbers: 0.5 becomes 0, and 3 stays 3.
fn truth(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let float = vec![new_int("to", Element::Float.into())];
    let real = maker.node("Cast", &[node.input.first()?], float, None);
    let zero = single(&mut maker, "zero", 0.0);
    let is_zero = maker.node("Equal", &[&real, &zero], Vec::new(), None);
    maker.node("Not", &[&is_zero], Vec::new(), Some(node.output.first()?));
    Some(maker.finish())
}

/// Of a real number beyond 8 bits the engine makes the nearest that these hold; runtimes keep the lowest 8 of the
/// whole number. ONNX says nothing of it.
fn wrapped(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let whole = vec![new_int("to", Element::Int32.into())];
    let whole = maker.node("Cast", &[node.input.first()?], whole, None);
    let byte = vec![new_int("to", int(node, "to", 0))];
    maker.node("Cast", &[&whole], byte, Some(node.output.first()?));
    Some(maker.finish())
}

/// The engine's sign of 0 is 1.
fn sign(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let input = node.input.first()?;
    let mut maker = Maker::new(graph, node);
    // A zero of the input's own type.
    let zero = maker.node("Sub", &[input, input], Vec::new(), None);
    let is_zero = maker.node("Equal", &[input, &zero], Vec::new(), None);
    let signed = maker.node("Sign", &[input], Vec::new(), None);
    maker.node("Where", &[&is_zero, input, &signed], Vec::new(), Some(node.output.first()?));
    Some(maker.finish())
}

/// The engine's exponential of a large number is infinite, where the result is that number.
fn softplus(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let input = node.input.first()?;
    let mut maker = Maker::new(graph, node);
    let positive = maker.node("Relu", &[input], Vec::new(), None);
    let size = maker.node("Abs", &[input], Vec::new(), None);
    let negative = maker.node("Neg", &[&size], Vec::new(), None);
    let rest = maker.node("Softplus", &[&negative], Vec::new(), None);
    maker.node("Add", &[&positive, &rest], Vec::new(), Some(node.output.first()?));
    Some(maker.finish())
}

/// The engine leaves an axis of 1 where the right side is a vector.
fn vector(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let (left, right) = (node.input.first()?, node.input.get(1)?);
    if outline(graph, right)?.len() != 1 {
        return None;
    }
    let mut maker = Maker::new(graph, node);
    let axis = maker.whole("axis", &[1]);
    let column = maker.node("Unsqueeze", &[right, &axis], Vec::new(), None);
    let product = maker.node("MatMul", &[left, &column], node.attribute.clone(), None);
    let axis = maker.whole("axis", &[-1]);
    maker.node("Squeeze", &[&product, &axis], Vec::new(), Some(node.output.first()?));
    Some(maker.finish())
}

/// A mean over no axes is its input.
fn unreduced(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let none = match node.input.get(1).filter(|name| !name.is_empty()) {
        Some(axes) => graph.constant_shape(axes)? == [0],
        None => find(node, "axes").is_none(),
    };
    if !none || int(node, "noop_with_empty_axes", 0) == 0 {
        return None;
    }
    let mut maker = Maker::new(graph, node);
    maker.node("Identity", &[node.input.first()?], Vec::new(), Some(node.output.first()?));
    Some(maker.finish())
}

/// The engine multiplies by 1 / scale, which rounds otherwise than a division, wants a zero point, and takes the
/// last axis where none is stated.
fn quantise(graph: &Graph, node: &NodeProto) -> Option<Made> {
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
fn dynamic(graph: &Graph, node: &NodeProto) -> Option<Made> {
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
fn exact(graph: &Graph, node: &NodeProto) -> Option<Made> {
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

/// A constant without axes.
fn single(maker: &mut Maker, part: &str, value: f32) -> String {
    let name = maker.name(part);
    maker.made.constants.push(float_tensor(&name, &[], [value]));
    name
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

#[cfg(test)]
mod tests {
    use super::mended;
    use crate::graph::proto::{AttributeProto, GraphProto, ModelProto, NodeProto};
    use crate::graph::{Graph, new_int};
    use prost::Message;

    fn node(op: &str, input: &str, output: &str) -> NodeProto {
        let (input, output) = (vec![input.into()], vec![output.into()]);
        NodeProto { op_type: op.into(), input, output, ..NodeProto::default() }
    }

    fn model(node: Vec<NodeProto>) -> Vec<u8> {
        let graph = Some(GraphProto { node, ..GraphProto::default() });
        ModelProto { graph, ..ModelProto::default() }.encode_to_vec()
    }

    fn operators(graph: &GraphProto) -> Vec<&str> {
        graph.node.iter().map(|node| node.op_type.as_str()).collect()
    }

    #[test]
    fn what_the_engine_computes_right_keeps_its_bytes() {
        let bytes = model(vec![node("Relu", "x", "r"), node("Round", "r", "y")]);
        assert_eq!(mended(bytes.clone()).unwrap(), bytes);
    }

    #[test]
    fn behind_what_may_be_no_number_a_bound_is_none() {
        let square = model(vec![node("Sqrt", "x", "s"), node("Relu", "s", "y")]);
        let graph = Graph::decode(mended(square).unwrap()).unwrap();
        assert_eq!(operators(graph.proto()), ["Sqrt", "Relu", "IsNaN", "Where"]);
    }

    #[test]
    fn the_last_of_equals_is_what_the_engine_takes() {
        let last = NodeProto { attribute: vec![new_int("select_last_index", 1)], ..node("ArgMax", "x", "y") };
        for (node, expected) in [(last, &["ArgMax"][..]), (node("ArgMax", "x", "y"), &["TopK"])] {
            let graph = Graph::decode(mended(model(vec![node])).unwrap()).unwrap();
            assert_eq!(operators(graph.proto()), expected);
            assert!(!graph.nodes()[0].attribute.iter().any(|a| a.name == "select_last_index"));
        }
    }

    #[test]
    fn nodes_within_others_are_mended_too() {
        let body = GraphProto { node: vec![node("Softplus", "x", "t")], ..GraphProto::default() };
        let g = AttributeProto { name: "then_branch".into(), g: Some(body), ..AttributeProto::default() };
        let choice = NodeProto { attribute: vec![g], ..node("If", "c", "y") };
        let graph = Graph::decode(mended(model(vec![choice])).unwrap()).unwrap();
        let body = graph.nodes()[0].attribute[0].g.as_ref().unwrap();
        assert_eq!(operators(body), ["Relu", "Abs", "Neg", "Softplus", "Add"]);
        assert_eq!(body.node[4].output, ["t"]);
    }
}

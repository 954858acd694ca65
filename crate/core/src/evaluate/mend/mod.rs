//! What the engine would compute wrongly, said in other words that it computes right. Files and exports are not
//! touched: this is done to what the engine loads, and only there.

mod quotient;

use super::undefined;
use crate::graph::proto::NodeProto;
use crate::graph::{
    Constant, Edit, Editing, Element, Graph, GraphError, Made, Maker, Padding, find, float_tensor, int, ints,
    new_int, outline, text, to_f32, within,
};

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
        "Div" => quotient::exact(graph, node),
        "DynamicQuantizeLinear" => quotient::dynamic(graph, node),
        "MatMul" => vector(graph, node),
        "QuantizeLinear" => quotient::quantise(graph, node),
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

/// A constant without axes.
fn single(maker: &mut Maker, part: &str, value: f32) -> String {
    let name = maker.name(part);
    maker.made.constants.push(float_tensor(&name, &[], [value]));
    name
}

#[cfg(test)]
mod tests {
    use super::mended;
    use crate::graph::proto::{AttributeProto, GraphProto, ModelProto, NodeProto};
    use crate::graph::{Graph, new_int};
    use sepal_onnx::Message;

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

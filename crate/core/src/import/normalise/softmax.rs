//! Until opset 12 `Softmax` and its like make a matrix of their input, cut at `axis`, and work on its rows;
//! since then they work along `axis` alone. What is written here means the same in both readings.

use crate::graph::proto::{AttributeProto, NodeProto};
use crate::graph::{Edit, Editing, Graph, Made, Maker, int, new_int, outline, within};

/// The first opset of the new reading.
const ALONG_AXIS: i64 = 13;

/// The edit of all of `graph`.
pub(super) fn state(graph: &Graph) -> Edit {
    let mut edit = Edit::default();
    if graph.opset() >= ALONG_AXIS {
        return edit;
    }
    for (index, node) in graph.nodes().iter().enumerate() {
        if let Some(made) = stated(graph, node) {
            edit.put(graph, index, made);
        } else if let Some(new) = within(node, &|inner| stated(graph, inner)) {
            edit.replace.insert(index, vec![new]);
        }
    }
    edit
}

/// What takes the place of `node`, where the two readings of it differ.
fn stated(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let is_one = matches!(node.op_type.as_str(), "Softmax" | "LogSoftmax" | "Hardmax");
    if !is_one || !node.is_onnx() {
        return None;
    }
    let axis = int(node, "axis", 1);
    let (input, output) = (node.input.first()?, node.output.first()?);
    if axis == -1 {
        return None;
    }
    let Some(sizes) = outline(graph, input).or_else(|| outline(graph, output)) else {
        return Some(flattened(graph, node, axis));
    };
    let ndim = i64::try_from(sizes.len()).ok()?;
    let first = usize::try_from(if axis < 0 { axis.checked_add(ndim)? } else { axis }).ok()?;
    // Where only one axis of those behind the cut is longer than 1, a row is what lies along it.
    let long: Vec<usize> = (first..sizes.len()).filter(|&at| sizes.get(at) != Some(&Some(1))).collect();
    let along = match long[..] {
        [] => first.min(sizes.len().checked_sub(1)?),
        [only] => only,
        _ => return Some(flattened(graph, node, axis)),
    };
    let along = i64::try_from(along).ok()?;
    let now = int(node, "axis", -1);
    let same = along == if now < 0 { now + ndim } else { now };
    (!same).then(|| Made { nodes: vec![with_axis(node, along)], ..Made::default() })
}

fn with_axis(node: &NodeProto, axis: i64) -> NodeProto {
    let others = node.attribute.iter().filter(|attribute| attribute.name != "axis").cloned();
    let attribute: Vec<AttributeProto> = others.chain([new_int("axis", axis)]).collect();
    NodeProto { attribute, ..node.clone() }
}

/// The matrix cut at `axis`, its rows, and the shape of before.
fn flattened(graph: &Graph, node: &NodeProto, axis: i64) -> Made {
    let mut maker = Maker::new(graph, node);
    let name = |index: usize, names: &[String]| names.get(index).cloned().unwrap_or_default();
    let (input, output) = (name(0, &node.input), name(0, &node.output));
    let shape = maker.node("Shape", &[&input], Vec::new(), None);
    let matrix = maker.node("Flatten", &[&input], vec![new_int("axis", axis)], None);
    let rows = maker.name("rows");
    let own = NodeProto { input: vec![matrix], output: vec![rows.clone()], ..with_axis(node, 1) };
    maker.made.nodes.push(own);
    maker.node("Reshape", &[&rows, &shape], Vec::new(), Some(&output));
    maker.finish()
}

#[cfg(test)]
mod tests {
    use super::state;
    use crate::graph::proto::{DimensionProto, TensorShapeProto, TensorTypeProto, TypeProto};
    use crate::graph::proto::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto, ValueInfoProto};
    use crate::graph::{Graph, find, new_int};
    use sepal_onnx::Message;

    /// The operators, and the axis of the softmax, that become of one with `axis` behind an input of `sizes`
    /// (0 is open).
    fn becomes(opset: i64, sizes: Option<&[i64]>, axis: Option<i64>) -> (Vec<String>, Option<i64>) {
        let dim = |&size: &i64| DimensionProto { dim_value: (size > 0).then_some(size), dim_param: None };
        let shape = sizes.map(|sizes| TensorShapeProto { dim: sizes.iter().map(dim).collect() });
        let tensor_type = Some(TensorTypeProto { elem_type: crate::graph::Element::Float.code(), shape });
        let r#type = Some(TypeProto { tensor_type, ..TypeProto::default() });
        let node = NodeProto {
            op_type: "Softmax".into(),
            input: vec!["x".into()],
            output: vec!["y".into()],
            attribute: axis.map(|axis| new_int("axis", axis)).into_iter().collect(),
            ..NodeProto::default()
        };
        let graph = GraphProto {
            node: vec![node],
            input: vec![ValueInfoProto { name: "x".into(), r#type }],
            ..GraphProto::default()
        };
        let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: opset }];
        let model = ModelProto { opset_import, graph: Some(graph), ..ModelProto::default() };
        let graph = Graph::decode(model.encode_to_vec()).unwrap();
        let graph = graph.edited(state(&graph)).unwrap();
        let softmax = graph.nodes().iter().find(|node| node.op_type == "Softmax").unwrap();
        let axis = find(softmax, "axis").and_then(|axis| axis.i);
        (graph.nodes().iter().map(|node| node.op_type.clone()).collect(), axis)
    }

    #[test]
    fn rows_are_what_lay_behind_the_axis() {
        let one = ["Softmax"].map(String::from).to_vec();
        let cut = ["Shape", "Flatten", "Softmax", "Reshape"].map(String::from).to_vec();
        for (opset, sizes, axis, ops, found) in [
            (13, Some(&[0, 5, 2, 3][..]), Some(1), &one, Some(1)),
            (7, Some(&[0, 5]), None, &one, None),
            (7, Some(&[0, 5]), Some(1), &one, Some(1)),
            (7, Some(&[1, 5, 1, 1]), None, &one, Some(1)),
            (11, Some(&[0, 1, 1, 5]), None, &one, None),
            (11, Some(&[0, 1, 5, 1]), None, &one, Some(2)),
            (12, Some(&[0, 5, 3]), Some(-1), &one, Some(-1)),
            (12, Some(&[0, 5, 3]), Some(2), &one, Some(2)),
            (12, Some(&[0, 5, 3]), None, &cut, Some(1)),
            (12, Some(&[0, 5, 0]), Some(-2), &cut, Some(1)),
            (9, None, None, &cut, Some(1)),
        ] {
            assert_eq!(becomes(opset, sizes, axis), (ops.clone(), found), "{opset} {sizes:?} {axis:?}");
        }
    }
}

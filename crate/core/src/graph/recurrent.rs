//! Which axis of an input counts samples: the first, unless a recurrent operator that reads the input says that
//! the first one counts steps.

use super::operator::Known;
use super::{Graph, int, ints};
use std::collections::HashMap;

/// Axes of a sequence: steps, samples, features.
const AXES: usize = 3;

/// The axis of the input called `input` that counts samples: the one that is said, where it has so many.
pub fn batch_axis(graph: &Graph, input: &str) -> usize {
    if let Some(axis) = graph.said_batch_axis() {
        return if ndim(graph, input).is_some_and(|axes| axis < axes) { axis } else { 0 };
    }
    // Of each value that is the input with its axes in another order: where they come from.
    let mut known = HashMap::from([(input, (0..AXES).collect::<Vec<usize>>())]);
    if ndim(graph, input) != Some(AXES) {
        return 0;
    }
    for node in graph.nodes() {
        let Some(order) = node.input.first().and_then(|name| known.get(name.as_str())) else { continue };
        let facts = node.facts();
        if facts.is_recurrent() {
            // Steps come first, then samples, unless the layout is 1.
            let samples = usize::from(int(node, "layout", 0) == 0);
            return order.get(samples).copied().unwrap_or(0);
        }
        let order = match facts.name {
            "Transpose" => turned(order, &ints(node, "perm", &[])),
            _ => facts.keeps_axes().then(|| order.clone()),
        };
        let output = node.output.first().map(String::as_str);
        known.extend(output.zip(order));
    }
    0
}

/// `order` as a transposition by `perm` leaves it.
fn turned(order: &[usize], perm: &[i64]) -> Option<Vec<usize>> {
    if perm.is_empty() {
        return Some(order.iter().rev().copied().collect());
    }
    perm.iter().map(|&axis| order.get(usize::try_from(axis).ok()?).copied()).collect()
}

/// The number of axes that the file declares for an input.
fn ndim(graph: &Graph, input: &str) -> Option<usize> {
    let info = graph.proto().input.iter().find(|info| info.name == input)?;
    Some(info.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?.dim.len())
}

#[cfg(test)]
mod tests {
    use super::super::proto::{
        DimensionProto, GraphProto, ModelProto, NodeProto, TensorShapeProto, TensorTypeProto, TypeProto,
        ValueInfoProto,
    };
    use super::super::{Element, Graph};
    use super::super::{new_int, new_ints};
    use super::batch_axis;
    use crate::graph::proto::AttributeProto;
    use sepal_onnx::Message;

    /// A model whose input has `axes` axes and goes through `nodes`, one behind the other.
    fn axis(axes: usize, nodes: &[(&str, Option<AttributeProto>)]) -> usize {
        let dim = vec![DimensionProto { dim_value: Some(2), dim_param: None }; axes];
        let tensor_type =
            TensorTypeProto { elem_type: Element::Float.code(), shape: Some(TensorShapeProto { dim }) };
        let r#type = Some(TypeProto { tensor_type: Some(tensor_type), ..TypeProto::default() });
        let node = |(index, (op, attribute)): (usize, &(&str, Option<AttributeProto>))| NodeProto {
            op_type: (*op).into(),
            input: vec![format!("v{index}")],
            output: vec![format!("v{}", index + 1)],
            attribute: attribute.iter().cloned().collect(),
            ..NodeProto::default()
        };
        let graph = GraphProto {
            node: nodes.iter().enumerate().map(node).collect(),
            input: vec![ValueInfoProto { name: "v0".into(), r#type }],
            ..GraphProto::default()
        };
        let model = ModelProto { graph: Some(graph), ..ModelProto::default() };
        batch_axis(&Graph::decode(model.encode_to_vec()).unwrap(), "v0")
    }

    #[test]
    fn recurrent_operators_say_which_axis_counts_samples() {
        let swap = || Some(new_ints("perm", &[1, 0, 2]));
        for op in ["LSTM", "GRU", "RNN"] {
            assert_eq!(axis(3, &[(op, None)]), 1, "{op}");
            assert_eq!(axis(3, &[(op, Some(new_int("layout", 1)))]), 0, "{op}");
            assert_eq!(axis(3, &[("Transpose", swap()), (op, None)]), 0, "{op}");
        }
        assert_eq!(axis(3, &[("Relu", None), ("MatMul", None), ("LSTM", None)]), 1);
        assert_eq!(
            axis(3, &[("Transpose", swap()), ("Identity", None), ("Transpose", swap()), ("GRU", None)]),
            1
        );
        assert_eq!(axis(3, &[("Conv", None), ("LSTM", None)]), 0);
        assert_eq!(axis(3, &[("Relu", None)]), 0);
        assert_eq!(axis(4, &[("LSTM", None)]), 0);
    }
}

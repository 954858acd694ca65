//! How many samples a model runs at a time. Where its file says how many and they do not depend on one another,
//! any number will do; where they do, and it does not say, each is run by itself, as on a device.

use crate::evaluate::{EvaluateError, Together, check_extent, is_independent, run_together};
use crate::export::{self, ExportError, Interface};
use crate::graph::operator::Batch;
use crate::graph::proto::{DimensionProto, NodeProto, ValueInfoProto};
use crate::graph::{Edit, Graph, Known, declared_inputs, int, int64_tensor, outline};
use crate::session::SessionError;

/// `graph` for any number of samples, where its file says how many, more than one, and they are independent.
pub(super) fn freed(graph: Graph) -> Graph {
    let Some(size) = fixed(&graph).filter(|_| !mixes(&graph)) else { return graph };
    match free(&graph, size) {
        Ok(free) if is_free(&free) == Ok(true) => free,
        _ => graph,
    }
}

/// What becomes of samples that `graph` runs together: of those in `given`, else of some that are made up. A model
/// that cannot be run says nothing.
pub(super) fn together(graph: &Graph, interface: &Interface, given: &[f32]) -> Together {
    if mixes(graph) && !states_one(graph) {
        return fixed(graph).map_or(Together::Mixed, Together::Bound);
    }
    let bytes = export::evaluation(graph, &[], interface).ok();
    let found = bytes.and_then(|bytes| run_together(bytes, &interface.shape, given).ok());
    found.unwrap_or(Together::Alike)
}

/// Whether `graph` is known to mix the samples of a batch, which few made-up ones would tell: it rounds all of them
/// by one scale that comes of all, or has the operator whose samples the engine does not keep apart.
fn mixes(graph: &Graph) -> bool {
    let varies = |node: &NodeProto| node.input.first().is_some_and(|name| !graph.is_constant(name));
    let known = |node: &NodeProto| node.facts().batch == Some(Batch::Mixes);
    graph.nodes().iter().any(|node| known(node) && varies(node))
}

/// What the user is told of it.
pub(in crate::session) fn said(together: Together) -> Option<String> {
    let seen = match together {
        Together::Alike => return None,
        Together::Bound(count) => {
            return Some(format!(
                "The file runs {count} samples at a time, and they change each other's outputs: figures depend on \
                 which samples follow one another. A file that takes one sample has none of this."
            ));
        }
        Together::Mixed => "Samples that are run together change each other's outputs",
        Together::Refused => "The model takes no more than one sample at a time",
    };
    Some(format!("{seen}, so each is run by itself, as on a device."))
}

/// The number of samples that all inputs state.
fn fixed(graph: &Graph) -> Option<usize> {
    let inputs = declared_inputs(graph);
    let size = *inputs.first()?.1.first()?;
    let agree = inputs.iter().all(|(_, shape)| shape.len() > 1 && shape.first() == Some(&size));
    let walks = graph.nodes().iter().any(|node| node.facts().batch == Some(Batch::Walks));
    (size > 1 && agree && !walks).then_some(size)
}

/// Whether the file takes one sample at a time.
fn states_one(graph: &Graph) -> bool {
    declared_inputs(graph).iter().all(|(name, _)| {
        let axes = outline(graph, name);
        axes.is_some_and(|axes| axes.first() == Some(&Some(1)))
    })
}

/// The same graph with the first axis of inputs and outputs open.
fn free(graph: &Graph, size: usize) -> Result<Graph, ExportError> {
    let proto = graph.proto();
    let open = |info: &ValueInfoProto| {
        if graph.constant(&info.name).is_some() { info.clone() } else { opened(info, size) }
    };
    let mut edit = Edit {
        inputs: Some(proto.input.iter().map(open).collect()),
        outputs: Some(proto.output.iter().map(open).collect()),
        untyped: proto.value_info.iter().map(|info| info.name.clone()).collect(),
        ..Edit::default()
    };
    for (index, node) in graph.nodes().iter().enumerate() {
        reshape(graph, size, (index, node), &mut edit);
    }
    Ok(graph.edited(edit)?.settled()?)
}

fn opened(info: &ValueInfoProto, size: usize) -> ValueInfoProto {
    let mut info = info.clone();
    let tensor = info.r#type.as_mut().and_then(|t| t.tensor_type.as_mut());
    let first = tensor.and_then(|t| t.shape.as_mut()).and_then(|shape| shape.dim.first_mut());
    if let Some(dim) = first.filter(|dim| dim.dim_value == i64::try_from(size).ok()) {
        *dim = DimensionProto { dim_value: None, dim_param: Some("batch".into()) };
    }
    info
}

/// A `Reshape` to so many samples becomes one to as many as there are.
fn reshape(graph: &Graph, size: usize, (index, node): (usize, &NodeProto), edit: &mut Edit) {
    let shape = node.input.get(1).filter(|_| node.op_type == "Reshape" && int(node, "allowzero", 0) == 0);
    let Some(folded) = shape.and_then(|name| graph.fold(name).ok()) else { return };
    let mut sizes: Vec<i64> = folded.value.iter().map(|&size| size as i64).collect();
    let Some(first) = sizes.first_mut().filter(|first| i64::try_from(size) == Ok(**first)) else { return };
    // As many as are left, or, where that is another axis, as many as there were.
    *first = 0;
    if !sizes.contains(&-1) {
        sizes[0] = -1;
    }
    let name = format!("{}.free", node.output.first().map_or("", String::as_str));
    edit.add.push(int64_tensor(&name, &sizes));
    let mut node = node.clone();
    node.input[1] = name;
    edit.replace.insert(index, vec![node]);
}

fn is_free(graph: &Graph) -> Result<bool, SessionError> {
    let inputs = declared_inputs(graph);
    check_extent(graph, &inputs)?;
    let of = |output: Option<&str>| -> Result<bool, SessionError> {
        let interface = Interface::of(graph, &inputs, output).map_err(EvaluateError::Interface)?;
        Ok(is_independent(export::evaluation(graph, &[], &interface)?, &interface.shape)?)
    };
    // Other outputs that cannot be run say nothing.
    let others = graph.proto().output.iter().skip(1);
    Ok(of(None)? && others.into_iter().all(|other| of(Some(&other.name)).unwrap_or(true)))
}

#[cfg(test)]
mod tests {
    use super::freed;
    use crate::graph::{Graph, declared_inputs};

    #[test]
    fn the_batch_is_opened_where_samples_do_not_meet() {
        for (name, together) in [("batch", 1), ("together", 4)] {
            let path = format!("{}/../../tests/fixture/model/{name}.onnx", env!("CARGO_MANIFEST_DIR"));
            let graph = freed(Graph::decode(std::fs::read(path).unwrap()).unwrap());
            assert_eq!(declared_inputs(&graph)[0].1[0], together, "{name}");
        }
    }
}

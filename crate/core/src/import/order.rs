//! Whether a graph can be put into an order at all: no node may wait for itself, and no chain of nodes
//! may be longer than what orders it can bear.

use super::ImportError;
use super::limit::too_large;
use crate::graph::Graph;
use crate::graph::proto::{GraphProto, NodeProto};
use sepal_limit::CHAIN;
use std::collections::{HashMap, HashSet};

/// Checks the graph called `name`, and the graphs in it.
///
/// # Errors
/// [`ImportError::Malformed`] where nodes wait for each other in a circle; [`ImportError::Limit`].
pub(crate) fn check(name: &str, graph: &Graph) -> Result<(), ImportError> {
    check_graph(name, graph.proto())
}

fn check_graph(name: &str, graph: &GraphProto) -> Result<(), ImportError> {
    CHAIN.check(longest_chain(name, graph)?).map_err(|found| too_large(name, found))?;
    graph.node.iter().flat_map(subgraphs).try_for_each(|inner| check_graph(name, inner))
}

fn subgraphs(node: &NodeProto) -> impl Iterator<Item = &GraphProto> {
    node.attribute.iter().flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs))
}

/// The number of nodes on the longest way through the graph (A. B. Kahn 1962: always the next node that
/// waits for nothing).
fn longest_chain(name: &str, graph: &GraphProto) -> Result<usize, ImportError> {
    let outputs =
        graph.node.iter().enumerate().flat_map(|(i, n)| n.output.iter().map(move |o| (o.as_str(), i)));
    let makers: HashMap<&str, usize> = outputs.filter(|(output, _)| !output.is_empty()).collect();
    let mut waiting = vec![0_usize; graph.node.len()];
    let mut followers = vec![Vec::new(); graph.node.len()];
    for (index, node) in graph.node.iter().enumerate() {
        let mut read = Vec::new();
        names_read(node, &mut read);
        for maker in read.into_iter().filter_map(|input| makers.get(input)) {
            followers[*maker].push(index);
            waiting[index] += 1;
        }
    }
    let mut depth = vec![1_usize; graph.node.len()];
    let mut ready: Vec<usize> = (0..waiting.len()).filter(|index| waiting[*index] == 0).collect();
    while let Some(node) = ready.pop() {
        for &follower in &followers[node] {
            depth[follower] = depth[follower].max(depth[node] + 1);
            waiting[follower] -= 1;
            if waiting[follower] == 0 {
                ready.push(follower);
            }
        }
    }
    match waiting.iter().position(|count| *count > 0).and_then(|index| graph.node.get(index)) {
        Some(node) => Err(circle(name, node)),
        None => Ok(depth.into_iter().max().unwrap_or(0)),
    }
}

/// The values that a node reads, and its subgraphs where the names are not their own.
fn names_read<'a>(node: &'a NodeProto, read: &mut Vec<&'a str>) {
    read.extend(node.input.iter().map(String::as_str));
    for graph in subgraphs(node) {
        let mut inside: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
        graph.node.iter().for_each(|inner| names_read(inner, &mut inside));
        let made = graph.node.iter().flat_map(|inner| &inner.output);
        let given = graph.input.iter().map(|input| &input.name);
        let stored = graph.initializer.iter().map(|tensor| &tensor.name);
        let own: HashSet<&str> = made.chain(given).chain(stored).map(String::as_str).collect();
        read.extend(inside.into_iter().filter(|name| !own.contains(name)));
    }
}

fn circle(name: &str, node: &NodeProto) -> ImportError {
    let own = [&node.name].into_iter().chain(&node.output).find(|own| !own.is_empty());
    let reason = format!(
        "its {} operator '{}' waits for its own result, directly or through others",
        node.op_type,
        own.map_or("", String::as_str)
    );
    super::malformed(name, reason)
}

#[cfg(test)]
mod tests {
    use super::super::onnx;
    use crate::graph::proto::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto, ValueInfoProto};
    use sepal_onnx::Message;

    fn model(nodes: impl IntoIterator<Item = (String, String)>) -> Vec<u8> {
        let node = |(input, output): (String, String)| NodeProto {
            op_type: "Relu".into(),
            input: vec![input],
            output: vec![output],
            ..NodeProto::default()
        };
        let value = |name: &str| ValueInfoProto { name: name.into(), r#type: None };
        let graph = GraphProto {
            node: nodes.into_iter().map(node).collect(),
            input: vec![value("v0")],
            output: vec![value("v1")],
            ..GraphProto::default()
        };
        let opset = OperatorSetIdProto { domain: String::new(), version: 13 };
        ModelProto { ir_version: 8, opset_import: vec![opset], graph: Some(graph), ..ModelProto::default() }
            .encode_to_vec()
    }

    fn edge(from: usize, to: usize) -> (String, String) {
        (format!("v{from}"), format!("v{to}"))
    }

    #[test]
    fn circles_are_found_and_any_order_is_taken() {
        for edges in [vec![edge(1, 1)], vec![edge(0, 1), edge(3, 2), edge(2, 3)]] {
            let error = onnx("m", model(edges)).unwrap_err().to_string();
            assert!(error.contains("waits for its own result"), "{error}");
        }
        assert!(onnx("m", model([edge(2, 1), edge(0, 2)])).is_ok());
    }

    #[test]
    fn a_long_chain_is_refused() {
        assert!(onnx("m", model((0..1500).map(|i| edge(i, i + 1)))).is_ok());
        let error = onnx("m", model((0..1501).map(|i| edge(i, i + 1)))).unwrap_err().to_string();
        assert!(error.contains("1,501 operators one behind the other, at most 1,500"), "{error}");
    }
}

//! Which operators the engine has, so that all that are missing can be named at once.

use super::refusal::Refusal;
use super::unsound::{misread, wide_integers};
use super::{Engine, EvaluateError};
use crate::collect::collected;
use crate::graph::operator::{Engine as Runs, Slides, facts};
use crate::graph::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, ValueInfoProto,
};
use crate::graph::{Graph, Known, find, int, reads};
use sepal_onnx::Message;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The version of the format in which nodes are shown to the engine one by one.
const IR_VERSION: i64 = 8;

/// Most axes that the windows of convolutions and pools move over.
const WINDOW_AXES: usize = 2;

/// Nodes of the graph, those within an `If` or a `Loop` too, that the engine cannot run or would run wrong, as far
/// as the file alone tells.
pub fn unknown_operators(graph: &Graph) -> Vec<Refusal> {
    lacking(graph).into_values().flatten().collect()
}

/// Indices of the nodes that cannot be run: those that the engine lacks something for, and all behind them.
pub fn blocked(graph: &Graph) -> BTreeSet<usize> {
    let mut nodes: BTreeSet<usize> = collected(lacking(graph).into_keys());
    let outputs = |index: &usize| graph.nodes().get(*index).map_or(&[][..], |node| &node.output);
    let given = nodes.iter().flat_map(outputs).filter(|name| !name.is_empty());
    let mut values: HashSet<&String> = given.collect();
    loop {
        let before = nodes.len();
        for (index, node) in graph.nodes().iter().enumerate() {
            if reads(node).iter().any(|name| values.contains(*name)) && nodes.insert(index) {
                values.extend(node.output.iter().filter(|name| !name.is_empty()));
            }
        }
        if nodes.len() == before {
            return nodes;
        }
    }
}

/// Node index → why it, or what it has within, cannot be run.
fn lacking(graph: &Graph) -> BTreeMap<usize, Vec<Refusal>> {
    let mut asked = HashMap::new();
    let mut wide = wide_integers(graph);
    let nodes = graph.nodes().iter().enumerate();
    let found = nodes.filter_map(|(index, node)| {
        let mut all = wide.remove(&index).unwrap_or_default();
        with_inner(node, &mut |node| all.extend(refusal(graph, node, &mut asked)));
        for refusal in &mut all {
            refusal.place = index;
        }
        (!all.is_empty()).then_some((index, all))
    });
    collected(found)
}

/// Calls `each` for `node` and all nodes of its own graphs.
fn with_inner(node: &NodeProto, each: &mut dyn FnMut(&NodeProto)) {
    each(node);
    let graphs = node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs));
    graphs.flat_map(|graph| &graph.node).for_each(|inner| with_inner(inner, each));
}

fn refusal(graph: &Graph, node: &NodeProto, asked: &mut Asked) -> Option<Refusal> {
    let lacks =
        unknown_operator(node).or_else(|| wide_window(graph, node)).or_else(|| refused(graph, node, asked));
    lacks.map(|op| Refusal::lacks(node, op)).or_else(|| misread(graph, node))
}

/// What the engine lacks to run `node`, where it lacks something.
fn unknown_operator(node: &NodeProto) -> Option<String> {
    let op = node.op_type.as_str();
    if node.is_onnx() && op == "GRU" && int(node, "linear_before_reset", 0) == 0 {
        return Some("GRU with linear_before_reset = 0".into());
    }
    let known = node.facts().is_run() || facts(op).engine == Runs::Replaced;
    let domain = if node.domain.is_empty() { String::new() } else { format!("{}.", node.domain) };
    (!known).then(|| format!("{domain}{op}"))
}

/// A convolution or pool over more axes than the engine's move over.
fn wide_window(graph: &Graph, node: &NodeProto) -> Option<String> {
    let axes = match node.facts().slides? {
        Slides::Filter => {
            let weights = node.input.get(1).and_then(|name| graph.constant_shape(name));
            weights.map_or(0, |shape| shape.len().saturating_sub(2))
        }
        Slides::Pool => 0,
    };
    let axes = axes.max(find(node, "kernel_shape").map_or(0, |attribute| attribute.ints.len()));
    (axes > WINDOW_AXES).then(|| format!("{} over {axes} axes", node.op_type))
}

/// What the engine said of nodes: by their operator and attributes.
type Asked = HashMap<(String, Vec<Vec<u8>>), Option<String>>;

/// Attributes or a version that the engine refuses to load; `asked` holds what it said of nodes like this.
fn refused(graph: &Graph, node: &NodeProto, asked: &mut Asked) -> Option<String> {
    let whole = |attribute: &AttributeProto| attribute.g.is_some() || !attribute.graphs.is_empty();
    let op = node.op_type.as_str();
    if matches!(facts(op).engine, Runs::HasRewritten | Runs::Replaced) || node.attribute.iter().any(whole) {
        return None;
    }
    let attributes = node.attribute.iter().map(Message::encode_to_vec).collect();
    let says = asked.entry((op.to_owned(), attributes)).or_insert_with(|| complaint(node, graph.opset()));
    let says = says.as_ref()?;
    let named = says.split_once("attribute \"").and_then(|(_, rest)| rest.split('"').next());
    Some(match named {
        Some(attribute) => format!("{op} with its {attribute}"),
        None => format!("{op} ({says})"),
    })
}

/// What the engine says against a model of this node alone.
fn complaint(node: &NodeProto, version: i64) -> Option<String> {
    let value = |name: &String| ValueInfoProto { name: name.clone(), r#type: None };
    let values = |names: &[String]| {
        let names: BTreeSet<&String> = collected(names.iter().filter(|name| !name.is_empty()));
        names.into_iter().map(value).collect::<Vec<_>>()
    };
    let graph = GraphProto {
        node: vec![node.clone()],
        input: values(&node.input),
        output: values(&node.output),
        ..GraphProto::default()
    };
    let opset = OperatorSetIdProto { domain: String::new(), version };
    let model = ModelProto {
        ir_version: IR_VERSION,
        graph: Some(graph),
        opset_import: vec![opset],
        ..Default::default()
    };
    match Engine::load_named(model.encode_to_vec()) {
        Err(EvaluateError::Load(reason)) => Some(reason),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Runs, complaint, facts};
    use crate::graph::operator::{Facts, OPERATORS};
    use crate::graph::proto::NodeProto;

    /// What the engine says against a model of one node.
    fn says(op: &str) -> String {
        let (input, output) = (vec!["x".into()], vec!["y".into()]);
        let node = NodeProto { op_type: op.into(), input, output, ..NodeProto::default() };
        complaint(&node, 21).unwrap_or_default()
    }

    /// Operators of ONNX that the engine lacks, and that the table knows nothing else of.
    #[rustfmt::skip]
    const OTHERS: [&str; 44] = [
        "AffineGrid", "Bernoulli", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor",
        "BlackmanWindow", "Celu", "CenterCropPad", "Col2Im", "Compress", "DFT", "DeformConv", "Det",
        "GlobalLpPool", "GroupNormalization", "HammingWindow", "HannWindow", "Hardmax", "ImageDecoder", "LRN",
        "LpPool", "MaxRoiPool", "MaxUnpool", "MeanVarianceNormalization", "MelWeightMatrix", "Mish",
        "Multinomial", "NegativeLogLikelihoodLoss", "Optional", "OptionalGetElement", "OptionalHasElement",
        "RandomNormal", "RandomUniform", "RegexFullMatch", "RoiAlign", "STFT", "SequenceMap", "Shrink",
        "StringConcat", "StringNormalizer", "TfIdfVectorizer", "Unique",
    ];

    #[test]
    fn the_engine_knows_what_the_table_says_and_no_other() {
        let unknown = says("Frobnicate").replace("Frobnicate", "");
        assert!(!unknown.is_empty());
        let lacks = |op: &str| {
            let says = says(op).replace(op, "");
            says == unknown || says.contains("compiled without")
        };
        // A Constant without its value is refused otherwise, and Dropout never gets there.
        let shown = |row: &&Facts| row.name != "Constant" && row.engine != Runs::Replaced;
        for row in OPERATORS.iter().filter(shown) {
            assert_eq!(lacks(row.name), !row.is_run(), "{}", row.name);
        }
        for op in OTHERS {
            assert!(lacks(op) && facts(op).name.is_empty(), "{op}");
        }
    }
}

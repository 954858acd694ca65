//! Operators of `ai.onnx.ml` that scikit-learn's models have in front of their layers and behind them, in words
//! of ONNX itself.

use crate::graph::proto::{NodeProto, TypeProto};
use crate::graph::{Constant, Element, Graph, Made, Maker, find, new_int, new_ints, text};

const DOMAIN: &str = "ai.onnx.ml";
/// Opset from which the axes of a norm are an input.
const OPSET_AXES: i64 = 18;
/// A norm below this is that of a row of zeros, which stays one.
const TINY: f32 = 1e-30;

/// What takes the place of `node`; `None` where it is no such operator, or says what others cannot.
pub(super) fn replacement(graph: &Graph, node: &NodeProto) -> Option<Made> {
    if node.domain != DOMAIN {
        return None;
    }
    match node.op_type.as_str() {
        "Scaler" => scaler(graph, node),
        "Normalizer" => normalizer(graph, node),
        "ArrayFeatureExtractor" => extractor(graph, node),
        _ => None,
    }
}

/// The input as float32.
fn real(graph: &Graph, maker: &mut Maker, name: &str) -> String {
    let input = graph.proto().input.iter().find(|input| input.name == name);
    let tensor = |kind: &TypeProto| kind.tensor_type.as_ref().map(|tensor| tensor.elem_type);
    let element = input.and_then(|input| tensor(input.r#type.as_ref()?)).unwrap_or(Element::Float.code());
    if element == Element::Float.code() {
        return name.to_owned();
    }
    maker.node("Cast", &[name], vec![new_int("to", Element::Float.into())], None)
}

/// (x - offset) * scale.
fn scaler(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let mut maker = Maker::new(graph, node);
    let x = real(graph, &mut maker, node.input.first()?);
    let floats = |name| find(node, name).map(|a| a.floats.clone()).filter(|floats| !floats.is_empty());
    let offset = maker.floats("offset", &floats("offset")?);
    let scale = maker.floats("scale", &floats("scale")?);
    let shifted = maker.node("Sub", &[&x, &offset], Vec::new(), None);
    maker.node("Mul", &[&shifted, &scale], Vec::new(), Some(node.output.first()?));
    Some(maker.finish())
}

/// Each row divided by its norm.
fn normalizer(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let op = match text(node, "norm")?.as_str() {
        "L1" => "ReduceL1",
        "L2" => "ReduceL2",
        _ => return None,
    };
    let mut maker = Maker::new(graph, node);
    let x = real(graph, &mut maker, node.input.first()?);
    let norm = if graph.opset() < OPSET_AXES {
        maker.node(op, &[&x], vec![new_ints("axes", &[-1])], None)
    } else {
        let axes = maker.whole("axes", &[-1]);
        maker.node(op, &[&x, &axes], Vec::new(), None)
    };
    let tiny = maker.floats("tiny", &[TINY]);
    let norm = maker.node("Max", &[&norm, &tiny], Vec::new(), None);
    maker.node("Div", &[&x, &norm], Vec::new(), Some(node.output.first()?));
    Some(maker.finish())
}

/// Numbers of a list at the places that are computed: the class that a label stands for.
fn extractor(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let [list, places] = &node.input[..] else { return None };
    let Some(Constant::Dense(tensor)) = graph.constant(list) else { return None };
    let numbers = matches!(tensor.element(), Some(Element::Float | Element::Int32 | Element::Int64));
    if !numbers || tensor.dims.len() != 1 {
        return None;
    }
    let mut maker = Maker::new(graph, node);
    let row = maker.whole("row", &[1, -1]);
    let places = maker.node("Reshape", &[places, &row], Vec::new(), None);
    maker.node("Gather", &[list, &places], Vec::new(), Some(node.output.first()?));
    Some(maker.finish())
}

#[cfg(test)]
mod tests {
    use super::replacement;
    use crate::graph::proto::{AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto};
    use crate::graph::{Graph, to_f32};
    use sepal_onnx::Message;

    #[test]
    fn a_scaler_subtracts_and_multiplies() {
        let floats = |name: &str, floats: &[f32]| AttributeProto {
            name: name.into(),
            floats: floats.to_vec(),
            ..AttributeProto::default()
        };
        let node = NodeProto {
            domain: "ai.onnx.ml".into(),
            op_type: "Scaler".into(),
            name: "scaler".into(),
            input: vec!["x".into()],
            output: vec!["y".into()],
            attribute: vec![floats("offset", &[1.0, 2.0]), floats("scale", &[0.5, 4.0])],
            ..NodeProto::default()
        };
        let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 17 }];
        let graph = Some(GraphProto { node: vec![node.clone()], ..GraphProto::default() });
        let bytes = ModelProto { opset_import, graph, ..ModelProto::default() }.encode_to_vec();
        let made = replacement(&Graph::decode(bytes).unwrap(), &node).unwrap();
        let ops: Vec<&str> = made.nodes.iter().map(|node| node.op_type.as_str()).collect();
        assert_eq!(ops, ["Sub", "Mul"]);
        assert_eq!(made.nodes[1].output, ["y"]);
        let values: Vec<Vec<f32>> =
            made.constants.iter().map(|t| to_f32(t).unwrap().iter().copied().collect()).collect();
        assert_eq!(values, [vec![1.0, 2.0], vec![0.5, 4.0]]);
        // A message names the node that the file has.
        assert_eq!((made.nodes[0].name.as_str(), made.nodes[1].name.as_str()), ("scaler.sub0", "scaler"));
    }
}

//! Models as deep as the limits allow open on the stack of a tab: one megabyte.

use sepal_core::graph::Element;
use sepal_core::graph::proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto,
};
use sepal_core::session::{Evaluator, File, ModelView, OpenOptions, Plan, Samples, Session};
use sepal_onnx::Message;

const STACK_BYTES: usize = 1 << 20;

fn node(op: &str, input: &str, output: String, attribute: Vec<AttributeProto>) -> NodeProto {
    let (input, output) = (vec![input.to_owned()], vec![output]);
    NodeProto { op_type: op.into(), input, output, attribute, ..NodeProto::default() }
}

fn value(name: &str) -> ValueInfoProto {
    ValueInfoProto { name: name.into(), r#type: None }
}

/// A float32 value of 1 x 4.
fn sized(name: &str) -> ValueInfoProto {
    let axis = |size| DimensionProto { dim_value: Some(size), dim_param: None };
    let shape = Some(TensorShapeProto { dim: vec![axis(1), axis(4)] });
    let tensor_type = Some(TensorTypeProto { elem_type: Element::Float.code(), shape });
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { tensor_type, ..TypeProto::default() }) }
}

fn model(graph: GraphProto) -> Vec<u8> {
    let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 13 }];
    ModelProto { ir_version: 8, opset_import, graph: Some(graph), ..ModelProto::default() }.encode_to_vec()
}

/// `length` operators one behind the other, from the value `v0`.
fn chain(length: usize) -> GraphProto {
    let link = |i: usize| node("Relu", &format!("v{i}"), format!("v{}", i + 1), Vec::new());
    GraphProto {
        node: (0..length).map(link).collect(),
        input: vec![sized("v0")],
        output: vec![value(&format!("v{length}"))],
        ..GraphProto::default()
    }
}

/// Graphs in graphs, each the branches of a node that comes last in a chain.
fn nested(levels: usize) -> GraphProto {
    (0..levels).fold(chain(400), |inner, level| {
        let branch = |name: &str| AttributeProto {
            name: name.into(),
            g: Some(GraphProto { input: Vec::new(), ..inner.clone() }),
            r#type: 5,
            ..AttributeProto::default()
        };
        let output = format!("if{level}");
        let mut outer = chain(2);
        outer.node.push(node("If", "c", output.clone(), vec![branch("then_branch"), branch("else_branch")]));
        outer.output = vec![value(&output)];
        outer
    })
}

fn open(bytes: Vec<u8>) -> Result<ModelView, String> {
    let work = move || {
        let mut session = Session::new();
        let opened = session.open_model(vec![File::new("deep.onnx", bytes)], &OpenOptions::default());
        let view = opened.map_err(|error| error.to_string())?;
        // Carrying out a plan orders the graph again; whether it can be done is not the question.
        drop(session.apply(&Plan::default()));
        if view.evaluation.is_none() {
            let mut evaluator = Evaluator::default();
            evaluator.set_samples(Samples::labelled(vec![1.0; 4], vec![0], vec![4])).unwrap();
            evaluator.set_model(session.base_bytes().unwrap(), None).unwrap();
            evaluator.score(0, 1).unwrap();
        }
        Ok(view)
    };
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work).unwrap().join().unwrap()
}

#[test]
fn the_longest_chain_opens() {
    let view = open(model(chain(1500))).unwrap();
    assert_eq!(view.evaluation, None);
}

#[test]
fn the_deepest_nesting_opens_or_is_refused() {
    // Eight levels of two branches each would be 256 chains: three are enough of those.
    assert!(open(model(nested(3))).is_ok());
    assert!(open(model(nested(9))).unwrap_err().contains("at most"));
}

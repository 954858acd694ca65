//! An edit in memory is what reading the edited file gives.

use sepal_core::graph::proto::NodeProto;
use sepal_core::graph::{Constant, Edit, Graph, int64_tensor, new_int};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixture/model")
}

/// The graphs of all ONNX files of the fixtures that are ones.
fn graphs() -> Vec<(String, Graph)> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let models = files.filter(|path| path.extension().is_some_and(|ending| ending == "onnx"));
    let read =
        |path: PathBuf| Some((path.display().to_string(), Graph::decode(std::fs::read(path).ok()?).ok()?));
    models.filter_map(read).collect()
}

/// All that an edit can do: every third node goes, every other third becomes two, each fifth constant is dropped.
fn edit(graph: &Graph) -> Edit {
    let mut edit = Edit::default();
    for (index, node) in graph.nodes().iter().enumerate() {
        let other =
            NodeProto { op_type: "Other".into(), attribute: vec![new_int("axis", 0)], ..node.clone() };
        match index % 3 {
            0 => edit.replace.insert(index, Vec::new()),
            1 => edit.replace.insert(index, vec![node.clone(), other]),
            _ => None,
        };
    }
    let proto = graph.proto();
    let sparse = graph.sparse_constants().into_iter().map(str::to_owned);
    edit.drop = proto.initializer.iter().step_by(5).map(|tensor| tensor.name.clone()).chain(sparse).collect();
    edit.untyped = proto.value_info.iter().step_by(2).map(|info| info.name.clone()).collect();
    edit.add = vec![int64_tensor("added", &[1, -1])];
    edit.first = graph.nodes().last().cloned().into_iter().collect();
    edit.last = graph.nodes().first().cloned().into_iter().collect();
    edit
}

/// Asserts that both say and are the same; the graph.
fn alike(name: &str, graph: &Graph, edit: &Edit) -> Graph {
    let (bytes, edited) = (graph.encode(edit).unwrap(), graph.edited(edit.clone()).unwrap());
    let again = Graph::decode(bytes.clone()).unwrap();
    assert_eq!(edited.model(), again.model(), "{name}");
    assert_eq!(edited.bytes().unwrap(), bytes, "{name}");
    let shape = |graph: &Graph| graph.constant("added").map(|found| matches!(found, Constant::Dense(_)));
    assert_eq!((shape(&edited), edited.uses("added")), (shape(&again), again.uses("added")), "{name}");
    edited
}

#[test]
fn edits_in_memory_are_those_of_the_file() {
    let graphs = graphs();
    assert!(graphs.len() > 20, "{} fixtures", graphs.len());
    for (name, graph) in graphs {
        alike(&name, &graph, &Edit::default());
        let once = alike(&name, &graph, &edit(&graph));
        // Once more, with ends of its own, on what is edited already.
        let (inputs, outputs) = (once.proto().output.clone(), once.proto().input.clone());
        let ends = Edit { inputs: Some(inputs), outputs: Some(outputs), ..edit(&once) };
        let twice = alike(&name, &once, &ends);
        assert_eq!(twice.clone().into_bytes().unwrap(), twice.bytes().unwrap(), "{name}");
        let settled = twice.clone().settled().unwrap();
        assert_eq!(
            (settled.bytes().unwrap(), settled.model()),
            (twice.bytes().unwrap(), twice.model()),
            "{name}"
        );
    }
}

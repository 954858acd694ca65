//! Editing a model file: what is replaced is written anew, and all else is copied byte for byte.

use crate::Malformed;
use crate::edit::{Edit, listed};
use crate::wire::{self, Field};
use prost::Message;

// Field numbers in ModelProto, GraphProto and what lies in it.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const GRAPH_INITIALIZER: u64 = 5;
const GRAPH_INPUT: u64 = 11;
const GRAPH_OUTPUT: u64 = 12;
const GRAPH_VALUE_INFO: u64 = 13;
const GRAPH_SPARSE_INITIALIZER: u64 = 15;
const TENSOR_NAME: u64 = 8;
const VALUE_NAME: u64 = 1;
const SPARSE_VALUES: u64 = 1;

fn is_graph(field: &Field) -> bool {
    field.number == MODEL_GRAPH
}

/// The model file `bytes`, which says that it is of `ir_version`, with `edit` done.
///
/// # Errors
/// [`Malformed`] where the bytes cannot be walked.
pub fn splice(bytes: &[u8], edit: &Edit, ir_version: i64) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::with_capacity(bytes.len());
    for field in wire::fields(bytes) {
        let field = field?;
        if is_graph(&field) {
            let graph = splice_graph(field.payload, edit, ir_version)?;
            wire::put_message(&mut out, MODEL_GRAPH, &graph);
        } else {
            out.extend_from_slice(field.bytes);
        }
    }
    Ok(out)
}

/// Checks that [`splice`] can walk the model file `bytes`.
///
/// # Errors
/// [`Malformed`] where it cannot.
pub fn walk(bytes: &[u8]) -> Result<(), Malformed> {
    let inner = |field: Field| if is_graph(&field) { wire::check(field.payload) } else { Ok(()) };
    wire::fields(bytes).try_for_each(|field| inner(field?))
}

fn splice_graph(graph: &[u8], edit: &Edit, ir_version: i64) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::with_capacity(graph.len());
    for node in &edit.first {
        wire::put_message(&mut out, GRAPH_NODE, &node.encode_to_vec());
    }
    let mut nodes = 0..;
    for field in wire::fields(graph) {
        let field = field?;
        let replaced = (field.number == GRAPH_NODE).then(|| edit.replace.get(&nodes.next()?)).flatten();
        match field.number {
            GRAPH_NODE if replaced.is_some() => {
                for node in replaced.into_iter().flatten() {
                    wire::put_message(&mut out, GRAPH_NODE, &node.encode_to_vec());
                }
            }
            GRAPH_INPUT if edit.inputs.is_some() => {}
            GRAPH_OUTPUT if edit.outputs.is_some() => {}
            _ if is_dropped(&field, edit)? => {}
            _ => out.extend_from_slice(field.bytes),
        }
    }
    append(&mut out, edit, ir_version);
    Ok(out)
}

fn is_dropped(field: &Field, edit: &Edit) -> Result<bool, Malformed> {
    let name = match field.number {
        GRAPH_VALUE_INFO if !edit.untyped.is_empty() => wire::last(field.payload, VALUE_NAME)?,
        GRAPH_INPUT if !edit.drop.is_empty() => wire::last(field.payload, VALUE_NAME)?,
        GRAPH_INITIALIZER if !edit.drop.is_empty() => wire::last(field.payload, TENSOR_NAME)?,
        GRAPH_SPARSE_INITIALIZER if !edit.drop.is_empty() => {
            let values = wire::last(field.payload, SPARSE_VALUES)?;
            values.map(|values| wire::last(values, TENSOR_NAME)).transpose()?.flatten()
        }
        _ => return Ok(false),
    };
    let names = if field.number == GRAPH_VALUE_INFO { &edit.untyped } else { &edit.drop };
    Ok(names.contains(std::str::from_utf8(name.unwrap_or_default()).unwrap_or_default()))
}

fn append(out: &mut Vec<u8>, edit: &Edit, ir_version: i64) {
    for node in &edit.last {
        wire::put_message(out, GRAPH_NODE, &node.encode_to_vec());
    }
    for input in edit.inputs.iter().flatten() {
        wire::put_message(out, GRAPH_INPUT, &input.encode_to_vec());
    }
    for output in edit.outputs.iter().flatten() {
        wire::put_message(out, GRAPH_OUTPUT, &output.encode_to_vec());
    }
    for tensor in &edit.add {
        wire::put_message(out, GRAPH_INITIALIZER, &tensor.encode_to_vec());
        if let Some(input) = listed(tensor, ir_version) {
            wire::put_message(out, GRAPH_INPUT, &input.encode_to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Edit, splice};
    use crate::proto::{GraphProto, ModelProto, NodeProto};
    use crate::{float_tensor, wire};
    use prost::Message;

    fn model(ir_version: i64) -> Vec<u8> {
        let node = |op: &str| NodeProto {
            op_type: op.into(),
            input: vec!["x".into(), "w".into()],
            output: vec![op.into()],
            ..NodeProto::default()
        };
        let graph = GraphProto {
            node: vec![node("MatMul"), node("Add")],
            initializer: vec![float_tensor("w", &[1], [1.0]), float_tensor("v", &[1], [2.0])],
            ..GraphProto::default()
        };
        let mut bytes =
            ModelProto { ir_version, graph: Some(graph), ..ModelProto::default() }.encode_to_vec();
        // A field that nothing here knows must survive.
        wire::put_message(&mut bytes, 1234, b"unknown");
        bytes
    }

    #[test]
    fn the_empty_edit_gives_the_same_bytes() {
        let bytes = model(8);
        assert_eq!(splice(&bytes, &Edit::default(), 8).unwrap(), bytes);
    }

    #[test]
    fn an_edit_touches_only_what_it_names() {
        for ir_version in [3, 8] {
            let mut edit = Edit::default();
            edit.replace.insert(0, vec![NodeProto { op_type: "Gemm".into(), ..NodeProto::default() }]);
            edit.drop.insert("w".into());
            edit.add.push(float_tensor("u", &[2], [1.0, 2.0]));
            let bytes = splice(&model(ir_version), &edit, ir_version).unwrap();
            assert!(bytes.windows(7).any(|w| w == b"unknown"));
            let again = ModelProto::decode(bytes.as_slice()).unwrap().graph.unwrap();
            let ops: Vec<_> = again.node.iter().map(|n| n.op_type.as_str()).collect();
            assert_eq!(ops, ["Gemm", "Add"]);
            let names: Vec<_> = again.initializer.iter().map(|t| t.name.as_str()).collect();
            assert_eq!(names, ["v", "u"]);
            assert_eq!(again.input.len(), usize::from(ir_version < 4));
        }
    }
}

//! Editing: in the decoded view, and in the file by splicing, where what is replaced is written anew and all else is
//! copied byte for byte.

use super::edit::Edit;
use super::proto::{
    DimensionProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto,
};
use super::wire::Field;
use super::{Graph, GraphError, wire};
use prost::Message;
use std::borrow::Cow;
use std::sync::Arc;

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
/// Before this IR version every initializer must also be listed as a graph input.
const IR_INPUTS_OPTIONAL: i64 = 4;

impl Graph {
    /// The model with `edit` done, which is what [`Graph::decode`] makes of [`Graph::encode`].
    ///
    /// # Errors
    /// As [`Graph::encode`].
    pub fn edited(&self, edit: Edit) -> Result<Self, GraphError> {
        let graphs = wire::fields(&self.file).filter(|field| field.as_ref().is_ok_and(is_graph));
        graphs
            .flat_map(|field| field.map(|field| wire::fields(field.payload)))
            .flatten()
            .try_for_each(|field| field.map(|_| ()))?;
        let model = self.model();
        let model = ModelProto {
            ir_version: model.ir_version,
            opset_import: model.opset_import.clone(),
            producer_name: model.producer_name.clone(),
            graph: Some(edit.done(self.proto(), model.ir_version)),
            metadata_props: model.metadata_props.clone(),
            functions: model.functions.clone(),
        };
        let edits = self.edits.iter().cloned().chain([Arc::new(edit)]).collect();
        Ok(Self::indexed(Arc::clone(&self.file), edits, model))
    }

    /// The model file: the one that was read, where nothing is edited.
    ///
    /// # Errors
    /// [`GraphError::Malformed`] where the bytes that were read cannot be walked.
    pub fn bytes(&self) -> Result<&[u8], GraphError> {
        if self.edits.is_empty() {
            return Ok(&self.file);
        }
        let spliced = || {
            let file = Cow::Borrowed(self.file.as_slice());
            let step = |bytes: Cow<[u8]>, edit: &Arc<Edit>| self.splice(&bytes, edit).map(Cow::Owned);
            self.edits.iter().try_fold(file, step).map(Cow::into_owned)
        };
        self.edited.get_or_init(spliced).as_deref().map_err(Clone::clone)
    }

    /// The model file, without a copy.
    ///
    /// # Errors
    /// As [`Graph::bytes`].
    pub fn into_bytes(self) -> Result<Vec<u8>, GraphError> {
        self.bytes()?;
        self.edited.into_inner().unwrap_or_else(|| Ok(Arc::unwrap_or_clone(self.file)))
    }

    /// The same with its edits in the file, and no longer beside it: for a graph that is kept.
    ///
    /// # Errors
    /// As [`Graph::bytes`].
    pub fn settled(mut self) -> Result<Self, GraphError> {
        self.bytes()?;
        if let Some(file) = self.edited.take() {
            self.file = Arc::new(file?);
            self.edits.clear();
        }
        Ok(self)
    }

    /// The model file with `edit` done. The empty edit gives the file's own bytes.
    ///
    /// # Errors
    /// [`GraphError::Malformed`] where the file's bytes cannot be walked.
    pub fn encode(&self, edit: &Edit) -> Result<Vec<u8>, GraphError> {
        self.splice(self.bytes()?, edit)
    }

    fn splice(&self, bytes: &[u8], edit: &Edit) -> Result<Vec<u8>, GraphError> {
        let mut out = Vec::with_capacity(bytes.len());
        for field in wire::fields(bytes) {
            let field = field?;
            if is_graph(&field) {
                let graph = splice_graph(field.payload, edit, self.model().ir_version)?;
                wire::put_message(&mut out, MODEL_GRAPH, &graph);
            } else {
                out.extend_from_slice(field.bytes);
            }
        }
        Ok(out)
    }
}

fn is_graph(field: &Field) -> bool {
    field.number == MODEL_GRAPH
}

fn splice_graph(graph: &[u8], edit: &Edit, ir_version: i64) -> Result<Vec<u8>, GraphError> {
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

fn is_dropped(field: &Field, edit: &Edit) -> Result<bool, GraphError> {
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
        if ir_version < IR_INPUTS_OPTIONAL {
            wire::put_message(out, GRAPH_INPUT, &as_input(tensor).encode_to_vec());
        }
    }
}

impl Edit {
    /// What `graph`, of a model of `ir_version`, becomes.
    fn done(&self, graph: &GraphProto, ir_version: i64) -> GraphProto {
        let kept = |name: &String| !self.drop.contains(name);
        let unnamed = String::new();
        let sparse = |tensor: &&SparseTensorProto| kept(tensor.values.as_ref().map_or(&unnamed, |v| &v.name));
        let inputs = match &self.inputs {
            Some(inputs) => inputs.clone(),
            None => graph.input.iter().filter(|input| kept(&input.name)).cloned().collect(),
        };
        let listed = self.add.iter().filter(|_| ir_version < IR_INPUTS_OPTIONAL).map(as_input);
        let stated = graph.value_info.iter().filter(|info| !self.untyped.contains(&info.name));
        GraphProto {
            node: self.nodes(&graph.node),
            name: graph.name.clone(),
            initializer: graph
                .initializer
                .iter()
                .filter(|t| kept(&t.name))
                .chain(&self.add)
                .cloned()
                .collect(),
            sparse_initializer: graph.sparse_initializer.iter().filter(sparse).cloned().collect(),
            input: inputs.into_iter().chain(listed).collect(),
            output: self.outputs.clone().unwrap_or_else(|| graph.output.clone()),
            value_info: stated.cloned().collect(),
        }
    }

    fn nodes(&self, nodes: &[NodeProto]) -> Vec<NodeProto> {
        let own = nodes.iter().enumerate().flat_map(|(index, node)| match self.replace.get(&index) {
            Some(others) => others.as_slice(),
            None => std::slice::from_ref(node),
        });
        self.first.iter().chain(own).chain(&self.last).cloned().collect()
    }
}

fn as_input(tensor: &TensorProto) -> ValueInfoProto {
    let dim = |&d: &i64| DimensionProto { dim_value: Some(d), dim_param: None };
    let shape = TensorShapeProto { dim: tensor.dims.iter().map(dim).collect() };
    let tensor_type = TensorTypeProto { elem_type: tensor.data_type, shape: Some(shape) };
    let r#type = TypeProto { tensor_type: Some(tensor_type), ..TypeProto::default() };
    ValueInfoProto { name: tensor.name.clone(), r#type: Some(r#type) }
}

#[cfg(test)]
mod tests {
    use super::super::proto::{GraphProto, ModelProto, NodeProto};
    use super::super::{float_tensor, wire};
    use super::{Edit, Graph};
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
        let graph = Graph::decode(bytes.clone()).unwrap();
        assert_eq!(graph.encode(&Edit::default()).unwrap(), bytes);
    }

    #[test]
    fn an_edit_touches_only_what_it_names() {
        for ir_version in [3, 8] {
            let graph = Graph::decode(model(ir_version)).unwrap();
            let mut edit = Edit::default();
            edit.replace.insert(0, vec![NodeProto { op_type: "Gemm".into(), ..NodeProto::default() }]);
            edit.drop.insert("w".into());
            edit.add.push(float_tensor("u", &[2], [1.0, 2.0]));
            let bytes = graph.encode(&edit).unwrap();
            assert!(bytes.windows(7).any(|w| w == b"unknown"));
            let again = Graph::decode(bytes).unwrap();
            let ops: Vec<_> = again.nodes().iter().map(|n| n.op_type.as_str()).collect();
            assert_eq!(ops, ["Gemm", "Add"]);
            let names: Vec<_> = again.proto().initializer.iter().map(|t| t.name.as_str()).collect();
            assert_eq!(names, ["v", "u"]);
            assert_eq!(again.proto().input.len(), usize::from(ir_version < 4));
        }
    }
}

//! The form of a model that is evaluated: dense, in types that our engine has, one real input, one
//! output. A file that is so already keeps its bytes.

use super::ExportError;
use super::interface::{Interface, Output, Port, is_real, is_whole};
use crate::compress::{Form, Parts, densify, rewrite};
use crate::graph::proto::{
    DimensionProto, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};
use crate::graph::{
    Constant, Edit, Editing, Element, Graph, Layer, declared_shapes, float_tensor, int, int64_tensor,
    new_int, new_ints, to_f32,
};
use std::collections::HashSet;

/// Opset from which the borders of a Slice are inputs.
const OPSET_SLICE: i64 = 10;

/// The model with each listed layer replaced by its parts, as evaluation reads it through `interface`.
///
/// # Errors
/// A layer that cannot be rewritten, which is a bug.
pub fn evaluation(
    graph: &Graph,
    changes: &[(&Layer, &Parts)],
    interface: &Interface,
) -> Result<Vec<u8>, ExportError> {
    Ok(graph.encode(&form(graph, changes, interface, &[])?)?)
}

/// The same as a graph.
///
/// # Errors
/// As [`evaluation`].
pub fn evaluated(
    graph: &Graph,
    changes: &[(&Layer, &Parts)],
    interface: &Interface,
) -> Result<Graph, ExportError> {
    Ok(graph.edited(form(graph, changes, interface, &[])?)?)
}

/// The same with all outputs that hold numbers, the chosen one first: where layers serve the others alone, these
/// are in it too.
///
/// # Errors
/// As [`evaluation`].
pub fn whole(
    graph: &Graph,
    changes: &[(&Layer, &Parts)],
    interface: &Interface,
) -> Result<Vec<u8>, ExportError> {
    Ok(graph.encode(&form(graph, changes, interface, &interface.others)?)?)
}

/// The edit that makes that form.
fn form(
    graph: &Graph,
    changes: &[(&Layer, &Parts)],
    interface: &Interface,
    others: &[Output],
) -> Result<Edit, ExportError> {
    let mut edit = in_our_types(graph, changes)?;
    feed(graph, interface, &mut edit);
    if graph.proto().output.len() > 1 || interface.source.is_some() {
        let chosen = Output { name: interface.output.clone(), source: interface.source.clone() };
        let outputs: Vec<Output> = std::iter::once(chosen).chain(others.iter().cloned()).collect();
        answer(graph, &outputs, &mut edit);
    }
    Ok(edit)
}

/// The same with the model's own inputs and outputs, all of them.
///
/// # Errors
/// As [`evaluation`].
pub fn dense(graph: &Graph, changes: &[(&Layer, &Parts)]) -> Result<Vec<u8>, ExportError> {
    Ok(graph.encode(&in_our_types(graph, changes)?)?)
}

fn in_our_types(graph: &Graph, changes: &[(&Layer, &Parts)]) -> Result<Edit, ExportError> {
    let mut edit = Edit::default();
    for (layer, parts) in changes {
        edit.merge_layer(rewrite(graph, layer, parts, Form::Dense)?, graph);
    }
    densify(graph, &mut edit)?;
    widen(graph, &mut edit);
    Ok(edit)
}

/// Types that the engine holds constants in as they are.
fn is_held(element: i32) -> bool {
    is_real(element) || is_whole(element)
}

/// Makes float32 of what the engine has no type for: bfloat16, weights of 4 or 16 bits, and weights
/// with a scale per block.
fn widen(graph: &Graph, edit: &mut Edit) {
    for (index, node) in graph.nodes().iter().enumerate() {
        if edit.replace.contains_key(&index) {
            continue;
        }
        match node.op_type.as_str() {
            "DequantizeLinear" if !is_plain(graph, node) => dequantise(graph, edit, index, node),
            // Nothing is dropped once a model is trained.
            "Dropout" if !is_training(graph, node) && masks(graph, node) == 0 => {
                let input = node.input.iter().take(1).cloned().collect();
                let output = node.output.iter().take(1).cloned().collect();
                let (op_type, attribute) = ("Identity".into(), Vec::new());
                let identity = NodeProto { input, output, op_type, attribute, ..node.clone() };
                edit.replace.insert(index, vec![identity]);
            }
            "Cast" if Element::stated(node, "to") == Some(Element::Bfloat16) => {
                let to = vec![new_int("to", Element::Float.into())];
                edit.replace.insert(index, vec![NodeProto { attribute: to, ..node.clone() }]);
            }
            "Add" => unfused(graph, edit, index, node),
            _ => {}
        }
    }
    for tensor in &graph.proto().initializer {
        if tensor.element() == Some(Element::Bfloat16) && !edit.drop.contains(&tensor.name) {
            add_float(edit, graph, tensor);
        }
    }
}

/// Keeps the engine from adding a list of another length than a product's rows to it while multiplying, which
/// takes one of the same length for granted: as a table of one row it is added afterwards.
fn unfused(graph: &Graph, edit: &mut Edit, index: usize, node: &NodeProto) {
    let product = |name: &String| {
        let product = graph.producer(name).and_then(|index| graph.nodes().get(index));
        product.filter(|product| product.op_type == "MatMul")
    };
    for (at, name) in node.input.iter().enumerate() {
        let other = node.input.iter().enumerate().find(|(other, _)| *other != at).map(|(_, name)| name);
        let Some(factors) = other.and_then(product).map(|product| &product.input) else { continue };
        let Some(list) = graph.fold(name).ok().filter(|list| list.value.ndim() == 1) else { continue };
        let shape = |name: &String| {
            graph.constant_shape(name).or_else(|| Some(graph.fold(name).ok()?.value.shape().to_vec()))
        };
        let columns = factors.get(1).and_then(shape).and_then(|shape| shape.last().copied());
        // A product of a list of one axis would get a second one from the table.
        let is_list = |name| declared_shapes(graph).get(name).is_some_and(|shape| shape.len() == 1);
        let whole =
            matches!(graph.constant(name), Some(Constant::Dense(tensor)) if !is_real(tensor.data_type));
        if columns == Some(list.value.len()) || whole || factors.first().is_some_and(is_list) {
            continue;
        }
        let row = format!("{name}.row");
        if !edit.add.iter().any(|tensor| tensor.name == row) {
            edit.add.push(float_tensor(&row, &[1, list.value.len()], list.value.iter().copied()));
        }
        let mut input = node.input.clone();
        input.splice(at..=at, [row]);
        edit.replace.insert(index, vec![NodeProto { input, ..node.clone() }]);
        return;
    }
}

/// Whether a `Dropout` drops values, or may.
fn is_training(graph: &Graph, node: &NodeProto) -> bool {
    match node.input.get(2).filter(|name| !name.is_empty()).map(|name| graph.constant(name)) {
        None => false,
        Some(Some(Constant::Dense(flag))) => to_f32(flag).map_or(true, |flag| flag.iter().any(|v| *v != 0.0)),
        Some(_) => true,
    }
}

/// How often it is read which values were dropped.
fn masks(graph: &Graph, node: &NodeProto) -> usize {
    graph.uses(node.output.get(1).map_or("", String::as_str))
}

fn add_float(edit: &mut Edit, graph: &Graph, tensor: &TensorProto) {
    if let Ok(value) = to_f32(tensor) {
        edit.add.push(float_tensor(&tensor.name, value.shape(), value.iter().copied()));
        edit.drop_constant(graph, &tensor.name);
    }
}

/// Whether the engine runs the `DequantizeLinear` as it is.
fn is_plain(graph: &Graph, node: &NodeProto) -> bool {
    let held = |name: &String| match graph.constant(name) {
        Some(Constant::Dense(tensor)) => is_held(tensor.data_type),
        _ => true,
    };
    int(node, "block_size", 0) == 0 && int(node, "output_dtype", 0) == 0 && node.input.iter().all(held)
}

fn dequantise(graph: &Graph, edit: &mut Edit, index: usize, node: &NodeProto) {
    let Some(output) = node.output.first() else { return };
    if let Ok(folded) = graph.fold(output) {
        edit.add.push(float_tensor(output, folded.value.shape(), folded.value.iter().copied()));
        edit.replace.insert(index, Vec::new());
        for name in node.input.iter().filter(|name| graph.uses(name) == 1) {
            edit.release(graph, name);
        }
    } else if int(node, "output_dtype", 0) != 0 {
        let attribute = node.attribute.iter().filter(|a| a.name != "output_dtype").cloned().collect();
        edit.replace.insert(index, vec![NodeProto { attribute, ..node.clone() }]);
    }
}

/// One real input in place of several, or of one that holds whole numbers.
fn feed(graph: &Graph, interface: &Interface, edit: &mut Edit) {
    if interface.ports.is_empty() {
        if interface.single {
            edit.inputs = Some(graph.proto().input.iter().map(|input| of_one(input, interface)).collect());
        }
        return;
    }
    let constants = graph.proto().input.iter().filter(|input| graph.constant(&input.name).is_some());
    let batch = interface.is_batched().then(|| "N".to_owned());
    let mut inputs: Vec<ValueInfoProto> = constants.cloned().collect();
    inputs.push(real_value(&interface.input, &interface.shape, batch));
    edit.inputs = Some(inputs);
    if let [only] = &interface.ports[..]
        && only.samples == 0
    {
        edit.first.push(cast(&interface.input, &only.name, only.element));
        return;
    }
    let mut from = 0;
    for port in &interface.ports {
        let to = from + port.shape.iter().product::<usize>();
        if from == to {
            // A reshape to no elements would take its sizes from what it is given.
            let dims = port.shape.iter().map(|&size| size as i64).collect();
            let data_type = if is_real(port.element) { Element::Float.code() } else { port.element };
            let name = port.name.clone();
            edit.add.push(TensorProto { dims, data_type, name, ..TensorProto::default() });
            continue;
        }
        cut(graph, edit, interface, port, (from, to));
        from = to;
    }
}

/// `input`, for one sample where it is that of the samples.
fn of_one(input: &ValueInfoProto, interface: &Interface) -> ValueInfoProto {
    let mut input = input.clone();
    if input.name == interface.input {
        let tensor = input.r#type.as_mut().and_then(|t| t.tensor_type.as_mut());
        let first = tensor.and_then(|t| t.shape.as_mut()).and_then(|shape| shape.dim.first_mut());
        if let Some(dim) = first {
            *dim = DimensionProto { dim_value: Some(1), dim_param: None };
        }
    }
    input
}

/// The nodes that cut the columns `from .. to` of the packed input out for one of the model's, or reshape the
/// only one.
fn cut(graph: &Graph, edit: &mut Edit, interface: &Interface, port: &Port, (from, to): (usize, usize)) {
    let name = |part: &str| format!("{}.{}.{part}", interface.input, port.name);
    let alone = interface.ports.len() == 1;
    let (begin, end) = ([from as i64], [to as i64]);
    let mut slice = node("Slice", &[&interface.input], &name("slice"));
    if alone {
        slice = node("Identity", &[&interface.input], &name("slice"));
    } else if graph.opset() < OPSET_SLICE {
        slice.attribute = vec![new_ints("starts", &begin), new_ints("ends", &end), new_ints("axes", &[1])];
    } else {
        for (part, value) in [("from", &begin), ("to", &end), ("axis", &[1])] {
            slice.input.push(name(part));
            edit.add.push(int64_tensor(&name(part), value));
        }
    }
    let mut shape: Vec<i64> = port.shape.iter().map(|&d| d as i64).collect();
    if let Some(batch) = shape.first_mut().filter(|_| interface.is_batched()) {
        *batch = -1;
    }
    edit.add.push(int64_tensor(&name("shape"), &shape));
    let real = is_real(port.element);
    let shaped = if real { port.name.clone() } else { name("real") };
    let reshape = node("Reshape", &[&name("slice"), &name("shape")], &shaped);
    edit.first.extend([slice, reshape]);
    if !real {
        edit.first.push(cast(&shaped, &port.name, port.element));
    }
}

fn cast(from: &str, to: &str, element: i32) -> NodeProto {
    let attribute = vec![new_int("to", i64::from(element))];
    NodeProto { attribute, ..node("Cast", &[from], to) }
}

fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: format!("{output}.{}", op.to_lowercase()),
        input: inputs.iter().map(|&input| input.into()).collect(),
        output: vec![output.into()],
        ..NodeProto::default()
    }
}

fn real_value(name: &str, shape: &[usize], batch: Option<String>) -> ValueInfoProto {
    let fixed = |&d: &usize| DimensionProto { dim_value: Some(d as i64), dim_param: None };
    let mut dim: Vec<DimensionProto> = shape.iter().map(fixed).collect();
    if let (Some(first), Some(batch)) = (dim.first_mut(), batch) {
        *first = DimensionProto { dim_value: None, dim_param: Some(batch) };
    }
    let shape = (!shape.is_empty()).then_some(TensorShapeProto { dim });
    let tensor_type = TensorTypeProto { elem_type: Element::Float.code(), shape };
    let r#type = TypeProto { tensor_type: Some(tensor_type), ..TypeProto::default() };
    ValueInfoProto { name: name.into(), r#type: Some(r#type) }
}

/// These outputs alone, real, and only what they need.
fn answer(graph: &Graph, outputs: &[Output], edit: &mut Edit) {
    let needed =
        needed(graph, outputs.iter().map(|o| o.source.as_ref().unwrap_or(&o.name).clone()).collect());
    for index in (0..graph.nodes().len()).filter(|index| !needed.contains(index)) {
        edit.replace.insert(index, Vec::new());
    }
    // The engine has no type for all of them: the words of a label, for one.
    for tensor in graph.proto().initializer.iter().filter(|tensor| !is_held(tensor.data_type)) {
        let read = |index: &usize| graph.nodes().get(*index).is_some_and(|node| reads(node, &tensor.name));
        if !needed.iter().any(read) {
            edit.drop.insert(tensor.name.clone());
        }
    }
    let mut declared = Vec::new();
    for output in outputs {
        let Some(source) = &output.source else {
            declared.extend(graph.proto().output.iter().filter(|o| o.name == output.name).cloned());
            continue;
        };
        let name = format!("{}.real", output.name);
        edit.last.push(cast(source, &name, Element::Float.code()));
        declared.push(real_value(&name, &[], None));
    }
    edit.outputs = Some(declared);
}

/// The nodes that the scored output of `interface` depends on.
pub fn needed_nodes(graph: &Graph, interface: &Interface) -> HashSet<usize> {
    needed(graph, vec![interface.source.as_ref().unwrap_or(&interface.output).clone()])
}

/// Whether a node, or one in its subgraphs, reads the value called `name`.
fn reads(node: &NodeProto, name: &str) -> bool {
    let mut names = node.input.clone();
    let subgraphs = node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs));
    subgraphs.for_each(|inner| read_within(inner, &mut names));
    names.iter().any(|own| own == name)
}

/// The nodes that the values called `names` depend on.
fn needed(graph: &Graph, mut names: Vec<String>) -> HashSet<usize> {
    let mut found = HashSet::new();
    while let Some(name) = names.pop() {
        let Some(index) = graph.producer(&name).filter(|index| found.insert(*index)) else { continue };
        let Some(node) = graph.nodes().get(index) else { continue };
        names.extend(node.input.iter().cloned());
        let subgraphs = node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs));
        subgraphs.for_each(|inner| read_within(inner, &mut names));
    }
    found
}

/// All that nodes of a subgraph read; some of it are values of the graph around.
fn read_within(graph: &GraphProto, names: &mut Vec<String>) {
    names.extend(graph.output.iter().map(|output| output.name.clone()));
    for node in &graph.node {
        names.extend(node.input.iter().cloned());
        let subgraphs = node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs));
        subgraphs.for_each(|inner| read_within(inner, names));
    }
}

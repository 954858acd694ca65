//! Opening a model: sizes that its file leaves open, the one input and output that evaluation knows, the
//! shapes of all values, and all that is not supported.

use super::SessionError;
use super::view::{Effect, OpenOptions, Problem, SizeView};
use crate::evaluate::{EvaluateError, blocked, check_extent, check_padding, trace_shapes, unknown_operators};
use crate::export::artifact::program::Precision;
use crate::export::lower::lower;
use crate::export::{self, ExportError, Interface};
use crate::graph::proto::{NodeProto, ValueInfoProto};
use crate::graph::{Edit, FreeAxis, Graph, Layer, Shapes, declared_inputs, declared_shapes, free_axes};
use crate::import;
use std::collections::BTreeSet;

/// Sizes that are tried for axes that the file leaves open: usual pictures, then usual sequences.
const SIZES: [usize; 8] = [224, 96, 32, 28, 16, 128, 64, 1];

/// What is known of a model once it has been run on one sample.
pub(super) struct Traced {
    pub(super) inputs: Vec<(String, Vec<usize>)>,
    pub(super) interface: Interface,
    pub(super) shapes: Shapes,
    /// Why it cannot be run.
    pub(super) evaluation: Option<String>,
    pub(super) sizes: Vec<SizeView>,
}

/// Runs `graph` on one sample of zeros, for sizes with which that works.
///
/// # Errors
/// `options` name an output that the model does not have.
pub(super) fn trace(graph: &Graph, options: &OpenOptions) -> Result<Traced, SessionError> {
    let free = free_axes(graph);
    let open = free.iter().any(|axis| !options.sizes.contains_key(&axis.name));
    let tried = if open { &SIZES[..] } else { &SIZES[..1] };
    let mut first = None;
    for &size in tried {
        let traced = trace_with(graph, options, (&free, size))?;
        if traced.evaluation.is_none() {
            return Ok(traced);
        }
        first.get_or_insert(traced);
    }
    first.ok_or_else(|| EvaluateError::Interface("it has no sizes to try".into()).into())
}

/// The same with `size` for every free axis that `options` do not state.
fn trace_with(
    graph: &Graph,
    options: &OpenOptions,
    (free, size): (&[FreeAxis], usize),
) -> Result<Traced, SessionError> {
    let mut inputs = declared_inputs(graph);
    let mut sizes = Vec::<SizeView>::new();
    for axis in free {
        let said = options.sizes.get(&axis.name).copied();
        let own = inputs.iter_mut().find(|(name, _)| *name == axis.input);
        if let Some(place) = own.and_then(|(_, shape)| shape.get_mut(axis.axis)) {
            *place = said.unwrap_or(size).max(1);
        }
        if !sizes.iter().any(|known| known.name == axis.name) {
            let size = said.unwrap_or(size).max(1);
            sizes.push(SizeView { name: axis.name.clone(), size, assumed: said.is_none() });
        }
    }
    let interface = match Interface::of(graph, &inputs, options.output.as_deref()) {
        Ok(interface) => interface,
        Err(reason) if options.output.is_some() => return Err(EvaluateError::Interface(reason).into()),
        Err(reason) => {
            let interface = Interface::default();
            let reason = sentence((graph, &interface), EvaluateError::Interface(reason).into());
            let (shapes, evaluation) = (declared_shapes(graph), Some(reason));
            return Ok(Traced { inputs, interface, shapes, evaluation, sizes });
        }
    };
    let (shapes, evaluation) = match shapes_of(graph, &inputs, &interface) {
        Ok(shapes) => (shapes, None),
        Err(error) => {
            let error =
                named(graph).and_then(|named| shapes_of(&named, &inputs, &interface).err()).unwrap_or(error);
            (known_shapes(graph, &inputs), Some(sentence((graph, &interface), error)))
        }
    };
    Ok(Traced { inputs, interface, shapes, evaluation, sizes })
}

/// The same graph with a name for every node, so that errors say which: that of what it gives. None where all
/// have one.
fn named(graph: &Graph) -> Option<Graph> {
    let bare = graph.nodes().iter().enumerate().filter(|(_, node)| node.name.is_empty());
    let name =
        |node: &NodeProto| format!("{} {}", node.op_type, node.output.first().map_or("", String::as_str));
    let replace = bare.map(|(index, node)| (index, vec![NodeProto { name: name(node), ..node.clone() }]));
    let edit = Edit { replace: replace.collect(), ..Edit::default() };
    (!edit.replace.is_empty()).then(|| graph.encode(&edit).and_then(Graph::decode).ok()).flatten()
}

fn shapes_of(
    graph: &Graph,
    inputs: &[(String, Vec<usize>)],
    interface: &Interface,
) -> Result<Shapes, SessionError> {
    check_extent(graph, inputs)?;
    let wanted = graph.nodes().iter().flat_map(|node| node.input.iter().chain(&node.output));
    let wanted: BTreeSet<&String> = wanted.filter(|name| !name.is_empty()).collect();
    let form = export::evaluation(graph, &[], interface)?;
    let mut shapes = trace_shapes(form, &interface.inputs(), &wanted)?;
    interface.add_shapes(&mut shapes);
    check_padding(graph, &shapes)?;
    Ok(shapes)
}

/// The shapes in a model that cannot be run: what its file declares, and of the values in front of the
/// operators that the engine lacks, what running gives.
fn known_shapes(graph: &Graph, inputs: &[(String, Vec<usize>)]) -> Shapes {
    let mut shapes = declared_shapes(graph);
    let blocked = blocked(graph);
    if !blocked.is_empty()
        && let Ok(found) = shapes_without(graph, inputs, &blocked)
    {
        shapes.extend(found);
    }
    shapes
}

/// The shapes of what the nodes give that are not `left_out`.
fn shapes_without(
    graph: &Graph,
    inputs: &[(String, Vec<usize>)],
    left_out: &BTreeSet<usize>,
) -> Result<Shapes, SessionError> {
    let kept = graph.nodes().iter().enumerate().filter(|(index, _)| !left_out.contains(index));
    let given: Vec<&NodeProto> = kept.map(|(_, node)| node).collect();
    let names = given.iter().flat_map(|node| &node.output).filter(|name| !name.is_empty());
    let outputs = names.clone().map(|name| ValueInfoProto { name: name.clone(), r#type: None });
    let replace = left_out.iter().map(|&index| (index, Vec::new())).collect();
    let edit = Edit { replace, outputs: Some(outputs.collect()), ..Edit::default() };
    let bytes = graph.encode(&edit).map_err(ExportError::from)?;
    let front = Graph::decode(bytes).map_err(ExportError::from)?;
    check_extent(&front, inputs)?;
    Ok(trace_shapes(export::dense(&front, &[])?, inputs, &names.collect())?)
}

/// Why the model cannot be run, as the end of a sentence: operators that the engine lacks, all of them,
/// before what it says itself.
fn sentence((graph, interface): (&Graph, &Interface), error: SessionError) -> String {
    let unknown = unknown(graph, interface);
    if unknown.is_empty() {
        return match error {
            SessionError::Evaluate(EvaluateError::Interface(reason) | EvaluateError::Load(reason)) => reason,
            other => other.to_string(),
        };
    }
    let names: Vec<String> = unknown.iter().map(|(node, op)| format!("{op} ('{node}')")).collect();
    format!("the engine has no operator {}", names.join(", "))
}

/// What the engine cannot run of the nodes that the scored output needs; of all, where there is none.
fn unknown(graph: &Graph, interface: &Interface) -> Vec<(String, String)> {
    let needed = export::needed_nodes(graph, interface);
    let name = |index: &usize| {
        let node = graph.nodes().get(*index)?;
        std::iter::once(&node.name).chain(&node.output).find(|name| !name.is_empty())
    };
    let needed: BTreeSet<&String> = needed.iter().filter_map(name).collect();
    let all = interface.output.is_empty();
    unknown_operators(graph).into_iter().filter(|(name, _)| all || needed.contains(name)).collect()
}

/// Everything that is not supported, of import, the engine, compression and the device.
pub(super) fn all_problems(
    graph: &Graph,
    interface: &Interface,
    (layers, shapes): (&[Layer], &Shapes),
    found: &[import::Problem],
) -> Vec<Problem> {
    let mut problems: Vec<Problem> = found.iter().filter_map(Problem::of).collect();
    for (node, op) in unknown(graph, interface) {
        if !problems.iter().any(|p| p.node == node && p.effect == Effect::Evaluation) {
            let reason = "the engine that runs models does not have it".into();
            problems.push(Problem { node, op, reason, effect: Effect::Evaluation });
        }
    }
    for layer in layers {
        if let Err(reason) = &layer.weight {
            let (node, op) = (layer.name.clone(), layer.op.clone());
            problems.push(Problem { node, op, reason: reason.clone(), effect: Effect::Compression });
        }
    }
    problems.extend(device_problems(graph, interface, shapes));
    problems
}

fn device_problems(graph: &Graph, interface: &Interface, shapes: &Shapes) -> Vec<Problem> {
    let lowered = export::evaluation(graph, &[], interface)
        .and_then(|bytes| Ok(Graph::decode(bytes)?))
        .and_then(|form| lower(&form, shapes, None, Precision::Int8).map(|_| ()));
    let Err(ExportError::Unsupported(missing)) = lowered else { return Vec::new() };
    let problem = |missing: export::Missing| {
        let export::Missing { node, op, reason } = missing;
        Problem { node, op, reason, effect: Effect::Device }
    };
    missing.into_iter().map(problem).collect()
}

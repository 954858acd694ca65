//! Opening a model: sizes that its file leaves open, the one input and output that evaluation knows, the
//! shapes of all values, and all that is not supported.

use super::sizes::{Known, TRIED};
use crate::collect::collected;
use crate::evaluate::{
    EvaluateError, Refusal, Traces, blocked, check_extent, refused_because, trace_shapes, unknown_operators,
    unsound,
};
use crate::export::artifact::program::Precision;
use crate::export::lower::lower;
use crate::export::{self, ExportError, Interface};
use crate::graph::proto::{NodeProto, ValueInfoProto};
use crate::graph::{Edit, Graph, Layer, Shapes, declared_inputs, declared_shapes, free_axes};
use crate::import;
use crate::session::SessionError;
use crate::session::view::{Effect, Problem, SizeView};
use std::collections::BTreeSet;

/// What is known of a model once it has been run on one sample.
pub(in crate::session) struct Traced {
    pub(in crate::session) inputs: Vec<(String, Vec<usize>)>,
    pub(in crate::session) interface: Interface,
    pub(in crate::session) shapes: Shapes,
    /// Why it cannot be run.
    pub(in crate::session) evaluation: Option<String>,
    /// The nodes because of which that is so.
    pub(in crate::session) refused: Vec<Refusal>,
    /// Whether all its outputs can be run, not the chosen one alone.
    pub(in crate::session) whole: bool,
    pub(in crate::session) sizes: Vec<SizeView>,
}

/// Runs `graph` on one sample of zeros, for sizes with which that works; `output` names the output that is
/// scored.
///
/// # Errors
/// The model does not have that output.
pub(in crate::session) fn trace(
    graph: &Graph,
    output: Option<&str>,
    known: &Known,
) -> Result<Traced, SessionError> {
    let open = free_axes(graph).iter().any(|axis| known.get(&axis.name).is_none());
    let tried = if open { &TRIED[..] } else { &TRIED[..1] };
    let mut first = None;
    for &size in tried {
        let traced = trace_with(graph, output, (known, size))?;
        if traced.evaluation.is_none() {
            return Ok(traced);
        }
        first.get_or_insert(traced);
    }
    // Where the engine lacks an operator, or would do it wrong, no size is to blame.
    let may_help = unknown_operators(graph).is_empty();
    first
        .map(|first| if may_help && first.refused.is_empty() { first.guessed() } else { first })
        .ok_or_else(|| EvaluateError::Interface("it has no sizes to try".into()).into())
}

impl Traced {
    /// The same, where a size that was guessed may be why it cannot be run.
    fn guessed(mut self) -> Self {
        let names: Vec<&str> = self.sizes.iter().filter(|s| s.assumed).map(|s| s.name.as_str()).collect();
        if let (Some(reason), false) = (&mut self.evaluation, names.is_empty()) {
            let (names, tried) = (names.join(", "), TRIED.map(|size| size.to_string()).join(", "));
            *reason = format!(
                "{reason} (nor does any size work that was guessed for {names}: {tried}; samples may set them, else state them with --size)"
            );
        }
        self
    }
}

/// The same with `size` for every free axis of which nothing is known.
fn trace_with(
    graph: &Graph,
    output: Option<&str>,
    (known, size): (&Known, usize),
) -> Result<Traced, SessionError> {
    let mut inputs = declared_inputs(graph);
    let mut sizes = Vec::<SizeView>::new();
    for axis in free_axes(graph) {
        let view = known.view(&axis.name, size);
        let own = inputs.iter_mut().find(|(name, _)| *name == axis.input);
        if let Some(place) = own.and_then(|(_, shape)| shape.get_mut(axis.axis)) {
            *place = view.size;
        }
        if !sizes.iter().any(|known| known.name == axis.name) {
            sizes.push(view);
        }
    }
    let interface = match Interface::of(graph, &inputs, output) {
        Ok(interface) => interface,
        Err(reason) if output.is_some() => return Err(EvaluateError::Interface(reason).into()),
        Err(reason) => {
            let interface = Interface::default();
            let refused = unknown_operators(graph);
            let evaluation = Some(sentence(&refused, EvaluateError::Interface(reason).into()));
            let shapes = declared_shapes(graph);
            return Ok(Traced { inputs, interface, shapes, evaluation, refused, whole: false, sizes });
        }
    };
    let mut refused = unknown_operators(graph);
    let (shapes, error, whole) = match traces_of(graph, &inputs, &interface) {
        Ok((traces, whole)) => {
            refused.extend(unsound(graph, &traces));
            (traces.shapes, None, whole && refused.is_empty())
        }
        Err(error) => {
            let error =
                named(graph).and_then(|named| traces_of(&named, &inputs, &interface).err()).unwrap_or(error);
            (known_shapes(graph, &inputs), Some(error), false)
        }
    };
    let refused = of_needed(graph, &interface, refused);
    let because = (!refused.is_empty()).then(|| refused_because(&refused));
    let evaluation = error.map(|error| sentence(&refused, error)).or(because);
    Ok(Traced { inputs, interface, shapes, evaluation, refused, whole, sizes })
}

/// The same graph with a name for every node, so that errors say which: that of what it gives. None where all
/// have one.
fn named(graph: &Graph) -> Option<Graph> {
    let bare = graph.nodes().iter().enumerate().filter(|(_, node)| node.name.is_empty());
    let name = |node: &NodeProto| format!("{} {}", node.op_type, node.label());
    let replace = bare.map(|(index, node)| (index, vec![NodeProto { name: name(node), ..node.clone() }]));
    let edit = Edit { replace: collected(replace), ..Edit::default() };
    (!edit.replace.is_empty()).then(|| graph.edited(edit).ok()).flatten()
}

/// What a run tells of all values, and whether all outputs can be run: else the shapes of those behind the others
/// are what the file declares, and what can be run of them.
fn traces_of(
    graph: &Graph,
    inputs: &[(String, Vec<usize>)],
    interface: &Interface,
) -> Result<(Traces, bool), SessionError> {
    check_extent(graph, inputs)?;
    let wanted = graph.nodes().iter().flat_map(|node| node.input.iter().chain(&node.output));
    let wanted: BTreeSet<&String> = collected(wanted.filter(|name| !name.is_empty()));
    let run = |form: Vec<u8>| -> Result<Traces, SessionError> {
        let mut traces = trace_shapes(form, &interface.inputs(), &wanted)?;
        interface.add_shapes(&mut traces.shapes);
        Ok(traces)
    };
    let all = export::whole(graph, &[], interface).map_err(SessionError::from).and_then(run);
    match all {
        Err(_) if interface.others().next().is_some() => {
            let mut traces = run(export::evaluation(graph, &[], interface)?)?;
            let mut shapes = known_shapes(graph, inputs);
            shapes.extend(std::mem::take(&mut traces.shapes));
            Ok((Traces { shapes, ..traces }, false))
        }
        found => Ok((found?, true)),
    }
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
    let replace = collected(left_out.iter().map(|&index| (index, Vec::new())));
    let edit = Edit { replace, outputs: Some(outputs.collect()), ..Edit::default() };
    let front = graph.edited(edit).map_err(ExportError::from)?;
    check_extent(&front, inputs)?;
    Ok(trace_shapes(export::dense(&front, &[])?, inputs, &collected(names))?.shapes)
}

/// Why the model cannot be run, as the end of a sentence: what the engine lacks or would do wrong, all of it,
/// before what it says itself.
fn sentence(refused: &[Refusal], error: SessionError) -> String {
    match error {
        _ if !refused.is_empty() => refused_because(refused),
        SessionError::Evaluate(EvaluateError::Interface(reason) | EvaluateError::Load(reason)) => reason,
        other => other.to_string(),
    }
}

/// Those of `refused` that the scored output needs; all, where there is none.
fn of_needed(graph: &Graph, interface: &Interface, refused: Vec<Refusal>) -> Vec<Refusal> {
    let needed = export::needed_nodes(graph, interface);
    let all = interface.output.is_empty();
    refused.into_iter().filter(|refusal| all || needed.contains(&refusal.place)).collect()
}

/// Everything that is not supported, of import, the engine, compression and the device.
pub(super) fn all_problems(
    graph: &Graph,
    interface: &Interface,
    (layers, shapes): (&[Layer], &Shapes),
    (found, refused): (&[import::Problem], &[Refusal]),
) -> Vec<Problem> {
    let mut problems: Vec<Problem> = found.iter().filter_map(Problem::of).collect();
    for Refusal { node, op, reason, .. } in refused.iter().cloned() {
        if !problems.iter().any(|p| p.node == node && p.effect == Effect::Evaluation) {
            let reason = reason.unwrap_or_else(|| "the engine that runs models does not have it".into());
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

/// Those of a device's `problems` that are gone at a smaller size than the one that was guessed.
pub(super) fn of_guess(
    graph: &Graph,
    (output, known): (Option<&str>, &Known),
    sizes: &[SizeView],
    problems: Vec<Problem>,
) -> Vec<Problem> {
    let guess = sizes.iter().find(|size| size.assumed).map_or(0, |size| size.size);
    let smaller = if problems.is_empty() { &[][..] } else { &TRIED[..] };
    let mut smaller: Vec<usize> = smaller.iter().copied().filter(|size| *size < guess).collect();
    smaller.sort_unstable();
    let mut runs = smaller.into_iter().filter_map(|size| trace_with(graph, output, (known, size)).ok());
    let Some(traced) = runs.find(|traced| traced.evaluation.is_none()) else { return Vec::new() };
    let left = device_problems(graph, &traced.interface, &traced.shapes);
    let is_left = |one: &Problem| left.iter().any(|other| (&other.node, &other.op) == (&one.node, &one.op));
    problems.into_iter().filter(|one| !is_left(one)).collect()
}

fn device_problems(graph: &Graph, interface: &Interface, shapes: &Shapes) -> Vec<Problem> {
    let lowered = export::evaluated(graph, &[], interface)
        .and_then(|form| lower(&form, shapes, None, Precision::Int8).map(|_| ()));
    let Err(ExportError::Unsupported(missing)) = lowered else { return Vec::new() };
    let missing = interface.in_own_words(graph, missing);
    let problem = |missing: export::Missing| {
        let export::Missing { node, op, reason } = missing;
        Problem { node, op, reason, effect: Effect::Device }
    };
    missing.into_iter().map(problem).collect()
}

//! One case through import, our graph and rten; and through rten alone where that goes wrong, to tell whose
//! fault it is.

use crate::case::{Blob, Case};
use crate::layer;
use rten::{Model, ModelOptions, Value, ValueOrView};
use sepal_core::evaluate::{Refusal, mended, refused_because, trace_shapes, unknown_operators, unsound};
use sepal_core::export::{self, Interface};
use sepal_core::graph::Graph;
use sepal_core::import;

/// What became of a case.
pub(crate) struct Outcome {
    pub(crate) sentence: String,
    /// The model as rten got it, where that is not the case's own file.
    pub(crate) changed: Option<Vec<u8>>,
}

/// Runs `case`.
pub(crate) fn judge(case: &Case, blob: &Blob) -> Outcome {
    let file = blob.piece(case.model);
    let graph = match import::onnx(&case.name, file.to_vec()) {
        Ok(graph) => graph,
        Err(error) => {
            let said = error.to_string();
            let reason = said.split_once(": ").map_or(said.as_str(), |(_, reason)| reason);
            return Outcome { sentence: format!("refused: {reason}"), changed: None };
        }
    };
    let bytes = match export::dense(&graph, &[]) {
        Ok(bytes) => bytes,
        Err(error) => return Outcome { sentence: format!("OURS: {error}"), changed: None },
    };
    let sentence = match (attempt(case, blob, &bytes), case.foreign()) {
        (_, Some(foreign)) => foreign,
        (Ok(outputs), None) => passed(case, blob, &graph, &outputs),
        (Err(_), None) if case.is_wide() => "dtype not ours: int64 beyond 32 bits".into(),
        (Err(reason), None) if bytes != file && attempt(case, blob, file).is_ok() => {
            format!("OURS: {reason}")
        }
        (Err(reason), None) => reason,
    };
    let sentence = with_refusals(sentence, &refusals(case, &graph, &bytes));
    Outcome { sentence, changed: (bytes != file).then_some(bytes) }
}

/// What would come out wrong here, as a user is told before anything is run.
fn refusals(case: &Case, graph: &Graph, bytes: &[u8]) -> Vec<Refusal> {
    let names = graph.nodes().iter().flat_map(|node| node.input.iter().chain(&node.output));
    let wanted = names.filter(|name| !name.is_empty()).collect();
    let traces = trace_shapes(bytes.to_vec(), &case.shapes(graph), &wanted).unwrap_or_default();
    let mut all = unknown_operators(graph);
    all.extend(unsound(graph, &traces));
    all.retain(|refusal| refusal.reason.is_some());
    all
}

fn with_refusals(sentence: String, refusals: &[Refusal]) -> String {
    let because = refused_because(refusals);
    match (refusals, sentence.split_once(':').map_or(sentence.as_str(), |(kind, _)| kind)) {
        ([], _) => sentence,
        (_, "wrong value in rten itself") => format!("refused: {because}"),
        (_, kind) if kind.starts_with("pass") => format!("{sentence}; though refused: {because}"),
        _ => sentence,
    }
}

fn passed(case: &Case, blob: &Blob, graph: &Graph, outputs: &[Value]) -> String {
    let mut sentence = match case.packed(blob) {
        Some(input) => match packed(case, blob, graph, input) {
            Ok(None) => "pass, packed too".into(),
            Ok(Some(refusal)) => format!("pass; packed it is refused: {refusal}"),
            Err(reason) => format!("OURS: packed, {reason}"),
        },
        None => "pass".to_owned(),
    };
    if case.name.ends_with("_constant") {
        sentence.push_str("; ");
        sentence.push_str(&layer::whole(graph, &case.values(blob), outputs));
    }
    sentence
}

/// Runs the form of one real input and one real output, as the page and the command line do, which may refuse it
/// in words.
fn packed(case: &Case, blob: &Blob, graph: &Graph, input: Value) -> Result<Option<String>, String> {
    let interface = match Interface::of(graph, &case.shapes(graph), None) {
        Ok(interface) => interface,
        Err(refusal) => return Ok(Some(refusal)),
    };
    let bytes = export::evaluation(graph, &[], &interface).map_err(|error| error.to_string())?;
    let at = graph.proto().output.iter().position(|output| output.name == interface.output).unwrap_or(0);
    let found = run(&bytes, &[input], true)?;
    case.real_difference(blob, at, &found).map_or(Ok(None), Err)
}

/// The right outputs, or why there are none. Evaluation runs rten with its fusions, and calibration without
/// them: both must be right.
fn attempt(case: &Case, blob: &Blob, bytes: &[u8]) -> Result<Vec<Value>, String> {
    let inputs = case.values(blob);
    let checked = |optimise: bool| {
        let outputs = run(bytes, &inputs, optimise)?;
        match case.difference(blob, &outputs) {
            None => Ok(outputs),
            Some(difference) => Err(format!("wrong value in rten itself: {difference}")),
        }
    };
    match (checked(true), checked(false)) {
        (Ok(outputs), Ok(_)) => Ok(outputs),
        (Err(reason), Err(_)) => Err(reason),
        (Err(reason), Ok(_)) => Err(format!("{reason}, with fusions")),
        (Ok(_), Err(reason)) => Err(format!("{reason}, without fusions")),
    }
}

/// The outputs of the model in `bytes`, or rten's reason.
pub(crate) fn run(bytes: &[u8], inputs: &[Value], optimise: bool) -> Result<Vec<Value>, String> {
    let mut options = ModelOptions::with_all_ops();
    options.enable_optimization(optimise);
    let bytes = mended(bytes.to_vec()).map_err(|error| error.to_string())?;
    let model = options.load(bytes).map_err(|error| loading(&error.to_string()))?;
    run_model(&model, inputs).map_err(|error| running(&error))
}

/// rten's reason not to load a model, in few words.
fn loading(said: &str) -> String {
    let reason = said.rsplit_once("operator error: ").map_or(said, |(_, reason)| reason);
    let lacks = [" operator not supported or not enabled", " operator not enabled because"];
    match lacks.iter().find_map(|words| reason.split_once(words)) {
        Some((operator, "")) => format!("rten lacks {operator}"),
        Some((operator, _)) => format!("rten as we build it lacks {operator}"),
        None => format!("rten cannot load it: {reason}"),
    }
}

/// rten's reason not to run it, without the node's name and the shapes of its inputs.
fn running(said: &str) -> String {
    let reason = said.split_once(" failed: ").map_or(said, |(_, reason)| reason);
    let reason = reason.split_once(". Inputs were").map_or(reason, |(reason, _)| reason);
    format!("rten cannot run it: {reason}")
}

fn run_model(model: &Model, inputs: &[Value]) -> Result<Vec<Value>, String> {
    let ids = model.input_ids();
    if ids.len() != inputs.len() {
        return Err(format!("{} inputs instead of {}", ids.len(), inputs.len()));
    }
    let given = ids.iter().copied().zip(inputs.iter().map(ValueOrView::from)).collect();
    model.run(given, model.output_ids(), None).map_err(|error| error.to_string())
}

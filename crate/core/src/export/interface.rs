//! What a model is fed with and asked for: one real input and one output, whatever its file has.

use super::Missing;
use crate::graph::proto::ValueInfoProto;
use crate::graph::{Element, Graph, Shapes, batch_axis};

/// The input's name where there are several, or where it is not real; longer where that is taken.
const PACKED: &str = "sepal.input";

/// The one input and the one output that evaluation knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// The input's name in the form that is evaluated.
    pub input: String,
    /// Its shape for one sample, batch first.
    pub shape: Vec<usize>,
    /// The output.
    pub output: String,
    /// Whether samples are run one at a time: the form that is evaluated then has room for no more.
    pub single: bool,
    /// The model's own inputs, where they are not simply the one input.
    pub(super) ports: Vec<Port>,
    /// The output is computed from this value, which may be no float.
    pub(super) source: Option<String>,
    /// The model's other outputs that hold numbers.
    pub(super) others: Vec<Output>,
    /// Those that hold none.
    pub(super) texts: Vec<String>,
}

/// An output of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) name: String,
    /// What it is computed from, where that must be made real first.
    pub(super) source: Option<String>,
}

/// An input of the model, cut out of the packed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) element: i32,
    /// Whether its first axis is the batch.
    pub(super) batched: bool,
    /// The axis that counts samples, of which there is one where that is not the first.
    pub(super) samples: usize,
}

impl Interface {
    /// That of `graph`, whose `inputs` have these shapes for one sample; `wanted` names the output.
    ///
    /// # Errors
    /// Why it cannot be evaluated, as the end of a sentence about the model.
    pub fn of(graph: &Graph, inputs: &[(String, Vec<usize>)], wanted: Option<&str>) -> Result<Self, String> {
        let ports = inputs.iter().map(|(name, shape)| port(graph, name, shape));
        let ports = ports.collect::<Result<Vec<_>, _>>()?;
        let Output { name: output, source } = chosen(graph, wanted)?;
        let (input, shape, ports) = match &ports[..] {
            [] => return Err("it has no inputs".into()),
            [only] if only.shape.is_empty() => {
                return Err(format!(
                    "its input '{}' is one number without axes, which is no sample",
                    only.name
                ));
            }
            [only] if is_real(only.element) && only.samples == 0 => {
                (only.name.clone(), only.shape.clone(), Vec::new())
            }
            [only] if only.samples == 0 => (unused(graph), only.shape.clone(), ports),
            [only] => (unused(graph), [vec![1], only.sample()].concat(), ports),
            _ => {
                let each = |port: &Port| port.shape.iter().product::<usize>();
                (unused(graph), vec![1, ports.iter().map(each).sum()], ports)
            }
        };
        let mut own = Self { input, shape, output, ports, source, ..Self::default() };
        for info in graph.proto().output.iter().filter(|info| info.name != own.output) {
            match answer(graph, info) {
                Some(other) => own.others.push(other),
                None => own.texts.push(info.name.clone()),
            }
        }
        Ok(own)
    }

    /// The names of the outputs that are not scored and hold numbers, as [`super::whole`] has them behind the
    /// scored one.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(|output| output.name.as_str())
    }

    /// What is `missing` for the form of `graph` that is evaluated, without nodes and names that only that form has.
    pub(crate) fn in_own_words(&self, graph: &Graph, missing: Vec<Missing>) -> Vec<Missing> {
        if self.input.is_empty() {
            return missing;
        }
        let mut told: Vec<Missing> = Vec::new();
        for mut one in missing {
            let known = one.node.is_empty() || graph.nodes().iter().any(|node| node.label() == one.node);
            if !known && self.input != one.node && one.node.starts_with(&self.input) {
                let names: Vec<&str> = self.ports.iter().map(|port| port.name.as_str()).collect();
                let reason = "a device is given one input, of real numbers".into();
                one = Missing { node: names.join("', '"), op: "the input".into(), reason };
            } else if !known && one.node.starts_with(&format!("{}.real", self.output)) {
                let reason = "it holds whole numbers, where a device gives real ones".into();
                one = Missing { node: self.output.clone(), op: "the output".into(), reason };
            }
            if !told.contains(&one) {
                told.push(one);
            }
        }
        told
    }

    /// The value that an output is computed from: mostly itself.
    pub fn source_of<'a>(&'a self, output: &'a str) -> &'a str {
        let own = self.others.iter().find(|other| other.name == output).map(|other| &other.source);
        let own = if self.output == output { Some(&self.source) } else { own };
        own.and_then(Option::as_deref).unwrap_or(output)
    }

    /// Whether an output that is not scored holds whole numbers, as classes are.
    pub fn is_whole(&self, output: &str) -> bool {
        self.others.iter().any(|other| other.name == output && other.source.as_deref() == Some(output))
    }

    /// The names of the outputs that hold no numbers.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The input with its shape, as a table of one.
    pub fn inputs(&self) -> Vec<(String, Vec<usize>)> {
        vec![(self.input.clone(), self.shape.clone())]
    }

    /// Adds the shapes of the model's own inputs to `shapes`.
    pub fn add_shapes(&self, shapes: &mut Shapes) {
        shapes.extend(self.ports.iter().map(|port| (port.name.clone(), port.shape.clone())));
    }

    /// The axis of the model's input called `name` that counts samples.
    pub fn batch_axis(&self, name: &str) -> usize {
        self.ports.iter().find(|port| port.name == name).map_or(0, |port| port.samples)
    }

    /// Whether samples can be run together: every input's first axis is free.
    pub(super) fn is_batched(&self) -> bool {
        !self.single && self.ports.iter().all(|port| port.batched)
    }
}

impl Port {
    /// The shape of a sample.
    fn sample(&self) -> Vec<usize> {
        let axes = self.shape.iter().enumerate().filter(|(axis, _)| *axis != self.samples);
        axes.map(|(_, size)| *size).collect()
    }
}

/// Types that the engine takes as float32.
pub(super) fn is_real(element: i32) -> bool {
    Element::try_from(element).map_or(element == UNSTATED, Element::is_real)
}

/// Where the file states no type.
const UNSTATED: i32 = 0;

/// Types of whole numbers that are made real, and real ones made them, and that the engine holds as they are.
pub(super) fn is_whole(element: i32) -> bool {
    let whole = |element| {
        matches!(element, Element::Int64 | Element::Int32 | Element::Int8 | Element::Uint8 | Element::Bool)
    };
    Element::try_from(element).is_ok_and(whole)
}

fn port(graph: &Graph, name: &str, shape: &[usize]) -> Result<Port, String> {
    let info = graph.proto().input.iter().find(|input| input.name == name);
    let element = info.map_or(UNSTATED, element_of);
    if !is_real(element) && !is_whole(element) {
        return Err(format!("its input '{name}' holds no numbers that can be given (ONNX type {element})"));
    }
    let first = info.and_then(|info| {
        info.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?.dim.first().map(|d| d.dim_value)
    });
    let samples = batch_axis(graph, name);
    if let Some(size) = shape.get(samples).filter(|size| samples > 0 && **size != 1) {
        return Err(format!(
            "its input '{name}' takes {size} samples at a time, along axis {samples}: export it for one"
        ));
    }
    let batched = samples == 0 && first.is_some_and(|size| size.is_none_or(|size| size <= 0));
    Ok(Port { name: name.into(), shape: shape.to_vec(), element, batched, samples })
}

fn element_of(info: &ValueInfoProto) -> i32 {
    info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()).map_or(0, |tensor| tensor.elem_type)
}

/// The output that is scored: the one that is wanted, else the first real one.
fn chosen(graph: &Graph, wanted: Option<&str>) -> Result<Output, String> {
    let outputs = &graph.proto().output;
    let names = || outputs.iter().map(|o| o.name.as_str()).collect::<Vec<_>>().join(", ");
    let real = |info: &&ValueInfoProto| is_real(element_of(info)) || listed(graph, &info.name).is_some();
    let chosen = match wanted {
        Some(name) => outputs
            .iter()
            .find(|o| o.name == name)
            .ok_or_else(|| format!("it has no output '{name}', but {}", names()))?,
        None => outputs.iter().find(real).or(outputs.first()).ok_or("it has no outputs")?,
    };
    let name = chosen.name.clone();
    let source = listed(graph, &name).or_else(|| (!real(&chosen)).then(|| name.clone()));
    Ok(Output { name, source })
}

/// scikit-learn's classifiers give probabilities as a list of tables made of this tensor.
fn listed(graph: &Graph, name: &str) -> Option<String> {
    let node = graph.producer(name).and_then(|index| graph.nodes().get(index))?;
    if node.op_type == "ZipMap" { node.input.first().cloned() } else { None }
}

/// An output that is not scored, where it holds numbers.
fn answer(graph: &Graph, info: &ValueInfoProto) -> Option<Output> {
    let (element, name) = (element_of(info), info.name.clone());
    if let Some(source) = listed(graph, &name) {
        return Some(Output { name, source: Some(source) });
    }
    let source = (!is_real(element)).then(|| name.clone());
    (is_real(element) || is_whole(element)).then_some(Output { name, source })
}

fn unused(graph: &Graph) -> String {
    let mut name = PACKED.to_owned();
    while graph.constant(&name).is_some()
        || graph.producer(&name).is_some()
        || graph.proto().input.iter().any(|input| input.name == name)
    {
        name.push('\'');
    }
    name
}

//! What a model's file says of its input: quantisation, and ONNX's metadata of pictures.

use crate::dataset::{Choosing, Colour, Scaling};
use crate::graph::operator::Moves;
use crate::graph::{Constant, Element, Graph, Known, to_f32};

/// How the model's own 8-bit input stands for real values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quantisation {
    pub scale: f32,
    pub zero_point: i32,
    pub is_signed: bool,
}

impl Quantisation {
    /// real = scale * (q - zero point).
    pub(crate) fn scaling(self) -> Scaling {
        Scaling::linear(self.scale, -self.scale * self.zero_point as f32)
    }

    /// The real values that it can stand for.
    fn range(self) -> (f32, f32) {
        let (least, most) = if self.is_signed { (-128, 127) } else { (0, 255) };
        let real = |q: i32| self.scale * (q - self.zero_point) as f32;
        (real(least), real(most))
    }
}

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Hints {
    pub quantisation: Option<Quantisation>,
    pub colour: Option<Colour>,
    /// The least and the greatest value that a picture's bytes become.
    pub range: Option<(f32, f32)>,
    /// The type of the inputs, where it holds whole numbers: stored ones are read as they are.
    pub whole: Option<Whole>,
    /// What a single output is compared with, where the operator that gives it says so.
    pub threshold: Option<f32>,
}

/// A type of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Whole {
    /// How people call it.
    pub name: &'static str,
    /// What it holds; open where only some inputs are of whole numbers.
    pub range: Option<(f32, f32)>,
}

impl Hints {
    /// Of a model with `inputs`, of which `output` is asked.
    pub(crate) fn of(graph: &Graph, inputs: &[&str], output: &str) -> Self {
        let quantisation = inputs.first().and_then(|input| quantisation(graph, input));
        let property = |key: &str| {
            let found = graph.model().metadata_props.iter().find(|entry| entry.key == key);
            found.map(|entry| entry.value.as_str())
        };
        // **Source**: ONNX, MetadataProps.md.
        let colour = match property("Image.BitmapPixelFormat") {
            Some("Gray8") => Some(Colour::Grey),
            Some("Rgb8") => Some(Colour::Rgb),
            Some("Bgr8") => Some(Colour::Bgr),
            _ => None,
        };
        let stated = match property("Image.NominalPixelRange") {
            Some("NominalRange_0_255") => Some((0.0, 255.0)),
            Some("Normalized_0_1") => Some((0.0, 1.0)),
            Some("Normalized_1_1") => Some((-1.0, 1.0)),
            _ => None,
        };
        Self {
            quantisation,
            colour,
            range: stated.or(quantisation.map(Quantisation::range)),
            whole: whole(graph, inputs),
            threshold: threshold(graph, output),
        }
    }

    /// What bytes most likely become: 0 to 1, unless the file says otherwise.
    pub(crate) fn usual(&self) -> Scaling {
        let (low, high) = self.range.unwrap_or((0.0, 1.0));
        match (low, high) {
            (_, high) if high > 200.0 && low > -1.0 => Scaling::identity(),
            (low, high) if high > 100.0 && low < -100.0 => Scaling::linear(1.0, -128.0),
            (low, _) if low < -0.5 => Scaling::linear(1.0 / 127.5, -1.0),
            _ => Scaling::factor(1.0 / 255.0),
        }
    }
}

/// The type of whole numbers that the inputs are declared to hold, all of them or some.
fn whole(graph: &Graph, inputs: &[&str]) -> Option<Whole> {
    let of = |name: &&str| {
        let info = graph.proto().input.iter().find(|input| input.name == **name)?;
        let found = match Element::try_from(info.r#type.as_ref()?.tensor_type.as_ref()?.elem_type).ok()? {
            Element::Uint8 => ("uint8", 0.0, 255.0),
            Element::Int8 => ("int8", -128.0, 127.0),
            Element::Int32 => ("int32", -2_147_483_648.0, 2_147_483_647.0),
            Element::Int64 => ("int64", -9.3e18, 9.3e18),
            Element::Bool => ("bool", 0.0, 1.0),
            _ => return None,
        };
        Some(Whole { name: found.0, range: Some((found.1, found.2)) })
    };
    let found: Vec<Whole> = inputs.iter().filter_map(of).collect();
    let first = found.first().copied()?;
    let alike = found.len() == inputs.len() && found.iter().all(|one| *one == first);
    Some(if alike { first } else { Whole { name: "whole numbers", range: None } })
}

/// What the single value that `output` holds is compared with: 0.5 for a sigmoid's probability, 0 for what lies
/// around it.
fn threshold(graph: &Graph, output: &str) -> Option<f32> {
    let mut name = output;
    loop {
        let node = graph.nodes().get(graph.producer(name)?)?;
        match node.op_type.as_str() {
            "Sigmoid" | "HardSigmoid" | "Softmax" => return Some(Choosing::PROBABILITY),
            "Tanh" | "Softsign" => return Some(Choosing::LOGIT),
            "Cast" | "QuantizeLinear" | "DequantizeLinear" => {}
            _ if node.facts().moves == Some(Moves::All) => {}
            _ => return None,
        }
        name = node.input.first()?;
    }
}

/// The quantisation right behind the input.
fn quantisation(graph: &Graph, input: &str) -> Option<Quantisation> {
    let mut same = vec![input];
    for node in graph.nodes() {
        let reads = node.input.first().is_some_and(|name| same.contains(&name.as_str()));
        if reads && node.op_type == "QuantizeLinear" {
            let scale = match graph.constant(node.input.get(1)?)? {
                Constant::Dense(tensor) => to_f32(tensor).ok()?.iter().copied().next()?,
                Constant::Sparse(_) => return None,
            };
            let zero = node.input.get(2).filter(|name| !name.is_empty());
            let Some(zero) = zero else {
                return Some(Quantisation { scale, zero_point: 0, is_signed: false });
            };
            let Constant::Dense(tensor) = graph.constant(zero)? else { return None };
            let is_signed = match tensor.element()? {
                Element::Int8 => true,
                Element::Uint8 => false,
                _ => return None,
            };
            let zero_point = to_f32(tensor).ok()?.iter().copied().next()? as i32;
            return Some(Quantisation { scale, zero_point, is_signed });
        }
        if reads && node.facts().moves == Some(Moves::All) {
            same.extend(node.output.iter().map(String::as_str));
        }
    }
    None
}

/// Everything that a model's file states about itself, as pairs of names and texts.
pub(crate) fn properties(graph: &Graph) -> Vec<(String, String)> {
    let model = graph.model();
    let producer =
        (!model.producer_name.is_empty()).then(|| ("producer".to_owned(), model.producer_name.clone()));
    let stated = model.metadata_props.iter().map(|entry| (entry.key.clone(), entry.value.clone()));
    producer.into_iter().chain(stated).collect()
}

#[cfg(test)]
mod tests {
    use super::{Hints, Quantisation};
    use crate::dataset::Scaling;

    #[test]
    fn what_bytes_become_follows_from_the_range() {
        let of = |scale, zero_point, is_signed| Quantisation { scale, zero_point, is_signed }.range();
        let cases = [
            (None, Scaling::factor(1.0 / 255.0)),
            (Some(of(1.0, -128, true)), Scaling::identity()),
            (Some(of(1.0 / 255.0, -128, true)), Scaling::factor(1.0 / 255.0)),
            (Some(of(1.0 / 127.5, 128, false)), Scaling::linear(1.0 / 127.5, -1.0)),
            (Some(of(1.0, 0, true)), Scaling::linear(1.0, -128.0)),
        ];
        for (range, scaling) in cases {
            assert_eq!(Hints { range, ..Hints::default() }.usual(), scaling, "{range:?}");
        }
    }
}

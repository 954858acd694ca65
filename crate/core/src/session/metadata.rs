//! What a model's file says of its input: quantisation, and ONNX's metadata of pictures.

use crate::dataset::{Colour, Scaling};
use crate::graph::{Constant, Graph, to_f32};

/// Operators that leave values as they are, wherever they lie.
const MOVES: [&str; 6] = ["Transpose", "Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten"];
/// ONNX's numbers for bytes.
const UINT8: i32 = 2;
const INT8: i32 = 3;

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
}

impl Hints {
    /// Of a model with an input called `input`.
    pub(crate) fn of(graph: &Graph, input: &str) -> Self {
        let quantisation = quantisation(graph, input);
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
        Self { quantisation, colour, range: stated.or(quantisation.map(Quantisation::range)) }
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
            let is_signed = match tensor.data_type {
                INT8 => true,
                UINT8 => false,
                _ => return None,
            };
            let zero_point = to_f32(tensor).ok()?.iter().copied().next()? as i32;
            return Some(Quantisation { scale, zero_point, is_signed });
        }
        if reads && MOVES.contains(&node.op_type.as_str()) {
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

//! Shapes of the values in a graph, for one sample.

use super::proto::ValueInfoProto;
use super::{Graph, batch_axis};
use sepal_limit::VALUE_ELEMENTS;
use std::collections::HashMap;

/// Value name → shape, with a batch of one.
pub type Shapes = HashMap<String, Vec<usize>>;

/// The graph's own inputs with their shapes, first axis 1 where it is free; other free axes are 1.
///
/// Initializers that are listed as inputs (before IR 4) are left out.
pub fn declared_inputs(graph: &Graph) -> Vec<(String, Vec<usize>)> {
    let inputs = graph.proto().input.iter();
    let real = inputs.filter(|input| graph.constant(&input.name).is_none());
    real.map(|input| (input.name.clone(), shape_of(input).unwrap_or_default())).collect()
}

/// An axis of an input, other than that of the samples, whose size the file leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeAxis {
    /// The input.
    pub input: String,
    /// The axis.
    pub axis: usize,
    /// Its name in the file, or the input's and the axis's number.
    pub name: String,
}

/// The axes that the file leaves open, but for the batch.
pub fn free_axes(graph: &Graph) -> Vec<FreeAxis> {
    let inputs = graph.proto().input.iter().filter(|input| graph.constant(&input.name).is_none());
    let mut free = Vec::new();
    for input in inputs {
        let tensor = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
        let dims = tensor.and_then(|t| t.shape.as_ref()).map_or(&[][..], |shape| &shape.dim);
        let samples = batch_axis(graph, &input.name);
        for (axis, dim) in dims.iter().enumerate().filter(|(axis, _)| *axis != samples) {
            if dim.dim_value.is_none_or(|size| size <= 0) {
                let named = dim.dim_param.clone().filter(|name| !name.is_empty());
                let name = named.unwrap_or_else(|| format!("{}[{axis}]", input.name));
                free.push(FreeAxis { input: input.name.clone(), axis, name });
            }
        }
    }
    free
}

/// The shapes that the file itself declares for intermediate values and outputs.
pub fn declared_shapes(graph: &Graph) -> Shapes {
    let proto = graph.proto();
    let infos = proto.value_info.iter().chain(&proto.output).chain(&proto.input);
    let shapes = infos.filter_map(|info| Some((info.name.clone(), shape_of(info)?)));
    // What is larger than any value may be is not believed, so that sizes can be multiplied.
    shapes.filter(|(_, shape)| VALUE_ELEMENTS.product(shape.iter().copied()).is_ok()).collect()
}

fn shape_of(info: &ValueInfoProto) -> Option<Vec<usize>> {
    let shape = info.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
    let size = |value: Option<i64>| value.and_then(|v| usize::try_from(v).ok()).filter(|v| *v > 0);
    Some(shape.dim.iter().map(|d| size(d.dim_value).unwrap_or(1)).collect())
}

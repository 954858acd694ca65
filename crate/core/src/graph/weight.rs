//! The weights of a layer as a matrix, or why there is none.

use super::operator::{Known, Product};
use super::proto::NodeProto;
use super::{Constant, Conv, Fixed, Graph, Layer, LayerKind, Shapes, Weight, Window, find, int};
use ndarray::{Array2, ArrayD, IxDyn};

/// Reads the weights of `layer`, which belongs to `node`.
pub(super) fn read_weight(
    graph: &Graph,
    shapes: &Shapes,
    node: &NodeProto,
    layer: &Layer,
) -> Result<Weight, String> {
    let kind = kind(shapes, node, layer)?;
    let name = node.input.get(layer.input).map_or("", String::as_str);
    let folded = graph.fold(name)?;
    if folded.is_shared(graph, name) {
        return Err("its weights are shared with another node".into());
    }
    if folded.value.iter().any(|v| !v.is_finite()) {
        return Err("its weights hold values that are not finite".into());
    }
    if folded.value.is_empty() {
        return Err("its weights are empty".into());
    }
    let sparse = matches!(graph.constant(name), Some(Constant::Sparse(_))) || folded.is_sparse(graph);
    let positions = positions(&kind, shapes, node)?;
    let matrix = as_matrix(&kind, folded.value)?;
    let bias = bias(graph, node, &kind, matrix.nrows());
    Ok(Weight { kind, matrix, sparse, positions, bias })
}

fn kind(shapes: &Shapes, node: &NodeProto, layer: &Layer) -> Result<LayerKind, String> {
    match node.facts().product {
        _ if !node.is_onnx() => Err(format!(
            "{} of {} is kept as it is: Sepal compresses operators of ONNX itself",
            node.op_type, node.domain
        )),
        Some(Product::Gemm) => gemm(node, layer),
        Some(Product::MatMul) => matmul(layer),
        Some(Product::Conv) => conv(shapes, node, layer).map(LayerKind::Conv),
        Some(Product::ConvTranspose) => conv_transpose(node, layer),
        Some(Product::Recurrent) => recurrent(layer),
        Some(Product::Quantised) | None => {
            Err(format!("{} is kept as it is: Sepal compresses operators on real numbers", node.op_type))
        }
    }
}

/// The biases of a node with a third input, `None` where a changed one could not take their place.
fn bias(graph: &Graph, node: &NodeProto, kind: &LayerKind, outputs: usize) -> Option<Vec<f32>> {
    let scaled = |name| find(node, name).and_then(|a| a.f).is_some_and(|v| (v - 1.0).abs() > 0.0);
    let places = matches!(kind, LayerKind::Conv(_) | LayerKind::Gemm { .. });
    if !places || scaled("alpha") || scaled("beta") {
        return None;
    }
    let Some(name) = node.input.get(2).filter(|name| !name.is_empty()) else {
        // Before opset 11 a Gemm needs its third input.
        return (node.op_type == "Conv" || graph.opset() >= 11).then(|| vec![0.0; outputs]);
    };
    let values = graph.fold(name).ok()?.value;
    let fits = values.len() == outputs && values.shape().last() == Some(&outputs);
    (fits && values.iter().all(|v| v.is_finite())).then(|| values.iter().copied().collect())
}

fn gemm(node: &NodeProto, layer: &Layer) -> Result<LayerKind, String> {
    let transposed = int(node, "transB", 0) != 0;
    if int(node, "transA", 0) == 0 {
        return Ok(LayerKind::Gemm { transposed });
    }
    let order = if transposed { vec![0, 1] } else { vec![1, 0] };
    Ok(LayerKind::Fixed(Fixed { groups: 1, axes: two(&layer.shape)?, order }))
}

fn matmul(layer: &Layer) -> Result<LayerKind, String> {
    let (batch, matrix) = layer.shape.split_at(layer.shape.len().saturating_sub(2));
    let &[inputs, outputs] = matrix else { return Err("its weights are no matrix".into()) };
    let groups = batch.iter().product();
    if layer.input == 0 {
        // Stored outputs x inputs, whatever stands in front.
        let axes = vec![groups, inputs, outputs];
        return Ok(LayerKind::Fixed(Fixed { groups, axes, order: vec![0, 1, 2] }));
    }
    if groups == 1 {
        return Ok(LayerKind::MatMul);
    }
    let axes = vec![groups, inputs, outputs];
    Ok(LayerKind::Fixed(Fixed { groups, axes, order: vec![0, 2, 1] }))
}

/// Each input position gives outputs x taps, which are then added up.
fn conv_transpose(node: &NodeProto, layer: &Layer) -> Result<LayerKind, String> {
    let groups = usize::try_from(int(node, "group", 1)).unwrap_or(0);
    let (&[inputs, outputs], taps) = layer.shape.split_at(2.min(layer.shape.len())) else {
        return Err("its weights lack axes".into());
    };
    if groups == 0 || inputs % groups != 0 || taps.is_empty() {
        return Err("its weights do not fit its groups".into());
    }
    let axes = vec![groups, inputs / groups, outputs, taps.iter().product()];
    Ok(LayerKind::Fixed(Fixed { groups, axes, order: vec![0, 2, 3, 1] }))
}

fn recurrent(layer: &Layer) -> Result<LayerKind, String> {
    let &[directions, outputs, inputs] = &layer.shape[..] else {
        return Err(format!("its weights have {} axes, not 3", layer.shape.len()));
    };
    if directions == 1 && layer.input == 1 {
        return Ok(LayerKind::Recurrent);
    }
    let axes = vec![directions, outputs, inputs];
    Ok(LayerKind::Fixed(Fixed { groups: directions, axes, order: vec![0, 1, 2] }))
}

fn two(shape: &[usize]) -> Result<Vec<usize>, String> {
    if shape.len() == 2 { Ok(shape.to_vec()) } else { Err(not_two(shape.len())) }
}

fn not_two(ndim: usize) -> String {
    format!("its weights have {ndim} axes, not 2")
}

fn conv(shapes: &Shapes, node: &NodeProto, layer: &Layer) -> Result<Conv, String> {
    let shape = &layer.shape;
    let groups = usize::try_from(int(node, "group", 1)).unwrap_or(0);
    let (Some(&outputs), Some(kernel)) = (shape.first(), shape.get(2..)) else {
        return Err("its weights lack axes".into());
    };
    if groups == 0 || outputs % groups != 0 || kernel.is_empty() {
        return Err("its weights do not fit its groups".into());
    }
    let spatial = |value: Option<&String>| -> Result<Vec<usize>, String> {
        let shape = value.and_then(|v| shapes.get(v)).and_then(|s| s.get(2..));
        let known = shape.filter(|s| s.len() == kernel.len());
        known.map(<[usize]>::to_vec).ok_or_else(|| "the shape of its input or output is not known".into())
    };
    Window::of(node, kernel)?;
    let (input, output) = (spatial(node.input.first())?, spatial(node.output.first())?);
    Ok(Conv { groups, kernel: kernel.to_vec(), input, output })
}

fn positions(kind: &LayerKind, shapes: &Shapes, node: &NodeProto) -> Result<u64, String> {
    let product = |sizes: &[usize]| sizes.iter().map(|&d| d as u64).product::<u64>().max(1);
    let of = |value: Option<&String>| value.and_then(|v| shapes.get(v));
    let input = || of(node.input.first()).ok_or("the shape of its input is not known");
    let output = || of(node.output.first()).ok_or("the shape of its output is not known");
    Ok(match (kind, node.facts().product) {
        (LayerKind::Conv(conv), _) => product(&conv.output),
        (LayerKind::Recurrent, _) | (_, Some(Product::Recurrent)) => {
            let shape = input()?;
            product(shape.get(..2).unwrap_or_default())
        }
        (_, Some(Product::ConvTranspose)) => product(input()?.get(2..).unwrap_or_default()),
        (LayerKind::Fixed(fixed), _) => {
            // All products of a row and a column, by the rows of the matrix.
            let rows = fixed.order.iter().rev().skip(1).filter_map(|&axis| fixed.axes.get(axis));
            product(output()?) / rows.map(|&d| d as u64).product::<u64>().max(1)
        }
        _ => {
            let shape = output()?;
            product(shape.split_last().map_or(&[][..], |(_, rows)| rows))
        }
    }
    .max(1))
}

fn as_matrix(kind: &LayerKind, tensor: ArrayD<f32>) -> Result<Array2<f32>, String> {
    let rows = match kind {
        LayerKind::Conv(_) => *tensor.shape().first().unwrap_or(&1),
        LayerKind::Recurrent => *tensor.shape().get(1).unwrap_or(&1),
        LayerKind::Fixed(fixed) => return fixed_matrix(fixed, tensor),
        LayerKind::Gemm { .. } | LayerKind::MatMul => {
            let shape = tensor.shape().to_vec();
            let lead = shape.len().saturating_sub(2);
            if shape.len() < 2 || shape.iter().take(lead).any(|d| *d != 1) {
                return Err(not_two(shape.len()));
            }
            let stored_by_output = matches!(kind, LayerKind::Gemm { transposed: true });
            let plain = flat(tensor, shape[lead])?;
            return Ok(if stored_by_output { plain } else { plain.t().as_standard_layout().into_owned() });
        }
    };
    flat(tensor, rows)
}

fn flat(tensor: ArrayD<f32>, rows: usize) -> Result<Array2<f32>, String> {
    let columns = tensor.len() / rows.max(1);
    tensor.into_shape_with_order((rows, columns)).map_err(|error| error.to_string())
}

fn fixed_matrix(fixed: &Fixed, tensor: ArrayD<f32>) -> Result<Array2<f32>, String> {
    let seen = tensor.into_shape_with_order(IxDyn(&fixed.axes)).map_err(|error| error.to_string())?;
    let seen = seen.permuted_axes(fixed.order.clone()).as_standard_layout().into_owned();
    let columns = *seen.shape().last().unwrap_or(&1);
    let rows = seen.len() / columns.max(1);
    flat(seen, rows)
}

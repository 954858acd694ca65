//! Puts the matrices that replace a layer into the graph, as ordinary operators.

use super::stored::{Steps, Writing};
use super::{Factor, Order, Parts, Split, Stage, Support, Values};
use crate::graph::proto::{AttributeProto, NodeProto, TensorProto};
use crate::graph::{
    Constant, Conv, Edit, Editing, Fixed, Graph, GraphError, Layer, LayerKind, Weight, Window, float_tensor,
    new_int, new_ints, sparse_values,
};
use ndarray::Array2;

/// The opset from which a Gemm needs no bias.
const GEMM_WITHOUT_BIAS: i64 = 11;

/// How weights are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As float32 with all zeros: for runtimes that read no sparse tensors, such as our evaluation.
    Dense,
    /// As small as the operators of the file's opset can say it.
    Stored,
}

/// The edit that replaces `layer` by `parts`: one or two nodes of the same kind, the first of two
/// without bias.
///
/// # Errors
/// [`GraphError::Node`] for a layer that is not compressible.
pub fn rewrite(graph: &Graph, layer: &Layer, parts: &Parts, form: Form) -> Result<Edit, GraphError> {
    let bug = |message: &str| GraphError::Node { node: layer.name.clone(), message: message.into() };
    let weight = layer.weight.as_ref().map_err(|reason| bug(reason))?;
    let node = graph.nodes().get(layer.node).ok_or_else(|| bug("the node is gone"))?;
    let quantised = is_quantised(graph);
    let (edit, nodes) = (Edit::default(), Vec::new());
    let mut writer = Writer { graph, layer, weight, node, form, quantised, edit, nodes };
    let name = node.input.get(layer.input).ok_or_else(|| bug("it has no weights"))?;
    writer.edit.release(graph, name);
    match &parts.stages[..] {
        [only] => {
            if let LayerKind::Fixed(fixed) = &weight.kind {
                writer.in_place(fixed, only, name).ok_or_else(|| bug("its weights have another shape"))?;
                return Ok(writer.edit);
            }
            writer.whole(only);
        }
        [_, _] if matches!(weight.kind, LayerKind::Fixed(_)) => return Err(bug("it stays one matrix")),
        [first, second] => writer.pair(first, second, parts.split),
        _ => return Err(bug("it has no parts")),
    }
    if let Some(shift) = &parts.bias {
        writer.bias(shift);
    }
    let Writer { mut edit, nodes, .. } = writer;
    edit.replace.insert(layer.node, nodes);
    Ok(edit)
}

/// The nodes and constants that take the place of one layer.
struct Writer<'a> {
    graph: &'a Graph,
    layer: &'a Layer,
    weight: &'a Weight,
    node: &'a NodeProto,
    form: Form,
    /// Whether the model runs in integers.
    quantised: bool,
    edit: Edit,
    /// The last one gives the layer's output.
    nodes: Vec<NodeProto>,
}

impl Writer<'_> {
    fn whole(&mut self, stage: &Stage) {
        let tensor_name = self.weight_name(stage);
        let (layer, weight) = (self.layer, self.weight);
        self.constant(stage, Some(second_axis(layer, weight)), |matrix| {
            Some(second_tensor(&tensor_name, layer, weight, (Split::Whole, matrix)))
        });
        let mut node = self.node.clone();
        node.input[1] = tensor_name;
        self.nodes.push(node);
    }

    /// Puts other values in the place of the weights called `name`; the node stays as it is.
    fn in_place(&mut self, fixed: &Fixed, stage: &Stage, name: &str) -> Option<()> {
        let layer = self.layer;
        let tensor = |matrix: &Array2<f32>| Some(float_tensor(name, &layer.shape, fixed.stored(matrix)?));
        self.constant(stage, None, tensor)?;
        self.edit.first.append(&mut self.nodes);
        Some(())
    }

    /// A short name for a stage's weight, which stands many times in the file; no other name starts so.
    fn weight_name(&self, stage: &Stage) -> String {
        let mut name = format!("w{}.{}{}", self.layer.node, self.layer.input, stage.name);
        while self.graph.has_names_like(&name) {
            name.push('\'');
        }
        name
    }

    fn pair(&mut self, one: &Stage, two: &Stage, split: Split) {
        let [first_name, second_name] =
            [one, two].map(|stage| fresh(self.graph, &format!("{}.{}", self.layer.name, stage.name)));
        let mut first = first_node(self.graph, self.node, self.weight, split);
        first.name.clone_from(&first_name);
        first.output = vec![fresh(self.graph, &format!("{first_name}.output"))];
        let mut second = second_node(self.node, self.weight, split);
        second.name.clone_from(&second_name);
        second.input[0].clone_from(&first.output[0]);
        let (first_weight, second_weight) = (self.weight_name(one), self.weight_name(two));
        first.input = vec![self.node.input[0].clone(), first_weight.clone()];
        second.input[1].clone_from(&second_weight);
        self.nodes.extend([first, second]);
        let (layer, weight) = (self.layer, self.weight);
        self.constant(two, Some(second_axis(layer, weight)), |matrix| {
            Some(second_tensor(&second_weight, layer, weight, (split, matrix)))
        });
        self.constant(one, Some(first_axis(layer, weight)), |matrix| {
            Some(first_tensor(&first_weight, layer, weight, (split, matrix)))
        });
    }

    /// Adds the weight of `stage`, which `tensor` makes of a matrix; the matrix's rows lie along `axis` of it,
    /// if along one.
    fn constant(
        &mut self,
        stage: &Stage,
        axis: Option<usize>,
        tensor: impl Fn(&Array2<f32>) -> Option<TensorProto>,
    ) -> Option<()> {
        let real = tensor(&stage.factor.matrix)?;
        if self.form == Form::Dense {
            self.edit.add.push(real);
            return Some(());
        }
        let steps = self.steps(&stage.factor, axis, &tensor);
        let sparse = stage.factor.support != Support::Dense && stage.factor.values == Values::Float;
        let writing = Writing { opset: self.graph.opset(), quantised: self.quantised, sparse };
        let chain = writing.smallest(&real, steps.as_ref());
        self.nodes.splice(0..0, chain.nodes);
        self.edit.add.extend(chain.constants);
        Some(())
    }

    /// The integers of a factor with a scale for each row.
    fn steps(
        &self,
        factor: &Factor,
        axis: Option<usize>,
        tensor: &impl Fn(&Array2<f32>) -> Option<TensorProto>,
    ) -> Option<Steps> {
        let scales = &factor.table;
        if !matches!(factor.values, Values::Int8 | Values::Int4) || scales.len() != factor.matrix.nrows() {
            return None;
        }
        let mut steps = factor.matrix.clone();
        for (mut row, scale) in steps.rows_mut().into_iter().zip(scales) {
            row.mapv_inplace(|v| if *scale == 0.0 { 0.0 } else { (v / scale).round_ties_even() });
        }
        let tensor = tensor(&steps)?;
        let sizes = |sizes: &[usize]| sizes.iter().map(|&size| size as i64).collect::<Vec<i64>>();
        if let (LayerKind::Fixed(fixed), None) = (&self.weight.kind, axis) {
            let mut one = fixed.clone();
            *one.axes.get_mut(*one.order.last()?)? = 1;
            let column = Array2::from_shape_vec((scales.len(), 1), scales.clone()).ok()?;
            let scales = one.stored(&column)?;
            return Some(Steps { tensor, axes: sizes(&fixed.axes), shape: sizes(&one.axes), scales });
        }
        let mut shape = vec![1; tensor.dims.len()];
        *shape.get_mut(axis?)? = i64::try_from(scales.len()).ok()?;
        Some(Steps { axes: tensor.dims.clone(), tensor, shape, scales: scales.clone() })
    }

    /// Gives the last node the layer's biases moved by `shift`.
    fn bias(&mut self, shift: &[f32]) {
        let old = self.weight.bias.as_deref().unwrap_or_default();
        let moved = shift.iter().enumerate().map(|(i, s)| s + old.get(i).copied().unwrap_or(0.0));
        let name = fresh(self.graph, &format!("{}.bias", self.layer.name));
        self.edit.add.push(float_tensor(&name, &[shift.len()], moved));
        if let Some(unused) = self.node.input.get(2) {
            self.edit.release(self.graph, unused);
        }
        if let Some(node) = self.nodes.last_mut() {
            node.input.truncate(2);
            node.input.push(name);
        }
    }
}

/// Whether values are made of integers while the model runs. Runtimes then multiply integers, and on processors
/// without VNNI add products with signed weights in 16 bits, which is not enough for them.
pub fn is_quantised(graph: &Graph) -> bool {
    let made = graph.nodes().iter().filter(|node| node.op_type == "DequantizeLinear");
    made.flat_map(|node| &node.output).any(|output| !graph.is_constant(output))
}

/// Gives every sparse or packed constant that `edit` leaves in `graph` its elements back.
///
/// # Errors
/// [`GraphError::Node`] for a constant that cannot be read.
pub fn densify(graph: &Graph, edit: &mut Edit) -> Result<(), GraphError> {
    let broken = |name: &str, message| GraphError::Node { node: name.into(), message };
    for name in graph.sparse_constants() {
        let Some(Constant::Sparse(tensor)) = graph.constant(name) else { continue };
        let dense = sparse_values(tensor).map_err(|message| broken(name, message))?;
        edit.add.push(float_tensor(name, dense.shape(), dense.iter().copied()));
        edit.drop_constant(graph, name);
    }
    for layer in graph.nodes() {
        for name in layer.input.iter().filter(|name| is_packed_weight(graph, layer, name)) {
            let index = graph.producer(name).unwrap_or_default();
            if edit.replace.contains_key(&index) {
                continue;
            }
            let dense = graph.fold(name).map_err(|message| broken(name, message))?.value;
            edit.add.push(float_tensor(name, dense.shape(), dense.iter().copied()));
            edit.release_producer(graph, name);
        }
    }
    Ok(())
}

fn is_packed_weight(graph: &Graph, node: &NodeProto, name: &str) -> bool {
    let products = ["Conv", "ConvTranspose", "GRU", "Gemm", "LSTM", "MatMul", "RNN"];
    products.contains(&node.op_type.as_str()) && node.domain.is_empty() && graph.is_packed(name)
}

/// `name`, made longer until no value of the graph has it.
fn fresh(graph: &Graph, name: &str) -> String {
    let taken = |name: &str| {
        graph.constant(name).is_some()
            || graph.nodes().iter().any(|n| n.name == name || n.output.iter().any(|o| o == name))
    };
    let mut candidate = name.to_owned();
    while taken(&candidate) {
        candidate.push('\'');
    }
    candidate
}

fn first_node(graph: &Graph, node: &NodeProto, weight: &Weight, split: Split) -> NodeProto {
    // Runtimes infer the input's shape wrongly behind some pools, and hold it against a MatMul, not a Gemm.
    let is_gemm = matches!(weight.kind, LayerKind::Gemm { .. }) && graph.opset() >= GEMM_WITHOUT_BIAS;
    let op_type = if is_gemm { "Gemm" } else { "MatMul" }.into();
    let mut first = NodeProto { op_type, ..NodeProto::default() };
    if let LayerKind::Conv(conv) = &weight.kind {
        first.op_type = "Conv".into();
        first.attribute = match split {
            Split::Whole | Split::Channel => node.attribute.clone(),
            Split::Input => pointwise(conv),
            Split::Spatial(order) => one_axis(node, conv, axis_of(order)),
        };
    }
    first
}

fn second_node(node: &NodeProto, weight: &Weight, split: Split) -> NodeProto {
    let mut second = node.clone();
    if let LayerKind::Conv(conv) = &weight.kind {
        second.attribute = match split {
            Split::Channel => pointwise(conv),
            Split::Whole | Split::Input => node.attribute.clone(),
            Split::Spatial(order) => one_axis(node, conv, 1 - axis_of(order)),
        };
    }
    second
}

/// The attributes of a 1x1 convolution.
fn pointwise(conv: &Conv) -> Vec<AttributeProto> {
    vec![new_ints("kernel_shape", &vec![1; conv.kernel.len()]), new_int("group", conv.groups as i64)]
}

/// The axis along which the first half of a separated convolution works.
fn axis_of(order: Order) -> usize {
    match order {
        Order::Vertical => 0,
        Order::Horizontal => 1,
    }
}

/// The filter size of a convolution that works along `axis` only.
fn kernel_along(conv: &Conv, axis: usize) -> Vec<usize> {
    conv.kernel.iter().enumerate().map(|(i, &d)| if i == axis { d } else { 1 }).collect()
}

/// The attributes of a 2-D convolution that works along `axis` only.
fn one_axis(node: &NodeProto, conv: &Conv, axis: usize) -> Vec<AttributeProto> {
    // A layer whose window cannot be read is none that is compressed.
    let Ok(window) = Window::of(node, &conv.kernel) else { return node.attribute.clone() };
    let [kernel, strides, dilations, padding] = window.along(axis).attributes();
    vec![kernel, strides, dilations, new_int("group", conv.groups as i64), padding]
}

fn first_tensor(
    name: &str,
    layer: &Layer,
    weight: &Weight,
    (split, matrix): (Split, &Array2<f32>),
) -> TensorProto {
    let LayerKind::Conv(conv) = &weight.kind else {
        let lead = if weight.kind == LayerKind::MatMul { leading(layer) } else { &[] };
        return transposed(name, lead, matrix);
    };
    let rows = matrix.nrows();
    let kernel = match split {
        Split::Whole | Split::Channel => conv.kernel.clone(),
        Split::Input => vec![1; conv.kernel.len()],
        Split::Spatial(order) => kernel_along(conv, axis_of(order)),
    };
    let channels = matrix.ncols() / kernel.iter().product::<usize>();
    float_tensor(name, &[&[rows, channels], &kernel[..]].concat(), matrix.iter().copied())
}

fn second_tensor(
    name: &str,
    layer: &Layer,
    weight: &Weight,
    (split, matrix): (Split, &Array2<f32>),
) -> TensorProto {
    let (rows, columns) = matrix.dim();
    match &weight.kind {
        LayerKind::Gemm { transposed: true } => float_tensor(name, &[rows, columns], matrix.iter().copied()),
        LayerKind::Gemm { transposed: false } | LayerKind::MatMul => transposed(name, leading(layer), matrix),
        LayerKind::Recurrent | LayerKind::Fixed(_) => {
            float_tensor(name, &[1, rows, columns], matrix.iter().copied())
        }
        LayerKind::Conv(conv) => {
            let kernel = match split {
                Split::Channel => vec![1; conv.kernel.len()],
                Split::Whole | Split::Input => conv.kernel.clone(),
                Split::Spatial(order) => kernel_along(conv, 1 - axis_of(order)),
            };
            let channels = matrix.ncols() / kernel.iter().product::<usize>();
            float_tensor(name, &[&[rows, channels], &kernel[..]].concat(), matrix.iter().copied())
        }
    }
}

/// The axis of [`first_tensor`] along which the matrix's rows lie.
fn first_axis(layer: &Layer, weight: &Weight) -> usize {
    match weight.kind {
        LayerKind::Conv(_) => 0,
        LayerKind::MatMul => leading(layer).len() + 1,
        _ => 1,
    }
}

/// The axis of [`second_tensor`] along which the matrix's rows lie.
fn second_axis(layer: &Layer, weight: &Weight) -> usize {
    match weight.kind {
        LayerKind::Gemm { transposed: true } | LayerKind::Conv(_) => 0,
        LayerKind::Gemm { transposed: false } | LayerKind::MatMul => leading(layer).len() + 1,
        LayerKind::Recurrent | LayerKind::Fixed(_) => 1,
    }
}

/// The axes of 1 in front of a layer's matrix.
fn leading(layer: &Layer) -> &[usize] {
    layer.shape.get(..layer.shape.len().saturating_sub(2)).unwrap_or_default()
}

fn transposed(name: &str, lead: &[usize], matrix: &Array2<f32>) -> TensorProto {
    let shape = [lead, &[matrix.ncols(), matrix.nrows()]].concat();
    float_tensor(name, &shape, matrix.t().iter().copied())
}

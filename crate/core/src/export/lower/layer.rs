//! Products with weights, and what is fused into them.

use super::constant::{floats, geometry, per_channel};
use super::{Lowerer, Reason, is_same};
use crate::export::artifact::matrix::Matrix;
use crate::export::artifact::program::{Activation, Border, Geometry, Operation, Product, Tensor, TensorId};
use crate::graph::proto::NodeProto;
use crate::graph::{find, int, scale_and_shift};
use ndarray::{Array2, ArrayD};

/// Vectors that one matrix is applied to, at most: each is an operation of its own.
const POSITIONS: usize = 64;

/// A convolution with constant weights.
struct Filter {
    product: Product,
    geometry: Geometry,
    /// The value that it gives.
    output: String,
}

impl<'a> Lowerer<'a> {
    pub(super) fn conv(&mut self, _index: usize, node: &'a NodeProto) -> Result<(), Reason> {
        let input = self.input(node, 0)?;
        let source = &self.program.tensors[input];
        let dim = (source.h, source.w);
        let first = self.filter(node, dim)?;
        if let Some((mid, second)) = self.paired(&first, dim)? {
            return self.pair(input, (first, mid), second);
        }
        let input = self.bordered(input, first.geometry.pads);
        let size = first.geometry.output(dim.0, dim.1);
        let rows = first.product.matrix.dim().0;
        let output = self.output_of(&first.output, size.map(|(h, w)| (rows, h, w)))?;
        let Filter { product, geometry, .. } = first;
        self.fits(input, output, &geometry)?;
        self.program.operations.push(Operation::Conv { input, output, product, geometry });
        Ok(())
    }

    /// Reads a convolution on an input of `dim` rows and columns, with all that follows it.
    fn filter(&mut self, node: &'a NodeProto, dim: (usize, usize)) -> Result<Filter, Reason> {
        let name = node.input.get(1).ok_or("it has no weights")?;
        let weights = floats(self.graph, name).ok_or("its weights are not constant float32")?;
        let shape = weights.shape().to_vec();
        let groups =
            usize::try_from(int(node, "group", 1)).ok().filter(|g| *g > 0).ok_or("its groups are wrong")?;
        if shape.len() < 3 || shape[0] % groups != 0 {
            return Err("its weights do not fit its groups".into());
        }
        let geometry = geometry(node, &shape[2..], groups, dim)?;
        let matrix = flat(weights, shape[0])?;
        let bias = self.bias(node, shape[0])?;
        let mut product = Product {
            layer: node.label().to_owned(),
            matrix: Matrix::new(matrix),
            bias,
            activation: Activation::None,
        };
        let output = self.absorb(&node.output[0], &mut product, shape.len() - 1);
        Ok(Filter { product, geometry, output })
    }

    fn bias(&self, node: &NodeProto, rows: usize) -> Result<Vec<f32>, Reason> {
        let Some(name) = node.input.get(2).filter(|name| !name.is_empty()) else { return Ok(Vec::new()) };
        let bias = floats(self.graph, name).ok_or("its biases are not constant float32")?;
        let beta = find(node, "beta").and_then(|a| a.f).unwrap_or(1.0);
        match bias.len() {
            1 => Ok(vec![bias.iter().sum::<f32>() * beta; rows]),
            n if n == rows => Ok(bias.iter().map(|b| b * beta).collect()),
            n => Err(format!("it has {n} biases for {rows} outputs")),
        }
    }

    /// Takes into `product` what follows the value `name` and nothing else reads; the value that comes
    /// out in the end. Its channels lie along the axis `from_end`, counted from the end.
    pub(super) fn absorb(&mut self, name: &str, product: &mut Product, from_end: usize) -> String {
        let mut name = name.to_owned();
        while product.activation == Activation::None {
            let Some((index, node)) = self.only_reader(&name) else { break };
            let mut taken = || {
                let affine = self.affine(node, &name, product, from_end);
                affine.or_else(|| self.rectifier(node, product)).is_some()
            };
            if node.output.len() != 1 || !(is_same(node) || taken()) {
                break;
            }
            self.done.insert(index);
            name.clone_from(&node.output[0]);
        }
        name
    }

    /// A multiplication or addition per channel, done to the product.
    fn affine(&self, node: &NodeProto, name: &str, product: &mut Product, from_end: usize) -> Option<()> {
        let rows = product.matrix.dim().0;
        let axes = self.shapes.get(name)?.len();
        let (factors, shifts) = channel_affine(self, node, name, &Channels { count: rows, axes, from_end })?;
        if let Some(factors) = &factors {
            product.matrix.scale_rows(factors);
        }
        if product.bias.is_empty() {
            product.bias = vec![0.0; rows];
        }
        for (row, bias) in product.bias.iter_mut().enumerate() {
            *bias = *bias * factors.as_ref().map_or(1.0, |f| f[row]) + shifts[row];
        }
        Some(())
    }

    fn rectifier(&self, node: &NodeProto, product: &mut Product) -> Option<()> {
        let activation = match node.op_type.as_str() {
            "Relu" => Activation::Relu,
            "Clip" => self.clip(node)?,
            // Quantised files leave a rectifier to the range that they quantise to.
            "QuantizeLinear" if self.cuts_negative(node) => Activation::Relu,
            _ => return None,
        };
        let float = self.precision == crate::export::artifact::program::Precision::Float;
        if float && matches!(activation, Activation::Clip(..)) {
            return None;
        }
        product.activation = activation;
        Some(())
    }

    /// What a Clip amounts to; `None` where its limits are not constant.
    pub(super) fn clip(&self, node: &NodeProto) -> Option<Activation> {
        let limit = |index: usize, name: &str, open: f32| -> Option<f32> {
            match node.input.get(index).filter(|n| !n.is_empty()) {
                Some(input) => floats(self.graph, input)?.first().copied(),
                None => Some(find(node, name).and_then(|a| a.f).unwrap_or(open)),
            }
        };
        let (low, high) = (limit(1, "min", f32::MIN)?, limit(2, "max", f32::MAX)?);
        Some(match (low, high) {
            (0.0, 6.0) => Activation::Relu6,
            (0.0, high) if high > 1e30 => Activation::Relu,
            (low, high) => Activation::Clip(low, high),
        })
    }

    /// The convolution that alone reads `first`'s output, where rows of what lies between them need
    /// not all be kept, and those rows.
    fn paired(&mut self, first: &Filter, dim: (usize, usize)) -> Result<Option<(Tensor, Filter)>, Reason> {
        if !first.product.bias.is_empty() || first.product.activation != Activation::None {
            return Ok(None);
        }
        let Some((index, node)) = self.only_reader(&first.output) else { return Ok(None) };
        let constant = node.input.get(1).is_some_and(|name| self.graph.is_constant(name));
        let Some((h, w)) = first.geometry.output(dim.0, dim.1).filter(|_| node.op_type == "Conv" && constant)
        else {
            return Ok(None);
        };
        let second = self.filter(node, (h, w))?;
        self.done.insert(index);
        let border = second.geometry.pads;
        let ring = second.geometry.reach().0.min(h + border.top + border.bottom);
        let mid = Tensor {
            name: first.output.clone(),
            c: first.product.matrix.dim().0,
            h,
            w,
            border,
            ring: Some(ring),
            quantisation: self.quantisation(&first.output),
            alias: None,
        };
        Ok(Some((mid, second)))
    }

    fn pair(
        &mut self,
        input: TensorId,
        (first, mid): (Filter, Tensor),
        second: Filter,
    ) -> Result<(), Reason> {
        let input = self.bordered(input, first.geometry.pads);
        let id = self.program.tensors.len();
        let (h, w) = (mid.h, mid.w);
        self.program.tensors.push(mid);
        let output = self.output(&second.output)?;
        self.fits(input, id, &first.geometry)?;
        if second.geometry.output(h, w) != Some(self.size(output)) {
            return Err("its output has another size than its filter gives".into());
        }
        let stages = Box::new([(first.product, first.geometry), (second.product, second.geometry)]);
        self.program.operations.push(Operation::Pair { input, mid: id, output, stages });
        Ok(())
    }

    fn size(&self, id: TensorId) -> (usize, usize) {
        (self.program.tensors[id].h, self.program.tensors[id].w)
    }

    /// Whether the filter makes `output` of `input`, and its offsets fit the format.
    fn fits(&self, input: TensorId, output: TensorId, geometry: &Geometry) -> Result<(), Reason> {
        let source = &self.program.tensors[input];
        if geometry.output(source.h, source.w) != Some(self.size(output)) {
            return Err("its output has another size than its filter gives".into());
        }
        let span = (source.c / geometry.groups) * (source.w + 8) * (source.h + 8);
        if span > usize::from(u16::MAX) && !self.large {
            return Err("its input is larger than 64 Ki elements".into());
        }
        Ok(())
    }

    pub(super) fn dense(&mut self, _index: usize, node: &'a NodeProto) -> Result<(), Reason> {
        let input = self.any_input(node, 0)?;
        let mut product = self.matrix(node)?;
        let (rows, cols) = product.matrix.dim();
        let len = self.program.tensors[input].len();
        let positions = len / cols.max(1);
        let name = &node.input[0];
        let last = self.shapes.get(name).map_or(Some(&cols), |shape| shape.last());
        if positions == 0 || len != positions * cols || last != Some(&cols) {
            return Err(format!("its matrix of {cols} columns does not fit its input"));
        }
        if let Some(order) = self.orders.get(name).cloned() {
            if positions > 1 {
                return self.pointwise(node, input, product);
            }
            // Where the matrix finds each element that it wants.
            product.matrix.move_columns(&order.places());
        } else {
            self.input(node, 0)?;
        }
        if positions > POSITIONS {
            return Err(format!("its matrix is applied to more than {POSITIONS} vectors"));
        }
        let name = self.absorb(&node.output[0], &mut product, 1);
        let input = self.contiguous(input);
        let output = self.output_of(&name, (positions == 1).then_some((rows, 1, 1)))?;
        self.plain.insert(output);
        for position in 0..positions {
            let product = product.clone();
            self.program.operations.push(Operation::Dense { input, output, position, product });
        }
        Ok(())
    }

    /// The weights and biases of a `Gemm` or `MatMul`.
    fn matrix(&self, node: &NodeProto) -> Result<Product, Reason> {
        let name = node.input.get(1).ok_or("it has no weights")?;
        let weights = floats(self.graph, name).ok_or("its weights are not constant float32")?;
        if weights.ndim() != 2 {
            return Err(format!("its weights have {} axes, not 2", weights.ndim()));
        }
        if node.op_type == "Gemm" && int(node, "transA", 0) != 0 {
            return Err("its input is transposed".into());
        }
        let by_output = node.op_type == "Gemm" && int(node, "transB", 0) != 0;
        let two = weights.into_dimensionality::<ndarray::Ix2>().map_err(|e| e.to_string())?;
        let mut real = if by_output { two } else { two.t().as_standard_layout().into_owned() };
        if node.op_type == "Gemm" {
            real *= find(node, "alpha").and_then(|a| a.f).unwrap_or(1.0);
        }
        let rows = real.nrows();
        let bias = if node.op_type == "Gemm" { self.bias(node, rows)? } else { Vec::new() };
        Ok(Product {
            layer: node.label().to_owned(),
            matrix: Matrix::new(real),
            bias,
            activation: Activation::None,
        })
    }

    /// A matrix along the last axis of an image whose channels are last: a 1x1 convolution.
    fn pointwise(&mut self, node: &NodeProto, input: TensorId, mut product: Product) -> Result<(), Reason> {
        let frame = self.frame(&node.input[0])?;
        if frame.channels() != Some(1) {
            return Err("a Transpose in front of it moves axes so that it is along rows or columns".into());
        }
        let name = self.absorb(&node.output[0], &mut product, 1);
        let shape = self.shape(&name)?;
        let order = frame.order(shape).ok_or("its output has other axes than its input")?;
        let quantisation = self.quantisation(&name);
        let output = self.tensor(&name, frame.dim(shape), quantisation);
        let geometry = Geometry::pointwise();
        self.fits(input, output, &geometry)?;
        self.program.operations.push(Operation::Conv { input, output, product, geometry });
        self.publish(&name, output, order)
    }

    /// A multiplication or addition per channel that follows no product: a 1x1 convolution of each
    /// channel by itself.
    pub(super) fn channelwise(
        &mut self,
        node: &NodeProto,
        input: TensorId,
        name: &str,
    ) -> Result<(), Reason> {
        let frame = self.frame(name)?;
        let count = self.program.tensors[input].c;
        let (axes, from_end) = (self.shape(name)?.len(), frame.channels().unwrap_or(usize::MAX));
        let found = channel_affine(self, node, name, &Channels { count, axes, from_end });
        let (factors, bias) = found.ok_or("its constant is not one value per channel")?;
        let mut product = Product {
            layer: node.label().to_owned(),
            matrix: Matrix::new(Array2::ones((count, 1))),
            bias,
            activation: Activation::None,
        };
        product.matrix.scale_rows(&factors.unwrap_or_else(|| vec![1.0; count]));
        let name = self.absorb(&node.output[0], &mut product, from_end);
        let shape = self.shape(&name)?;
        let order = frame.order(shape).ok_or("its output has other axes than its input")?;
        let quantisation = self.quantisation(&name);
        let output = self.tensor(&name, frame.dim(shape), quantisation);
        let geometry = Geometry { groups: count, pads: Border::default(), ..Geometry::pointwise() };
        self.fits(input, output, &geometry)?;
        self.program.operations.push(Operation::Conv { input, output, product, geometry });
        self.publish(&name, output, order)
    }
}

type Affine = (Option<Vec<f32>>, Vec<f32>);

/// The channels of a value: how many, along which of its axes.
struct Channels {
    count: usize,
    axes: usize,
    /// Counted from the end.
    from_end: usize,
}

/// Factors and terms per channel of a node that reads the value `name`.
fn channel_affine(lowerer: &Lowerer, node: &NodeProto, name: &str, channels: &Channels) -> Option<Affine> {
    if node.op_type == "BatchNormalization" {
        let second = channels.axes.checked_sub(1) == Some(channels.from_end);
        let found = scale_and_shift(lowerer.graph, node, channels.count).filter(|_| second)?;
        return Some((Some(found.scale), found.shift));
    }
    let first = node.input.first().is_some_and(|input| input == name);
    let other = node.input.get(usize::from(first))?;
    let values = per_channel(&floats(lowerer.graph, other)?, channels.from_end, channels.count)?;
    let zeros = vec![0.0; channels.count];
    match (node.op_type.as_str(), first) {
        ("Add", _) => Some((None, values)),
        ("Sub", true) => Some((None, values.iter().map(|v| -v).collect())),
        ("Sub", false) => Some((Some(vec![-1.0; channels.count]), values)),
        ("Mul", _) => Some((Some(values), zeros)),
        ("Div", true) => Some((Some(values.iter().map(|v| 1.0 / v).collect()), zeros)),
        _ => None,
    }
}

fn flat(weights: ArrayD<f32>, rows: usize) -> Result<Array2<f32>, Reason> {
    let columns = weights.len() / rows.max(1);
    let most = usize::from(u16::MAX);
    if rows == 0 || columns == 0 || rows > most || columns > most {
        return Err(format!("its weights are {rows} x {columns}, not 1 to {most}"));
    }
    weights.into_shape_with_order((rows, columns)).map_err(|error| error.to_string())
}

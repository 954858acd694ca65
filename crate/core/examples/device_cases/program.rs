//! Programs of one operation each, with random weights.

use crate::retired::is_retired;
use ndarray::Array2;
use sepal_core::device::Encoding;
use sepal_core::export::artifact::matrix::Matrix;
use sepal_core::export::artifact::program::{
    Activation, Border, Function, Geometry, Operation, PoolKind, Product, Program, Quantisation, Tensor,
    TensorId,
};
use sepal_core::export::artifact::{Forced, Format, encodings};

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) program: Program,
    /// What its weights are held to.
    pub(crate) forced: Option<Forced>,
    /// The format that its artifact is rewritten to.
    pub(crate) retired: Option<Format>,
    pub(crate) is_float: bool,
}

/// Shapes of matrices: whole blocks, and rows and columns left over.
const MATRICES: [(usize, usize); 3] = [(16, 64), (13, 77), (3, 5)];

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for is_float in [false, true] {
        for form in formats(is_float).flat_map(Encoding::of) {
            let dense = MATRICES.into_iter().map(|shape| dense(form, shape, is_float));
            cases.extend(dense);
            cases.push(positions(form, is_float));
            cases.extend(FILTERS.iter().filter_map(|filter| conv(form, filter, is_float)));
            cases.extend(PAIRS.iter().filter_map(|pair| paired(form, pair, is_float)));
        }
        cases.extend(simple(is_float));
    }
    cases
}

/// Formats of float32 weights, or of whole numbers.
fn formats(is_float: bool) -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(move |format| format.is_float() == is_float)
}

/// A program in the making.
struct Maker {
    program: Program,
    random: fastrand::Rng,
    is_float: bool,
    /// Share of weights that are not zero where zeros are left out.
    density: f32,
}

impl Maker {
    fn new(seed: usize, is_float: bool) -> Self {
        Self {
            program: Program::default(),
            random: fastrand::Rng::with_seed(seed as u64),
            is_float,
            density: 0.15,
        }
    }

    fn tensor(&mut self, (c, h, w): (usize, usize, usize), scale: f32) -> TensorId {
        let zero_point = self.random.i8(-100..100);
        self.program.tensors.push(Tensor {
            name: format!("t{}", self.program.tensors.len()),
            c,
            h,
            w,
            border: Border::default(),
            ring: None,
            quantisation: (!self.is_float).then_some(Quantisation { scale, zero_point }),
            alias: None,
        });
        self.program.tensors.len() - 1
    }

    /// An input with a border: what is given is copied into it.
    fn bordered(&mut self, input: TensorId, border: Border) -> TensorId {
        if border == Border::default() {
            return input;
        }
        let copy = Tensor { border, ..self.program.tensors[input].clone() };
        self.program.tensors.push(copy);
        let output = self.program.tensors.len() - 1;
        self.program.operations.push(Operation::Copy { input, output, channel: 0 });
        output
    }

    /// Weights that can be stored as `form`.
    fn product(&mut self, form: Encoding, (rows, cols): (usize, usize), activation: Activation) -> Product {
        let sparse = !matches!(
            form.format,
            Format::DenseS8 | Format::DenseS4 | Format::DenseC4 | Format::DenseF32 | Format::Codes
        );
        let levels = match (form.format, form.layout.map(|layout| layout.bits)) {
            (Format::DenseS4 | Format::Block8S4, _) => 7,
            (Format::SparseC3D7 | Format::SparseC3D5, _) | (_, Some(3)) => 3,
            (Format::DenseC4 | Format::SparseC4D6 | Format::SparseC4D4, _) | (_, Some(4)) => 6,
            _ => 127,
        };
        // Codes need more than 4 bits to tell them from 4-bit numbers.
        let step = if levels == 3 || levels == 6 { 0.0137 } else { 0.01 };
        let (random, density) = (&mut self.random, self.density);
        let real = Array2::from_shape_fn((rows, cols), |(_, column)| {
            let kept = !sparse || random.f32() < density || column == cols - 1 && random.bool();
            let level = random.i32(-levels..=levels) as f32;
            let level = if levels == 3 || levels == 6 { level * level.abs().sqrt() } else { level };
            if kept { level * step } else { 0.0 }
        });
        let bias = (0..rows).map(|_| self.random.f32() - 0.5).collect();
        Product { layer: "layer".into(), matrix: Matrix::new(real), bias, activation }
    }

    fn case(
        self,
        name: String,
        description: &str,
        ends: (Vec<TensorId>, TensorId),
        form: Option<Encoding>,
    ) -> Case {
        let mut program = self.program;
        (program.inputs, program.outputs) = (ends.0, vec![ends.1]);
        let integer = form.filter(|_| !self.is_float);
        let retired = integer.map(|form| form.format).filter(|format| is_retired(*format));
        let forced = integer.map(|form| match form.layout {
            Some(layout) => Forced::Layout(layout),
            None => Forced::Format(if retired.is_some() { Format::DenseS8 } else { form.format }),
        });
        let name = if self.is_float { format!("{name}.f32") } else { name };
        Case { name, description: description.into(), program, forced, retired, is_float: self.is_float }
    }
}

/// Shapes and densities that instructions are counted on.
const COUNTED_MATRICES: [((usize, usize), f32); 6] = [
    ((64, 128), 0.05),
    ((128, 64), 0.1),
    ((32, 256), 0.15),
    ((96, 40), 0.3),
    ((16, 200), 0.5),
    ((40, 300), 0.08),
];

/// The same for filters.
const COUNTED_FILTERS: [(Filter, f32); 6] = [
    (Filter { name: "a", input: (4, 12, 12), rows: 8, geometry: filter((3, 3), (1, 1), 1, NO_BORDER) }, 0.1),
    (Filter { name: "b", input: (8, 10, 14), rows: 16, geometry: filter((3, 3), (1, 1), 1, NO_BORDER) }, 0.2),
    (Filter { name: "c", input: (3, 16, 16), rows: 6, geometry: filter((5, 5), (1, 1), 1, NO_BORDER) }, 0.4),
    (Filter { name: "d", input: (16, 8, 8), rows: 24, geometry: filter((1, 1), (1, 1), 1, NO_BORDER) }, 0.3),
    (Filter { name: "e", input: (2, 21, 21), rows: 8, geometry: filter((3, 3), (2, 2), 1, NO_BORDER) }, 0.2),
    (Filter { name: "f", input: (10, 1, 40), rows: 12, geometry: filter((1, 5), (1, 1), 1, NO_BORDER) }, 0.1),
];

/// Cases of one operation each, for the table of instructions.
pub(crate) fn counted() -> Vec<Case> {
    let mut cases = Vec::new();
    for is_float in [false, true] {
        let floats = formats(true).flat_map(Encoding::of);
        let forms: Vec<Encoding> = if is_float { floats.collect() } else { encodings().collect() };
        for form in forms {
            cases.extend(COUNTED_MATRICES.map(|(shape, density)| dense_of(form, shape, is_float, density)));
            cases.extend(
                COUNTED_FILTERS.iter().filter_map(|(f, density)| conv_of(form, f, is_float, *density)),
            );
        }
    }
    for size in [6, 11, 18] {
        cases.extend(sized(size));
    }
    cases
}

/// Adds an operation between two tensors; the inputs and the output.
type Make<'a> = dyn Fn(&mut Maker, TensorId, TensorId) -> (Vec<TensorId>, TensorId) + 'a;

/// Operations without weights on values of 4 channels of `size` x `size`.
fn sized(size: usize) -> Vec<Case> {
    let dim = (4, size, size);
    let mut cases = Vec::new();
    let mut one = |name: &str, make: &Make<'_>| {
        let mut maker = Maker::new(size, false);
        let (a, output) = (maker.tensor(dim, 0.05), maker.tensor(dim, 0.05));
        let ends = make(&mut maker, a, output);
        cases.push(maker.case(format!("{name}.{size}"), "counted", ends, None));
    };
    let push = |maker: &mut Maker, operation: Operation| maker.program.operations.push(operation);
    one("copy", &|maker, input, output| {
        push(maker, Operation::Copy { input, output, channel: 0 });
        (vec![input], output)
    });
    one("fill", &|maker, input, output| {
        let inner = maker.bordered(input, SAME);
        push(maker, Operation::Copy { input: inner, output, channel: 0 });
        (vec![input], output)
    });
    one("unary", &|maker, input, output| {
        push(maker, Operation::Unary { input, output, channel: 0, function: Function::Tanh });
        (vec![input], output)
    });
    one("add", &|maker, a, output| {
        let b = maker.tensor(dim, 0.02);
        push(maker, Operation::Add { a, b, output, subtract: false, activation: Activation::None });
        (vec![a, b], output)
    });
    one("mul", &|maker, a, output| {
        let b = maker.tensor(dim, 0.02);
        push(maker, Operation::Mul { a, b, output });
        (vec![a, b], output)
    });
    for (name, kind) in [("max", PoolKind::Max), ("average", PoolKind::Average)] {
        for kernel in [2, 3, size] {
            one(&format!("{name}{kernel}"), &|maker, input, output| {
                let stride = kernel.min(3);
                let geometry = filter((kernel, kernel), (stride, stride), 1, NO_BORDER);
                let (h, w) = geometry.output(size, size).unwrap_or((1, 1));
                let tensor = &mut maker.program.tensors[output];
                (tensor.h, tensor.w) = (h, w);
                maker.program.tensors[output].quantisation = maker.program.tensors[input].quantisation;
                if kind == PoolKind::Average {
                    maker.program.tensors[output].quantisation =
                        Some(Quantisation { scale: 0.04, zero_point: 3 });
                }
                push(maker, Operation::Pool { input, output, kind, geometry });
                (vec![input], output)
            });
        }
    }
    let mut maker = Maker::new(size, false);
    let (input, output) = (maker.tensor((2 * size, 1, 1), 0.06), maker.tensor((2 * size, 1, 1), 1.0 / 256.0));
    maker.program.operations.push(Operation::Softmax { input, output });
    cases.push(maker.case(format!("softmax.{size}"), "counted", (vec![input], output), None));
    cases
}

fn dense(form: Encoding, shape: (usize, usize), is_float: bool) -> Case {
    dense_of(form, shape, is_float, 0.15)
}

fn dense_of(form: Encoding, shape: (usize, usize), is_float: bool, density: f32) -> Case {
    let mut maker = Maker { density, ..Maker::new(shape.0 + 31 * shape.1, is_float) };
    let input = maker.tensor((shape.1, 1, 1), 0.02);
    let output = maker.tensor((shape.0, 1, 1), 0.05);
    let activation = if shape.0 == 13 { Activation::Relu } else { Activation::None };
    let product = maker.product(form, shape, activation);
    maker.program.operations.push(Operation::Dense { input, output, position: 0, product });
    let name = format!("dense.{}.{}x{}", form.name(), shape.0, shape.1);
    maker.case(name, "a matrix-vector product", (vec![input], output), Some(form))
}

/// One matrix on several vectors of odd lengths, which so lie at odd places.
fn positions(form: Encoding, is_float: bool) -> Case {
    let (rows, cols, count) = (7, 3, 4);
    let mut maker = Maker::new(rows + cols, is_float);
    let input = maker.tensor((1, count, cols), 0.02);
    let output = maker.tensor((1, count, rows), 0.05);
    let product = maker.product(form, (rows, cols), Activation::None);
    for position in 0..count {
        let product = product.clone();
        maker.program.operations.push(Operation::Dense { input, output, position, product });
    }
    let name = format!("dense.{}.positions", form.name());
    maker.case(name, "a matrix on several vectors", (vec![input], output), Some(form))
}

/// A convolution: name, input, outputs, filter.
struct Filter {
    name: &'static str,
    input: (usize, usize, usize),
    rows: usize,
    geometry: Geometry,
}

const NO_BORDER: Border = Border { top: 0, left: 0, bottom: 0, right: 0 };
const SAME: Border = Border { top: 1, left: 1, bottom: 1, right: 1 };

pub(crate) const fn filter(
    kernel: (usize, usize),
    stride: (usize, usize),
    groups: usize,
    pads: Border,
) -> Geometry {
    Geometry { kernel, stride, dilation: (1, 1), groups, pads }
}

const FILTERS: [Filter; 7] = [
    Filter { name: "3x3", input: (3, 8, 9), rows: 10, geometry: filter((3, 3), (1, 1), 1, NO_BORDER) },
    Filter { name: "3x3.same", input: (2, 7, 6), rows: 5, geometry: filter((3, 3), (1, 1), 1, SAME) },
    Filter { name: "3x3.stride2", input: (3, 9, 11), rows: 8, geometry: filter((3, 3), (2, 2), 1, SAME) },
    Filter { name: "1x1", input: (12, 3, 5), rows: 9, geometry: filter((1, 1), (1, 1), 1, NO_BORDER) },
    Filter { name: "depthwise", input: (6, 7, 8), rows: 6, geometry: filter((3, 3), (1, 1), 6, SAME) },
    Filter { name: "groups", input: (8, 5, 7), rows: 4, geometry: filter((1, 3), (1, 2), 2, NO_BORDER) },
    Filter {
        name: "dilated",
        input: (2, 9, 12),
        rows: 4,
        geometry: Geometry { dilation: (2, 3), ..filter((3, 3), (1, 1), 1, NO_BORDER) },
    },
];

fn conv(form: Encoding, filter: &Filter, is_float: bool) -> Option<Case> {
    conv_of(form, filter, is_float, 0.15)
}

fn conv_of(form: Encoding, filter: &Filter, is_float: bool, density: f32) -> Option<Case> {
    let Filter { name, input: dim, rows, geometry } = *filter;
    if geometry.groups > 1 && form.format.block() > 1 {
        return None;
    }
    let mut maker = Maker { density, ..Maker::new(name.len() + 5 * rows, is_float) };
    let input = maker.tensor(dim, 0.02);
    let inner = maker.bordered(input, geometry.pads);
    let (h, w) = geometry.output(dim.1, dim.2)?;
    let output = maker.tensor((rows, h, w), 0.05);
    let cols = dim.0 / geometry.groups * geometry.kernel.0 * geometry.kernel.1;
    let activation = if rows == 8 { Activation::Relu6 } else { Activation::None };
    let product = maker.product(form, (rows, cols), activation);
    maker.program.operations.push(Operation::Conv { input: inner, output, product, geometry });
    let name = format!("conv.{}.{name}", form.name());
    Some(maker.case(name, "a convolution", (vec![input], output), Some(form)))
}

/// Two convolutions with a ring between them.
struct Pair {
    name: &'static str,
    input: (usize, usize, usize),
    channels: (usize, usize),
    first: Geometry,
    second: Geometry,
}

const PAIRS: [Pair; 4] = [
    Pair {
        name: "vertical",
        input: (3, 9, 10),
        channels: (4, 6),
        first: filter((3, 1), (1, 1), 1, NO_BORDER),
        second: filter((1, 3), (1, 1), 1, NO_BORDER),
    },
    Pair {
        name: "horizontal.same",
        input: (2, 8, 7),
        channels: (3, 5),
        first: filter((1, 3), (1, 1), 1, Border { top: 0, left: 1, bottom: 0, right: 1 }),
        second: filter((3, 1), (1, 1), 1, Border { top: 1, left: 0, bottom: 1, right: 0 }),
    },
    Pair {
        name: "channel.stride",
        input: (5, 9, 9),
        channels: (2, 4),
        first: filter((1, 1), (1, 1), 1, NO_BORDER),
        second: filter((3, 3), (2, 2), 1, SAME),
    },
    Pair {
        name: "depthwise.pointwise",
        input: (4, 6, 8),
        channels: (4, 7),
        first: filter((3, 3), (1, 1), 4, SAME),
        second: filter((1, 1), (1, 1), 1, NO_BORDER),
    },
];

fn paired(form: Encoding, pair: &Pair, is_float: bool) -> Option<Case> {
    if form.format.block() > 1 {
        return None;
    }
    let mut maker = Maker::new(pair.name.len() + 3, is_float);
    let input = maker.tensor(pair.input, 0.02);
    let inner = maker.bordered(input, pair.first.pads);
    let (h, w) = pair.first.output(pair.input.1, pair.input.2)?;
    let mid = maker.tensor((pair.channels.0, h, w), 0.04);
    let pads = pair.second.pads;
    let own = &mut maker.program.tensors[mid];
    (own.border, own.ring) = (pads, Some(pair.second.reach().0.min(h + pads.top + pads.bottom)));
    let (out_h, out_w) = pair.second.output(h, w)?;
    let output = maker.tensor((pair.channels.1, out_h, out_w), 0.05);
    let cols = |channels: usize, g: &Geometry| channels / g.groups * g.kernel.0 * g.kernel.1;
    let first = (pair.channels.0, cols(pair.input.0, &pair.first));
    let second = (pair.channels.1, cols(pair.channels.0, &pair.second));
    let stages = Box::new([
        (maker.product(form, first, Activation::Relu), pair.first),
        (maker.product(form, second, Activation::None), pair.second),
    ]);
    maker.program.operations.push(Operation::Pair { input: inner, mid, output, stages });
    let name = format!("pair.{}.{}", form.name(), pair.name);
    Some(maker.case(name, "two convolutions, streamed", (vec![input], output), Some(form)))
}

/// Operations without weights.
fn simple(is_float: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for (index, kind) in [PoolKind::Max, PoolKind::Average, PoolKind::AveragePadded].into_iter().enumerate() {
        for (name, kernel, stride, pads) in [
            ("whole", (6, 7), (1, 1), NO_BORDER),
            ("half", (2, 2), (2, 2), NO_BORDER),
            ("same", (3, 3), (2, 1), SAME),
        ] {
            let mut maker = Maker::new(index, is_float);
            let input = maker.tensor((3, 6, 7), 0.05);
            let geometry = filter(kernel, stride, 1, pads);
            let Some((h, w)) = geometry.output(6, 7) else { continue };
            let output = maker.tensor((3, h, w), 0.03);
            if kind == PoolKind::Max || kind == PoolKind::Average && pads != NO_BORDER {
                maker.program.tensors[output].quantisation = maker.program.tensors[input].quantisation;
            }
            maker.program.operations.push(Operation::Pool { input, output, kind, geometry });
            let name = format!("pool.{}.{name}", ["max", "average", "padded"][index]);
            cases.push(maker.case(name, "pooling", (vec![input], output), None));
        }
    }
    for (name, dim) in [("same", (3, 4, 5)), ("channel", (3, 1, 1))] {
        for subtract in [false, true] {
            let mut maker = Maker::new(dim.1 + 2, is_float);
            let (a, b) = (maker.tensor((3, 4, 5), 0.05), maker.tensor(dim, 0.02));
            let output = maker.tensor((3, 4, 5), 0.06);
            let activation = if subtract { Activation::None } else { Activation::Relu };
            maker.program.operations.push(Operation::Add { a, b, output, subtract, activation });
            let name = format!("add.{name}.{}", if subtract { "minus" } else { "relu" });
            cases.push(maker.case(name, "a sum", (vec![a, b], output), None));
        }
        let mut maker = Maker::new(dim.1, is_float);
        let (a, b) = (maker.tensor((3, 4, 5), 0.05), maker.tensor(dim, 0.02));
        let output = maker.tensor((3, 4, 5), 0.06);
        maker.program.operations.push(Operation::Mul { a, b, output });
        cases.push(maker.case(format!("mul.{name}"), "a product", (vec![a, b], output), None));
    }
    cases.extend(unary(is_float));
    let mut maker = Maker::new(9, is_float);
    let (input, output) = (maker.tensor((11, 1, 1), 0.06), maker.tensor((11, 1, 1), 1.0 / 256.0));
    maker.program.operations.push(Operation::Softmax { input, output });
    cases.push(maker.case("softmax".into(), "probabilities", (vec![input], output), None));
    cases.push(concat(is_float));
    cases
}

fn unary(is_float: bool) -> impl Iterator<Item = Case> {
    let functions = [
        ("relu", Function::Relu),
        ("relu6", Function::Relu6),
        ("leaky", Function::LeakyRelu(0.1)),
        ("sigmoid", Function::Sigmoid),
        ("tanh", Function::Tanh),
        ("hard_swish", Function::HardSwish),
        ("copy", Function::Copy),
    ];
    functions.into_iter().map(move |(name, function)| {
        let mut maker = Maker::new(4, is_float);
        let (input, output) = (maker.tensor((2, 4, 5), 0.05), maker.tensor((2, 4, 5), 0.03));
        maker.program.operations.push(Operation::Unary { input, output, channel: 0, function });
        maker.case(format!("unary.{name}"), "a function of each value", (vec![input], output), None)
    })
}

fn concat(is_float: bool) -> Case {
    let mut maker = Maker::new(12, is_float);
    let (a, b) = (maker.tensor((2, 3, 4), 0.05), maker.tensor((3, 3, 4), 0.05));
    maker.program.tensors[b].quantisation = maker.program.tensors[a].quantisation;
    let output = maker.tensor((5, 3, 4), 0.05);
    maker.program.operations.push(Operation::Copy { input: a, output, channel: 0 });
    maker.program.operations.push(Operation::Copy { input: b, output, channel: 2 });
    maker.case("concat".into(), "values beside each other", (vec![a, b], output), None)
}

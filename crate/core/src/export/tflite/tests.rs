//! Programs by hand, and the files that come of them, read again.

use super::encode;
use crate::export::ExportError;
use crate::export::artifact::matrix::Matrix;
use crate::export::artifact::program::{
    Activation, Border, Function, Geometry, Operation, PoolKind, Product, Program, Quantisation, Tensor,
};
use ndarray::Array2;
use sepal_tflite::planus::ReadAsRoot;
use sepal_tflite::schema::{BuiltinOptions, ModelRef, Operator, SubGraph};
use sepal_tflite::{operator, schema};

fn tensor(name: &str, (c, h, w): (usize, usize, usize), scale: Option<f32>) -> Tensor {
    Tensor {
        name: name.into(),
        c,
        h,
        w,
        border: Border::default(),
        ring: None,
        quantisation: scale.map(|scale| Quantisation { scale, zero_point: 0 }),
        alias: None,
    }
}

fn product(matrix: Array2<f32>, bias: Vec<f32>) -> Product {
    Product { layer: "layer".into(), matrix: Matrix::new(matrix), bias, activation: Activation::None }
}

fn counted((rows, columns): (usize, usize)) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(i, j)| (i * columns + j) as f32)
}

fn geometry(kernel: (usize, usize), stride: (usize, usize), pads: [usize; 4]) -> Geometry {
    let [top, left, bottom, right] = pads;
    let pads = Border { top, left, bottom, right };
    Geometry { kernel, stride, pads, ..Geometry::pointwise() }
}

/// The file, read again: its operators by code, and the graph.
fn read(program: &Program) -> (Vec<i32>, SubGraph, schema::Model) {
    let bytes = encode(program).unwrap().bytes;
    assert_eq!(&bytes[4..8], b"TFL3");
    let model: schema::Model = ModelRef::read_as_root(&bytes).unwrap().try_into().unwrap();
    let graph = model.subgraphs.clone().unwrap().remove(0);
    let codes = model.operator_codes.clone().unwrap();
    let code = |op: &Operator| codes[op.opcode_index as usize].builtin_code;
    let codes = graph.operators.as_ref().unwrap().iter().map(code).collect();
    (codes, graph, model)
}

/// The constant that an operator reads.
fn constant(graph: &SubGraph, model: &schema::Model, op: usize, input: usize) -> Vec<u8> {
    let id = graph.operators.as_ref().unwrap()[op].inputs.as_ref().unwrap()[input] as usize;
    let buffer = graph.tensors.as_ref().unwrap()[id].buffer as usize;
    model.buffers.as_ref().unwrap()[buffer].data.clone().unwrap()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// A convolution from `dim` to `out`.
fn convolution(
    dim: (usize, usize, usize),
    out: (usize, usize, usize),
    geometry: Geometry,
    scale: Option<f32>,
) -> Program {
    let columns = dim.0 / geometry.groups * geometry.kernel.0 * geometry.kernel.1;
    let product = product(counted((out.0, columns)), vec![0.5; out.0]);
    Program {
        tensors: vec![tensor("x", dim, scale), tensor("y", out, scale)],
        operations: vec![Operation::Conv { input: 0, output: 1, product, geometry }],
        inputs: vec![0],
        outputs: vec![1],
    }
}

/// One matrix from `columns` to `rows`.
fn dense((rows, columns): (usize, usize), scale: Option<f32>) -> Program {
    let product = product(counted((rows, columns)), vec![0.25; rows]);
    Program {
        tensors: vec![tensor("x", (columns, 1, 1), scale), tensor("y", (rows, 1, 1), scale)],
        operations: vec![Operation::Dense { input: 0, output: 1, position: 0, product }],
        inputs: vec![0],
        outputs: vec![1],
    }
}

#[test]
fn constants_of_all_sizes_lie_at_multiples_of_16() {
    for (rows, columns) in (1..=40).flat_map(|rows| (1..=40).map(move |columns| (rows, columns))) {
        for scale in [None, Some(0.5)] {
            let bytes = encode(&dense((rows, columns), scale)).unwrap().bytes;
            let model = ModelRef::read_as_root(&bytes).unwrap();
            let at = |data: *const u8| data as usize - bytes.as_ptr() as usize;
            let buffers = model.buffers().unwrap().unwrap().iter().map(|buffer| buffer.unwrap());
            let data: Vec<&[u8]> = buffers.filter_map(|buffer| buffer.data().unwrap()).collect();
            assert!(data.iter().all(|data| at(data.as_ptr()).is_multiple_of(16)), "{rows} x {columns}");
            let element = if scale.is_some() { 1 } else { 4 };
            let lengths: Vec<usize> = data.iter().map(|data| data.len()).collect();
            assert_eq!(lengths, [rows * columns * element, rows * 4]);
            assert_eq!((model.version().unwrap(), model.description().unwrap()), (3, Some("Sepal")));
            assert!(bytes.len().is_multiple_of(16));
        }
    }
}

#[test]
fn filters_have_their_channels_last() {
    let (codes, graph, model) =
        read(&convolution((2, 5, 5), (3, 4, 4), geometry((2, 2), (1, 1), [0; 4]), None));
    assert_eq!(codes, [operator::CONV_2D]);
    // Taps of both channels in turns.
    assert_eq!(floats(&constant(&graph, &model, 0, 1))[..8], [0.0, 4.0, 1.0, 5.0, 2.0, 6.0, 3.0, 7.0]);
    let shapes: Vec<_> = graph.tensors.iter().flatten().map(|t| t.shape.clone().unwrap()).collect();
    assert_eq!(shapes, [vec![1, 5, 5, 2], vec![3, 2, 2, 2], vec![3], vec![1, 4, 4, 3]]);
}

#[test]
fn filters_of_single_channels_are_depthwise() {
    let geometry = Geometry { groups: 2, ..geometry((2, 1), (1, 1), [0; 4]) };
    let (codes, graph, model) = read(&convolution((2, 5, 5), (4, 4, 5), geometry, None));
    assert_eq!(codes, [operator::DEPTHWISE_CONV_2D]);
    assert_eq!(floats(&constant(&graph, &model, 0, 1)), [0.0, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0]);
    let Some(BuiltinOptions::DepthwiseConv2DOptions(options)) =
        &graph.operators.as_ref().unwrap()[0].builtin_options
    else {
        panic!("other options");
    };
    assert_eq!(options.depth_multiplier, 2);
}

#[test]
fn padding_is_same_only_where_it_is() {
    let padding = |graph: &SubGraph, op: usize| match &graph.operators.as_ref().unwrap()[op].builtin_options {
        Some(BuiltinOptions::Conv2DOptions(options)) => options.padding,
        other => panic!("{other:?}"),
    };
    let same = convolution((1, 5, 5), (1, 5, 5), geometry((3, 3), (1, 1), [1; 4]), None);
    let (codes, graph, _) = read(&same);
    assert_eq!((codes, padding(&graph, 0)), (vec![operator::CONV_2D], schema::Padding::Same));
    // SAME would pad below and to the right only.
    let other = convolution((1, 6, 6), (1, 3, 3), geometry((3, 3), (2, 2), [1; 4]), Some(0.5));
    let (codes, graph, model) = read(&other);
    assert_eq!(codes, [operator::PAD, operator::CONV_2D]);
    assert_eq!(padding(&graph, 1), schema::Padding::Valid);
    let sizes: Vec<u8> = constant(&graph, &model, 0, 1).into_iter().step_by(4).collect();
    assert_eq!(sizes, [0, 0, 1, 0, 1, 0, 0, 0]);
}

#[test]
fn a_flattened_image_moves_the_columns_of_the_matrix() {
    let mut program = convolution((1, 2, 1), (2, 2, 1), Geometry::pointwise(), None);
    let vector = Tensor { alias: Some(1), ..tensor("flat", (4, 1, 1), None) };
    program.tensors.extend([vector, tensor("z", (1, 1, 1), None)]);
    let product = product(counted((1, 4)), Vec::new());
    program.operations.push(Operation::Dense { input: 2, output: 3, position: 0, product });
    program.outputs = vec![3];
    let (codes, graph, model) = read(&program);
    assert_eq!(codes, [operator::CONV_2D, operator::FULLY_CONNECTED]);
    assert_eq!(floats(&constant(&graph, &model, 1, 1)), [0.0, 2.0, 1.0, 3.0]);
    // Others than matrices need the values moved, where both orders are not one.
    program.operations.pop();
    program.outputs = vec![4];
    program.tensors.push(Tensor { alias: Some(1), ..tensor("wide", (2, 1, 2), None) });
    assert_eq!(read(&program).0, [operator::CONV_2D, operator::RESHAPE]);
    program.tensors[4] = Tensor { alias: Some(1), ..tensor("high", (1, 4, 1), None) };
    assert_eq!(read(&program).0, [operator::CONV_2D, operator::TRANSPOSE, operator::RESHAPE]);
}

#[test]
fn int8_weights_and_biases_have_a_scale_for_each_output() {
    let mut program = convolution((1, 2, 2), (2, 2, 2), Geometry::pointwise(), Some(0.5));
    let Operation::Conv { product, .. } = &mut program.operations[0] else { panic!() };
    product.matrix = Matrix::new(ndarray::array![[0.127], [-0.254]]);
    product.bias = vec![0.01, 0.02];
    let (_, graph, model) = read(&program);
    let tensors = graph.tensors.as_ref().unwrap();
    let scales = |id: usize| tensors[id].quantization.as_ref().unwrap().scale.clone().unwrap();
    let inputs = graph.operators.as_ref().unwrap()[0].inputs.clone().unwrap();
    let (weights, bias) = (scales(inputs[1] as usize), scales(inputs[2] as usize));
    assert_eq!(bias, weights.iter().map(|scale| scale * 0.5).collect::<Vec<f32>>());
    let whole: Vec<i8> = constant(&graph, &model, 0, 1).into_iter().map(u8::cast_signed).collect();
    for (row, real) in [0.127, -0.254].into_iter().enumerate() {
        assert!((f32::from(whole[row]) * weights[row] - real).abs() < 1e-6, "{whole:?} {weights:?}");
    }
    let steps = constant(&graph, &model, 0, 2);
    let first = i32::from_le_bytes([steps[0], steps[1], steps[2], steps[3]]);
    assert_eq!(first, (0.01 / bias[0]).round() as i32);
}

#[test]
fn functions_have_the_scales_that_interpreters_want() {
    let unary = |function| Operation::Unary { input: 0, output: 1, channel: 0, function };
    let scale = |function, scale: f32| {
        let program = Program {
            tensors: vec![tensor("x", (4, 1, 1), Some(0.5)), tensor("y", (4, 1, 1), Some(scale))],
            operations: vec![unary(function)],
            inputs: vec![0],
            outputs: vec![1],
        };
        let (codes, graph, _) = read(&program);
        let quantization = graph.tensors.unwrap()[1].quantization.clone().unwrap();
        (codes, quantization.scale.unwrap()[0], quantization.zero_point.unwrap()[0])
    };
    assert_eq!(scale(Function::Sigmoid, 0.25), (vec![operator::LOGISTIC], 1.0 / 256.0, -128));
    assert_eq!(scale(Function::Tanh, 0.25), (vec![operator::TANH], 1.0 / 128.0, 0));
    assert_eq!(scale(Function::Relu6, 0.25), (vec![operator::RELU6], 0.5, 0));
    assert_eq!(scale(Function::LeakyRelu(0.1), 0.25), (vec![operator::LEAKY_RELU], 0.25, 0));
    assert_eq!(scale(Function::Copy, 0.25), (vec![operator::QUANTIZE], 0.25, 0));
}

#[test]
fn parts_are_put_together_on_one_scale() {
    let program = Program {
        tensors: vec![
            tensor("a", (1, 2, 2), Some(0.5)),
            tensor("b", (2, 2, 2), Some(0.25)),
            tensor("both", (3, 2, 2), Some(0.5)),
        ],
        operations: vec![
            Operation::Copy { input: 0, output: 2, channel: 0 },
            Operation::Unary { input: 1, output: 2, channel: 1, function: Function::Copy },
        ],
        inputs: vec![0, 1],
        outputs: vec![2],
    };
    let (codes, graph, _) = read(&program);
    assert_eq!(codes, [operator::QUANTIZE, operator::CONCATENATION]);
    assert_eq!(graph.operators.unwrap()[1].inputs.as_ref().unwrap()[0], 0);
}

#[test]
fn limits_become_operators_only_within_the_scale() {
    let mut program = convolution((1, 2, 2), (1, 2, 2), Geometry::pointwise(), Some(0.5));
    let Operation::Conv { product, .. } = &mut program.operations[0] else { panic!() };
    product.activation = Activation::Clip(-3.0, 70.0);
    let (codes, graph, model) = read(&program);
    assert_eq!(codes, [operator::CONV_2D, operator::MAXIMUM]);
    assert_eq!(constant(&graph, &model, 1, 1), [(-6_i8).cast_unsigned()]);
}

#[test]
fn pools_keep_their_scale_and_pad_with_the_lowest() {
    let pool = |kind, dim, out, geometry| Program {
        tensors: vec![tensor("x", dim, Some(0.5)), tensor("y", out, Some(0.25))],
        operations: vec![Operation::Pool { input: 0, output: 1, kind, geometry }],
        inputs: vec![0],
        outputs: vec![1],
    };
    let windows = geometry((3, 3), (2, 2), [1; 4]);
    let (codes, graph, model) = read(&pool(PoolKind::Max, (1, 6, 6), (1, 3, 3), windows));
    assert_eq!(codes, [operator::PADV2, operator::MAX_POOL_2D]);
    assert_eq!(constant(&graph, &model, 0, 2), [128]);
    let last = graph.tensors.as_ref().unwrap().last().unwrap().quantization.clone().unwrap();
    assert_eq!(last.scale, Some(vec![0.5]));
    let whole = pool(PoolKind::Average, (2, 6, 6), (2, 1, 1), geometry((6, 6), (1, 1), [0; 4]));
    assert_eq!(read(&whole).0, [operator::MEAN, operator::RESHAPE]);
}

#[test]
fn everything_that_cannot_be_said_is_said_at_once() {
    let kind = PoolKind::Average;
    let program = Program {
        tensors: vec![
            tensor("x", (1, 6, 6), None),
            tensor("y", (1, 3, 3), None),
            tensor("z", (1, 2, 2), None),
        ],
        operations: vec![
            Operation::Pool { input: 0, output: 1, kind, geometry: geometry((3, 3), (2, 2), [1; 4]) },
            Operation::Pool { input: 1, output: 2, kind, geometry: geometry((3, 3), (2, 2), [1; 4]) },
            Operation::Pool { input: 0, output: 1, kind, geometry: geometry((5, 5), (2, 2), [2, 1, 1, 2]) },
        ],
        inputs: vec![0],
        outputs: vec![2],
    };
    let Err(ExportError::Tflite(problems)) = encode(&program) else { panic!("no error") };
    assert_eq!(problems.len(), 2, "{problems:?}");
}

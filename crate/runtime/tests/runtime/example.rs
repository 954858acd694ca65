//! The listings in FORMAT.md, read and run: the document is normative, so it must be right.

use crate::artifact::{Artifact, Form, Matrix, Op, Tensor, Values, View};
use crate::encode::encode;
use crate::weights;
use sepal_runtime::{Format, Layout, OpKind, Program, stated_crc};

const DOCUMENT: &str = include_str!("../../FORMAT.md");

/// The bytes of the first listing below a heading. Each line begins with its offset.
fn listing(heading: &str) -> Vec<u8> {
    let section = DOCUMENT.split(&format!("\n{heading}\n")).nth(1).expect(heading);
    let block = section.split("```hex\n").nth(1).and_then(|rest| rest.split("```").next());
    let mut bytes = Vec::new();
    for line in block.expect("there is a hex block").lines() {
        let (offset, rest) = line.split_once(": ").expect("offset: bytes  comment");
        assert_eq!(offset.trim().parse(), Ok(bytes.len()), "{line}");
        let fields = rest.split("  ").next().unwrap_or_default();
        bytes.extend(fields.split(' ').map(|byte| u8::from_str_radix(byte, 16).expect(line)));
    }
    bytes
}

fn listed() -> Vec<u8> {
    listing("## 9. Example")
}

#[test]
fn the_example_of_the_document_runs() {
    let bytes = listed();
    let program = Program::parse(&bytes).unwrap();
    let input = program.inputs().next().unwrap();
    let output = program.outputs().next().unwrap();
    assert_eq!((input.len(), input.scale, input.zero_point), (2, 0.125, 4));
    assert_eq!((output.len(), output.scale, output.zero_point), (1, 0.25, -10));
    assert_eq!(program.crc(), u32::from_le_bytes([0x76, 0x38, 0x6b, 0xf2]));
    assert_eq!((stated_crc(&bytes), stated_crc(&bytes[..15])), (program.crc(), 0));
    let operation = program.operations().next().unwrap();
    assert_eq!((operation.kind, operation.format), (OpKind::Dense, Some(Format::DenseS8)));
    let mut arena = [0; 8];
    let room = program.input_mut(&mut arena, 0).unwrap();
    room.copy_from_slice(&[2.0, -1.0].map(|real| input.quantise(real).cast_unsigned()));
    assert_eq!(room, [20, 252]);
    program.run(&mut arena).unwrap();
    assert_eq!(program.output(&arena, 0).unwrap(), [0]);
    assert_eq!(output.real(0), 2.5);
}

fn matrix(form: Form, [rows, cols]: [usize; 2], values: Vec<i8>) -> Matrix {
    Matrix {
        form,
        rows,
        cols,
        values: Values::I8(values),
        bias: Some(vec![12]),
        bias_f32: None,
        mult: vec![16384],
        bias_shift: 0,
        pre: 0,
        post: 17,
        zero_point: -10,
        lo: -128,
        hi: 127,
        activation: 0,
    }
}

/// So does it make the arrays of formats that have layouts.
#[test]
fn the_weights_of_the_document_are_those_of_the_tests() {
    let form = |name: &str| Layout::ALL.into_iter().find(|layout| layout.name == name).map(Form::from);
    let mut values = vec![0; 80];
    (values[3], values[20], values[79]) = (5, -2, 7);
    for (heading, name) in [("### 5.3 `gap` (12)", "gap_c4w8"), ("### 5.4 `skip` (13)", "skip_c4")] {
        let matrix = matrix(form(name).unwrap(), [2, 40], values.clone());
        assert_eq!(weights::store(&matrix), listing(heading), "{name}");
    }
    let codes = matrix(form("codes_c3").unwrap(), [2, 5], vec![5, -2, 0, 0, 7, 0, 5, 5, 0, -2]);
    assert_eq!(weights::store(&codes), listing("### 5.5 `codes` (14)"));
}

/// The tests' own encoder makes the same bytes, so that what it makes is what the document means.
#[test]
fn the_encoder_of_the_tests_makes_the_example() {
    let matrix = matrix(0.into(), [1, 2], vec![3, -2]);
    let tensor = |offset, c, zero_point, scale| Tensor {
        view: View::contiguous(offset, [c, 1, 1]),
        float: false,
        zero_point,
        scale,
    };
    let artifact = Artifact {
        arena_bytes: 8,
        inputs: vec![tensor(0, 2, 4, 0.125)],
        outputs: vec![tensor(4, 1, -10, 0.25)],
        ops: vec![Op::Dense { input: 0, output: 4, matrix }],
    };
    assert_eq!(encode(&artifact), listed());
}

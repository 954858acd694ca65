//! The listing in FORMAT.md, read and run: the document is normative, so it must be right.

use crate::artifact::{Artifact, Matrix, Op, Tensor, Values, View};
use crate::encode::encode;
use sepal_runtime::{Format, OpKind, Program, stated_crc};

const DOCUMENT: &str = include_str!("../../FORMAT.md");

/// The bytes of the listing. Each line begins with its offset.
fn listed() -> Vec<u8> {
    let section = DOCUMENT.split("\n## 9. Example\n").nth(1).expect("FORMAT.md has a section 9");
    let block = section.split("```hex\n").nth(1).and_then(|rest| rest.split("```").next());
    let mut bytes = Vec::new();
    for line in block.expect("section 9 has a hex block").lines() {
        let (offset, rest) = line.split_once(": ").expect("offset: bytes  comment");
        assert_eq!(offset.trim().parse(), Ok(bytes.len()), "{line}");
        let fields = rest.split("  ").next().unwrap_or_default();
        bytes.extend(fields.split(' ').map(|byte| u8::from_str_radix(byte, 16).expect(line)));
    }
    bytes
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

/// The tests' own encoder makes the same bytes, so that what it makes is what the document means.
#[test]
fn the_encoder_of_the_tests_makes_the_example() {
    let matrix = Matrix {
        format: 0,
        rows: 1,
        cols: 2,
        values: Values::I8(vec![3, -2]),
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
    };
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

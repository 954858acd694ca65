//! Whole programs and the calls around them.

use crate::artifact::{Artifact, Filter, Op, Pool, Tensor, View};
use crate::encode::encode;
use crate::random::Random;
use crate::reference;
use sepal_runtime::{Error, Format, OpKind, Program};

/// A small classifier: padded convolution, pooling, a sparse product, softmax.
fn classifier() -> Artifact {
    let mut random = Random::new(13);
    let padded = View { offset: 0, c: 2, h: 10, w: 10, pitch: 10, plane: 100 };
    let inner = View { offset: 11, h: 8, w: 8, ..padded };
    let input = View::contiguous(200, [2, 8, 8]);
    let features = View::contiguous(328, [6, 8, 8]);
    let pooled = View::contiguous(0, [6, 4, 4]);
    let filter = Filter { kh: 3, kw: 3, sh: 1, sw: 1, dh: 1, dw: 1, groups: 1 };
    let conv = random.matrix(8, 6, 18);
    let dense = random.matrix(4, 5, 96);
    let pool = Pool {
        float: false,
        kind: 0,
        input: features,
        output: pooled,
        kh: 2,
        kw: 2,
        sh: 2,
        sw: 2,
        top: 0,
        left: 0,
        mult: 0,
        pre: 0,
        post: 0,
        zero_in: 0,
        zero_out: 0,
    };
    let table = (0..256u32).map(|d| (32768 >> (d / 8).min(15)) as u16).collect();
    let tensor = |view, zero_point, scale| Tensor { view, float: false, zero_point, scale };
    Artifact {
        arena_bytes: 752,
        inputs: vec![tensor(input, 3, 0.5)],
        outputs: vec![tensor(View::contiguous(104, [5, 1, 1]), -128, 1.0 / 256.0)],
        ops: vec![
            Op::Fill { float: false, output: padded, value: 3 },
            Op::Copy { float: false, input, output: inner },
            Op::Conv { input: padded, output: features, matrix: conv, filter, scratch: 712 },
            Op::Pool(pool),
            Op::Dense { input: 0, output: 96, matrix: dense },
            Op::Softmax { input: 96, output: 104, n: 5, table: Some(table) },
        ],
    }
}

/// The outputs of the reference for inputs that are `seed`'s.
fn expected(artifact: &Artifact, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut arena = vec![0; artifact.arena_bytes];
    let input: Vec<u8> = (0..128).map(|_| rng.u8(..)).collect();
    arena[200..328].copy_from_slice(&input);
    for op in &artifact.ops {
        reference::run(&mut arena, op);
    }
    (input, arena[104..109].to_vec())
}

#[test]
fn a_classifier_agrees_however_dirty_the_arena_is() {
    let artifact = classifier();
    let bytes = encode(&artifact);
    let program = Program::parse(&bytes).unwrap();
    let mut arena = vec![0xa5; program.arena_bytes()];
    let mut seen = Vec::new();
    for seed in 0..50 {
        let (input, output) = expected(&artifact, seed);
        program.input_mut(&mut arena, 0).unwrap().copy_from_slice(&input);
        program.run(&mut arena).unwrap();
        assert_eq!(program.output(&arena, 0).unwrap(), output, "seed {seed}");
        seen.push(output);
    }
    seen.dedup();
    assert!(seen.len() > 10, "the outputs depend on the inputs");
}

#[test]
fn neither_artifact_nor_arena_need_be_aligned() {
    let artifact = classifier();
    let bytes = encode(&artifact);
    let (input, output) = expected(&artifact, 1);
    for shift in 0..4 {
        let mut moved = vec![0; shift];
        moved.extend(&bytes);
        let program = Program::parse(&moved[shift..]).unwrap();
        let mut memory = vec![0; shift + program.arena_bytes() + 3];
        let arena = &mut memory[shift..];
        program.input_mut(arena, 0).unwrap().copy_from_slice(&input);
        program.run(arena).unwrap();
        assert_eq!(program.output(arena, 0).unwrap(), output);
    }
}

#[test]
fn a_program_describes_itself() {
    let bytes = encode(&classifier());
    let program = Program::parse(&bytes).unwrap();
    assert_eq!((program.arena_bytes(), program.inputs().len(), program.outputs().len()), (752, 1, 1));
    assert_eq!(program.crc().to_le_bytes(), bytes[12..16]);
    let input = program.inputs().next().unwrap();
    assert_eq!((input.offset, input.channels, input.height, input.width), (200, 2, 8, 8));
    assert_eq!((input.len(), input.bytes(), input.is_float), (128, 128, false));
    assert_eq!((input.quantise(1.0), input.quantise(-0.25), input.quantise(1e9)), (5, 2, 127));
    assert_eq!(input.real(5), 1.0);
    let operations: Vec<_> =
        program.operations().map(|op| (op.kind, op.format, op.rows, op.cols, op.is_float)).collect();
    let expected = [
        (OpKind::Fill, None, 0, 0, false),
        (OpKind::Copy, None, 0, 0, false),
        (OpKind::Conv, Some(Format::Block4S8), 6, 18, false),
        (OpKind::Pool, None, 0, 0, false),
        (OpKind::Dense, Some(Format::SparseC4D6), 5, 96, false),
        (OpKind::Softmax, None, 0, 0, false),
    ];
    assert_eq!(operations, expected);
}

#[test]
fn a_pair_describes_both_matrices() {
    let mut random = Random::new(3);
    let op = random.pair([10, 11], [1, 1]);
    let bytes = encode(&random.artifact(op.clone()));
    let Op::Pair(pair) = op else { panic!("not a pair") };
    let [first, second] = &pair.matrices;
    let operation = Program::parse(&bytes).unwrap().operations().next().unwrap();
    assert_eq!((operation.kind, operation.is_float), (OpKind::Pair, true));
    assert_eq!((operation.format, operation.rows), (Some(Format::DenseF32), first.rows));
    assert_eq!(operation.second, Some((Format::SparseF32, second.rows, second.cols)));
}

#[test]
fn wrong_buffers_are_refused() {
    let bytes = encode(&classifier());
    let program = Program::parse(&bytes).unwrap();
    let mut short = [0; 751];
    assert_eq!(program.run(&mut short), Err(Error::ArenaTooShort));
    assert!(program.input_mut(&mut short, 0).is_some());
    assert!(program.input_mut(&mut short, 1).is_none());
    assert!(program.input_mut(&mut short[..327], 0).is_none());
    assert!(program.output(&short[..108], 0).is_none());
    assert!(program.output(&short, 1).is_none());
}

#[test]
fn errors_have_numbers_and_words() {
    assert_eq!(Error::Truncated.code(), 1);
    assert_eq!(Error::ArenaTooShort.code(), 17);
    assert_eq!(Error::Magic.to_string(), "this is not a .sepal artifact");
    assert_eq!(size_of::<Error>(), 1);
}

//! Every operation with every format, against the naive implementation, byte for byte.

use crate::artifact::{Op, Values};
use crate::encode::encode;
use crate::random::{BYTE_FORMATS, FLOAT_FORMATS, Random};
use crate::reference;
use crate::samples::{Simple, simple};
use sepal_runtime::Program;

/// Cases of one kind.
const CASES: u64 = 60;

/// Start and end of what an operation may use as it likes.
fn private(op: &Op) -> Vec<(usize, usize)> {
    match op {
        Op::Conv { matrix, scratch, .. } => vec![(*scratch, scratch + 2 * matrix.cols)],
        Op::Pair(pair) => {
            let bytes = if pair.matrices[0].is_float() { 4 } else { 1 };
            let first = (2 * pair.matrices[0].cols).next_multiple_of(4);
            vec![
                (pair.scratch, pair.scratch + first + 2 * pair.matrices[1].cols),
                (pair.mid.offset, pair.mid.offset + bytes * pair.mid.c * pair.mid.plane),
            ]
        }
        _ => Vec::new(),
    }
}

/// Runs random operations and the reference on the same arena: the outputs must be the same, and no
/// other byte may have changed.
fn agree(name: &str, floats: bool, mut make: impl FnMut(&mut Random) -> Op) {
    for case in 0..CASES {
        let mut random = Random::new(case);
        let op = make(&mut random);
        let artifact = random.artifact(op);
        let bytes = encode(&artifact);
        let program = Program::parse(&bytes).unwrap_or_else(|error| panic!("{name} {case}: {error}"));
        let mut arena: Vec<u8> = if floats {
            (0..artifact.arena_bytes / 4)
                .flat_map(|_| (random.rng.f32() * 16.0 - 8.0).to_le_bytes())
                .collect()
        } else {
            (0..artifact.arena_bytes).map(|_| random.rng.u8(..)).collect()
        };
        let mut expected = arena.clone();
        reference::run(&mut expected, &artifact.ops[0]);
        program.run(&mut arena).unwrap();
        for (start, end) in private(&artifact.ops[0]) {
            expected[start..end].copy_from_slice(&arena[start..end]);
        }
        let first = arena.iter().zip(&expected).position(|(a, b)| a != b);
        assert_eq!(first, None, "{name}, case {case}: {:?}", artifact.ops[0]);
    }
}

#[test]
fn dense_in_every_format() {
    for format in BYTE_FORMATS.chain(FLOAT_FORMATS) {
        agree(&format!("dense {format}"), format >= 10, |random| random.dense(format));
    }
}

#[test]
fn conv_in_every_format() {
    for format in BYTE_FORMATS.chain(FLOAT_FORMATS) {
        agree(&format!("conv {format}"), format >= 10, |random| random.conv(format, 1));
    }
}

#[test]
fn grouped_conv_in_every_format_that_allows_it() {
    for format in [0, 2, 3, 4, 5, 6, 7, 10, 11] {
        for groups in [2, 3, 6] {
            agree(&format!("conv {format}/{groups}"), format >= 10, |random| random.conv(format, groups));
        }
    }
}

#[test]
fn pair_in_every_format() {
    for format in BYTE_FORMATS {
        let other = (format + 3) % 10;
        agree(&format!("pair {format} {other}"), false, |random| random.pair([format, other], [1, 1]));
    }
    for formats in [[10, 11], [11, 10]] {
        agree(&format!("pair {formats:?}"), true, |random| random.pair(formats, [1, 1]));
    }
}

#[test]
fn grouped_pairs() {
    for (formats, groups) in [([0, 1], [3, 1]), ([8, 3], [1, 2]), ([4, 2], [2, 3]), ([10, 11], [2, 2])] {
        let name = format!("pair {formats:?} {groups:?}");
        agree(&name, formats[0] >= 10, |random| random.pair(formats, groups));
    }
}

#[test]
fn operators_without_a_matrix() {
    for Simple { name, float, make } in simple() {
        agree(&format!("{name} {float}"), float, make);
    }
}

/// Long rows: columns beyond what a delta of each format spans, more words than one, 4 rows at a time.
#[test]
fn dense_rows_with_wide_gaps() {
    for format in BYTE_FORMATS.chain(FLOAT_FORMATS) {
        agree(&format!("wide {format}"), format >= 10, |random| {
            let mut matrix = random.matrix(format, 11, 900);
            if let Values::I8(values) = &mut matrix.values {
                let gaps = values.iter_mut().enumerate().filter(|(index, _)| index % 700 > 5);
                gaps.for_each(|(_, value)| *value = 0);
            }
            random.dense_of(matrix)
        });
    }
}

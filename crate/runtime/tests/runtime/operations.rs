//! Every operation with every format, against the naive implementation, byte for byte.

use crate::artifact::{Form, Op, Values};
use crate::encode::encode;
use crate::random::{Random, byte_forms, float_forms, forms};
use crate::reference;
use crate::samples::{Simple, simple};
use sepal_runtime::{Layout, Program};

/// Cases of one kind.
const CASES: u64 = 60;

/// Start and end of what an operation may use as it likes.
fn private(op: &Op) -> Vec<(usize, usize)> {
    match op {
        Op::Conv { matrix, scratch, .. } => vec![(*scratch, scratch + matrix.scratch())],
        Op::Pair(pair) => {
            let bytes = if pair.matrices[0].is_float() { 4 } else { 1 };
            let first = pair.matrices[0].scratch().next_multiple_of(4);
            vec![
                (pair.scratch, pair.scratch + first + pair.matrices[1].scratch()),
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
    for form in forms() {
        agree(&format!("dense {form:?}"), form.is_float(), |random| random.dense(form));
    }
}

#[test]
fn conv_in_every_format() {
    for form in forms() {
        agree(&format!("conv {form:?}"), form.is_float(), |random| random.conv(form, 1));
    }
}

#[test]
fn grouped_conv_in_every_format_that_allows_it() {
    for form in forms().into_iter().filter(|form| form.is_single()) {
        for groups in [2, 3, 6] {
            agree(&format!("conv {form:?}/{groups}"), form.is_float(), |random| random.conv(form, groups));
        }
    }
}

#[test]
fn pair_in_every_format() {
    let bytes = byte_forms();
    for (form, &other) in bytes.iter().zip(bytes.iter().cycle().skip(3)) {
        agree(&format!("pair {form:?} {other:?}"), false, |random| random.pair([*form, other], [1, 1]));
    }
    let [dense, sparse] = float_forms();
    for forms in [[dense, sparse], [sparse, dense]] {
        agree(&format!("pair {forms:?}"), true, |random| random.pair(forms, [1, 1]));
    }
}

#[test]
fn grouped_pairs_of_layouts() {
    let layouts = Layout::ALL.map(Form::from);
    for (form, &other) in layouts.iter().zip(layouts.iter().cycle().skip(5)) {
        agree(&format!("pair {form:?} {other:?}"), false, |random| random.pair([*form, other], [2, 3]));
    }
}

#[test]
fn grouped_pairs() {
    for (formats, groups) in [([0, 1], [3, 1]), ([8, 3], [1, 2]), ([4, 2], [2, 3]), ([10, 11], [2, 2])] {
        let name = format!("pair {formats:?} {groups:?}");
        agree(&name, formats[0] == 10, |random| random.pair::<u8>(formats, groups));
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
    for form in forms() {
        agree(&format!("wide {form:?}"), form.is_float(), |random| {
            let mut matrix = random.matrix(form, 11, 900);
            if let Values::I8(values) = &mut matrix.values {
                let gaps = values.iter_mut().enumerate().filter(|(index, _)| index % 700 > 5);
                gaps.for_each(|(_, value)| *value = 0);
            }
            random.dense_of(matrix)
        });
    }
}

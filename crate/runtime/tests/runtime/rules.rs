//! Each rule of FORMAT.md, broken alone.

use crate::artifact::{Artifact, Filter, Op, Values, View};
use crate::encode::{encode, seal};
use crate::random::Random;
use sepal_runtime::{Error, Format, Layout, Program};

/// A valid artifact of one operation.
fn valid(make: impl Fn(&mut Random) -> Op) -> Artifact {
    let mut random = Random::new(21);
    let op = make(&mut random);
    random.artifact(op)
}

/// The error for an artifact after a change; before it there is none.
fn broken(mut artifact: Artifact, change: impl Fn(&mut Artifact)) -> Option<Error> {
    assert_eq!(Program::parse(&encode(&artifact)).err(), None);
    change(&mut artifact);
    Program::parse(&encode(&artifact)).err()
}

/// The same for a change of bytes, counted from the start of the first record.
fn patched(artifact: &Artifact, at: usize, new: &[u8]) -> Option<Error> {
    let mut bytes = encode(artifact);
    assert_eq!(Program::parse(&bytes).err(), None);
    let record = 32 + 24 * (artifact.inputs.len() + artifact.outputs.len());
    bytes[record + at..record + at + new.len()].copy_from_slice(new);
    seal(&mut bytes);
    Program::parse(&bytes).err()
}

/// The same for a change of the header.
fn header(at: usize, new: &[u8]) -> Option<Error> {
    let mut bytes = encode(&valid(|random| random.copy(false)));
    bytes[at..at + new.len()].copy_from_slice(new);
    seal(&mut bytes);
    Program::parse(&bytes).err()
}

#[test]
fn header_rules() {
    assert_eq!(header(0, b"SEP2"), Some(Error::Magic));
    assert_eq!(header(6, &[36, 0]), Some(Error::Header));
    assert_eq!(header(16, &[0xfe, 0, 0, 0]), Some(Error::Header), "arena_bytes is a multiple of 4");
    assert_eq!(header(16, &[4, 0, 0, 4]), Some(Error::Header), "arena_bytes is at most 2^26");
    assert_eq!(header(20, &[0, 0]), Some(Error::Header), "op_count");
    assert_eq!(header(22, &[0]), Some(Error::Header), "input_count");
    assert_eq!(header(23, &[0]), Some(Error::Header), "output_count");
    assert_eq!(header(28, &[1]), Some(Error::Reserved));
}

/// The first input begins at 32: its view, then dtype at 48.
#[test]
fn tensor_rules() {
    assert_eq!(header(32, &[0, 0, 0, 1]), Some(Error::View), "outside the arena");
    assert_eq!(header(36, &[0]), Some(Error::View), "no channels");
    assert_eq!(header(42, &[2]), Some(Error::View), "pitch is not the width");
    assert_eq!(header(44, &[2]), Some(Error::View), "plane is not height times width");
    assert_eq!(header(48, &[2]), Some(Error::Range), "dtype");
    assert_eq!(header(50, &[1]), Some(Error::Reserved));
    for scale in [0.0, -1.0, f32::INFINITY, f32::NAN] {
        assert_eq!(header(52, &scale.to_le_bytes()), Some(Error::Range), "scale {scale}");
    }
    assert_eq!(header(48, &[1]), Some(Error::Range), "the scale of f32 is 1");
}

#[test]
fn record_rules() {
    let copy = valid(|random| random.copy(false));
    assert_eq!(patched(&copy, 1, &[1]), Some(Error::Reserved), "a format without meaning");
    assert_eq!(patched(&copy, 2, &[1]), Some(Error::Reserved), "a flag without meaning");
    assert_eq!(patched(&copy, 3, &[8]), Some(Error::Record), "too short");
    assert_eq!(patched(&copy, 3, &[0]), Some(Error::Record), "no words");
    assert_eq!(patched(&copy, 3, &[10]), Some(Error::Truncated), "behind the file");
    let table = valid(Random::table);
    assert_eq!(patched(&table, 3, &[11]), Some(Error::Record), "too long");
    assert_eq!(patched(&valid(|random| random.pool(0, false)), 1, &[3]), Some(Error::Unsupported));
    assert_eq!(patched(&valid(|random| random.function(0)), 1, &[7]), Some(Error::Unsupported));
    let dense = valid(|random| random.dense(0));
    assert_eq!(patched(&dense, 2, &[0x80]), Some(Error::Range), "FLOAT with i8 weights");
}

/// A DENSE: its matrix begins at 12.
#[test]
fn matrix_rules() {
    let dense = valid(|random| random.dense(0));
    let file = u32::try_from(encode(&dense).len()).unwrap();
    for (field, what) in [(16, "weights"), (24, "mult")] {
        for offset in [0, 4, 80, 0x7fff_fffc, file, file - 3] {
            assert_eq!(patched(&dense, field, &offset.to_le_bytes()), Some(Error::Array), "{what} {offset}");
        }
    }
    assert_eq!(patched(&dense, 20, &4u32.to_le_bytes()), Some(Error::Array), "bias");
    assert_eq!(patched(&dense, 12, &[0, 0]), Some(Error::Shape), "no rows");
    assert_eq!(patched(&dense, 14, &[0, 0]), Some(Error::Shape), "no columns");
    assert_eq!(patched(&dense, 28, &[17]), Some(Error::Range), "bias_shift");
    assert_eq!(patched(&dense, 29, &[17]), Some(Error::Range), "pre");
    assert_eq!(patched(&dense, 30, &[0]), Some(Error::Range), "post below 1");
    assert_eq!(patched(&dense, 30, &[31]), Some(Error::Range), "post above 30");
    assert_eq!(patched(&dense, 32, &[5, 4]), Some(Error::Range), "hi below lo");
    assert_eq!(patched(&dense, 34, &[1]), Some(Error::Reserved), "an activation of i8");
    let float = valid(|random| random.dense(10));
    assert_eq!(patched(&float, 24, &[4]), Some(Error::Reserved), "mult of FLOAT");
    assert_eq!(patched(&float, 34, &[3]), Some(Error::Range), "an unknown activation");
    assert_eq!(patched(&float, 4, &[1]), Some(Error::View), "f32 are aligned");
    let high = broken(dense, |artifact| {
        let Op::Dense { matrix, .. } = &mut artifact.ops[0] else { return };
        matrix.mult[0] = 32768;
    });
    assert_eq!(high, Some(Error::Range), "mult");
}

/// Weights in a matrix with one column less than they were stored for: their last column is outside.
#[test]
fn no_stored_column_reaches_the_number_of_columns() {
    for format in [3, 4, 5, 6, 7, 8, 9, 11] {
        let artifact = valid(|random| {
            let mut matrix = random.matrix(format, 9, 40);
            match &mut matrix.values {
                Values::I8(values) => values[39] = *values.iter().find(|v| **v != 0).unwrap(),
                Values::F32(values) => values[39] = 1.0,
            }
            random.dense_of(matrix)
        });
        assert_eq!(patched(&artifact, 14, &[39, 0]), Some(Error::Weights), "format {format}");
    }
}

/// Counts and tables, as they lie behind the record of 36 bytes.
#[test]
fn stored_weights_lie_in_the_file() {
    for format in [3, 5, 7, 8, 9, 11] {
        let artifact = valid(|random| {
            let matrix = random.matrix(format, 9, 40);
            random.dense_of(matrix)
        });
        let table = match format {
            5 => 16,
            7 => 8,
            _ => 0,
        };
        let error = patched(&artifact, 36 + table, &[255, 255]);
        assert!(matches!(error, Some(Error::Array | Error::Weights)), "format {format}: {error:?}");
        if table > 0 {
            assert_eq!(patched(&artifact, 36, &[9]), Some(Error::Weights), "the first code is 0");
        }
    }
    let rising = valid(|random| {
        let mut matrix = random.matrix(11, 2, 4);
        matrix.values = Values::F32(vec![1.0; 8]);
        random.dense_of(matrix)
    });
    assert_eq!(patched(&rising, 36 + 4, &[1, 0]), Some(Error::Weights), "a column twice");
}

/// A DENSE of 9 rows and 40 columns, whose last column of the first row is stored.
fn stored_as(layout: Layout) -> Artifact {
    valid(|random| {
        let mut matrix = random.matrix(layout, 9, 40);
        if let Values::I8(values) = &mut matrix.values {
            values[39] = *values.iter().find(|v| **v != 0).unwrap();
        }
        random.dense_of(matrix)
    })
}

/// Heads, tables and streams, as they lie behind the record of 36 bytes.
#[test]
fn layouts_are_known_and_their_rows_end_in_time() {
    for layout in Layout::ALL {
        let (artifact, name) = (stored_as(layout), layout.name);
        for head in (0..=255u32).filter(|&head| {
            Layout::ALL.iter().all(|other| other.format != layout.format || other.head(0) != head)
        }) {
            let error = patched(&artifact, 36, &head.to_le_bytes()[..1]);
            assert_eq!(error, Some(Error::Unsupported), "{name}: {head}");
        }
        if layout.format == Format::Codes {
            assert_eq!(patched(&artifact, 37, &[1]), Some(Error::Reserved), "{name}: a count");
            assert_eq!(patched(&artifact, 34, &[1, 0]), Some(Error::Reserved), "{name}: most values");
            continue;
        }
        assert_eq!(patched(&artifact, 14, &[39, 0]), Some(Error::Weights), "{name}: a column less");
        assert_eq!(patched(&artifact, 12, &[10, 0]).map(|_| ()), Some(()), "{name}: a row more");
        assert_eq!(patched(&artifact, 34, &[0, 0]), Some(Error::Weights), "{name}: too many values");
        assert_eq!(patched(&artifact, 37, &[0, 0]), Some(Error::Weights), "{name}: nothing counted");
        assert_eq!(patched(&artifact, 39, &[255]), Some(Error::Array), "{name}: all counted");
    }
}

#[test]
fn streams_hold_what_their_rows_need() {
    for layout in Layout::ALL.into_iter().filter(|layout| layout.format == Format::Gap) {
        let (artifact, name) = (stored_as(layout), layout.name);
        let head = if layout.bits == 8 { 8 } else { 4 + layout.table_bytes() };
        let ones = patched(&artifact, 36 + head, &[255; 8]);
        assert_eq!(ones, Some(Error::Weights), "{name}: steps behind the row's end");
        let zeros = patched(&artifact, 36 + head, &[0; 8]);
        assert_eq!(zeros, Some(Error::Weights), "{name}: values without end");
        if layout.bits == 8 {
            assert_eq!(patched(&artifact, 40, &[1, 0]), Some(Error::Weights), "{name}: fewer values");
            assert_eq!(patched(&artifact, 43, &[255]), Some(Error::Array), "{name}: values outside");
        }
        if layout.width == 6 {
            let bytes = &encode(&artifact)[80 + 36..];
            let stream = 4 * usize::from(bytes[1]);
            let word = bytes[head + stream];
            let unmarked = patched(&artifact, 36 + head + stream, &[word & !2]);
            assert_eq!(unmarked, Some(Error::Weights), "{name}: a word without its mark");
        }
    }
    for layout in Layout::ALL.into_iter().filter(|layout| layout.format == Format::Skip) {
        let artifact = stored_as(layout);
        assert_eq!(patched(&artifact, 40, &[9]), Some(Error::Weights), "the first code is 0");
    }
}

/// The scratch has room for the longest row.
#[test]
fn rows_are_unpacked_inside_the_scratch() {
    for layout in Layout::ALL {
        let artifact = valid(|random| random.conv(layout, 1));
        assert_eq!(Program::parse(&encode(&artifact)).err(), None);
        let short = broken(artifact, |artifact| artifact.arena_bytes -= 4);
        assert_eq!(short, Some(Error::View), "{}", layout.name);
    }
}

type Parts<'a> = (&'a mut View, &'a mut View, &'a mut Filter, &'a mut usize);

fn conv_with(change: impl Fn(Parts<'_>)) -> Option<Error> {
    broken(valid(|random| random.conv(0, 2)), |artifact| {
        let Op::Conv { input, output, filter, scratch, .. } = &mut artifact.ops[0] else { return };
        change((input, output, filter, scratch));
    })
}

#[test]
fn conv_rules() {
    assert_eq!(conv_with(|(_, output, ..)| output.w -= 1), Some(Error::Shape));
    assert_eq!(conv_with(|(_, output, ..)| output.c -= 1), Some(Error::Shape));
    assert_eq!(conv_with(|(input, ..)| input.c += 1), Some(Error::Shape));
    assert_eq!(conv_with(|(.., filter, _)| filter.groups = 3), Some(Error::Shape));
    assert_eq!(conv_with(|(.., filter, _)| filter.kh += 1), Some(Error::Shape));
    assert_eq!(conv_with(|(.., filter, _)| filter.dw = 200), Some(Error::Shape), "wider than the input");
    assert_eq!(conv_with(|(.., filter, _)| filter.sh = 0), Some(Error::Range));
    assert_eq!(conv_with(|(.., scratch)| *scratch += 2), Some(Error::View), "scratch is aligned");
    assert_eq!(conv_with(|(.., scratch)| *scratch += 4000), Some(Error::View));
    assert_eq!(conv_with(|(input, .., scratch)| *scratch = input.offset & !3), Some(Error::Overlap));
    assert_eq!(conv_with(|(_, output, _, scratch)| *scratch = output.offset & !3), Some(Error::Overlap));
    assert_eq!(conv_with(|(input, output, ..)| output.offset = input.offset), Some(Error::Overlap));
    assert_eq!(conv_with(|(input, ..)| input.pitch = input.w - 1), Some(Error::View));
    assert_eq!(conv_with(|(input, ..)| input.plane = 0), Some(Error::View));
}

#[test]
fn formats_of_several_rows_allow_no_groups() {
    for format in [1, 8, 9] {
        let error = broken(valid(|random| random.conv(0, 2)), |artifact| {
            let Op::Conv { matrix, .. } = &mut artifact.ops[0] else { return };
            matrix.form = format.into();
            matrix.values = Values::I8(vec![1; matrix.rows * matrix.cols]);
        });
        assert_eq!(error, Some(Error::Range), "format {format}");
    }
}

#[test]
fn column_offsets_fit_the_scratch() {
    let wide = |plane| {
        let filter = Filter { kh: 1, kw: 1, sh: 1, sw: 1, dh: 1, dw: 1, groups: 1 };
        let mut random = Random::new(1);
        let matrix = random.matrix(0, 1, 2);
        let input = View { offset: 0, c: 2, h: 1, w: 1, pitch: 1, plane };
        let output = View::contiguous(70_000, [1, 1, 1]);
        let op = Op::Conv { input, output, matrix, filter, scratch: 70_004 };
        Artifact { arena_bytes: 70_008, ..random.artifact(op) }
    };
    assert_eq!(Program::parse(&encode(&wide(65_535))).err(), None);
    assert_eq!(Program::parse(&encode(&wide(65_536))).err(), Some(Error::Range));
}

#[test]
fn pair_rules() {
    let change = |change: &dyn Fn(&mut crate::artifact::Pair)| {
        broken(valid(|random| random.pair([0, 3], [1, 1])), |artifact| {
            if let Op::Pair(pair) = &mut artifact.ops[0] {
                change(pair);
            }
        })
    };
    assert_eq!(change(&|pair| pair.mid.plane += 1), Some(Error::View), "a part of a row");
    assert_eq!(change(&|pair| pair.mid.plane = pair.mid.pitch * (pair.mid.h + 1)), Some(Error::View));
    assert_eq!(change(&|pair| pair.mid.plane = 0), Some(Error::View), "no rows");
    assert_eq!(change(&|pair| pair.mid.pitch = 0), Some(Error::View));
    assert_eq!(change(&|pair| pair.top = 99), Some(Error::Shape));
    assert_eq!(change(&|pair| pair.left = 99), Some(Error::Shape));
    assert_eq!(change(&|pair| pair.output.w -= 1), Some(Error::Shape));
    assert_eq!(change(&|pair| pair.mid.offset = pair.input.offset & !3), Some(Error::Overlap));
    assert_eq!(change(&|pair| pair.scratch = pair.mid.offset), Some(Error::Overlap));
    assert_eq!(change(&|pair| pair.scratch += 4000), Some(Error::View));
}

#[test]
fn rules_of_the_other_operations() {
    let pool = valid(|random| random.pool(1, false));
    assert_eq!(patched(&pool, 36, &[0, 0]), Some(Error::Range), "a window of no rows");
    assert_eq!(patched(&pool, 40, &[0]), Some(Error::Range), "no stride");
    assert_eq!(patched(&pool, 42, &[200]), Some(Error::Shape), "a window outside");
    assert_eq!(patched(&pool, 46, &[17]), Some(Error::Range), "pre");
    assert_eq!(patched(&pool, 50, &[1]), Some(Error::Reserved));
    let add = valid(|random| random.add(false));
    assert_eq!(patched(&add, 52, &0x20_0001_u32.to_le_bytes()), Some(Error::Range), "ma above 2^21");
    assert_eq!(patched(&add, 60, &[0]), Some(Error::Range), "shift");
    assert_eq!(patched(&add, 64, &[1, 0]), Some(Error::Range), "hi below lo");
    assert_eq!(patched(&add, 66, &[1]), Some(Error::Reserved), "activation of i8");
    assert_eq!(patched(&add, 20 + 4, &[7, 0]), Some(Error::Shape), "b does not repeat");
    let mul = valid(|random| random.mul(false));
    assert_eq!(patched(&mul, 54, &[0]), Some(Error::Range), "pre below 1");
    assert_eq!(patched(&mul, 59, &[1]), Some(Error::Reserved));
    let table = valid(Random::table);
    assert_eq!(patched(&table, 36, &[0; 4]), Some(Error::Array), "no table");
    let softmax = valid(|random| random.softmax(false));
    assert_eq!(patched(&softmax, 12, &[0, 0]), Some(Error::Shape));
    assert_eq!(patched(&softmax, 14, &[1]), Some(Error::Reserved));
    assert_eq!(patched(&softmax, 20, &[1]), Some(Error::Range), "the table begins with 32768");
    assert_eq!(patched(&softmax, 20 + 510, &[255, 255]), Some(Error::Range), "the table falls");
    let float = valid(|random| random.softmax(true));
    assert_eq!(patched(&float, 16, &[4]), Some(Error::Reserved), "a table of FLOAT");
    let copy = valid(|random| random.copy(false));
    assert_eq!(patched(&copy, 4, &encode(&copy)[80 + 20..80 + 36]), Some(Error::Overlap), "onto itself");
    let fill = valid(|random| random.fill(true));
    assert_eq!(patched(&fill, 4, &[2]), Some(Error::View), "f32 are aligned");
}

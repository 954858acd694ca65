//! The formulas of FORMAT.md, written down once more without any care for speed: sums in i64, views by
//! their index formula, the second convolution of a PAIR on the whole of mid.

use crate::artifact::{Binary, Filter, Matrix, Op, Pair, Pool, Values, View};

fn byte(arena: &[u8], at: usize) -> i64 {
    i64::from(arena[at].cast_signed())
}

fn float(arena: &[u8], at: usize) -> f32 {
    f32::from_le_bytes(arena[at..at + 4].try_into().unwrap())
}

fn put(arena: &mut [u8], at: usize, value: i64) {
    arena[at] = i8::try_from(value).unwrap().cast_unsigned();
}

fn put_float(arena: &mut [u8], at: usize, value: f32) {
    arena[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Round half up of a division by a power of two, which is what adding half and shifting does.
fn rounded(value: i64, shift: u8) -> i64 {
    if shift == 0 { value } else { (value + (1 << (shift - 1))).div_euclid(1 << shift) }
}

fn requantise(sum: i64, mult: u16, pre: u8, post: u8) -> i64 {
    let short = rounded(sum, pre);
    assert!(short.abs() <= 32767, "the test's matrix breaks the rule of section 3.1");
    rounded(short * i64::from(mult), post)
}

fn activate(value: f32, activation: u16) -> f32 {
    match activation {
        0 => value,
        1 => {
            if value > 0.0 {
                value
            } else {
                0.0
            }
        }
        _ => {
            if value > 0.0 {
                value.min(6.0)
            } else {
                0.0
            }
        }
    }
}

/// Row `r` of a matrix times inputs that are given by column.
fn row_i8(matrix: &Matrix, r: usize, input: impl Fn(usize) -> i64) -> i64 {
    let Values::I8(values) = &matrix.values else { panic!("not i8") };
    let bias = matrix.bias.as_ref().map_or(0, |bias| i64::from(bias[r]) << matrix.bias_shift);
    let sum = (0..matrix.cols).fold(bias, |sum, j| sum + i64::from(values[r * matrix.cols + j]) * input(j));
    let mult = if matrix.rowwise() { matrix.mult[r] } else { matrix.mult[0] };
    let out = requantise(sum, mult, matrix.pre, matrix.post) + i64::from(matrix.zero_point);
    out.clamp(matrix.lo.into(), matrix.hi.into())
}

fn row_f32(matrix: &Matrix, r: usize, input: impl Fn(usize) -> f32) -> f32 {
    let Values::F32(values) = &matrix.values else { panic!("not f32") };
    let mut sum = matrix.bias_f32.as_ref().map_or(0.0, |bias| bias[r]);
    for j in 0..matrix.cols {
        let weight = values[r * matrix.cols + j];
        if matrix.form.format == 10 || weight != 0.0 {
            let product = weight * input(j);
            sum += product;
        }
    }
    activate(sum, matrix.activation)
}

/// A convolution by the definition of its columns.
fn conv(arena: &mut [u8], input: &View, output: &View, matrix: &Matrix, f: &Filter) {
    let per_group = matrix.rows / f.groups;
    for (r, y, x) in output.places() {
        let place = |j: usize| {
            let (ci, ky, kx) = (j / (f.kh * f.kw), j / f.kw % f.kh, j % f.kw);
            let k = r / per_group * (input.c / f.groups) + ci;
            input.index(k, y * f.sh + ky * f.dh, x * f.sw + kx * f.dw)
        };
        if matrix.is_float() {
            let value = row_f32(matrix, r, |j| float(arena, input.offset + 4 * place(j)));
            put_float(arena, output.offset + 4 * output.index(r, y, x), value);
        } else {
            let value = row_i8(matrix, r, |j| byte(arena, input.offset + place(j)));
            put(arena, output.offset + output.index(r, y, x), value);
        }
    }
}

/// Both convolutions, with all of mid in memory behind the arena.
fn pair(arena: &mut [u8], op: &Pair) {
    let bytes = if op.matrices[0].is_float() { 4 } else { 1 };
    let (mid, border) = (&op.mid, op.zero_point.cast_unsigned());
    let start = arena.len();
    let whole = View::contiguous(start, [mid.c, mid.h, mid.w]);
    let mut memory = arena.to_vec();
    memory.resize(start + bytes * mid.c * mid.h * mid.w, if bytes == 1 { border } else { 0 });
    let (h, w) = op.filters[0].output(op.input.h, op.input.w);
    let inner = View { offset: start + bytes * whole.index(0, op.top, op.left), h, w, ..whole };
    conv(&mut memory, &op.input, &inner, &op.matrices[0], &op.filters[0]);
    conv(&mut memory, &whole, &op.output, &op.matrices[1], &op.filters[1]);
    arena.copy_from_slice(&memory[..start]);
}

fn pool(arena: &mut [u8], op: &Pool) {
    for (k, y, x) in op.output.places() {
        let rows = (y * op.sh..y * op.sh + op.kh).filter_map(|row| row.checked_sub(op.top));
        let columns = (x * op.sw..x * op.sw + op.kw).filter_map(|column| column.checked_sub(op.left));
        let columns: Vec<usize> = columns.filter(|&column| column < op.input.w).collect();
        let places: Vec<usize> = rows
            .filter(|&row| row < op.input.h)
            .flat_map(|row| columns.iter().map(move |&column| (row, column)))
            .map(|(row, column)| op.input.index(k, row, column))
            .collect();
        let count = if op.kind == 2 { op.kh * op.kw } else { places.len() };
        let at = op.output.index(k, y, x);
        if op.float {
            let values = places.iter().map(|&place| float(arena, op.input.offset + 4 * place));
            let value = match op.kind {
                0 => values.reduce(f32::max).unwrap(),
                _ => values.reduce(|sum, value| sum + value).unwrap() / count as f32,
            };
            put_float(arena, op.output.offset + 4 * at, value);
        } else {
            let values: Vec<i64> = places.iter().map(|&place| byte(arena, op.input.offset + place)).collect();
            put(arena, op.output.offset + at, pooled(op, &values, i64::try_from(count).unwrap()));
        }
    }
}

fn pooled(op: &Pool, values: &[i64], count: i64) -> i64 {
    if op.kind == 0 {
        return *values.iter().max().unwrap();
    }
    let sum: i64 = values.iter().map(|q| q - i64::from(op.zero_in)).sum();
    let average = if op.post == 0 {
        // Halves away from zero, in numbers that f64 holds exactly.
        (sum as f64 / count as f64).round() as i64
    } else {
        requantise(sum, op.mult, op.pre, op.post)
    };
    (average + i64::from(op.zero_out)).clamp(-128, 127)
}

fn binary(arena: &mut [u8], on: &Binary, bytes: impl Fn(i64, i64) -> i64, floats: impl Fn(f32, f32) -> f32) {
    for (k, y, x) in on.output.places() {
        let repeat = |size: usize, index: usize| if size == 1 { 0 } else { index };
        let a = on.a.index(k, y, x);
        let b = on.b.index(repeat(on.b.c, k), repeat(on.b.h, y), repeat(on.b.w, x));
        let to = on.output.index(k, y, x);
        if on.float {
            let value = floats(float(arena, on.a.offset + 4 * a), float(arena, on.b.offset + 4 * b));
            put_float(arena, on.output.offset + 4 * to, value);
        } else {
            let [za, zb, _] = on.zeros.map(i64::from);
            let value = bytes(byte(arena, on.a.offset + a) - za, byte(arena, on.b.offset + b) - zb);
            put(arena, on.output.offset + to, value);
        }
    }
}

/// Section 4.10, constants as printed there.
#[expect(
    clippy::excessive_precision,
    clippy::approx_constant,
    clippy::unreadable_literal,
    reason = "as printed"
)]
fn e(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let k = (x * 1.44269504 + 0.5).floor();
    let r = x - k * 0.693359375 - k * -2.12194440e-4;
    let p = ((((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r + 4.1665795894e-2) * r
        + 1.6666665459e-1)
        * r
        + 5.0000001201e-1;
    (p * r * r + r + 1.0) * f32::from_bits((k as i32 + 127) as u32 * (1 << 23))
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + e(-x))
}

fn function(code: u8, parameter: f32, x: f32) -> f32 {
    let relu6 = |x: f32| if x > 0.0 { x.min(6.0) } else { 0.0 };
    match code {
        0 => {
            if x > 0.0 {
                x
            } else {
                0.0
            }
        }
        1 => relu6(x),
        2 => {
            if x < 0.0 {
                parameter * x
            } else {
                x
            }
        }
        3 => sigmoid(x),
        4 => 2.0 * sigmoid(2.0 * x) - 1.0,
        5 => x * relu6(x + 3.0) / 6.0,
        _ => x,
    }
}

fn softmax(arena: &mut [u8], input: usize, output: usize, n: usize, table: Option<&Vec<u16>>) {
    if let Some(table) = table {
        let values: Vec<i64> = (0..n).map(|j| byte(arena, input + j)).collect();
        let most = values.iter().max().unwrap();
        let shares: Vec<i64> =
            values.iter().map(|q| i64::from(table[usize::try_from(most - q).unwrap()])).collect();
        let sum: i64 = shares.iter().sum();
        for (j, share) in shares.iter().enumerate() {
            put(arena, output + j, ((share * 256 + sum / 2) / sum - 128).min(127));
        }
    } else {
        let values: Vec<f32> = (0..n).map(|j| float(arena, input + 4 * j)).collect();
        let most = values.iter().copied().reduce(f32::max).unwrap();
        let shares: Vec<f32> = values.iter().map(|x| e(x - most)).collect();
        let sum = shares.iter().fold(0.0, |sum, share| sum + share);
        for (j, share) in shares.iter().enumerate() {
            put_float(arena, output + 4 * j, share / sum);
        }
    }
}

/// Carries out one operation.
pub(crate) fn run(arena: &mut [u8], op: &Op) {
    match op {
        Op::Dense { input, output, matrix } => {
            let (input, output) = (
                View::contiguous(*input, [matrix.cols, 1, 1]),
                View::contiguous(*output, [matrix.rows, 1, 1]),
            );
            let filter = Filter { kh: 1, kw: 1, sh: 1, sw: 1, dh: 1, dw: 1, groups: 1 };
            conv(arena, &input, &output, matrix, &filter);
        }
        Op::Conv { input, output, matrix, filter, .. } => conv(arena, input, output, matrix, filter),
        Op::Pair(op) => pair(arena, op),
        Op::Pool(op) => pool(arena, op),
        Op::Softmax { input, output, n, table } => softmax(arena, *input, *output, *n, table.as_ref()),
        _ => elementwise(arena, op),
    }
}

fn elementwise(arena: &mut [u8], op: &Op) {
    match op {
        Op::Add { on, ma, mb, shift, lo, hi, activation } => {
            let (ma, factor, zo) = (i64::from(*ma), i64::from(*mb), i64::from(on.zeros[2]));
            let bytes =
                |a, b| (rounded(a * ma + b * factor, *shift) + zo).clamp(i64::from(*lo), i64::from(*hi));
            binary(arena, on, bytes, |a, b| activate(if *mb < 0 { a - b } else { a + b }, *activation));
        }
        Op::Mul { on, mult, pre, post } => {
            let zo = i64::from(on.zeros[2]);
            let bytes = |a: i64, b: i64| (requantise(a * b, *mult, *pre, *post) + zo).clamp(-128, 127);
            binary(arena, on, bytes, |a, b| a * b);
        }
        Op::Table { input, output, table } => each(arena, input, output, [1, 1], |bytes| {
            vec![table[usize::from(bytes[0] ^ 0x80)].cast_unsigned()]
        }),
        Op::Function { input, output, function: code, parameter } => {
            each(arena, input, output, [4, 4], |bytes| {
                function(*code, *parameter, float(bytes, 0)).to_le_bytes().to_vec()
            });
        }
        Op::Copy { float, input, output } => {
            let bytes = if *float { 4 } else { 1 };
            each(arena, input, output, [bytes, bytes], <[u8]>::to_vec);
        }
        Op::Fill { float, output, value } => {
            let value = value.to_le_bytes();
            let bytes = if *float { 4 } else { 1 };
            each(arena, output, output, [bytes, bytes], |_| value[..bytes].to_vec());
        }
        _ => unreachable!("handled above"),
    }
}

/// Writes what `f` makes of the bytes of each element.
fn each(arena: &mut [u8], input: &View, output: &View, [from, to]: [usize; 2], f: impl Fn(&[u8]) -> Vec<u8>) {
    for (k, y, x) in output.places() {
        let source = input.offset + from * input.index(k, y, x);
        let target = output.offset + to * output.index(k, y, x);
        let value = f(&arena[source..source + from]);
        arena[target..target + to].copy_from_slice(&value);
    }
}

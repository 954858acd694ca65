//! Weights as the formats store them: FORMAT.md section 5.

use crate::artifact::{Matrix, Values};
use crate::packed;

/// Entries of a sparse row: how many in a word, and the bits of delta and value or code.
struct Packing {
    entries: usize,
    delta: u32,
    code: u32,
}

const fn packing(format: u8) -> Packing {
    let (entries, delta, code) = match format {
        3 => (2, 8, 8),
        4 => (3, 6, 4),
        5 => (4, 4, 4),
        6 => (3, 7, 3),
        _ => (4, 5, 3),
    };
    Packing { entries, delta, code }
}

/// The array at `weights`.
pub(crate) fn store(matrix: &Matrix) -> Vec<u8> {
    match &matrix.values {
        Values::F32(values) if matrix.form.format == 10 => {
            values.iter().flat_map(|v| v.to_le_bytes()).collect()
        }
        Values::F32(values) => sparse_f32(matrix, values),
        Values::I8(values) => match matrix.form.format {
            0 => values.iter().map(|v| v.cast_unsigned()).collect(),
            1 => dense_s4(matrix, values),
            2 => dense_c4(matrix, values),
            3..=7 => sparse(matrix, values),
            8 => blocks(matrix, values, 4),
            12 => packed::gap(matrix, values),
            13 => packed::skip(matrix, values),
            14 => packed::codes(matrix, values),
            _ => blocks(matrix, values, 8),
        },
    }
}

pub(crate) fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// The distinct values, 0 first.
fn table(values: &[i8], len: usize) -> Vec<i8> {
    extended(vec![0], values, len)
}

/// A table with the distinct values behind those that it has.
pub(crate) fn extended(mut table: Vec<i8>, values: &[i8], len: usize) -> Vec<i8> {
    for &value in values {
        if !table.contains(&value) {
            table.push(value);
        }
    }
    assert!(table.len() <= len, "{} values in a table of {len}", table.len());
    table.resize(len, 0);
    table
}

pub(crate) fn code(table: &[i8], value: i8) -> u32 {
    u32::try_from(table.iter().position(|&v| v == value).unwrap()).unwrap()
}

/// Eight weights plus 8, in a word.
fn nibbles(weight: impl Fn(usize) -> i8) -> [u8; 4] {
    let nibble = |k: usize| u32::try_from(i32::from(weight(k)) + 8).unwrap() << (4 * k);
    (0..8).map(nibble).sum::<u32>().to_le_bytes()
}

fn at(matrix: &Matrix, values: &[i8], row: usize, column: usize) -> i8 {
    if row < matrix.rows { values[row * matrix.cols + column] } else { 0 }
}

fn dense_s4(matrix: &Matrix, values: &[i8]) -> Vec<u8> {
    let groups = 0..matrix.rows.div_ceil(8);
    let word = |group: usize, column: usize| nibbles(|k| at(matrix, values, 8 * group + k, column));
    groups.flat_map(|group| (0..matrix.cols).flat_map(move |column| word(group, column))).collect()
}

fn dense_c4(matrix: &Matrix, values: &[i8]) -> Vec<u8> {
    let table = table(values, 16);
    let mut bytes: Vec<u8> = table.iter().map(|v| v.cast_unsigned()).collect();
    for row in values.chunks(matrix.cols) {
        for eight in row.chunks(8) {
            let word: u32 = eight.iter().enumerate().map(|(k, &v)| code(&table, v) << (4 * k)).sum();
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes
}

fn sparse(matrix: &Matrix, values: &[i8]) -> Vec<u8> {
    let packing = packing(matrix.form.format);
    let table = if packing.code == 8 { Vec::new() } else { table(values, 1 << packing.code) };
    let stored = |value: i8| match packing.code {
        8 => u32::from(value.cast_unsigned()),
        _ => code(&table, value),
    };
    let mut bytes: Vec<u8> = table.iter().map(|v| v.cast_unsigned()).collect();
    let (mut counts, mut words) = (Vec::new(), Vec::new());
    for row in values.chunks(matrix.cols) {
        let mut entries = Vec::new();
        let mut last = 0;
        for (column, &value) in row.iter().enumerate().filter(|&(_, &value)| value != 0) {
            let most = (1 << packing.delta) - 1;
            while column - last > most {
                entries.push(u32::try_from(most).unwrap() << packing.code);
                last += most;
            }
            entries.push(u32::try_from(column - last).unwrap() << packing.code | stored(value));
            last = column;
        }
        counts.push(u8::try_from(entries.len().div_ceil(packing.entries)).unwrap());
        for word in entries.chunks(packing.entries) {
            let bits = packing.delta + packing.code;
            let word: u32 = word.iter().zip(0..).map(|(&entry, j)| entry << (bits * j)).sum();
            words.extend(word.to_le_bytes());
        }
    }
    bytes.extend(counts);
    pad(&mut bytes);
    bytes.extend(words);
    bytes
}

fn blocks(matrix: &Matrix, values: &[i8], size: usize) -> Vec<u8> {
    let (mut counts, mut deltas, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for group in 0..matrix.rows.div_ceil(size) {
        let weight = |column: usize| move |k: usize| at(matrix, values, size * group + k, column);
        let mut push = |delta: usize, column: Option<usize>| {
            let weight = |k: usize| column.map_or(0, |column| weight(column)(k));
            deltas.push(u8::try_from(delta).unwrap());
            let bytes: [u8; 4] = core::array::from_fn(|k| weight(k).cast_unsigned());
            words.extend(if size == 4 { bytes } else { nibbles(weight) });
        };
        let (mut last, mut count) = (0, 0u16);
        for column in (0..matrix.cols).filter(|&column| (0..size).any(|k| weight(column)(k) != 0)) {
            while column - last > 255 {
                push(255, None);
                last += 255;
                count += 1;
            }
            push(column - last, Some(column));
            last = column;
            count += 1;
        }
        counts.extend(count.to_le_bytes());
    }
    pad(&mut counts);
    pad(&mut deltas);
    [counts, deltas, words].concat()
}

fn sparse_f32(matrix: &Matrix, values: &[f32]) -> Vec<u8> {
    let (mut counts, mut columns, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    for row in values.chunks(matrix.cols) {
        let mut count = 0u16;
        for (column, value) in row.iter().enumerate().filter(|&(_, &value)| value != 0.0) {
            columns.extend(u16::try_from(column).unwrap().to_le_bytes());
            stored.extend(value.to_le_bytes());
            count += 1;
        }
        counts.extend(count.to_le_bytes());
    }
    pad(&mut counts);
    pad(&mut columns);
    [counts, columns, stored].concat()
}

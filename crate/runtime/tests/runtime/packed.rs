//! Weights of formats that have layouts: FORMAT.md sections 5.3 to 5.5.

use crate::artifact::{Form, Matrix};
use crate::weights::{code, extended, pad};

fn head(form: Form, count: usize) -> Vec<u8> {
    let count = u32::try_from(count).unwrap();
    (form.bits | form.width << 4 | count << 8).to_le_bytes().to_vec()
}

fn bytes_of(table: &[i8]) -> Vec<u8> {
    table.iter().map(|v| v.cast_unsigned()).collect()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Bits, the first on top of the first halfword, filled up to words.
fn bit_stream(bits: &[bool]) -> Vec<u8> {
    let halves = bits
        .chunks(16)
        .map(|sixteen| sixteen.iter().zip(0..).map(|(&bit, i)| u16::from(bit) << (15 - i)).sum::<u16>());
    let mut bytes = halves.flat_map(u16::to_le_bytes).collect();
    pad(&mut bytes);
    bytes
}

/// Fields of `width` bits, from the top of each word; below five of 6 bits lie a 1 and a 0.
fn fields(values: &[u32], width: u32) -> Vec<u8> {
    match width {
        0 => return Vec::new(),
        8 => {
            let mut bytes = values.iter().map(|&value| u8::try_from(value).unwrap()).collect();
            pad(&mut bytes);
            return bytes;
        }
        _ => {}
    }
    let per = 32 / width;
    let word = |chunk: &[u32]| {
        let low = if width == 6 { 2 } else { 0 };
        chunk.iter().zip(1..).map(|(&value, j)| value << (32 - width * j)).sum::<u32>() | low
    };
    words(&values.chunks(per as usize).map(word).collect::<Vec<u32>>())
}

pub(crate) fn gap(matrix: &Matrix, values: &[i8]) -> Vec<u8> {
    let form = matrix.form;
    let k = if form.bits == 8 { form.width } else { form.width - form.bits };
    let kept: Vec<i8> = values.iter().copied().filter(|&v| v != 0).collect();
    let table = if form.bits == 8 { Vec::new() } else { extended(Vec::new(), &kept, 1 << form.bits) };
    let (mut bits, mut entries) = (Vec::new(), Vec::new());
    for row in values.chunks(matrix.cols) {
        let mut at = 0;
        for (column, &value) in row.iter().enumerate().filter(|&(_, &value)| value != 0) {
            let gap = column - at;
            bits.extend(vec![true; gap >> k]);
            bits.push(false);
            let low = u32::try_from(gap % (1 << k)).unwrap();
            entries.push(if form.bits == 8 { low } else { low << form.bits | code(&table, value) });
            at = column + 1;
        }
        bits.extend(vec![true; (matrix.cols - at).div_ceil(1 << k).max(1)]);
        bits.push(false);
    }
    let stream = bit_stream(&bits);
    let mut file = head(form, stream.len() / 4);
    if form.bits == 8 {
        file.extend(u32::try_from(kept.len()).unwrap().to_le_bytes());
    }
    file.extend(bytes_of(&table));
    file.extend(stream);
    file.extend(fields(&entries, form.width));
    if form.bits == 8 {
        let mut kept = bytes_of(&kept);
        pad(&mut kept);
        file.extend(kept);
    }
    file
}

/// Writes an entry for as many steps as it can hold; the columns that it moves by.
fn step(steps: usize, bits: u32, entries: &mut Vec<u8>) -> usize {
    let k = 8 - bits;
    let steps = steps.min(1 << k);
    entries.push(u8::try_from((steps - 1) << bits).unwrap());
    steps << k
}

pub(crate) fn skip(matrix: &Matrix, values: &[i8]) -> Vec<u8> {
    let form = matrix.form;
    let k = 8 - form.bits;
    let table = extended(vec![0], values, 1 << form.bits);
    let mut entries: Vec<u8> = Vec::new();
    for row in values.chunks(matrix.cols) {
        let mut at = 0;
        for (column, &value) in row.iter().enumerate().filter(|&(_, &value)| value != 0) {
            while column - at >= 1 << k {
                at += step((column - at) >> k, form.bits, &mut entries);
            }
            let low = u32::try_from(column - at).unwrap();
            entries.push(u8::try_from(low << form.bits | code(&table, value)).unwrap());
            at = column + 1;
        }
        at += step((matrix.cols - at).div_ceil(1 << k).max(1), form.bits, &mut entries);
        while at < matrix.cols {
            at += step((matrix.cols - at).div_ceil(1 << k), form.bits, &mut entries);
        }
    }
    let mut file = head(form, entries.len());
    file.extend(bytes_of(&table));
    pad(&mut entries);
    file.extend(entries);
    file
}

pub(crate) fn codes(matrix: &Matrix, values: &[i8]) -> Vec<u8> {
    let form = matrix.form;
    let start = if values.contains(&0) { vec![0] } else { Vec::new() };
    let table = extended(start, values, 1 << form.bits);
    let mut file = head(form, 0);
    file.extend(bytes_of(&table));
    for eight in values.chunks(8) {
        let word: u32 = eight.iter().zip(0..).map(|(&v, j)| code(&table, v) << (form.bits * j)).sum();
        file.extend(&word.to_le_bytes()[..form.bits as usize]);
    }
    pad(&mut file);
    file
}

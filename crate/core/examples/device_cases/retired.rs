//! Formats of weights that are read, and written no more: artifacts of them are made from those of `dense_s8`.

use sepal_core::export::artifact::{Format, crc32};

/// Whether a format is written no more.
pub(crate) fn is_retired(format: Format) -> bool {
    format == Format::DenseC4 || bits(format).is_some()
}

/// Bits of a code and of a delta, and entries of a word, of sparse rows.
fn bits(format: Format) -> Option<(usize, usize, usize)> {
    match format {
        Format::SparseC4D6 => Some((4, 6, 3)),
        Format::SparseC4D4 => Some((4, 4, 4)),
        Format::SparseC3D7 => Some((3, 7, 3)),
        Format::SparseC3D5 => Some((3, 5, 4)),
        _ => None,
    }
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    bytes[at..at + 4].iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte))
}

fn put(bytes: &mut [u8], at: usize, value: usize) {
    bytes[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
}

/// Where each matrix block begins, and where its format stands, of an operation's record.
fn blocks(op: u8) -> &'static [(usize, usize)] {
    match op {
        1 => &[(12, 1)],
        2 => &[(36, 1)],
        3 => &[(52, 1), (76, 123)],
        _ => &[],
    }
}

/// An artifact whose matrices are `dense_s8`, with all of them as `format`.
pub(crate) fn rewritten(artifact: &[u8], format: Format) -> Vec<u8> {
    let mut bytes = artifact.to_vec();
    let mut record = 32 + 24 * (usize::from(bytes[22]) + usize::from(bytes[23]));
    for _ in 0..u32_at(&bytes, 20) & 0xffff {
        for &(block, code) in blocks(bytes[record]) {
            let block = record + block;
            let (rows, cols) = (u32_at(&bytes, block) & 0xffff, u32_at(&bytes, block) >> 16);
            let weights = u32_at(&bytes, block + 4);
            let values: Vec<u8> = bytes[weights..weights + rows * cols].to_vec();
            let (array, end) = (store(&values, cols, format), bytes.len());
            put(&mut bytes, block + 4, end);
            bytes[record + code] = format.code();
            bytes.extend(array);
        }
        record += 4 * usize::from(bytes[record + 3]);
    }
    let features = u32_at(&bytes, 24) as u32 & !Format::DenseS8.feature() | format.feature();
    let total = bytes.len();
    put(&mut bytes, 24, features as usize);
    put(&mut bytes, 8, total);
    let crc = crc32(&bytes[16..]);
    put(&mut bytes, 12, crc as usize);
    bytes
}

/// FORMAT.md, sections 5 and 5.1.
fn store(values: &[u8], cols: usize, format: Format) -> Vec<u8> {
    let mut table = vec![0];
    table.extend((1..=255).filter(|value| values.contains(value)));
    let code = |value: u8| table.iter().position(|own| *own == value).map_or(0, |code| code as u32);
    let Some((code_bits, delta_bits, per_word)) = bits(format) else {
        let rows = values.chunks(cols).flat_map(|row| {
            row.chunks(8).flat_map(|eight| packed(&eight.iter().map(|v| code(*v)).collect::<Vec<_>>(), 4))
        });
        return padded_table(&table, 16).into_iter().chain(rows).collect();
    };
    let (mut counts, mut words) = (Vec::new(), Vec::new());
    for row in values.chunks(cols) {
        let (mut entries, mut at) = (Vec::new(), 0);
        for (column, value) in row.iter().enumerate().filter(|(_, value)| **value != 0) {
            let most = (1 << delta_bits) - 1;
            while column - at > most {
                entries.push((most << code_bits) as u32);
                at += most;
            }
            entries.push(((column - at) << code_bits) as u32 | code(*value));
            at = column;
        }
        counts.push(entries.len().div_ceil(per_word) as u8);
        words.extend(entries.chunks(per_word).flat_map(|word| packed(word, code_bits + delta_bits)));
    }
    counts.resize(counts.len().next_multiple_of(4), 0);
    [padded_table(&table, 1 << code_bits), counts, words].concat()
}

/// Fields of `bits` bits in a word, the first lowest.
fn packed(fields: &[u32], bits: usize) -> [u8; 4] {
    fields.iter().rev().fold(0, |word, field| word << bits | field).to_le_bytes()
}

fn padded_table(table: &[u8], len: usize) -> Vec<u8> {
    assert!(table.len() <= len, "{} values in a table of {len}", table.len());
    table.iter().copied().chain(std::iter::repeat(0)).take(len).collect()
}

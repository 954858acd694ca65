//! Weights as bytes, in the formats of FORMAT.md section 5.

use super::matrix::Integers;
use ndarray::Array2;
use sepal_runtime::Format;

/// Stored weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// In which format.
    pub format: Format,
    /// The array of the file.
    pub bytes: Vec<u8>,
    /// What a kernel steps over: weights, entries of rows, or entries of blocks.
    pub entries: usize,
}

/// Bits of an entry of a sparse row.
#[derive(Clone, Copy)]
struct Entry {
    value_bits: usize,
    delta_bits: usize,
    per_word: usize,
}

const MOST_WORDS: usize = 255;

/// `integers` in `format`; `None` where the format cannot hold them.
pub fn store(format: Format, integers: &Integers) -> Option<Stored> {
    let values = &integers.values;
    let (bytes, entries) = match format {
        Format::DenseS8 => (values.iter().map(|v| v.cast_unsigned()).collect(), values.len()),
        Format::DenseS4 if integers.is_four_bits() => dense_s4(values),
        Format::DenseC4 => dense_c4(values, &with_zero(values, integers.book(16)?, 16)?),
        Format::SparseS8 => sparse(values, None, Entry { value_bits: 8, delta_bits: 8, per_word: 2 })?,
        Format::SparseC4D6 => coded(integers, 4, 6, 3)?,
        Format::SparseC4D4 => coded(integers, 4, 4, 4)?,
        Format::SparseC3D7 => coded(integers, 3, 7, 3)?,
        Format::SparseC3D5 => coded(integers, 3, 5, 4)?,
        Format::Block4S8 => blocks(values, 4)?,
        Format::Block8S4 if integers.is_four_bits() => blocks(values, 8)?,
        _ => return None,
    };
    Some(Stored { format, bytes: padded(bytes), entries })
}

/// Fills up to a multiple of 4.
pub(super) fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn words(words: impl IntoIterator<Item = u32>) -> Vec<u8> {
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// The table of a dense matrix: zero is in it only where it occurs.
fn with_zero(values: &Array2<i8>, mut book: Vec<i8>, most: usize) -> Option<Vec<i8>> {
    if values.iter().any(|v| *v == 0) {
        book.insert(0, 0);
    }
    (book.len() <= most).then_some(book)
}

fn table_bytes(book: &[i8], entries: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = book.iter().map(|v| v.cast_unsigned()).collect();
    bytes.resize(entries, 0);
    bytes
}

fn code_of(book: &[i8], value: i8) -> u32 {
    book.iter().position(|v| *v == value).unwrap_or(0) as u32
}

/// The nibble of a weight in a format of 8 rows.
fn nibble(values: &Array2<i8>, row: usize, column: usize) -> u32 {
    let value = values.get([row, column]).copied().unwrap_or(0);
    (i32::from(value) + 8).cast_unsigned() & 15
}

fn eight_rows(values: &Array2<i8>, group: usize, column: usize) -> u32 {
    (0..8).map(|k| nibble(values, 8 * group + k, column) << (4 * k)).sum()
}

fn dense_s4(values: &Array2<i8>) -> (Vec<u8>, usize) {
    let (rows, columns) = values.dim();
    let groups = rows.div_ceil(8);
    let all = (0..groups).flat_map(|g| (0..columns).map(move |j| (g, j)));
    (words(all.map(|(g, j)| eight_rows(values, g, j))), groups * columns)
}

fn dense_c4(values: &Array2<i8>, book: &[i8]) -> (Vec<u8>, usize) {
    let mut bytes = table_bytes(book, 16);
    for row in values.rows() {
        let row: Vec<u32> = row.iter().map(|v| code_of(book, *v)).collect();
        let word = |codes: &[u32]| codes.iter().enumerate().map(|(k, code)| code << (4 * k)).sum();
        bytes.extend(words(row.chunks(8).map(word)));
    }
    (bytes, values.len())
}

/// Sparse rows of codes.
fn coded(
    integers: &Integers,
    value_bits: usize,
    delta_bits: usize,
    per_word: usize,
) -> Option<(Vec<u8>, usize)> {
    let mut book = integers.book((1 << value_bits) - 1)?;
    book.insert(0, 0);
    sparse(&integers.values, Some(&book), Entry { value_bits, delta_bits, per_word })
}

fn sparse(values: &Array2<i8>, book: Option<&[i8]>, entry: Entry) -> Option<(Vec<u8>, usize)> {
    let (mut counts, mut stream, mut entries) = (Vec::new(), Vec::new(), 0);
    for row in values.rows() {
        let mut line = Vec::new();
        let mut at = 0;
        for (column, value) in row.iter().enumerate().filter(|(_, v)| **v != 0) {
            let most = (1 << entry.delta_bits) - 1;
            while column - at > most {
                line.push((most, 0));
                at += most;
            }
            let code = book.map_or(u32::from(value.cast_unsigned()), |book| code_of(book, *value));
            line.push((column - at, code));
            at = column;
        }
        line.resize(line.len().next_multiple_of(entry.per_word), (0, 0));
        let bits = entry.value_bits + entry.delta_bits;
        let pack = |word: &[(usize, u32)]| -> u32 {
            let field = |(delta, code): (usize, u32)| (delta as u32) << entry.value_bits | code;
            word.iter().enumerate().map(|(j, &e)| field(e) << (bits * j)).sum()
        };
        let packed: Vec<u32> = line.chunks(entry.per_word).map(pack).collect();
        counts.push(u8::try_from(packed.len()).ok().filter(|n| usize::from(*n) <= MOST_WORDS)?);
        entries += line.len();
        stream.extend(packed);
    }
    let table = book.map(|book| table_bytes(book, 1 << entry.value_bits)).unwrap_or_default();
    Some(([table, padded(counts), words(stream)].concat(), entries))
}

fn blocks(values: &Array2<i8>, rows: usize) -> Option<(Vec<u8>, usize)> {
    let (mut counts, mut deltas, mut stream) = (Vec::new(), Vec::<u8>::new(), Vec::new());
    let empty = if rows == 8 { 0x8888_8888 } else { 0 };
    for group in 0..values.nrows().div_ceil(rows) {
        let (mut at, before) = (0, deltas.len());
        for column in 0..values.ncols() {
            let used =
                (rows * group..rows * (group + 1)).any(|r| values.get([r, column]).is_some_and(|v| *v != 0));
            if !used {
                continue;
            }
            while column - at > 255 {
                deltas.push(255);
                stream.push(empty);
                at += 255;
            }
            deltas.push((column - at) as u8);
            stream.push(block_word(values, (rows, group), column));
            at = column;
        }
        counts.extend(u16::try_from(deltas.len() - before).ok()?.to_le_bytes());
    }
    let entries = stream.len();
    Some(([padded(counts), padded(deltas), words(stream)].concat(), entries))
}

fn block_word(values: &Array2<i8>, (rows, group): (usize, usize), column: usize) -> u32 {
    if rows == 8 {
        return eight_rows(values, group, column);
    }
    let byte = |k: usize| values.get([4 * group + k, column]).map_or(0, |v| u32::from(v.cast_unsigned()));
    (0..4).map(|k| byte(k) << (8 * k)).sum()
}

/// `weights` as float32, without its zeros where that is smaller.
pub(super) fn store_float(weights: &Array2<f32>) -> Stored {
    let nonzero = weights.iter().filter(|v| **v != 0.0).count();
    let dense: Vec<u8> = weights.iter().flat_map(|v| v.to_le_bytes()).collect();
    let (rows, columns) = weights.dim();
    let sparse_bytes = (2 * rows).next_multiple_of(4) + (2 * nonzero).next_multiple_of(4) + 4 * nonzero;
    if sparse_bytes >= dense.len() || columns > usize::from(u16::MAX) {
        return Stored { format: Format::DenseF32, bytes: dense, entries: weights.len() };
    }
    let places = |row: ndarray::ArrayView1<f32>| -> Vec<(usize, f32)> {
        row.iter().copied().enumerate().filter(|(_, v)| *v != 0.0).collect()
    };
    let lines: Vec<Vec<(usize, f32)>> = weights.rows().into_iter().map(places).collect();
    let counts = lines.iter().flat_map(|line| (line.len() as u16).to_le_bytes()).collect();
    let at = lines.iter().flatten().flat_map(|(column, _)| (*column as u16).to_le_bytes()).collect();
    let values: Vec<u8> = lines.iter().flatten().flat_map(|(_, value)| value.to_le_bytes()).collect();
    let bytes = [padded(counts), padded(at), values].concat();
    Stored { format: Format::SparseF32, bytes, entries: nonzero }
}

#[cfg(test)]
mod tests {
    use super::store;
    use crate::export::artifact::matrix::Integers;
    use ndarray::{Array2, array};
    use sepal_runtime::Format;

    #[test]
    fn a_sparse_row_by_hand() {
        let mut values = Array2::zeros((2, 100));
        values[[0, 3]] = 5;
        values[[0, 80]] = -2;
        let stored = store(Format::SparseC4D6, &Integers { values, scales: vec![1.0] }).unwrap();
        // Codes: -2 is 1, 5 is 2. Entries: 3 and code 2; 63 and nothing; 14 and code 1.
        let word: u32 = (3 << 4 | 2) | (63 << 4) << 10 | (14 << 4 | 1) << 20;
        let mut expected = vec![0, 254, 5];
        expected.resize(16, 0);
        expected.extend([1, 0, 0, 0]);
        expected.extend(word.to_le_bytes());
        assert_eq!((stored.bytes, stored.entries), (expected, 3));
    }

    #[test]
    fn eight_rows_share_a_word() {
        let values = array![[1, -8], [2, 7], [0, 0]];
        let stored = store(Format::DenseS4, &Integers { values, scales: vec![1.0] }).unwrap();
        assert_eq!(stored.bytes, [0xa9, 0x88, 0x88, 0x88, 0xf0, 0x88, 0x88, 0x88]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let values = Array2::from_shape_fn((4, 40), |(i, j)| (i * 40 + j) as i8);
        let integers = Integers { values, scales: vec![1.0] };
        for format in [Format::DenseS4, Format::DenseC4, Format::SparseC3D5, Format::Block8S4] {
            assert!(store(format, &integers).is_none(), "{format:?}");
        }
        let long = Integers { values: Array2::ones((1, 600)), scales: vec![1.0] };
        assert!(store(Format::SparseS8, &long).is_none(), "more than 255 words");
    }
}

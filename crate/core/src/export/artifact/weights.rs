//! Weights as bytes, in the formats of FORMAT.md section 5.

use super::array::{Size, padded, words};
use super::matrix::Integers;
use super::packed;
use super::support::Support;
use crate::device::Encoding;
use ndarray::{Array2, ArrayView1};
use sepal_runtime::Format;

/// Formats that are written; readers take more.
const WRITTEN: [Format; 8] = [
    Format::DenseS8,
    Format::DenseS4,
    Format::SparseS8,
    Format::Block4S8,
    Format::Block8S4,
    Format::Gap,
    Format::Skip,
    Format::Codes,
];

/// What whole numbers are stored as, if they fit.
pub fn encodings() -> impl Iterator<Item = Encoding> {
    WRITTEN.into_iter().flat_map(Encoding::of)
}

/// What `integers` take in `encoding`; `None` where it cannot hold them, or is not written.
pub fn size(encoding: Encoding, integers: &Integers) -> Option<Size> {
    size_on(encoding, integers, &Support::of(integers.values.view()))
}

/// [`size`], where the support of the values is known.
pub(super) fn size_on(encoding: Encoding, integers: &Integers, support: &Support) -> Option<Size> {
    let (rows, columns) = integers.values.dim();
    match (encoding.format, encoding.layout) {
        (_, Some(layout)) => packed::size(layout, integers, support),
        (Format::DenseS8, _) => Some(Size::of(rows * columns, rows * columns)),
        (Format::DenseS4, _) if integers.is_four_bits() => {
            let entries = rows.div_ceil(8) * columns;
            Some(Size::of(4 * entries, entries))
        }
        (Format::SparseS8, _) => sparse_size(&integers.values),
        (Format::Block4S8, _) => block_size(&integers.values, 4),
        (Format::Block8S4, _) if integers.is_four_bits() => block_size(&integers.values, 8),
        _ => None,
    }
}

/// `integers` in `encoding`: as many bytes as [`size`] says.
pub fn store(encoding: Encoding, integers: &Integers) -> Option<Vec<u8>> {
    let values = &integers.values;
    match (encoding.format, encoding.layout) {
        (_, Some(layout)) => packed::store(layout, integers),
        (Format::DenseS8, _) => Some(padded(values.iter().map(|v| v.cast_unsigned()).collect())),
        (Format::DenseS4, _) if integers.is_four_bits() => Some(dense_s4(values)),
        (Format::SparseS8, _) => sparse(values),
        (Format::Block4S8, _) => blocks(values, 4),
        (Format::Block8S4, _) if integers.is_four_bits() => blocks(values, 8),
        _ => None,
    }
}

/// The nibble of a weight in a format of 8 rows.
fn nibble(values: &Array2<i8>, row: usize, column: usize) -> u32 {
    let value = values.get([row, column]).copied().unwrap_or(0);
    (i32::from(value) + 8).cast_unsigned() & 15
}

fn eight_rows(values: &Array2<i8>, group: usize, column: usize) -> u32 {
    (0..8).map(|k| nibble(values, 8 * group + k, column) << (4 * k)).sum()
}

fn dense_s4(values: &Array2<i8>) -> Vec<u8> {
    let (rows, columns) = values.dim();
    let groups = rows.div_ceil(8);
    let all = (0..groups).flat_map(|g| (0..columns).map(move |j| (g, j)));
    words(all.map(|(g, j)| eight_rows(values, g, j)))
}

/// Deltas of a sparse row or block that stores `columns`, with the column that each one leads to; none where it only
/// moves on, since a delta holds at most `MOST_DELTA`.
fn deltas(columns: impl Iterator<Item = usize>) -> Vec<(usize, Option<usize>)> {
    let (mut deltas, mut at) = (Vec::new(), 0);
    for column in columns {
        while column - at > MOST_DELTA {
            deltas.push((MOST_DELTA, None));
            at += MOST_DELTA;
        }
        deltas.push((column - at, Some(column)));
        at = column;
    }
    deltas
}

const MOST_DELTA: usize = 255;
/// Words of a sparse row, of two entries each.
const MOST_WORDS: usize = 255;
const ENTRIES: usize = 2;

/// The columns of a row that have values.
fn used(row: ArrayView1<'_, i8>) -> impl Iterator<Item = usize> {
    row.into_iter().enumerate().filter(|(_, value)| **value != 0).map(|(column, _)| column)
}

fn sparse_size(values: &Array2<i8>) -> Option<Size> {
    let words = values.rows().into_iter().map(|row| deltas(used(row)).len().div_ceil(ENTRIES));
    let words = words.map(|words| (words <= MOST_WORDS).then_some(words)).sum::<Option<usize>>()?;
    Some(Size::of(values.nrows().next_multiple_of(4) + 4 * words, ENTRIES * words))
}

fn sparse(values: &Array2<i8>) -> Option<Vec<u8>> {
    let (mut counts, mut stream) = (Vec::new(), Vec::new());
    for row in values.rows() {
        let entry = |(delta, column): &(usize, Option<usize>)| {
            let value = column.and_then(|column| row.get(column)).map_or(0, |value| value.cast_unsigned());
            (*delta as u32) << 8 | u32::from(value)
        };
        let line = deltas(used(row));
        let packed =
            line.chunks(ENTRIES).map(|word| word.iter().rev().fold(0, |word, e| word << 16 | entry(e)));
        let before = stream.len();
        stream.extend(packed);
        counts.push(u8::try_from(stream.len() - before).ok()?);
    }
    Some([padded(counts), words(stream)].concat())
}

/// The columns of a block of rows that have values.
fn used_by_block(values: &Array2<i8>, (rows, group): (usize, usize)) -> impl Iterator<Item = usize> {
    let own = move |column: usize| {
        (rows * group..rows * (group + 1)).any(|r| values.get([r, column]).is_some_and(|v| *v != 0))
    };
    (0..values.ncols()).filter(move |column| own(*column))
}

fn block_size(values: &Array2<i8>, rows: usize) -> Option<Size> {
    let groups = values.nrows().div_ceil(rows);
    let entries = (0..groups).map(|group| deltas(used_by_block(values, (rows, group))).len());
    let entries = entries.map(|own| u16::try_from(own).ok().map(usize::from)).sum::<Option<usize>>()?;
    let bytes = (2 * groups).next_multiple_of(4) + entries.next_multiple_of(4) + 4 * entries;
    Some(Size::of(bytes, entries))
}

fn blocks(values: &Array2<i8>, rows: usize) -> Option<Vec<u8>> {
    let (mut counts, mut all, mut stream) = (Vec::new(), Vec::<u8>::new(), Vec::new());
    let empty = if rows == 8 { 0x8888_8888 } else { 0 };
    for group in 0..values.nrows().div_ceil(rows) {
        let own = deltas(used_by_block(values, (rows, group)));
        counts.extend(u16::try_from(own.len()).ok()?.to_le_bytes());
        for (delta, column) in own {
            all.push(delta as u8);
            stream.push(column.map_or(empty, |column| block_word(values, (rows, group), column)));
        }
    }
    Some([padded(counts), padded(all), words(stream)].concat())
}

fn block_word(values: &Array2<i8>, (rows, group): (usize, usize), column: usize) -> u32 {
    if rows == 8 {
        return eight_rows(values, group, column);
    }
    let byte = |k: usize| values.get([4 * group + k, column]).map_or(0, |v| u32::from(v.cast_unsigned()));
    (0..4).map(|k| byte(k) << (8 * k)).sum()
}

/// `weights` as float32, without its zeros where that is smaller; and how many are stored.
pub(super) fn store_float(weights: &Array2<f32>) -> (Format, Vec<u8>, usize) {
    let nonzero = weights.iter().filter(|v| **v != 0.0).count();
    let dense: Vec<u8> = weights.iter().flat_map(|v| v.to_le_bytes()).collect();
    let (rows, columns) = weights.dim();
    let sparse_bytes = (2 * rows).next_multiple_of(4) + (2 * nonzero).next_multiple_of(4) + 4 * nonzero;
    if sparse_bytes >= dense.len() || columns > usize::from(u16::MAX) {
        return (Format::DenseF32, dense, weights.len());
    }
    let places = |row: ArrayView1<'_, f32>| -> Vec<(usize, f32)> {
        row.iter().copied().enumerate().filter(|(_, v)| *v != 0.0).collect()
    };
    let lines: Vec<Vec<(usize, f32)>> = weights.rows().into_iter().map(places).collect();
    let counts = lines.iter().flat_map(|line| (line.len() as u16).to_le_bytes()).collect();
    let at = lines.iter().flatten().flat_map(|(column, _)| (*column as u16).to_le_bytes()).collect();
    let values: Vec<u8> = lines.iter().flatten().flat_map(|(_, value)| value.to_le_bytes()).collect();
    (Format::SparseF32, [padded(counts), padded(at), values].concat(), nonzero)
}

#[cfg(test)]
mod tests {
    use super::{encodings, size, store};
    use crate::device::Encoding;
    use crate::export::artifact::matrix::Integers;
    use crate::export::artifact::packed::{gap_bound, skip_bound};
    use ndarray::{Array2, array};
    use sepal_runtime::{Format, Layout};

    fn one_scale(values: Array2<i8>) -> Integers {
        Integers { values, scales: vec![1.0] }
    }

    #[test]
    fn a_sparse_row_by_hand() {
        let mut values = Array2::zeros((2, 400));
        (values[[0, 3]], values[[0, 300]]) = (5, -2);
        let stored = store(Encoding::plain(Format::SparseS8), &one_scale(values));
        // Entries: 3 and 5; 255 and nothing; 42 and -2; and one that fills up.
        let expected = [2, 0, 0, 0, 5, 3, 0, 255, 0xfe, 42, 0, 0];
        assert_eq!(stored.unwrap(), expected);
    }

    #[test]
    fn eight_rows_share_a_word() {
        let values = array![[1, -8], [2, 7], [0, 0]];
        let stored = store(Encoding::plain(Format::DenseS4), &one_scale(values)).unwrap();
        assert_eq!(stored, [0xa9, 0x88, 0x88, 0x88, 0xf0, 0x88, 0x88, 0x88]);
    }

    /// The listings of FORMAT.md, but for the order of tables.
    #[test]
    fn gaps_and_skips_by_hand() {
        let layout = |name: &str| Layout::ALL.into_iter().find(|layout| layout.name == name).unwrap();
        let mut values = Array2::zeros((2, 40));
        (values[[0, 3]], values[[0, 20]], values[[1, 39]]) = (5, -2, 7);
        let integers = one_scale(values);
        let gap = store(layout("gap_c4w8").into(), &integers).unwrap();
        assert_eq!(gap[..7], [0x84, 1, 0, 0, 0xfe, 5, 7]);
        assert_eq!(gap[20..], [0x40, 0x5b, 0, 0, 0x31, 0, 0x72, 0]);
        let skip = store(layout("skip_c4").into(), &integers).unwrap();
        assert_eq!(skip[..8], [0x84, 7, 0, 0, 0, 0xfe, 5, 7]);
        assert_eq!(skip[20..], [0x32, 0, 1, 0x10, 0x10, 0x73, 0, 0]);
        let codes = one_scale(array![[5, -2, 0, 0, 7], [0, 5, 5, 0, -2]]);
        let codes = store(layout("codes_c3").into(), &codes).unwrap();
        assert_eq!(codes, [3, 0, 0, 0, 0, 0xfe, 5, 7, 0, 0, 0, 0, 0x0a, 0x30, 0x48, 8, 0, 0, 0, 0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let values = Array2::from_shape_fn((4, 40), |(i, j)| (i * 40 + j) as i8);
        let integers = one_scale(values);
        let narrow = Layout::ALL.into_iter().filter(|layout| layout.bits < 8).map(Encoding::from);
        let four_bits = [Format::DenseS4, Format::Block8S4].map(Encoding::plain);
        for encoding in narrow.chain(four_bits) {
            assert!(store(encoding, &integers).is_none(), "{encoding:?}");
            assert!(size(encoding, &integers).is_none(), "{encoding:?}");
        }
        let long = one_scale(Array2::ones((1, 600)));
        assert!(store(Encoding::plain(Format::SparseS8), &long).is_none(), "more than 255 words");
        assert!(size(Encoding::plain(Format::SparseS8), &long).is_none(), "more than 255 words");
        for retired in [Format::DenseC4, Format::SparseC4D6, Format::SparseC3D5] {
            assert!(store(Encoding::plain(retired), &long).is_none(), "{retired:?}");
        }
    }

    /// Matrices of many shapes and densities, with as many distinct values as the encodings tell apart.
    fn each_matrix(mut each: impl FnMut(&Integers, String)) {
        let mut random = fastrand::Rng::with_seed(61);
        for case in 0..600 {
            let (rows, cols) = (random.usize(1..24), random.usize(1..[9, 60, 1200][case % 3]));
            let density = [0.0, 0.003, 0.02, 0.1, 0.3, 0.7, 1.0][random.usize(..7)];
            let levels = [1, 3, 4, 7, 8, 127][random.usize(..6)];
            let values = Array2::from_shape_fn((rows, cols), |_| {
                if random.f64() < density { random.i8(-levels..=levels) } else { 0 }
            });
            each(&one_scale(values), format!("case {case}: {rows} x {cols}, {density}, {levels}"));
        }
    }

    #[test]
    fn sizes_are_those_of_what_is_stored() {
        let mut held = 0;
        each_matrix(|integers, case| {
            for encoding in encodings() {
                let stored = store(encoding, integers);
                let size = size(encoding, integers);
                assert_eq!(
                    size.map(|size| size.bytes),
                    stored.map(|bytes| bytes.len()),
                    "{encoding:?} {case}"
                );
                held += usize::from(size.is_some());
            }
        });
        assert!(held > 5000, "{held}");
    }

    #[test]
    fn bounds_are_never_below_sizes_and_grow() {
        each_matrix(|integers, case| {
            let (dim, count) = (integers.values.dim(), integers.values.iter().filter(|v| **v != 0).count());
            for layout in Layout::ALL.into_iter().filter(|layout| layout.format != Format::Codes) {
                let bound = if layout.format == Format::Gap { gap_bound } else { skip_bound };
                let size = size(layout.into(), integers).map_or(0, |size| size.bytes);
                assert!(size <= bound(layout, count, dim), "{layout:?} {case}");
                let more = (count + 1).min(dim.0 * dim.1);
                assert!(bound(layout, count, dim) <= bound(layout, more, dim), "{layout:?} {case}");
            }
        });
    }
}

//! The bytes of stored matrices, in forms that a device executes in place.
//!
//! - **float32**: 4 bytes per value; sparse as CSC or CSR, whichever is smaller ([`csc_bytes`]).
//! - **int8, int4**: packed values and a 2-byte multiplier per row.
//! - **codebook**: packed indices of 4 or 3 bits and 2 bytes per entry of the table.
//! - **sparse, not float32**: the smaller of two forms, by rows or by columns:
//!   - *bitmap*: a bit per position, then the values;
//!   - *groups*: each line is cut into groups of 2^g positions; one bit stream per line says where
//!     groups end (a 1 per value, a 0 per group), and each value is stored beside its g-bit place in
//!     the group. With g = 4 and 4-bit values an entry is one byte. It needs no row counts and no
//!     escapes, so its size depends on counts alone: n (1 + g + b) + lines ceil(length / 2^g) bits.
//! - **blocks** of rows share one place: their values stand side by side.
//!
//! Every stream is filled up to 4 bytes. Where values are not float32, each matrix also counts 32
//! bytes for what describes it to the device, and biases count 2 bytes (a 16-bit mantissa with one
//! exponent per layer).

use super::Values;
use sepal_linalg::csc_bytes;

/// Bytes that describe one quantised matrix to the device.
const DESCRIPTOR: usize = 32;
/// Bytes of one scale or codebook entry.
const TABLE_ENTRY: usize = 2;

/// Bytes of one bias in a layer whose values are stored as `values`.
pub fn bias_bytes(values: Values) -> usize {
    if values == Values::Float { 4 } else { 2 }
}

/// Bytes of a rows x columns matrix with every element stored.
pub fn dense_bytes(rows: usize, columns: usize, values: Values) -> usize {
    if values == Values::Float {
        return 4 * rows * columns;
    }
    words(rows * columns * values.bits()) + table_bytes(rows, values) + DESCRIPTOR
}

/// Bytes of a matrix of `shape` (rows, columns) of which `count` blocks of `block` rows are stored.
pub fn sparse_bytes(shape: (usize, usize), count: usize, block: usize, values: Values) -> usize {
    let (rows, columns) = shape;
    let lines = rows.div_ceil(block.max(1));
    if values == Values::Float {
        // The values of a block stand side by side; only its place has an index.
        let shared = 4 * count * (block.max(1) - 1);
        return shared + csc_bytes(lines, columns, count).min(csc_bytes(columns, lines, count));
    }
    let entry = block * values.bits();
    let bitmap = words(lines * columns) + words(count * entry);
    let grouped = |lines: usize, length: usize| {
        (2..=8).map(move |g| words(count * (g + entry)) + words(count + lines * length.div_ceil(1 << g)))
    };
    let smallest = grouped(lines, columns).chain(grouped(columns, lines)).min().unwrap_or(bitmap);
    bitmap.min(smallest) + table_bytes(rows, values) + DESCRIPTOR
}

fn table_bytes(rows: usize, values: Values) -> usize {
    match values {
        Values::Float => 0,
        Values::Int8 | Values::Int4 => words(8 * TABLE_ENTRY * rows),
        Values::Codebook | Values::Codebook3 => TABLE_ENTRY << values.bits(),
    }
}

/// Bits filled up to whole 4-byte words, in bytes.
fn words(bits: usize) -> usize {
    bits.div_ceil(32) * 4
}

#[cfg(test)]
mod tests {
    use super::{Values, dense_bytes, sparse_bytes};

    #[test]
    fn sizes_by_hand() {
        assert_eq!(dense_bytes(3, 5, Values::Float), 60);
        // 15 values, 3 scales of 2 bytes filled up to 8, and the descriptor.
        assert_eq!(dense_bytes(3, 5, Values::Int8), 16 + 8 + 32);
        assert_eq!(dense_bytes(3, 5, Values::Int4), 8 + 8 + 32);
        assert_eq!(dense_bytes(3, 5, Values::Codebook), 8 + 32 + 32);
        assert_eq!(dense_bytes(8, 4, Values::Codebook3), 12 + 16 + 32);
    }

    #[test]
    fn sparse_forms_take_the_smaller() {
        // 100 of 64 x 64: groups of 16, 100 (4 + 4) bits and 100 + 64 * 4 bits.
        assert_eq!(sparse_bytes((64, 64), 100, 1, Values::Codebook), 100 + 48 + 32 + 32);
        // Half full: the bitmap.
        assert_eq!(sparse_bytes((64, 64), 2048, 1, Values::Codebook), 512 + 1024 + 32 + 32);
        // Float: one index byte and two pointer bytes.
        assert_eq!(sparse_bytes((64, 64), 100, 1, Values::Float), 500 + 130);
        // Blocks of 8 rows: 50 places in 8 lines of 64.
        let groups_of_16 = (50 * (4 + 32_usize)).div_ceil(32) * 4 + (50 + 8 * 4_usize).div_ceil(32) * 4;
        assert!(sparse_bytes((64, 64), 50, 8, Values::Int4) <= groups_of_16 + 128 + 32);
    }

    #[test]
    fn more_values_never_take_fewer_bytes() {
        for values in Values::ALL {
            let sizes: Vec<usize> = (0..4000).map(|n| sparse_bytes((50, 80), n, 1, values)).collect();
            assert!(sizes.windows(2).all(|p| p[0] <= p[1]), "{values:?}");
        }
    }
}

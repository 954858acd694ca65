//! A sparse matrix by columns.

use ndarray::Array2;

/// A sparse matrix in compressed sparse column (CSC) form.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseMatrix {
    /// Number of rows.
    pub rows: usize,
    /// Per column: row index and value, rows rising.
    pub columns: Vec<Vec<(usize, f32)>>,
}

impl SparseMatrix {
    /// The number of stored values.
    pub fn nonzeros(&self) -> usize {
        self.columns.iter().map(Vec::len).sum()
    }

    /// Bytes of values, row indices and column pointers (see [`csc_bytes`]).
    pub fn bytes(&self) -> usize {
        csc_bytes(self.rows, self.columns.len(), self.nonzeros())
    }

    /// The same matrix with its zeros.
    pub fn to_dense(&self) -> Array2<f32> {
        let mut dense = Array2::zeros((self.rows, self.columns.len()));
        for (column, entries) in self.columns.iter().enumerate() {
            for &(row, value) in entries {
                dense[[row, column]] = value;
            }
        }
        dense
    }
}

/// Bytes of a float32 CSC matrix: 4 per value, 1, 2 or 4 per row index, 2 or 4 per column pointer,
/// each the narrowest that holds the largest it must.
pub fn csc_bytes(rows: usize, columns: usize, nonzeros: usize) -> usize {
    let index = match rows {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    };
    let pointer = if nonzeros <= 0xffff { 2 } else { 4 };
    nonzeros * (4 + index) + (columns + 1) * pointer
}

#[cfg(test)]
mod tests {
    use super::{SparseMatrix, csc_bytes};

    #[test]
    fn bytes_count_values_indices_and_pointers() {
        let matrix =
            SparseMatrix { rows: 3, columns: vec![vec![(0, 1.0), (2, 2.0)], vec![], vec![(1, 3.0)]] };
        assert_eq!(matrix.nonzeros(), 3);
        assert_eq!(matrix.bytes(), 3 * 5 + 4 * 2);
        assert_eq!(matrix.to_dense()[[2, 0]], 2.0);
    }

    #[test]
    fn widths_grow_with_what_they_index() {
        let cases = [
            (256, 10, 100, 100 * 5 + 11 * 2),
            (257, 10, 100, 100 * 6 + 11 * 2),
            (300, 9, 70_000, 70_000 * 6 + 10 * 4),
            (70_000, 1, 1, 8 + 2 * 2),
        ];
        for (rows, columns, nonzeros, bytes) in cases {
            assert_eq!(csc_bytes(rows, columns, nonzeros), bytes);
        }
    }
}

//! Where a matrix has values, which is all that the sizes of most encodings depend on.

use ndarray::ArrayView2;

/// The gaps of a matrix, in columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Support {
    /// Rows and columns.
    pub(super) dim: (usize, usize),
    /// Columns without values before each value, behind the one before it in its row.
    pub(super) gaps: Vec<usize>,
    /// Columns behind the last value of each row.
    pub(super) rests: Vec<usize>,
    /// The most values of a row.
    pub(super) most: usize,
}

impl Support {
    /// That of the elements that are not zero.
    pub fn of<T: Default + PartialEq>(values: ArrayView2<T>) -> Self {
        let zero = T::default();
        let (mut gaps, mut rests, mut most) = (Vec::new(), Vec::new(), 0);
        for row in values.rows() {
            let (mut at, before) = (0, gaps.len());
            for (column, _) in row.iter().enumerate().filter(|(_, value)| **value != zero) {
                gaps.push(column - at);
                at = column + 1;
            }
            rests.push(row.len() - at);
            most = most.max(gaps.len() - before);
        }
        Self { dim: values.dim(), gaps, rests, most }
    }
}

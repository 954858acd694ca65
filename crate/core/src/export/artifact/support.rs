//! Where a matrix has values, which is all that the sizes of most encodings depend on.

use ndarray::{ArrayView1, ArrayView2};

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
        let (mut gaps, mut rests, mut most) = (Vec::new(), Vec::new(), 0);
        for row in values.rows() {
            let (own, rest) = gaps_of(row);
            most = most.max(own.len());
            gaps.extend(own.into_iter().map(|(gap, _)| gap));
            rests.push(rest);
        }
        Self { dim: values.dim(), gaps, rests, most }
    }
}

/// The values of a row, each with the columns without any before it, and the columns behind the last.
pub(super) fn gaps_of<T: Default + PartialEq>(row: ArrayView1<'_, T>) -> (Vec<(usize, &T)>, usize) {
    let zero = T::default();
    let (mut gaps, mut at) = (Vec::new(), 0);
    for (column, value) in row.into_iter().enumerate().filter(|(_, value)| **value != zero) {
        gaps.push((column - at, value));
        at = column + 1;
    }
    (gaps, row.len() - at)
}

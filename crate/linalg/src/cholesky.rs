//! Cholesky factors of small dense symmetric matrices, kept row by row: the inner loop of refits.
//!
//! Hundreds of systems of ten to a few hundred unknowns are solved per layer, one per row of
//! weights; a general library's set-up costs more than these. Large whitening factors use faer.

use super::LinalgError;
use ndarray::{Array2, ArrayView2};

/// The lower triangular L of A = L L', n x n.
#[derive(Clone, Debug)]
pub struct Cholesky {
    size: usize,
    /// Row-major with the full stride; what lies above the diagonal is not used.
    lower: Vec<f32>,
}

impl Cholesky {
    /// Factors the sub-matrix of `matrix` (symmetric) at the indices `at`.
    ///
    /// A pivot that rounding has made too small is raised to `1e-7` of its diagonal: with a ridge on
    /// the matrix, as everywhere here, that does not happen.
    ///
    /// **Cost**: O(n^3 / 3) for n indices.
    pub fn of(matrix: ArrayView2<f32>, at: &[usize]) -> Self {
        let size = at.len();
        let mut lower = vec![0.0; size * size];
        for (row, &i) in at.iter().enumerate() {
            let (done, rest) = lower.split_at_mut(row * size);
            let own = &mut rest[..size];
            for (column, &j) in at[..row].iter().enumerate() {
                let other = &done[column * size..][..=column];
                let value = matrix[[i, j]] - dot(&own[..column], &other[..column]);
                own[column] = value / other[column];
            }
            let diagonal = matrix[[i, i]];
            let pivot = diagonal - dot(&own[..row], &own[..row]);
            own[row] = pivot.max(1e-7 * diagonal.abs()).max(f32::MIN_POSITIVE).sqrt();
        }
        Self { size, lower }
    }

    /// Row `row` of L up to its diagonal.
    pub(crate) fn lower_row(&self, row: usize) -> &[f32] {
        &self.lower[row * self.size..][..=row]
    }

    /// Solves A x = b in place.
    pub fn solve(&self, b: &mut [f32]) {
        for row in 0..self.size {
            let l = self.lower_row(row);
            b[row] = (b[row] - dot(&l[..row], &b[..row])) / l[row];
        }
        for row in (0..self.size).rev() {
            let l = self.lower_row(row);
            let value = b[row] / l[row];
            b[row] = value;
            for (earlier, factor) in b[..row].iter_mut().zip(l) {
                *earlier -= value * factor;
            }
        }
    }

    /// The inverse of L by rows, n x n, lower triangular.
    fn inverse_lower(&self) -> Vec<f32> {
        let size = self.size;
        let mut inverse = vec![0.0; size * size];
        for row in 0..size {
            let l = self.lower_row(row);
            let (done, rest) = inverse.split_at_mut(row * size);
            let own = &mut rest[..size];
            for (k, &factor) in l[..row].iter().enumerate() {
                let earlier = &done[k * size..][..=k];
                for (value, other) in own.iter_mut().zip(earlier) {
                    *value -= factor * other;
                }
            }
            own[row] = 1.0;
            for value in &mut own[..=row] {
                *value /= l[row];
            }
        }
        inverse
    }

    /// The diagonal of the inverse of A.
    ///
    /// **Cost**: O(n^3 / 3).
    pub fn inverse_diagonal(&self) -> Vec<f32> {
        let inverse = self.inverse_lower();
        let mut diagonal = vec![0.0; self.size];
        for row in inverse.chunks_exact(self.size.max(1)) {
            for (sum, value) in diagonal.iter_mut().zip(row) {
                *sum += value * value;
            }
        }
        diagonal
    }

    /// The inverse of A, n x n.
    ///
    /// **Cost**: O(n^3).
    pub fn inverse(&self) -> Array2<f32> {
        let lower = Array2::from_shape_vec((self.size, self.size), self.inverse_lower());
        let lower = lower.unwrap_or_default();
        lower.t().dot(&lower)
    }
}

/// The inner product, in eight running sums: the order of additions is fixed, so results repeat.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let mut sums = [0.0_f32; 8];
    let (heads, tails) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = heads.remainder().iter().zip(tails.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in heads.zip(tails) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// T with S = T T' (lower triangular), n x n, computed in float64.
///
/// # Errors
/// [`LinalgError::NotFinite`] where S is not finite or not positive definite.
pub fn whitening(gram: ArrayView2<f32>) -> Result<Array2<f32>, LinalgError> {
    let size = gram.nrows();
    let matrix = faer::Mat::<f64>::from_fn(size, size, |i, j| f64::from(gram[[i, j]]));
    let factor = matrix.llt(faer::Side::Lower).map_err(|_| LinalgError::NotFinite)?;
    let lower = factor.L();
    Ok(Array2::from_shape_fn((size, size), |(i, j)| if j <= i { lower[(i, j)] as f32 } else { 0.0 }))
}

/// X with X L = B for a lower triangular L (n x n), B m x n: B times the inverse of L.
///
/// **Cost**: O(m n^2).
pub fn times_inverse(b: &Array2<f32>, lower: &Array2<f32>) -> Array2<f32> {
    // X L = B is L' X' = B': column n - 1 first.
    let mut x = b.as_standard_layout().into_owned();
    let size = lower.nrows();
    for mut row in x.rows_mut() {
        let Some(row) = row.as_slice_mut() else { continue };
        for column in (0..size).rev() {
            let value = row[column] / lower[[column, column]];
            row[column] = value;
            let l = lower.row(column);
            for (earlier, factor) in row[..column].iter_mut().zip(l) {
                *earlier -= value * factor;
            }
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::{Cholesky, times_inverse, whitening};
    use ndarray::Array2;

    fn positive(size: usize, seed: u64) -> Array2<f32> {
        let a = testing::random(size, size + 3, seed);
        a.dot(&a.t()) + 0.1 * Array2::<f32>::eye(size)
    }

    #[test]
    fn solves_and_inverts_what_it_factored() {
        let matrix = positive(23, 1);
        let at: Vec<usize> = (0..23).filter(|i| i % 3 != 1).collect();
        let sub = Array2::from_shape_fn((at.len(), at.len()), |(i, j)| matrix[[at[i], at[j]]]);
        let cholesky = Cholesky::of(matrix.view(), &at);
        let b = testing::random(at.len(), 1, 2);
        let mut x: Vec<f32> = b.iter().copied().collect();
        cholesky.solve(&mut x);
        let again = sub.dot(&Array2::from_shape_vec((at.len(), 1), x).unwrap());
        assert!((again - b).iter().all(|d| d.abs() < 1e-3));
        let inverse = cholesky.inverse();
        let unit = sub.dot(&inverse) - Array2::<f32>::eye(at.len());
        assert!(unit.iter().all(|d| d.abs() < 1e-3));
        for (index, value) in cholesky.inverse_diagonal().into_iter().enumerate() {
            assert!((value - inverse[[index, index]]).abs() < 1e-3 * value.abs());
        }
    }

    #[test]
    fn a_singular_matrix_gives_finite_numbers() {
        let a = testing::random(6, 2, 3);
        let matrix = a.dot(&a.t());
        let cholesky = Cholesky::of(matrix.view(), &[0, 1, 2, 3, 4, 5]);
        let mut b = vec![1.0; 6];
        cholesky.solve(&mut b);
        assert!(b.iter().all(|v| v.is_finite()));
        Cholesky::of(matrix.view(), &[]).solve(&mut []);
    }

    #[test]
    fn whitening_squares_back_and_is_undone() {
        let matrix = positive(17, 4);
        let lower = whitening(matrix.view()).unwrap();
        assert!((lower.dot(&lower.t()) - &matrix).iter().all(|d| d.abs() < 1e-4));
        let b = testing::random(5, 17, 5);
        let x = times_inverse(&b, &lower);
        assert!((x.dot(&lower) - b).iter().all(|d| d.abs() < 1e-3));
        assert!(whitening(Array2::from_elem((2, 2), 1.0).view()).is_err());
    }
}

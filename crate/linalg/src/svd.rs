//! The singular value decomposition, and its truncation.

use super::LinalgError;
use ndarray::{Array1, Array2, ArrayView2, s};

/// W = U diag(s) Vt, thin.
///
/// **Shapes**: W m x n, r = min(m, n); U m x r, s r (falling), Vt r x n.
#[derive(Clone, Debug)]
pub struct Svd {
    /// Left singular vectors, m x r.
    pub u: Array2<f32>,
    /// Singular values, falling.
    pub values: Array1<f32>,
    /// Right singular vectors, r x n.
    pub vt: Array2<f32>,
}

impl Svd {
    /// Decomposes `w` (m x n).
    ///
    /// **Cost**: O(m n min(m, n)). **Source**: faer's divide and conquer on a bidiagonal form.
    ///
    /// # Errors
    /// An empty or non-finite matrix, or no convergence.
    pub fn new(w: ArrayView2<f32>) -> Result<Self, LinalgError> {
        let (rows, columns) = w.dim();
        if rows == 0 || columns == 0 {
            return Err(LinalgError::Empty);
        }
        if w.iter().any(|v| !v.is_finite()) {
            return Err(LinalgError::NotFinite);
        }
        let matrix = faer::Mat::<f64>::from_fn(rows, columns, |i, j| f64::from(w[[i, j]]));
        let svd = matrix.thin_svd().map_err(|_| LinalgError::NoConvergence)?;
        let rank = rows.min(columns);
        let (u, s, v) = (svd.U(), svd.S().column_vector(), svd.V());
        Ok(Self {
            u: Array2::from_shape_fn((rows, rank), |(i, j)| u[(i, j)] as f32),
            values: Array1::from_shape_fn(rank, |i| s[i] as f32),
            vt: Array2::from_shape_fn((rank, columns), |(i, j)| v[(j, i)] as f32),
        })
    }

    /// The best approximation of rank `rank`: factors m x k and k x n, with the root of each
    /// singular value on either side, so that both keep the same range.
    ///
    /// **Source**: Eckart & Young 1936.
    pub fn truncate(&self, rank: usize) -> (Array2<f32>, Array2<f32>) {
        let rank = rank.clamp(1, self.values.len());
        let roots = self.values.slice(s![..rank]).mapv(f32::sqrt);
        let left = &self.u.slice(s![.., ..rank]) * &roots;
        let right = &self.vt.slice(s![..rank, ..]) * &roots.insert_axis(ndarray::Axis(1));
        (left, right)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LinalgError, testing};
    use super::Svd;
    use ndarray::{Array2, array, s};

    fn norm(w: &Array2<f32>) -> f32 {
        w.iter().map(|v| v * v).sum::<f32>().sqrt()
    }

    #[test]
    fn identities_hold_on_awkward_matrices() {
        let tall = testing::random(40, 7, 1);
        let cases = [
            ("tall", tall.clone()),
            ("wide", tall.t().to_owned()),
            ("zero", Array2::zeros((5, 4))),
            ("rank one", testing::random(6, 1, 2).dot(&testing::random(1, 9, 3))),
            ("one", array![[3.0]]),
            (
                "graded",
                Array2::from_shape_fn((8, 8), |(i, j)| if i == j { 10_f32.powi(-(i as i32)) } else { 0.0 }),
            ),
        ];
        for (name, w) in cases {
            let svd = Svd::new(w.view()).unwrap();
            let scale = norm(&w).max(1.0);
            let again = (&svd.u * &svd.values).dot(&svd.vt);
            assert!(norm(&(&again - &w)) < 1e-5 * scale, "{name}: reconstruction");
            let rank = svd.values.len();
            let gram = svd.u.t().dot(&svd.u) - Array2::<f32>::eye(rank);
            assert!(norm(&gram) < 1e-4, "{name}: orthonormal U");
            let gram = svd.vt.dot(&svd.vt.t()) - Array2::<f32>::eye(rank);
            assert!(norm(&gram) < 1e-4, "{name}: orthonormal V");
            assert!(svd.values.windows(2).into_iter().all(|p| p[0] >= p[1]), "{name}: order");
        }
    }

    #[test]
    fn the_error_of_a_truncation_is_the_tail() {
        let w = testing::random(12, 9, 4);
        let svd = Svd::new(w.view()).unwrap();
        for rank in 1..=9 {
            let (left, right) = svd.truncate(rank);
            let tail = svd.values.slice(s![rank..]).mapv(|v| v * v).sum().sqrt();
            assert!((norm(&(left.dot(&right) - &w)) - tail).abs() < 1e-4, "rank {rank}");
        }
    }

    #[test]
    fn bad_input_is_named() {
        assert_eq!(Svd::new(array![[f32::NAN]].view()).unwrap_err(), LinalgError::NotFinite);
        assert_eq!(Svd::new(Array2::zeros((0, 3)).view()).unwrap_err(), LinalgError::Empty);
    }

    #[test]
    fn agrees_with_numpy() {
        for case in testing::golden()["svd"].as_array().unwrap() {
            let svd = Svd::new(testing::matrix(&case["matrix"]).view()).unwrap();
            let expected = testing::numbers(&case["singular_values"]);
            for (ours, theirs) in svd.values.iter().zip(&expected) {
                assert!((ours - theirs).abs() < 1e-4 * expected[0].max(1.0), "{ours} {theirs}");
            }
        }
    }
}

//! What a layer's new weights are fitted to: the least-squares problem behind its inputs.

use super::{Cholesky, LinalgError};
use ndarray::{Array1, Array2};

/// Minimise tr((X - target) gram (X - target)') over the m x n matrices X that a method can make.
///
/// With inputs x of second moment S and wanted outputs y, the mean squared output error of X is that
/// trace plus a constant: gram = S + ridge, target gram = E\[y x'\] + ridge W. Without inputs gram is
/// the identity and target the weights: the plain form of every method is this same problem.
///
/// **Source**: the normal equations; SVD-LLM (Wang et al. 2024) for the use of S, Zhang et al. 2015
/// for fitting to another's outputs.
#[derive(Clone, Debug)]
pub struct Regression {
    /// The best X without restrictions, m x n.
    pub target: Array2<f32>,
    /// n x n, positive definite; `None` is the identity.
    pub gram: Option<Array2<f32>>,
    /// target gram, m x n.
    pub cross: Array2<f32>,
}

impl Regression {
    /// The problem without inputs: stay close to `weights`.
    pub fn plain(weights: Array2<f32>) -> Self {
        Self { target: weights.clone(), gram: None, cross: weights }
    }

    /// The problem for given moments: `gram` is ridge-regularised already, `cross` is E\[y x'\] plus the
    /// ridge times the original weights.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`] where a moment is not finite.
    pub fn new(gram: Array2<f32>, cross: Array2<f32>) -> Result<Self, LinalgError> {
        if gram.iter().chain(&cross).any(|v| !v.is_finite()) {
            return Err(LinalgError::NotFinite);
        }
        let all: Vec<usize> = (0..gram.nrows()).collect();
        let cholesky = Cholesky::of(gram.view(), &all);
        let mut target = cross.as_standard_layout().into_owned();
        for mut row in target.rows_mut() {
            if let Some(row) = row.as_slice_mut() {
                cholesky.solve(row);
            }
        }
        Ok(Self { target, gram: Some(gram), cross })
    }

    /// The problem whose best X is `target` for the same inputs.
    pub fn toward(gram: Option<Array2<f32>>, target: Array2<f32>) -> Self {
        let cross = gram.as_ref().map_or_else(|| target.clone(), |gram| target.dot(gram));
        Self { target, gram, cross }
    }

    /// tr((x - target) gram (x - target)').
    pub fn squared_error(&self, x: &Array2<f32>) -> f64 {
        weighted_square(&(x - &self.target), self.gram.as_ref())
    }

    /// The root of each input's second moment, n values; ones without inputs.
    pub fn input_rms(&self) -> Array1<f32> {
        match &self.gram {
            Some(gram) => gram.diag().mapv(|v| v.max(0.0).sqrt()),
            None => Array1::ones(self.target.ncols()),
        }
    }

    /// The same problem seen behind a first matrix z = first x (k x n): for the second matrix.
    pub fn behind(&self, first: &Array2<f32>) -> Self {
        let seen = self.times_gram(first);
        let mut gram = seen.dot(&first.t());
        let ridge = 1e-6 * gram.diag().mean().unwrap_or(0.0).max(f32::MIN_POSITIVE);
        gram.diag_mut().mapv_inplace(|v| v + ridge);
        let cross = self.cross.dot(&first.t());
        let all: Vec<usize> = (0..gram.nrows()).collect();
        let cholesky = Cholesky::of(gram.view(), &all);
        let mut target = cross.as_standard_layout().into_owned();
        for mut row in target.rows_mut() {
            if let Some(row) = row.as_slice_mut() {
                cholesky.solve(row);
            }
        }
        Self { target, gram: Some(gram), cross }
    }

    /// x gram.
    pub fn times_gram(&self, x: &Array2<f32>) -> Array2<f32> {
        self.gram.as_ref().map_or_else(|| x.clone(), |gram| x.dot(gram))
    }

    /// The gram matrix, the identity written out.
    pub fn full_gram(&self) -> Array2<f32> {
        self.gram.clone().unwrap_or_else(|| Array2::eye(self.target.ncols()))
    }
}

/// tr(d gram d').
pub fn weighted_square(d: &Array2<f32>, gram: Option<&Array2<f32>>) -> f64 {
    let seen = gram.map_or_else(|| d.clone(), |gram| d.dot(gram));
    let products = d.iter().zip(&seen).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum::<f64>().max(0.0)
}


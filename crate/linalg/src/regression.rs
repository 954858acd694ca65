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
        let target = solved(&gram, &cross);
        Ok(Self { target, gram: Some(gram), cross })
    }

    /// The problem whose best X is `target` for the same inputs.
    pub fn toward(gram: Option<Array2<f32>>, target: Array2<f32>) -> Self {
        let cross = gram.as_ref().map_or_else(|| target.clone(), |gram| target.dot(gram));
        Self { target, gram, cross }
    }

    /// The same problem behind inputs in another unit: its error is `scale` times as large.
    #[must_use]
    pub fn scaled(self, scale: f32) -> Self {
        if self.gram.is_none() {
            return self;
        }
        Self { target: self.target, gram: self.gram.map(|gram| gram * scale), cross: self.cross * scale }
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
        let target = solved(&gram, &cross);
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

/// X with X gram = cross.
fn solved(gram: &Array2<f32>, cross: &Array2<f32>) -> Array2<f32> {
    let all: Vec<usize> = (0..gram.nrows()).collect();
    let cholesky = Cholesky::of(gram.view(), &all);
    let mut x = cross.as_standard_layout().into_owned();
    for mut row in x.rows_mut() {
        if let Some(row) = row.as_slice_mut() {
            cholesky.solve(row);
        }
    }
    x
}

/// tr(d gram d').
pub fn weighted_square(d: &Array2<f32>, gram: Option<&Array2<f32>>) -> f64 {
    let seen = gram.map_or_else(|| d.clone(), |gram| d.dot(gram));
    let products = d.iter().zip(&seen).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum::<f64>().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::{
        Moments, RegressionOptions, Svd, refit_first, refit_rows, testing, times_inverse, whitening,
    };
    use ndarray::{Array2, Axis, s};

    const OPTIONS: RegressionOptions = RegressionOptions { ridge: 1e-3, least: 0.0, centred: false };

    /// Inputs of very unequal directions.
    fn inputs(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
        let mix = testing::random(columns, columns, seed + 100);
        let scale = Array2::from_shape_fn((1, columns), |(_, j)| 0.1 + 2.0 / (1.0 + j as f32));
        (testing::random(rows, columns, seed) * &scale).dot(&mix)
    }

    fn seen(x: &Array2<f32>, weights: &Array2<f32>) -> Moments {
        let mut moments = Moments::new(x.ncols(), false);
        for batch in x.axis_chunks_iter(Axis(0), 17) {
            moments.add(batch, None, weights.view());
        }
        moments
    }

    #[test]
    fn no_other_matrix_of_that_rank_has_a_smaller_error_behind_the_inputs() {
        let (weights, x) = (testing::random(7, 12, 1), inputs(200, 12, 2));
        let problem = seen(&x, &weights).regression(&weights, OPTIONS).unwrap();
        let lower = whitening(problem.gram.as_ref().unwrap().view()).unwrap();
        let svd = Svd::new(problem.target.dot(&lower).view()).unwrap();
        let (left, right) = svd.truncate(3);
        let best = left.dot(&times_inverse(&right, &lower));
        let least = problem.squared_error(&best);
        let tail: f64 = svd.values.slice(s![3..]).iter().map(|v| f64::from(*v).powi(2)).sum();
        assert!((least - tail).abs() < 1e-4 * tail, "{least} {tail}");
        let plain = Svd::new(weights.view()).unwrap().truncate(3);
        assert!(problem.squared_error(&plain.0.dot(&plain.1)) > least);
        // Random matrices of the rank, far away and nearby.
        for seed in 0..200 {
            let size = if seed % 2 == 0 { 1.0 } else { 1e-2 };
            let moved = |m: &Array2<f32>, s| m + &(testing::random(m.nrows(), m.ncols(), s) * size);
            let right = times_inverse(&right, &lower);
            let other = moved(&left, 1000 + seed).dot(&moved(&right, 2000 + seed));
            assert!(problem.squared_error(&other) >= least * (1.0 - 1e-5), "seed {seed}");
        }
    }

    #[test]
    fn moments_of_batches_are_those_of_all_samples() {
        let (weights, x) = (testing::random(4, 9, 3), inputs(100, 9, 4));
        let moments = seen(&x, &weights);
        let gram = x.t().dot(&x) / 100.0;
        assert!((&moments.gram - &gram).iter().all(|d| d.abs() < 1e-5 * gram[[0, 0]].max(1.0)));
        let column = |j: usize| x.column(j).iter().copied().collect::<Vec<f32>>();
        assert_eq!(moments.lowest[3], column(3).into_iter().fold(f32::INFINITY, f32::min));
        assert_eq!(moments.highest[3], column(3).into_iter().fold(f32::NEG_INFINITY, f32::max));
        let new = testing::random(4, 9, 5);
        let difference = x.dot(&(&weights - &new).t());
        let error = difference.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 100.0;
        assert!((moments.output_error(&weights, &new, None) - error).abs() < 1e-3 * error);
        // A shift by what the fit loses on average lowers the error by the square of that.
        let shift = moments.bias_shift(&weights, &new);
        let gain: f64 = shift.iter().map(|v| f64::from(*v).powi(2)).sum();
        let shifted = moments.output_error(&weights, &new, Some(&shift));
        assert!((error - gain - shifted).abs() < 1e-3 * error);
    }

    #[test]
    fn shifted_inputs_are_fitted_to_the_original_outputs() {
        let (weights, x) = (testing::random(3, 8, 6), inputs(300, 8, 7));
        let distorted = &x + &(testing::random(300, 8, 8) * 0.3);
        let mut moments = Moments::new(8, true);
        moments.add(distorted.view(), Some(x.view()), weights.view());
        let options = RegressionOptions { ridge: 1e-6, least: 0.0, centred: false };
        let target = moments.regression(&weights, options).unwrap().target;
        let wanted = x.dot(&weights.t());
        let square = |m: &Array2<f32>| (distorted.dot(&m.t()) - &wanted).mapv(|v| v * v).sum();
        assert!(square(&target) < square(&weights));
        // The gradient of the least-squares problem is zero.
        let gradient = (distorted.dot(&target.t()) - &wanted).t().dot(&distorted) / 300.0;
        assert!(gradient.iter().all(|g| g.abs() < 1e-3));
    }

    #[test]
    fn degenerate_inputs_give_finite_fits() {
        let weights = testing::random(3, 10, 9);
        let mut dead = inputs(50, 10, 10);
        dead.column_mut(4).fill(0.0);
        let few = inputs(4, 10, 11);
        let constant = Array2::from_elem((30, 10), 0.5_f32);
        let nothing = Array2::zeros((30, 10));
        for (name, x) in [("dead", dead), ("few", few), ("constant", constant), ("nothing", nothing)] {
            for centred in [false, true] {
                let options = RegressionOptions { ridge: 0.01, least: 1e-12, centred };
                let problem = seen(&x, &weights).regression(&weights, options).unwrap();
                assert!(problem.target.iter().all(|v| v.is_finite()), "{name}");
                let mut refitted = problem.target.clone();
                let mask = Array2::from_shape_fn((3, 10), |(i, j)| (i + j) % 2 == 0);
                refit_rows(&problem, &mut refitted, &mask);
                assert!(refitted.iter().all(|v| v.is_finite()), "{name}");
                assert!(whitening(problem.gram.as_ref().unwrap().view()).is_ok(), "{name}");
            }
        }
        let wild = Array2::from_elem((3, 10), f32::NAN);
        assert!(seen(&wild, &weights).regression(&weights, OPTIONS).is_err());
    }

    #[test]
    fn a_first_matrix_is_refitted_on_its_support_only() {
        let (weights, x) = (testing::random(6, 10, 14), inputs(100, 10, 15));
        let problem = seen(&x, &weights).regression(&weights, OPTIONS).unwrap();
        let second = testing::random(6, 4, 16);
        let mask = Array2::from_shape_fn((4, 10), |(i, j)| (i + j) % 3 != 0);
        let mut first = Array2::zeros((4, 10));
        refit_first(&problem, &second, &mut first, &mask, 200);
        assert!(first.iter().zip(&mask).all(|(v, free)| *free || *v == 0.0));
        let residual = second.dot(&first) - &problem.target;
        let gradient = second.t().dot(&problem.times_gram(&residual));
        let largest = gradient.iter().zip(&mask).filter(|(_, free)| **free).map(|(g, _)| g.abs());
        assert!(largest.fold(0.0, f32::max) < 1e-2);
    }
}

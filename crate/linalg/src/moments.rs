//! Second moments of inputs, gathered batch by batch.

use super::{LinalgError, Regression, weighted_square};
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// What is known of the inputs that reach a matrix W: those of the original model, x, and those
/// that it will really see, x̂ (the same unless what comes before has been changed).
///
/// **Shapes**: n inputs. Memory does not grow with the number of samples.
#[derive(Clone, Debug)]
pub struct Moments {
    /// Rows seen.
    pub rows: f64,
    /// E\[x̂ x̂'\], n x n.
    pub gram: Array2<f32>,
    /// E\[x x̂'\], n x n; `None` where x is x̂.
    pub cross: Option<Array2<f32>>,
    /// E\[x̂\].
    pub mean: Array1<f32>,
    /// E\[x\].
    pub original_mean: Array1<f32>,
    /// E|W x|².
    pub output_square: f64,
    /// The least of each x̂.
    pub lowest: Array1<f32>,
    /// The largest of each x̂.
    pub highest: Array1<f32>,
}

/// How moments become a regression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegressionOptions {
    /// Added to the diagonal of the gram, as a share of its mean, where rows are many; with fewer, (1 + inputs /
    /// rows) times as much: directions that no row has shown are otherwise left to rounding.
    pub ridge: f32,
    /// What is added at least.
    pub least: f32,
    /// Whether a bias takes up the means.
    pub centred: bool,
}

/// What rounding leaves of a second moment whose mean is taken away, as a share of it: float32 sums of a few
/// hundred products, with a margin. What is smaller says nothing of the inputs.
const ROUNDING: f32 = 1e-5;

impl Moments {
    /// Nothing seen of `inputs` inputs; with `shifted`, x and x̂ are different.
    pub fn new(inputs: usize, shifted: bool) -> Self {
        Self {
            rows: 0.0,
            gram: Array2::zeros((inputs, inputs)),
            cross: shifted.then(|| Array2::zeros((inputs, inputs))),
            mean: Array1::zeros(inputs),
            original_mean: Array1::zeros(inputs),
            output_square: 0.0,
            lowest: Array1::from_elem(inputs, f32::INFINITY),
            highest: Array1::from_elem(inputs, f32::NEG_INFINITY),
        }
    }

    /// Adds rows of inputs `seen` (x̂) and, where they differ, `original` (x), each rows x n; `weights`
    /// is W, outputs x n.
    pub fn add(
        &mut self,
        seen: ArrayView2<f32>,
        original: Option<ArrayView2<f32>>,
        weights: ArrayView2<f32>,
    ) {
        let added = seen.nrows() as f64;
        if added == 0.0 {
            return;
        }
        // Running means keep float32 sums of many samples exact enough.
        let (old, new) = (self.rows / (self.rows + added), 1.0 / (self.rows + added));
        let blend = |mean: &mut Array2<f32>, sum: Array2<f32>| {
            mean.zip_mut_with(&sum, |m, s| *m = (f64::from(*m) * old + f64::from(*s) * new) as f32);
        };
        let blend_mean = |mean: &mut Array1<f32>, rows: ArrayView2<f32>| {
            let sum = rows.sum_axis(Axis(0));
            mean.zip_mut_with(&sum, |m, s| *m = (f64::from(*m) * old + f64::from(*s) * new) as f32);
        };
        let x = original.unwrap_or(seen);
        for row in seen.rows() {
            self.lowest.zip_mut_with(&row, |low, v| *low = low.min(*v));
            self.highest.zip_mut_with(&row, |high, v| *high = high.max(*v));
        }
        blend(&mut self.gram, seen.t().dot(&seen));
        if let Some(cross) = &mut self.cross {
            blend(cross, x.t().dot(&seen));
        }
        blend_mean(&mut self.mean, seen);
        blend_mean(&mut self.original_mean, x);
        let outputs = x.dot(&weights.t());
        let square: f64 = outputs.iter().map(|v| f64::from(*v).powi(2)).sum();
        self.output_square = self.output_square * old + square * new;
        self.rows += added;
    }

    /// The mean square and the variance of each input.
    pub fn inputs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.gram.diag().into_iter().zip(&self.mean).map(|(square, mean)| {
            let square = f64::from(*square);
            (square, (square - f64::from(*mean).powi(2)).max(0.0))
        })
    }

    /// Whether no sum has gone beyond what float32 holds.
    pub fn is_finite(&self) -> bool {
        let finite = |m: &Array2<f32>| m.iter().all(|v| v.is_finite());
        let means = self.mean.iter().chain(&self.original_mean);
        self.output_square.is_finite()
            && means.into_iter().all(|v| v.is_finite())
            && finite(&self.gram)
            && self.cross.as_ref().is_none_or(finite)
    }

    /// The regression of new weights toward the outputs of `weights` (m x n).
    ///
    /// # Errors
    /// Moments that are not finite.
    pub fn regression(
        &self,
        weights: &Array2<f32>,
        options: RegressionOptions,
    ) -> Result<Regression, LinalgError> {
        let mut gram = self.gram.clone();
        let mut cross = self.cross.clone().unwrap_or_else(|| self.gram.clone());
        if options.centred {
            subtract_outer(&mut gram, &self.mean, &self.mean);
            subtract_outer(&mut cross, &self.original_mean, &self.mean);
        }
        let damping = options.ridge * (1.0 + gram.nrows() as f32 / self.rows.max(1.0) as f32);
        let ridge = (damping * gram.diag().mean().unwrap_or(0.0)).max(options.least);
        let rounding = if options.centred { ROUNDING } else { 0.0 };
        let ridges = self.gram.diag().mapv(|square| ridge.max(f32::MIN_POSITIVE) + rounding * square);
        gram.diag_mut().zip_mut_with(&ridges, |v, ridge| *v = v.max(0.0) + ridge);
        let cross = weights.dot(&cross) + &(weights * &ridges.view().insert_axis(Axis(0)));
        if self.cross.is_some() {
            return Regression::new(gram, cross);
        }
        // The original inputs ask for the original weights: nothing to solve.
        if gram.iter().chain(&cross).any(|v| !v.is_finite()) {
            return Err(LinalgError::NotFinite);
        }
        Ok(Regression { target: weights.clone(), gram: Some(gram), cross })
    }

    /// The bias to add, one per output, where `new` takes the place of `weights` (both m x n).
    pub fn bias_shift(&self, weights: &Array2<f32>, new: &Array2<f32>) -> Array1<f32> {
        weights.dot(&self.original_mean) - new.dot(&self.mean)
    }

    /// E|W x - new x̂ - shift|² over all outputs.
    pub fn output_error(&self, weights: &Array2<f32>, new: &Array2<f32>, shift: Option<&Array1<f32>>) -> f64 {
        let square = if let Some(cross) = &self.cross {
            let product = weights.dot(cross);
            let both: f64 = product.iter().zip(new).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            self.output_square - 2.0 * both + weighted_square(new, Some(&self.gram))
        } else {
            weighted_square(&(weights - new), Some(&self.gram))
        };
        let moved = shift.map_or(0.0, |shift| {
            let wanted = self.bias_shift(weights, new);
            let terms = shift.iter().zip(&wanted);
            terms.map(|(s, w)| f64::from(*s).powi(2) - 2.0 * f64::from(*s) * f64::from(*w)).sum()
        });
        (square + moved).max(0.0)
    }
}

fn subtract_outer(matrix: &mut Array2<f32>, left: &Array1<f32>, right: &Array1<f32>) {
    for (mut row, l) in matrix.rows_mut().into_iter().zip(left) {
        row.scaled_add(-l, right);
    }
}

//! Sparse regression by stepwise elimination: the support shrinks a fifth at a time, and after each
//! step every row is solved again on what is left.

use super::masked::support;
use super::{Cholesky, Regression, refit_rows};
use ndarray::{Array2, Zip};

/// Share of the support that one step leaves: larger steps lose accuracy, smaller ones only time.
const STEP: f64 = 0.8;
/// Longest support of a row whose elimination costs are computed exactly; longer rows use the
/// products of weight and input rms.
const EXACT: usize = 160;

/// A matrix that is losing entries.
///
/// An entry's worth is what the problem's error rises by when it goes and its row is solved again:
/// w² / \[(gram on the support)⁻¹\]jj for short rows, w² gram jj for long ones (|w| rms, squared).
/// With `block` above 1, neighbouring rows share their support, and so their worth.
///
/// **Shapes**: m x n. **Source**: Hassibi & Stork 1993 (the exact cost), Sun et al. 2024 (Wanda:
/// |w| rms), Frantar & Alistarh 2022 (row by row). Departure: the support is chosen over the
/// whole matrix, not per row.
#[derive(Clone, Debug)]
pub struct Elimination {
    /// What is fitted. Its `cross` may be changed between steps.
    pub problem: Regression,
    /// The weights now; zero where `mask` is not set.
    pub weights: Array2<f32>,
    /// The support.
    pub mask: Array2<bool>,
    block: usize,
}

impl Elimination {
    /// Starts with everything kept.
    pub fn new(problem: Regression, block: usize) -> Self {
        let (weights, mask) = (problem.target.clone(), Array2::from_elem(problem.target.dim(), true));
        Self { problem, weights, mask, block: block.max(1) }
    }

    /// Entries kept.
    pub fn kept(&self) -> usize {
        self.mask.iter().filter(|free| **free).count()
    }

    /// One step towards `wanted` entries; whether they are reached. At most `wanted` are kept at the
    /// end: with blocks, the largest number of whole blocks.
    pub fn step(&mut self, wanted: usize) -> bool {
        let kept = self.kept();
        if kept <= wanted {
            return true;
        }
        let keep = wanted.max((kept as f64 * STEP) as usize);
        self.cut(keep);
        self.refit();
        keep == wanted
    }

    /// Rows that share their support.
    pub fn block(&self) -> usize {
        self.block
    }

    /// Solves every row again on the support.
    pub fn refit(&mut self) {
        refit_rows(&self.problem, &mut self.weights, &self.mask);
    }

    /// Drops the least worthy blocks until at most `keep` entries are left.
    fn cut(&mut self, keep: usize) {
        let worth = self.worth();
        let (rows, columns) = self.mask.dim();
        let mut blocks = Vec::new();
        for from in (0..rows).step_by(self.block) {
            let to = (from + self.block).min(rows);
            for column in (0..columns).filter(|&j| self.mask[[from, j]]) {
                let sum: f32 = (from..to).map(|row| worth[[row, column]]).sum();
                blocks.push((sum / (to - from) as f32, from, column));
            }
        }
        // The largest first; equal ones in order of place, so that results repeat.
        blocks.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut left = keep;
        for (_, from, column) in blocks {
            let size = (from + self.block).min(rows) - from;
            let stays = left >= size;
            left = if stays { left - size } else { 0 };
            for row in from..from + size {
                self.mask[[row, column]] = stays;
                if !stays {
                    self.weights[[row, column]] = 0.0;
                }
            }
        }
    }

    fn worth(&self) -> Array2<f32> {
        let Some(gram) = &self.problem.gram else {
            return self.weights.mapv(|w| w * w);
        };
        let diagonal = gram.diag();
        let mut worth = Array2::zeros(self.mask.dim());
        for row in 0..self.mask.nrows() {
            let at = support(&self.mask, row);
            let w = self.weights.row(row);
            if at.len() > EXACT {
                Zip::from(worth.row_mut(row)).and(w).and(&diagonal).for_each(|o, w, d| *o = w * w * d);
                continue;
            }
            let inverse = Cholesky::of(gram.view(), &at).inverse_diagonal();
            for (&j, inverse) in at.iter().zip(inverse) {
                worth[[row, j]] = w[j] * w[j] / inverse.max(f32::MIN_POSITIVE);
            }
        }
        worth
    }
}

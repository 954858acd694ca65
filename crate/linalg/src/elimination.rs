//! Sparse regression by stepwise elimination: the support shrinks a fifth at a time, and after each
//! step every row is solved again on what is left.

use super::masked::support;
use super::{Cholesky, Regression, refit_rows};
use ndarray::{Array2, Axis, concatenate, s};

/// Share of the support that one step leaves.
const STEP: f64 = 0.8;
/// Longest support of a row whose elimination costs are computed exactly; longer rows use the
/// products of weight and input rms.
const EXACT: usize = 160;

/// A matrix that is losing entries: the matrices of several problems, one below the other.
///
/// An entry's worth is what the problem's error rises by when it goes and its row is solved again:
/// w² / \[(gram on the support)⁻¹\]jj for short rows, w² gram jj for long ones (|w| rms, squared).
/// With `block` above 1, neighbouring rows share their support, and so their worth.
///
/// **Shapes**: each problem m x n, together (groups m) x n. **Source**: Hassibi & Stork 1993 (the exact
/// cost), Sun et al. 2024 (Wanda: |w| rms), Frantar & Alistarh 2022 (row by row). Departure: the
/// support is chosen over the whole matrix, not per row.
#[derive(Clone, Debug)]
pub struct Elimination<'a> {
    problems: &'a [Regression],
    /// The weights now; zero where `mask` is not set.
    pub weights: Array2<f32>,
    /// The support.
    pub mask: Array2<bool>,
    block: usize,
}

impl<'a> Elimination<'a> {
    /// Starts with everything kept.
    pub fn new(problems: &'a [Regression], block: usize) -> Self {
        let targets: Vec<_> = problems.iter().map(|problem| problem.target.view()).collect();
        let weights = concatenate(Axis(0), &targets).unwrap_or_default();
        let mask = Array2::from_elem(weights.dim(), true);
        Self { problems, weights, mask, block: block.max(1) }
    }

    /// Goes on from `weights` and their support.
    pub fn resume(
        problems: &'a [Regression],
        weights: Array2<f32>,
        mask: Array2<bool>,
        block: usize,
    ) -> Self {
        Self { problems, weights, mask, block: block.max(1) }
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

    fn rows_per_problem(&self) -> usize {
        self.weights.nrows() / self.problems.len().max(1)
    }

    /// Solves every row again on the support.
    pub fn refit(&mut self) {
        let rows = self.rows_per_problem();
        for (index, problem) in self.problems.iter().enumerate() {
            let own = s![index * rows..(index + 1) * rows, ..];
            let mut weights = self.weights.slice(own).to_owned();
            refit_rows(problem, &mut weights, &self.mask.slice(own).to_owned());
            self.weights.slice_mut(own).assign(&weights);
        }
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
        let mut worth = self.weights.mapv(|w| w * w);
        let rows = self.rows_per_problem();
        for row in 0..self.mask.nrows() {
            let Some(gram) = self.problems.get(row / rows.max(1)).and_then(|p| p.gram.as_ref()) else {
                continue;
            };
            let at = support(&self.mask, row);
            let mut own = worth.row_mut(row);
            if at.len() > EXACT {
                own.zip_mut_with(&gram.diag(), |o, d| *o *= d);
                continue;
            }
            let inverse = Cholesky::of(gram.view(), &at).inverse_diagonal();
            for (&j, inverse) in at.iter().zip(inverse) {
                own[j] /= inverse.max(f32::MIN_POSITIVE);
            }
        }
        worth
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Regression, testing};
    use super::Elimination;
    use ndarray::Array2;

    fn problem(rows: usize, columns: usize, seed: u64) -> Regression {
        let x = testing::random(3 * columns, columns, seed);
        let gram = x.t().dot(&x) / (3 * columns) as f32 + 0.01 * Array2::<f32>::eye(columns);
        Regression::toward(Some(gram), testing::random(rows, columns, seed + 1))
    }

    #[test]
    fn the_gradient_on_the_support_is_zero_and_errors_rise() {
        let problems = [problem(6, 40, 1)];
        let mut elimination = Elimination::new(&problems, 1);
        let mut last = 0.0;
        for wanted in [180, 90, 40, 12] {
            while !elimination.step(wanted) {}
            assert_eq!(elimination.kept(), wanted);
            let gram = problems[0].gram.as_ref().unwrap();
            let gradient = elimination.weights.dot(gram) - &problems[0].cross;
            let largest = gradient.iter().zip(&elimination.mask).filter(|(_, free)| **free);
            assert!(largest.map(|(g, _)| g.abs()).fold(0.0, f32::max) < 1e-4);
            let error = problems[0].squared_error(&elimination.weights);
            assert!(error > last, "{wanted}: {error} after {last}");
            last = error;
        }
    }

    #[test]
    fn one_step_drops_what_costs_least() {
        // Brute force: of all single entries, dropping the chosen one and solving again costs least.
        let problems = [problem(2, 6, 5)];
        let mut elimination = Elimination::new(&problems, 1);
        elimination.step(11);
        let dropped = problems[0].squared_error(&elimination.weights);
        for place in 0..12 {
            let mut mask = Array2::from_elem((2, 6), true);
            mask[[place / 6, place % 6]] = false;
            let mut other = problems[0].target.clone();
            super::refit_rows(&problems[0], &mut other, &mask);
            assert!(problems[0].squared_error(&other) >= dropped - 1e-6, "{place}");
        }
    }

    #[test]
    fn blocks_share_their_support_and_groups_share_the_budget() {
        let problems = [problem(8, 10, 7), problem(8, 10, 9)];
        let mut elimination = Elimination::new(&problems, 4);
        while !elimination.step(70) {}
        assert_eq!(elimination.kept(), 68);
        for block in elimination.mask.exact_chunks((4, 1)) {
            assert!(block.iter().all(|free| *free == block[[0, 0]]));
        }
    }

    #[test]
    fn dead_inputs_go_first() {
        let mut problem = problem(3, 8, 11);
        let gram = problem.gram.as_mut().unwrap();
        for j in 0..8 {
            (gram[[2, j]], gram[[j, 2]]) = (0.0, 0.0);
        }
        gram[[2, 2]] = 1e-6;
        let problems = [Regression::toward(problem.gram, problem.target)];
        let mut elimination = Elimination::new(&problems, 1);
        while !elimination.step(18) {}
        assert!(elimination.mask.column(2).iter().all(|free| !free));
    }
}

//! Rounding with compensation: each rounded value moves the ones that are still to be rounded, so
//! that the problem's error stays small.

use super::masked::{elimination_work, support};
use super::{Cholesky, Regression};
use crate::order::sort_by;
use ndarray::Array2;

/// Multiplications that factoring the supports of all rows may take; beyond, values that are not all
/// rounded are rounded without compensation (supports are long then, and errors small).
const FACTORING: u64 = 2_000_000_000;
/// Rounds of assigning values to a codebook and solving for the codebook.
const CODEBOOK_ROUNDS: usize = 4;
/// Iterations of the one-dimensional k-means that starts a codebook.
const LLOYD: usize = 30;
/// Scales that are tried for a row, as shares of the one at which nothing is clipped.
const CLIPS: [f32; 6] = [1.0, 0.92, 0.84, 0.76, 0.68, 0.6];

/// The values that a rounded matrix may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grid {
    /// Per row, multiples -levels ..= levels of one scale.
    Uniform {
        /// Largest multiple: 127 for 8 bits, 7 for 4.
        levels: u8,
    },
    /// One table of values for the whole matrix.
    Codebook {
        /// How many.
        entries: u8,
    },
}

/// Rounded matrices, one below the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounded {
    /// The real values, (matrices m) x n.
    pub matrix: Array2<f32>,
    /// One scale per row, or the codebook.
    pub table: Vec<f32>,
}

/// A matrix to round, m x n, and the problem that says which errors matter. What is not in `mask` stays
/// zero; without a mask all is rounded.
#[derive(Clone, Copy, Debug)]
pub struct Unrounded<'a> {
    /// The problem.
    pub problem: &'a Regression,
    /// The values.
    pub x: &'a Array2<f32>,
    /// Which of them there are.
    pub mask: Option<&'a Array2<bool>>,
}

/// Rounds matrices of one shape to `grid`; they share a codebook.
///
/// **Cost**: O(m n^2) where all rows share their support, else O(s^3) per row of s values.
/// **Source**: Frantar et al. 2023 (GPTQ), in the form of Babai's nearest plane: with gram = L L'
/// on the support, values are rounded from the last to the first, each after subtracting what
/// the later ones have done to it.
pub fn round(matrices: &[Unrounded], grid: Grid) -> Rounded {
    let rounder = Rounder::new(matrices);
    match grid {
        Grid::Uniform { levels } => rounder.uniform(f32::from(levels)),
        Grid::Codebook { entries } => rounder.codebook(usize::from(entries)),
    }
}

/// One row to round.
struct Line {
    /// Which matrix, and which row of it.
    place: (usize, usize),
    /// Its support, and what stands there.
    at: Vec<usize>,
    values: Vec<f32>,
    /// Where compensation is possible, the factor of the gram on the support.
    cholesky: Option<usize>,
}

struct Rounder<'a> {
    matrices: &'a [Unrounded<'a>],
    lines: Vec<Line>,
    factors: Vec<Cholesky>,
    shape: (usize, usize),
}

impl<'a> Rounder<'a> {
    fn new(matrices: &'a [Unrounded<'a>]) -> Self {
        let work = |m: &Unrounded| -> u64 {
            let of = |mask: &Array2<bool>| {
                (0..m.x.nrows()).map(|row| elimination_work(support(mask, row).len())).sum()
            };
            m.mask.map_or(0, of)
        };
        let compensated = matrices.iter().map(work).sum::<u64>() <= FACTORING;
        let (rows, columns) = matrices.first().map_or((0, 0), |m| m.x.dim());
        let shape = (rows * matrices.len(), columns);
        let mut rounder = Self { matrices, lines: Vec::new(), factors: Vec::new(), shape };
        for index in 0..matrices.len() {
            rounder.add(index, compensated);
        }
        rounder
    }

    fn add(&mut self, index: usize, compensated: bool) {
        let Unrounded { problem, x, mask } = self.matrices[index];
        let rms = problem.input_rms();
        for row in 0..x.nrows() {
            let mut at = mask.map_or_else(|| (0..x.ncols()).collect(), |mask| support(mask, row));
            // Rounded from the last to the first: the largest inputs first, their errors are made good
            // by the others.
            sort_by(&mut at, |&a, &b| rms[a].total_cmp(&rms[b]).then(a.cmp(&b)));
            let same = self.lines.last().filter(|last| last.place.0 == index && last.at == at);
            let cholesky = match (&problem.gram, same) {
                (Some(_), Some(last)) => last.cholesky,
                (Some(gram), None) if compensated => {
                    self.factors.push(Cholesky::of(gram.view(), &at));
                    Some(self.factors.len() - 1)
                }
                _ => None,
            };
            let values = at.iter().map(|&j| x[[row, j]]).collect();
            self.lines.push(Line { place: (index, row), at, values, cholesky });
        }
    }

    /// Rounds one row by `nearest`; gives the row's values on its support.
    fn row(&self, line: &Line, nearest: &impl Fn(f32) -> f32) -> Vec<f32> {
        match line.cholesky {
            Some(index) => self.factors[index].nearest_plane(&line.values, nearest),
            None => line.values.iter().map(|v| nearest(*v)).collect(),
        }
    }

    fn write(&self, matrix: &mut Array2<f32>, line: &Line, values: &[f32]) {
        let row = line.place.0 * self.matrices[line.place.0].x.nrows() + line.place.1;
        for (&j, &value) in line.at.iter().zip(values) {
            matrix[[row, j]] = value;
        }
    }

    /// The row's error after rounding, up to what does not depend on it.
    fn error(&self, line: &Line, values: &[f32]) -> f64 {
        let d: Vec<f32> = values.iter().zip(&line.values).map(|(v, x)| v - x).collect();
        match line.cholesky {
            Some(index) => self.factors[index].norm(&d),
            None => d.iter().map(|v| f64::from(v * v)).sum(),
        }
    }

    fn uniform(&self, levels: f32) -> Rounded {
        let mut matrix = Array2::zeros(self.shape);
        let mut table = Vec::new();
        for line in &self.lines {
            let largest = line.values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            let whole = if largest > 0.0 { largest / levels } else { 1.0 };
            // Clipping is tried only where steps are coarse.
            let clips = if levels > 15.0 { &CLIPS[..1] } else { &CLIPS[..] };
            let tried = clips.iter().map(|clip| {
                let scale = whole * clip;
                let nearest = |v: f32| (v / scale).round().clamp(-levels, levels) * scale;
                let values = self.row(line, &nearest);
                (self.error(line, &values), scale, values)
            });
            if let Some((_, scale, values)) = tried.min_by(|a, b| a.0.total_cmp(&b.0)) {
                self.write(&mut matrix, line, &values);
                table.push(scale);
            }
        }
        Rounded { matrix, table }
    }

    fn codebook(&self, size: usize) -> Rounded {
        let mut book = self.first_book(size);
        let mut best: Option<(f64, Rounded)> = None;
        for _ in 0..CODEBOOK_ROUNDS {
            let mut matrix = Array2::zeros(self.shape);
            let mut error = 0.0;
            let mut rounded = Vec::with_capacity(self.lines.len());
            for line in &self.lines {
                let values = self.row(line, &|v| nearest_of(&book, v));
                error += self.error(line, &values);
                self.write(&mut matrix, line, &values);
                rounded.push(values);
            }
            let found = Rounded { matrix, table: book.clone() };
            book = self.solve_book(&rounded, &book);
            if best.as_ref().is_none_or(|(least, _)| error < *least) {
                best = Some((error, found));
            }
        }
        best.map_or_else(
            || Rounded { matrix: Array2::zeros(self.shape), table: Vec::new() },
            |(_, rounded)| rounded,
        )
    }

    /// One-dimensional k-means of the values, each weighted by its input's second moment.
    fn first_book(&self, size: usize) -> Vec<f32> {
        let rms: Vec<_> = self.matrices.iter().map(|m| m.problem.input_rms()).collect();
        let mut values: Vec<(f32, f64)> = Vec::new();
        for line in &self.lines {
            let weight = |j: usize| f64::from(rms[line.place.0][j]).powi(2) + 1e-12;
            values.extend(line.at.iter().zip(&line.values).map(|(&j, &v)| (v, weight(j))));
        }
        sort_by(&mut values, |a, b| a.0.total_cmp(&b.0));
        k_means(&values, size)
    }

    /// The codebook with the least error for the given assignment of values to its entries.
    fn solve_book(&self, rounded: &[Vec<f32>], book: &[f32]) -> Vec<f32> {
        let size = book.len();
        let mut left = Array2::<f64>::zeros((size, size));
        let mut right = vec![0.0_f64; size];
        let index_of = |v: f32| book.iter().position(|b| *b == v).unwrap_or(0);
        for (line, values) in self.lines.iter().zip(rounded) {
            let index: Vec<usize> = values.iter().map(|v| index_of(*v)).collect();
            self.add_row(line, &index, &mut left, &mut right);
        }
        let mean = left.diag().mean().unwrap_or(0.0).max(f64::MIN_POSITIVE);
        for entry in 0..size {
            // Entries that nothing uses stay where they are.
            let ridge = 1e-6 * mean;
            left[[entry, entry]] += ridge;
            right[entry] += ridge * f64::from(book[entry]);
        }
        let scale = 1.0 / mean;
        let scaled = left.mapv(|v| (v * scale) as f32);
        let mut solved: Vec<f32> = right.iter().map(|v| (v * scale) as f32).collect();
        let all: Vec<usize> = (0..size).collect();
        Cholesky::of(scaled.view(), &all).solve(&mut solved);
        solved.sort_by(f32::total_cmp);
        solved
    }

    /// Adds one row to the normal equations of the codebook.
    fn add_row(&self, line: &Line, index: &[usize], left: &mut Array2<f64>, right: &mut [f64]) {
        let problem = self.matrices[line.place.0].problem;
        let Some(gram) = &problem.gram else {
            for (value, &entry) in line.values.iter().zip(index) {
                left[[entry, entry]] += 1.0;
                right[entry] += f64::from(*value);
            }
            return;
        };
        for (&i, &entry) in line.at.iter().zip(index) {
            right[entry] += f64::from(problem.cross[[line.place.1, i]]);
            let from = gram.row(i);
            for (&j, &other) in line.at.iter().zip(index) {
                left[[entry, other]] += f64::from(from[j]);
            }
        }
    }
}

impl Cholesky {
    /// Rounds `wanted` by `nearest`, from the last value to the first.
    fn nearest_plane(&self, wanted: &[f32], nearest: &impl Fn(f32) -> f32) -> Vec<f32> {
        let mut rounded = vec![0.0; wanted.len()];
        // For each value, the sum over later ones of L times their rounding error.
        let mut pushed = vec![0.0_f32; wanted.len()];
        for k in (0..wanted.len()).rev() {
            let lower = self.lower_row(k);
            rounded[k] = nearest(wanted[k] - pushed[k] / lower[k]);
            let error = rounded[k] - wanted[k];
            for (sum, factor) in pushed[..k].iter_mut().zip(lower) {
                *sum += factor * error;
            }
        }
        rounded
    }

    /// d A d'.
    fn norm(&self, d: &[f32]) -> f64 {
        let mut image = vec![0.0_f32; d.len()];
        for (k, value) in d.iter().enumerate() {
            for (sum, factor) in image.iter_mut().zip(self.lower_row(k)) {
                *sum += factor * value;
            }
        }
        image.iter().map(|v| f64::from(*v).powi(2)).sum()
    }
}

fn nearest_of(book: &[f32], value: f32) -> f32 {
    let at = book.partition_point(|b| *b < value);
    match (at.checked_sub(1).map(|i| book[i]), book.get(at)) {
        (Some(below), Some(&above)) => {
            if value - below <= above - value {
                below
            } else {
                above
            }
        }
        (Some(below), None) => below,
        (None, Some(&above)) => above,
        (None, None) => 0.0,
    }
}

/// Weighted k-means of sorted values, started from quantiles; `size` values, rising.
fn k_means(values: &[(f32, f64)], size: usize) -> Vec<f32> {
    if values.is_empty() {
        return vec![0.0; size];
    }
    let mut centres: Vec<f32> = (0..size)
        .map(|k| values[((2 * k + 1) * values.len() / (2 * size)).min(values.len() - 1)].0)
        .collect();
    for _ in 0..LLOYD {
        let mut from = 0;
        let mut moved = centres.clone();
        for k in 0..size {
            let edge = centres.get(k + 1).map_or(f32::INFINITY, |next| f32::midpoint(centres[k], *next));
            let to = from + values[from..].partition_point(|v| v.0 <= edge);
            let weight: f64 = values[from..to].iter().map(|v| v.1).sum();
            if weight > 0.0 {
                let sum: f64 = values[from..to].iter().map(|v| f64::from(v.0) * v.1).sum();
                moved[k] = (sum / weight) as f32;
            }
            from = to;
        }
        if moved == centres {
            break;
        }
        centres = moved;
    }
    centres.sort_by(f32::total_cmp);
    centres
}

#[cfg(test)]
mod tests {
    use super::super::{Regression, testing};
    use super::{Grid, Unrounded, k_means, nearest_of, round};
    use ndarray::Array2;

    fn problem(rows: usize, columns: usize, seed: u64) -> Regression {
        // Inputs that depend on each other, so that compensation has something to use.
        let x = testing::random(80, 4, seed).dot(&testing::random(4, columns, seed + 1));
        let gram = x.t().dot(&x) / 80.0 + 0.02 * Array2::<f32>::eye(columns);
        Regression::toward(Some(gram), testing::random(rows, columns, seed + 2))
    }

    const GRIDS: [Grid; 4] = [
        Grid::Uniform { levels: 127 },
        Grid::Uniform { levels: 7 },
        Grid::Codebook { entries: 16 },
        Grid::Codebook { entries: 8 },
    ];

    #[test]
    fn rounded_values_lie_on_their_grid() {
        let problem = problem(6, 20, 1);
        let mask = Array2::from_shape_fn((6, 20), |(i, j)| (i * 7 + j) % 3 == 0);
        let x = &problem.target;
        for grid in GRIDS {
            for mask in [None, Some(&mask)] {
                let rounded = round(&[Unrounded { problem: &problem, x, mask }], grid);
                for ((row, column), value) in rounded.matrix.indexed_iter() {
                    if mask.is_some_and(|mask| !mask[[row, column]]) {
                        assert_eq!(*value, 0.0);
                        continue;
                    }
                    let on_grid = match grid {
                        Grid::Uniform { levels } => {
                            let multiple = value / rounded.table[row];
                            (multiple - multiple.round()).abs() < 1e-3
                                && multiple.abs() <= f32::from(levels) + 1e-3
                        }
                        Grid::Codebook { .. } => rounded.table.contains(value),
                    };
                    assert!(on_grid, "{grid:?} {value}");
                }
            }
        }
    }

    #[test]
    fn compensation_loses_less_than_the_nearest_values() {
        for seed in 0..5 {
            let problem = problem(8, 30, 10 * seed);
            let plain = Regression::plain(problem.target.clone());
            for grid in GRIDS {
                let x = &problem.target;
                let aware = round(&[Unrounded { problem: &problem, x, mask: None }], grid);
                let nearest = round(&[Unrounded { problem: &plain, x, mask: None }], grid);
                let error = |m: &Array2<f32>| problem.squared_error(m);
                assert!(error(&aware.matrix) < error(&nearest.matrix), "{grid:?} seed {seed}");
            }
        }
    }

    #[test]
    fn matrices_share_a_codebook_and_awkward_ones_are_harmless() {
        let problems = [problem(3, 10, 1), problem(3, 10, 2)];
        let matrices: Vec<Unrounded> =
            problems.iter().map(|p| Unrounded { problem: p, x: &p.target, mask: None }).collect();
        let rounded = round(&matrices, Grid::Codebook { entries: 8 });
        assert_eq!((rounded.matrix.dim(), rounded.table.len()), ((6, 10), 8));
        let zero = Array2::zeros((3, 10));
        let nothing = Array2::from_elem((3, 10), false);
        for grid in GRIDS {
            for (x, mask) in [(&zero, None), (&problems[0].target, Some(&nothing))] {
                let rounded = round(&[Unrounded { problem: &problems[0], x, mask }], grid);
                assert!(rounded.matrix.iter().all(|v| *v == 0.0), "{grid:?}");
            }
        }
        assert_eq!(round(&[], GRIDS[2]).matrix.len(), 0);
    }

    #[test]
    fn k_means_finds_separated_values() {
        let values: Vec<(f32, f64)> = [-3.0, -3.0, -1.0, -1.0, 2.0, 2.0].map(|v| (v, 1.0)).into();
        assert_eq!(k_means(&values, 3), [-3.0, -1.0, 2.0]);
        assert_eq!(nearest_of(&[-1.0, 2.0], 0.4), -1.0);
        assert_eq!(nearest_of(&[-1.0, 2.0], 9.0), 2.0);
    }
}

//! Least squares on a given support: which weights exist is fixed, their values are solved for.

use super::{Cholesky, Regression};
use ndarray::{Array2, Axis, Zip};

/// Longest support of a row that is solved by elimination; longer ones by conjugate gradients.
const DIRECT: usize = 160;
/// Steps of conjugate gradients: with the diagonal as preconditioner and a ridge of 1 % the relative
/// residual is below 1e-4 on all our models.
const STEPS: usize = 24;

/// Sets every row of `x` (m x n) to the best values on the support `mask` (non-zero is free).
///
/// **Cost**: O(s^3) per row of s free values up to [`DIRECT`], else O(m n^2) per step.
pub fn refit_rows(problem: &Regression, x: &mut Array2<f32>, mask: &Array2<bool>) {
    let Some(gram) = &problem.gram else {
        Zip::from(x).and(mask).and(&problem.target).for_each(|x, &free, &t| *x = if free { t } else { 0.0 });
        return;
    };
    let mut long = vec![false; x.nrows()];
    for (row, long) in long.iter_mut().enumerate() {
        let at: Vec<usize> = support(mask, row);
        if at.len() > DIRECT {
            *long = true;
            continue;
        }
        let mut values: Vec<f32> = at.iter().map(|&j| problem.cross[[row, j]]).collect();
        Cholesky::of(gram.view(), &at).solve(&mut values);
        x.row_mut(row).fill(0.0);
        for (&j, value) in at.iter().zip(values) {
            x[[row, j]] = value;
        }
    }
    if long.contains(&true) {
        refit_long_rows(problem, gram, x, mask, &long);
    }
}

/// The rows marked `long`, all at once.
fn refit_long_rows(
    problem: &Regression,
    gram: &Array2<f32>,
    x: &mut Array2<f32>,
    mask: &Array2<bool>,
    long: &[bool],
) {
    let rows: Vec<usize> = (0..long.len()).filter(|&row| long[row]).collect();
    let mask = mask.select(Axis(0), &rows);
    let mut own = x.select(Axis(0), &rows);
    Zip::from(&mut own).and(&mask).for_each(|v, &free| *v = if free { *v } else { 0.0 });
    let scale = gram.diag().mapv(|v| 1.0 / v.max(f32::MIN_POSITIVE)).insert_axis(Axis(0));
    let cross = problem.cross.select(Axis(0), &rows);
    descend(&mut own, &cross, &mask, |d| d.dot(gram), |r| r * &scale, STEPS);
    for (from, &row) in rows.iter().enumerate() {
        x.row_mut(row).assign(&own.row(from));
    }
}

/// The indices of the free values of a row.
pub(crate) fn support(mask: &Array2<bool>, row: usize) -> Vec<usize> {
    mask.row(row).iter().enumerate().filter(|(_, free)| **free).map(|(j, _)| j).collect()
}

/// Sets `first` (k x n) to the best values on the support `mask`, given the matrix `second` (m x k)
/// that follows it: minimises the problem's error of second first.
///
/// **Cost**: O(k n^2) per step.
pub fn refit_first(
    problem: &Regression,
    second: &Array2<f32>,
    first: &mut Array2<f32>,
    mask: &Array2<bool>,
    steps: usize,
) {
    let left = second.t().dot(second);
    let wanted = second.t().dot(&problem.cross);
    let rms = problem.input_rms();
    let columns = rms.mapv(|v| 1.0 / (v * v).max(f32::MIN_POSITIVE)).insert_axis(Axis(0));
    let rows = left.diag().mapv(|v| 1.0 / v.max(1e-12)).insert_axis(Axis(1));
    let precondition = |r: &Array2<f32>| r * &rows * &columns;
    let operate = |d: &Array2<f32>| left.dot(&problem.times_gram(d));
    descend(first, &wanted, mask, operate, precondition, steps);
}

/// Conjugate gradients for A(x) = b over the free entries of x, each with the preconditioner; entries
/// that are not free stay as they are.
fn descend(
    x: &mut Array2<f32>,
    b: &Array2<f32>,
    mask: &Array2<bool>,
    operate: impl Fn(&Array2<f32>) -> Array2<f32>,
    precondition: impl Fn(&Array2<f32>) -> Array2<f32>,
    steps: usize,
) {
    let masked = |mut m: Array2<f32>| {
        Zip::from(&mut m).and(mask).for_each(|v, &free| {
            if !free {
                *v = 0.0;
            }
        });
        m
    };
    let mut residual = masked(b - &operate(x));
    let mut z = precondition(&residual);
    let mut direction = z.clone();
    let mut energy = inner(&residual, &z);
    let floor = 1e-12 * energy.max(f64::MIN_POSITIVE);
    for _ in 0..steps {
        let image = masked(operate(&direction));
        let curvature = inner(&direction, &image);
        if curvature <= 0.0 || energy <= floor {
            break;
        }
        let step = (energy / curvature) as f32;
        x.scaled_add(step, &direction);
        residual.scaled_add(-step, &image);
        z = precondition(&residual);
        let next = inner(&residual, &z);
        let keep = (next / energy) as f32;
        energy = next;
        direction = &z + &(&direction * keep);
    }
}

fn inner(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

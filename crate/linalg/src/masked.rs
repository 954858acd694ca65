//! Least squares on a given support: which weights exist is fixed, their values are solved for.

use super::{Cholesky, Regression};
use ndarray::{Array2, Axis, Zip};

/// Longest support of a row that is always solved by elimination.
const DIRECT: usize = 160;
/// Multiplications that eliminating longer rows may take in all; beyond, they are solved by conjugate
/// gradients together.
const ELIMINATING: u64 = 1_500_000_000;
/// Steps of conjugate gradients, with the diagonal as preconditioner. Rows start from their last
/// values; what is left to gain is gained when they are shorter.
const STEPS: usize = 32;

/// Sets every row of `x` (m x n) to the best values on the support `mask`. Long rows start from the
/// values that they have.
///
/// **Cost**: O(s^3) per row of s free values, else O(m n^2) per step.
pub fn refit_rows(problem: &Regression, x: &mut Array2<f32>, mask: &Array2<bool>) {
    refit_rows_within(problem, x, mask, ELIMINATING);
}

fn refit_rows_within(problem: &Regression, x: &mut Array2<f32>, mask: &Array2<bool>, budget: u64) {
    let Some(gram) = &problem.gram else {
        Zip::from(x).and(mask).and(&problem.target).for_each(|x, &free, &t| *x = if free { t } else { 0.0 });
        return;
    };
    let supports: Vec<Vec<usize>> = (0..x.nrows()).map(|row| support(mask, row)).collect();
    let long = |at: &Vec<usize>| at.len() > DIRECT;
    let work: u64 = supports.iter().filter(|at| long(at)).map(|at| elimination_work(at.len())).sum();
    let together: Vec<bool> = supports.iter().map(|at| long(at) && work > budget).collect();
    for (row, at) in supports.iter().enumerate().filter(|(row, _)| !together[*row]) {
        let mut values: Vec<f32> = at.iter().map(|&j| problem.cross[[row, j]]).collect();
        Cholesky::of(gram.view(), at).solve(&mut values);
        x.row_mut(row).fill(0.0);
        for (&j, value) in at.iter().zip(values) {
            x[[row, j]] = value;
        }
    }
    if together.contains(&true) {
        refit_long_rows(problem, gram, x, mask, &together);
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

/// Multiplications that eliminating a support of `length` takes; 64 bits, also where sizes have 32.
pub(crate) fn elimination_work(length: usize) -> u64 {
    (length as u64).pow(3) / 3
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

#[cfg(test)]
mod tests {
    use super::super::{Regression, testing};
    use super::{ELIMINATING, refit_rows_within};
    use ndarray::Array2;

    #[test]
    fn long_rows_come_close_to_what_elimination_reaches() {
        let columns = 300;
        let x = testing::random(700, 40, 1).dot(&testing::random(40, columns, 2)) * 0.2
            + testing::random(700, columns, 3);
        let gram = x.t().dot(&x) / 700.0 + 0.01 * Array2::<f32>::eye(columns);
        let problem = Regression::toward(Some(gram), testing::random(4, columns, 4));
        let mask = Array2::from_shape_fn((4, columns), |(i, j)| (i + 3 * j) % 4 != 0);
        let [exact, close] = [ELIMINATING, 0].map(|budget| {
            let mut x = problem.target.clone();
            refit_rows_within(&problem, &mut x, &mask, budget);
            assert!(x.iter().zip(&mask).all(|(v, free)| *free || *v == 0.0));
            x
        });
        let gradient = exact.dot(problem.gram.as_ref().unwrap()) - &problem.cross;
        let on_support = gradient.iter().zip(&mask).filter(|(_, free)| **free).map(|(g, _)| g.abs());
        assert!(on_support.fold(0.0, f32::max) < 1e-3);
        let (ours, least) = (problem.squared_error(&close), problem.squared_error(&exact));
        assert!(ours <= 1.01 * least, "{ours} {least}");
    }
}

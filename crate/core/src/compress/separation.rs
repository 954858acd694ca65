//! Kernel separation: a d1 x d2 convolution becomes d1 x 1 onto k channels, then 1 x d2, or the other
//! way round.
//!
//! The weights (N, C, d1, d2) of a group are the matrix M\[(c, i), (n, j)\]; its SVD cut to k gives
//! the global optimum in weight space. Behind real inputs the second half is then solved anew by
//! least squares; both may be pruned. **Pays** while k (C d1 + N d2) < N C d1 d2 (weights).
//! **Source**: Tai et al. 2016, theorem 1; `SparseSep` 2016, section 4.

use super::low_rank::whitened_svd;
use super::parts::{filters, marginal};
use super::two_stage::{Draft, finish};
use super::{Choice, Objective, Order, Parts, Split, Values};
use crate::graph::Weight;
use ndarray::Array2;
use sepal_linalg::{LinalgError, Regression, Svd};

/// Filter height and width, where both exceed one.
fn separable(weight: &Weight) -> Option<(usize, usize)> {
    let (height, width) = weight.filter_size();
    (height > 1 && width > 1).then_some((height, width))
}

pub(crate) fn describe(weight: &Weight) -> Vec<Choice> {
    let Some((height, width)) = separable(weight) else { return Vec::new() };
    let (outputs, inputs) = weight.group_shape();
    let (left, right) = (inputs / width, outputs * width);
    if left + right >= outputs * inputs {
        return Vec::new();
    }
    debug_assert_eq!(left % height, 0);
    (1..=left.min(right)).map(Choice::rank).collect()
}

/// Where the entry of M belongs in the group's weights: from (first half, second half) to (output,
/// input). The first half is (channel, tap), the second (output, tap).
fn place(order: Order, size: (usize, usize), left: usize, right: usize) -> (usize, usize) {
    let (height, width) = size;
    match order {
        Order::Vertical => (right / width, left * width + right % width),
        Order::Horizontal => {
            let (channel, column) = (left / width, left % width);
            (right / height, (channel * height + right % height) * width + column)
        }
    }
}

pub(crate) fn factor(weight: &Weight, objective: &Objective, order: Order) -> Result<Vec<Svd>, LinalgError> {
    let Some(size) = separable(weight) else { return Ok(Vec::new()) };
    let taps = if order == Order::Vertical { size.1 } else { size.0 };
    let form = |problem: &Regression| {
        let (outputs, inputs) = problem.target.dim();
        // Transposed, so that the half that sees the inputs stands on the right.
        let target = Array2::from_shape_fn((outputs * taps, inputs / taps), |(right, left)| {
            let (output, input) = place(order, size, left, right);
            problem.target[[output, input]]
        });
        let gram = problem.gram.as_ref().map(|gram| marginal(Split::Spatial(order), weight, gram));
        whitened_svd(&Regression::toward(gram, target))
    };
    objective.groups.iter().map(form).collect()
}

/// First halves k x (c, tap) and second ones n x (k, tap).
pub(crate) fn apply(
    svds: &[Svd],
    setting: (usize, Order, u8),
    weight: &Weight,
    objective: &Objective,
    values: Values,
) -> Option<Parts> {
    let (rank, order, kept) = setting;
    let (height, width) = separable(weight)?;
    let taps = if order == Order::Vertical { width } else { height };
    let cuts = svds.iter().map(|svd| svd.truncate(rank));
    let groups = cuts.map(|(second, first)| (first, filters(&second, taps)));
    let names = match order {
        Order::Vertical => ["vertical", "horizontal"],
        Order::Horizontal => ["horizontal", "vertical"],
    };
    let draft = Draft {
        split: Split::Spatial(order),
        names,
        groups: groups.collect(),
        sparse: [false, false],
        rounds: usize::from(objective.is_calibrated()),
        kept,
    };
    Some(finish(draft, weight, objective, values))
}

#[cfg(test)]
mod tests {
    use super::super::{Objective, Order, Values};
    use super::{apply, factor};
    use crate::graph::{Conv, LayerKind, Weight};
    use ndarray::Array2;
    use sepal_linalg::testing;

    fn weight(matrix: Array2<f32>, size: usize) -> Weight {
        let conv = Conv { groups: 1, kernel: vec![size, size], input: vec![9, 9], output: vec![5, 5] };
        Weight { kind: LayerKind::Conv(conv), matrix, sparse: false, positions: 25, bias: None }
    }

    #[test]
    fn the_error_of_a_cut_is_that_of_numpy() {
        let golden = testing::golden();
        let case = &golden["separation"];
        let shape = testing::numbers(&case["kernel"]["shape"]);
        let (outputs, size) = (shape[0] as usize, shape[2] as usize);
        let values = testing::numbers(&case["kernel"]["values"]);
        let matrix = Array2::from_shape_vec((outputs, values.len() / outputs), values).unwrap();
        let weight = weight(matrix, size);
        let objective = Objective::plain(&weight);
        let svds = factor(&weight, &objective, Order::Vertical).unwrap();
        for (index, expected) in testing::numbers(&case["errors"]).into_iter().enumerate() {
            let parts =
                apply(&svds, (index + 1, Order::Vertical, 100), &weight, &objective, Values::Float).unwrap();
            let difference = parts.product(&weight) - &weight.matrix;
            let error = difference.mapv(|v| v * v).sum().sqrt();
            assert!((error - expected).abs() < 1e-3, "rank {}: {error} {expected}", index + 1);
        }
    }

    #[test]
    fn either_order_reproduces_the_filters_at_full_rank() {
        let matrix = testing::random(6, 4 * 9, 1);
        let weight = weight(matrix.clone(), 3);
        let objective = Objective::plain(&weight);
        for order in [Order::Vertical, Order::Horizontal] {
            let svds = factor(&weight, &objective, order).unwrap();
            let parts = apply(&svds, (12, order, 100), &weight, &objective, Values::Float).unwrap();
            let difference = parts.product(&weight) - &matrix;
            assert!(difference.iter().all(|d| d.abs() < 1e-4), "{order:?}");
        }
    }
}

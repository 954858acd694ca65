//! Kernel separation: a d1 x d2 convolution becomes d1 x 1 onto k channels, then 1 x d2.
//!
//! The weights (N, C, d1, d2) of a group are the matrix M[(c, i), (n, j)]; its SVD cut to k gives
//! the global optimum in weight space. **Pays** while k (C d1 + N d2) < N C d1 d2 (weights).
//! **Source**: Tai et al. 2016, theorem 1; `SparseSep` 2016, section 4.

use super::{Choice, Factor, Pair, Split};
use crate::graph::{Conv, LayerKind, Weight};
use crate::linalg::{LinalgError, Svd};
use ndarray::Array2;

/// Filter height and width, where both exceed one.
fn filter(weight: &Weight) -> Option<(usize, usize)> {
    let LayerKind::Conv(Conv { kernel, .. }) = &weight.kind else { return None };
    match kernel[..] {
        [height, width] if height > 1 && width > 1 => Some((height, width)),
        _ => None,
    }
}

pub(crate) fn describe(weight: &Weight) -> Vec<Choice> {
    let Some((height, width)) = filter(weight) else { return Vec::new() };
    let (outputs, inputs) = weight.group_shape();
    let (left, right) = (inputs / width, outputs * width);
    if left + right >= outputs * inputs {
        return Vec::new();
    }
    debug_assert_eq!(left % height, 0);
    (1..=left.min(right)).map(|rank| Choice { rank, nonzeros: Vec::new() }).collect()
}

pub(crate) fn factor(weight: &Weight) -> Result<Vec<Svd>, LinalgError> {
    let Some((height, width)) = filter(weight) else { return Ok(Vec::new()) };
    let forms = (0..weight.groups()).map(|g| separated_form(&weight.group(g), height, width));
    forms.map(|form| Svd::new(form.view())).collect()
}

/// M[(c, i), (n, j)] of the group's weights W[n, (c, i, j)].
fn separated_form(group: &Array2<f32>, height: usize, width: usize) -> Array2<f32> {
    let (outputs, inputs) = group.dim();
    let channels = inputs / (height * width);
    Array2::from_shape_fn((channels * height, outputs * width), |(left, right)| {
        group[[right / width, left * width + right % width]]
    })
}

/// Vertical filters k x (c, i) and horizontal ones n x (k, j).
pub(crate) fn apply(svds: &[Svd], weight: &Weight, rank: usize) -> Option<Pair> {
    let (_, width) = filter(weight)?;
    let cuts = svds.iter().map(|svd| svd.truncate(rank)).map(|(left, right)| {
        let vertical = left.t().as_standard_layout().into_owned();
        (Factor::Dense(vertical), Factor::Dense(horizontal(&right, width)))
    });
    let (first, second) = cuts.unzip();
    Some(Pair { split: Split::Spatial, first, second, names: ["vertical", "horizontal"] })
}

/// From k x (n, j) to n x (k, j).
fn horizontal(right: &Array2<f32>, width: usize) -> Array2<f32> {
    let (rank, columns) = right.dim();
    Array2::from_shape_fn((columns / width, rank * width), |(output, inner)| {
        right[[inner / width, output * width + inner % width]]
    })
}

#[cfg(test)]
mod tests {
    use super::super::Factor;
    use super::{apply, factor};
    use crate::graph::{Conv, LayerKind, Weight};
    use crate::linalg::testing;
    use ndarray::Array2;

    fn weight(matrix: Array2<f32>, size: usize) -> Weight {
        let conv = Conv { groups: 1, kernel: vec![size, size], input: vec![9, 9], output: vec![5, 5] };
        Weight { kind: LayerKind::Conv(conv), matrix, sparse: false, positions: 25 }
    }

    /// Sum over k of vertical[k, c, i] * horizontal[n, k, j].
    fn recombine(first: &Array2<f32>, second: &Array2<f32>, size: usize) -> Array2<f32> {
        let (rank, left) = first.dim();
        Array2::from_shape_fn((second.nrows(), left * size), |(n, inner)| {
            let (ci, j) = (inner / size, inner % size);
            (0..rank).map(|k| first[[k, ci]] * second[[n, k * size + j]]).sum()
        })
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
        let svds = factor(&weight).unwrap();
        for (index, expected) in testing::numbers(&case["errors"]).into_iter().enumerate() {
            let pair = apply(&svds, &weight, index + 1).unwrap();
            let (Factor::Dense(first), Factor::Dense(second)) = (&pair.first[0], &pair.second[0]) else {
                panic!("dense factors");
            };
            let difference = recombine(first, second, size) - &weight.matrix;
            let error = difference.mapv(|v| v * v).sum().sqrt();
            assert!((error - expected).abs() < 1e-3, "rank {}: {error} {expected}", index + 1);
        }
    }
}

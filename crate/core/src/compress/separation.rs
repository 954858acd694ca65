//! Kernel separation: a d1 x d2 convolution becomes d1 x 1 onto k channels, then 1 x d2, or the other
//! way round.
//!
//! The weights (N, C, d1, d2) of a group are the matrix M\[(c, i), (n, j)\]; its SVD cut to k gives
//! the global optimum in weight space. Behind real inputs the second half is then solved anew by
//! least squares; both may be pruned. **Pays** while k (C d1 + N d2) < N C d1 d2 (weights).
//! **Source**: Tai et al. 2016, theorem 1; `SparseSep` 2016, section 4.

use super::choice::{at_rank, spread};
use super::factors::once;
use super::low_rank::whitened_svd;
use super::method::{Compressor, Factoring, Facts, Method, MethodDial, MethodProperty};
use super::parts::{filters, marginal};
use super::two_stage::{Draft, finish};
use super::{
    Choice, Factors, Objective, Order, Parts, Point, Process, Setting, Split, StageShape, Stages, Target,
};
use crate::graph::Weight;
use ndarray::Array2;
use sepal_linalg::{LinalgError, Regression};
use std::fmt;

/// Percentages of the weights that searches try besides all of them.
const THINNED: [u8; 2] = [60, 35];

/// See the module.
pub(crate) struct Separation;

/// The same at one rank.
pub(crate) struct At {
    pub rank: usize,
    pub order: Order,
    pub kept: u8,
}

/// Filter height and width, where both exceed one.
fn separable(weight: &Weight) -> Option<(usize, usize)> {
    let (height, width) = weight.filter_size();
    (height > 1 && width > 1).then_some((height, width))
}

impl Method for Separation {
    fn facts(&self) -> Facts {
        Facts {
            aliases: &["kernel_separation", "kernel-separation"],
            dials: &[MethodDial::Rank],
            properties: &[MethodProperty::Restarts],
            preference: 2,
            ..Facts::new("separation", "Convolutions as d x 1 then 1 x d")
        }
    }

    fn choices(&self, weight: &Weight) -> Vec<Choice> {
        let Some((height, width)) = separable(weight) else { return Vec::new() };
        let (outputs, inputs) = weight.group_shape();
        let (left, right) = (inputs / width, outputs * width);
        if left + right >= outputs * inputs {
            return Vec::new();
        }
        debug_assert_eq!(left % height, 0);
        (1..=left.min(right)).map(Choice::rank).collect()
    }

    fn unfit(&self, weight: &Weight) -> &'static str {
        match separable(weight) {
            None => "it has no filters of more than one row and one column",
            Some(_) => "its matrix is so small that two would take no less",
        }
    }

    fn setting(&self, at: Point) -> Setting {
        Setting::Separation { rank: at.rank, order: Order::Vertical, kept: 100 }
    }

    fn candidates(&self, _weight: &Weight, choices: &[Choice], _blocks: &[usize]) -> Vec<Setting> {
        let of = |rank| {
            let whole = [Order::Vertical, Order::Horizontal].map(|order| (order, 100));
            let thinned = THINNED.map(|kept| (Order::Vertical, kept));
            let all = whole.into_iter().chain(thinned);
            all.map(move |(order, kept)| Setting::Separation { rank, order, kept })
        };
        let ranks: Vec<usize> = choices.iter().map(|choice| choice.rank).collect();
        spread(&ranks).into_iter().flat_map(of).collect()
    }
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

impl At {
    /// Taps of the second half's filters.
    fn taps(&self, weight: &Weight) -> usize {
        let (height, width) = weight.filter_size();
        if self.order == Order::Vertical { width } else { height }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "separation at rank {}", self.rank)?;
        if self.order == Order::Horizontal {
            write!(f, ", horizontal first")?;
        }
        if self.kept < 100 { write!(f, ", {} % of the weights kept", self.kept) } else { Ok(()) }
    }
}

impl Compressor for At {
    fn factoring(&self) -> Factoring {
        Factoring::Order(self.order)
    }

    fn check(&self, choices: &[Choice], _weight: &Weight) -> Result<(), String> {
        if self.kept == 0 || self.kept > 100 {
            return Err("1 to 100 percent of the weights can stay".into());
        }
        at_rank(choices, self.rank).map(|_| ())
    }

    fn stages(&self, weight: &Weight) -> Stages {
        let ((outputs, inputs), taps) = (weight.group_shape(), self.taps(weight));
        let names = match self.order {
            Order::Vertical => ["vertical", "horizontal"],
            Order::Horizontal => ["horizontal", "vertical"],
        };
        let first = StageShape::dense(names[0], weight, self.rank, inputs / taps);
        let second = StageShape::dense(names[1], weight, outputs, self.rank * taps);
        let thinned = |shape: StageShape| match self.kept {
            100.. => shape,
            kept => shape.sparse((shape.rows * shape.columns * usize::from(kept) / 100).max(1)),
        };
        Stages::pair(Split::Spatial(self.order), thinned(first), thinned(second))
    }

    fn start(
        &self,
        weight: &Weight,
        objective: &Objective,
        _seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError> {
        let Some(size) = separable(weight) else { return Ok(once(Factors::Svds(Vec::new()))) };
        let taps = self.taps(weight);
        let form = |problem: &Regression| {
            let (outputs, inputs) = problem.target.dim();
            // Transposed, so that the half that sees the inputs stands on the right.
            let target = Array2::from_shape_fn((outputs * taps, inputs / taps), |(right, left)| {
                let (output, input) = place(self.order, size, left, right);
                problem.target[[output, input]]
            });
            let gram = problem.gram.as_ref().map(|gram| marginal(Split::Spatial(self.order), weight, gram));
            whitened_svd(&Regression::toward(gram, target))
        };
        let svds: Result<_, _> = objective.groups.iter().map(form).collect();
        Ok(once(Factors::Svds(svds?)))
    }

    /// First halves k x (c, tap) and second ones n x (k, tap).
    fn cut(&self, factors: &Factors, target: Target) -> Option<Parts> {
        let Factors::Svds(svds) = factors else { return None };
        separable(target.weight)?;
        let taps = self.taps(target.weight);
        let cuts = svds.iter().map(|svd| svd.truncate(self.rank));
        let groups = cuts.map(|(second, first)| (first, filters(&second, taps))).collect();
        let draft = Draft {
            rounds: usize::from(target.objective.is_calibrated()),
            kept: self.kept,
            ..Draft::dense(self.stages(target.weight), groups)
        };
        Some(finish(draft, target))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Learning, Objective, Order, Parts, Setting, Target, Values, apply};
    use crate::graph::{Conv, LayerKind, Weight};
    use ndarray::Array2;
    use sepal_linalg::testing;

    fn weight(matrix: Array2<f32>, size: usize) -> Weight {
        let conv = Conv { groups: 1, kernel: vec![size, size], input: vec![9, 9], output: vec![5, 5] };
        Weight { kind: LayerKind::Conv(conv), matrix, sparse: false, positions: 25, bias: None }
    }

    fn separated(weight: &Weight, rank: usize, order: Order) -> Parts {
        let (setting, objective) = (Setting::Separation { rank, order, kept: 100 }, Objective::plain(weight));
        let mut learning = Learning::start(setting, weight, &objective, 0).unwrap();
        let target = Target { weight, objective: &objective, values: Values::Float };
        apply(&learning.step().unwrap(), setting, target).unwrap()
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
        for (index, expected) in testing::numbers(&case["errors"]).into_iter().enumerate() {
            let parts = separated(&weight, index + 1, Order::Vertical);
            let difference = parts.product(&weight) - &weight.matrix;
            let error = difference.mapv(|v| v * v).sum().sqrt();
            assert!((error - expected).abs() < 1e-3, "rank {}: {error} {expected}", index + 1);
        }
    }

    #[test]
    fn either_order_reproduces_the_filters_at_full_rank() {
        let matrix = testing::random(6, 4 * 9, 1);
        let weight = weight(matrix.clone(), 3);
        for order in [Order::Vertical, Order::Horizontal] {
            let parts = separated(&weight, 12, order);
            let difference = parts.product(&weight) - &matrix;
            assert!(difference.iter().all(|d| d.abs() < 1e-4), "{order:?}");
        }
    }
}

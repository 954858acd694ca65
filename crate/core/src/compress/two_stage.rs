//! What methods with two matrices have in common: refitting them behind real inputs, and rounding.

use super::parts::{Factor, Parts, Split, Stage, expand, marginal};
use super::{Objective, Values};
use crate::graph::Weight;
use crate::linalg::{Grid, Regression, Rounded, refit_first, refit_rows, round};
use ndarray::Array2;

/// Conjugate-gradient steps for a first matrix on its support; each round starts from the last.
const FIRST_STEPS: usize = 8;

/// Two float matrices per group before refitting.
pub(crate) struct Draft {
    pub split: Split,
    pub names: [&'static str; 2],
    /// Per group: first and second.
    pub groups: Vec<(Array2<f32>, Array2<f32>)>,
    /// Whether the zeros of the first and of the second stay zeros and are left out.
    pub sparse: [bool; 2],
    /// Rounds of refitting both; 0 where the matrices are optimal already.
    pub rounds: usize,
}

/// Refits and rounds a draft.
pub(crate) fn finish(draft: Draft, weight: &Weight, objective: &Objective, values: Values) -> Parts {
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for (group, (first, second)) in draft.groups.iter().enumerate() {
        let problem = &objective.groups[group];
        let stage = Finish { draft: &draft, weight, problem, values };
        let (first, second) = stage.run(first.clone(), second.clone());
        firsts.push(first);
        seconds.push(second);
    }
    let stages = vec![
        Stage { name: draft.names[0], factors: firsts },
        Stage { name: draft.names[1], factors: seconds },
    ];
    with_bias(Parts { split: draft.split, stages, bias: None }, weight, objective)
}

/// The same parts with the bias that the objective asks for.
pub(crate) fn with_bias(mut parts: Parts, weight: &Weight, objective: &Objective) -> Parts {
    parts.bias = objective.bias_shift(weight, &parts);
    parts
}

struct Finish<'a> {
    draft: &'a Draft,
    weight: &'a Weight,
    problem: &'a Regression,
    values: Values,
}

impl Finish<'_> {
    fn run(&self, mut first: Array2<f32>, mut second: Array2<f32>) -> (Factor, Factor) {
        let masks = [first.mapv(|v| v != 0.0), second.mapv(|v| v != 0.0)];
        for _ in 0..self.draft.rounds {
            self.refit_second(&first, &mut second, &masks[1]);
            if self.draft.split == Split::Channel {
                let mask = if self.draft.sparse[0] { masks[0].clone() } else { all(&first) };
                refit_first(self.problem, &second, &mut first, &mask, FIRST_STEPS);
            }
        }
        if self.draft.rounds > 0 {
            self.refit_second(&first, &mut second, &masks[1]);
        }
        if self.values == Values::Float {
            let pack = |m, sparse| if sparse { Factor::sparse(m) } else { Factor::dense(m) };
            return (pack(first, self.draft.sparse[0]), pack(second, self.draft.sparse[1]));
        }
        let gram = self.problem.gram.as_ref();
        let seen = gram.map(|gram| marginal(self.draft.split, self.weight, gram));
        let own = Regression::toward(seen, first.clone());
        let first = rounded(&own, &first, self.mask(0, &masks), self.values);
        self.refit_second(&first.matrix, &mut second, &masks[1]);
        let behind = self.problem.behind(&expand(self.draft.split, self.weight, &first.matrix));
        let second = rounded(&behind, &second, self.mask(1, &masks), self.values);
        (first, second)
    }

    fn mask<'b>(&self, stage: usize, masks: &'b [Array2<bool>; 2]) -> Option<&'b Array2<bool>> {
        self.draft.sparse[stage].then_some(&masks[stage])
    }

    /// The best second matrix behind `first`.
    fn refit_second(&self, first: &Array2<f32>, second: &mut Array2<f32>, mask: &Array2<bool>) {
        let behind = self.problem.behind(&expand(self.draft.split, self.weight, first));
        if self.draft.sparse[1] {
            refit_rows(&behind, second, mask);
        } else {
            second.assign(&behind.target);
        }
    }
}

fn all(matrix: &Array2<f32>) -> Array2<bool> {
    Array2::from_elem(matrix.dim(), true)
}

/// A matrix rounded to `values`; zeros outside `mask` are left out, without one all is stored.
pub(crate) fn rounded(
    problem: &Regression,
    matrix: &Array2<f32>,
    mask: Option<&Array2<bool>>,
    values: Values,
) -> Factor {
    let Some(grid) = grid(values) else {
        let block = mask.map(|_| 1);
        return Factor { matrix: matrix.clone(), block, values, table: Vec::new() };
    };
    let Rounded { matrix, table } = round(problem, matrix, mask, grid);
    Factor { matrix, block: mask.map(|_| 1), values, table }
}

fn grid(values: Values) -> Option<Grid> {
    match values {
        Values::Float => None,
        Values::Int8 => Some(Grid::Uniform { levels: 127 }),
        Values::Int4 => Some(Grid::Uniform { levels: 7 }),
        Values::Codebook => Some(Grid::Codebook { bits: 4 }),
        Values::Codebook3 => Some(Grid::Codebook { bits: 3 }),
    }
}

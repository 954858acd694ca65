//! What methods have in common: refitting two matrices behind real inputs, and rounding one or two.

use super::parts::{Factor, Parts, Split, Stage, Support, expand, group_rows, marginal};
use super::{Objective, Stages, Target, Values};
use crate::graph::Weight;
use ndarray::{Array2, Axis, concatenate};
use sepal_linalg::{Elimination, Grid, Regression, Rounded, Unrounded, refit_first, refit_rows, round};

/// Conjugate-gradient steps for a first matrix on its support; each round starts from the last.
const FIRST_STEPS: usize = 8;

/// Two float matrices per group before refitting.
pub(crate) struct Draft {
    /// How they are divided and called.
    pub stages: Stages,
    /// Per group: first and second.
    pub groups: Vec<(Array2<f32>, Array2<f32>)>,
    /// Whether the zeros of the first and of the second stay zeros and are left out.
    pub sparse: [bool; 2],
    /// Rounds of refitting both; 0 where the matrices are optimal already.
    pub rounds: usize,
    /// Percent of each dense matrix's weights that stay.
    pub kept: u8,
}

impl Draft {
    /// Dense matrices that are optimal already.
    pub(crate) fn dense(stages: Stages, groups: Vec<(Array2<f32>, Array2<f32>)>) -> Self {
        Self { stages, groups, sparse: [false, false], rounds: 0, kept: 100 }
    }
}

/// Refits and rounds a draft.
pub(crate) fn finish(mut draft: Draft, target: Target) -> Parts {
    let Target { weight, objective, values } = target;
    let (split, sparse) = (draft.stages.split, draft.sparse);
    let masks: Vec<Pair<bool>> =
        draft.groups.iter().map(|(a, b)| (a.mapv(|v| v != 0.0), b.mapv(|v| v != 0.0))).collect();
    let fits = fits_of(objective, &masks, weight, (split, sparse));
    for (fit, pair) in fits.iter().zip(&mut draft.groups) {
        fit.refit(pair, draft.rounds);
    }
    let (masks, sparse) = if draft.kept < 100 {
        (pruned(&fits, &mut draft.groups, usize::from(draft.kept)), [true, true])
    } else {
        (masks.clone(), sparse)
    };
    let fits = fits_of(objective, &masks, weight, (split, sparse));
    let own: Vec<Regression> =
        fits.iter().zip(&draft.groups).map(|(fit, pair)| fit.before_second(&pair.0)).collect();
    let firsts = draft.groups.iter().map(|pair| &pair.0);
    let first_masks = masks.iter().map(|m| sparse[0].then_some(&m.0));
    let first = rounded(&matrices(&own, firsts, first_masks), values);
    if values != Values::Float {
        // The second matrix makes good what rounding has done to the first.
        for (g, (fit, pair)) in fits.iter().zip(&mut draft.groups).enumerate() {
            pair.0 = group_rows(&first.matrix, g, fits.len());
            fit.refit_second(pair);
        }
    }
    let behind: Vec<Regression> =
        fits.iter().zip(&draft.groups).map(|(fit, pair)| fit.behind(&pair.0)).collect();
    let seconds = draft.groups.iter().map(|pair| &pair.1);
    let second_masks = masks.iter().map(|m| sparse[1].then_some(&m.1));
    let second = rounded(&matrices(&behind, seconds, second_masks), values);
    parts(&draft.stages, vec![first, second], target)
}

/// One matrix of each group, rounded; `support` is what is stored of it.
pub(crate) fn single(stages: &Stages, matrices: &[Unrounded], support: Support, target: Target) -> Parts {
    let factor = Factor { support, ..rounded(matrices, target.values) };
    parts(stages, vec![factor], target)
}

/// The factors by the names of their stages, with the bias that the objective asks for.
fn parts(stages: &Stages, factors: Vec<Factor>, target: Target) -> Parts {
    let named = stages.shapes.iter().zip(factors);
    let own = named.map(|(shape, factor)| Stage { name: shape.name, factor }).collect();
    let mut parts = Parts { split: stages.split, stages: own, bias: None, stand_in: None };
    parts.bias = target.objective.bias_shift(target.weight, &parts);
    parts
}

type Pair<T> = (Array2<T>, Array2<T>);

fn fits_of<'a>(
    objective: &'a Objective,
    masks: &'a [Pair<bool>],
    weight: &'a Weight,
    (split, sparse): (Split, [bool; 2]),
) -> Vec<Fit<'a>> {
    let both = objective.groups.iter().zip(masks);
    both.map(|(problem, masks)| Fit { split, sparse, weight, problem, masks }).collect()
}

/// Prunes both matrices of each group to `kept` percent of their weights, the second behind what is
/// left of the first; the supports.
fn pruned(fits: &[Fit], groups: &mut [Pair<f32>], kept: usize) -> Vec<Pair<bool>> {
    let cut = |problems: &[Regression]| {
        let mut elimination = Elimination::new(problems, 1);
        let wanted = (elimination.weights.len() * kept / 100).max(1);
        while !elimination.step(wanted) {}
        (elimination.weights, elimination.mask)
    };
    let count = fits.len();
    let own: Vec<Regression> =
        fits.iter().zip(&*groups).map(|(fit, pair)| fit.before_second(&pair.0)).collect();
    let (first, first_mask) = cut(&own);
    for (g, pair) in groups.iter_mut().enumerate() {
        pair.0 = group_rows(&first, g, count);
    }
    let behind: Vec<Regression> = fits.iter().zip(&*groups).map(|(fit, pair)| fit.behind(&pair.0)).collect();
    let (second, second_mask) = cut(&behind);
    for (g, pair) in groups.iter_mut().enumerate() {
        pair.1 = group_rows(&second, g, count);
    }
    (0..count).map(|g| (group_rows(&first_mask, g, count), group_rows(&second_mask, g, count))).collect()
}

fn matrices<'a>(
    problems: &'a [Regression],
    values: impl Iterator<Item = &'a Array2<f32>>,
    masks: impl Iterator<Item = Option<&'a Array2<bool>>>,
) -> Vec<Unrounded<'a>> {
    let both = problems.iter().zip(values).zip(masks);
    both.map(|((problem, x), mask)| Unrounded { problem, x, mask }).collect()
}

/// One group of a draft.
struct Fit<'a> {
    split: Split,
    sparse: [bool; 2],
    weight: &'a Weight,
    problem: &'a Regression,
    masks: &'a Pair<bool>,
}

impl Fit<'_> {
    fn refit(&self, pair: &mut Pair<f32>, rounds: usize) {
        for _ in 0..rounds {
            self.refit_second(pair);
            if self.split == Split::Channel {
                let all = Array2::from_elem(pair.0.dim(), true);
                let mask = if self.sparse[0] { &self.masks.0 } else { &all };
                refit_first(self.problem, &pair.1, &mut pair.0, mask, FIRST_STEPS);
            }
        }
        if rounds > 0 {
            self.refit_second(pair);
        }
    }

    /// The problem of the second matrix.
    fn behind(&self, first: &Array2<f32>) -> Regression {
        self.problem.behind(&expand(self.split, self.weight, first))
    }

    /// The problem of the first matrix by itself: stay as it is behind what it sees.
    fn before_second(&self, first: &Array2<f32>) -> Regression {
        let gram = self.problem.gram.as_ref().map(|gram| marginal(self.split, self.weight, gram));
        Regression::toward(gram, first.clone())
    }

    /// The best second matrix behind the first.
    fn refit_second(&self, pair: &mut Pair<f32>) {
        let behind = self.behind(&pair.0);
        if self.sparse[1] {
            refit_rows(&behind, &mut pair.1, &self.masks.1);
        } else {
            pair.1.assign(&behind.target);
        }
    }
}

/// Matrices stored as `values`, one below the other; zeros outside the masks are left out.
fn rounded(matrices: &[Unrounded], values: Values) -> Factor {
    let masks: Vec<_> = matrices.iter().filter_map(|m| m.mask).map(|mask| mask.view()).collect();
    let support = match concatenate(Axis(0), &masks) {
        Ok(mask) => Support::of(&mask, 1),
        Err(_) => Support::Dense,
    };
    let Some(grid) = grid(values, support != Support::Dense) else {
        let views: Vec<_> = matrices.iter().map(|m| m.x.view()).collect();
        let matrix = concatenate(Axis(0), &views).unwrap_or_default();
        return Factor { matrix, support, values, table: Vec::new() };
    };
    let Rounded { matrix, table } = round(matrices, grid);
    Factor { matrix, support, values, table }
}

/// Where zeros are left out, one code of a book is kept for places that hold nothing.
fn grid(values: Values, sparse: bool) -> Option<Grid> {
    let book = |entries: u8| Some(Grid::Codebook { entries: entries - u8::from(sparse) });
    match values {
        Values::Float => None,
        Values::Int8 => Some(Grid::Uniform { levels: 127 }),
        Values::Int4 => Some(Grid::Uniform { levels: 7 }),
        Values::Codebook => book(16),
        Values::Codebook3 => book(8),
    }
}

//! Double sparse factorisation: W (outputs x inputs) ~ B A with both matrices sparse.
//!
//! The smaller side of W is the width between. A starts as W with its least worthy weights left out
//! and B as the identity (or the other way round where outputs are more than inputs); then each is
//! fitted in turn, its support chosen anew. **Pays** where one sparse matrix does and outputs share
//! inputs. **Source**: Boža & Macko 2024 (double sparse factorisation). Departure: supports come
//! from elimination and from the largest entries of a dense fit, not from ADMM.

use super::choice::evenly;
use super::method::{Compressor, Factoring, Facts, Method, MethodDial, MethodProperty};
use super::prune::levels;
use super::two_stage::{Draft, finish};
use super::{Choice, Factors, Objective, Parts, Point, Process, Setting, Split, StageShape, Stages, Target};
use crate::graph::Weight;
use ndarray::Array2;
use sepal_linalg::{Elimination, LinalgError, Regression, refit_first};
use std::fmt;

/// The share of the non-zeros that the square matrix gets.
const SQUARE_SHARE: f64 = 0.2;
/// Rounds of fitting both in turn.
const ROUNDS: usize = 3;
/// Conjugate-gradient steps in a round.
const STEPS: usize = 12;
/// Matrices with a side below this are not offered.
const SMALLEST_SIDE: usize = 8;

/// Sizes that searches try: each takes seconds on large layers.
const TRIED: usize = 3;

/// See the module.
pub(crate) struct DoubleSparse;

/// The same at one number of values.
pub(crate) struct At {
    pub nonzeros: usize,
}

impl Method for DoubleSparse {
    fn facts(&self) -> Facts {
        Facts {
            aliases: &["double-sparse"],
            dials: &[MethodDial::Nonzeros],
            properties: &[MethodProperty::Slow],
            ..Facts::new("double_sparse", "Two sparse matrices")
        }
    }

    fn choices(&self, weight: &Weight) -> Vec<Choice> {
        let (rows, columns) = weight.group_shape();
        let side = rows.min(columns);
        if weight.groups() != 1 || side < SMALLEST_SIDE {
            return Vec::new();
        }
        let nonzeros = levels(rows * columns).into_iter().filter(|n| *n >= 4 * side).collect();
        vec![Choice { rank: 0, nonzeros, most: weight.matrix.len() }]
    }

    fn unfit(&self, weight: &Weight) -> &'static str {
        match weight.groups() {
            0 | 1 => "its matrix is so small that two would take no less",
            _ => "its channels are in groups",
        }
    }

    fn setting(&self, at: Point) -> Setting {
        Setting::DoubleSparse { nonzeros: at.nonzeros }
    }

    fn candidates(&self, weight: &Weight, choices: &[Choice], _blocks: &[usize]) -> Vec<Setting> {
        let counts = choices.first().map(|c| c.nonzeros.as_slice()).unwrap_or_default();
        let payable: Vec<usize> = counts.iter().copied().filter(|n| 3 * n < weight.matrix.len()).collect();
        let tried = evenly(&payable, TRIED).into_iter();
        tried.map(|nonzeros| Setting::DoubleSparse { nonzeros }).collect()
    }
}

/// Non-zeros of the first matrix and of the second, of `nonzeros` in all, for a layer of `rows` outputs
/// and `columns` inputs.
fn budget(rows: usize, columns: usize, nonzeros: usize) -> (usize, usize) {
    let side = rows.min(columns);
    let square = ((nonzeros as f64 * SQUARE_SHARE) as usize).clamp(side, side * side);
    let other = nonzeros.saturating_sub(square).max(side);
    if rows <= columns { (other, square) } else { (square, other) }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "two sparse factors of {} non-zeros", self.nonzeros)
    }
}

impl Compressor for At {
    fn factoring(&self) -> Factoring {
        Factoring::Nonzeros(self.nonzeros)
    }

    fn check(&self, choices: &[Choice], _weight: &Weight) -> Result<(), String> {
        let counts = choices.first().map(|c| c.nonzeros.as_slice()).unwrap_or_default();
        let (least, most) = (counts.first().copied(), counts.last().copied());
        if least.is_some_and(|l| l <= self.nonzeros) && most.is_some_and(|m| self.nonzeros <= m) {
            return Ok(());
        }
        Err(format!("non-zeros go from {} to {}", least.unwrap_or(0), most.unwrap_or(0)))
    }

    fn stages(&self, weight: &Weight) -> Stages {
        let (outputs, inputs) = weight.group_shape();
        let (first, second) = budget(outputs, inputs, self.nonzeros);
        let side = outputs.min(inputs);
        let a = StageShape::dense("A", weight, side, inputs).sparse(first);
        let b = StageShape::dense("B", weight, outputs, side).sparse(second);
        Stages::pair(Split::Channel, a, b)
    }

    fn start(
        &self,
        _weight: &Weight,
        objective: &Objective,
        _seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError> {
        let problem = objective.groups.first().ok_or(LinalgError::Empty)?;
        Ok(Box::new(Fitting::start(problem, self.nonzeros)))
    }

    fn cut(&self, factors: &Factors, target: Target) -> Option<Parts> {
        let Factors::Pair(first, second) = factors else { return None };
        let groups = vec![(first.clone(), second.clone())];
        let draft = Draft {
            sparse: [true, true],
            rounds: usize::from(target.objective.is_calibrated()),
            ..Draft::dense(self.stages(target.weight), groups)
        };
        Some(finish(draft, target))
    }
}

/// Two sparse matrices being fitted, one round a step.
#[derive(Debug)]
struct Fitting {
    problem: Regression,
    first: Array2<f32>,
    second: Array2<f32>,
    /// Non-zeros of the first and of the second.
    budget: (usize, usize),
    best: Option<(f64, Array2<f32>, Array2<f32>)>,
    done: usize,
}

impl Fitting {
    fn start(problem: &Regression, nonzeros: usize) -> Self {
        let (rows, columns) = problem.target.dim();
        let budget = budget(rows, columns, nonzeros);
        let problems = [problem.clone()];
        let mut pruned = Elimination::new(&problems, 1);
        while !pruned.step(if rows <= columns { budget.0 } else { budget.1 }) {}
        let unit = Array2::eye(rows.min(columns));
        let (first, second) = if rows <= columns { (pruned.weights, unit) } else { (unit, pruned.weights) };
        Self { problem: problem.clone(), first, second, budget, best: None, done: 0 }
    }

    /// The first matrix anew: a dense fit, its largest entries as they act on the outputs, refitted.
    fn choose_first(&mut self) {
        let all = Array2::from_elem(self.first.dim(), true);
        let mut dense = self.first.clone();
        refit_first(&self.problem, &self.second, &mut dense, &all, STEPS);
        let rms = self.problem.input_rms();
        let reach: Vec<f32> = self.second.columns().into_iter().map(|c| c.dot(&c)).collect();
        let mut worth: Vec<(f32, usize)> = dense
            .indexed_iter()
            .map(|((k, j), v)| (v * v * rms[j] * rms[j] * reach[k], k * dense.ncols() + j))
            .collect();
        worth.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut mask = Array2::from_elem(self.first.dim(), false);
        for &(_, place) in worth.iter().take(self.budget.0) {
            mask[[place / dense.ncols(), place % dense.ncols()]] = true;
        }
        dense.zip_mut_with(&mask, |v, &free| *v = if free { *v } else { 0.0 });
        refit_first(&self.problem, &self.second, &mut dense, &mask, STEPS);
        self.first = dense;
    }
}

impl Process for Fitting {
    fn progress(&self) -> (usize, usize) {
        (self.done, ROUNDS)
    }

    /// One round; the best pair once all are done.
    fn step(&mut self) -> Option<Factors> {
        let behind = [self.problem.behind(&self.first)];
        let mut second = Elimination::new(&behind, 1);
        while !second.step(self.budget.1) {}
        self.second = second.weights;
        let error = self.problem.squared_error(&self.second.dot(&self.first));
        if self.best.as_ref().is_none_or(|(least, ..)| error < *least) {
            self.best = Some((error, self.first.clone(), self.second.clone()));
        }
        self.done += 1;
        if self.done < ROUNDS {
            self.choose_first();
            return None;
        }
        let (_, first, second) = self.best.take()?;
        Some(Factors::Pair(first, second))
    }
}

//! The shapes of what a method stores in place of a layer: costs, memory and rewriting read the same one.

use super::Split;
use crate::graph::Weight;

/// What replaces a layer, without its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    /// How a convolution is divided.
    pub split: Split,
    /// One or two, in the order of application.
    pub shapes: Vec<StageShape>,
}

/// One stored matrix: those of all groups, one below the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageShape {
    /// Name of the part, for nodes and initializers.
    pub name: &'static str,
    /// Rows of all groups.
    pub rows: usize,
    /// Columns of each.
    pub columns: usize,
    /// Stored values where zeros are left out.
    pub stored: Option<usize>,
    /// Neighbouring rows that share which values are stored.
    pub block: usize,
}

impl StageShape {
    /// A whole matrix of `rows` x `columns` for each group of `weight`.
    pub(crate) fn dense(name: &'static str, weight: &Weight, rows: usize, columns: usize) -> Self {
        Self { name, rows: rows * weight.groups(), columns, stored: None, block: 1 }
    }

    /// The same with so many stored values.
    pub(crate) fn sparse(self, stored: usize) -> Self {
        Self { stored: Some(stored), ..self }
    }
}

impl Stages {
    /// One matrix of the layer's own shape.
    pub(crate) fn whole(name: &'static str, weight: &Weight) -> Self {
        let (rows, columns) = weight.group_shape();
        Self { split: Split::Whole, shapes: vec![StageShape::dense(name, weight, rows, columns)] }
    }

    /// Two matrices.
    pub(crate) fn pair(split: Split, first: StageShape, second: StageShape) -> Self {
        Self { split, shapes: vec![first, second] }
    }

    /// Whether it is the layer's matrix with all its values.
    pub fn is_whole(&self) -> bool {
        self.split == Split::Whole && self.shapes.iter().all(|shape| shape.stored.is_none())
    }

    /// What stands between two stages for one position, of all groups; `None` where there is one stage.
    pub fn between(&self) -> Option<usize> {
        match &self.shapes[..] {
            [first, _] => Some(first.rows),
            _ => None,
        }
    }
}

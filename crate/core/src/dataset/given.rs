//! What files state about samples besides their values: classes or other targets.

use sepal_limit::CLASSES;
use std::collections::{BTreeMap, BTreeSet};

/// Stated numbers, as many for each sample as its `shape` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// One sample after the other.
    pub values: Vec<f32>,
    /// Of those of one sample; without axes where it has one.
    pub shape: Vec<usize>,
    /// Whether they are class indices that were made from names or folders.
    pub are_classes: bool,
}

impl Given {
    /// Numbers, as many for each sample as `shape` says.
    pub(crate) fn numbers(values: Vec<f32>, shape: Vec<usize>) -> Self {
        Self { values, shape, are_classes: false }
    }

    /// Class indices.
    pub(crate) fn classes(labels: impl IntoIterator<Item = usize>) -> Self {
        let values = labels.into_iter().map(|label| label as f32).collect();
        Self { values, shape: Vec::new(), are_classes: true }
    }

    /// Words: each is a class, in the order of their letters. Gives the names of the classes too.
    pub(crate) fn words(words: &[String]) -> (Self, Vec<String>) {
        let names: BTreeSet<&String> = words.iter().collect();
        let places: BTreeMap<&String, usize> =
            names.iter().enumerate().map(|(place, name)| (*name, place)).collect();
        let own = Self::classes(words.iter().filter_map(|word| places.get(word).copied()));
        (own, names.into_iter().cloned().collect())
    }

    /// How many there are for each sample.
    pub fn width(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether every one of them is a whole number.
    fn is_whole(&self) -> bool {
        self.values.iter().all(|v| v.fract() == 0.0 && v.abs() < 1e9)
    }

    /// Whether every row is a share for each class: none negative, 1 in all.
    pub(crate) fn is_shares(&self) -> bool {
        let share =
            |row: &[f32]| row.iter().all(|v| *v >= 0.0) && (row.iter().sum::<f32>() - 1.0).abs() < 1e-3;
        self.width() > 1 && self.values.chunks_exact(self.width()).all(share)
    }

    /// Whether every one of them is 0 or 1.
    pub(crate) fn is_binary(&self) -> bool {
        self.values.iter().all(|v| *v == 0.0 || *v == 1.0)
    }

    /// Whether every one of them is -1 or 1, and both are there: two classes, as margins are trained with.
    pub(crate) fn is_signs(&self) -> bool {
        let has = |sign: f32| self.values.contains(&sign);
        self.width() == 1 && has(-1.0) && has(1.0) && self.values.iter().all(|v| v.abs() == 1.0)
    }

    /// Class indices from `first` on, as indices from 0.
    ///
    /// # Errors
    /// Why there are none, as a sentence.
    pub(crate) fn indices(&self, first: usize) -> Result<Vec<i32>, String> {
        if !self.is_whole() {
            return Err("its labels (array y) are no class indices, nor one-hot rows".into());
        }
        let first = first as f32;
        if let Some(label) = self.values.iter().find(|label| **label < first) {
            return Err(format!("a label is {label}: labels are class indices from {first}"));
        }
        let labels: Vec<i32> = self.values.iter().map(|v| (*v - first) as i32).collect();
        let classes = labels.iter().max().map_or(0, |label| *label as usize + 1);
        CLASSES.check(classes).map_err(|many| many.to_string())?;
        Ok(labels)
    }

    /// The label of the first of `classes`: 1 where none is 0 and the largest is their number, else 0.
    pub(crate) fn first_label(&self, classes: usize) -> usize {
        let least = self.values.iter().copied().fold(f32::INFINITY, f32::min);
        let most = self.values.iter().copied().fold(0.0, f32::max);
        usize::from(classes > 1 && least >= 1.0 && most == classes as f32)
    }
}

//! How outputs say which class they choose: the largest of several values, or one value above a threshold;
//! once for a sample, or for each of its positions (pixels, steps).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Choosing {
    /// A single value above this means class 1, else class 0.
    pub threshold: f32,
    /// Positions of a sample that have a class of their own; 1 where the sample has one.
    pub places: usize,
    /// Whether the values of a position lie side by side; else those of a class do.
    pub classes_last: bool,
}

impl Default for Choosing {
    fn default() -> Self {
        Self { threshold: Self::PROBABILITY, places: 1, classes_last: false }
    }
}

impl Choosing {
    /// The threshold of probabilities.
    pub const PROBABILITY: f32 = 0.5;
    /// The threshold of logits.
    pub const LOGIT: f32 = 0.0;

    /// How many values of a row of `width` each position has.
    pub fn classes_of(&self, width: usize) -> usize {
        width.checked_div(self.places).unwrap_or(0)
    }

    /// Whether single values are probabilities of class 1; else they are logits.
    pub fn is_probability(&self) -> bool {
        self.threshold > 0.0 && self.threshold < 1.0
    }

    /// The value of `class` at `place` in a row of outputs.
    fn value(&self, row: &[f32], (place, class): (usize, usize)) -> f32 {
        let classes = self.classes_of(row.len());
        let at = if self.classes_last { place * classes + class } else { class * self.places + place };
        row.get(at).copied().unwrap_or(f32::NAN)
    }

    /// The values of each position of a row of outputs, one position after the other.
    pub fn split<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = Vec<f32>> + 'a {
        let classes = self.classes_of(row.len());
        (0..self.places).map(move |place| (0..classes).map(|class| self.value(row, (place, class))).collect())
    }

    /// The class that a row of outputs chooses at `place`: the first of equals. None where a value is NaN or
    /// larger than any number, or all are smaller than any; the logarithm of a probability may be.
    pub fn class(&self, row: &[f32], place: usize) -> Option<i32> {
        let classes = self.classes_of(row.len());
        if classes == 1 {
            let value = self.value(row, (place, 0));
            return value.is_finite().then(|| i32::from(value > self.threshold));
        }
        let mut best = None;
        let mut most = f32::NEG_INFINITY;
        for class in 0..classes {
            let value = self.value(row, (place, class));
            if value.is_nan() || value == f32::INFINITY {
                return None;
            }
            if value > most {
                (best, most) = (i32::try_from(class).ok(), value);
            }
        }
        best
    }

    /// The classes of all positions of a row of outputs.
    pub fn classes<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = Option<i32>> + 'a {
        (0..self.places).map(move |place| self.class(row, place))
    }

    /// The threshold of single values that range over `values`: those that leave 0 to 1 are no
    /// probabilities.
    pub fn threshold_of(values: impl IntoIterator<Item = f32>) -> f32 {
        let is_probability = !values.into_iter().any(|v| !(0.0..=1.0).contains(&v));
        if is_probability { Self::PROBABILITY } else { Self::LOGIT }
    }
}

#[cfg(test)]
mod tests {
    use super::Choosing;

    #[test]
    fn one_value_is_compared_with_the_threshold() {
        let of =
            |threshold, value: f32| Choosing { threshold, ..Choosing::default() }.class(&[value], 0).unwrap();
        assert_eq!([of(0.5, 0.4), of(0.5, 0.6), of(0.0, 0.4), of(0.0, -0.1)], [0, 1, 1, 0]);
        assert_eq!([Choosing::threshold_of([0.0, 1.0]), Choosing::threshold_of([0.2, 1.5])], [0.5, 0.0]);
    }

    #[test]
    fn what_is_not_a_number_is_no_class() {
        let (nan, infinite) = (f32::NAN, f32::INFINITY);
        let class = |row: &[f32]| Choosing::default().class(row, 0);
        for row in [&[nan][..], &[infinite], &[nan, 1.0], &[1.0, infinite], &[-infinite, -infinite]] {
            assert_eq!(class(row), None, "{row:?}");
        }
        assert_eq!(class(&[-infinite, -2.0, -infinite]), Some(1));
    }

    #[test]
    fn positions_have_classes_of_their_own() {
        let row = [1.0, 5.0, 3.0, 2.0, 4.0, 3.0];
        let classes = |places, classes_last| {
            let choosing = Choosing { places, classes_last, ..Choosing::default() };
            choosing.classes(&row).collect::<Option<Vec<i32>>>().unwrap()
        };
        assert_eq!(classes(1, false), [1]);
        // Two classes of three positions each: 1 5 3 and 2 4 3.
        assert_eq!(classes(3, false), [1, 0, 0]);
        // Three positions with two classes each: 1 5, 3 2, 4 3.
        assert_eq!(classes(3, true), [1, 0, 0]);
        assert_eq!(classes(2, true), [1, 1]);
        assert_eq!(classes(6, false), [1; 6]);
        let choosing = Choosing { places: 3, ..Choosing::default() };
        assert_eq!(choosing.split(&row).collect::<Vec<_>>(), [[1.0, 2.0], [5.0, 4.0], [3.0, 3.0]]);
    }
}

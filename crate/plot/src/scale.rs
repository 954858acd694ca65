//! An axis as a coordinate of plotters: from data to the way along the axis, linear or logarithmic.
//!
//! One type serves both kinds, so that a chart has one type, not four. Plotters asks it where a value lies and
//! where its grid lines are; the latter are [our own ticks](crate::ticks), not plotters' choice.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::chart::{Axis, Direction};
use crate::error::PlotError;

/// Largest magnitude of an end of an axis; beyond it the arithmetic of ticks could overflow.
const LARGEST: f64 = 1e250;
/// A range narrower than this part of its ends counts as empty: ticks could not tell its values apart.
const NARROWEST: f64 = 1e-9;
/// How far outside of the axis, in lengths of it, a value is still told apart; keeps clipping finite.
const FARTHEST: f64 = 1e6;

/// A value on an axis and its label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// The value.
    pub(crate) value: f64,
    /// The label, formatted.
    pub(crate) label: String,
}

/// A checked axis: `min < max`, both finite, both positive where it is logarithmic.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// The value at the start of the axis.
    pub(crate) min: f64,
    /// The value at the end of the axis.
    pub(crate) max: f64,
    /// Logarithmic instead of linear.
    pub(crate) log: bool,
    /// Where grid lines and labels are.
    pub(crate) ticks: Vec<Tick>,
}

impl Scale {
    /// Checks an axis. `values` are its data: a logarithmic axis that starts at or below zero starts at the
    /// smallest positive one instead.
    pub(crate) fn new(
        axis: &Axis,
        direction: Direction,
        values: impl Iterator<Item = f64>,
    ) -> Result<Self, PlotError> {
        let Axis { mut min, mut max, log, .. } = *axis;
        if !(min.abs() <= LARGEST && max.abs() <= LARGEST && min <= max) {
            return Err(PlotError::Range { axis: direction, min, max });
        }
        if log && max <= 1.0 / LARGEST {
            return Err(PlotError::LogRange { axis: direction, max });
        }
        if log && min <= 1.0 / LARGEST {
            let positive = values.filter(|&value| value > 1.0 / LARGEST && value < max);
            min = positive.reduce(f64::min).unwrap_or(max / 1000.0);
        }
        if max - min <= (max.abs() * NARROWEST).max(1.0 / LARGEST) {
            (min, max) = widened(max, log);
        }
        Ok(Self { min, max, log, ticks: Vec::new() })
    }

    /// Way along the axis: 0 at the start, 1 at the end. None for what has no place on it.
    pub(crate) fn unit(&self, value: f64) -> Option<f64> {
        let unit = if self.log {
            (value / self.min).ln() / (self.max / self.min).ln()
        } else {
            (value - self.min) / (self.max - self.min)
        };
        let placed = value.is_finite() && (!self.log || value > 0.0);
        placed.then(|| unit.clamp(-FARTHEST, FARTHEST))
    }

    /// The value at a way along the axis, the inverse of [`Scale::unit`].
    pub(crate) fn value(&self, unit: f64) -> f64 {
        if self.log {
            self.min * ((self.max / self.min).ln() * unit).exp()
        } else {
            self.min + (self.max - self.min) * unit
        }
    }

    /// Whether a value is on the axis, its ends included.
    pub(crate) fn contains(&self, value: f64) -> bool {
        value >= self.min && value <= self.max
    }
}

/// A range around a single value, so that it is drawn in the middle.
fn widened(value: f64, log: bool) -> (f64, f64) {
    match value.abs() {
        size if size <= 1.0 / LARGEST => (-0.5, 0.5),
        _ if log => (value / 2.0, value * 2.0),
        size => (value - size * 0.05, value + size * 0.05),
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let way = f64::from(limit.1 - limit.0) * self.unit(*value).unwrap_or(0.0);
        limit.0 + way.round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Light grid lines are the ones that plotters asks for with the weight "any": there are none.
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|tick| tick.value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.min..self.max
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        let same = self.ticks.iter().find(|tick| tick.value.to_bits() == value.to_bits());
        same.map(|tick| tick.label.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::TickFormat;

    fn scale(min: f64, max: f64, log: bool, values: &[f64]) -> Result<Scale, PlotError> {
        let axis = Axis { min, max, log, format: TickFormat::Plain, label: String::new() };
        Scale::new(&axis, Direction::X, values.iter().copied())
    }

    /// The axis (min, max, log), its data, the range taken.
    type Case = (f64, f64, bool, &'static [f64], f64, f64);

    #[test]
    fn odd_ranges_become_usable_ones() {
        let cases: [Case; 8] = [
            (0.0, 1.0, false, &[], 0.0, 1.0),
            (0.0, 0.0, false, &[], -0.5, 0.5),
            (0.0, 5e-324, false, &[], -0.5, 0.5),
            (20.0, 20.0, false, &[], 19.0, 21.0),
            (8.0, 8.0, true, &[], 4.0, 16.0),
            (0.0, 100.0, true, &[0.0, f64::NAN, 2.0, 50.0], 2.0, 100.0),
            (-5.0, 100.0, true, &[], 0.1, 100.0),
            (1.0, 100.0, true, &[0.5], 1.0, 100.0),
        ];
        for (min, max, log, values, low, high) in cases {
            let scale = scale(min, max, log, values).unwrap();
            let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
            assert!(near(scale.min, low) && near(scale.max, high), "{min} {max} {log}: {scale:?}");
        }
    }

    #[test]
    fn impossible_ranges_are_told_apart() {
        for (min, max) in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (-1e300, 1e300)] {
            assert!(matches!(scale(min, max, false, &[]), Err(PlotError::Range { .. })), "{min} {max}");
        }
        for (min, max) in [(-2.0, -1.0), (0.0, 0.0), (-1.0, 0.0)] {
            assert!(matches!(scale(min, max, true, &[]), Err(PlotError::LogRange { .. })), "{min} {max}");
        }
    }

    #[test]
    fn unit_and_value_are_inverse() {
        for (min, max, log) in [(-3.0, 5.0, false), (0.01, 1e6, true)] {
            let scale = scale(min, max, log, &[]).unwrap();
            for unit in [0.0, 0.25, 0.5, 1.0] {
                let back = scale.unit(scale.value(unit)).unwrap();
                assert!((back - unit).abs() < 1e-12, "{unit} became {back}");
            }
        }
        assert_eq!(scale(1.0, 10.0, true, &[]).unwrap().unit(-1.0), None);
        assert_eq!(scale(0.0, 1.0, false, &[]).unwrap().unit(f64::MAX), Some(FARTHEST));
    }
}

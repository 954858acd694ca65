//! What a layer is fitted to: one regression per group, and what calibration has seen.

use super::Parts;
use super::parts::group_rows;
use crate::graph::Weight;
use ndarray::Array1;
use sepal_linalg::{LinalgError, Moments, Regression, RegressionOptions};

/// Ridge as a share of the mean second moment, where rows are many. From 0.1 % to 3 % the accuracy of
/// LeNet-300-100 at 60x (10,000 samples) goes from 97.6 to 97.8 %, within what such runs differ by.
const RIDGE: f32 = 0.01;

/// The ridge at least, as a share of the mean square of all groups' inputs: an input that is always zero in
/// one group costs next to nothing, and all numbers stay where float32 is exact.
const LEAST_RIDGE: f64 = 1e-6;
/// Inputs whose variance is a smaller share of their mean square than this hardly vary: what is fitted to them
/// is fitted to what rounding leaves of it.
const FLAT: f64 = 1e-4;
/// Where all inputs together hardly vary, this share of them must do so by themselves to be of use.
const VARYING: f64 = 0.1;
/// Mean squares below this are taken as none: float32 keeps no more digits of their products.
const NOTHING: f64 = 1e-30;

/// What calibration samples say of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing: there are none, or none that the layer can be fitted to.
    #[default]
    None,
    /// What its outputs depend on.
    Seen,
    /// Next to nothing: its inputs are the same for all of them.
    Flat,
    /// Nothing that float32 holds: its inputs are too large, or no numbers.
    Beyond,
}

/// Calibration of one group: what the weights are fitted to, and what the fit is checked on.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Four of five batches.
    pub fitted: Moments,
    /// The others.
    pub held_out: Moments,
}

/// The objective of a layer. Without calibration it is the layer's own weights.
#[derive(Clone, Debug)]
pub struct Objective {
    /// One per group.
    pub groups: Vec<Regression>,
    /// One per group, empty without calibration.
    pub seen: Vec<Seen>,
    /// Whether a new bias may take up what a fit changes on average.
    pub bias: bool,
    /// What the wanted outputs lie above the original ones on average, one per output.
    pub output_shift: Option<Vec<f32>>,
    /// What calibration says of the layer.
    pub evidence: Evidence,
    /// The errors of `groups` are so many times those of the outputs.
    pub scale: f32,
}

/// What moments are good for, and the mean square of the inputs that they are of.
fn evidence(seen: &[Seen]) -> (Evidence, f64) {
    if !seen.iter().all(|seen| seen.fitted.is_finite() && seen.held_out.is_finite()) {
        return (Evidence::Beyond, 0.0);
    }
    let inputs = || seen.iter().flat_map(|seen| seen.fitted.inputs());
    let (mut all, mut varying) = (0.0, 0.0);
    for (square, variance) in inputs() {
        all += square;
        varying += variance;
    }
    let square = all / inputs().count().max(1) as f64;
    let count = |is: fn(f64, f64) -> bool| inputs().filter(|(square, v)| is(*square, *v)).count() as f64;
    let live = count(|square, _| square > 0.0);
    let lively = count(|square, variance| square > 0.0 && variance >= FLAT * square);
    let flat = square < NOTHING || varying < FLAT * all && lively < VARYING * live;
    (if flat { Evidence::Flat } else { Evidence::Seen }, square)
}

impl Objective {
    /// Stay close to the weights.
    pub fn plain(weight: &Weight) -> Self {
        let groups = (0..weight.groups()).map(|g| Regression::plain(weight.group(g))).collect();
        Self {
            groups,
            seen: Vec::new(),
            bias: false,
            output_shift: None,
            evidence: Evidence::None,
            scale: 1.0,
        }
    }

    /// Stay close to the outputs that calibration has seen; `bias` says whether the layer has one. Where
    /// calibration says nothing of use, to the weights.
    pub fn calibrated(weight: &Weight, seen: Vec<Seen>, bias: bool) -> Self {
        let (evidence, square) = evidence(&seen);
        let without = |evidence| Self { evidence, ..Self::plain(weight) };
        if evidence != Evidence::Seen {
            return without(evidence);
        }
        let least = (LEAST_RIDGE * square) as f32;
        let options = RegressionOptions { ridge: RIDGE, least, centred: bias };
        let scale = (1.0 / square) as f32;
        let fit = |(g, seen): (usize, &Seen)| -> Result<Regression, LinalgError> {
            Ok(seen.fitted.regression(&weight.group(g), options)?.scaled(scale))
        };
        match seen.iter().enumerate().map(fit).collect() {
            Ok(groups) => Self { groups, seen, bias, output_shift: None, evidence, scale },
            Err(_) => without(Evidence::Beyond),
        }
    }

    /// Whether calibration stands behind it.
    pub fn is_calibrated(&self) -> bool {
        !self.seen.is_empty()
    }

    /// The bias shift of `parts` that calibration asks for, one per output, where held-out samples say
    /// that it helps.
    pub(crate) fn bias_shift(&self, weight: &Weight, parts: &Parts) -> Option<Vec<f32>> {
        if !self.bias || self.seen.is_empty() {
            return None;
        }
        let (mut with, mut without) = (0.0, 0.0);
        let mut shifts = Vec::new();
        for (group, seen) in self.seen.iter().enumerate() {
            let (old, new) = (weight.group(group), parts.group(weight, group));
            let shift: Array1<f32> = seen.fitted.bias_shift(&old, &new);
            with += seen.held_out.output_error(&old, &new, Some(&shift));
            without += seen.held_out.output_error(&old, &new, None);
            shifts.extend(shift);
        }
        if let Some(wanted) = &self.output_shift {
            shifts.iter_mut().zip(wanted).for_each(|(shift, wanted)| *shift += wanted);
            return Some(shifts);
        }
        (with < without).then_some(shifts)
    }

    /// E|W x - new x̂ - shift|² on held-out samples, and E|W x|²; `None` without calibration.
    pub fn output_error(&self, weight: &Weight, parts: &Parts) -> Option<(f64, f64)> {
        if self.seen.is_empty() {
            return None;
        }
        let shift = parts.bias.as_ref().map(|shift| Array1::from_vec(shift.clone()));
        let rows = weight.group_shape().0;
        let (mut error, mut square) = (0.0, 0.0);
        for (group, seen) in self.seen.iter().enumerate() {
            let (old, new) = (weight.group(group), parts.group(weight, group));
            let own = shift.as_ref().map(|s| {
                let column = s.view().insert_axis(ndarray::Axis(1)).to_owned();
                group_rows(&column, group, self.seen.len()).column(0).to_owned()
            });
            debug_assert!(own.as_ref().is_none_or(|o| o.len() == rows));
            error += seen.held_out.output_error(&old, &new, own.as_ref());
            square += seen.held_out.output_square;
        }
        Some((error, square))
    }
}

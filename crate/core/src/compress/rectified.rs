//! Fitting through a rectifier: where the original's output is negative, any negative output will do.
//!
//! With outputs y that go through max(0, y), the squared error of what comes out is majorised by the
//! squared distance to t, where t = y for y > 0 and t = min(p, 0) else, p being the present fit.
//! Fitting to t and setting t anew lowers the rectified error step by step; the gram stays as it
//! is. **Source**: Zhang et al. 2015, section 3.2, in the form of majorisation.

use super::{Objective, Parts};
use crate::graph::Weight;
use ndarray::{Array1, Array2, Axis};
use sepal_linalg::Regression;

/// Rows on which outputs are looked at: what the layer sees and what it should give before the bias,
/// per group.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Rows x inputs.
    pub inputs: &'a [Array2<f32>],
    /// Rows x outputs.
    pub outputs: &'a [Array2<f32>],
}

/// `objective` (a linear one) turned toward the rectified outputs, for the present fit `parts`.
///
/// # Errors
/// None that a finite objective can give; the reason of the linear algebra otherwise.
pub fn retarget(
    objective: &Objective,
    weight: &Weight,
    parts: &Parts,
    rows: Rows,
) -> Result<Objective, sepal_linalg::LinalgError> {
    let Some(bias) = &weight.bias else { return Ok(objective.clone()) };
    let shift = parts.bias.clone().unwrap_or_else(|| vec![0.0; bias.len()]);
    let own = weight.group_shape().0;
    let mut groups = Vec::new();
    let mut output_shift = Vec::new();
    for (g, problem) in objective.groups.iter().enumerate() {
        let (x, y) = (&rows.inputs[g], &rows.outputs[g]);
        let moved: Array1<f32> = (g * own..(g + 1) * own).map(|o| shift[o]).collect();
        let original: Array1<f32> = (g * own..(g + 1) * own).map(|o| bias[o]).collect();
        let fit = x.dot(&parts.group(weight, g).t()) + &moved + &original;
        let mut change = y + &original;
        // t - y: nothing for positive outputs, min(p, 0) - y for the others.
        ndarray::Zip::from(&mut change).and(&fit).for_each(|y, &p| {
            *y = if *y > 0.0 { 0.0 } else { p.min(0.0) - *y };
        });
        let count = (x.nrows() as f32).max(1.0);
        let mean = change.sum_axis(Axis(0)) / count;
        let x_mean = x.sum_axis(Axis(0)) / count;
        let mut cross = change.t().dot(x) / count;
        for (mut row, m) in cross.rows_mut().into_iter().zip(&mean) {
            row.scaled_add(-m, &x_mean);
        }
        cross *= objective.scale;
        let gram = problem.full_gram();
        groups.push(Regression::new(gram, &problem.cross + &cross)?);
        output_shift.extend(mean);
    }
    Ok(Objective { groups, output_shift: Some(output_shift), ..objective.clone() })
}

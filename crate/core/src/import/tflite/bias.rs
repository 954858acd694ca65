//! Biases. Integer kernels add them to products of integers, so what one step of a bias is worth follows from
//! input and weights; what a file states of it is often copied from elsewhere, or left out.

use super::{Lowering, Reason};
use sepal_tflite::{Operator, Quantisation};

/// By how much, of itself, a stated scale may differ from the one that follows and still be meant.
const MEANT: f32 = 1e-3;

impl<'a> Lowering<'a> {
    /// The biases that are input `index`, if there are any: one per output.
    pub(super) fn bias(
        &mut self,
        operator: &Operator<'a>,
        index: usize,
        outputs: usize,
    ) -> Result<Option<String>, Reason> {
        let Some(bias) = operator.optional(index) else { return Ok(None) };
        let elements: usize = self.shape(bias).iter().product();
        if elements != outputs {
            return Err(format!("it has {elements} biases for {outputs} outputs"));
        }
        let own = self.following(operator, index, bias).or_else(|| self.known_reals(bias));
        let Some(values) = own else { return self.rows(bias).map(Some) };
        let name = format!("{}/bias", operator.output(0).map_or_else(|_| String::new(), |o| self.base(o)));
        self.out.floats(&name, &[outputs], &values).map(Some)
    }

    /// The real values of integer biases whose stated scale is not the one that follows from the integers of
    /// input and weights; `None` where it is, or where these are no integers.
    fn following(&self, operator: &Operator<'a>, index: usize, bias: usize) -> Option<Vec<f32>> {
        let constant = self.values.get(bias)?.constant.as_ref()?;
        let stored = constant.integers()?;
        // A transposed convolution reads its input behind its weights.
        let input = operator.optional(if index == 3 { 2 } else { 0 })?;
        let of = |tensor: usize| self.model.tensors.get(tensor)?.quantisation.as_ref();
        let (input, weights) = (of(input)?, of(operator.optional(1)?)?);
        let [step] = input.scale[..] else { return None };
        let scale = |at: usize| match weights.scale[..] {
            [only] => Some(f64::from(step) * f64::from(only)),
            ref all => Some(f64::from(step) * f64::from(*all.get(at)?)),
        };
        let scales: Vec<f64> = (0..stored.len()).map(scale).collect::<Option<_>>()?;
        if constant.quantisation.as_ref().is_some_and(|stated| is_meant(stated, &scales)) {
            return None;
        }
        Some(stored.iter().zip(scales).map(|(value, scale)| (*value as f64 * scale) as f32).collect())
    }
}

fn is_meant(stated: &Quantisation, follows: &[f64]) -> bool {
    let own = |at: usize| if stated.scale.len() == 1 { stated.scale.first() } else { stated.scale.get(at) };
    let near = |(at, scale): (usize, &f64)| {
        own(at).is_some_and(|own| (f64::from(*own) - scale).abs() <= f64::from(MEANT) * scale.abs())
    };
    stated.zero_point.iter().all(|zero| *zero == 0) && follows.iter().enumerate().all(near)
}

#[cfg(test)]
mod tests {
    use super::{Quantisation, is_meant};

    #[test]
    fn a_scale_that_was_copied_from_elsewhere_is_not_meant() {
        let stated =
            |scale: &[f32]| Quantisation { scale: scale.into(), zero_point: vec![0; scale.len()], axis: 0 };
        assert!(is_meant(&stated(&[0.5]), &[0.5, 0.5]));
        assert!(is_meant(&stated(&[0.5, 0.25]), &[0.5, 0.25]));
        assert!(!is_meant(&stated(&[0.5]), &[0.5, 0.25]));
        assert!(!is_meant(&stated(&[0.25, 0.5]), &[0.5, 0.25]));
        assert!(!is_meant(&Quantisation { zero_point: vec![3], ..stated(&[0.5]) }, &[0.5]));
    }
}

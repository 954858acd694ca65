//! Images in another size.

use super::build::attribute;
use super::conv::{spatial, unread};
use super::form::Form;
use super::{Lowering, Reason};
use sepal_tflite::schema::{ActivationFunctionType, BuiltinOptionsRef};
use sepal_tflite::{Operator, operator};

impl<'a> Lowering<'a> {
    pub(super) fn resize(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (corners, centres) = match &operator.options {
            Some(BuiltinOptionsRef::ResizeBilinearOptions(options)) => {
                (options.align_corners().map_err(unread)?, options.half_pixel_centers().map_err(unread)?)
            }
            Some(BuiltinOptionsRef::ResizeNearestNeighborOptions(options)) => {
                (options.align_corners().map_err(unread)?, options.half_pixel_centers().map_err(unread)?)
            }
            _ => (false, false),
        };
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let (from, to) = (spatial(self.shape(input))?, spatial(self.shape(output))?);
        if from.contains(&0) || to.contains(&0) {
            return Err("its input or output is empty".into());
        }
        if operator.code != operator::RESIZE_BILINEAR {
            return self.nearest((input, output), (from, to), (corners, centres));
        }
        let place = match (corners, centres) {
            (true, _) => "align_corners",
            (_, true) => "half_pixel",
            _ => "asymmetric",
        };
        let attributes =
            vec![attribute::text("mode", "linear"), attribute::text("coordinate_transformation_mode", place)];
        let x = self.planes(input)?;
        let base = self.base(output);
        let scales = [1.0, 1.0, scale(from[0], to[0]), scale(from[1], to[1])];
        let scales = self.out.floats(&format!("{base}/scales"), &[4], &scales)?;
        let place = (output, Form::Planes);
        let value = self.emit("Resize", place, "", (&[&x, "", &scales], attributes));
        self.finish(place, value, ActivationFunctionType::None)
    }

    /// The nearest element: looked up, since ONNX divides by the scale and `TFLite` multiplies by its inverse,
    /// which rounds to another place where one is a whole number.
    fn nearest(
        &mut self,
        (input, output): (usize, usize),
        (from, to): ([usize; 2], [usize; 2]),
        said: (bool, bool),
    ) -> Result<(), Reason> {
        let (x, base, place) = (self.planes(input)?, self.base(output), (output, Form::Planes));
        let all = |axis: usize| -> Vec<i64> {
            (0..to[axis]).map(|at| nearest(at, (from[axis], to[axis]), said) as i64).collect()
        };
        let rows = self.out.integers(&format!("{base}/row_places"), &all(0))?;
        let along = |axis| vec![attribute::int("axis", axis)];
        let x = self.out.node("Gather", &format!("{base}/rows"), &[&x, &rows], along(2));
        let columns = self.out.integers(&format!("{base}/column_places"), &all(1))?;
        let value = self.emit("Gather", place, "", (&[&x, &columns], along(3)));
        self.pass(input, place, value)
    }
}

/// The element that `TFLite` takes for the one at `at` of another size; in its arithmetic, which is float32.
fn nearest(at: usize, (from, to): (usize, usize), (corners, centres): (bool, bool)) -> usize {
    let scale = if corners && to > 1 { (from - 1) as f32 / (to - 1) as f32 } else { from as f32 / to as f32 };
    let place = (at as f32 + if centres { 0.5 } else { 0.0 }) * scale;
    let place = if corners { place.round() } else { place.floor() };
    (place as usize).min(from - 1)
}

/// The factor from one size to another, so that the product, rounded down, is the size.
fn scale(from: usize, to: usize) -> f32 {
    let mut scale = to as f32 / from as f32;
    while ((from as f32 * scale).floor() as usize) < to {
        scale = scale.next_up();
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::{nearest, scale};

    #[test]
    fn places_that_are_whole_numbers_stay_so() {
        let all = |sizes: (usize, usize), said| -> Vec<usize> {
            (0..sizes.1).map(|at| nearest(at, sizes, said)).collect()
        };
        assert_eq!(all((14, 8), (false, false)), [0, 1, 3, 5, 7, 8, 10, 12]);
        assert_eq!(all((3, 5), (true, false)), [0, 1, 1, 2, 2]);
        assert_eq!(all((4, 2), (false, true)), [1, 3]);
    }

    #[test]
    fn scales_give_the_size_wanted() {
        for from in 1..200 {
            for to in 1..200 {
                assert_eq!((from as f32 * scale(from, to)).floor() as usize, to, "{from} to {to}");
            }
        }
    }
}

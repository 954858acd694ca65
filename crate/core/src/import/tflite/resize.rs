//! Images in another size.

use super::build::attribute;
use super::conv::{spatial, unread};
use super::read::Operator;
use super::value::Form;
use super::{Lowering, Reason};
use crate::tflite::operator;
use crate::tflite::schema::{ActivationFunctionType, BuiltinOptionsRef};

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
        let bilinear = operator.code == operator::RESIZE_BILINEAR;
        let mode = if bilinear { "linear" } else { "nearest" };
        let place = match (corners, centres) {
            (true, _) => "align_corners",
            (_, true) => "half_pixel",
            _ => "asymmetric",
        };
        let mut attributes =
            vec![attribute::text("mode", mode), attribute::text("coordinate_transformation_mode", place)];
        if !bilinear {
            let rounding = if corners || centres { "round_prefer_ceil" } else { "floor" };
            attributes.push(attribute::text("nearest_mode", rounding));
        }
        let x = self.planes(input)?;
        let base = self.base(output);
        let scales = [1.0, 1.0, scale(from[0], to[0]), scale(from[1], to[1])];
        let scales = self.out.floats(&format!("{base}/scales"), &[4], &scales)?;
        let place = (output, Form::Planes);
        let value = self.emit("Resize", place, "", (&[&x, "", &scales], attributes));
        if bilinear {
            self.finish(place, value, ActivationFunctionType::None)
        } else {
            self.pass(input, place, value)
        }
    }
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
    use super::scale;

    #[test]
    fn scales_give_the_size_wanted() {
        for from in 1..200 {
            for to in 1..200 {
                assert_eq!((from as f32 * scale(from, to)).floor() as usize, to, "{from} to {to}");
            }
        }
    }
}

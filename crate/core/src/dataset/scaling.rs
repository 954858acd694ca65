//! real = stored * scale + offset.

use std::fmt;

/// How stored numbers become real ones, per channel or for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// Factors: one, or one per channel.
    pub scale: Vec<f32>,
    /// Offsets: as many.
    pub offset: Vec<f32>,
    /// Whether the file itself states them.
    pub stated: bool,
}

/// Means and deviations of `ImageNet`'s pictures between 0 and 1, red, green, blue: torchvision's
/// `transforms.Normalize` in its classification models.
const IMAGENET: [(f32, f32); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

impl Scaling {
    /// Values as they are.
    pub fn identity() -> Self {
        Self::factor(1.0)
    }

    /// Every value times `scale`.
    pub fn factor(scale: f32) -> Self {
        Self::linear(scale, 0.0)
    }

    /// Every value times `scale`, plus `offset`.
    pub fn linear(scale: f32, offset: f32) -> Self {
        Self { scale: vec![scale], offset: vec![offset], stated: false }
    }

    /// Bytes to what torchvision's models read.
    pub fn imagenet() -> Self {
        let scale = IMAGENET.iter().map(|(_, deviation)| 1.0 / (255.0 * deviation)).collect();
        let offset = IMAGENET.iter().map(|(mean, deviation)| -mean / deviation).collect();
        Self { scale, offset, stated: false }
    }

    /// Columns of `width` in `values` to mean 0 and deviation 1.
    pub fn standard(values: &[f32], width: usize) -> Self {
        let rows = (values.len() / width.max(1)).max(1) as f64;
        let mut sums = vec![(0.0_f64, 0.0_f64); width];
        for row in values.chunks_exact(width.max(1)) {
            for (sum, value) in sums.iter_mut().zip(row) {
                sum.0 += f64::from(*value);
            }
        }
        for row in values.chunks_exact(width.max(1)) {
            for (sum, value) in sums.iter_mut().zip(row) {
                sum.1 += (f64::from(*value) - sum.0 / rows).powi(2);
            }
        }
        let of = |(sum, squares): (f64, f64)| {
            let deviation = (squares / rows).sqrt();
            let scale = if deviation > 0.0 { 1.0 / deviation } else { 1.0 };
            (scale as f32, (-scale * sum / rows) as f32)
        };
        let (scale, offset) = sums.into_iter().map(of).unzip();
        Self { scale, offset, stated: false }
    }
}

impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let close = |a: f32, b: f32| (a - b).abs() < 1e-3;
        match (&self.scale[..], &self.offset[..]) {
            ([scale], [0.0]) if (scale - 1.0).abs() < f32::EPSILON => write!(f, "values as they are"),
            ([scale], [0.0]) if close(scale * 255.0, 1.0) => write!(f, "x / 255"),
            ([scale], [-1.0]) if close(scale * 127.5, 1.0) => write!(f, "x / 127.5 - 1"),
            ([1.0], [offset]) if *offset < 0.0 => write!(f, "x - {}", -offset),
            ([1.0], [offset]) => write!(f, "x + {offset}"),
            ([scale], [0.0]) => write!(f, "x * {scale}"),
            ([scale], [offset]) if *offset < 0.0 => write!(f, "x * {scale} - {}", -offset),
            ([scale], [offset]) => write!(f, "x * {scale} + {offset}"),
            _ if self.stated => write!(f, "scale and offset per channel, from the file"),
            _ if *self == Self::imagenet() => write!(f, "ImageNet's mean and deviation per channel"),
            _ => write!(f, "scale and offset per channel"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scaling;

    #[test]
    fn it_says_what_it_does() {
        let cases = [
            (Scaling::identity(), "values as they are"),
            (Scaling::factor(1.0 / 255.0), "x / 255"),
            (Scaling::linear(1.0 / 127.5, -1.0), "x / 127.5 - 1"),
            (Scaling::linear(1.0, -128.0), "x - 128"),
            (Scaling::linear(0.5, 3.0), "x * 0.5 + 3"),
            (Scaling::imagenet(), "ImageNet's mean and deviation per channel"),
        ];
        for (scaling, text) in cases {
            assert_eq!(scaling.to_string(), text);
        }
    }

    #[test]
    fn columns_become_standard() {
        let scaling = Scaling::standard(&[1.0, 7.0, 3.0, 7.0], 2);
        assert_eq!((scaling.scale, scaling.offset), (vec![1.0, 1.0], vec![-2.0, -7.0]));
    }
}

//! In which order the axes of stored samples lie, told by their shapes and the model's.

use super::arrangement::Arrangement;
use super::preprocessing::Layout;

/// How the stored order of axes becomes the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It is the same.
    Same,
    /// Channels come last and shall come first.
    ToFirst,
    /// Channels come first and shall come last.
    ToLast,
}

/// Sizes without axes of one.
pub(crate) fn squeezed(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|size| *size != 1).collect()
}

/// The first axis moved behind the others.
fn turned(shape: &[usize]) -> Vec<usize> {
    let (first, rest) = shape.split_first().map_or((&[][..], &[][..]), |_| shape.split_at(1));
    squeezed(&[rest, first].concat())
}

impl Order {
    /// The orders in which samples of the shape `stored` can be read for an input of `shape`, the likeliest
    /// first. `said` is the layout that they are said to have.
    pub fn possible(stored: &[usize], shape: &[usize], said: Option<Layout>) -> Vec<Self> {
        let model = Arrangement::of(shape);
        let other = match model.layout {
            Layout::Nchw => Self::ToFirst,
            Layout::Nhwc => Self::ToLast,
        };
        let (from, to) = (squeezed(stored), squeezed(shape));
        if let Some(said) = said {
            // Where the shapes tell which axis has moved, they count more than what the model's looks like.
            let same = from == to && to.len() > 1 && turned(&to) != to;
            return vec![match said {
                _ if same => Self::Same,
                Layout::Nchw if from != to && turned(stored) == to => Self::ToLast,
                Layout::Nhwc if from != to && turned(shape) == from => Self::ToFirst,
                said if said == model.layout => Self::Same,
                _ => other,
            }];
        }
        if from == to {
            // Of three equal axes either is right, and the shape does not say.
            let both = to.len() == 3 && turned(shape) == to;
            return if both { vec![Self::Same, other] } else { vec![Self::Same] };
        }
        if turned(shape) == from {
            return vec![Self::ToFirst];
        }
        if turned(stored) == to {
            return vec![Self::ToLast];
        }
        let flat = from.len() == 1 && shape.len() == 3 && model.channels > 1;
        if flat { vec![Self::Same, other] } else { vec![Self::Same] }
    }
}

/// Whether values lie in the same order in samples of both shapes: each axis of one is a run of the other's.
pub(crate) fn is_regrouped(one: &[usize], other: &[usize]) -> bool {
    let borders = |shape: &[usize]| -> Vec<usize> {
        let sum = |product: &mut usize, size: usize| {
            *product = product.saturating_mul(size);
            Some(*product)
        };
        squeezed(shape).into_iter().scan(1, sum).collect()
    };
    let (one, other) = (borders(one), borders(other));
    let within = |a: &[usize], b: &[usize]| a.iter().all(|border| b.contains(border));
    within(&one, &other) || within(&other, &one)
}

#[cfg(test)]
mod tests {
    use super::{Layout, Order};

    #[test]
    fn the_order_follows_from_the_shapes() {
        use Order::{Same, ToFirst, ToLast};
        type Case<'a> = (&'a [usize], &'a [usize], Option<Layout>, &'a [Order]);
        let cases: [Case; 15] = [
            (&[6, 1, 128], &[1, 128, 6], None, &[ToLast]),
            (&[6, 1, 128], &[1, 128, 6], Some(Layout::Nchw), &[ToLast]),
            (&[1, 128, 6], &[1, 128, 6], Some(Layout::Nhwc), &[Same]),
            (&[32, 32, 3], &[3, 32, 32], None, &[ToFirst]),
            (&[3, 32, 32], &[32, 32, 3], None, &[ToLast]),
            (&[32, 32, 3], &[32, 32, 3], None, &[Same]),
            (&[28, 28], &[1, 28, 28], None, &[Same]),
            (&[128, 6], &[6, 1, 128], None, &[ToFirst]),
            (&[128, 6], &[6, 128], None, &[ToFirst]),
            (&[1, 49, 10], &[49, 10, 1], None, &[Same]),
            (&[3072], &[3, 32, 32], None, &[Same, ToFirst]),
            (&[3072], &[32, 32, 3], Some(Layout::Nchw), &[ToLast]),
            (&[32, 32, 3], &[3, 32, 32], Some(Layout::Nchw), &[Same]),
            (&[3, 3, 3], &[3, 3, 3], None, &[Same, ToFirst]),
            (&[784], &[784], None, &[Same]),
        ];
        for (stored, shape, said, expected) in cases {
            assert_eq!(Order::possible(stored, shape, said), expected, "{stored:?} {shape:?}");
        }
    }
}

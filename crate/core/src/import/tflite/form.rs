//! The order of axes: `TFLite` keeps channels last, ONNX convolutions want them first.

/// The order of a value's axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As in the file: batch, spatial axes, channels.
    Rows,
    /// As ONNX convolutions want it: batch, channels, spatial axes.
    Planes,
}

impl Form {
    /// For each axis of this form, the axis of the file.
    pub(super) fn order(self, axes: usize) -> Vec<usize> {
        match self {
            Self::Planes if axes >= 3 => [0, axes - 1].into_iter().chain(1..axes - 1).collect(),
            _ => (0..axes).collect(),
        }
    }

    /// Where axis `axis` of the file lies in this form.
    pub(super) fn axis(self, axis: usize, axes: usize) -> usize {
        self.order(axes).iter().position(|a| *a == axis).unwrap_or(axis)
    }

    /// A list with one entry per axis of the file, in the order of this form.
    pub(super) fn arrange<T: Copy>(self, list: &[T]) -> Vec<T> {
        self.order(list.len()).into_iter().filter_map(|axis| list.get(axis).copied()).collect()
    }
}

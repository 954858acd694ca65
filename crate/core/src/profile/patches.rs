//! The rows that a layer's matrix is multiplied with, cut out of the layer's input.

use crate::evaluate::Activations;
use crate::graph::{Axis, Graph, Layer, LayerKind, Weight, Window};
use ndarray::Array2;

/// How rows are cut out of a layer's input.
#[derive(Clone, Debug)]
pub(crate) enum Cut {
    /// The last axis is a row.
    Last,
    /// Patches of a convolution with two spatial axes (one of length 1 where it has only one).
    Patches(Patches),
}

#[derive(Clone, Debug)]
pub(crate) struct Patches {
    groups: usize,
    kernel: [usize; 2],
    input: [usize; 2],
    output: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    begin: [usize; 2],
}

impl Cut {
    /// How the input of `layer` is cut; `None` for convolutions with more than two spatial axes
    /// and for matrices that are changed in place.
    pub(crate) fn of(graph: &Graph, layer: &Layer, weight: &Weight) -> Option<Self> {
        let conv = match &weight.kind {
            LayerKind::Conv(conv) => conv,
            LayerKind::Fixed(_) => return None,
            LayerKind::Gemm { .. } | LayerKind::MatMul | LayerKind::Recurrent => return Some(Self::Last),
        };
        let node = graph.nodes().get(layer.node)?;
        let window = Window::of(node, &conv.kernel).ok()?;
        let two = |values: &[usize], lone: usize| match values {
            [only] => Some([lone, *only]),
            [first, second] => Some([*first, *second]),
            _ => None,
        };
        let of = |part: fn(&Axis) -> usize| two(&window.axes.iter().map(part).collect::<Vec<_>>(), 1);
        let begin: Vec<usize> = window.pads(&conv.input).iter().map(|[begin, _]| *begin).collect();
        Some(Self::Patches(Patches {
            groups: conv.groups,
            kernel: of(|axis| axis.kernel)?,
            input: two(&conv.input, 1)?,
            output: two(&conv.output, 1)?,
            stride: of(|axis| axis.stride)?,
            dilation: of(|axis| axis.dilation)?,
            begin: two(&begin, 0)?,
        }))
    }

    /// Rows per sample that there are to choose from, `None` where the batch does not say.
    fn positions(&self, batch: &Activations) -> usize {
        match self {
            Self::Last => {
                let samples = batch.shape.first().copied().unwrap_or(1).max(1);
                let width = batch.shape.last().copied().unwrap_or(1).max(1);
                batch.values.len() / width / samples
            }
            Self::Patches(window) => window.output[0] * window.output[1],
        }
    }

    /// At most `most` rows of each sample for one group, evenly spaced; `turn` moves the places from
    /// batch to batch. `None` where the batch has another shape than the layer.
    pub(crate) fn rows(
        &self,
        batch: &Activations,
        group: usize,
        most: usize,
        turn: usize,
    ) -> Option<Array2<f32>> {
        let samples = *batch.shape.first()?;
        let positions = self.positions(batch);
        let count = positions.min(most);
        let places = |sample: usize| {
            (0..count).map(move |i| {
                let offset = (turn + sample * 7) % positions.max(1);
                // 64 bits: on wasm the product of two sizes need not fit in one.
                let even = (i as u64 * positions as u64 / count.max(1) as u64) as usize;
                (even + offset) % positions
            })
        };
        match self {
            Self::Last => {
                let width = *batch.shape.last()?;
                let mut rows = Vec::with_capacity(samples * count * width);
                for sample in 0..samples {
                    for place in places(sample) {
                        let from = (sample * positions + place) * width;
                        rows.extend_from_slice(batch.values.get(from..from + width)?);
                    }
                }
                Array2::from_shape_vec((samples * count, width), rows).ok()
            }
            Self::Patches(window) => {
                let channels = *batch.shape.get(1)?;
                let size = window.input[0] * window.input[1];
                if batch.values.len() != samples * channels * size || channels % window.groups != 0 {
                    return None;
                }
                let each = channels / window.groups;
                let width = each * window.kernel[0] * window.kernel[1];
                let mut rows = Vec::with_capacity(samples * count * width);
                for sample in 0..samples {
                    let from = (sample * channels + group * each) * size;
                    let own = &batch.values[from..from + each * size];
                    places(sample).for_each(|place| window.patch(own, place, &mut rows));
                }
                Array2::from_shape_vec((samples * count, width), rows).ok()
            }
        }
    }
}

impl Patches {
    /// Appends the patch at output position `place` of the channels `own`, in the order (c, i, j).
    fn patch(&self, own: &[f32], place: usize, rows: &mut Vec<f32>) {
        let [height, width] = self.input;
        let (row, column) = (place / self.output[1], place % self.output[1]);
        for channel in own.chunks_exact(height * width) {
            for i in 0..self.kernel[0] {
                let y = (row * self.stride[0] + i * self.dilation[0]).checked_sub(self.begin[0]);
                for j in 0..self.kernel[1] {
                    let x = (column * self.stride[1] + j * self.dilation[1]).checked_sub(self.begin[1]);
                    rows.push(match (y, x) {
                        (Some(y), Some(x)) if y < height && x < width => channel[y * width + x],
                        _ => 0.0,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Activations, Cut, Patches};

    #[test]
    fn patches_are_those_of_the_definition() {
        let window = Patches {
            groups: 1,
            kernel: [2, 2],
            input: [3, 3],
            output: [2, 2],
            stride: [2, 2],
            dilation: [1, 1],
            begin: [1, 1],
        };
        let values = (1..=9).map(|v| v as f32).collect();
        let batch = Activations { shape: vec![1, 1, 3, 3], values };
        let rows = Cut::Patches(window).rows(&batch, 0, 4, 0).unwrap();
        let expected =
            [[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 2.0, 3.0], [0.0, 4.0, 0.0, 7.0], [5.0, 6.0, 8.0, 9.0]];
        assert_eq!(rows.outer_iter().map(|r| r.to_vec()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn fewer_rows_are_spread_over_a_sample() {
        let batch = Activations { shape: vec![2, 4, 3], values: (0..24).map(|v| v as f32).collect() };
        let rows = Cut::Last.rows(&batch, 0, 2, 0).unwrap();
        assert_eq!(rows.dim(), (4, 3));
        assert_eq!((rows[[0, 0]], rows[[1, 0]]), (0.0, 6.0));
        assert!(Cut::Last.rows(&Activations { shape: vec![], values: vec![] }, 0, 1, 0).is_none());
    }
}

//! In which order a value's elements lie in its tensor: what a Transpose changes, while the elements stay.

/// Sizes and strides, the slowest first, as nested loops over a tensor's elements in the order of the
/// value's: sizes of 1 are left out, and what follows each other without a gap is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Order(Vec<(usize, usize)>);

impl Order {
    /// The tensor's own order of `len` elements.
    pub(super) fn plain(len: usize) -> Self {
        Self::of([(len, 1)])
    }

    fn of(axes: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut joined = Vec::<(usize, usize)>::new();
        for (size, stride) in axes.into_iter().filter(|(size, _)| *size != 1) {
            match joined.last_mut() {
                Some(last) if last.1 == size * stride => *last = (last.0 * size, stride),
                _ => joined.push((size, stride)),
            }
        }
        Self(joined)
    }

    /// Whether it is the tensor's own.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.0[..], [] | [(_, 1)])
    }

    /// The loops of each axis of a value of `shape`; `None` where an axis is no whole number of loops.
    pub(super) fn axes(&self, shape: &[usize]) -> Option<Vec<Vec<(usize, usize)>>> {
        let mut rest = self.0.clone();
        let mut axes = Vec::with_capacity(shape.len());
        for &wanted in shape.iter().rev() {
            let (mut left, mut own) = (wanted, Vec::new());
            while left > 1 {
                let (size, stride) = rest.pop().filter(|(size, _)| *size > 0)?;
                if left % size == 0 {
                    own.push((size, stride));
                    left /= size;
                } else if size % left == 0 {
                    own.push((left, stride));
                    rest.push((size / left, stride * left));
                    left = 1;
                } else {
                    return None;
                }
            }
            own.reverse();
            axes.push(own);
        }
        axes.reverse();
        rest.is_empty().then_some(axes)
    }

    /// The order of a value of `shape` once its axes are moved to `permutation`.
    pub(super) fn permuted(&self, shape: &[usize], permutation: &[usize]) -> Option<Self> {
        let axes = self.axes(shape)?;
        let moved = permutation.iter().map(|&axis| axes.get(axis)).collect::<Option<Vec<_>>>()?;
        Some(Self::of(moved.into_iter().flatten().copied()))
    }

    /// For each element of the value, its place in the tensor.
    pub(super) fn places(&self) -> Vec<usize> {
        let mut places = vec![0];
        for &(size, stride) in &self.0 {
            places = places.iter().flat_map(|place| (0..size).map(move |i| place + i * stride)).collect();
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn axes_move_there_and_back() {
        let plain = Order::plain(2 * 3 * 4);
        let moved = plain.permuted(&[1, 2, 3, 4], &[0, 2, 3, 1]).unwrap();
        assert!(!moved.is_plain());
        assert_eq!(moved.places()[..3], [0, 12, 1]);
        let back = moved.permuted(&[1, 3, 4, 2], &[0, 3, 1, 2]).unwrap();
        assert_eq!((back.is_plain(), back.places()), (true, (0..24).collect()));
    }

    #[test]
    fn one_channel_is_the_same_in_any_place() {
        let plain = Order::plain(12);
        assert!(plain.permuted(&[1, 12, 1, 1], &[0, 2, 3, 1]).unwrap().is_plain());
        assert!(plain.permuted(&[1, 3, 4, 1], &[0, 3, 1, 2]).unwrap().is_plain());
    }

    #[test]
    fn a_reshape_keeps_the_order_and_may_split_axes() {
        // Channel shuffle: 2 groups of 3 channels, each of 4 elements.
        let shuffled = Order::plain(24).permuted(&[1, 2, 3, 4], &[0, 2, 1, 3]).unwrap();
        assert_eq!(shuffled.axes(&[1, 6, 4]).unwrap()[1], [(3, 4), (2, 12)]);
        assert!(shuffled.axes(&[1, 4, 6]).is_none());
    }
}

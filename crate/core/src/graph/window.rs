//! Windows of convolutions and pools: how far they reach, how they are padded, how many places they have.

use super::proto::{AttributeProto, NodeProto};
use super::{find, ints, new_ints, new_text, text};

/// How a window lies along one axis; nothing is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Taps.
    pub(crate) kernel: usize,
    /// From one place to the next.
    pub(crate) stride: usize,
    /// From one tap to the next.
    pub(crate) dilation: usize,
}

/// What is laid around an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    /// In front of and behind each axis.
    Explicit(Vec<[usize; 2]>),
    /// Nothing.
    Valid,
    /// So much that every step of the stride has a place, the odd element behind.
    SameUpper,
    /// The same with the odd element in front.
    SameLower,
}

/// The window of a convolution or a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// One for each spatial axis.
    pub(crate) axes: Vec<Axis>,
    /// What is laid around the input.
    pub(crate) padding: Padding,
}

impl Axis {
    /// Elements from the first tap to the last.
    pub(crate) fn reach(self) -> usize {
        self.span(1)
    }

    /// Elements that `count` windows lie on.
    pub(crate) fn span(self, count: usize) -> usize {
        let taps = self.kernel.saturating_sub(1).saturating_mul(self.dilation);
        count.saturating_sub(1).saturating_mul(self.stride).saturating_add(taps).saturating_add(1)
    }

    /// By how much `count` windows get beyond `size` elements; below 0 where they leave some out.
    pub(crate) fn excess(self, size: usize, count: usize) -> i64 {
        let signed = |value| i64::try_from(value).unwrap_or(i64::MAX);
        signed(self.span(count)).saturating_sub(signed(size))
    }

    /// Windows that lie on `size` elements alone; `None` where not one does.
    pub(crate) fn fitting(self, size: usize) -> Option<usize> {
        Some(size.checked_sub(self.reach())?.checked_div(self.stride)?.saturating_add(1))
    }

    /// Windows where each step of the stride has a place.
    pub(crate) fn steps(self, size: usize) -> usize {
        size.div_ceil(self.stride.max(1))
    }
}

impl Padding {
    /// The padding that a node states in a word; `None` where it is in numbers.
    ///
    /// # Errors
    /// The end of a sentence about the node where the word is none of ONNX's.
    pub(crate) fn automatic(node: &NodeProto) -> Result<Option<Self>, String> {
        if find(node, "auto_pad").is_none() {
            return Ok(None);
        }
        match text(node, "auto_pad").ok_or("its padding cannot be read")?.as_str() {
            "NOTSET" => Ok(None),
            "VALID" => Ok(Some(Self::Valid)),
            "SAME_UPPER" => Ok(Some(Self::SameUpper)),
            "SAME_LOWER" => Ok(Some(Self::SameLower)),
            other => Err(format!("its padding '{other}' is not known")),
        }
    }

    /// The padding of a node whose window has so many `axes`.
    ///
    /// # Errors
    /// The end of a sentence about the node where its attributes do not say.
    pub(crate) fn of(node: &NodeProto, axes: usize) -> Result<Self, String> {
        if let Some(padding) = Self::automatic(node)? {
            return Ok(padding);
        }
        let pads = sizes(node, "pads", vec![0; 2 * axes])?;
        let (begins, ends) = pads.split_at(pads.len() / 2);
        if pads.len() != 2 * axes {
            return Err(UNFIT.into());
        }
        Ok(Self::Explicit(begins.iter().zip(ends).map(|(begin, end)| [*begin, *end]).collect()))
    }

    /// Whether it follows from the stride.
    pub(crate) fn is_same(&self) -> bool {
        matches!(self, Self::SameUpper | Self::SameLower)
    }

    /// `total` elements of padding, in front and behind.
    pub(crate) fn halves(&self, total: usize) -> [usize; 2] {
        let half = total / 2;
        if *self == Self::SameLower { [total - half, half] } else { [half, total - half] }
    }
}

impl Window {
    /// The window of a node with the given `kernel`, a size for each spatial axis.
    ///
    /// # Errors
    /// The end of a sentence about the node where its attributes do not describe such a window.
    pub(crate) fn of(node: &NodeProto, kernel: &[usize]) -> Result<Self, String> {
        let strides = sizes(node, "strides", vec![1; kernel.len()])?;
        let dilations = sizes(node, "dilations", vec![1; kernel.len()])?;
        let positive = [kernel, &strides, &dilations].into_iter().flatten().all(|size| *size > 0);
        if !positive || strides.len() != kernel.len() || dilations.len() != kernel.len() {
            return Err(UNFIT.into());
        }
        let axis = |((&kernel, &stride), &dilation)| Axis { kernel, stride, dilation };
        let axes = kernel.iter().zip(&strides).zip(&dilations).map(axis).collect();
        Ok(Self { axes, padding: Padding::of(node, kernel.len())? })
    }

    /// The window of a node that states its size.
    ///
    /// # Errors
    /// As [`Window::of`].
    pub(crate) fn stated(node: &NodeProto) -> Result<Self, String> {
        Self::of(node, &sizes(node, "kernel_shape", Vec::new())?)
    }

    /// What is laid in front of and behind each axis of an input of `sizes`.
    pub(crate) fn pads(&self, sizes: &[usize]) -> Vec<[usize; 2]> {
        let same = |(axis, &size): (&Axis, &usize)| {
            let excess = axis.excess(size, axis.steps(size));
            self.padding.halves(usize::try_from(excess).unwrap_or(0))
        };
        match &self.padding {
            Padding::Explicit(pads) => pads.clone(),
            Padding::Valid => vec![[0, 0]; self.axes.len()],
            Padding::SameUpper | Padding::SameLower => self.axes.iter().zip(sizes).map(same).collect(),
        }
    }

    /// How many places the window has along each axis of an input of `sizes`; `None` where it does not fit.
    pub(crate) fn output(&self, sizes: &[usize]) -> Option<Vec<usize>> {
        if sizes.len() != self.axes.len() {
            return None;
        }
        sizes.iter().enumerate().map(|(at, size)| self.places(at, *size)).collect()
    }

    /// The same along the axis number `at` alone.
    pub(crate) fn places(&self, at: usize, size: usize) -> Option<usize> {
        let axis = self.axes.get(at)?;
        match &self.padding {
            Padding::Explicit(pads) => {
                let [before, after] = *pads.get(at)?;
                axis.fitting(size.saturating_add(before).saturating_add(after))
            }
            Padding::Valid => axis.fitting(size),
            Padding::SameUpper | Padding::SameLower => Some(axis.steps(size)),
        }
    }

    /// What it is along the axis number `at`: a single tap, and nothing around, along all others.
    pub(crate) fn along(&self, at: usize) -> Self {
        let only = |(index, axis): (usize, &Axis)| {
            if index == at { *axis } else { Axis { kernel: 1, stride: 1, dilation: 1 } }
        };
        let mut padding = self.padding.clone();
        if let Padding::Explicit(pads) = &mut padding {
            pads.iter_mut().enumerate().filter(|(index, _)| *index != at).for_each(|(_, pad)| *pad = [0, 0]);
        }
        Self { axes: self.axes.iter().enumerate().map(only).collect(), padding }
    }

    /// The attributes that say so: the size, the strides, the dilations and the padding.
    pub(crate) fn attributes(&self) -> [AttributeProto; 4] {
        let of = |name: &str, part: fn(&Axis) -> usize| {
            new_ints(name, &self.axes.iter().map(|axis| part(axis) as i64).collect::<Vec<_>>())
        };
        let padding = match &self.padding {
            Padding::Explicit(pads) => new_pads(pads),
            Padding::Valid => new_text("auto_pad", "VALID"),
            Padding::SameUpper => new_text("auto_pad", "SAME_UPPER"),
            Padding::SameLower => new_text("auto_pad", "SAME_LOWER"),
        };
        [
            of("kernel_shape", |axis| axis.kernel),
            of("strides", |axis| axis.stride),
            of("dilations", |axis| axis.dilation),
            padding,
        ]
    }
}

/// The attribute that lays `pads` around, all fronts first.
pub(crate) fn new_pads(pads: &[[usize; 2]]) -> AttributeProto {
    let side = |side: usize| pads.iter().map(move |pad| pad[side] as i64);
    new_ints("pads", &side(0).chain(side(1)).collect::<Vec<_>>())
}

const UNFIT: &str = "its attributes do not fit its axes";

/// The sizes that attribute `name` lists.
fn sizes(node: &NodeProto, name: &str, default: Vec<usize>) -> Result<Vec<usize>, String> {
    let stated = ints(node, name, &[]);
    if stated.is_empty() {
        return Ok(default);
    }
    let sizes: Option<_> = stated.iter().map(|size| usize::try_from(*size).ok()).collect();
    sizes.ok_or_else(|| UNFIT.into())
}

#[cfg(test)]
mod tests {
    use super::super::{new_int, new_ints, new_text};
    use super::{AttributeProto, Axis, NodeProto, Padding, Window};

    fn window(kernel: &[usize], attribute: &[AttributeProto]) -> Result<Window, String> {
        Window::of(&NodeProto { attribute: attribute.to_vec(), ..NodeProto::default() }, kernel)
    }

    #[test]
    fn words_lay_as_much_as_every_step_needs() {
        let strides = new_ints("strides", &[2, 3]);
        let of = |word| window(&[3, 2], &[strides.clone(), new_text("auto_pad", word)]).unwrap();
        // Along 6: 3 places of 3 reach over 7. Along 7: 3 places of 2 reach over 8.
        let (upper, lower, valid) = (of("SAME_UPPER"), of("SAME_LOWER"), of("VALID"));
        assert_eq!((upper.pads(&[6, 7]), upper.output(&[6, 7])), (vec![[0, 1], [0, 1]], Some(vec![3, 3])));
        assert_eq!((lower.pads(&[6, 7]), lower.output(&[6, 7])), (vec![[1, 0], [1, 0]], Some(vec![3, 3])));
        assert_eq!((valid.pads(&[6, 7]), valid.output(&[6, 7])), (vec![[0, 0]; 2], Some(vec![2, 2])));
        assert_eq!((valid.output(&[2, 7]), valid.output(&[6])), (None, None));
        assert!(upper.padding.is_same() && !valid.padding.is_same());
    }

    #[test]
    fn numbers_lay_what_they_say() {
        let pads = [new_ints("pads", &[1, 2]), new_ints("dilations", &[2]), new_text("auto_pad", "NOTSET")];
        let window = window(&[3], &pads).unwrap();
        assert_eq!((window.pads(&[4]), window.output(&[4])), (vec![[1, 2]], Some(vec![3])));
        assert_eq!(window.attributes()[3], new_ints("pads", &[1, 2]));
    }

    #[test]
    fn one_axis_keeps_its_own() {
        let both = [new_ints("pads", &[1, 2, 3, 4]), new_ints("strides", &[2, 3])];
        let [kernel, strides, dilations, pads] = window(&[3, 5], &both).unwrap().along(1).attributes();
        assert_eq!((kernel.ints, strides.ints, dilations.ints), (vec![1, 5], vec![1, 3], vec![1, 1]));
        assert_eq!(pads, new_ints("pads", &[0, 2, 0, 4]));
    }

    #[test]
    fn what_is_no_window_is_told() {
        let unfit = Err("its attributes do not fit its axes".to_owned());
        for wrong in [("strides", &[0, 1][..]), ("strides", &[1]), ("dilations", &[-1, 1]), ("pads", &[1, 1])]
        {
            assert_eq!(window(&[3, 3], &[new_ints(wrong.0, wrong.1)]), unfit, "{wrong:?}");
        }
        assert_eq!(window(&[3, 0], &[]), unfit);
        let word = |word| window(&[3], &[new_text("auto_pad", word)]);
        assert_eq!(word("SAME"), Err("its padding 'SAME' is not known".into()));
        assert_eq!(window(&[3], &[new_int("auto_pad", 1)]), Err("its padding cannot be read".into()));
    }

    #[test]
    fn windows_may_leave_elements_out() {
        let axis = Axis { kernel: 1, stride: 3, dilation: 1 };
        assert_eq!((axis.excess(6, axis.steps(6)), axis.fitting(6), axis.fitting(0)), (-2, Some(2), None));
        let far = Axis { kernel: usize::MAX, stride: usize::MAX, dilation: usize::MAX };
        assert_eq!(far.excess(1, usize::MAX), i64::MAX - 1);
        assert_eq!(Padding::SameLower.halves(3), [2, 1]);
    }
}

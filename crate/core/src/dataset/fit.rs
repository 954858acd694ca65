//! How a stored sample becomes one of the model's input: axes in its order, colours, scale and offset.

use super::arrangement::{Arrangement, is_colours};
use super::axes::{Order, is_regrouped, squeezed};
use super::preprocessing::{Colour, Layout, Preprocessing};
use super::{DatasetError, Raw, Scaling, error};

/// All that is done to a stored sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The order of axes.
    pub order: Order,
    /// Which colours the model reads.
    pub colour: Colour,
    /// Scale and offset.
    pub scaling: Scaling,
}

impl Raw {
    /// The order of axes that is possible, the likeliest first.
    ///
    /// # Errors
    /// Samples of another size than the model reads, or with axes that cannot be its own.
    pub fn orders(
        &self,
        name: &str,
        shape: &[usize],
        options: &Preprocessing,
    ) -> Result<Vec<Order>, DatasetError> {
        let (own, size) = (self.each(), shape.iter().product::<usize>());
        let stored = self.shape.get(1..).unwrap_or_default();
        let differs = |what: &str| {
            let reason = format!(
                "a sample has {own} values (shape {stored:?}), the model's input needs {size} (shape {shape:?}){what}"
            );
            error(name, reason)
        };
        if size == 0 || own != size && !self.is_recoloured(stored, shape, options.colour) {
            return Err(differs(""));
        }
        if own < size {
            return Ok(vec![Order::Same]);
        }
        // Colours are looked for as if the model read them.
        let coloured = match Arrangement::of_picture(shape) {
            Some(Arrangement { rows, columns, layout: Layout::Nhwc, .. }) => vec![rows, columns, 3],
            Some(Arrangement { rows, columns, .. }) => vec![3, rows, columns],
            None => shape.to_vec(),
        };
        let shape = if own > size { &coloured[..] } else { shape };
        let found = Order::possible(stored, shape, options.layout);
        if options.layout.is_none() && found == [Order::Same] && !is_regrouped(stored, shape) {
            return Err(differs(": its axes are in another order; turn them, or give samples of one axis"));
        }
        Ok(found)
    }

    /// Whether samples are pictures of three colours for a model that reads one, or of one for a model that
    /// reads three. Three signals are no colours: a picture has two more axes and no negative brightness.
    fn is_recoloured(&self, stored: &[usize], shape: &[usize], said: Option<Colour>) -> bool {
        let (own, size) = (self.each(), shape.iter().product::<usize>());
        let plane = |sizes: &[usize]| match *sizes {
            [rows, columns, 3] | [3, rows, columns] => Some([rows, columns]),
            _ => None,
        };
        let (from, to) = (squeezed(stored), squeezed(shape));
        if own == 3 * size {
            let bright = said == Some(Colour::Grey) || self.values.iter().all(|value| *value >= 0.0);
            let fits = |[rows, columns]: [usize; 2]| to == [rows, columns] || to == [rows * columns];
            return bright && plane(&from).is_some_and(fits);
        }
        let fits = |[rows, columns]: [usize; 2]| {
            from == [rows, columns] || rows == columns && from == [rows * columns]
        };
        own * 3 == size && plane(&to).is_some_and(fits)
    }

    /// Values of one sample.
    pub fn each(&self) -> usize {
        self.values.len().checked_div(self.len()).unwrap_or(0)
    }

    /// The samples at `indices` as a model with an input of `shape` reads them.
    ///
    /// # Errors
    /// Scales or offsets that fit no axis.
    pub fn fit(
        &self,
        name: &str,
        shape: &[usize],
        reading: &Reading,
        indices: impl Iterator<Item = usize>,
    ) -> Result<Vec<f32>, DatasetError> {
        let (each, size) = (self.each(), shape.iter().product::<usize>());
        let channel = channels(shape, reading.scaling.scale.len()).ok_or_else(|| {
            let count = reading.scaling.scale.len();
            error(
                name,
                format!(
                    "{count} scales fit no axis of the model's input {shape:?}: give one, or one per channel"
                ),
            )
        })?;
        let plan = Plan::new(shape, each, reading);
        let mut out = Vec::with_capacity(indices.size_hint().0 * size);
        for index in indices {
            let Some(sample) = self.values.get(index * each..(index + 1) * each) else { continue };
            let from = out.len();
            plan.add(sample, &mut out);
            if reading.scaling == Scaling::identity() {
                continue;
            }
            for (position, value) in out.iter_mut().skip(from).enumerate() {
                let at = channel(position);
                let of = |list: &[f32], other: f32| list.get(at).copied().unwrap_or(other);
                *value = *value * of(&reading.scaling.scale, 1.0) + of(&reading.scaling.offset, 0.0);
            }
        }
        Ok(out)
    }
}

/// The axis of a sample that has a scale of its own for each of `count` places: the channels, else the
/// first axis of that size, else the last, else every value.
fn channels(shape: &[usize], count: usize) -> Option<impl Fn(usize) -> usize> {
    let size = shape.iter().product::<usize>();
    let model = Arrangement::of(shape);
    let inner = match (shape.first(), shape.last()) {
        _ if count == 1 => (usize::MAX, 1),
        _ if shape.len() == 3 && count == model.channels => match model.layout {
            Layout::Nchw => (size / count, count),
            Layout::Nhwc => (1, count),
        },
        (Some(first), _) if *first == count => (size / count, count),
        (_, Some(last)) if *last == count => (1, count),
        _ if count == size => (1, size),
        _ => return None,
    };
    Some(move |position: usize| position / inner.0 % inner.1.max(1))
}

/// The input as channels and places, where the order moves an axis that the shape alone does not give away
/// as that of the channels.
fn moved(shape: &[usize], order: Order) -> Option<Arrangement> {
    let sizes = squeezed(shape);
    let (channels, layout) = match (order, Arrangement::of(shape).layout) {
        (Order::ToFirst, Layout::Nhwc) => (*sizes.first()?, Layout::Nchw),
        (Order::ToLast, Layout::Nchw) => (*sizes.last()?, Layout::Nhwc),
        _ => return None,
    };
    let columns = shape.iter().product::<usize>().checked_div(channels)?;
    Some(Arrangement { channels, rows: 1, columns, layout })
}

/// How one sample is read, worked out once.
struct Plan {
    model: Arrangement,
    /// Stored channels, and whether they come last.
    stored: (usize, bool),
    colour: Colour,
    is_plain: bool,
}

impl Plan {
    fn new(shape: &[usize], each: usize, reading: &Reading) -> Self {
        let model = match Arrangement::of(shape) {
            // A flat input or a plane has no channels that could lie elsewhere.
            model if shape.len() == 1 => {
                Arrangement::of_picture(shape).filter(|p| p.channels == 3).unwrap_or(model)
            }
            model if each == shape.iter().product::<usize>() => moved(shape, reading.order).unwrap_or(model),
            model => Arrangement::of_picture(shape).unwrap_or(model),
        };
        let area = (model.rows * model.columns).max(1);
        let channels = (each / area).max(1);
        let last = match reading.order {
            Order::Same => model.layout == Layout::Nhwc,
            Order::ToFirst => true,
            Order::ToLast => false,
        };
        let same_colour = reading.colour == Colour::Rgb || !is_colours(channels);
        let is_plain = reading.order == Order::Same && same_colour && channels == model.channels
            || channels == 1 && model.channels == 1;
        Self { model, stored: (channels, last), colour: reading.colour, is_plain }
    }

    /// Appends `sample` in the model's order and colours.
    fn add(&self, sample: &[f32], out: &mut Vec<f32>) {
        if self.is_plain {
            out.extend_from_slice(sample);
            return;
        }
        let (channels, last) = self.stored;
        let area = self.model.rows * self.model.columns;
        let get = |channel: usize, place: usize| {
            let at = if last { place * channels + channel } else { channel * area + place };
            sample.get(at).copied().unwrap_or(0.0)
        };
        let grey = |place: usize| match channels {
            3 | 4 => 0.299 * get(0, place) + 0.587 * get(1, place) + 0.114 * get(2, place),
            _ => get(0, place),
        };
        for position in 0..area * self.model.channels {
            let channel = self.model.channel_of(position);
            let place = match self.model.layout {
                Layout::Nchw => position % area.max(1),
                Layout::Nhwc => position / self.model.channels.max(1),
            };
            let pictured = is_colours(channels) && is_colours(self.model.channels);
            out.push(match self.colour {
                Colour::Grey if pictured => grey(place),
                _ if pictured && channels != self.model.channels => {
                    if channels == 1 || self.model.channels == 1 { grey(place) } else { get(channel, place) }
                }
                Colour::Bgr if pictured && channels >= 3 && channel < 3 => get(2 - channel, place),
                _ => get(channel, place),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrangement, Colour, Order, Preprocessing, Raw, Reading, Scaling};
    use sepal_data::element::Element;

    fn reading(order: Order, colour: Colour) -> Reading {
        Reading { order, colour, scaling: Scaling::identity() }
    }

    fn raw(shape: &[usize]) -> Raw {
        let count: usize = shape.iter().product();
        Raw::new((0..count).map(|v| v as f32).collect(), shape.to_vec(), Element::Byte)
    }

    #[test]
    fn only_pictures_change_their_colours() {
        let check = |stored: &[usize], shape: &[usize], least: f32| {
            let mut samples = raw(&[&[2], stored].concat());
            samples.values[0] = least;
            samples.orders("d", shape, &Preprocessing::default()).is_ok()
        };
        let cases: [(&[usize], &[usize], bool); 10] = [
            (&[3, 16], &[1, 16], false),
            (&[16, 3], &[1, 16], false),
            (&[16], &[3, 16], false),
            (&[3, 1, 16], &[1, 1, 16], false),
            (&[8, 9, 3], &[1, 8, 9], true),
            (&[3, 8, 9], &[8, 9, 1], true),
            (&[8, 8, 3], &[64], true),
            (&[8, 9], &[3, 8, 9], true),
            (&[64], &[3, 8, 8], true),
            (&[192], &[1, 8, 8], false),
        ];
        for (stored, shape, is_picture) in cases {
            assert_eq!(check(stored, shape, 0.0), is_picture, "{stored:?} {shape:?}");
        }
        assert!(!check(&[3, 8, 9], &[1, 8, 9], -1.0));
    }

    #[test]
    fn colours_are_found_wherever_they_lie() {
        // Two pixels of red, green, blue: by pixels, and by colours.
        let grey = |stored: &[usize], shape: &[usize]| {
            let mut picture = raw(&[&[1], stored].concat());
            if stored.first() == Some(&3) {
                picture.values = vec![0.0, 3.0, 6.0, 9.0, 1.0, 4.0, 7.0, 10.0, 2.0, 5.0, 8.0, 11.0];
            }
            let order = picture.orders("d", shape, &Preprocessing::default()).unwrap()[0];
            picture.fit("d", shape, &reading(order, Colour::Rgb), 0..1).unwrap()
        };
        for stored in [[2, 2, 3], [3, 2, 2]] {
            for shape in [&[1, 2, 2][..], &[2, 2, 1], &[4], &[2, 2]] {
                let found = grey(&stored, shape);
                let expected = [0.815, 3.815, 6.815, 9.815];
                let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4);
                assert!(close && found.len() == 4, "{stored:?} {shape:?} {found:?}");
            }
        }
    }

    #[test]
    fn axes_in_another_order_are_refused() {
        let check = |stored: &[usize], shape: &[usize]| {
            let found = raw(&[&[2], stored].concat()).orders("d", shape, &Preprocessing::default());
            found.map_err(|error| error.to_string())
        };
        for (stored, shape) in
            [(&[2, 16][..], &[4, 8][..]), (&[14, 56], &[1, 28, 28]), (&[4, 6, 5], &[5, 6, 4])]
        {
            let error = check(stored, shape).unwrap_err();
            assert!(error.contains("in another order"), "{error}");
        }
        for (stored, shape) in [(&[12, 9][..], &[12, 3, 3][..]), (&[28, 28, 1], &[784]), (&[8, 4], &[4, 8])] {
            assert!(check(stored, shape).is_ok(), "{stored:?} {shape:?}");
        }
    }

    #[test]
    fn axes_and_colours_are_exchanged() {
        // Two pixels, red green blue.
        let pixels = raw(&[1, 1, 2, 3]);
        let cases = [
            (vec![3, 1, 2], Order::ToFirst, Colour::Rgb, vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
            (vec![3, 1, 2], Order::ToFirst, Colour::Bgr, vec![2.0, 5.0, 1.0, 4.0, 0.0, 3.0]),
            (vec![5, 2, 3], Order::Same, Colour::Rgb, vec![]),
            (vec![1, 1, 2], Order::ToFirst, Colour::Rgb, vec![0.815, 3.815]),
        ];
        for (shape, order, colour, expected) in cases.into_iter().filter(|case| !case.3.is_empty()) {
            let found = pixels.fit("d", &shape, &reading(order, colour), 0..1).unwrap();
            let close = found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(close && found.len() == expected.len(), "{found:?} {expected:?}");
        }
        let signal = raw(&[1, 2, 1, 3]);
        let found = signal.fit("d", &[1, 3, 2], &reading(Order::ToLast, Colour::Rgb), 0..1).unwrap();
        assert_eq!(found, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        let grey = raw(&[1, 2, 1]);
        let found = grey.fit("d", &[3, 2, 1], &reading(Order::Same, Colour::Rgb), 0..1).unwrap();
        assert_eq!(found, [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn scales_apply_per_channel_of_the_model() {
        let scaling = Scaling { scale: vec![1.0, 10.0, 100.0], offset: vec![0.0, 0.0, 1.0], stated: false };
        let first = Reading { scaling, ..reading(Order::ToFirst, Colour::Rgb) };
        let found = raw(&[1, 1, 2, 3]).fit("d", &[3, 1, 2], &first, 0..1).unwrap();
        assert_eq!(found, [0.0, 3.0, 10.0, 40.0, 201.0, 501.0]);
        let last = Reading { order: Order::Same, ..first };
        let found = raw(&[1, 8, 1, 3]).fit("d", &[8, 1, 3], &last, 0..1).unwrap();
        assert_eq!(found[..6], [0.0, 10.0, 201.0, 3.0, 40.0, 501.0]);
        assert!(
            raw(&[1, 4])
                .fit("d", &[4], &last, 0..1)
                .unwrap_err()
                .to_string()
                .contains("3 scales fit no axis")
        );
    }

    #[test]
    fn pictures_fit_planes_squares_and_colours() {
        type Case<'a> = (&'a [usize], Option<(usize, usize, usize)>);
        let cases: [Case; 6] = [
            (&[3, 32, 32], Some((3, 32, 32))),
            (&[96, 96, 3], Some((3, 96, 96))),
            (&[28, 28], Some((1, 28, 28))),
            (&[784], Some((1, 28, 28))),
            (&[3072], Some((3, 32, 32))),
            (&[6, 1, 128], None),
        ];
        for (shape, expected) in cases {
            let found = Arrangement::of_picture(shape).map(|a| (a.channels, a.rows, a.columns));
            assert_eq!(found, expected, "{shape:?}");
        }
    }
}

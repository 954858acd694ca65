//! Where channels, rows and columns lie in a model's input, told by its shape.

use super::preprocessing::Layout;

/// Where the parts of a sample lie in a model's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// Channels.
    pub channels: usize,
    /// Rows; a signal has one.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Whether the channels come first or last.
    pub layout: Layout,
}

/// Whether a number of channels is that of a picture.
pub(crate) fn is_colours(size: usize) -> bool {
    matches!(size, 1 | 3 | 4)
}

impl Arrangement {
    /// Of an input of `shape`, for one sample.
    pub fn of(shape: &[usize]) -> Self {
        let (channels, rows, columns, layout) = match *shape {
            [rows, columns, channels] if is_colours(channels) && !is_colours(rows) => {
                (channels, rows, columns, Layout::Nhwc)
            }
            [channels, rows, columns] => (channels, rows, columns, Layout::Nchw),
            [channels, columns] => (channels, 1, columns, Layout::Nchw),
            _ => (1, 1, shape.iter().product(), Layout::Nchw),
        };
        Self { channels, rows, columns, layout }
    }

    /// Of an input that can hold a picture: three axes with 1 or 3 channels, two, or a square in one.
    pub fn of_picture(shape: &[usize]) -> Option<Self> {
        let own = Self::of(shape);
        let grey = |rows, columns| Self { channels: 1, rows, columns, layout: Layout::Nchw };
        match *shape {
            [_, _, _] if own.channels == 1 || own.channels == 3 => Some(own),
            [rows, columns] => Some(grey(rows, columns)),
            [all] => {
                let side = |area: usize| Some(area.isqrt()).filter(|side| side * side == area && area > 1);
                let colours = (all % 3 == 0).then(|| side(all / 3)).flatten();
                side(all)
                    .map(|side| grey(side, side))
                    .or(colours.map(|side| Self { channels: 3, ..grey(side, side) }))
            }
            _ => None,
        }
    }

    /// Of a value of the model's input: its channel.
    pub(crate) fn channel_of(self, position: usize) -> usize {
        match self.layout {
            Layout::Nchw => position / (self.rows * self.columns).max(1),
            Layout::Nhwc => position % self.channels.max(1),
        }
    }

    /// The value of `sample` (in the model's order) at a channel and a place in its plane.
    pub fn at(self, sample: &[f32], channel: usize, place: usize) -> f32 {
        let position = match self.layout {
            Layout::Nchw => channel * self.rows * self.columns + place,
            Layout::Nhwc => place * self.channels + channel,
        };
        sample.get(position).copied().unwrap_or(0.0)
    }
}

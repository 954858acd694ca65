//! Parts of the arena: whether they lie inside, and whether they meet.

use super::{Bounds, require};
use crate::Error;
use crate::format::View;

/// The bytes of a tensor or of a scratch area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    start: u64,
    channels: u64,
    /// Bytes from channel to channel.
    plane: u64,
    rows: u64,
    /// Bytes from row to row.
    pitch: u64,
    /// Bytes of a row.
    row: u64,
}

impl Area {
    /// The area of a view, whose rules are those of section 2.2. Elements of four bytes are aligned.
    pub(crate) fn of(view: &View, is_float: bool, bounds: &Bounds) -> Result<Self, Error> {
        require(view.channels > 0 && view.height > 0 && view.width > 0, Error::View)?;
        let plane = (view.height as u64 - 1) * view.pitch as u64 + view.width as u64;
        require(view.pitch >= view.width && view.plane as u64 >= plane, Error::View)?;
        let bytes = if is_float { 4 } else { 1 };
        let area = Self {
            start: view.offset as u64,
            channels: view.channels as u64,
            plane: bytes * view.plane as u64,
            rows: view.height as u64,
            pitch: bytes * view.pitch as u64,
            row: bytes * view.width as u64,
        };
        require(area.start.is_multiple_of(bytes), Error::View)?;
        area.inside(bounds)
    }

    /// `len` bytes, aligned to `alignment`.
    pub(crate) fn line(start: usize, len: u64, alignment: u64, bounds: &Bounds) -> Result<Self, Error> {
        let start = start as u64;
        require(start.is_multiple_of(alignment), Error::View)?;
        Self { start, channels: 1, plane: len, rows: 1, pitch: len, row: len }.inside(bounds)
    }

    fn inside(self, bounds: &Bounds) -> Result<Self, Error> {
        require(self.end() <= bounds.arena, Error::View)?;
        Ok(self)
    }

    fn end(&self) -> u64 {
        self.start + (self.channels - 1) * self.plane + (self.rows - 1) * self.pitch + self.row
    }

    /// Start and end of each row, in rising order.
    fn spans(self) -> impl Iterator<Item = (u64, u64)> {
        (0..self.channels).flat_map(move |channel| {
            (0..self.rows).map(move |row| {
                let start = self.start + channel * self.plane + row * self.pitch;
                (start, start + self.row)
            })
        })
    }

    /// Refuses areas that have a byte in common. Rows of one may lie between rows of the other.
    pub(crate) fn apart(&self, other: &Self) -> Result<(), Error> {
        if self.end() <= other.start || other.end() <= self.start {
            return Ok(());
        }
        let (mut ours, mut theirs) = (self.spans(), other.spans());
        let (mut a, mut b) = (ours.next(), theirs.next());
        while let (Some(left), Some(right)) = (a, b) {
            if left.1 <= right.0 {
                a = ours.next();
            } else if right.1 <= left.0 {
                b = theirs.next();
            } else {
                return Err(Error::Overlap);
            }
        }
        Ok(())
    }

    /// As [`apart`](Self::apart), but both may be the very same area.
    pub(crate) fn apart_or_same(&self, other: &Self) -> Result<(), Error> {
        if self == other { Ok(()) } else { self.apart(other) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Area, Bounds};
    use crate::Error;
    use crate::format::View;

    const BOUNDS: Bounds = Bounds { file: 0, arrays: 0, arena: 64 };

    fn area(offset: usize, width: usize, pitch: usize) -> Result<Area, Error> {
        let view = View { offset, channels: 2, height: 2, width, pitch, plane: 16 };
        Area::of(&view, false, &BOUNDS)
    }

    #[test]
    fn rows_between_rows_are_apart() -> Result<(), Error> {
        let left = area(0, 3, 8)?;
        assert_eq!(left.apart(&area(3, 5, 8)?), Ok(()));
        assert_eq!(left.apart(&area(2, 5, 8)?), Err(Error::Overlap));
        assert_eq!(left.apart(&left), Err(Error::Overlap));
        assert_eq!(left.apart_or_same(&left), Ok(()));
        assert_eq!(left.apart(&area(32, 3, 8)?), Ok(()));
        Ok(())
    }

    #[test]
    fn views_outside_their_rules_are_refused() {
        assert_eq!(area(37, 3, 8).err(), None);
        for (offset, width, pitch) in [(38, 3, 8), (0, 9, 8), (0, 0, 8), (0, 8, 9)] {
            assert_eq!(area(offset, width, pitch), Err(Error::View), "{offset} {width} {pitch}");
        }
    }
}

//! One convolution over some rows of its output: CONV is one pass, PAIR makes many.

use super::Number;
use super::lanes::{Accumulate, LANES, VECTORS, Values};
use crate::format::{Filter, Matrix, u16_at};
use crate::weights::{Panel, Visit};
use core::num::NonZeroUsize;

/// Where inputs are. Byte offsets from the start of the arena; all other numbers count elements.
pub(crate) struct Source {
    /// Byte offset of what column 0 of group 0 reads for the first pixel.
    pub(crate) at: usize,
    /// From one output row to the next.
    pub(crate) row: usize,
    /// From one output column to the next.
    pub(crate) step: usize,
    /// From one group of channels to the next.
    pub(crate) group: usize,
}

/// Where outputs are.
pub(crate) struct Target {
    /// Byte offset of the first pixel of channel 0.
    pub(crate) at: usize,
    /// Elements from one row to the next.
    pub(crate) pitch: usize,
    /// Elements from one channel to the next.
    pub(crate) plane: usize,
}

/// The product of a matrix with the windows of `height` x `width` pixels.
pub(crate) struct Pass<'a> {
    pub(crate) arena: &'a mut [u8],
    pub(crate) matrix: &'a Matrix<'a>,
    pub(crate) groups: NonZeroUsize,
    /// Byte offset of the scratch, which begins with the columns' offsets as [`write_offsets`] leaves them.
    pub(crate) scratch: usize,
    pub(crate) source: Source,
    pub(crate) target: Target,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

/// Writes the offset of each column, in elements, into the scratch: `channels * area` of u16.
/// `row` gives the offset of a filter's row.
pub(crate) fn write_offsets(
    arena: &mut [u8],
    scratch: usize,
    filter: &Filter,
    (channels, plane): (usize, usize),
    row: impl Fn(usize) -> usize,
) {
    let count = channels * filter.height * filter.width;
    let table = arena.get_mut(scratch..scratch + 2 * count).unwrap_or_default();
    let mut entries = table.as_chunks_mut::<2>().0.iter_mut();
    for channel in 0..channels {
        for y in 0..filter.height {
            let start = channel * plane + row(y);
            for (x, entry) in (0..filter.width).zip(&mut entries) {
                *entry = ((start + x * filter.dilation_x) as u16).to_le_bytes();
            }
        }
    }
}

impl Visit for Pass<'_> {
    fn rows_together(&self) -> usize {
        self.matrix.rows / self.groups
    }

    fn panel<N: Number, const P: usize, W: Panel<N, P>>(&mut self, row: usize, panel: &W) {
        self.pixels(row, &Columns { panel, offsets: self.scratch, count: self.matrix.cols });
    }

    /// Decodes the row into the scratch, once for all pixels.
    fn row(&mut self, row: usize, weights: impl Iterator<Item = (usize, i8)>) {
        let taps = self.unpack(weights);
        self.pixels(row, &taps);
    }
}

/// The weights of `P` neighbouring rows by where their inputs are.
trait Taps<N, const P: usize> {
    /// Gives the offset of each input, in elements, with its weights.
    fn walk(&self, arena: &[u8], each: impl FnMut(usize, [N; P]));
}

/// `count` offsets of columns or inputs at a byte offset.
fn offsets_at(arena: &[u8], at: usize, count: usize) -> &[[u8; 2]] {
    arena.get(at..at + 2 * count).unwrap_or_default().as_chunks().0
}

/// A panel, whose columns are looked up.
struct Columns<'a, W> {
    panel: &'a W,
    offsets: usize,
    count: usize,
}

impl<N, const P: usize, W: Panel<N, P>> Taps<N, P> for Columns<'_, W> {
    #[inline]
    fn walk(&self, arena: &[u8], mut each: impl FnMut(usize, [N; P])) {
        let offsets = offsets_at(arena, self.offsets, self.count);
        self.panel.walk(|column, weights| {
            let offset = offsets.get(column).map_or(0, |&entry| u16::from_le_bytes(entry));
            each(offset.into(), weights);
        });
    }
}

/// A row that lies unpacked in the scratch: byte offsets of its offsets and its values.
struct Unpacked {
    offsets: usize,
    values: usize,
    count: usize,
}

impl Taps<i8, 1> for Unpacked {
    #[inline]
    fn walk(&self, arena: &[u8], mut each: impl FnMut(usize, [i8; 1])) {
        let offsets = offsets_at(arena, self.offsets, self.count);
        let values = arena.get(self.values..self.values + self.count).unwrap_or_default();
        for (&offset, &value) in offsets.iter().zip(values) {
            each(u16::from_le_bytes(offset).into(), [value.cast_signed()]);
        }
    }
}

/// One panel's share of a pass.
struct Work<'a, N: Number, const P: usize, T> {
    first: usize,
    source: usize,
    rows: [N::Row; P],
    taps: &'a T,
    number: core::marker::PhantomData<N>,
}

impl<N: Number, const P: usize, T: Taps<N, P>> Work<'_, N, P, T> {
    /// The sums of all rows for the pixels whose inputs `load` gives, by byte offset.
    #[inline]
    fn sums(&self, arena: &[u8], load: impl Fn(usize) -> N::Values) -> [[N::Sum; LANES]; P] {
        let mut sums = self.rows.map(|row| N::Sums::splat(N::start(&row)));
        self.taps.walk(arena, |offset, weights| {
            let values = load(N::BYTES * offset);
            for (sums, weight) in sums.iter_mut().zip(weights) {
                *sums = sums.add_products(weight, values);
            }
        });
        sums.map(N::Sums::each)
    }
}

impl Pass<'_> {
    /// Writes a row's offsets and values behind the columns' offsets. Where all columns are stored, theirs
    /// are the row's.
    fn unpack(&mut self, weights: impl Iterator<Item = (usize, i8)>) -> Unpacked {
        let parts = self.matrix.scratch();
        let mut row =
            Unpacked { offsets: self.scratch + parts.offsets, values: self.scratch + parts.values, count: 0 };
        for (column, weight) in weights {
            if parts.offsets > 0 {
                let offset = u16_at(self.arena, self.scratch + 2 * column).to_le_bytes();
                let place = row.offsets + 2 * row.count;
                if let Some(chunk) = self.arena.get_mut(place..).and_then(<[u8]>::first_chunk_mut) {
                    *chunk = offset;
                }
            }
            weight.put(self.arena, row.values + row.count);
            row.count += 1;
        }
        row
    }

    /// All pixels of some rows.
    fn pixels<N: Number, const P: usize, T: Taps<N, P>>(&mut self, row: usize, taps: &T) {
        let group = row / self.rows_together().max(1);
        let source = self.source.at + N::BYTES * group * self.source.group;
        let rows = core::array::from_fn(|p| N::row(self.matrix, row + p));
        let work = Work { first: row, source, rows, taps, number: core::marker::PhantomData };
        if VECTORS && self.source.step == 1 && self.width >= LANES {
            self.neighbours(&work);
        } else {
            self.scattered(&work);
        }
    }

    /// Pixels that lie side by side, as their inputs do. The last of a row are reached by going
    /// back from its end, and some are computed twice.
    fn neighbours<N: Number, const P: usize, T: Taps<N, P>>(&mut self, work: &Work<'_, N, P, T>) {
        for y in 0..self.height {
            for x in (0..self.width).step_by(LANES) {
                let x = x.min(self.width - LANES);
                let source = work.source + N::BYTES * (y * self.source.row + x);
                let sums = work.sums(self.arena, |offset| N::Values::load(self.arena, source + offset));
                self.store(work, &sums, LANES, |lane| (y, x + lane));
            }
        }
    }

    /// Pixels one after the other over the ends of rows. Lanes behind the last pixel compute something
    /// that is not stored.
    fn scattered<N: Number, const P: usize, T: Taps<N, P>>(&mut self, work: &Work<'_, N, P, T>) {
        let count = self.height * self.width;
        let mut next = (0, 0);
        for first in (0..count).step_by(LANES) {
            let places: [(usize, usize); LANES] = core::array::from_fn(|_| {
                let (y, x) = next;
                next = if x + 1 < self.width { (y, x + 1) } else { (y + 1, 0) };
                (y, x)
            });
            let sources =
                places.map(|(y, x)| work.source + N::BYTES * (y * self.source.row + x * self.source.step));
            let sums = work
                .sums(self.arena, |offset| N::Values::new(sources.map(|at| N::get(self.arena, at + offset))));
            self.store(work, &sums, count - first, |lane| places[lane]);
        }
    }

    /// Finishes and writes the first `count` pixels of each row that the matrix has.
    #[inline]
    fn store<N: Number, const P: usize, T>(
        &mut self,
        work: &Work<'_, N, P, T>,
        sums: &[[N::Sum; LANES]; P],
        count: usize,
        place: impl Fn(usize) -> (usize, usize),
    ) {
        let present = self.matrix.rows - work.first;
        for (p, (row, sums)) in work.rows.iter().zip(sums).take(present).enumerate() {
            for (lane, &sum) in sums.iter().take(count).enumerate() {
                let (y, x) = place(lane);
                let index = (work.first + p) * self.target.plane + y * self.target.pitch + x;
                N::finish(row, sum).put(self.arena, self.target.at + N::BYTES * index);
            }
        }
    }
}

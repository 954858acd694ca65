//! One convolution over some rows of its output: CONV is one pass, PAIR makes many.

use super::Number;
use super::lanes::{Accumulate, LANES, VECTORS, Values};
use crate::format::{Filter, Matrix};
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
    /// Byte offset of the columns' offsets in the arena, as [`write_offsets`] leaves them.
    pub(crate) offsets: usize,
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
        let group = row / self.rows_together().max(1);
        let source = self.source.at + N::BYTES * group * self.source.group;
        let rows = core::array::from_fn(|p| N::row(self.matrix, row + p));
        let work = Work { first: row, source, rows, panel, number: core::marker::PhantomData };
        if VECTORS && self.source.step == 1 && self.width >= LANES {
            self.neighbours(&work);
        } else {
            self.scattered(&work);
        }
    }
}

/// One panel's share of a pass.
struct Work<'a, N: Number, const P: usize, W> {
    first: usize,
    source: usize,
    rows: [N::Row; P],
    panel: &'a W,
    number: core::marker::PhantomData<N>,
}

impl<N: Number, const P: usize, W: Panel<N, P>> Work<'_, N, P, W> {
    /// The sums of all rows for the pixels whose inputs `load` gives, by byte offset.
    #[inline]
    fn sums(&self, offsets: &[[u8; 2]], load: impl Fn(usize) -> N::Values) -> [[N::Sum; LANES]; P] {
        let mut sums = self.rows.map(|row| N::Sums::splat(N::start(&row)));
        self.panel.walk(|column, weights| {
            let offset = offsets.get(column).map_or(0, |&entry| u16::from_le_bytes(entry));
            let values = load(N::BYTES * usize::from(offset));
            for (sums, weight) in sums.iter_mut().zip(weights) {
                *sums = sums.add_products(weight, values);
            }
        });
        sums.map(N::Sums::each)
    }
}

impl Pass<'_> {
    fn offsets(&self) -> &[[u8; 2]] {
        let end = self.offsets + 2 * self.matrix.cols;
        self.arena.get(self.offsets..end).unwrap_or_default().as_chunks().0
    }

    /// Pixels that lie side by side, as their inputs do. The last of a row are reached by going
    /// back from its end, and some are computed twice.
    fn neighbours<N: Number, const P: usize, W: Panel<N, P>>(&mut self, work: &Work<'_, N, P, W>) {
        for y in 0..self.height {
            for x in (0..self.width).step_by(LANES) {
                let x = x.min(self.width - LANES);
                let source = work.source + N::BYTES * (y * self.source.row + x);
                let sums = work.sums(self.offsets(), |offset| N::Values::load(self.arena, source + offset));
                self.store(work, &sums, LANES, |lane| (y, x + lane));
            }
        }
    }

    /// Pixels one after the other over the ends of rows. Lanes behind the last pixel compute something
    /// that is not stored.
    fn scattered<N: Number, const P: usize, W: Panel<N, P>>(&mut self, work: &Work<'_, N, P, W>) {
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
            let sums = work.sums(self.offsets(), |offset| {
                N::Values::new(sources.map(|at| N::get(self.arena, at + offset)))
            });
            self.store(work, &sums, count - first, |lane| places[lane]);
        }
    }

    /// Finishes and writes the first `count` pixels of each row that the matrix has.
    #[inline]
    fn store<N: Number, const P: usize, W>(
        &mut self,
        work: &Work<'_, N, P, W>,
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

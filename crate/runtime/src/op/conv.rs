//! CONV: section 4.2. A convolution.

use super::{Head, Operator, ROWWISE};
use crate::Error;
use crate::check::{Area, Bounds, filter_agrees, offsets_fit, require, scratch};
use crate::format::{Cursor, Filter, Matrix, View};
use crate::kernel::{Pass, Source, Target, write_offsets};
use crate::weights::each_panel;

#[derive(Clone, Copy)]
pub(crate) struct Conv<'a> {
    input: View,
    output: View,
    matrix: Matrix<'a>,
    filter: Filter,
    scratch: usize,
}

impl<'a> Operator<'a> for Conv<'a> {
    const BYTES: usize = 72;
    const FLAGS: u8 = ROWWISE;

    fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        let format = head.weights(head.format)?;
        Ok(Self {
            input: View::read(cursor)?,
            output: View::read(cursor)?,
            matrix: Matrix::read(cursor, file, format, head.flags & ROWWISE != 0)?,
            filter: Filter::read(cursor)?,
            scratch: cursor.size32()?,
        })
    }

    fn is_float(&self) -> bool {
        self.matrix.format.is_float()
    }

    fn matrices(&self) -> &[Matrix<'a>] {
        core::slice::from_ref(&self.matrix)
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        let Self { matrix, filter, .. } = self;
        let input = Area::of(&self.input, self.is_float(), bounds)?;
        let output = Area::of(&self.output, self.is_float(), bounds)?;
        filter_agrees(filter, matrix, self.input.channels)?;
        let (height, width) = filter.output(self.input.height, self.input.width).ok_or(Error::Shape)?;
        require(self.output.shape() == (matrix.rows, height, width), Error::Shape)?;
        let row = (filter.span().0 - 1) as u64 * self.input.pitch as u64;
        offsets_fit(filter, self.input.channels, self.input.plane, row)?;
        let scratch = scratch(self.scratch, matrix, bounds)?;
        input.apart(&output)?;
        scratch.apart(&input)?;
        scratch.apart(&output)
    }

    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        let (input, output, filter) = (&self.input, &self.output, &self.filter);
        let channels = input.channels / filter.groups;
        write_offsets(arena, self.scratch, filter, (channels, input.plane), |y| {
            y * filter.dilation_y * input.pitch
        });
        let mut pass = Pass {
            arena,
            matrix: &self.matrix,
            groups: filter.groups,
            scratch: self.scratch,
            source: Source {
                at: input.offset,
                row: filter.stride_y.get() * input.pitch,
                step: filter.stride_x.get(),
                group: channels * input.plane,
            },
            target: Target { at: output.offset, pitch: output.pitch, plane: output.plane },
            height: output.height,
            width: output.width,
        };
        each_panel(&self.matrix, &mut pass)
    }
}

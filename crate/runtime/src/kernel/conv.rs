//! CONV.

use super::pass::{Pass, Source, Target, write_offsets};
use crate::Error;
use crate::format::Conv;
use crate::weights::each_panel;

pub(crate) fn conv(arena: &mut [u8], op: &Conv<'_>) -> Result<(), Error> {
    let (input, output, filter) = (&op.input, &op.output, &op.filter);
    let channels = input.channels / filter.groups;
    write_offsets(arena, op.scratch, filter, (channels, input.plane), |y| {
        y * filter.dilation_y * input.pitch
    });
    let mut pass = Pass {
        arena,
        matrix: &op.matrix,
        groups: filter.groups,
        offsets: op.scratch,
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
    each_panel(&op.matrix, &mut pass)
}

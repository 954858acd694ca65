//! FILL: section 4.9. All elements of one value.

use super::{Head, Operator};
use crate::Error;
use crate::check::{Area, Bounds};
use crate::format::{Cursor, View};
use crate::kernel::Number;

#[derive(Clone, Copy)]
pub(crate) struct Fill {
    is_float: bool,
    output: View,
    value: u32,
}

impl Operator<'_> for Fill {
    const BYTES: usize = 24;

    fn read(cursor: &mut Cursor<'_>, _: &[u8], head: &Head) -> Result<Self, Error> {
        head.plain()?;
        Ok(Self { is_float: head.is_float(), output: View::read(cursor)?, value: cursor.u32()? })
    }

    fn is_float(&self) -> bool {
        self.is_float
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        Area::of(&self.output, self.is_float, bounds).map(|_| ())
    }

    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        if self.is_float {
            set(arena, &self.output, f32::from_bits(self.value));
        } else {
            set(arena, &self.output, self.value as i8);
        }
        Ok(())
    }
}

fn set<N: Number>(arena: &mut [u8], view: &View, value: N) {
    for channel in 0..view.channels {
        for y in 0..view.height {
            let start = view.offset + N::BYTES * view.row(channel, y);
            for x in 0..view.width {
                value.put(arena, start + N::BYTES * x);
            }
        }
    }
}

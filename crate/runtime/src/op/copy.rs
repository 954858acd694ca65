//! COPY: section 4.9. The same elements elsewhere.

use super::{Head, Operator};
use crate::Error;
use crate::check::{Area, Bounds, same_shape};
use crate::format::{Cursor, View};
use crate::kernel::map;

#[derive(Clone, Copy)]
pub(crate) struct Copy {
    is_float: bool,
    input: View,
    output: View,
}

impl Operator<'_> for Copy {
    const BYTES: usize = 36;

    fn read(cursor: &mut Cursor<'_>, _: &[u8], head: &Head) -> Result<Self, Error> {
        head.plain()?;
        Ok(Self { is_float: head.is_float(), input: View::read(cursor)?, output: View::read(cursor)? })
    }

    fn is_float(&self) -> bool {
        self.is_float
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        same_shape(&self.input, &self.output)?;
        let input = Area::of(&self.input, self.is_float, bounds)?;
        input.apart(&Area::of(&self.output, self.is_float, bounds)?)
    }

    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        if self.is_float {
            map(arena, &self.input, &self.output, |x: f32| x);
        } else {
            map(arena, &self.input, &self.output, |q: i8| q);
        }
        Ok(())
    }
}

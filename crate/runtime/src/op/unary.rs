//! UNARY: section 4.7. A function of each element.

use super::{Head, Operator};
use crate::Error;
use crate::check::{Area, Bounds, array, same_shape};
use crate::format::{Cursor, View};
use crate::kernel::{Number, hard_swish, map, relu, relu6, sigmoid, tanh};

#[derive(Clone, Copy, Debug)]
enum Function {
    /// File offset of the table of an i8 op.
    Table(usize),
    Relu,
    Relu6,
    LeakyRelu(f32),
    Sigmoid,
    Tanh,
    HardSwish,
    Copy,
}

impl Function {
    fn read(cursor: &mut Cursor<'_>, head: &Head) -> Result<Self, Error> {
        if !head.is_float() {
            head.plain()?;
            return cursor.size32().map(Self::Table);
        }
        let parameter = cursor.f32()?;
        Ok(match head.format {
            0 => Self::Relu,
            1 => Self::Relu6,
            2 => Self::LeakyRelu(parameter),
            3 => Self::Sigmoid,
            4 => Self::Tanh,
            5 => Self::HardSwish,
            6 => Self::Copy,
            _ => return Err(Error::Unsupported),
        })
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Unary<'a> {
    file: &'a [u8],
    function: Function,
    input: View,
    output: View,
}

impl<'a> Operator<'a> for Unary<'a> {
    const BYTES: usize = 40;

    fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        let (input, output) = (View::read(cursor)?, View::read(cursor)?);
        Ok(Self { file, input, output, function: Function::read(cursor, head)? })
    }

    fn is_float(&self) -> bool {
        !matches!(self.function, Function::Table(_))
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        if let Function::Table(at) = self.function {
            array(at, 256, bounds)?;
        }
        same_shape(&self.input, &self.output)?;
        let input = Area::of(&self.input, self.is_float(), bounds)?;
        input.apart_or_same(&Area::of(&self.output, self.is_float(), bounds)?)
    }

    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        let (input, output) = (&self.input, &self.output);
        match self.function {
            Function::Table(at) => map(arena, input, output, |q: i8| {
                let index = (i32::from(q) + 128).cast_unsigned() as usize;
                i8::get(self.file, at + index)
            }),
            Function::Relu => map(arena, input, output, relu),
            Function::Relu6 => map(arena, input, output, relu6),
            Function::LeakyRelu(slope) => {
                map(arena, input, output, |x: f32| if x < 0.0 { slope * x } else { x });
            }
            Function::Sigmoid => map(arena, input, output, sigmoid),
            Function::Tanh => map(arena, input, output, tanh),
            Function::HardSwish => map(arena, input, output, hard_swish),
            Function::Copy => map(arena, input, output, |x: f32| x),
        }
        Ok(())
    }
}

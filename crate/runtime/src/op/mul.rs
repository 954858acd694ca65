//! MUL: section 4.6. The product of two tensors.

use super::{Head, Operator};
use crate::Error;
use crate::check::{Bounds, binary, require};
use crate::format::{Cursor, View};
use crate::kernel::{clamped, map2, requantise};

#[derive(Clone, Copy)]
pub(crate) struct Mul {
    is_float: bool,
    a: View,
    b: View,
    output: View,
    mult: u16,
    pre: u32,
    post: u32,
    zeros: [i8; 3],
}

impl Operator<'_> for Mul {
    const BYTES: usize = 60;

    fn read(cursor: &mut Cursor<'_>, _: &[u8], head: &Head) -> Result<Self, Error> {
        head.plain()?;
        let mul = Self {
            is_float: head.is_float(),
            a: View::read(cursor)?,
            b: View::read(cursor)?,
            output: View::read(cursor)?,
            mult: cursor.u16()?,
            pre: cursor.u8()?.into(),
            post: cursor.u8()?.into(),
            zeros: [cursor.i8()?, cursor.i8()?, cursor.i8()?],
        };
        cursor.reserved::<1>()?;
        Ok(mul)
    }

    fn is_float(&self) -> bool {
        self.is_float
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        if !self.is_float {
            let good = (1..=16).contains(&self.pre) && (1..=30).contains(&self.post);
            require(good && self.mult <= i16::MAX.cast_unsigned(), Error::Range)?;
        }
        binary([&self.a, &self.b, &self.output], self.is_float, bounds)
    }

    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        let [zero_a, zero_b, zero_out] = self.zeros;
        let views = [&self.a, &self.b, &self.output];
        if self.is_float {
            map2(arena, views, |a: f32, b: f32| a * b);
        } else {
            map2(arena, views, |a: i8, b: i8| {
                let product = (i32::from(a) - i32::from(zero_a)) * (i32::from(b) - i32::from(zero_b));
                let scaled = requantise(product, self.mult.into(), self.pre, self.post);
                clamped(scaled, zero_out, i8::MIN, i8::MAX)
            });
        }
        Ok(())
    }
}

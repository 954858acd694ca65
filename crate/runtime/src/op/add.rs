//! ADD: section 4.5. The sum or the difference of two tensors.

use super::{Head, Operator};
use crate::Error;
use crate::check::{Bounds, binary, require};
use crate::format::{Activation, Cursor, View};
use crate::kernel::{activate, clamped, half, map2};

/// Greatest multiplier.
const MOST_TERM: u32 = 1 << 21;

#[derive(Clone, Copy)]
pub(crate) struct Add {
    is_float: bool,
    a: View,
    b: View,
    output: View,
    mult_a: i32,
    mult_b: i32,
    shift: u32,
    zeros: [i8; 3],
    lo: i8,
    hi: i8,
    activation: Activation,
}

impl Operator<'_> for Add {
    const BYTES: usize = 68;

    fn read(cursor: &mut Cursor<'_>, _: &[u8], head: &Head) -> Result<Self, Error> {
        head.plain()?;
        Ok(Self {
            is_float: head.is_float(),
            a: View::read(cursor)?,
            b: View::read(cursor)?,
            output: View::read(cursor)?,
            mult_a: cursor.i32()?,
            mult_b: cursor.i32()?,
            shift: cursor.u8()?.into(),
            zeros: [cursor.i8()?, cursor.i8()?, cursor.i8()?],
            lo: cursor.i8()?,
            hi: cursor.i8()?,
            activation: Activation::read(cursor, head.is_float())?,
        })
    }

    fn is_float(&self) -> bool {
        self.is_float
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        if !self.is_float {
            let terms = [self.mult_a, self.mult_b].iter().all(|mult| mult.unsigned_abs() <= MOST_TERM);
            require(terms && (1..=30).contains(&self.shift) && self.lo <= self.hi, Error::Range)?;
        }
        binary([&self.a, &self.b, &self.output], self.is_float, bounds)
    }

    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        let views = [&self.a, &self.b, &self.output];
        let [zero_a, zero_b, zero_out] = self.zeros;
        let scaled = |q: i8, zero: i8, mult: i32| (i32::from(q) - i32::from(zero)).wrapping_mul(mult);
        if !self.is_float {
            map2(arena, views, |a: i8, b: i8| {
                let sum = scaled(a, zero_a, self.mult_a).wrapping_add(scaled(b, zero_b, self.mult_b));
                let sum = sum.wrapping_add(half(self.shift)).wrapping_shr(self.shift);
                clamped(sum, zero_out, self.lo, self.hi)
            });
        } else if self.mult_b < 0 {
            map2(arena, views, |a: f32, b: f32| activate(a - b, self.activation));
        } else {
            map2(arena, views, |a: f32, b: f32| activate(a + b, self.activation));
        }
        Ok(())
    }
}

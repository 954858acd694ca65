//! The geometry of a convolution: section 4.2.

use super::Cursor;
use crate::Error;
use core::num::NonZeroUsize;

/// Size, stride and dilation of filters in rows and columns, and the number of groups. No number is
/// 0; the types of those that are divided by say so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) stride_y: NonZeroUsize,
    pub(crate) stride_x: NonZeroUsize,
    pub(crate) dilation_y: usize,
    pub(crate) dilation_x: usize,
    pub(crate) groups: NonZeroUsize,
}

impl Filter {
    /// # Errors
    /// [`Error::Range`] where one of the numbers is 0.
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Error> {
        Ok(Self {
            height: cursor.nonzero8()?.get(),
            width: cursor.nonzero8()?.get(),
            stride_y: cursor.nonzero8()?,
            stride_x: cursor.nonzero8()?,
            dilation_y: cursor.nonzero8()?.get(),
            dilation_x: cursor.nonzero8()?.get(),
            groups: cursor.nonzero16()?,
        })
    }

    /// Rows and columns that a filter covers.
    pub(crate) const fn span(&self) -> (usize, usize) {
        (self.dilation_y * (self.height - 1) + 1, self.dilation_x * (self.width - 1) + 1)
    }

    /// Rows and columns of the output on an input of `height` x `width`; `None` where the filter
    /// is larger than that.
    pub(crate) fn output(&self, height: usize, width: usize) -> Option<(usize, usize)> {
        let (rows, columns) = self.span();
        let y = height.checked_sub(rows)? / self.stride_y + 1;
        let x = width.checked_sub(columns)? / self.stride_x + 1;
        Some((y, x))
    }
}

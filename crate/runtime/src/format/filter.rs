//! The geometry of a convolution: section 4.2.

use super::Cursor;
use crate::Error;

/// Size, stride and dilation of filters in rows and columns, and the number of groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) stride_y: usize,
    pub(crate) stride_x: usize,
    pub(crate) dilation_y: usize,
    pub(crate) dilation_x: usize,
    pub(crate) groups: usize,
}

impl Filter {
    /// # Errors
    /// [`Error::Range`] where one of the numbers is 0.
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Error> {
        let filter = Self {
            height: cursor.size8()?,
            width: cursor.size8()?,
            stride_y: cursor.size8()?,
            stride_x: cursor.size8()?,
            dilation_y: cursor.size8()?,
            dilation_x: cursor.size8()?,
            groups: cursor.size16()?,
        };
        let sizes = [filter.height, filter.width, filter.stride_y, filter.stride_x];
        let rest = [filter.dilation_y, filter.dilation_x, filter.groups];
        if sizes.contains(&0) || rest.contains(&0) { Err(Error::Range) } else { Ok(filter) }
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

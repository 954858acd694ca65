//! Rows that lie one behind the other, so that the next begins where the one before was decoded to.

use super::Visit;
use crate::Error;
use crate::format::Matrix;

/// Decodes the weights of a matrix, row after row.
pub(super) trait Decode {
    /// The next weight of a row, of which the columns before `column` are done; `None` where it ends.
    ///
    /// # Errors
    /// Where the bytes end before the row does, or say what they must not.
    fn weight(&mut self, column: usize) -> Result<Option<(usize, i8)>, Error>;
}

/// What is left of a row.
struct Row<'a, D> {
    decode: &'a mut D,
    column: usize,
    end: Option<Result<(), Error>>,
}

impl<D: Decode> Iterator for Row<'_, D> {
    type Item = (usize, i8);

    #[inline]
    fn next(&mut self) -> Option<(usize, i8)> {
        if self.end.is_some() {
            return None;
        }
        match self.decode.weight(self.column) {
            Ok(Some((column, weight))) => {
                self.column = column + 1;
                Some((column, weight))
            }
            other => {
                self.end = Some(other.map(|_| ()));
                None
            }
        }
    }
}

/// Gives each row, and passes over what the visitor leaves of it.
pub(super) fn rows(
    matrix: &Matrix<'_>,
    visit: &mut impl Visit,
    decode: &mut impl Decode,
) -> Result<(), Error> {
    for index in 0..matrix.rows {
        let mut row = Row { decode, column: 0, end: None };
        visit.row(index, &mut row);
        row.by_ref().for_each(drop);
        row.end.unwrap_or(Ok(()))?;
    }
    Ok(())
}

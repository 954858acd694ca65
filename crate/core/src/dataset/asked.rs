//! What a reader of data is asked for.

use super::{File, Preprocessing, Wanted};

/// The shape of a sample for each of a model's inputs, by the input's place.
pub(crate) type Shapes = Vec<(usize, Vec<usize>)>;

/// Files to read together.
pub(crate) struct Asked<'a> {
    /// What they are called together.
    pub name: &'a str,
    /// Those of the reader's own kind, without packing.
    pub files: Vec<&'a File>,
    /// All that were given with them.
    pub all: &'a [File],
    /// How many of them are called like the reader's kind, but are in a format that is not read.
    pub left_out: usize,
    /// How they are to be read.
    pub options: &'a Preprocessing,
    /// What reads them in the end.
    pub wanted: &'a Wanted,
}

//! How much a file may ask for: every limit of the project, with its reason.
//!
//! A browser tab has 4 GB at most and shares a person's machine, and files come from strangers. Whoever
//! reads a file checks what it asks for here before allocating anything of that size; the error states
//! the limit and what was found. This module knows no file format.

use std::fmt;

/// At most so many of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    most: usize,
    what: &'static str,
}

/// A model file, its external data with it: 20 million float32 weights take 80 MB, but the models
/// Sepal is for have far fewer, and a file is held several times while it is worked on.
pub const FILE_BYTES: Limit = Limit::new(64_000_000, "bytes");
/// Data files as they come, all together: more does not fit into a tab beside what is made of it.
pub const DATA_BYTES: Limit = Limit::new(512_000_000, "bytes");
/// Data files without their packing (zip, gzip), all together; deflate packs zeros 1,032 to 1, so this is
/// counted while unpacking.
pub const UNPACKED_BYTES: Limit = Limit::new(512_000_000, "unpacked bytes");
/// Values of all samples: 512 MB as float32, of which two copies are needed now and then.
pub const SAMPLE_VALUES: Limit = Limit::new(128_000_000, "values in its samples");
/// Samples; scores are exact to 0.05 points far below.
pub const SAMPLES: Limit = Limit::new(1_000_000, "samples");
/// Classes: the largest label may be one less. `ImageNet-21k` has 21,841.
pub const CLASSES: Limit = Limit::new(100_000, "classes");
/// Files in one archive or folder: the 60,000 pictures of MNIST and CIFAR-10 fit.
pub const FILES: Limit = Limit::new(100_000, "files");
/// Pixels of one picture: 4096 x 4096; decoded they take 64 MB.
pub const IMAGE_PIXELS: Limit = Limit::new(16_777_216, "pixels in one picture");
/// Values of one recording: a minute in stereo at 48 kHz.
pub const AUDIO_VALUES: Limit = Limit::new(5_760_000, "values in one recording");
/// Rows of a table.
pub const TABLE_ROWS: Limit = SAMPLES;
/// Columns of a table: a 256 x 256 picture in colour takes 196,608.
pub const TABLE_COLUMNS: Limit = Limit::new(200_000, "columns");

/// Weights of a model: 80 MB as float32, in which they are worked on however they are stored.
pub const PARAMETERS: Limit = Limit::new(20_000_000, "weights");
/// Nodes of a graph, those of its subgraphs with them.
pub const NODES: Limit = Limit::new(20_000, "operators");
/// Stored tensors of a graph, those in attributes with them.
pub const TENSORS: Limit = Limit::new(20_000, "tensors");
/// Attributes of all nodes: a decoded one takes a kilobyte, and the usual node has one or two.
pub const ATTRIBUTES: Limit = Limit::new(60_000, "attributes");
/// All other parts of a model file that are decoded into values of their own: names, shapes, axes.
pub const PARTS: Limit = Limit::new(1_000_000, "names and shapes");
/// Numbers that a model file lists one by one, not as a tensor's bytes: a byte becomes 8 in memory.
pub const NUMBERS: Limit = Limit::new(20_000_000, "listed numbers");
/// Axes of a tensor: ONNX operators use 5, a packed model input a few more.
pub const AXES: Limit = Limit::new(8, "axes in one tensor");
/// Graphs within graphs (If, Loop): exporters write two or three.
pub const NESTING: Limit = Limit::new(8, "levels of graphs in graphs");
/// Messages within messages of a model file. A tensor's shape in the eighth subgraph lies 32 deep;
/// decoding takes stack for each, of which a tab has 1 MB.
pub const MESSAGE_NESTING: Limit = Limit::new(48, "levels of messages in messages");
/// Bytes of a name: it is shown to people.
pub const NAME_BYTES: Limit = Limit::new(1024, "bytes in one name");
/// Elements of one value while a model runs on one sample: 64 MB as float32, as a picture of 500 x 500 with
/// 64 channels.
pub const VALUE_ELEMENTS: Limit = Limit::new(16_777_216, "elements in one value");
/// Elements of all values of one sample: their shapes are found by computing them all once, 800 MB.
pub const ALL_ELEMENTS: Limit = Limit::new(200_000_000, "elements in all values");
/// Nodes in a chain, each of which waits for the one before: the engine's ordering takes 400 bytes of stack
/// for each, of which a tab has 1 MB. `DenseNet-201` has about 700.
pub const CHAIN: Limit = Limit::new(1_500, "operators one behind the other");
/// Multiply-accumulates for one sample, in millions: VGG-16 takes 15,000.
pub const WORK: Limit = Limit::new(50_000, "million operations for one sample");
/// Turns of one loop while a model runs.
pub const TURNS: Limit = Limit::new(10_000, "turns in one loop");
/// A plan file, or a report with a plan in it: a line for each of [`NODES`] is shorter.
pub const PLAN_BYTES: Limit = Limit::new(4_000_000, "bytes");

impl Limit {
    const fn new(most: usize, what: &'static str) -> Self {
        Self { most, what }
    }

    /// The limit itself.
    pub const fn most(self) -> usize {
        self.most
    }

    /// Whether `found` is within the limit.
    ///
    /// # Errors
    /// Both numbers, in a sentence.
    pub fn check(self, found: usize) -> Result<(), TooMany> {
        if found <= self.most { Ok(()) } else { Err(TooMany { found, limit: self }) }
    }

    /// The product of `sizes` where it is within the limit; one that overflows is not.
    ///
    /// # Errors
    /// Both numbers, in a sentence.
    pub fn product(self, sizes: impl IntoIterator<Item = usize>) -> Result<usize, TooMany> {
        // A zero makes nothing of all the others, wherever it stands.
        let mut product = 1_usize;
        for size in sizes {
            match size {
                0 => return Ok(0),
                size => product = product.saturating_mul(size),
            }
        }
        self.check(product).map(|()| product)
    }

    /// How many bytes to read at most from what may be longer than it says: one more than the limit, so
    /// that [`Limit::check`] of what was read tells.
    pub const fn reach(self) -> u64 {
        self.most as u64 + 1
    }
}

/// More than a limit allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TooMany {
    found: usize,
    limit: Limit,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Limit { most, what } = self.limit;
        let most = grouped(most);
        match self.found {
            usize::MAX => write!(f, "it has more {what} than can be counted, at most {most} are possible"),
            found => write!(f, "it has {} {what}, at most {most} are possible", grouped(found)),
        }
    }
}

/// The digits of a number in groups of three.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{AXES, FILE_BYTES, VALUE_ELEMENTS};

    #[test]
    fn an_error_states_the_limit_and_what_was_found() {
        let error = FILE_BYTES.check(64_000_001).unwrap_err().to_string();
        assert_eq!(error, "it has 64,000,001 bytes, at most 64,000,000 are possible");
        let error = AXES.check(9).unwrap_err().to_string();
        assert_eq!(error, "it has 9 axes in one tensor, at most 8 are possible");
        assert!(AXES.check(8).is_ok());
    }

    #[test]
    fn a_product_may_overflow_and_zero_makes_nothing() {
        assert_eq!(VALUE_ELEMENTS.product([3, 224, 224]), Ok(150_528));
        assert_eq!(VALUE_ELEMENTS.product([usize::MAX, usize::MAX, 0]), Ok(0));
        let error = VALUE_ELEMENTS.product([usize::MAX, 2]).unwrap_err().to_string();
        assert!(error.starts_with("it has more elements in one value than can be counted"), "{error}");
    }
}

//! Artifacts as tests describe them: operations with plain fields, from which `encode` makes bytes and
//! `reference` makes results.

use sepal_runtime::Layout;

/// A tensor in the arena, as FORMAT.md section 2.2 has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    pub(crate) offset: usize,
    pub(crate) c: usize,
    pub(crate) h: usize,
    pub(crate) w: usize,
    pub(crate) pitch: usize,
    pub(crate) plane: usize,
}

impl View {
    /// Without gaps.
    pub(crate) fn contiguous(offset: usize, [c, h, w]: [usize; 3]) -> Self {
        Self { offset, c, h, w, pitch: w, plane: h * w }
    }

    /// Index of an element from the view's offset.
    pub(crate) fn index(&self, k: usize, y: usize, x: usize) -> usize {
        k * self.plane + y * self.pitch + x
    }

    /// All elements as channel, row, column.
    pub(crate) fn places(&self) -> impl Iterator<Item = (usize, usize, usize)> + use<> {
        let Self { c, h, w, .. } = *self;
        (0..c).flat_map(move |k| (0..h).flat_map(move |y| (0..w).map(move |x| (k, y, x))))
    }
}

/// Weights before they are stored.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    I8(Vec<i8>),
    F32(Vec<f32>),
}

/// How weights are stored: a format, and its layout where it has several. Bits of a value and of an
/// entry are 0 without.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Form {
    pub(crate) format: u8,
    pub(crate) bits: u32,
    pub(crate) width: u32,
}

impl From<u8> for Form {
    fn from(format: u8) -> Self {
        Self { format, bits: 0, width: 0 }
    }
}

impl From<Layout> for Form {
    fn from(layout: Layout) -> Self {
        Self { format: layout.format.code(), bits: layout.bits, width: layout.width }
    }
}

impl Form {
    pub(crate) fn is_float(self) -> bool {
        matches!(self.format, 10 | 11)
    }

    /// Whether rows are stored one by one, which groups need.
    pub(crate) fn is_single(self) -> bool {
        !matches!(self.format, 1 | 8 | 9)
    }
}

/// A matrix with all that belongs to it. `form` says how it will be stored.
#[derive(Clone, Debug)]
pub(crate) struct Matrix {
    pub(crate) form: Form,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) values: Values,
    pub(crate) bias: Option<Vec<i16>>,
    pub(crate) bias_f32: Option<Vec<f32>>,
    pub(crate) mult: Vec<u16>,
    pub(crate) bias_shift: u8,
    pub(crate) pre: u8,
    pub(crate) post: u8,
    pub(crate) zero_point: i8,
    pub(crate) lo: i8,
    pub(crate) hi: i8,
    pub(crate) activation: u16,
}

impl Matrix {
    pub(crate) fn is_float(&self) -> bool {
        self.form.is_float()
    }

    /// The most values of a row, for the formats that state them.
    pub(crate) fn most(&self) -> usize {
        match &self.values {
            Values::I8(values) if matches!(self.form.format, 12 | 13) => {
                values.chunks(self.cols).map(|row| row.iter().filter(|&&v| v != 0).count()).max().unwrap()
            }
            _ => 0,
        }
    }

    /// Bytes of scratch of a convolution: section 4.2.
    pub(crate) fn scratch(&self) -> usize {
        let pad = |bytes: usize| bytes.next_multiple_of(4);
        match self.form.format {
            12 | 13 => pad(2 * self.cols) + pad(2 * self.most()) + pad(self.most()),
            14 => pad(2 * self.cols) + pad(self.cols),
            _ => 2 * self.cols,
        }
    }

    /// One multiplier for each row.
    pub(crate) fn rowwise(&self) -> bool {
        self.mult.len() > 1
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) kh: usize,
    pub(crate) kw: usize,
    pub(crate) sh: usize,
    pub(crate) sw: usize,
    pub(crate) dh: usize,
    pub(crate) dw: usize,
    pub(crate) groups: usize,
}

impl Filter {
    pub(crate) fn output(&self, h: usize, w: usize) -> (usize, usize) {
        let rows = self.dh * (self.kh - 1) + 1;
        let columns = self.dw * (self.kw - 1) + 1;
        ((h - rows) / self.sh + 1, (w - columns) / self.sw + 1)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) input: View,
    pub(crate) mid: View,
    pub(crate) output: View,
    pub(crate) matrices: [Matrix; 2],
    pub(crate) filters: [Filter; 2],
    pub(crate) scratch: usize,
    pub(crate) top: usize,
    pub(crate) left: usize,
    pub(crate) zero_point: i8,
}

#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) float: bool,
    pub(crate) kind: u8,
    pub(crate) input: View,
    pub(crate) output: View,
    pub(crate) kh: usize,
    pub(crate) kw: usize,
    pub(crate) sh: usize,
    pub(crate) sw: usize,
    pub(crate) top: usize,
    pub(crate) left: usize,
    pub(crate) mult: u16,
    pub(crate) pre: u8,
    pub(crate) post: u8,
    pub(crate) zero_in: i8,
    pub(crate) zero_out: i8,
}

#[derive(Clone, Debug)]
pub(crate) struct Binary {
    pub(crate) float: bool,
    pub(crate) a: View,
    pub(crate) b: View,
    pub(crate) output: View,
    pub(crate) zeros: [i8; 3],
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Dense { input: usize, output: usize, matrix: Matrix },
    Conv { input: View, output: View, matrix: Matrix, filter: Filter, scratch: usize },
    Pair(Box<Pair>),
    Pool(Pool),
    Add { on: Binary, ma: i32, mb: i32, shift: u8, lo: i8, hi: i8, activation: u16 },
    Mul { on: Binary, mult: u16, pre: u8, post: u8 },
    Table { input: View, output: View, table: Vec<i8> },
    Function { input: View, output: View, function: u8, parameter: f32 },
    Softmax { input: usize, output: usize, n: usize, table: Option<Vec<u16>> },
    Copy { float: bool, input: View, output: View },
    Fill { float: bool, output: View, value: u32 },
}

/// An input or an output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tensor {
    pub(crate) view: View,
    pub(crate) float: bool,
    pub(crate) zero_point: i8,
    pub(crate) scale: f32,
}

/// A whole artifact.
#[derive(Clone, Debug)]
pub(crate) struct Artifact {
    pub(crate) arena_bytes: usize,
    pub(crate) inputs: Vec<Tensor>,
    pub(crate) outputs: Vec<Tensor>,
    pub(crate) ops: Vec<Op>,
}

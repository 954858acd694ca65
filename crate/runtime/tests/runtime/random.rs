//! Random operations of every kind and format, small enough that thousands run in a second.

use crate::artifact::{Artifact, Binary, Filter, Form, Matrix, Op, Pair, Pool, Tensor, Values, View};
use fastrand::Rng;
use sepal_runtime::Layout;
use std::ops::RangeInclusive;

/// Forms of i8 weights.
pub(crate) fn byte_forms() -> Vec<Form> {
    (0..=9).map(Form::from).chain(Layout::ALL.map(Form::from)).collect()
}

/// Forms of f32 weights.
pub(crate) fn float_forms() -> [Form; 2] {
    [10.into(), 11.into()]
}

/// All forms.
pub(crate) fn forms() -> Vec<Form> {
    [&byte_forms()[..], &float_forms()].concat()
}

/// Makes operations and gives out places in one arena.
pub(crate) struct Random {
    pub(crate) rng: Rng,
    next: usize,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), next: 0 }
    }

    fn size(&mut self, range: RangeInclusive<usize>) -> usize {
        self.rng.usize(range)
    }

    /// A place for `bytes` bytes.
    fn take(&mut self, bytes: usize) -> usize {
        let place = self.next;
        self.next = (place + bytes).next_multiple_of(4);
        place
    }

    /// A place for a tensor, with random gaps between its rows and planes.
    fn view(&mut self, [c, h, w]: [usize; 3], float: bool) -> View {
        let pitch = w + self.size(0..=2);
        let plane = (h - 1) * pitch + w + self.size(0..=3);
        let (bytes, shift) = if float { (4, 0) } else { (1, self.size(0..=3)) };
        let offset = shift + self.take(shift + bytes * (c * plane));
        View { offset, c, h, w, pitch, plane }
    }

    fn shape(&mut self) -> [usize; 3] {
        [self.size(1..=4), self.size(1..=5), self.size(1..=19)]
    }

    /// Weights that a format can hold.
    fn values(&mut self, form: Form, count: usize) -> Values {
        let (rng, format) = (&mut self.rng, form.format);
        let dense = matches!(format, 0..=2 | 10 | 14);
        let density = if dense { 0.9 } else { [0.03, 0.2, 0.6][rng.usize(0..3)] };
        if form.is_float() {
            let weight = |rng: &mut Rng| if rng.f64() < density { rng.f32() * 2.0 - 1.0 } else { 0.0 };
            return Values::F32((0..count).map(|_| weight(rng)).collect());
        }
        let codes = match format {
            2 | 4 | 5 => 15,
            6 | 7 => 7,
            12 if form.bits < 8 => 1 << form.bits,
            13 | 14 => (1 << form.bits) - 1,
            _ => 255,
        };
        let range = if matches!(format, 1 | 9) { -8..=7 } else { i8::MIN..=i8::MAX };
        let table: Vec<i8> = (0..codes).map(|_| rng.i8(range.clone())).collect();
        let weight = |rng: &mut Rng| if rng.f64() < density { table[rng.usize(..codes)] } else { 0 };
        Values::I8((0..count).map(|_| weight(rng)).collect())
    }

    pub(crate) fn matrix(&mut self, form: impl Into<Form>, rows: usize, cols: usize) -> Matrix {
        let form = form.into();
        let mut values = self.values(form, rows * cols);
        if self.rng.u8(0..4) == 0 {
            // A dead row.
            let from = self.rng.usize(0..rows) * cols;
            match &mut values {
                Values::I8(values) => values[from..from + cols].fill(0),
                Values::F32(values) => values[from..from + cols].fill(0.0),
            }
        }
        let with_bias = self.rng.bool();
        let mut matrix = Matrix {
            form,
            rows,
            cols,
            values,
            bias: None,
            bias_f32: None,
            mult: Vec::new(),
            bias_shift: 0,
            pre: 0,
            post: 1,
            zero_point: 0,
            lo: i8::MIN,
            hi: i8::MAX,
            activation: 0,
        };
        if form.is_float() {
            matrix.activation = self.rng.u16(0..=2);
            matrix.bias_f32 = with_bias.then(|| (0..rows).map(|_| self.rng.f32() - 0.5).collect());
        } else {
            matrix.bias_shift = self.rng.u8(0..=4);
            matrix.bias = with_bias.then(|| (0..rows).map(|_| self.rng.i16(..)).collect());
            self.requantisation(&mut matrix);
        }
        matrix
    }

    /// Shifts and multipliers by the rule of section 3.1.
    fn requantisation(&mut self, matrix: &mut Matrix) {
        let Values::I8(values) = &matrix.values else { return };
        let sum = |row: &[i8]| row.iter().map(|w| 128 * u64::from(w.unsigned_abs())).sum::<u64>();
        let bias = if matrix.bias.is_some() { 32768 << matrix.bias_shift } else { 0 };
        let bound = bias + values.chunks(matrix.cols).map(sum).max().unwrap();
        assert!(bound < 1 << 31);
        matrix.pre = (0..=16).find(|&pre| (bound >> pre) < 32767).unwrap();
        let bits = u64::BITS - (bound >> matrix.pre).leading_zeros();
        matrix.post = u8::try_from(bits + 15).unwrap().saturating_sub(self.rng.u8(8..=11)).clamp(1, 30);
        let count = if self.rng.bool() { matrix.rows } else { 1 };
        // Next to nothing, usual ones, and the largest.
        let mult = |rng: &mut Rng| match rng.u8(0..8) {
            0 => rng.u16(0..=3),
            1 => 32767,
            _ => rng.u16(0..=32767),
        };
        matrix.mult = (0..count).map(|_| mult(&mut self.rng)).collect();
        matrix.zero_point = self.rng.i8(..);
        if self.rng.bool() {
            matrix.lo = matrix.zero_point;
        }
    }

    pub(crate) fn dense(&mut self, form: impl Into<Form>) -> Op {
        let (rows, cols) = (self.size(1..=21), self.size(1..=300));
        let matrix = self.matrix(form, rows, cols);
        self.dense_of(matrix)
    }

    /// A product with a given matrix.
    pub(crate) fn dense_of(&mut self, matrix: Matrix) -> Op {
        let bytes = if matrix.is_float() { 4 } else { 1 };
        let input = self.take(bytes * matrix.cols);
        let output = self.take(bytes * matrix.rows);
        Op::Dense { input, output, matrix }
    }

    fn filter(&mut self, groups: usize) -> Filter {
        Filter {
            kh: self.size(1..=3),
            kw: self.size(1..=4),
            sh: self.size(1..=2),
            sw: self.size(1..=2),
            dh: self.size(1..=2),
            dw: self.size(1..=2),
            groups,
        }
    }

    /// Inputs that give an output of that size, with some to spare.
    fn covered(&mut self, f: &Filter, [h, w]: [usize; 2]) -> [usize; 2] {
        [
            (h - 1) * f.sh + f.dh * (f.kh - 1) + 1 + self.size(0..=f.sh - 1),
            (w - 1) * f.sw + f.dw * (f.kw - 1) + 1 + self.size(0..=f.sw - 1),
        ]
    }

    pub(crate) fn conv(&mut self, form: impl Into<Form>, groups: usize) -> Op {
        let form = form.into();
        let filter = self.filter(groups);
        let [_, h, w] = self.shape();
        let (channels, rows) = (groups * self.size(1..=4), groups * self.size(1..=10));
        let size = self.covered(&filter, [h, w]);
        let float = form.is_float();
        let input = self.view([channels, size[0], size[1]], float);
        let output = self.view([rows, h, w], float);
        let cols = channels / groups * filter.kh * filter.kw;
        let matrix = self.matrix(form, rows, cols);
        let scratch = self.take(matrix.scratch());
        Op::Conv { input, output, matrix, filter, scratch }
    }

    pub(crate) fn pair<F: Into<Form>>(&mut self, forms: [F; 2], groups: [usize; 2]) -> Op {
        let [first, second] = forms.map(Into::into);
        let float = first.is_float();
        let bytes = if float { 4 } else { 1 };
        let filters = groups.map(|groups| self.filter(groups));
        let output_size = [self.size(1..=5), self.size(1..=12)];
        let [mh, mw] = self.covered(&filters[1], output_size);
        let (top, left) = (self.size(0..=2.min(mh - 1)), self.size(0..=2.min(mw - 1)));
        let inner = [self.size(1..=mh - top), self.size(1..=mw - left)];
        let [h, w] = self.covered(&filters[0], inner);
        let common = groups[0] * groups[1];
        let channels =
            [groups[0] * self.size(1..=2), common * self.size(1..=3), groups[1] * self.size(1..=9)];
        let input = self.view([channels[0], h, w], float);
        let pitch = mw + self.size(0..=1);
        let plane = self.size(filters[1].dh * (filters[1].kh - 1) + 1..=mh) * pitch;
        let place = self.take(bytes * channels[1] * plane);
        let mid = View { offset: place, c: channels[1], h: mh, w: mw, pitch, plane };
        let output = self.view([channels[2], output_size[0], output_size[1]], float);
        let cols = [0, 1].map(|i| channels[i] / groups[i] * filters[i].kh * filters[i].kw);
        let matrices = [self.matrix(first, channels[1], cols[0]), self.matrix(second, channels[2], cols[1])];
        let scratch = self.take(matrices[0].scratch().next_multiple_of(4) + matrices[1].scratch());
        let zero_point = self.rng.i8(..);
        Op::Pair(Box::new(Pair { input, mid, output, matrices, filters, scratch, top, left, zero_point }))
    }

    pub(crate) fn pool(&mut self, kind: u8, float: bool) -> Op {
        let [c, h, w] = self.shape();
        let (kh, kw, sh, sw) = (self.size(1..=4), self.size(1..=4), self.size(1..=3), self.size(1..=3));
        let (top, left) = (self.size(0..=kh - 1), self.size(0..=kw - 1));
        // The last window begins before the input ends.
        let output_size = [self.size(1..=(h + top).div_ceil(sh)), self.size(1..=(w + left).div_ceil(sw))];
        let input = self.view([c, h, w], float);
        let output = self.view([c, output_size[0], output_size[1]], float);
        let scaled = kind > 0 && self.rng.bool();
        Op::Pool(Pool {
            float,
            kind,
            input,
            output,
            kh,
            kw,
            sh,
            sw,
            top,
            left,
            mult: if scaled { self.rng.u16(0..=32767) } else { 0 },
            pre: if scaled { self.rng.u8(0..=3) } else { 0 },
            post: if scaled { self.rng.u8(14..=18) } else { 0 },
            zero_in: self.rng.i8(..),
            zero_out: self.rng.i8(..),
        })
    }

    /// Two terms, of which the second may repeat; the output may be the first.
    fn binary(&mut self, float: bool) -> Binary {
        let shape = self.shape();
        let mut repeated = || shape.map(|size| if self.rng.bool() { size } else { 1 });
        let other = repeated();
        let a = self.view(shape, float);
        let b = self.view(other, float);
        let output = if self.rng.bool() { a } else { self.view(shape, float) };
        Binary { float, a, b, output, zeros: core::array::from_fn(|_| self.rng.i8(..)) }
    }

    pub(crate) fn add(&mut self, float: bool) -> Op {
        Op::Add {
            on: self.binary(float),
            ma: self.rng.i32(-(1 << 21)..=1 << 21),
            mb: self.rng.i32(-(1 << 21)..=1 << 21),
            shift: self.rng.u8(if float { 0..=0 } else { 18..=24 }),
            lo: self.rng.i8(-128..=0),
            hi: self.rng.i8(0..=127),
            activation: if float { self.rng.u16(0..=2) } else { 0 },
        }
    }

    pub(crate) fn mul(&mut self, float: bool) -> Op {
        let post = self.rng.u8(18..=22);
        Op::Mul { on: self.binary(float), mult: self.rng.u16(0..=32767), pre: self.rng.u8(2..=4), post }
    }

    /// Two views of one shape; they may be one where `same` says so.
    fn ends(&mut self, float: bool, same: bool) -> [View; 2] {
        let shape = self.shape();
        let input = self.view(shape, float);
        [input, if same && self.rng.bool() { input } else { self.view(shape, float) }]
    }

    pub(crate) fn table(&mut self) -> Op {
        let [input, output] = self.ends(false, true);
        Op::Table { input, output, table: (0..256).map(|_| self.rng.i8(..)).collect() }
    }

    pub(crate) fn function(&mut self, function: u8) -> Op {
        let [input, output] = self.ends(true, true);
        Op::Function { input, output, function, parameter: self.rng.f32() }
    }

    pub(crate) fn softmax(&mut self, float: bool) -> Op {
        let n = self.size(1..=30);
        let bytes = if float { 4 } else { 1 };
        let input = self.take(bytes * n);
        let output = if self.rng.bool() { input } else { self.take(bytes * n) };
        let scale = self.rng.f64() * 0.3;
        let entry = |d: u16| (32768.0 * (-scale * f64::from(d)).exp()).round() as u16;
        Op::Softmax { input, output, n, table: (!float).then(|| (0..256).map(entry).collect()) }
    }

    pub(crate) fn copy(&mut self, float: bool) -> Op {
        let [input, output] = self.ends(float, false);
        Op::Copy { float, input, output }
    }

    pub(crate) fn fill(&mut self, float: bool) -> Op {
        let shape = self.shape();
        Op::Fill { float, output: self.view(shape, float), value: self.rng.u32(..) }
    }

    /// An artifact with one operation, which reads and writes wherever it says.
    pub(crate) fn artifact(&self, op: Op) -> Artifact {
        let byte = Tensor { view: View::contiguous(0, [1, 1, 1]), float: false, zero_point: -3, scale: 0.5 };
        let arena_bytes = self.next.max(4);
        Artifact { arena_bytes, inputs: vec![byte], outputs: vec![byte], ops: vec![op] }
    }
}

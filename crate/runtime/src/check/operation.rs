//! The rules of each operation: section 4.

use super::area::Area;
use super::matrix::{array, matrix, softmax_table};
use super::{Bounds, require};
use crate::Error;
use crate::format::{
    Add, Cast, Conv, Dense, Filter, Function, Matrix, Mul, Pair, Pool, PoolKind, Record, Softmax, Unary, View,
};

/// Greatest offset of a column, which the scratch holds as u16.
const MOST_OFFSET: u64 = 65535;
/// Greatest multiplier of an ADD.
const MOST_TERM: u32 = 1 << 21;

/// Checks one operation.
pub(super) fn check(record: &Record<'_>, bounds: &Bounds) -> Result<(), Error> {
    for block in record.matrices() {
        matrix(block, bounds)?;
    }
    match record {
        Record::Dense(op) => dense(op, bounds),
        Record::Conv(op) => conv(op, bounds),
        Record::Pair(op) => pair(op, bounds),
        Record::Pool(op) => pool(op, bounds),
        Record::Add(op) => add(op, bounds),
        Record::Mul(op) => mul(op, bounds),
        Record::Unary(op) => unary(op, bounds),
        Record::Softmax(op) => softmax(op, bounds),
        Record::Copy(op) => {
            same_shape(&op.input, &op.output)?;
            let input = Area::of(&op.input, op.is_float, bounds)?;
            input.apart(&Area::of(&op.output, op.is_float, bounds)?)
        }
        Record::Fill(op) => Area::of(&op.output, op.is_float, bounds).map(|_| ()),
        Record::Quantize(op) => cast(op, [true, false], bounds),
        Record::Dequantize(op) => cast(op, [false, true], bounds),
    }
}

fn same_shape(a: &View, b: &View) -> Result<(), Error> {
    require(a.shape() == b.shape(), Error::Shape)
}

fn dense(op: &Dense<'_>, bounds: &Bounds) -> Result<(), Error> {
    let bytes = if op.matrix.format.is_float() { 4 } else { 1 };
    let input = Area::line(op.input, bytes * op.matrix.cols as u64, bytes, bounds)?;
    let output = Area::line(op.output, bytes * op.matrix.rows as u64, bytes, bounds)?;
    input.apart(&output)
}

/// The offsets of a matrix's columns.
fn scratch(at: usize, matrix: &Matrix<'_>, bounds: &Bounds) -> Result<Area, Error> {
    Area::line(at, 2 * matrix.cols as u64, 4, bounds)
}

/// Whether groups, matrix and filter agree, for an input of `channels` channels.
fn filter(filter: &Filter, matrix: &Matrix<'_>, channels: usize) -> Result<(), Error> {
    let groups = filter.groups.get();
    require(channels.is_multiple_of(groups) && matrix.rows.is_multiple_of(groups), Error::Shape)?;
    require(matrix.cols == channels / groups * filter.height * filter.width, Error::Shape)?;
    require(groups == 1 || matrix.format.has_single_rows(), Error::Range)
}

/// Whether the last column's offset fits the scratch; its filter row begins at `row`.
fn offsets(filter: &Filter, channels: usize, plane: usize, row: u64) -> Result<(), Error> {
    let channel = (channels / filter.groups) as u64 - 1;
    let last = channel * plane as u64 + row + (filter.dilation_x * (filter.width - 1)) as u64;
    require(last <= MOST_OFFSET, Error::Range)
}

fn conv(op: &Conv<'_>, bounds: &Bounds) -> Result<(), Error> {
    let is_float = op.matrix.format.is_float();
    let input = Area::of(&op.input, is_float, bounds)?;
    let output = Area::of(&op.output, is_float, bounds)?;
    filter(&op.filter, &op.matrix, op.input.channels)?;
    let (height, width) = op.filter.output(op.input.height, op.input.width).ok_or(Error::Shape)?;
    require(op.output.shape() == (op.matrix.rows, height, width), Error::Shape)?;
    let row = (op.filter.span().0 - 1) as u64 * op.input.pitch as u64;
    offsets(&op.filter, op.input.channels, op.input.plane, row)?;
    let scratch = scratch(op.scratch, &op.matrix, bounds)?;
    input.apart(&output)?;
    scratch.apart(&input)?;
    scratch.apart(&output)
}

fn pair(op: &Pair<'_>, bounds: &Bounds) -> Result<(), Error> {
    let [first, second] = &op.matrices;
    let is_float = first.format.is_float();
    let input = Area::of(&op.input, is_float, bounds)?;
    let output = Area::of(&op.output, is_float, bounds)?;
    let mid = ring(op, bounds)?;
    pair_shapes(op)?;
    let row = (op.filters[0].span().0 - 1) as u64 * op.input.pitch as u64;
    offsets(&op.filters[0], op.input.channels, op.input.plane, row)?;
    // The rows of a window may lie in any slots of the ring.
    let row = (op.ring() as u64 - 1) * op.mid.pitch as u64;
    offsets(&op.filters[1], op.mid.channels, op.mid.plane, row)?;
    let scratches = [scratch(op.scratch, first, bounds)?, scratch(op.second_scratch(), second, bounds)?];
    input.apart(&output)?;
    mid.apart(&input)?;
    mid.apart(&output)?;
    for scratch in scratches {
        scratch.apart(&input)?;
        scratch.apart(&mid)?;
        scratch.apart(&output)?;
    }
    Ok(())
}

/// The area of mid, of which the arena holds `ring` rows of each channel.
fn ring(op: &Pair<'_>, bounds: &Bounds) -> Result<Area, Error> {
    let mid = &op.mid;
    require(mid.channels > 0 && mid.height > 0 && mid.width > 0 && mid.pitch >= mid.width, Error::View)?;
    let span = op.filters[1].span().0;
    let whole = mid.plane.is_multiple_of(mid.pitch);
    require(whole && (span..=mid.height).contains(&op.ring()), Error::View)?;
    let bytes = if op.matrices[0].format.is_float() { 4 } else { 1 };
    Area::line(mid.offset, bytes * mid.channels as u64 * mid.plane as u64, bytes, bounds)
}

fn pair_shapes(op: &Pair<'_>) -> Result<(), Error> {
    let ([first, second], [matrix, next]) = (&op.filters, &op.matrices);
    filter(first, matrix, op.input.channels)?;
    filter(second, next, op.mid.channels)?;
    let (height, width) = first.output(op.input.height, op.input.width).ok_or(Error::Shape)?;
    let fits = op.top + height <= op.mid.height && op.left + width <= op.mid.width;
    require(fits && op.mid.channels == matrix.rows, Error::Shape)?;
    let (height, width) = second.output(op.mid.height, op.mid.width).ok_or(Error::Shape)?;
    require(op.output.shape() == (next.rows, height, width), Error::Shape)
}

fn pool(op: &Pool, bounds: &Bounds) -> Result<(), Error> {
    let input = Area::of(&op.input, op.is_float, bounds)?;
    let output = Area::of(&op.output, op.is_float, bounds)?;
    require(op.input.channels == op.output.channels, Error::Shape)?;
    require(![op.height, op.width, op.stride_y, op.stride_x].contains(&0), Error::Range)?;
    require(op.pre <= 16 && op.post <= 30, Error::Range)?;
    require(
        op.is_float || op.kind == PoolKind::Maximum || op.mult <= i16::MAX.cast_unsigned(),
        Error::Range,
    )?;
    let rows_meet = op.height > op.top && (op.output.height - 1) * op.stride_y < op.input.height + op.top;
    let columns_meet = op.width > op.left && (op.output.width - 1) * op.stride_x < op.input.width + op.left;
    require(rows_meet && columns_meet, Error::Shape)?;
    input.apart(&output)
}

/// Shapes and places of `a`, `b`, whose axes of size 1 repeat, and the output.
fn binary([a, b, output]: [&View; 3], is_float: bool, bounds: &Bounds) -> Result<(), Error> {
    same_shape(a, output)?;
    let axes = [(b.channels, output.channels), (b.height, output.height), (b.width, output.width)];
    require(axes.iter().all(|&(own, whole)| own == whole || own == 1), Error::Shape)?;
    let target = Area::of(output, is_float, bounds)?;
    Area::of(a, is_float, bounds)?.apart_or_same(&target)?;
    Area::of(b, is_float, bounds)?.apart(&target)
}

fn add(op: &Add, bounds: &Bounds) -> Result<(), Error> {
    if !op.is_float {
        let terms = [op.mult_a, op.mult_b].iter().all(|mult| mult.unsigned_abs() <= MOST_TERM);
        require(terms && (1..=30).contains(&op.shift) && op.lo <= op.hi, Error::Range)?;
    }
    binary([&op.a, &op.b, &op.output], op.is_float, bounds)
}

fn mul(op: &Mul, bounds: &Bounds) -> Result<(), Error> {
    if !op.is_float {
        let good = (1..=16).contains(&op.pre) && (1..=30).contains(&op.post);
        require(good && op.mult <= i16::MAX.cast_unsigned(), Error::Range)?;
    }
    binary([&op.a, &op.b, &op.output], op.is_float, bounds)
}

fn unary(op: &Unary<'_>, bounds: &Bounds) -> Result<(), Error> {
    let is_float = if let Function::Table(at) = op.function {
        array(at, 256, bounds)?;
        false
    } else {
        true
    };
    same_shape(&op.input, &op.output)?;
    let input = Area::of(&op.input, is_float, bounds)?;
    input.apart_or_same(&Area::of(&op.output, is_float, bounds)?)
}

fn softmax(op: &Softmax<'_>, bounds: &Bounds) -> Result<(), Error> {
    require(op.len > 0, Error::Shape)?;
    if op.is_float {
        require(op.table == 0, Error::Reserved)?;
    } else {
        array(op.table, 512, bounds)?;
        softmax_table(op.file, op.table)?;
    }
    let bytes = if op.is_float { 4 } else { 1 };
    let input = Area::line(op.input, bytes * op.len as u64, bytes, bounds)?;
    input.apart_or_same(&Area::line(op.output, bytes * op.len as u64, bytes, bounds)?)
}

fn cast(op: &Cast, [from_float, to_float]: [bool; 2], bounds: &Bounds) -> Result<(), Error> {
    require(op.scale > 0.0 && op.scale.is_finite(), Error::Range)?;
    same_shape(&op.input, &op.output)?;
    let input = Area::of(&op.input, from_float, bounds)?;
    input.apart(&Area::of(&op.output, to_float, bounds)?)
}

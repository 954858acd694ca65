//! Which encoding each matrix takes: before anything has its place, since scratch depends on it.

use super::array::Size;
use super::matrix::Integers;
use super::program::{Operation, Product, Program, Quantisation, TensorId};
use super::requantise::settled;
use super::support::Support;
use super::weights::{encodings, size_on};
use super::work::Work;
use super::{ExportError, Options};
use crate::device::Encoding;
use sepal_runtime::Format;
use std::cmp::Ordering;

/// What a matrix of whole numbers is stored as.
pub(super) struct Choice {
    pub(super) integers: Integers,
    pub(super) encoding: Encoding,
    pub(super) size: Size,
}

/// The choices of one operation, by its matrices; none for those of float32.
pub(super) type Choices = Vec<Option<Choice>>;

/// Chooses for all operations of a program.
///
/// # Errors
/// [`ExportError::Artifact`] where no encoding that is allowed holds a matrix.
pub(super) fn choices(program: &Program, options: &Options) -> Result<Vec<Choices>, ExportError> {
    let chooser = Chooser { program, options };
    program.operations.iter().map(|operation| chooser.of(operation)).collect()
}

/// Bytes of scratch of a convolution: section 4.2.
pub(super) fn scratch_bytes(product: &Product, choice: Option<&Choice>) -> usize {
    let columns = product.matrix.dim().1;
    let unpacked = match choice {
        Some(Choice { encoding, size, .. }) if encoding.format.states_most() => {
            (2 * size.most).next_multiple_of(4) + size.most.next_multiple_of(4)
        }
        Some(Choice { encoding, .. }) if encoding.format == Format::Codes => columns.next_multiple_of(4),
        _ => 0,
    };
    (2 * columns).next_multiple_of(4) + unpacked
}

struct Chooser<'a> {
    program: &'a Program,
    options: &'a Options,
}

impl Chooser<'_> {
    fn of(&self, operation: &Operation) -> Result<Choices, ExportError> {
        match operation {
            Operation::Dense { input, output, product, .. } => {
                let rows = product.matrix.dim().0;
                let work = |encoding, size: &Size| Work::dense(encoding, size, rows);
                Ok(vec![self.one(product, [*input, *output], work, false)?])
            }
            Operation::Conv { input, output, product, geometry } => {
                let (dim, out) = (product.matrix.dim(), &self.program.tensors[*output]);
                let work = |encoding, size: &Size| Work::conv(encoding, size, dim, (out, geometry));
                Ok(vec![self.one(product, [*input, *output], work, geometry.groups > 1)?])
            }
            Operation::Pair { input, mid, output, stages } => {
                let ends = [[*input, *mid], [*mid, *output]];
                let choose = |(index, (product, geometry)): (usize, &(Product, _))| {
                    let (dim, out) = (product.matrix.dim(), &self.program.tensors[ends[index][1]]);
                    let work = |encoding, size: &Size| Work::pair(encoding, size, dim, (out, geometry));
                    // Formats of several rows would need too much stack here: FORMAT.md, section 4.3.
                    self.one(product, ends[index], work, true)
                };
                stages.iter().enumerate().map(choose).collect()
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The encoding that the options ask for: the smallest, the fastest, or a given one. `single_rows` refuses
    /// formats of several rows.
    fn one(
        &self,
        product: &Product,
        ends: [TensorId; 2],
        work: impl Fn(Encoding, &Size) -> Work,
        single_rows: bool,
    ) -> Result<Option<Choice>, ExportError> {
        let scales: [Option<Quantisation>; 2] = ends.map(|id| self.program.tensors[id].quantisation);
        let [Some(input), Some(output)] = scales else { return Ok(None) };
        let integers = settled(product, product.shared_integers(input, output), (input, output));
        let support = Support::of(integers.values.view());
        let forced = self.options.forced(&product.layer);
        let allowed = |encoding: &Encoding| {
            (!single_rows || encoding.format.block() == 1)
                && forced.is_none_or(|forced| forced.allows(*encoding))
        };
        let sizes = encodings().filter(allowed).filter_map(|encoding| {
            let size = size_on(encoding, &integers, &support)?;
            Some((self.options.rank(size.bytes, &work(encoding, &size)), encoding, size))
        });
        let best = sizes.min_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal));
        let Some((_, encoding, size)) = best else {
            let message = match forced {
                Some(forced) => format!("its weights cannot be stored as {}", forced.name()),
                None => "it has no weights".into(),
            };
            return Err(ExportError::Artifact { node: product.layer.clone(), message });
        };
        Ok(Some(Choice { integers, encoding, size }))
    }
}

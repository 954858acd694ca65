//! Sparse tensors: the compressed form of the file filled up to a dense one.
//!
//! Source: Chou, Kjolstad, Amarasinghe 2018, "Format abstraction for sparse tensor algebra compilers",
//! as the `TFLite` schema narrows it: each level is dense or compressed like a CSR row; blocks are further
//! levels at the end, mapped onto the tensor's axes.

use crate::Reason;
use crate::schema::{DimensionMetadataRef, DimensionType, SparseIndexVectorRef, SparsityParametersRef};

/// Most levels: axes and block axes.
const LEVELS: usize = 16;

/// One level of the compressed form.
enum Level {
    /// All indices below this size.
    Dense(usize),
    /// The indices at `segments[parent]..segments[parent + 1]`.
    Compressed { segments: Vec<usize>, indices: Vec<usize> },
}

struct Filler<'a> {
    levels: Vec<Level>,
    /// For each level, the tensor axis and the factor of its index there.
    axes: Vec<(usize, usize)>,
    strides: Vec<usize>,
    shape: &'a [usize],
    values: &'a [u8],
    width: usize,
    dense: Vec<u8>,
    taken: usize,
    /// Levels still to be entered: a sound form needs no more, an endless one is ended.
    visits: usize,
}

/// The dense bytes of a tensor of `shape` whose stored elements are `values`, `width` bytes each.
///
/// # Errors
/// Where the levels do not fit the shape or the values.
pub fn densify(
    sparsity: &SparsityParametersRef<'_>,
    shape: &[usize],
    values: &[u8],
    width: usize,
) -> Result<Vec<u8>, Reason> {
    let order = numbers(sparsity.traversal_order().map_err(broken)?.into_iter().flatten())?;
    let blocks = numbers(sparsity.block_map().map_err(broken)?.into_iter().flatten())?;
    let mut levels = Vec::new();
    for level in sparsity.dim_metadata().map_err(broken)?.into_iter().flatten() {
        levels.push(read_level(&level.map_err(broken)?)?);
        if levels.len() > LEVELS {
            return Err("its sparse form has too many levels".into());
        }
    }
    let fits = order.len() == levels.len() && levels.len() == shape.len() + blocks.len();
    let axes = if fits { level_axes(&order, &blocks, &levels, shape) } else { None };
    let axes = axes.ok_or("its sparse form does not fit its shape")?;
    let strides = strides(shape, width);
    let elements: usize = shape.iter().product();
    let dense = vec![0; elements * width];
    let visits = (elements + 1) * (levels.len() + 1);
    let mut filler = Filler { levels, axes, strides, shape, values, width, dense, taken: 0, visits };
    filler.fill(0, 0, &mut vec![0; shape.len()])?;
    if filler.taken == values.len() {
        Ok(filler.dense)
    } else {
        Err("its sparse form has another number of values than it says".into())
    }
}

/// Bytes from one index of each axis to the next, the last axis lying closest.
fn strides(shape: &[usize], width: usize) -> Vec<usize> {
    let step = |bytes: &mut usize, size: &usize| {
        let own = *bytes;
        *bytes = bytes.saturating_mul(*size);
        Some(own)
    };
    let mut strides: Vec<usize> = shape.iter().rev().scan(width, step).collect();
    strides.reverse();
    strides
}

fn broken(_: planus::Error) -> Reason {
    "its sparse form cannot be read".into()
}

fn numbers(found: impl Iterator<Item = i32>) -> Result<Vec<usize>, Reason> {
    let found: Option<Vec<usize>> = found.map(|v| usize::try_from(v).ok()).collect();
    found.ok_or_else(|| "its sparse form has a number below 0".into())
}

fn read_level(level: &DimensionMetadataRef<'_>) -> Result<Level, Reason> {
    if level.format().map_err(broken)? == DimensionType::Dense {
        let size = usize::try_from(level.dense_size().map_err(broken)?);
        return size.map(Level::Dense).map_err(|_| "its sparse form has a size below 0".into());
    }
    let segments = index_vector(level.array_segments().map_err(broken)?)?;
    let indices = index_vector(level.array_indices().map_err(broken)?)?;
    Ok(Level::Compressed { segments, indices })
}

fn index_vector(found: Option<SparseIndexVectorRef<'_>>) -> Result<Vec<usize>, Reason> {
    match found {
        Some(SparseIndexVectorRef::Int32Vector(v)) => {
            numbers(v.values().map_err(broken)?.into_iter().flatten())
        }
        Some(SparseIndexVectorRef::Uint16Vector(v)) => {
            Ok(v.values().map_err(broken)?.into_iter().flatten().map(usize::from).collect())
        }
        Some(SparseIndexVectorRef::Uint8Vector(v)) => {
            Ok(v.values().map_err(broken)?.unwrap_or_default().iter().map(|b| usize::from(*b)).collect())
        }
        None => Err("its sparse form lacks indices".into()),
    }
}

/// Which axis each level belongs to, and by how much its index moves along it: a block axis moves by 1,
/// the axis that it divides by the block's size.
fn level_axes(
    order: &[usize],
    blocks: &[usize],
    levels: &[Level],
    shape: &[usize],
) -> Option<Vec<(usize, usize)>> {
    let axes = shape.len();
    let mut size = vec![1_usize; axes];
    for (level, &place) in levels.iter().zip(order) {
        if let Some(block) = place.checked_sub(axes) {
            let Level::Dense(block_size) = level else { return None };
            if *block_size == 0 {
                return None;
            }
            *size.get_mut(*blocks.get(block)?)? = *block_size;
        }
    }
    let mut seen = vec![false; order.len()];
    let of = |&place: &usize| -> Option<(usize, usize)> {
        if std::mem::replace(seen.get_mut(place)?, true) {
            return None;
        }
        match place.checked_sub(axes) {
            None => Some((place, *size.get(place)?)),
            Some(block) => Some((*blocks.get(block)?, 1)),
        }
    };
    order.iter().map(of).collect()
}

impl Filler<'_> {
    /// Places the elements below `level`; `parent` is the position in the level above.
    fn fill(&mut self, level: usize, parent: usize, place: &mut Vec<usize>) -> Result<(), Reason> {
        let outside = || Reason::from("its sparse form has an index outside its shape");
        self.visits = self.visits.checked_sub(1).ok_or("its sparse form never ends")?;
        let Some(&(axis, factor)) = self.axes.get(level) else { return self.put(place) };
        let (from, to, dense) = match self.levels.get(level) {
            Some(Level::Dense(size)) => (0, *size, Some(*size)),
            Some(Level::Compressed { segments, .. }) => {
                let end = |i: usize| segments.get(i).copied().ok_or_else(outside);
                (end(parent)?, end(parent + 1)?, None)
            }
            None => return Err(outside()),
        };
        for position in from..to {
            let index = match self.levels.get(level) {
                Some(Level::Compressed { indices, .. }) => *indices.get(position).ok_or_else(outside)?,
                _ => position,
            };
            let moved = index.checked_mul(factor).ok_or_else(outside)?;
            let before = place.get(axis).copied().ok_or_else(outside)?;
            *place.get_mut(axis).ok_or_else(outside)? = before.checked_add(moved).ok_or_else(outside)?;
            if place.get(axis) >= self.shape.get(axis) {
                return Err(outside());
            }
            let next = match dense {
                Some(size) => parent.checked_mul(size).and_then(|p| p.checked_add(position)),
                None => Some(position),
            };
            self.fill(level + 1, next.ok_or_else(outside)?, place)?;
            *place.get_mut(axis).ok_or_else(outside)? = before;
        }
        Ok(())
    }

    fn put(&mut self, place: &[usize]) -> Result<(), Reason> {
        let few = || Reason::from("its sparse form has fewer values than it says");
        let at: usize = place.iter().zip(&self.strides).map(|(i, s)| i * s).sum();
        let source = self.values.get(self.taken..self.taken + self.width).ok_or_else(few)?;
        let target = self.dense.get_mut(at..at + self.width).ok_or_else(few)?;
        target.copy_from_slice(source);
        self.taken += self.width;
        Ok(())
    }
}

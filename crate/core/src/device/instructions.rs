//! How many instructions kernels take: counts of their parts times what was fitted to emulated runs.
//!
//! `instructions.json` is written by `npm run fit:instructions`, from runs on a Cortex-M0, M3 and M4.

use super::{Counts, Kernel};
use crate::collect::collected;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A kind of core that runs were counted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Armv6-M.
    M0,
    /// Armv7-M.
    M3,
    /// Armv7E-M.
    M4,
}

#[derive(Deserialize)]
struct Table {
    /// Relative root mean square error of whole models.
    error: f64,
    /// Bytes of code on a Cortex-M3: what every model needs, then kernels by name.
    code: BTreeMap<String, usize>,
    /// Core, then kernel: instructions of each part.
    cores: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let parsed = serde_json::from_str(include_str!("instructions.json"));
    parsed.unwrap_or_else(|_| Table { error: 0.0, code: BTreeMap::new(), cores: BTreeMap::new() })
});

impl Counted {
    fn name(self) -> &'static str {
        match self {
            Self::M0 => "m0",
            Self::M3 => "m3",
            Self::M4 => "m4",
        }
    }
}

/// Instructions of `kernel` on `core`, whose parts run as often as `counts` say.
pub fn instructions(core: Counted, kernel: Kernel, counts: &Counts) -> f64 {
    let fitted = TABLE.cores.get(core.name()).and_then(|kernels| kernels.get(&kernel.to_string()));
    let each = |fitted: &Vec<f64>| fitted.iter().zip(counts.parts()).map(|(each, count)| each * count).sum();
    fitted.map_or(0.0, each)
}

/// Relative error of the instructions of a whole model.
pub fn relative_error() -> f64 {
    TABLE.error
}

/// Bytes of code that a model with these kernels needs on a Cortex-M3.
pub fn code_bytes(kernels: impl Iterator<Item = Kernel>) -> usize {
    let names: BTreeSet<String> = collected(kernels.map(|kernel| kernel.to_string()));
    let of = |name: &str| TABLE.code.get(name).copied().unwrap_or(0);
    of("base") + names.iter().map(|name| of(name)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::{Counted, Counts, Kernel, TABLE, code_bytes, instructions};
    use crate::device::Encoding;
    use sepal_runtime::{Format, OpKind};

    const DENSE: Kernel = Kernel::stored(OpKind::Dense, Encoding::plain(Format::DenseS8));

    #[test]
    fn every_core_knows_every_kernel() {
        let kernels = |core: Counted| TABLE.cores[core.name()].keys().collect::<Vec<_>>();
        assert!(!kernels(Counted::M3).is_empty());
        assert_eq!(kernels(Counted::M0), kernels(Counted::M3));
        assert_eq!(kernels(Counted::M4), kernels(Counted::M3));
    }

    #[test]
    fn more_work_takes_more_instructions() {
        let dense = |entries: usize| {
            instructions(Counted::M3, DENSE, &Counts::Dense { entries, lines: 10, outputs: 10 })
        };
        assert!(dense(1000) > 2000.0 && dense(2000) > dense(1000) + 2000.0);
        assert!(code_bytes([DENSE].into_iter()) > 500);
    }
}

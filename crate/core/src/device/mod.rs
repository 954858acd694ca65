//! The devices that an artifact is judged by: memory, clock and what an instruction takes.
//!
//! The table is data, `devices.json` beside this file: a device more is an object more. Nothing here
//! knows of models.

mod encoding;
mod instructions;
mod kernel;

pub use encoding::Encoding;
pub use instructions::{Counted, code_bytes, instructions, relative_error};
pub use kernel::{Counts, Form, Kernel};

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use ts_rs::TS;

/// Kinds of processors, as far as they differ in instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Processor {
    /// Arm Cortex-M0.
    M0,
    /// Arm Cortex-M0+.
    M0Plus,
    /// Arm Cortex-M3.
    M3,
    /// Arm Cortex-M4.
    M4,
    /// Arm Cortex-M7.
    M7,
    /// Arm Cortex-M33.
    M33,
    /// Arm Cortex-M55.
    M55,
    /// RISC-V of 32 bits.
    Riscv,
    /// An Arm processor for applications.
    #[serde(rename = "cortex-a")]
    CortexA,
}

impl Processor {
    /// All of them, the smallest first.
    pub const ALL: [Self; 9] = [
        Self::M0,
        Self::M0Plus,
        Self::M3,
        Self::M4,
        Self::M7,
        Self::M33,
        Self::M55,
        Self::Riscv,
        Self::CortexA,
    ];

    /// As it is called in text.
    pub fn name(self) -> &'static str {
        match self {
            Self::M0 => "Cortex-M0",
            Self::M0Plus => "Cortex-M0+",
            Self::M3 => "Cortex-M3",
            Self::M4 => "Cortex-M4",
            Self::M7 => "Cortex-M7",
            Self::M33 => "Cortex-M33",
            Self::M55 => "Cortex-M55",
            Self::Riscv => "RISC-V",
            Self::CortexA => "Cortex-A",
        }
    }
}

/// One device. Memory is what its documents state; time is an estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"), deny_unknown_fields)]
#[ts(rename_all = "camelCase")]
pub struct Device {
    /// Unique, for the command line: lower case, digits and hyphens.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// Who makes it.
    pub maker: String,
    /// Its processor.
    pub core: Processor,
    /// Bytes of flash, or of what takes its place; absent where it is no part of the device.
    pub flash_bytes: Option<usize>,
    /// Bytes of RAM; absent likewise.
    pub ram_bytes: Option<usize>,
    /// Cycles per second.
    #[ts(type = "number")]
    pub clock_hz: u64,
    /// Estimate for the runtime's kernels.
    pub cycles_per_instruction: f64,
    /// How far off that may be, relative: 0.25 is a quarter more or less.
    pub cycles_error: f64,
    /// What the estimate rests on.
    pub basis: String,
    /// Whether it computes float32 in hardware.
    pub has_fpu: bool,
    /// The document that the memory and the clock are from.
    pub source: String,
    /// Stands for comparison only: its memory is no limit.
    pub context_only: bool,
}

/// A test holds the file to its form, so that the table is never empty.
static TABLE: LazyLock<Vec<Device>> =
    LazyLock::new(|| serde_json::from_str(include_str!("devices.json")).unwrap_or_default());

/// All devices, those for comparison last.
pub fn devices() -> &'static [Device] {
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::{Device, devices};
    use std::collections::BTreeSet;

    #[test]
    fn the_table_can_be_read() {
        let read: Result<Vec<Device>, _> = serde_json::from_str(include_str!("devices.json"));
        assert_eq!(read.map(|table| table.len()).map_err(|error| error.to_string()), Ok(devices().len()));
        assert!(devices().len() >= 14);
    }

    #[test]
    fn ids_and_names_are_unique() {
        let ids: BTreeSet<&str> = devices().iter().map(|device| device.id.as_str()).collect();
        let names: BTreeSet<&str> = devices().iter().map(|device| device.name.as_str()).collect();
        assert_eq!((ids.len(), names.len()), (devices().len(), devices().len()));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(ids.iter().all(|id| !id.is_empty() && id.chars().all(plain)), "{ids:?}");
    }

    #[test]
    fn numbers_are_possible() {
        for device in devices() {
            let Device { id, cycles_per_instruction, cycles_error, .. } = device;
            assert!((1_000_000..=4_000_000_000).contains(&device.clock_hz), "{id}: clock");
            assert!((0.3..=4.0).contains(cycles_per_instruction), "{id}: cycles");
            assert!((0.05..=0.9).contains(cycles_error), "{id}: error of the cycles");
            assert!(
                device.flash_bytes.is_none_or(|bytes| bytes >= 8 << 10 && bytes % 1024 == 0),
                "{id}: flash"
            );
            assert!(device.ram_bytes.is_none_or(|bytes| bytes >= 2 << 10 && bytes % 1024 == 0), "{id}: RAM");
            for text in [&device.name, &device.maker, &device.basis, &device.source] {
                assert!(!text.is_empty() && !text.contains("://"), "{id}: {text}");
            }
        }
    }

    #[test]
    fn only_a_device_for_comparison_has_no_memory() {
        for device in devices().iter().filter(|device| !device.context_only) {
            assert!(device.flash_bytes.is_some() && device.ram_bytes.is_some(), "{}", device.id);
        }
        assert!(devices().is_sorted_by_key(|device| device.context_only));
    }
}

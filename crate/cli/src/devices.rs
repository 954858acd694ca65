//! `sepal devices`, and memory of devices by name as limits of a search.

use crate::arguments::Devices;
use anyhow::{Result, bail};
use sepal_core::session::{Device, Processor, devices};
use serde::Serialize;

/// What a device leaves to a search: bytes of flash and of RAM as its data sheet states them.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) flash: usize,
    pub(crate) ram: usize,
}

/// The memory of the device called `name`.
pub(crate) fn find(name: &str) -> Result<Memory> {
    let limits = |device: &Device| match (device.context_only, device.flash_bytes, device.ram_bytes) {
        (false, Some(flash), Some(ram)) => Some(Memory { flash, ram }),
        _ => None,
    };
    let Some(device) = devices().iter().find(|device| device.id == name) else {
        let names = devices().iter().filter(|device| limits(device).is_some());
        let names: Vec<&str> = names.map(|device| device.id.as_str()).collect();
        bail!("there is no device '{name}'; there are {}", names.join(", "))
    };
    match limits(device) {
        Some(memory) => Ok(memory),
        None => bail!("the device '{name}' is for comparison only: its memory is no limit"),
    }
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    maker: &'a str,
    core: Processor,
    flash_bytes: Option<usize>,
    ram_bytes: Option<usize>,
    clock_hz: u64,
    cycles_per_instruction: f64,
    cycles_error: f64,
    basis: &'a str,
    has_fpu: bool,
    source: &'a str,
    context_only: bool,
}

impl<'a> From<&'a Device> for Row<'a> {
    fn from(device: &'a Device) -> Self {
        Self {
            id: &device.id,
            name: &device.name,
            maker: &device.maker,
            core: device.core,
            flash_bytes: device.flash_bytes,
            ram_bytes: device.ram_bytes,
            clock_hz: device.clock_hz,
            cycles_per_instruction: device.cycles_per_instruction,
            cycles_error: device.cycles_error,
            basis: &device.basis,
            has_fpu: device.has_fpu,
            source: &device.source,
            context_only: device.context_only,
        }
    }
}

pub(crate) fn run(arguments: &Devices) -> Result<String> {
    let rows: Vec<Row> = devices().iter().map(Row::from).collect();
    Ok(if arguments.json { serde_json::to_string_pretty(&rows)? } else { text() })
}

fn text() -> String {
    let header =
        format!("{:<16} {:<26} {:<11} {:>10} {:>10} {:>9}", "id", "name", "core", "flash", "RAM", "clock");
    let lines = devices().iter().map(|device| {
        let line = format!(
            "{:<16} {:<26} {:<11} {:>10} {:>10} {:>9}",
            device.id,
            device.name,
            device.core.name(),
            kib(device.flash_bytes),
            kib(device.ram_bytes),
            format!("{} MHz", device.clock_hz / 1_000_000),
        );
        if device.context_only { format!("{line}  for comparison only") } else { line }
    });
    [header].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

/// Data sheets count memory in units of 1,024 bytes.
fn kib(bytes: Option<usize>) -> String {
    bytes.map_or("-".into(), |bytes| format!("{} KiB", bytes / 1024))
}

#[cfg(test)]
mod tests {
    use super::{find, text};

    #[test]
    fn a_device_is_found_by_its_id() {
        let memory = find("stm32f103").unwrap();
        assert_eq!((memory.flash, memory.ram), (64 * 1024, 20 * 1024));
        assert!(
            find("toaster").err().unwrap().to_string().contains("no device 'toaster'; there are stm32f103")
        );
        assert!(find("tegra-k1").err().unwrap().to_string().contains("for comparison only"));
    }

    #[test]
    fn what_was_called_a_device_still_is_one() {
        let before = ["stm32f103", "stm32f405", "stm32f411", "nrf52840", "rp2040"];
        for name in before.into_iter().chain(["microbit-v1", "nano-33-ble", "esp32-c3"]) {
            assert!(find(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_list_has_a_line_for_each() {
        assert_eq!(text().lines().count(), 1 + sepal_core::session::devices().len());
        assert!(
            text().contains("micro:bit v1               Cortex-M0      256 KiB     16 KiB    16 MHz"),
            "{}",
            text()
        );
    }
}

//! Flash and RAM of devices by name, as limits of a search.

use anyhow::{Result, bail};

/// A microcontroller: bytes of flash and of RAM as its data sheet states them.
pub(crate) struct Device {
    pub(crate) name: &'static str,
    pub(crate) flash: usize,
    pub(crate) ram: usize,
}

const KIB: usize = 1024;

const DEVICES: [Device; 8] = [
    Device { name: "stm32f103", flash: 64 * KIB, ram: 20 * KIB },
    Device { name: "stm32f405", flash: 1024 * KIB, ram: 192 * KIB },
    Device { name: "stm32f411", flash: 512 * KIB, ram: 128 * KIB },
    Device { name: "nrf52840", flash: 1024 * KIB, ram: 256 * KIB },
    Device { name: "rp2040", flash: 2048 * KIB, ram: 264 * KIB },
    Device { name: "microbit-v1", flash: 256 * KIB, ram: 16 * KIB },
    Device { name: "nano-33-ble", flash: 1024 * KIB, ram: 256 * KIB },
    Device { name: "esp32-c3", flash: 4096 * KIB, ram: 400 * KIB },
];

/// The device called `name`.
pub(crate) fn find(name: &str) -> Result<&'static Device> {
    if let Some(device) = DEVICES.iter().find(|device| device.name == name) {
        return Ok(device);
    }
    let names: Vec<&str> = DEVICES.iter().map(|device| device.name).collect();
    bail!("there is no device '{name}'; there are {}", names.join(", "))
}

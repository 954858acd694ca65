//! Handing out: the figures of a plan, its files for a device, its package, and the report about all of it.

pub(super) mod device;
pub(super) mod package;
pub(super) mod report;
pub(super) mod results;
pub(super) mod tflite;

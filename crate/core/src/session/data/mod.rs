//! Reading data: running the model shows what files mean, and what they are scored by.

mod measured;
mod preview;
mod reading;
pub(super) mod samples;
mod scalings;
mod told;
mod warning;

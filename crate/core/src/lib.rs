//! Everything Sepal knows about models: read them, factor their layers, count what they cost,
//! run them, and write them again.
//!
//! The stages are modules, and [`session::Session`] is the only face that shells (the page, the command line) see.
//! Its verbs in the order of the data flow:
//!
//! 1. `open_model`: bytes, read by [`sepal_onnx`] and [`sepal_tflite`], become one kind of [`graph`], whatever wrote
//!    them ([`import`]); its layers are listed, with every setting that fits them ([`compress`]) and what that costs
//!    ([`cost`]).
//! 2. `open_samples`, `open_calibration`: files, unpacked and decoded by [`sepal_data`], become samples ([`dataset`]),
//!    read as the model wants them.
//! 3. `pending`, `factor`: what is costly is done once for each layer: decompositions ([`sepal_linalg`]) behind the inputs
//!    that calibration samples give it ([`profile`]).
//! 4. `apply`: a plan becomes a compressed model, its figures, and what it takes on a device ([`schedule`]).
//! 5. [`evaluate`]: its bytes are run on the samples, as the downloaded file would be.
//! 6. `start_search`, `step_search`: the plan that loses least under limits ([`search`]), by 3 to 5.
//! 7. `export_onnx`, `export_artifact`, `export_tflite`, `package`: the files for a person to take away ([`export`]), with
//!    `report`; [`device`] says what they fit.
//!
//! No files, clocks, threads or environment in here: seeds and bytes are arguments.

mod collect;
pub mod compress;
pub mod cost;
pub mod dataset;
pub mod device;
pub mod evaluate;
pub mod export;

pub mod graph;
pub mod import;
pub mod profile;
pub mod schedule;
pub mod search;
pub mod session;
mod whole;

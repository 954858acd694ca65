//! Everything Sepal knows about models: read them, factor their layers, count what they cost,
//! run them, and write them again.
//!
//! The stages are modules and the data flow is one line:
//! bytes → [`import`] → [`graph`] → [`profile`], [`compress`] → [`cost`], [`evaluate`], [`export`] →
//! [`search`];
//! [`session`] is the only face that shells (the page, the command line) see.
//!
//! No files, clocks, threads or environment in here: seeds and bytes are arguments.

pub mod compress;
pub mod cost;
pub mod dataset;
pub mod device;
pub mod evaluate;
pub mod export;
pub mod graph;
pub mod import;
pub mod limit;
pub mod profile;
pub mod schedule;
pub mod search;
pub mod session;
pub mod tflite;
mod whole;

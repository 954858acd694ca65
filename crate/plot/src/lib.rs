//! Sepal's curves: a [`Chart`] of plain series in, a [`Picture`] (an SVG string and its mapping) out.
//!
//! The drawing is done by plotters over a backend of our own that writes SVG for the page:
//!
//! - it never measures a font, so it runs in a worker, where plotters' own text code would trap;
//! - it writes classes and no style or colour, so a strict content security policy holds and themes,
//!   forced colours and print are ordinary CSS;
//! - it draws at ten units per CSS pixel, so curves are smooth although plotters counts whole units;
//! - the same chart gives the same bytes, so the command line's reports and golden files can compare.
//!
//! The crate knows nothing of models, layers or plans and must stay so: whoever has numbers may draw them.
//!
//! # Example
//! ```
//! use sepal_plot::{Axis, Chart, Mark, Series, TickFormat, render};
//! let axis = |max, format, label: &str| Axis { min: 0.0, max, log: false, format, label: label.into() };
//! let chart = Chart {
//!     width: 480.0,
//!     height: 240.0,
//!     x: axis(64.0, TickFormat::Plain, "rank"),
//!     y: axis(1.0, TickFormat::Percent, "accuracy"),
//!     series: vec![Series { id: "accuracy".into(), mark: Mark::Line, points: vec![(1.0, 0.2), (64.0, 0.98)] }],
//!     rules: vec![],
//!     title: "Accuracy by rank".into(),
//!     description: "Accuracy rises from 20 % to 98 %.".into(),
//! };
//! let picture = render(&chart)?;
//! assert!(picture.svg.starts_with("<svg"));
//! # Ok::<(), sepal_plot::PlotError>(())
//! ```

mod backend;
mod chart;
mod clip;
mod document;
mod error;
mod format;
mod layout;
mod marks;
mod render;
mod role;
mod scale;
mod text;
mod ticks;

pub use chart::{Axis, Chart, Direction, Mark, Picture, Rule, Series, TickFormat};
pub use error::PlotError;
pub use render::render;

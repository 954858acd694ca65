//! `sepal plot`.

use crate::arguments::Plot;
use crate::files;
use anyhow::{Result, anyhow};
use sepal_plot::{Chart, render};
use std::io::Write;

pub(crate) fn run(arguments: &Plot) -> Result<String> {
    let path = &arguments.chart;
    let chart: Chart = serde_json::from_slice(&files::read(path)?)
        .map_err(|error| anyhow!("{} is not a chart: {error}", path.display()))?;
    let picture = render(&chart)?;
    if let Some(out) = &arguments.out {
        files::create(out)?.write_all(picture.svg.as_bytes())?;
    }
    Ok(match (&arguments.out, arguments.json) {
        (_, true) => serde_json::to_string(&picture)?,
        (Some(out), false) => format!("written to {}", out.display()),
        (None, false) => picture.svg.trim_end().to_owned(),
    })
}

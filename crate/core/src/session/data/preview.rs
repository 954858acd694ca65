//! The first samples as the model sees them, small enough to show.

use crate::dataset::{Arrangement, Layout, Raw, Samples};
use crate::session::Preview;

/// Samples that are shown.
const SHOWN: usize = 8;
/// Values of one, at most: larger ones are thinned out.
const VALUES: usize = 3 * 96 * 96;
/// A plane with more rows than this is one picture, with fewer its rows are signals.
const SIGNALS: usize = 16;

/// How samples of `shape` look, as they were stored in `stored`.
fn arrangement(shape: &[usize], stored: &[usize]) -> Arrangement {
    let plane = |rows, columns| Arrangement { channels: 1, rows, columns, layout: Layout::Nchw };
    let size: usize = shape.iter().product();
    match (shape, stored) {
        ([_], [rows, columns] | [rows, columns, 1] | [1, rows, columns]) if rows * columns == size => {
            plane(*rows, *columns)
        }
        ([rows, columns], _) if *rows > SIGNALS => plane(*rows, *columns),
        _ => Arrangement::of(shape),
    }
}

/// The first samples with classes interleaved.
pub(crate) fn previews(samples: &Samples, raw: &Raw) -> Vec<Preview> {
    let whole = arrangement(&samples.shape, raw.shape.get(1..).unwrap_or_default());
    let size = (whole.channels * whole.rows * whole.columns).max(1);
    let surplus = size.div_ceil(VALUES);
    let step = if whole.rows == 1 { surplus } else { surplus.isqrt() + usize::from(surplus > 1) };
    let rows: Vec<usize> = (0..whole.rows).step_by(step.max(1)).collect();
    let columns: Vec<usize> = (0..whole.columns).step_by(step.max(1)).collect();
    let first = samples.interleaving().into_iter().take(SHOWN);
    first
        .map(|index| {
            let sample = samples.sample(index);
            let mut values = Vec::new();
            for channel in 0..whole.channels {
                for row in &rows {
                    let places = columns.iter().map(|column| row * whole.columns + column);
                    values.extend(places.map(|place| whole.at(sample, channel, place)));
                }
            }
            values.truncate(VALUES);
            Preview {
                shape: (whole.channels, rows.len(), columns.len()),
                values,
                label: label(samples, raw, index),
            }
        })
        .collect()
}

/// What is known of a sample, in words.
fn label(samples: &Samples, raw: &Raw, index: usize) -> Option<String> {
    if let [label] = samples.labels_of(index) {
        let name = usize::try_from(*label).ok().and_then(|label| raw.class_names.get(label));
        return Some(name.cloned().unwrap_or_else(|| label.to_string()));
    }
    let width = samples.targets.len().checked_div(samples.len())?;
    let own = samples.targets.get(index * width..(index + 1) * width).filter(|own| !own.is_empty())?;
    let shown: Vec<String> = own.iter().take(3).map(|value| format!("{value:.3}")).collect();
    Some(if own.len() > shown.len() { format!("{}, ...", shown.join(", ")) } else { shown.join(", ") })
}

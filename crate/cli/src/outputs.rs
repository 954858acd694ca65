//! Every output of a model, as lines of text.

use sepal_core::session::{Metric, OutputView};

/// A line for each; none where there is one output, of which all else speaks.
pub(crate) fn lines(outputs: &[OutputView]) -> Vec<String> {
    if outputs.len() < 2 {
        return Vec::new();
    }
    outputs.iter().map(line).collect()
}

fn line(output: &OutputView) -> String {
    let shape: Vec<String> = output.shape.iter().map(ToString::to_string).collect();
    let shape = if shape.is_empty() { String::new() } else { format!(" ({})", shape.join(" x ")) };
    let name = format!("output '{}'{shape}", output.name);
    let unit = |metric: Metric, value: f64| {
        if metric.rises() { format!("{value:.2} %") } else { format!("{value:.6}") }
    };
    let base = |metric: Metric| {
        output.base_value.map_or_else(String::new, |v| format!(", original {}", unit(metric, v)))
    };
    let share = |value: f64| match output.spread {
        Some(spread) if spread > 0.0 => format!(", {:.1} % of its spread", 100.0 * value / spread),
        _ => String::new(),
    };
    match (output.metric, output.value, &output.reason) {
        (_, _, Some(reason)) => format!("{name}: {reason}"),
        (Some(metric), Some(value), None) if output.chosen => {
            format!("{name}, the scored one: {} {}{}", metric.name(), unit(metric, value), base(metric))
        }
        (Some(Metric::Agreement), Some(value), None) => {
            format!("{name}: same class as the original on {value:.2} % of the samples")
        }
        (Some(_), Some(value), None) => {
            format!("{name}: root mean squared difference from the original {value:.6}{}", share(value))
        }
        _ if output.chosen => format!("{name}, the scored one"),
        _ => format!("{name}: nothing says what is right of it"),
    }
}

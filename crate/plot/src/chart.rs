//! What a chart is made of, as it crosses the seam: JSON in camelCase, TypeScript types by ts-rs.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the numbers of an axis are written at its ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TickFormat {
    /// A ratio as a percentage: 0.98 is "98 %".
    Percent,
    /// The number itself: "0.25", "16", "1e-6".
    Plain,
    /// Bytes in decimal units: "120 kB", "1.1 MB".
    Bytes,
    /// How many there are: "950", "266 k", "2.3 M".
    Count,
}

/// One axis: the range of data that is shown, and how.
///
/// Where the range is empty, or its lower end cannot be shown on a logarithmic axis, a usable one is taken
/// instead; [`Picture`] tells which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Axis {
    /// The value at the left or lower end.
    pub min: f64,
    /// The value at the right or upper end.
    pub max: f64,
    /// Logarithmic instead of linear.
    pub log: bool,
    /// How ticks are written.
    pub format: TickFormat,
    /// What is counted and in which unit, in words; empty for no title.
    pub label: String,
}

/// How a series is drawn, and the class of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A line through the points.
    Line,
    /// The same with the class for dashes.
    Dashed,
    /// The same with the class for dots.
    Dotted,
    /// A circle at each point, and no path.
    Points,
    /// The region between the line and zero (on a logarithmic axis: the lower end).
    Area,
    /// A bar at each point, from zero up or down. Leave half a step of room at both ends of the x axis.
    Bars,
}

impl Mark {
    /// The class of the path, equal to the name on the wire.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Dashed => "dashed",
            Self::Dotted => "dotted",
            Self::Points => "points",
            Self::Area => "area",
            Self::Bars => "bars",
        }
    }
}

/// One series of points; series are painted in their order in the chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// Becomes `class="series <id>"` of the group.
    pub id: String,
    /// How it is drawn.
    pub mark: Mark,
    /// The points (x, y). One that is not finite, or not positive on a logarithmic axis, leaves a gap.
    pub points: Vec<(f64, f64)>,
}

/// Which of the two axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The horizontal axis.
    X,
    /// The vertical axis.
    Y,
}

/// A line across the whole plotting area at one value, such as a budget or a break-even.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Becomes `class="rule <id>"` of the line.
    pub id: String,
    /// The axis that `at` is a value of: a rule on x is upright.
    pub axis: Direction,
    /// Where; outside of the axis nothing is drawn.
    pub at: f64,
}

/// Everything that one picture is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// Width in CSS pixels.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, first below.
    pub series: Vec<Series>,
    /// Lines above the series.
    pub rules: Vec<Rule>,
    /// The accessible name of the picture; it is not drawn.
    pub title: String,
    /// What the picture shows, in a sentence, for those who do not see it.
    pub description: String,
}

/// A drawn chart and how its data map to pixels, so that an overlay needs no further call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// The SVG element.
    pub svg: String,
    /// The plotting area as (x0, y0, x1, y1) in CSS pixels, y downwards.
    pub rect: (f64, f64, f64, f64),
    /// The data at the left and the right edge of `rect`.
    pub x_range: (f64, f64),
    /// The data at the lower and the upper edge of `rect`.
    pub y_range: (f64, f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_has_the_names_of_the_seam() -> Result<(), serde_json::Error> {
        let wire = r#"{"width":1.0,"height":2.0,
            "x":{"min":0.0,"max":1.0,"log":false,"format":"percent","label":"a"},
            "y":{"min":1.0,"max":2.0,"log":true,"format":"bytes","label":""},
            "series":[{"id":"s","mark":"dashed","points":[[0.0,1.5]]}],
            "rules":[{"id":"r","axis":"x","at":0.5}],"title":"t","description":"d"}"#;
        let chart: Chart = serde_json::from_str(wire)?;
        let compact: String = wire.split('\n').map(str::trim).collect();
        assert_eq!(serde_json::to_string(&chart)?, compact);
        let ranges = ((0.0, 1.0), (2.0, 3.0));
        let picture =
            Picture { svg: "s".into(), rect: (1.0, 2.0, 3.0, 4.0), x_range: ranges.0, y_range: ranges.1 };
        let wire = r#"{"svg":"s","rect":[1.0,2.0,3.0,4.0],"xRange":[0.0,1.0],"yRange":[2.0,3.0]}"#;
        assert_eq!(serde_json::to_string(&picture)?, wire);
        Ok(())
    }

    #[test]
    fn a_mark_has_one_name_as_class_and_on_the_wire() -> Result<(), serde_json::Error> {
        for mark in [Mark::Line, Mark::Dashed, Mark::Dotted, Mark::Points, Mark::Area, Mark::Bars] {
            assert_eq!(serde_json::to_string(&mark)?, format!("\"{}\"", mark.class()));
        }
        Ok(())
    }
}

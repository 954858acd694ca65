//! Puts the parts of a picture together as one SVG element.

use std::fmt::Write;

use crate::backend::Layers;
use crate::chart::{Chart, Mark};
use crate::text::{TICK_PX, escape, fingerprint};

/// The SVG element of a chart. From below: grid, axes, series in their order, rules, text.
///
/// Sizes of text are attributes, because the layout depends on them; everything else is left to classes.
pub(crate) fn write(chart: &Chart, layers: &Layers) -> String {
    let mut svg = head(chart);
    // Writing to a string cannot fail.
    let _ = writeln!(svg, r#"<path class="grid" d="{}"/>"#, layers.grid);
    let _ = writeln!(svg, r#"<path class="axis" d="{}"/>"#, layers.axis);
    for (series, shape) in chart.series.iter().zip(&layers.series) {
        let _ = write!(svg, r#"<g class="series {}">"#, escape(&series.id));
        if series.mark == Mark::Points {
            svg.push_str(&shape.circles);
        } else {
            let _ = write!(svg, r#"<path class="{}" d="{}"/>"#, series.mark.class(), shape.path);
        }
        svg.push_str("</g>\n");
    }
    for (rule, ends) in chart.rules.iter().zip(&layers.rules).filter(|(_, ends)| !ends.is_empty()) {
        let _ = writeln!(svg, r#"<line class="rule {}" {ends}/>"#, escape(&rule.id));
    }
    svg.push_str(&layers.texts);
    svg.push_str("</svg>\n");
    svg
}

/// The opening tag, the title and the description. Their ids depend on their texts, so that two charts on a
/// page share an id only where it names the same words.
fn head(chart: &Chart) -> String {
    let Chart { width, height, title, description, .. } = chart;
    let id = fingerprint(&[title, description]);
    let size = format!(r#"viewBox="0 0 {width} {height}" width="{width}" height="{height}""#);
    let (title, description) = (escape(title), escape(description));
    format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" "#,
            r#"aria-labelledby="title-{id} desc-{id}" {size} font-size="{font}">"#,
            "\n<title id=\"title-{id}\">{title}</title>\n<desc id=\"desc-{id}\">{description}</desc>\n"
        ),
        id = id,
        size = size,
        font = TICK_PX,
        title = title,
        description = description,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Axis, Direction, Rule, Series, TickFormat};

    fn chart() -> Chart {
        let axis = Axis { min: 0.0, max: 1.0, log: false, format: TickFormat::Plain, label: String::new() };
        let series = |id: &str, mark| Series { id: id.into(), mark, points: vec![] };
        Chart {
            width: 300.0,
            height: 200.5,
            x: axis.clone(),
            y: axis,
            series: vec![series("a\"><b", Mark::Dashed), series("tries", Mark::Points)],
            rules: vec![Rule { id: "cut".into(), axis: Direction::X, at: 0.5 }],
            title: "A < B".into(),
            description: "\"d\"".into(),
        }
    }

    #[test]
    fn names_are_escaped_and_empty_series_keep_their_group() {
        let svg = write(&chart(), &Layers::new(2, 1));
        assert!(
            svg.contains(r#"<g class="series a&quot;&gt;&lt;b"><path class="dashed" d=""/></g>"#),
            "{svg}"
        );
        assert!(svg.contains(r#"<g class="series tries"></g>"#), "{svg}");
        assert!(svg.contains(">A &lt; B</title>") && svg.contains(">&quot;d&quot;</desc>"), "{svg}");
        assert!(svg.contains(r#"viewBox="0 0 300 200.5""#), "{svg}");
        assert!(!svg.contains("<line"), "{svg}");
    }

    #[test]
    fn other_words_have_other_ids() {
        let (one, mut two) = (chart(), chart());
        two.title.push('!');
        assert_eq!(head(&one), head(&chart()));
        let id = |head: &str| head.split('"').find(|part| part.starts_with("title-")).map(str::to_owned);
        assert_ne!(id(&head(&one)), id(&head(&two)));
    }
}

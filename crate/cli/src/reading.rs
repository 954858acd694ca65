//! `--preprocess`: how samples are read.

use crate::arguments::Reading;
use crate::files;
use anyhow::{Context, Result, bail};
use sepal_core::session::Preprocessing;
use serde_json::{Value, json};
use std::path::Path;

/// What the arguments say; the later ones count.
pub(crate) fn preprocessing(reading: &Reading) -> Result<Preprocessing> {
    let mut found = serde_json::Map::new();
    for text in &reading.preprocess {
        match text.split_once('=') {
            Some((key, value)) => {
                let (key, value) = entry(key.trim(), value.trim())?;
                found.insert(key.into(), value);
            }
            None => found.extend(from_file(Path::new(text))?),
        }
    }
    serde_json::from_value(Value::Object(found)).context("--preprocess cannot be understood")
}

fn from_file(path: &Path) -> Result<serde_json::Map<String, Value>> {
    let wrong = || format!("{} is no JSON file of preprocessing", path.display());
    match serde_json::from_slice(&files::read(path)?).with_context(wrong)? {
        Value::Object(entries) => Ok(entries),
        _ => bail!(wrong()),
    }
}

/// Key and value as the core calls them.
fn entry(key: &str, value: &str) -> Result<(&'static str, Value)> {
    Ok(match key {
        "scale" => ("scale", numbers(key, value)?),
        "offset" => ("offset", numbers(key, value)?),
        "layout" => ("layout", json!(word(key, value, &["nchw", "nhwc"])?)),
        "colour" | "color" => ("colour", json!(word(key, value, &["rgb", "bgr", "grey"])?)),
        "quantised" | "quantized" => ("quantised", json!(word(key, value, &["true", "false"])? == "true")),
        "metric" => {
            let all = ["accuracy", "agreement", "error", "reconstruction", "auc"];
            ("metric", json!(word(key, value, &all)?))
        }
        "label-column" | "labelColumn" => ("labelColumn", json!(value)),
        "first-label" | "firstLabel" => ("firstLabel", whole(key, value)?),
        "threshold" => ("threshold", number(key, value)?),
        "batch-axis" | "batchAxis" => ("batchAxis", whole(key, value)?),
        _ => bail!(
            "--preprocess has no '{key}'; it has scale, offset, layout, colour, quantised, metric, label-column, first-label, threshold and batch-axis"
        ),
    })
}

fn word<'a>(key: &str, value: &'a str, allowed: &[&str]) -> Result<&'a str> {
    if allowed.contains(&value) {
        return Ok(value);
    }
    bail!("--preprocess {key} is one of {}, not '{value}'", allowed.join(", "))
}

/// A number; a fraction is one too.
fn one(part: &str) -> Option<f32> {
    let (above, below) = part.split_once('/').unwrap_or((part, "1"));
    let value = above.trim().parse::<f32>().ok()? / below.trim().parse::<f32>().ok()?;
    value.is_finite().then_some(value)
}

fn number(key: &str, text: &str) -> Result<Value> {
    let found = one(text).with_context(|| format!("--preprocess {key} takes a number, not '{text}'"))?;
    Ok(json!(found))
}

fn whole(key: &str, text: &str) -> Result<Value> {
    let found: Result<u32, _> = text.parse();
    Ok(json!(found.with_context(|| format!("--preprocess {key} takes a whole number, not '{text}'"))?))
}

/// Numbers with commas.
fn numbers(key: &str, text: &str) -> Result<Value> {
    let found: Option<Vec<f32>> = text.split(',').map(one).collect();
    let found =
        found.with_context(|| format!("--preprocess {key} takes numbers with commas, not '{text}'"))?;
    Ok(json!(found))
}

#[cfg(test)]
mod tests {
    use super::{Reading, preprocessing};
    use sepal_core::session::{Colour, Layout, Metric, Preprocessing};

    fn read(texts: &[&str]) -> anyhow::Result<Preprocessing> {
        preprocessing(&Reading { preprocess: texts.iter().map(|text| (*text).to_owned()).collect() })
    }

    #[test]
    fn every_key_is_understood() {
        let found = read(&[
            "scale=1/255,2",
            "offset=-1",
            "layout=nhwc",
            "colour=bgr",
            "quantised=false",
            "metric=auc",
            "label-column=a,b",
            "first-label=1",
            "threshold=1/4",
            "batch-axis=1",
        ]);
        let expected = Preprocessing {
            scale: Some(vec![1.0 / 255.0, 2.0]),
            offset: Some(vec![-1.0]),
            layout: Some(Layout::Nhwc),
            colour: Some(Colour::Bgr),
            quantised: Some(false),
            metric: Some(Metric::Auc),
            label_column: Some("a,b".into()),
            first_label: Some(1),
            threshold: Some(0.25),
            batch_axis: Some(1),
        };
        assert_eq!(found.unwrap(), expected);
        assert_eq!(read(&[]).unwrap(), Preprocessing::default());
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (text, expected) in [
            ("scale=big", "takes numbers with commas, not 'big'"),
            ("layout=hwc", "is one of nchw, nhwc, not 'hwc'"),
            ("first-label=-1", "takes a whole number, not '-1'"),
            ("threshold=half", "takes a number, not 'half'"),
            ("mean=1", "has no 'mean'"),
            ("nothing.json", "there is no such file"),
        ] {
            let error = read(&[text]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

//! Whole pictures compared with those in `tests/golden`, byte for byte.
//!
//! `BLESS=1 cargo test -p sepal-plot --test golden` writes them anew; look at the difference before keeping it.

use std::error::Error;
use std::path::Path;

use sepal_plot::{Chart, Picture, render};

/// Draws `<name>.json` and compares with `<name>.svg`.
fn check(name: &str) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let chart: Chart = serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{name}.json")))?)?;
    let Picture { svg, .. } = render(&chart)?;
    let golden = folder.join(format!("{name}.svg"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&golden, &svg)?;
    }
    let expected = std::fs::read_to_string(&golden)?;
    let differs = svg.lines().zip(expected.lines()).position(|(now, then)| now != then);
    assert!(
        svg == expected,
        "{name}.svg differs, first in line {:?}; BLESS=1 accepts",
        differs.map(|n| n + 1)
    );
    Ok(())
}

#[test]
fn sweep() -> Result<(), Box<dyn Error>> {
    check("sweep")
}

#[test]
fn trade_off() -> Result<(), Box<dyn Error>> {
    check("trade_off")
}

#[test]
fn spectrum() -> Result<(), Box<dyn Error>> {
    check("spectrum")
}

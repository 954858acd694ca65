//! `--size` and `--output`: what a model's file leaves open.

use crate::arguments::Opening;
use anyhow::{Context, Result, bail};
use sepal_core::session::OpenOptions;

/// What the arguments say.
pub(crate) fn options(opening: &Opening) -> Result<OpenOptions> {
    let mut options = OpenOptions { output: opening.output.clone(), ..OpenOptions::default() };
    for text in &opening.sizes {
        let wrong =
            || format!("--size takes AXIS=N or INPUT=1x3x48x192 with whole numbers from 1, not '{text}'");
        // Names may hold any sign, sizes do not.
        let (name, sizes) = text.rsplit_once('=').filter(|(name, _)| !name.is_empty()).with_context(wrong)?;
        let sizes = sizes.split(['x', 'X', '×', ',']).map(|size| size.trim().parse::<usize>());
        let sizes = sizes.collect::<Result<Vec<_>, _>>().with_context(wrong)?;
        if sizes.contains(&0) {
            bail!(wrong());
        }
        match sizes[..] {
            [size] => options.sizes.extend([(name.to_owned(), size)]),
            ref shape => {
                let axes = shape.iter().enumerate().map(|(axis, size)| (format!("{name}[{axis}]"), *size));
                options.sizes.extend(axes);
            }
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::{Opening, options};

    fn sizes(texts: &[&str]) -> anyhow::Result<Vec<(String, usize)>> {
        let sizes = texts.iter().map(|text| (*text).to_owned()).collect();
        Ok(options(&Opening { sizes, output: None })?.sizes.into_iter().collect())
    }

    #[test]
    fn axes_and_whole_shapes_are_understood() {
        let found = sizes(&["height=48", "net/in:0=1x3x8", "a=b=2"]).unwrap();
        let expected =
            [("a=b", 2), ("height", 48), ("net/in:0[0]", 1), ("net/in:0[1]", 3), ("net/in:0[2]", 8)];
        assert_eq!(found, expected.map(|(name, size)| (name.to_owned(), size)));
        for text in ["48", "=48", "h=", "h=0", "h=1x0", "h=wide", "h=-1"] {
            let error = sizes(&[text]).unwrap_err().to_string();
            assert!(error.contains("--size takes AXIS=N"), "{error}");
        }
    }
}

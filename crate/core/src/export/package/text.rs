//! The words and small files of a package.

use super::Contents;
use std::fmt::Write;

/// `src/sepal.c`: the one file that compiles the runtime.
pub(super) const IMPLEMENTATION: &str = "/* Compiles the runtime, with the kernels that model.h selects. */\n#define SEPAL_IMPLEMENTATION\n#include \"model.h\"\n#include \"sepal.h\"\n";

/// The Arduino example.
pub(super) const SKETCH: &str = include_str!("sketch.ino");
/// What makes the folder a Zephyr module.
pub(super) const ZEPHYR_MODULE: &str =
    "name: sepal-model\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n";
/// Its build.
pub(super) const ZEPHYR_CMAKE: &str = "if(CONFIG_SEPAL_MODEL)\n  zephyr_include_directories(../src)\n  zephyr_library()\n  zephyr_library_sources(../src/sepal.c)\nendif()\n";
/// Its option.
pub(super) const ZEPHYR_KCONFIG: &str = "config SEPAL_MODEL\n\tbool \"Sepal: a compressed neural network\"\n\thelp\n\t  The runtime in src/sepal.h with the model in src/model.h.\n";

/// `library.properties`.
pub(super) fn arduino(contents: &Contents) -> String {
    let name = contents.name.replace(['\n', '\r'], " ");
    format!(
        "name=Sepal {name}\nversion=0.1.0\nauthor=Sepal\nmaintainer=Sepal\nsentence={name}, compressed by Sepal.\nparagraph=Runs in place from flash, without malloc.\ncategory=Data Processing\nurl=https://example.invalid/sepal\narchitectures=*\nincludes=model.h,sepal.h\n"
    )
}

/// `README.md`.
pub(super) fn readme(contents: &Contents) -> String {
    let Contents { name, artifact, facts, layout, .. } = contents;
    let mut text = format!("# {name}, compressed by Sepal\n\n| | |\n|---|---|\n");
    for (label, value) in facts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {label} | {value} |");
    }
    let input = artifact.inputs.first().map_or(String::new(), |tensor| match tensor.quantisation {
        Some(q) => format!(
            "{} values of type `int8_t`: `q = round(x / {:e}) + ({})`, clamped to -128 .. 127, where x is what the original model takes.",
            tensor.len(),
            q.scale,
            q.zero_point
        ),
        None => format!("{} values of type `float`.", tensor.len()),
    });
    let output = artifact.outputs.first().map_or(String::new(), |tensor| match tensor.quantisation {
        Some(q) => format!(
            "{} values of type `int8_t`: `x = {:e} * (q - ({}))`.",
            tensor.len(),
            q.scale,
            q.zero_point
        ),
        None => format!("{} values of type `float`.", tensor.len()),
    });
    let _ =
        write!(text, include_str!("readme.md"), input = input, output = output, layout = layout, name = name);
    text
}

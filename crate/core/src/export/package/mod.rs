//! What a person takes to a device: the artifact as C, the runtime's header, examples and words, laid
//! out so that one folder is an Arduino library, a Zephyr module and a plain C project.

mod source;
mod text;

use super::ExportError;
use super::artifact::Artifact;
use sepal_runtime::c;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

pub use source::self_test;

/// An input of the artifact, and what it gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vector {
    /// Bytes of the inputs, one after the other.
    pub input: Vec<u8>,
    /// Bytes of the outputs.
    pub output: Vec<u8>,
}

/// All that goes into a package.
#[derive(Clone, Debug)]
pub struct Contents<'a> {
    /// Name of the model, without its file's ending.
    pub name: &'a str,
    /// The artifact.
    pub artifact: &'a Artifact,
    /// A sample and its result.
    pub vector: Vector,
    /// The runtime, `sepal.h`.
    pub header: &'a str,
    /// The compressed ONNX file.
    pub onnx: Vec<u8>,
    /// The report.
    pub report: String,
    /// Lines about this model: what it takes and what it reaches.
    pub facts: Vec<(String, String)>,
    /// How the input's axes lie.
    pub layout: String,
}

/// One file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFile {
    /// Its path in the package, with `/`.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The files of a package.
pub fn files(contents: &Contents) -> Vec<PackageFile> {
    let Contents { artifact, vector, .. } = contents;
    let name = identifier(contents.name);
    let file = |path: &str, bytes: &[u8]| PackageFile { path: path.into(), bytes: bytes.into() };
    let text = |path: &str, text: String| PackageFile { path: path.into(), bytes: text.into_bytes() };
    vec![
        text("README.md", text::readme(contents)),
        file("model.sepal", &artifact.bytes),
        text("src/model.h", source::model(contents.name, artifact, vector)),
        text("src/selftest.h", source::self_test(vector)),
        text("src/sepal.h", contents.header.into()),
        text("src/sepal.c", text::IMPLEMENTATION.into()),
        text("main.c", c::EXAMPLE.into()),
        text("library.properties", text::arduino(contents)),
        text(&format!("examples/{name}/{name}.ino"), text::SKETCH.into()),
        text("zephyr/module.yml", text::ZEPHYR_MODULE.into()),
        text("zephyr/CMakeLists.txt", text::ZEPHYR_CMAKE.into()),
        text("zephyr/Kconfig", text::ZEPHYR_KCONFIG.into()),
        file(&format!("{}-compressed.onnx", contents.name), &contents.onnx),
        text("report.json", contents.report.clone()),
    ]
}

/// A package as a zip archive.
///
/// # Errors
/// [`ExportError::Artifact`] where the archive cannot be made.
pub fn archive(files: &[PackageFile]) -> Result<Vec<u8>, ExportError> {
    let failed = |error: &dyn std::fmt::Display| ExportError::Artifact {
        node: "the package".into(),
        message: format!("its archive cannot be written: {error}"),
    };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        archive.start_file(&*file.path, SimpleFileOptions::default()).map_err(|e| failed(&e))?;
        archive.write_all(&file.bytes).map_err(|e| failed(&e))?;
    }
    Ok(archive.finish().map_err(|e| failed(&e))?.into_inner())
}

/// A name that C, Arduino and file systems take: letters, digits and underscores.
fn identifier(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let plain: String = name.chars().map(plain).take(48).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) || plain.is_empty() {
        format!("m_{plain}")
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn names_become_identifiers() {
        assert_eq!(identifier("LeNet-300-100"), "lenet_300_100");
        assert_eq!(identifier("3 ways"), "m_3_ways");
        assert_eq!(identifier(""), "m_");
    }
}

//! The shapes in which samples are stored, before they are read for a model: what they tell of sizes that a model
//! leaves open.

use super::format::{asked, reader};
use super::{File, Preprocessing, Wanted};
use sepal_data::unpack;

/// The shapes that a sample for each input may be taken to have, by the input's place among `wanted`; nothing of
/// files that do not tell.
pub fn stored(files: &[File], options: &Preprocessing, wanted: &Wanted) -> Vec<(usize, Vec<usize>)> {
    let files = files.iter().filter(|file| !unpack::is_clutter(&file.name)).cloned().collect();
    let Ok(files) = unpack::unpacked(files) else { return Vec::new() };
    let Some((kind, reader)) = reader(&files) else { return Vec::new() };
    (reader.shapes)(&asked(("", kind), &files, options, wanted))
}

#[cfg(test)]
mod tests {
    use super::{File, Preprocessing, Wanted, stored};

    fn array(name: &str, shape: &str, values: usize) -> File {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(vec![0; values]);
        File::new(format!("{name}.npy"), bytes)
    }

    #[test]
    fn arrays_tell_the_shape_of_a_sample() {
        let wanted = |names: &[&str]| Wanted {
            inputs: names.iter().map(|name| ((*name).to_owned(), vec![1])).collect(),
            outputs: 1,
            output: vec![1],
            ..Wanted::default()
        };
        let files = [array("x", "(2, 3, 4)", 24), array("y", "(2,)", 2)];
        let said = Preprocessing::default();
        assert_eq!(stored(&files, &said, &wanted(&["input"])), [(0, vec![3, 4])]);
        let files = [array("left", "(2, 3)", 6), array("right", "(2, 5)", 10)];
        let both = [(0, vec![5]), (1, vec![3])];
        assert_eq!(stored(&files, &said, &wanted(&["right", "left"])), both);
        assert_eq!(stored(&[File::new("a", *b"nothing")], &said, &wanted(&["a", "b"])), []);
    }
}

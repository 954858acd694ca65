//! The shapes in which samples are stored, before they are read for a model: what they tell of sizes that a model
//! leaves open.

use super::{File, Preprocessing, Wanted, arrays, idx, npy, picture, table, unpack};

/// The shapes that a sample for each input may be taken to have, by the input's place among `wanted`; nothing of
/// files that do not tell.
pub fn stored(files: &[File], options: &Preprocessing, wanted: &Wanted) -> Vec<(usize, Vec<usize>)> {
    let files = files.iter().filter(|file| !unpack::is_clutter(&file.name)).cloned().collect();
    let Ok(files) = unpack::unpacked(files) else { return Vec::new() };
    let any = |is: fn(&[u8]) -> bool| files.iter().any(|file| is(&file.bytes));
    if any(npy::is_npy) {
        return arrays::shapes(&files, wanted);
    }
    let lone = |shape: Option<Vec<usize>>| shape.map(|shape| (0, shape)).into_iter().collect();
    if any(idx::is_idx) {
        let read = idx::read("", &files).ok();
        return lone(read.and_then(|raw| raw.shape.get(1..).map(<[usize]>::to_vec)));
    }
    if any(picture::is_picture) {
        return lone(of_pictures(&files));
    }
    match &files[..] {
        [file] if table::is_text(&file.bytes) && !file.bytes.is_empty() => {
            let read = table::read(file, options, wanted).ok();
            lone(read.and_then(|raw| raw.shape.get(1..).map(<[usize]>::to_vec)))
        }
        _ => Vec::new(),
    }
}

/// Rows, columns and channels, where all pictures have as many.
fn of_pictures(files: &[File]) -> Option<Vec<usize>> {
    let mut sizes =
        files.iter().filter(|file| picture::is_picture(&file.bytes)).map(|f| picture::size(&f.bytes));
    let first = sizes.next()??;
    sizes.all(|size| size == Some(first)).then(|| vec![first.0, first.1, 3])
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

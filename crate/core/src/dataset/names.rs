//! Which array belongs to which input of a model, by their names.
//!
//! File systems and packings change names: `net/left:0` becomes a path, `net_left` or `left`. What is the
//! same is taken first, then what is nearly so, and only where no other array or input can be meant: no
//! array is given to two inputs.

/// Ways in which an array's name, or the end of its path, may stand for an input's; the strictest first.
const WAYS: [fn(&str, &str) -> bool; 7] = [
    |input, array| array == input,
    |input, array| ends(array).any(|end| end == input),
    |input, array| ends(array).any(|end| plain(end) == plain(input)),
    |input, array| ends(array).any(|end| plain(portless(end)) == plain(portless(input))),
    |input, array| ends(array).any(|end| lower(portless(end)) == lower(portless(input))),
    |input, array| plain(last(array)) == plain(last(input)),
    |input, array| lower(last(array)) == lower(last(input)),
];

/// How many of [`WAYS`] keep every character.
const EXACT: usize = 2;

/// For each of `inputs` the index of its array among `arrays`, where there is one that nothing else can
/// mean.
pub(crate) fn matched(inputs: &[&str], arrays: &[&str]) -> Vec<Option<usize>> {
    by(&WAYS, inputs, arrays)
}

/// The same where names must not differ.
pub(crate) fn exact(inputs: &[&str], arrays: &[&str]) -> Vec<Option<usize>> {
    by(WAYS.get(..EXACT).unwrap_or_default(), inputs, arrays)
}

fn by(ways: &[fn(&str, &str) -> bool], inputs: &[&str], arrays: &[&str]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; inputs.len()];
    for way in ways {
        let open_arrays: Vec<usize> =
            (0..arrays.len()).filter(|index| !found.contains(&Some(*index))).collect();
        let open_inputs: Vec<usize> =
            found.iter().enumerate().filter(|(_, array)| array.is_none()).map(|(input, _)| input).collect();
        let meant = |input: usize, array: usize| match (inputs.get(input), arrays.get(array)) {
            (Some(input), Some(array)) => way(input, array),
            _ => false,
        };
        for &input in &open_inputs {
            let mut own = open_arrays.iter().copied().filter(|array| meant(input, *array));
            let (Some(array), None) = (own.next(), own.next()) else { continue };
            let rivals = open_inputs.iter().filter(|other| meant(**other, array)).count();
            if let Some(place) = found.get_mut(input).filter(|_| rivals == 1) {
                *place = Some(array);
            }
        }
    }
    found
}

/// A path and all its ends: `a/b/c`, `b/c`, `c`.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    let after = path.match_indices(['/', '\\']).map(|(at, _)| at + 1);
    std::iter::once(0).chain(after).filter_map(|from| path.get(from..))
}

/// Without the number of an operator's output: `x:0` is `x`.
fn portless(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((before, port)) if !before.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => before,
        _ => name,
    }
}

/// With an underscore for every character that a file's name may lack.
fn plain(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() { c } else { '_' };
    name.chars().map(safe).collect()
}

fn lower(name: &str) -> String {
    plain(name).to_lowercase()
}

/// The last part of a name.
fn last(name: &str) -> &str {
    let name = portless(name);
    name.rsplit(['/', '\\', ':']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{exact, matched};

    #[test]
    fn names_are_found_as_files_have_them() {
        type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [Option<usize>]);
        let cases: [Case; 13] = [
            (&["X", "x"], &["x", "X"], &[Some(1), Some(0)]),
            (&["X", "x"], &["x"], &[None, Some(0)]),
            (&["net/left:0", "net/right:0"], &["net/right:0", "net/left:0"], &[Some(1), Some(0)]),
            (&["net/left:0", "net/right:0"], &["net/left", "net/right"], &[Some(0), Some(1)]),
            (&["net/left:0", "net/right:0"], &["net_left", "net_right"], &[Some(0), Some(1)]),
            (&["net/left:0", "net/right:0"], &["net_left_0", "net_right_0"], &[Some(0), Some(1)]),
            (&["net/left:0", "net/right:0"], &["left", "right"], &[Some(0), Some(1)]),
            (&["a/x:0", "b/x:0"], &["x"], &[None, None]),
            (&["a/x", "b/x"], &["a_x", "b_x"], &[Some(0), Some(1)]),
            (&["onnx::Gemm_0", "onnx::Gemm_1"], &["Gemm_1", "onnx__Gemm_0"], &[Some(1), Some(0)]),
            (&["net/left"], &["data/net/left"], &[Some(0)]),
            (&["left"], &["bright_left", "Left"], &[Some(1)]),
            (&["x.1", "x.2"], &["x_2", "x_1"], &[Some(1), Some(0)]),
        ];
        for (inputs, arrays, expected) in cases {
            assert_eq!(matched(inputs, arrays), expected, "{inputs:?} {arrays:?}");
        }
        assert_eq!(exact(&["X"], &["x"]), [None]);
        assert_eq!(exact(&["X"], &["d/X", "x"]), [Some(0)]);
    }
}

//! Classes of files by where they lie: the name of the folder, or what their names begin with.

use super::File;
use super::given::Given;
use std::collections::BTreeSet;

/// Labels of files, with the names of the classes.
pub(crate) struct Classes {
    pub given: Option<Given>,
    pub names: Vec<String>,
    pub notes: Vec<String>,
}

/// The classes of `members`; a `labels.txt` among `all` files may say their order.
pub(crate) fn classes(members: &[&File], all: &[File]) -> Classes {
    let folders: Option<Vec<&str>> = members.iter().map(|file| folder(&file.name)).collect();
    let distinct = |names: &[&str]| names.iter().collect::<BTreeSet<_>>().len();
    let (found, from) = match folders {
        Some(folders) if distinct(&folders) > 1 => (folders, "folders"),
        _ => {
            let starts: Option<Vec<&str>> = members.iter().map(|file| start(&file.name)).collect();
            match starts {
                Some(starts) if distinct(&starts) > 1 && distinct(&starts) < members.len() => {
                    (starts, "what file names begin with")
                }
                _ => {
                    let note = "There are no class folders, so no labels.".to_owned();
                    return Classes { given: None, names: Vec::new(), notes: vec![note] };
                }
            }
        }
    };
    let (names, stated) = ordered(&found, all);
    let place = |name: &&str| names.iter().position(|known| known == name).unwrap_or(0);
    let given = Given::classes(found.iter().map(place));
    let order = if stated { "in the order of labels.txt" } else { "sorted" };
    let shown: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
    let more = if names.len() > shown.len() { ", ..." } else { "" };
    let note = format!("The classes are the {from}, {order}: {}{more}.", shown.join(", "));
    Classes { given: Some(given), names, notes: vec![note] }
}

/// The folder that a file lies in.
fn folder(path: &str) -> Option<&str> {
    let mut parts = path.rsplit(['/', '\\']);
    parts.next();
    parts.next().filter(|name| !name.is_empty())
}

/// A file's name up to the first underscore, hyphen or dot.
fn start(path: &str) -> Option<&str> {
    let name = path.rsplit(['/', '\\']).next()?;
    name.split(['_', '-', '.']).next().filter(|start| !start.is_empty())
}

/// Each name once: as `labels.txt` lists them where it lists them all, else numbers by value, else by
/// letters.
fn ordered(found: &[&str], all: &[File]) -> (Vec<String>, bool) {
    let names: BTreeSet<&str> = found.iter().copied().collect();
    let listed = all.iter().find(|file| file.name.rsplit(['/', '\\']).next() == Some("labels.txt"));
    if let Some(text) = listed.and_then(|file| std::str::from_utf8(&file.bytes).ok()) {
        let lines: Vec<String> =
            text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
        if names.iter().all(|name| lines.iter().any(|line| line == name)) {
            return (lines, true);
        }
    }
    let numbers: Option<Vec<u64>> = names.iter().map(|name| name.parse().ok()).collect();
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    if numbers.is_some() {
        names.sort_by_key(|name| name.parse::<u64>().unwrap_or(u64::MAX));
    }
    (names, false)
}

#[cfg(test)]
mod tests {
    use super::{File, classes};

    fn check(paths: &[&str], names: &[&str], labels: Option<&[f32]>) {
        let files: Vec<File> =
            paths.iter().map(|path| File::new(*path, b"one\ntwo\nzero\n".as_slice())).collect();
        let members: Vec<&File> = files.iter().filter(|file| !file.name.ends_with("txt")).collect();
        let found = classes(&members, &files);
        assert_eq!(found.names, names, "{paths:?}");
        assert_eq!(found.given.map(|given| given.values), labels.map(<[f32]>::to_vec), "{paths:?}");
    }

    #[test]
    fn classes_are_folders_or_beginnings() {
        check(&["a/dog/1.png", "a/cat/2.png", "a/dog/3.png"], &["cat", "dog"], Some(&[1.0, 0.0, 1.0]));
        check(&["10/a.png", "9/b.png"], &["9", "10"], Some(&[1.0, 0.0]));
        check(&["3_x_0.wav", "7_x_0.wav", "3_y_0.wav"], &["3", "7"], Some(&[0.0, 1.0, 0.0]));
        check(&["two/a.png", "one/b.png", "labels.txt"], &["one", "two", "zero"], Some(&[1.0, 0.0]));
        check(&["a.png", "b.png"], &[], None);
        check(&["all/a.png", "all/b.png"], &[], None);
    }
}

//! Hostile bytes: those that the fuzzers kept, every fixture cut short at many places, and every number in
//! one set to its largest. Whatever comes, there is an answer, and memory stays within bounds.
//!
//! One test, because it measures the memory of the whole program; it shares the bytes out among processes of itself.

#[path = "../../../tests/fuzz/entry.rs"]
mod entry;

use entry::feed;
use peak_alloc::PeakAlloc;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::available_parallelism;
use std::{env, fs};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The targets of the fuzzers, each with a folder in its corpus.
const TARGETS: [&str; 9] = ["onnx", "tflite", "npz", "npy", "idx", "csv", "zip", "plan", "artifact"];
/// Bytes that reading anything may take, and as many more for each byte of a file.
const FLOOR_BYTES: usize = (64 << 20) + RUN_BYTES;
const BYTES_EACH: usize = 64;
/// Opening runs a model on one sample: a layer's input, its output and a copy in its own order, each of
/// as many float32 elements as a value may have.
const RUN_BYTES: usize = 3 * 4 * sepal_limit::VALUE_ELEMENTS.most();
/// Places of a file where it is cut, or changed.
const PLACES: usize = 120;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

/// The files of a folder in order; none where there is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Feeds bytes, and says which they were where that goes wrong.
fn try_bytes(target: &str, bytes: &[u8], what: &str) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let done = std::panic::catch_unwind(|| feed(target, bytes));
    let taken = MEMORY.peak_usage().saturating_sub(before);
    assert!(done.is_ok(), "{what} panics");
    assert!(taken <= FLOOR_BYTES + BYTES_EACH * bytes.len(), "{what} takes {taken} bytes");
}

/// The target for a fixture, by its name.
fn target_of(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    // Weights beside a model are not read by themselves: as a model they are noise.
    if std::path::Path::new(name).extension().is_some_and(|end| end == "data") {
        return Some("onnx");
    }
    TARGETS.into_iter().find(|target| name.contains(&format!(".{target}")))
}

fn places(length: usize) -> impl Iterator<Item = usize> {
    let step = length.div_ceil(PLACES).max(1);
    (0..length).step_by(step)
}

/// The file with the numbers at a place as large as they can be: 1, 2, 4 and 8 bytes, and as protobuf
/// writes a length.
fn largest_at(bytes: &[u8], place: usize) -> Vec<Vec<u8>> {
    let written = [1, 2, 4, 8].into_iter().filter_map(|size| {
        let mut changed = bytes.to_vec();
        changed.get_mut(place..place + size)?.fill(0xff);
        Some(changed)
    });
    let signed = [4, 8].into_iter().filter_map(|size| {
        let mut changed = bytes.to_vec();
        let number = changed.get_mut(place..place + size)?;
        number.fill(0xff);
        *number.last_mut()? = 0x7f;
        Some(changed)
    });
    let spliced = [5, 9].into_iter().map(|more| {
        let varint = [vec![0xff; more - 1], vec![0x7f]].concat();
        [&bytes[..place], &varint, &bytes[place + 1..]].concat()
    });
    written.chain(signed).chain(spliced).collect()
}

/// Which process of how many this one is, as `K/N`.
const SHARE: &str = "SEPAL_HOSTILE_SHARE";

#[test]
fn there_is_an_answer_to_all_bytes() {
    if let Ok(share) = env::var(SHARE) {
        let (own, all) = share.split_once('/').unwrap();
        return feed_share(own.parse().unwrap(), all.parse().unwrap());
    }
    let count = available_parallelism().map_or(1, usize::from);
    let start = |own: usize| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "there_is_an_answer_to_all_bytes", "--nocapture"]);
        // Its line of results would be counted as another test's.
        command.env(SHARE, format!("{own}/{count}")).stdout(Stdio::null()).spawn().unwrap()
    };
    let running: Vec<_> = (0..count).map(start).collect();
    for mut process in running {
        assert!(process.wait().unwrap().success(), "its words are above");
    }
}

/// Feeds every `all`-th file, from the `own`-th on, and what is made of it.
fn feed_share(own: usize, all: usize) {
    let is_own = |(index, _): &(usize, PathBuf)| index % all == own;
    for target in TARGETS {
        let kept = files(&root().join("fuzz/corpus").join(target));
        assert!(!kept.is_empty(), "there is no corpus for {target}");
        for (_, path) in kept.into_iter().enumerate().filter(is_own) {
            try_bytes(target, &fs::read(&path).unwrap(), &path.display().to_string());
        }
    }
    let fixtures =
        ["model", "data", "tflite"].into_iter().flat_map(|group| files(&root().join("fixture").join(group)));
    let fixtures = fixtures.filter(|path| !path.ends_with("expected.json"));
    for (_, path) in fixtures.enumerate().filter(is_own) {
        let Some(target) = target_of(&path) else { panic!("no target reads {}", path.display()) };
        let bytes = fs::read(&path).unwrap();
        for place in places(bytes.len()) {
            try_bytes(target, &bytes[..place], &format!("{} cut at {place}", path.display()));
            for (index, changed) in largest_at(&bytes, place).iter().enumerate() {
                try_bytes(target, changed, &format!("{} changed at {place} ({index})", path.display()));
            }
        }
    }
}

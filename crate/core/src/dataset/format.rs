//! Formats of data, one row each: files are told apart and read by these rows, the page knows by them what was
//! dropped on it, and the command line and error messages say by them what can be given.

use super::asked::{Asked, Shapes};
use super::{DatasetError, File, Preprocessing, Raw, Wanted, arrays, idx, picture, sound, table};
use sepal_data::table::is_text;
pub use sepal_data::unpack::GZIP;
use sepal_data::unpack::ZIP;
use serde::Serialize;
use std::sync::LazyLock;
use ts_rs::TS;

/// A format of data.
#[derive(Debug, Serialize)]
pub struct Format {
    /// What people call it.
    pub name: &'static str,
    /// What its files hold.
    pub kind: Kind,
    /// Endings of its files' names, in small letters; none where names tell nothing.
    pub endings: &'static [&'static str],
    /// What its files begin with, all of it; nothing where only the name or the rest of the content tells.
    pub magic: &'static [Magic],
    /// How the command line asks for it, where it does not together with another row; `{}` are the names of what
    /// lies in class folders.
    #[serde(skip)]
    help: Option<&'static str>,
    /// The same where something else was given.
    #[serde(skip)]
    hint: Option<&'static str>,
    /// How files are read; none where they are unpacked first.
    #[serde(skip)]
    reader: Option<&'static Reader>,
}

/// What files hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "DataKind")]
pub enum Kind {
    /// An archive of arrays.
    Npz,
    /// An array.
    Npy,
    /// An array, or the labels of one.
    Idx,
    /// A table.
    Csv,
    /// An archive.
    Zip,
    /// A picture.
    Image,
    /// A recording.
    Audio,
}

/// One of several byte strings at a place of a file.
#[derive(Debug, Serialize)]
pub struct Magic {
    /// The place, from the file's start.
    pub at: usize,
    /// What may stand there.
    pub any: &'static [&'static [u8]],
}

/// Every format, the one that decides how a mixture is read first.
pub static FORMATS: [Format; 8] = [
    Format {
        name: ".npz",
        kind: Kind::Npz,
        endings: &[".npz"],
        magic: &[],
        help: Some(".npz or .npy arrays x and y"),
        hint: Some("one .npz file with arrays x and y (numpy.savez_compressed)"),
        reader: None,
    },
    Format {
        name: ".npy",
        kind: Kind::Npy,
        endings: &[".npy"],
        magic: &[Magic { at: 0, any: &[b"\x93NUMPY"] }],
        help: None,
        hint: None,
        reader: Some(&ARRAYS),
    },
    Format {
        name: "IDX",
        kind: Kind::Idx,
        endings: &[],
        magic: &[
            Magic { at: 0, any: &[&[0, 0]] },
            Magic { at: 2, any: &[&[0x08], &[0x09], &[0x0b], &[0x0c], &[0x0d], &[0x0e]] },
            Magic { at: 3, any: &[&[1], &[2], &[3], &[4], &[5], &[6], &[7], &[8]] },
        ],
        help: Some("IDX images and labels"),
        hint: Some("IDX images and labels together"),
        reader: Some(&IDX),
    },
    Format {
        name: "CSV",
        kind: Kind::Csv,
        endings: &[".csv", ".tsv", ".csv.gz", ".tsv.gz"],
        magic: &[],
        help: Some("a CSV table"),
        hint: Some("a CSV table with a label column"),
        reader: Some(&TABLE),
    },
    Format {
        name: ".zip",
        kind: Kind::Zip,
        endings: &[".zip"],
        magic: &[Magic { at: 0, any: &ZIP }],
        help: Some("a zip or folder of {} files in class folders"),
        hint: Some("a zip or folder of {} files in class folders"),
        reader: None,
    },
    Format {
        name: "PNG",
        kind: Kind::Image,
        endings: &[".png"],
        magic: &[Magic { at: 0, any: &[sepal_data::picture::PNG] }],
        help: None,
        hint: None,
        reader: Some(&PICTURES),
    },
    Format {
        name: "JPEG",
        kind: Kind::Image,
        endings: &[".jpg", ".jpeg"],
        magic: &[Magic { at: 0, any: &[&[0xff, 0xd8, 0xff]] }],
        help: None,
        hint: None,
        reader: Some(&PICTURES),
    },
    Format {
        name: "WAV",
        kind: Kind::Audio,
        endings: &[".wav"],
        magic: &[Magic { at: 0, any: &[b"RIFF", b"RIFX", b"RF64"] }, Magic { at: 8, any: &[b"WAVE"] }],
        help: None,
        hint: None,
        reader: Some(&SOUNDS),
    },
];

/// Endings of pictures and recordings in formats that are not read.
pub const NOT_READ: [(Kind, &[&str]); 2] = [
    (Kind::Image, &[".gif", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"]),
    (Kind::Audio, &[".mp3", ".ogg", ".flac", ".m4a"]),
];

impl Format {
    /// Whether a file that begins with `bytes` is of this format; never where the start does not tell.
    fn begins(&self, bytes: &[u8]) -> bool {
        let stands = |Magic { at, any }: &Magic| {
            let rest = bytes.get(*at..).unwrap_or_default();
            any.iter().any(|bytes| rest.starts_with(bytes))
        };
        !self.magic.is_empty() && self.magic.iter().all(stands)
    }
}

impl Kind {
    fn formats(self) -> impl Iterator<Item = &'static Format> {
        FORMATS.iter().filter(move |format| format.kind == self)
    }

    /// Whether a file that begins with `bytes` is of this kind.
    pub(crate) fn begins(self, bytes: &[u8]) -> bool {
        self.formats().any(|format| format.begins(bytes))
    }

    /// Whether a file's name says that it is of this kind, in a format that is read or not.
    pub(crate) fn is_called(self, name: &str) -> bool {
        let name = name.to_lowercase();
        let others = NOT_READ.iter().filter(|(kind, _)| *kind == self).flat_map(|(_, endings)| *endings);
        let mut endings = self.formats().flat_map(|format| format.endings).chain(others);
        endings.any(|ending| name.ends_with(ending))
    }
}

/// How files are read.
#[derive(Debug)]
pub(crate) struct Reader {
    /// The samples in them.
    pub read: fn(&Asked) -> Result<Raw, DatasetError>,
    /// The shape of a sample for each of the model's inputs, by the input's place; nothing where files do not tell.
    pub shapes: fn(&Asked) -> Shapes,
}

static ARRAYS: Reader = Reader { read: arrays::read, shapes: arrays::shapes };
static IDX: Reader = Reader { read: idx::read, shapes: |asked| shape_of(idx::read(asked)) };
static TABLE: Reader = Reader { read: table::read, shapes: |asked| shape_of(table::read(asked)) };
static PICTURES: Reader = Reader { read: picture::read, shapes: picture::shapes };
static SOUNDS: Reader = Reader { read: sound::read, shapes: |_| Vec::new() };

/// The shape of a sample of what was read.
fn shape_of(read: Result<Raw, DatasetError>) -> Shapes {
    let shape = read.ok().and_then(|raw| raw.shape.get(1..).map(<[usize]>::to_vec));
    shape.map(|shape| (0, shape)).into_iter().collect()
}

/// Who reads `files`, and of which kind: by the first format that any of them begins with, else as a table, where it
/// is a single text.
pub(crate) fn reader(files: &[File]) -> Option<(Kind, &'static Reader)> {
    let any = |format: &Format| files.iter().any(|file| format.begins(&file.bytes));
    let by_content =
        || FORMATS.iter().find_map(|format| Some((format.kind, format.reader.filter(|_| any(format))?)));
    match files {
        [file] if is_text(&file.bytes) && !file.bytes.is_empty() => {
            by_content().or(Some((Kind::Csv, &TABLE)))
        }
        _ => by_content(),
    }
}

/// What the reader of `kind` is asked for.
pub(crate) fn asked<'a>(
    (name, kind): (&'a str, Kind),
    all: &'a [File],
    options: &'a Preprocessing,
    wanted: &'a Wanted,
) -> Asked<'a> {
    let is_own = |file: &&File| kind == Kind::Csv || kind.begins(&file.bytes);
    let (files, others): (Vec<&File>, Vec<&File>) = all.iter().partition(is_own);
    let left_out = others.iter().filter(|file| kind.is_called(&file.name)).count();
    Asked { name, files, all, left_out, options, wanted }
}

/// What can be given, as a list for the command line's help.
pub fn help() -> String {
    listed(|format| format.help)
}

/// What to give instead of what cannot be used.
pub(crate) fn hint() -> &'static str {
    static HINT: LazyLock<String> = LazyLock::new(|| format!("Give {}.", listed(|format| format.hint)));
    &HINT
}

fn listed(phrase: fn(&Format) -> Option<&'static str>) -> String {
    let in_folders = FORMATS.iter().filter(|format| matches!(format.kind, Kind::Image | Kind::Audio));
    let names: Vec<&str> = in_folders.map(|format| format.name).collect();
    let phrases: Vec<String> =
        FORMATS.iter().filter_map(phrase).map(|phrase| phrase.replace("{}", &one_of(&names, ""))).collect();
    let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
    one_of(&phrases, ",")
}

/// "a, b or c", with `comma` before the or.
fn one_of(all: &[&str], comma: &str) -> String {
    match all {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{}{comma} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{FORMATS, Kind, help, hint};

    #[test]
    fn what_can_be_given_is_said() {
        assert_eq!(
            help(),
            ".npz or .npy arrays x and y, IDX images and labels, a CSV table, or a zip or folder of PNG, JPEG or WAV files in class folders"
        );
        assert_eq!(
            hint(),
            "Give one .npz file with arrays x and y (numpy.savez_compressed), IDX images and labels together, a CSV table with a label column, or a zip or folder of PNG, JPEG or WAV files in class folders."
        );
    }

    #[test]
    fn files_are_known_by_what_they_begin_with() {
        let cases: [(&[u8], Kind); 10] = [
            (b"\x93NUMPY\x01\x00", Kind::Npy),
            (&[0, 0, 8, 1], Kind::Idx),
            (&[0, 0, 14, 8], Kind::Idx),
            (b"PK\x03\x04", Kind::Zip),
            (b"PK\x05\x06", Kind::Zip),
            (b"\x89PNG\r\n", Kind::Image),
            (&[0xff, 0xd8, 0xff, 0xe0], Kind::Image),
            (b"RIFF....WAVEfmt ", Kind::Audio),
            (b"RIFX....WAVE", Kind::Audio),
            (b"RF64....WAVE", Kind::Audio),
        ];
        for (bytes, kind) in cases {
            assert!(kind.begins(bytes), "{kind:?} {bytes:?}");
            let others = FORMATS.iter().filter(|format| format.kind != kind);
            assert!(!others.map(|format| format.kind).any(|kind| kind.begins(bytes)), "{bytes:?}");
        }
        let nothing: [&[u8]; 6] =
            [b"", &[0, 0, 10, 1], &[0, 0, 8, 0], &[0, 0, 8, 9], b"PK,label", b"RIFF....AVI "];
        for bytes in nothing {
            assert!(!FORMATS.iter().any(|format| format.begins(bytes)), "{bytes:?}");
        }
    }

    #[test]
    fn names_tell_what_is_not_read_too() {
        assert!(Kind::Image.is_called("cat/1.JPG") && Kind::Image.is_called("cat/1.webp"));
        assert!(!Kind::Image.is_called("yes/1.mp3") && Kind::Audio.is_called("yes/1.mp3"));
    }

    #[test]
    fn the_readme_names_every_format() {
        let readme = include_str!("../../../../README.md");
        let table = readme.split("| in | what |").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
        for format in &FORMATS {
            let names = format.endings.iter().chain([&format.name]);
            assert!(
                names.clone().any(|name| table.contains(name)),
                "{} is not in README's table",
                format.name
            );
        }
    }
}

//! Tables: CSV as rows of text fields, whatever separates them.

use csv::{ReaderBuilder, Trim};

/// The fields of a row, without space around them.
pub use csv::StringRecord as Row;

/// Whether `bytes` are text: no control characters but ends of lines and tabs.
pub fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().take(4096).all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\r' | b'\n'))
}

/// The rows of the table in `bytes`, those of its header with them; rows may have different numbers of fields.
///
/// # Errors
/// Which row is no text, as a sentence.
pub fn rows(bytes: &[u8]) -> impl Iterator<Item = Result<Row, String>> {
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .delimiter(separator(bytes))
        .trim(Trim::All)
        .flexible(true)
        .from_reader(bytes);
    reader.into_records().enumerate().map(|(row, record)| {
        record.map_err(|failed| match failed.kind() {
            csv::ErrorKind::Utf8 { .. } => format!("row {} is not text in UTF-8", row + 1),
            _ => format!("row {} cannot be read", row + 1),
        })
    })
}

/// The character between fields: a semicolon where the first line has one outside of quotes, because commas
/// may be decimal ones then; else comma or tab, whichever is more frequent.
fn separator(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in bytes.iter().take_while(|byte| **byte != b'\n') {
        is_quoted ^= *byte == b'"';
        for count in counts.iter_mut().filter(|count| count.0 == *byte && !is_quoted) {
            count.1 += 1;
        }
    }
    match counts.map(|count| count.1) {
        [_, semicolons, _] if semicolons > 0 => b';',
        [commas, _, tabs] if tabs > commas => b'\t',
        _ => b',',
    }
}

//! Text without a font: widths from a table, escaping, shortening.

use std::borrow::Cow;

/// Size of tick labels in CSS pixels.
pub(crate) const TICK_PX: f64 = 12.0;
/// Size of axis titles in CSS pixels.
pub(crate) const TITLE_PX: f64 = 11.0;

/// Width of a character in em: an upper estimate over the system fonts that pages meet (`DejaVu` Sans is the
/// widest of them), because a label that is narrower than thought only leaves a little more air.
fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.3,
        ' ' | '\u{a0}' | '.' | ',' | ':' | ';' | '!' | 'I' => 0.34,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '/' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' => 1.0,
        '\u{2212}' | '+' | '=' | '<' | '>' | '±' | '×' | '~' => 0.84,
        'A'..='Z' => 0.75,
        '\u{300}'..='\u{36f}' => 0.0,
        '\u{1100}'.. => 1.0,
        _ => 0.64,
    }
}

/// Width of a text in CSS pixels at a font size in CSS pixels.
pub(crate) fn width(text: &str, size_px: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size_px
}

/// The text, cut with an ellipsis where it is wider than the room; empty where not even that fits.
pub(crate) fn fit(text: &str, size_px: f64, room_px: f64) -> Cow<'_, str> {
    if width(text, size_px) <= room_px {
        return Cow::Borrowed(text);
    }
    let mut left = room_px - width("…", size_px);
    if left < 0.0 {
        return Cow::Borrowed("");
    }
    let kept: String = text
        .chars()
        .take_while(|&c| {
            left -= em(c) * size_px;
            left >= 0.0
        })
        .collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// The text for element content and quoted attributes of XML; characters that XML forbids are dropped.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' => safe.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}

/// A short identifier that depends on the texts only (FNV-1a, 64 bits; Fowler, Noll and Vo, 1991).
pub(crate) fn fingerprint(texts: &[&str]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for text in texts {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_leaves_nothing_that_xml_could_read() {
        let cases = [
            ("plain", "plain"),
            ("a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c&#39;"),
            ("</title><script>", "&lt;/title&gt;&lt;script&gt;"),
            ("two\nlines\t\u{0}\u{b}", "two lines "),
            ("Größe σ 秩", "Größe σ 秩"),
        ];
        for (text, safe) in cases {
            assert_eq!(escape(text), safe, "{text:?}");
        }
    }

    #[test]
    fn fit_cuts_only_what_is_too_wide() {
        assert_eq!(fit("rank", 10.0, 100.0), "rank");
        assert_eq!(fit("bytes of the weights", 10.0, 60.0), "bytes of…");
        assert_eq!(fit("rank", 10.0, 5.0), "");
        for room in [12.0, 33.0, 71.0] {
            assert!(width(&fit("parameters kept in the layer", 11.0, room), 11.0) <= room, "{room}");
        }
    }

    #[test]
    fn fingerprint_tells_texts_and_their_borders_apart() {
        assert_eq!(fingerprint(&["a", "b"]), fingerprint(&["a", "b"]));
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["ab", ""]));
        assert_eq!(fingerprint(&[]), "cbf29ce484222325");
    }
}

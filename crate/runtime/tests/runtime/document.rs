//! The tables of operators and formats against FORMAT.md, which is normative, and what is held to
//! them: the lists of the C runtime, and the names by which tests/device select kernels.
//! `BLESS=1 cargo test -p sepal-runtime --test runtime document` writes the latter anew.

use sepal_runtime::{FLOAT_FEATURE, Format, Layout, OpKind, c};

/// Bits of the features by the names of what they stand for.
const KERNELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/device/kernels.json");
const DOCUMENT: &str = include_str!("../../FORMAT.md");

/// The number behind `before`.
fn number(text: &str, before: &str) -> usize {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no '{before}' in {text}"));
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().expect(text)
}

/// Name, number and bytes of a record, by the headings of section 4.
fn operators() -> Vec<(&'static str, usize, usize)> {
    let headings = DOCUMENT.lines().filter_map(|line| line.strip_prefix("### 4."));
    let named = headings.filter_map(|heading| heading.split_once(' ').map(|(_, titles)| titles));
    named
        .flat_map(|titles| titles.split("; "))
        .filter(|title| title.contains("(op "))
        .map(|title| (title.split(' ').next().unwrap(), number(title, "(op "), number(title, "), ")))
        .collect()
}

#[test]
fn operators_are_those_of_section_4() {
    let table: Vec<_> =
        OpKind::ALL.iter().map(|kind| (kind.name(), kind.code().into(), kind.record_bytes())).collect();
    assert_eq!(table, operators());
}

#[test]
fn formats_are_those_of_section_5() {
    let section = DOCUMENT.split("\n## 5. Weight formats\n").nth(1).expect("FORMAT.md has a section 5");
    let rows = section.lines().filter(|line| line.starts_with("| ")).filter(|line| line.contains(" | `"));
    let listed: Vec<(String, &str)> = rows
        .map(|row| {
            let mut cells = row.split(" | ");
            let code = cells.next().unwrap().trim_start_matches("| ").to_owned();
            (code, cells.next().unwrap().trim_matches('`'))
        })
        .collect();
    let table: Vec<(String, &str)> = Format::ALL
        .iter()
        .map(|format| {
            let groups = if format.block() == 1 { "*" } else { "" };
            (format!("{}{groups}", format.code()), format.name())
        })
        .collect();
    assert_eq!(table, listed);
}

#[test]
fn layouts_are_those_of_section_5_3() {
    let section = DOCUMENT.split("\n### 5.3 `gap` (12)\n").nth(1).expect("FORMAT.md has a section 5.3");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")).map(|row| row.replace('`', ""));
    let listed: Vec<String> = rows.collect();
    let row = |layout: &Layout| {
        let Layout { name, format, bits, width } = layout;
        let step = if *format == Format::Codes { String::new() } else { format!("{} ", layout.step_bits()) };
        assert!(name.starts_with(format.name()), "{name}");
        format!("{name} | {bits} | {width} | {step}|")
    };
    assert_eq!(Layout::ALL.iter().map(row).collect::<Vec<_>>(), listed);
}

/// The rows of a list in sepal.h: `X(A, 1)` is "A, 1".
fn rows(list: &str) -> Vec<&'static str> {
    let text = c::HEADER.split(&format!("#define {list}(X)")).nth(1).expect(list);
    let lines = text.lines().skip(1).map(|line| line.trim_end_matches('\\').trim());
    lines.map_while(|line| line.strip_prefix("X(")?.strip_suffix(')')).collect()
}

#[test]
fn sepal_h_lists_the_same() {
    let mut operators: Vec<String> = OpKind::ALL
        .iter()
        .map(|kind| format!("{}, {}, {}", kind.name(), kind.code(), kind.record_bytes() / 4))
        .collect();
    for reserved in [11, 12] {
        operators.insert(reserved - 1, format!("RESERVED_{reserved}, {reserved}, 0"));
    }
    assert_eq!(rows("SEPAL_OPERATIONS"), operators);
    let formats: Vec<String> = Format::ALL
        .iter()
        .map(|format| format!("{}, {}", format.name().to_ascii_uppercase(), format.code()))
        .collect();
    assert_eq!(rows("SEPAL_FORMATS"), formats);
    let row = |layout: &Layout| {
        let (name, family) = (layout.name, layout.format.name());
        let (upper, format) = (name.to_ascii_uppercase(), family.to_ascii_uppercase());
        format!("{upper}, {name}, {format}, {family}, {}u, {}u", layout.bits, layout.width)
    };
    assert_eq!(rows("SEPAL_LAYOUTS"), Layout::ALL.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn the_device_tests_have_the_names() {
    let operators = OpKind::ALL.iter().map(|kind| (kind.name().to_owned(), kind.feature()));
    let formats = Format::ALL.iter().map(|format| (format.name().to_ascii_uppercase(), format.feature()));
    let all = operators.chain(formats).chain([("FLOAT".to_owned(), FLOAT_FEATURE)]);
    let bits = all.map(|(name, feature)| (name, feature.trailing_zeros()));
    // Above all bits: the format and the lowest byte of the head.
    let layouts = Layout::ALL.iter().map(|layout| {
        let number = u32::from(layout.format.code()) << 8 | layout.head(0);
        (layout.name.to_ascii_uppercase(), number)
    });
    let lines: Vec<String> =
        bits.chain(layouts).map(|(name, number)| format!("  \"{name}\": {number}")).collect();
    let made = format!("{{\n{}\n}}\n", lines.join(",\n"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(KERNELS, &made).unwrap();
    }
    let there = std::fs::read_to_string(KERNELS).unwrap_or_default();
    assert_eq!(there, made, "BLESS=1 cargo test -p sepal-runtime --test runtime document");
}

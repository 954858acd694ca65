//! The tables of operators and formats against FORMAT.md, which is normative.

use sepal_runtime::{Format, OpKind};

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

//! Tables: CSV with one sample a row, and columns for its values and for its label or targets.

mod columns;

use super::asked::Asked;
use super::given::Given;
use super::{DatasetError, Preprocessing, Raw, Source, Wanted, error};
use columns::{Columns, is_number, real};
use sepal_data::element::Element;
use sepal_data::table::{Row, rows};
use sepal_limit::{SAMPLE_VALUES, TABLE_COLUMNS, TABLE_ROWS};

/// Rows that decide what the columns are.
const LOOKED_AT: usize = 1000;

/// Reads the table that is the first of the files.
pub(crate) fn read(asked: &Asked) -> Result<Raw, DatasetError> {
    let Some(file) = asked.files.first() else { return Err(error(asked.name, "it holds no files".into())) };
    read_table(&file.bytes, asked.options, asked.wanted).map_err(|reason| error(&file.name, reason))
}

fn read_table(bytes: &[u8], options: &Preprocessing, wanted: &Wanted) -> Result<Raw, String> {
    let first: Vec<Row> = rows(bytes).take(LOOKED_AT).collect::<Result<_, _>>()?;
    let width = first.first().map_or(0, Row::len);
    TABLE_COLUMNS.check(width).map_err(|many| many.to_string())?;
    let columns = Columns::of(&first, options.label_column.as_deref(), wanted)?;
    let rows = rows(bytes).skip(usize::from(columns.has_header));
    let mut table = Table { columns: &columns, values: Vec::new(), answers: Vec::new(), rows: 0 };
    for (index, record) in rows.enumerate() {
        table.add(index + 1 + usize::from(columns.has_header), &record?, width)?;
    }
    table.finish()
}

/// What has been read so far.
struct Table<'a> {
    columns: &'a Columns,
    values: Vec<f32>,
    /// Fields of the label columns, row after row.
    answers: Vec<String>,
    rows: usize,
}

impl Table<'_> {
    fn add(&mut self, row: usize, record: &Row, width: usize) -> Result<(), String> {
        if record.len() != width {
            return Err(format!("row {row} has {} fields, the first row has {width}", record.len()));
        }
        self.rows += 1;
        TABLE_ROWS.check(self.rows).map_err(|many| many.to_string())?;
        SAMPLE_VALUES.check(self.values.len() + width).map_err(|many| many.to_string())?;
        for (column, field) in record.iter().enumerate() {
            if self.columns.answers.contains(&column) {
                if is_missing(field) {
                    let name = self.columns.described(column);
                    return Err(format!("row {row} has no label in {name}: give it one, or leave it out"));
                }
                self.answers.push(field.to_owned());
            } else if !self.columns.ignored.contains(&column) {
                let value = real(field).ok_or_else(|| {
                    let shown: String = field.chars().take(30).collect();
                    let name = self.columns.described(column);
                    match shown.as_str() {
                        "" => format!("row {row} has no value in {name}"),
                        _ => format!("row {row} has '{shown}' in {name}, which is no number"),
                    }
                })?;
                self.values.push(value);
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Raw, String> {
        let each = self.values.len().checked_div(self.rows).unwrap_or(0);
        let mut notes = self.columns.notes.clone();
        let mut class_names = Vec::new();
        let is_words = self.answers.iter().any(|field| !is_number(field));
        let width = self.columns.answers.len();
        let given = match width {
            0 => None,
            _ if is_words && width > 1 => {
                return Err("several label columns were named, and one of them holds words".into());
            }
            _ if is_words => {
                let (given, names) = Given::words(&self.answers);
                class_names = names;
                let shown: Vec<&str> = class_names.iter().take(12).map(String::as_str).collect();
                notes.push(format!("Labels are words; the classes are they, sorted: {}.", shown.join(", ")));
                Some(given)
            }
            _ => {
                let values = self.answers.iter().filter_map(|field| real(field)).collect();
                Some(Given::numbers(values, vec![width]))
            }
        };
        let is_bytes = each > 16
            && self.values.iter().all(|v| v.fract() == 0.0 && (0.0..=255.0).contains(v))
            && self.values.iter().any(|v| *v > 1.0);
        let element = if is_bytes { Element::Byte } else { Element::Float };
        let raw = Raw::new(self.values, vec![self.rows, each], element);
        let label_column = self.columns.said_again();
        Ok(Raw { source: Source::Table, given, class_names, notes, label_column, ..raw })
    }
}

/// What tables write where they know nothing.
fn is_missing(field: &str) -> bool {
    field.is_empty() || ["?", "na", "n/a", "nan", "null"].contains(&field.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::super::asked::Asked;
    use super::super::{File, Preprocessing, Raw, Wanted};
    use super::read;

    fn table(text: &str, column: Option<&str>, inputs: usize, outputs: usize) -> Result<Raw, String> {
        let wanted = Wanted {
            inputs: vec![("x".into(), vec![inputs])],
            outputs,
            output: vec![outputs],
            ..Wanted::default()
        };
        let options = Preprocessing { label_column: column.map(Into::into), ..Preprocessing::default() };
        let files = [File::new("t.csv", text.as_bytes())];
        let asked = Asked {
            name: "t.csv",
            files: files.iter().collect(),
            all: &files,
            left_out: 0,
            options: &options,
            wanted: &wanted,
        };
        read(&asked).map_err(|failed| failed.to_string())
    }

    #[test]
    fn columns_are_told_apart() {
        type Case<'a> = (&'a str, Option<&'a str>, &'a [f32], &'a [f32]);
        let cases: [Case; 11] = [
            ("0,5;2;0\n3;4,5;1\n", None, &[0.5, 2.0, 3.0, 4.5], &[0.0, 1.0]),
            ("0,5;2,5;3,5\n3,25;4,5;1,5\n", Some("2"), &[0.5, 2.5, 3.25, 4.5], &[3.5, 1.5]),
            ("a,b,label\n1,2,0\n3,4,1\n", None, &[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0]),
            ("class;a;b\n0;1,5;2\n1;3;4\n", None, &[1.5, 2.0, 3.0, 4.0], &[0.0, 1.0]),
            ("1\t2\t0\n3\t4\t1\n", None, &[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0]),
            ("1,2,dog\n3,4,cat\n", None, &[1.0, 2.0, 3.0, 4.0], &[1.0, 0.0]),
            ("\"a, b\",c,\"y\"\r\n1,2,0\r\n3,4,1\r\n", None, &[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0]),
            ("q,a,b\n5,1,2\n6,3,4\n", Some("q"), &[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0]),
            ("q,a,b\n5,1,2\n6,3,4\n", Some("0"), &[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0]),
            (",a,b,y\n0,1,2,1\n1,3,4,0\n", None, &[1.0, 2.0, 3.0, 4.0], &[1.0, 0.0]),
            ("7,0.5,0\n2,0.25,0\n", None, &[0.5, 0.0, 0.25, 0.0], &[7.0, 2.0]),
        ];
        for (text, column, values, labels) in cases {
            let raw = table(text, column, 2, 10).unwrap();
            assert_eq!(raw.values, values, "{text}");
            assert_eq!(raw.given.unwrap().values, labels, "{text}");
        }
    }

    #[test]
    fn tables_without_labels_and_with_several_targets() {
        let raw = table("a,b\n1,2\n3,4\n", None, 2, 3).unwrap();
        assert!(raw.given.is_none() && raw.values.len() == 4);
        let raw = table("a,b,u,v\n1,2,5.5,6\n3,4,7,8.5\n", None, 2, 2).unwrap();
        let given = raw.given.unwrap();
        assert_eq!((given.width(), given.values), (2, vec![5.5, 6.0, 7.0, 8.5]));
        let raw = table("a,b,u,v\n1,2,5,6\n3,4,7,8\n", Some("a,v"), 2, 2).unwrap();
        assert_eq!(raw.given.unwrap().values, [1.0, 6.0, 3.0, 8.0]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            ("a,b,y\n1,2,0\n1,2\n", None, "row 3 has 2 fields, the first row has 3"),
            ("a,b,y\n1,2,0\n1,much,0\n", None, "row 3 has 'much' in column 'b', which is no number"),
            ("a,b,y\n1,2,0\n1,,0\n", None, "row 3 has no value in column 'b'"),
            ("a,b,y\n1,2,0\n3,4,?\n", None, "row 3 has no label in column 'y'"),
            ("a,b,y\n1,2,\n3,4,1\n", None, "row 2 has no label in column 'y'"),
            ("a,b,y\n1,2,0\n", Some("z"), "it has no column 'z'"),
            ("a,b,y\n1,2,0\n", Some("7"), "it has no column '7'"),
        ];
        for (text, column, expected) in cases {
            let found = table(text, column, 2, 3).unwrap_err();
            assert!(found.contains(expected), "{found}");
        }
    }
}

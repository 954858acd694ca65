//! Which columns of a table hold values, which labels, and which neither.

use super::super::Wanted;
use sepal_data::table::Row;
use std::collections::BTreeSet;

/// Names of columns that hold labels.
const LABELS: [&str; 10] =
    ["label", "labels", "class", "classes", "target", "targets", "y", "category", "species", "output"];
/// Names of columns that number the rows.
const NUMBERS: [&str; 5] = ["", "id", "index", "unnamed: 0", "row"];
/// More distinct values than this are no classes.
const CLASSES: usize = 100;

/// See the module.
pub(crate) struct Columns {
    pub has_header: bool,
    pub answers: Vec<usize>,
    pub ignored: Vec<usize>,
    pub notes: Vec<String>,
    names: Vec<String>,
}

/// A number in a field; a comma may stand for the point.
pub(crate) fn real(field: &str) -> Option<f32> {
    let value = field.parse().or_else(|_| field.replacen(',', ".", 1).parse());
    value.ok().filter(|value: &f32| value.is_finite())
}

pub(crate) fn is_number(field: &str) -> bool {
    real(field).is_some()
}

impl Columns {
    /// Of a table with the rows `first` at its beginning; `said` names label columns, with commas.
    pub(crate) fn of(first: &[Row], said: Option<&str>, wanted: &Wanted) -> Result<Self, String> {
        let Some(top) = first.first() else { return Err("it is empty".into()) };
        let second = first.get(1);
        // A header is a row without numbers where the next one has them.
        let is_name = |column: usize| {
            let below = second.and_then(|row| row.get(column)).is_some_and(is_number);
            below && !top.get(column).is_some_and(is_number)
        };
        let has_header =
            if second.is_some() { (0..top.len()).any(is_name) } else { !top.iter().any(is_number) };
        let rows = first.get(usize::from(has_header)..).unwrap_or_default();
        if rows.is_empty() && top.len() == 1 {
            return Err("it is text, but no table".into());
        }
        if rows.is_empty() {
            return Err("it has a header, but no rows".into());
        }
        let names = if has_header { top.iter().map(str::to_owned).collect() } else { Vec::new() };
        let mut own = Self { has_header, answers: Vec::new(), ignored: Vec::new(), notes: Vec::new(), names };
        match said {
            Some(said) => own.answers = own.said(said, top.len())?,
            None => own.guess(rows, top.len(), wanted),
        }
        own.ignore(top.len(), wanted);
        Ok(own)
    }

    /// How a column is called in sentences.
    pub(crate) fn described(&self, column: usize) -> String {
        match self.names.get(column) {
            Some(name) if !name.is_empty() => {
                format!("column '{}'", name.chars().take(40).collect::<String>())
            }
            _ => format!("column {column}"),
        }
    }

    /// The label columns as they would be named.
    pub(crate) fn said_again(&self) -> Option<String> {
        let name = |column: &usize| match self.names.get(*column) {
            Some(name) if !name.is_empty() && !name.contains(',') => name.clone(),
            _ => column.to_string(),
        };
        let names: Vec<String> = self.answers.iter().map(name).collect();
        (!names.is_empty()).then(|| names.join(","))
    }

    fn said(&self, said: &str, width: usize) -> Result<Vec<usize>, String> {
        let whole = self.names.iter().position(|name| name == said);
        let find = |name: &str| {
            let named = self.names.iter().position(|own| own == name);
            let column = named.or_else(|| name.parse().ok().filter(|column| *column < width));
            column.ok_or_else(|| format!("it has no column '{name}'"))
        };
        whole.map_or_else(
            || said.split(',').map(|name| find(name.trim())).collect(),
            |column| Ok(vec![column]),
        )
    }

    /// The label column: by its name, the only one with words, else by what fits the model.
    fn guess(&mut self, rows: &[Row], width: usize, wanted: &Wanted) {
        let (inputs, outputs) = (wanted.size(), wanted.outputs);
        let named = |name: &&str| self.names.iter().position(|own| own.eq_ignore_ascii_case(name));
        if let Some(column) = LABELS.iter().find_map(named) {
            self.take(vec![column], "by its name");
            return;
        }
        if width == inputs {
            self.notes.push("Every column is an input, so there are no labels.".into());
            return;
        }
        let has_words =
            |column: &usize| rows.iter().any(|row| row.get(*column).is_some_and(|f| !is_number(f)));
        let worded: Vec<usize> = (0..width).filter(has_words).collect();
        if let [only] = worded[..] {
            self.take(vec![only], "the only one with words");
            return;
        }
        if outputs > 1 && width == inputs + outputs {
            self.take((inputs..width).collect(), "as many as the model gives values");
            return;
        }
        let is_classes = |column: usize| {
            let fields: BTreeSet<&str> = rows.iter().filter_map(|row| row.get(column)).collect();
            let whole = fields.iter().all(|f| f.parse::<u32>().is_ok());
            whole && fields.len() > 1 && fields.len() <= CLASSES
        };
        let last = width.saturating_sub(1);
        if outputs > 1 && !is_classes(last) && is_classes(0) {
            self.take(vec![0], "the first, which looks like classes");
        } else {
            self.take(vec![last], "the last");
        }
    }

    fn take(&mut self, columns: Vec<usize>, why: &str) {
        let names: Vec<String> = columns.iter().take(4).map(|column| self.described(*column)).collect();
        let what = if columns.len() == 1 { "Labels are in" } else { "Targets are in" };
        let more = if columns.len() > names.len() { " and more" } else { "" };
        self.notes.push(format!("{what} {}{more} ({why}).", names.join(", ")));
        self.answers = columns;
    }

    /// Where a column is too many, one that numbers the rows is left out.
    fn ignore(&mut self, width: usize, wanted: &Wanted) {
        if width != wanted.size() + self.answers.len() + 1 {
            return;
        }
        let is_count = |name: &String| NUMBERS.contains(&name.to_lowercase().as_str());
        let found = self.names.iter().position(is_count).filter(|column| !self.answers.contains(column));
        if let Some(column) = found {
            self.notes.push(format!("{} numbers the rows and is left out.", self.described(column)));
            self.ignored.push(column);
        }
    }
}

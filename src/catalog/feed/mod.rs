//! Product feeds: CSV, TSV, RSS and JSON lines, read one row at a time.
//!
//! Whatever a file holds, no more than one row of at most [`ROW_BYTES`] is in memory, and what is wrong with a row is
//! said with its line; the rows around it are read all the same.

mod lines;
mod row;
mod table;
mod xml;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use serde::Serialize;

use super::item::{Item, Vertical};

/// Longest row; longer ones are passed over without being held.
const ROW_BYTES: usize = 1024 * 1024;

/// How a feed is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Tsv,
    /// RSS 2.0 with the elements of Google's product feeds.
    Xml,
    /// One JSON object a line.
    Jsonl,
}

/// A row that was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    /// Where the row begins, counted from 1.
    pub line: u64,
    /// Names the column and what was expected.
    pub message: String,
    /// The item that the row speaks of, where that much could be read.
    #[serde(skip)]
    pub(super) id: Option<String>,
}

/// Why a feed can't be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("it can't be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("{0}")]
    Whole(String),
}

/// What a feed may leave out.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// Of items that name none.
    pub vertical: Vertical,
    /// Of prices that name none, in ISO 4217.
    pub currency: Option<String>,
}

/// An item and the line in which its row begins, or what is wrong with the row.
pub(super) type Fed = Result<(u64, Item), RowError>;

/// The rows of a feed in turn.
pub(super) struct Feed<R> {
    rows: Rows<R>,
    defaults: Defaults,
}

enum Rows<R> {
    Table(Box<table::Table<R>>),
    Xml(xml::Elements<R>),
    Lines(lines::Lines<R>),
}

/// One row with its columns by their normalised names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Row {
    line: u64,
    /// A name may come more than once.
    cells: Vec<(Arc<str>, String)>,
    /// The category, where the format has lists.
    category: Option<Vec<String>>,
    /// What is an attribute whatever its name.
    attributes: Vec<(String, String)>,
}

impl RowError {
    fn new(line: u64, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
            id: None,
        }
    }

    fn too_long(line: u64) -> Self {
        Self::new(line, "the row is too long: expected at most 1 MiB")
    }
}

impl<R: BufRead> Feed<R> {
    /// Begins to read. A table without a header that names `id` and `title` is no feed.
    pub(super) fn open(input: R, format: Format, defaults: Defaults) -> Result<Self, FeedError> {
        let rows = match format {
            Format::Csv => Rows::Table(Box::new(table::Table::open(input, b',')?)),
            Format::Tsv => Rows::Table(Box::new(table::Table::open(input, b'\t')?)),
            Format::Xml => Rows::Xml(xml::Elements::new(input)),
            Format::Jsonl => Rows::Lines(lines::Lines::new(input)),
        };
        Ok(Self { rows, defaults })
    }

    /// The next row; `None` at the end.
    pub(super) fn next_item(&mut self) -> Result<Option<Fed>, FeedError> {
        let row = match &mut self.rows {
            Rows::Table(table) => table.next_row()?,
            Rows::Xml(elements) => elements.next_row()?,
            Rows::Lines(lines) => lines.next_row()?,
        };
        Ok(row.map(|row| {
            let row = row?;
            let line = row.line;
            row.into_item(&self.defaults).map(|item| (line, item))
        }))
    }
}

/// The items of a whole feed in memory: for measuring, where no database is wanted.
#[derive(Debug, Clone, Default)]
pub struct FeedItems {
    pub items: Vec<Item>,
    /// Rows that were left out.
    pub errors: Vec<RowError>,
}

impl FeedItems {
    /// Reads a file whose ending says its format. Prices that name no currency are taken for dollars.
    pub fn read(file: &Path) -> Result<Self, FeedError> {
        let defaults = Defaults {
            currency: Some("USD".into()),
            ..Defaults::default()
        };
        let format = Format::of_file(file).unwrap_or(Format::Csv);
        let mut feed = Feed::open(BufReader::new(File::open(file)?), format, defaults)?;
        let mut read = Self::default();
        while let Some(fed) = feed.next_item()? {
            match fed {
                Ok((_, item)) => read.items.push(item),
                Err(error) => read.errors.push(error),
            }
        }
        Ok(read)
    }
}

/// A column's name as it is compared: Google writes `image link` in one place, `g:image_link` in the next.
fn column_name(written: &str) -> String {
    let name = written.trim().to_lowercase();
    let name = name.strip_prefix("g:").unwrap_or(&name);
    name.split([' ', '\u{a0}']).collect::<Vec<_>>().join("_")
}

impl Format {
    pub const NAMES: [&'static str; 4] = ["csv", "tsv", "xml", "jsonl"];

    /// By the ending of a file's name.
    pub fn of_file(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()?.to_lowercase().as_str() {
            "rss" => Some(Self::Xml),
            "txt" => Some(Self::Tsv),
            "ndjson" => Some(Self::Jsonl),
            ending => ending.parse().ok(),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            "xml" => Ok(Self::Xml),
            "jsonl" => Ok(Self::Jsonl),
            _ => Err(format!("`{name}`: expected one of {}", Self::NAMES.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests;

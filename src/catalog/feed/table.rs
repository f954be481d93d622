//! Rows of CSV and TSV.

use std::collections::HashSet;
use std::io::BufRead;
use std::sync::Arc;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::row::is_id;
use super::{FeedError, ROW_BYTES, Row, RowError, column_name};

const COLUMNS: usize = 1000;

/// A table with a header. The buffers are all the memory it takes, however long a row is.
pub(super) struct Table<R> {
    input: R,
    parser: Reader,
    header: Vec<Arc<str>>,
    /// Where the next byte stands, counted from 1.
    line: u64,
    values: Vec<u8>,
    ends: Vec<usize>,
}

enum Record {
    /// So many fields.
    Fields(usize),
    TooLong,
    TooWide,
}

impl<R: BufRead> Table<R> {
    pub(super) fn open(input: R, delimiter: u8) -> Result<Self, FeedError> {
        let mut table = Self {
            input,
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            header: Vec::new(),
            line: 1,
            values: vec![0; ROW_BYTES],
            ends: vec![0; COLUMNS],
        };
        table.header = table.read_header()?;
        Ok(table)
    }

    fn read_header(&mut self) -> Result<Vec<Arc<str>>, FeedError> {
        let whole = |message: &str| FeedError::Whole(format!("the header: {message}"));
        let fields = match self.read_record()? {
            None => return Err(FeedError::Whole("the file is empty: expected a header".into())),
            Some((_, Record::Fields(fields))) => fields,
            Some((_, Record::TooLong)) => return Err(whole("expected at most 1 MiB")),
            Some((_, Record::TooWide)) => return Err(whole("expected at most 1,000 columns")),
        };
        let mut names = HashSet::new();
        let mut header: Vec<Arc<str>> = Vec::with_capacity(fields);
        for index in 0..fields {
            let name = str::from_utf8(self.field(index)).map_err(|_| whole("expected UTF-8"))?;
            let name = column_name(name.trim_start_matches('\u{feff}'));
            if !name.is_empty() && !names.insert(name.clone()) {
                return Err(whole(&format!("the column `{name}` is there twice")));
            }
            header.push(name.into());
        }
        let missing = |wanted: &str| whole(&format!("the column `{wanted}` is missing"));
        if !header.iter().any(|name| is_id(name)) {
            return Err(missing("id"));
        }
        if !header.iter().any(|name| &**name == "title") {
            return Err(missing("title"));
        }
        Ok(header)
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Result<Row, RowError>>, FeedError> {
        let row = self.read_record()?.map(|(line, record)| match record {
            Record::TooLong => Err(RowError::too_long(line)),
            Record::Fields(fields) if fields == self.header.len() => self.row(line),
            Record::Fields(fields) => {
                let expected = self.header.len();
                let message = format!("expected {expected} columns as in the header, found {fields}");
                Err(RowError::new(line, message))
            }
            Record::TooWide => Err(RowError::new(line, "expected at most 1,000 columns")),
        });
        Ok(row)
    }

    fn row(&self, line: u64) -> Result<Row, RowError> {
        let mut row = Row {
            line,
            ..Row::default()
        };
        for (index, name) in self.header.iter().enumerate() {
            let value = self.field(index);
            if value.is_empty() || name.is_empty() {
                continue;
            }
            let value = str::from_utf8(value)
                .map_err(|_| RowError::new(line, format!("`{name}`: expected UTF-8")))?;
            row.cells.push((name.clone(), value.to_owned()));
        }
        Ok(row)
    }

    fn field(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.values[start..self.ends[index]]
    }

    /// The next record and the line in which it begins.
    fn read_record(&mut self) -> Result<Option<(u64, Record)>, FeedError> {
        self.skip_blank_lines()?;
        let start = self.line;
        let (mut written, mut fields) = (0, 0);
        let (mut too_long, mut too_wide) = (false, false);
        loop {
            let input = self.input.fill_buf()?;
            let (result, read, wrote, ended) =
                self.parser
                    .read_record(input, &mut self.values[written..], &mut self.ends[fields..]);
            self.line += input[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
            self.input.consume(read);
            (written, fields) = (written + wrote, fields + ended);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => (written, too_long) = (0, true),
                ReadRecordResult::OutputEndsFull => (fields, too_wide) = (0, true),
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record if too_long => return Ok(Some((start, Record::TooLong))),
                ReadRecordResult::Record if too_wide => return Ok(Some((start, Record::TooWide))),
                ReadRecordResult::Record => return Ok(Some((start, Record::Fields(fields)))),
            }
        }
    }

    /// The parser passes over them too, but would count them to the record that follows.
    fn skip_blank_lines(&mut self) -> Result<(), FeedError> {
        loop {
            let input = self.input.fill_buf()?;
            let blank = input.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
            let blank: Vec<u8> = blank.copied().collect();
            if blank.is_empty() {
                return Ok(());
            }
            self.line += blank.iter().filter(|byte| **byte == b'\n').count() as u64;
            self.input.consume(blank.len());
        }
    }
}

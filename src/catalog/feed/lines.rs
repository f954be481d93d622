//! Rows of JSON lines.

use std::io::BufRead;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::row::is_category;
use super::{FeedError, ROW_BYTES, Row, RowError, column_name};

pub(super) struct Lines<R> {
    input: R,
    /// Of the last line that was read, counted from 1.
    line: u64,
    text: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            line: 0,
            text: Vec::new(),
        }
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Result<Row, RowError>>, FeedError> {
        while let Some(whole) = self.read_line()? {
            let mut text = self.text.trim_ascii();
            if self.line == 1 {
                text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
            }
            if !whole {
                return Ok(Some(Err(RowError::too_long(self.line))));
            }
            if !text.is_empty() {
                return Ok(Some(row(self.line, text)));
            }
        }
        Ok(None)
    }

    /// Reads a line into `text`: whether all of it fits; `None` at the end.
    fn read_line(&mut self) -> Result<Option<bool>, FeedError> {
        self.text.clear();
        self.line += 1;
        let (mut whole, mut any) = (true, false);
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return Ok(any.then_some(whole));
            }
            any = true;
            let end = input.iter().position(|byte| *byte == b'\n');
            let part = &input[..end.unwrap_or(input.len())];
            whole &= self.text.len() + part.len() <= ROW_BYTES;
            if whole {
                self.text.extend_from_slice(part);
            }
            let read = end.map_or(input.len(), |end| end + 1);
            self.input.consume(read);
            if end.is_some() {
                return Ok(Some(whole));
            }
        }
    }
}

fn row(line: u64, text: &[u8]) -> Result<Row, RowError> {
    let object: Map<String, Value> = serde_json::from_slice(text).map_err(|error| {
        // The position within the line says more than the "line 1" of the parser.
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        let column = error.column();
        RowError::new(
            line,
            format!("expected a JSON object: {message} at character {column}"),
        )
    })?;
    let mut row = Row {
        line,
        ..Row::default()
    };
    for (key, value) in object {
        let name = column_name(&key);
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("attributes", Value::Object(attributes)) => {
                for (key, value) in attributes {
                    let name = column_name(&key);
                    row.attributes
                        .extend(scalar(line, &name, value)?.map(|value| (name, value)));
                }
            }
            (name, Value::Array(path)) if is_category(name) => {
                row.category = Some(
                    path.into_iter()
                        .filter_map(|level| level.as_str().map(str::to_owned))
                        .collect(),
                );
            }
            ("price" | "sale_price" | "cost_of_goods_sold", Value::Object(money)) => {
                let part = |key: &str| money.get(key).cloned().unwrap_or_default();
                let amount = scalar(line, "amount", part("amount"))?.unwrap_or_default();
                let currency = scalar(line, "currency", part("currency"))?.unwrap_or_default();
                row.cells.push((name.into(), format!("{amount} {currency}")));
            }
            (name, value) => {
                let name: Arc<str> = name.into();
                row.cells
                    .extend(scalar(line, &name, value)?.map(|value| (name.clone(), value)));
            }
        }
    }
    Ok(row)
}

fn scalar(line: u64, name: &str, value: Value) -> Result<Option<String>, RowError> {
    let wrong = || {
        RowError::new(
            line,
            format!("`{name}`: expected text, a number or a list of them"),
        )
    };
    Ok(match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(values) => {
            let mut texts = Vec::with_capacity(values.len());
            for value in values {
                match value {
                    Value::Array(_) | Value::Object(_) => return Err(wrong()),
                    value => texts.extend(scalar(line, name, value)?),
                }
            }
            Some(texts.join(", "))
        }
        Value::Object(_) => return Err(wrong()),
    })
}

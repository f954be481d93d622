//! The classic plain table of recommendation scores, read from CSV.

use std::collections::HashSet;
use std::io::Read;

use csv::StringRecord;
use serde::Serialize;

use super::{Features, RankerError};

const TARGET: &str = "recommendation_score";
const SIMILARITY: &str = "user_product_similarity";
const PREFIXES: [&str; 3] = ["user_interest_", "product_attribute_", "x_"];
/// Fewer rows say nothing about a ranker.
const FEWEST_ROWS: usize = 20;

/// Feature columns (interests `user_interest_*`, attributes `product_attribute_*`, `user_product_similarity`, others
/// `x_*`) and the target `recommendation_score`, in any order.
#[derive(Debug, Clone)]
pub struct Table {
    pub features: Features,
    /// `[rows]`
    pub targets: Vec<f32>,
    /// Rows that were left out, in the order of their lines.
    pub left_out: Vec<RowError>,
}

/// Why a row was left out. The header is line 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    pub line: u64,
    pub message: String,
}

impl Table {
    /// Reads CSV with a header. Bad rows are left out and told in `left_out`; an error when more than half are bad, fewer
    /// than 20 are good, or the header isn't as it should be.
    pub fn read(csv: impl Read) -> Result<Self, RankerError> {
        // Flexible, so that a row of another length is one bad row and not the end.
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(csv);
        let columns = Columns::of(reader.headers()?)?;
        let mut table = Self {
            features: Features::new(columns.features()),
            targets: Vec::new(),
            left_out: Vec::new(),
        };
        for record in reader.records() {
            match record {
                Ok(record) => table.add(&columns, &record)?,
                Err(error) => table.left_out.push(unreadable(error)?),
            }
        }
        table.checked()
    }

    fn add(&mut self, columns: &Columns, record: &StringRecord) -> Result<(), RankerError> {
        match columns.numbers(record) {
            Ok((row, target)) => {
                self.features.push_row(&row)?;
                self.targets.push(target);
            }
            Err(message) => self.left_out.push(RowError {
                line: record.position().map_or(0, csv::Position::line),
                message,
            }),
        }
        Ok(())
    }

    fn checked(self) -> Result<Self, RankerError> {
        let (good, bad) = (self.targets.len(), self.left_out.len());
        match self.left_out.first() {
            Some(first) if bad > good => Err(RankerError::MostlyBad {
                bad,
                rows: good + bad,
                line: first.line,
                message: first.message.clone(),
            }),
            _ if good < FEWEST_ROWS => Err(RankerError::TooFewRows {
                found: good,
                needed: FEWEST_ROWS,
            }),
            _ => Ok(self),
        }
    }
}

/// A row that isn't UTF-8 is a bad row; a failing disk is the end.
fn unreadable(error: csv::Error) -> Result<RowError, RankerError> {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, err } => Ok(RowError {
            line: pos.as_ref().map_or(0, csv::Position::line),
            message: format!("not UTF-8: {err}"),
        }),
        _ => Err(error.into()),
    }
}

/// The header: all names in the file's order, and the place of the target among them.
struct Columns {
    names: Vec<String>,
    target: usize,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, RankerError> {
        let names: Vec<String> = header.iter().map(str::to_owned).collect();
        let mut seen = HashSet::new();
        for name in &names {
            if !seen.insert(name) {
                return Err(RankerError::DuplicateColumn { name: name.clone() });
            }
            if name != TARGET && !is_feature(name) {
                return Err(RankerError::UnknownColumn { name: name.clone() });
            }
        }
        let Some(target) = names.iter().position(|name| name == TARGET) else {
            return Err(RankerError::NoTarget);
        };
        if names.len() == 1 {
            return Err(RankerError::NoFeatures);
        }
        Ok(Self { names, target })
    }

    fn features(&self) -> Vec<String> {
        let mut features = self.names.clone();
        features.remove(self.target);
        features
    }

    /// The features `[width]` and the target of a row, or what is wrong with it.
    fn numbers(&self, record: &StringRecord) -> Result<(Vec<f32>, f32), String> {
        if record.len() > self.names.len() {
            return Err(format!("{} cells, expected {}", record.len(), self.names.len()));
        }
        let cells = self.names.iter().enumerate();
        let numbers: Result<Vec<f32>, String> =
            cells.map(|(at, name)| number(name, record.get(at))).collect();
        let mut row = numbers?;
        let target = row.remove(self.target);
        Ok((row, target))
    }
}

fn is_feature(name: &str) -> bool {
    let begins = |prefix: &&str| name.strip_prefix(*prefix).is_some_and(|rest| !rest.is_empty());
    name == SIMILARITY || PREFIXES.iter().any(begins)
}

fn number(name: &str, cell: Option<&str>) -> Result<f32, String> {
    let cell = cell.unwrap_or_default();
    if cell.is_empty() {
        return Err(format!("column {name} is missing, expected a number"));
    }
    match cell.parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("column {name}: {cell} is not a finite number")),
        Err(_) => Err(format!("column {name}: {cell:?} is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "user_interest_a,recommendation_score,product_attribute_a,user_product_similarity\n";

    /// `good` good rows, then `rest`.
    fn read(good: usize, rest: &str) -> Result<Table, RankerError> {
        Table::read(format!("\u{feff}{HEADER}{}{rest}", "0.1, 0.5,0.3,1e-1\n".repeat(good)).as_bytes())
    }

    fn header_error(header: &str) -> String {
        Table::read(header.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn the_target_is_taken_out_of_the_columns() {
        let table = read(20, "").unwrap();
        let expected = [
            "user_interest_a",
            "product_attribute_a",
            "user_product_similarity",
        ];
        assert_eq!(table.features.names(), expected);
        assert_eq!(table.features.row(19), [0.1, 0.3, 0.1]);
        assert_eq!(table.targets, [0.5; 20]);
    }

    #[test]
    fn bad_rows_are_told_by_line_and_left_out() {
        let table = read(20, "x,1,2,3\n1,NaN,2,3\n1,2\n1,2,3,4,5\n1,2,inf,4\n0.2,1,1,1\n").unwrap();
        assert_eq!(table.targets.len(), 21);
        let told: Vec<String> = table
            .left_out
            .iter()
            .map(|row| format!("{}: {}", row.line, row.message))
            .collect();
        assert_eq!(
            told,
            [
                "22: column user_interest_a: \"x\" is not a number",
                "23: column recommendation_score: NaN is not a finite number",
                "24: column product_attribute_a is missing, expected a number",
                "25: 5 cells, expected 4",
                "26: column product_attribute_a: inf is not a finite number",
            ]
        );
    }

    #[test]
    fn a_row_that_is_not_utf_8_is_left_out() {
        let mut csv = format!("{HEADER}{}", "1,2,3,4\n".repeat(20)).into_bytes();
        csv.extend(b"\xff,2,3,4\n1,2,3,4\n");
        let table = Table::read(csv.as_slice()).unwrap();
        assert_eq!((table.targets.len(), table.left_out[0].line), (21, 22));
    }

    #[test]
    fn too_few_or_mostly_bad_rows_are_no_table() {
        let error = read(1, "").unwrap_err().to_string();
        assert_eq!(error, "1 rows: a ranker needs at least 20");
        let error = read(21, &"?,1,1,1\n".repeat(22)).unwrap_err().to_string();
        assert!(
            error.starts_with("22 of 43 rows are bad, the first in line 23: column user_interest_a"),
            "{error}"
        );
    }

    #[test]
    fn the_header_says_what_is_what() {
        let error = header_error("user_interest_a,user_interest_a,recommendation_score\n");
        assert_eq!(error, "column user_interest_a occurs twice in the header");
        assert!(
            header_error("user_interest_a,price,recommendation_score\n")
                .starts_with("column price: expected")
        );
        assert!(header_error("user_interest_a\n").starts_with("no column recommendation_score"));
        assert!(header_error("recommendation_score\n").starts_with("no feature columns"));
        assert!(header_error("").starts_with("no column recommendation_score"));
    }
}

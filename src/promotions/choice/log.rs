//! A log of choices, read from CSV.

use std::collections::{BTreeSet, HashSet};
use std::io::Read;

use csv::StringRecord;
use serde::Serialize;

use super::ChoiceError;
use super::features::Value;
use super::protected::refuse_protected;

const REQUIRED: [&str; 3] = ["action", "propensity", "reward"];
const COST: &str = "cost";
/// A column is of numbers when at least this share of its filled cells are; the rows of the others are bad.
const MOSTLY_NUMBERS: f64 = 0.95;
/// Fewer rows say nothing about a policy.
const FEWEST_ROWS: usize = 100;

/// Decisions with what they brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// The names of the features, `x_*`.
    pub columns: Vec<String>,
    /// The names of the actions, in alphabetical order.
    pub actions: Vec<String>,
    pub rows: Vec<Logged>,
    pub has_cost: bool,
    /// Rows that were left out, in the order of their lines.
    pub left_out: Vec<RowError>,
}

/// One decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// `[columns]`
    pub features: Vec<Value>,
    /// Its place in [`Log::actions`].
    pub action: usize,
    /// The probability with which it was chosen, above 0.
    pub propensity: f64,
    pub reward: f64,
    /// 0 when the log has no costs.
    pub cost: f64,
}

/// Why a row was left out. The header is line 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    pub line: u64,
    pub message: String,
}

/// Reads CSV with a header: features `x_*` (numbers or text; an empty cell is missing), `action`, `propensity`, `reward` and,
/// if known, `cost`, in any order. Bad rows are left out and told in [`Log::left_out`]; an error when more than half are
/// bad, fewer than 100 are good, or the header isn't as it should be, and when a feature is a protected attribute. Rows of
/// a hold-out group don't belong into it: nothing was chosen there.
pub fn read_log(csv: impl Read) -> Result<Log, ChoiceError> {
    // Flexible, so that a row of another length is one bad row and not the end.
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(csv);
    let header = Header::of(reader.headers()?)?;
    let (mut records, mut left_out) = (Vec::new(), Vec::new());
    for record in reader.records() {
        match record {
            Ok(record) => records.push(record),
            Err(error) => left_out.push(unreadable(error)?),
        }
    }
    let numeric: Vec<bool> = header
        .features
        .iter()
        .map(|(at, _)| mostly_numbers(&records, *at))
        .collect();
    let mut rows = Vec::with_capacity(records.len());
    for record in &records {
        match header.row(record, &numeric) {
            Ok(row) => rows.push(row),
            Err(message) => left_out.push(RowError {
                line: record.position().map_or(0, csv::Position::line),
                message,
            }),
        }
    }
    left_out.sort_by_key(|row| row.line);
    checked(&rows, &left_out)?;
    let names: BTreeSet<&str> = rows.iter().map(|(action, _)| *action).collect();
    let actions: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let numbered = |(name, row): (&str, Logged)| Logged {
        action: actions.partition_point(|action| action.as_str() < name),
        ..row
    };
    Ok(Log {
        rows: rows.into_iter().map(numbered).collect(),
        columns: header.features.into_iter().map(|(_, name)| name).collect(),
        actions,
        has_cost: header.cost.is_some(),
        left_out,
    })
}

fn checked(rows: &[(&str, Logged)], left_out: &[RowError]) -> Result<(), ChoiceError> {
    let (good, bad) = (rows.len(), left_out.len());
    match left_out.first() {
        Some(first) if bad > good => Err(ChoiceError::MostlyBad {
            bad,
            rows: good + bad,
            line: first.line,
            message: first.message.clone(),
        }),
        _ if good < FEWEST_ROWS => Err(ChoiceError::TooFewRows {
            found: good,
            needed: FEWEST_ROWS,
        }),
        _ => Ok(()),
    }
}

/// A row that isn't UTF-8 is a bad row; a failing disk is the end.
fn unreadable(error: csv::Error) -> Result<RowError, ChoiceError> {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, err } => Ok(RowError {
            line: pos.as_ref().map_or(0, csv::Position::line),
            message: format!("not UTF-8: {err}"),
        }),
        _ => Err(error.into()),
    }
}

fn mostly_numbers(records: &[StringRecord], at: usize) -> bool {
    let filled = records
        .iter()
        .filter_map(|record| record.get(at))
        .filter(|cell| !cell.is_empty());
    let (mut cells, mut numbers) = (0_usize, 0_usize);
    for cell in filled {
        cells += 1;
        numbers += usize::from(cell.parse::<f64>().is_ok());
    }
    cells > 0 && numbers as f64 >= MOSTLY_NUMBERS * cells as f64
}

/// Where in a row everything is.
struct Header {
    width: usize,
    features: Vec<(usize, String)>,
    action: usize,
    propensity: usize,
    reward: usize,
    cost: Option<usize>,
}

impl Header {
    fn of(header: &StringRecord) -> Result<Self, ChoiceError> {
        let mut seen = HashSet::new();
        let mut features = Vec::new();
        for (at, name) in header.iter().enumerate() {
            let column = name.to_owned();
            if !seen.insert(name) {
                return Err(ChoiceError::DuplicateColumn { column });
            }
            if name.strip_prefix("x_").is_some_and(|rest| !rest.is_empty()) {
                features.push((at, column));
            } else if name != COST && !REQUIRED.contains(&name) {
                return Err(ChoiceError::UnknownColumn { column });
            }
        }
        let place = |column: &'static str| {
            let at = header.iter().position(|name| name == column);
            at.ok_or(ChoiceError::MissingColumn { column })
        };
        if features.is_empty() {
            return Err(ChoiceError::MissingColumn { column: "x_*" });
        }
        refuse_protected(features.iter().map(|(_, name)| name.as_str()))?;
        Ok(Self {
            width: header.len(),
            features,
            action: place("action")?,
            propensity: place("propensity")?,
            reward: place("reward")?,
            cost: place(COST).ok(),
        })
    }

    /// The action's name and the row without its number, or what is wrong with it.
    fn row<'a>(&self, record: &'a StringRecord, numeric: &[bool]) -> Result<(&'a str, Logged), String> {
        if record.len() != self.width {
            return Err(format!("{} cells, expected {}", record.len(), self.width));
        }
        let action = &record[self.action];
        if action.is_empty() {
            return Err("column action is empty, expected the name of what was chosen".to_owned());
        }
        let propensity = number("propensity", &record[self.propensity])?;
        if !(propensity > 0.0 && propensity <= 1.0) {
            return Err(format!(
                "column propensity: {propensity}, expected above 0, at most 1"
            ));
        }
        let reward = number("reward", &record[self.reward])?;
        let cost = self.cost.map_or(Ok(0.0), |at| number(COST, &record[at]))?;
        if cost < 0.0 {
            return Err(format!("column cost: {cost}, expected at least 0"));
        }
        let value = |((at, name), numeric): (&(usize, String), &bool)| match (&record[*at], numeric) {
            ("", _) => Ok(Value::Missing),
            (cell, true) => number(name, cell).map(Value::Number),
            (cell, false) => Ok(Value::Text(cell.to_owned())),
        };
        let features: Result<Vec<Value>, String> = self.features.iter().zip(numeric).map(value).collect();
        let row = Logged {
            features: features?,
            action: 0,
            propensity,
            reward,
            cost,
        };
        Ok((action, row))
    }
}

fn number(name: &str, cell: &str) -> Result<f64, String> {
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("column {name}: {cell} is not a finite number")),
        Err(_) if cell.is_empty() => Err(format!("column {name} is empty, expected a number")),
        Err(_) => Err(format!("column {name}: {cell:?} is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "x_visits,x_channel,action,propensity,reward,cost\n";

    fn read(rest: &str) -> Result<Log, ChoiceError> {
        let good = "3,web,ten-off,0.5,1,2\n,app,none,0.25,0,0\n".repeat(50);
        read_log(format!("\u{feff}{HEADER}{good}{rest}").as_bytes())
    }

    fn header_error(header: &str) -> String {
        read_log(header.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_log_is_read_with_numbers_text_and_gaps() {
        let log = read("").unwrap();
        assert_eq!(log.columns, ["x_visits", "x_channel"]);
        assert_eq!(log.actions, ["none", "ten-off"]);
        assert_eq!((log.rows.len(), log.has_cost, log.left_out.len()), (100, true, 0));
        let row = Logged {
            features: vec![Value::Number(3.0), Value::Text("web".into())],
            action: 1,
            propensity: 0.5,
            reward: 1.0,
            cost: 2.0,
        };
        assert_eq!(log.rows[0], row);
        assert_eq!(log.rows[1].features[0], Value::Missing);
    }

    #[test]
    fn bad_rows_are_told_by_line_and_left_out() {
        let bad = "many,web,none,.5,1,0\n1,web,,.5,1,0\n1,web,none,0,1,0\n1,web,none,1.5,1,0\n1,web,none,.5,NaN,0\n\
                   1,web,none,.5,,0\n1,web,none,.5,1,-2\n1,web,none,.5,1\n1,web,none,x,1,0\n1,web,new,.5,1,0\n";
        let log = read(bad).unwrap();
        let told: Vec<String> = log
            .left_out
            .iter()
            .map(|row| format!("{}: {}", row.line, row.message))
            .collect();
        assert_eq!(
            told,
            [
                "102: column x_visits: \"many\" is not a number",
                "103: column action is empty, expected the name of what was chosen",
                "104: column propensity: 0, expected above 0, at most 1",
                "105: column propensity: 1.5, expected above 0, at most 1",
                "106: column reward: NaN is not a finite number",
                "107: column reward is empty, expected a number",
                "108: column cost: -2, expected at least 0",
                "109: 5 cells, expected 6",
                "110: column propensity: \"x\" is not a number",
            ]
        );
        assert_eq!(log.actions, ["new", "none", "ten-off"]);
        assert_eq!(log.rows.len(), 101);
    }

    #[test]
    fn too_few_or_mostly_bad_rows_are_no_log() {
        let error = header_error(&format!("{HEADER}1,web,none,.5,1,0\n"));
        assert_eq!(error, "1 rows: at least 100 are needed");
        let error = read(&"1,web,none,0,1,0\n".repeat(101)).unwrap_err().to_string();
        assert!(
            error.starts_with("101 of 201 rows are bad, the first in line 102: column propensity"),
            "{error}"
        );
        let mut bytes = HEADER.as_bytes().to_vec();
        bytes.extend(b"\xff,web,none,.5,1,0\n");
        let error = read_log(bytes.as_slice()).unwrap_err().to_string();
        assert!(error.contains("line 2: not UTF-8"), "{error}");
    }

    #[test]
    fn the_header_says_what_is_what() {
        assert_eq!(header_error("x_a,x_a,action\n"), "column x_a occurs twice");
        assert!(header_error("x_a,price,action\n").starts_with("column price: expected x_*"));
        assert!(header_error("x_a,action,reward\n").starts_with("no column propensity"));
        assert!(header_error("action,propensity,reward\n").starts_with("no column x_*"));
        assert!(header_error("").starts_with("no column x_*"));
        let error = header_error("x_visits,x_customer_gender,action,propensity,reward\n");
        assert!(
            error.starts_with("column x_customer_gender: gender is a protected attribute"),
            "{error}"
        );
    }
}

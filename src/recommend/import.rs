//! Events from files: CSV with the columns `user_id,item_id,event,value,timestamp`, the last two as far as there are any.

use std::collections::HashSet;
use std::io::Read;

use csv::StringRecord;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::RecommendError;
use super::event::{Event, EventKind};
use super::events;
use crate::progress::Progress;
use crate::store::{Millis, Store, now};

/// What an import did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct EventImport {
    pub stored: u64,
    /// Stored by an earlier import.
    pub known: u64,
    pub bad: u64,
    /// The first of the bad rows.
    pub errors: Vec<EventError>,
}

/// A row that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventError {
    pub line: u64,
    pub message: String,
}

/// Bad rows that are told one by one.
const TOLD: usize = 1_000;
/// Rows between two reports of progress.
const STEP: usize = 20_000;
/// A clock of another machine may be ahead by this much.
pub const CLOCKS_DIFFER: Millis = 5 * 60 * 1000;
const LONGEST_ID: usize = 200;

/// Where the columns stand.
struct Columns {
    shopper: usize,
    item: usize,
    kind: Option<usize>,
    value: Option<usize>,
    at: Option<usize>,
    session: Option<usize>,
}

/// Reads all events of a file. `known_item`: whether the catalogue has it; nothing is asked where there is no catalogue.
pub fn read(
    csv: impl Read,
    known_item: &dyn Fn(&str) -> bool,
) -> Result<(Vec<Event>, EventImport), RecommendError> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(csv);
    let columns = Columns::of(reader.headers()?)?;
    let mut report = EventImport::default();
    let mut read = Vec::new();
    let latest = now() + CLOCKS_DIFFER;
    for record in reader.records() {
        let (line, event) = match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                (line, columns.event(&record, latest, known_item))
            }
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(error) => (
                error.position().map_or(0, csv::Position::line),
                Err(error.to_string()),
            ),
        };
        match event {
            Ok(event) => read.push(event),
            Err(message) => {
                report.bad += 1;
                if report.errors.len() < TOLD {
                    report.errors.push(EventError { line, message });
                }
            }
        }
    }
    Ok((read, report))
}

/// Loads a file's events in one transaction; a row that an earlier import stored counts once. With `strict` nothing is
/// stored when any row is bad.
pub async fn import(
    store: &Store,
    csv: impl Read,
    known_item: &dyn Fn(&str) -> bool,
    strict: bool,
    progress: &Progress,
) -> Result<EventImport, RecommendError> {
    let (read, mut report) = read(csv, known_item)?;
    if strict && report.bad > 0 {
        return Ok(report);
    }
    let total = read.len() as u64;
    let named: Vec<(String, Event)> = named(read);
    let mut transaction = store.begin().await?;
    for (chunk, events) in named.chunks(STEP).enumerate() {
        progress.step("importing", (chunk * STEP) as u64, total)?;
        let recorded = events::record_within(&mut transaction, events).await?;
        report.stored += recorded.stored;
        report.known += recorded.known;
    }
    transaction
        .commit()
        .await
        .map_err(crate::store::StoreError::from)?;
    progress.step("importing", total, total)?;
    Ok(report)
}

/// Ids made of the events themselves, so that a file that is loaded again adds nothing. Equal rows of one file are told
/// apart by their number.
fn named(events: Vec<Event>) -> Vec<(String, Event)> {
    let mut seen: HashSet<String> = HashSet::new();
    events
        .into_iter()
        .map(|event| {
            let text = format!(
                "{}\u{1f}{}\u{1f}{}\u{1f}{:?}\u{1f}{}",
                event.shopper,
                event.item,
                event.kind.name(),
                event.value,
                event.at
            );
            let base = hex::encode(&Sha256::digest(text.as_bytes())[..16]);
            let mut id = base.clone();
            for number in 2.. {
                if seen.insert(id.clone()) {
                    break;
                }
                id = format!("{base}-{number}");
            }
            (id, event)
        })
        .collect()
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, RecommendError> {
        let place = |names: &[&str]| {
            header
                .iter()
                .position(|column| names.contains(&column.trim_start_matches('\u{feff}')))
        };
        let needed = |names: &[&str]| {
            let missing = || RecommendError::Header(format!("line 1: expected a column `{}`", names[0]));
            place(names).ok_or_else(missing)
        };
        Ok(Self {
            shopper: needed(&["user_id", "shopper"])?,
            item: needed(&["item_id", "item"])?,
            kind: place(&["event", "kind", "feedback_type"]),
            value: place(&["value", "rating"]),
            at: place(&["timestamp", "at"]),
            session: place(&["session", "session_id"]),
        })
    }

    fn event(
        &self,
        record: &StringRecord,
        latest: Millis,
        known_item: &dyn Fn(&str) -> bool,
    ) -> Result<Event, String> {
        let cell = |place: Option<usize>| {
            place
                .and_then(|place| record.get(place))
                .filter(|text| !text.is_empty())
        };
        let id = |place: usize, column: &str| {
            let text = cell(Some(place)).ok_or_else(|| format!("`{column}`: expected an id"))?;
            match text.chars().count() {
                0..=LONGEST_ID => Ok(text.to_owned()),
                more => Err(format!(
                    "`{column}`: expected at most {LONGEST_ID} characters, it has {more}"
                )),
            }
        };
        let kind = match cell(self.kind) {
            Some(name) => name.parse().map_err(|error| format!("`event`: {error}"))?,
            None => EventKind::View,
        };
        let item = id(self.item, "item_id")?;
        if !known_item(&item) {
            return Err(format!("`item_id`: `{item}` is not in the catalogue"));
        }
        Ok(Event {
            shopper: id(self.shopper, "user_id")?,
            item,
            kind,
            value: cell(self.value).map(|text| number(text, kind)).transpose()?,
            session: cell(self.session).map(str::to_owned),
            at: cell(self.at).map_or(Ok(now()), |text| time(text, latest))?,
        })
    }
}

/// A value of an event: finite and not negative.
fn number(text: &str, kind: EventKind) -> Result<f64, String> {
    let value: f64 = text
        .parse()
        .map_err(|_| format!("`value`: expected a number, it is `{text}`"))?;
    check_value(value, kind).map_err(|expected| format!("`value`: expected {expected}, it is `{text}`"))?;
    Ok(value)
}

/// What a value must be, where it isn't.
pub fn check_value(value: f64, kind: EventKind) -> Result<(), &'static str> {
    match kind {
        EventKind::Rating if !(0.0..=100.0).contains(&value) => Err("a rating of 0 to 100"),
        _ if !value.is_finite() || value < 0.0 => Err("a finite number that isn't negative"),
        _ => Ok(()),
    }
}

/// Seconds or milliseconds since 1970, or RFC 3339.
fn time(text: &str, latest: Millis) -> Result<Millis, String> {
    let at = match text.parse::<i64>() {
        // In seconds this is the year 5138; in milliseconds 1973.
        Ok(number) if number < 100_000_000_000 => Some(number * 1000),
        Ok(millis) => Some(millis),
        Err(_) => text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond()),
    };
    match at {
        Some(at) if at < 0 => Err(format!("`timestamp`: expected a time after 1970, it is `{text}`")),
        Some(at) if at > latest => Err(format!("`timestamp`: `{text}` lies in the future")),
        Some(at) => Ok(at),
        None => Err(format!(
            "`timestamp`: expected seconds since 1970 or RFC 3339, it is `{text}`"
        )),
    }
}

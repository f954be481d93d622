//! What shoppers did with items, as a sparse matrix that is read along both of its sides.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::event::{Event, Strength};

/// Names and their numbers, in the order in which they were first seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ids {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Ids {
    pub fn from_names(names: impl IntoIterator<Item = String>) -> Self {
        let mut ids = Self::default();
        names.into_iter().for_each(|name| {
            ids.number_or_add(&name);
        });
        ids
    }

    pub fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub fn number_or_add(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The name of a number that these ids gave.
    pub fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// A sparse matrix by rows; the columns of a row ascend.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sparse {
    offsets: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Sparse {
    /// From rows of (column, value). Columns are sorted here.
    pub fn from_rows(rows: impl IntoIterator<Item = Vec<(u32, f32)>>) -> Self {
        let mut sparse = Self {
            offsets: vec![0],
            ..Self::default()
        };
        for mut row in rows {
            row.sort_unstable_by_key(|(column, _)| *column);
            sparse.columns.extend(row.iter().map(|(column, _)| *column));
            sparse.values.extend(row.iter().map(|(_, value)| *value));
            sparse.offsets.push(sparse.columns.len() as u32);
        }
        sparse.columns.shrink_to_fit();
        sparse.values.shrink_to_fit();
        sparse
    }

    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Number of values kept.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    fn range(&self, row: u32) -> std::ops::Range<usize> {
        let row = row as usize;
        match (self.offsets.get(row), self.offsets.get(row + 1)) {
            (Some(from), Some(to)) => *from as usize..*to as usize,
            _ => 0..0,
        }
    }

    pub fn columns(&self, row: u32) -> &[u32] {
        &self.columns[self.range(row)]
    }

    pub fn values(&self, row: u32) -> &[f32] {
        &self.values[self.range(row)]
    }

    pub fn row(&self, row: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.range(row);
        let columns = self.columns[range.clone()].iter().copied();
        columns.zip(self.values[range].iter().copied())
    }

    /// Mean of the values kept; 1 where there are none.
    pub fn mean(&self) -> f32 {
        if self.values.is_empty() {
            return 1.0;
        }
        self.values.iter().sum::<f32>() / self.values.len() as f32
    }

    /// The value at a place, 0 where none is kept.
    pub fn value(&self, row: u32, column: u32) -> f32 {
        let place = self.columns(row).binary_search(&column);
        place.map_or(0.0, |place| self.values(row)[place])
    }

    /// Rows become columns. `columns`: how many there are.
    pub fn transposed(&self, columns: usize) -> Self {
        let mut counts = vec![0u32; columns + 1];
        self.columns
            .iter()
            .for_each(|column| counts[*column as usize + 1] += 1);
        for column in 0..columns {
            counts[column + 1] += counts[column];
        }
        let mut next = counts.clone();
        let mut transposed = Self {
            offsets: counts,
            columns: vec![0; self.columns.len()],
            values: vec![0.0; self.values.len()],
        };
        for row in 0..self.rows() as u32 {
            for (column, value) in self.row(row) {
                let place = next[column as usize] as usize;
                next[column as usize] += 1;
                transposed.columns[place] = row;
                transposed.values[place] = value;
            }
        }
        transposed
    }

    /// The same places with other values: `value(row, column, value)`.
    pub fn map(&self, value: impl Fn(u32, u32, f32) -> f32) -> Self {
        let mut mapped = self.clone();
        for row in 0..self.rows() as u32 {
            for place in self.range(row) {
                mapped.values[place] = value(row, self.columns[place], self.values[place]);
            }
        }
        mapped
    }
}

/// Shoppers' events, gathered: one strength for each shopper and item, and every shopper's items in the order of time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Interactions {
    pub shoppers: Ids,
    pub items: Ids,
    /// [shoppers × items]: strengths.
    pub by_shopper: Sparse,
    /// [items × shoppers]: the same.
    pub by_item: Sparse,
    /// Sessions, each a run of items, oldest first.
    pub sessions: Vec<Session>,
    /// What strengths were divided by, so that their mean is 1.
    pub scale: f32,
}

/// What one shopper looked at in one go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub shopper: u32,
    pub items: Vec<u32>,
    /// Milliseconds since 1970 of its last event.
    pub ended: i64,
}

impl Interactions {
    /// Gathers events. `items`: ids that get the first numbers whether something happened to them or not, as the
    /// catalogue's.
    pub fn gather(items: Ids, events: &[Event], strength: &Strength) -> Self {
        let mut shoppers = Ids::default();
        let mut items = items;
        let mut ordered: Vec<(u32, u32, &Event)> = events
            .iter()
            .filter(|event| event.kind.is_positive())
            .map(|event| {
                (
                    shoppers.number_or_add(&event.shopper),
                    items.number_or_add(&event.item),
                    event,
                )
            })
            .collect();
        ordered.sort_by_key(|(shopper, _, event)| (*shopper, event.at));
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); shoppers.len()];
        for (shopper, item, event) in &ordered {
            rows[*shopper as usize].push((*item, strength.of(event)));
        }
        let by_shopper = Sparse::from_rows(rows.into_iter().map(merge));
        // Stars of 1 to 5 and views of 1 look alike to the models: what counts is how a strength stands to the mean.
        let mean = by_shopper.mean();
        let by_shopper = by_shopper.map(|_, _, strength| strength / mean);
        let by_item = by_shopper.transposed(items.len());
        Self {
            sessions: sessions(&ordered, strength.session_gap),
            scale: mean,
            shoppers,
            items,
            by_shopper,
            by_item,
        }
    }
}

impl Interactions {
    /// The same without what one shopper did; everybody keeps their number.
    pub fn without(&self, shopper: u32) -> Self {
        let rows = (0..self.by_shopper.rows() as u32).map(|row| match row {
            gone if gone == shopper => Vec::new(),
            row => self.by_shopper.row(row).collect(),
        });
        let by_shopper = Sparse::from_rows(rows);
        Self {
            by_item: by_shopper.transposed(self.items.len()),
            by_shopper,
            sessions: self
                .sessions
                .iter()
                .filter(|session| session.shopper != shopper)
                .cloned()
                .collect(),
            shoppers: self.shoppers.clone(),
            items: self.items.clone(),
            scale: self.scale,
        }
    }
}

/// Adds up what stands at the same column.
fn merge(mut row: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    row.sort_by_key(|(column, _)| *column);
    row.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 += later.1;
        }
        same
    });
    row
}

/// Cuts shoppers' events, ordered by shopper and time, where the session's name changes or too long nothing happens.
fn sessions(ordered: &[(u32, u32, &Event)], gap: i64) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    let mut last: Option<&(u32, u32, &Event)> = None;
    for step in ordered {
        let (shopper, item, event) = step;
        let goes_on = last.is_some_and(|(before, _, earlier)| {
            before == shopper && earlier.session == event.session && event.at - earlier.at <= gap
        });
        match sessions.last_mut() {
            Some(session) if goes_on => {
                session.items.push(*item);
                session.ended = event.at;
            }
            _ => sessions.push(Session {
                shopper: *shopper,
                items: vec![*item],
                ended: event.at,
            }),
        }
        last = Some(step);
    }
    sessions
}

//! How events are cut into those that train and those that test.

use std::collections::BTreeMap;
use std::str::FromStr;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand_mt::Mt;
use serde::Serialize;

use crate::recommend::event::Event;

/// A way to cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// A random three quarters of each shopper's events train.
    UserSplit,
    /// A random three quarters of each item's events train, drawn as Microsoft Recommenders' `python_stratified_split`
    /// with its seed 42 draws them: row for row the same.
    ItemSplit,
    /// Each shopper's last event tests.
    LeaveOneOut,
    /// The first four fifths of the time's events train.
    Time,
    /// Whole sessions train, prefixes of others test.
    Sessions,
}

impl Protocol {
    pub const ALL: [(&'static str, Self); 5] = [
        ("user-split", Self::UserSplit),
        ("item-split", Self::ItemSplit),
        ("leave-one-out", Self::LeaveOneOut),
        ("time", Self::Time),
        ("sessions", Self::Sessions),
    ];
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        let names = Self::ALL.map(|(name, _)| name).join(", ");
        found
            .map(|(_, protocol)| protocol)
            .ok_or_else(|| format!("expected one of {names}"))
    }
}

/// Events that train, and events that test.
pub type Cut = (Vec<Event>, Vec<Event>);

const TRAIN: f64 = 0.75;
/// Of the training events those that the sources see while the blend is learned on the others.
const INNER: f64 = 0.8;

/// Cuts `events`, which stand in their file's order.
pub fn cut(events: &[Event], protocol: Protocol, seed: u64) -> Cut {
    match protocol {
        Protocol::UserSplit | Protocol::Sessions => by_chance(events, |event| &event.shopper, TRAIN, seed),
        Protocol::ItemSplit => as_microsoft(events),
        Protocol::LeaveOneOut => last_of_each(events),
        Protocol::Time => by_time(events, 0.8),
    }
}

/// The cut inside the training events that the blend is learned on: of the same kind, with more to train on.
pub fn inner_cut(events: &[Event], protocol: Protocol, seed: u64) -> Cut {
    match protocol {
        Protocol::LeaveOneOut => last_of_each(events),
        Protocol::Time => by_time(events, 0.85),
        Protocol::ItemSplit => by_chance(events, |event| &event.item, INNER, seed ^ 0x5eed),
        Protocol::UserSplit | Protocol::Sessions => {
            by_chance(events, |event| &event.shopper, INNER, seed ^ 0x5eed)
        }
    }
}

/// A random `share` of the events of each shopper or item trains.
fn by_chance(events: &[Event], whose: fn(&Event) -> &String, share: f64, seed: u64) -> Cut {
    let mut random = StdRng::seed_from_u64(seed);
    let mut trains = vec![false; events.len()];
    for (_, mut rows) in groups(events, whose) {
        rows.shuffle(&mut random);
        let count = (rows.len() as f64 * share).round_ties_even() as usize;
        rows.iter().take(count).for_each(|row| trains[*row] = true);
    }
    part(events, &trains)
}

/// `np.random.seed(42)`, one `np.random.rand` a row; sorted by it within an item, the first round(0.75 · count) train.
fn as_microsoft(events: &[Event]) -> Cut {
    let mut random = Mt::new(42);
    let draws: Vec<f64> = events
        .iter()
        .map(|_| {
            let (high, low) = (random.next_u32() >> 5, random.next_u32() >> 6);
            (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
        })
        .collect();
    let mut trains = vec![false; events.len()];
    for (_, mut rows) in groups(events, |event| &event.item) {
        rows.sort_by(|a, b| draws[*a].total_cmp(&draws[*b]));
        let count = (rows.len() as f64 * TRAIN).round_ties_even() as usize;
        rows.iter().take(count).for_each(|row| trains[*row] = true);
    }
    part(events, &trains)
}

fn last_of_each(events: &[Event]) -> Cut {
    let mut trains = vec![true; events.len()];
    for (_, rows) in groups(events, |event| &event.shopper) {
        if let Some(last) = rows.iter().max_by_key(|row| events[**row].at)
            && rows.len() > 1
        {
            trains[*last] = false;
        }
    }
    part(events, &trains)
}

fn by_time(events: &[Event], share: f64) -> Cut {
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|row| events[*row].at);
    let mut trains = vec![false; events.len()];
    let count = (events.len() as f64 * share) as usize;
    order.iter().take(count).for_each(|row| trains[*row] = true);
    part(events, &trains)
}

fn groups<'a>(events: &'a [Event], key: impl Fn(&'a Event) -> &'a String) -> BTreeMap<&'a str, Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, event) in events.iter().enumerate() {
        groups.entry(key(event)).or_default().push(row);
    }
    groups
}

fn part(events: &[Event], trains: &[bool]) -> Cut {
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for (event, trains) in events.iter().zip(trains) {
        if *trains {
            train.push(event.clone())
        } else {
            test.push(event.clone())
        }
    }
    (train, test)
}

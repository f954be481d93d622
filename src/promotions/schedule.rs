//! When a campaign runs: from and until, on which days and hours, all in the time of one place.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::campaign::{Hours, WEEKDAYS};
use crate::store::Millis;

/// Times are those of `time_zone`, also over changes of the clock: 9 o'clock stays 9 o'clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// A name of the IANA database.
    pub time_zone: Zone,
    pub starts_at: Option<Millis>,
    /// The first moment at which it is over.
    pub ends_at: Option<Millis>,
    /// `mon` to `sun`; every day when it is empty.
    pub weekdays: BTreeSet<String>,
    pub hours: Option<Hours>,
}

/// A time zone that exists.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    pub fn of_name(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The moment at which clocks there show `local`. A time that a change of the clock skips is as much later; of one
    /// that comes twice it is the first.
    pub fn instant(&self, local: DateTime) -> Option<Millis> {
        let zoned = local.to_zoned_datetime(self.0.clone()).ok()?;
        Some(zoned.timestamp().as_millisecond())
    }

    /// All moments at which clocks there show `local`, or jump over it.
    fn instants(&self, local: DateTime) -> Vec<Millis> {
        let ambiguous = self.0.to_ambiguous_timestamp(local);
        let mut instants: Vec<Timestamp> = ambiguous.earlier().into_iter().collect();
        if ambiguous.is_ambiguous() {
            instants.extend(ambiguous.later());
            if let Some(before) = instants.iter().min().copied() {
                instants.extend(self.0.following(before).next().map(|change| change.timestamp()));
            }
        }
        instants.into_iter().map(Timestamp::as_millisecond).collect()
    }

    /// What clocks there show at `at`.
    pub fn local(&self, at: Millis) -> Option<DateTime> {
        let at = Timestamp::from_millisecond(at).ok()?;
        Some(at.to_zoned_datetime(self.0.clone()).datetime())
    }
}

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::of_name(&name).ok_or_else(|| serde::de::Error::custom(format!("no time zone `{name}`")))
    }
}

/// Days that are looked at for the next opening: a week and one, for hours of today that are over.
const DAYS_AHEAD: i32 = 8;

impl Schedule {
    /// From now to eternity, at all hours.
    pub fn always(time_zone: Zone) -> Self {
        Self {
            time_zone,
            starts_at: None,
            ends_at: None,
            weekdays: BTreeSet::new(),
            hours: None,
        }
    }

    pub fn has_begun(&self, at: Millis) -> bool {
        self.starts_at.is_none_or(|starts| starts <= at)
    }

    pub fn has_ended(&self, at: Millis) -> bool {
        self.ends_at.is_some_and(|ends| ends <= at)
    }

    /// Whether it has neither weekdays nor hours.
    pub fn is_always_open(&self) -> bool {
        self.weekdays.is_empty() && self.hours.is_none()
    }

    /// Whether it is open at `at` by its weekdays and hours. Hours past midnight belong to the day on which they began.
    pub fn is_open(&self, at: Millis) -> bool {
        if self.is_always_open() {
            return true;
        }
        let Some(local) = self.time_zone.local(at) else {
            return false;
        };
        let today = local.date();
        match self.hours {
            None => self.is_on(today),
            Some(Hours { from, to }) if from < to => {
                self.is_on(today) && from <= local.time() && local.time() < to
            }
            Some(Hours { from, to }) => {
                let began_today = self.is_on(today) && from <= local.time();
                let yesterday = today.yesterday().ok();
                began_today || yesterday.is_some_and(|day| self.is_on(day)) && local.time() < to
            }
        }
    }

    /// `at` itself while it is open, else the next moment at which it opens, if that is before its end.
    pub fn opens_after(&self, at: Millis) -> Option<Millis> {
        let at = self.starts_at.map_or(at, |starts| starts.max(at));
        if self.is_open(at) {
            return (!self.has_ended(at)).then_some(at);
        }
        let today = self.time_zone.local(at)?.date();
        (0..=DAYS_AHEAD)
            .filter_map(|days| today.checked_add(days.days()).ok())
            .filter(|day| self.is_on(*day))
            .find_map(|day| {
                let openings = self.openings(day).into_iter();
                openings.filter(|opens| *opens > at && self.is_open(*opens)).min()
            })
            .filter(|opens| !self.has_ended(*opens))
    }

    /// The day of `at` in its time zone, as `2026-11-24`.
    pub fn day(&self, at: Millis) -> String {
        self.time_zone
            .local(at)
            .map(|local| local.date().to_string())
            .unwrap_or_default()
    }

    /// When it may open on a day: twice where the clock goes back over the hour, and when the clock jumps over it.
    fn openings(&self, day: Date) -> Vec<Millis> {
        let time = self.hours.map(|hours| hours.from).unwrap_or_default();
        self.time_zone.instants(day.to_datetime(time))
    }

    fn is_on(&self, day: Date) -> bool {
        self.weekdays.is_empty() || self.weekdays.contains(short_name(day.weekday()))
    }
}

fn short_name(weekday: Weekday) -> &'static str {
    WEEKDAYS
        .iter()
        .find(|(_, day)| *day == weekday)
        .map_or("", |(name, _)| name)
}

//! When people answer: opening hours of the support team in the shop's time zone.

use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan, ZonedDateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::store::Millis;

/// Opening hours a day as `HH:MM-HH:MM`; empty when closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursConfig {
    pub time_zone: String,
    pub monday: String,
    pub tuesday: String,
    pub wednesday: String,
    pub thursday: String,
    pub friday: String,
    pub saturday: String,
    pub sunday: String,
    pub holidays: Vec<String>,
}

/// Whether people answer at a point in time, and when they next begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenNow {
    pub open: bool,
    /// When they are back; `None` while they are there, or when no day of the next two weeks is open.
    pub opens_at: Option<Millis>,
}

impl HoursConfig {
    /// Whether people answer at `now`.
    pub fn at(&self, now: Millis) -> OpenNow {
        let Ok(zone) = TimeZone::get(&self.time_zone) else {
            return OpenNow {
                open: false,
                opens_at: None,
            };
        };
        let now = Timestamp::from_millisecond(now)
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_zoned_datetime(zone);
        let today = self.span(now.date());
        if today.is_some_and(|(from, to)| (from..to).contains(&now.time())) {
            return OpenNow {
                open: true,
                opens_at: None,
            };
        }
        let opens_at = self
            .next_opening(&now)
            .map(|next| next.timestamp().as_millisecond());
        OpenNow {
            open: false,
            opens_at,
        }
    }

    fn next_opening(&self, now: &ZonedDateTime) -> Option<ZonedDateTime> {
        (0..14).find_map(|days| {
            let date = now.date().checked_add(days.days()).ok()?;
            let (from, _) = self.span(date)?;
            let opening = date
                .to_datetime(from)
                .to_zoned_datetime(now.time_zone().clone())
                .ok()?;
            (opening > *now).then_some(opening)
        })
    }

    fn span(&self, date: Date) -> Option<(Time, Time)> {
        if self
            .holidays
            .iter()
            .any(|holiday| holiday.parse::<Date>().is_ok_and(|holiday| holiday == date))
        {
            return None;
        }
        parse_span(self.days()[date.weekday().to_monday_zero_offset() as usize].1)
    }

    fn days(&self) -> [(Weekday, &str); 7] {
        [
            (Weekday::Monday, &self.monday),
            (Weekday::Tuesday, &self.tuesday),
            (Weekday::Wednesday, &self.wednesday),
            (Weekday::Thursday, &self.thursday),
            (Weekday::Friday, &self.friday),
            (Weekday::Saturday, &self.saturday),
            (Weekday::Sunday, &self.sunday),
        ]
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if TimeZone::get(&self.time_zone).is_err() {
            let expected = "a time zone of the IANA list such as Europe/Berlin";
            return Err(ConfigError::invalid("hours.time_zone", &self.time_zone, expected));
        }
        for (day, hours) in self.days() {
            if !hours.is_empty() && parse_span(hours).is_none() {
                let key = format!("hours.{day:?}").to_lowercase();
                return Err(ConfigError::invalid(
                    &key,
                    hours,
                    "HH:MM-HH:MM, or nothing when closed",
                ));
            }
        }
        match self
            .holidays
            .iter()
            .find(|holiday| holiday.parse::<Date>().is_err())
        {
            Some(holiday) => Err(ConfigError::invalid(
                "hours.holidays",
                holiday,
                "days as YYYY-MM-DD",
            )),
            None => Ok(()),
        }
    }
}

fn parse_span(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    let (from, to) = (time(from)?, time(to)?);
    (from < to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours() -> HoursConfig {
        let week = ["08:00-20:00"; 5];
        HoursConfig {
            time_zone: "America/New_York".into(),
            monday: week[0].into(),
            tuesday: week[1].into(),
            wednesday: week[2].into(),
            thursday: week[3].into(),
            friday: week[4].into(),
            saturday: "09:00-17:00".into(),
            sunday: String::new(),
            holidays: vec!["2026-11-26".into()],
        }
    }

    fn millis(text: &str) -> Millis {
        text.parse::<ZonedDateTime>()
            .unwrap()
            .timestamp()
            .as_millisecond()
    }

    #[test]
    fn open_and_closed() {
        for (at, open, back) in [
            ("2026-11-23T08:00[America/New_York]", true, None),
            (
                "2026-11-23T20:00[America/New_York]",
                false,
                Some("2026-11-24T08:00[America/New_York]"),
            ),
            (
                "2026-11-21T18:00[America/New_York]",
                false,
                Some("2026-11-23T08:00[America/New_York]"),
            ),
            (
                "2026-11-26T12:00[America/New_York]",
                false,
                Some("2026-11-27T08:00[America/New_York]"),
            ),
            // The clocks go back on 1 November: the hours are the shop's, not UTC's.
            (
                "2026-11-01T23:00[America/New_York]",
                false,
                Some("2026-11-02T08:00[America/New_York]"),
            ),
        ] {
            assert_eq!(
                hours().at(millis(at)),
                OpenNow {
                    open,
                    opens_at: back.map(millis)
                },
                "{at}"
            );
        }
    }
}

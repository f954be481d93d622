//! Where orders are, how they may be asked for, and what this house promises of its own.

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Orders: the shop's own system, or those of this house and what is promised of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrdersConfig {
    pub url: String,
    pub token: String,
    pub timeout_seconds: u64,
    pub attempts: u32,
    pub failures: u32,
    pub pause_seconds: u64,
    pub remember_minutes: u64,
    pub tries_per_conversation: u32,
    pub tries_per_number: u32,
    pub tries_minutes: u64,
    pub proof_minutes: u64,
    pub change_minutes: u64,
    pub return_days: u32,
    pub person_from: u64,
    pub return_season: String,
    pub label_fee: String,
    pub freight_fee: String,
    pub return_address: Vec<String>,
    pub not_returnable: Vec<String>,
    pub personalised: Vec<String>,
    pub freight: Vec<String>,
    pub cutoff: String,
    pub delivery_days: String,
    pub freight_days: String,
    pub remote_days: String,
    pub remote_regions: Vec<String>,
}

/// Days of a year between which what is delivered may come back until a day of the next January or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Season {
    /// Month and day.
    pub from: (i8, i8),
    pub to: (i8, i8),
    pub until: (i8, i8),
}

impl OrdersConfig {
    /// The season, if there is one.
    pub fn season(&self) -> Option<Season> {
        let mut days = self.return_season.split_whitespace().map(month_and_day);
        Some(Season {
            from: days.next()??,
            to: days.next()??,
            until: days.next()??,
        })
    }

    /// Hour of the day until which orders leave the same day.
    pub fn cutoff(&self) -> Option<Time> {
        Time::strptime("%H:%M", &self.cutoff).ok()
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_url = self.url.starts_with("http://") || self.url.starts_with("https://");
        if !self.url.is_empty() && !is_url {
            let expected = "an address such as https://shop.example/api/shopkeeper, or nothing";
            return Err(ConfigError::invalid("orders.url", &self.url, expected));
        }
        if !self.return_season.is_empty() && self.season().is_none() {
            let expected = "three days as `11-01 12-24 01-31`, or nothing";
            return Err(ConfigError::invalid(
                "orders.return_season",
                &self.return_season,
                expected,
            ));
        }
        for (key, fee) in [
            ("orders.label_fee", &self.label_fee),
            ("orders.freight_fee", &self.freight_fee),
        ] {
            // Three decimals: as many as the finest currency has.
            if crate::text::money::parse_decimal(fee, 3).is_none() {
                let expected = "an amount such as 4.95, with at most three decimals";
                return Err(ConfigError::invalid(key, fee, expected));
            }
        }
        if self.cutoff().is_none() {
            return Err(ConfigError::invalid("orders.cutoff", &self.cutoff, "HH:MM"));
        }
        for (key, days) in [
            ("orders.delivery_days", &self.delivery_days),
            ("orders.freight_days", &self.freight_days),
            ("orders.remote_days", &self.remote_days),
        ] {
            if day_range(days).is_none() {
                let expected = "business days as `3-5`, at most 365";
                return Err(ConfigError::invalid(key, days, expected));
            }
        }
        self.check_ranges()
    }

    fn check_ranges(&self) -> Result<(), ConfigError> {
        for (key, value, least, most) in [
            ("orders.timeout_seconds", self.timeout_seconds, 1, 25),
            ("orders.attempts", u64::from(self.attempts), 1, 10),
            ("orders.failures", u64::from(self.failures), 1, 1000),
            ("orders.pause_seconds", self.pause_seconds, 1, 3600),
            ("orders.remember_minutes", self.remember_minutes, 0, 10_080),
            (
                "orders.tries_per_conversation",
                u64::from(self.tries_per_conversation),
                1,
                1_000_000,
            ),
            (
                "orders.tries_per_number",
                u64::from(self.tries_per_number),
                1,
                1_000_000,
            ),
            ("orders.tries_minutes", self.tries_minutes, 1, 43_200),
            ("orders.proof_minutes", self.proof_minutes, 1, 43_200),
            ("orders.change_minutes", self.change_minutes, 0, 525_600),
            ("orders.return_days", u64::from(self.return_days), 0, 3650),
            ("orders.person_from", self.person_from, 0, 1_000_000_000),
        ] {
            if !(least..=most).contains(&value) {
                let expected = format!("a number from {least} to {most}");
                return Err(ConfigError::invalid(key, &value.to_string(), &expected));
            }
        }
        Ok(())
    }
}

/// Fewest and most days of a text such as `3-5`.
pub fn day_range(text: &str) -> Option<(u32, u32)> {
    let (fewest, most) = text.split_once('-')?;
    let (fewest, most) = (fewest.trim().parse().ok()?, most.trim().parse().ok()?);
    (fewest <= most && most <= 365).then_some((fewest, most))
}

/// Of `11-01`; the 29th of February is one.
fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let date: Date = format!("2024-{text}").parse().ok()?;
    Some((date.month(), date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        assert_eq!(day_range("3-5"), Some((3, 5)));
        assert_eq!(day_range("2-2"), Some((2, 2)));
        for wrong in ["", "3", "5-3", "3-400", "a-b", "-1-2"] {
            assert_eq!(day_range(wrong), None, "{wrong}");
        }
        assert_eq!(month_and_day("11-01"), Some((11, 1)));
        assert_eq!(month_and_day("13-01"), None);
    }
}

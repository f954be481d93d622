//! Messages that the widget shows by itself: when, to whom, in what words.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::text::money::parse_decimal;

/// Characters of a message: it stands beside the page, which people came for.
const MESSAGE_CHARS: usize = 300;
/// Decimals of amounts: as many as the finest currency has.
const DECIMALS: u32 = 3;

/// A trigger. `example.toml` says what each key means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProactiveConfig {
    pub name: String,
    /// Paths of pages, `*` for any letters.
    #[serde(default = "everywhere")]
    pub pages: String,
    #[serde(default)]
    pub after_seconds: u32,
    #[serde(default)]
    pub exit_intent: bool,
    #[serde(default)]
    pub min_pieces: u32,
    pub max_pieces: Option<u32>,
    /// Amounts as `50.00`.
    pub min_total: Option<String>,
    pub max_total: Option<String>,
    /// Shown only while this campaign runs.
    pub campaign: Option<String>,
    #[serde(default = "once")]
    pub per_day: u32,
    /// `HH:MM-HH:MM` in the shop's time zone, also over midnight.
    pub quiet_hours: Option<String>,
    #[serde(default = "yes")]
    pub requires_consent: bool,
    /// Share of the shoppers who are never shown it, so that its effect can be told.
    #[serde(default = "tenth")]
    pub holdout: f64,
    /// By locale.
    pub message: BTreeMap<String, String>,
}

fn everywhere() -> String {
    "/*".into()
}

fn once() -> u32 {
    1
}

fn yes() -> bool {
    true
}

fn tenth() -> f64 {
    0.1
}

impl ProactiveConfig {
    /// The message for a locale such as `de` or `de-AT`; else the shop's own, which is always there.
    pub fn message_for(&self, locale: &str, of_shop: &str) -> &str {
        let language = |locale: &str| locale.split(['-', '_']).next().unwrap_or_default().to_owned();
        [locale, &language(locale), of_shop, &language(of_shop)]
            .into_iter()
            .find_map(|locale| self.message.get(locale))
            .map_or("", String::as_str)
    }

    /// Whether nothing is shown at this time of day.
    pub fn is_quiet(&self, time: Time) -> bool {
        match self.quiet_hours.as_deref().and_then(parse_span) {
            Some((from, to)) if from <= to => (from..to).contains(&time),
            Some((from, to)) => time >= from || time < to,
            None => false,
        }
    }

    pub(super) fn check_all(triggers: &[Self], locale: &str) -> Result<(), ConfigError> {
        let mut names = HashSet::new();
        for trigger in triggers {
            if !names.insert(&trigger.name) {
                return Err(ConfigError::invalid(
                    "proactive.name",
                    &trigger.name,
                    "a name of its own for each",
                ));
            }
            trigger.check(locale)?;
        }
        Ok(())
    }

    fn check(&self, locale: &str) -> Result<(), ConfigError> {
        let wrong = |key: &str, value: &str, expected: &str| {
            let key = format!("proactive.{key} of `{}`", self.name);
            Err(ConfigError::invalid(&key, value, expected))
        };
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if !(1..=64).contains(&self.name.len()) || !self.name.chars().all(plain) {
            return wrong(
                "name",
                &self.name,
                "1 to 64 of the letters a-z, A-Z, 0-9, -, _ and .",
            );
        }
        if !self.pages.starts_with('/') && !self.pages.starts_with('*') {
            return wrong("pages", &self.pages, "a path such as /cart or /products/*");
        }
        if self.after_seconds > 3_600 {
            return wrong(
                "after_seconds",
                &self.after_seconds.to_string(),
                "a number from 0 to 3600",
            );
        }
        if !(1..=100).contains(&self.per_day) {
            return wrong("per_day", &self.per_day.to_string(), "a number from 1 to 100");
        }
        if !(0.0..1.0).contains(&self.holdout) {
            return wrong("holdout", &self.holdout.to_string(), "a share from 0 to below 1");
        }
        for (key, amount) in [("min_total", &self.min_total), ("max_total", &self.max_total)] {
            if let Some(amount) = amount
                && parse_decimal(amount, DECIMALS).is_none()
            {
                return wrong(key, amount, "an amount such as 50.00");
            }
        }
        if let Some(hours) = &self.quiet_hours
            && parse_span(hours).is_none()
        {
            return wrong("quiet_hours", hours, "HH:MM-HH:MM");
        }
        if self.message_for(locale, locale).trim().is_empty() {
            return wrong("message", "", "a text for the locale of the shop");
        }
        let long = |text: &&String| text.chars().count() > MESSAGE_CHARS;
        match self.message.values().find(long) {
            Some(text) => wrong("message", text, &format!("at most {MESSAGE_CHARS} characters")),
            None => Ok(()),
        }
    }
}

fn parse_span(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    time(from).zip(time(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(more: &str) -> ProactiveConfig {
        toml::from_str(&format!(
            "name = 'x'\n{more}\n[message]\nen = 'Hello'\nde = 'Hallo'"
        ))
        .unwrap()
    }

    #[test]
    fn words_are_those_of_the_shopper_or_of_the_shop() {
        let trigger = trigger("");
        for (locale, words) in [
            ("de", "Hallo"),
            ("de-AT", "Hallo"),
            ("fr", "Hello"),
            ("", "Hello"),
        ] {
            assert_eq!(trigger.message_for(locale, "en"), words, "{locale}");
        }
    }

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        let night = trigger("quiet_hours = '22:00-08:00'");
        let noon = trigger("quiet_hours = '12:00-13:00'");
        for (hour, at_night, at_noon) in [
            (22, true, false),
            (3, true, false),
            (8, false, false),
            (12, false, true),
            (13, false, false),
        ] {
            let time = Time::constant(hour, 0, 0, 0);
            assert_eq!(
                (night.is_quiet(time), noon.is_quiet(time)),
                (at_night, at_noon),
                "{hour}"
            );
        }
        assert!(!trigger("").is_quiet(Time::midnight()));
    }

    #[test]
    fn wrong_values_are_named() {
        for (more, named) in [
            ("pages = 'cart'", "proactive.pages of `x`"),
            ("per_day = 0", "proactive.per_day"),
            ("holdout = 1.0", "proactive.holdout"),
            ("min_total = 'much'", "proactive.min_total"),
            ("quiet_hours = 'at night'", "proactive.quiet_hours"),
        ] {
            let error = ProactiveConfig::check_all(&[trigger(more)], "en")
                .unwrap_err()
                .to_string();
            assert!(error.contains(named), "{error}");
        }
        let twice = ProactiveConfig::check_all(&[trigger(""), trigger("")], "en").unwrap_err();
        assert!(twice.to_string().contains("a name of its own"));
        assert!(
            ProactiveConfig::check_all(&[trigger("")], "fr")
                .unwrap_err()
                .to_string()
                .contains("message")
        );
    }
}

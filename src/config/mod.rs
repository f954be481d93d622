//! Configuration: defaults, then `shopkeeper.toml`, then `SHOPKEEPER_*` variables, then flags. A key that is
//! not known is an error that names it, wherever it stands.

mod hours;
mod layers;
mod mail;
mod orders;
mod proactive;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use hours::{HoursConfig, OpenNow};
pub use layers::ConfigError;
pub use mail::MailConfig;
pub use orders::{OrdersConfig, Season, day_range};
pub use proactive::ProactiveConfig;

/// The commented example that `shopkeeper config --example` prints; its values are the defaults.
pub const EXAMPLE: &str = include_str!("example.toml");

/// Everything that can be configured. `example.toml` says what each key means.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: String,
    pub data_dir: PathBuf,
    pub database_url: String,
    pub encoder: PathBuf,
    pub encoder_workers: usize,
    pub encoder_precision: String,
    pub knowledge_base: PathBuf,
    pub htmx: PathBuf,
    pub locale: String,
    pub languages: Vec<String>,
    pub multilingual_encoder: PathBuf,
    pub website_token: String,
    pub allowed_origins: Vec<String>,
    pub trusted_proxies: u64,
    pub log: String,
    pub log_format: String,
    pub understanding: UnderstandingConfig,
    pub shop: ShopConfig,
    pub recommend: RecommendConfig,
    pub promotions: PromotionsConfig,
    pub orders: OrdersConfig,
    pub hours: HoursConfig,
    pub widget: WidgetConfig,
    pub mail: MailConfig,
    pub limits: LimitsConfig,
    /// Empty: the widget says nothing by itself.
    pub proactive: Vec<ProactiveConfig>,
}

/// When the bot is sure enough.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnderstandingConfig {
    /// Share of the answers that shall be right; 0 leaves the threshold to training.
    pub precision: f64,
}

impl UnderstandingConfig {
    /// The precision that is asked for, if one is.
    pub fn precision(&self) -> Option<f64> {
        (self.precision > 0.0).then_some(self.precision)
    }
}

/// How products are recommended.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecommendConfig {
    /// Whether the recommender is trained by the server itself.
    pub train: bool,
    /// Minutes after which new events are trained on.
    pub train_every_minutes: u64,
    /// How much likeness to the items above counts against an item, 0 to 1.
    pub variety: f64,
    /// Share of the places for seldom shown items, 0 to 1.
    pub exposure_floor: f64,
    /// Events of invented shoppers that the demo shop starts with.
    pub demo_events: usize,
}

impl RecommendConfig {
    /// When the server trains; `None`: never.
    pub fn schedule(&self) -> Option<Duration> {
        self.train
            .then(|| Duration::from_secs(self.train_every_minutes * 60))
    }
}

/// How offers are combined.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionsConfig {
    /// Offers of one cart.
    pub most_offers: usize,
    /// Least margin over what an item costs the shop, as a share of that, that a personal offer must leave.
    pub margin_floor: f64,
}

/// Who the shop is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopConfig {
    pub name: String,
    pub email: String,
    pub phone: String,
    /// What shipping costs in the demo shop, in the currency of its catalogue, as `5.95`.
    pub shipping: String,
}

/// How the widget looks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WidgetConfig {
    pub color: String,
    pub position: String,
    pub dark_mode: String,
    pub launcher_title: String,
    pub suggestions: Vec<String>,
    /// The same in other languages, by their codes.
    pub suggestions_in: BTreeMap<String, Vec<String>>,
    /// With which the shop vouches for its shoppers; empty: it doesn't.
    pub identity_secret: String,
    /// Whether a page may name only shoppers for whom the shop vouches.
    pub enforce_identity: bool,
}

/// What one address or conversation may ask for. Rates are per minute.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    pub message_chars: usize,
    pub messages_per_minute: u32,
    pub conversations_per_minute: u32,
    pub requests_per_minute: u32,
    /// Mails with a conversation, of one conversation, from one address and to one address; per hour.
    pub transcripts_per_hour: u32,
    /// Bytes of a photo or document.
    pub attachment_bytes: usize,
    pub attachments_per_conversation: usize,
}

impl Config {
    /// Reads the layers below the flags: `file` when given, else `shopkeeper.toml` of the working folder when it is
    /// there, then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let environment = std::env::vars().filter(|(name, _)| name.starts_with("SHOPKEEPER_"));
        Self::from_layers(layers::read_file(file)?, environment)
    }

    /// The defaults alone.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::from_layers(None, std::iter::empty())
    }

    fn from_layers(
        file: Option<layers::FileLayer>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut table = layers::defaults()?;
        if let Some(file) = file {
            layers::merge_file(&mut table, file)?;
        }
        layers::merge_environment(&mut table, environment)?;
        let config: Self = table
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::Value {
                // The whole of it: the key stands below the message.
                detail: error.to_string().trim_end().replace('\n', " "),
            })?;
        config.check()?;
        Ok(config)
    }

    /// The database that is used: `database_url`, or a SQLite file in the data folder.
    pub fn database_url(&self) -> String {
        if self.database_url.is_empty() {
            crate::store::Store::sqlite_url(&self.data_dir.join("shopkeeper.db"))
        } else {
            self.database_url.clone()
        }
    }

    /// The languages in which the shop understands and answers, its own first.
    pub fn languages(&self) -> Vec<String> {
        let others = self.languages.iter().filter(|language| **language != self.locale);
        [&self.locale].into_iter().chain(others).cloned().collect()
    }

    fn check_languages(&self) -> Result<(), ConfigError> {
        for language in &self.languages {
            if !crate::text::say::Voice::speaks(language) {
                return Err(ConfigError::invalid(
                    "languages",
                    language,
                    "codes of languages that the shop can speak, such as en and zh",
                ));
            }
        }
        if !self.languages.is_empty() && !self.languages.contains(&self.locale) {
            return Err(ConfigError::invalid(
                "languages",
                &self.languages.join(", "),
                &format!(
                    "a list with the shop's own language, which `locale` says is {}",
                    self.locale
                ),
            ));
        }
        Ok(())
    }

    fn check(&self) -> Result<(), ConfigError> {
        let one_of = |key: &'static str, value: &str, allowed: &'static [&'static str]| {
            if allowed.contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::invalid(
                    key,
                    value,
                    &format!("one of {}", allowed.join(", ")),
                ))
            }
        };
        one_of(
            "encoder_precision",
            &self.encoder_precision,
            &["auto", "f32", "bf16", "i8"],
        )?;
        one_of("log_format", &self.log_format, &["text", "json"])?;
        one_of("widget.position", &self.widget.position, &["left", "right"])?;
        one_of(
            "widget.dark_mode",
            &self.widget.dark_mode,
            &["auto", "light", "dark"],
        )?;
        self.listen.parse::<std::net::SocketAddr>().map_err(|_| {
            ConfigError::invalid(
                "listen",
                &self.listen,
                "an address and port such as 127.0.0.1:8080",
            )
        })?;
        if self.website_token.is_empty() {
            return Err(ConfigError::invalid(
                "website_token",
                "",
                "a name of at least one character",
            ));
        }
        if !(0.0..=100.0).contains(&self.promotions.margin_floor) {
            return Err(ConfigError::invalid(
                "promotions.margin_floor",
                &self.promotions.margin_floor.to_string(),
                "a share from 0 to 100, such as 0.1",
            ));
        }
        if !(0.0..1.0).contains(&self.understanding.precision) {
            return Err(ConfigError::invalid(
                "understanding.precision",
                &self.understanding.precision.to_string(),
                "a number from 0 to below 1",
            ));
        }
        for (key, share) in [
            ("recommend.variety", self.recommend.variety),
            ("recommend.exposure_floor", self.recommend.exposure_floor),
        ] {
            if !(0.0..=1.0).contains(&share) {
                return Err(ConfigError::invalid(
                    key,
                    &share.to_string(),
                    "a number from 0 to 1",
                ));
            }
        }
        // Three decimals: as many as the finest currency has.
        if crate::text::money::parse_decimal(&self.shop.shipping, 3).is_none() {
            return Err(ConfigError::invalid(
                "shop.shipping",
                &self.shop.shipping,
                "an amount such as 5.95, with at most three decimals",
            ));
        }
        if self.widget.enforce_identity && self.widget.identity_secret.is_empty() {
            return Err(ConfigError::invalid(
                "widget.identity_secret",
                "",
                "a secret, because `widget.enforce_identity` is true",
            ));
        }
        self.check_languages()?;
        self.check_ranges()?;
        self.orders.check()?;
        self.mail.check()?;
        ProactiveConfig::check_all(&self.proactive, &self.locale)?;
        self.hours.check()
    }

    fn check_ranges(&self) -> Result<(), ConfigError> {
        let ranges = [
            ("encoder_workers", self.encoder_workers as u64, 1, 64),
            (
                "recommend.train_every_minutes",
                self.recommend.train_every_minutes,
                1,
                100_000,
            ),
            (
                "promotions.most_offers",
                self.promotions.most_offers as u64,
                1,
                20,
            ),
            (
                "recommend.demo_events",
                self.recommend.demo_events as u64,
                0,
                1_000_000,
            ),
            (
                "limits.message_chars",
                self.limits.message_chars as u64,
                1,
                // In an alphabet of four bytes a letter, with its frame, still within what a request may hold.
                12_000,
            ),
            (
                "limits.messages_per_minute",
                u64::from(self.limits.messages_per_minute),
                1,
                100_000_000,
            ),
            (
                "limits.conversations_per_minute",
                u64::from(self.limits.conversations_per_minute),
                1,
                100_000_000,
            ),
            (
                "limits.requests_per_minute",
                u64::from(self.limits.requests_per_minute),
                1,
                100_000_000,
            ),
            (
                "limits.attachment_bytes",
                self.limits.attachment_bytes as u64,
                1,
                // It is held in memory while it is checked.
                64 * 1024 * 1024,
            ),
            (
                "limits.attachments_per_conversation",
                self.limits.attachments_per_conversation as u64,
                0,
                10_000,
            ),
            (
                "limits.transcripts_per_hour",
                u64::from(self.limits.transcripts_per_hour),
                1,
                100_000_000,
            ),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return Err(ConfigError::invalid(
                    key,
                    &value.to_string(),
                    &format!("a number from {least} to {most}"),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let file = layers::FileLayer {
            name: "shopkeeper.toml".into(),
            text: file.into(),
        };
        let environment = environment
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        Config::from_layers(Some(file), environment)
    }

    #[test]
    fn later_layers_win() {
        let config = from(
            "listen = '127.0.0.1:1'\n[shop]\nname = 'Here'",
            &[("SHOPKEEPER_SHOP_NAME", "There")],
        )
        .unwrap();
        assert_eq!(
            (config.listen.as_str(), config.shop.name.as_str()),
            ("127.0.0.1:1", "There")
        );
    }

    #[test]
    fn lists_and_numbers_come_from_the_environment_too() {
        let environment = [
            (
                "SHOPKEEPER_ALLOWED_ORIGINS",
                "https://a.example, https://b.example",
            ),
            ("SHOPKEEPER_LIMITS_MESSAGE_CHARS", "99"),
        ];
        let config = from("", &environment).unwrap();
        assert_eq!(config.allowed_origins, ["https://a.example", "https://b.example"]);
        assert_eq!(config.limits.message_chars, 99);
    }

    #[test]
    fn wrong_keys_and_values_are_named() {
        for (file, environment, named) in [
            ("lissten = 'x'", &[][..], "lissten"),
            ("[shop]\nnam = 'x'", &[], "shop.nam"),
            ("", &[("SHOPKEEPER_LISSTEN", "x")], "SHOPKEEPER_LISSTEN"),
            ("listen = 'here'", &[], "listen"),
            ("encoder_workers = 0", &[], "encoder_workers"),
            ("encoder_workers = 'two'", &[], "encoder_workers"),
            (
                "",
                &[("SHOPKEEPER_ENCODER_WORKERS", "two")],
                "SHOPKEEPER_ENCODER_WORKERS",
            ),
            (
                "[understanding]\nprecision = 95.0",
                &[],
                "understanding.precision",
            ),
            (
                "[promotions]\nmargin_floor = -0.1",
                &[],
                "promotions.margin_floor",
            ),
            ("[shop]\nshipping = '-1'", &[], "shop.shipping"),
            ("[mail]\nsmtp_url = 'mail.example'", &[], "mail.smtp_url"),
            ("[mail]\nfrom = 'nobody'", &[], "mail.from"),
            ("[mail]\nlink_base = 'chat.example'", &[], "mail.link_base"),
            ("[hours]\nmonday = '8-20'", &[], "hours.monday"),
            ("[orders]\nurl = 'shop.example'", &[], "orders.url"),
            ("[orders]\nreturn_season = 'winter'", &[], "orders.return_season"),
            ("[orders]\nlabel_fee = 'free'", &[], "orders.label_fee"),
            ("[orders]\ncutoff = '1 pm'", &[], "orders.cutoff"),
            ("[orders]\ndelivery_days = '5-3'", &[], "orders.delivery_days"),
            ("[orders]\nattempts = 0", &[], "orders.attempts"),
            ("[widget]\nenforce_identity = true", &[], "widget.identity_secret"),
            ("[hours]\ntime_zone = 'Mars/Base'", &[], "hours.time_zone"),
        ] {
            let message = from(file, environment).unwrap_err().to_string();
            assert!(message.contains(named), "{message} should name {named}");
        }
    }
}

//! What looks like an entity and is none: percentages, measures, ages, opening hours, names with a colour in them.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::{Row, constant};

pub(super) static ROWS: [Row; 12] = [
    Row::nothing(r"https?://[!-~]+|\bwww\.[!-~]+"),
    Row::nothing(r"\bpo box [0-9]+\b"),
    Row::nothing(r"\b24 ?/ ?7\b|\b365 days a year\b"),
    Row::nothing(r"\btop[ -][0-9]+\b"),
    Row::nothing(r"\b[0-9]+(?:[.,][0-9]+)? ?(?:%|percent\b|pct\b)"),
    Row::nothing(
        r"\b(?:[0-9]{1,3}|{words})[ -](?:years?|yrs?|months?|mos?|weeks?)[ -]old\b|\b(?:aged?|ages) [0-9]{1,2}\b",
    ),
    Row::nothing(
        r"\b[0-9]+(?:[.,][0-9]+)?(?: ?[x*] ?[0-9]+(?:[.,][0-9]+)?)*[ -]?(?:gb|tb|mb|kg|kgs|kilos?|g|grams?|lbs?|oz|ounces?|mm|cm|m|meters?|metres?|km|miles?|ft|feet|foot|inch|inches|in\.|mah|wh?|watts?|volts?|v|hz|mhz|lumens?|lm|dpi|fps|rpm|psi|denier|gsm|tog|degrees?|celsius|fahrenheit)\b",
    ),
    Row::nothing(r#"\b[0-9]+(?:\.[0-9]+)? ?(?:"|')(?: ?x ?[0-9]+(?:\.[0-9]+)? ?["'])?"#),
    Row::nothing(r"\b[0-9]{1,2}(?::[0-9]{2})? ?(?:am|pm|a\.m|p\.m|o'?clock)\b|\b[0-9]{1,2}:[0-9]{2}\b"),
    Row::nothing(
        r"\b(?:usb|ipx|ip|upf|spf|mp|wd|ps|cat|covid|http|utf|iphone|galaxy|pixel|windows|ios|android)[ -]?[0-9]+[a-z]?\b",
    ),
    Row::nothing(r"\bv?[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,3}\b"),
    Row::nothing(
        r"\b(?:black friday|black market|black box|white glove|green card|gold (?:member\w*|status|tier|card)|silver (?:member\w*|status|tier)|red (?:cross|tape|flag)|blue ?tooth|french press|dutch oven|swiss army|greek yogh?urt|indian summer|english speak\w+)\b",
    ),
];

/// Words after a number that make it a count or a measure of something other than money.
static MEASURED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(
        r"^(?:\.[0-9]+)?[ -]?(?:(?:business|working|calendar|full|whole|more|other|separate|different) )?(?:%|percent|seconds?|secs?|min(?:ute)?s?|hours?|hrs?|days?|nights?|weeks?|wks?|months?|years?|yrs?|am|pm|times?|people|persons?|pax|guests|adults|kids|children|man|men|women|items?|products|articles|pieces?|pcs|pairs?|packs?|boxes|sets?|units|bottles|cans|stars?|reviews?|points|problems?|questions?|reasons?|things?|issues?|options?|ways|steps|orders?|parcels?|packages?|messages|emails|calls|inches|inch|cm|mm|km|kg|kilos?|g|grams|lbs?|pounds|oz|ounces|ml|l|lit(?:er|re)s?|gallons?|gb|tb|mah|watts?|w|v|volts?|feet|foot|ft|m|meters?|metres?|miles?|lumens?|degrees?|o'?clock|years)\b",
    )
});

/// Whether what follows a number makes it a count or a measure.
pub(super) fn is_measured(after: &str) -> bool {
    MEASURED.as_ref().is_some_and(|measured| measured.is_match(after))
        || after.starts_with(['%', ':', '/'])
        || after.starts_with(['.', ',']) && after[1..].starts_with(|c: char| c.is_ascii_digit())
}

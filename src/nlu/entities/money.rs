//! Amounts of money and limits of a price.

use super::nothing::is_measured;
use super::numbers::{hundredths, whole};
use super::pattern::{Found, Row};
use super::value::{EntityKind, EntityValue, Money};

/// What "around" allows on either side, in percent.
const AROUND_PERCENT: i64 = 20;
/// Bare numbers below these are counts, ages, sizes: after a word that is mostly about prices, and after others.
const LEAST_BARE: i64 = 5;
const LEAST_BARE_VAGUE: i64 = 20;

/// How currencies are written; the longer come before what they hold.
const CURRENCIES: [(&str, &str); 31] = [
    ("usd", "USD"),
    ("us dollar", "USD"),
    ("us$", "USD"),
    ("cad", "CAD"),
    ("ca$", "CAD"),
    ("c$", "CAD"),
    ("aud", "AUD"),
    ("au$", "AUD"),
    ("nzd", "NZD"),
    ("nz$", "NZD"),
    ("a$", "AUD"),
    ("eur", "EUR"),
    ("€", "EUR"),
    ("gbp", "GBP"),
    ("£", "GBP"),
    ("quid", "GBP"),
    ("pound", "GBP"),
    ("jpy", "JPY"),
    ("yen", "JPY"),
    ("¥", "JPY"),
    ("dollar", "USD"),
    ("dolar", "USD"),
    ("buck", "USD"),
    ("$", "USD"),
    ("chf", "CHF"),
    ("franc", "CHF"),
    ("sek", "SEK"),
    ("dkk", "DKK"),
    ("nok", "NOK"),
    ("pln", "PLN"),
    ("inr", "INR"),
];

pub(super) static ROWS: [Row; 11] = [
    Row::new(
        EntityKind::PriceRange,
        r"\b(?:between|from|in between) (?P<a>{price}) ?(?:and|to|-) ?(?P<b>{price})",
        between,
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?:^|[ ])(?P<v>(?P<a>{price}) ?(?:-|to|and) ?(?P<b>{price}))",
        between,
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?:\b(?P<sure>under|below|cheaper than|less than|lower than|beneath|no more than|not more than|not over|max(?:imum)?(?: of| price(?: of)?)?|at most|budget(?: is| of| around|:)*|can spend|to spend|spend(?:ing)?(?: up to| max)?)|\b(?:up to|upto|within|until)|[<]=?) ?(?P<b>{price})",
        |found| limit(found, Some("b"), None),
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?:\b(?:over|above|more than|at least|from|starting (?:at|from)|min(?:imum)?(?: of)?|upwards of|north of)|[>]=?) ?(?P<a>{price})",
        |found| limit(found, None, Some("a")),
    ),
    Row::new(
        EntityKind::PriceRange,
        r"\b(?:around|about|approx(?:imately)?\.?|roughly|somewhere near|circa|close to) (?P<about>{price})",
        around,
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?P<about>(?:{sign} ?)?{num}) ?-?ish\b",
        around,
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?P<b>{price}) (?:or (?:less|under|below|cheaper|lower)|max(?:imum)?|tops|at (?:the )?most|budget|to spend)\b",
        |found| limit(found, Some("b"), None),
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?P<a>{price})(?: (?:or (?:more|above|over|up)|and (?:up|above)|minimum)\b|\+)",
        |found| limit(found, None, Some("a")),
    ),
    Row::new(EntityKind::Amount, r"{price}", |found| {
        let (money, sure) = price(found.text())?;
        let heavy = found.text().contains("pound")
            && ["weigh", "heavy", "lbs", " lb", "lift"]
                .iter()
                .any(|word| found.message().contains(word));
        let glued = found
            .before()
            .ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
        (sure && !heavy && !glued).then_some(EntityValue::Money(money))
    }),
    Row::new(EntityKind::Amount, r"\b(?P<n>[0-9]{1,3}) ?cents?\b", |found| {
        let minor = found.get("n")?.parse().ok()?;
        let currency = Some("USD");
        Some(EntityValue::Money(Money { minor, currency }))
    }),
    Row::new(
        EntityKind::Amount,
        r"\b(?:price|total|cost|paid|refund(?:ed)?|charged)(?: was| is| of| me|:)* (?P<v>[0-9]{1,5}[.,][0-9]{2})\b",
        |found| {
            let (money, _) = price(found.text())?;
            Some(EntityValue::Money(money))
        },
    ),
];

/// An amount and whether its currency was named.
fn price(text: &str) -> Option<(Money, bool)> {
    let currency = CURRENCIES
        .iter()
        .find(|(written, _)| text.contains(written))
        .map(|(_, currency)| *currency);
    let digits = text
        .find(|c: char| c.is_ascii_digit())
        .map(|from| text[from..].trim_end_matches(|c: char| !c.is_ascii_digit() && c != 'k'));
    let mut minor = match digits {
        Some(number) => {
            let end = number
                .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','))
                .unwrap_or(number.len());
            let thousands = if number[end..].starts_with('k') { 1000 } else { 1 };
            hundredths(&number[..end])?.checked_mul(thousands)?
        }
        None => {
            let unit = text.rfind(' ').filter(|_| currency.is_some());
            let words = unit.map_or(text, |at| &text[..at]).trim_end_matches(" us");
            i64::from(whole(words)?) * 100
        }
    };
    if currency == Some("JPY") {
        minor /= 100;
    }
    Some((Money { minor, currency }, currency.is_some()))
}

fn between(found: &Found<'_, '_>) -> Option<EntityValue> {
    let ((mut min, min_sure), (mut max, max_sure)) = (price(found.get("a")?)?, price(found.get("b")?)?);
    let introduced = ["between", "in between", "from"]
        .iter()
        .any(|word| found.all().starts_with(word));
    let sizes = found.before().contains("size");
    let plausible =
        introduced && !sizes && min.minor >= LEAST_BARE_VAGUE * 100 && !is_measured(found.after());
    // Two prices side by side are two prices: "$20 and $30".
    let joined = introduced || !found.all().contains(" and ");
    if !((min_sure || max_sure || plausible) && joined && min.minor <= max.minor) {
        return None;
    }
    let currency = min.currency.or(max.currency);
    (min.currency, max.currency) = (min.currency.or(currency), max.currency.or(currency));
    let (min, max) = (Some(min), Some(max));
    Some(EntityValue::Price { min, max })
}

/// A price with an upper or a lower limit, each in the group named.
fn limit(found: &Found<'_, '_>, upper: Option<&str>, lower: Option<&str>) -> Option<EntityValue> {
    let written = found.get(upper.or(lower)?)?;
    let (money, sure) = price(written)?;
    if !sure && !is_price(found, written, money) {
        return None;
    }
    Some(EntityValue::Price {
        min: lower.map(|_| money),
        max: upper.map(|_| money),
    })
}

fn around(found: &Found<'_, '_>) -> Option<EntityValue> {
    let written = found.get("about")?;
    let (money, sure) = price(written)?;
    if !sure && !is_price(found, written, money) {
        return None;
    }
    Some(about(money))
}

/// What "about" an amount allows.
pub(super) fn about(money: Money) -> EntityValue {
    let times = |percent: i64| {
        let minor = money.minor.checked_mul(percent)? / 100;
        Some(Money { minor, ..money })
    };
    EntityValue::Price {
        min: times(100 - AROUND_PERCENT),
        max: times(100 + AROUND_PERCENT),
    }
}

/// Whether a bare number in the context of a limit is money.
fn is_price(found: &Found<'_, '_>, written: &str, money: Money) -> bool {
    let sure = found.get("sure").is_some();
    let least = if sure { LEAST_BARE } else { LEAST_BARE_VAGUE } * 100;
    let year = written.len() == 4 && (190_000..=209_999).contains(&money.minor) && !sure;
    let before = found.before().trim_end();
    let aged = [
        "kids", "children", "boys", "girls", "age", "aged", "anyone", "size", "sizes", "people", "minors",
    ]
    .iter()
    .any(|word| before.ends_with(word));
    let glued = found
        .before()
        .ends_with(|c: char| c.is_ascii_digit() || matches!(c, '#' | '-' | '.' | '/'));
    money.minor >= least && written.len() < 8 && !year && !aged && !glued && !is_measured(found.after())
}

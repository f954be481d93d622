//! Offer honesty: an amount of money, a percentage off, a stock number, a date or a code in a reply must come from a
//! record. Pure: the texts of the reply and of the records are all it looks at.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex};

use crate::nlu::{EntityValue, Extractor};

/// Something in a reply that a record must stand behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub kind: Kind,
    /// In the form in which claims are compared.
    value: String,
    /// As it stands in the text.
    pub shown: String,
    /// The words before it say that it is a limit: what a shopper may have set.
    is_limit: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Money,
    PercentOff,
    Stock,
    Date,
    Code,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Money => "amount of money",
            Self::PercentOff => "percentage off",
            Self::Stock => "stock number",
            Self::Date => "date",
            Self::Code => "code",
        }
    }
}

/// What a turn's claims are held against.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Texts of the records that the turn read.
    pub records: Vec<String>,
    /// What the shopper said so far: a limit and a code that they named may be repeated.
    pub said_by_shopper: Vec<String>,
    /// Codes that exist: wherever one stands in a reply, it is a claim.
    pub codes: Vec<String>,
}

/// The claims of a reply that no record stands behind.
pub fn unfounded(reply: &[String], sources: &Sources) -> Vec<Claim> {
    let known = known(&sources.records, &sources.codes);
    let named = known_of_shopper(sources);
    let mut claims: Vec<Claim> = reply
        .iter()
        .flat_map(|text| claims(text, &sources.codes))
        .collect();
    claims.retain(|claim| {
        let is_same = |other: &Known| other.kind == claim.kind && other.value == claim.value;
        let may_be_repeated = claim.kind == Kind::Code || claim.is_limit && claim.kind == Kind::Money;
        !(known.iter().any(is_same) || may_be_repeated && named.iter().any(is_same))
    });
    claims.dedup_by(|one, other| one.kind == other.kind && one.value == other.value);
    claims
}

/// Something that a record says.
struct Known {
    kind: Kind,
    value: String,
}

/// A record says more than a reply claims: each percentage of it may be told as one off, each word of it may be a code.
fn known(records: &[String], codes: &[String]) -> Vec<Known> {
    let mut known = Vec::new();
    for text in records {
        let said = claims(text, codes).into_iter();
        known.extend(said.map(|claim| Known {
            kind: claim.kind,
            value: claim.value,
        }));
        let percentages = PERCENT.captures_iter(text).map(|found| number(&found[1]));
        known.extend(percentages.map(|value| Known {
            kind: Kind::PercentOff,
            value,
        }));
        let words = WORD.find_iter(text).map(|word| word.as_str().to_uppercase());
        known.extend(words.map(|value| Known {
            kind: Kind::Code,
            value,
        }));
    }
    known
}

fn known_of_shopper(sources: &Sources) -> Vec<Known> {
    let mut known = known(&sources.said_by_shopper, &sources.codes);
    // "under 120" is an amount to whoever says it.
    for text in &sources.said_by_shopper {
        let numbers = NUMBER.find_iter(text).map(|found| number(found.as_str()));
        known.extend(numbers.map(|value| Known {
            kind: Kind::Money,
            value,
        }));
        // In characters too: 两百以内.
        let entities = Extractor::default().extract(text, Date::MIN).into_iter();
        let amounts = entities.flat_map(|entity| match entity.value {
            EntityValue::Price { min, max } => [min, max],
            EntityValue::Money(money) => [Some(money), None],
            _ => [None, None],
        });
        known.extend(amounts.flatten().map(|money| Known {
            kind: Kind::Money,
            value: number(&format!("{}.{:02}", money.minor / 100, money.minor % 100)),
        }));
    }
    known
}

/// All claims of a text, in their order by kind.
pub fn claims(text: &str, codes: &[String]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for found in MONEY.captures_iter(text) {
        let amount = ["before", "after", "word"]
            .iter()
            .find_map(|name| found.name(name));
        claims.extend(amount.map(|amount| claim(Kind::Money, number(amount.as_str()), &found, text)));
    }
    for found in PERCENT_OFF.captures_iter(text) {
        let share = found.get(1).or(found.get(2));
        claims.extend(share.map(|share| claim(Kind::PercentOff, number(share.as_str()), &found, text)));
    }
    for found in STOCK.captures_iter(text) {
        let pieces = found.get(1).or(found.get(2)).or(found.get(3));
        claims.extend(pieces.map(|pieces| claim(Kind::Stock, number(pieces.as_str()), &found, text)));
    }
    dates(text, &mut claims);
    for found in CODE.captures_iter(text) {
        claims.push(claim(Kind::Code, found[1].to_uppercase(), &found, text));
    }
    for found in WORD.captures_iter(text) {
        let word = found[0].to_uppercase();
        if codes.iter().any(|code| code.eq_ignore_ascii_case(&word)) {
            claims.push(claim(Kind::Code, word, &found, text));
        }
    }
    claims
}

fn claim(kind: Kind, value: String, found: &Captures<'_>, text: &str) -> Claim {
    let whole = found.get(0);
    let before = whole.map_or("", |whole| &text[..whole.start()]);
    Claim {
        kind,
        value,
        shown: found[0].trim().to_owned(),
        is_limit: LIMIT.is_match(before),
    }
}

fn dates(text: &str, claims: &mut Vec<Claim>) {
    for found in ISO_DATE.captures_iter(text) {
        claims.push(claim(Kind::Date, day_of(&found[2], &found[1]), &found, text));
    }
    for found in DAY_MONTH.captures_iter(text) {
        if let Some(month) = month(&found[2]) {
            claims.push(claim(Kind::Date, day_of(&found[1], month), &found, text));
        }
    }
    for found in MONTH_DAY.captures_iter(text) {
        if let Some(month) = month(&found[1]) {
            claims.push(claim(Kind::Date, day_of(&found[2], month), &found, text));
        }
    }
}

fn day_of(day: &str, month: &str) -> String {
    format!(
        "{}-{}",
        month.trim_start_matches('0'),
        day.trim_start_matches('0')
    )
}

/// The month's number, by the beginning of its name.
fn month(name: &str) -> Option<&'static str> {
    const MONTHS: [(&str, &str); 12] = [
        ("jan", "1"),
        ("feb", "2"),
        ("mar", "3"),
        ("apr", "4"),
        ("may", "5"),
        ("jun", "6"),
        ("jul", "7"),
        ("aug", "8"),
        ("sep", "9"),
        ("oct", "10"),
        ("nov", "11"),
        ("dec", "12"),
    ];
    let name = name.to_lowercase();
    MONTHS
        .iter()
        .find(|(start, _)| name.starts_with(start))
        .map(|(_, number)| *number)
}

/// `1,299.50` and `1299.5` are the same number.
fn number(text: &str) -> String {
    let plain = text.replace(',', "");
    let plain = plain.trim_end_matches('.');
    match plain.split_once('.') {
        Some((whole, decimals)) => {
            let decimals = decimals.trim_end_matches('0');
            let point = if decimals.is_empty() { "" } else { "." };
            format!("{whole}{point}{decimals}")
        }
        None => plain.to_owned(),
    }
}

/// The patterns are constants: one that didn't compile would fail the first test.
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| unreachable!("{error}"))
}

const MONTH: &str = "(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)";

static MONEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:(?:US|CA|A|NZ)?[$€£¥]|\b(?:USD|EUR|GBP|CAD)\s)\s?(?P<before>\d[\d,]*(?:\.\d+)?)|(?P<after>\d[\d,]*(?:\.\d+)?)\s?(?:[€£]|(?:USD|EUR|GBP|CAD)\b)|(?P<word>\d[\d,]*(?:\.\d+)?)\s(?:dollars|bucks|euros?|pounds)\b",
    )
});
static PERCENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d[\d,]*(?:\.\d+)?)\s?(?:%|percent\b)"));
static PERCENT_OFF: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(\d[\d,]*(?:\.\d+)?)\s?(?:%|percent)\s*(?:off\b|discount|cheaper|less\b|reduc|rebate)|(?:save|off|discount of|reduced by)\s+(?:up to\s+)?(\d[\d,]*(?:\.\d+)?)\s?(?:%|percent)",
    )
});
static STOCK: LazyLock<Regex> = LazyLock::new(|| {
    // On one line, and not the end of another number.
    pattern(
        r"(?i)\bonly[ \t]+(\d+)\b(?:[ \t]+\w+)?[ \t]+(?:left|remain|in stock|available)|(?:^|[^\d.,])(\d+)[ \t]+(?:(?:pieces|items|more|of them|are)[ \t]+)?(?:left|remaining|in stock)\b|\bstock:[ \t]*(\d+)",
    )
});
static ISO_DATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b20\d\d-(\d\d)-(\d\d)\b"));
static DAY_MONTH: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({MONTH})\b")));
static MONTH_DAY: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"\b({MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b")));
static CODE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\b(?:[Cc]odes?|CODE)(?:\s+is)?:?\s+[*“"'`]*([A-Z0-9][A-Z0-9-]{2,})\b"#));
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Za-z0-9][A-Za-z0-9-]{2,}"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d[\d,]*(?:\.\d+)?"));
static LIMIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:under|below|up to|over|above|from|to|between|and|at most|at least|less than|more than|within|budget of|max(?:imum)?(?: of)?|cheaper than)\s*$|(?:不超过|最多|至少|超过|低于|到|至|和)\s*$",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Kind, String)> {
        let claims = claims(text, &["HEARTH".into()]);
        claims
            .into_iter()
            .map(|claim| (claim.kind, claim.value))
            .collect()
    }

    fn left(reply: &str, records: &[&str], said: &[&str]) -> Vec<String> {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let sources = Sources {
            records: own(records),
            said_by_shopper: own(said),
            codes: vec!["HEARTH".into()],
        };
        let claims = unfounded(&[reply.to_owned()], &sources);
        claims.into_iter().map(|claim| claim.shown).collect()
    }

    #[test]
    fn claims_are_seen_in_every_writing() {
        for (text, kind, value) in [
            ("it is $1,299.50 now", Kind::Money, "1299.5"),
            ("costs 14.95 USD.", Kind::Money, "14.95"),
            ("from USD 75 on", Kind::Money, "75"),
            ("ten or 10 dollars", Kind::Money, "10"),
            ("€5.00 more", Kind::Money, "5"),
            ("5 € more", Kind::Money, "5"),
            ("take 15 % off tents", Kind::PercentOff, "15"),
            ("15% discount", Kind::PercentOff, "15"),
            ("save up to 12.5 %", Kind::PercentOff, "12.5"),
            ("Only 3 left", Kind::Stock, "3"),
            ("12 in stock", Kind::Stock, "12"),
            ("4 pieces left", Kind::Stock, "4"),
            ("back on Monday, 23 November at 08:00", Kind::Date, "11-23"),
            ("ends on November 3rd", Kind::Date, "11-3"),
            ("since 2026-09-07", Kind::Date, "9-7"),
            ("the 1st of May", Kind::Date, "5-1"),
            ("use code SPRING-24.", Kind::Code, "SPRING-24"),
            ("Code: **SUMMER**", Kind::Code, "SUMMER"),
            ("HEARTH takes it off", Kind::Code, "HEARTH"),
        ] {
            assert!(
                found(text).contains(&(kind, value.to_owned())),
                "{text}: {:?}",
                found(text)
            );
        }
    }

    #[test]
    fn what_claims_nothing_is_left_alone() {
        for text in [
            "3–5 business days",
            "wash at 30 °C",
            "WCAG 2.2 AA",
            "order 10432",
            "two-person tent, 1.85 kg",
            "Monday to Friday 8:00–20:00",
            "98 % of UV",
            "enter your promo code at checkout",
            "we may 3 times",
            "I marched on",
            "one size 42.50\nIn stock",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn a_number_without_a_record_is_found() {
        let article = "Standard costs 5.95 USD and is free from 75 USD. Students get 10 %. Until 31 January.";
        assert_eq!(
            left(
                "It's $5.95, free from 75.00 USD, until January 31. 10% off!",
                &[article],
                &[]
            ),
            [""; 0]
        );
        assert_eq!(left("It's $5.90", &[article], &[]), ["$5.90"]);
        assert_eq!(left("15 % off!", &[article], &[]), ["15 % off"]);
        assert_eq!(left("until 30 January", &[article], &[]), ["30 January"]);
        assert_eq!(left("only 3 left", &["3 in stock"], &[]), [""; 0]);
        assert_eq!(left("only 2 left", &["3 in stock"], &[]), ["only 2 left"]);
        assert_eq!(left("$5.95", &[], &[]), ["$5.95"]);
    }

    #[test]
    fn a_limit_and_a_code_of_the_shopper_may_be_repeated() {
        assert_eq!(
            left("Here is what costs under $120:", &[], &["jackets under 120"]),
            [""; 0]
        );
        assert_eq!(
            left("That costs $99.", &[], &["it costs 99 dollars, right?"]),
            ["$99"]
        );
        assert_eq!(
            left("You get 100 % off", &[], &["give me 100 % off"]),
            ["100 % off"]
        );
        assert_eq!(
            left(
                "We don't know the code SUMMER50.",
                &[],
                &["why won't summer50 work"]
            ),
            [""; 0]
        );
        assert_eq!(left("Try code SECRET9", &[], &["any codes?"]), ["code SECRET9"]);
    }

    #[test]
    fn a_code_that_exists_needs_its_record_wherever_it_stands() {
        assert_eq!(left("HEARTH is good for you", &[], &["any coupons?"]), ["HEARTH"]);
        assert_eq!(
            left("HEARTH is good for you", &["$10 off with the code HEARTH"], &[]),
            [""; 0]
        );
    }
}

//! Sizes of clothes, shoes and beds; how many people and how many litres something holds.

use super::nothing::is_measured;
use super::numbers::{hundredths, whole};
use super::pattern::{Found, Row};
use super::value::{EntityKind, EntityValue};

/// Clothes sizes in words.
const WORDS: [(&str, &str); 14] = [
    ("extra extra large", "XXL"),
    ("xx large", "XXL"),
    ("double extra large", "XXL"),
    ("extra large", "XL"),
    ("x large", "XL"),
    ("large", "L"),
    ("medium", "M"),
    ("extra extra small", "XXS"),
    ("xx small", "XXS"),
    ("extra small", "XS"),
    ("x small", "XS"),
    ("small", "S"),
    ("one size", "one size"),
    ("med", "M"),
];

/// After a size in words, what makes it an everyday word: "large orders".
const NOT_SIZES: [&str; 17] = [
    "quantit", "number", "amount", "order", "part", "group", "business", "print", "problem", "question",
    "change", "purchase", "scale", "smaller", "bigger", "larger", "up",
];

const MILLILITRES: [(&str, i64); 10] = [
    ("ml", 1),
    ("millil", 1),
    ("cl", 10),
    ("gal", 3785),
    ("quart", 946),
    ("qt", 946),
    ("pint", 473),
    ("fl", 30),
    ("oz", 30),
    ("l", 1000),
];

pub(super) static ROWS: [Row; 17] = [
    Row::new(
        EntityKind::Size,
        r"\bsizes?(?: is|:| in)?[ ](?P<v>(?P<system>eu|us|uk)?[ ]?(?P<n>[0-9]{1,2}(?:[.,]5)?)(?:[ ](?P<width>wide|narrow))?)\b",
        numbered,
    ),
    Row::new(
        EntityKind::Size,
        r"\b(?P<system>eu|us|uk)(?: size)?[ -]?(?P<n>[0-9]{1,2}(?:[.,]5)?)(?:[ ](?P<width>wide|narrow))?\b",
        numbered,
    ),
    Row::new(
        EntityKind::Size,
        r"\b(?P<n>[0-9]{1,2}(?:[.,]5)?) ?(?P<system>eu|us|uk)(?:[ ](?P<width>wide|narrow))?\b",
        numbered,
    ),
    Row::new(
        EntityKind::Size,
        r"\b(?P<n>[0-9]{1,2}(?:[.,]5)?)[ ](?P<width>wide|narrow)\b",
        numbered,
    ),
    Row::new(
        EntityKind::Size,
        r"\b(?:(?:wear|wears|wearing|i'?m|take) an? (?:size )?|(?:mens|womens|men's|women's) (?:size )?)(?P<v>(?P<n>[0-9]{1,2}(?:[.,]5)?)(?:[ ](?P<width>wide|narrow))?)\b",
        numbered,
    ),
    Row::new(
        EntityKind::Size,
        r"\bin (?:an? )?(?:size )?(?P<v>(?P<n>[0-9]{1,2}(?:[.,]5)?))(?:[ ]?[?!.,]|[ ](?:please|pls|too|instead|and|or)\b|$)",
        |found| {
            let decimal = found.after().starts_with(|c: char| c.is_ascii_digit());
            let parts = ["pay", "paid", "split", "arrive", "arrived", "came", "comes"]
                .iter()
                .any(|word| found.before().trim_end().ends_with(word));
            (!decimal && !parts).then(|| numbered(found))?
        },
    ),
    Row::new(
        EntityKind::Size,
        r"\bw? ?(?P<waist>[2-4][0-9]) ?(?:x|/|l| l) ?(?P<length>[2-3][0-9])\b",
        |found| {
            let (waist, length) = (found.get("waist")?, found.get("length")?);
            sized(format!("{waist}x{length}"), found)
        },
    ),
    Row::new(
        EntityKind::Size,
        r"\b(?:size ?)?(?P<v>xxs|xs|xl|xxl|xxxl|[2-6]xl|2xs|[2-7]t)\b",
        |found| {
            let size = match found.text() {
                "2xl" => "XXL".into(),
                "3xl" => "XXXL".into(),
                "2xs" => "XXS".into(),
                size => size.to_uppercase(),
            };
            sized(size, found)
        },
    ),
    Row::new(
        EntityKind::Size,
        r"\b(?:sizes?(?: is|:| in)? |in an? |in )(?P<v>[sml])(?:[ ]?[?!.,]|[ ](?:please|pls|too|instead|and|or)\b|$)",
        |found| sized(found.text().to_uppercase(), found),
    ),
    Row::new(EntityKind::Size, r"\b[sml]\b", letter),
    Row::new(
        EntityKind::Size,
        r"\b(?:extra[ -]extra[ -]large|xx[ -]large|double extra large|extra[ -]large|x[ -]large|extra[ -]extra[ -]small|xx[ -]small|extra[ -]small|x[ -]small|one[ -]size)\b",
        worded,
    ),
    Row::new(
        EntityKind::Size,
        r"\b(?:sizes?(?: is|:| in)? (?:an? )?|in (?:an? |size )?|an? |the |wear |or |to an? |(?:men'?s|women'?s|kids) )(?P<v>small|medium|med|large)\b",
        |found| {
            let choice = found.after().trim_start().split(' ').next().unwrap_or_default();
            let ends = choice.is_empty()
                || choice.starts_with(['?', '!', '.', ','])
                || found.after().starts_with(['?', '!', '.', ',']);
            let said = found.all().starts_with("size")
                || matches!(
                    choice,
                    "or" | "and"
                        | "please"
                        | "pls"
                        | "in"
                        | "is"
                        | "fit"
                        | "fits"
                        | "instead"
                        | "one"
                        | "size"
                        | "for"
                );
            if ends || said { worded(found) } else { None }
        },
    ),
    Row::new(
        EntityKind::Size,
        r"^[ ]*(?P<v>small|medium|large)(?: please| pls| one)?[ .!?]*$",
        worded,
    ),
    Row::new(
        EntityKind::Size,
        r"\b(?P<v>small|medium|large) (?:or|and) (?:small|medium|large)\b",
        worded,
    ),
    Row::new(
        EntityKind::Size,
        r"\b(?P<bed>california king|cal king|queen|king|twin xl|twin|double|single|full)[ -](?:sized?|bed|mattress)\b",
        |found| sized(found.get("bed")?.to_owned(), found).filter(|_| !found.all().starts_with("full size")),
    ),
    Row::new(
        EntityKind::Capacity,
        r"\b(?P<n>{int})[ -]?(?:persons?|people|man|men|p|berth|sleeper|adults)\b|\bsleeps (?:up to )?(?P<m>{int})\b",
        |found| {
            let persons = whole(found.get("n").or(found.get("m"))?)?;
            (1..=20)
                .contains(&persons)
                .then_some(EntityValue::Capacity { persons })
        },
    ),
    Row::new(
        EntityKind::Volume,
        r"\b(?P<n>[0-9]{1,4}(?:[.,][0-9]{1,2})?)[ -]?(?P<unit>ml|millilit(?:er|re)s?|cl|l|ltrs?|lit(?:er|re)s?|gallons?|gal|quarts?|qt|pints?|fl\.? ?oz|oz (?:bottle|mug|tumbler|flask|cup|cooler))\b",
        |found| {
            let unit = found.get("unit")?;
            let (_, factor) = MILLILITRES.iter().find(|(name, _)| unit.starts_with(name))?;
            let millilitres = hundredths(found.get("n")?)?.checked_mul(*factor)? / 100;
            let millilitres = millilitres.try_into().ok()?;
            Some(EntityValue::Volume { millilitres })
        },
    ),
];

fn sized(size: String, found: &Found<'_, '_>) -> Option<EntityValue> {
    let width = match found.get("width") {
        Some("wide") => Some("wide"),
        Some(_) => Some("narrow"),
        None => None,
    };
    let system = match found.get("system") {
        Some("eu") => Some("eu"),
        Some("us") => Some("us"),
        Some(_) => Some("uk"),
        None => None,
    };
    Some(EntityValue::Size { size, system, width })
}

/// A size in digits, unless it counts something: "contact us 2 times".
fn numbered(found: &Found<'_, '_>) -> Option<EntityValue> {
    let size = found.get("n")?.replace(',', ".");
    let number = hundredths(&size)?;
    let plausible = (100..=6000).contains(&number);
    let said = found.all().starts_with("size");
    let counts = !said && is_measured(found.after());
    let day = found.after().starts_with(['/', '-', ':', '%']);
    (plausible && !counts && !day).then(|| sized(size, found))?
}

/// "L" is a size when it stands alone in capitals, or is the whole message.
fn letter(found: &Found<'_, '_>) -> Option<EntityValue> {
    let alone = found.message().trim_matches([' ', '.', '!', '?']).len() == 1;
    let capital = found.typed().chars().all(char::is_uppercase) && !found.whole_message_shouts();
    let glue = ['\'', '-', '&', '.', '/', '$'];
    let glued = found.before().ends_with(glue)
        || found.after().starts_with(['\'', '&', '-'])
        || found.before().ends_with(|c: char| !c.is_ascii())
        || found.after().starts_with(|c: char| !c.is_ascii());
    let numbered = found.before().trim_end().ends_with(|c: char| c.is_ascii_digit());
    (alone || capital && !glued && !numbered).then(|| sized(found.text().to_uppercase(), found))?
}

fn worded(found: &Found<'_, '_>) -> Option<EntityValue> {
    let text = found.text().trim().replace('-', " ");
    let (_, size) = WORDS.iter().find(|(word, _)| text.starts_with(word))?;
    let next = found.after().trim_start();
    let everyday = NOT_SIZES.iter().any(|word| next.starts_with(word));
    (!everyday).then(|| sized((*size).to_owned(), found))?
}

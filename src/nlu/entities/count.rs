//! How many, and which of several.

use std::sync::LazyLock;

use regex::Regex;

use super::nothing::is_measured;
use super::numbers::{place, whole};
use super::pattern::{Found, Row, constant};
use super::value::{EntityKind, EntityValue};

pub(super) static ROWS: [Row; 12] = [
    Row::new(
        EntityKind::Quantity,
        r"\b(?P<n>{int})(?: more| other)? of (?:them|these|those|it|each|this|that|the)\b",
        |found| quantity(found, None),
    ),
    Row::new(
        EntityKind::Quantity,
        r"\b(?P<n>a|an|one|{int})(?: more| new| other)? pairs?(?: of)?\b",
        |found| quantity(found, Some("pair")),
    ),
    Row::new(
        EntityKind::Quantity,
        r"\b(?P<n>{int})(?: more)? (?:pcs|pieces|units|copies|packs|boxes|sets)(?: of)?\b",
        |found| quantity(found, None),
    ),
    Row::new(
        EntityKind::Quantity,
        r"\b(?P<n>(?:half )?a dozen|a couple)(?: of)?\b",
        |found| (!is_measured(found.after())).then(|| quantity(found, None))?,
    ),
    Row::new(
        EntityKind::Quantity,
        r"\bx ?(?P<n>[0-9]{1,3})\b|\b(?P<m>[0-9]{1,3})x\b",
        |found| {
            let glued = found.before().trim_end().ends_with(|c: char| c.is_ascii_digit());
            let digits = found
                .after()
                .trim_start()
                .starts_with(|c: char| c.is_ascii_digit());
            (!glued && !digits).then(|| quantity(found, None))?
        },
    ),
    Row::new(
        EntityKind::Quantity,
        r"\b(?:qty|quantity)(?: of| is|:)? ?(?P<n>{int})\b",
        |found| quantity(found, None),
    ),
    Row::new(
        EntityKind::Quantity,
        r"\b(?:want|need|take|buy|bought|order|ordered|add|get|got|have|received|sent|send|give me|remove|return|returning|exchange|only|just)(?: me| us| only| just| back)? (?P<v>(?P<n>{int}))\b",
        |found| {
            let after = found.after();
            let more = after.starts_with(['.', ',', '/', '-'])
                && after[1..].starts_with(|c: char| c.is_ascii_alphanumeric());
            let one = found.text() == "one" && !after.trim_start().starts_with("more");
            (!more && !one && !is_measured(after)).then(|| quantity(found, None))?
        },
    ),
    Row::new(
        EntityKind::Quantity,
        r"^[ ]*(?P<v>(?P<n>{int}))(?: please| pls| pcs| thanks)?[ .!]*$",
        |found| quantity(found, None),
    ),
    Row::new(
        EntityKind::Ordinal,
        r"\b(?:the )?(?P<o>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|[0-9]{1,2}(?:st|nd|rd|th)) (?:one|option|item|product|choice|pair|link|result|suggestion|picture|photo|of (?:them|these|those))\b",
        |found| ordinal(place(found.get("o")?)?, 1),
    ),
    Row::new(
        EntityKind::Ordinal,
        r"\b(?:the )?(?P<o>first|last) (?P<n>two|three|four|five|[2-9])\b(?: ones| options| items)?",
        |found| {
            let count = whole(found.get("n")?)?;
            let from = place(found.get("o")?)?;
            let from = if from < 0 { -(count as i32) } else { from };
            (!is_measured(found.after())).then(|| ordinal(from, count))?
        },
    ),
    Row::new(
        EntityKind::Ordinal,
        r"\b(?:option|number|choice|item|no\.?) ?#?(?P<o>[0-9]{1,2}|one|two|three|four|five)\b|#(?P<p>[0-9]{1,2})\b",
        |found| {
            let written = found.get("o").or(found.get("p"))?;
            let more = found.after().starts_with(['.', '-', '/', ',']) && !found.after()[1..].is_empty();
            let near = !found.before().ends_with("order ") && !is_measured(found.after());
            (near && !more).then(|| ordinal(whole(written)? as i32, 1))?
        },
    ),
    Row::new(
        EntityKind::Ordinal,
        r"\bthe (?P<o>first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th)(?: please| pls)?[ .!?]*$",
        |found| ordinal(place(found.get("o")?)?, 1),
    ),
];

fn quantity(found: &Found<'_, '_>, of: Option<&'static str>) -> Option<EntityValue> {
    let count = whole(found.get("n").or(found.get("m"))?)?;
    (1..=999)
        .contains(&count)
        .then_some(EntityValue::Quantity { count, of })
}

pub(super) fn ordinal(from: i32, count: u32) -> Option<EntityValue> {
    (from != 0).then_some(EntityValue::Ordinal { from, count })
}

static BEFORE_A_TERM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(
        r"\b(?:(?P<n>{int})(?: more| new| extra| other| different)?|(?:the )?(?P<o>first|second|third|fourth|fifth|last|[0-9]{1,2}(?:st|nd|rd|th)))[ ]$",
    )
});

/// A number or place right before the shop's own word for a thing: "2 tents", "the second jacket". `before` is the
/// folded text that ends where that word, or what describes it, begins. Gives the byte span too.
pub(super) fn before_a_term(before: &str) -> Option<(usize, usize, EntityKind, EntityValue)> {
    let captures = BEFORE_A_TERM.as_ref()?.captures(before)?;
    let all = captures.get(0)?;
    let (kind, value) = match (captures.name("n"), captures.name("o")) {
        (Some(number), _) => {
            let count = whole(number.as_str()).filter(|count| *count > 0)?;
            let glued = before[..all.start()].ends_with(['$', '#', '.', '-', '/', ',', '+']);
            let context = before[..all.start()].trim_end();
            let sized = ["size", "sizes", "top", "eu", "uk", "us"]
                .iter()
                .any(|word| context.ends_with(word));
            if glued || sized {
                return None;
            }
            (EntityKind::Quantity, EntityValue::Quantity { count, of: None })
        }
        (_, Some(word)) => {
            let from = place(word.as_str())?;
            (EntityKind::Ordinal, EntityValue::Ordinal { from, count: 1 })
        }
        _ => return None,
    };
    Some((all.start(), all.end() - 1, kind, value))
}

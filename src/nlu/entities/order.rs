//! What a shop gives names to: orders, parcels, coupons.

use super::nothing::is_measured;
use super::pattern::{Found, Row};
use super::value::{EntityKind, EntityValue};

pub(super) static ROWS: [Row; 11] = [
    Row::new(
        EntityKind::TrackingNumber,
        r"\b1z[ ]?[0-9a-z]{3}[ ]?[0-9a-z]{3}[ ]?[0-9a-z]{2}[ ]?[0-9a-z]{4}[ ]?[0-9a-z]{4}\b",
        |found| tracking(found, Some("ups")),
    ),
    Row::new(
        EntityKind::TrackingNumber,
        r"\b[a-z]{2}[0-9]{9}[a-z]{2}\b",
        |found| tracking(found, None),
    ),
    Row::new(
        EntityKind::TrackingNumber,
        r"\b9[1-5][0-9]{2}(?: ?[0-9]{4}){4}(?: ?[0-9]{2})?\b",
        |found| tracking(found, Some("usps")),
    ),
    // Payment cards have their check digit; what passes is left alone by all.
    Row {
        kind: None,
        pattern: r"\b[3-6](?:[ -]?[0-9]){12,18}\b",
        read: |found| is_card(found.text()).then(|| EntityValue::Text(String::new())),
    },
    Row::new(EntityKind::TrackingNumber, r"\b[0-9]{12,34}\b", |found| {
        let carrier = match found.text().len() {
            12 | 15 => Some("fedex"),
            20 | 22 => Some("usps"),
            _ => None,
        };
        tracking(found, carrier)
    }),
    Row::new(
        EntityKind::TrackingNumber,
        r"\btracking(?: (?:number|no\.?|code|id|#))?(?: is|:| =)?[ ]#?(?P<v>[a-z]{0,4}[0-9][0-9a-z]{7,33})\b",
        |found| tracking(found, None),
    ),
    Row::new(
        EntityKind::CouponCode,
        r#"\b(?:code|coupon|voucher|promo|discount code)(?: code)?(?: is|:| called| named| =)?[ ]["']?(?P<v>[a-z0-9][a-z0-9_-]{2,19})\b"#,
        |found| {
            let others = [
                "zip", "post", "postal", "tracking", "order", "area", "country", "error", "qr", "bar",
            ];
            let before = found.before().trim_end();
            if others.iter().any(|other| before.ends_with(other)) {
                return None;
            }
            let code = found.typed();
            let capitals = code.chars().all(|c| !c.is_lowercase()) && !found.whole_message_shouts();
            let digit = code.contains(|c: char| c.is_ascii_digit());
            let mixed = digit && (code.contains(char::is_alphabetic) || found.text().len() > 3);
            (mixed || capitals && !digit && code.len() > 3).then(|| EntityValue::Text(code.to_uppercase()))
        },
    ),
    Row::new(
        EntityKind::CouponCode,
        r"\b[a-z]{3,14}-?[0-9]{1,4}[a-z]{0,4}\b",
        |found| {
            let code = found.typed();
            let capitals = !code.contains(char::is_lowercase);
            let named = ["sku", "model", "item", "style", "order", "number"];
            let before = found.before().trim_end_matches([' ', ':', '#']);
            let other = named.iter().any(|name| before.ends_with(name)) || before.ends_with('@');
            (capitals && !other).then(|| EntityValue::Text(code.to_owned()))
        },
    ),
    Row::new(
        EntityKind::OrderNumber,
        r"\b(?:orders?|ordr|oder|ordernumber|purchase|confirmation|reference|ref|po)[ ]?(?:number|num|nr|no|id|ref|confirmation)?\.?(?: was| is|:| =)?[ ]?(?P<v>#?[ ]?(?:[a-z]{1,3}-?)?[0-9]{4,10})\b",
        order,
    ),
    Row::new(EntityKind::OrderNumber, r"#[ ]?[0-9]{4,10}\b", order),
    Row::new(
        EntityKind::OrderNumber,
        r"\b(?:order )?(?:number|no\.?|nr\.?)[ :#]{1,2}(?P<v>[0-9]{4,8})\b",
        order,
    ),
];

/// A number that stands alone: an order unless the rows before know better.
pub(super) static BARE: [Row; 1] = [Row::new(EntityKind::OrderNumber, r"\b[0-9]{5,8}\b", |found| {
    let glued = found
        .before()
        .ends_with(['-', '.', ',', '/', '+', '$', '@', ':', '_'])
        || found.before().ends_with(|c: char| !c.is_ascii());
    let more =
        found.after().starts_with(['-', '/', '@', '_']) || found.after().starts_with(|c: char| !c.is_ascii());
    (!glued && !more).then(|| order(found))?
})];

fn order(found: &Found<'_, '_>) -> Option<EntityValue> {
    let number = found.text().trim_start_matches(['#', ' ']);
    // A four-digit year is no order: "order 2024 catalogue".
    let year = number.len() == 4
        && (number.starts_with("19") || number.starts_with("20"))
        && !found.all().contains('#');
    (!year && !is_measured(found.after())).then(|| EntityValue::Text(number.to_uppercase()))
}

fn tracking(found: &Found<'_, '_>, carrier: Option<&'static str>) -> Option<EntityValue> {
    let number: String = found.text().split(' ').collect::<String>().to_uppercase();
    Some(EntityValue::Tracking { number, carrier })
}

/// Luhn's check of a payment card's number.
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match index % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

//! How a person is reached, and where: e-mail addresses, phone numbers, postcodes.

use super::pattern::{Found, Row};
use super::value::{EntityKind, EntityValue};

/// US postal abbreviations; those that are everyday words count only in capitals or after a comma.
const STATES: &str = "al|ak|az|ar|ca|co|ct|de|dc|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy|pr";

/// The areas that UK postcodes begin with.
const UK_AREAS: &str = " ab al b ba bb bd bh bl bn br bs bt ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn dt dy e ec eh en ex fk fy g gl gu gy ha hd hg hp hr hs hu hx ig im ip iv je ka kt kw ky l la ld le ll ln ls lu m me mk ml n ne ng nn np nr nw ol ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn tq tr ts tw ub w wa wc wd wf wn wr ws wv yo ze ";

pub(super) static ROWS: [Row; 9] = [
    Row::new(
        EntityKind::Email,
        r"[a-z0-9](?:[a-z0-9._%+-]*[a-z0-9_+-])?@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.[a-z]{2,24}\b",
        |found| Some(EntityValue::Text(found.text().to_owned())),
    ),
    Row::new(EntityKind::Phone, r"\+[0-9][0-9 ().-]{6,18}[0-9]\b", |found| {
        phone(found, 8..=15)
    }),
    Row::new(
        EntityKind::Phone,
        r"(?:\b1[ .-])?(?:\([0-9]{3}\) ?|\b[0-9]{3}[ .-])[0-9]{3}[ .-]?[0-9]{4}\b",
        |found| phone(found, 10..=11),
    ),
    Row::new(
        EntityKind::Phone,
        r"\b0[0-9]{2,4}[ -][0-9]{3,4}(?:[ -]?[0-9]{3,4})\b|\b0[1-9][0-9]{8,9}\b",
        |found| phone(found, 9..=11),
    ),
    Row::new(EntityKind::Phone, r"\b[2-9][0-9]{9}\b", |found| {
        phone(found, 10..=10)
    }),
    Row::new(
        EntityKind::Phone,
        r"\b(?:phone|mobile|cell|call me|text me|call|telephone|tel|reach me)(?: number)?(?: is| at| on|:|'s)* (?P<v>[0-9][0-9 -]{5,12}[0-9])\b",
        |found| phone(found, 7..=11),
    ),
    Row::new(
        EntityKind::Postcode,
        r"\b(?:zip|zip ?code|post ?code|postal(?: code)?|(?:ship|shipp?ing|deliver|delivery|send|sending)(?: it| this| them| that| my order)? to|live in|living in|located in|moved to|address[a-z ,.:'-]{1,24}(?:[0-9]{1,4} [a-z ,.'-]{3,40})?|[0-9]{1,5} [a-z ]{2,24} (?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|blvd|ct|court|way)\b\.?[a-z ,.'-]{1,24})(?: is|:| code| area| in|,)*[ ]?(?P<v>[0-9]{5}(?:-[0-9]{4})?)\b",
        |found| Some(EntityValue::Text(found.text().to_owned())),
    ),
    Row::new(
        EntityKind::Postcode,
        r"(?P<comma>, ?)?\b(?P<state>[a-z]{2})[ ,]+(?P<v>[0-9]{5}(?:-[0-9]{4})?)\b",
        |found| {
            let state = found.get("state")?;
            let known = STATES.split('|').any(|known| known == state);
            let word = matches!(
                state,
                "in" | "or"
                    | "me"
                    | "hi"
                    | "ok"
                    | "oh"
                    | "pa"
                    | "ma"
                    | "la"
                    | "de"
                    | "id"
                    | "no"
                    | "al"
                    | "co"
                    | "mo"
                    | "va"
            );
            let sure = found.get("comma").is_some() || !word;
            (known && sure).then(|| EntityValue::Text(found.text().to_owned()))
        },
    ),
    Row::new(
        EntityKind::Postcode,
        r"\b(?:(?P<area>[a-z]{1,2})[0-9][0-9a-z]? ?[0-9][abd-hjlnp-uw-z]{2}|[abceghj-nprstvxy][0-9][abceghj-nprstv-z][ -]?[0-9][abceghj-nprstv-z][0-9])\b",
        |found| {
            let area = found.get("area");
            let known = area.is_none_or(|area| UK_AREAS.contains(&format!(" {area} ")));
            known.then(|| EntityValue::Text(found.text().to_uppercase()))
        },
    ),
];

/// The digits, with the plus of an international number.
fn phone(found: &Found<'_, '_>, digits: std::ops::RangeInclusive<usize>) -> Option<EntityValue> {
    let number: String = found
        .text()
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect();
    let count = number.trim_start_matches('+').len();
    let cut = found
        .before()
        .ends_with(|c: char| c.is_ascii_digit() || matches!(c, '#' | '-'));
    (digits.contains(&count) && !cut).then_some(EntityValue::Text(number))
}

//! Dates, resolved against today, and durations. Month before day, as in the US, unless the month says otherwise.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use regex::Regex;

use super::nothing::is_measured;
use super::numbers::whole;
use super::pattern::{Found, Row, constant};
use super::value::{EntityKind, EntityValue, Grain, TimeUnit};

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Words that tell of the past: a day without a year or "next" is then the last of its kind.
static PAST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(
        r"\b(?:ordered|bought|purchased|placed|received|arrived|came|got|sent|shipped|returned|paid|was|were|did|since|ago|happened|cancelled|canceled|delivered|dropped|mailed)\b",
    )
});

pub(super) static ROWS: [Row; 14] = [
    Row::new(
        EntityKind::Date,
        r"\b(?:the )?day (?P<which>before yesterday|after tomorrow)\b",
        |found| {
            let days = if found.get("which")?.starts_with("after") {
                2
            } else {
                -2
            };
            day(found.today.checked_add(days.days()).ok()?)
        },
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?P<word>today|tonight|this (?:morning|afternoon|evening)|tomorrow|tomorow|tommorow|tommorrow|yesterday|yesteday|last night)(?: morning| afternoon| evening| night)?\b",
        |found| {
            let days = match found.get("word")? {
                word if word.starts_with("tom") => 1,
                word if word.starts_with("yes") || word == "last night" => -1,
                _ => 0,
            };
            day(found.today.checked_add(days.days()).ok()?)
        },
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?:(?P<lead>on|by|until|before|since|from)[ ])?(?P<v>(?:(?P<which>last|past|next|this|coming)[ ])?(?P<day>{weekday}|tues?|wed|thurs?|fri))\b",
        weekday,
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?P<which>last|next|this|past) (?P<unit>week|month)\b",
        week_or_month,
    ),
    Row::new(
        EntityKind::Date,
        r"\bin (?P<n>an?|{int})(?:[ ]more)?[ ](?P<unit>days?|weeks?|months?|years?)(?: time)?\b",
        |found| {
            // "hasn't moved in three days" is how long.
            let since = ["hasn", "haven", "havent", "didn", " not ", " no "]
                .iter()
                .any(|word| found.before().contains(word));
            (!since).then(|| relative(found, 1))?
        },
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?P<n>an?|{int}) (?P<unit>days?|weeks?|months?|years?) (?P<which>ago|back|from (?:now|today))\b",
        |found| {
            relative(
                found,
                if found.get("which")?.starts_with("from") {
                    1
                } else {
                    -1
                },
            )
        },
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?P<m>{month})\.?[ ](?:the )?(?P<d>[0-3]?[0-9])(?:st|nd|rd|th)?(?:,? (?P<y>20[0-9]{2}))?\b",
        named_month,
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?:the )?(?P<d>[0-3]?[0-9])(?:st|nd|rd|th)?(?: of)?[ -]?(?P<m>{month})\b\.?(?:,?[ -](?P<y>20[0-9]{2})\b)?",
        named_month,
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?P<y>20[0-9]{2})[-/.](?P<m>[01]?[0-9])[-/.](?P<d>[0-3]?[0-9])\b",
        numbered_date,
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?P<m>[0-3]?[0-9])[-/](?P<d>[0-3]?[0-9])[-/](?P<y>20[0-9]{2}|[0-9]{2})\b",
        |found| {
            let (month, of_month) = (number(found, "m")?, number(found, "d")?);
            let (month, of_month) = if month > 12 {
                (of_month, month)
            } else {
                (month, of_month)
            };
            let year = number(found, "y")?;
            let year = if year < 100 { 2000 + year } else { year };
            day(Date::new(year, month as i8, of_month as i8).ok()?)
        },
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?P<d>[0-3]?[0-9])\.(?P<m>[01]?[0-9])\.(?P<y>20[0-9]{2})\b",
        numbered_date,
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?:on|by|before|until|till|since|after|from|due) (?:the )?(?P<v>(?P<m>1[0-2]|0?[1-9])/(?P<d>[0-3]?[0-9]))\b",
        |found| {
            let of_month = number(found, "d")? as i8;
            yearless(found, number(found, "m")? as i8, of_month)
        },
    ),
    Row::new(
        EntityKind::Date,
        r"\b(?:by|before|for|until|till|after|on|in time for|since)[ ](?P<v>(?P<feast>christmas eve|christmas day|christmas|xmas|halloween|valentine'?s(?: day)?|new year'?s eve|new year'?s(?: day)?))\b",
        |found| {
            let gift = [" gift", " present", " tree", " sale", " light", " dinner"];
            if gift.iter().any(|word| found.after().starts_with(word)) {
                return None;
            }
            let (month, of_month) = match found.get("feast")? {
                "christmas eve" => (12, 24),
                "halloween" => (10, 31),
                feast if feast.starts_with("val") => (2, 14),
                feast if feast.ends_with("eve") => (12, 31),
                feast if feast.starts_with("new") => (1, 1),
                _ => (12, 25),
            };
            yearless(found, month, of_month)
        },
    ),
    Row::new(
        EntityKind::Duration,
        r"\b(?P<n>half an?|an?|{int})(?: ?(?:-|to|or|and) ?(?P<to>{int}))?(?: of)?[ -]?(?:(?:business|working|calendar|full|whole)[ ])?(?P<unit>minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?|years?|yrs?)\b",
        duration,
    ),
];

fn number(found: &Found<'_, '_>, group: &str) -> Option<i16> {
    found.get(group)?.parse().ok()
}

pub(super) fn day(date: Date) -> Option<EntityValue> {
    let grain = Grain::Day;
    Some(EntityValue::Date { date, grain })
}

fn past(found: &Found<'_, '_>) -> bool {
    PAST.as_ref().is_some_and(|past| past.is_match(found.message()))
}

/// "last" and the past give the nearest such day before today, all else the nearest after it.
fn weekday(found: &Found<'_, '_>) -> Option<EntityValue> {
    let which = found.get("which").or(found.get("lead"));
    let (name, named) = (found.get("day")?, WEEKDAYS.iter());
    let (_, weekday) = named.into_iter().find(|(short, _)| name.starts_with(short))?;
    // "fri", "wed" alone are too short to be sure of.
    if which.is_none() && !name.ends_with("day") {
        return None;
    }
    let back = match which {
        Some("last" | "past" | "since") => true,
        Some("next" | "this" | "coming" | "by" | "until") => false,
        _ => past(found),
    };
    day(found
        .today
        .nth_weekday(if back { -1 } else { 1 }, *weekday)
        .ok()?)
}

fn week_or_month(found: &Found<'_, '_>) -> Option<EntityValue> {
    let steps = match found.get("which")? {
        "next" => 1,
        "this" => 0,
        _ => -1,
    };
    let today = found.today;
    let (date, grain) = if found.get("unit")? == "week" {
        let monday = today
            .checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days())
            .ok()?;
        (monday.checked_add(steps.weeks()).ok()?, Grain::Week)
    } else {
        (
            today.first_of_month().checked_add(steps.months()).ok()?,
            Grain::Month,
        )
    };
    Some(EntityValue::Date { date, grain })
}

/// So many days, weeks, months or years before or after today.
fn relative(found: &Found<'_, '_>, sign: i64) -> Option<EntityValue> {
    let count = sign * i64::from(whole(found.get("n")?)?);
    let span: Span = match found.get("unit")?.as_bytes().first()? {
        b'd' => count.days(),
        b'w' => count.weeks(),
        b'm' => count.months(),
        _ => count.years(),
    };
    day(found.today.checked_add(span).ok()?)
}

/// A date whose day, month and year are all numbers.
fn numbered_date(found: &Found<'_, '_>) -> Option<EntityValue> {
    day(Date::new(
        number(found, "y")?,
        number(found, "m")? as i8,
        number(found, "d")? as i8,
    )
    .ok()?)
}

fn named_month(found: &Found<'_, '_>) -> Option<EntityValue> {
    let name = found.get("m")?;
    let month = MONTHS.iter().position(|month| name.starts_with(month))? as i8 + 1;
    let of_month = number(found, "d")? as i8;
    match number(found, "y") {
        Some(year) => day(Date::new(year, month, of_month).ok()?),
        None if is_measured(found.after()) => None,
        None => yearless(found, month, of_month),
    }
}

/// The nearest such day: in the past when the message tells of it, otherwise from today on.
fn yearless(found: &Found<'_, '_>, month: i8, of_month: i8) -> Option<EntityValue> {
    let year = found.today.year();
    let years = if past(found) {
        [year, year - 1]
    } else {
        [year, year + 1]
    };
    let fits = |date: &Date| {
        if past(found) {
            *date <= found.today
        } else {
            *date >= found.today
        }
    };
    let mut dates = years
        .into_iter()
        .filter_map(|year| Date::new(year, month, of_month).ok());
    day(dates.find(fits)?)
}

fn duration(found: &Found<'_, '_>) -> Option<EntityValue> {
    let glued = found
        .before()
        .ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '#' | '$'));
    // "24 hours a day" is how often, not how long.
    let last = found.before().trim_end().rsplit(' ').next().unwrap_or_default();
    let counted =
        last.ends_with('s') && !["takes", "lasts", "is", "was", "it's", "its", "needs"].contains(&last);
    let often = found.get("n")?.starts_with('a') && (counted || matches!(last, "once" | "twice"));
    let unit = found.get("unit")?;
    let (amount, unit) = match (found.get("n")?, unit) {
        (half, hour) if half.starts_with("half") => {
            hour.starts_with('h').then_some((30, TimeUnit::Minute))?
        }
        (number, unit) => (whole(number)?, unit_of(unit)?),
    };
    let to = found.get("to").and_then(whole);
    (!glued && !often).then_some(EntityValue::Duration { amount, to, unit })
}

fn unit_of(name: &str) -> Option<TimeUnit> {
    Some(match name.as_bytes() {
        [b'm', b'i', ..] => TimeUnit::Minute,
        [b'm', ..] => TimeUnit::Month,
        [b'h', ..] => TimeUnit::Hour,
        [b'd', ..] => TimeUnit::Day,
        [b'w', ..] => TimeUnit::Week,
        [b'y', ..] => TimeUnit::Year,
        _ => return None,
    })
}

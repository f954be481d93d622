//! Whom something is for.

use super::numbers::whole;
use super::pattern::Row;
use super::value::{Audience, EntityKind, EntityValue};

use Audience::{Anyone, Babies, Boys, Girls, Kids, Men, Women};

/// How people are called, who that is, and what is made for them.
const PEOPLE: [(&str, Option<&str>, Audience); 56] = [
    ("grandfather", Some("grandfather"), Men),
    ("grandpa", Some("grandfather"), Men),
    ("granddad", Some("grandfather"), Men),
    ("grandmother", Some("grandmother"), Women),
    ("grandma", Some("grandmother"), Women),
    ("granny", Some("grandmother"), Women),
    ("grandson", Some("grandson"), Boys),
    ("granddaughter", Some("granddaughter"), Girls),
    ("grandkids", Some("grandchildren"), Kids),
    ("dad", Some("father"), Men),
    ("daddy", Some("father"), Men),
    ("father", Some("father"), Men),
    ("papa", Some("father"), Men),
    ("mom", Some("mother"), Women),
    ("mum", Some("mother"), Women),
    ("mommy", Some("mother"), Women),
    ("mother", Some("mother"), Women),
    ("parents", Some("parents"), Anyone),
    ("husband", Some("husband"), Men),
    ("hubby", Some("husband"), Men),
    ("boyfriend", Some("boyfriend"), Men),
    ("bf", Some("boyfriend"), Men),
    ("wife", Some("wife"), Women),
    ("girlfriend", Some("girlfriend"), Women),
    ("gf", Some("girlfriend"), Women),
    ("partner", Some("partner"), Anyone),
    ("son", Some("son"), Boys),
    ("daughter", Some("daughter"), Girls),
    ("brother", Some("brother"), Men),
    ("sister", Some("sister"), Women),
    ("uncle", Some("uncle"), Men),
    ("aunt", Some("aunt"), Women),
    ("nephew", Some("nephew"), Boys),
    ("niece", Some("niece"), Girls),
    ("friend", Some("friend"), Anyone),
    ("boss", Some("boss"), Anyone),
    ("teacher", Some("teacher"), Anyone),
    ("colleague", Some("colleague"), Anyone),
    ("coworker", Some("colleague"), Anyone),
    ("myself", Some("self"), Anyone),
    ("him", None, Men),
    ("her", None, Women),
    ("men", None, Men),
    ("mens", None, Men),
    ("man", None, Men),
    ("women", None, Women),
    ("womens", None, Women),
    ("woman", None, Women),
    ("ladies", None, Women),
    ("boy", None, Boys),
    ("girl", None, Girls),
    ("kid", None, Kids),
    ("child", None, Kids),
    ("toddler", None, Kids),
    ("bab", None, Babies),
    ("adult", None, Anyone),
];

/// Age in years below which a person is a child.
const GROWN_UP: u32 = 16;

pub(super) static ROWS: [Row; 3] = [
    Row::new(
        EntityKind::Person,
        r"\bfor (?:(?:my|his|her|our|a|an|the|your)[ ])?(?P<n>[0-9]{1,2}|{words}|one)[ -]?(?P<unit>years?|yrs?|yo|months?|mos?)?[ -]?(?P<old>olds?)?(?:[ ](?P<who>boys?|girls?|son|daughter|nephew|niece|grandson|granddaughter|kids?|child|toddler|baby|man|woman))?\b",
        |found| {
            let unit = found.get("unit")?;
            // "for 5 years" is how long, "for a 5 year old" is who.
            if found.get("old").is_none() && found.get("who").is_none() && unit != "yo" {
                return None;
            }
            let age = whole(found.get("n")?)?;
            let age_months = if unit.starts_with('y') {
                age.checked_mul(12)?
            } else {
                age
            };
            let grown_up = if age_months < GROWN_UP * 12 { Kids } else { Anyone };
            let (relation, audience) = found
                .get("who")
                .and_then(person)
                .unwrap_or((None, if age_months < 24 { Babies } else { grown_up }));
            let age_months = Some(age_months);
            Some(EntityValue::Person {
                audience,
                relation,
                age_months,
            })
        },
    ),
    Row::new(
        EntityKind::Person,
        r"\bfor (?:(?:my|his|her|our|a|an|the|your)[ ])?(?:(?:little|young|older|younger|big|best|new|baby|teenage)[ ])?(?P<who>dad|daddy|father|papa|mom|mum|mommy|mother|parents|grandfather|grandpa|granddad|grandmother|grandma|granny|grandson|granddaughter|grandkids|husband|hubby|boyfriend|bf|wife|girlfriend|gf|partner|son|daughter|brother|sister|uncle|aunt|nephew|niece|friend|boss|teacher|colleague|coworker|myself|him|her|men|mens|man|women|womens|woman|ladies|boys?|girls?|kids?|child(?:ren)?|toddlers?|baby|babies|adults?)\b",
        |found| {
            let (relation, audience) = person(found.get("who")?)?;
            let described =
                found.get("who")? == "her" && found.after().starts_with(' ') && found.after().len() > 1;
            (!described).then_some(EntityValue::Person {
                audience,
                relation,
                age_months: None,
            })
        },
    ),
    Row::new(
        EntityKind::Person,
        r"\b(?P<who>men|women|boy|girl|kid|children|toddler)'?s\b|\b(?P<w>ladies)\b",
        |found| {
            let (relation, audience) = person(found.get("who").or(found.get("w"))?)?;
            Some(EntityValue::Person {
                audience,
                relation,
                age_months: None,
            })
        },
    ),
];

fn person(name: &str) -> Option<(Option<&'static str>, Audience)> {
    let exact = PEOPLE.iter().find(|(known, ..)| *known == name);
    let known = exact.or_else(|| PEOPLE.iter().find(|(known, ..)| name.starts_with(known)));
    known.map(|(_, relation, audience)| (*relation, *audience))
}

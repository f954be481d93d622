//! What merchants say and what it comes to, worked out by hand: the table in `worked_examples.toml`. The campaigns of
//! the demonstration shop are held to their words here, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::*;
use crate::promotions::campaign::{Codes, Measure, Off, Permyriad, Phase};
use crate::promotions::cart::{Shopper, Used};
use crate::promotions::format::read_file;
use crate::text::money::{minor_digits, parse_amount, plain_amount, plain_decimal};

const EXAMPLES: &str = include_str!("worked_examples.toml");
const DEMO: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/knowledge_base/promotions.toml"
));

/// When it is, where a case doesn't say.
const USUAL_TIME: &str = "2026-11-24T12:00[UTC]";
/// A day on which the demonstration is shown, and one years later.
const DEMO_TIMES: [&str; 2] = [
    "2026-11-24T12:00[America/New_York]",
    "2029-06-15T12:00[America/New_York]",
];
const FEWEST_CASES: usize = 70;
const CURRENCY: &str = "USD";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    words: String,
    campaign: Vec<toml::Value>,
    case: Vec<Case>,
    lines: Option<Vec<LineWords>>,
    shipping: Option<String>,
    codes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    currency: Option<String>,
    lines: Option<Vec<LineWords>>,
    shipping: Option<String>,
    at: Option<String>,
    shopper: Option<Shopper>,
    codes: Option<Vec<String>>,
    #[serde(default)]
    used: BTreeMap<String, UsedWords>,
    discount: String,
    total: String,
    costs: Option<BTreeMap<String, String>>,
    applied: Option<BTreeMap<String, String>>,
    #[serde(default)]
    says: BTreeMap<String, String>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct LineWords {
    id: String,
    #[serde(default)]
    item: String,
    #[serde(default = "one")]
    quantity: u32,
    price: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    brand: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct UsedWords {
    total: i64,
    today: i64,
    by_shopper: i64,
    spent: Option<String>,
}

fn one() -> u32 {
    1
}

#[test]
fn campaigns_do_what_merchants_mean() {
    let table: Table = toml::from_str(EXAMPLES).unwrap();
    let (mut cases, mut wrong, mut names) = (0, Vec::new(), BTreeSet::new());
    for example in &table.example {
        let campaigns = campaigns(example);
        for case in &example.case {
            let name = format!("{} – {}", example.words, case.what);
            wrong.extend(
                differences(example, case, &campaigns)
                    .iter()
                    .map(|said| format!("{name}\n    {said}")),
            );
            assert!(names.insert(name.clone()), "twice: {name}");
            cases += 1;
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cases}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cases >= FEWEST_CASES, "{cases}");
}

fn campaigns(example: &Example) -> Vec<Arc<Campaign>> {
    let file = toml::Table::from_iter([(
        "campaign".to_owned(),
        toml::Value::Array(example.campaign.clone()),
    )]);
    let (campaigns, errors) = read_file(&toml::to_string(&file).unwrap()).unwrap();
    assert_eq!(errors, [], "{}", example.words);
    campaigns.into_iter().map(Arc::new).collect()
}

/// What comes out otherwise than it should.
fn differences(example: &Example, case: &Case, campaigns: &[Arc<Campaign>]) -> Vec<String> {
    let currency = case.currency.as_deref().unwrap_or(CURRENCY);
    let amount =
        |text: &str| parse_amount(text, currency).unwrap_or_else(|| panic!("amount {text} in {}", case.what));
    let cart = Cart {
        currency: currency.to_owned(),
        lines: case
            .lines
            .as_ref()
            .or(example.lines.as_ref())
            .unwrap()
            .iter()
            .map(|words| line(words, currency))
            .collect(),
        shipping: case
            .shipping
            .as_ref()
            .or(example.shipping.as_ref())
            .map_or(0, |text| amount(text)),
    };
    let engine = Engine::new(campaigns.to_vec(), MOST_OFFERS);
    let found = engine.evaluate(&cart, &facts(example, case, campaigns)).unwrap();

    let mut wrong = Vec::new();
    let mut compare = |what: &str, is: String, expected: &str| {
        if is != expected {
            wrong.push(format!("{what}: expected {expected}, found {is}"));
        }
    };
    compare(
        "discount",
        plain_amount(found.discount, currency),
        &plain_amount(amount(&case.discount), currency),
    );
    compare(
        "total",
        plain_amount(found.total, currency),
        &plain_amount(amount(&case.total), currency),
    );
    for (id, costs) in case.costs.iter().flatten() {
        let place = cart.lines.iter().position(|line| line.id == *id).unwrap();
        compare(id, plain_amount(found.lines[place], currency), costs);
    }
    if let Some(expected) = &case.applied {
        let applied: BTreeMap<String, String> = found
            .applied
            .iter()
            .map(|applied| {
                (
                    applied.campaign.id.clone(),
                    plain_amount(applied.amount, currency),
                )
            })
            .collect();
        compare("applied", format!("{applied:?}"), &format!("{expected:?}"));
    }
    for (id, expected) in &case.says {
        compare(id, said(&found, id, currency), expected);
    }
    let paid: MinorUnits = found.lines.iter().sum();
    let off_shipping: MinorUnits = found.applied.iter().map(|applied| applied.shipping).sum();
    compare(
        "sum of what is paid",
        (paid + cart.shipping - off_shipping).to_string(),
        &found.total.to_string(),
    );
    compare("is_best", found.is_best.to_string(), "true");
    wrong
}

fn line(words: &LineWords, currency: &str) -> Line {
    Line {
        id: words.id.clone(),
        item: words.item.clone(),
        quantity: words.quantity,
        unit_price: parse_amount(&words.price, currency).unwrap(),
        category: words
            .category
            .split('>')
            .map(|level| level.trim().to_owned())
            .collect(),
        brand: words.brand.clone(),
    }
}

fn facts(example: &Example, case: &Case, campaigns: &[Arc<Campaign>]) -> Facts {
    let codes = case
        .codes
        .as_ref()
        .or(example.codes.as_ref())
        .cloned()
        .unwrap_or_default();
    let used_code = case.used.get("code").map_or(0, |used| used.total);
    let used = case
        .used
        .iter()
        .filter(|(id, _)| *id != "code")
        .map(|(id, words)| {
            let campaign = campaigns.iter().find(|campaign| campaign.id == *id).unwrap();
            let currency = campaign.currency.as_deref().unwrap_or(CURRENCY);
            let used = Used {
                total: words.total,
                today: words.today,
                by_shopper: words.by_shopper,
                spent: words
                    .spent
                    .as_ref()
                    .map_or(0, |text| parse_amount(text, currency).unwrap()),
            };
            (id.clone(), used)
        });
    Facts {
        shopper: case.shopper.clone().unwrap_or_else(|| Shopper {
            id: Some("ann".into()),
            orders: 2,
            channel: "web".into(),
            ..Shopper::default()
        }),
        at: millis(case.at.as_deref().unwrap_or(USUAL_TIME)),
        used: used.collect(),
        entered: codes
            .iter()
            .map(|code| entered(code, used_code, campaigns))
            .collect(),
    }
}

fn entered(code: &str, used: i64, campaigns: &[Arc<Campaign>]) -> Entered {
    let found = campaigns.iter().find_map(|campaign| match &campaign.codes {
        Codes::Public { code: public } if public == code => Some((campaign, None)),
        Codes::Unique { pattern, uses } if code.starts_with(pattern.trim_end_matches('#')) => {
            Some((campaign, Some(*uses)))
        }
        _ => None,
    });
    Entered {
        code: code.to_owned(),
        campaign: found.map(|(campaign, _)| campaign.id.clone()),
        limit: found.and_then(|(_, uses)| uses),
        used,
    }
}

/// Local times with their zone, and with their distance from UTC where a time comes twice.
fn millis(at: &str) -> i64 {
    let at: ZonedDateTime = at.parse().unwrap_or_else(|error| panic!("{at}: {error}"));
    at.timestamp().as_millisecond()
}

/// What an evaluation says of a campaign that doesn't apply, or of a code that is unknown.
fn said(found: &Evaluation, id: &str, currency: &str) -> String {
    let all = found.refused.iter().chain(&found.skipped).chain(&found.near);
    let of_it = all.filter(|refused| match &refused.campaign {
        Some(campaign) => campaign.id == id,
        None => refused.code.as_deref() == Some(id),
    });
    let mut sentences: Vec<String> = of_it
        .flat_map(|refused| {
            let zone = refused
                .campaign
                .as_ref()
                .map_or("UTC", |campaign| campaign.schedule.time_zone.name());
            refused
                .reasons
                .iter()
                .map(|reason| sentence(reason, currency, zone))
        })
        .collect();
    sentences.dedup();
    sentences.join("; ")
}

fn sentence(reason: &Reason, currency: &str, zone: &str) -> String {
    let local = |at: i64| {
        let at = jiff::Timestamp::from_millisecond(at).unwrap();
        at.to_zoned_datetime(TimeZone::get(zone).unwrap()).to_string()
    };
    let name = serde_json::to_value(reason).unwrap()["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let more = match reason {
        Reason::CouponStartDateInFuture { starts_at } => local(*starts_at),
        Reason::OutsideHours {
            opens_at: Some(opens_at),
        } => local(*opens_at),
        Reason::OutsideHours { opens_at: None } => "never".into(),
        Reason::MissingAmount { minor } => plain_amount(*minor, currency),
        Reason::MissingItem { pieces } => pieces.to_string(),
        Reason::NotCombinable { with } => with.join(", "),
        Reason::CurrencyDoesNotMatch { expected } => expected.clone(),
        _ => return name,
    };
    format!("{name} {more}")
}

fn demo() -> Vec<Campaign> {
    let (campaigns, errors) = read_file(DEMO).unwrap();
    assert_eq!(errors, []);
    campaigns
}

#[test]
fn the_demo_shop_shows_every_kind() {
    let campaigns = demo();
    assert!(campaigns.len() >= 14, "{}", campaigns.len());
    let mut kinds = BTreeSet::new();
    for campaign in &campaigns {
        kinds.insert(match &campaign.benefit {
            Benefit::Percent { cap: None, .. } => "percent",
            Benefit::Percent { cap: Some(_), .. } => "percent, capped",
            Benefit::Amount { each: false, .. } => "amount",
            Benefit::Amount { each: true, .. } => "amount off each",
            Benefit::FixedPrice { .. } => "fixed price",
            Benefit::FreeShipping { .. } => "free shipping",
            Benefit::BuyGet(_) => "buy and get",
            Benefit::Tiers {
                by: Measure::Subtotal,
                ..
            } => "tiers by subtotal",
            Benefit::Tiers {
                by: Measure::Quantity,
                ..
            } => "tiers by quantity",
        });
        kinds.insert(match campaign.codes {
            Codes::Automatic => "automatic",
            Codes::Public { .. } => "public code",
            Codes::Unique { .. } => "unique codes",
        });
        let (conditions, limits, schedule) = (&campaign.conditions, &campaign.limits, &campaign.schedule);
        for (has, kind) in [
            (conditions.first_order, "first order"),
            (!conditions.segments.is_empty(), "segment"),
            (!conditions.not_segments.is_empty(), "not a segment"),
            (conditions.channels.contains("chat"), "chat"),
            (!conditions.requires.is_empty(), "requires"),
            (conditions.min_subtotal.is_some(), "from an amount"),
            (conditions.min_quantity.is_some(), "from a number"),
            (limits.total.is_some(), "limit"),
            (limits.per_day.is_some(), "limit a day"),
            (limits.per_shopper.is_some(), "limit a shopper"),
            (limits.budget.is_some(), "budget"),
            (!schedule.weekdays.is_empty(), "weekdays"),
            (schedule.hours.is_some(), "hours"),
            (!campaign.scope.exclude.is_empty(), "except"),
            (campaign.combines_with.is_empty(), "alone"),
            (campaign.combines_with.contains(&campaign.class), "with its like"),
        ] {
            if has {
                kinds.insert(kind);
            }
        }
    }
    assert_eq!(kinds.len(), 28, "{kinds:?}");
    assert_eq!(campaigns.iter().filter(|campaign| campaign.personal).count(), 4);
}

/// The demonstration works for years: offers run now and later, and the others are what they are said to be.
#[test]
fn the_demo_shop_has_offers_for_years() {
    let campaigns = demo();
    for time in DEMO_TIMES {
        let at = millis(time);
        let count = |phase: Phase| {
            campaigns
                .iter()
                .filter(|campaign| campaign.phase(at) == phase)
                .count()
        };
        assert!(count(Phase::Running) >= 12, "{time}");
        for phase in [Phase::Draft, Phase::Scheduled, Phase::Ended] {
            assert!(count(phase) >= 1, "{time}: {}", phase.name());
        }
    }
}

/// As the shop's help says: one promo code per order, together with automatic offers and free shipping, and none on
/// gift cards.
#[test]
fn the_demo_shop_keeps_to_its_articles() {
    let campaigns = demo();
    let runs = |campaign: &&Campaign| campaign.state == State::Active;
    for one in campaigns.iter().filter(runs) {
        for other in campaigns.iter().filter(runs) {
            let (automatic, code) = (one.is_automatic(), !other.is_automatic());
            assert!(
                automatic || !code || !one.combines(other),
                "{} and {}: two codes",
                one.id,
                other.id
            );
            assert!(
                !(automatic && code) || one.combines(other),
                "{} and {}: a code alone",
                one.id,
                other.id
            );
        }
        let gift_card = Line {
            id: "card".into(),
            item: "LF-2902".into(),
            quantity: 4,
            unit_price: 5_000,
            category: vec!["Gifts".into(), "Gift cards".into()],
            brand: "Larkfield".into(),
        };
        let cart = Cart {
            currency: CURRENCY.into(),
            lines: vec![gift_card],
            shipping: 0,
        };
        let engine = Engine::new(vec![Arc::new(one.clone())], MOST_OFFERS);
        let facts = Facts {
            shopper: Shopper {
                id: Some("ann".into()),
                segments: one.conditions.segments.clone(),
                channel: "chat".into(),
                ..Shopper::default()
            },
            at: millis(DEMO_TIMES[0]),
            entered: vec![Entered {
                code: "ANY".into(),
                campaign: Some(one.id.clone()),
                limit: None,
                used: 0,
            }],
            ..Facts::default()
        };
        assert_eq!(engine.evaluate(&cart, &facts).unwrap().discount, 0, "{}", one.id);
    }
}

/// Every figure of a benefit stands in its description, as shoppers read it.
#[test]
fn the_demo_shop_says_what_its_offers_give() {
    let share = |share: Permyriad| {
        let text = plain_decimal(share.into(), 2);
        format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
    };
    for campaign in demo() {
        let currency = campaign.currency.as_deref().unwrap_or(CURRENCY);
        assert_eq!(minor_digits(currency), Some(2));
        let amount =
            |minor: MinorUnits| format!("${}", plain_amount(minor, currency).trim_end_matches(".00"));
        let mut figures: Vec<String> = match &campaign.benefit {
            Benefit::Percent { share: part, cap } => {
                std::iter::once(share(*part)).chain(cap.map(amount)).collect()
            }
            Benefit::Amount { minor, .. } | Benefit::FixedPrice { minor } => vec![amount(*minor)],
            Benefit::FreeShipping { cap } => cap.map(amount).into_iter().collect(),
            Benefit::BuyGet(_) => Vec::new(),
            Benefit::Tiers { steps, .. } => steps
                .iter()
                .map(|step| match step.off {
                    Off::Share(part) => share(part),
                    Off::Amount(minor) => amount(minor),
                })
                .collect(),
        };
        figures.extend(campaign.conditions.min_subtotal.map(amount));
        for figure in figures {
            assert!(
                campaign.description.contains(&figure),
                "{}: {figure} is not said",
                campaign.id
            );
        }
    }
}

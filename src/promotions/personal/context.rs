//! What a choice may know: of the shopper, the cart, the time and the channel. Protected attributes never get in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::promotions::campaign::WEEKDAYS;
use crate::promotions::cart::Cart;
use crate::promotions::choice::{FeatureSettings, Value, protected_ground};
use crate::promotions::outcome::Occasion;
use crate::promotions::schedule::Zone;
use crate::text::money::minor_digits;

/// The columns that every context has, beside one for each segment.
pub const COLUMNS: [&str; 7] = [
    "x_orders",
    "x_channel",
    "x_subtotal",
    "x_pieces",
    "x_category",
    "x_weekday",
    "x_hours",
];
/// Before the name of a segment in the name of its column.
const SEGMENT: &str = "x_segment_";

/// One context, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// Orders before this one; `None`: nobody knows who it is.
    pub orders: Option<u64>,
    pub segments: BTreeSet<String>,
    pub channel: String,
    /// In units of the currency, before discounts.
    pub subtotal: f64,
    pub pieces: u64,
    /// The widest category of what most of the money is for.
    pub category: String,
    /// `mon` to `sun`.
    pub weekday: String,
    /// A quarter of the day, as `12-18`: hours as numbers would put midnight far from itself.
    pub hours: String,
}

impl Context {
    /// What may be known of an occasion. `zone`: whose clocks count.
    pub fn of(occasion: &Occasion, zone: &Zone) -> Self {
        let (cart, shopper) = (&occasion.cart, &occasion.shopper);
        let is_known = shopper.id.is_some();
        let segments = shopper
            .segments
            .iter()
            .filter(|name| is_known && refusal(name).is_none());
        let local = zone.local(occasion.at);
        Self {
            orders: is_known.then_some(shopper.orders),
            segments: segments.cloned().collect(),
            channel: shopper.channel.clone(),
            subtotal: units(cart.subtotal(), &cart.currency),
            pieces: cart.lines.iter().map(|line| u64::from(line.quantity)).sum(),
            category: top_category(cart),
            weekday: local.map(weekday).unwrap_or_default(),
            hours: local.map(quarter).unwrap_or_default(),
        }
    }

    /// The cells of these columns.
    pub fn row<'a>(&self, columns: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
        columns.into_iter().map(|column| self.value(column)).collect()
    }

    fn value(&self, column: &str) -> Value {
        let text = |text: &String| match text.is_empty() {
            true => Value::Missing,
            false => Value::Text(text.clone()),
        };
        match column {
            "x_orders" => self
                .orders
                .map_or(Value::Missing, |orders| Value::Number(orders as f64)),
            "x_channel" => text(&self.channel),
            "x_subtotal" => Value::Number(self.subtotal),
            "x_pieces" => Value::Number(self.pieces as f64),
            "x_category" => text(&self.category),
            "x_weekday" => text(&self.weekday),
            "x_hours" => text(&self.hours),
            _ => match column.strip_prefix(SEGMENT) {
                // Without a shopper it isn't known in which segments they are.
                Some(segment) if self.orders.is_some() => {
                    Value::Number(f64::from(u8::from(self.segments.contains(segment))))
                }
                _ => Value::Missing,
            },
        }
    }
}

/// Columns for contexts like these: the fixed ones, then one for each of the most frequent segments.
pub fn columns<'a>(contexts: impl Iterator<Item = &'a Context>, settings: FeatureSettings) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for segment in contexts.flat_map(|context| &context.segments) {
        *counts.entry(segment).or_default() += 1;
    }
    let mut frequent: Vec<(&str, usize)> = counts
        .into_iter()
        .filter(|(_, count)| *count >= settings.fewest_rows)
        .collect();
    // Stable, so that segments of one count stay in the order of their names.
    frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    frequent.truncate(settings.most_levels);
    let segments = frequent.into_iter().map(|(segment, _)| column_of(segment));
    COLUMNS
        .iter()
        .map(|column| (*column).to_owned())
        .chain(segments)
        .collect()
}

/// The name of a segment's column.
pub fn column_of(segment: &str) -> String {
    format!("{SEGMENT}{segment}")
}

/// On which ground a segment stays out of the choice, if it does.
pub fn refusal(segment: &str) -> Option<&'static str> {
    protected_ground(&column_of(segment)).or_else(|| group_ground(segment))
}

/// Names of groups of people, which segments have and columns have not: `x_women` is no column that anybody keeps, a
/// segment `women` is.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "gender",
        &[
            "women",
            "woman",
            "men",
            "man",
            "girls",
            "boys",
            "ladies",
            "gentlemen",
            "女性",
            "男性",
        ],
    ),
    (
        "age",
        &[
            "seniors",
            "senior",
            "pensioners",
            "retired",
            "elderly",
            "teens",
            "teenagers",
            "adults",
            "youth",
            "millennials",
        ],
    ),
    (
        "religion",
        &[
            "muslims",
            "christians",
            "christian",
            "jews",
            "hindus",
            "buddhists",
            "catholics",
        ],
    ),
    ("pregnancy", &["expecting", "mothers"]),
    ("nationality or origin", &["immigrants", "refugees", "foreigners"]),
];

fn group_ground(segment: &str) -> Option<&'static str> {
    let lower = segment.to_lowercase();
    let words: Vec<&str> = lower.split(|sign: char| !sign.is_alphanumeric()).collect();
    let names = |(_, names): &&(&str, &[&str])| words.iter().any(|word| names.contains(word));
    GROUPS.iter().find(names).map(|(ground, _)| *ground)
}

/// An amount in units of its currency: 12.5 for 1,250 cents.
pub fn units(minor: i64, currency: &str) -> f64 {
    let digits = minor_digits(currency).unwrap_or_default();
    minor as f64 / 10_f64.powi(i32::try_from(digits).unwrap_or_default())
}

fn top_category(cart: &Cart) -> String {
    let mut costs: HashMap<&str, i64> = HashMap::new();
    for line in &cart.lines {
        if let Some(category) = line.category.first() {
            *costs.entry(category).or_default() += line.subtotal();
        }
    }
    // By name where two cost the same: a hash map has no order of its own.
    let dearest = costs.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
    dearest
        .map(|(category, _)| category.to_owned())
        .unwrap_or_default()
}

fn weekday(local: DateTime) -> String {
    let name = WEEKDAYS.iter().find(|(_, day)| *day == local.weekday());
    name.map(|(name, _)| (*name).to_owned()).unwrap_or_default()
}

fn quarter(local: DateTime) -> String {
    let begins = local.hour() / 6 * 6;
    format!("{begins:02}-{:02}", begins + 6)
}

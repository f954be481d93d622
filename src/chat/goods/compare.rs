//! Products side by side.

use std::sync::Arc;

use super::cards::{plain_card, stock_text};
use super::{Finding, Record, Shelf};
use crate::catalog::Item;
use crate::chat::asks::Doing;
use crate::chat::reply::{Part, Row};
use crate::text::money::money_text;
use crate::text::say::Voice;

/// More columns than this can't be read on a phone.
const COLUMNS: usize = 4;
/// Attributes in the order in which they matter; others follow by name.
const FIRST: [&str; 8] = [
    "weight",
    "capacity",
    "temperature_rating",
    "size",
    "color",
    "material",
    "season",
    "use",
];
/// Attributes that tell shops something, not shoppers.
const HIDDEN: [&str; 6] = [
    "gender",
    "cost_of_goods_sold",
    "gtin",
    "mpn",
    "condition",
    "currency",
];

impl Shelf {
    /// A table of what differs between products.
    pub(super) fn compare(&self, ids: &[String], voice: &Voice) -> Option<Finding> {
        let items: Vec<Arc<Item>> = ids
            .iter()
            .filter_map(|id| self.catalogue.get(id))
            .take(COLUMNS)
            .collect();
        if items.len() < 2 {
            return None;
        }
        let mut finding = Finding::of(Doing::Compare);
        finding.records = items.iter().map(|item| Record::product(&item.id)).collect();
        finding.parts.push(Part::Comparison {
            prompt: voice.say("bot-compare"),
            cards: items.iter().map(|item| plain_card(item, "", voice)).collect(),
            rows: rows(&items, voice),
        });
        // What was compared is what the shopper chooses from.
        finding.shown = Some(items.iter().map(|item| item.id.clone()).collect());
        Some(finding)
    }
}

fn rows(items: &[Arc<Item>], voice: &Voice) -> Vec<Row> {
    let locale = voice.code();
    let price = |item: &Arc<Item>| {
        let costs = item.costs();
        costs.map_or(String::new(), |costs| {
            money_text(costs.minor, &costs.currency, &locale)
        })
    };
    let row = |label: String, value: &dyn Fn(&Arc<Item>) -> String| Row {
        label,
        values: items.iter().map(value).collect(),
    };
    let mut rows = vec![
        row(voice.say("compare-price"), &price),
        row(voice.say("compare-brand"), &|item| item.brand.clone()),
        row(voice.say("compare-stock"), &|item| {
            stock_text(item, voice).unwrap_or_default()
        }),
    ];
    rows.extend(names(items).iter().map(|name| {
        row(label(name, voice), &|item| {
            item.attribute_in(name, &locale).unwrap_or_default().to_owned()
        })
    }));
    rows.retain(|row| row.values.iter().any(|value| !value.is_empty()));
    rows
}

/// The attributes that any of the items has.
fn names(items: &[Arc<Item>]) -> Vec<&str> {
    let mut names: Vec<&str> = items
        .iter()
        .flat_map(|item| item.attributes.keys().map(String::as_str))
        .filter(|name| !HIDDEN.contains(name))
        .collect();
    names.sort_unstable_by_key(|name| {
        (
            FIRST
                .iter()
                .position(|first| first == name)
                .unwrap_or(FIRST.len()),
            *name,
        )
    });
    names.dedup();
    names
}

/// The attribute's name in words; of one that has no words of ours, as the feed calls it.
fn label(name: &str, voice: &Voice) -> String {
    if FIRST.contains(&name) || name == "activity" {
        return voice.say(&format!("attribute-{}", name.replace('_', "-")));
    }
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

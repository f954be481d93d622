//! Whether a product can be had, in a size or colour; and what the catalogue says of it.

use std::sync::Arc;

use super::cards::{product_card, stock_text};
use super::{Finding, Record, Shelf};
use crate::catalog::Item;
use crate::chat::asks::Doing;
use crate::chat::reply::Part;
use crate::chat::wants::{Wants, comes_in, size_of};
use crate::text::say::Voice;

impl Shelf {
    /// Says of a product, or of its variant in a size or colour, whether it can be had.
    pub(super) fn stock(
        &self,
        id: &str,
        size: Option<&str>,
        colour: Option<&str>,
        voice: &Voice,
    ) -> Option<Finding> {
        let item = self.catalogue.get(id)?;
        let variants = self.catalogue.variants(&item);
        let wants = Wants {
            colour: colour.map(str::to_owned),
            ..Wants::default()
        };
        // Without a colour that was asked for, it is about the one that was shown.
        let own_colour =
            |variant: &Arc<Item>| variant.attributes.get("color") == item.attributes.get("color");
        let fits: Vec<&Arc<Item>> = variants
            .iter()
            .filter(|variant| match colour {
                Some(_) => wants.admits(variant),
                None => size.is_some() && own_colour(variant) || variant.id == item.id || size.is_some(),
            })
            .collect();
        let mut finding = Finding::of(Doing::CheckStock);
        finding.focus = Some(item.id.clone());
        if fits.is_empty() {
            let colours = listed(&variants, |variant| {
                variant.attributes.get("color").cloned().unwrap_or_default()
            });
            let text = voice.say_with(
                "stock-no-colour",
                &[
                    ("item", item.title_in(&voice.code())),
                    ("wanted", colour.unwrap_or_default()),
                    ("colours", &colours),
                ],
            );
            return Some(finding.says(text).about(Record::product(&item.id)));
        }
        let Some(size) = size else {
            let variant = fits.iter().find(|variant| variant.is_sold()).unwrap_or(&fits[0]);
            return Some(self.told(finding, variant, None, voice));
        };
        let of_size = |variant: &&&Arc<Item>| comes_in(size_of(variant), size) == Some(true);
        let mut in_size: Vec<&&Arc<Item>> = fits.iter().filter(of_size).collect();
        // What can be had first, in the colour that was shown.
        in_size.sort_by_key(|variant| (!variant.is_sold(), !own_colour(variant)));
        if let Some(variant) = in_size.first() {
            return Some(self.told(finding, variant, Some(size), voice));
        }
        let sizes = listed(&variants, |variant| size_of(variant).to_owned());
        let key = if sizes.is_empty() {
            "stock-unsized"
        } else {
            "stock-no-size"
        };
        let text = voice.say_with(
            key,
            &[
                ("item", item.title_in(&voice.code())),
                ("wanted", size),
                ("sizes", &sizes),
            ],
        );
        finding = finding.says(text).about(Record::product(&item.id));
        Some(finding)
    }

    fn told(&self, finding: Finding, variant: &Arc<Item>, size: Option<&str>, voice: &Voice) -> Finding {
        let stock = stock_text(variant, voice).unwrap_or_default();
        let key = match (variant.is_sold(), size) {
            (true, Some(_)) => "stock-yes-size",
            (true, None) => "stock-yes",
            (false, Some(_)) => "stock-out-size",
            (false, None) => "stock-out",
        };
        let text = voice.say_with(
            key,
            &[
                ("item", variant.title_in(&voice.code())),
                ("size", size.unwrap_or_default()),
                ("stock", &stock),
            ],
        );
        let mut finding = finding.says(text).about(Record::product(&variant.id));
        finding.focus = Some(variant.id.clone());
        finding
    }

    /// What the catalogue says of a product.
    pub(super) async fn describe(&self, id: &str, voice: &Voice) -> Option<Finding> {
        let item = self.catalogue.get(id)?;
        let mut finding = Finding::of(Doing::DescribeProduct).about(Record::product(&item.id));
        finding.focus = Some(item.id.clone());
        finding.parts.push(Part::Text {
            text: item.description.clone(),
        });
        finding.parts.push(Part::Cards {
            prompt: String::new(),
            cards: vec![product_card(self, &item, "", voice).await],
        });
        Some(finding)
    }
}

/// The different values of an attribute, in their order.
fn listed(variants: &[Arc<Item>], value: impl Fn(&Item) -> String) -> String {
    let mut values: Vec<String> = Vec::new();
    for variant in variants.iter().filter(|variant| variant.is_sold()) {
        let value = value(variant);
        if !value.is_empty() && !values.contains(&value) {
            values.push(value);
        }
    }
    values.join(", ")
}

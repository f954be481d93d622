//! The page of one product.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::card::{Price, Stock, address, encoded, picture};
use super::listing::Step;
use super::rows::{Row, similar};
use crate::catalog::{Availability, Item};
use crate::text::money::plain_amount;
use crate::text::say::Voice;
use crate::web::App;
use crate::web::pages::{Frame, Pieces, not_found_page, page};
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "product.html")]
struct ProductPage<'a> {
    frame: Frame<'a>,
    item: Arc<Item>,
    /// In the visitor's language; so the description.
    title: String,
    description: String,
    picture: Option<String>,
    price: Option<Price>,
    stock: Stock,
    offer: Option<Offer>,
    path: Vec<Step>,
    attributes: Vec<(String, String)>,
    variants: Vec<Variant>,
    /// Where else it is shown; `None`: here only.
    elsewhere: Option<String>,
    similar: Row,
}

/// The offer as search engines read it.
struct Offer {
    price: String,
    currency: String,
    availability: &'static str,
}

/// Another colour or size of the product.
struct Variant {
    /// What sets it apart.
    name: String,
    address: String,
    is_this: bool,
    is_sold: bool,
}

pub async fn product(
    State(app): State<App>,
    pieces: Pieces,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Some(item) = app.catalogue.get(&id) else {
        return Ok(not_found_page(&app, pieces));
    };
    let mut frame = Frame::new(&app, "products-title").with(pieces);
    frame.title = item.title_in(&app.locale()).to_owned();
    let similar = similar(&app, &frame, &item).await?;
    page(&ProductPage {
        picture: picture(&item.image),
        price: Price::of(&item, &app.locale()),
        stock: Stock::of(&item, &frame),
        offer: Offer::of(&item),
        path: path(&item, &app.locale()),
        title: item.title_in(&app.locale()).to_owned(),
        description: item.description_in(&app.locale()).to_owned(),
        attributes: attributes(&item, &frame.voice),
        variants: variants(&app, &item, &app.locale()),
        elsewhere: elsewhere(&item.link),
        similar,
        frame,
        item,
    })
}

impl Offer {
    fn of(item: &Item) -> Option<Self> {
        let costs = item.costs()?;
        let availability = match item.availability {
            _ if !item.is_sold() => "https://schema.org/OutOfStock",
            Availability::Preorder => "https://schema.org/PreOrder",
            Availability::Backorder => "https://schema.org/BackOrder",
            _ => "https://schema.org/InStock",
        };
        Some(Self {
            price: plain_amount(costs.minor, &costs.currency),
            currency: costs.currency,
            availability,
        })
    }
}

fn path(item: &Item, locale: &str) -> Vec<Step> {
    let levels = 1..=item.category.len();
    let step = |level: usize| Step {
        name: item.category_in(locale)[level - 1].clone(),
        address: format!(
            "/products?category={}",
            encoded(&item.category[..level].join(" > "))
        ),
        count: 0,
    };
    levels.map(step).collect()
}

fn attributes(item: &Item, voice: &Voice) -> Vec<(String, String)> {
    let locale = voice.code();
    // In the shop's own language, attributes are called as the feed calls them.
    let translated = item.texts.contains_key(&locale);
    let given = item.attributes.iter().filter(|(_, value)| !value.is_empty());
    given
        .map(|(name, value)| {
            let shown = item.attribute_in(name, &locale).unwrap_or(value);
            let known = translated.then(|| label(name, voice));
            (known.unwrap_or_else(|| in_words(name)), shown.to_owned())
        })
        .collect()
}

/// An attribute's name in the visitor's language; of one that has no words of ours, as the feed calls it.
fn label(name: &str, voice: &Voice) -> String {
    let key = format!("attribute-{}", name.replace('_', "-"));
    voice.known(&key).unwrap_or_else(|| in_words(name))
}

/// `temperature_rating` as people write it.
fn in_words(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// All variants, if there are others; each is named by the attributes in which they differ.
fn variants(app: &App, item: &Item, locale: &str) -> Vec<Variant> {
    let all = app.catalogue.variants(item);
    if all.len() < 2 {
        return Vec::new();
    }
    let names: BTreeSet<&String> = all.iter().flat_map(|variant| variant.attributes.keys()).collect();
    let differ = |name: &&String| {
        let first = all[0].attributes.get(*name);
        all.iter().any(|variant| variant.attributes.get(*name) != first)
    };
    let telling: Vec<&String> = names.into_iter().filter(differ).collect();
    let variant = |variant: &Arc<Item>| {
        let values = telling
            .iter()
            .filter_map(|name| variant.attribute_in(name, locale));
        let values: Vec<&str> = values.collect();
        Variant {
            name: if values.is_empty() {
                variant.title_in(locale).to_owned()
            } else {
                values.join(", ")
            },
            address: address(&variant.id),
            is_this: variant.id == item.id,
            is_sold: variant.is_sold(),
        }
    };
    all.iter().map(variant).collect()
}

fn elsewhere(link: &str) -> Option<String> {
    let outside = link.starts_with("https://") || link.starts_with("http://");
    outside.then(|| link.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_attributes_read_like_words() {
        assert_eq!(in_words("temperature_rating"), "Temperature rating");
        assert_eq!(in_words(""), "");
    }
}

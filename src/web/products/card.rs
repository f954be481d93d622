//! A product as pages show it beside others.

use crate::catalog::{Availability, Item, ItemHit};
pub use crate::catalog::{address, encoded, picture};
use crate::recommend::Recommendation;
use crate::text::money::money_text;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::recommend::reason_text;

/// So few pieces are named.
const FEW: i64 = 5;

/// What a card shows, in words of the shop's language.
pub struct Card {
    pub id: String,
    pub address: String,
    pub title: String,
    /// `None`: there is none that a page may load.
    pub picture: Option<String>,
    pub price: Option<Price>,
    pub stock: Stock,
    /// How many variants there are to choose from; empty where there is no choice.
    pub variants: String,
    /// Why it is recommended; empty in lists that recommend nothing.
    pub reason: String,
}

/// A price, and the usual one where it is lowered.
pub struct Price {
    pub now: String,
    pub before: Option<String>,
}

/// Whether it can be had.
pub struct Stock {
    pub text: String,
    pub is_sold: bool,
}

impl Card {
    pub fn of(item: &Item, variants: usize, frame: &Frame<'_>, locale: &str) -> Self {
        Self {
            id: item.id.clone(),
            address: address(&item.id),
            title: item.title_in(locale).to_owned(),
            picture: picture(&item.image),
            price: Price::of(item, locale),
            stock: Stock::of(item, frame),
            variants: if variants > 1 {
                let count = variants.to_string();
                frame
                    .voice
                    .say_with("products-variants-count", &[("count", &count)])
            } else {
                String::new()
            },
            reason: String::new(),
        }
    }

    pub fn of_hit(hit: &ItemHit, frame: &Frame<'_>, locale: &str) -> Self {
        Self::of(&hit.item, hit.variants, frame, locale)
    }

    /// With the reason in words.
    pub fn recommended(app: &App, found: &Recommendation, frame: &Frame<'_>) -> Self {
        let variants = app.catalogue.variants(&found.item).len();
        Self {
            reason: reason_text(app, &frame.voice, found),
            ..Self::of(&found.item, variants, frame, &app.locale())
        }
    }
}

impl Price {
    pub fn of(item: &Item, locale: &str) -> Option<Self> {
        let price = item.price.as_ref()?;
        let text = |minor| money_text(minor, &price.currency, locale);
        Some(match item.sale_price {
            Some(lowered) => Self {
                now: text(lowered),
                before: Some(text(price.minor)),
            },
            None => Self {
                now: text(price.minor),
                before: None,
            },
        })
    }
}

impl Stock {
    pub fn of(item: &Item, frame: &Frame<'_>) -> Self {
        let is_sold = item.is_sold();
        let text = match (item.availability, item.stock) {
            _ if !is_sold => frame.say("products-sold-out"),
            (Availability::Preorder, _) => frame.say("products-preorder"),
            (Availability::Backorder, _) => frame.say("products-backorder"),
            (_, Some(left)) if left <= FEW => frame
                .voice
                .say_with("products-few-left", &[("count", &left.to_string())]),
            _ => frame.say("products-in-stock"),
        };
        Self { text, is_sold }
    }
}

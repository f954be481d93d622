//! A product as pages show it beside others.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::catalog::{Availability, Item, ItemHit};
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
            title: item.title.clone(),
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
            ..Self::of(&found.item, variants, frame, &app.config.locale)
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

/// The address of a product's page.
pub fn address(id: &str) -> String {
    format!("/products/{}", encoded(id))
}

/// What stands for itself in any part of an address (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Text as a part of an address: every byte that may mean something there is escaped.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// The address of a picture that a page may load: the shop's own, or one by https.
pub fn picture(link: &str) -> Option<String> {
    let link = link.trim();
    if let Some(rest) = link.strip_prefix("http://") {
        return Some(format!("https://{rest}"));
    }
    let own = link.starts_with('/') && !link.starts_with("//");
    (own || link.starts_with("https://")).then(|| link.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_kind_have_an_address() {
        assert_eq!(address("LF-1101"), "/products/LF-1101");
        assert_eq!(address("a/b?c#d é"), "/products/a%2Fb%3Fc%23d%20%C3%A9");
    }

    #[test]
    fn pictures_come_from_the_shop_or_by_https() {
        for (link, shown) in [
            ("/pictures/tent/moss.svg", Some("/pictures/tent/moss.svg")),
            ("http://shop.example/a.jpg", Some("https://shop.example/a.jpg")),
            ("https://shop.example/a.jpg", Some("https://shop.example/a.jpg")),
            ("//shop.example/a.jpg", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(picture(link).as_deref(), shown, "{link}");
        }
    }
}

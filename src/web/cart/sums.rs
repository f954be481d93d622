//! What a cart or an order costs, in words: each offer with what it takes off, shipping, the total.

use crate::promotions::campaign::MinorUnits;
use crate::promotions::outcome::{AppliedOffer, Outcome};
use crate::promotions::words;
use crate::text::money::money_text;
use crate::web::App;
use crate::web::pages::Frame;

#[derive(Default)]
pub struct Sums {
    pub items: String,
    /// What takes something off the items.
    pub offers: Vec<OfferRow>,
    pub shipping: String,
    /// What shipping costs without offers, where one lowers it.
    pub shipping_before: Option<String>,
    /// What lowers it.
    pub shipping_offers: Vec<OfferRow>,
    pub total: String,
    pub total_minor: MinorUnits,
    /// How much is saved in all, in words; empty where nothing is.
    pub saved: String,
}

/// An offer with what it takes off.
pub struct OfferRow {
    pub name: String,
    /// Empty: it came by itself.
    pub code: String,
    pub amount: String,
}

impl OfferRow {
    /// An offer with what it takes off, in words.
    pub fn of(offer: &AppliedOffer, off: &str) -> Self {
        Self {
            name: offer.name.clone(),
            code: offer.code.clone().unwrap_or_default(),
            amount: format!("\u{2212}{off}"),
        }
    }
}

impl Sums {
    pub fn of(app: &App, frame: &Frame<'_>, outcome: &Outcome) -> Self {
        let mut outcome = outcome.clone();
        words::put_in(&app.promotions, &mut outcome, &frame.voice.code());
        let text = |minor: MinorUnits| money_text(minor, &outcome.currency, &app.locale());
        let row = |offer, off| OfferRow::of(offer, &text(off));
        let applied = outcome.applied.iter();
        let off_items = applied
            .clone()
            .filter(|offer| offer.amount > offer.shipping)
            .map(|offer| row(offer, offer.amount - offer.shipping));
        let off_shipping = applied.clone().filter(|offer| offer.shipping > 0);
        let lowered: MinorUnits = off_shipping.clone().map(|offer| offer.shipping).sum();
        let left = outcome.shipping - lowered;
        Self {
            items: text(outcome.subtotal),
            offers: off_items.collect(),
            shipping: match left {
                0 => frame.say("cart-free"),
                left => text(left),
            },
            shipping_before: (lowered > 0).then(|| text(outcome.shipping)),
            shipping_offers: off_shipping.map(|offer| row(offer, offer.shipping)).collect(),
            total: text(outcome.total),
            total_minor: outcome.total,
            saved: match outcome.discount {
                0 => String::new(),
                saved => frame.voice.say_with("cart-saved", &[("amount", &text(saved))]),
            },
        }
    }
}

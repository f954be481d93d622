//! Products and offers as cards.

use super::Shelf;
use crate::catalog::{Item, address, picture};
use crate::chat::policy::Button;
use crate::chat::reply::{Card, CardAction, CardKind, Price};
use crate::orders::cart_line;
use crate::promotions::campaign::{Campaign, Class, Codes};
use crate::promotions::cart::{Cart, Shopper};
use crate::promotions::outcome::{AppliedOffer, Occasion, Outcome};
use crate::store::{Millis, now};
use crate::text::money::money_text;
use crate::text::say::Voice;
use crate::text::script::tight;

/// Where orders of the chat come from, as conditions of campaigns name it.
pub(super) const CHANNEL: &str = "chat";
/// Of so few pieces the number is told.
const FEW: i64 = 5;

/// A product as a card, with what it costs with the best offer that anybody may use.
pub(super) async fn product_card(shelf: &Shelf, item: &Item, reason: &str, voice: &Voice) -> Card {
    let mut card = plain_card(item, reason, voice);
    if let Some(price) = &mut card.price {
        price.offer = with_offer(shelf, item, voice).await;
    }
    card
}

/// A product as a card.
pub(super) fn plain_card(item: &Item, reason: &str, voice: &Voice) -> Card {
    let locale = voice.code();
    let price = price_of(item, &locale);
    let told = [price.as_ref().map_or("", |price| &price.now), reason];
    let told: Vec<&str> = told.into_iter().filter(|part| !part.is_empty()).collect();
    let postback = |key: &str, button: Button| CardAction::Postback {
        text: voice.say(key),
        payload: button.value(),
    };
    let id = || item.id.clone();
    let mut actions = vec![CardAction::Link {
        text: voice.say("card-view"),
        uri: address(&item.id),
    }];
    if item.is_sold() {
        actions.push(postback("card-add", Button::PutInCart { item: id() }));
    }
    actions.push(postback("card-like", Button::Like { item: id() }));
    actions.push(postback("card-dismiss", Button::NotForMe { item: id() }));
    Card {
        kind: CardKind::Product,
        id: id(),
        title: item.title_in(&locale).to_owned(),
        description: told.join(" · "),
        link: address(&item.id),
        media_url: picture(&item.image),
        price,
        stock: stock_text(item, voice),
        reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
        actions,
        ..Card::default()
    }
}

fn price_of(item: &Item, locale: &str) -> Option<Price> {
    let costs = item.costs()?;
    let usual = item.price.as_ref().filter(|usual| usual.minor > costs.minor);
    Some(Price {
        now: money_text(costs.minor, &costs.currency, locale),
        was: usual.map(|usual| money_text(usual.minor, &usual.currency, locale)),
        offer: None,
    })
}

/// Whether it can be had, where that is not plain.
pub(super) fn stock_text(item: &Item, voice: &Voice) -> Option<String> {
    use crate::catalog::Availability;
    if !item.is_sold() {
        return Some(voice.say("stock-none"));
    }
    match (item.availability, item.stock) {
        (Availability::Preorder, _) => Some(voice.say("stock-preorder")),
        (Availability::Backorder, _) => Some(voice.say("stock-backorder")),
        (_, Some(left)) if left <= FEW => Some(voice.say_count("stock-few", "left", left)),
        _ => Some(voice.say("stock-some")),
    }
}

/// What one piece comes to with the offers that shoppers are told of, where that is less.
async fn with_offer(shelf: &Shelf, item: &Item, voice: &Voice) -> Option<String> {
    let costs = item.costs()?;
    let occasion = Occasion {
        cart: Cart {
            currency: costs.currency.clone(),
            lines: vec![cart_line(item, 1, costs.minor)],
            ..Cart::default()
        },
        shopper: Shopper {
            channel: CHANNEL.into(),
            ..Shopper::default()
        },
        at: now(),
        codes: Vec::new(),
    };
    let (evaluation, _) = shelf.promotions.qualify(&occasion, None).await.ok()?;
    let outcome = Outcome::of(&occasion.cart, &evaluation);
    // What comes off an order as a whole says nothing of this product.
    let is_of_products = |offer: &AppliedOffer| offer.class == Class::Product || offer.code.is_some();
    if outcome.total >= costs.minor || !outcome.applied.iter().any(is_of_products) {
        return None;
    }
    let total = money_text(outcome.total, &costs.currency, &voice.code());
    let codes: Vec<&str> = outcome
        .applied
        .iter()
        .filter_map(|offer| offer.code.as_deref())
        .collect();
    Some(match codes.as_slice() {
        [] => voice.say_with("card-offer", &[("total", &total)]),
        codes => voice.say_with(
            "card-offer-code",
            &[("total", &total), ("code", &codes.join(", "))],
        ),
    })
}

/// An offer as a card; `worth`: what it does to the shopper's cart, in words.
pub(super) fn offer_card(campaign: &Campaign, worth: Option<String>, has_cart: bool, voice: &Voice) -> Card {
    let locale = voice.code();
    let code = match &campaign.codes {
        Codes::Public { code } => Some(code.clone()),
        _ => None,
    };
    let how = match &code {
        Some(code) => voice.say_with("bot-offer-code", &[("code", code)]),
        None => voice.say("bot-offer-automatic"),
    };
    let mut actions = Vec::new();
    if let Some(code) = &code {
        actions.push(CardAction::Copy {
            text: voice.say("card-copy"),
            payload: code.clone(),
        });
        if has_cart {
            actions.push(CardAction::Postback {
                text: voice.say("card-apply"),
                payload: Button::ApplyCode { code: code.clone() }.value(),
            });
        }
    }
    Card {
        kind: CardKind::Offer,
        id: campaign.id.clone(),
        title: campaign.name_in(&locale).to_owned(),
        description: tight(&format!("{} {how}", campaign.description_in(&locale))),
        reason: worth,
        code,
        expires: campaign.schedule.ends_at.and_then(|at| {
            let until = last_day(campaign, at)?;
            Some(voice.say_with("card-until", &[("day", &until)]))
        }),
        actions,
        ..Card::default()
    }
}

/// The last day on which it runs, as its own clock has it.
fn last_day(campaign: &Campaign, ends_at: Millis) -> Option<String> {
    let local = campaign.schedule.time_zone.local(ends_at - 1)?;
    Some(local.strftime("%Y-%m-%d").to_string())
}

//! The shopper's cart: what goes in and out, what it comes to, a code for it.

use super::offers::within_reach;
use super::{Asking, Finding, Record, Shelf};
use crate::catalog::address;
use crate::chat::asks::Doing;
use crate::chat::reply::{CartSums, Part};
use crate::orders::{BasketError, Entered, OrderError};
use crate::promotions::outcome::Outcome;
use crate::promotions::words;
use crate::text::money::money_text;
use crate::text::say::Voice;

/// Codes that don't exist, of one conversation: more are guesses.
const GUESSES: u8 = 10;

impl Shelf {
    pub(super) async fn put_in_cart(&self, id: &str, quantity: u32, asking: &Asking<'_>) -> Option<Finding> {
        let item = self.catalogue.get(id)?;
        let mut finding = Finding::of(Doing::PutInCart).about(Record::product(&item.id));
        finding.focus = Some(item.id.clone());
        let Some(cart) = asking.cart else {
            let page = address(&item.id);
            let variables = [
                ("item", item.title_in(&asking.voice.code())),
                ("page", page.as_str()),
            ];
            return Some(finding.says(asking.voice.say_with("bot-cart-unreachable", &variables)));
        };
        let key = format!("{} {id}", asking.key);
        let wrong = match self.orders.put_once(cart, id, quantity, &key).await {
            Ok(_) => {
                let count = quantity.to_string();
                let variables = [
                    ("item", item.title_in(&asking.voice.code())),
                    ("count", count.as_str()),
                ];
                let text = asking.voice.say_with("bot-cart-added", &variables);
                return Some(self.with_sums(finding, text, asking).await);
            }
            Err(OrderError::Basket(BasketError::NotSold)) => "bot-cart-sold-out",
            Err(OrderError::Basket(BasketError::Quantity)) => "bot-cart-quantity",
            Err(OrderError::Basket(_)) => "bot-cart-full",
            Err(error) => {
                tracing::warn!(%error, "a cart can't be changed");
                "bot-cart-failed"
            }
        };
        Some(
            finding.says(
                asking
                    .voice
                    .say_with(wrong, &[("item", item.title_in(&asking.voice.code()))]),
            ),
        )
    }

    pub(super) async fn take_out(&self, id: &str, asking: &Asking<'_>) -> Option<Finding> {
        let cart = asking.cart?;
        let item = self.catalogue.get(id)?;
        let finding = Finding::of(Doing::TakeOutOfCart).about(Record::product(&item.id));
        let had = self.orders.cart(cart).await.ok()?;
        if !had.basket.lines.iter().any(|line| line.item == id) {
            return Some(finding.says(asking.voice.say_with(
                "bot-cart-has-none",
                &[("item", item.title_in(&asking.voice.code()))],
            )));
        }
        self.orders.remove(cart, id).await.ok()?;
        let text = asking.voice.say_with(
            "bot-cart-removed",
            &[("item", item.title_in(&asking.voice.code()))],
        );
        Some(self.with_sums(finding, text, asking).await)
    }

    /// What is in the cart and what it comes to, with what offers take off.
    pub(super) async fn show_cart(&self, asking: &Asking<'_>) -> Option<Finding> {
        let cart = self.orders.cart(asking.cart?).await.ok()?;
        let mut finding = Finding::of(Doing::ShowCart).about(Record::Cart);
        let Some(weighed) = self.weighed(asking, &[]).await else {
            return Some(finding.says(asking.voice.say("bot-cart-empty")));
        };
        let (outcome, voice) = (&weighed.outcome, asking.voice);
        let mut lines = vec![voice.say_count("bot-cart-holds", "pieces", cart.basket.pieces().into())];
        lines.push(String::new());
        for line in &outcome.lines {
            let item = self.catalogue.get(&line.item);
            let title = item.map_or_else(
                || line.item.clone(),
                |item| item.title_in(&voice.code()).to_owned(),
            );
            let count = line.quantity.to_string();
            let costs = money_text(line.subtotal, &outcome.currency, &voice.code());
            let variables = [
                ("count", count.as_str()),
                ("item", title.as_str()),
                ("costs", costs.as_str()),
            ];
            lines.push(voice.say_with("bot-cart-line", &variables));
            finding.records.push(Record::product(&line.item));
        }
        lines.extend(offers_in_words(outcome, voice));
        finding
            .records
            .extend(outcome.applied.iter().map(|offer| Record::Campaign {
                id: offer.campaign.clone(),
            }));
        let sums = sums(cart.basket.pieces(), outcome, voice);
        lines.push(String::new());
        lines.push(voice.say_with("bot-cart-total", &[("total", &sums.total)]));
        finding.parts.push(Part::Cart {
            text: lines.join("\n"),
            cart: sums,
        });
        finding.shown = Some(outcome.lines.iter().map(|line| line.item.clone()).collect());
        Some(finding)
    }

    /// Puts a code into the cart, and says what it does there.
    pub(super) async fn apply_code(&self, code: &str, asking: &Asking<'_>) -> Option<Finding> {
        let voice = asking.voice;
        let finding = Finding::of(Doing::ApplyCode);
        let Some(cart) = asking.cart else {
            return Some(finding.says(voice.say_with("bot-code-no-cart", &[("code", code)])));
        };
        let cart = self.orders.cart(cart).await.ok()?;
        if cart.basket.is_empty() {
            return Some(finding.says(voice.say_with("bot-code-empty-cart", &[("code", code)])));
        }
        if asking.guesses >= GUESSES {
            tracing::warn!("codes are guessed in the chat");
            return Some(finding.says(voice.say("cart-code-guesses")));
        }
        let entered = match self.orders.enter(&cart, code).await {
            Ok(entered) => entered,
            Err(OrderError::Basket(_)) => return Some(finding.says(voice.say("bot-code-many"))),
            Err(error) => {
                tracing::warn!(%error, "a code can't be entered");
                return Some(finding.says(voice.say("bot-cart-failed")));
            }
        };
        Some(match entered {
            Entered::Unknown => Finding {
                guessed: true,
                ..finding.says(voice.say_with("bot-code-unknown", &[("code", code)]))
            },
            Entered::Refused(offer) => {
                let currency = self.catalogue.currency().unwrap_or_default();
                let why = words::messages(&self.promotions, voice, &offer, &currency, false).join(" ");
                let finding = finding.says(voice.say_with("bot-code-bad", &[("code", code), ("why", &why)]));
                with_campaign(finding, offer.campaign)
            }
            Entered::Kept => self.kept(finding, code, asking).await,
        })
    }

    /// What a code does that was put into the cart.
    async fn kept(&self, finding: Finding, code: &str, asking: &Asking<'_>) -> Finding {
        let voice = asking.voice;
        let Some(weighed) = self.weighed(asking, &[]).await else {
            return finding.says(voice.say_with("bot-code-kept", &[("code", code)]));
        };
        let outcome = &weighed.outcome;
        if let Some(applied) = outcome.brought_by(code) {
            let amount = money_text(applied.amount, &outcome.currency, &voice.code());
            let text = voice.say_with("bot-code-applied", &[("code", code), ("amount", &amount)]);
            let finding = with_campaign(finding, Some(applied.campaign.clone()));
            return self.with_sums(finding, text, asking).await;
        }
        let other = outcome
            .turned_down(code)
            .map(|offer| within_reach(outcome, offer));
        let why = other.map(|offer| self.why(offer, &outcome.currency, voice));
        let text = voice.say_with(
            "bot-code-waits",
            &[("code", code), ("why", &why.unwrap_or_default())],
        );
        let campaign = other.and_then(|offer| offer.campaign.clone());
        with_campaign(finding, campaign).says(text).about(Record::Cart)
    }

    /// A sentence with what the cart comes to behind it.
    async fn with_sums(&self, mut finding: Finding, text: String, asking: &Asking<'_>) -> Finding {
        finding.records.push(Record::Cart);
        let pieces = match asking.cart {
            Some(cart) => self
                .orders
                .cart(cart)
                .await
                .map_or(0, |cart| cart.basket.pieces()),
            None => 0,
        };
        let Some(weighed) = self.weighed(asking, &[]).await else {
            let cart = CartSums::default();
            let text = format!("{text} {}", asking.voice.say("bot-cart-empty"));
            finding.parts.push(Part::Cart { text, cart });
            return finding;
        };
        let sums = sums(pieces, &weighed.outcome, asking.voice);
        let total = asking.voice.say_with("bot-cart-total", &[("total", &sums.total)]);
        let offers = offers_in_words(&weighed.outcome, asking.voice).join(" ");
        let text = [text, offers, total].join(" ").replace("  ", " ");
        finding
            .records
            .extend(weighed.outcome.applied.iter().map(|offer| Record::Campaign {
                id: offer.campaign.clone(),
            }));
        finding.parts.push(Part::Cart { text, cart: sums });
        finding
    }
}

fn sums(pieces: u32, outcome: &Outcome, voice: &Voice) -> CartSums {
    CartSums {
        pieces,
        total: money_text(outcome.total, &outcome.currency, &voice.code()),
    }
}

/// What each offer takes off.
fn offers_in_words(outcome: &Outcome, voice: &Voice) -> Vec<String> {
    let applied = outcome.applied.iter().map(|offer| {
        let amount = money_text(offer.amount, &outcome.currency, &voice.code());
        voice.say_with("bot-cart-offer", &[("offer", &offer.name), ("amount", &amount)])
    });
    applied.collect()
}

fn with_campaign(finding: Finding, campaign: Option<String>) -> Finding {
    match campaign {
        Some(id) => finding.about(Record::Campaign { id }),
        None => finding,
    }
}

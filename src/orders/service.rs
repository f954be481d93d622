//! Carts in service: what a browser's cart holds, what it costs, and which codes it takes.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::basket::{Basket, BasketError};
use super::cart_rows::{self, StoredCart};
use super::contact::Contact;
use super::order_rows::{self, Order};
use super::priced::Priced;
use super::{OrderError, placing};
use crate::catalog::{Catalogue, Money};
use crate::promotions::cart::Shopper;
use crate::promotions::codes::code_key;
use crate::promotions::outcome::{Occasion, Outcome, RefusedOffer};
use crate::promotions::reason::Reason;
use crate::promotions::{PromotionError, Promotions};
use crate::store::{Millis, Store, StoreError, now};

/// Changes of one cart at once: the later one looks again.
const ATTEMPTS: usize = 5;
/// How long a checkout keeps its offers back.
pub const HOLD: Millis = 15 * 60 * 1000;
/// A cart that nobody has touched for so long is deleted. Its browser has forgotten it by then.
const FORGOTTEN_AFTER: Millis = 180 * 24 * 60 * 60 * 1000;
/// An order that is not placed after so long was left behind by a crash.
const LEFT_BEHIND_AFTER: Millis = 60 * 1000;
const WATCH_EVERY: Duration = Duration::from_secs(60);
/// Orders on the page of a browser's orders.
const HISTORY: i64 = 100;
/// Where orders of these pages come from, as conditions of campaigns name it, and where those of carts that were put
/// together in the chat do.
const CHANNEL: &str = "web";
const BY_CHAT: &str = "chat";

/// Handle to carts and orders; clones share everything.
#[derive(Clone)]
pub struct Orders {
    pub(super) store: Store,
    pub(super) catalogue: Catalogue,
    pub(super) promotions: Promotions,
    /// As the configuration has it.
    shipping: String,
}

/// What became of a code that was entered.
#[derive(Debug, Clone, PartialEq)]
pub enum Entered {
    /// It applies, or would if the cart or the hour were another.
    Kept,
    /// There is no such code: perhaps a guess.
    Unknown,
    /// It can't apply to this shopper, whatever they put into the cart.
    Refused(Box<RefusedOffer>),
}

impl Orders {
    /// `shipping`: its flat price in the currency of the catalogue, as `5.95`.
    pub fn new(store: Store, catalogue: Catalogue, promotions: Promotions, shipping: &str) -> Self {
        Self {
            store,
            catalogue,
            promotions,
            shipping: shipping.to_owned(),
        }
    }

    /// A browser's cart; an empty one where it has none.
    pub async fn cart(&self, id: &str) -> Result<StoredCart, OrderError> {
        Ok(cart_rows::of_id(&self.store, id).await?)
    }

    /// Changes a cart; the cart as it is then.
    pub async fn change(
        &self,
        id: &str,
        change: impl Fn(&mut StoredCart) -> Result<(), BasketError>,
    ) -> Result<StoredCart, OrderError> {
        for _ in 0..ATTEMPTS {
            let mut transaction = self.store.begin().await?;
            let mut cart = cart_rows::of_id_within(&mut transaction, id).await?;
            change(&mut cart)?;
            if cart_rows::write(&mut transaction, &cart).await? {
                transaction.commit().await.map_err(StoreError::from)?;
                return Ok(cart);
            }
            transaction.rollback().await.map_err(StoreError::from)?;
        }
        Err(OrderError::Busy)
    }

    /// Puts pieces of an item into a cart, once for each `key`.
    pub async fn put_once(
        &self,
        id: &str,
        item: &str,
        quantity: u32,
        key: &str,
    ) -> Result<StoredCart, OrderError> {
        let costs = self.price_of(item)?;
        self.change(id, |cart| cart.basket.put_once(item, quantity, &costs, key))
            .await
    }

    fn price_of(&self, item: &str) -> Result<Money, BasketError> {
        let known = self.catalogue.get(item).filter(|item| item.is_sold());
        known
            .as_ref()
            .and_then(|item| item.costs())
            .ok_or(BasketError::NotSold)
    }

    /// Puts pieces of an item into a cart.
    pub async fn put(&self, id: &str, item: &str, quantity: u32) -> Result<StoredCart, OrderError> {
        let costs = self.price_of(item)?;
        self.change(id, |cart| cart.basket.put(item, quantity, &costs))
            .await
    }

    /// Sets the pieces of a line. The price beside it counts as seen.
    pub async fn set_quantity(&self, id: &str, item: &str, quantity: u32) -> Result<StoredCart, OrderError> {
        let costs = self.catalogue.get(item).and_then(|item| item.costs());
        self.change(id, |cart| {
            cart.basket.set_quantity(item, quantity, costs.as_ref())
        })
        .await
    }

    pub async fn remove(&self, id: &str, item: &str) -> Result<StoredCart, OrderError> {
        self.change(id, |cart| {
            cart.basket.remove(item);
            Ok(())
        })
        .await
    }

    /// Tries a code on a cart, and keeps it there unless it is of no use.
    pub async fn enter(&self, cart: &StoredCart, code: &str) -> Result<Entered, OrderError> {
        let mut trial = cart.clone();
        trial.basket.enter(code)?;
        let occasion = self.occasion(&trial, &self.price(&trial.basket)).await?;
        let evaluation = self
            .promotions
            .evaluate(&occasion, Some(&session(&cart.id)))
            .await?;
        let outcome = Outcome::of(&occasion.cart, &evaluation);
        let key = code_key(code);
        let is_it = |offer: &&RefusedOffer| offer.code.as_deref().map(code_key).as_deref() == Some(&key);
        match outcome.refused.iter().find(is_it) {
            Some(unknown) if unknown.campaign.is_none() => Ok(Entered::Unknown),
            Some(refused) if !refused.reasons.iter().all(may_change) => {
                Ok(Entered::Refused(Box::new(refused.clone())))
            }
            _ => {
                self.change(&cart.id, |cart| cart.basket.enter(code)).await?;
                Ok(Entered::Kept)
            }
        }
    }

    pub async fn forget_code(&self, id: &str, code: &str) -> Result<StoredCart, OrderError> {
        self.change(id, |cart| {
            cart.basket.forget(code);
            Ok(())
        })
        .await
    }

    /// Notes to whom a cart goes.
    pub async fn address(&self, id: &str, contact: &Contact) -> Result<StoredCart, OrderError> {
        self.change(id, |cart| {
            cart.contact = Some(contact.clone());
            Ok(())
        })
        .await
    }

    /// What the catalogue says of a basket now.
    pub fn price(&self, basket: &Basket) -> Priced {
        let currency = self.catalogue.currency().unwrap_or_else(|| "USD".into());
        Priced::of(basket, &currency, &self.shipping, |id| self.catalogue.get(id))
    }

    /// What offers of a cart go by: once it is known to whom it goes, that too.
    pub async fn occasion(&self, cart: &StoredCart, priced: &Priced) -> Result<Occasion, OrderError> {
        let id = cart.contact.as_ref().map(Contact::shopper);
        let orders = match &id {
            Some(id) => order_rows::count(&self.store, id).await?,
            None => 0,
        };
        Ok(Occasion {
            cart: priced.cart.clone(),
            shopper: Shopper {
                id,
                orders: orders.unsigned_abs(),
                channel: if cart.basket.by_chat { BY_CHAT } else { CHANNEL }.into(),
                ..Shopper::default()
            },
            at: now(),
            codes: cart.basket.codes.clone(),
        })
    }

    /// The best price of a cart as things stand, with the offers that shoppers are told of.
    pub async fn best(&self, cart: &StoredCart, occasion: &Occasion) -> Result<Outcome, OrderError> {
        let (evaluation, _) = self
            .promotions
            .qualify(occasion, Some(&session(&cart.id)))
            .await?;
        Ok(Outcome::of(&occasion.cart, &evaluation))
    }

    /// Keeps back what `outcome` has for a quarter of an hour. `false`: somebody else had the last of it meanwhile.
    pub async fn hold(
        &self,
        cart: &StoredCart,
        occasion: Occasion,
        outcome: &Outcome,
    ) -> Result<bool, OrderError> {
        let occasion = with_applied_codes(occasion, outcome);
        let held = self
            .promotions
            .hold(occasion, &session(&cart.id), now() + HOLD)
            .await;
        match held {
            Ok(held) => Ok(held.total <= outcome.total),
            Err(PromotionError::Refused(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// An order of this browser.
    pub async fn order(&self, cart: &str, number: i64) -> Result<Option<Order>, OrderError> {
        Ok(order_rows::of_number(&self.store, cart, number).await?)
    }

    /// This browser's orders, newest first.
    pub async fn history(&self, cart: &str) -> Result<Vec<Order>, OrderError> {
        Ok(order_rows::of_cart(&self.store, cart, HISTORY).await?)
    }

    /// Ends what a crash left in the middle, and deletes forgotten carts, until `stop`.
    pub fn watch(&self, stop: CancellationToken) -> JoinHandle<()> {
        let orders = self.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = orders.look_after().await {
                    tracing::warn!(%error, "orders can't be looked after");
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(WATCH_EVERY) => {}
                }
            }
        })
    }

    async fn look_after(&self) -> Result<(), OrderError> {
        for order in order_rows::unfinished(&self.store, now() - LEFT_BEHIND_AFTER).await? {
            let number = order.number;
            let placed = placing::finish(self, order).await?;
            tracing::info!(number, placed = placed.is_ok(), "an unfinished order taken up");
        }
        cart_rows::delete_untouched(&self.store, now() - FORGOTTEN_AFTER).await?;
        Ok(())
    }
}

/// The name under which a cart's offers are kept back.
pub fn session(cart: &str) -> String {
    format!("cart:{cart}")
}

/// With the codes that apply and no other: one that doesn't would be refused, and the order with it.
pub fn with_applied_codes(occasion: Occasion, outcome: &Outcome) -> Occasion {
    let applied = outcome.applied.iter();
    Occasion {
        codes: applied.filter_map(|offer| offer.code.clone()).collect(),
        ..occasion
    }
}

/// Whether a code may apply later: with more in the cart, at another hour, or once it is known who orders.
fn may_change(reason: &Reason) -> bool {
    reason.is_near()
        || matches!(
            reason,
            Reason::ProfileRequired
                | Reason::EffectCouldNotBeApplied
                | Reason::NotCombinable { .. }
                | Reason::TooManyOffers
        )
}

//! Placing an order, once, for no more than its shopper agreed to.
//!
//! 1. One transaction makes the cart an order that is being placed, under the id that the cart had for it: a second
//!    press of the button finds it there.
//! 2. Its offers are redeemed with that id as the key: tried again, after a crash or at the same time, it is the same
//!    redemption.
//! 3. The order is placed with the prices of the redemption. If these are higher than agreed, or a code is refused, the
//!    redemption is rolled back and the cart has its contents again.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::OrderError;
use super::cart_rows::{self, StoredCart};
use super::order_rows::{self, Order, OrderLine, Status};
use super::priced::Priced;
use super::service::{Orders, session, with_applied_codes};
use crate::promotions::campaign::MinorUnits;
use crate::promotions::outcome::{Occasion, Outcome};
use crate::promotions::roll_back::Returned;
use crate::promotions::{PromotionError, RedemptionRequest, RollBackRequest};
use crate::store::{StoreError, new_id, next_number, now};

/// Counts orders.
const NUMBERS: &str = "orders";
/// The till takes so many requests that a moment later it has room again.
const ATTEMPTS: u32 = 3;
const BETWEEN: Duration = Duration::from_millis(100);

/// An order that is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub id: String,
    pub number: i64,
    pub items: Vec<String>,
}

/// Why nothing was placed: the shopper has to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The page is of a cart that was changed or ordered since, or lacks an address.
    Cart,
    /// Something in it can't be had, or not as many.
    Stock,
    /// It costs more than was shown, or a code no longer applies.
    Price,
}

impl Orders {
    /// Places a cart's order. `checkout`: the order's id as the page had it; `shown`: the total on that page.
    pub async fn place(
        &self,
        cart: &str,
        checkout: &str,
        shown: MinorUnits,
    ) -> Result<Result<Placed, Changed>, OrderError> {
        if let Some(order) = self.begun(cart, checkout).await? {
            return finish(self, order).await;
        }
        let cart = self.cart(cart).await?;
        let Some(contact) = cart.contact.clone().filter(|_| cart.checkout == checkout) else {
            return self.pressed_before(&cart.id, checkout).await;
        };
        let priced = self.price(&cart.basket);
        if !priced.is_ready() {
            return Ok(Err(Changed::Stock));
        }
        let occasion = self.occasion(&cart, &priced).await?;
        let outcome = self.best(&cart, &occasion).await?;
        if outcome.total > shown {
            return Ok(Err(Changed::Price));
        }
        let order = Order {
            id: cart.checkout.clone(),
            number: 0,
            cart: cart.id.clone(),
            shopper: contact.shopper(),
            status: Status::Placing,
            contact,
            basket: cart.basket.clone(),
            lines: lines(&priced),
            occasion: with_applied_codes(occasion, &outcome),
            shown,
            redemption: None,
            outcome: None,
            placed_at: now(),
        };
        match self.begin(&cart, order).await? {
            Some(order) => finish(self, order).await,
            None => self.pressed_before(&cart.id, checkout).await,
        }
    }

    /// The cart isn't that of the page: another press of the button was quicker, or the cart was changed.
    async fn pressed_before(
        &self,
        cart: &str,
        checkout: &str,
    ) -> Result<Result<Placed, Changed>, OrderError> {
        match self.begun(cart, checkout).await? {
            Some(order) => finish(self, order).await,
            None => Ok(Err(Changed::Cart)),
        }
    }

    async fn begun(&self, cart: &str, checkout: &str) -> Result<Option<Order>, OrderError> {
        let order = order_rows::of_id(&self.store, checkout).await?;
        Ok(order.filter(|order| order.cart == cart))
    }

    /// The cart becomes the order; `None` when the cart is no longer as it was read.
    async fn begin(&self, cart: &StoredCart, order: Order) -> Result<Option<Order>, OrderError> {
        let mut transaction = self.store.begin().await?;
        let emptied = StoredCart {
            version: cart.version,
            ..StoredCart::empty(&cart.id)
        };
        if !cart_rows::write(&mut transaction, &emptied).await? {
            transaction.rollback().await.map_err(StoreError::from)?;
            return Ok(None);
        }
        let number = next_number(&mut transaction, NUMBERS).await?;
        let order = Order { number, ..order };
        order_rows::insert(&mut transaction, &order).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(Some(order))
    }

    /// The cart has its contents again, beside what was put into it since, and another id for its order.
    async fn withdraw(&self, order: &Order) -> Result<(), OrderError> {
        for _ in 0..ATTEMPTS {
            let mut transaction = self.store.begin().await?;
            if !order_rows::withdraw(&mut transaction, &order.id).await? {
                transaction.rollback().await.map_err(StoreError::from)?;
                return Ok(());
            }
            let mut cart = cart_rows::of_id_within(&mut transaction, &order.cart).await?;
            cart.basket.take_back(&order.basket);
            cart.contact.get_or_insert_with(|| order.contact.clone());
            cart.checkout = new_id();
            if cart_rows::write(&mut transaction, &cart).await? {
                transaction.commit().await.map_err(StoreError::from)?;
                return Ok(());
            }
            transaction.rollback().await.map_err(StoreError::from)?;
        }
        Err(OrderError::Busy)
    }
}

/// Redeems and settles an order that was begun; one that is placed stays as it is.
pub async fn finish(orders: &Orders, order: Order) -> Result<Result<Placed, Changed>, OrderError> {
    if order.status == Status::Placed {
        return Ok(Ok(placed(&order)));
    }
    let Some((redemption, outcome)) = redeem(orders, &order).await? else {
        orders.withdraw(&order).await?;
        return Ok(Err(Changed::Price));
    };
    if outcome.total > order.shown {
        let request = RollBackRequest {
            redemption,
            returned: Returned {
                pieces: None,
                reevaluate: false,
            },
            idempotency_key: Some(format!("order:{}", order.id)),
            fingerprint: fingerprint(&order),
        };
        orders.promotions.roll_back(&request).await?;
        orders.withdraw(&order).await?;
        return Ok(Err(Changed::Price));
    }
    order_rows::settle(&orders.store, &order.id, &redemption, &outcome).await?;
    Ok(Ok(placed(&order)))
}

/// The order's redemption with its prices; `None`: a code is refused, and nothing was used up.
async fn redeem(orders: &Orders, order: &Order) -> Result<Option<(String, Outcome)>, OrderError> {
    let mut attempt = 1;
    loop {
        let request = RedemptionRequest {
            occasion: Occasion::clone(&order.occasion),
            idempotency_key: Some(format!("order:{}", order.id)),
            fingerprint: fingerprint(order),
            order: Some(order.number.to_string()),
            session: Some(session(&order.cart)),
        };
        match orders.promotions.redeem(request).await {
            Ok(redeemed) => {
                let redemption = redeemed.redemption;
                return Ok(Some((redemption.id, redemption.outcome)));
            }
            Err(PromotionError::Refused(_)) => return Ok(None),
            Err(PromotionError::Busy) if attempt < ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(BETWEEN).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Stored orders don't change: one id, one request.
fn fingerprint(order: &Order) -> String {
    hex::encode(Sha256::digest(order.id.as_bytes()))
}

fn placed(order: &Order) -> Placed {
    Placed {
        id: order.id.clone(),
        number: order.number,
        items: order.lines.iter().map(|line| line.item.clone()).collect(),
    }
}

/// What is bought, as the catalogue calls it now.
fn lines(priced: &Priced) -> Vec<OrderLine> {
    let lines = priced.lines.iter().filter_map(|line| {
        let (item, place) = (line.item.as_ref()?, line.place?);
        let bought = &priced.cart.lines[place];
        Some(OrderLine {
            item: bought.item.clone(),
            title: item.title.clone(),
            image: item.image.clone(),
            quantity: bought.quantity,
            unit_price: bought.unit_price,
        })
    });
    lines.collect()
}

//! The SQL of orders.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::basket::Basket;
use super::contact::Contact;
use super::house::{OrderEvent, StoredEvent, insert_event};
use crate::promotions::campaign::MinorUnits;
use crate::promotions::outcome::{Occasion, Outcome};
use crate::store::{Millis, Store, StoreError, now};

/// What was bought, from whom it goes to whom, and for how much.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub id: String,
    /// For people.
    pub number: i64,
    /// Whose it is: the id of the cart that it was.
    pub cart: String,
    /// As promotions know them.
    pub shopper: String,
    pub status: Status,
    pub contact: Contact,
    pub basket: Basket,
    /// In the order of the lines of `occasion` and `outcome`.
    pub lines: Vec<OrderLine>,
    pub occasion: Occasion,
    /// The total that its shopper agreed to.
    pub shown: MinorUnits,
    pub redemption: Option<String>,
    /// Prices as paid; `None` while it is being placed.
    pub outcome: Option<Outcome>,
    pub placed_at: Millis,
}

/// An item as it was when it was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub item: String,
    pub title: String,
    pub image: String,
    pub quantity: u32,
    pub unit_price: MinorUnits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The button was pressed; what it uses up is not settled yet.
    Placing,
    Placed,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Placing => "placing",
            Self::Placed => "placed",
        }
    }
}

/// Stores a new order.
pub async fn insert(transaction: &mut Transaction<'static, Any>, order: &Order) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO orders (id, number, cart, shopper, status, contact, basket, lines, occasion, shown, placed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&order.id)
    .bind(order.number)
    .bind(&order.cart)
    .bind(&order.shopper)
    .bind(order.status.name())
    .bind(serde_json::to_string(&order.contact)?)
    .bind(serde_json::to_string(&order.basket)?)
    .bind(serde_json::to_string(&order.lines)?)
    .bind(serde_json::to_string(&order.occasion)?)
    .bind(order.shown)
    .bind(order.placed_at)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Notes what an order redeemed, and with that that it is placed. Told twice it is the same.
pub async fn settle(store: &Store, id: &str, redemption: &str, outcome: &Outcome) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    let settled = sqlx::query(
        "UPDATE orders SET status = 'placed', redemption = $2, outcome = $3 WHERE id = $1 AND status = 'placing'",
    )
    .bind(id)
    .bind(redemption)
    .bind(serde_json::to_string(outcome)?)
    .execute(&mut *transaction)
    .await?;
    if settled.rows_affected() == 1 {
        let first = StoredEvent {
            id: id.to_owned(),
            order: id.to_owned(),
            number: 1,
            event: OrderEvent::Placed,
            cause: None,
            idempotency_key: None,
            fingerprint: String::new(),
            at: now(),
        };
        insert_event(&mut transaction, &first).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Takes an order out that could not be placed; `false` when somebody else did, or it was placed.
pub async fn withdraw(transaction: &mut Transaction<'static, Any>, id: &str) -> Result<bool, StoreError> {
    let deleted = sqlx::query("DELETE FROM orders WHERE id = $1 AND status = 'placing'")
        .bind(id)
        .execute(&mut **transaction)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

pub async fn of_id(store: &Store, id: &str) -> Result<Option<Order>, StoreError> {
    let row = sqlx::query("SELECT * FROM orders WHERE id = $1")
        .bind(id)
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

pub async fn of_number(store: &Store, cart: &str, number: i64) -> Result<Option<Order>, StoreError> {
    let row = sqlx::query("SELECT * FROM orders WHERE cart = $1 AND number = $2")
        .bind(cart)
        .bind(number)
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

/// A placed order, whosever it is.
pub async fn placed(store: &Store, number: i64) -> Result<Option<Order>, StoreError> {
    let row = sqlx::query("SELECT * FROM orders WHERE number = $1 AND status = 'placed'")
        .bind(number)
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

/// The last `most` placed orders, newest first.
pub async fn last(store: &Store, most: i64) -> Result<Vec<Order>, StoreError> {
    let rows = sqlx::query("SELECT * FROM orders WHERE status = 'placed' ORDER BY number DESC LIMIT $1")
        .bind(most)
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(read).collect()
}

/// The last `most` placed orders of a shopper, as promotions know them, newest first.
pub async fn of_shopper(store: &Store, shopper: &str, most: i64) -> Result<Vec<Order>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM orders WHERE shopper = $1 AND status = 'placed' ORDER BY number DESC LIMIT $2",
    )
    .bind(shopper)
    .bind(most)
    .fetch_all(store.reader())
    .await?;
    rows.iter().map(read).collect()
}

/// The last `most` orders of one browser, newest first.
pub async fn of_cart(store: &Store, cart: &str, most: i64) -> Result<Vec<Order>, StoreError> {
    let rows = sqlx::query("SELECT * FROM orders WHERE cart = $1 ORDER BY number DESC LIMIT $2")
        .bind(cart)
        .bind(most)
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(read).collect()
}

/// Orders whose placing began before `before` and did not end.
pub async fn unfinished(store: &Store, before: Millis) -> Result<Vec<Order>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM orders WHERE status = 'placing' AND placed_at < $1 ORDER BY number")
            .bind(before)
            .fetch_all(store.reader())
            .await?;
    rows.iter().map(read).collect()
}

/// How many orders a shopper has placed and not cancelled.
pub async fn count(store: &Store, shopper: &str) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM orders WHERE shopper = $1 AND status = 'placed' AND NOT EXISTS (
             SELECT 1 FROM order_events AS ended WHERE ended.order_id = orders.id AND ended.kind = 'cancelled'
                 AND NOT EXISTS (SELECT 1 FROM order_events AS again WHERE again.order_id = ended.order_id
                     AND again.kind = 'reinstated' AND again.number > ended.number))",
    )
    .bind(shopper)
    .fetch_one(store.reader())
    .await?)
}

fn read(row: &AnyRow) -> Result<Order, StoreError> {
    let outcome: Option<&str> = row.try_get("outcome")?;
    let status: &str = row.try_get("status")?;
    Ok(Order {
        id: row.try_get("id")?,
        number: row.try_get("number")?,
        cart: row.try_get("cart")?,
        shopper: row.try_get("shopper")?,
        // The database keeps other names out.
        status: match status {
            "placed" => Status::Placed,
            _ => Status::Placing,
        },
        contact: serde_json::from_str(row.try_get("contact")?)?,
        basket: serde_json::from_str(row.try_get("basket")?)?,
        lines: serde_json::from_str(row.try_get("lines")?)?,
        occasion: serde_json::from_str(row.try_get("occasion")?)?,
        shown: row.try_get("shown")?,
        redemption: row.try_get("redemption")?,
        outcome: outcome.map(serde_json::from_str).transpose()?,
        placed_at: row.try_get("placed_at")?,
    })
}

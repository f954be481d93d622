//! The SQL of carts.

use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::basket::Basket;
use super::contact::Contact;
use crate::store::{Millis, Store, StoreError, new_id, now};

/// A cart as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCart {
    /// SHA-256 of its browser's secret.
    pub id: String,
    /// The id of the order that it becomes.
    pub checkout: String,
    pub basket: Basket,
    pub contact: Option<Contact>,
    /// 0: it isn't stored yet.
    pub(super) version: i64,
}

impl StoredCart {
    /// The cart of somebody who has none yet.
    pub fn empty(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            checkout: new_id(),
            basket: Basket::default(),
            contact: None,
            version: 0,
        }
    }
}

pub async fn of_id(store: &Store, id: &str) -> Result<StoredCart, StoreError> {
    let row = sqlx::query("SELECT * FROM carts WHERE id = $1")
        .bind(id)
        .fetch_optional(store.reader())
        .await?;
    let cart = row.as_ref().map(read).transpose()?;
    Ok(cart.unwrap_or_else(|| StoredCart::empty(id)))
}

/// The same inside a transaction.
pub async fn of_id_within(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
) -> Result<StoredCart, StoreError> {
    let row = sqlx::query("SELECT * FROM carts WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut **transaction)
        .await?;
    let cart = row.as_ref().map(read).transpose()?;
    Ok(cart.unwrap_or_else(|| StoredCart::empty(id)))
}

/// Stores a cart that was read at `cart.version`; `false` when another change came first.
pub async fn write(
    transaction: &mut Transaction<'static, Any>,
    cart: &StoredCart,
) -> Result<bool, StoreError> {
    let contact = cart.contact.as_ref().map(serde_json::to_string).transpose()?;
    let stored = sqlx::query(
        "INSERT INTO carts (id, checkout, version, basket, contact, updated_at) VALUES ($1, $2, $3 + 1, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET checkout = excluded.checkout, version = excluded.version,
             basket = excluded.basket, contact = excluded.contact, updated_at = excluded.updated_at
         WHERE carts.version = $3",
    )
    .bind(&cart.id)
    .bind(&cart.checkout)
    .bind(cart.version)
    .bind(serde_json::to_string(&cart.basket)?)
    .bind(contact)
    .bind(now())
    .execute(&mut **transaction)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// Deletes carts that nobody has changed since `before`; says how many.
pub async fn delete_untouched(store: &Store, before: Millis) -> Result<u64, StoreError> {
    let deleted = sqlx::query("DELETE FROM carts WHERE updated_at < $1")
        .bind(before)
        .execute(store.writer())
        .await?;
    Ok(deleted.rows_affected())
}

fn read(row: &AnyRow) -> Result<StoredCart, StoreError> {
    let contact: Option<&str> = row.try_get("contact")?;
    Ok(StoredCart {
        id: row.try_get("id")?,
        checkout: row.try_get("checkout")?,
        basket: serde_json::from_str(row.try_get("basket")?)?,
        contact: contact.map(serde_json::from_str).transpose()?,
        version: row.try_get("version")?,
    })
}

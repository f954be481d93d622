//! The SQL of items.

use std::collections::HashMap;
use std::sync::LazyLock;

use futures_util::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::item::{Availability, Item, Money, Vertical};
use super::texts;
use crate::store::{Store, StoreError, next_number, now, places, places_of_rows};

/// The counter that numbers every change of items.
pub(super) const REVISION: &str = "catalogue";

/// Items that one statement writes. SQLite looks for each numbered parameter among all of them: larger statements are
/// slower, and 32,766 parameters are its limit.
const WRITTEN_AT_ONCE: usize = 50;
/// Ids that one statement names.
const NAMED_AT_ONCE: usize = 500;
const COLUMNS: usize = 19;

/// How many items an import changed, and how many it found as they were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
}

/// The item with this id, sold or vanished.
pub async fn get(store: &Store, id: &str) -> Result<Option<Item>, StoreError> {
    let row = sqlx::query("SELECT * FROM items WHERE id = $1")
        .bind(id)
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

/// How many items are not vanished.
pub async fn count(store: &Store) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM items WHERE vanished_at IS NULL")
        .fetch_one(store.reader())
        .await?;
    Ok(count)
}

/// Whether no item was ever stored.
pub async fn is_empty(store: &Store) -> Result<bool, StoreError> {
    let first = sqlx::query("SELECT id FROM items LIMIT 1")
        .fetch_optional(store.reader())
        .await?;
    Ok(first.is_none())
}

/// Items that are not vanished, by id, from the one after `id` on.
pub(super) async fn after(store: &Store, id: &str, limit: i64) -> Result<Vec<Item>, StoreError> {
    let rows = sqlx::query("SELECT * FROM items WHERE vanished_at IS NULL AND id > $1 ORDER BY id LIMIT $2")
        .bind(id)
        .bind(limit)
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(read).collect()
}

/// Items changed after `revision`, vanished ones too, and the newest revision among them.
pub(super) async fn changed_after(store: &Store, revision: i64) -> Result<(Vec<Item>, i64), StoreError> {
    // One by one: two forms of a large catalogue at once would take twice the memory.
    let mut rows = sqlx::query("SELECT * FROM items WHERE revision > $1 ORDER BY revision")
        .bind(revision)
        .fetch(store.reader());
    let (mut items, mut newest) = (Vec::new(), revision);
    while let Some(row) = rows.try_next().await? {
        newest = row.try_get("revision")?;
        items.push(read(&row)?);
    }
    let mut of_items = texts::of_changed(store, revision).await?;
    for item in &mut items {
        item.texts = of_items.remove(&item.id).unwrap_or_default();
    }
    Ok((items, newest))
}

/// Stores items as they are in a feed. Those that are there already with the same content stay untouched; vanished ones
/// return.
pub(super) async fn put_many(
    transaction: &mut Transaction<'static, Any>,
    items: &[Item],
) -> Result<Changes, StoreError> {
    let mut changes = Changes::default();
    for chunk in items.chunks(NAMED_AT_ONCE) {
        let known = named(transaction, chunk).await?;
        let differs = |item: &&Item| {
            known
                .get(&item.id)
                .is_none_or(|known| !says_the_same(known, item))
        };
        let changed: Vec<&Item> = chunk.iter().filter(differs).collect();
        let updated = changed.iter().filter(|item| known.contains_key(&item.id)).count() as u64;
        changes.updated += updated;
        changes.created += changed.len() as u64 - updated;
        changes.unchanged += (chunk.len() - changed.len()) as u64;
        if !changed.is_empty() {
            let revision = next_number(transaction, REVISION).await?;
            for items in changed.chunks(WRITTEN_AT_ONCE) {
                write(transaction, items, revision).await?;
            }
        }
    }
    Ok(changes)
}

async fn named(
    transaction: &mut Transaction<'static, Any>,
    items: &[Item],
) -> Result<HashMap<String, Item>, StoreError> {
    let sql = format!("SELECT * FROM items WHERE id IN ({})", places(1, items.len()));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for item in items {
        query = query.bind(&item.id);
    }
    let rows = query.fetch_all(&mut **transaction).await?;
    rows.iter()
        .map(|row| read(row).map(|item| (item.id.clone(), item)))
        .collect()
}

async fn write(
    transaction: &mut Transaction<'static, Any>,
    items: &[&Item],
    revision: i64,
) -> Result<(), StoreError> {
    static FULL: LazyLock<String> = LazyLock::new(|| insert(WRITTEN_AT_ONCE));
    let at = now();
    let mut query = match items.len() {
        WRITTEN_AT_ONCE => sqlx::query(AssertSqlSafe(FULL.as_str().to_owned())),
        fewer => sqlx::query(AssertSqlSafe(insert(fewer))),
    };
    for item in items {
        query = query
            .bind(&item.id)
            .bind(item.vertical.name())
            .bind(&item.title)
            .bind(&item.description)
            .bind(serde_json::to_string(&item.category)?)
            .bind(&item.brand)
            .bind(item.price.as_ref().map(|price| price.minor))
            .bind(item.sale_price)
            .bind(item.cost)
            .bind(item.price.as_ref().map(|price| price.currency.as_str()))
            .bind(item.availability.name())
            .bind(item.stock)
            .bind(&item.group)
            .bind(serde_json::to_string(&item.attributes)?)
            .bind(&item.link)
            .bind(&item.image)
            .bind(revision)
            .bind(at)
            .bind(at);
    }
    query.execute(&mut **transaction).await?;
    Ok(())
}

fn insert(rows: usize) -> String {
    format!(
        "INSERT INTO items (id, vertical, title, description, category, brand, price, sale_price, cost, currency,
             availability, stock, group_id, attributes, link, image, revision, created_at, updated_at)
         VALUES {}
         ON CONFLICT (id) DO UPDATE SET vertical = excluded.vertical, title = excluded.title,
             description = excluded.description, category = excluded.category, brand = excluded.brand,
             price = excluded.price, sale_price = excluded.sale_price, cost = excluded.cost, currency = excluded.currency,
             availability = excluded.availability, stock = excluded.stock, group_id = excluded.group_id,
             attributes = excluded.attributes, link = excluded.link, image = excluded.image,
             revision = excluded.revision, vanished_at = NULL, updated_at = excluded.updated_at",
        places_of_rows(rows, COLUMNS)
    )
}

/// The ids of a vertical's items that are not vanished.
pub(super) async fn ids_of(
    transaction: &mut Transaction<'static, Any>,
    vertical: Vertical,
) -> Result<Vec<String>, StoreError> {
    let ids = sqlx::query_scalar("SELECT id FROM items WHERE vertical = $1 AND vanished_at IS NULL")
        .bind(vertical.name())
        .fetch_all(&mut **transaction)
        .await?;
    Ok(ids)
}

/// Marks items as vanished. Their rows stay: what shoppers did with them still counts, and they may return.
pub(super) async fn mark_vanished(
    transaction: &mut Transaction<'static, Any>,
    ids: &[String],
) -> Result<(), StoreError> {
    for chunk in ids.chunks(NAMED_AT_ONCE) {
        let revision = next_number(transaction, REVISION).await?;
        let sql = format!(
            "UPDATE items SET vanished_at = $1, updated_at = $1, revision = $2 WHERE id IN ({})",
            places(3, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(now()).bind(revision);
        for id in chunk {
            query = query.bind(id);
        }
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Whether a stored item is what the feed says, times aside.
fn says_the_same(stored: &Item, fed: &Item) -> bool {
    let content = |item: &Item| Item {
        created_at: 0,
        updated_at: 0,
        ..item.clone()
    };
    stored.vanished_at.is_none() && content(stored) == content(fed)
}

fn read(row: &AnyRow) -> Result<Item, StoreError> {
    let vertical: String = row.try_get("vertical")?;
    let availability: String = row.try_get("availability")?;
    let currency: Option<String> = row.try_get("currency")?;
    let minor: Option<i64> = row.try_get("price")?;
    let price = minor
        .zip(currency)
        .map(|(minor, currency)| Money { minor, currency });
    Ok(Item {
        id: row.try_get("id")?,
        vertical: vertical.parse().unwrap_or_default(),
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        category: serde_json::from_str(row.try_get("category")?)?,
        brand: row.try_get("brand")?,
        price,
        sale_price: row.try_get("sale_price")?,
        cost: row.try_get("cost")?,
        availability: Availability::of_name(&availability),
        stock: row.try_get("stock")?,
        group: row.try_get("group_id")?,
        attributes: serde_json::from_str(row.try_get("attributes")?)?,
        texts: Default::default(),
        link: row.try_get("link")?,
        image: row.try_get("image")?,
        vanished_at: row.try_get("vanished_at")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

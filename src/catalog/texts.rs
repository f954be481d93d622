//! The SQL of what items are called in other languages.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::item::{Item, ItemText};
use super::items::{Changes, REVISION};
use crate::store::{Store, StoreError, next_number, places};

/// Ids that one statement names.
const NAMED_AT_ONCE: usize = 500;

/// The texts of the items that changed after `revision`, by item and language.
pub(super) async fn of_changed(
    store: &Store,
    revision: i64,
) -> Result<HashMap<String, BTreeMap<String, ItemText>>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM item_texts WHERE item_id IN (SELECT id FROM items WHERE revision > $1) ORDER BY item_id, locale",
    )
    .bind(revision)
    .fetch_all(store.reader())
    .await?;
    let mut texts: HashMap<String, BTreeMap<String, ItemText>> = HashMap::new();
    for row in &rows {
        let (id, locale, text) = read(row)?;
        texts.entry(id).or_default().insert(locale, text);
    }
    Ok(texts)
}

/// Which of these ids are items'.
pub(super) async fn known(
    transaction: &mut Transaction<'static, Any>,
    ids: &[&str],
) -> Result<HashSet<String>, StoreError> {
    let mut known = HashSet::with_capacity(ids.len());
    for chunk in ids.chunks(NAMED_AT_ONCE) {
        let sql = format!("SELECT id FROM items WHERE id IN ({})", places(1, chunk.len()));
        let mut query = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql));
        for id in chunk {
            query = query.bind(*id);
        }
        known.extend(query.fetch_all(&mut **transaction).await?);
    }
    Ok(known)
}

/// Stores what items, which must be there, are called in a language. Texts that are the same already stay untouched.
pub(super) async fn put_many(
    transaction: &mut Transaction<'static, Any>,
    locale: &str,
    items: &[Item],
) -> Result<Changes, StoreError> {
    let mut changes = Changes::default();
    for chunk in items.chunks(NAMED_AT_ONCE) {
        let stored = stored(transaction, locale, chunk).await?;
        let mut changed = Vec::new();
        for item in chunk {
            let text = ItemText::of(item);
            match stored.get(&item.id) {
                Some(known) if *known == text => {
                    changes.unchanged += 1;
                    continue;
                }
                Some(_) => changes.updated += 1,
                None => changes.created += 1,
            }
            write(transaction, &item.id, locale, &text).await?;
            changed.push(item.id.as_str());
        }
        if !changed.is_empty() {
            let revision = next_number(transaction, REVISION).await?;
            let sql = format!(
                "UPDATE items SET revision = $1 WHERE id IN ({})",
                places(2, changed.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(revision);
            for id in changed {
                query = query.bind(id);
            }
            query.execute(&mut **transaction).await?;
        }
    }
    Ok(changes)
}

async fn stored(
    transaction: &mut Transaction<'static, Any>,
    locale: &str,
    items: &[Item],
) -> Result<HashMap<String, ItemText>, StoreError> {
    let sql = format!(
        "SELECT * FROM item_texts WHERE locale = $1 AND item_id IN ({})",
        places(2, items.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(locale);
    for item in items {
        query = query.bind(&item.id);
    }
    let rows = query.fetch_all(&mut **transaction).await?;
    rows.iter()
        .map(|row| read(row).map(|(id, _, text)| (id, text)))
        .collect()
}

async fn write(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
    locale: &str,
    text: &ItemText,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO item_texts (item_id, locale, title, description, category, attributes)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (item_id, locale) DO UPDATE SET title = excluded.title, description = excluded.description,
             category = excluded.category, attributes = excluded.attributes",
    )
    .bind(id)
    .bind(locale)
    .bind(&text.title)
    .bind(&text.description)
    .bind(serde_json::to_string(&text.category)?)
    .bind(serde_json::to_string(&text.attributes)?)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<(String, String, ItemText), StoreError> {
    let text = ItemText {
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        category: serde_json::from_str(row.try_get("category")?)?,
        attributes: serde_json::from_str(row.try_get("attributes")?)?,
    };
    Ok((row.try_get("item_id")?, row.try_get("locale")?, text))
}

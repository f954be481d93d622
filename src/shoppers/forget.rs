//! What is kept of a shopper beside events and orders, forgotten.

use sha2::{Digest, Sha256};

use crate::store::{Store, StoreError};

/// Leaves the decisions on offers for a shopper, and what was learnt from them, without the name of whom they were for;
/// says how many there were. `shopper`: the id that pages and programs know them by, or the e-mail address of their
/// orders, whose hash stands there.
pub async fn unname_offers(store: &Store, shopper: &str) -> Result<u64, StoreError> {
    let address = hex::encode(Sha256::digest(shopper.trim().to_lowercase().as_bytes()));
    let decisions =
        sqlx::query("UPDATE offer_decisions SET shopper = NULL WHERE shopper = $1 OR shopper = $2")
            .bind(shopper)
            .bind(address)
            .execute(store.writer())
            .await?;
    Ok(decisions.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn decisions_lose_the_name_by_id_and_by_address() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Store::sqlite_url(&folder.path().join("shop.db")))
            .await
            .unwrap();
        let address = hex::encode(Sha256::digest("ada@shop.example"));
        for (id, shopper) in [("1", "v-1"), ("2", address.as_str()), ("3", "v-2")] {
            sqlx::query(
                "INSERT INTO offer_decisions (id, shopper, at, choice, currency, context, eligible, propensity, explored, fell_back)
                 VALUES ($1, $2, 0, 'empty', 'USD', '{}', '[]', 1.0, 0, 0)",
            )
            .bind(id)
            .bind(shopper)
            .execute(store.writer())
            .await
            .unwrap();
        }
        assert_eq!(unname_offers(&store, "v-1").await.unwrap(), 1);
        assert_eq!(unname_offers(&store, " Ada@shop.example").await.unwrap(), 1);
        let named: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM offer_decisions WHERE shopper IS NOT NULL")
            .fetch_one(store.reader())
            .await
            .unwrap();
        assert_eq!(named, 1);
    }
}

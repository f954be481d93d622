//! What is kept of a shopper, taken out of every room that keeps some of it. Orders stay: the books need them.

use crate::orders::shopper_of;
use crate::proactive::exposures;
use crate::promotions::personal;
use crate::recommend::{Erased, RecommendError, Recommender};
use crate::store::{Store, StoreError};

/// Erases a shopper: their events and their influence on what was trained, what they were shown of the shop's own accord,
/// and their name from decisions on offers. `shopper`: the id that pages and programs know them by, or the e-mail address
/// of their orders.
pub async fn erase(
    store: &Store,
    recommender: &Recommender,
    shopper: &str,
) -> Result<Erased, RecommendError> {
    exposures::forget(store, shopper).await?;
    unname_offers(store, shopper).await?;
    recommender.erase(shopper).await
}

/// Says how many decisions lost their name. They stand under an id, or under the hash of an address.
async fn unname_offers(store: &Store, shopper: &str) -> Result<u64, StoreError> {
    let by_id = personal::forget(store, shopper).await?;
    Ok(by_id + personal::forget(store, &shopper_of(shopper)).await?)
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
        let address = shopper_of("ada@shop.example");
        for (id, shopper) in [("1", "v-1"), ("2", address.as_str()), ("3", "v-2")] {
            sqlx::query(
                "INSERT INTO offer_decisions (id, shopper, at, choice, currency, context, eligible, propensity,
                                              explored, fell_back)
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

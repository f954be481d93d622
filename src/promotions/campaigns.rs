//! The SQL of campaigns.

use std::sync::Arc;

use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::campaign::{Campaign, Codes, State};
use super::format::FieldError;
use super::{PromotionError, code_rows};
use crate::store::{Millis, Store, StoreError, next_number, now};

/// Counts the transactions that changed campaigns.
pub const REVISION: &str = "campaigns";

/// What became of campaigns that were saved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Saved {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
}

/// A campaign with when it was made and changed.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCampaign {
    pub campaign: Campaign,
    pub created_at: Millis,
    pub updated_at: Millis,
}

/// Saves campaigns under their ids, all or none. Errors name the campaign whose code means another one already.
pub async fn save(store: &Store, campaigns: &[Campaign]) -> Result<Saved, PromotionError> {
    let mut transaction = store.begin().await?;
    next_number(&mut transaction, REVISION).await?;
    let mut saved = Saved::default();
    for campaign in campaigns {
        match stored(&mut transaction, &campaign.id).await? {
            Some(known) if known.campaign == *campaign => {
                saved.unchanged += 1;
                continue;
            }
            Some(_) => saved.updated += 1,
            None => saved.created += 1,
        }
        write(&mut transaction, campaign).await?;
        if let Codes::Public { code } = &campaign.codes {
            let taken_by = code_rows::claim(&mut transaction, code, &campaign.id).await?;
            if let Some(other) = taken_by {
                return Err(PromotionError::Field(FieldError {
                    campaign: campaign.id.clone(),
                    field: "code".into(),
                    expected: format!("a code that can't be taken for one of campaign `{other}`"),
                }));
            }
        }
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(saved)
}

/// Changes a campaign's state; `None` when there is no such campaign.
pub async fn set_state(store: &Store, id: &str, state: State) -> Result<Option<Campaign>, PromotionError> {
    let mut transaction = store.begin().await?;
    next_number(&mut transaction, REVISION).await?;
    let Some(known) = stored(&mut transaction, id).await? else {
        return Ok(None);
    };
    let campaign = Campaign {
        state,
        ..known.campaign
    };
    write(&mut transaction, &campaign).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(Some(campaign))
}

/// All campaigns by their ids, and the revision at which they were read.
pub async fn all(connection: &mut AnyConnection) -> Result<(Vec<StoredCampaign>, i64), StoreError> {
    // The number first: what changes between the two statements is read again.
    let revision = revision(connection).await?;
    let rows = sqlx::query("SELECT * FROM campaigns ORDER BY id")
        .fetch_all(connection)
        .await?;
    let campaigns: Result<_, _> = rows.iter().map(read).collect();
    Ok((campaigns?, revision))
}

/// Whether there is no campaign at all.
pub async fn is_empty(store: &Store) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT id FROM campaigns LIMIT 1")
        .fetch_optional(store.reader())
        .await?;
    Ok(row.is_none())
}

/// How often campaigns have changed.
pub async fn revision(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT value FROM counters WHERE name = $1")
        .bind(REVISION)
        .fetch_one(connection)
        .await?)
}

/// The campaigns ready for an engine. Ended ones are kept: their codes are known, and why they no longer apply.
pub fn shared(stored: Vec<StoredCampaign>) -> Vec<Arc<Campaign>> {
    stored
        .into_iter()
        .map(|stored| Arc::new(stored.campaign))
        .collect()
}

async fn stored(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
) -> Result<Option<StoredCampaign>, StoreError> {
    let row = sqlx::query("SELECT * FROM campaigns WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut **transaction)
        .await?;
    row.as_ref().map(read).transpose()
}

async fn write(transaction: &mut Transaction<'static, Any>, campaign: &Campaign) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO campaigns (id, definition, created_at, updated_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, updated_at = excluded.updated_at",
    )
    .bind(&campaign.id)
    .bind(serde_json::to_string(campaign)?)
    .bind(now())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<StoredCampaign, StoreError> {
    Ok(StoredCampaign {
        campaign: serde_json::from_str(row.try_get("definition")?)?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

//! The SQL of the ledger, to which is only ever added.

use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::usage::{Entry, Sums, add};
use crate::store::{Millis, StoreError, new_id, places_of_rows};

/// Rows that one statement writes.
const WRITTEN_AT_ONCE: usize = 1_000;
const COLUMNS: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Hold,
    Release,
    Redeem,
    RollBack,
}

/// An entry with what it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    pub kind: Kind,
    /// A redemption, a roll-back or a session.
    pub cause: String,
    pub entry: Entry,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Redeem => "redeem",
            Self::RollBack => "roll_back",
        }
    }
}

pub async fn append(
    connection: &mut AnyConnection,
    rows: &[LedgerRow],
    at: Millis,
) -> Result<(), StoreError> {
    for chunk in rows.chunks(WRITTEN_AT_ONCE) {
        let sql = format!(
            "INSERT INTO promotion_ledger (id, kind, cause, campaign, code, shopper, day, uses, amount, created_at)
             VALUES {}",
            places_of_rows(chunk.len(), COLUMNS)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in chunk {
            query = query
                .bind(new_id())
                .bind(row.kind.name())
                .bind(&row.cause)
                .bind(&row.entry.campaign)
                .bind(&row.entry.code)
                .bind(&row.entry.shopper)
                .bind(&row.entry.day)
                .bind(row.entry.uses)
                .bind(row.entry.amount)
                .bind(at);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// All sums, counted anew.
pub async fn sums(connection: &mut AnyConnection) -> Result<Sums, StoreError> {
    let rows = sqlx::query(
        "SELECT campaign, code, shopper, day, CAST(SUM(uses) AS BIGINT) AS uses, CAST(SUM(amount) AS BIGINT) AS amount
         FROM promotion_ledger GROUP BY campaign, code, shopper, day",
    )
    .fetch_all(connection)
    .await?;
    let mut sums = Sums::new();
    for row in rows {
        add(&mut sums, &read(&row)?);
    }
    Ok(sums)
}

/// What each redemption and roll-back put down for each campaign.
pub async fn by_cause(connection: &mut AnyConnection) -> Result<Vec<(String, Entry)>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM promotion_ledger WHERE kind IN ('redeem', 'roll_back') ORDER BY cause, campaign",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("cause")?, read(row)?)))
        .collect()
}

fn read(row: &sqlx::any::AnyRow) -> Result<Entry, StoreError> {
    Ok(Entry {
        campaign: row.try_get("campaign")?,
        code: row.try_get("code")?,
        shopper: row.try_get("shopper")?,
        day: row.try_get("day")?,
        uses: row.try_get("uses")?,
        amount: row.try_get("amount")?,
    })
}

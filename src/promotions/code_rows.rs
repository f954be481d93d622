//! The SQL of codes.

use std::collections::{BTreeMap, HashMap};

use futures_util::{Stream, TryStreamExt};
use rand::rngs::SysRng;
use rand::{SeedableRng, rngs::StdRng};
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row, Transaction};

use super::PromotionError;
use super::codes::{ROOM, code_key, generate, room};
use super::usage::of_code;
use crate::progress::Progress;
use crate::store::{Store, StoreError, new_id, now, places};

/// Rows that one statement writes.
const WRITTEN_AT_ONCE: usize = 2_000;
/// Codes that are drawn before any of them is written.
const DRAWN_AT_ONCE: usize = 1_000_000;
/// Codes of one batch.
pub const MOST: u64 = 10_000_000;

/// A code as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCode {
    pub code: String,
    pub campaign: String,
}

/// Makes `count` codes of a campaign, none of which exists, in one transaction; says their batch.
pub async fn make(
    store: &Store,
    campaign: &str,
    pattern: &str,
    count: u64,
    progress: &Progress,
) -> Result<String, PromotionError> {
    let room = room(pattern);
    if count > MOST || count.saturating_mul(ROOM) > room {
        return Err(PromotionError::Room {
            count,
            pattern: pattern.to_owned(),
            most: (room / ROOM).min(MOST),
        });
    }
    let batch = new_id();
    // The system's own source: codes are worth money.
    let mut random = StdRng::try_from_rng(&mut SysRng).map_err(|_| PromotionError::NoRandomness)?;
    let mut transaction = store.begin().await?;
    let mut made = 0;
    while made < count {
        // In the order of their keys: a database appends faster than it inserts here and there.
        let drawn = usize::try_from(count - made)
            .unwrap_or(DRAWN_AT_ONCE)
            .min(DRAWN_AT_ONCE);
        let codes: BTreeMap<String, String> = (0..drawn)
            .map(|_| generate(pattern, &mut random))
            .map(|code| (code_key(&code), code))
            .collect();
        let codes: Vec<(String, String)> = codes.into_iter().collect();
        for chunk in codes.chunks(WRITTEN_AT_ONCE) {
            progress.step("codes", made, count)?;
            made += insert(&mut transaction, chunk, campaign, &batch).await?;
        }
    }
    transaction.commit().await.map_err(StoreError::from)?;
    progress.step("codes", count, count)?;
    Ok(batch)
}

/// Takes a public code for a campaign; says which other campaign has it already.
pub async fn claim(
    transaction: &mut Transaction<'static, Any>,
    code: &str,
    campaign: &str,
) -> Result<Option<String>, StoreError> {
    let codes = [(code_key(code), code.to_owned())];
    if insert(transaction, &codes, campaign, "public").await? == 1 {
        return Ok(None);
    }
    let known = of_keys(transaction, &[code_key(code)]).await?;
    let owner = known.into_values().next().map(|known| known.campaign);
    Ok(owner.filter(|owner| owner != campaign))
}

/// The codes that exist of these keys.
pub async fn of_keys(
    connection: &mut AnyConnection,
    keys: &[String],
) -> Result<HashMap<String, KnownCode>, StoreError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT key, code, campaign FROM coupon_codes WHERE key IN ({})",
        places(1, keys.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for key in keys {
        query = query.bind(key);
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let known = KnownCode {
                code: row.try_get("code")?,
                campaign: row.try_get("campaign")?,
            };
            Ok((row.try_get("key")?, known))
        })
        .collect()
}

/// The codes of a batch, or of a whole campaign, with how often each was used.
pub fn list<'a>(
    store: &'a Store,
    campaign: &'a str,
    batch: Option<&'a str>,
) -> impl Stream<Item = Result<(String, i64), StoreError>> + 'a {
    sqlx::query(
        "SELECT coupon_codes.code, COALESCE(promotion_usage.uses, 0) AS uses FROM coupon_codes
         LEFT JOIN promotion_usage ON promotion_usage.subject = $3 || coupon_codes.key
         WHERE campaign = $1 AND ($2 = '' OR batch = $2) ORDER BY batch, key",
    )
    .bind(campaign)
    .bind(batch.unwrap_or_default())
    .bind(of_code(""))
    .fetch(store.reader())
    .map_err(StoreError::from)
    .and_then(|row| async move { Ok((row.try_get("code")?, row.try_get("uses")?)) })
}

/// Stores codes, each with its key; says how many are new.
async fn insert(
    transaction: &mut Transaction<'static, Any>,
    codes: &[(String, String)],
    campaign: &str,
    batch: &str,
) -> Result<u64, StoreError> {
    // What all rows share is given once.
    let row = |number: usize| format!("(${}, ${}, $1, $2, $3)", 2 * number + 4, 2 * number + 5);
    let rows: Vec<String> = (0..codes.len()).map(row).collect();
    let sql = format!(
        "INSERT INTO coupon_codes (key, code, campaign, batch, created_at) VALUES {} ON CONFLICT (key) DO NOTHING",
        rows.join(", ")
    );
    let mut query = sqlx::query(AssertSqlSafe(sql))
        .bind(campaign)
        .bind(batch)
        .bind(now());
    for (key, code) in codes {
        query = query.bind(key).bind(code);
    }
    Ok(query.execute(&mut **transaction).await?.rows_affected())
}

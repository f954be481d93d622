//! The SQL of decisions about personal offers.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::context::Context;
use super::learner::{Candidate, Lesson};
use crate::promotions::choice::Group;
use crate::promotions::outcome::Outcome;
use crate::store::{Millis, Store, StoreError, places};

/// A decision, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDecision {
    pub id: String,
    /// `None`: nobody knows who it was.
    pub shopper: Option<String>,
    pub at: Millis,
    pub group: Group,
    pub currency: String,
    pub context: Context,
    pub eligible: Vec<Candidate>,
    pub chosen: Option<String>,
    pub propensity: f64,
    pub explored: bool,
    pub fell_back: bool,
}

/// An order that followed a decision: the redemption, and what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    pub decision: String,
    pub redemption: String,
    pub outcome: Outcome,
}

/// What came of a decision, in units of its currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    pub id: String,
    pub reward: f64,
    pub cost: f64,
}

/// Leaves the decisions for a shopper, and what was learnt from them, without the name of whom they were for; says how
/// many there were.
pub async fn forget(store: &Store, shopper: &str) -> Result<u64, StoreError> {
    let decisions = sqlx::query("UPDATE offer_decisions SET shopper = NULL WHERE shopper = $1")
        .bind(shopper)
        .execute(store.writer())
        .await?;
    Ok(decisions.rows_affected())
}

pub async fn insert(store: &Store, decision: &StoredDecision) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO offer_decisions (id, shopper, at, choice, currency, context, eligible, chosen, propensity,
                                      explored, fell_back)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&decision.id)
    .bind(&decision.shopper)
    .bind(decision.at)
    .bind(name_of(decision.group))
    .bind(&decision.currency)
    .bind(serde_json::to_string(&decision.context)?)
    .bind(serde_json::to_string(&decision.eligible)?)
    .bind(&decision.chosen)
    .bind(decision.propensity)
    .bind(i64::from(decision.explored))
    .bind(i64::from(decision.fell_back))
    .execute(store.writer())
    .await?;
    Ok(())
}

/// The newest decision about a shopper.
pub async fn latest(
    connection: &mut AnyConnection,
    shopper: &str,
) -> Result<Option<StoredDecision>, StoreError> {
    let row =
        sqlx::query("SELECT * FROM offer_decisions WHERE shopper = $1 ORDER BY at DESC, id DESC LIMIT 1")
            .bind(shopper)
            .fetch_optional(connection)
            .await?;
    row.as_ref().map(read).transpose()
}

/// How often a shopper was shown a personal offer after `since`.
pub async fn shown_since(
    connection: &mut AnyConnection,
    shopper: &str,
    since: Millis,
) -> Result<u32, StoreError> {
    let shown: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM offer_decisions WHERE shopper = $1 AND at > $2 AND chosen IS NOT NULL",
    )
    .bind(shopper)
    .bind(since)
    .fetch_one(connection)
    .await?;
    Ok(u32::try_from(shown).unwrap_or(u32::MAX))
}

/// Currencies with decisions up to `until` that wait to be settled.
pub async fn open_currencies(
    connection: &mut AnyConnection,
    until: Millis,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT currency FROM offer_decisions WHERE reward IS NULL AND shopper IS NOT NULL AND at <= $1",
    )
    .bind(until)
    .fetch_all(connection)
    .await?)
}

/// The oldest decisions up to `until` that wait to be settled.
pub async fn open(
    connection: &mut AnyConnection,
    currency: &str,
    until: Millis,
    most: i64,
) -> Result<Vec<StoredDecision>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM offer_decisions
         WHERE reward IS NULL AND shopper IS NOT NULL AND currency = $1 AND at <= $2 ORDER BY at, id LIMIT $3",
    )
    .bind(currency)
    .bind(until)
    .bind(most)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Orders of the decisions' shoppers within `window` after each, up to the shopper's next decision: an order is counted
/// once, for what was decided last before it.
pub async fn orders_after(
    connection: &mut AnyConnection,
    decisions: &[StoredDecision],
    window: Millis,
) -> Result<Vec<Followed>, StoreError> {
    if decisions.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT d.id AS decision, r.id AS redemption, r.outcome AS outcome
         FROM offer_decisions d
         JOIN redemptions r ON r.shopper = d.shopper AND r.created_at >= d.at AND r.created_at <= d.at + $1
         WHERE d.id IN ({}) AND NOT EXISTS (
             SELECT 1 FROM offer_decisions n WHERE n.shopper = d.shopper AND n.at > d.at AND n.at <= r.created_at)
         ORDER BY r.id",
        places(2, decisions.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(window);
    for decision in decisions {
        query = query.bind(&decision.id);
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(Followed {
                decision: row.try_get("decision")?,
                redemption: row.try_get("redemption")?,
                outcome: serde_json::from_str(row.try_get("outcome")?)?,
            })
        })
        .collect()
}

/// Writes down what came of decisions; says how many of them were still open. Each is settled once.
pub async fn settle(connection: &mut AnyConnection, settled: &[Settled]) -> Result<usize, StoreError> {
    let mut count = 0;
    for settled in settled {
        let id: Option<String> = sqlx::query_scalar(
            "UPDATE offer_decisions SET reward = $1, cost = $2 WHERE id = $3 AND reward IS NULL RETURNING id",
        )
        .bind(settled.reward)
        .bind(settled.cost)
        .bind(&settled.id)
        .fetch_optional(&mut *connection)
        .await?;
        count += usize::from(id.is_some());
    }
    Ok(count)
}

/// The newest settled choices in a currency, oldest first.
pub async fn lessons(
    connection: &mut AnyConnection,
    currency: &str,
    most: i64,
) -> Result<Vec<Lesson>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM offer_decisions
         WHERE choice = 'chosen' AND reward IS NOT NULL AND currency = $1 ORDER BY at DESC, id DESC LIMIT $2",
    )
    .bind(currency)
    .bind(most)
    .fetch_all(connection)
    .await?;
    rows.iter().rev().map(read_lesson).collect()
}

/// The next `most` settled choices after `after` in the order of their ids, each with its id. `currency`: of it alone.
pub async fn page(
    connection: &mut AnyConnection,
    currency: &str,
    after: &str,
    most: i64,
) -> Result<Vec<(String, Lesson)>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM offer_decisions
         WHERE choice = 'chosen' AND reward IS NOT NULL AND currency = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind(currency)
    .bind(after)
    .bind(most)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("id")?, read_lesson(row)?)))
        .collect()
}

/// How many settled choices each currency has.
pub async fn settled_counts(connection: &mut AnyConnection) -> Result<HashMap<String, i64>, StoreError> {
    let rows = sqlx::query(
        "SELECT currency, COUNT(*) AS decisions FROM offer_decisions
         WHERE choice = 'chosen' AND reward IS NOT NULL GROUP BY currency",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("currency")?, row.try_get("decisions")?)))
        .collect()
}

fn read(row: &AnyRow) -> Result<StoredDecision, StoreError> {
    Ok(StoredDecision {
        id: row.try_get("id")?,
        shopper: row.try_get("shopper")?,
        at: row.try_get("at")?,
        group: group_of(row.try_get("choice")?),
        currency: row.try_get("currency")?,
        context: serde_json::from_str(row.try_get("context")?)?,
        eligible: serde_json::from_str(row.try_get("eligible")?)?,
        chosen: row.try_get("chosen")?,
        propensity: row.try_get("propensity")?,
        explored: row.try_get::<i64, _>("explored")? != 0,
        fell_back: row.try_get::<i64, _>("fell_back")? != 0,
    })
}

fn read_lesson(row: &AnyRow) -> Result<Lesson, StoreError> {
    Ok(Lesson {
        context: serde_json::from_str(row.try_get("context")?)?,
        eligible: serde_json::from_str(row.try_get("eligible")?)?,
        chosen: row.try_get("chosen")?,
        propensity: row.try_get("propensity")?,
        reward: row.try_get("reward")?,
        cost: row.try_get::<Option<f64>, _>("cost")?.unwrap_or_default(),
    })
}

fn name_of(group: Group) -> &'static str {
    match group {
        Group::HeldOut => "held_out",
        Group::Capped => "capped",
        Group::Empty => "empty",
        Group::Chosen => "chosen",
    }
}

/// The table holds no other names than these.
fn group_of(name: &str) -> Group {
    match name {
        "held_out" => Group::HeldOut,
        "capped" => Group::Capped,
        "chosen" => Group::Chosen,
        _ => Group::Empty,
    }
}

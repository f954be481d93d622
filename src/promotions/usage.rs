//! The SQL of usage: what limits count, as sums of the ledger.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::campaign::{Campaign, MinorUnits};
use super::cart::Used;
use crate::store::{Millis, StoreError, places, places_of_rows};

/// Rows that one statement reads or writes.
const AT_ONCE: usize = 5_000;
/// Between the parts of a subject; ids don't hold it.
const BETWEEN: char = ':';

/// One campaign's part of a redemption or hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub campaign: String,
    /// The key of the code that brought it.
    pub code: Option<String>,
    pub shopper: Option<String>,
    /// In the campaign's time zone.
    pub day: String,
    pub uses: i64,
    pub amount: MinorUnits,
}

/// Uses and what they cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub uses: i64,
    pub amount: MinorUnits,
}

/// Sums by their subjects, in the order in which rows are locked.
pub type Sums = BTreeMap<String, Sum>;

impl Entry {
    /// The same, taken back.
    pub fn reversed(&self) -> Self {
        Self {
            uses: -self.uses,
            amount: -self.amount,
            ..self.clone()
        }
    }

    /// Everything that counts it.
    pub fn subjects(&self) -> Vec<String> {
        let mut subjects = vec![of_campaign(&self.campaign), of_day(&self.campaign, &self.day)];
        subjects.extend(
            self.shopper
                .as_deref()
                .map(|shopper| of_shopper(&self.campaign, shopper)),
        );
        subjects.extend(self.code.as_deref().map(of_code));
        subjects
    }
}

/// Adds an entry to all that counts it.
pub fn add(sums: &mut Sums, entry: &Entry) {
    for subject in entry.subjects() {
        let sum = sums.entry(subject).or_default();
        sum.uses += entry.uses;
        sum.amount += entry.amount;
    }
}

pub fn of_campaign(campaign: &str) -> String {
    format!("campaign{BETWEEN}{campaign}")
}

pub fn of_day(campaign: &str, day: &str) -> String {
    format!("day{BETWEEN}{campaign}{BETWEEN}{day}")
}

pub fn of_shopper(campaign: &str, shopper: &str) -> String {
    format!("shopper{BETWEEN}{campaign}{BETWEEN}{shopper}")
}

pub fn of_code(key: &str) -> String {
    format!("code{BETWEEN}{key}")
}

/// The subjects that a campaign's limits look at.
pub fn subjects_of(campaign: &Campaign, shopper: Option<&str>, at: Millis) -> Vec<String> {
    let limits = &campaign.limits;
    let mut subjects = Vec::new();
    if limits.total.is_some() || limits.budget.is_some() {
        subjects.push(of_campaign(&campaign.id));
    }
    if limits.per_day.is_some() {
        subjects.push(of_day(&campaign.id, &campaign.schedule.day(at)));
    }
    if let (Some(_), Some(shopper)) = (limits.per_shopper, shopper) {
        subjects.push(of_shopper(&campaign.id, shopper));
    }
    subjects
}

/// How a campaign was used, by these sums.
pub fn used(sums: &Sums, campaign: &Campaign, shopper: Option<&str>, at: Millis) -> Used {
    let sum = |subject: String| sums.get(&subject).copied().unwrap_or_default();
    let all = sum(of_campaign(&campaign.id));
    // Writing a day down takes longer than all else here, and few campaigns count by it.
    let today = campaign
        .limits
        .per_day
        .map(|_| sum(of_day(&campaign.id, &campaign.schedule.day(at))));
    Used {
        total: all.uses,
        spent: all.amount,
        today: today.unwrap_or_default().uses,
        by_shopper: shopper.map_or(0, |shopper| sum(of_shopper(&campaign.id, shopper)).uses),
    }
}

/// The sums of these subjects, as far as there are any.
pub async fn read(connection: &mut AnyConnection, subjects: &BTreeSet<String>) -> Result<Sums, StoreError> {
    let mut sums = Sums::new();
    let subjects: Vec<&String> = subjects.iter().collect();
    for chunk in subjects.chunks(AT_ONCE) {
        let sql = format!(
            "SELECT subject, uses, amount FROM promotion_usage WHERE subject IN ({})",
            places(1, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for subject in chunk {
            query = query.bind(*subject);
        }
        for row in query.fetch_all(&mut *connection).await? {
            let sum = Sum {
                uses: row.try_get("uses")?,
                amount: row.try_get("amount")?,
            };
            sums.insert(row.try_get("subject")?, sum);
        }
    }
    Ok(sums)
}

/// Adds to the sums, which are locked until the transaction ends, and says what they are now. Rows are taken in one
/// order, so that two transactions never wait for each other.
pub async fn write(connection: &mut AnyConnection, added: &Sums) -> Result<Sums, StoreError> {
    let mut after = Sums::new();
    let added: Vec<(&String, &Sum)> = added.iter().collect();
    for chunk in added.chunks(AT_ONCE) {
        let sql = format!(
            "INSERT INTO promotion_usage (subject, uses, amount) VALUES {}
             ON CONFLICT (subject) DO UPDATE
             SET uses = promotion_usage.uses + excluded.uses, amount = promotion_usage.amount + excluded.amount
             RETURNING subject, uses, amount",
            places_of_rows(chunk.len(), 3)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (subject, sum) in chunk {
            query = query.bind(*subject).bind(sum.uses).bind(sum.amount);
        }
        for row in query.fetch_all(&mut *connection).await? {
            let sum = Sum {
                uses: row.try_get("uses")?,
                amount: row.try_get("amount")?,
            };
            after.insert(row.try_get("subject")?, sum);
        }
    }
    Ok(after)
}

/// All sums there are.
pub async fn all(connection: &mut AnyConnection) -> Result<Sums, StoreError> {
    let rows = sqlx::query("SELECT subject, uses, amount FROM promotion_usage")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let sum = Sum {
                uses: row.try_get("uses")?,
                amount: row.try_get("amount")?,
            };
            Ok((row.try_get("subject")?, sum))
        })
        .collect()
}

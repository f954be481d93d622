//! Checks the books: everything that can be derived is derived again and compared.

use serde::Serialize;
use sqlx::AnyConnection;

use super::campaign::MinorUnits;
use super::ledger;
use super::outcome::Outcome;
use super::redemptions;
use super::usage::{self, Entry, Sum};
use super::{PromotionError, campaigns};
use crate::progress::Progress;
use crate::store::{Store, StoreError};

/// Redemptions that are looked at together.
const PAGE: i64 = 1_000;

/// What was compared, and what does not agree.
#[derive(Debug, Default, Serialize)]
pub struct Verified {
    pub redemptions: u64,
    pub roll_backs: u64,
    pub entries: u64,
    pub sums: u64,
    pub wrong: Vec<String>,
}

/// Compares sums with the ledger, the ledger with redemptions and roll-backs, and each of these with itself.
pub async fn verify(store: &Store, progress: &Progress) -> Result<Verified, PromotionError> {
    // One transaction: what is redeemed meanwhile is in all of it, or in none.
    let mut transaction = store.begin().await?;
    let mut verified = Verified::default();
    verify_sums(&mut transaction, &mut verified).await?;
    progress.step("sums", 1, 3)?;
    verify_limits(&mut transaction, &mut verified).await?;
    progress.step("limits", 2, 3)?;
    verify_redemptions(&mut transaction, &mut verified).await?;
    progress.step("redemptions", 3, 3)?;
    transaction.rollback().await.map_err(StoreError::from)?;
    Ok(verified)
}

async fn verify_sums(connection: &mut AnyConnection, verified: &mut Verified) -> Result<(), StoreError> {
    let mut counted = ledger::sums(connection).await?;
    let kept = usage::all(connection).await?;
    for (subject, kept) in &kept {
        let counted = counted.remove(subject).unwrap_or_default();
        if *kept != counted {
            verified.wrong.push(format!(
                "{subject}: {} uses and {} are kept, the ledger has {} and {}",
                kept.uses, kept.amount, counted.uses, counted.amount
            ));
        }
    }
    for (subject, counted) in counted {
        if counted != Sum::default() {
            verified.wrong.push(format!(
                "{subject}: the ledger has {} uses, none are kept",
                counted.uses
            ));
        }
    }
    verified.sums = kept.len() as u64;
    Ok(())
}

async fn verify_limits(connection: &mut AnyConnection, verified: &mut Verified) -> Result<(), StoreError> {
    let (campaigns, _) = campaigns::all(connection).await?;
    let sums = usage::all(connection).await?;
    for stored in campaigns {
        let limits = &stored.campaign.limits;
        let id = &stored.campaign.id;
        let sum = sums.get(&usage::of_campaign(id)).copied().unwrap_or_default();
        if limits.total.is_some_and(|total| sum.uses > total) {
            verified
                .wrong
                .push(format!("campaign {id}: {} uses are above its limit", sum.uses));
        }
        if limits.budget.is_some_and(|budget| sum.amount > budget) {
            verified
                .wrong
                .push(format!("campaign {id}: {} are above its budget", sum.amount));
        }
        if sum.uses < 0 || sum.amount < 0 {
            verified
                .wrong
                .push(format!("campaign {id}: more came back than was given"));
        }
    }
    Ok(())
}

async fn verify_redemptions(
    connection: &mut AnyConnection,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    let mut put_down: std::collections::HashMap<String, Vec<Entry>> = std::collections::HashMap::new();
    for (cause, entry) in ledger::by_cause(connection).await? {
        verified.entries += 1;
        put_down.entry(cause).or_default().push(entry);
    }
    let mut after = String::new();
    loop {
        let page = redemptions::page(connection, &after, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        after.clone_from(&last.id);
        for redemption in &page {
            verified.redemptions += 1;
            let entries = put_down.remove(&redemption.id).unwrap_or_default();
            let given = redemption
                .outcome
                .applied
                .iter()
                .map(|applied| (applied.campaign.as_str(), applied.amount));
            if !agree(&entries, given.map(|(id, amount)| (id, 1, amount))) {
                verified.wrong.push(format!(
                    "redemption {}: the ledger has other amounts",
                    redemption.id
                ));
            }
            if let Some(error) = does_not_add_up(&redemption.outcome) {
                verified
                    .wrong
                    .push(format!("redemption {}: {error}", redemption.id));
            }
        }
    }
    for roll_back in redemptions::all_roll_backs(connection).await? {
        verified.roll_backs += 1;
        let entries = put_down.remove(&roll_back.id).unwrap_or_default();
        let returned = roll_back.outcome.campaigns.iter();
        if !agree(
            &entries,
            returned.map(|returned| (returned.campaign.as_str(), -returned.uses, -returned.amount)),
        ) {
            verified.wrong.push(format!(
                "roll-back {}: the ledger has other amounts",
                roll_back.id
            ));
        }
        if let Some(error) = does_not_add_up(&roll_back.outcome.left) {
            verified
                .wrong
                .push(format!("roll-back {}: {error}", roll_back.id));
        }
    }
    let unknown = put_down.into_keys();
    verified
        .wrong
        .extend(unknown.map(|cause| format!("the ledger has entries of {cause}, which doesn't exist")));
    Ok(())
}

/// Whether the ledger holds these, each once.
fn agree<'a>(entries: &[Entry], given: impl Iterator<Item = (&'a str, i64, MinorUnits)>) -> bool {
    let mut put_down: Vec<_> = entries
        .iter()
        .map(|entry| (entry.campaign.as_str(), entry.uses, entry.amount))
        .collect();
    let mut given: Vec<_> = given.collect();
    put_down.sort_unstable();
    given.sort_unstable();
    put_down == given
}

/// What of an outcome's sums is not the sum of its parts.
fn does_not_add_up(outcome: &Outcome) -> Option<&'static str> {
    let discount: MinorUnits = outcome.applied.iter().map(|applied| applied.amount).sum();
    let parts_are_whole = outcome.applied.iter().all(|applied| {
        let parts: MinorUnits = applied.lines.iter().sum();
        parts + applied.shipping == applied.amount
    });
    let lines_are_left = outcome.lines.iter().enumerate().all(|(place, line)| {
        let off: MinorUnits = outcome.applied.iter().map(|applied| applied.lines[place]).sum();
        line.total >= 0 && line.subtotal - off == line.total
    });
    if outcome.discount != discount {
        Some("its discount is not the sum of what was applied")
    } else if outcome.total != outcome.subtotal + outcome.shipping - outcome.discount || outcome.total < 0 {
        Some("its total is not what is left")
    } else if !parts_are_whole {
        Some("parts of a discount are not the whole")
    } else if !lines_are_left {
        Some("a line is not what is left of it")
    } else {
        None
    }
}

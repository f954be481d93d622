//! The budgets of personal campaigns over their lives.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::context::units;
use crate::promotions::campaign::{Campaign, Phase};
use crate::promotions::choice::{Budget, ChoiceError, Pacer, PacingSettings};
use crate::promotions::usage;
use crate::store::{Millis, StoreError};

/// Between two steps of a pacer: some hundred in the shortest campaign of a day.
const STEP: Millis = 5 * 60_000;

/// A campaign's pacing. Another budget or end begins another one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Paced {
    budget: Budget,
    pacer: Pacer,
    stepped_at: Millis,
}

impl Paced {
    /// λ, see [`Pacer::price`].
    pub fn price(&self) -> f64 {
        self.pacer.price()
    }

    /// See [`Pacer::open`]. `spent`: in units of the currency.
    pub fn open(&self, now: Millis, spent: f64) -> f64 {
        self.pacer.open(now, spent)
    }
}

/// Whether a campaign has money and a time to spend it in. What never ends has no line to keep to: there the engine
/// alone ends it with its budget.
pub fn is_paced(campaign: &Campaign, at: Millis) -> bool {
    let has_line =
        campaign.limits.budget.is_some_and(|budget| budget > 0) && campaign.schedule.ends_at.is_some();
    campaign.personal && has_line && campaign.phase(at) == Phase::Running
}

/// Brings the pacing of `campaigns`, all of one currency, up to `now`; says whether anything changed. `spent`: by the
/// campaign, in units of the currency.
pub fn step(
    paced: &mut BTreeMap<String, Paced>,
    campaigns: &[Arc<Campaign>],
    spent: &HashMap<String, f64>,
    now: Millis,
    settings: PacingSettings,
) -> Result<bool, ChoiceError> {
    let before = paced.len();
    paced.retain(|id, _| campaigns.iter().any(|campaign| campaign.id == *id));
    let mut is_changed = paced.len() != before;
    for campaign in campaigns {
        let known = paced.get(&campaign.id);
        let Some(budget) = budget(campaign, known, now) else {
            continue;
        };
        let current = match known {
            Some(known) if known.budget == budget => *known,
            _ => Paced {
                budget,
                pacer: Pacer::new(budget, settings)?,
                stepped_at: Millis::MIN,
            },
        };
        if now.saturating_sub(current.stepped_at) < STEP {
            continue;
        }
        let spent = spent.get(&campaign.id).copied().unwrap_or_default();
        let stepped = Paced {
            pacer: current.pacer.step(now, spent),
            stepped_at: now,
            ..current
        };
        paced.insert(campaign.id.clone(), stepped);
        is_changed = true;
    }
    Ok(is_changed)
}

/// A campaign without a beginning begins when it is first seen.
fn budget(campaign: &Campaign, known: Option<&Paced>, now: Millis) -> Option<Budget> {
    let currency = campaign.currency.as_deref()?;
    let first_seen = || known.map_or(now, |known| known.budget.begins);
    Some(Budget {
        total: units(campaign.limits.budget?, currency),
        begins: campaign.schedule.starts_at.unwrap_or_else(first_seen),
        ends: campaign.schedule.ends_at?,
    })
}

/// What campaigns have cost so far, holds included, in units of their currencies.
pub async fn spent(
    connection: &mut AnyConnection,
    campaigns: &[Arc<Campaign>],
) -> Result<HashMap<String, f64>, StoreError> {
    let subjects: BTreeSet<String> = campaigns
        .iter()
        .map(|campaign| usage::of_campaign(&campaign.id))
        .collect();
    let sums = usage::read(connection, &subjects).await?;
    let spent = |campaign: &Arc<Campaign>| {
        let sum = sums.get(&usage::of_campaign(&campaign.id))?;
        let currency = campaign.currency.as_deref()?;
        Some((campaign.id.clone(), units(sum.amount, currency)))
    };
    Ok(campaigns.iter().filter_map(spent).collect())
}

//! A campaign run over past carts before it starts: what it would have cost, and who would have got it. Every cart is
//! evaluated by the engine that serves shoppers, in the order of time, with limits and budgets as they would have
//! filled up.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::campaign::{Campaign, Codes, MinorUnits, State};
use super::cart::{CartError, Entered, Facts};
use super::engine::Engine;
use super::outcome::Occasion;
use super::schedule::Schedule;
use super::usage::{self, Entry, Sums, add};

/// How a campaign is replayed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplaySettings {
    /// As if it had run at the time: its own dates don't count, its days and hours do.
    pub any_date: bool,
    /// As if every shopper had entered its code.
    pub with_code: bool,
    pub most_offers: usize,
}

/// What a campaign would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Replayed {
    pub carts: u64,
    /// Carts that would have got it.
    pub got: u64,
    /// Carts that have no meaning: with amounts below zero, or without a currency.
    pub bad: u64,
    /// What it would have given, by currency.
    pub cost: BTreeMap<String, MinorUnits>,
    /// What all campaigns together would have given more than without it, by currency: less than its cost where it
    /// takes the place of another.
    pub extra: BTreeMap<String, MinorUnits>,
    /// Why carts would not have got it, by the reason's code, and how many.
    pub reasons: BTreeMap<String, u64>,
}

/// One cart of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayedCart {
    /// Its place among the carts, from 0.
    pub cart: u64,
    pub shopper: Option<String>,
    pub amount: MinorUnits,
    pub total: MinorUnits,
}

/// A replay under way.
pub struct Replay {
    campaign: Arc<Campaign>,
    with: Engine,
    without: Option<Engine>,
    settings: ReplaySettings,
    sums: Sums,
    pub report: Replayed,
}

impl Replay {
    /// Prepares `campaign` among `others`, which are the campaigns that run beside it (none: it runs alone).
    pub fn new(campaign: &Campaign, others: &[Arc<Campaign>], settings: ReplaySettings) -> Self {
        let schedule = Schedule {
            starts_at: campaign.schedule.starts_at.filter(|_| !settings.any_date),
            ends_at: campaign.schedule.ends_at.filter(|_| !settings.any_date),
            ..campaign.schedule.clone()
        };
        let campaign = Arc::new(Campaign {
            // A draft is what one wants to know of.
            state: State::Active,
            schedule,
            ..campaign.clone()
        });
        let others: Vec<Arc<Campaign>> = others
            .iter()
            .filter(|other| other.id != campaign.id)
            .cloned()
            .collect();
        let mut all = others.clone();
        all.push(campaign.clone());
        Self {
            with: Engine::new(all, settings.most_offers),
            without: (!others.is_empty()).then(|| Engine::new(others, settings.most_offers)),
            campaign,
            settings,
            sums: Sums::new(),
            report: Replayed::default(),
        }
    }

    /// Runs the campaign over the next cart; `None` where the cart has no meaning.
    pub fn next(&mut self, occasion: &Occasion) -> Option<ReplayedCart> {
        let number = self.report.carts;
        self.report.carts += 1;
        let Ok((amount, total)) = self.run(occasion) else {
            self.report.bad += 1;
            return None;
        };
        Some(ReplayedCart {
            cart: number,
            shopper: occasion.shopper.id.clone(),
            amount,
            total,
        })
    }

    fn run(&mut self, occasion: &Occasion) -> Result<(MinorUnits, MinorUnits), CartError> {
        let shopper = occasion.shopper.id.as_deref();
        let used = usage::used(&self.sums, &self.campaign, shopper, occasion.at);
        let is_automatic = self.campaign.codes == Codes::Automatic;
        let entered = (!is_automatic && self.settings.with_code).then(|| Entered {
            code: self.campaign.id.clone(),
            campaign: Some(self.campaign.id.clone()),
            limit: None,
            used: 0,
        });
        let facts = Facts {
            shopper: occasion.shopper.clone(),
            at: occasion.at,
            used: HashMap::from([(self.campaign.id.clone(), used)]),
            entered: entered.into_iter().collect(),
        };
        let evaluation = self.with.evaluate(&occasion.cart, &facts)?;
        let currency = &occasion.cart.currency;
        let applied = evaluation
            .applied
            .iter()
            .find(|applied| applied.campaign.id == self.campaign.id);
        let amount = applied.map_or(0, |applied| applied.amount);
        if applied.is_some() {
            self.report.got += 1;
            *self.report.cost.entry(currency.clone()).or_default() += amount;
            self.put_down(occasion, amount);
        } else {
            self.count_reasons(&evaluation);
        }
        let before = match &self.without {
            Some(without) => without.evaluate(&occasion.cart, &facts)?.discount,
            None => 0,
        };
        *self.report.extra.entry(currency.clone()).or_default() += evaluation.discount - before;
        Ok((amount, evaluation.total))
    }

    fn put_down(&mut self, occasion: &Occasion, amount: MinorUnits) {
        let entry = Entry {
            campaign: self.campaign.id.clone(),
            code: None,
            shopper: occasion.shopper.id.clone(),
            day: self.campaign.schedule.day(occasion.at),
            uses: 1,
            amount,
        };
        add(&mut self.sums, &entry);
    }

    fn count_reasons(&mut self, evaluation: &super::evaluation::Evaluation) {
        let all = [&evaluation.refused, &evaluation.skipped, &evaluation.near];
        let of_campaign = all.into_iter().flatten().find(|refused| {
            let campaign = refused.campaign.as_ref();
            campaign.is_some_and(|campaign| campaign.id == self.campaign.id)
        });
        let code = of_campaign
            .and_then(|refused| refused.reasons.first())
            .map_or("NotApplicable", super::reason::Reason::code);
        *self.report.reasons.entry(code.to_owned()).or_default() += 1;
    }
}

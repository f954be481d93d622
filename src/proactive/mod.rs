//! Messages that the widget shows by itself. The browser sees when one comes due (page, time, cart, a mouse that
//! leaves); this room decides whether it is shown, keeps a share of the shoppers without it, and counts what came of it
//! for both.

pub mod exposures;
mod report;

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::config::{Config, ProactiveConfig};
use crate::promotions::Promotions;
use crate::promotions::campaign::Phase;
use crate::promotions::schedule::Zone;
use crate::store::{Millis, Store, StoreError, new_id, now};
use exposures::Exposure;

pub use report::{ArmReport, Difference, TriggerReport, report};

/// Whether a shopper is shown a message, or serves as comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm {
    Shown,
    HeldOut,
}

impl Arm {
    fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::HeldOut => "held_out",
        }
    }

    /// Always the same for a visitor and a trigger: the first 8 bytes of a SHA-256 as a number from 0 to below 1.
    fn of(trigger: &str, visitor: &str, holdout: f64) -> Self {
        let hash = Sha256::digest(format!("{trigger}\n{visitor}"));
        let first = hash
            .iter()
            .take(8)
            .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        match (first as f64 / (u64::MAX as f64 + 1.0)) < holdout {
            true => Self::HeldOut,
            false => Self::Shown,
        }
    }
}

/// What a visitor did after a message was shown, or would have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    Clicked,
    Dismissed,
    /// They wrote in the chat.
    Replied,
}

/// What is to become of a message that came due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Show {
        exposure: String,
        message: String,
        campaign: Option<String>,
    },
    /// Recorded, so that there is something to compare with.
    HoldOut {
        exposure: String,
    },
    Not(WhyNot),
}

/// Why a message is not even counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// No trigger of this name.
    Unknown,
    /// The shopper did not agree to be remembered.
    NoConsent,
    Quiet,
    /// Its campaign doesn't run.
    NoCampaign,
    /// They have had it often enough today.
    Capped,
}

impl WhyNot {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NoConsent => "no_consent",
            Self::Quiet => "quiet",
            Self::NoCampaign => "no_campaign",
            Self::Capped => "capped",
        }
    }
}

/// The triggers of the shop; clones share them.
#[derive(Clone)]
pub struct Proactive {
    store: Store,
    promotions: Promotions,
    config: Arc<Config>,
    zone: Zone,
}

impl Proactive {
    pub fn new(store: Store, promotions: Promotions, config: Arc<Config>) -> Self {
        let zone = Zone::of_name(&config.hours.time_zone).unwrap_or_else(Zone::utc);
        Self {
            store,
            promotions,
            config,
            zone,
        }
    }

    /// All triggers.
    pub fn triggers(&self) -> &[ProactiveConfig] {
        &self.config.proactive
    }

    /// Decides about a message that came due for a visitor, and records it.
    pub async fn due(
        &self,
        trigger: &str,
        visitor: &str,
        consented: bool,
        locale: &str,
    ) -> Result<Verdict, StoreError> {
        let at = now();
        let trigger = match self.may_show(trigger, consented, at) {
            Ok(trigger) => trigger,
            Err(why) => return Ok(Verdict::Not(why)),
        };
        let exposure = Exposure {
            id: new_id(),
            trigger: trigger.name.clone(),
            visitor: visitor.into(),
            arm: Arm::of(&trigger.name, visitor, trigger.holdout),
            campaign: trigger.campaign.clone(),
            day: self
                .zone
                .local(at)
                .map(|local| local.date().to_string())
                .unwrap_or_default(),
            at,
            clicked_at: None,
            dismissed_at: None,
            replied_at: None,
        };
        if !exposures::store(&self.store, &exposure, trigger.per_day.into()).await? {
            return Ok(Verdict::Not(WhyNot::Capped));
        }
        Ok(match exposure.arm {
            Arm::HeldOut => Verdict::HoldOut {
                exposure: exposure.id,
            },
            Arm::Shown => Verdict::Show {
                exposure: exposure.id,
                message: trigger.message_for(locale, &self.config.locale).to_owned(),
                campaign: exposure.campaign,
            },
        })
    }

    fn may_show(&self, name: &str, consented: bool, at: Millis) -> Result<&ProactiveConfig, WhyNot> {
        let trigger = self.triggers().iter().find(|trigger| trigger.name == name);
        let trigger = trigger.ok_or(WhyNot::Unknown)?;
        if trigger.requires_consent && !consented {
            return Err(WhyNot::NoConsent);
        }
        if self
            .zone
            .local(at)
            .is_some_and(|local| trigger.is_quiet(local.time()))
        {
            return Err(WhyNot::Quiet);
        }
        let runs = |id: &String| {
            let campaign = self.promotions.campaign(id);
            campaign
                .is_some_and(|campaign| campaign.phase(at) == Phase::Running && campaign.schedule.is_open(at))
        };
        match trigger.campaign.as_ref().is_none_or(runs) {
            true => Ok(trigger),
            false => Err(WhyNot::NoCampaign),
        }
    }

    /// What was said to a visitor, for the conversation in which they answer it; `None`: nothing, or it is there already.
    pub async fn said(
        &self,
        exposure: &str,
        visitor: &str,
        conversation: &str,
        locale: &str,
    ) -> Result<Option<&str>, StoreError> {
        let name = exposures::take(&self.store, exposure, visitor, conversation).await?;
        let trigger = name.and_then(|name| self.triggers().iter().find(|trigger| trigger.name == name));
        Ok(trigger.map(|trigger| trigger.message_for(locale, &self.config.locale)))
    }

    /// Notes what a visitor did; `false`: there is no such exposure of theirs.
    pub async fn note(&self, exposure: &str, visitor: &str, reaction: Reaction) -> Result<bool, StoreError> {
        exposures::note(&self.store, exposure, visitor, reaction).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_is_for_good_and_its_share_is_right() {
        let arms = |trigger: &str| -> Vec<Arm> {
            (0..20_000)
                .map(|n| Arm::of(trigger, &format!("v_{n:032x}"), 0.1))
                .collect()
        };
        let first = arms("cart");
        assert_eq!(first, arms("cart"));
        let held_out = first.iter().filter(|arm| **arm == Arm::HeldOut).count();
        assert!((1_800..2_200).contains(&held_out), "{held_out}");
        // Whoever misses one message doesn't miss all of them.
        let both = first
            .iter()
            .zip(arms("exit"))
            .filter(|(a, b)| **a == Arm::HeldOut && *b == Arm::HeldOut);
        assert!((130..270).contains(&both.count()));
        assert_eq!(Arm::of("cart", "v_0", 0.0), Arm::Shown);
    }
}

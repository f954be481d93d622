//! What is learnt of personal offers in one currency: scales of features, the policy, what campaigns cost, pacing. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::context::{Context, columns};
use super::pacing::Paced;
use super::settings::PersonalSettings;
use crate::promotions::campaign::Campaign;
use crate::promotions::choice::{
    ChoiceError, Decision, Eligible, Features, Policy, Request, Rules, Value, decide,
};
use crate::store::Millis;

/// Decisions before contexts have scales: until then the policy only learns which offer is best on the whole.
const FIRST_FIT: u64 = 300;
/// Decisions that the scales are fitted to, and that are learnt anew with them.
pub const MOST_FITTED: u64 = 20_000;

/// Serialised it is the state of `offer_policies`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learner {
    features: Features,
    policy: Policy,
    /// Decisions learnt from.
    learnt: u64,
    /// `learnt` when the scales were fitted.
    fitted_at: u64,
    /// By campaign.
    costs: BTreeMap<String, Cost>,
    pub paced: BTreeMap<String, Paced>,
}

/// What a campaign cost when it was shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Cost {
    decisions: u64,
    sum: f64,
}

/// A campaign that could be chosen; without one, showing none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub campaign: Option<String>,
    /// λ · expected cost, in units of the currency.
    pub charge: f64,
    /// 0 where nothing was chosen.
    pub propensity: f64,
}

/// A settled decision, as far as it teaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    pub context: Context,
    pub eligible: Vec<Candidate>,
    pub chosen: Option<String>,
    pub propensity: f64,
    /// In units of the currency.
    pub reward: f64,
    pub cost: f64,
}

/// Who asks, what they could get, and when.
pub struct Asked<'a> {
    pub rules: &'a Rules,
    pub shopper: &'a str,
    /// Personal offers shown in the cap's period.
    pub shown: u32,
    pub context: &'a Context,
    pub campaigns: &'a [Arc<Campaign>],
    /// By campaign, in units of the currency.
    pub spent: &'a std::collections::HashMap<String, f64>,
    pub at: Millis,
}

impl Learner {
    /// Knows nothing yet, and sees no context.
    pub fn new(settings: &PersonalSettings) -> Result<Self, ChoiceError> {
        Self::fitted(&[], settings)
    }

    /// Scales fitted to the lessons' contexts, and the lessons learnt in their order.
    fn fitted(lessons: &[Lesson], settings: &PersonalSettings) -> Result<Self, ChoiceError> {
        let names = columns(lessons.iter().map(|lesson| &lesson.context), settings.features);
        let rows: Vec<Vec<Value>> = lessons
            .iter()
            .map(|lesson| lesson.context.row(names.iter().map(String::as_str)))
            .collect();
        let features = Features::fit(&names, rows.iter().map(Vec::as_slice), settings.features)?;
        let policy = Policy::new(features.width(), settings.policy)?;
        let mut learner = Self {
            features,
            policy,
            learnt: 0,
            fitted_at: 0,
            costs: BTreeMap::new(),
            paced: BTreeMap::new(),
        };
        for lesson in lessons {
            learner.learn(lesson)?;
        }
        learner.fitted_at = learner.learnt;
        Ok(learner)
    }

    /// The same with scales of now: `lessons` are the newest, oldest first.
    pub fn refitted(&self, lessons: &[Lesson], settings: &PersonalSettings) -> Result<Self, ChoiceError> {
        let fitted = Self::fitted(lessons, settings)?;
        Ok(Self {
            learnt: self.learnt,
            fitted_at: self.learnt,
            costs: self.costs.clone(),
            paced: self.paced.clone(),
            ..fitted
        })
    }

    /// Whether there is so much more to see that the scales shall be fitted again: each time there is twice as much, so
    /// that all fits together cost no more than a few.
    pub fn wants_fit(&self) -> bool {
        let more = self.learnt - self.fitted_at;
        more >= FIRST_FIT.max(self.fitted_at).min(MOST_FITTED)
    }

    /// Decisions learnt from.
    #[cfg(test)]
    pub fn learnt(&self) -> u64 {
        self.learnt
    }

    /// Whether contexts have scales.
    #[cfg(test)]
    pub fn sees_contexts(&self) -> bool {
        self.fitted_at > 0
    }

    /// Whether it knows these campaigns and showing none.
    pub fn knows(&self, campaigns: &[Arc<Campaign>]) -> bool {
        let knows = |id: Option<&str>| self.policy.offers().iter().any(|offer| offer.as_deref() == id);
        knows(None) && campaigns.iter().all(|campaign| knows(Some(&campaign.id)))
    }

    /// Makes room for campaigns that it doesn't know yet, and for showing none.
    pub fn meet(&mut self, campaigns: &[Arc<Campaign>]) {
        self.policy.arm(None);
        for campaign in campaigns {
            self.policy.arm(Some(&campaign.id));
        }
    }

    /// Learns what came of a decision.
    pub fn learn(&mut self, lesson: &Lesson) -> Result<(), ChoiceError> {
        let context = self.encode(&lesson.context)?;
        let eligible: Vec<Eligible> = lesson
            .eligible
            .iter()
            .map(|candidate| Eligible {
                arm: self.policy.arm(candidate.campaign.as_deref()),
                charge: candidate.charge,
            })
            .collect();
        let shown = (self.policy.arm(lesson.chosen.as_deref()), lesson.propensity);
        self.policy.observe(&context, &eligible, shown, lesson.reward)?;
        self.learnt += 1;
        if let Some(campaign) = &lesson.chosen {
            let cost = self.costs.entry(campaign.clone()).or_default();
            cost.decisions += 1;
            cost.sum += lesson.cost;
        }
        Ok(())
    }

    /// Decides, and says who could have been chosen. All of the campaigns must be known, see [`Self::meet`].
    pub fn decide(
        &self,
        asked: &Asked<'_>,
        random: &mut impl Rng,
    ) -> Result<(Decision, Vec<Candidate>), ChoiceError> {
        let mut candidates: Vec<Candidate> = asked
            .campaigns
            .iter()
            .filter(|campaign| self.is_open(campaign, asked, random))
            .map(|campaign| Candidate {
                campaign: Some(campaign.id.clone()),
                charge: self.charge(&campaign.id),
                propensity: 0.0,
            })
            .collect();
        // Between an offer and none there is a choice; between none and none there is not.
        if !candidates.is_empty() {
            candidates.push(Candidate {
                campaign: None,
                charge: 0.0,
                propensity: 0.0,
            });
        }
        let arm = |candidate: &Candidate| {
            let offers = self.policy.offers();
            let place = offers.iter().position(|offer| *offer == candidate.campaign);
            // One that isn't there is refused by the policy, with its place.
            place.unwrap_or(offers.len())
        };
        let eligible: Vec<Eligible> = candidates
            .iter()
            .map(|candidate| Eligible {
                arm: arm(candidate),
                charge: candidate.charge,
            })
            .collect();
        let request = Request {
            shopper: asked.shopper,
            context: &self.encode(asked.context)?,
            eligible: &eligible,
            shown: asked.shown,
        };
        let decision = decide(&self.policy, asked.rules, request, random)?;
        if let Some(choice) = &decision.choice {
            let chances = candidates.iter_mut().zip(&choice.propensities);
            chances.for_each(|(candidate, chance)| candidate.propensity = *chance);
        }
        Ok((decision, candidates))
    }

    /// Whether a campaign's pacing lets it take part this time.
    fn is_open(&self, campaign: &Campaign, asked: &Asked<'_>, random: &mut impl Rng) -> bool {
        let Some(paced) = self.paced.get(&campaign.id) else {
            return true;
        };
        let spent = asked.spent.get(&campaign.id).copied().unwrap_or_default();
        random.random::<f64>() < paced.open(asked.at, spent)
    }

    /// λ times what it cost on average when it was shown.
    fn charge(&self, campaign: &str) -> f64 {
        let price = self.paced.get(campaign).map_or(0.0, Paced::price);
        let cost = self.costs.get(campaign).copied().unwrap_or_default();
        price * cost.sum / cost.decisions.max(1) as f64
    }

    fn encode(&self, context: &Context) -> Result<Vec<f64>, ChoiceError> {
        self.features.encode(&context.row(self.features.columns()))
    }
}

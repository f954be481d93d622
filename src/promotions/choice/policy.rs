//! The policy: contextual Thompson sampling over offers, with a fall back to the best fixed one.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::ChoiceError;
use super::lead::{Lead, doubly_robust, shrunk};
use super::regression::Regression;
use super::settings::{PolicySettings, check_range};
use super::thompson::{Belief, chances_of_best, pick, with_floor};

/// An offer that may be chosen in a decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eligible {
    /// Its place in the policy, see [`Policy::arm`].
    pub arm: usize,
    /// What it is expected to cost, in units of reward: taken off its value. With a dual price λ a money unit this is λ·cost.
    pub charge: f64,
}

/// What was chosen, and what must be logged of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    pub arm: usize,
    /// None: no offer is shown.
    pub offer: Option<String>,
    /// The exact probability with which it was chosen.
    pub propensity: f64,
    /// The probabilities of all eligible offers, in their order.
    pub propensities: Vec<f64>,
    /// Another offer than the one that is believed best.
    pub explored: bool,
    /// The best fixed offer was preferred to the model in this decision.
    pub fell_back: bool,
}

/// Contextual Thompson sampling. Serialise it to keep it; the same state, decisions and random numbers give the same choices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    settings: PolicySettings,
    /// Of an encoded context, without the constant that the policy adds.
    width: usize,
    offers: Vec<Option<String>>,
    arms: Vec<Regression>,
    /// All offers together: what each one's weights are drawn to.
    shared: Regression,
    centre: Vec<f64>,
    /// Squared errors of predictions made before learning.
    squared_errors: f64,
    predictions: f64,
    leads: Vec<Lead>,
}

impl Policy {
    /// A policy that knows nothing yet, for contexts of `width` numbers.
    pub fn new(width: usize, settings: PolicySettings) -> Result<Self, ChoiceError> {
        settings.check()?;
        let mut prior = vec![settings.weight_rows; width + 1];
        // The mean of all offers is drawn to nothing, nearly: rewards may be of any size.
        prior[0] = 1e-3;
        Ok(Self {
            settings,
            width,
            offers: Vec::new(),
            arms: Vec::new(),
            shared: Regression::new(prior),
            centre: vec![0.0; width + 1],
            squared_errors: 0.0,
            predictions: 0.0,
            leads: Vec::new(),
        })
    }

    /// The place of an offer, which is added if it is new; `None` is showing none.
    pub fn arm(&mut self, offer: Option<&str>) -> usize {
        if let Some(arm) = self.offers.iter().position(|known| known.as_deref() == offer) {
            return arm;
        }
        let mut prior = vec![self.settings.weight_rows; self.width + 1];
        prior[0] = self.settings.mean_rows;
        self.offers.push(offer.map(str::to_owned));
        self.arms.push(Regression::new(prior));
        self.leads.push(Lead::default());
        self.offers.len() - 1
    }

    /// The offers in their places.
    pub fn offers(&self) -> &[Option<String>] {
        &self.offers
    }

    /// Decisions learnt from.
    pub fn decisions(&self) -> u64 {
        self.shared.rows() as u64
    }

    /// Chooses among the eligible. `context`: `[width]`, encoded by [`super::Features`].
    pub fn choose(
        &self,
        context: &[f64],
        eligible: &[Eligible],
        random: &mut impl Rng,
    ) -> Result<Choice, ChoiceError> {
        let beliefs = self.beliefs(context, eligible)?;
        let fixed = self.fallback(eligible);
        let propensities = self.mix(&beliefs, fixed);
        let at = pick(&propensities, random.random());
        Ok(Choice {
            arm: eligible[at].arm,
            offer: self.offers[eligible[at].arm].clone(),
            propensity: propensities[at],
            explored: at != fixed.unwrap_or_else(|| favourite(&beliefs)),
            fell_back: fixed.is_some(),
            propensities,
        })
    }

    /// The probabilities that [`Self::choose`] draws from, `[eligible]`.
    pub fn propensities(&self, context: &[f64], eligible: &[Eligible]) -> Result<Vec<f64>, ChoiceError> {
        Ok(self.mix(&self.beliefs(context, eligible)?, self.fallback(eligible)))
    }

    /// The offer believed best, without exploring: its place among the eligible.
    pub fn best(&self, context: &[f64], eligible: &[Eligible]) -> Result<usize, ChoiceError> {
        let beliefs = self.beliefs(context, eligible)?;
        Ok(self.fallback(eligible).unwrap_or_else(|| favourite(&beliefs)))
    }

    /// Learns what a decision brought: the context, the eligible, which arm was shown with which probability, the reward.
    pub fn observe(
        &mut self,
        context: &[f64],
        eligible: &[Eligible],
        shown: (usize, f64),
        reward: f64,
    ) -> Result<(), ChoiceError> {
        let beliefs = self.beliefs(context, eligible)?;
        let (arm, propensity) = shown;
        let Some(at) = eligible.iter().position(|offer| offer.arm == arm) else {
            return Err(ChoiceError::NotEligible { arm });
        };
        check_range(
            "the propensity",
            propensity,
            propensity > 0.0 && propensity <= 1.0,
            "above 0, at most 1",
        )?;
        check_range("the reward", reward, reward.is_finite(), "a finite number")?;
        let error = reward - eligible[at].charge - beliefs[at].mean;
        self.judge(&beliefs, eligible, at, error / propensity);
        self.squared_errors += error * error;
        self.predictions += 1.0;
        let x = with_constant(context);
        self.shared.add(&x, reward);
        self.centre = self.shared.weights();
        self.arms[arm].add(&x, reward);
        Ok(())
    }

    /// The fixed offer that is best by the policy's own log, and by how much it is ahead of the model's favourite (the mean
    /// and its standard error, in reward a decision). None before the trial is over.
    pub fn best_fixed(&self, eligible: &[Eligible]) -> Option<(usize, f64, f64)> {
        let judged = |(at, offer): (usize, &Eligible)| {
            let lead = self.leads.get(offer.arm)?;
            (lead.decisions() >= self.settings.trial).then_some((at, lead))
        };
        let (places, leads): (Vec<usize>, Vec<&Lead>) =
            eligible.iter().enumerate().filter_map(judged).unzip();
        let means = shrunk(&leads);
        // Where chance explains all, the drawn means are equal.
        let raw = |a: usize, b: usize| leads[a].mean().total_cmp(&leads[b].mean());
        let best = (0..places.len()).max_by(|a, b| means[*a].total_cmp(&means[*b]).then(raw(*a, *b)))?;
        Some((places[best], means[best], leads[best].standard_error()))
    }

    /// The place of the fixed offer that the policy falls back to, if its model isn't ahead of it.
    pub fn fallback(&self, eligible: &[Eligible]) -> Option<usize> {
        let (at, lead, error) = self.best_fixed(eligible)?;
        (lead + self.settings.margin * error >= 0.0).then_some(at)
    }

    fn mix(&self, beliefs: &[Belief], fixed: Option<usize>) -> Vec<f64> {
        let mut chances = chances_of_best(beliefs);
        if let Some(fixed) = fixed {
            chances
                .iter_mut()
                .for_each(|chance| *chance *= self.settings.trying);
            chances[fixed] += 1.0 - self.settings.trying;
        }
        with_floor(&mut chances, self.settings.floor, self.settings.most_floors);
        chances
    }

    fn judge(&mut self, beliefs: &[Belief], eligible: &[Eligible], shown: usize, surprise: f64) {
        let kept = 0.5_f64.powf(1.0 / self.settings.memory);
        let value = |at: usize| doubly_robust(beliefs[at].mean, at == shown, surprise);
        let model = value(favourite(beliefs));
        for (at, offer) in eligible.iter().enumerate() {
            self.leads[offer.arm].add(value(at) - model, kept);
        }
    }

    /// What is believed of each eligible offer, its charge taken off: `[eligible]`.
    fn beliefs(&self, context: &[f64], eligible: &[Eligible]) -> Result<Vec<Belief>, ChoiceError> {
        self.check(context, eligible)?;
        let x = with_constant(context);
        let noise = if self.predictions > 0.0 {
            self.squared_errors / self.predictions
        } else {
            1.0
        };
        let belief = |offer: &Eligible| {
            let (mean, variance) = self.arms[offer.arm].predict(&x, &self.centre);
            Belief {
                mean: mean - offer.charge,
                deviation: (noise * variance).sqrt(),
            }
        };
        Ok(eligible.iter().map(belief).collect())
    }

    fn check(&self, context: &[f64], eligible: &[Eligible]) -> Result<(), ChoiceError> {
        if context.len() != self.width {
            return Err(ChoiceError::Width {
                found: context.len(),
                expected: self.width,
            });
        }
        if let Some((at, value)) = context.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(ChoiceError::NotFinite { at, value: *value });
        }
        if eligible.is_empty() {
            return Err(ChoiceError::NothingEligible);
        }
        for (at, offer) in eligible.iter().enumerate() {
            let (arm, arms) = (offer.arm, self.arms.len());
            check_range(
                "the charge",
                offer.charge,
                offer.charge.is_finite(),
                "a finite number",
            )?;
            if arm >= arms {
                return Err(ChoiceError::UnknownArm { arm, arms });
            }
            if eligible[..at].iter().any(|before| before.arm == arm) {
                return Err(ChoiceError::NotEligible { arm });
            }
        }
        Ok(())
    }
}

fn favourite(beliefs: &[Belief]) -> usize {
    let ahead = |best: usize, at: usize| {
        if beliefs[at].mean > beliefs[best].mean {
            at
        } else {
            best
        }
    };
    (1..beliefs.len()).fold(0, ahead)
}

/// The context after a 1, whose weight is the mean.
fn with_constant(context: &[f64]) -> Vec<f64> {
    let mut x = Vec::with_capacity(context.len() + 1);
    x.push(1.0);
    x.extend_from_slice(context);
    x
}

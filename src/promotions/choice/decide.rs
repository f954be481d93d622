//! One decision from end to end: hold-out, exposure cap, then the policy.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::ChoiceError;
use super::limits::{ExposureCap, HoldOut};
use super::policy::{Choice, Eligible, Policy};

/// What stands before the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    pub hold_out: HoldOut,
    pub cap: ExposureCap,
}

/// Who is to be offered something.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub shopper: &'a str,
    /// Encoded, `[width]`.
    pub context: &'a [f64],
    pub eligible: &'a [Eligible],
    /// Personal offers that the shopper was shown in the cap's period.
    pub shown: u32,
}

/// Why an offer was or wasn't chosen. Logged with the decision: only chosen rows belong into a log for evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    HeldOut,
    Capped,
    /// Nothing was eligible.
    Empty,
    Chosen,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub group: Group,
    /// None outside of [`Group::Chosen`]: no offer, with certainty.
    pub choice: Option<Choice>,
}

impl Decision {
    pub fn offer(&self) -> Option<&str> {
        self.choice.as_ref().and_then(|choice| choice.offer.as_deref())
    }

    /// The probability of what happened, given the group.
    pub fn propensity(&self) -> f64 {
        self.choice.as_ref().map_or(1.0, |choice| choice.propensity)
    }
}

/// Decides what a shopper is offered.
pub fn decide(
    policy: &Policy,
    rules: &Rules,
    request: Request<'_>,
    random: &mut impl Rng,
) -> Result<Decision, ChoiceError> {
    let none = |group| Decision { group, choice: None };
    if rules.hold_out.holds(request.shopper) {
        return Ok(none(Group::HeldOut));
    }
    if !rules.cap.allows_after(request.shown) {
        return Ok(none(Group::Capped));
    }
    if request.eligible.is_empty() {
        return Ok(none(Group::Empty));
    }
    Ok(Decision {
        group: Group::Chosen,
        choice: Some(policy.choose(request.context, request.eligible, random)?),
    })
}

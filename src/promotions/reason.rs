//! Why a campaign does not apply. The codes are those of Talon.One where it has one for the case.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use utoipa::ToSchema;

use super::campaign::MinorUnits;
use crate::store::Millis;

/// What keeps one campaign from a cart. There are hundreds beside a cart, nearly all with one reason.
pub type Reasons = SmallVec<[Reason; 1]>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code")]
pub enum Reason {
    CouponNotFound,
    CouponStartDateInFuture {
        starts_at: Millis,
    },
    CouponExpired,
    /// A draft, paused or ended by hand.
    CouponPartOfNotRunningCampaign,
    /// All uses of the campaign, or all of today's, are gone.
    CampaignLimitReached,
    /// What the campaign may cost is spent, or less is left than this cart would take.
    CampaignBudgetSpent,
    /// All uses of this code are gone.
    CouponLimitReached,
    /// The shopper has used it as often as one may.
    ProfileLimitReached,
    /// It asks who the shopper is, and nobody knows.
    ProfileRequired,
    /// It is for other shoppers: another segment, or a first order.
    CouponRecipientDoesNotMatch,
    /// It is for another channel.
    CouponRejectedByCondition,
    /// Nothing in the cart that it could make cheaper.
    EffectCouldNotBeApplied,
    /// Its amounts are in another currency.
    CurrencyDoesNotMatch {
        expected: String,
    },
    /// So much more of what it is for, in minor units.
    MissingAmount {
        minor: MinorUnits,
    },
    /// So many more pieces of what it is for.
    MissingItem {
        pieces: i64,
    },
    OutsideHours {
        /// `None`: never again.
        opens_at: Option<Millis>,
    },
    /// Another that was better for the shopper does not go together with it.
    NotCombinable {
        with: Vec<String>,
    },
    /// A cart can't have more offers at once.
    TooManyOffers,
}

impl Reason {
    /// The key of its sentence in the fluent files.
    pub fn key(&self) -> &'static str {
        match self {
            Self::CouponNotFound => "offer-not-found",
            Self::CouponStartDateInFuture { .. } => "offer-not-yet",
            Self::CouponExpired => "offer-expired",
            Self::CouponPartOfNotRunningCampaign => "offer-not-running",
            Self::CampaignLimitReached => "offer-campaign-used-up",
            Self::CampaignBudgetSpent => "offer-budget-spent",
            Self::CouponLimitReached => "offer-code-used-up",
            Self::ProfileLimitReached => "offer-used-by-you",
            Self::ProfileRequired => "offer-who-are-you",
            Self::CouponRecipientDoesNotMatch => "offer-for-others",
            Self::CouponRejectedByCondition => "offer-other-channel",
            Self::EffectCouldNotBeApplied => "offer-nothing-to-discount",
            Self::CurrencyDoesNotMatch { .. } => "offer-other-currency",
            Self::MissingAmount { .. } => "offer-missing-amount",
            Self::MissingItem { .. } => "offer-missing-item",
            Self::OutsideHours { .. } => "offer-outside-hours",
            Self::NotCombinable { .. } => "offer-not-combinable",
            Self::TooManyOffers => "offer-too-many",
        }
    }

    /// Its name, as the API has it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CouponNotFound => "CouponNotFound",
            Self::CouponStartDateInFuture { .. } => "CouponStartDateInFuture",
            Self::CouponExpired => "CouponExpired",
            Self::CouponPartOfNotRunningCampaign => "CouponPartOfNotRunningCampaign",
            Self::CampaignLimitReached => "CampaignLimitReached",
            Self::CampaignBudgetSpent => "CampaignBudgetSpent",
            Self::CouponLimitReached => "CouponLimitReached",
            Self::ProfileLimitReached => "ProfileLimitReached",
            Self::ProfileRequired => "ProfileRequired",
            Self::CouponRecipientDoesNotMatch => "CouponRecipientDoesNotMatch",
            Self::CouponRejectedByCondition => "CouponRejectedByCondition",
            Self::EffectCouldNotBeApplied => "EffectCouldNotBeApplied",
            Self::CurrencyDoesNotMatch { .. } => "CurrencyDoesNotMatch",
            Self::MissingAmount { .. } => "MissingAmount",
            Self::MissingItem { .. } => "MissingItem",
            Self::OutsideHours { .. } => "OutsideHours",
            Self::NotCombinable { .. } => "NotCombinable",
            Self::TooManyOffers => "TooManyOffers",
        }
    }

    /// Whether the shopper can do something about it now: put more into the cart, or come at another hour.
    pub fn is_near(&self) -> bool {
        matches!(
            self,
            Self::MissingAmount { .. } | Self::MissingItem { .. } | Self::OutsideHours { .. }
        )
    }

    /// Whether putting more into the cart is all that it takes.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::MissingAmount { .. } | Self::MissingItem { .. })
    }
}

//! What a campaign is: its benefit, for what, for whom, when, how often, and with what it combines.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Time, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schedule::Schedule;

/// An amount in the smallest unit of a currency.
pub type MinorUnits = i64;
/// A share in ten thousandths: 1,250 is 12.5 %.
pub type Permyriad = u32;

/// A share that takes all.
pub const WHOLE: Permyriad = 10_000;

/// A campaign whose fields fit together: made from a file or a form by [`super::file`], which checks them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Lower-case letters, digits and dashes.
    pub id: String,
    pub name: String,
    /// What it says to shoppers.
    pub description: String,
    /// Both in other languages, by their codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, CampaignText>,
    pub state: State,
    /// Of every amount in it. A campaign without amounts needs none and serves carts of any currency.
    pub currency: Option<String>,
    pub class: Class,
    /// Classes of campaigns that it goes together with. Two campaigns combine when both say so.
    pub combines_with: BTreeSet<Class>,
    /// The higher, the earlier it is applied within its class.
    pub priority: i32,
    pub benefit: Benefit,
    /// The lines that it discounts; their amounts and pieces are what its conditions count.
    pub scope: Scope,
    pub conditions: Conditions,
    pub schedule: Schedule,
    pub limits: Limits,
    pub codes: Codes,
    /// Whether shoppers whose cart qualifies are told of its public code.
    #[serde(default)]
    pub advertised: bool,
    /// Which shopper is shown it is chosen by what was learned; everybody who qualifies may still redeem it.
    pub personal: bool,
}

/// What a campaign is called in another language, and what it says to shoppers there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignText {
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// How far a campaign's life is. What runs and what is only planned is told by its schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being written: it applies to nothing.
    Draft,
    /// Applies while its schedule says so.
    Active,
    Paused,
    Ended,
}

/// [`State`] and schedule together, as people speak of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Draft,
    Scheduled,
    Running,
    Paused,
    Ended,
}

/// What is discounted, in the order in which discounts are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Product,
    Order,
    Shipping,
}

impl Campaign {
    /// The name in a language; the shop's own where it has none there.
    pub fn name_in(&self, locale: &str) -> &str {
        self.texts.get(locale).map_or(&self.name, |text| &text.name)
    }

    /// What it says to shoppers of a language.
    pub fn description_in(&self, locale: &str) -> &str {
        self.texts
            .get(locale)
            .map_or(&self.description, |text| &text.description)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Benefit {
    /// A share of what the scope costs, at most `cap`.
    Percent {
        share: Permyriad,
        cap: Option<MinorUnits>,
    },
    /// An amount off the scope as a whole, or off each piece of it.
    Amount { minor: MinorUnits, each: bool },
    /// Each piece of the scope costs this; dearer it never gets.
    FixedPrice { minor: MinorUnits },
    /// Shipping costs nothing, or less by `cap`.
    FreeShipping { cap: Option<MinorUnits> },
    /// For every `buy` pieces, `get` others cost less by `share`.
    BuyGet(BuyGet),
    /// The step that the scope reaches decides.
    Tiers { by: Measure, steps: Vec<Step> },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyGet {
    pub buy: u32,
    pub get: u32,
    /// What the pieces of `get` cost less: [`WHOLE`] is free.
    pub share: Permyriad,
    /// What counts as bought; the scope itself when it is empty.
    pub bought: Scope,
    /// At most so many times in a cart.
    pub times: Option<u32>,
    pub choose: Choose,
}

/// Which pieces cost less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choose {
    #[default]
    Cheapest,
    Dearest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Subtotal,
    Quantity,
}

/// From `from` on (minor units or pieces), `off`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub from: i64,
    pub off: Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    Share(Permyriad),
    Amount(MinorUnits),
}

/// What is meant: everything where `include` is empty, never what is excluded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    pub include: Selector,
    pub exclude: Selector,
}

/// Items by their id, by any level of their category's path, or by their brand; in any case of letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selector {
    pub items: BTreeSet<String>,
    pub categories: BTreeSet<String>,
    pub brands: BTreeSet<String>,
}

/// All of them must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    /// What the scope costs before any discount; of "buy x, get y" it is what counts as bought.
    pub min_subtotal: Option<MinorUnits>,
    /// What is left of the scope after all other discounts; for campaigns of shipping, which come last.
    pub min_after_discounts: Option<MinorUnits>,
    /// Pieces of the same.
    pub min_quantity: Option<u32>,
    /// The cart has at least one of these, discounted or not.
    pub requires: Selector,
    pub first_order: bool,
    /// The shopper is in one of them.
    pub segments: BTreeSet<String>,
    /// The shopper is in none of them.
    pub not_segments: BTreeSet<String>,
    pub channels: BTreeSet<String>,
}

/// How often and how much; `None` is without end. Days are those of the schedule's time zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    pub total: Option<i64>,
    pub per_shopper: Option<i64>,
    pub per_day: Option<i64>,
    /// What all its discounts together may cost.
    pub budget: Option<MinorUnits>,
}

/// How a shopper comes by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Codes {
    /// Without a code, to every cart that qualifies.
    Automatic,
    /// One code for all.
    Public { code: String },
    /// Codes of its own for each shopper, each good for `uses` redemptions.
    Unique { pattern: String, uses: i64 },
}

/// Hours of the day, from the first to just before the second; past midnight where the second is earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub from: Time,
    pub to: Time,
}

/// Monday first, as ISO 8601 counts.
pub const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Campaign {
    /// Where it stands at `at`.
    pub fn phase(&self, at: crate::store::Millis) -> Phase {
        match self.state {
            State::Draft => Phase::Draft,
            State::Paused => Phase::Paused,
            State::Ended => Phase::Ended,
            State::Active if self.schedule.has_ended(at) => Phase::Ended,
            State::Active if !self.schedule.has_begun(at) => Phase::Scheduled,
            State::Active => Phase::Running,
        }
    }

    /// Whether both say that they go together.
    pub fn combines(&self, other: &Self) -> bool {
        self.combines_with.contains(&other.class) && other.combines_with.contains(&self.class)
    }

    pub fn is_automatic(&self) -> bool {
        self.codes == Codes::Automatic
    }
}

impl Class {
    pub const ALL: [Self; 3] = [Self::Product, Self::Order, Self::Shipping];

    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Order => "order",
            Self::Shipping => "shipping",
        }
    }
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }
}

impl Selector {
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.categories.is_empty() && self.brands.is_empty()
    }
}

impl Scope {
    pub fn is_everything(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }
}

impl Benefit {
    /// Whether it names an amount of money, which has a meaning in one currency only.
    pub fn has_amounts(&self) -> bool {
        match self {
            Self::Percent { cap, .. } | Self::FreeShipping { cap } => cap.is_some(),
            Self::Amount { .. } | Self::FixedPrice { .. } => true,
            Self::BuyGet(_) => false,
            Self::Tiers { by, steps } => {
                *by == Measure::Subtotal || steps.iter().any(|step| matches!(step.off, Off::Amount(_)))
            }
        }
    }
}

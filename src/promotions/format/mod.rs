//! Campaigns as people write them: TOML in files, the same names as JSON over HTTP.
//!
//! ```toml
//! [[campaign]]
//! id = "tent-weekend"
//! name = "Tent weekend"
//! currency = "USD"
//! benefit = { kind = "percent", percent = 15, cap = "60.00" }
//! scope = { categories = ["Tents"] }
//! conditions = { min_subtotal = "100.00" }
//! schedule = { time_zone = "America/Denver", weekdays = ["sat", "sun"] }
//! combines_with = ["shipping"]
//! ```

mod read;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::campaign::{Campaign, CampaignText, Choose, Class, Codes, Measure, Selector, State};
use super::codes::code_key;

/// A campaign that can't be taken: which one, which field, and what was expected of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("campaign `{campaign}`: `{field}`: expected {expected}")]
pub struct FieldError {
    pub campaign: String,
    pub field: String,
    pub expected: String,
}

/// A file that is no TOML, or holds names that no campaign has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct FileError {
    pub line: usize,
    pub message: String,
}

/// What a file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    campaign: Vec<CampaignForm>,
}

/// A campaign in the words of its file. Amounts and percentages are decimals such as `"12.50"`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignForm {
    pub id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// `active` where it isn't said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// `shipping` for free shipping, `product` for what names single pieces, `order` for the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub combines_with: BTreeSet<Class>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i32,
    /// Whether shoppers are told of its code.
    #[serde(default, skip_serializing_if = "is_default")]
    pub advertised: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub personal: bool,
    /// One code for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Codes for one shopper each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes: Option<CodesForm>,
    pub benefit: BenefitForm,
    #[serde(default, skip_serializing_if = "ScopeForm::is_empty")]
    pub scope: ScopeForm,
    #[serde(default, skip_serializing_if = "is_default")]
    pub conditions: ConditionsForm,
    #[serde(default, skip_serializing_if = "is_default")]
    pub schedule: ScheduleForm,
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: LimitsForm,
    /// Name and description in other languages, by their codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, CampaignText>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodesForm {
    /// `#` stands for a character of the code, as in `FALL-####`.
    pub pattern: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<i64>,
}

/// Which fields it has depends on `kind`: `percent`, `amount`, `fixed_price`, `free_shipping`, `buy_get` or `tiers`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BenefitForm {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Off each piece instead of off all together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buy: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bought: Option<ScopeForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choose: Option<Choose>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Measure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepForm>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepForm {
    pub from: Decimal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeForm {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub items: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub brands: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "SelectorForm::is_empty")]
    pub exclude: SelectorForm,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectorForm {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub items: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub brands: BTreeSet<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionsForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_subtotal: Option<Decimal>,
    /// For campaigns of shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_after_discounts: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_quantity: Option<u32>,
    #[serde(default, skip_serializing_if = "SelectorForm::is_empty")]
    pub requires: SelectorForm,
    #[serde(default, skip_serializing_if = "is_default")]
    pub first_order: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub segments: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub not_segments: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub channels: BTreeSet<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleForm {
    /// A name such as `Europe/Berlin`; UTC where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// A day such as `2026-11-27`, or a day and time such as `2026-11-27T09:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<String>,
    /// The last day, or the first moment after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// `mon` to `sun`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub weekdays: BTreeSet<String>,
    /// Such as `17:00-21:00`; past midnight where the second is earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_shopper: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Decimal>,
}

/// A decimal as it was written: a text, or a number, whose shortest form is what was meant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Decimal(pub String);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Whole(i64),
            Fraction(f64),
            Text(String),
        }
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Whole(number) => number.to_string(),
            Written::Fraction(number) => number.to_string(),
            Written::Text(text) => text,
        }))
    }
}

impl ScopeForm {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl SelectorForm {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn selector(&self) -> Selector {
        Selector {
            items: self.items.clone(),
            categories: self.categories.clone(),
            brands: self.brands.clone(),
        }
    }

    fn of(selector: &Selector) -> Self {
        Self {
            items: selector.items.clone(),
            categories: selector.categories.clone(),
            brands: selector.brands.clone(),
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Campaigns of a file: those that can be taken, and everything that is wrong with the others.
pub fn read_file(text: &str) -> Result<(Vec<Campaign>, Vec<FieldError>), FileError> {
    let file: File = toml::from_str(text).map_err(|error| FileError {
        line: error
            .span()
            .map_or(1, |span| text[..span.start].matches('\n').count() + 1),
        message: error.message().to_owned(),
    })?;
    let mut campaigns = Vec::new();
    let mut errors = Vec::new();
    for form in &file.campaign {
        match form.campaign() {
            Ok(campaign) => campaigns.push(campaign),
            Err(found) => errors.extend(found),
        }
    }
    errors.extend(without_twins(&mut campaigns));
    Ok((campaigns, errors))
}

/// Takes out campaigns whose id or code another before them has; says which.
fn without_twins(campaigns: &mut Vec<Campaign>) -> Vec<FieldError> {
    let (mut ids, mut codes) = (BTreeSet::new(), BTreeSet::new());
    let mut errors = Vec::new();
    campaigns.retain(|campaign| {
        let twin = match &campaign.codes {
            _ if !ids.insert(campaign.id.clone()) => {
                Some(("id", "an id that no other campaign of the file has"))
            }
            Codes::Public { code } if !codes.insert(code_key(code)) => {
                Some(("code", "a code that can't be taken for that of another campaign"))
            }
            _ => None,
        };
        if let Some((field, expected)) = twin {
            errors.push(FieldError {
                campaign: campaign.id.clone(),
                field: field.into(),
                expected: expected.into(),
            });
        }
        twin.is_none()
    });
    errors
}

/// Campaigns as a file that [`read_file`] reads back unchanged.
pub fn write_file(campaigns: &[Campaign]) -> Result<String, toml::ser::Error> {
    toml::to_string_pretty(&File {
        campaign: campaigns.iter().map(CampaignForm::of).collect(),
    })
}

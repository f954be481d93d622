//! One thing that is for sale.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::Millis;
use crate::text::normalise::same_in_any_case;

/// What kind of things a catalogue sells. The code is the same for all of them; their attributes differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Vertical {
    #[default]
    Shop,
    Travel,
    Video,
    Finance,
}

/// Whether it can be had. The names are those of Google's product feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    #[default]
    InStock,
    OutOfStock,
    Preorder,
    Backorder,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In the currency's smallest unit: cents of USD, yen, fils of KWD.
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// A product, trip, film or account, as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The shop's own id.
    pub id: String,
    pub vertical: Vertical,
    pub title: String,
    pub description: String,
    /// Path of the category, widest first.
    pub category: Vec<String>,
    /// Empty where none is known.
    pub brand: String,
    /// The usual price.
    pub price: Option<Money>,
    /// The price now, in the currency of `price` and below it.
    pub sale_price: Option<i64>,
    /// What a piece costs the shop, in the currency of `price`. Nobody outside is told.
    #[serde(skip)]
    pub cost: Option<i64>,
    pub availability: Availability,
    /// Pieces; `None`: not counted.
    pub stock: Option<i64>,
    /// Variants of one product share it.
    pub group: Option<String>,
    pub attributes: BTreeMap<String, String>,
    /// What it is called in other languages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, ItemText>,
    pub link: String,
    pub image: String,
    /// When it was missing from a feed that names all items; `None` while it is sold.
    pub vanished_at: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

/// What an item is called in another language than the shop's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemText {
    pub title: String,
    pub description: String,
    /// Level by level as the item's own.
    pub category: Vec<String>,
    /// By the names of the item's own.
    pub attributes: BTreeMap<String, String>,
}

impl ItemText {
    /// The texts of a row of a feed that is written in that language.
    pub(super) fn of(item: &Item) -> Self {
        Self {
            title: item.title.clone(),
            description: item.description.clone(),
            category: item.category.clone(),
            attributes: item.attributes.clone(),
        }
    }
}

impl Item {
    /// Its title in a language, or in the shop's own.
    pub fn title_in(&self, locale: &str) -> &str {
        self.texts.get(locale).map_or(&self.title, |text| &text.title)
    }

    /// Its description in a language, or in the shop's own.
    pub fn description_in(&self, locale: &str) -> &str {
        let text = self.texts.get(locale).filter(|text| !text.description.is_empty());
        text.map_or(&self.description, |text| &text.description)
    }

    /// The path of its category in a language, or in the shop's own.
    pub fn category_in(&self, locale: &str) -> &[String] {
        let text = self
            .texts
            .get(locale)
            .filter(|text| text.category.len() == self.category.len());
        text.map_or(&self.category, |text| &text.category)
    }

    /// An attribute in a language, or in the shop's own.
    pub fn attribute_in(&self, name: &str, locale: &str) -> Option<&str> {
        let text = self.texts.get(locale).and_then(|text| text.attributes.get(name));
        text.or_else(|| self.attributes.get(name)).map(String::as_str)
    }

    /// What it costs now.
    pub fn costs(&self) -> Option<Money> {
        let price = self.price.as_ref()?;
        Some(Money {
            minor: self.sale_price.unwrap_or(price.minor),
            currency: price.currency.clone(),
        })
    }

    /// Whether it is in a category: any level of its path, or a path from the top such as `Camping > Tents`.
    pub fn is_in(&self, wanted: &str) -> bool {
        is_in_category(&self.category, wanted)
    }

    /// Whether a shopper can buy it today.
    pub fn is_sold(&self) -> bool {
        self.vanished_at.is_none() && self.availability != Availability::OutOfStock && self.stock != Some(0)
    }
}

/// Whether a category's path, widest first, has the level `wanted`, or begins with it where it is a path itself.
pub fn is_in_category(category: &[String], wanted: &str) -> bool {
    if category.iter().any(|level| same_in_any_case(level, wanted)) {
        return true;
    }
    let path: Vec<&str> = wanted.split('>').map(str::trim).collect();
    path.len() > 1
        && path.len() <= category.len()
        && path
            .iter()
            .zip(category)
            .all(|(wanted, level)| same_in_any_case(level, wanted))
}

impl Availability {
    pub const ALL: [Self; 4] = [Self::InStock, Self::OutOfStock, Self::Preorder, Self::Backorder];

    pub fn name(self) -> &'static str {
        match self {
            Self::InStock => "in_stock",
            Self::OutOfStock => "out_of_stock",
            Self::Preorder => "preorder",
            Self::Backorder => "backorder",
        }
    }

    /// The database keeps other names out.
    pub(super) fn of_name(name: &str) -> Self {
        let found = Self::ALL
            .into_iter()
            .find(|availability| availability.name() == name);
        found.unwrap_or_default()
    }
}

impl Vertical {
    pub const ALL: [Self; 4] = [Self::Shop, Self::Travel, Self::Video, Self::Finance];

    pub fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Travel => "travel",
            Self::Video => "video",
            Self::Finance => "finance",
        }
    }
}

impl FromStr for Vertical {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|vertical| vertical.name() == name);
        found.ok_or_else(|| {
            format!(
                "`{name}`: expected one of {}",
                Self::ALL.map(Self::name).join(", ")
            )
        })
    }
}

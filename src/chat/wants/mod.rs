//! What a shopper wants of the catalogue, as far as the conversation has said it. Pure: read from messages, refined by
//! later ones, kept by items or not.

mod fit;
mod read;
mod sizes;

use serde::{Deserialize, Serialize};

use crate::catalog::Money;
use crate::nlu::entities::Audience;

pub use fit::{Limit, size_of};
pub use read::Shelves;
pub use sizes::comes_in;

/// Limits that products must keep, and the words they are looked for by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wants {
    /// The words that name a thing.
    pub text: String,
    /// Path of the narrowest category that is named.
    pub category: Option<String>,
    pub brand: Option<String>,
    pub not_brands: Vec<String>,
    pub min_price: Option<Money>,
    pub max_price: Option<Money>,
    /// As the shopper calls it: "navy" is narrower than "blue".
    pub colour: Option<String>,
    pub not_colours: Vec<String>,
    pub not_materials: Vec<String>,
    pub size: Option<String>,
    pub audience: Option<Audience>,
    /// So many people it shall hold.
    pub persons: Option<u32>,
    /// Below its usual price.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reduced: bool,
}

impl Wants {
    /// Whether it limits anything but by words.
    pub fn has_limits(&self) -> bool {
        let bare = Self {
            text: self.text.clone(),
            ..Self::default()
        };
        *self != bare
    }

    /// Whether it names what the shop sells: a category or a brand.
    pub fn names_goods(&self) -> bool {
        self.category.is_some() || self.brand.is_some()
    }

    /// Whether nothing is said of what is looked for.
    pub fn is_open(&self) -> bool {
        self.text.is_empty() && !self.names_goods()
    }

    /// These wants with what a later message adds. What it says of something again replaces what was said; what it
    /// doesn't want adds up.
    pub fn refined(&self, newer: &Self) -> Self {
        let or = |newer: &Option<String>, older: &Option<String>| newer.clone().or_else(|| older.clone());
        let both = |older: &[String], newer: &[String]| {
            let mut all = older.to_vec();
            all.extend(newer.iter().filter(|one| !older.contains(one)).cloned());
            all
        };
        let unwanted = both(&self.not_brands, &newer.not_brands);
        let brand = or(&newer.brand, &self.brand).filter(|brand| !newer.not_brands.contains(brand));
        let colour = or(&newer.colour, &self.colour).filter(|colour| !newer.not_colours.contains(colour));
        Self {
            text: match (newer.category.is_some(), newer.text.is_empty()) {
                (true, _) => newer.text.clone(),
                (false, true) => self.text.clone(),
                (false, false) => format!("{} {}", self.text, newer.text).trim().to_owned(),
            },
            category: or(&newer.category, &self.category),
            not_brands: unwanted
                .into_iter()
                .filter(|unwanted| newer.brand.as_ref() != Some(unwanted))
                .collect(),
            brand,
            min_price: newer.min_price.clone().or_else(|| match newer.max_price {
                Some(_) => None,
                None => self.min_price.clone(),
            }),
            max_price: newer.max_price.clone().or_else(|| match newer.min_price {
                Some(_) => None,
                None => self.max_price.clone(),
            }),
            colour,
            not_colours: both(&self.not_colours, &newer.not_colours),
            not_materials: both(&self.not_materials, &newer.not_materials),
            size: or(&newer.size, &self.size),
            audience: newer.audience.or(self.audience),
            persons: newer.persons.or(self.persons),
            reduced: newer.reduced || self.reduced,
        }
    }

    /// What stays in force when something else is looked for: whom it is for, what they can't have. A budget and a
    /// colour were said of the thing before.
    pub fn of_the_shopper(&self) -> Self {
        Self {
            not_brands: self.not_brands.clone(),
            not_materials: self.not_materials.clone(),
            audience: self.audience,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(minor: i64) -> Option<Money> {
        Some(Money {
            minor,
            currency: "USD".into(),
        })
    }

    #[test]
    fn a_later_message_refines_what_an_earlier_one_said() {
        let jackets = Wants {
            text: "rain jacket".into(),
            category: Some("Jackets > Rain jackets".into()),
            max_price: dollars(12_000),
            brand: Some("Northpeak".into()),
            ..Wants::default()
        };
        let refined = jackets.refined(&Wants {
            colour: Some("blue".into()),
            not_brands: vec!["Northpeak".into()],
            ..Wants::default()
        });
        assert_eq!(refined.text, "rain jacket");
        assert_eq!((refined.brand, refined.colour.as_deref()), (None, Some("blue")));
        assert_eq!(refined.max_price, dollars(12_000));
        // A new range replaces the old one whole.
        let dearer = jackets.refined(&Wants {
            min_price: dollars(20_000),
            ..Wants::default()
        });
        assert_eq!((dearer.min_price, dearer.max_price), (dollars(20_000), None));
        let lighter = jackets.refined(&Wants {
            text: "light".into(),
            ..Wants::default()
        });
        assert_eq!(lighter.text, "rain jacket light");
        let boots = jackets.refined(&Wants {
            text: "boots".into(),
            category: Some("Footwear".into()),
            ..Wants::default()
        });
        assert_eq!(boots.text, "boots");
    }

    #[test]
    fn who_it_is_for_outlives_what_it_is() {
        let wants = Wants {
            text: "jacket".into(),
            audience: Some(Audience::Men),
            max_price: dollars(100),
            not_materials: vec!["wool".into()],
            ..Wants::default()
        };
        let kept = wants.of_the_shopper();
        assert_eq!(
            (kept.audience, kept.not_materials.len()),
            (Some(Audience::Men), 1)
        );
        assert!(kept.is_open() && kept.max_price.is_none());
    }
}

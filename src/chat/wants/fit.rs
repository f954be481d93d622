//! Whether an item keeps what is wanted, and which limit to give up first when nothing does.

use super::Wants;
use super::sizes::comes_in;
use crate::catalog::Item;
use crate::nlu::entities::{Audience, colour_base};
use crate::text::normalise::same_in_any_case;

/// A limit that can be given up, the first to go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Colour,
    Size,
    Persons,
    Audience,
    Brand,
    Price,
}

impl Limit {
    pub const ALL: [Self; 6] = [
        Self::Colour,
        Self::Size,
        Self::Persons,
        Self::Audience,
        Self::Brand,
        Self::Price,
    ];

    /// The end of its keys in the fluent files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Colour => "colour",
            Self::Size => "size",
            Self::Persons => "persons",
            Self::Audience => "audience",
            Self::Brand => "brand",
            Self::Price => "price",
        }
    }
}

/// The size that an item is listed with; empty where it has none.
pub fn size_of(item: &Item) -> &str {
    attribute(item, "size")
}

impl Wants {
    /// Whether an item keeps every limit; words are the search's business.
    pub fn admits(&self, item: &Item) -> bool {
        self.admits_price(item)
            && self.category.as_ref().is_none_or(|wanted| item.is_in(wanted))
            && self
                .brand
                .as_ref()
                .is_none_or(|wanted| same_in_any_case(&item.brand, wanted))
            && !self
                .not_brands
                .iter()
                .any(|unwanted| same_in_any_case(&item.brand, unwanted))
            && self.admits_colour(item)
            && self.admits_material(item)
            && self
                .size
                .as_ref()
                .is_none_or(|wanted| comes_in(size_of(item), wanted) != Some(false))
            && self.audience.is_none_or(|audience| is_for(item, audience))
            && self.persons.is_none_or(|persons| holds(item, persons))
            && (!self.reduced || item.sale_price.is_some())
    }

    fn admits_price(&self, item: &Item) -> bool {
        if self.min_price.is_none() && self.max_price.is_none() {
            return true;
        }
        let Some(costs) = item.costs() else {
            return false;
        };
        let least = self.min_price.as_ref();
        let most = self.max_price.as_ref();
        least.is_none_or(|least| costs.currency == least.currency && costs.minor >= least.minor)
            && most.is_none_or(|most| costs.currency == most.currency && costs.minor <= most.minor)
    }

    fn admits_colour(&self, item: &Item) -> bool {
        let own = attribute(item, "color");
        let is = |wanted: &str| same_in_any_case(own, wanted) || is_shade_of(own, wanted);
        !self.not_colours.iter().any(|unwanted| is(unwanted)) && self.colour.as_deref().is_none_or(is)
    }

    fn admits_material(&self, item: &Item) -> bool {
        let material = attribute(item, "material").to_lowercase();
        !self
            .not_materials
            .iter()
            .any(|unwanted| material.contains(&unwanted.to_lowercase()))
    }

    /// These wants without one of their limits; `None`: they have no such limit.
    pub fn without(&self, limit: Limit) -> Option<Self> {
        let mut fewer = self.clone();
        match limit {
            Limit::Colour => fewer.colour = None,
            Limit::Size => fewer.size = None,
            Limit::Persons => fewer.persons = None,
            Limit::Audience => fewer.audience = None,
            Limit::Brand => fewer.brand = None,
            Limit::Price => (fewer.min_price, fewer.max_price) = (None, None),
        }
        (fewer != *self).then_some(fewer)
    }
}

/// "navy" is a shade of "blue"; "blue" is none of "navy".
fn is_shade_of(own: &str, wanted: &str) -> bool {
    let base = colour_base(wanted);
    base.is_some_and(|base| same_in_any_case(base, wanted)) && colour_base(own) == base
}

fn is_for(item: &Item, audience: Audience) -> bool {
    let is_for_kids = item.is_in("Kids");
    match (attribute(item, "gender").to_lowercase().as_str(), audience) {
        (_, Audience::Anyone) => true,
        ("kids", Audience::Men | Audience::Women) => false,
        ("women", Audience::Men) | ("men", Audience::Women) => false,
        ("men" | "women", Audience::Boys | Audience::Girls | Audience::Kids | Audience::Babies) => false,
        ("unisex" | "", Audience::Boys | Audience::Girls | Audience::Kids | Audience::Babies) => {
            // What people wear comes in sizes: those of grown-ups don't fit.
            is_for_kids || size_of(item).is_empty()
        }
        _ => !is_for_kids || !matches!(audience, Audience::Men | Audience::Women),
    }
}

/// Whether it is made for so many people.
fn holds(item: &Item, persons: u32) -> bool {
    let capacity = attribute(item, "capacity");
    let number = capacity
        .strip_suffix("person")
        .or_else(|| capacity.strip_suffix("people"));
    let Some(number) = number else {
        return false;
    };
    // A tent for eight is no tent for two.
    number
        .trim()
        .parse()
        .is_ok_and(|holds: u32| holds >= persons && holds <= persons + 2)
}

fn attribute<'a>(item: &'a Item, name: &str) -> &'a str {
    item.attributes.get(name).map_or("", String::as_str)
}

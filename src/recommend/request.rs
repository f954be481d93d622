//! What is asked of the recommender, and for whom.

use std::collections::HashSet;

use super::event::Event;
use crate::catalog::Item;
use crate::text::normalise::same_in_any_case;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// How many items.
    pub n: usize,
    pub filter: Filter,
    /// Items that must not be in the answer.
    pub exclude: HashSet<String>,
}

impl Request {
    /// Whether an item may be in the answer: on sale today, as the filter wants it, and not excluded.
    pub fn lets_through(&self, item: &Item) -> bool {
        item.is_sold() && !self.exclude.contains(&item.id) && self.filter.lets_through(item)
    }
}

/// What items must be.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any level of an item's path, or a path from its top.
    pub category: Option<String>,
    pub brand: Option<String>,
    /// "Not Nike".
    pub not_brands: Vec<String>,
    /// Minor units.
    pub min_price: Option<i64>,
    pub max_price: Option<i64>,
}

impl Filter {
    fn lets_through(&self, item: &Item) -> bool {
        let same = same_in_any_case;
        let price = item.costs().map(|money| money.minor);
        self.category.as_ref().is_none_or(|wanted| item.is_in(wanted))
            && self.brand.as_ref().is_none_or(|wanted| same(&item.brand, wanted))
            && !self.not_brands.iter().any(|unwanted| same(&item.brand, unwanted))
            && self
                .min_price
                .is_none_or(|least| price.is_some_and(|price| price >= least))
            && self
                .max_price
                .is_none_or(|most| price.is_some_and(|price| price <= most))
    }
}

/// Who asks: somebody known by an id, or only what they did just now.
#[derive(Debug, Clone, Copy)]
pub enum Asker<'a> {
    Known(&'a str),
    /// Events of the session, oldest first; nothing of them is kept.
    Session(&'a [Event]),
}

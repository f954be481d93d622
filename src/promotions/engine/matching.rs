//! Which lines of a cart each campaign means. Selectors of all campaigns are one table, so that a cart asks once for
//! each of its items, categories and brands, however many campaigns there are.

use std::collections::HashMap;

use crate::promotions::campaign::{Benefit, Campaign, Scope, Selector};
use crate::promotions::cart::Line;

/// What a selector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Include,
    Exclude,
    BoughtInclude,
    BoughtExclude,
    Requires,
}

/// From the names that selectors hold to the campaigns whose selectors they are.
#[derive(Debug, Default)]
pub struct Selectors {
    items: Table,
    categories: Table,
    brands: Table,
}

type Table = HashMap<String, Vec<(usize, Role)>>;

/// Lines of a cart, by their places in ascending order.
pub type Places = Vec<usize>;

/// What the campaigns of an engine mean in one cart; all by the campaign's number.
#[derive(Debug)]
pub struct Matches {
    hits: Vec<Hits>,
    lines: usize,
}

/// Lines that one campaign's selectors name. Empty vectors take no memory.
#[derive(Debug, Default, Clone)]
struct Hits {
    include: Places,
    exclude: Places,
    bought_include: Places,
    bought_exclude: Places,
    requires: bool,
}

impl Selectors {
    pub fn of(campaigns: &[std::sync::Arc<Campaign>]) -> Self {
        let mut selectors = Self::default();
        for (number, campaign) in campaigns.iter().enumerate() {
            selectors.add(number, Role::Include, &campaign.scope.include);
            selectors.add(number, Role::Exclude, &campaign.scope.exclude);
            selectors.add(number, Role::Requires, &campaign.conditions.requires);
            if let Benefit::BuyGet(buy_get) = &campaign.benefit {
                selectors.add(number, Role::BoughtInclude, &buy_get.bought.include);
                selectors.add(number, Role::BoughtExclude, &buy_get.bought.exclude);
            }
        }
        selectors
    }

    fn add(&mut self, number: usize, role: Role, selector: &Selector) {
        let tables = [
            (&mut self.items, &selector.items),
            (&mut self.categories, &selector.categories),
            (&mut self.brands, &selector.brands),
        ];
        for (table, names) in tables {
            for name in names {
                table.entry(key(name)).or_default().push((number, role));
            }
        }
    }

    /// Looks up the lines of a cart for `campaigns` campaigns.
    pub fn matches(&self, lines: &[Line], campaigns: usize) -> Matches {
        let mut hits = vec![Hits::default(); campaigns];
        for (place, line) in lines.iter().enumerate() {
            let mut meet = |table: &Table, name: &str| {
                for (number, role) in table.get(name).into_iter().flatten() {
                    hits[*number].meet(*role, place);
                }
            };
            if !self.items.is_empty() {
                meet(&self.items, &key(&line.item));
            }
            if !self.brands.is_empty() && !line.brand.is_empty() {
                meet(&self.brands, &key(&line.brand));
            }
            if !self.categories.is_empty() {
                for name in category_names(&line.category) {
                    meet(&self.categories, &name);
                }
            }
        }
        Matches {
            hits,
            lines: lines.len(),
        }
    }
}

impl Hits {
    fn meet(&mut self, role: Role, place: usize) {
        let places = match role {
            Role::Include => &mut self.include,
            Role::Exclude => &mut self.exclude,
            Role::BoughtInclude => &mut self.bought_include,
            Role::BoughtExclude => &mut self.bought_exclude,
            Role::Requires => {
                self.requires = true;
                return;
            }
        };
        // Two levels of a category may be named by one selector.
        if places.last() != Some(&place) {
            places.push(place);
        }
    }
}

impl Matches {
    /// The lines of the scope of campaign `number`.
    pub fn scope(&self, number: usize, scope: &Scope) -> Places {
        let hits = &self.hits[number];
        self.meant(scope, &hits.include, &hits.exclude)
    }

    /// The lines that count as bought for campaign `number`, whose `bought` is not everything.
    pub fn bought(&self, number: usize, bought: &Scope) -> Places {
        let hits = &self.hits[number];
        self.meant(bought, &hits.bought_include, &hits.bought_exclude)
    }

    /// Whether the cart has what campaign `number` requires.
    pub fn has_required(&self, number: usize) -> bool {
        self.hits[number].requires
    }

    fn meant(&self, scope: &Scope, include: &Places, exclude: &Places) -> Places {
        let is_excluded = |place: &usize| exclude.binary_search(place).is_ok();
        if scope.include.is_empty() {
            (0..self.lines).filter(|place| !is_excluded(place)).collect()
        } else {
            include
                .iter()
                .copied()
                .filter(|place| !is_excluded(place))
                .collect()
        }
    }
}

/// One form of a name for all cases of letters and spaces around `>`.
pub fn key(name: &str) -> String {
    if name.contains('>') {
        let steps: Vec<String> = name.split('>').map(|step| step.trim().to_lowercase()).collect();
        steps.join(" > ")
    } else {
        name.trim().to_lowercase()
    }
}

/// The names that a category goes by: each level of its path, and every path from the top.
fn category_names(path: &[String]) -> Vec<String> {
    let levels: Vec<String> = path.iter().map(|level| key(level)).collect();
    let paths = (2..=levels.len()).map(|length| levels[..length].join(" > "));
    let mut names: Vec<String> = paths.collect();
    names.extend(levels);
    names
}

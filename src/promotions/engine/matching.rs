//! Which lines of a cart each campaign means. Selectors of all campaigns are one table, so that a cart asks once for
//! each of its items, categories and brands, however many campaigns there are.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::promotions::campaign::{Benefit, Campaign, Scope, Selector};
use crate::promotions::cart::Line;

/// What a selector is for.
#[derive(Debug, Clone, Copy)]
enum Role {
    Include,
    Exclude,
    BoughtInclude,
    BoughtExclude,
    Requires,
}

const ROLES: usize = Role::Requires as usize + 1;

/// The number of a campaign and a role together.
fn slot(number: usize, role: Role) -> usize {
    number * ROLES + role as usize
}

/// From the names that selectors hold to the campaigns and roles whose selectors they are.
#[derive(Debug, Default)]
pub struct Selectors {
    items: Table,
    categories: Table,
    brands: Table,
}

type Table = HashMap<String, Vec<usize>>;

/// Lines of a cart, by their places in ascending order.
pub type Places<'a> = Cow<'a, [usize]>;

/// What the campaigns of an engine mean in one cart; all by the campaign's number.
#[derive(Debug)]
pub struct Matches {
    /// Places of lines that selectors name, those of one campaign and role side by side.
    places: Vec<usize>,
    /// Where those of each campaign and role begin in `places`, and how many they are.
    spans: Vec<Span>,
    /// All lines.
    all: Vec<usize>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Span {
    begin: usize,
    count: usize,
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
                table.entry(key(name)).or_default().push(slot(number, role));
            }
        }
    }

    /// Looks up the lines of a cart for `campaigns` campaigns.
    pub fn matches(&self, lines: &[&Line], campaigns: usize) -> Matches {
        let named: Vec<(usize, &[usize])> = lines
            .iter()
            .enumerate()
            .flat_map(|(place, line)| self.slots(line).map(move |slots| (place, slots)))
            .collect();
        // Room for all first, so that there is one list instead of thousands.
        let mut spans = vec![Span::default(); campaigns * ROLES];
        for slot in named.iter().flat_map(|(_, slots)| *slots) {
            spans[*slot].count += 1;
        }
        let mut begin = 0;
        for span in &mut spans {
            let room = std::mem::take(&mut span.count);
            span.begin = begin;
            begin += room;
        }
        let mut places = vec![0; begin];
        for (place, slots) in named {
            for slot in slots {
                let span = &mut spans[*slot];
                let end = span.begin + span.count;
                // Two levels of a category may be named by one selector.
                if span.count == 0 || places[end - 1] != place {
                    places[end] = place;
                    span.count += 1;
                }
            }
        }
        Matches {
            places,
            spans,
            all: (0..lines.len()).collect(),
        }
    }

    /// The slots of the selectors that name a line.
    fn slots<'a>(&'a self, line: &Line) -> impl Iterator<Item = &'a [usize]> + use<'a> {
        let mut slots: Vec<&[usize]> = Vec::new();
        let mut meet = |table: &'a Table, name: &str| slots.extend(table.get(name).map(Vec::as_slice));
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
        slots.into_iter()
    }
}

impl Matches {
    /// The lines of the scope of campaign `number`.
    pub fn scope(&self, number: usize, scope: &Scope) -> Places<'_> {
        self.meant(scope, number, Role::Include, Role::Exclude)
    }

    /// The lines that count as bought for campaign `number`, whose `bought` is not everything.
    pub fn bought(&self, number: usize, bought: &Scope) -> Places<'_> {
        self.meant(bought, number, Role::BoughtInclude, Role::BoughtExclude)
    }

    /// Whether the cart has what campaign `number` requires.
    pub fn has_required(&self, number: usize) -> bool {
        !self.named(number, Role::Requires).is_empty()
    }

    fn named(&self, number: usize, role: Role) -> &[usize] {
        let span = self.spans[slot(number, role)];
        &self.places[span.begin..span.begin + span.count]
    }

    fn meant(&self, scope: &Scope, number: usize, include: Role, exclude: Role) -> Places<'_> {
        let included = match scope.include.is_empty() {
            true => &self.all,
            false => self.named(number, include),
        };
        let excluded = self.named(number, exclude);
        if excluded.is_empty() {
            return Cow::Borrowed(included);
        }
        let is_left = |place: &usize| excluded.binary_search(place).is_err();
        Cow::Owned(included.iter().copied().filter(is_left).collect())
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

//! The page of products: what was asked for, what was found, and the filters that lead on from there.

use serde::Deserialize;

use super::card::{Card, encoded};
use crate::catalog::{Category, Count, Facets, Labels, SearchPage, Sort};
use crate::text::money::{money_text, plain_amount};
use crate::text::normalise::same_in_any_case;
use crate::web::App;
use crate::web::catalog::{ProductQuery, find};
use crate::web::pages::Frame;
use crate::web::problem::Problem;

/// Products of one page: whole lines of two, three and four.
const PAGE: usize = 24;

/// What the page's form sends. Everything is optional, and empty fields are none.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Listing {
    pub q: String,
    pub category: String,
    pub brand: String,
    pub min_price: String,
    pub max_price: String,
    pub sort: String,
    pub in_stock: String,
    cursor: String,
}

/// What was found, ready to be shown.
#[derive(Default)]
pub struct Found {
    pub cards: Vec<Card>,
    /// What is wrong with a field; empty when all is well.
    pub wrong: String,
    /// How many there are, in words.
    pub summary: String,
    /// The categories from the top to the chosen one.
    pub path: Vec<Step>,
    pub within: Vec<Step>,
    pub brands: Vec<Count>,
    pub prices: Vec<Step>,
    pub previous: Option<String>,
    pub next: Option<String>,
    /// `3–14 of 90`; empty when one page shows all.
    pub place: String,
    pub currency: String,
}

/// A way on: a category or a range of prices.
pub struct Step {
    pub name: String,
    pub address: String,
    pub count: usize,
}

impl Listing {
    /// Whether nothing was asked for: then the page shows all categories.
    pub fn is_empty(&self) -> bool {
        let asked = [
            &self.q,
            &self.category,
            &self.brand,
            &self.min_price,
            &self.max_price,
            &self.sort,
            &self.in_stock,
            &self.cursor,
        ];
        asked.iter().all(|value| value.trim().is_empty())
    }

    /// Whether the fold of filters is open from the start.
    pub fn is_narrowed(&self) -> bool {
        let narrowing = [&self.brand, &self.min_price, &self.max_price, &self.in_stock];
        narrowing.iter().any(|value| !value.trim().is_empty())
    }

    /// The names of the orders and whether each is the chosen one.
    pub fn sorts(&self) -> [(&'static str, &'static str, bool); 4] {
        Sort::ALL.map(|sort| {
            let label = match sort {
                Sort::Relevance => "products-sort-relevance",
                Sort::PriceUp => "products-sort-price-up",
                Sort::PriceDown => "products-sort-price-down",
                Sort::Newest => "products-sort-newest",
            };
            let chosen = self.sort == sort.name() || self.sort.is_empty() && sort == Sort::Relevance;
            (sort.name(), label, chosen)
        })
    }

    /// What the cards of this list tell when they are opened.
    pub fn opened_as(&self) -> &'static str {
        if self.q.trim().is_empty() { "" } else { "search" }
    }

    /// The address of this list, with what isn't empty.
    pub fn address(&self) -> String {
        let fields = [
            ("q", &self.q),
            ("category", &self.category),
            ("brand", &self.brand),
            ("min_price", &self.min_price),
            ("max_price", &self.max_price),
            ("sort", &self.sort),
            ("in_stock", &self.in_stock),
            ("cursor", &self.cursor),
        ];
        let given = fields.iter().filter(|(_, value)| !value.trim().is_empty());
        let pairs: Vec<String> = given
            .map(|(name, value)| format!("{name}={}", encoded(value.trim())))
            .collect();
        if pairs.is_empty() {
            "/products".to_owned()
        } else {
            format!("/products?{}", pairs.join("&"))
        }
    }

    /// The first page of this list after a change.
    fn changed(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = Self {
            cursor: String::new(),
            ..self.clone()
        };
        change(&mut changed);
        changed.address()
    }

    fn at(&self, cursor: usize) -> String {
        self.changed(|listing| {
            if cursor > 0 {
                listing.cursor = cursor.to_string();
            }
        })
    }

    fn query(&self) -> ProductQuery {
        ProductQuery {
            q: Some(self.q.clone()),
            category: Some(self.category.clone()),
            brand: Some(self.brand.clone()),
            min_price: Some(self.min_price.clone()),
            max_price: Some(self.max_price.clone()),
            currency: None,
            in_stock: Some(self.in_stock.clone()),
            sort: Some(self.sort.clone()),
            limit: Some(PAGE.to_string()),
            cursor: Some(self.cursor.clone()),
        }
    }

    /// Finds what was asked for. A field that can't be read is named, and the rest is found without it.
    pub async fn found(&self, app: &App, frame: &Frame<'_>) -> Result<Found, Problem> {
        let mut wrong = String::new();
        let request = match self.query().request(app) {
            Ok(request) => request,
            Err(problem) => {
                wrong = if problem.names("min_price") || problem.names("max_price") {
                    frame.say("products-wrong-price")
                } else {
                    frame.say("products-wrong-field")
                };
                let rest = ProductQuery {
                    q: Some(self.q.chars().take(200).collect()),
                    category: Some(self.category.clone()),
                    limit: Some(PAGE.to_string()),
                    ..ProductQuery::default()
                };
                rest.request(app)?
            }
        };
        let from = request.after;
        // Of the other brands too: whoever chose one may choose another.
        let mut all_brands = request.clone();
        all_brands.brand = None;
        let page = find(app, request).await?;
        let brands = if self.brand.trim().is_empty() {
            page.facets.brands.clone()
        } else {
            find(app, all_brands).await?.facets.brands
        };
        let locale = app.locale();
        let labels = app.catalogue.labels(&locale);
        let found = self.shown(page, from, frame, &locale, &labels);
        Ok(Found {
            wrong,
            brands,
            currency: app.catalogue.currency().unwrap_or_default(),
            ..found
        })
    }

    fn shown(
        &self,
        page: SearchPage,
        from: usize,
        frame: &Frame<'_>,
        locale: &str,
        labels: &Labels,
    ) -> Found {
        let (path, within) = self.categories(&page, labels);
        let (first, last) = (from + 1, from + page.hits.len());
        let place = if page.total > page.hits.len() && !page.hits.is_empty() {
            let (first, last, all) = (first.to_string(), last.to_string(), page.total.to_string());
            let of = [("first", first.as_str()), ("last", &last), ("all", &all)];
            frame.voice.say_with("products-place", &of)
        } else {
            String::new()
        };
        Found {
            cards: page
                .hits
                .iter()
                .map(|hit| Card::of_hit(hit, frame, locale))
                .collect(),
            summary: summary(page.total, frame),
            path,
            within,
            prices: self.prices(&page.facets, frame, locale),
            previous: (from > 0).then(|| self.at(from.saturating_sub(PAGE))),
            next: page.next.map(|next| self.at(next)),
            place,
            ..Found::default()
        }
    }

    /// The way down to the chosen category, and those within it.
    fn categories(&self, page: &SearchPage, labels: &Labels) -> (Vec<Step>, Vec<Step>) {
        let mut here: &[Category] = &page.facets.categories;
        let (mut path, mut names) = (Vec::new(), Vec::new());
        let step = |names: &[String], count: usize| Step {
            name: names.last().map_or("", |name| labels.category(name)).to_owned(),
            address: self.changed(|listing| listing.category = names.join(" > ")),
            count,
        };
        for wanted in self.chosen(page) {
            let Some(category) = here
                .iter()
                .find(|category| same_in_any_case(&category.name, &wanted))
            else {
                break;
            };
            names.push(category.name.clone());
            path.push(step(&names, category.count));
            here = &category.within;
        }
        let within = here.iter().map(|category| {
            let mut names = names.clone();
            names.push(category.name.clone());
            step(&names, category.count)
        });
        let within = within.collect();
        (path, within)
    }

    /// The chosen category from the top. A name of a lower level gets the path that the first hit has to it.
    fn chosen(&self, page: &SearchPage) -> Vec<String> {
        let written: Vec<String> = self
            .category
            .split('>')
            .map(|part| part.trim().to_owned())
            .collect();
        let [name] = written.as_slice() else {
            return written;
        };
        let first = page.hits.first().map(|hit| hit.item.category.as_slice());
        let path = first.unwrap_or_default();
        match path.iter().position(|level| same_in_any_case(level, name)) {
            Some(level) => path[..=level].to_vec(),
            None => written,
        }
    }

    fn prices(&self, facets: &Facets, frame: &Frame<'_>, locale: &str) -> Vec<Step> {
        let ranges = facets.prices.iter();
        let ranges = ranges.map(|range| {
            let text = |minor| money_text(minor, &range.currency, locale);
            let plain = |minor: Option<i64>| {
                minor.map_or_else(String::new, |minor| plain_amount(minor, &range.currency))
            };
            // The field's limit is itself included, the range's is not.
            let most = range.below.map(|below| below - 1);
            let name = match (range.from, range.below) {
                (Some(from), Some(below)) => {
                    let (from, to) = (text(from), text(below));
                    frame
                        .voice
                        .say_with("products-price-between", &[("from", &from), ("to", &to)])
                }
                (Some(from), None) => frame
                    .voice
                    .say_with("products-price-from", &[("from", &text(from))]),
                (None, Some(below)) => frame
                    .voice
                    .say_with("products-price-below", &[("to", &text(below))]),
                (None, None) => return None,
            };
            let address = self.changed(|listing| {
                listing.min_price = plain(range.from);
                listing.max_price = plain(most);
            });
            Some(Step {
                name,
                address,
                count: range.count,
            })
        });
        ranges.flatten().collect()
    }
}

/// How many products there are, in words.
pub fn summary(total: usize, frame: &Frame<'_>) -> String {
    match total {
        0 => frame.say("products-none"),
        1 => frame.say("products-one"),
        total => frame
            .voice
            .say_with("products-count", &[("count", &total.to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_what_was_asked_for_and_no_more() {
        let listing = Listing {
            q: " rain & snow ".into(),
            category: "Camping > Tents".into(),
            cursor: "24".into(),
            ..Listing::default()
        };
        assert_eq!(
            listing.address(),
            "/products?q=rain%20%26%20snow&category=Camping%20%3E%20Tents&cursor=24"
        );
        assert_eq!(
            listing.changed(|listing| listing.q.clear()),
            "/products?category=Camping%20%3E%20Tents"
        );
        assert_eq!(Listing::default().address(), "/products");
    }
}

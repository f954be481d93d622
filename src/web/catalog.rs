//! Products over HTTP: search and one product. Public, as the shop's own pages are.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::extract::Query;
use super::problem::Problem;
use crate::catalog::{
    Availability, Category, Count, Facets, Item, ItemHit, Money, PriceRange, SearchPage, SearchRequest, Sort,
    Vertical,
};
use crate::nlu::Vector;
use crate::text::money::{minor_digits, money_text, parse_amount};

const QUERY_CHARS: usize = 500;
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;
/// How long a search waits for the meaning of its words.
const PATIENCE: Duration = Duration::from_millis(300);
/// Hits that pages reach; whoever wants more exports the catalogue.
const DEEPEST: usize = 100_000;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/products", get(search))
        .route("/api/v1/products/{id}", get(product))
}

/// All are optional; they come as text, so that a wrong one can be named.
#[derive(Clone, Default, Deserialize, IntoParams)]
pub struct ProductQuery {
    /// Words, with typos if need be; nothing: all products.
    pub(super) q: Option<String>,
    /// A category of any level, or a path from the top: `Camping > Tents`.
    pub(super) category: Option<String>,
    pub(super) brand: Option<String>,
    /// Such as `49.90`.
    pub(super) min_price: Option<String>,
    pub(super) max_price: Option<String>,
    /// Of the prices, in ISO 4217; without it, the one that most of the catalogue's prices are in.
    pub(super) currency: Option<String>,
    /// `true`: only what can be bought today.
    pub(super) in_stock: Option<String>,
    /// `relevance`, `price_up`, `price_down` or `newest`.
    pub(super) sort: Option<String>,
    /// Products of one page, 1 to 100; 20 without it.
    pub(super) limit: Option<String>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
}

/// An amount of money.
#[derive(Serialize, ToSchema)]
pub struct Price {
    /// In the currency's smallest unit.
    minor: i64,
    /// ISO 4217.
    currency: String,
    /// As people read it.
    text: String,
}

/// A product, trip, film or account.
#[derive(Serialize, ToSchema)]
pub struct Product {
    id: String,
    vertical: Vertical,
    title: String,
    description: String,
    /// Widest first.
    category: Vec<String>,
    brand: String,
    /// The usual price.
    price: Option<Price>,
    /// The price now, where it is lower.
    sale_price: Option<Price>,
    availability: Availability,
    /// Whether it can be bought today.
    in_stock: bool,
    /// Pieces, where they are counted.
    stock: Option<i64>,
    /// Variants of one product share it.
    group: Option<String>,
    attributes: BTreeMap<String, String>,
    link: String,
    image: String,
    /// How many variants fit, itself among them; of one product, how many there are.
    variants: usize,
}

/// A page of products.
#[derive(Serialize, ToSchema)]
pub struct Products {
    products: Vec<Product>,
    /// Products of all pages.
    total: usize,
    categories: Vec<Category>,
    brands: Vec<Count>,
    prices: Vec<Range>,
    /// Of the next page, if there is one.
    next_cursor: Option<String>,
}

/// A range of prices and how many products are within it.
#[derive(Serialize, ToSchema)]
pub struct Range {
    /// Itself included; null: from the cheapest on.
    from: Option<Price>,
    /// Itself left out; null: without end.
    below: Option<Price>,
    count: usize,
}

/// Finds products. The counts by category, brand and price are over all pages.
#[utoipa::path(get, path = "/api/v1/products", tag = "catalogue", params(ProductQuery),
    responses((status = 200, body = Products), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn search(
    State(app): State<App>,
    Query(query): Query<ProductQuery>,
) -> Result<axum::Json<Products>, Problem> {
    let request = query.request(&app)?;
    let page = find(&app, request).await?;
    Ok(axum::Json(Products::of(page, &app.config.locale)))
}

/// Runs a search off the runtime's threads.
pub(super) async fn find(app: &App, request: SearchRequest) -> Result<SearchPage, Problem> {
    let vector = match request.text.is_empty() {
        true => None,
        false => meaning(app, &request.text, &request.language).await,
    };
    let catalogue = app.catalogue.clone();
    let found = tokio::task::spawn_blocking(move || catalogue.search(&request, vector.as_deref())).await;
    found.map_err(|_| Problem::failed("the product search ended early"))
}

/// The meaning of a query, unless the encoder is too busy: the words find products without it.
async fn meaning(app: &App, text: &str, language: &str) -> Option<Vector> {
    let encoded = tokio::time::timeout(PATIENCE, app.nlu.encoder(language).encode(text)).await;
    encoded.ok()?.ok()
}

/// One product.
#[utoipa::path(get, path = "/api/v1/products/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 200, body = Product), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn product(State(app): State<App>, Path(id): Path<String>) -> Result<axum::Json<Product>, Problem> {
    let item = app.catalogue.get(&id).ok_or_else(Problem::not_found)?;
    let variants = app.catalogue.variants(&item).len();
    Ok(axum::Json(Product::of(&item, variants, &app.config.locale)))
}

impl ProductQuery {
    pub(super) fn request(self, app: &App) -> Result<SearchRequest, Problem> {
        let usual = app.catalogue.currency().unwrap_or_else(|| "USD".into());
        let text = self.q.unwrap_or_default();
        if text.chars().count() > QUERY_CHARS {
            return Err(Problem::field("q", format!("at most {QUERY_CHARS} characters")));
        }
        let named = self.currency.map(|currency| currency.to_uppercase());
        let currency = named.as_deref().unwrap_or(&usual);
        if minor_digits(currency).is_none() {
            return Err(Problem::field("currency", "a currency of ISO 4217, such as USD"));
        }
        Ok(SearchRequest {
            category: self.category.filter(|category| !category.trim().is_empty()),
            brand: self.brand.filter(|brand| !brand.trim().is_empty()),
            min_price: price("min_price", self.min_price, currency)?,
            max_price: price("max_price", self.max_price, currency)?,
            in_stock: value("in_stock", self.in_stock, "true or false")?.unwrap_or(false),
            sort: value("sort", self.sort, &Sort::ALL.map(Sort::name).join(", "))?.unwrap_or_default(),
            limit: number("limit", self.limit, 1, LARGEST_PAGE)?.unwrap_or(PAGE),
            after: number("cursor", self.cursor, 0, DEEPEST)?.unwrap_or(0),
            language: app.nlu.spoken(&text, &app.config.locale).to_owned(),
            text: text.trim().to_owned(),
            ..SearchRequest::default()
        })
    }
}

/// A value, where one is given that isn't empty: forms send empty ones.
fn value<T: FromStr>(field: &str, written: Option<String>, expected: &str) -> Result<Option<T>, Problem> {
    let written = written.filter(|written| !written.trim().is_empty());
    let read = written.map(|written| written.trim().parse::<T>());
    read.transpose().map_err(|_| Problem::field(field, expected))
}

fn number(field: &str, written: Option<String>, least: usize, most: usize) -> Result<Option<usize>, Problem> {
    let expected = format!("a whole number from {least} to {most}");
    let number = value(field, written, &expected)?;
    match number {
        Some(number) if number < least || number > most => Err(Problem::field(field, expected)),
        number => Ok(number),
    }
}

fn price(field: &str, written: Option<String>, currency: &str) -> Result<Option<Money>, Problem> {
    let Some(written) = written.filter(|written| !written.trim().is_empty()) else {
        return Ok(None);
    };
    let minor = parse_amount(written.trim(), currency)
        .ok_or_else(|| Problem::field(field, format!("an amount of {currency} such as 49")))?;
    let currency = currency.to_owned();
    Ok(Some(Money { minor, currency }))
}

impl Price {
    fn of(minor: i64, currency: &str, locale: &str) -> Self {
        Self {
            minor,
            currency: currency.to_owned(),
            text: money_text(minor, currency, locale),
        }
    }
}

impl Product {
    /// An item as it is shown. `variants`: how many of its group fit.
    pub fn of(item: &Item, variants: usize, locale: &str) -> Self {
        let shown = |minor| {
            let price = item.price.as_ref()?;
            Some(Price::of(minor, &price.currency, locale))
        };
        Self {
            id: item.id.clone(),
            vertical: item.vertical,
            title: item.title.clone(),
            description: item.description.clone(),
            category: item.category.clone(),
            brand: item.brand.clone(),
            price: item.price.as_ref().and_then(|price| shown(price.minor)),
            sale_price: item.sale_price.and_then(shown),
            availability: item.availability,
            in_stock: item.is_sold(),
            stock: item.stock,
            group: item.group.clone(),
            attributes: item.attributes.clone(),
            link: item.link.clone(),
            image: item.image.clone(),
            variants,
        }
    }
}

impl Products {
    fn of(page: SearchPage, locale: &str) -> Self {
        let Facets {
            categories,
            brands,
            prices,
        } = page.facets;
        let product = |hit: &ItemHit| Product::of(&hit.item, hit.variants, locale);
        let range = |range: PriceRange| {
            let price = |minor: i64| Price::of(minor, &range.currency, locale);
            Range {
                from: range.from.map(price),
                below: range.below.map(price),
                count: range.count,
            }
        };
        Self {
            products: page.hits.iter().map(product).collect(),
            total: page.total,
            categories,
            brands,
            prices: prices.into_iter().map(range).collect(),
            next_cursor: page.next.map(|next| next.to_string()),
        }
    }
}

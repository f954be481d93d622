//! A shopper and an order as programs send them, and as the engine takes them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::KEY_CHARS;
use crate::promotions::campaign::MinorUnits;
use crate::promotions::cart::{Cart, Line, MOST_LINES, Shopper};
use crate::promotions::outcome::Occasion;
use crate::store::now;
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::recommend::check_id;

const ID_CHARS: usize = 200;
/// Codes of one cart.
const MOST_CODES: usize = 20;
const CODE_CHARS: usize = 100;
const MOST_SEGMENTS: usize = 100;

/// A cart, whose it is, and the codes that were entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    pub order: Order,
    /// Codes that were entered.
    #[serde(default)]
    pub redeemables: Vec<Redeemable>,
    /// Such as `web`, `app` or `chat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
}

/// What else is wanted of a qualification; others pay no heed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Whether to choose a personal offer. It counts as shown: ask only where it will be.
    #[serde(default)]
    pub personal: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The shop's own id.
    #[serde(alias = "source_id")]
    pub id: String,
    /// Orders before this one.
    #[serde(default)]
    pub orders: u64,
    #[serde(default)]
    pub segments: BTreeSet<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The shop's number of the order.
    #[serde(default, alias = "source_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// ISO 4217; the catalogue's where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    pub items: Vec<OrderItem>,
    /// What shipping costs, in minor units.
    #[serde(default)]
    pub shipping: MinorUnits,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderItem {
    /// The line's own name, for returns; the product's id where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(alias = "source_id", alias = "sku_id")]
    pub product_id: String,
    pub quantity: u32,
    /// Of one piece in minor units; the catalogue's price where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<MinorUnits>,
}

/// A code, as `{"object": "voucher", "id": "WELCOME10"}` or the code alone.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Redeemable {
    Code(String),
    Voucher {
        /// `voucher`.
        #[serde(default)]
        object: Option<String>,
        id: String,
    },
}

/// Keeps back what a cart would use, between checkout and payment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// `LOCK`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
    /// `SECONDS`, `MINUTES`, `HOURS` or `DAYS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_unit: Option<String>,
}

/// A week: longer is no checkout.
const LONGEST_HOLD: u64 = 7 * 24 * 60 * 60 * 1000;
const USUAL_HOLD: u64 = 15 * 60 * 1000;

impl Session {
    /// Milliseconds that it lasts.
    pub fn lasts(&self) -> Result<i64, Problem> {
        check_id("session.key", &self.key, KEY_CHARS)?;
        if self.kind.as_deref().is_some_and(|kind| kind != "LOCK") {
            return Err(Problem::field("session.type", "`LOCK`"));
        }
        let unit = match self.ttl_unit.as_deref() {
            None | Some("MINUTES") => 60_000,
            Some("SECONDS") => 1_000,
            Some("HOURS") => 3_600_000,
            Some("DAYS") => 86_400_000,
            Some(_) => {
                return Err(Problem::field(
                    "session.ttl_unit",
                    "SECONDS, MINUTES, HOURS or DAYS",
                ));
            }
        };
        let millis = self.ttl.map_or(Some(USUAL_HOLD), |ttl| ttl.checked_mul(unit));
        millis
            .filter(|millis| (1..=LONGEST_HOLD).contains(millis))
            .and_then(|millis| i64::try_from(millis).ok())
            .ok_or_else(|| Problem::field("session.ttl", "a time above 0 and up to 7 days"))
    }
}

impl CartRequest {
    /// Checks it, and looks its items up.
    pub fn occasion(&self, app: &App) -> Result<Occasion, Problem> {
        if let Some(order) = &self.order.id {
            check_id("order.id", order, KEY_CHARS)?;
        }
        Ok(Occasion {
            cart: self.order.cart(app)?,
            shopper: self.shopper()?,
            at: now(),
            codes: self.codes()?,
        })
    }

    fn shopper(&self) -> Result<Shopper, Problem> {
        let channel = self.channel.clone().unwrap_or_default();
        if channel.chars().count() > ID_CHARS {
            return Err(Problem::field(
                "channel",
                format!("at most {ID_CHARS} characters"),
            ));
        }
        let Some(customer) = &self.customer else {
            return Ok(Shopper {
                channel,
                ..Shopper::default()
            });
        };
        check_id("customer.id", &customer.id, ID_CHARS)?;
        if customer.segments.len() > MOST_SEGMENTS {
            return Err(Problem::field(
                "customer.segments",
                format!("at most {MOST_SEGMENTS}"),
            ));
        }
        Ok(Shopper {
            id: Some(customer.id.clone()),
            orders: customer.orders,
            segments: customer.segments.clone(),
            channel,
        })
    }

    fn codes(&self) -> Result<Vec<String>, Problem> {
        if self.redeemables.len() > MOST_CODES {
            return Err(Problem::field(
                "redeemables",
                format!("at most {MOST_CODES} codes"),
            ));
        }
        let code = |(place, redeemable): (usize, &Redeemable)| {
            let code = match redeemable {
                Redeemable::Code(code) => code,
                Redeemable::Voucher { object, id } => {
                    if object.as_deref().is_some_and(|object| object != "voucher") {
                        let field = format!("redeemables[{place}].object");
                        return Err(Problem::field(
                            &field,
                            "`voucher`; automatic campaigns apply by themselves",
                        ));
                    }
                    id
                }
            };
            check_id(&format!("redeemables[{place}].id"), code, CODE_CHARS)?;
            Ok(code.clone())
        };
        self.redeemables.iter().enumerate().map(code).collect()
    }
}

impl Order {
    fn cart(&self, app: &App) -> Result<Cart, Problem> {
        let currency = self.currency.clone().or_else(|| app.catalogue.currency());
        let currency = currency.ok_or_else(|| Problem::field("order.currency", "a currency of ISO 4217"))?;
        if self.items.len() > MOST_LINES {
            return Err(Problem::field(
                "order.items",
                format!("at most {MOST_LINES} lines"),
            ));
        }
        let mut lines: Vec<Line> = Vec::with_capacity(self.items.len());
        for (place, item) in self.items.iter().enumerate() {
            lines.push(item.line(app, place, &currency)?);
        }
        let cart = Cart {
            currency,
            lines,
            shipping: self.shipping,
        };
        cart.check()
            .map_err(|error| Problem::field(&format!("order.{}", error.field), error.expected))?;
        Ok(cart)
    }
}

impl OrderItem {
    fn line(&self, app: &App, place: usize, currency: &str) -> Result<Line, Problem> {
        let field = |name: &str| format!("order.items[{place}].{name}");
        let item = app.catalogue.get(&self.product_id);
        let item =
            item.ok_or_else(|| Problem::field(&field("product_id"), "the id of an item of the catalogue"))?;
        if let Some(id) = &self.id {
            check_id(&field("id"), id, ID_CHARS)?;
        }
        let of_catalogue = item.costs().filter(|costs| costs.currency == currency);
        let price = self.price.or(of_catalogue.map(|costs| costs.minor));
        let unit_price = price.ok_or_else(|| {
            Problem::field(
                &field("price"),
                format!("an amount: the catalogue has none in {currency}"),
            )
        })?;
        Ok(Line {
            id: self.id.clone().unwrap_or_else(|| self.product_id.clone()),
            item: self.product_id.clone(),
            quantity: self.quantity,
            unit_price,
            category: item.category.clone(),
            brand: item.brand.clone(),
        })
    }
}

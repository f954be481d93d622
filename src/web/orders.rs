//! The orders of this browser, and each of them.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::App;
use super::cart::{Held, Sums};
use super::pages::{Frame, Pieces, not_found_page, page};
use super::problem::Problem;
use super::products::card::{address, picture};
use crate::orders::{Contact, Order};
use crate::promotions::campaign::MinorUnits;
use crate::store::Millis;
use crate::text::money::money_text;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/orders", get(history))
        .route("/orders/{number}", get(order))
}

#[derive(Template)]
#[template(path = "orders.html")]
struct HistoryPage<'a> {
    frame: Frame<'a>,
    orders: Vec<OrderView>,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    frame: Frame<'a>,
    order: OrderView,
    contact: Contact,
}

struct OrderView {
    number: i64,
    title: String,
    date: String,
    status: String,
    lines: Vec<BoughtView>,
    /// `None`: it is being placed.
    sums: Option<Sums>,
}

struct BoughtView {
    title: String,
    address: String,
    picture: Option<String>,
    quantity: u32,
    each: String,
    /// As paid: with its part of all offers.
    total: String,
    before: Option<String>,
}

async fn history(State(app): State<App>, pieces: Pieces, Held(key): Held) -> Result<Response, Problem> {
    let frame = Frame::new(&app, "orders-title").with(pieces);
    let orders = match key {
        Some(key) => app.orders.history(&key.id()).await?,
        None => Vec::new(),
    };
    page(&HistoryPage {
        orders: orders
            .iter()
            .map(|order| OrderView::of(&app, &frame, order))
            .collect(),
        frame,
    })
}

/// An order is shown to the browser that placed it. To others it does not exist.
async fn order(
    State(app): State<App>,
    pieces: Pieces,
    Held(key): Held,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let found = match (key, number.parse()) {
        (Some(key), Ok(number)) => app.orders.order(&key.id(), number).await?,
        _ => None,
    };
    let Some(order) = found else {
        return Ok(not_found_page(&app, pieces));
    };
    let mut frame = Frame::new(&app, "orders-title").with(pieces);
    let view = OrderView::of(&app, &frame, &order);
    frame.title = view.title.clone();
    page(&OrderPage {
        frame,
        order: view,
        contact: order.contact,
    })
}

impl OrderView {
    fn of(app: &App, frame: &Frame<'_>, order: &Order) -> Self {
        let currency = &order.occasion.cart.currency;
        let text = |minor: MinorUnits| money_text(minor, currency, &app.config.locale);
        let paid = |place: usize| {
            order
                .outcome
                .as_ref()
                .and_then(|outcome| outcome.lines.get(place))
        };
        let lines = order.lines.iter().enumerate().map(|(place, line)| {
            let usual = line.unit_price * MinorUnits::from(line.quantity);
            let total = paid(place).map_or(usual, |paid| paid.total);
            BoughtView {
                title: line.title.clone(),
                address: address(&line.item),
                picture: picture(&line.image),
                quantity: line.quantity,
                each: text(line.unit_price),
                total: text(total),
                before: (total < usual).then(|| text(usual)),
            }
        });
        Self {
            number: order.number,
            title: frame
                .voice
                .say_with("order-number", &[("number", &order.number.to_string())]),
            date: date(app, order.placed_at),
            status: frame.say(match order.outcome {
                Some(_) => "order-placed",
                None => "order-placing",
            }),
            lines: lines.collect(),
            sums: order
                .outcome
                .as_ref()
                .map(|outcome| Sums::of(app, frame, outcome)),
        }
    }
}

/// The day of the shop's own time zone.
fn date(app: &App, at: Millis) -> String {
    let zone = TimeZone::get(&app.config.hours.time_zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_millisecond(at).unwrap_or_default();
    at.to_zoned_datetime(zone).strftime("%Y-%m-%d").to_string()
}

//! The orders of this browser, and each of them.

mod address;
mod care;
mod label;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::App;
use super::cart::{CartKey, Held, Signed, Sums};
use super::pages::{Frame, Pieces, not_found_page, page};
use super::problem::Problem;
use super::products::card::{address, picture};
use crate::orders::{Contact, Order, OrderView, Progress, ShopSystem, SystemError};
use crate::promotions::campaign::MinorUnits;
use crate::store::{Millis, new_id};
use crate::text::money::money_text;
use care::CareView;
use label::label;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/orders", get(history))
        .route("/orders/{number}", get(order))
        .route("/orders/{number}/cancel", post(cancel))
        .route("/orders/{number}/reinstate", post(reinstate))
        .route(
            "/orders/{number}/address",
            get(address::form).post(address::change),
        )
        .route("/orders/{number}/address/restore", post(address::restore))
        .route("/orders/{number}/label/{secret}", get(label))
}

#[derive(Template)]
#[template(path = "orders.html")]
struct HistoryPage<'a> {
    frame: Frame<'a>,
    orders: Vec<ListedOrder>,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    frame: Frame<'a>,
    order: ListedOrder,
    contact: Contact,
    /// `None`: it is being placed.
    care: Option<CareView>,
    /// What the last form came to, when that is nothing.
    trouble: String,
}

struct ListedOrder {
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
    let mut listed = Vec::with_capacity(orders.len());
    for order in &orders {
        let stands = stands(&app, order).await?;
        listed.push(ListedOrder::of(&app, &frame, order, stands.as_ref()));
    }
    page(&HistoryPage {
        orders: listed,
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
    match key {
        Some(key) => order_page(&app, pieces, &key, &number, "").await,
        None => Ok(not_found_page(&app, pieces)),
    }
}

async fn order_page(
    app: &App,
    pieces: Pieces,
    key: &CartKey,
    number: &str,
    trouble: &str,
) -> Result<Response, Problem> {
    let Some(order) = own(app, key, number).await? else {
        return Ok(not_found_page(app, pieces));
    };
    let stands = stands(app, &order).await?;
    let mut frame = Frame::new(app, "orders-title").with(pieces);
    let listed = ListedOrder::of(app, &frame, &order, stands.as_ref());
    frame.title = listed.title.clone();
    let contact = stands.as_ref().map_or(order.contact, address::goes_to);
    page(&OrderPage {
        care: stands.map(|stands| CareView::of(app, &frame, &stands, key.token())),
        trouble: match trouble {
            "" => String::new(),
            key => frame.say(key),
        },
        frame,
        order: listed,
        contact,
    })
}

async fn own(app: &App, key: &CartKey, number: &str) -> Result<Option<Order>, Problem> {
    match number.parse() {
        Ok(number) => Ok(app.orders.order(&key.id(), number).await?),
        Err(_) => Ok(None),
    }
}

async fn stands(app: &App, order: &Order) -> Result<Option<OrderView>, Problem> {
    match order.outcome {
        Some(_) => Ok(Some(app.house.view_of(order.clone()).await?)),
        None => Ok(None),
    }
}

#[derive(serde::Deserialize)]
struct NoFields {}

/// Cancels an order of this browser. Pressed twice it is cancelled once.
async fn cancel(
    State(app): State<App>,
    pieces: Pieces,
    Path(number): Path<String>,
    signed: Signed<NoFields>,
) -> Result<Response, Problem> {
    let key = new_id();
    let change = app.house.cancel(&number, &key);
    changed(&app, pieces, &signed.key, &number, change).await
}

/// Takes the cancellation of an order of this browser back.
async fn reinstate(
    State(app): State<App>,
    pieces: Pieces,
    Path(number): Path<String>,
    signed: Signed<NoFields>,
) -> Result<Response, Problem> {
    let key = new_id();
    let change = app.house.reinstate(&number, &key);
    changed(&app, pieces, &signed.key, &number, change).await
}

/// Makes a change, which begins when it is awaited, if the order is this browser's.
async fn changed(
    app: &App,
    pieces: Pieces,
    key: &CartKey,
    number: &str,
    change: impl Future<Output = Result<OrderView, SystemError>>,
) -> Result<Response, Problem> {
    if own(app, key, number).await?.is_none() {
        return Ok(not_found_page(app, pieces));
    }
    changed_page(app, pieces, key, number, change.await).await
}

async fn changed_page(
    app: &App,
    pieces: Pieces,
    key: &CartKey,
    number: &str,
    changed: Result<OrderView, SystemError>,
) -> Result<Response, Problem> {
    match changed {
        Ok(_) => Ok(Redirect::to(&format!("/orders/{number}")).into_response()),
        Err(SystemError::NotPossible(_)) => {
            let page = order_page(app, pieces, key, number, "order-cant").await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn status_key(progress: Progress) -> &'static str {
    match progress {
        Progress::Placed => "order-placed",
        Progress::Packed => "order-packed",
        Progress::Shipped => "order-shipped",
        Progress::Delivered => "order-delivered",
        Progress::Cancelled => "order-cancelled",
    }
}

impl ListedOrder {
    /// `stands`: how it does, where it is placed.
    fn of(app: &App, frame: &Frame<'_>, order: &Order, stands: Option<&OrderView>) -> Self {
        let currency = &order.occasion.cart.currency;
        let text = |minor: MinorUnits| money_text(minor, currency, &app.locale());
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
            status: frame.say(match (stands, &order.outcome) {
                (Some(stands), _) => status_key(stands.progress),
                (None, Some(_)) => "order-placed",
                (None, None) => "order-placing",
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
    zoned(app, at).strftime("%Y-%m-%d").to_string()
}

fn zoned(app: &App, at: Millis) -> ZonedDateTime {
    let zone = TimeZone::get(&app.config.hours.time_zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_millisecond(at).unwrap_or_default();
    at.to_zoned_datetime(zone)
}

//! The demo shop's checkout: to whom it goes, then a last look at what it costs, then the order. Nothing is paid.

mod fields;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::App;
use super::cart::{CartView, Held, Signed, Sums};
use super::extract::Query;
use super::pages::{Frame, Pieces, page};
use super::problem::Problem;
use super::visits::check_visitor;
use crate::orders::{Changed, Contact, Placed, StoredCart};
use crate::promotions::campaign::MinorUnits;
use crate::recommend::{Event, EventKind};
use crate::store::now;
use crate::text::money::money_text;
pub use fields::{Field, fields};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/checkout", get(details).post(continue_to_review))
        .route("/checkout/review", get(review))
        .route("/checkout/order", post(order))
}

#[derive(Template)]
#[template(path = "checkout.html")]
struct DetailsPage<'a> {
    frame: Frame<'a>,
    token: String,
    fields: Vec<Field>,
    /// How many fields are wrong, in words; empty when none is.
    wrong: String,
    sums: Sums,
}

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage<'a> {
    frame: Frame<'a>,
    token: String,
    checkout: String,
    contact: Contact,
    cart: CartView,
    /// What is other than it was shown.
    changes: Vec<String>,
}

#[derive(Deserialize)]
struct DetailsForm {
    #[serde(flatten)]
    contact: Contact,
    /// The total of the page, in minor units.
    #[serde(default)]
    shown: String,
}

#[derive(Deserialize)]
struct ReviewQuery {
    /// The total that was shown before.
    shown: Option<String>,
}

#[derive(Deserialize)]
struct OrderForm {
    #[serde(default)]
    checkout: String,
    #[serde(default)]
    shown: String,
    /// Of a visitor who agreed to be remembered; a script puts it in.
    #[serde(default)]
    visitor: String,
}

/// Asks to whom it goes.
async fn details(State(app): State<App>, Held(key): Held) -> Result<Response, Problem> {
    let Some(key) = key else {
        return Ok(Redirect::to("/cart").into_response());
    };
    let cart = app.orders.cart(&key.id()).await?;
    if !app.orders.price(&cart.basket).is_ready() {
        return Ok(Redirect::to("/cart").into_response());
    }
    let contact = cart.contact.clone().unwrap_or_default();
    details_page(&app, key.token(), &cart, contact, &[]).await
}

async fn details_page(
    app: &App,
    token: String,
    cart: &StoredCart,
    contact: Contact,
    wrong: &[(&'static str, crate::orders::Wrong)],
) -> Result<Response, Problem> {
    let frame = Frame::new(app, "checkout-title").with(Pieces(cart.basket.pieces()));
    let occasion = app.orders.occasion(cart, &app.orders.price(&cart.basket)).await?;
    let outcome = app.orders.best(cart, &occasion).await?;
    page(&DetailsPage {
        token,
        fields: fields(&frame, contact, wrong),
        wrong: match wrong.len() {
            0 => String::new(),
            _ => frame.say("checkout-wrong"),
        },
        sums: Sums::of(app, &frame, &outcome),
        frame,
    })
}

/// Notes the address, looks again at what offers there are for whoever it is of, and keeps them back.
async fn continue_to_review(
    State(app): State<App>,
    signed: Signed<DetailsForm>,
) -> Result<Response, Problem> {
    let id = signed.key.id();
    let (contact, wrong) = signed.form.contact.checked();
    if !wrong.is_empty() {
        let cart = app.orders.cart(&id).await?;
        let page = details_page(&app, signed.key.token(), &cart, contact, &wrong).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let cart = app.orders.address(&id, &contact).await?;
    let occasion = app
        .orders
        .occasion(&cart, &app.orders.price(&cart.basket))
        .await?;
    let outcome = app.orders.best(&cart, &occasion).await?;
    // Where the last use went to somebody else in this moment, the next page says so.
    app.orders.hold(&cart, occasion, &outcome).await?;
    let shown: MinorUnits = signed.form.shown.parse().unwrap_or(outcome.total);
    Ok(Redirect::to(&format!("/checkout/review?shown={shown}")).into_response())
}

/// The last look.
async fn review(
    State(app): State<App>,
    Held(key): Held,
    Query(query): Query<ReviewQuery>,
) -> Result<Response, Problem> {
    let Some(key) = key else {
        return Ok(Redirect::to("/cart").into_response());
    };
    let cart = app.orders.cart(&key.id()).await?;
    let shown = query.shown.and_then(|shown| shown.parse().ok());
    review_page(&app, key.token(), &cart, shown, Vec::new()).await
}

async fn review_page(
    app: &App,
    token: String,
    cart: &StoredCart,
    shown: Option<MinorUnits>,
    mut changes: Vec<String>,
) -> Result<Response, Problem> {
    let frame = Frame::new(app, "review-title").with(Pieces(cart.basket.pieces()));
    let Some(contact) = cart.contact.clone() else {
        return Ok(Redirect::to("/checkout").into_response());
    };
    let view = CartView::of(app, &frame, cart).await?;
    if !view.is_ready {
        return Ok(Redirect::to("/cart").into_response());
    }
    if let Some(shown) = shown.filter(|shown| *shown != view.sums.total_minor) {
        let key = match shown < view.sums.total_minor {
            true => "review-dearer",
            false => "review-cheaper",
        };
        let currency = app.orders.price(&cart.basket).cart.currency;
        let before = money_text(shown, &currency, &app.locale());
        let variables = [("before", before.as_str()), ("now", view.sums.total.as_str())];
        changes.push(frame.voice.say_with(key, &variables));
    }
    let unused = view.codes.iter().filter(|code| !code.is_used);
    changes.extend(unused.map(|code| {
        let variables = [("code", code.code.as_str()), ("why", code.message.as_str())];
        frame.voice.say_with("review-code", &variables)
    }));
    page(&ReviewPage {
        frame,
        token,
        checkout: cart.checkout.clone(),
        contact,
        cart: view,
        changes,
    })
}

/// Places the order, once.
async fn order(State(app): State<App>, signed: Signed<OrderForm>) -> Result<Response, Problem> {
    let (id, form) = (signed.key.id(), &signed.form);
    let Ok(shown) = form.shown.parse::<MinorUnits>() else {
        return Err(Problem::field("shown", "the total of the page in minor units"));
    };
    match app.orders.place(&id, &form.checkout, shown).await? {
        Ok(placed) => {
            remember(&app, &form.visitor, &placed).await;
            let cart = app.orders.cart(&id).await?;
            let there = Redirect::to(&format!("/orders/{}", placed.number));
            Ok(signed.key.remembered(there, &cart, &signed.headers))
        }
        Err(Changed::Stock) => Ok(Redirect::to("/cart").into_response()),
        Err(changed) => {
            let cart = app.orders.cart(&id).await?;
            let frame = Frame::new(&app, "review-title");
            let changes = match changed {
                Changed::Cart => vec![frame.say("review-outdated")],
                _ => Vec::new(),
            };
            let page = review_page(&app, signed.key.token(), &cart, Some(shown), changes).await?;
            let status = match page.status() {
                StatusCode::OK => StatusCode::CONFLICT,
                redirected => redirected,
            };
            Ok((status, page).into_response())
        }
    }
}

/// Tells the recommender what was bought, of visitors who agreed to be remembered. An order counts without it.
async fn remember(app: &App, visitor: &str, placed: &Placed) {
    if visitor.is_empty() || check_visitor("visitor", visitor).is_err() {
        return;
    }
    let at = now();
    let bought = placed.items.iter().map(|item| {
        let event = Event {
            shopper: visitor.to_owned(),
            kind: EventKind::Purchase,
            ..Event::of_session(item, at)
        };
        // The order's id: a button that is pressed twice tells it once.
        (format!("{visitor}:{}:{item}", placed.id), event)
    });
    let bought: Vec<(String, Event)> = bought.collect();
    if let Err(error) = app.recommender.record(&bought).await {
        tracing::warn!(%error, "a purchase isn't known to the recommender");
    }
}

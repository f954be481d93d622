//! Another address for an order of this browser, and the former one back.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{NoFields, changed, changed_page, own, stands};
use crate::orders::{Address, Contact, OrderView, ShopSystem, Wrong};
use crate::store::new_id;
use crate::web::App;
use crate::web::cart::{Held, Signed};
use crate::web::checkout::{Field, fields};
use crate::web::pages::{Frame, Pieces, not_found_page, page};
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "order_address.html")]
struct AddressPage<'a> {
    frame: Frame<'a>,
    token: String,
    number: String,
    fields: Vec<Field>,
    wrong: String,
}

/// Asks for the new address.
pub async fn form(
    State(app): State<App>,
    pieces: Pieces,
    Held(key): Held,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let Some(key) = key else {
        return Ok(not_found_page(&app, pieces));
    };
    let order = match own(&app, &key, &number).await? {
        Some(order) => stands(&app, &order).await?,
        None => None,
    };
    match order.filter(|order| order.may.change_address.is_given()) {
        Some(order) => form_page(&app, pieces, key.token(), &order, goes_to(&order), &[]),
        None => Ok(not_found_page(&app, pieces)),
    }
}

fn form_page(
    app: &App,
    pieces: Pieces,
    token: String,
    order: &OrderView,
    contact: Contact,
    wrong: &[(&'static str, Wrong)],
) -> Result<Response, Problem> {
    let frame = Frame::new(app, "order-address").with(pieces);
    // Whose it is stays as it is.
    let is_place = |field: &Field| !matches!(field.name, "name" | "email");
    page(&AddressPage {
        token,
        number: order.number.clone(),
        fields: fields(&frame, contact, wrong)
            .into_iter()
            .filter(is_place)
            .collect(),
        wrong: match wrong.len() {
            0 => String::new(),
            _ => frame.say("checkout-wrong"),
        },
        frame,
    })
}

/// Sends the order there.
pub async fn change(
    State(app): State<App>,
    pieces: Pieces,
    Path(number): Path<String>,
    signed: Signed<Contact>,
) -> Result<Response, Problem> {
    let order = match own(&app, &signed.key, &number).await? {
        Some(order) => stands(&app, &order).await?,
        None => None,
    };
    let Some(order) = order else {
        return Ok(not_found_page(&app, pieces));
    };
    let (contact, wrong) = Contact {
        name: order.contact.name.clone(),
        email: order.contact.email.clone(),
        ..signed.form
    }
    .checked();
    if !wrong.is_empty() {
        let page = form_page(&app, pieces, signed.key.token(), &order, contact, &wrong)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let done = app
        .house
        .change_address(&number, &Address::from(&contact), &new_id())
        .await;
    changed_page(&app, pieces, &signed.key, &number, done).await
}

/// Puts the former address back.
pub async fn restore(
    State(app): State<App>,
    pieces: Pieces,
    Path(number): Path<String>,
    signed: Signed<NoFields>,
) -> Result<Response, Problem> {
    let key = new_id();
    let change = app.house.restore_address(&number, &key);
    changed(&app, pieces, &signed.key, &number, change).await
}

/// To whom and where an order goes, as the checkout asks for it.
pub fn goes_to(order: &OrderView) -> Contact {
    let (contact, address) = (&order.contact, &order.contact.address);
    Contact {
        name: contact.name.clone(),
        email: contact.email.clone(),
        street: address.street.clone(),
        extra: address.extra.clone(),
        city: address.city.clone(),
        region: address.region.clone(),
        postcode: address.postcode.clone(),
    }
}

//! The demo shop's cart: what is in it, its codes and offers, what to add for the next one.

mod guard;
mod sums;
mod view;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::App;
use super::pages::{Frame, Pieces, page};
use super::problem::Problem;
use crate::orders::{BasketError, Entered, MOST_PIECES, OrderError};

pub use guard::{CartKey, Held, Signed, Unsigned};
pub use sums::Sums;
pub use view::CartView;

/// Characters of a code or an item's id.
const MOST_CHARS: usize = 200;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/cart", get(cart))
        .route("/cart/lines", post(put))
        .route("/cart/quantity", post(set_quantity))
        .route("/cart/remove", post(remove))
        .route("/cart/codes", post(enter))
        .route("/cart/codes/remove", post(forget_code))
}

#[derive(Template)]
#[template(path = "cart.html")]
struct CartPage<'a> {
    frame: Frame<'a>,
    token: String,
    cart: CartView,
    /// What is wrong with the cart as a whole; empty when nothing is.
    wrong: String,
    /// What is wrong with the code that was typed, and that code.
    code_wrong: String,
    code: String,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    frame: Frame<'a>,
}

#[derive(Deserialize)]
struct PutForm {
    item: String,
    #[serde(default)]
    quantity: String,
}

#[derive(Deserialize)]
struct ItemForm {
    item: String,
}

#[derive(Deserialize)]
struct CodeForm {
    #[serde(default)]
    code: String,
}

/// What a page says beside what is in the cart.
#[derive(Default)]
struct Said {
    wrong: String,
    code_wrong: String,
    code: String,
}

async fn cart(State(app): State<App>, Held(key): Held, headers: HeaderMap) -> Result<Response, Problem> {
    let page = shown(&app, key.as_ref(), Said::default()).await?;
    let Some(key) = key else { return Ok(page) };
    // The assistant may have changed it: the count that other pages show follows.
    let cart = app.orders.cart(&key.id()).await?;
    Ok(key.remembered(page, &cart, &headers))
}

async fn shown(app: &App, key: Option<&CartKey>, said: Said) -> Result<Response, Problem> {
    let frame = Frame::new(app, "cart-title");
    let (cart, token) = match key {
        Some(key) => {
            let cart = app.orders.cart(&key.id()).await?;
            (CartView::of(app, &frame, &cart).await?, key.token())
        }
        None => (CartView::default(), String::new()),
    };
    let pieces = cart.pieces;
    page(&CartPage {
        frame: frame.with(Pieces(pieces)),
        token,
        cart,
        wrong: said.wrong,
        code_wrong: said.code_wrong,
        code: said.code,
    })
}

/// Puts something in; the first time, the browser gets a cart.
async fn put(
    State(app): State<App>,
    Unsigned { key, headers, form }: Unsigned<PutForm>,
) -> Result<Response, Problem> {
    let key = key.unwrap_or_else(CartKey::new);
    let changed = match pieces(&form.quantity, "1") {
        Some(quantity) => app.orders.put(&key.id(), &form.item, quantity).await,
        None => Err(BasketError::Quantity.into()),
    };
    answered(&app, &key, &headers, changed).await
}

async fn set_quantity(State(app): State<App>, signed: Signed<PutForm>) -> Result<Response, Problem> {
    let (key, form) = (&signed.key, &signed.form);
    let changed = match pieces(&form.quantity, "") {
        Some(quantity) => app.orders.set_quantity(&key.id(), &form.item, quantity).await,
        None => Err(BasketError::Quantity.into()),
    };
    answered(&app, key, &signed.headers, changed).await
}

async fn remove(State(app): State<App>, signed: Signed<ItemForm>) -> Result<Response, Problem> {
    let changed = app.orders.remove(&signed.key.id(), &signed.form.item).await;
    answered(&app, &signed.key, &signed.headers, changed).await
}

/// Tries a code. Codes that don't exist are counted by address: a new cookie makes no new guesser.
async fn enter(State(app): State<App>, signed: Signed<CodeForm>) -> Result<Response, Problem> {
    let frame = Frame::new(&app, "cart-title");
    let code = signed.form.code.trim();
    let wrong = |status: StatusCode, text: String| (status, text);
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let (status, code_wrong) = if code.is_empty() {
        wrong(unprocessable, frame.say("cart-code-empty"))
    } else if code.chars().count() > MOST_CHARS || code.contains('\0') {
        wrong(unprocessable, frame.say("offer-not-found"))
    } else {
        let cart = app.orders.cart(&signed.key.id()).await?;
        match app.orders.enter(&cart, code).await {
            Ok(Entered::Kept) => return Ok(Redirect::to("/cart").into_response()),
            Ok(Entered::Unknown) => match app.limits.guess(&format!("address {}", signed.address)) {
                Ok(()) => wrong(unprocessable, frame.say("offer-not-found")),
                Err(_) => wrong(StatusCode::TOO_MANY_REQUESTS, frame.say("cart-code-guesses")),
            },
            Ok(Entered::Refused(offer)) => {
                let currency = app.orders.price(&cart.basket).cart.currency;
                let messages = super::deals::messages(&app, &frame.voice, &offer, &currency, false);
                wrong(unprocessable, messages.join(" "))
            }
            Err(OrderError::Basket(_)) => wrong(unprocessable, frame.say("cart-code-many")),
            Err(error) => return Err(error.into()),
        }
    };
    let said = Said {
        code_wrong,
        code: code.chars().take(MOST_CHARS).collect(),
        ..Said::default()
    };
    let page = shown(&app, Some(&signed.key), said).await?;
    Ok((status, page).into_response())
}

async fn forget_code(State(app): State<App>, signed: Signed<CodeForm>) -> Result<Response, Problem> {
    let changed = app.orders.forget_code(&signed.key.id(), &signed.form.code).await;
    answered(&app, &signed.key, &signed.headers, changed).await
}

/// Back to the cart; or the cart with what was wrong, unchanged.
async fn answered(
    app: &App,
    key: &CartKey,
    headers: &HeaderMap,
    changed: Result<crate::orders::StoredCart, OrderError>,
) -> Result<Response, Problem> {
    let error = match changed {
        Ok(cart) => return Ok(key.remembered(Redirect::to("/cart"), &cart, headers)),
        Err(OrderError::Basket(error)) => error,
        Err(error) => return Err(error.into()),
    };
    let frame = Frame::new(app, "cart-title");
    let wrong = match error {
        BasketError::Quantity => frame
            .voice
            .say_with("cart-quantity-wrong", &[("most", &MOST_PIECES.to_string())]),
        BasketError::Full => frame.say("cart-full"),
        BasketError::NotSold => frame.say("cart-not-sold"),
        BasketError::TooManyCodes => frame.say("cart-code-many"),
    };
    let said = Said {
        wrong,
        ..Said::default()
    };
    let page = shown(app, Some(key), said).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// For forms that aren't of a page of ours, or of a page of another cart.
pub fn refused(app: &App) -> Response {
    match page(&RefusedPage {
        frame: Frame::new(app, "cart-refused"),
    }) {
        Ok(page) => (StatusCode::FORBIDDEN, page).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// A number of pieces as it is typed; `usual` where nothing is.
fn pieces(text: &str, usual: &str) -> Option<u32> {
    let text = match text.trim() {
        "" => usual,
        text => text,
    };
    text.parse().ok()
}

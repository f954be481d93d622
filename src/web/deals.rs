//! What a cart's offers are, with what to add for the next one, and the words for why one does not apply.

use crate::orders::cart_line;
use crate::promotions::cart::Line;
use crate::promotions::nearest::{NearestDeal, nearest_deals};
use crate::promotions::outcome::{Occasion, Outcome, RefusedOffer};
use crate::promotions::words;
use crate::recommend::{Asker, Event, EventKind, Filter, Request};
use crate::text::say::Voice;
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::recommend::blocking;

/// Items that are looked at as fillers.
const FILLERS: usize = 100;

/// A cart's best price, and what is within reach.
pub struct Deals {
    pub outcome: Outcome,
    pub nearest: Vec<NearestDeal>,
}

/// The best price for a cart, what its codes and the offers that are told of say, and the nearest deals.
pub async fn deals(app: &App, occasion: &Occasion, session: Option<&str>) -> Result<Deals, Problem> {
    let (evaluation, evaluate) = app.promotions.qualify(occasion, session).await?;
    let nearest = if evaluation.near.is_empty() {
        Vec::new()
    } else {
        let fillers = fillers(app, occasion).await?;
        nearest_deals(&occasion.cart, &evaluation, &fillers, evaluate)?
    };
    Ok(Deals {
        outcome: Outcome::of(&occasion.cart, &evaluation),
        nearest,
    })
}

/// What fits the shopper and the cart, best first, one piece each.
async fn fillers(app: &App, occasion: &Occasion) -> Result<Vec<Line>, Problem> {
    let cart = &occasion.cart;
    let recommender = app.recommender.clone();
    let shopper = occasion.shopper.id.clone();
    let at = occasion.at;
    let in_cart: Vec<Event> = cart
        .lines
        .iter()
        .map(|line| Event {
            kind: EventKind::Cart,
            ..Event::of_session(&line.item, at)
        })
        .collect();
    let request = Request {
        n: FILLERS,
        filter: Filter::default(),
        exclude: Default::default(),
    };
    let found = blocking(move || {
        let asker = match &shopper {
            Some(shopper) if in_cart.is_empty() => Asker::Known(shopper),
            _ => Asker::Session(&in_cart),
        };
        recommender.recommend(asker, &request)
    })
    .await?;
    let line = |item: &crate::catalog::Item| {
        let costs = item.costs().filter(|costs| costs.currency == cart.currency)?;
        Some(cart_line(item, 1, costs.minor))
    };
    Ok(found.iter().filter_map(|found| line(&found.item)).collect())
}

/// Why an offer does not apply, in words. `applies`: whether it gives something already, and could give more.
pub fn messages(
    app: &App,
    voice: &Voice,
    offer: &RefusedOffer,
    currency: &str,
    applies: bool,
) -> Vec<String> {
    words::messages(&app.promotions, voice, offer, currency, applies)
}

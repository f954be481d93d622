//! What a cart's offers are, with what to add for the next one, and the words for why one does not apply.

use crate::promotions::cart::Line;
use crate::promotions::nearest::{NearestDeal, nearest_deals};
use crate::promotions::outcome::{Occasion, Outcome, RefusedOffer};
use crate::promotions::reason::Reason;
use crate::recommend::{Asker, Event, EventKind, Filter, Request};
use crate::store::Millis;
use crate::text::money::money_text;
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
        Some(Line {
            id: item.id.clone(),
            item: item.id.clone(),
            quantity: 1,
            unit_price: costs.minor,
            category: item.category.clone(),
            brand: item.brand.clone(),
        })
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
    let say = |reason: &Reason| {
        let locale = &app.config.locale;
        let moment = |at| moment(app, offer.campaign.as_deref(), at);
        match reason {
            Reason::MissingAmount { minor } => {
                let key = if applies {
                    "offer-next-amount"
                } else {
                    reason.key()
                };
                voice.say_with(key, &[("amount", &money_text(*minor, currency, locale))])
            }
            Reason::MissingItem { pieces } => {
                let key = if applies { "offer-next-item" } else { reason.key() };
                voice.say_count(key, "pieces", *pieces)
            }
            Reason::CouponStartDateInFuture { starts_at } => {
                voice.say_with(reason.key(), &[("starts", &moment(*starts_at))])
            }
            Reason::OutsideHours {
                opens_at: Some(opens),
            } => voice.say_with(reason.key(), &[("opens", &moment(*opens))]),
            Reason::OutsideHours { opens_at: None } => voice.say("offer-outside-hours-over"),
            Reason::CurrencyDoesNotMatch { expected } => {
                voice.say_with(reason.key(), &[("expected", expected)])
            }
            Reason::NotCombinable { with } if offer.campaign.as_ref().is_some_and(|id| with.contains(id)) => {
                voice.say("offer-same-campaign")
            }
            Reason::NotCombinable { with } => voice.say_with(reason.key(), &[("with", &names(app, with))]),
            _ => voice.say(reason.key()),
        }
    };
    offer.reasons.iter().map(say).collect()
}

/// A moment as clocks show it where the campaign runs.
fn moment(app: &App, campaign: Option<&str>, at: Millis) -> String {
    let campaign = campaign.and_then(|id| app.promotions.campaign(id));
    let local = campaign.and_then(|campaign| campaign.schedule.time_zone.local(at));
    local
        .map(|local| local.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

fn names(app: &App, ids: &[String]) -> String {
    let name = |id: &String| {
        app.promotions
            .campaign(id)
            .map_or_else(|| id.clone(), |campaign| campaign.name.clone())
    };
    ids.iter().map(name).collect::<Vec<_>>().join(", ")
}

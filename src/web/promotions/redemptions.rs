//! What a cart qualifies for, and what is redeemed and rolled back.

use std::collections::{BTreeMap, HashSet};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::order::CartRequest;
use super::{KEY_CHARS, count_guesses, fingerprint, idempotency_key};
use crate::promotions::campaign::MinorUnits;
use crate::promotions::nearest::NearestDeal;
use crate::promotions::outcome::{AppliedOffer, LineOutcome, Occasion, Outcome, RefusedOffer};
use crate::promotions::personal::PersonalOffer;
use crate::promotions::redemptions::{Redemption, RollBack, Wanted};
use crate::promotions::roll_back::{Returned, RollBackOutcome};
use crate::promotions::{PromotionError, RedemptionRequest, RollBackRequest};
use crate::store::{Millis, now};
use crate::text::say::Voice;
use crate::web::App;
use crate::web::deals;
use crate::web::extract::{Json, Query};
use crate::web::problem::Problem;
use crate::web::recommend::check_id;

/// Redemptions of one page.
const USUAL_PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 500;

/// What a cart is worth with the best offers, and what each other offer says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    /// Whether every entered code applies, or would if nothing better did.
    valid: bool,
    order: OrderAmounts,
    /// What applies.
    redeemables: Vec<AppliedOffer>,
    /// Codes that don't apply, and offers that would if more were in the cart.
    inapplicable_redeemables: Vec<Inapplicable>,
    /// What would apply, but gives way to something better.
    skipped_redeemables: Vec<Inapplicable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<HeldSession>,
    /// What to add for offers within reach.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nearest_deals: Vec<NearestDeal>,
    /// Which personal offer to show, where `options.personal` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    personal: Option<PersonalOffer>,
}

/// Amounts in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderAmounts {
    currency: String,
    /// What the items cost before discounts.
    amount: MinorUnits,
    shipping: MinorUnits,
    /// Off items.
    items_discount_amount: MinorUnits,
    /// Off items and shipping.
    total_discount_amount: MinorUnits,
    /// What is to be paid.
    total_amount: MinorUnits,
    items: Vec<LineOutcome>,
}

/// An offer that does not apply, and why: as codes and in words.
#[derive(Debug, Serialize, ToSchema)]
pub struct Inapplicable {
    #[serde(flatten)]
    offer: RefusedOffer,
    /// In the shop's language.
    messages: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HeldSession {
    key: String,
    expires_at: Millis,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RedemptionAnswer {
    id: String,
    order_id: Option<String>,
    customer_id: Option<String>,
    order: OrderAmounts,
    redeemables: Vec<AppliedOffer>,
    created_at: Millis,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rollbacks: Vec<RollBackAnswer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RollBackAnswer {
    id: String,
    redemption_id: String,
    #[serde(flatten)]
    outcome: RollBackOutcome,
    created_at: Millis,
}

/// What is returned; the whole order where nothing is named.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackBody {
    /// Pieces that come back.
    #[serde(default)]
    items: Option<Vec<ReturnedItem>>,
    /// Whether what is kept must deserve its discounts anew.
    #[serde(default)]
    reevaluate: bool,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnedItem {
    /// The line's name: its `id`, or the product's where it has none.
    id: String,
    quantity: u32,
}

#[derive(Deserialize, IntoParams)]
pub struct ListQuery {
    /// Of this customer only.
    customer: Option<String>,
    /// Before this redemption: the last of the page before.
    before: Option<String>,
    /// 1 to 500; 50 without it.
    limit: Option<String>,
}

/// The best price for a cart as things stand, and every offer within reach. Nothing is used up.
#[utoipa::path(post, path = "/api/v1/qualifications", tag = "promotions", security(("api_key" = [])), request_body = CartRequest,
    responses((status = 200, body = Checked), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn qualify(
    State(app): State<App>,
    Json(request): Json<CartRequest>,
) -> Result<axum::Json<Checked>, Problem> {
    let occasion = request.occasion(&app)?;
    let session = request.session.as_ref().map(|session| session.key.as_str());
    let deals = deals::deals(&app, &occasion, session).await?;
    count_guesses(&app, &guesser(&request), &deals.outcome)?;
    let personal = match &request.options {
        Some(options) if options.personal => personal(&app, &occasion, &deals.outcome).await,
        _ => None,
    };
    let mut checked = Checked::of(&app, deals.outcome);
    checked.nearest_deals = deals.nearest;
    checked.personal = personal;
    Ok(axum::Json(checked))
}

/// A choice that fails takes nothing from the shopper: the best price is told without it.
async fn personal(app: &App, occasion: &Occasion, outcome: &Outcome) -> Option<PersonalOffer> {
    match app.offers.choose(occasion, outcome).await {
        Ok(offer) => Some(offer),
        Err(error) => {
            tracing::error!(%error, "no personal offer can be chosen");
            None
        }
    }
}

/// Whether a cart's codes apply. With a session, what the cart would use is kept back for it.
#[utoipa::path(post, path = "/api/v1/validations", tag = "promotions", security(("api_key" = [])), request_body = CartRequest,
    responses((status = 200, body = Checked), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn validate(
    State(app): State<App>,
    Json(request): Json<CartRequest>,
) -> Result<axum::Json<Checked>, Problem> {
    let occasion = request.occasion(&app)?;
    let Some(session) = &request.session else {
        let evaluation = app.promotions.evaluate(&occasion, None).await?;
        let outcome = Outcome::of(&occasion.cart, &evaluation);
        count_guesses(&app, &guesser(&request), &outcome)?;
        return Ok(axum::Json(Checked::of(&app, outcome)));
    };
    let expires_at = now() + session.lasts()?;
    match app.promotions.hold(occasion, &session.key, expires_at).await {
        Ok(outcome) => {
            let mut checked = Checked::of(&app, outcome);
            checked.session = Some(HeldSession {
                key: session.key.clone(),
                expires_at,
            });
            Ok(axum::Json(checked))
        }
        Err(PromotionError::Refused(outcome)) => {
            count_guesses(&app, &guesser(&request), &outcome)?;
            Ok(axum::Json(Checked::of(&app, *outcome)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Ends what is kept back for a session.
#[utoipa::path(delete, path = "/api/v1/sessions/{key}", tag = "promotions", security(("api_key" = [])), params(("key" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn release(State(app): State<App>, Path(key): Path<String>) -> Result<StatusCode, Problem> {
    check_id("key", &key, KEY_CHARS)?;
    match app.promotions.release(&key).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found()),
    }
}

/// Uses up what a cart qualifies for, once: with an `Idempotency-Key` a retry gets the first answer. When a code does
/// not apply, nothing is used up and the answer says why.
#[utoipa::path(post, path = "/api/v1/redemptions", tag = "promotions", security(("api_key" = [])), request_body = CartRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = RedemptionAnswer), (status = 400, body = Checked), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn redeem(
    State(app): State<App>,
    headers: HeaderMap,
    Json(request): Json<CartRequest>,
) -> Result<Response, Problem> {
    let occasion = request.occasion(&app)?;
    let session = match &request.session {
        Some(session) => {
            session.lasts()?;
            Some(session.key.clone())
        }
        None => None,
    };
    let redeemed = app
        .promotions
        .redeem(RedemptionRequest {
            occasion,
            idempotency_key: idempotency_key(&headers)?,
            fingerprint: fingerprint(&request)?,
            order: request.order.id.clone(),
            session,
        })
        .await;
    match redeemed {
        Ok(redeemed) => Ok(axum::Json(RedemptionAnswer::of(redeemed.redemption, Vec::new())).into_response()),
        Err(PromotionError::Refused(outcome)) => {
            count_guesses(&app, &guesser(&request), &outcome)?;
            Ok((StatusCode::BAD_REQUEST, axum::Json(Checked::of(&app, *outcome))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Redemptions, newest first.
#[utoipa::path(get, path = "/api/v1/redemptions", tag = "promotions", security(("api_key" = [])), params(ListQuery),
    responses((status = 200, body = Vec<RedemptionAnswer>), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<RedemptionAnswer>>, Problem> {
    let most = match &query.limit {
        None => USUAL_PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|most| (1..=LARGEST_PAGE).contains(most))
            .ok_or_else(|| Problem::field("limit", format!("a number from 1 to {LARGEST_PAGE}")))?,
    };
    let wanted = Wanted {
        shopper: query.customer,
        before: query.before,
        most,
    };
    let found = app.promotions.redemptions(&wanted).await?;
    let answers = found
        .into_iter()
        .map(|redemption| RedemptionAnswer::of(redemption, Vec::new()));
    Ok(axum::Json(answers.collect()))
}

/// A redemption and what came back of it.
#[utoipa::path(get, path = "/api/v1/redemptions/{id}", tag = "promotions", security(("api_key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = RedemptionAnswer), (status = 404, body = Problem)))]
pub async fn redemption(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<axum::Json<RedemptionAnswer>, Problem> {
    let found = app.promotions.redemption(&id).await?;
    let (redemption, roll_backs) = found.ok_or_else(Problem::not_found)?;
    Ok(axum::Json(RedemptionAnswer::of(redemption, roll_backs)))
}

/// Gives back what a redemption used: whole, or by the pieces that are returned.
#[utoipa::path(post, path = "/api/v1/redemptions/{id}/rollbacks", tag = "promotions", security(("api_key" = [])), request_body = RollBackBody,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = RollBackAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn roll_back(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<RollBackBody>,
) -> Result<axum::Json<RollBackAnswer>, Problem> {
    let fingerprint = fingerprint(&(&id, &body))?;
    let request = RollBackRequest {
        redemption: id,
        returned: body.returned()?,
        idempotency_key: idempotency_key(&headers)?,
        fingerprint,
    };
    let (roll_back, _) = app.promotions.roll_back(&request).await?;
    Ok(axum::Json(RollBackAnswer::of(roll_back)))
}

impl RollBackBody {
    fn returned(self) -> Result<Returned, Problem> {
        let Some(items) = self.items else {
            return Ok(Returned {
                pieces: None,
                reevaluate: self.reevaluate,
            });
        };
        let mut pieces = BTreeMap::new();
        for (place, item) in items.into_iter().enumerate() {
            if pieces.insert(item.id, item.quantity).is_some() {
                return Err(Problem::field(&format!("items[{place}].id"), "each line once"));
            }
        }
        Ok(Returned {
            pieces: Some(pieces),
            reevaluate: self.reevaluate,
        })
    }
}

impl Checked {
    fn of(app: &App, outcome: Outcome) -> Self {
        let voice = Voice::of(&app.config.locale);
        let currency = outcome.currency.clone();
        let applied: HashSet<String> = outcome
            .applied
            .iter()
            .map(|offer| offer.campaign.clone())
            .collect();
        let told = |offer: RefusedOffer| {
            let applies = offer.campaign.as_ref().is_some_and(|id| applied.contains(id));
            Inapplicable {
                messages: deals::messages(app, &voice, &offer, &currency, applies),
                offer,
            }
        };
        let inapplicable = outcome.refused.iter().chain(&outcome.near).cloned();
        Self {
            valid: outcome.refused.is_empty(),
            order: OrderAmounts::of(&outcome),
            inapplicable_redeemables: inapplicable.map(told).collect(),
            skipped_redeemables: outcome.skipped.iter().cloned().map(told).collect(),
            redeemables: outcome.applied,
            session: None,
            nearest_deals: Vec::new(),
            personal: None,
        }
    }
}

impl OrderAmounts {
    fn of(outcome: &Outcome) -> Self {
        let off_shipping: MinorUnits = outcome.applied.iter().map(|applied| applied.shipping).sum();
        Self {
            currency: outcome.currency.clone(),
            amount: outcome.subtotal,
            shipping: outcome.shipping,
            items_discount_amount: outcome.discount - off_shipping,
            total_discount_amount: outcome.discount,
            total_amount: outcome.total,
            items: outcome.lines.clone(),
        }
    }
}

impl RedemptionAnswer {
    fn of(redemption: Redemption, roll_backs: Vec<RollBack>) -> Self {
        Self {
            id: redemption.id,
            order_id: redemption.order,
            customer_id: redemption.occasion.shopper.id,
            order: OrderAmounts::of(&redemption.outcome),
            redeemables: redemption.outcome.applied,
            created_at: redemption.created_at,
            rollbacks: roll_backs.into_iter().map(RollBackAnswer::of).collect(),
        }
    }
}

impl RollBackAnswer {
    fn of(roll_back: RollBack) -> Self {
        Self {
            id: roll_back.id,
            redemption_id: roll_back.redemption,
            outcome: roll_back.outcome,
            created_at: roll_back.created_at,
        }
    }
}

/// Whose guesses are counted: the customer's, or the session's.
fn guesser(request: &CartRequest) -> String {
    let customer = request
        .customer
        .as_ref()
        .map(|customer| format!("customer {}", customer.id));
    let session = || {
        request
            .session
            .as_ref()
            .map(|session| format!("session {}", session.key))
    };
    customer.or_else(session).unwrap_or_else(|| "nobody".into())
}

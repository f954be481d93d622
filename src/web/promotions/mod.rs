//! Promotions over HTTP, by the names that users of Voucherify know: qualifications, validations, redemptions,
//! roll-backs.

mod campaigns;
mod order;
mod redemptions;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{delete, get, post, put};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::App;
use super::problem::Problem;
use crate::access::Scope;
use crate::web::extract::Key;
use axum::extract::Request as HttpRequest;
use axum::middleware::Next;
use axum::response::Response;

pub use campaigns::{
    __path_campaign, __path_campaigns as __path_list_campaigns, __path_codes, __path_make_codes, __path_save,
    __path_set_state, campaign, campaigns as list_campaigns, codes, make_codes, save, set_state,
};
pub use redemptions::{
    __path_list, __path_qualify, __path_redeem, __path_redemption, __path_release, __path_roll_back,
    __path_validate, list, qualify, redeem, redemption, release, roll_back, validate,
};

/// What a shop's own systems do with carts.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/qualifications", post(qualify))
        .route("/api/v1/validations", post(validate))
        .route("/api/v1/sessions/{key}", delete(release))
        .route("/api/v1/redemptions", post(redeem).get(list))
        .route("/api/v1/redemptions/{id}", get(redemption))
        .route("/api/v1/redemptions/{id}/rollbacks", post(roll_back))
}

/// What those do who plan campaigns.
pub fn campaign_routes() -> Router<App> {
    Router::new()
        .route("/api/v1/campaigns", get(list_campaigns))
        .route("/api/v1/campaigns/{id}", put(save).get(campaign))
        .route("/api/v1/campaigns/{id}/state", put(set_state))
        .route("/api/v1/campaigns/{id}/codes", post(make_codes))
        .route("/api/v1/campaigns/{id}/codes.csv", get(codes))
}

/// Lets through whose key may redeem.
pub async fn guard(key: Key, request: HttpRequest, next: Next) -> Result<Response, Problem> {
    key.needs(Scope::Promotions)?;
    Ok(next.run(request).await)
}

/// Lets through whose key may change campaigns.
pub async fn campaign_guard(key: Key, request: HttpRequest, next: Next) -> Result<Response, Problem> {
    key.needs(Scope::Campaigns)?;
    Ok(next.run(request).await)
}

/// Characters of an idempotency key, a session's or an order's.
const KEY_CHARS: usize = 128;

/// The sender's own name for a request, by which a retry is known.
pub(in crate::web) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let wrong = || Problem::field("Idempotency-Key", format!("1 to {KEY_CHARS} characters of ASCII"));
    let text = value.to_str().map_err(|_| wrong())?.trim();
    if text.is_empty() || text.len() > KEY_CHARS {
        return Err(wrong());
    }
    Ok(Some(text.to_owned()))
}

/// Tells a request from every other.
fn fingerprint(request: &impl Serialize) -> Result<String, Problem> {
    let text = serde_json::to_string(request).map_err(|_| Problem::failed("a request can't be written"))?;
    Ok(hex::encode(Sha256::digest(text.as_bytes())))
}

/// What a shopper's guesses count for: unknown codes are few, or they are guesses.
fn count_guesses(app: &App, who: &str, outcome: &crate::promotions::outcome::Outcome) -> Result<(), Problem> {
    let unknown = outcome
        .refused
        .iter()
        .filter(|refused| refused.campaign.is_none())
        .count();
    for _ in 0..unknown {
        app.limits.guess(who)?;
    }
    Ok(())
}

//! The orders of this house for the shop's own programs: how they stand, and what becomes of them.

use axum::Router;
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};

use super::App;
use super::extract::{Json, Key};
use super::problem::Problem;
use super::promotions::idempotency_key;
use crate::access::Scope;
use crate::orders::{OrderView, Step};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/orders/{number}", get(order))
        .route("/api/v1/orders/{number}/events", post(advance))
}

/// Lets through whose key may see orders.
pub async fn guard(key: Key, request: HttpRequest, next: Next) -> Result<Response, Problem> {
    key.needs(Scope::Orders)?;
    Ok(next.run(request).await)
}

/// An order as it stands.
#[utoipa::path(get, path = "/api/v1/orders/{number}", tag = "orders", params(("number" = String, Path)),
    responses((status = 200, body = OrderView), (status = 404, body = Problem)), security(("api_key" = [])))]
pub async fn order(
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<axum::Json<OrderView>, Problem> {
    let order = app.house.view(&number).await?;
    order.map(axum::Json).ok_or_else(Problem::not_found)
}

/// Tells what became of an order: it was packed, shipped, delivered, came back, or its money was sent. The same
/// `Idempotency-Key` again tells it once.
#[utoipa::path(post, path = "/api/v1/orders/{number}/events", tag = "orders",
    params(("number" = String, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = Step,
    responses((status = 200, body = OrderView), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("api_key" = [])))]
pub async fn advance(
    State(app): State<App>,
    Path(number): Path<String>,
    headers: HeaderMap,
    Json(step): Json<Step>,
) -> Result<axum::Json<OrderView>, Problem> {
    let key = idempotency_key(&headers)?.map(|key| format!("api:{key}"));
    Ok(axum::Json(
        app.house.advance(&number, &step, key.as_deref()).await?,
    ))
}

//! The shopper's rating of a conversation.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::extract::{Json, Mine};
use super::problem::Problem;
use crate::chat::{NewRating, Rating};

/// Relative to the widget's API.
pub fn routes() -> Router<App> {
    Router::new().route("/conversations/{id}/csat", get(rating).post(rate))
}

#[derive(Serialize, ToSchema)]
pub struct Rated {
    /// `null` until the shopper has rated the conversation.
    csat: Option<Rating>,
}

/// How the shopper rated the conversation.
#[utoipa::path(get, path = "/api/v1/widget/conversations/{id}/csat", tag = "widget", params(("id" = String, Path)),
    responses((status = 200, body = Rated), (status = 404, body = Problem)), security(("conversation" = [])))]
pub async fn rating(State(app): State<App>, Mine(conversation): Mine) -> Result<axum::Json<Rated>, Problem> {
    let csat = app.chat.rating(conversation.id).await?;
    Ok(axum::Json(Rated { csat }))
}

/// Rates the conversation, once: a second try answers 409 with the first rating.
#[utoipa::path(post, path = "/api/v1/widget/conversations/{id}/csat", tag = "widget", params(("id" = String, Path)), request_body = NewRating,
    responses((status = 201, body = Rating), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("conversation" = [])))]
pub async fn rate(
    State(app): State<App>,
    Mine(conversation): Mine,
    Json(new): Json<NewRating>,
) -> Result<(StatusCode, axum::Json<Rating>), Problem> {
    let rating = app.chat.rate_conversation(conversation.id, new).await?;
    Ok((StatusCode::CREATED, axum::Json(rating)))
}

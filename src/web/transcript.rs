//! A conversation by e-mail.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::extract::{Json, Mine, client_address};
use super::problem::Problem;
use crate::mail;

/// Relative to the widget's API.
pub fn routes() -> Router<App> {
    Router::new().route("/conversations/{id}/transcript", post(send))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TranscriptBody {
    /// Where it is sent.
    email: String,
}

/// Sends the conversation, and nothing else, to an e-mail address.
#[utoipa::path(post, path = "/api/v1/widget/conversations/{id}/transcript", tag = "widget", params(("id" = String, Path)), request_body = TranscriptBody,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)),
    security(("conversation" = [])))]
pub async fn send(
    State(app): State<App>,
    Mine(conversation): Mine,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(body): Json<TranscriptBody>,
) -> Result<StatusCode, Problem> {
    let to = mail::address(&body.email)?;
    let letter = app.chat.transcript(&conversation).await?;
    let asker = client_address(&headers, Some(&connection), app.config.trusted_proxies);
    app.limits.transcript(conversation.id, asker, to.as_ref())?;
    app.mailer.send(to, letter).await?;
    Ok(StatusCode::NO_CONTENT)
}

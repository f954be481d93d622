//! Understanding over HTTP, for integrators: intents and entities of a text, in the shape of Rasa's.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::extract::Json;
use super::problem::Problem;
use crate::chat::ChatError;
use crate::nlu::Parse;

pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/parse", post(parse))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParseRequest {
    /// What a shopper typed; as long as a message may be.
    text: String,
}

/// What the shop understands of a text. Nothing is stored.
#[utoipa::path(post, path = "/api/v1/parse", tag = "nlu", request_body = ParseRequest,
    responses((status = 200, body = Parse), (status = 413, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub async fn parse(
    State(app): State<App>,
    Json(request): Json<ParseRequest>,
) -> Result<axum::Json<Parse>, Problem> {
    let limit = app.config.limits.message_chars;
    let chars = request.text.chars().count();
    if request.text.trim().is_empty() {
        return Err(Problem::field("text", "text that isn't empty"));
    }
    if chars > limit {
        let detail = format!("`text` has {chars} characters: expected at most {limit}");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let language = app.nlu.spoken(&request.text, &app.config.locale);
    let understood = app.nlu.understand(&request.text, language).await;
    let understood = understood.map_err(ChatError::Nlu)?;
    Ok(axum::Json(Parse::from(&understood)))
}

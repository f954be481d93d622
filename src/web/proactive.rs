//! Messages that the widget shows by itself: whether one is, and what came of it.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::App;
use super::extract::{Json, Mine};
use super::problem::Problem;
use super::visits::check_visitor;
use super::widget::{MessageBody, check_token};
use crate::config::ProactiveConfig;
use crate::proactive::{Reaction, Verdict};

/// Relative to the widget's API.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/proactive", post(happened))
        .route("/conversations/{id}/proactive", post(answered))
}

/// What the browser has to know of a trigger: when it comes due, not what it says.
pub fn condition(trigger: &ProactiveConfig) -> Value {
    json!({
        "name": trigger.name,
        "pages": trigger.pages,
        "after_seconds": trigger.after_seconds,
        "exit_intent": trigger.exit_intent,
        "cart": {
            "min_pieces": trigger.min_pieces,
            "max_pieces": trigger.max_pieces,
            "min_total": trigger.min_total,
            "max_total": trigger.max_total,
        },
        "requires_consent": trigger.requires_consent,
    })
}

/// What happened with a message of the shop's own accord.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    website_token: String,
    /// `v_` and 32 hexadecimal digits, made at random by the page; of a shopper who did not agree to be remembered, for
    /// this tab alone.
    visitor: String,
    event: ProactiveEvent,
    /// Of `due`: the trigger's name.
    trigger: Option<String>,
    /// Of `due`: whether the shopper agreed to be remembered.
    #[serde(default)]
    consented: bool,
    /// Of `due`: the language of the message.
    locale: Option<String>,
    /// Of all others: the exposure that `due` was answered with.
    exposure: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProactiveEvent {
    /// Its conditions are met in the browser. It is recorded as shown or held out.
    Due,
    Clicked,
    Dismissed,
    /// The shopper wrote in the chat afterwards.
    Replied,
}

/// What the browser is to do.
#[derive(Default, Serialize, ToSchema)]
pub struct ToDo {
    show: bool,
    /// To be named when something comes of it; also of a shopper who is not shown it, for comparison.
    exposure: Option<String>,
    message: Option<String>,
    campaign: Option<String>,
    /// Why nothing is shown or counted: `unknown`, `no_consent`, `quiet`, `no_campaign`, `capped`.
    reason: Option<&'static str>,
}

/// Asks whether a message that came due is shown, or tells what came of one.
#[utoipa::path(post, path = "/api/v1/widget/proactive", tag = "widget", request_body = Happened,
    responses((status = 200, body = ToDo), (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn happened(
    State(app): State<App>,
    Json(told): Json<Happened>,
) -> Result<axum::Json<ToDo>, Problem> {
    check_token(&app, &told.website_token)?;
    check_visitor("visitor", &told.visitor)?;
    let reaction = match told.event {
        ProactiveEvent::Due => return due(&app, told).await,
        ProactiveEvent::Clicked => Reaction::Clicked,
        ProactiveEvent::Dismissed => Reaction::Dismissed,
        ProactiveEvent::Replied => Reaction::Replied,
    };
    let exposure = told.exposure.filter(|id| !id.contains('\0'));
    let exposure =
        exposure.ok_or_else(|| Problem::field("exposure", "the one that `due` was answered with"))?;
    match app.proactive.note(&exposure, &told.visitor, reaction).await? {
        true => Ok(axum::Json(ToDo::default())),
        false => Err(Problem::not_found()),
    }
}

/// The message that the shopper takes up in this conversation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    visitor: String,
    /// The one that `due` was answered with.
    exposure: String,
}

/// Puts a message that was shown into the conversation in which the shopper takes it up, as the shop's own word. Once.
#[utoipa::path(post, path = "/api/v1/widget/conversations/{id}/proactive", tag = "widget", params(("id" = String, Path)), request_body = Answered,
    responses((status = 201, body = MessageBody), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("conversation" = [])))]
pub async fn answered(
    State(app): State<App>,
    Mine(conversation): Mine,
    Json(told): Json<Answered>,
) -> Result<(StatusCode, axum::Json<MessageBody>), Problem> {
    check_visitor("visitor", &told.visitor)?;
    if told.exposure.contains('\0') {
        return Err(Problem::not_found());
    }
    let id = conversation.id.to_string();
    let said = app
        .proactive
        .said(&told.exposure, &told.visitor, &id, &conversation.locale)
        .await?;
    let message = app
        .chat
        .say(&conversation, said.ok_or_else(Problem::not_found)?)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(MessageBody { message })))
}

async fn due(app: &App, told: Happened) -> Result<axum::Json<ToDo>, Problem> {
    let trigger = told
        .trigger
        .ok_or_else(|| Problem::field("trigger", "a trigger's name"))?;
    let locale = told.locale.as_deref().unwrap_or(&app.config.locale);
    let verdict = app
        .proactive
        .due(&trigger, &told.visitor, told.consented, locale)
        .await?;
    Ok(axum::Json(match verdict {
        Verdict::Show {
            exposure,
            message,
            campaign,
        } => ToDo {
            show: true,
            exposure: Some(exposure),
            message: Some(message),
            campaign,
            reason: None,
        },
        Verdict::HoldOut { exposure } => ToDo {
            exposure: Some(exposure),
            ..ToDo::default()
        },
        Verdict::Not(why) => ToDo {
            reason: Some(why.name()),
            ..ToDo::default()
        },
    }))
}

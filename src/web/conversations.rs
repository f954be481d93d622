//! Conversations for those who answer beside the bot: helpdesks and other programs of the shop, with a key.

use std::str::FromStr;

use axum::Router;
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::attachments::file;
use super::extract::{Json, Key, Query};
use super::problem::Problem;
use super::widget::{MessageBody, Messages, page};
use crate::access::Scope;
use crate::chat::{Answer, Conversation, ConversationId, Filter, Glance, Listed, Status};
use crate::store::Millis;

/// Conversations or messages of one answer, at most and if nothing is said.
const MOST: i64 = 200;
const USUAL: i64 = 50;

pub fn routes() -> Router<App> {
    let of_one = Router::new()
        .route("/", get(conversation).delete(forget))
        .route("/messages", get(messages).post(answer))
        .route("/assignments", post(assign))
        .route("/toggle_status", post(toggle_status))
        .route("/toggle_typing_status", post(toggle_typing_status))
        .route("/attachments/{attachment_id}", get(attachment));
    Router::new()
        .route("/api/v1/conversations", get(list))
        .nest("/api/v1/conversations/{id}", of_one)
}

/// Lets through whose key may read and answer conversations.
pub async fn guard(key: Key, request: HttpRequest, next: Next) -> Result<Response, Problem> {
    key.needs(Scope::Conversations)?;
    Ok(next.run(request).await)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    status: Option<Status>,
    /// `true`: only those that wait for a person, who waits longest first.
    #[serde(default)]
    waiting: bool,
    /// Those that changed before this, as `next` of the page before says.
    before: Option<Millis>,
    /// 1 to 200; 50 if nothing is said.
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct ConversationList {
    conversations: Vec<Listed>,
    /// `before` of the next page; `null` on the last, and of those that wait.
    next: Option<Millis>,
}

/// Conversations, the newest first.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", params(ListQuery),
    responses((status = 200, body = ConversationList), (status = 422, body = Problem)), security(("api_key" = [])))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<ConversationList>, Problem> {
    let limit = limit(query.limit)?;
    let filter = Filter {
        status: query.status,
        waiting: query.waiting,
        before: query.before,
        limit,
    };
    let conversations = app.chat.list(&filter).await?;
    let is_full = conversations.len() as i64 == limit && !query.waiting;
    let last = conversations.last().map(|listed| listed.updated_at);
    Ok(axum::Json(ConversationList {
        conversations,
        next: last.filter(|_| is_full),
    }))
}

/// A conversation at a glance: who has it, why a person is wanted, what was asked, tried and shown.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = Glance), (status = 404, body = Problem)), security(("api_key" = [])))]
pub async fn conversation(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<axum::Json<Glance>, Problem> {
    Ok(axum::Json(app.chat.glance(known(&id)?).await?))
}

/// Deletes a conversation with all that was said and sent in it.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)), security(("api_key" = [])))]
pub async fn forget(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    app.chat.forget(known(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TranscriptQuery {
    /// Messages with a higher sequence number; 0 if nothing is said.
    #[serde(default)]
    after: i64,
    /// 1 to 200; 50 if nothing is said.
    limit: Option<i64>,
}

/// What was said, the oldest first.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages", tag = "conversations",
    params(("id" = String, Path), TranscriptQuery),
    responses((status = 200, body = Messages), (status = 404, body = Problem), (status = 422, body = Problem)), security(("api_key" = [])))]
pub async fn messages(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<TranscriptQuery>,
) -> Result<axum::Json<Messages>, Problem> {
    let limit = limit(query.limit)?;
    let conversation = app.chat.conversation(known(&id)?).await?;
    page(&app, conversation, query.after, limit).await
}

/// What an agent says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// The agent who has the conversation.
    agent: String,
    content: String,
    /// The sender's own id of the message: the same id again is the same message.
    echo_id: Option<String>,
}

/// Says something to the shopper as the agent who has the conversation.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "conversations", params(("id" = String, Path)),
    request_body = NewAnswer,
    responses((status = 201, body = MessageBody), (status = 200, body = MessageBody), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("api_key" = [])))]
pub async fn answer(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(new): Json<NewAnswer>,
) -> Result<(StatusCode, axum::Json<MessageBody>), Problem> {
    let answer = Answer {
        agent: &new.agent,
        content: &new.content,
        echo_id: new.echo_id.as_deref(),
    };
    let received = app.chat.answer(known(&id)?, &answer).await?;
    let status = match received.repeated {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    let message = received.message;
    Ok((status, axum::Json(MessageBody { message })))
}

/// Who takes a conversation, and from whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    agent: String,
    /// The colleague who has it; the bot if nothing is said.
    from: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ConversationBody {
    conversation: Conversation,
}

/// Takes a conversation over: the bot says nothing more in it. 409 when a colleague has it whom `from` doesn't name.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/assignments", tag = "conversations", params(("id" = String, Path)),
    request_body = Assignment,
    responses((status = 200, body = ConversationBody), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("api_key" = [])))]
pub async fn assign(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(assignment): Json<Assignment>,
) -> Result<axum::Json<ConversationBody>, Problem> {
    let Assignment { agent, from } = &assignment;
    let conversation = app.chat.take_over(known(&id)?, agent, from.as_deref()).await?;
    Ok(axum::Json(ConversationBody { conversation }))
}

/// Where a conversation shall stand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStatus {
    /// The agent who says so.
    agent: String,
    /// `pending`: the bot has it again; `resolved`: it is over, until the shopper writes.
    status: Status,
}

/// Hands a conversation back to the bot, which knows what was said, or ends it.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/toggle_status", tag = "conversations", params(("id" = String, Path)),
    request_body = NewStatus,
    responses((status = 200, body = ConversationBody), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("api_key" = [])))]
pub async fn toggle_status(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(new): Json<NewStatus>,
) -> Result<axum::Json<ConversationBody>, Problem> {
    let id = known(&id)?;
    let conversation = match new.status {
        Status::Pending => app.chat.hand_back(id, &new.agent).await?,
        Status::Resolved => app.chat.resolve(id, &new.agent).await?,
        Status::Open | Status::Snoozed => {
            let expected = "`pending` or `resolved`; `assignments` takes a conversation over";
            return Err(Problem::field("status", expected));
        }
    };
    Ok(axum::Json(ConversationBody { conversation }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentTyping {
    agent: String,
    on: bool,
}

/// Shows the shopper that the agent types, or stopped.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/toggle_typing_status", tag = "conversations",
    params(("id" = String, Path)), request_body = AgentTyping,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)), security(("api_key" = [])))]
pub async fn toggle_typing_status(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(typing): Json<AgentTyping>,
) -> Result<StatusCode, Problem> {
    app.chat
        .agent_types(known(&id)?, &typing.agent, typing.on)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A photo or a document that the shopper sent.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/attachments/{attachment_id}", tag = "conversations",
    params(("id" = String, Path), ("attachment_id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = Problem)), security(("api_key" = [])))]
pub async fn attachment(
    State(app): State<App>,
    Path((id, attachment)): Path<(String, String)>,
) -> Result<Response, Problem> {
    file(&app, known(&id)?, &attachment).await
}

fn known(id: &str) -> Result<ConversationId, Problem> {
    ConversationId::from_str(id).map_err(|_| Problem::not_found())
}

fn limit(limit: Option<i64>) -> Result<i64, Problem> {
    let limit = limit.unwrap_or(USUAL);
    let fits = (1..=MOST).contains(&limit);
    fits.then_some(limit)
        .ok_or_else(|| Problem::field("limit", "a whole number from 1 to 200"))
}

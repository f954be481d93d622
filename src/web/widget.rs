//! The widget's REST API. It does all that the socket does, for integrators and for browsers that can't open one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::cart::CartKey;
use super::extract::{Json, Mine, Query, client_address};
use super::origins::is_own_page;
use super::proactive;
use super::problem::Problem;
use super::socket;
use crate::chat::{
    AttachmentKind, ChatError, Conversation, ConversationId, Delivery, Event, Feedback, Incoming, Message,
};
use crate::orders::StoredCart;
use crate::shoppers::{VERIFIED, of_page};
use crate::store::now;
use crate::text::say::Voice;

/// Longest time that a request waits for the bot's reply.
const REPLY_WAIT: Duration = Duration::from_secs(20);
const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 500;
/// Largest set of things a page may tell of its shopper, in bytes of JSON.
const SHOPPER_BYTES: usize = 8 * 1024;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/config", get(config))
        .route("/conversations", post(start))
        .route("/conversations/{id}", get(conversation).patch(update))
        .route("/conversations/{id}/messages", get(messages).post(send))
        .route(
            "/conversations/{id}/messages/{message_id}/feedback",
            post(feedback),
        )
        .route("/conversations/{id}/typing", post(typing))
        .route("/conversations/{id}/read", post(read))
        .route("/ws", get(socket::connect))
}

#[derive(Deserialize, IntoParams)]
pub struct ConfigQuery {
    website_token: String,
    locale: Option<String>,
}

/// How the widget looks and what its labels say.
#[utoipa::path(get, path = "/api/v1/widget/config", tag = "widget", params(ConfigQuery), responses((status = 200), (status = 404, body = Problem)))]
pub async fn config(
    State(app): State<App>,
    Query(query): Query<ConfigQuery>,
) -> Result<axum::Json<Value>, Problem> {
    check_token(&app, &query.website_token)?;
    let locale = query.locale.as_deref().unwrap_or(&app.config.locale);
    let voice = Voice::of(locale);
    let hours = app.chat.hours();
    let hours_text = if hours.open {
        voice.say("widget-hours-open")
    } else {
        voice.say_with(
            "widget-hours-closed",
            &[("back", &app.chat.back_in_words(locale))],
        )
    };
    let widget = &app.config.widget;
    let suggestions = match voice.code() == app.config.locale {
        true => &widget.suggestions,
        false => widget
            .suggestions_in
            .get(&voice.code())
            .unwrap_or(&widget.suggestions),
    };
    let suggestions: Vec<_> = suggestions
        .iter()
        .map(|text| json!({ "title": text, "value": text }))
        .collect();
    Ok(axum::Json(json!({
        "name": app.config.shop.name,
        "locale": voice.code(),
        "greeting": voice.say("widget-greeting"),
        "welcome_back": voice.say("widget-welcome_back"),
        "suggestions": suggestions,
        "theme": { "color": widget.color, "position": widget.position, "dark_mode": widget.dark_mode },
        "launcher_title": Some(&widget.launcher_title).filter(|title| !title.is_empty()),
        "hours": { "open": hours.open, "opens_at": hours.opens_at, "text": hours_text },
        "limits": {
            "message_chars": app.config.limits.message_chars,
            "attachments": app.config.limits.attachments_per_conversation,
            "attachment_bytes": app.config.limits.attachment_bytes,
            "attachment_kinds": AttachmentKind::ALL.map(AttachmentKind::media_type),
        },
        "proactive": app.proactive.triggers().iter().map(proactive::condition).collect::<Vec<_>>(),
        "strings": labels(&voice),
        "help_url": "/help",
    })))
}

const LABELS: [&str; 78] = [
    "open",
    "close",
    "send",
    "placeholder",
    "typing",
    "offline",
    "reconnecting",
    "failed",
    "retry",
    "too_long",
    "thumbs_up",
    "thumbs_down",
    "source",
    "unread",
    "you",
    "bot",
    "new_messages",
    "today",
    "yesterday",
    "conversation_ended",
    "start_over",
    "powered_by",
    "person_on_the_way",
    "messages_log",
    "cards",
    "cards_before",
    "cards_after",
    "price_now",
    "price_was",
    "code",
    "copied",
    "copied_code",
    "copy_failed",
    "comparison",
    "comparison_unknown",
    "comparison_actions",
    "csat_question",
    "csat_1",
    "csat_2",
    "csat_3",
    "csat_4",
    "csat_5",
    "csat_comment",
    "csat_send",
    "csat_thanks",
    "csat_failed",
    "menu",
    "cancel",
    "too_often",
    "transcript",
    "transcript_email",
    "transcript_send",
    "transcript_sent",
    "transcript_wrong",
    "transcript_failed",
    "aloud_start",
    "aloud_stop",
    "aloud_on",
    "aloud_off",
    "speech_start",
    "speech_stop",
    "speech_where",
    "speech_listening",
    "speech_check",
    "speech_nothing",
    "speech_refused",
    "speech_failed",
    "attach",
    "attach_check",
    "attach_hint",
    "attach_send",
    "attaching",
    "attach_kind",
    "attach_too_large",
    "attach_too_many",
    "attach_failed",
    "attachment_gone",
    "dismiss",
];

/// What the widget itself fills in.
const FILLED_IN: [(&str, &str); 5] = [
    ("n", "{n}"),
    ("code", "{code}"),
    ("label", "{label}"),
    ("email", "{email}"),
    ("size", "{size}"),
];

fn labels(voice: &Voice) -> Map<String, Value> {
    let label = |key: &&str| {
        let text = voice.say_with(&format!("widget-{key}"), &FILLED_IN);
        ((*key).to_owned(), text.into())
    };
    LABELS.iter().map(label).collect()
}

pub(super) fn check_token(app: &App, token: &str) -> Result<(), Problem> {
    if token == app.config.website_token {
        Ok(())
    } else {
        Err(Problem::field("website_token", "the token of this shop's widget"))
    }
}

/// A new conversation, as a page starts it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    website_token: String,
    locale: Option<String>,
    page_url: Option<String>,
    referrer: Option<String>,
    /// What the page says of its shopper. The shop vouches for `identifier` with `identifier_hash` (its HMAC-SHA256 with
    /// the shop's secret, as hexadecimal digits) or `token` (signed with HS256, with `sub` and `exp`).
    #[serde(default)]
    #[schema(value_type = Object)]
    user: Map<String, Value>,
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_attributes: Map<String, Value>,
}

#[derive(Serialize, ToSchema)]
pub struct Started {
    conversation: Conversation,
    /// The only key to the conversation; it is shown this once.
    token: String,
}

/// Starts a conversation.
#[utoipa::path(post, path = "/api/v1/widget/conversations", tag = "widget", request_body = NewConversation,
    responses((status = 201, body = Started), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn start(
    State(app): State<App>,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(new): Json<NewConversation>,
) -> Result<Response, Problem> {
    check_token(&app, &new.website_token)?;
    app.limits.conversation(client_address(
        &headers,
        Some(&connection),
        app.config.trusted_proxies,
    ))?;
    let locale = new.locale.as_deref().unwrap_or(&app.config.locale);
    let shopper = shopper(&app, new.user, &new.custom_attributes, new.referrer.as_deref())?;
    let page_url = short_url(new.page_url.as_deref())?;
    let cart = CartKey::of_page(&headers);
    let cart_id = cart.as_ref().map(|(key, _)| key.id());
    let started = app
        .chat
        .start(locale, &shopper, page_url, cart_id.as_deref())
        .await?;
    let (conversation, token) = started;
    let answer = (StatusCode::CREATED, axum::Json(Started { conversation, token }));
    Ok(match cart {
        Some((key, true)) => key.remembered(answer, &StoredCart::empty(&key.id()), &headers),
        _ => answer.into_response(),
    })
}

/// What is kept of a shopper: what the page says, and beside it, where no page can write, who the shop says they are.
fn shopper(
    app: &App,
    mut user: Map<String, Value>,
    custom_attributes: &Map<String, Value>,
    referrer: Option<&str>,
) -> Result<Value, Problem> {
    let widget = &app.config.widget;
    let verified = of_page(&mut user, &widget.identity_secret, widget.enforce_identity, now())?;
    let shopper = json!({
        "user": user,
        "custom_attributes": custom_attributes,
        "referrer": referrer,
        VERIFIED: verified,
    });
    if shopper.to_string().len() > SHOPPER_BYTES {
        return Err(Problem::field(
            "user",
            format!("together with `custom_attributes` at most {SHOPPER_BYTES} bytes"),
        ));
    }
    Ok(shopper)
}

pub(super) fn short_url(url: Option<&str>) -> Result<Option<&str>, Problem> {
    match url {
        Some(url) if url.len() > 2048 || url.contains('\0') => {
            Err(Problem::field("page_url", "at most 2048 bytes of text"))
        }
        url => Ok(url),
    }
}

#[derive(Serialize, ToSchema)]
pub struct ConversationBody {
    conversation: Conversation,
}

/// Where a conversation stands.
#[utoipa::path(get, path = "/api/v1/widget/conversations/{id}", tag = "widget", params(("id" = String, Path)),
    responses((status = 200, body = ConversationBody), (status = 404, body = Problem)), security(("conversation" = [])))]
pub async fn conversation(Mine(conversation): Mine) -> axum::Json<ConversationBody> {
    axum::Json(ConversationBody { conversation })
}

/// What a page says of its shopper after the conversation began.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShopperUpdate {
    #[serde(default)]
    #[schema(value_type = Object)]
    user: Map<String, Value>,
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_attributes: Map<String, Value>,
    locale: Option<String>,
}

/// Keeps what the page says of its shopper, and the language they chose.
#[utoipa::path(patch, path = "/api/v1/widget/conversations/{id}", tag = "widget", params(("id" = String, Path)), request_body = ShopperUpdate,
    responses((status = 204), (status = 404, body = Problem)), security(("conversation" = [])))]
pub async fn update(
    State(app): State<App>,
    Mine(conversation): Mine,
    Json(update): Json<ShopperUpdate>,
) -> Result<StatusCode, Problem> {
    let shopper = shopper(&app, update.user, &update.custom_attributes, None)?;
    app.chat
        .set_shopper(conversation.id, &shopper, update.locale.as_deref())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
pub struct MessagesQuery {
    /// Sequence number of the last message that the client has; 0 for all.
    #[serde(default)]
    after: i64,
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Messages {
    messages: Vec<Message>,
    conversation: Conversation,
    has_more: bool,
}

/// The messages after a sequence number, oldest first.
#[utoipa::path(get, path = "/api/v1/widget/conversations/{id}/messages", tag = "widget", params(("id" = String, Path), MessagesQuery),
    responses((status = 200, body = Messages), (status = 404, body = Problem)), security(("conversation" = [])))]
pub async fn messages(
    State(app): State<App>,
    Mine(conversation): Mine,
    Query(query): Query<MessagesQuery>,
) -> Result<axum::Json<Messages>, Problem> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(Problem::field(
            "limit",
            format!("a number from 1 to {LARGEST_PAGE}"),
        ));
    }
    page(&app, conversation, query.after, limit).await
}

/// At most so many messages after a sequence number.
pub(super) async fn page(
    app: &App,
    conversation: Conversation,
    after: i64,
    limit: i64,
) -> Result<axum::Json<Messages>, Problem> {
    let messages = app.chat.messages_after(conversation.id, after, limit).await?;
    let has_more = messages
        .last()
        .is_some_and(|last| last.seq < conversation.last_seq);
    Ok(axum::Json(Messages {
        messages,
        conversation,
        has_more,
    }))
}

#[derive(Deserialize, IntoParams)]
pub struct SendQuery {
    /// Wait for the bot's reply.
    #[serde(default)]
    wait: bool,
}

#[derive(Serialize, ToSchema)]
pub struct Sent {
    message: Arc<Message>,
    /// The reply, when it was waited for.
    replies: Vec<Arc<Message>>,
}

/// The cart of the page that speaks is the conversation's: a browser may have another one by now.
pub(super) async fn tie_cart(app: &App, id: ConversationId, headers: &HeaderMap) -> Result<(), ChatError> {
    match CartKey::of(headers).filter(|_| is_own_page(headers)) {
        Some(key) => app.chat.set_cart(id, &key.id()).await,
        None => Ok(()),
    }
}

/// Sends a message. It is on disk when this answers; the same `echo_id` again answers 200 with the message stored first.
#[utoipa::path(post, path = "/api/v1/widget/conversations/{id}/messages", tag = "widget", params(("id" = String, Path), SendQuery), request_body = Incoming,
    responses((status = 201, body = Sent), (status = 200, body = Sent), (status = 404, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)),
    security(("conversation" = [])))]
pub async fn send(
    State(app): State<App>,
    Mine(conversation): Mine,
    Query(query): Query<SendQuery>,
    headers: HeaderMap,
    Json(incoming): Json<Incoming>,
) -> Result<(StatusCode, axum::Json<Sent>), Problem> {
    app.limits.message(conversation.id)?;
    tie_cart(&app, conversation.id, &headers).await?;
    short_url(incoming.page_url.as_deref())?;
    // Listening begins before the message is stored: the reply may be there sooner than the acknowledgement.
    let deliveries = query.wait.then(|| app.chat.hub().subscribe(conversation.id));
    let received = app.chat.receive(conversation.id, &incoming, None).await?;
    let status = if received.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let replies = match deliveries {
        Some(deliveries) if !received.repeated => {
            let mut replies = Vec::new();
            // A person may have the conversation, or the bot may need longer: then there is less than a whole reply.
            let _ = timeout(
                REPLY_WAIT,
                collect_reply(deliveries, &received.message.id, &mut replies),
            )
            .await;
            replies
        }
        Some(_) => earlier_reply(&app, &received.message).await?,
        None => Vec::new(),
    };
    Ok((
        status,
        axum::Json(Sent {
            message: received.message,
            replies,
        }),
    ))
}

async fn collect_reply(mut deliveries: Receiver<Delivery>, answered: &str, replies: &mut Vec<Arc<Message>>) {
    while let Ok(Delivery { event, .. }) = deliveries.recv().await {
        let Event::Message { message } = event else {
            continue;
        };
        if !answers(&message, answered) {
            continue;
        }
        let last = message.content_attributes.contains_key("final");
        replies.push(message);
        if last {
            return;
        }
    }
}

async fn earlier_reply(app: &App, message: &Message) -> Result<Vec<Arc<Message>>, Problem> {
    let later = app
        .chat
        .messages_after(message.conversation_id, message.seq, PAGE)
        .await?;
    Ok(later
        .into_iter()
        .filter(|reply| answers(reply, &message.id))
        .map(Arc::new)
        .collect())
}

fn answers(reply: &Message, message_id: &str) -> bool {
    reply
        .content_attributes
        .get("in_reply_to")
        .and_then(Value::as_str)
        == Some(message_id)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackBody {
    value: Option<Feedback>,
}

#[derive(Deserialize)]
pub struct FeedbackPath {
    message_id: String,
}

#[derive(Serialize, ToSchema)]
pub struct MessageBody {
    pub(super) message: Arc<Message>,
}

/// Thumbs up or down on a message of the bot; `null` takes it back.
#[utoipa::path(post, path = "/api/v1/widget/conversations/{id}/messages/{message_id}/feedback", tag = "widget",
    params(("id" = String, Path), ("message_id" = String, Path)), request_body = FeedbackBody,
    responses((status = 200, body = MessageBody), (status = 404, body = Problem)), security(("conversation" = [])))]
pub async fn feedback(
    State(app): State<App>,
    Mine(conversation): Mine,
    Path(path): Path<FeedbackPath>,
    Json(body): Json<FeedbackBody>,
) -> Result<axum::Json<MessageBody>, Problem> {
    let message = app
        .chat
        .rate(conversation.id, &path.message_id, body.value)
        .await?;
    Ok(axum::Json(MessageBody { message }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Typing {
    on: bool,
}

/// The shopper types, or stopped.
#[utoipa::path(post, path = "/api/v1/widget/conversations/{id}/typing", tag = "widget", params(("id" = String, Path)), request_body = Typing,
    responses((status = 204), (status = 404, body = Problem)), security(("conversation" = [])))]
pub async fn typing(
    State(app): State<App>,
    Mine(conversation): Mine,
    Json(typing): Json<Typing>,
) -> StatusCode {
    app.chat.shopper_types(&conversation, typing.on, None);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadUpTo {
    seq: i64,
}

/// The shopper has seen everything up to a sequence number.
#[utoipa::path(post, path = "/api/v1/widget/conversations/{id}/read", tag = "widget", params(("id" = String, Path)), request_body = ReadUpTo,
    responses((status = 204), (status = 404, body = Problem)), security(("conversation" = [])))]
pub async fn read(
    State(app): State<App>,
    Mine(conversation): Mine,
    Json(read): Json<ReadUpTo>,
) -> Result<StatusCode, Problem> {
    app.chat.mark_read(conversation.id, read.seq).await?;
    Ok(StatusCode::NO_CONTENT)
}

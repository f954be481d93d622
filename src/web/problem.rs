//! Errors over HTTP: RFC 9457 problem+json. This file alone knows which error has which status code.

use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::chat::{AGENT_CHARS, AttachmentError, ChatError, ConversationError};
use crate::mail::MailError;
use crate::nlu::{EncoderError, NluError};
use crate::orders::{OrderError, SystemError};
use crate::promotions::PromotionError;
use crate::recommend::RecommendError;
use crate::shoppers::PageError;
use crate::store::StoreError;
use crate::trainings::TrainingError;

/// What went wrong, for programs (`status`, `errors`) and for people (`detail`).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// Of a conversation that was rated before: its rating.
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<i64>,
    #[serde(skip)]
    code: StatusCode,
}

/// A field of the request that is wrong, and what was expected.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    field: String,
    expected: String,
}

impl Problem {
    pub fn new(code: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: code.canonical_reason().unwrap_or("Error"),
            status: code.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            rating: None,
            code,
        }
    }

    /// A field that does not hold what was expected.
    pub fn field(field: &str, expected: impl Into<String>) -> Self {
        let expected = expected.into();
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("`{field}`: expected {expected}"),
        );
        problem.errors.push(FieldProblem {
            field: field.into(),
            expected,
        });
        problem
    }

    /// Several fields that do not hold what was expected; there is at least one.
    pub fn fields(wrong: impl Iterator<Item = (String, String)>) -> Self {
        let errors: Vec<FieldProblem> = wrong
            .map(|(field, expected)| FieldProblem { field, expected })
            .collect();
        let detail: Vec<String> = errors
            .iter()
            .map(|error| format!("`{}`: expected {}", error.field, error.expected))
            .collect();
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail.join("; "));
        problem.errors = errors;
        problem
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing here, or it isn't yours")
    }

    pub fn no_key() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "`Authorization`: expected `Bearer` and an API key; `shopkeeper keys create` makes one",
        )
    }

    pub fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "this address does not take that method: see /api/openapi.json",
        )
    }

    pub fn too_many() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests: wait a minute, then try again",
        )
    }

    /// A failure of ours that is no room's error.
    pub fn failed(what: &'static str) -> Self {
        Self::internal(&std::io::Error::other(what))
    }

    /// A failure of ours: the log has the cause, the caller gets none of it.
    fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the server failed; what was acknowledged is safe",
        )
    }

    /// The short code that WebSocket frames carry.
    pub fn socket_code(&self) -> &'static str {
        match (self.code, self.errors.first().map(|error| error.field.as_str())) {
            (StatusCode::NOT_FOUND, _) => "not_found",
            (StatusCode::PAYLOAD_TOO_LARGE, _) => "too_long",
            (StatusCode::TOO_MANY_REQUESTS, _) => "rate_limited",
            (StatusCode::SERVICE_UNAVAILABLE | StatusCode::INTERNAL_SERVER_ERROR, _) => "busy",
            (_, Some("content")) => "empty",
            _ => "bad_frame",
        }
    }

    /// Whether it is about this field.
    pub fn names(&self, field: &str) -> bool {
        self.errors.iter().any(|error| error.field == field)
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.code;
        let mut response = (code, Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if code == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if code == StatusCode::TOO_MANY_REQUESTS {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        match &error {
            ChatError::Empty => Self::field("content", "text, or a chosen button"),
            ChatError::TooLong { limit, .. } => {
                let mut problem = Self::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string());
                let expected = format!("at most {limit} characters");
                problem.errors.push(FieldProblem {
                    field: "content".into(),
                    expected,
                });
                problem
            }
            ChatError::EchoId(_) => Self::field("echo_id", "1 to 64 characters"),
            ChatError::Nul(field) => Self::field(field, "text without the character U+0000"),
            ChatError::Attachment(cause) => match cause {
                AttachmentError::Kind => Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, cause.to_string()),
                AttachmentError::TooLarge { .. } => {
                    Self::new(StatusCode::PAYLOAD_TOO_LARGE, cause.to_string())
                }
                AttachmentError::TooMany(_) => Self::new(StatusCode::CONFLICT, cause.to_string()),
                AttachmentError::Disk(_) => Self::internal(cause),
            },
            ChatError::AgentName => Self::field(
                "agent",
                format!("a name of 1 to {AGENT_CHARS} characters, without spaces around it"),
            ),
            ChatError::Taken(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            ChatError::NothingSaid => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
            ChatError::Rating(_) => Self::field("rating", "a whole number from 1 to 5"),
            ChatError::CommentTooLong(_) => Self::field("comment", "at most 2000 characters"),
            ChatError::RatedAlready(first) => Self {
                rating: Some(first.rating),
                ..Self::new(StatusCode::CONFLICT, error.to_string())
            },
            ChatError::Conversation(ConversationError::NotFound) => Self::not_found(),
            ChatError::Conversation(ConversationError::Fenced) => {
                Self::new(StatusCode::CONFLICT, error.to_string())
            }
            ChatError::Nlu(NluError::Encoder(EncoderError::Busy)) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too busy at the moment: try again shortly",
            ),
            ChatError::Conversation(ConversationError::Store(_))
            | ChatError::Store(_)
            | ChatError::Page(_)
            | ChatError::Nlu(_) => Self::internal(&error),
        }
    }
}

impl From<MailError> for Problem {
    fn from(error: MailError) -> Self {
        match &error {
            MailError::Address { .. } => Self::field("email", "an e-mail address such as ann@example.com"),
            MailError::Smtp(cause) => {
                tracing::error!(%cause, "a mail was not sent");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the mail could not be sent: try again later",
                )
            }
            MailError::Letter(_) | MailError::Outbox { .. } => Self::internal(&error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<RecommendError> for Problem {
    fn from(error: RecommendError) -> Self {
        Self::internal(&error)
    }
}

impl From<PromotionError> for Problem {
    fn from(error: PromotionError) -> Self {
        match &error {
            PromotionError::Cart(error) => Self::field(&format!("order.{}", error.field), &error.expected),
            PromotionError::Field(error) => Self::field(&error.field, &error.expected),
            PromotionError::Return(error) => Self::field(&error.field, &error.expected),
            PromotionError::Room { most, pattern, .. } => {
                Self::field("count", format!("at most {most}, for which `{pattern}` has room"))
            }
            PromotionError::NoCampaign(_) | PromotionError::NoRedemption => Self::not_found(),
            PromotionError::Refused(_) => Self::new(StatusCode::BAD_REQUEST, error.to_string()),
            PromotionError::KeyOfAnother | PromotionError::NoOwnCodes(_) => {
                Self::new(StatusCode::CONFLICT, error.to_string())
            }
            PromotionError::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
            PromotionError::Store(_)
            | PromotionError::Cancelled(_)
            | PromotionError::NoRandomness
            | PromotionError::Till => Self::internal(&error),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Store(error) => error.into(),
            OrderError::Promotions(error) => error.into(),
            OrderError::Basket(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
            OrderError::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        }
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        Self::field(&format!("user.{}", error.field), error.error.to_string())
    }
}

impl From<SystemError> for Problem {
    fn from(error: SystemError) -> Self {
        match &error {
            SystemError::NotFound => Self::not_found(),
            SystemError::Invalid { field, expected } => Self::field(field, expected),
            SystemError::NotPossible(_) | SystemError::KeyOfAnother => {
                Self::new(StatusCode::CONFLICT, error.to_string())
            }
            SystemError::Unavailable(_) => {
                tracing::error!(%error, "an order can't be read or changed");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "orders are away at the moment: try again shortly",
                )
            }
        }
    }
}

impl From<TrainingError> for Problem {
    fn from(error: TrainingError) -> Self {
        match &error {
            TrainingError::UnderWay => Self::new(StatusCode::CONFLICT, error.to_string()),
            TrainingError::Start(_) => Self::internal(&error),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

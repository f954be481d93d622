//! The OpenAPI document of the REST API.

use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{App, parse, widget};

#[derive(OpenApi)]
#[openapi(
    info(title = "Shopkeeper", description = "Conversations with the shop's assistant, and what it understands"),
    paths(
        widget::config,
        widget::start,
        widget::conversation,
        widget::update,
        widget::messages,
        widget::send,
        widget::feedback,
        widget::typing,
        widget::read,
        parse::parse
    ),
    modifiers(&ConversationToken)
)]
struct Document;

/// Conversations are opened by their token.
struct ConversationToken;

impl Modify for ConversationToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("the conversation's token"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("conversation", SecurityScheme::Http(scheme));
    }
}

pub fn routes() -> Router<App> {
    Router::new().route("/api/openapi.json", get(|| async { Json(Document::openapi()) }))
}

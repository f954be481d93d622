//! The OpenAPI document of the REST API.

use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    App, attachments, catalog, conversations, csat, models, order_care, parse, proactive, promotions,
    recommend, recommender_trainings, transcript, visits, widget,
};

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
        attachments::attach,
        attachments::attachment,
        csat::rating,
        csat::rate,
        transcript::send,
        proactive::happened,
        proactive::answered,
        visits::events,
        visits::recommend,
        visits::forget,
        parse::parse,
        catalog::search,
        catalog::product,
        recommend::recommend,
        recommend::neighbors,
        recommend::session,
        recommend::feedback,
        recommend::erase,
        promotions::qualify,
        promotions::validate,
        promotions::release,
        promotions::redeem,
        promotions::list,
        promotions::redemption,
        promotions::roll_back,
        promotions::list_campaigns,
        promotions::campaign,
        promotions::save,
        promotions::set_state,
        promotions::make_codes,
        promotions::codes,
        conversations::list,
        conversations::conversation,
        conversations::forget,
        conversations::messages,
        conversations::answer,
        conversations::assign,
        conversations::toggle_status,
        conversations::toggle_typing_status,
        conversations::attachment,
        order_care::order,
        order_care::advance,
        recommender_trainings::list,
        recommender_trainings::start,
        recommender_trainings::training,
        recommender_trainings::cancel,
        models::list,
        models::version,
        models::activate,
        models::trainings,
        models::start,
        models::training,
        models::cancel
    ),
    modifiers(&Tokens)
)]
struct Document;

/// Conversations are opened by their token, the rest by an API key.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = |description| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
            SecurityScheme::Http(scheme.description(Some(description)).build())
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("conversation", bearer("the conversation's token"));
        components.add_security_scheme("api_key", bearer("a key of `shopkeeper keys create`"));
    }
}

pub fn routes() -> Router<App> {
    Router::new().route("/api/openapi.json", get(|| async { Json(Document::openapi()) }))
}

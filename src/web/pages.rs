//! The demo shop's page and what all pages share.

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::App;
use super::problem::Problem;
use super::products::{Row, popular};
use crate::text::say::Voice;

pub fn routes() -> Router<App> {
    Router::new().route("/", get(shop))
}

/// What every page shows around its own content.
pub struct Frame<'a> {
    pub title: String,
    pub shop: &'a str,
    pub website_token: &'a str,
    pub voice: Voice,
    /// The other languages that pages can be read in: their codes.
    pub others: Vec<String>,
    /// In the browser's cart, as far as its cookie tells.
    pub pieces: u32,
}

impl<'a> Frame<'a> {
    /// A frame whose title is the sentence of `title_key`.
    pub fn new(app: &'a App, title_key: &str) -> Self {
        let voice = Voice::of(&app.locale());
        let shop = &app.config.shop.name;
        Self {
            title: voice.say_with(title_key, &[("shop", shop)]),
            shop,
            website_token: &app.config.website_token,
            others: app
                .config
                .languages()
                .into_iter()
                .filter(|language| *language != voice.code())
                .collect(),
            voice,
            pieces: 0,
        }
    }

    /// With the number of pieces beside the link to the cart.
    pub fn with(self, pieces: Pieces) -> Self {
        Self {
            pieces: pieces.0,
            ..self
        }
    }

    /// The link to the cart with what is in it, as screen readers say it.
    pub fn count_text(&self) -> String {
        self.voice
            .say_count("cart-link-count", "count", self.pieces.into())
    }

    /// What a language calls itself.
    pub fn language_name(&self, code: &str) -> String {
        Voice::of(code).say("language-name")
    }

    /// The label of `key`, for templates.
    pub fn say(&self, key: &str) -> String {
        self.voice.say_with(key, &[("shop", self.shop)])
    }
}

/// How many pieces are in the browser's cart. A cookie of its own says it, so that pages without a cart ask no database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pieces(pub u32);

impl Pieces {
    pub const COOKIE: &'static str = "cart_pieces";

    pub fn of(headers: &HeaderMap) -> Self {
        Self(
            cookie(headers, Self::COOKIE)
                .and_then(|text| text.parse().ok())
                .unwrap_or_default(),
        )
    }
}

impl<S: Sync> FromRequestParts<S> for Pieces {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

/// The value of a cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter();
    all.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

#[derive(Template)]
#[template(path = "shop.html")]
struct ShopPage<'a> {
    frame: Frame<'a>,
    row: Row,
    /// The categories at the top.
    categories: Vec<String>,
}

impl ShopPage<'_> {
    /// Whether the catalogue has such a category: the page's own words fit the demo catalogue, others may be loaded.
    fn sells(&self, category: &str) -> bool {
        self.categories.iter().any(|known| known == category)
    }
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFoundPage<'a> {
    frame: Frame<'a>,
}

async fn shop(State(app): State<App>, pieces: Pieces) -> Result<Response, Problem> {
    let frame = Frame::new(&app, "page-shop-title").with(pieces);
    let row = popular(&app, &frame).await?;
    let categories = app.catalogue.categories();
    page(&ShopPage {
        frame,
        row,
        categories: categories.iter().map(|category| category.name.clone()).collect(),
    })
}

/// Pages for people get a page, programs a problem.
pub async fn not_found(State(app): State<App>, pieces: Pieces, uri: axum::http::Uri) -> Response {
    if uri.path().starts_with("/api/") {
        Problem::not_found().into_response()
    } else {
        not_found_page(&app, pieces)
    }
}

pub fn not_found_page(app: &App, pieces: Pieces) -> Response {
    match page(&NotFoundPage {
        frame: Frame::new(app, "page-not-found-title").with(pieces),
    }) {
        Ok(page) => (StatusCode::NOT_FOUND, page).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// Renders a page.
pub fn page(template: &impl Template) -> Result<Response, Problem> {
    match template.render() {
        Ok(html) => Ok(Html(html).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page can't be rendered");
            Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the page can't be shown",
            ))
        }
    }
}

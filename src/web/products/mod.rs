//! The demo shop's products: all categories, what a search finds, one product, rows of recommendations.

pub(in crate::web) mod card;
mod listing;
mod product;
mod rows;

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::App;
use super::catalog::find;
use super::extract::Query;
use super::pages::{Frame, Pieces, page};
use super::problem::Problem;
use crate::catalog::SearchRequest;
use card::encoded;
use listing::{Found, Listing, Step, summary};

pub use rows::{Row, popular};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/products", get(products))
        .route("/products/{id}", get(product::product))
        .route("/categories/{*path}", get(category))
        .route("/recommendations", get(recommendations))
        .route("/shop/for-you", get(rows::for_anybody).post(rows::for_you))
}

/// A category on the page of all categories.
struct Tile {
    step: Step,
    picture: Option<String>,
    count: String,
}

#[derive(Template)]
#[template(path = "categories.html")]
struct CategoriesPage<'a> {
    frame: Frame<'a>,
    tiles: Vec<Tile>,
    listing: Listing,
    row: Row,
}

#[derive(Template)]
#[template(path = "products.html")]
struct ProductsPage<'a> {
    frame: Frame<'a>,
    listing: Listing,
    found: Found,
}

#[derive(Template)]
#[template(path = "partials/products_found.html")]
struct FoundPart<'a> {
    frame: Frame<'a>,
    listing: Listing,
    found: Found,
}

#[derive(Template)]
#[template(path = "recommendations.html")]
struct RecommendationsPage<'a> {
    frame: Frame<'a>,
}

/// All categories; with a question, what fits it. A script gets the part that changes.
async fn products(
    State(app): State<App>,
    headers: HeaderMap,
    Query(listing): Query<Listing>,
) -> Result<Response, Problem> {
    let frame = Frame::new(&app, "products-title").with(Pieces::of(&headers));
    let by_script = headers.contains_key("hx-request") && !headers.contains_key("hx-history-restore-request");
    if listing.is_empty() && !by_script {
        return categories(&app, frame, listing).await;
    }
    let found = listing.found(&app, &frame).await?;
    let status = match found.wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let vary = ("vary", "hx-request".to_owned());
    if by_script {
        let address = ("hx-replace-url", listing.address());
        // htmx shows what comes with a good status only; what is wrong stands in the part.
        let part = page(&FoundPart {
            frame,
            listing,
            found,
        })?;
        return Ok(([address, vary], part).into_response());
    }
    let mut frame = frame;
    if let Some(here) = found.path.last() {
        frame.title = here.name.clone();
    }
    let page = page(&ProductsPage {
        frame,
        listing,
        found,
    })?;
    Ok((status, [vary], page).into_response())
}

async fn categories(app: &App, frame: Frame<'_>, listing: Listing) -> Result<Response, Problem> {
    // Counts of products: variants of one are one.
    let all = find(app, SearchRequest::default()).await?;
    let mut pictures: HashMap<String, String> = HashMap::new();
    for item in app.catalogue.all().iter().filter(|item| item.is_sold()) {
        if let (Some(top), Some(picture)) = (item.category.first(), card::picture(&item.image)) {
            pictures.entry(top.clone()).or_insert(picture);
        }
    }
    let labels = app.catalogue.labels(&app.locale());
    let tiles = all.facets.categories.into_iter().map(|category| Tile {
        picture: pictures.remove(&category.name),
        count: summary(category.count, &frame),
        step: Step {
            address: format!("/products?category={}", encoded(&category.name)),
            name: labels.category(&category.name).to_owned(),
            count: category.count,
        },
    });
    let tiles = tiles.collect();
    let row = popular(app, &frame).await?;
    let page = page(&CategoriesPage {
        frame,
        tiles,
        listing,
        row,
    })?;
    Ok(([("vary", "hx-request")], page).into_response())
}

/// `/categories/Camping/Tents` for people who type addresses.
async fn category(Path(path): Path<String>) -> Redirect {
    let levels: Vec<&str> = path.split('/').filter(|level| !level.is_empty()).collect();
    Redirect::to(&format!("/products?category={}", encoded(&levels.join(" > "))))
}

/// What is kept of the visitor for recommending, and the way to end it.
async fn recommendations(State(app): State<App>, pieces: Pieces) -> Result<Response, Problem> {
    page(&RecommendationsPage {
        frame: Frame::new(&app, "consent-title").with(pieces),
    })
}

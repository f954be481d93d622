//! Rows of recommended products: what is like a product, what fits a visitor.

use std::collections::HashSet;

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::card::Card;
use crate::catalog::Item;
use crate::recommend::{Reason, Recommendation, Request};
use crate::web::App;
use crate::web::extract::Json;
use crate::web::pages::{Frame, page};
use crate::web::problem::Problem;
use crate::web::recommend::blocking;
use crate::web::visits::Wanted;

/// Products of one row: what a wide window shows side by side.
pub const ROW: usize = 5;

/// Products side by side under a heading.
pub struct Row {
    pub title: String,
    pub cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "partials/for_you.html")]
struct ForYou<'a> {
    frame: Frame<'a>,
    row: Row,
}

/// What fits somebody of whom nothing is known.
pub async fn popular(app: &App, frame: &Frame<'_>) -> Result<Row, Problem> {
    row(app, frame, Wanted::by_nobody(ROW)).await
}

/// What fits somebody, with a heading that says whether their own doings count.
async fn row(app: &App, frame: &Frame<'_>, wanted: Wanted) -> Result<Row, Problem> {
    let title = if wanted.knows_something() {
        frame.say("products-for-you")
    } else {
        frame.say("products-popular")
    };
    let found = wanted.found(app).await?;
    Ok(Row {
        title,
        cards: cards(app, frame, &found),
    })
}

fn cards(app: &App, frame: &Frame<'_>, found: &[Recommendation]) -> Vec<Card> {
    let card = |found| Card::recommended(app, found, frame);
    found.iter().map(card).collect()
}

/// What is like a product: by what shoppers wanted together where that is known, by the words otherwise.
pub async fn similar(app: &App, frame: &Frame<'_>, item: &Item) -> Result<Row, Problem> {
    let own = app.catalogue.variants(item);
    let request = Request {
        // Variants of one product make one card.
        n: ROW * 4,
        exclude: own.into_iter().map(|own| own.id.clone()).collect(),
        ..Request::default()
    };
    let (recommender, catalogue, id) = (app.recommender.clone(), app.catalogue.clone(), item.id.clone());
    let mut found = blocking(move || {
        let mut found = recommender.neighbors(&id, &request);
        if found.is_empty() {
            let alike = catalogue.similar(&id, request.n).into_iter();
            found = alike
                .filter(|hit| hit.item.is_sold())
                .map(|hit| Recommendation::new(hit.item, hit.score, Reason::Like, Some(id.clone())))
                .collect();
        }
        found
    })
    .await?;
    let mut groups = HashSet::new();
    found.retain(|found| {
        let group = found.item.group.clone();
        group.is_none_or(|group| groups.insert(group))
    });
    found.truncate(ROW);
    let mut cards = cards(app, frame, &found);
    // The heading says it already.
    cards.iter_mut().for_each(|card| card.reason.clear());
    Ok(Row {
        title: frame.say("products-similar"),
        cards,
    })
}

/// The row of somebody of whom nothing is known, alone.
pub async fn for_anybody(State(app): State<App>) -> Result<Response, Problem> {
    fragment(&app, Wanted::by_nobody(ROW)).await
}

/// The row of a visitor or of a session, alone: scripts put it into pages.
pub async fn for_you(State(app): State<App>, Json(wanted): Json<Wanted>) -> Result<Response, Problem> {
    wanted.check_token(&app)?;
    fragment(&app, wanted.without_variants(&app)).await
}

async fn fragment(app: &App, wanted: Wanted) -> Result<Response, Problem> {
    let frame = Frame::new(app, "products-title");
    let row = row(app, &frame, wanted).await?;
    let html = page(&ForYou { frame, row })?;
    Ok(([(header::CACHE_CONTROL, "no-store")], html).into_response())
}

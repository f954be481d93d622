//! Recommendations over HTTP, by the names that users of Gorse know: recommend, neighbors, session, feedback.

use std::collections::HashSet;

use axum::Router;
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::catalog::Product;
use super::extract::{Json, Key, Query};
use super::problem::Problem;
use crate::access::Scope;
use crate::erasure;
use crate::recommend::events::Recorded;
use crate::recommend::import::{CLOCKS_DIFFER, check_value};
use crate::recommend::{Asker, Erased, Event, EventKind, Filter, Reason, Recommendation, Request};
use crate::store::{Millis, new_id, now};
use crate::text::money::parse_amount;
use crate::text::say::Voice;

/// Items of one answer.
const DEFAULT_N: usize = 10;
const MOST: usize = 100;
/// Events of one request.
const BATCH: usize = 1_000;
const ID_CHARS: usize = 200;
const EXCLUDED: usize = 1_000;

/// What pages and programs may ask without a key: nothing of it tells of one shopper.
pub fn public_routes() -> Router<App> {
    Router::new()
        .route("/api/v1/items/{id}/neighbors", get(neighbors))
        .route("/api/v1/session/recommend", post(session))
}

/// What speaks of shoppers by their ids.
pub fn guarded_routes() -> Router<App> {
    Router::new()
        .route("/api/v1/recommend/{shopper}", get(recommend))
        .route("/api/v1/feedback", post(feedback))
        .route("/api/v1/shoppers/{shopper}/events", delete(erase))
}

/// Lets through whose key may read and write shoppers' events.
pub async fn guard(key: Key, request: HttpRequest, next: Next) -> Result<Response, Problem> {
    key.needs(Scope::Recommend)?;
    Ok(next.run(request).await)
}

/// All are optional; they come as text, so that a wrong one can be named.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct RecommendQuery {
    /// Items wanted, 1 to 100; 10 without it.
    n: Option<String>,
    /// A step of the category's path.
    category: Option<String>,
    brand: Option<String>,
    /// Brands that must not come, with commas between them.
    not_brand: Option<String>,
    /// Such as `49.90`.
    min_price: Option<String>,
    max_price: Option<String>,
    /// Ids of items that must not come, with commas between them.
    exclude: Option<String>,
}

/// An event as programs send it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentEvent {
    /// The sender's own id: sent again, the event counts once.
    id: Option<String>,
    #[serde(alias = "user_id")]
    shopper: String,
    #[serde(alias = "item_id")]
    item: String,
    /// `view`, `click`, `cart`, `purchase`, `rating`, `search`, `chat_mention` or `dismiss`.
    #[serde(alias = "event", alias = "feedback_type")]
    kind: String,
    /// Stars of a rating.
    value: Option<f64>,
    session: Option<String>,
    /// Milliseconds since 1970; now without it.
    #[serde(alias = "timestamp")]
    at: Option<Millis>,
}

/// One event, or up to 1,000 in a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Feedback {
    Many(Vec<SentEvent>),
    One(SentEvent),
}

/// What happened in a session of somebody who isn't known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionRequest {
    /// Oldest first. Nothing of it is kept.
    events: Vec<SessionEvent>,
    n: Option<usize>,
    category: Option<String>,
    brand: Option<String>,
    #[serde(default)]
    exclude: Vec<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionEvent {
    #[serde(alias = "item_id")]
    item: String,
    #[serde(alias = "event", alias = "feedback_type")]
    kind: Option<String>,
}

/// An item that fits, and why.
#[derive(Serialize, ToSchema)]
pub struct Recommended {
    item: Product,
    /// Comparable within one answer only.
    score: f32,
    reason: Reason,
    /// The reason in words of the shop's language.
    reason_text: String,
    /// The id of the item that the reason names.
    because: Option<String>,
}

/// What fits a shopper, best first. A shopper who isn't known gets what a new one gets.
#[utoipa::path(get, path = "/api/v1/recommend/{shopper}", tag = "recommend", security(("api_key" = [])),
    params(("shopper" = String, Path), RecommendQuery),
    responses((status = 200, body = Vec<Recommended>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn recommend(
    State(app): State<App>,
    Path(shopper): Path<String>,
    Query(query): Query<RecommendQuery>,
) -> Result<axum::Json<Vec<Recommended>>, Problem> {
    let request = query.request(&app)?;
    check_id("shopper", &shopper, ID_CHARS)?;
    let recommender = app.recommender.clone();
    let found = blocking(move || recommender.recommend(Asker::Known(&shopper), &request)).await?;
    Ok(axum::Json(shown(&app, found)))
}

/// Items like an item: what the same shoppers want, then what is described alike.
#[utoipa::path(get, path = "/api/v1/items/{id}/neighbors", tag = "recommend", params(("id" = String, Path), RecommendQuery),
    responses((status = 200, body = Vec<Recommended>), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn neighbors(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<RecommendQuery>,
) -> Result<axum::Json<Vec<Recommended>>, Problem> {
    let request = query.request(&app)?;
    if app.catalogue.get(&id).is_none() {
        return Err(Problem::not_found());
    }
    let recommender = app.recommender.clone();
    let found = blocking(move || recommender.neighbors(&id, &request)).await?;
    Ok(axum::Json(shown(&app, found)))
}

/// What fits a session whose events the request holds: for shoppers who aren't known or don't want to be.
#[utoipa::path(post, path = "/api/v1/session/recommend", tag = "recommend", request_body = SessionRequest,
    responses((status = 200, body = Vec<Recommended>), (status = 422, body = Problem)))]
pub async fn session(
    State(app): State<App>,
    Json(request): Json<SessionRequest>,
) -> Result<axum::Json<Vec<Recommended>>, Problem> {
    if request.events.len() > BATCH {
        return Err(Problem::field("events", format!("at most {BATCH} events")));
    }
    let events = session_events(&app, &request.events)?;
    let wanted = Request {
        n: count(request.n)?,
        filter: Filter {
            category: request.category,
            brand: request.brand,
            ..Filter::default()
        },
        exclude: excluded(request.exclude)?,
    };
    let recommender = app.recommender.clone();
    let found = blocking(move || recommender.recommend(Asker::Session(&events), &wanted)).await?;
    Ok(axum::Json(shown(&app, found)))
}

/// Events of a request that tells what happened in a session.
pub(super) fn session_events(app: &App, told: &[SessionEvent]) -> Result<Vec<Event>, Problem> {
    let mut events = Vec::with_capacity(told.len());
    for (place, event) in told.iter().enumerate() {
        let name = |field: &str| format!("events[{place}].{field}");
        check_item(app, &name("item"), &event.item)?;
        let mut read = Event::of_session(&event.item, now());
        if let Some(kind) = &event.kind {
            read.kind = kind.parse().map_err(|_| Problem::field(&name("kind"), kinds()))?;
        }
        events.push(read);
    }
    Ok(events)
}

/// Stores what shoppers did. The next recommendation knows it.
#[utoipa::path(post, path = "/api/v1/feedback", tag = "recommend", security(("api_key" = [])), request_body = Feedback,
    responses((status = 200, body = Recorded), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn feedback(
    State(app): State<App>,
    Json(feedback): Json<Feedback>,
) -> Result<axum::Json<Recorded>, Problem> {
    let (sent, single) = match feedback {
        Feedback::One(event) => (vec![event], true),
        Feedback::Many(events) => (events, false),
    };
    if sent.len() > BATCH {
        return Err(Problem::field("events", format!("at most {BATCH} events")));
    }
    let read: Result<Vec<_>, _> = sent
        .into_iter()
        .enumerate()
        .map(|(place, event)| {
            let at = if single {
                String::new()
            } else {
                format!("[{place}].")
            };
            event.read(&app, &at)
        })
        .collect();
    Ok(axum::Json(app.recommender.record(&read?).await?))
}

/// Erases what is kept of a shopper for recommending, their influence on what was trained, what they were shown of the
/// shop's own accord, and their name from decisions on offers.
#[utoipa::path(delete, path = "/api/v1/shoppers/{shopper}/events", tag = "recommend", security(("api_key" = [])),
    params(("shopper" = String, Path)),
    responses((status = 200, body = Erased), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn erase(
    State(app): State<App>,
    Path(shopper): Path<String>,
) -> Result<(StatusCode, axum::Json<Erased>), Problem> {
    check_id("shopper", &shopper, ID_CHARS)?;
    Ok((
        StatusCode::OK,
        axum::Json(erasure::erase(&app.store, &app.recommender, &shopper).await?),
    ))
}

impl SentEvent {
    /// Checks the event. `at`: where it stands in the request, for messages.
    fn read(self, app: &App, at: &str) -> Result<(String, Event), Problem> {
        let field = |name: &str| format!("{at}{name}");
        check_id(&field("shopper"), &self.shopper, ID_CHARS)?;
        if let Some(id) = &self.id {
            check_id(&field("id"), id, ID_CHARS)?;
        }
        check_item(app, &field("item"), &self.item)?;
        let kind: EventKind = self
            .kind
            .parse()
            .map_err(|_| Problem::field(&field("kind"), kinds()))?;
        if let Some(value) = self.value {
            check_value(value, kind).map_err(|expected| Problem::field(&field("value"), expected))?;
        }
        let happened = self.at.unwrap_or_else(now);
        if !(0..=now() + CLOCKS_DIFFER).contains(&happened) {
            return Err(Problem::field(
                &field("at"),
                "milliseconds since 1970 that don't lie in the future",
            ));
        }
        let event = Event {
            shopper: self.shopper,
            item: self.item,
            kind,
            value: self.value,
            session: self.session,
            at: happened,
        };
        Ok((self.id.unwrap_or_else(new_id), event))
    }
}

impl RecommendQuery {
    fn request(self, app: &App) -> Result<Request, Problem> {
        let currency = app.catalogue.currency().unwrap_or_else(|| "USD".into());
        let price = |name: &str, text: Option<String>| {
            text.map(|text| {
                parse_amount(text.trim(), &currency)
                    .ok_or_else(|| Problem::field(name, "an amount such as 49.90"))
            })
            .transpose()
        };
        let list = |text: Option<String>| {
            let text = text.unwrap_or_default();
            text.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let n = self
            .n
            .map(|text| text.parse().map_err(|_| Problem::field("n", expected_count())))
            .transpose()?;
        Ok(Request {
            n: count(n)?,
            filter: Filter {
                category: self.category,
                brand: self.brand,
                not_brands: list(self.not_brand),
                min_price: price("min_price", self.min_price)?,
                max_price: price("max_price", self.max_price)?,
            },
            exclude: excluded(list(self.exclude))?,
        })
    }
}

pub(super) fn count(n: Option<usize>) -> Result<usize, Problem> {
    match n {
        None => Ok(DEFAULT_N),
        Some(n) if (1..=MOST).contains(&n) => Ok(n),
        Some(_) => Err(Problem::field("n", expected_count())),
    }
}

fn expected_count() -> String {
    format!("a number from 1 to {MOST}")
}

pub(super) fn excluded(ids: Vec<String>) -> Result<HashSet<String>, Problem> {
    if ids.len() > EXCLUDED {
        return Err(Problem::field("exclude", format!("at most {EXCLUDED} ids")));
    }
    Ok(ids.into_iter().collect())
}

fn kinds() -> String {
    format!("one of {}", EventKind::ALL.map(EventKind::name).join(", "))
}

/// Refuses what is no item of the catalogue.
pub(super) fn check_item(app: &App, field: &str, id: &str) -> Result<(), Problem> {
    let known = app.catalogue.get(id);
    known
        .map(drop)
        .ok_or_else(|| Problem::field(field, "the id of an item of the catalogue"))
}

/// Refuses ids that are empty or of more than `most` characters.
pub(super) fn check_id(field: &str, id: &str, most: usize) -> Result<(), Problem> {
    let fits = !id.is_empty() && id.chars().count() <= most && !id.contains('\0');
    fits.then_some(())
        .ok_or_else(|| Problem::field(field, format!("1 to {most} characters")))
}

/// Runs work that takes milliseconds of a processor off the runtime's threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Problem::failed("the recommender ended early"))
}

pub(super) fn shown(app: &App, found: Vec<Recommendation>) -> Vec<Recommended> {
    let voice = Voice::of(&app.config.locale);
    found
        .into_iter()
        .map(|found| Recommended {
            reason_text: reason_text(app, &voice, &found),
            item: Product::of(
                &found.item,
                app.catalogue.variants(&found.item).len(),
                &app.config.locale,
            ),
            score: found.score,
            reason: found.reason,
            because: found.because,
        })
        .collect()
}

/// The reason in words; it names the item that the ground is.
pub fn reason_text(app: &App, voice: &Voice, found: &Recommendation) -> String {
    found.in_words(&app.catalogue, voice)
}

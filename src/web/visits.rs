//! What the shop's pages tell of a visitor, and what they may ask for one. A visitor is a random number that the page
//! makes once its reader agrees to be remembered; without one, a request carries what happened and nothing is kept.

use std::collections::HashSet;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{delete, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::extract::{Json, Query};
use super::problem::Problem;
use super::recommend::{
    Recommended, SessionEvent, blocking, check_id, check_item, count, excluded, session_events, shown,
};
use super::widget::check_token;
use crate::erasure;
use crate::recommend::events::Recorded;
use crate::recommend::{Asker, Erased, Event, EventKind, Filter, Recommendation, Request};
use crate::store::{new_id, now};

/// Events of one request.
const BATCH: usize = 50;
/// Characters of an event's own id, or its session's.
const ID_CHARS: usize = 64;
/// What a page may tell. Purchases are the shop's own to tell, with a key.
const KINDS: [EventKind; 5] = [
    EventKind::View,
    EventKind::Click,
    EventKind::Cart,
    EventKind::Search,
    EventKind::Dismiss,
];

/// Relative to the widget's API, whose limits and origins count here too.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events", post(events))
        .route("/recommend", post(recommend))
        .route("/visitors/{id}", delete(forget))
}

/// What a visitor did.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    website_token: String,
    /// `v_` and 32 hexadecimal digits, made at random by the page.
    visitor: String,
    /// Oldest first, at most 50.
    events: Vec<VisitEvent>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitEvent {
    /// The page's own id: sent again, the event counts once.
    id: Option<String>,
    item: String,
    /// `view`, `click`, `cart`, `search` or `dismiss`.
    kind: String,
    session: Option<String>,
}

/// What is wanted, for a visitor or for the session that the request tells of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    website_token: String,
    visitor: Option<String>,
    /// Of somebody who is no known visitor, oldest first. Nothing of it is kept.
    #[serde(default)]
    events: Vec<SessionEvent>,
    n: Option<usize>,
    category: Option<String>,
    #[serde(default)]
    exclude: Vec<String>,
}

#[derive(Deserialize, IntoParams)]
pub struct TokenQuery {
    website_token: String,
}

/// Stores what a visitor did. The next recommendation knows it.
#[utoipa::path(post, path = "/api/v1/widget/events", tag = "widget", request_body = Visit,
    responses((status = 200, body = Recorded), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn events(
    State(app): State<App>,
    Json(visit): Json<Visit>,
) -> Result<axum::Json<Recorded>, Problem> {
    check_token(&app, &visit.website_token)?;
    check_visitor("visitor", &visit.visitor)?;
    if visit.events.len() > BATCH {
        return Err(Problem::field("events", format!("at most {BATCH} events")));
    }
    let told = visit.events.into_iter().enumerate();
    let read: Result<Vec<_>, _> = told
        .map(|(place, event)| event.read(&app, &visit.visitor, place))
        .collect();
    Ok(axum::Json(app.recommender.record(&read?).await?))
}

/// What fits a visitor or a session, best first.
#[utoipa::path(post, path = "/api/v1/widget/recommend", tag = "widget", request_body = Wanted,
    responses((status = 200, body = Vec<Recommended>), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn recommend(
    State(app): State<App>,
    Json(wanted): Json<Wanted>,
) -> Result<axum::Json<Vec<Recommended>>, Problem> {
    wanted.check_token(&app)?;
    let found = wanted.found(&app).await?;
    Ok(axum::Json(shown(&app, found)))
}

/// Erases what is kept of a visitor, and their influence on what was trained.
#[utoipa::path(delete, path = "/api/v1/widget/visitors/{id}", tag = "widget", params(("id" = String, Path), TokenQuery),
    responses((status = 200, body = Erased), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn forget(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<TokenQuery>,
) -> Result<axum::Json<Erased>, Problem> {
    check_token(&app, &query.website_token)?;
    check_visitor("id", &id)?;
    Ok(axum::Json(
        erasure::erase(&app.store, &app.recommender, &id).await?,
    ))
}

impl VisitEvent {
    /// Checks the event. `place`: where it stands in the request, for messages.
    fn read(self, app: &App, visitor: &str, place: usize) -> Result<(String, Event), Problem> {
        let field = |name: &str| format!("events[{place}].{name}");
        for (name, id) in [("id", &self.id), ("session", &self.session)] {
            if let Some(id) = id {
                check_id(&field(name), id, ID_CHARS)?;
            }
        }
        check_item(app, &field("item"), &self.item)?;
        let kind = KINDS.into_iter().find(|kind| kind.name() == self.kind);
        let kind = kind.ok_or_else(|| {
            let expected = KINDS.map(EventKind::name).join(", ");
            Problem::field(&field("kind"), format!("one of {expected}"))
        })?;
        // Ids of one visitor say nothing about those of another, or about what the shop's own systems send.
        let id = match self.id {
            Some(id) => format!("{visitor}:{id}"),
            None => new_id(),
        };
        let event = Event {
            shopper: visitor.to_owned(),
            item: self.item,
            kind,
            value: None,
            session: self.session,
            at: now(),
        };
        Ok((id, event))
    }
}

impl Wanted {
    /// For somebody of whom nothing is known; asked by a page of ours, so that there is no token to check.
    pub fn by_nobody(n: usize) -> Self {
        Self {
            website_token: String::new(),
            visitor: None,
            events: Vec::new(),
            n: Some(n),
            category: None,
            exclude: Vec::new(),
        }
    }

    pub fn check_token(&self, app: &App) -> Result<(), Problem> {
        check_token(app, &self.website_token)
    }

    /// Without the variants of what is excluded: on a page they would be the same thing twice.
    pub fn without_variants(mut self, app: &App) -> Self {
        let excluded = self.exclude.iter().filter_map(|id| app.catalogue.get(id));
        let groups: HashSet<String> = excluded.filter_map(|item| item.group.clone()).collect();
        let all = app.catalogue.all();
        let variants = all
            .iter()
            .filter(|item| item.group.as_ref().is_some_and(|group| groups.contains(group)));
        self.exclude.extend(variants.map(|item| item.id.clone()));
        self
    }

    /// Whether there is anything to go by.
    pub fn knows_something(&self) -> bool {
        self.visitor.is_some() || !self.events.is_empty()
    }

    /// What fits.
    pub async fn found(self, app: &App) -> Result<Vec<Recommendation>, Problem> {
        if let Some(visitor) = &self.visitor {
            check_visitor("visitor", visitor)?;
            if !self.events.is_empty() {
                let expected = "none beside a `visitor`, whose events are known";
                return Err(Problem::field("events", expected));
            }
        }
        if self.events.len() > BATCH {
            return Err(Problem::field("events", format!("at most {BATCH} events")));
        }
        let events = session_events(app, &self.events)?;
        let request = Request {
            n: count(self.n)?,
            filter: Filter {
                category: self.category,
                ..Filter::default()
            },
            exclude: excluded(self.exclude)?,
        };
        let (recommender, visitor) = (app.recommender.clone(), self.visitor);
        blocking(move || {
            let asker = match &visitor {
                Some(visitor) => Asker::Known(visitor),
                None => Asker::Session(&events),
            };
            recommender.recommend(asker, &request)
        })
        .await
    }
}

/// Only numbers that nobody can guess: whoever knows one may read and erase what it stands for.
pub(super) fn check_visitor(field: &str, id: &str) -> Result<(), Problem> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let digits = id.strip_prefix("v_");
    let fits = digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(is_digit));
    fits.then_some(())
        .ok_or_else(|| Problem::field(field, "`v_` and 32 hexadecimal digits in lower case"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_are_random_numbers_and_nothing_else() {
        let digits = "0123456789abcdef0123456789abcdef";
        assert!(check_visitor("visitor", &format!("v_{digits}")).is_ok());
        for id in [
            String::new(),
            "v_".into(),
            digits.into(),
            format!("v_{}", digits.to_uppercase()),
            format!("v_{digits}0"),
            format!("v_{}g", &digits[1..]),
        ] {
            assert!(check_visitor("visitor", &id).is_err(), "{id}");
        }
    }
}

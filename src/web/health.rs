//! For operators: is it alive, is it ready, how is it doing.

use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;

use super::App;
use crate::store;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready when the database answers; encoder and index were loaded before the port was opened.
async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match store::current_number(&app.store, "knowledge").await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

async fn metrics(State(app): State<App>) -> String {
    app.metrics.map(|metrics| metrics.render()).unwrap_or_default()
}

/// Counts requests and their time by route, not by path: a path may hold an id.
pub async fn measure(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().to_string();
    let started = Instant::now();
    let response = next.run(request).await;
    let labels = [
        ("method", method),
        ("route", route),
        ("status", response.status().as_u16().to_string()),
    ];
    metrics::histogram!("shopkeeper_http_seconds", &labels).record(started.elapsed());
    response
}

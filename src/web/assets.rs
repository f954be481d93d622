//! Scripts and styles: part of the binary, except htmx, which set-up fetches.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use super::App;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/widget.js",
            get(|headers: HeaderMap| async move { file("widget.js", &headers) }),
        )
        // Where Chatwoot's snippet looks for its script: switching is a change of the base URL.
        .route(
            "/packs/js/sdk.js",
            get(|headers: HeaderMap| async move { file("widget.js", &headers) }),
        )
        .route("/static/htmx.min.js", get(htmx))
        .route(
            "/static/{*name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move { file(&name, &headers) }),
        )
}

/// A file with an entity tag: a browser asks again each time and mostly gets "not modified", so that a new version
/// counts at once.
fn file(name: &str, request: &HeaderMap) -> Response {
    let Some(file) = Static::get(name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..12]));
    if request
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, content_type(name)),
        (header::CACHE_CONTROL, "public, max-age=300, must-revalidate"),
        (header::ETAG, &tag),
        // Pages of other origins may load the widget.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, Body::from(file.data)).into_response()
}

async fn htmx(State(app): State<App>) -> Response {
    match tokio::fs::read(app.config.htmx.join("htmx.min.js")).await {
        Ok(script) => {
            let headers = [
                (header::CONTENT_TYPE, content_type("htmx.min.js")),
                (header::CACHE_CONTROL, "public, max-age=86400"),
            ];
            (headers, script).into_response()
        }
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

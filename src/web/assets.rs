//! Scripts, styles and pictures: part of the binary, except htmx, which set-up fetches.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::App;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/widget.js", get(widget))
        // Where Chatwoot's snippet looks for its script: switching is a change of the base URL.
        .route("/packs/js/sdk.js", get(widget))
        .route("/static/htmx.min.js", get(htmx))
        .route(
            "/static/{*name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move { file(&name, &headers) }),
        )
}

/// The widget as shops load it; made from its commented source once.
static WIDGET: LazyLock<String> = LazyLock::new(|| {
    let source = Static::get("widget.js").map(|file| file.data).unwrap_or_default();
    without_comments(&String::from_utf8_lossy(&source))
});
static WIDGET_HASH: LazyLock<[u8; 32]> = LazyLock::new(|| Sha256::digest(WIDGET.as_bytes()).into());

async fn widget(headers: HeaderMap) -> Response {
    tagged(
        "widget.js",
        Cow::Borrowed(WIDGET.as_bytes()),
        &WIDGET_HASH,
        &headers,
    )
}

/// `script` without indentation, blank lines, whole-line `//` comments and `/** … */` blocks; `/*! … */` stays.
/// Template literals aren't told apart from code, so a line within one mustn't begin with `//` or `/**`.
fn without_comments(script: &str) -> String {
    let mut short = String::with_capacity(script.len());
    let mut in_block = false;
    for line in script.lines().map(str::trim) {
        in_block |= line.starts_with("/**");
        if !in_block && !line.is_empty() && !line.starts_with("//") {
            short.push_str(line);
            short.push('\n');
        }
        in_block &= !line.ends_with("*/");
    }
    short
}

fn file(name: &str, request: &HeaderMap) -> Response {
    match Static::get(name) {
        Some(file) => tagged(name, file.data, &file.metadata.sha256_hash(), request),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A file with an entity tag: a browser asks again each time and mostly gets "not modified", so that a new version
/// counts at once.
fn tagged(name: &str, data: Cow<'static, [u8]>, hash: &[u8; 32], request: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex::encode(&hash[..12]));
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
    (headers, Body::from(data)).into_response()
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn comments_go_and_style_rules_that_begin_with_a_star_stay() {
        let source = "/*! Licence */\n/**\n * Says hello.\n */\nconst CSS = `\n  *,::before{margin:0}\n`; // why\n\n  // gone\n  /** Short. */\n  run();\n";
        assert_eq!(
            without_comments(source),
            "/*! Licence */\nconst CSS = `\n*,::before{margin:0}\n`; // why\nrun();\n"
        );
    }

    #[test]
    fn the_widget_keeps_its_first_style_rules() {
        assert!(WIDGET.contains("\n*,::before,::after{box-sizing:border-box}\n"));
        assert!(WIDGET.ends_with("})();\n"));
    }

    #[test]
    fn the_widget_is_at_most_20_000_bytes_on_its_way() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(WIDGET.as_bytes()).expect("memory takes all bytes");
        let bytes = gzip.finish().expect("memory takes all bytes").len();
        assert!(bytes <= 20_000, "{bytes} bytes");
    }
}

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
use super::widget_modules::{Modules, joined, without_comments};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/widget.js", get(widget))
        // Where Chatwoot's snippet looks for its script: switching is a change of the base URL.
        .route("/packs/js/sdk.js", get(widget))
        .route("/static/widget/{version}/{name}", get(module))
        .route("/static/htmx.min.js", get(htmx))
        .route(
            "/static/{*name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move { file(&name, &headers) }),
        )
}

/// Where the widget's source says that its modules lie.
const MODULES_AT: &str = "'/static/widget/'";

/// The widget's modules as browsers load them, by name.
static MODULES: LazyLock<Modules> = LazyLock::new(|| {
    let named = Static::iter().filter_map(|path| Some((path.strip_prefix("widget/")?.to_owned(), path)));
    named
        .filter_map(|(name, path)| Some((name, short(&path)?)))
        .collect()
});

/// The module that the script of the snippet loads first, and its name in it.
const FIRST: (&str, &str) = ("app.js", "App");
static AT_START: LazyLock<String> = LazyLock::new(|| joined(&MODULES, FIRST.0, FIRST.1));

/// Tells this set of modules from that of every other version: they are loaded together or not at all.
static MODULES_VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut sum = Sha256::new();
    for (name, script) in MODULES.iter() {
        sum.update(name);
        sum.update(script);
    }
    sum.update(AT_START.as_bytes());
    hex::encode(&sum.finalize()[..8])
});

/// The script of the snippet, which loads the modules; made from its commented source once.
static WIDGET: LazyLock<String> = LazyLock::new(|| {
    let versioned = format!("'/static/widget/{}/'", *MODULES_VERSION);
    short("widget.js")
        .unwrap_or_default()
        .replace(MODULES_AT, &versioned)
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

/// A module. Under the version that it belongs to it never changes; a page that still has the script of another
/// version gets the modules of this one, and asks again next time.
async fn module(Path((version, name)): Path<(String, String)>) -> Response {
    let script = match MODULES.get(&name) {
        Some(_) if name == FIRST.0 => &*AT_START,
        Some(script) => script,
        None => return StatusCode::NOT_FOUND.into_response(),
    };
    let cache = match version == *MODULES_VERSION {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let headers = [
        (header::CONTENT_TYPE, content_type(&name)),
        (header::CACHE_CONTROL, cache),
        // Pages of other origins load the widget.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, script.as_str()).into_response()
}

/// A script of ours without its comments.
fn short(path: &str) -> Option<String> {
    let source = Static::get(path)?.data;
    Some(without_comments(&String::from_utf8_lossy(&source)))
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
    use std::collections::HashSet;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::widget_modules::needed;
    use super::*;

    #[test]
    fn the_widget_keeps_its_first_style_rules() {
        assert!(MODULES["style.js"].contains("\n*,::before,::after{box-sizing:border-box}\n"));
        assert!(WIDGET.ends_with("})();\n"));
    }

    #[test]
    fn the_snippets_script_names_the_modules_of_its_own_version() {
        assert!(WIDGET.contains(&format!("'/static/widget/{}/'", *MODULES_VERSION)));
        assert!(!WIDGET.contains(MODULES_AT));
    }

    #[test]
    fn modules_import_only_what_is_there() {
        for (name, script) in MODULES.iter() {
            let named = script.split("'./").skip(1);
            for imported in named.filter_map(|rest| rest.split('\'').next()) {
                assert!(MODULES.contains_key(imported), "{name} imports {imported}");
            }
        }
    }

    #[test]
    fn in_what_is_joined_every_name_is_declared_once() {
        assert!(!AT_START.contains("import {"), "{}", *AT_START);
        let mut names = HashSet::new();
        for module in needed(&MODULES, FIRST.0) {
            let source = Static::get(&format!("widget/{module}"))
                .expect("it is there")
                .data;
            for line in String::from_utf8_lossy(&source).lines() {
                let line = line.strip_prefix("export ").unwrap_or(line);
                let kinds = ["const ", "let ", "function ", "async function ", "class "];
                let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else {
                    continue;
                };
                let name = rest
                    .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                    .next();
                assert!(
                    names.insert(name.map(str::to_owned)),
                    "{module} declares {name:?} again"
                );
            }
        }
        assert!(names.contains(&Some("App".to_owned())));
    }

    #[test]
    fn the_widget_is_small_on_its_way() {
        let gzipped = |text: &str| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(text.as_bytes()).expect("memory takes all bytes");
            gzip.finish().expect("memory takes all bytes").len()
        };
        let script = gzipped(&WIDGET);
        assert!(script <= 2_000, "the snippet's script has {script} bytes");
        let start = gzipped(&AT_START);
        assert!(start <= 28_000, "what is loaded at the start has {start} bytes");
    }
}

//! Scripts, styles and pictures: part of the binary, except htmx, which set-up fetches.

use std::borrow::Cow;
use std::collections::BTreeMap;
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
static MODULES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let named = Static::iter().filter_map(|path| Some((path.strip_prefix("widget/")?.to_owned(), path)));
    named
        .filter_map(|(name, path)| Some((name, short(&path)?)))
        .collect()
});

/// Tells this set of modules from that of every other version: they are loaded together or not at all.
static MODULES_VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut sum = Sha256::new();
    for (name, script) in MODULES.iter() {
        sum.update(name);
        sum.update(script);
    }
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
    let Some(script) = MODULES.get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
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
            for imported in imports(script, "'./") {
                assert!(MODULES.contains_key(imported), "{name} imports {imported}");
            }
        }
    }

    /// The modules that a script names behind `before`.
    fn imports<'a>(script: &'a str, before: &str) -> Vec<&'a str> {
        let behind = script.split(before).skip(1);
        behind.filter_map(|rest| rest.split('\'').next()).collect()
    }

    /// The modules that the first one needs; what is imported later, where it is wanted, is not among them.
    fn at_start() -> Vec<String> {
        let mut found = vec!["app.js".to_owned()];
        let mut next = 0;
        while next < found.len() {
            for imported in imports(&MODULES[&found[next]], "from './") {
                if !found.iter().any(|known| known == imported) {
                    found.push(imported.to_owned());
                }
            }
            next += 1;
        }
        found
    }

    #[test]
    fn the_widget_is_small_on_its_way() {
        let gzipped = |text: &str| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(text.as_bytes()).expect("memory takes all bytes");
            gzip.finish().expect("memory takes all bytes").len()
        };
        let script = gzipped(&WIDGET);
        assert!(script <= 2_500, "the snippet's script has {script} bytes");
        let start: usize = at_start().iter().map(|name| gzipped(&MODULES[name])).sum();
        assert!(start <= 27_000, "what is loaded at the start has {start} bytes");
    }
}

//! Pictures of the demo products: a few drawings of the knowledge base, each in the colours of its palette.

use std::path::Path as FilePath;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::App;

/// The colours in which drawings are drawn: main, dark, light.
const DRAWN_IN: [&str; 3] = ["#c01010", "#901010", "#e06060"];

pub fn routes() -> Router<App> {
    Router::new().route("/pictures/{drawing}/{file}", get(picture))
}

/// `/pictures/tent/moss.svg`: the drawing `tent` in moss.
async fn picture(State(app): State<App>, Path((drawing, file)): Path<(String, String)>) -> Response {
    let folder = app.config.knowledge_base.join("catalog");
    let Some(colour) = file
        .strip_suffix(".svg")
        .filter(|colour| is_name(colour) && is_name(&drawing))
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match coloured(&folder, &drawing, colour).await {
        Some(picture) => {
            let headers = [
                (header::CONTENT_TYPE, "image/svg+xml"),
                (header::CACHE_CONTROL, "public, max-age=86400"),
            ];
            (headers, picture).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A name of the knowledge base's: no path can be made of it.
fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(allowed)
}

async fn coloured(folder: &FilePath, drawing: &str, colour: &str) -> Option<String> {
    let palette = tokio::fs::read_to_string(folder.join("palette.csv")).await.ok()?;
    let colours = shades(&palette, colour)?;
    let file = folder.join("pictures").join(format!("{drawing}.svg"));
    let drawn = tokio::fs::read_to_string(file).await.ok()?;
    Some(recoloured(&drawn, colours))
}

/// Main, dark and light of a row `name,main,dark,light`.
fn shades<'p>(palette: &'p str, name: &str) -> Option<[&'p str; 3]> {
    let mut rows = palette.lines().map(|row| row.split(',').map(str::trim));
    let mut row = rows.find_map(|mut row| (row.next() == Some(name)).then_some(row))?;
    let shades = [row.next()?, row.next()?, row.next()?];
    let is_colour = |shade: &&str| {
        let digits = shade.strip_prefix('#');
        digits
            .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    };
    shades.iter().all(is_colour).then_some(shades)
}

/// In one pass: a new colour may be one of those that are replaced.
fn recoloured(drawn: &str, colours: [&str; 3]) -> String {
    let mut picture = String::with_capacity(drawn.len());
    let mut rest = drawn;
    while let Some(at) = rest.find('#') {
        let (before, from) = rest.split_at(at);
        picture.push_str(before);
        let replaced = DRAWN_IN.iter().position(|drawn_in| from.starts_with(drawn_in));
        let (shown, length) = match replaced {
            Some(index) => (colours[index], DRAWN_IN[index].len()),
            None => ("#", 1),
        };
        picture.push_str(shown);
        rest = &from[length..];
    }
    picture + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_take_the_colours_of_a_row() {
        let palette = "name,main,dark,light\nmoss,#901010,#59652e,#9aa768\nbad,red,#000000,#ffffff\n";
        let shades = |name| super::shades(palette, name);
        assert_eq!(shades("moss"), Some(["#901010", "#59652e", "#9aa768"]));
        assert_eq!((shades("bad"), shades("none")), (None, None));
        let drawn = "<a fill=\"#c01010\" b=\"#901010\" c=\"#e06060\" d=\"#123456\"/>";
        let picture = "<a fill=\"#901010\" b=\"#59652e\" c=\"#9aa768\" d=\"#123456\"/>";
        assert_eq!(recoloured(drawn, shades("moss").unwrap()), picture);
        for name in ["", "..", "a/b", "A", "a.svg"] {
            assert!(!is_name(name), "{name}");
        }
    }
}

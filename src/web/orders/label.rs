//! The label of a return, to be printed. Whoever has its address may see it: it holds a secret that can't be guessed.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::orders::{OrderView, ReturnState, bars};
use crate::web::App;
use crate::web::pages::{Frame, Pieces, not_found_page, page};
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "label.html")]
struct LabelPage<'a> {
    frame: Frame<'a>,
    order: OrderView,
    to: &'a [String],
    /// What the warehouse reads.
    code: String,
    /// Left edge and width of each bar, and the width of all.
    bars: Vec<(u32, u32)>,
    width: u32,
    lines: Vec<String>,
}

/// A label is there until its goods came back or it was withdrawn.
pub async fn label(
    State(app): State<App>,
    pieces: Pieces,
    Path((number, secret)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let Some((order, known)) = app
        .house
        .label(&number, &secret)
        .await?
        .filter(|(_, known)| known.state == ReturnState::Requested)
    else {
        return Ok(not_found_page(&app, pieces));
    };
    let frame = Frame::new(&app, "label-title");
    let lines = known.lines.iter().map(|line| {
        let title = order.line(&line.line).map_or("", |line| line.title.as_str());
        let count = line.quantity.to_string();
        format!(
            "{} {title}",
            frame.voice.say_with("order-pieces", &[("count", &count)])
        )
    });
    let code = format!("{}-{}", order.number, known.id);
    let (bars, width) = bars(&code);
    let mut response = page(&LabelPage {
        to: &app.config.orders.return_address,
        lines: lines.collect(),
        frame,
        order,
        code,
        bars,
        width,
    })?;
    // The address is the key: it goes into no cache, no index and no other site's log.
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
        .headers_mut()
        .insert("x-robots-tag", HeaderValue::from_static("noindex"));
    Ok(response)
}

//! The help centre: articles by area, search as you type.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::App;
use super::extract::Query;
use super::pages::{Frame, Pieces, not_found_page, page};
use super::problem::Problem;
use crate::knowledge::{Article, ArticleHit, Related, article_html};
use crate::nlu::CHINESE;
use crate::text::say::Voice;

const RESULTS: usize = 12;
/// Longer searches are cut: nobody types more into a search field on purpose.
const QUERY_CHARS: usize = 200;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/help", get(index))
        .route("/help/search", get(search))
        .route("/help/{slug}", get(article))
}

/// Articles of one area.
struct Area {
    name: String,
    articles: Vec<Arc<Article>>,
}

#[derive(Template)]
#[template(path = "help_index.html")]
struct IndexPage<'a> {
    frame: Frame<'a>,
    areas: Vec<Area>,
    query: String,
    results: Vec<ArticleHit>,
    summary: String,
}

#[derive(Template)]
#[template(path = "partials/help_results.html")]
struct Results {
    results: Vec<ArticleHit>,
    summary: String,
}

#[derive(Template)]
#[template(path = "help_article.html")]
struct ArticlePage<'a> {
    frame: Frame<'a>,
    article: Arc<Article>,
    area: String,
    html: String,
    updated: String,
    related: Vec<Related>,
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

impl Search {
    fn run(&self, app: &App) -> (String, Vec<ArticleHit>) {
        let query: String = self.q.trim().chars().take(QUERY_CHARS).collect();
        let results = if query.is_empty() {
            Vec::new()
        } else {
            app.knowledge.keyword_search(&app.locale(), &query, RESULTS)
        };
        (query, results)
    }
}

async fn index(
    State(app): State<App>,
    pieces: Pieces,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let frame = Frame::new(&app, "page-help-title").with(pieces);
    let (query, results) = search.run(&app);
    let mut areas: BTreeMap<String, Vec<Arc<Article>>> = BTreeMap::new();
    for article in app.knowledge.articles(&app.locale()) {
        areas.entry(article.area.clone()).or_default().push(article);
    }
    let areas = areas
        .into_iter()
        .map(|(area, mut articles)| {
            articles.sort_by(|a, b| a.title.cmp(&b.title));
            Area {
                name: area_name(&frame, &area),
                articles,
            }
        })
        .collect();
    let summary = summary(&frame, &query, &results);
    page(&IndexPage {
        frame,
        areas,
        query,
        results,
        summary,
    })
}

/// The results alone when a script asks, the whole page otherwise. The address shown is that of the whole page.
async fn search(
    State(app): State<App>,
    RawQuery(typed): RawQuery,
    headers: HeaderMap,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    if !headers.contains_key("hx-request") {
        let pieces = Pieces::of(&headers);
        return index(State(app), pieces, Query(search)).await;
    }
    let frame = Frame::new(&app, "page-help-title");
    let (query, results) = search.run(&app);
    let summary = summary(&frame, &query, &results);
    let address = match typed {
        Some(typed) if !query.is_empty() => format!("/help?{typed}"),
        _ => "/help".to_owned(),
    };
    let results = page(&Results { results, summary })?;
    Ok((
        [("hx-replace-url", address), ("vary", "hx-request".to_owned())],
        results,
    )
        .into_response())
}

async fn article(
    State(app): State<App>,
    pieces: Pieces,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let Some(article) = app.knowledge.article_across(&app.locale(), &slug) else {
        return Ok(not_found_page(&app, pieces).into_response());
    };
    let mut frame = Frame::new(&app, "page-help-title").with(pieces);
    frame.title = article.title.clone();
    let updated = frame.voice.say_with(
        "page-updated",
        &[("date", &date(article.updated_at, &frame.voice))],
    );
    let related = app.knowledge.related(&article.locale, &slug);
    let area = area_name(&frame, &article.area);
    let html = article_html(&article.body);
    page(&ArticlePage {
        frame,
        area,
        html,
        updated,
        related,
        article,
    })
}

/// What the search found, in a sentence; nothing while there is no query.
fn summary(frame: &Frame<'_>, query: &str, results: &[ArticleHit]) -> String {
    let voice = &frame.voice;
    match results.len() {
        _ if query.is_empty() => String::new(),
        0 => voice.say_with("page-search-none", &[("query", query)]),
        count => voice.say_with("page-search-count", &[("count", &count.to_string())]),
    }
}

fn area_name(frame: &Frame<'_>, area: &str) -> String {
    let known = [
        "orders", "payment", "shipping", "returns", "products", "gifts", "loyalty", "account", "business",
        "store",
    ];
    if known.contains(&area) {
        frame.voice.say(&format!("area-{area}"))
    } else {
        area.to_owned()
    }
}

fn date(at: crate::store::Millis, voice: &Voice) -> String {
    let form = match voice.code().as_str() {
        CHINESE => "%Y 年 %-m 月 %-d 日",
        _ => "%-d %B %Y",
    };
    jiff::Timestamp::from_millisecond(at)
        .map(|at| at.strftime(form).to_string())
        .unwrap_or_default()
}

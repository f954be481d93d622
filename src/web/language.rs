//! In which language a visitor reads the pages: as chosen by the switch (a cookie remembers it), else the first of the
//! browser's that the shop speaks, else the shop's own.
//!
//! The language is known to whatever answers the request, as the pages' [`Frame`](super::pages::Frame) asks for it.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::App;
use super::pages::cookie;

const COOKIE: &str = "locale";
const PARAMETER: &str = "lang";
const YEAR_SECONDS: u32 = 365 * 24 * 60 * 60;

tokio::task_local! {
    static LANGUAGE: String;
}

impl App {
    /// The language of the request that is being answered.
    pub fn locale(&self) -> String {
        LANGUAGE
            .try_with(String::clone)
            .unwrap_or_else(|_| self.config.locale.clone())
    }
}

/// Finds out the language of a request, and keeps the one that its address chooses.
pub async fn of_request(State(app): State<App>, request: Request, next: Next) -> Response {
    let languages = app.config.languages();
    if languages.len() < 2 {
        return next.run(request).await;
    }
    let speaks = |language: &str| languages.iter().find(|known| *known == language).cloned();
    let chosen = chosen(request.uri().query().unwrap_or_default()).and_then(|language| speaks(&language));
    let remembered = cookie(request.headers(), COOKIE).and_then(speaks);
    let language = chosen.clone().or(remembered);
    let language = language.or_else(|| accepted(request.headers(), &languages));
    let language = language.unwrap_or_else(|| app.config.locale.clone());
    let mut response = LANGUAGE.scope(language, next.run(request)).await;
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("cookie, accept-language"));
    if let Some(chosen) = chosen {
        let cookie = format!("{COOKIE}={chosen}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

fn chosen(query: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, language) = pairs.find(|(name, _)| *name == PARAMETER)?;
    Some(language.to_lowercase())
}

/// The language that the browser likes best among those that the shop speaks.
fn accepted(headers: &HeaderMap, languages: &[String]) -> Option<String> {
    let wished = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut wished: Vec<(f32, &str)> = wished
        .split(',')
        .map(|part| {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            (weight.trim().parse().unwrap_or(0.0), tag.trim())
        })
        .collect();
    wished.sort_by(|a, b| b.0.total_cmp(&a.0));
    wished.into_iter().find_map(|(_, tag)| {
        let language = tag.split('-').next().unwrap_or_default().to_lowercase();
        languages.iter().find(|known| **known == language).cloned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_names_its_languages() {
        let languages = ["en".to_owned(), "zh".to_owned()];
        for (wished, expected) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Some("zh")),
            ("de-DE, en;q=0.5, zh;q=0.7", Some("zh")),
            ("en-GB", Some("en")),
            ("fr", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(wished));
            assert_eq!(accepted(&headers, &languages).as_deref(), expected, "{wished}");
        }
    }
}

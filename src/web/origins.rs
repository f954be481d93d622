//! Which pages may talk to the widget's API: the server's own and the configured origins.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header, request};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::Config;

/// Answers the preflight requests of allowed origins. Cookies are never involved.
pub fn cors(config: &Config) -> CorsLayer {
    let allowed = config.allowed_origins.clone();
    let is_allowed =
        move |origin: &HeaderValue, parts: &request::Parts| is_allowed(origin, &parts.headers, &allowed);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed))
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
        ])
        .max_age(Duration::from_secs(600))
}

/// Whether a WebSocket may be opened. Browsers always send their page's origin; programs that send none aren't
/// browsers, and hold a token or get nothing.
pub fn may_connect(headers: &HeaderMap, config: &Config) -> bool {
    headers
        .get(header::ORIGIN)
        .is_none_or(|origin| is_allowed(origin, headers, &config.allowed_origins))
}

/// Whether a form was sent from a page of this server. Browsers name the page's origin with every form that is posted;
/// what names none is refused, and so is a page that may embed the widget but is not ours.
pub fn is_own_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ORIGIN)
        .is_some_and(|origin| is_allowed(origin, headers, &[]))
}

fn is_allowed(origin: &HeaderValue, headers: &HeaderMap, allowed: &[String]) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_own = origin
        .split_once("://")
        .is_some_and(|(_, host)| Some(host) == own);
    is_own
        || allowed
            .iter()
            .any(|allowed| allowed == "*" || allowed.trim_end_matches('/') == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_come_from_pages_of_this_server() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("shop.example"));
        assert!(!is_own_page(&headers));
        for (origin, expected) in [
            ("https://shop.example", true),
            ("https://other.example", false),
            ("null", false),
        ] {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            assert_eq!(is_own_page(&headers), expected, "{origin}");
        }
    }

    #[test]
    fn own_and_configured_origins_only() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("chat.example:8080"));
        let allowed = ["https://shop.example/".to_owned()];
        for (origin, expected) in [
            ("http://chat.example:8080", true),
            ("https://shop.example", true),
            ("https://shop.example.evil.example", false),
            ("http://chat.example", false),
            ("null", false),
        ] {
            assert_eq!(
                is_allowed(&HeaderValue::from_static(origin), &headers, &allowed),
                expected,
                "{origin}"
            );
        }
    }
}

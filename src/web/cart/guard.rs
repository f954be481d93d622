//! Who may change a cart: the browser that holds its cookie, from a page of ours.
//!
//! The cart's secret is in a cookie that scripts can't read and other sites can't send. Forms carry a token that is
//! made from it, and browsers say which page a form was on: all three must agree.

use std::net::{IpAddr, SocketAddr};

use axum::Form;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::orders::StoredCart;
use crate::store::new_secret;
use crate::web::App;
use crate::web::extract::client_address;
use crate::web::origins::is_own_page;
use crate::web::pages::{Pieces, cookie};
use crate::web::problem::Problem;

const COOKIE: &str = "cart";
/// As long as a cart is kept that nobody touches.
const SECONDS: u32 = 180 * 24 * 60 * 60;
/// 256 bits in base64.
const SECRET_CHARS: usize = 43;

/// The secret of a browser's cart.
#[derive(Clone)]
pub struct CartKey(String);

impl CartKey {
    pub fn new() -> Self {
        Self(new_secret())
    }

    /// The one of a request's cookie.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let secret = cookie(headers, COOKIE)?;
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fits = secret.len() == SECRET_CHARS && secret.bytes().all(is_safe);
        fits.then(|| Self(secret.to_owned()))
    }

    /// The cart of whoever chats from a page of ours: the one they have, or a new one for what the chat puts in; `true`:
    /// it is new. `None`: the page is another's, and has its own cart.
    pub fn of_page(headers: &HeaderMap) -> Option<(Self, bool)> {
        if !is_own_page(headers) {
            return None;
        }
        Some(Self::of(headers).map_or_else(|| (Self::new(), true), |key| (key, false)))
    }

    /// The cart's id: the secret has 256 random bits, so that its plain hash can't be guessed back.
    pub fn id(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// What the cart's forms carry. Whoever has it does not have the cookie.
    pub fn token(&self) -> String {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_bytes());
        // HMAC takes keys of every length.
        mac.map(|mac| hex::encode(mac.chain_update(b"cart form").finalize().into_bytes()))
            .unwrap_or_default()
    }

    fn is_token(&self, token: &str) -> bool {
        let own = self.token();
        !own.is_empty() && own.as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// `response` with the cart's cookies; `headers` are those of the request.
    pub fn remembered(
        &self,
        response: impl IntoResponse,
        cart: &StoredCart,
        headers: &HeaderMap,
    ) -> Response {
        let by_https = headers
            .get(header::ORIGIN)
            .is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
        let secure = if by_https { "; Secure" } else { "" };
        let mut response = response.into_response();
        let pieces = cart.basket.pieces().to_string();
        for (name, value) in [(COOKIE, self.0.as_str()), (Pieces::COOKIE, pieces.as_str())] {
            let text =
                format!("{name}={value}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Strict{secure}");
            // Both values are plain ASCII.
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
        }
        response
    }
}

/// The cart of the request's cookie, if it has one.
pub struct Held(pub Option<CartKey>);

impl FromRequestParts<App> for Held {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(CartKey::of(&parts.headers)))
    }
}

/// A form of a page of ours, for the holder of the cart.
pub struct Signed<T> {
    pub key: CartKey,
    pub headers: HeaderMap,
    pub address: IpAddr,
    pub form: T,
}

/// A form of a page of ours that may be there before its browser has a cart: it carries no token, and can do no more
/// than put something in.
pub struct Unsigned<T> {
    pub key: Option<CartKey>,
    pub headers: HeaderMap,
    pub form: T,
}

#[derive(Deserialize)]
struct WithToken<T> {
    #[serde(default)]
    token: String,
    #[serde(flatten)]
    form: T,
}

impl<T: DeserializeOwned> FromRequest<App> for Signed<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let headers = request.headers().clone();
        let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let address = client_address(&headers, connection, app.config.trusted_proxies);
        let key = CartKey::of(&headers).filter(|_| is_own_page(&headers));
        let key = key.ok_or_else(|| super::refused(app))?;
        let sent: WithToken<T> = read(request, app).await?;
        if !key.is_token(&sent.token) {
            return Err(super::refused(app));
        }
        Ok(Self {
            key,
            headers,
            address,
            form: sent.form,
        })
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Unsigned<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let headers = request.headers().clone();
        if !is_own_page(&headers) {
            return Err(super::refused(app));
        }
        Ok(Self {
            key: CartKey::of(&headers),
            form: read(request, app).await?,
            headers,
        })
    }
}

async fn read<T: DeserializeOwned>(request: Request, app: &App) -> Result<T, Response> {
    let form = Form::<T>::from_request(request, app).await;
    let form = form.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()));
    form.map(|Form(form)| form).map_err(IntoResponse::into_response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_cookie(text: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(text).unwrap());
        headers
    }

    #[test]
    fn only_secrets_of_ours_open_a_cart() {
        let secret = new_secret();
        let key = CartKey::of(&with_cookie(&format!("a=b; cart={secret}; c=d"))).unwrap();
        assert_eq!((key.id().len(), key.token().len()), (64, 64));
        assert!(!key.id().contains(&secret) && !key.token().contains(&secret));
        for text in [
            "cart=",
            "cart=short",
            "other=x",
            &format!("cart={secret}0"),
            &format!("cart= {}", &secret[1..]),
        ] {
            assert!(CartKey::of(&with_cookie(text)).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_is_of_one_cart() {
        let (one, other) = (CartKey::new(), CartKey::new());
        assert!(one.is_token(&one.token()));
        for token in [other.token(), String::new(), one.id()] {
            assert!(!one.is_token(&token));
        }
    }

    #[test]
    fn the_cookie_stays_with_the_browser_and_the_site() {
        let key = CartKey::new();
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://shop.example"));
        let response = key.remembered((), &StoredCart::empty("x"), &headers);
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            for part in ["Path=/", "HttpOnly", "SameSite=Strict", "Secure"] {
                assert!(text.contains(part), "{text}");
            }
        }
        let response = key.remembered((), &StoredCart::empty("x"), &HeaderMap::new());
        assert!(
            !response.headers()[header::SET_COOKIE]
                .to_str()
                .unwrap()
                .contains("Secure")
        );
    }
}

//! Extractors: what handlers take from a request, with our own answer when it isn't there.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use super::App;
use super::problem::Problem;
use crate::access::Scope;
use crate::access::keys::{self, ApiKey};
use crate::chat::{Conversation, ConversationId};

/// A JSON body; what can't be read is a [`Problem`].
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub struct Json<T>(pub T);

/// The query string; what can't be read is a [`Problem`].
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// The conversation of the path, for the holder of its token (`Authorization: Bearer …`).
pub struct Mine(pub Conversation);

impl FromRequestParts<App> for Mine {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // Some paths have a message's id beside the conversation's; the conversation's comes first.
        let Path(names) = Path::<Vec<(String, String)>>::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::not_found())?;
        let id = names
            .first()
            .and_then(|(_, id)| ConversationId::from_str(id).ok())
            .ok_or_else(Problem::not_found)?;
        let token = bearer(&parts.headers).ok_or_else(Problem::not_found)?;
        Ok(Self(app.chat.authenticate(id, token).await?))
    }
}

/// The API key of the request (`Authorization: Bearer sk_…`).
pub struct Key(ApiKey);

impl Key {
    /// Refuses a key that may not do this.
    pub fn needs(&self, scope: Scope) -> Result<(), Problem> {
        if self.0.may(scope) {
            return Ok(());
        }
        let detail = format!("this key lacks the scope `{}`", scope.name());
        Err(Problem::new(StatusCode::FORBIDDEN, detail))
    }
}

impl FromRequestParts<App> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let secret = bearer(&parts.headers).ok_or_else(Problem::no_key)?;
        let key = keys::of_secret(&app.store, secret).await?;
        key.map(Self).ok_or_else(Problem::no_key)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// The address of whoever asks. Behind proxies it is the one that the outermost trusted proxy saw.
pub fn client_address(
    headers: &HeaderMap,
    connection: Option<&ConnectInfo<SocketAddr>>,
    trusted_proxies: u64,
) -> IpAddr {
    let direct = connection.map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(address)| address.ip());
    if trusted_proxies == 0 {
        return direct;
    }
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = forwarded
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let outermost = chain.len().checked_sub(trusted_proxies as usize);
    outermost
        .and_then(|index| chain[index].parse().ok())
        .unwrap_or(direct)
}

//! Rate limits: per address (requests, new conversations) and per conversation (messages).

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::App;
use super::extract::client_address;
use super::problem::Problem;
use crate::chat::ConversationId;
use crate::config::LimitsConfig;

/// The counters of one server.
pub struct Limits {
    requests: DefaultKeyedRateLimiter<IpAddr>,
    conversations: DefaultKeyedRateLimiter<IpAddr>,
    messages: DefaultKeyedRateLimiter<ConversationId>,
    guesses: DefaultKeyedRateLimiter<String>,
    transcripts: DefaultKeyedRateLimiter<String>,
}

/// Codes that don't exist, of one shopper in a minute: more are guesses.
const GUESSES_PER_MINUTE: u32 = 10;

impl Limits {
    pub fn new(config: &LimitsConfig) -> Self {
        Self {
            requests: RateLimiter::keyed(per_minute(config.requests_per_minute)),
            conversations: RateLimiter::keyed(per_minute(config.conversations_per_minute)),
            messages: RateLimiter::keyed(per_minute(config.messages_per_minute)),
            guesses: RateLimiter::keyed(per_minute(GUESSES_PER_MINUTE)),
            transcripts: RateLimiter::keyed(per_hour(config.transcripts_per_hour)),
        }
    }

    /// Counts a new conversation of `address`.
    pub fn conversation(&self, address: IpAddr) -> Result<(), Problem> {
        self.conversations
            .check_key(&address)
            .map_err(|_| Problem::too_many())
    }

    /// Counts a message of the conversation.
    pub fn message(&self, id: ConversationId) -> Result<(), Problem> {
        self.messages.check_key(&id).map_err(|_| Problem::too_many())
    }

    /// Counts a code that doesn't exist.
    pub fn guess(&self, who: &str) -> Result<(), Problem> {
        self.guesses.check_key(&who.to_owned()).map_err(|_| {
            tracing::warn!("codes are guessed");
            Problem::too_many()
        })
    }

    /// Counts a mail: of the conversation, of whoever asks for it, and of whoever gets it.
    pub fn transcript(&self, id: ConversationId, asker: IpAddr, to: &str) -> Result<(), Problem> {
        for key in [
            format!("of {id}"),
            format!("by {asker}"),
            format!("to {}", to.to_lowercase()),
        ] {
            self.transcripts
                .check_key(&key)
                .map_err(|_| Problem::too_many())?;
        }
        Ok(())
    }

    /// Forgets whoever has been quiet long enough to have a full allowance again.
    pub fn forget_the_quiet(&self) {
        self.requests.retain_recent();
        self.conversations.retain_recent();
        self.messages.retain_recent();
        self.guesses.retain_recent();
        self.transcripts.retain_recent();
    }
}

/// The middleware that counts every request of an address.
pub async fn per_address(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = client_address(request.headers(), connection, app.config.trusted_proxies);
    app.limits
        .requests
        .check_key(&address)
        .map_err(|_| Problem::too_many())?;
    Ok(next.run(request).await)
}

fn per_hour(count: u32) -> Quota {
    Quota::per_hour(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))
}

fn per_minute(count: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))
}

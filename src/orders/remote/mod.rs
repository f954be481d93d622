//! Orders of a shop that has a system of its own, over HTTP. docs/orders.md is the contract.
//!
//! Calls have a timeout and are tried again, which is safe: what changes something carries its key. A system that fails
//! is left alone for a while, and its last answers are told with their age.

mod breaker;
mod contract;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::system::{
    Address, Answer, Found, OrderView, ReturnRequest, ShopSystem, StartedReturn, SystemError,
};
use crate::config::OrdersConfig;
use crate::shoppers::SignedIn;
use crate::store::{Millis, now};
use breaker::Breaker;
use contract::{Failure, Orders, order_path, read, shopper_query};

/// Before the second try it waits at most so long, before the third twice that, and so on.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Orders that are remembered.
const REMEMBERED: usize = 10_000;

/// Handle to the shop's system; clones share everything.
#[derive(Clone)]
pub struct RemoteOrders {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    /// Without a `/` at its end.
    url: String,
    token: String,
    attempts: u32,
    remember: Millis,
    breaker: Mutex<Breaker>,
    /// The last good answers, and when they came.
    answers: Mutex<LruCache<String, (OrderView, Millis)>>,
}

/// Why the shop's system can't be called at all.
#[derive(Debug, thiserror::Error)]
#[error("`orders.url`: no HTTP client for it: {0}")]
pub struct ClientError(#[from] reqwest::Error);

impl RemoteOrders {
    pub fn new(settings: &OrdersConfig) -> Result<Self, ClientError> {
        // An error says that there is a provider already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(Duration::from_secs(settings.timeout_seconds))
            // The token is for this address and no other.
            .redirect(Policy::none())
            .user_agent(concat!("shopkeeper/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let pause = Duration::from_secs(settings.pause_seconds);
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                url: settings.url.trim_end_matches('/').to_owned(),
                token: settings.token.clone(),
                attempts: settings.attempts,
                remember: Millis::try_from(settings.remember_minutes).unwrap_or(0) * 60 * 1000,
                breaker: Mutex::new(Breaker::new(settings.failures, pause)),
                answers: Mutex::new(LruCache::new(
                    NonZeroUsize::new(REMEMBERED).unwrap_or(NonZeroUsize::MIN),
                )),
            }),
        })
    }

    async fn found(&self, number: &str) -> Result<Found, SystemError> {
        match self
            .ask::<OrderView>(Method::GET, &order_path(number), None, None)
            .await
        {
            Ok(order) => Ok(Found {
                order: self.remember(number, order),
                age: None,
            }),
            Err(SystemError::NotFound) => {
                locked(&self.inner.answers).pop(number);
                Err(SystemError::NotFound)
            }
            Err(SystemError::Unavailable(detail)) => {
                self.remembered(number).ok_or(SystemError::Unavailable(detail))
            }
            Err(error) => Err(error),
        }
    }

    fn remember(&self, number: &str, order: OrderView) -> OrderView {
        locked(&self.inner.answers).put(number.to_owned(), (order.clone(), now()));
        order
    }

    fn remembered(&self, number: &str) -> Option<Found> {
        let (order, at) = locked(&self.inner.answers).get(number)?.clone();
        let age = (now() - at).max(0);
        (age <= self.inner.remember).then_some(Found {
            order,
            age: Some(age),
        })
    }

    /// Changes an order by a call to one of its paths.
    async fn change(
        &self,
        number: &str,
        path: &str,
        body: Value,
        key: &str,
    ) -> Result<OrderView, SystemError> {
        let path = format!("{}/{path}", order_path(number));
        let order = self.ask(Method::POST, &path, Some(&body), Some(key)).await?;
        Ok(self.remember(number, order))
    }

    async fn begin_return(
        &self,
        number: &str,
        request: &ReturnRequest,
        key: &str,
    ) -> Result<StartedReturn, SystemError> {
        let path = format!("{}/returns", order_path(number));
        let body =
            serde_json::to_value(request).map_err(|error| SystemError::Unavailable(error.to_string()))?;
        let started: StartedReturn = self.ask(Method::POST, &path, Some(&body), Some(key)).await?;
        self.remember(number, started.order.clone());
        Ok(started)
    }

    async fn of_shopper(&self, shopper: &SignedIn, most: usize) -> Result<Vec<OrderView>, SystemError> {
        let path = shopper_query(shopper, most);
        let mut orders = self.ask::<Orders>(Method::GET, &path, None, None).await?.orders;
        orders.truncate(most);
        Ok(orders)
    }

    /// Calls the system, again where it failed, until it answers or its tries are over.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<T, SystemError> {
        let mut last = "it failed too often and is left alone for a while".to_owned();
        for attempt in 1..=self.inner.attempts {
            if !locked(&self.inner.breaker).admits(Instant::now()) {
                break;
            }
            match self.call(method.clone(), path, body, key).await {
                Ok(answer) => {
                    locked(&self.inner.breaker).succeeded();
                    return Ok(answer);
                }
                Err(Failure::Refused(error)) => {
                    locked(&self.inner.breaker).succeeded();
                    return Err(error);
                }
                Err(Failure::Away(detail)) => {
                    if locked(&self.inner.breaker).failed(Instant::now()) {
                        tracing::error!(detail, "the shop's system of orders is left alone for a while");
                    }
                    last = detail;
                }
            }
            if attempt < self.inner.attempts {
                tokio::time::sleep(wait_after(attempt, rand::random())).await;
            }
        }
        Err(SystemError::Unavailable(last))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<T, Failure> {
        let mut request = self
            .inner
            .client
            .request(method, format!("{}{path}", self.inner.url));
        if !self.inner.token.is_empty() {
            request = request.bearer_auth(&self.inner.token);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        // Its address may hold what is nobody's business in a log.
        let away = |error: reqwest::Error| Failure::Away(causes(&error.without_url()));
        read(request.send().await.map_err(away)?).await
    }
}

impl ShopSystem for RemoteOrders {
    fn find<'a>(&'a self, number: &'a str) -> Answer<'a, Found> {
        Box::pin(self.found(number))
    }

    fn orders_of<'a>(&'a self, shopper: &'a SignedIn, most: usize) -> Answer<'a, Vec<OrderView>> {
        Box::pin(self.of_shopper(shopper, most))
    }

    fn cancel<'a>(&'a self, number: &'a str, key: &'a str) -> Answer<'a, OrderView> {
        Box::pin(self.change(number, "cancel", json!({}), key))
    }

    fn reinstate<'a>(&'a self, number: &'a str, key: &'a str) -> Answer<'a, OrderView> {
        Box::pin(self.change(number, "reinstate", json!({}), key))
    }

    fn change_address<'a>(
        &'a self,
        number: &'a str,
        address: &'a Address,
        key: &'a str,
    ) -> Answer<'a, OrderView> {
        Box::pin(self.change(number, "address", json!({ "address": address }), key))
    }

    fn restore_address<'a>(&'a self, number: &'a str, key: &'a str) -> Answer<'a, OrderView> {
        Box::pin(self.change(number, "address/restore", json!({}), key))
    }

    fn start_return<'a>(
        &'a self,
        number: &'a str,
        request: &'a ReturnRequest,
        key: &'a str,
    ) -> Answer<'a, StartedReturn> {
        Box::pin(self.begin_return(number, request, key))
    }

    fn withdraw_return<'a>(&'a self, number: &'a str, id: &'a str, key: &'a str) -> Answer<'a, OrderView> {
        Box::pin(async move {
            let path = format!("returns/{}/withdraw", contract::encoded(id));
            self.change(number, &path, json!({}), key).await
        })
    }
}

/// How long to wait after a try: up to twice as long each time, anything below that by `chance` (0 to 1), so that those
/// who failed together don't come back together.
fn wait_after(attempt: u32, chance: f64) -> Duration {
    FIRST_WAIT.mul_f64(2_f64.powi(attempt.min(10).cast_signed() - 1) * chance)
}

/// An error with what lies below it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        text = format!("{text}: {cause}");
        below = cause.source();
    }
    text
}

/// A panic while it was locked leaves a counter or a cache, neither of which is ever half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_differ() {
        assert_eq!(wait_after(1, 1.0), Duration::from_millis(200));
        assert_eq!(wait_after(3, 1.0), Duration::from_millis(800));
        assert_eq!(wait_after(3, 0.5), Duration::from_millis(400));
        assert_eq!(wait_after(3, 0.0), Duration::ZERO);
    }
}

//! Orders of a shop with a system of its own: it answers, fails, hangs and comes back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use shopkeeper::config::{Config, EXAMPLE, OrdersConfig};
use shopkeeper::orders::{
    Address, DeskError, DeskLimits, OrderDesk, Progress, Proof, RemoteOrders, Resolution, ReturnLine,
    ReturnReason, ReturnRequest, ShopSystem, SystemError, WhyNot,
};
use shopkeeper::shoppers::{hash, verify};

use crate::common::Folder;

const TOKEN: &str = "the shop's token";

/// What goes wrong next.
#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    Fails,
    Hangs,
    Babbles,
}

/// A shop's own system.
#[derive(Clone, Default)]
struct Elsewhere {
    /// For so many calls; the last stays.
    troubles: Arc<Mutex<Vec<Trouble>>>,
    /// Paths and keys of all calls.
    calls: Arc<Mutex<Vec<(String, String)>>>,
    /// Answers by their keys.
    done: Arc<Mutex<HashMap<String, Value>>>,
}

impl Elsewhere {
    async fn start() -> (Self, OrdersConfig) {
        let elsewhere = Self::default();
        let router = Router::new()
            .route("/shop/orders", get(of_shopper))
            .route("/shop/orders/{number}", get(order))
            .route("/shop/orders/{number}/{change}", post(change))
            .route("/shop/orders/{number}/address/restore", post(restore))
            .route("/shop/orders/{number}/returns/{id}/withdraw", post(withdraw))
            .layer(from_fn_with_state(elsewhere.clone(), troubled))
            .with_state(elsewhere.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut config: Config = toml::from_str(EXAMPLE).unwrap();
        config.orders.url = format!("http://{address}/shop/");
        config.orders.token = TOKEN.into();
        config.orders.timeout_seconds = 1;
        config.orders.pause_seconds = 1;
        (elsewhere, config.orders)
    }

    fn trouble(&self, troubles: &[Trouble]) {
        *self.troubles.lock().unwrap() = troubles.to_vec();
        self.calls.lock().unwrap().clear();
    }

    fn calls(&self) -> Vec<(String, String)> {
        self.calls.lock().unwrap().clone()
    }
}

/// Notes a call; whether it comes with the token.
fn note(elsewhere: &Elsewhere, request: &Request) -> bool {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    let call = (request.uri().path().to_owned(), header("idempotency-key"));
    elsewhere.calls.lock().unwrap().push(call);
    header("authorization") == format!("Bearer {TOKEN}")
}

async fn troubled(State(elsewhere): State<Elsewhere>, request: Request, next: Next) -> Response {
    let is_ours = note(&elsewhere, &request);
    if !is_ours {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let trouble = {
        let mut troubles = elsewhere.troubles.lock().unwrap();
        (!troubles.is_empty()).then(|| troubles.remove(0))
    };
    match trouble {
        Some(Trouble::Fails) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Trouble::Babbles) => "<html>It works!</html>".into_response(),
        Some(Trouble::Hangs) => {
            tokio::time::sleep(Duration::from_secs(10)).await;
            StatusCode::OK.into_response()
        }
        None => next.run(request).await,
    }
}

/// An order as docs/orders.md has it: what may be left out is.
fn told(number: &str, progress: &str) -> Value {
    json!({
        "number": number,
        "progress": progress,
        "placed_at": 1_700_000_000_000_i64,
        "currency": "EUR",
        "lines": [{ "id": "1", "item": "A-1", "title": "A lamp", "quantity": 2, "unit_price": 4000, "paid": 7200 }],
        "totals": { "subtotal": 8000, "discount": 800, "shipping": 490, "total": 7690 },
        "contact": { "name": "Ada", "email": "ada@shop.example", "identifier": "7", "address": { "postcode": "SW1A 1AA", "country": "GB" } },
        "may": {
            "cancel": { "until": 1_700_000_600_000_i64 },
            "reinstate": { "why_not": "not_cancelled" },
            "change_address": { "why_not": "a reason of their own" },
            "restore_address": { "why_not": "nothing_to_undo" },
            "return": { "why_not": "not_delivered" }
        }
    })
}

async fn order(Path(number): Path<String>) -> Response {
    match number.as_str() {
        "W-1" => Json(told("W-1", "shipped")).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn of_shopper(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    assert_eq!(
        (query["identifier"].as_str(), query["limit"].as_str()),
        ("7", "10")
    );
    // Somebody else's among them: the desk doesn't show it.
    let mut other = told("W-2", "placed");
    other["contact"]["identifier"] = "8".into();
    Json(json!({ "orders": [told("W-1", "shipped"), other] }))
}

async fn change(
    State(elsewhere): State<Elsewhere>,
    Path((number, change)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    if let Some(known) = elsewhere.done.lock().unwrap().get(&key) {
        return Json(known.clone()).into_response();
    }
    let answer = match change.as_str() {
        "cancel" => told(&number, "cancelled"),
        "reinstate" => {
            let conflict = Json(json!({ "reason": "already_packed" }));
            return (StatusCode::CONFLICT, conflict).into_response();
        }
        "address" if body["address"]["postcode"] == "" => {
            let wrong = Json(json!({ "field": "postcode", "expected": "a postcode" }));
            return (StatusCode::UNPROCESSABLE_ENTITY, wrong).into_response();
        }
        "address" => {
            let mut order = told(&number, "placed");
            order["contact"]["address"] = body["address"].clone();
            order
        }
        "returns" => {
            assert_eq!(body["reason"], "too_small");
            json!({ "return": "R-77", "order": told(&number, "delivered") })
        }
        other => panic!("{other}"),
    };
    elsewhere.done.lock().unwrap().insert(key, answer.clone());
    Json(answer).into_response()
}

async fn restore(Path(number): Path<String>) -> Json<Value> {
    Json(told(&number, "placed"))
}

async fn withdraw(Path((number, id)): Path<(String, String)>) -> Json<Value> {
    assert_eq!(id, "R/77");
    Json(told(&number, "delivered"))
}

#[tokio::test]
async fn a_shops_own_system_is_asked_as_the_contract_says() {
    let (elsewhere, settings) = Elsewhere::start().await;
    let remote = RemoteOrders::new(&settings).unwrap();
    let found = remote.find("W-1").await.unwrap();
    assert_eq!((found.order.progress, found.age), (Progress::Shipped, None));
    assert_eq!(found.order.may.change_address.why_not, Some(WhyNot::Other));
    assert!(found.order.may.cancel.is_given());
    assert_eq!(remote.find("W-9").await, Err(SystemError::NotFound));
    assert_eq!(
        remote.cancel("W-1", "k").await.unwrap().progress,
        Progress::Cancelled
    );
    assert_eq!(
        remote.reinstate("W-1", "k2").await,
        Err(SystemError::NotPossible(WhyNot::AlreadyPacked))
    );
    let mut address = Address::default();
    let invalid = remote.change_address("W-1", &address, "k3").await;
    assert!(matches!(invalid, Err(SystemError::Invalid { field, .. }) if field == "postcode"));
    address.postcode = "E1 6AN".into();
    let changed = remote.change_address("W-1", &address, "k4").await.unwrap();
    assert_eq!(changed.contact.address, address);
    remote.restore_address("W-1", "k5").await.unwrap();
    let request = ReturnRequest {
        lines: vec![ReturnLine {
            line: "1".into(),
            quantity: 1,
            exchange_for: None,
        }],
        reason: ReturnReason::TooSmall,
        resolution: Resolution::Refund,
    };
    assert_eq!(
        remote.start_return("W-1", &request, "k6").await.unwrap().id,
        "R-77"
    );
    remote.withdraw_return("W-1", "R/77", "k7").await.unwrap();
    let calls = elsewhere.calls();
    assert!(
        calls.contains(&("/shop/orders/W-1/cancel".into(), "k".into())),
        "{calls:?}"
    );

    let mut stranger = settings;
    stranger.token = "another".into();
    let refused = RemoteOrders::new(&stranger).unwrap().find("W-1").await;
    assert!(
        matches!(&refused, Err(SystemError::Unavailable(why)) if why.contains("orders.token")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_fails_is_tried_again_with_the_same_key() {
    let (elsewhere, settings) = Elsewhere::start().await;
    let remote = RemoteOrders::new(&settings).unwrap();
    elsewhere.trouble(&[Trouble::Fails, Trouble::Hangs]);
    let asked = Instant::now();
    let cancelled = remote.cancel("W-1", "once").await.unwrap();
    assert_eq!(cancelled.progress, Progress::Cancelled);
    let took = asked.elapsed();
    assert!(
        took < Duration::from_secs(5),
        "a second, and short waits: {took:?}"
    );
    let keys: Vec<String> = elsewhere.calls().into_iter().map(|(_, key)| key).collect();
    assert_eq!(keys, ["once"; 3]);
    // A refusal is an answer: it is not tried again.
    elsewhere.trouble(&[]);
    remote.reinstate("W-1", "k").await.unwrap_err();
    assert_eq!(elsewhere.calls().len(), 1);
}

#[tokio::test]
async fn a_system_that_fails_is_left_alone_and_its_last_answer_is_told_with_its_age() {
    let (elsewhere, mut settings) = Elsewhere::start().await;
    settings.failures = 4;
    let remote = RemoteOrders::new(&settings).unwrap();
    let fresh = remote.find("W-1").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    elsewhere.trouble(&[Trouble::Babbles, Trouble::Fails, Trouble::Fails, Trouble::Fails]);
    let stale = remote.find("W-1").await.unwrap();
    assert_eq!(stale.order, fresh.order);
    assert!(stale.age.is_some_and(|age| age >= 20), "{:?}", stale.age);
    assert_eq!(elsewhere.calls().len(), 3);
    // The fourth failure opens the circuit: from now on nobody waits for it.
    remote.find("W-1").await.unwrap();
    assert_eq!(elsewhere.calls().len(), 4);
    let asked = Instant::now();
    assert!(remote.find("W-1").await.unwrap().age.is_some());
    let unknown = remote.find("W-9").await;
    assert!(matches!(unknown, Err(SystemError::Unavailable(_))), "{unknown:?}");
    let changed = remote.cancel("W-1", "k").await;
    assert!(matches!(changed, Err(SystemError::Unavailable(_))), "{changed:?}");
    assert!(asked.elapsed() < Duration::from_millis(500));
    assert_eq!(elsewhere.calls().len(), 4, "it is left alone");
    // After the pause one call tries it, and it is back.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(remote.find("W-1").await.unwrap().age, None);
    assert_eq!(
        remote.cancel("W-1", "k").await.unwrap().progress,
        Progress::Cancelled
    );
    // What is too old is not told.
    settings.remember_minutes = 0;
    let forgetful = RemoteOrders::new(&settings).unwrap();
    forgetful.find("W-1").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    elsewhere.trouble(&[Trouble::Fails; 3]);
    let gone = forgetful.find("W-1").await;
    assert!(matches!(gone, Err(SystemError::Unavailable(_))), "{gone:?}");
}

#[tokio::test]
async fn while_the_system_is_away_nobody_learns_which_orders_are_remembered() {
    let (elsewhere, mut settings) = Elsewhere::start().await;
    settings.attempts = 1;
    let remote = Arc::new(RemoteOrders::new(&settings).unwrap());
    let folder = Folder::empty();
    std::fs::create_dir_all(folder.data()).unwrap();
    let limits = DeskLimits {
        tries_per_conversation: 100,
        tries_per_number: 100,
        window: Duration::from_secs(60),
        proven_for: Duration::from_secs(60),
    };
    let desk = OrderDesk::new(remote, folder.store().await, limits);
    let postcode = |postcode: &str| Proof::Postcode(postcode.into());
    let verified = desk.find("c", "w-1", &postcode("sw1a1aa")).await.unwrap();
    let shopper = verify("s", "7", &hash("s", "7").unwrap()).unwrap();
    let own = desk.orders_of("c", &shopper).await.unwrap();
    assert_eq!(own.len(), 1, "the order of another is not shown");
    elsewhere.trouble(&[Trouble::Fails; 4]);
    for number in ["W-1", "W-9"] {
        let error = desk.find("eve", number, &postcode("E1 6AN")).await;
        assert!(
            matches!(error, Err(DeskError::Unavailable)),
            "{number}: {error:?}"
        );
    }
    let remembered = desk.find("c", "W-1", &postcode("SW1A 1AA")).await.unwrap();
    assert!(remembered.age().is_some());
    assert!(desk.refresh(&verified).await.unwrap().age().is_some());
}

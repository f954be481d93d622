//! Whose an order is, is proven first: guesses are refused alike, are counted, and are soon no longer heard.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use shopkeeper::orders::{DeskError, DeskLimits, OrderDesk, Progress, Proof, WhyNot};
use shopkeeper::shoppers::{SignedIn, hash, sign_jwt, verify};
use shopkeeper::store::now;

use crate::common::Server;
use crate::order_care::{House, MUG};

const LIMITS: DeskLimits = DeskLimits {
    tries_per_conversation: 3,
    tries_per_number: 5,
    window: Duration::from_secs(600),
    proven_for: Duration::from_secs(600),
};
const EMAIL: &str = "ada@shop.example";
const SECRET: &str = "a secret of the shop";

fn desk(house: &House, limits: DeskLimits) -> OrderDesk {
    OrderDesk::new(Arc::new(house.house.clone()), house.store.clone(), limits)
}

fn email(email: &str) -> Proof {
    Proof::Email(email.into())
}

fn signed_in(identifier: &str) -> SignedIn {
    verify(SECRET, identifier, &hash(SECRET, identifier).unwrap()).unwrap()
}

#[tokio::test]
async fn a_shopper_who_proves_an_order_may_change_it() {
    let house = House::open(60).await;
    let number = house.place("cart", EMAIL, &[(MUG, 2)], &[]).await;
    let desk = desk(&house, LIMITS);
    let spoken = format!("# {number}");
    for proof in [
        email(" ADA@shop.example "),
        Proof::Postcode("05401-0001".into()),
        Proof::SignedIn(signed_in(EMAIL)),
    ] {
        let verified = desk.find("c", &spoken, &proof).await.unwrap();
        assert_eq!((verified.number(), verified.age()), (number.as_str(), None));
    }
    // It need not be proven again in this conversation, but in every other.
    let verified = desk.recall("c", &number).await.unwrap().unwrap();
    assert!(desk.recall("other", &number).await.unwrap().is_none());
    let cancelled = desk.cancel(&verified, "k").await.unwrap();
    assert_eq!(cancelled.order().progress, Progress::Cancelled);
    let again = desk.cancel(&verified, "other key").await;
    assert!(
        matches!(again, Err(DeskError::NotPossible(WhyNot::AlreadyCancelled))),
        "{again:?}"
    );
    let back_again = desk.reinstate(&cancelled, "k2").await.unwrap();
    assert_eq!(back_again.order().progress, Progress::Placed);
    assert_eq!(desk.refresh(&verified).await.unwrap(), back_again);
    // A signed-in shopper sees all of theirs, and nobody else's.
    house
        .place("another cart", "eve@shop.example", &[(MUG, 1)], &[])
        .await;
    let own = desk.orders_of("d", &signed_in(EMAIL)).await.unwrap();
    assert_eq!(own.len(), 1);
    assert!(desk.recall("d", &number).await.unwrap().is_some());
    assert!(
        desk.orders_of("d", &signed_in("customer-7"))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn wrong_numbers_and_wrong_proofs_are_one_answer_at_the_same_time() {
    let house = House::open(60).await;
    let number = house.place("cart", EMAIL, &[(MUG, 2)], &[]).await;
    let unlimited = DeskLimits {
        tries_per_conversation: 1000,
        tries_per_number: 1000,
        ..LIMITS
    };
    let desk = desk(&house, unlimited);
    let mut told = Vec::new();
    for (number, proof) in [
        (number.as_str(), email("eve@shop.example")),
        (number.as_str(), Proof::Postcode("99999".into())),
        (number.as_str(), Proof::SignedIn(signed_in("eve@shop.example"))),
        ("99999", email(EMAIL)),
        ("LF-1", email(EMAIL)),
        ("10001 OR 1=1", email(EMAIL)),
    ] {
        let asked = Instant::now();
        let error = desk.find("c", number, &proof).await.unwrap_err();
        let took = asked.elapsed();
        assert!(took >= Duration::from_millis(245), "{took:?}");
        told.push(error.to_string());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    let nothing = desk.find("c", "#", &email(EMAIL)).await;
    assert!(matches!(nothing, Err(DeskError::Invalid { .. })), "{nothing:?}");
}

#[tokio::test]
async fn guesses_are_counted_by_conversation_and_by_number_and_no_restart_forgets_them() {
    let house = House::open(60).await;
    let number = house.place("cart", EMAIL, &[(MUG, 2)], &[]).await;
    counted(&house, &number, "").await;
}

/// `mark`: makes conversations of one database different.
pub async fn counted(house: &House, number: &str, mark: &str) {
    let talk = |name: &str| format!("{mark}{name}");
    let wrong = email("eve@shop.example");
    for _ in 0..3 {
        let error = desk(house, LIMITS).find(&talk("eve"), number, &wrong).await;
        assert!(matches!(error, Err(DeskError::NotFound)), "{error:?}");
    }
    // The right proof comes too late in this conversation, for every number; another desk knows it too.
    for number in [number, "99999"] {
        let error = desk(house, LIMITS)
            .find(&talk("eve"), number, &email(EMAIL))
            .await;
        let Err(DeskError::TooMany { retry_after }) = error else {
            panic!("{error:?}");
        };
        assert!(retry_after > Duration::from_secs(590), "{retry_after:?}");
    }
    // Its owner is still heard, and what was right doesn't count.
    for _ in 0..5 {
        desk(house, LIMITS)
            .find(&talk("ada"), number, &email(EMAIL))
            .await
            .unwrap();
    }
    // New conversations don't help whoever guesses at one number.
    for name in ["eve 2", "eve 3"] {
        let _ = desk(house, LIMITS).find(&talk(name), number, &wrong).await;
    }
    let error = desk(house, LIMITS).find(&talk("eve 4"), number, &wrong).await;
    assert!(matches!(error, Err(DeskError::TooMany { .. })), "{error:?}");
    // Whoever the shop vouches for isn't guessing.
    desk(house, LIMITS)
        .find(&talk("signed in"), number, &Proof::SignedIn(signed_in(EMAIL)))
        .await
        .unwrap();
    // Whoever proved it before goes on undisturbed.
    assert!(
        desk(house, LIMITS)
            .recall(&talk("ada"), number)
            .await
            .unwrap()
            .is_some()
    );
    // After a while guesses are forgotten.
    sqlx::query("UPDATE order_lookups SET created_at = created_at - 700000")
        .execute(house.store.writer())
        .await
        .unwrap();
    desk(house, LIMITS)
        .find(&talk("eve"), number, &email(EMAIL))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_conversation_knows_who_the_shop_vouches_for_and_no_page_can_say_so() {
    let server = Server::with(&[("SHOPKEEPER_WIDGET_IDENTITY_SECRET", SECRET)]);
    let store = server.store().await;
    let client = Client::new();
    let start = |body: Value| {
        let mut body = body;
        body["website_token"] = "demo".into();
        client
            .post(server.url("/api/v1/widget/conversations"))
            .json(&body)
            .send()
    };
    let right = hash(SECRET, "7").unwrap();
    let wrong = start(json!({ "user": { "identifier": "8", "identifier_hash": right } }))
        .await
        .unwrap();
    assert_eq!(wrong.status(), 422);
    assert!(wrong.text().await.unwrap().contains("user.identifier_hash"));
    let known = async |id: &str| {
        let shopper: String = sqlx::query_scalar("SELECT shopper FROM conversations WHERE id = $1")
            .bind(id)
            .fetch_one(store.reader())
            .await
            .unwrap();
        assert!(!shopper.contains(&right), "a proof is not kept: {shopper}");
        SignedIn::of_conversation(&serde_json::from_str(&shopper).unwrap())
    };
    // What a page calls verified is only what a page says.
    let claims = json!({ "user": { "identifier": "7", "verified": { "identifier": "7" } },
        "custom_attributes": { "verified": { "identifier": "7" } } });
    let started: Value = start(claims.clone()).await.unwrap().json().await.unwrap();
    let id = started["conversation"]["id"].as_str().unwrap();
    assert_eq!(known(id).await, None);
    let mut outside = claims.clone();
    outside["verified"] = json!({ "identifier": "7" });
    assert_eq!(start(outside).await.unwrap().status(), 422);

    let update = |user: Value| {
        client
            .patch(server.url(&format!("/api/v1/widget/conversations/{id}")))
            .bearer_auth(started["token"].as_str().unwrap())
            .json(&json!({ "user": user }))
            .send()
    };
    let vouched = json!({ "identifier": "7", "identifier_hash": right });
    assert_eq!(update(vouched).await.unwrap().status(), 204);
    assert_eq!(known(id).await.unwrap().identifier(), "7");
    // Another identifier without a proof is not the one before.
    assert_eq!(update(json!({ "identifier": "8" })).await.unwrap().status(), 204);
    assert_eq!(known(id).await, None);
    let token = sign_jwt(SECRET, "9", Some(EMAIL), now() / 1000 + 60).unwrap();
    assert_eq!(update(json!({ "token": token })).await.unwrap().status(), 204);
    assert_eq!(known(id).await.unwrap().email(), Some(EMAIL));
    let expired = sign_jwt(SECRET, "9", Some(EMAIL), now() / 1000 - 1).unwrap();
    assert_eq!(update(json!({ "token": expired })).await.unwrap().status(), 422);
}

#[tokio::test]
async fn a_shop_may_insist_on_vouching() {
    let server = Server::with(&[
        ("SHOPKEEPER_WIDGET_IDENTITY_SECRET", SECRET),
        ("SHOPKEEPER_WIDGET_ENFORCE_IDENTITY", "true"),
    ]);
    let client = Client::new();
    for (user, status) in [
        (json!({ "identifier": "7" }), 422),
        (
            json!({ "identifier": "7", "identifier_hash": hash(SECRET, "7").unwrap() }),
            201,
        ),
        (json!({ "name": "Ada" }), 201),
    ] {
        let body = json!({ "website_token": "demo", "user": user });
        let request = client
            .post(server.url("/api/v1/widget/conversations"))
            .json(&body);
        assert_eq!(request.send().await.unwrap().status(), status, "{body}");
    }
}

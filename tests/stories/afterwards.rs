//! What a shopper does with a conversation beside talking: rates it, has it sent home, adds a photo.

use serde_json::{Value, json};

use crate::common::{QUESTION, Server, Shopper};

#[tokio::test]
async fn a_conversation_is_rated_once() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    shopper.asks(QUESTION).await;
    assert_eq!(shopper.get("/csat").await.expect(200)["csat"], Value::Null);
    let given = json!({ "rating": 4, "comment": " quick and right\n" });
    let rated = shopper.post("/csat", given).await.expect(201);
    assert_eq!(
        (&rated["rating"], &rated["comment"]),
        (&json!(4), &json!("quick and right"))
    );

    let again = shopper.post("/csat", json!({ "rating": 1 })).await;
    assert_eq!(again.body["rating"], 4);
    again.expect_problem(409, "4 of 5");
    assert_eq!(shopper.get("/csat").await.expect(200)["csat"], rated);

    // It is this conversation that is rated, by whoever holds its token.
    let other = Shopper::arrives(&server).await;
    assert_eq!(other.get("/csat").await.expect(200)["csat"], Value::Null);
    other
        .asking_for(&shopper.id)
        .post("/csat", json!({ "rating": 1 }))
        .await
        .expect_problem(404, "nothing here");
}

#[tokio::test]
async fn of_many_ratings_at_once_one_counts() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    let tries = (1..=5).map(|rating| shopper.post("/csat", json!({ "rating": rating })));
    let answers = futures_util::future::join_all(tries).await;
    let stored = shopper.get("/csat").await.expect(200)["csat"]["rating"].clone();
    let (first, late): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(first.len(), 1);
    assert!(first[0].body["rating"] == stored && late.iter().all(|answer| answer.body["rating"] == stored));
}

//! People beside the bot: a helpdesk sees who waits, takes a chat over, answers, hands it back, ends it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::afterwards::{DOT, attach};
use crate::common::{Program, QUESTION, SOURCE, Server, Shopper, eventually, slug_of_source};

const CONVERSATIONS: &str = "/api/v1/conversations";

fn ids(list: &Value) -> Vec<&str> {
    let conversations = list["conversations"].as_array().unwrap();
    conversations
        .iter()
        .map(|conversation| conversation["id"].as_str().unwrap())
        .collect()
}

fn contents(transcript: &[Value]) -> Vec<(&str, &str)> {
    transcript
        .iter()
        .map(|message| {
            (
                message["sender"]["kind"].as_str().unwrap(),
                message["content"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_chat_is_taken_over_answered_and_handed_back() {
    let server = Server::start();
    taken_over_and_back(&server).await;
}

pub async fn taken_over_and_back(server: &Server) {
    let desk = Program::with_key(server, "conversations");
    let shopper = Shopper::arrives(server).await;
    let other = Shopper::arrives(server).await;
    other.asks(QUESTION).await;
    shopper.asks(QUESTION).await;
    shopper.asks("I want to talk to a person").await;
    let one = format!("{CONVERSATIONS}/{}", shopper.id);

    let waiting = desk.gets(&format!("{CONVERSATIONS}?waiting=true")).await;
    assert!(ids(&waiting).contains(&shopper.id.as_str()), "{waiting}");
    assert!(!ids(&waiting).contains(&other.id.as_str()), "{waiting}");
    let newest = desk.gets(&format!("{CONVERSATIONS}?limit=1")).await;
    assert_eq!(ids(&newest), [shopper.id.as_str()]);
    let before = newest["next"].as_i64().unwrap();
    let older = desk.gets(&format!("{CONVERSATIONS}?before={before}")).await;
    assert!(ids(&older).contains(&other.id.as_str()), "{older}");
    let glance = desk.gets(&one).await;
    assert!(glance["person_wanted"].is_string(), "{glance}");
    assert_eq!(glance["summary"]["asked"][0], QUESTION);

    // Nobody speaks in a chat that they don't have.
    let says = |agent: &str, text: &str| json!({ "agent": agent, "content": text, "echo_id": format!("{agent} {text}") });
    let early = desk
        .posts(&format!("{one}/messages"), says("Mia", "Hello!"))
        .await;
    early.expect_problem(409, "the bot's");
    let taken = desk
        .posts(&format!("{one}/assignments"), json!({ "agent": "Mia" }))
        .await;
    assert_eq!(taken.expect(200)["conversation"]["owner"]["name"], "Mia");
    let colleague = desk
        .posts(&format!("{one}/assignments"), json!({ "agent": "Ben" }))
        .await;
    colleague.expect_problem(409, "Mia's");
    let mut socket = shopper.socket(100).await;
    for status in [201, 200] {
        let said = desk
            .posts(&format!("{one}/messages"), says("Mia", "Hello, I'm Mia."))
            .await;
        assert_eq!(said.expect(status)["message"]["sender"]["name"], "Mia");
    }
    let seen = socket.next_of("message").await;
    assert_eq!(seen["message"]["content"], "Hello, I'm Mia.");
    let others = desk.posts(&format!("{one}/messages"), says("Ben", "Hi")).await;
    others.expect_problem(409, "Mia's");
    shopper.says("It came broken").await;
    let handed = json!({ "agent": "Ben", "from": "Mia" });
    desk.posts(&format!("{one}/assignments"), handed)
        .await
        .expect(200);

    // Back with the bot, which answers what comes, not what was said to people.
    let back = json!({ "agent": "Ben", "status": "pending" });
    let back = desk
        .posts(&format!("{one}/toggle_status"), back)
        .await
        .expect(200);
    assert_eq!(back["conversation"]["owner"]["kind"], "bot");
    let reply = shopper.asks(QUESTION).await;
    assert_eq!(slug_of_source(&reply), Some(SOURCE));
    let transcript = shopper.transcript().await;
    let contents = contents(&transcript);
    for part in [
        ("system", "Mia has joined the chat."),
        ("agent", "Hello, I'm Mia."),
        ("system", "Ben has joined the chat."),
        (
            "system",
            "Ben has left the chat. The automatic assistant answers again.",
        ),
    ] {
        assert!(contents.contains(&part), "{contents:?}");
    }
    assert_eq!(contents.iter().filter(|(kind, _)| *kind == "agent").count(), 1);
}

#[tokio::test]
async fn of_two_who_take_a_chat_at_once_one_has_it() {
    let server = Server::start();
    let desk = Program::with_key(&server, "conversations");
    let shopper = Shopper::arrives(&server).await;
    let path = format!("{CONVERSATIONS}/{}/assignments", shopper.id);
    let take = |number: usize| desk.posts(&path, json!({ "agent": format!("Agent {number}") }));
    let (a, b, c, d) = tokio::join!(take(1), take(2), take(3), take(4));
    let mut statuses = [a, b, c, d].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
}

#[tokio::test]
async fn an_ended_chat_opens_again_and_a_deleted_one_is_gone() {
    let server = Server::start();
    let desk = Program::with_key(&server, "conversations");
    let shopper = Shopper::arrives(&server).await;
    let one = format!("{CONVERSATIONS}/{}", shopper.id);
    let sent = attach(&shopper, &[], "photo.png", DOT).await.expect(201);
    let file = sent["message"]["content_attributes"]["attachments"][0]["id"]
        .as_str()
        .unwrap();
    eventually("the bot answers", async || {
        (shopper.transcript().await.len() > 1).then_some(())
    })
    .await;
    let photo = desk
        .asks(Method::GET, &format!("{one}/attachments/{file}"), None)
        .await;
    assert_eq!(photo.headers["content-type"], "image/png");

    desk.posts(&format!("{one}/assignments"), json!({ "agent": "Mia" }))
        .await
        .expect(200);
    let ended = json!({ "agent": "Mia", "status": "resolved" });
    for _ in 0..2 {
        desk.posts(&format!("{one}/toggle_status"), ended.clone())
            .await
            .expect(200);
    }
    assert_eq!(shopper.status().await, "resolved");
    let transcript = shopper.transcript().await;
    let ends = contents(&transcript).into_iter();
    assert_eq!(
        ends.filter(|(_, text)| text.starts_with("This chat has ended"))
            .count(),
        1
    );
    let reply = shopper.asks(QUESTION).await;
    assert_eq!(slug_of_source(&reply), Some(SOURCE));
    assert_eq!(shopper.status().await, "pending");

    shopper.post("/csat", json!({ "rating": 5 })).await.expect(201);
    assert_eq!(desk.gets(&one).await["rating"]["rating"], 5);
    let gone = desk.asks(Method::DELETE, &one, None).await;
    gone.expect(204);
    desk.asks(Method::GET, &one, None)
        .await
        .expect_problem(404, "nothing here");
    shopper.get("").await.expect_problem(404, "nothing here");
    let unread = desk.asks(Method::GET, &format!("{one}/messages"), None).await;
    unread.expect_problem(404, "nothing here");
    assert!(
        !server
            .folder
            .data()
            .join("attachments")
            .join(&shopper.id)
            .exists()
    );
}

#[tokio::test]
async fn conversations_need_a_key_and_sense() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    let one = format!("{CONVERSATIONS}/{}", shopper.id);
    let trainer = Program::with_key(&server, "models");
    for path in [CONVERSATIONS, one.as_str(), &format!("{one}/messages")] {
        trainer
            .asks(Method::GET, path, None)
            .await
            .expect_problem(403, "conversations");
    }
    let stranger = Program {
        server: &server,
        key: shopper.token.clone(),
    };
    stranger
        .asks(Method::GET, &one, None)
        .await
        .expect_problem(401, "");
    let desk = Program::with_key(&server, "conversations");
    for (path, body, part) in [
        ("assignments", json!({ "agent": " " }), "agent"),
        ("assignments", json!({ "agent": "a".repeat(81) }), "agent"),
        ("assignments", json!({ "name": "Mia" }), "name"),
        (
            "toggle_status",
            json!({ "agent": "Mia", "status": "open" }),
            "status",
        ),
        ("messages", json!({ "agent": "Mia", "content": "  " }), "content"),
    ] {
        let answer = desk.posts(&format!("{one}/{path}"), body).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.body.to_string().contains(part), "{answer:?}");
    }
    let unknown = format!("{CONVERSATIONS}/01890000-0000-7000-8000-000000000000/assignments");
    let nobody = desk.posts(&unknown, json!({ "agent": "Mia" })).await;
    nobody.expect_problem(404, "nothing here");
    let limit = desk
        .asks(Method::GET, &format!("{CONVERSATIONS}?limit=0"), None)
        .await;
    limit.expect_problem(422, "limit");
}

//! A shopper asks, over REST and over WebSockets.

use std::time::{Duration, Instant};

use reqwest::header::{ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, RETRY_AFTER};
use reqwest::{Client, Method, StatusCode};
use serde_json::json;
use shopkeeper::chat::trace;
use shopkeeper::knowledge::{list_unanswered, record_unanswered};
use tokio_tungstenite::tungstenite::Error;

use crate::common::{
    Answer, Ended, QUESTION, SOURCE, Server, Shopper, Socket, complained, content, eventually, run,
    slug_of_source, told, values,
};

/// No shop for outdoor and home goods has an article about this.
const OFF_TOPIC: &str = "What is the capital of Mongolia?";

#[tokio::test]
async fn a_question_gets_a_quotation_and_its_source() {
    let server = Server::start();
    let reply = gets_a_quotation(&server).await;
    let turn = reply[0]["turn_id"].as_str().unwrap();
    let trace = trace(&server.store().await, turn).await.unwrap().unwrap();
    assert_eq!(trace["question"], QUESTION);
    assert_eq!(trace["passages"][0]["slug"], SOURCE);
}

/// The story, for any server; returns the reply.
pub async fn gets_a_quotation(server: &Server) -> Vec<serde_json::Value> {
    let shopper = Shopper::arrives(server).await;
    let sent = shopper
        .post("/messages?wait=true", json!({ "content": QUESTION }))
        .await
        .expect(201);
    let reply = sent["replies"].as_array().unwrap().clone();
    assert_eq!(reply[0]["content_type"], "text");
    assert!(reply[0]["content"].as_str().unwrap().len() > 20, "{reply:?}");
    assert_eq!(slug_of_source(&reply), Some(SOURCE));
    for (index, part) in reply.iter().enumerate() {
        let attributes = &part["content_attributes"];
        assert_eq!(part["seq"], index as i64 + 2);
        assert_eq!(part["sender"]["kind"], "bot");
        assert_eq!(part["turn_id"], reply[0]["turn_id"]);
        assert_eq!(attributes["in_reply_to"], sent["message"]["id"]);
        assert_eq!(attributes["final"] == true, index + 1 == reply.len());
    }
    let source = &reply[1]["content_attributes"]["items"][0];
    let page = reqwest::get(server.url(source["link"].as_str().unwrap()))
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.unwrap();
    assert!(page.contains(source["title"].as_str().unwrap()), "{page}");
    reply
}

#[tokio::test]
async fn a_button_quotes_the_article_it_stands_for() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    let reply = shopper.presses("article:returns").await;
    assert_eq!(slug_of_source(&reply), Some("returns"));
    // The article may have been taken back since the button was shown.
    let reply = shopper.presses("article:gone").await;
    assert_eq!(slug_of_source(&reply), None);
}

#[tokio::test]
async fn two_sockets_of_one_conversation_stay_in_step() {
    stay_in_step(&Server::start()).await;
}

pub async fn stay_in_step(server: &Server) {
    let shopper = Shopper::arrives(server).await;
    let (mut here, mut there) = (shopper.socket(0).await, shopper.socket(0).await);
    here.send(json!({ "type": "typing", "on": true })).await;
    let typing = there.next_of("typing").await;
    assert_eq!(
        (&typing["sender"]["kind"], &typing["on"]),
        (&json!("shopper"), &json!(true))
    );

    here.says("first", QUESTION).await;
    // Its own typing never comes back to the socket that sent it: the acknowledgement is the first thing it hears.
    let acknowledged = here.next().await.unwrap();
    assert_eq!(
        (&acknowledged["type"], &acknowledged["echo_id"]),
        (&json!("ack"), &json!("first"))
    );
    assert_eq!(there.next_of("message").await["message"], acknowledged["message"]);
    let bot = |frame: &serde_json::Value| frame["type"] == "typing" && frame["sender"]["kind"] == "bot";
    here.until(bot).await;
    let (reply, seen) = (here.reply().await, there.reply().await);
    assert_eq!(slug_of_source(&reply), Some(SOURCE));
    assert_eq!(reply, seen);

    let thumb = json!({ "type": "feedback", "message_id": reply[0]["id"], "value": "up" });
    there.send(thumb).await;
    for socket in [&mut here, &mut there] {
        assert_eq!(
            socket.next_of("message_updated").await["message"]["feedback"],
            "up"
        );
        socket.send(json!({ "type": "ping" })).await;
        assert_eq!(socket.next_of("pong").await["seq"], reply[reply.len() - 1]["seq"]);
    }
    // Who comes later sees the same, once and in order.
    let mut later = shopper.socket(1).await;
    assert_eq!(later.reply().await.len(), reply.len());
    let numbers: Vec<_> = shopper
        .transcript()
        .await
        .iter()
        .map(|message| message["seq"].clone())
        .collect();
    assert_eq!(json!(numbers), json!((1..=reply.len() + 1).collect::<Vec<_>>()));
}

#[tokio::test]
async fn a_reply_is_not_held_back_on_its_way() {
    let server = Server::start();
    let mut socket = Shopper::arrives(&server).await.socket(0).await;
    let mut quickest = Duration::MAX;
    for round in 0..20 {
        let asked = Instant::now();
        socket.says(&round.to_string(), QUESTION).await;
        socket.reply().await;
        quickest = quickest.min(asked.elapsed());
    }
    // Small frames that wait for the confirmation of earlier ones wait for 40 ms.
    assert!(
        quickest < Duration::from_millis(35),
        "the quickest of 20 replies took {quickest:?}"
    );
}

#[tokio::test]
async fn a_message_sent_again_is_stored_once() {
    is_stored_once(&Server::start()).await;
}

pub async fn is_stored_once(server: &Server) {
    let shopper = Shopper::arrives(server).await;
    let message = json!({ "content": QUESTION, "echo_id": "one" });
    let first = shopper
        .post("/messages?wait=true", message.clone())
        .await
        .expect(201);
    let again = shopper.post("/messages?wait=true", message).await.expect(200);
    assert_eq!(first, again);
    let mut socket = shopper.socket(0).await;
    socket.says("one", "Something else").await;
    assert_eq!(socket.next_of("ack").await["message"], first["message"]);

    // Impatient fingers: the same message many times at once.
    let tries = (0..8).map(|_| shopper.post("/messages", json!({ "content": "Hello", "echo_id": "two" })));
    let statuses: Vec<_> = futures_util::future::join_all(tries)
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();
    let created = statuses
        .iter()
        .filter(|status| **status == StatusCode::CREATED)
        .count();
    assert_eq!(created, 1, "{statuses:?}");
    let transcript = shopper.transcript().await;
    let mine = transcript
        .iter()
        .filter(|message| message["message_type"] == "incoming");
    assert_eq!(
        mine.map(|message| &message["echo_id"]).collect::<Vec<_>>(),
        ["one", "two"]
    );
}

#[tokio::test]
async fn a_transcript_comes_in_pages() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    for question in [QUESTION, "How do I return boots?", "thanks"] {
        shopper.asks(question).await;
    }
    let all = shopper.transcript().await;
    let mut seen = Vec::new();
    loop {
        let page = shopper
            .get(&format!("/messages?after={}&limit=2", seen.len()))
            .await
            .expect(200);
        let messages = page["messages"].as_array().unwrap();
        assert!(messages.len() <= 2);
        seen.extend(messages.iter().cloned());
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(seen, all);
    assert!(all.len() >= 8, "{all:?}");
    let beyond = shopper
        .get(&format!("/messages?after={}", all.len()))
        .await
        .expect(200);
    assert_eq!(
        (&beyond["messages"], &beyond["has_more"]),
        (&json!([]), &json!(false))
    );
    let mut socket = shopper.socket(all.len() as i64 - 1).await;
    assert_eq!(socket.next_of("message").await["message"], all[all.len() - 1]);
    for limit in ["0", "501", "-1"] {
        shopper
            .get(&format!("/messages?limit={limit}"))
            .await
            .expect_problem(422, "limit");
    }
}

#[tokio::test]
async fn what_no_article_answers_is_admitted_and_noted() {
    let server = Server::start();
    is_admitted_and_noted(&server, &server.store().await).await;
}

pub async fn is_admitted_and_noted(server: &Server, store: &shopkeeper::store::Store) {
    let shopper = Shopper::arrives(server).await;
    let reply = shopper
        .asks(&format!("{OFF_TOPIC} Tell me at ann@mail.example"))
        .await;
    assert_eq!(slug_of_source(&reply), None);
    assert!(values(&reply).contains(&"person:yes"), "{reply:?}");
    let noted = list_unanswered(store, 5).await.unwrap();
    let questions: Vec<_> = noted.iter().map(|noted| noted.question.as_str()).collect();
    assert_eq!(questions, [format!("{OFF_TOPIC} Tell me at [e-mail]")]);
    assert_eq!(shopper.status().await, "pending");

    shopper.presses("person:yes").await;
    assert_eq!(shopper.status().await, "open");

    // Whether an article came near at all.
    for (message, nearest) in [("far", None), ("near", Some(("returns".to_owned(), 0.25)))] {
        let noted = record_unanswered(store, "another", message, "en", message, nearest).await;
        noted.unwrap();
    }
    let noted = list_unanswered(store, 5).await.unwrap();
    let score = |question: &str| {
        let noted = noted.iter().find(|noted| noted.question == question);
        noted.unwrap().nearest_score
    };
    assert_eq!((score("far"), score("near")), (None, Some(0.25)));
}

#[tokio::test]
async fn a_person_is_called_after_two_questions_without_an_answer() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    shopper.asks(OFF_TOPIC).await;
    assert_eq!(shopper.status().await, "pending");
    shopper.asks("And who won the football world cup in 1974?").await;
    assert_eq!(shopper.status().await, "open");

    // What nobody answered is a gap, however often and by whom it was asked.
    let other = Shopper::arrives(&server).await;
    other
        .asks(&OFF_TOPIC.to_lowercase().replace("capital", "capital city"))
        .await;
    let gaps = told(run(&server.folder, &["gaps", "--json"]));
    let gaps: Vec<serde_json::Value> = serde_json::from_str(&gaps).unwrap();
    assert_eq!((&gaps[0]["asked"], &gaps[0]["locale"]), (&json!(2), &json!("en")));
    complained(run(&server.folder, &["gaps", "--locale", "zh"]));
}

#[tokio::test]
async fn thumbs_are_given_and_taken_back() {
    let server = Server::start();
    let (shopper, stranger) = (Shopper::arrives(&server).await, Shopper::arrives(&server).await);
    let reply = shopper.asks(QUESTION).await;
    let path = format!("/messages/{}/feedback", reply[0]["id"].as_str().unwrap());
    for value in [json!("up"), json!("down"), json!(null)] {
        let rated = shopper.post(&path, json!({ "value": value })).await.expect(200);
        assert_eq!(rated["message"]["feedback"], value);
        assert_eq!(shopper.transcript().await[1]["feedback"], value);
    }
    stranger
        .post(&path, json!({ "value": "up" }))
        .await
        .expect_problem(404, "nothing here");
    let own = shopper.transcript().await[0]["id"].as_str().unwrap().to_owned();
    let own = shopper
        .post(&format!("/messages/{own}/feedback"), json!({ "value": "up" }))
        .await;
    own.expect_problem(404, "nothing here");
}

#[tokio::test]
async fn whoever_wants_a_person_is_put_in_line() {
    is_put_in_line(&Server::start()).await;
}

pub async fn is_put_in_line(server: &Server) {
    let shopper = Shopper::arrives(server).await;
    let mut socket = shopper.socket(0).await;
    socket.says("wish", "talk to a human").await;
    let changed = socket.next_of("conversation").await;
    assert_eq!(changed["conversation"]["status"], "open");
    assert_eq!(shopper.status().await, "open");
    // Until the person is there, the bot goes on.
    let reply = shopper.asks(QUESTION).await;
    assert_eq!(slug_of_source(&reply), Some(SOURCE), "{}", content(&reply));
}

#[tokio::test]
async fn a_conversation_opens_only_with_its_own_token() {
    let server = Server::start();
    let (shopper, other) = (Shopper::arrives(&server).await, Shopper::arrives(&server).await);
    shopper.asks(QUESTION).await;
    let before = shopper.transcript().await;
    let thief = other.asking_for(&shopper.id);
    let nothing = "there is nothing here, or it isn't yours";
    for path in ["", "/messages"] {
        thief.get(path).await.expect_problem(404, nothing);
        let without = reqwest::get(server.url(&format!("/api/v1/widget/conversations/{}{path}", shopper.id)));
        assert_eq!(without.await.unwrap().status(), 404);
    }
    for (path, body) in [
        ("/messages", json!({ "content": "Hello" })),
        ("/typing", json!({ "on": true })),
        ("/read", json!({ "seq": 1 })),
    ] {
        thief.post(path, body).await.expect_problem(404, nothing);
    }
    let mut socket = Socket::open(&server.address, None).await.unwrap();
    socket.resume(&thief.id, &thief.token, 0).await;
    assert_eq!(socket.next_of("error").await["code"], "not_found");
    assert_eq!(socket.next().await, Err(Ended(Some(4404))));
    assert_eq!(shopper.transcript().await, before);
}

#[tokio::test]
async fn another_shops_token_is_refused() {
    let server = Server::start();
    let url = server.url("/api/v1/widget/conversations");
    let start = Client::new().post(url).json(&json!({ "website_token": "other" }));
    Answer::of(start).await.expect_problem(422, "website_token");
    let config = Client::new().get(server.url("/api/v1/widget/config?website_token=other"));
    Answer::of(config).await.expect_problem(422, "website_token");
    let config = Client::new().get(server.url("/api/v1/widget/config?website_token=demo"));
    assert_eq!(Answer::of(config).await.expect(200)["name"], "Larkfield");
}

#[tokio::test]
async fn only_pages_of_allowed_origins_may_connect() {
    let server = Server::with(&[("SHOPKEEPER_ALLOWED_ORIGINS", "https://shop.example")]);
    let own = format!("http://{}", server.address);
    for allowed in [None, Some("https://shop.example"), Some(own.as_str())] {
        Socket::open(&server.address, allowed).await.unwrap();
    }
    for refused in [
        "https://evil.example",
        "https://shop.example.evil.example",
        "http://shop.example",
        "null",
    ] {
        match Socket::open(&server.address, Some(refused)).await {
            Err(Error::Http(response)) => {
                assert_eq!(response.status(), 403);
                assert_eq!(response.headers()["content-type"], "application/problem+json");
            }
            other => panic!("{refused}: {:?}", other.err()),
        }
    }
    let preflight = |origin: &str| {
        let url = server.url("/api/v1/widget/conversations");
        Client::new()
            .request(Method::OPTIONS, url)
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type")
            .send()
    };
    let answer = preflight("https://shop.example").await.unwrap();
    assert_eq!(
        answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN],
        "https://shop.example"
    );
    assert!(
        answer.headers()[ACCESS_CONTROL_ALLOW_METHODS]
            .to_str()
            .unwrap()
            .contains("POST")
    );
    let answer = preflight("https://evil.example").await.unwrap();
    assert_eq!(answer.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN), None);
}

#[tokio::test]
async fn a_page_of_another_origin_may_read_why_it_has_to_wait() {
    let origin = "https://shop.example";
    let server = Server::with(&[
        ("SHOPKEEPER_ALLOWED_ORIGINS", origin),
        ("SHOPKEEPER_LIMITS_REQUESTS_PER_MINUTE", "2"),
    ]);
    let client = Client::new();
    let ask = async || {
        let url = server.url("/api/v1/widget/config?website_token=demo");
        Answer::of(client.get(url).header("Origin", origin)).await
    };
    ask().await.expect(200);
    ask().await.expect(200);
    let refused = ask().await;
    assert_eq!(refused.headers[ACCESS_CONTROL_ALLOW_ORIGIN], origin);
    refused.expect_problem(429, "wait");
    // Pages count as well, what a monitor asks does not.
    let status = async |path: &str| client.get(server.url(path)).send().await.unwrap().status();
    assert_eq!(status("/help").await, 429);
    assert_eq!(status("/readyz").await, 200);
}

#[tokio::test]
async fn an_operator_sees_how_it_is_doing() {
    let server = Server::start();
    Shopper::arrives(&server).await.asks(QUESTION).await;
    let get = async |path: &str| {
        reqwest::get(server.url(path))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    assert_eq!(
        (get("/healthz").await, get("/readyz").await),
        ("ok".into(), "ready".into())
    );
    let metrics = get("/metrics").await;
    assert!(metrics.contains("shopkeeper_turn_seconds_count 1\n"), "{metrics}");
    assert!(
        metrics.contains("route=\"/api/v1/widget/conversations/{id}/messages\""),
        "{metrics}"
    );
    let api: serde_json::Value = serde_json::from_str(&get("/api/openapi.json").await).unwrap();
    assert!(
        api["paths"]["/api/v1/widget/conversations/{id}/messages"]["post"].is_object(),
        "{api}"
    );
}

#[tokio::test]
async fn whoever_writes_too_fast_is_asked_to_wait() {
    let server = Server::with(&[("SHOPKEEPER_LIMITS_MESSAGES_PER_MINUTE", "3")]);
    let (shopper, other) = (Shopper::arrives(&server).await, Shopper::arrives(&server).await);
    for _ in 0..3 {
        shopper.says("hello").await;
    }
    let refused = shopper.post("/messages", json!({ "content": "hello" })).await;
    assert_eq!(refused.headers[RETRY_AFTER], "60");
    refused.expect_problem(429, "wait");
    let mut socket = shopper.socket(0).await;
    socket.says("fast", "hello").await;
    let error = socket.next_of("error").await;
    assert_eq!(
        (&error["code"], &error["echo_id"]),
        (&json!("rate_limited"), &json!("fast"))
    );
    other.says("hello").await;
    // What was let through is answered all the same.
    eventually("three replies", async || {
        let transcript = shopper.transcript().await;
        let last = |message: &&serde_json::Value| message["content_attributes"]["final"] == true;
        (transcript.iter().filter(last).count() == 3).then_some(())
    })
    .await;
}

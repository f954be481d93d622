//! What a shopper does with a conversation beside talking: rates it, has it sent home, adds a photo.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::common::{Answer, QUESTION, Server, Shopper, content, eventually};

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

#[tokio::test]
async fn a_chat_is_sent_home_by_mail() {
    let server = Server::with(&[("SHOPKEEPER_LIMITS_TRANSCRIPTS_PER_HOUR", "2")]);
    let shopper = Shopper::arrives(&server).await;
    let send = async |email: &str| shopper.post("/transcript", json!({ "email": email })).await;
    send("ann@home.example")
        .await
        .expect_problem(422, "nothing was said");
    let markup = "<b onclick=x>How do I clean cast iron?</b>";
    shopper.asks(markup).await;
    let other = Shopper::arrives(&server).await;
    other.asks("A secret of somebody else").await;

    for wrong in ["", "ann", "ann@home.example\r\nBcc: all@shop.example"] {
        send(wrong)
            .await
            .expect_problem(422, "`email`: expected an e-mail address");
    }
    send("ann@home.example").await.expect(204);
    let mail = only_mail(&server);
    for part in [
        "To: ann@home.example",
        "Content-Type: text/plain",
        "Content-Type: text/html",
        "&#60;b onclick=x&#62;",
    ] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
    assert!(!mail.contains("secret"), "{mail}");
    assert!(server.log().contains("outbox"), "{}", server.log());

    // A few are enough for anybody.
    send("ben@home.example").await.expect(204);
    send("cem@home.example").await.expect_problem(429, "too many");
}

/// The one mail in the outbox, with its soft line breaks taken out.
fn only_mail(server: &Server) -> String {
    let outbox = server.folder.data().join("outbox");
    let files: Vec<_> = std::fs::read_dir(outbox)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    std::fs::read_to_string(&files[0])
        .unwrap()
        .replace("=\r\n", "")
        .replace("=3D", "=")
}

/// A picture of one pixel.
pub const DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\xfc\xcf\xc0P\x0f\0\x04\x85\x01\x80\x84\xa9\x8c!\0\0\0\0IEND\xaeB`\x82";

/// A form with these fields, and a file of this name.
fn form(fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (field, value) in fields {
        let part = format!("--mark\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend(part.bytes());
    }
    let head = format!(
        "--mark\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
    );
    body.extend(head.bytes());
    body.extend(bytes);
    body.extend(b"\r\n--mark--\r\n");
    ("multipart/form-data; boundary=mark".into(), body)
}

pub async fn attach(shopper: &Shopper, fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Answer {
    let (kind, body) = form(fields, name, bytes);
    let request = shopper.request(Method::POST, "/attachments");
    Answer::of(request.header(CONTENT_TYPE, kind).body(body)).await
}

#[tokio::test]
async fn a_photo_goes_to_a_person() {
    let server = Server::with(&[("SHOPKEEPER_LIMITS_ATTACHMENTS_PER_CONVERSATION", "2")]);
    let shopper = Shopper::arrives(&server).await;
    let fields = [("content", "It came broken"), ("echo_id", "photo-1")];
    let sent = attach(&shopper, &fields, "../my\u{202e}photo", DOT)
        .await
        .expect(201);
    let attachment = &sent["message"]["content_attributes"]["attachments"][0];
    assert_eq!(
        (&attachment["kind"], &attachment["name"]),
        (&json!("png"), &json!("myphoto.png"))
    );
    assert_eq!(attachment["bytes"], DOT.len());
    // The same again is the same message.
    let again = attach(&shopper, &fields, "photo.png", DOT).await.expect(200);
    assert_eq!(again["message"]["id"], sent["message"]["id"]);

    let reply = eventually("the bot answers", async || {
        let transcript = shopper.transcript().await;
        (transcript.len() > 1).then(|| content(&transcript[1..]))
    });
    let reply = reply.await;
    assert!(reply.contains("I can't look at pictures"), "{reply}");
    assert_eq!(shopper.status().await, "open");

    let path = format!("/attachments/{}", attachment["id"].as_str().unwrap());
    let served = shopper.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(served.headers()[CONTENT_TYPE], "image/png");
    assert_eq!(served.headers()["x-content-type-options"], "nosniff");
    assert_eq!(served.bytes().await.unwrap(), DOT);
    let stranger = Shopper::arrives(&server).await;
    for (who, status) in [(&stranger, 404), (&stranger.asking_for(&shopper.id), 404)] {
        who.get(&path).await.expect_problem(status, "nothing here");
    }
    shopper
        .get("/attachments/..%2F..%2Fshopkeeper.db")
        .await
        .expect_problem(404, "nothing here");

    // Nobody says by a name or a message what a file is.
    attach(&shopper, &[], "photo.png", b"<svg onload=alert(1)>")
        .await
        .expect_problem(415, "PNG, JPEG");
    let forged = json!({ "content": "x", "content_attributes": { "attachments": [{ "id": "x" }] } });
    shopper
        .post("/messages", forged)
        .await
        .expect_problem(422, "attachments");
    let large = [DOT, &vec![0; 8 << 20]].concat();
    attach(&shopper, &[], "photo.png", &large)
        .await
        .expect_problem(413, "at most 8388608");
    let document = attach(&shopper, &[], "bill.pdf", b"%PDF-1.7\n").await.expect(201);
    let id = document["message"]["content_attributes"]["attachments"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let served = shopper.get(&format!("/attachments/{id}")).await;
    assert!(
        served.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    attach(&shopper, &[], "one-more.png", DOT)
        .await
        .expect_problem(409, "has 2 files");
}

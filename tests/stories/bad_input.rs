//! What is wrong is refused with words that help, and harms nothing else.

use std::fs;
use std::net::TcpListener;
use std::process::Output;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::common::{
    Answer, Ended, Folder, QUESTION, SOURCE, Server, Shopper, Socket, bare, eventually, run, shopkeeper,
    slug_of_source,
};

async fn still_answers(server: &Server) {
    let reply = Shopper::arrives(server).await.asks(QUESTION).await;
    assert_eq!(slug_of_source(&reply), Some(SOURCE));
}

#[tokio::test]
async fn bad_messages_over_rest() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    let long = "é".repeat(4001);
    for (body, status, part) in [
        (json!({ "content": "" }), 422, "`content`: expected text"),
        (json!({ "content": " \n\t" }), 422, "`content`: expected text"),
        (json!({}), 422, "`content`: expected text"),
        (
            json!({ "content": long }),
            413,
            "4001 characters: expected at most 4000",
        ),
        (json!({ "content": "x".repeat(100_000) }), 413, "limit"),
        (json!({ "content": 7 }), 422, "string"),
        (json!({ "content": "x", "colour": "red" }), 422, "colour"),
        (
            json!({ "content": "x", "echo_id": "" }),
            422,
            "`echo_id`: expected 1 to 64",
        ),
        (
            json!({ "content": "x", "echo_id": "x".repeat(65) }),
            422,
            "`echo_id`: expected 1 to 64",
        ),
        (
            json!({ "content": "x", "page_url": "x".repeat(2049) }),
            422,
            "page_url",
        ),
        (
            json!({ "content": "", "content_attributes": { "submitted_values": [{ "title": long, "value": "x" }] } }),
            413,
            "at most 4000",
        ),
        (
            json!({ "content": "x", "content_attributes": { "items": [] } }),
            422,
            "items",
        ),
        (json!(["x"]), 422, "content"),
    ] {
        shopper.post("/messages", body).await.expect_problem(status, part);
    }
    for (bytes, status, part) in [
        (b"{\"content\":".as_slice(), 400, "JSON"),
        (b"{\"content\":\"\xff\xfe\"}", 400, "JSON"),
        (b"", 400, "JSON"),
        (b"hello", 400, "JSON"),
    ] {
        let request = shopper
            .request(Method::POST, "/messages")
            .header("Content-Type", "application/json");
        Answer::of(request.body(bytes)).await.expect_problem(status, part);
    }
    let plain = shopper
        .request(Method::POST, "/messages")
        .body("{\"content\":\"x\"}");
    Answer::of(plain).await.expect_problem(415, "application/json");
    assert_eq!(shopper.transcript().await, Vec::<Value>::new());
    still_answers(&server).await;
}

#[tokio::test]
async fn bad_requests_of_other_kinds() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    for id in ["01890000-0000-7000-8000-000000000000", "nonsense"] {
        let stranger = shopper.asking_for(id);
        stranger
            .get("/messages")
            .await
            .expect_problem(404, "nothing here");
        stranger
            .post("/messages", json!({ "content": "x" }))
            .await
            .expect_problem(404, "nothing here");
    }
    shopper
        .get("/messages?after=soon")
        .await
        .expect_problem(400, "after");
    shopper.get("/nothing").await.expect_problem(404, "nothing here");
    shopper
        .post("/typing", json!({ "on": "yes" }))
        .await
        .expect_problem(422, "boolean");
    shopper
        .post("/read", json!({ "seq": 1e300 }))
        .await
        .expect_problem(422, "seq");
    shopper
        .post("/messages/x/feedback", json!({ "value": "sideways" }))
        .await
        .expect_problem(422, "sideways");
    shopper
        .post("/messages/x/feedback", json!({ "value": "up" }))
        .await
        .expect_problem(404, "nothing here");
    Answer::of(shopper.request(Method::DELETE, "/messages"))
        .await
        .expect_problem(405, "method");
    for (body, part) in [
        (json!({ "rating": 0 }), "1 to 5"),
        (json!({ "rating": 6 }), "1 to 5"),
        (json!({ "rating": 4.5 }), "rating"),
        (json!({ "comment": "good" }), "rating"),
        (
            json!({ "rating": 4, "comment": "x".repeat(2001) }),
            "at most 2000",
        ),
        (json!({ "rating": 4, "comment": "a\u{0}b" }), "U+0000"),
        (json!({ "rating": 4, "stars": 4 }), "stars"),
    ] {
        shopper.post("/csat", body).await.expect_problem(422, part);
    }

    let start = async |body: Value| {
        let url = server.url("/api/v1/widget/conversations");
        Answer::of(Client::new().post(url).json(&body)).await
    };
    start(json!({})).await.expect_problem(422, "website_token");
    start(json!({ "website_token": "demo", "colour": "red" }))
        .await
        .expect_problem(422, "colour");
    start(json!({ "website_token": "demo", "user": { "name": "x".repeat(9000) } }))
        .await
        .expect_problem(422, "user");
    start(json!({ "website_token": "demo", "page_url": "x".repeat(2049) }))
        .await
        .expect_problem(422, "page_url");
    start(json!({ "website_token": "demo", "user": "Ann" }))
        .await
        .expect_problem(422, "map");
    let odd = start(json!({ "website_token": "demo", "locale": "../../etc" }))
        .await
        .expect(201);
    assert_eq!(odd["conversation"]["locale"], "en");
    still_answers(&server).await;
}

#[tokio::test]
async fn bad_frames() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    let mut socket = shopper.socket(0).await;
    for (frame, part) in [
        (Message::text("{\"type\":"), "EOF"),
        (Message::text("hello"), "expected"),
        (Message::text(json!({ "type": "dance" }).to_string()), "dance"),
        (Message::text(json!({ "content": "no type" }).to_string()), "type"),
        (
            Message::text(json!({ "type": "message", "content": "no echo_id" }).to_string()),
            "echo_id",
        ),
        (
            Message::text(json!({ "type": "read", "seq": "all" }).to_string()),
            "all",
        ),
        (Message::binary(b"\x00\x01\x02".as_slice()), "binary"),
    ] {
        socket.send_raw(frame).await;
        let error = socket.next_of("error").await;
        assert_eq!(error["code"], "bad_frame");
        assert!(
            error["detail"].as_str().unwrap().contains(part),
            "{error} should speak of {part}"
        );
    }
    for (echo_id, text, code) in [
        ("empty", " ", "empty"),
        ("long", &*"x".repeat(4001), "too_long"),
        ("", "x", "bad_frame"),
    ] {
        socket.says(echo_id, text).await;
        let error = socket.next_of("error").await;
        assert_eq!(
            (&error["code"], &error["echo_id"]),
            (&json!(code), &json!(echo_id))
        );
    }
    socket
        .send(json!({ "type": "feedback", "message_id": "none", "value": "up" }))
        .await;
    assert_eq!(socket.next_of("error").await["code"], "not_found");
    // The socket has taken no harm.
    socket.says("good", QUESTION).await;
    assert_eq!(slug_of_source(&socket.reply().await), Some(SOURCE));
    let incoming = shopper
        .transcript()
        .await
        .iter()
        .filter(|message| message["message_type"] == "incoming")
        .count();
    assert_eq!(incoming, 1);
}

#[tokio::test]
async fn sockets_that_behave_too_badly_are_closed() {
    let server = Server::start();
    let shopper = Shopper::arrives(&server).await;
    let mut noisy = shopper.socket(0).await;
    let mut errors = 0;
    let ended = loop {
        noisy.send_raw(Message::text("nonsense")).await;
        match noisy.next().await {
            Ok(frame) => {
                assert_eq!(frame["code"], "bad_frame");
                errors += 1;
            }
            Err(ended) => break ended,
        }
    };
    assert_eq!((errors, ended), (20, Ended(Some(4400))));

    let mut huge = shopper.socket(0).await;
    huge.says("huge", &"x".repeat(100_000)).await;
    assert!(huge.next().await.is_err());

    for first in [
        Message::text("{\"type\":\"ping\"}"),
        Message::text("nonsense"),
        Message::binary(b"x".as_slice()),
    ] {
        let mut rude = Socket::open(&server.address, None).await.unwrap();
        rude.send_raw(first).await;
        assert_eq!(rude.next().await, Err(Ended(Some(4408))));
    }
    for id in ["01890000-0000-7000-8000-000000000000", "nonsense"] {
        let mut lost = Socket::open(&server.address, None).await.unwrap();
        lost.resume(id, &shopper.token, 0).await;
        assert_eq!(lost.next_of("error").await["code"], "not_found");
        assert_eq!(lost.next().await, Err(Ended(Some(4404))));
    }
    still_answers(&server).await;
}

#[tokio::test]
async fn a_socket_that_claims_to_have_everything_still_hears_what_is_new() {
    let server = Server::start();
    for after in [i64::MAX, 1000, -5, i64::MIN] {
        let shopper = Shopper::arrives(&server).await;
        let mut socket = shopper.socket(after).await;
        socket.says("now", QUESTION).await;
        assert_eq!(socket.next_of("ack").await["seq"], 1);
        assert_eq!(
            slug_of_source(&socket.reply().await),
            Some(SOURCE),
            "after {after}"
        );
        shopper.get(&format!("/messages?after={after}")).await.expect(200);
    }
}

#[tokio::test]
async fn odd_characters_are_kept_or_refused() {
    are_kept_or_refused(&Server::start()).await;
}

pub async fn are_kept_or_refused(server: &Server) {
    let shopper = Shopper::arrives(server).await;
    let longest = "é".repeat(64);
    let body = json!({ "content": "hello", "echo_id": longest });
    shopper.post("/messages", body).await.expect(201);
    for odd in [
        "\u{202e}?adanaC ot yreviled \u{7}",
        "🛷🛷🛷",
        "'; DROP TABLE messages; --",
        "\u{feff}\u{200b}a",
    ] {
        shopper.asks(odd).await;
        let transcript = shopper.transcript().await;
        let last = transcript
            .iter()
            .rfind(|message| message["message_type"] == "incoming")
            .unwrap();
        assert_eq!(last["content"], odd);
    }
    // The one character that PostgreSQL has no room for.
    let before = shopper.transcript().await;
    for (field, body) in [
        ("content", json!({ "content": "nul\u{0}byte" })),
        ("echo_id", json!({ "content": "x", "echo_id": "nul\u{0}byte" })),
        (
            "page_url",
            json!({ "content": "x", "page_url": "http://shop.example/\u{0}" }),
        ),
    ] {
        shopper.post("/messages", body).await.expect_problem(422, field);
    }
    shopper
        .post("/messages/nul%00byte/feedback", json!({ "value": "up" }))
        .await
        .expect_problem(404, "nothing here");
    let url = server.url("/api/v1/widget/conversations");
    let start = Client::new()
        .post(url)
        .json(&json!({ "website_token": "demo", "page_url": "nul\u{0}byte" }));
    Answer::of(start).await.expect_problem(422, "page_url");
    let about = json!({ "user": { "name": "nul\u{0}byte" }, "custom_attributes": { "\u{0}": 1 } });
    Answer::of(shopper.request(Method::PATCH, "").json(&about))
        .await
        .expect(204);
    assert_eq!(shopper.transcript().await, before);
}

#[tokio::test]
async fn what_people_write_runs_nowhere() {
    let server = Server::start();
    let article = "---\ntitle: <script>alert(1)</script>\nslug: trap\nlocale: en\n---\n<script>alert(2)</script> \
         <img src=x onerror=alert(3)> \n\n[here](javascript:alert(4)) and [there](/help/returns)\n";
    server.folder.write("new/trap.md", article);
    assert!(
        run(&server.folder, &["import", "knowledge", "new"])
            .status
            .success()
    );
    let page = eventually("the article is there", async || {
        let page = reqwest::get(server.url("/help/trap")).await.unwrap();
        (page.status() == 200).then_some(page)
    })
    .await;
    let pages = [
        page.text().await.unwrap(),
        reqwest::get(server.url("/help?q=%3Cscript%3Ealert(5)"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
    ];
    for page in &pages {
        for trap in ["<script>alert", "<img src=x", "\"javascript:"] {
            assert!(!page.contains(trap), "{trap} in {page}");
        }
    }
    assert!(pages[0].contains("href=\"/help/returns\""), "{}", pages[0]);
}

#[tokio::test]
async fn two_servers_never_share_a_data_folder() {
    let server = Server::start();
    let second = shopkeeper(&server.folder)
        .arg("serve")
        .env("SHOPKEEPER_LOG", "error")
        .output()
        .unwrap();
    assert_refused(&second, &["data/index"]);
    still_answers(&server).await;
    let found = reqwest::get(server.url("/help/search?q=iron"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(found.contains("/help/care-cast-iron"));
}

#[tokio::test]
async fn a_damaged_model_is_trained_anew() {
    let folder = Folder::warm();
    let models: Vec<_> = fs::read_dir(folder.data().join("models")).unwrap().collect();
    assert_eq!(models.len(), 1);
    for model in models {
        fs::write(model.unwrap().path(), b"garbage").unwrap();
    }
    let server = Server::on(folder, &[]);
    assert!(server.log().contains("trained anew"), "{}", server.log());
    let shopper = Shopper::arrives(&server).await;
    shopper.asks("talk to a human").await;
    assert_eq!(shopper.status().await, "open");
    let server = Server::on(server.stop(), &[]);
    assert_eq!(server.log().matches("trained anew").count(), 1);
}

const GOOD: &str = "---\ntitle: Is this good?\nslug: good\nlocale: en\n---\nIt is.\n";
const BROKEN: &str = "---\ntitle: Is this good?\nslug: broken\nlocale: en\nstatus: ready\n---\nIt is not.\n";

#[test]
fn articles_with_mistakes_are_named_and_left_out() {
    let folder = Folder::empty();
    folder.write("new/good.md", GOOD);
    folder.write("new/broken.md", BROKEN);
    folder.write("new/bare.md", "No front matter.\n");
    folder.write("new/twin.md", GOOD);
    let strict = run(&folder, &["import", "knowledge", "new", "--strict"]);
    assert_eq!(strict.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&strict.stdout),
        "0 new, 0 changed, 0 unchanged, 3 bad\n"
    );
    let output = run(&folder, &["import", "knowledge", "new"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "1 new, 0 changed, 0 unchanged, 3 bad\n"
    );
    let said = String::from_utf8_lossy(&output.stderr);
    for line in ["new/bare.md:1: ", "new/broken.md:5: ", "new/twin.md:1: "] {
        assert!(
            said.lines().any(|said| said.starts_with(line)),
            "{said} should name {line}"
        );
    }
    let export = run(&folder, &["export", "knowledge", "out"]);
    assert!(export.status.success());
    assert!(folder.join("out/en/good.md").is_file());
}

/// One line on standard error, with every part in it, and exit code 2.
#[track_caller]
fn assert_refused(output: &Output, parts: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in parts {
        assert!(said.contains(part), "{said} should name {part}");
    }
}

#[test]
fn phrases_with_mistakes_are_named_by_file_and_line() {
    let folder = Folder::empty();
    let intents = |text: &str| {
        format!("version: \"3.1\"\nnlu:\n- intent: a\n  examples: |\n    - one\n    - two\n{text}")
    };
    for (name, text, parts) in [
        (
            "twice.yml",
            intents("- intent: a\n  examples: |\n    - three\n"),
            ["twice.yml:7:", "`a`"],
        ),
        (
            "empty.yml",
            intents("- intent: b\n  examples: |\n- intent: c\n  examples: |\n    - x\n"),
            ["empty.yml:7:", "`b`"],
        ),
        ("bare.yml", intents("- intent: b\n"), ["bare.yml:7:", "`b`"]),
        ("broken.yml", intents("- intent: [\n"), ["broken.yml:", "YAML"]),
        ("old.yml", "nlu: []\n".into(), ["old.yml:1:", "version"]),
        (
            "table.csv",
            "text,intent\nhello,a\n,b\n".into(),
            ["table.csv:3:", "`text`"],
        ),
        ("table.txt", "hello".into(), ["table.txt", ".csv"]),
    ] {
        folder.write(name, text);
        assert_refused(&run(&folder, &["train", "--phrases", name]), &parts);
    }
    assert_refused(&run(&folder, &["train", "--phrases", "none.yml"]), &["none.yml"]);
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let folder = Folder::empty();
    let file = folder.write("file", "not a folder");
    folder.write(
        "garbage/shopkeeper.db",
        "not a database, and long enough to be looked at ".repeat(100),
    );
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let below = file.join("data");
    let below = below.to_str().unwrap();
    for (name, value, parts) in [
        ("SHOPKEEPER_LISTEN", taken.as_str(), [taken.as_str(), "in use"]),
        ("SHOPKEEPER_DATA_DIR", below, [below, "data folder"]),
        (
            "SHOPKEEPER_DATA_DIR",
            "garbage",
            ["garbage/shopkeeper.db", "database"],
        ),
        (
            "SHOPKEEPER_ENCODER",
            "nowhere",
            ["nowhere/config.json", "make setup"],
        ),
        (
            "SHOPKEEPER_DATABASE_URL",
            "postgres://me:secret@127.0.0.1:1/db",
            ["127.0.0.1:1/db", "can't be opened"],
        ),
        (
            "SHOPKEEPER_DATABASE_URL",
            "nonsense",
            ["nonsense", "can't be opened"],
        ),
        ("SHOPKEEPER_LOG", "a=b=c", ["`log`", "a=b=c"]),
    ] {
        let mut command = shopkeeper(&folder);
        let output = command
            .arg("serve")
            .env("SHOPKEEPER_KNOWLEDGE_BASE", "none")
            .env(name, value)
            .output()
            .unwrap();
        assert_refused(&output, &parts);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("secret"));
    }
}

#[test]
fn wrong_configuration_is_named() {
    let folder = Folder::empty();
    for (text, part) in [
        ("lissten = '127.0.0.1:1'\n", "lissten"),
        ("[shop]\nnam = 'x'\n", "shop.nam"),
        ("listen = 'here'\n", "`listen` is `here`"),
        ("encoder_workers = 'two'\n", "encoder_workers"),
        ("encoder_workers = 0\n", "encoder_workers"),
        ("[limits]\nmessage_chars = -1\n", "message_chars"),
        ("[hours]\nmonday = '8-20'\n", "hours.monday"),
        ("[hours]\nmonday = '20:00-08:00'\n", "hours.monday"),
        ("[hours]\nholidays = ['2026-02-30']\n", "hours.holidays"),
        ("[widget]\nposition = 'top'\n", "widget.position"),
        ("\n\nlisten = \n", "shopkeeper.toml: line 3"),
    ] {
        folder.write("shopkeeper.toml", text);
        assert_refused(&bare(&folder).arg("config").output().unwrap(), &[part]);
    }
    fs::remove_file(folder.join("shopkeeper.toml")).unwrap();
    for (name, value) in [("SHOPKEEPER_LISSTEN", "x"), ("SHOPKEEPER_ENCODER_WORKERS", "two")] {
        let output = bare(&folder).env(name, value).arg("config").output().unwrap();
        assert_refused(&output, &[name]);
    }
    let output = run(&folder, &["--config", "none.toml", "config"]);
    assert_refused(&output, &["none.toml"]);
}

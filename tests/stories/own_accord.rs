//! Messages that the widget shows by itself: to whom, how often, and what they bring.

use reqwest::Client;
use serde_json::{Value, json};
use shopkeeper::recommend::events;
use shopkeeper::recommend::{Event, EventKind};
use shopkeeper::store::now;

use crate::common::{Answer, Folder, Server, Shopper, complained, run, told};

const TRIGGERS: &str = r#"
[hours]
time_zone = "UTC"

[[proactive]]
name = "help"
requires_consent = false
holdout = 0.5
message = { en = "May I help?", de = "Kann ich helfen?" }

[[proactive]]
name = "remembered"
per_day = 2
holdout = 0.0
message = { en = "Welcome back" }

[[proactive]]
name = "over"
requires_consent = false
campaign = "no-such-campaign"
message = { en = "Ten percent off" }

[[proactive]]
name = "night"
requires_consent = false
quiet_hours = "00:00-23:59"
message = { en = "Awake?" }
"#;

fn visitor(number: u32) -> String {
    format!("v_{number:032x}")
}

async fn tell(server: &Server, body: Value) -> Answer {
    let mut whole = json!({ "website_token": "demo", "visitor": visitor(1) });
    whole
        .as_object_mut()
        .unwrap()
        .extend(body.as_object().unwrap().clone());
    let url = server.url("/api/v1/widget/proactive");
    Answer::of(Client::new().post(url).json(&whole)).await
}

#[tokio::test]
async fn messages_are_shown_to_some_and_their_effect_is_told() {
    let folder = Folder::warm();
    folder.write("shopkeeper.toml", TRIGGERS);
    let server = Server::on(folder, &[]);
    let config = server.url("/api/v1/widget/config?website_token=demo");
    let config = Answer::of(Client::new().get(config)).await.expect(200);
    assert_eq!(config["proactive"][0]["name"], "help");
    assert!(
        config["proactive"][0].get("message").is_none(),
        "what it says is told when it is shown"
    );

    // By chance, but always the same shoppers: a second time today is one too many for either arm.
    let store = server.store().await;
    let (mut shown, mut held_out) = (Vec::new(), Vec::new());
    for number in 0..40 {
        let due = json!({ "event": "due", "trigger": "help", "visitor": visitor(number), "locale": "de-AT" });
        let answer = tell(&server, due.clone()).await.expect(200);
        let exposure = answer["exposure"].as_str().unwrap().to_owned();
        if answer["show"] == true {
            assert_eq!(answer["message"], "Kann ich helfen?");
            shown.push((visitor(number), exposure));
        } else {
            assert_eq!(answer["message"], Value::Null);
            held_out.push((visitor(number), exposure));
        }
        assert_eq!(tell(&server, due).await.expect(200)["reason"], "capped");
    }
    assert!(
        shown.len() > 8 && held_out.len() > 8,
        "{} and {}",
        shown.len(),
        held_out.len()
    );

    for (event, (visitor, exposure)) in [
        ("clicked", &shown[0]),
        ("replied", &shown[0]),
        ("dismissed", &shown[1]),
        ("replied", &held_out[0]),
    ] {
        let told = json!({ "event": event, "exposure": exposure, "visitor": visitor });
        tell(&server, told.clone()).await.expect(200);
        tell(&server, told).await.expect(200);
    }
    let bought = |visitor: &str| Event {
        shopper: visitor.into(),
        item: "any".into(),
        kind: EventKind::Purchase,
        value: None,
        session: None,
        at: now(),
    };
    let orders = [
        ("o1".to_owned(), bought(&shown[0].0)),
        ("o2".to_owned(), bought(&shown[2].0)),
    ];
    events::record(&store, &orders).await.unwrap();
    let report = told(run(&server.folder, &["proactive", "report", "--json"]));
    let report: Value = serde_json::from_str(&report).unwrap();
    let help = &report[0];
    assert_eq!(
        help["shown"],
        json!({ "visitors": shown.len(), "clicked": 1, "dismissed": 1, "conversations": 1, "orders": 2 })
    );
    assert_eq!(
        help["held_out"],
        json!({ "visitors": held_out.len(), "clicked": 0, "dismissed": 0, "conversations": 1, "orders": 0 })
    );
    assert!(help["orders"]["low"].as_f64().unwrap() < help["orders"]["difference"].as_f64().unwrap());
    let words = told(run(&server.folder, &["proactive", "report"]));
    assert!(words.contains("help") && words.contains("held out"), "{words}");

    // Taken up, it is the shop's own word in the conversation, once, and nobody else's.
    let shopper = Shopper::arrives(&server).await;
    let taken_up = json!({ "visitor": shown[0].0, "exposure": shown[0].1 });
    let said = shopper.post("/proactive", taken_up.clone()).await.expect(201);
    assert_eq!(said["message"]["content"], "May I help?");
    assert_eq!(said["message"]["seq"], 1);
    assert_eq!(said["message"]["sender"]["kind"], "bot");
    shopper
        .post("/proactive", taken_up)
        .await
        .expect_problem(404, "nothing here");
    for (visitor, exposure) in [(&shown[2].0, &shown[1].1), (&held_out[0].0, &held_out[0].1)] {
        let other = json!({ "visitor": visitor, "exposure": exposure });
        shopper
            .post("/proactive", other)
            .await
            .expect_problem(404, "nothing here");
    }
    assert_eq!(shopper.transcript().await.len(), 1);

    // Whoever is forgotten counts no longer.
    let forget = server.url(&format!(
        "/api/v1/widget/visitors/{}?website_token=demo",
        shown[1].0
    ));
    Answer::of(Client::new().delete(forget)).await.expect(200);
    let report = told(run(&server.folder, &["proactive", "report", "--json"]));
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report[0]["shown"]["visitors"], shown.len() - 1);
}

#[tokio::test]
async fn consent_quiet_hours_campaigns_and_limits_hold() {
    let folder = Folder::warm();
    folder.write("shopkeeper.toml", TRIGGERS);
    let server = Server::on(folder, &[]);
    let due = async |trigger: &str, consented: bool| {
        let body = json!({ "event": "due", "trigger": trigger, "consented": consented });
        tell(&server, body).await.expect(200)
    };
    assert_eq!(due("remembered", false).await["reason"], "no_consent");
    assert_eq!(due("over", true).await["reason"], "no_campaign");
    assert_eq!(due("nothing", true).await["reason"], "unknown");
    // A minute before midnight is the one that is not quiet.
    let minute = now() / 60_000 % (24 * 60);
    if minute < 24 * 60 - 2 {
        assert_eq!(due("night", true).await["reason"], "quiet");
    }
    // Of many tabs at once, no more than the limit.
    let tabs = futures_util::future::join_all((0..8).map(|_| due("remembered", true))).await;
    assert!(tabs.iter().filter(|answer| answer["show"] == true).count() <= 2);
    assert_eq!(due("remembered", true).await["reason"], "capped");

    for (body, status, part) in [
        (json!({ "event": "due" }), 422, "`trigger`"),
        (json!({ "event": "clicked" }), 422, "`exposure`"),
        (
            json!({ "event": "clicked", "exposure": "none" }),
            404,
            "nothing here",
        ),
        (json!({ "event": "seen", "exposure": "none" }), 422, "seen"),
        (
            json!({ "event": "due", "trigger": "help", "visitor": "ann" }),
            422,
            "`visitor`",
        ),
        (
            json!({ "event": "due", "trigger": "help", "website_token": "other" }),
            422,
            "website_token",
        ),
    ] {
        tell(&server, body).await.expect_problem(status, part);
    }
}

#[test]
fn a_wrong_trigger_is_named_before_anything_starts() {
    let folder = Folder::empty();
    for (text, named) in [
        (
            "[[proactive]]\nname = 'x'\nholdout = 2.0\nmessage = { en = 'Hi' }",
            "proactive.holdout of `x`",
        ),
        (
            "[[proactive]]\nname = 'x'\nmessage = { fr = 'Salut' }",
            "proactive.message of `x`",
        ),
        (
            "[[proactive]]\nname = 'x'\nevery = 1\nmessage = { en = 'Hi' }",
            "every",
        ),
    ] {
        folder.write("shopkeeper.toml", text);
        let said = complained(run(&folder, &["config"]));
        assert!(said.contains(named), "{said}");
    }
}

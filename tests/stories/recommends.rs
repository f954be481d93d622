//! Shoppers do things and the shop recommends: at once, with reasons, without keeping what they don't want kept.

use std::fmt::Write;
use std::time::{Duration, Instant};

use reqwest::{Client, Response};
use serde_json::{Value, json};
use shopkeeper::access::{Scope, keys};
use shopkeeper::recommend::{Event, EventKind, events};
use shopkeeper::store::Store;

use crate::common::{Folder, Server, complained, eventually, run, told, within};

/// A server whose recommender is trained, and a key for it.
struct Shop {
    server: Server,
    client: Client,
    key: String,
}

impl Shop {
    async fn open() -> Self {
        let folder = Folder::warm();
        told(run(&folder, &["train", "recommender"]));
        let server = Server::on(folder, &[]);
        let (_, key) = keys::create(&server.store().await, "shop", &[Scope::Recommend])
            .await
            .unwrap();
        Self {
            server,
            client: Client::new(),
            key,
        }
    }

    async fn get(&self, path: &str) -> Response {
        self.client
            .get(self.server.url(path))
            .bearer_auth(&self.key)
            .send()
            .await
            .unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Response {
        let request = self.client.post(self.server.url(path)).bearer_auth(&self.key);
        request.json(&body).send().await.unwrap()
    }

    async fn recommended(&self, shopper: &str) -> Vec<Value> {
        let answer = self.get(&format!("/api/v1/recommend/{shopper}")).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    async fn does(&self, shopper: &str, kind: &str, item: &str) {
        let answer = self
            .post(
                "/api/v1/feedback",
                json!({ "shopper": shopper, "kind": kind, "item": item }),
            )
            .await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    async fn stored_events(&self) -> i64 {
        shopkeeper::recommend::events::count(&self.server.store().await)
            .await
            .unwrap()
    }
}

fn ids(list: &[Value]) -> Vec<&str> {
    list.iter()
        .map(|found| found["item"]["id"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shopper_does_counts_in_the_next_answer() {
    let shop = Shop::open().await;
    let before = shop.recommended("ada").await;
    assert_eq!(before.len(), 10, "a new shopper gets something too");
    let looked_at = ids(&before)[3].to_owned();
    let start = Instant::now();
    shop.does("ada", "view", &looked_at).await;
    let after = shop.recommended("ada").await;
    // The bar is 50 ms; beside other tests it takes longer.
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(
        !ids(&after).contains(&looked_at.as_str()),
        "what was looked at is not shown again"
    );
    assert_ne!(ids(&before), ids(&after));
    assert!(
        after
            .iter()
            .all(|found| !found["reason_text"].as_str().unwrap().is_empty())
    );
    let because = after.iter().find(|found| found["because"] == looked_at.as_str());
    let because = because.expect("some are shown because of what was looked at");
    assert!(because["reason_text"].as_str().unwrap().len() > 15);

    // What isn't wanted goes; a retry of the same event counts once.
    let unwanted = ids(&after)[0].to_owned();
    let dismissal = json!([{ "id": "d-1", "shopper": "ada", "kind": "dismiss", "item": unwanted }]);
    for known in [0, 1] {
        let answer: Value = shop
            .post("/api/v1/feedback", dismissal.clone())
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(answer["known"], known);
    }
    assert!(!ids(&shop.recommended("ada").await).contains(&unwanted.as_str()));

    // A restart forgets nothing of it.
    let folder = shop.server.kill();
    let server = Server::on(folder, &[]);
    let shop = Shop { server, ..shop };
    let again = shop.recommended("ada").await;
    assert!(!ids(&again).contains(&unwanted.as_str()) && !ids(&again).contains(&looked_at.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_answered_without_being_kept_and_filters_hold() {
    let shop = Shop::open().await;
    let stored = shop.stored_events().await;
    let first: Vec<Value> = shop
        .post("/api/v1/session/recommend", json!({ "events": [] }))
        .await
        .json()
        .await
        .unwrap();
    let item = ids(&first)[0].to_owned();
    let body = json!({ "events": [{ "item": item }], "n": 5, "exclude": [ids(&first)[1]] });
    let found: Vec<Value> = shop
        .post("/api/v1/session/recommend", body)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(found.len(), 5);
    assert!(!ids(&found).contains(&item.as_str()) && !ids(&found).contains(&ids(&first)[1]));
    assert_eq!(shop.stored_events().await, stored);

    let near: Vec<Value> = shop
        .get(&format!("/api/v1/items/{item}/neighbors?n=4"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(near.len(), 4);
    assert!(!ids(&near).contains(&item.as_str()));

    let category = first[0]["item"]["category"][0].as_str().unwrap();
    let path = format!(
        "/api/v1/recommend/nobody?n=6&max_price=60&category={}",
        category.replace('&', "%26")
    );
    let cheap: Vec<Value> = shop.get(&path).await.json().await.unwrap();
    assert!(!cheap.is_empty());
    for found in &cheap {
        let item = &found["item"];
        let price = item["sale_price"]["minor"]
            .as_i64()
            .or(item["price"]["minor"].as_i64());
        assert!(price.unwrap() <= 6_000, "{item}");
        assert_eq!(item["category"][0], category);
        assert_eq!(item["in_stock"], true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_shopper_leaves_nothing() {
    let shop = Shop::open().await;
    let known = "synthetic-00003";
    let theirs = shop.recommended(known).await;
    let answer = shop
        .client
        .delete(shop.server.url(&format!("/api/v1/shoppers/{known}/events")))
        .bearer_auth(&shop.key);
    let report: Value = answer.send().await.unwrap().json().await.unwrap();
    assert!(report["events"].as_i64().unwrap() > 0, "{report}");
    assert!(
        report["downdated"].as_array().unwrap().contains(&json!("ease")),
        "{report}"
    );
    let nobody = shop.recommended("somebody-new").await;
    assert_eq!(ids(&shop.recommended(known).await), ids(&nobody));
    assert_ne!(ids(&theirs), ids(&nobody));
    let store = shop.server.store().await;
    let left = shopkeeper::recommend::events::after(&store, 0).await.unwrap();
    assert!(left.iter().all(|stored| stored.event.shopper != known));
    // The command line erases too, and a running server takes it up.
    let other = "synthetic-00011";
    let before = shop.recommended(other).await;
    told(run(&shop.server.folder, &["erase", other]));
    eventually("the server hears of the erasure", async || {
        let now = shop.recommended(other).await;
        (ids(&now) != ids(&before)).then_some(())
    })
    .await;
    // A restart loads what was trained with them, and leaves them out.
    let folder = shop.server.kill();
    let server = Server::on(folder, &[]);
    let shop = Shop { server, ..shop };
    assert_eq!(ids(&shop.recommended(known).await), ids(&nobody));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_events_and_questions_are_refused_by_field() {
    let shop = Shop::open().await;
    let stored = shop.stored_events().await;
    let item = ids(&shop.recommended("x").await)[0].to_owned();
    let event = |change: Value| {
        let mut event = json!({ "shopper": "bo", "kind": "view", "item": item });
        event
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        event
    };
    let future = shopkeeper::store::now() + 86_400_000;
    for (change, field) in [
        (json!({ "item": "no-such-thing" }), "item"),
        (json!({ "kind": "stare" }), "kind"),
        (json!({ "shopper": "" }), "shopper"),
        (json!({ "value": -1.0 }), "value"),
        (json!({ "kind": "rating", "value": 1e9 }), "value"),
        (json!({ "at": future }), "at"),
        (json!({ "at": -5 }), "at"),
    ] {
        let answer = shop.post("/api/v1/feedback", event(change.clone())).await;
        assert_eq!(answer.status(), 422, "{change}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let batch = json!([event(json!({})), event(json!({ "kind": "stare" }))]);
    let problem: Value = shop.post("/api/v1/feedback", batch).await.json().await.unwrap();
    assert_eq!(problem["errors"][0]["field"], "[1].kind");
    assert_eq!(shop.stored_events().await, stored, "a bad batch stores nothing");
    for (path, field) in [("n=0", "n"), ("n=many", "n"), ("max_price=cheap", "max_price")] {
        let answer = shop.get(&format!("/api/v1/recommend/bo?{path}")).await;
        assert_eq!(answer.status(), 422, "{path}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    assert_eq!(
        shop.get("/api/v1/items/no-such-thing/neighbors").await.status(),
        404
    );
    let without = shop
        .client
        .get(shop.server.url("/api/v1/recommend/bo"))
        .send()
        .await
        .unwrap();
    assert_eq!(without.status(), 401);
}

#[test]
fn events_come_from_files_and_bad_rows_are_named() {
    let folder = Folder::warm();
    let feed = "id,title,product_type,price\nT-1,Tent,Camping,10 USD\nT-2,Stove,Camping,20 USD\n";
    folder.write("items.csv", feed);
    told(run(&folder, &["import", "catalog", "items.csv", "--partial"]));
    let rows = "user_id,item_id,event,value,timestamp\n\
        ann,T-1,view,,1700000000\n\
        ann,T-9,view,,1700000000\n\
        ann,T-2,rating,NaN,1700000000\n\
        ann,T-2,rating,-3,1700000000\n\
        ann,T-2,purchase,1,4700000000\n\
        ann,T-2,glance,,1700000000\n\
        ann,T-2,purchase,1,2023-11-14T22:13:20Z\n";
    folder.write("events.csv", rows);
    let error = complained(run(&folder, &["import", "events", "events.csv", "--strict"]));
    assert!(error.contains("nothing was loaded: 5 bad rows"), "{error}");
    let error = complained(run(&folder, &["import", "events", "events.csv"]));
    for (line, part) in [
        (3, "`T-9` is not in the catalogue"),
        (4, "`value`"),
        (5, "`value`"),
        (6, "lies in the future"),
        (7, "`event`"),
    ] {
        let told = error
            .lines()
            .find(|told| told.starts_with(&format!("events.csv:{line}:")));
        assert!(told.is_some_and(|told| told.contains(part)), "{line}: {error}");
    }
    let again = run(&folder, &["import", "events", "events.csv"]);
    assert!(
        String::from_utf8_lossy(&again.stdout).contains("0 new, 2 known, 5 bad"),
        "{again:?}"
    );
    folder.write("headless.csv", "a,b\n1,2\n");
    assert!(
        complained(run(&folder, &["import", "events", "headless.csv"]))
            .contains("expected a column `user_id`")
    );
}

#[test]
fn anybody_can_examine_the_recommender_on_their_own_events() {
    let folder = Folder::warm();
    told(run(
        &folder,
        &[
            "synthetic",
            "events",
            "events.csv",
            "--shoppers",
            "120",
            "--events",
            "2500",
            "--seed",
            "3",
        ],
    ));
    told(run(&folder, &["export", "catalog", "items.jsonl"]));
    let arguments = [
        "evaluate",
        "recommend",
        "--events",
        "events.csv",
        "--items",
        "items.jsonl",
        "--cold",
        "--json",
    ];
    let report: Value = serde_json::from_str(&told(run(&folder, &arguments))).unwrap();
    let models = report["models"].as_array().unwrap();
    let figure = |name: &str| {
        let line = models.iter().find(|line| line["name"] == name);
        line.unwrap_or_else(|| panic!("{name}: {report}"))["ndcg_at_10"]
            .as_f64()
            .unwrap()
    };
    for name in [
        "user_knn_pearson",
        "als",
        "ease",
        "edlae",
        "content_tfidf",
        "word2vec",
        "vsknn",
        "network",
        "forest",
    ] {
        assert!(figure(name) >= 0.0);
    }
    assert!(figure("hybrid") > figure("popularity"), "{report}");
    for key in [
        "map",
        "precision",
        "recall",
        "coverage",
        "train_seconds",
        "p50_micros",
        "p99_micros",
    ] {
        assert!(models[0][key].is_number(), "{key}");
    }
    let (before, after) = (&report["fairness"]["before"], &report["fairness"]["after"]);
    assert!(after["long_tail_share"].as_f64().unwrap() >= 0.1, "{report}");
    assert!(before["gini"].as_f64().unwrap() < 1.0, "{report}");
    assert_eq!(report["cold_start"]["new_shoppers"].as_array().unwrap().len(), 4);

    folder.write("train.txt", "1 2 3\n2 3 4\n1 2 3 4\n5 6\n");
    folder.write("test.txt", "1 2\t3\n5\t6\n");
    let arguments = [
        "evaluate",
        "recommend",
        "--protocol",
        "sessions",
        "--events",
        "train.txt",
        "--test",
        "test.txt",
        "--json",
    ];
    let report: Value = serde_json::from_str(&told(run(&folder, &arguments))).unwrap();
    assert_eq!(report["models"][1]["precision_at_20"], 1.0);
}

#[test]
fn rankers_learn_a_plain_table_and_score_a_row() {
    let folder = Folder::empty();
    let mut table = String::from(
        "user_interest_a,user_interest_b,product_attribute_a,user_product_similarity,recommendation_score\n",
    );
    for row in 0..600u32 {
        let part = |factor: u32| f64::from(row * factor % 101) / 100.0;
        let (a, b, c, s) = (part(7), part(31), part(57), part(89));
        writeln!(table, "{a},{b},{c},{s},{}", 0.1 + 0.4 * a * c + 0.3 * s + 0.1 * b).unwrap();
    }
    table.push_str("0.1,much,0.2,0.3,0.4\n");
    folder.write("scores.csv", &table);
    let row = "user_interest_a=0.5,user_interest_b=0.5,product_attribute_a=0.5,user_product_similarity=0.5";
    let output = run(
        &folder,
        &[
            "evaluate",
            "ranker",
            "--table",
            "scores.csv",
            "--row",
            row,
            "--json",
        ],
    );
    let report: Value = serde_json::from_str(&told(&output)).unwrap();
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("scores.csv:602:"),
        "{output:?}"
    );
    let lines = report["report"]["lines"].as_array().unwrap();
    let network = lines.iter().find(|line| line["name"] == "network").unwrap();
    assert!(network["scores"]["mse"].as_f64().unwrap() < 0.001, "{network}");
    let scores = report["scores"].as_array().unwrap();
    let network = scores.iter().find(|score| score[0] == "network").unwrap();
    assert!((network[1].as_f64().unwrap() - 0.4).abs() < 0.05, "{network}");
    let error = complained(run(
        &folder,
        &[
            "evaluate",
            "ranker",
            "--table",
            "scores.csv",
            "--row",
            "user_interest_a=1",
        ],
    ));
    assert!(error.contains("product_attribute_a"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_orders_a_training_and_stops_it() {
    let server = Server::start();
    let (_, key) = keys::create(&server.store().await, "shop", &[Scope::Recommend])
        .await
        .unwrap();
    let shop = Shop {
        server,
        client: Client::new(),
        key,
    };
    let path = "/api/v1/recommender/trainings";
    let without = shop.client.get(shop.server.url(path)).send().await.unwrap();
    assert_eq!(without.status(), 401);
    let started = shop.post(path, json!({})).await;
    assert_eq!(started.status(), 202);
    let started: Value = started.json().await.unwrap();
    assert_eq!(started["status"], "running", "{started}");
    assert_eq!(shop.post(path, json!({})).await.status(), 409);
    assert_eq!(shop.post(path, json!({ "mode": "fast" })).await.status(), 422);
    let own = format!("{path}/{}", started["id"].as_str().unwrap());
    within(Duration::from_secs(120), "it says how far it is", async || {
        let training: Value = shop.get(&own).await.json().await.unwrap();
        training["step"]["what"].is_string().then_some(())
    })
    .await;
    let stop = shop.client.delete(shop.server.url(&own)).bearer_auth(&shop.key);
    let stopped: Value = stop.send().await.unwrap().json().await.unwrap();
    assert_eq!(stopped["status"], "cancelled", "{stopped}");
    assert_eq!(shop.get(&format!("{path}/none")).await.status(), 404);

    let again: Value = shop.post(path, json!({})).await.json().await.unwrap();
    let own = format!("{path}/{}", again["id"].as_str().unwrap());
    // It gives way to all other tests.
    let ended = within(Duration::from_secs(400), "the training ends", async || {
        let training: Value = shop.get(&own).await.json().await.unwrap();
        (training["status"] != "running").then_some(training)
    })
    .await;
    assert_eq!(ended["status"], "done", "{ended}");
    assert!(ended["model_id"].is_string(), "{ended}");
    let all: Value = shop.get(path).await.json().await.unwrap();
    assert_eq!(all.as_array().unwrap().len(), 2);
    eventually("it serves", async || {
        let list = shop.recommended("synthetic-00007").await;
        let personal = list.iter().any(|found| found["reason"] != "new");
        personal.then_some(())
    })
    .await;
}

#[tokio::test]
async fn events_with_and_without_a_value_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let url = Store::sqlite_url(&folder.path().join("shop.db"));
    let store = Store::open(&url).await.unwrap();
    each_has_its_value(&store).await;
}

/// Batches of one size share a statement, whatever is absent in them.
pub async fn each_has_its_value(store: &Store) {
    let values = [None, Some(2.0), None, Some(4.5)];
    for (at, value) in values.iter().enumerate() {
        let event = Event {
            shopper: "values".into(),
            kind: EventKind::Purchase,
            value: *value,
            ..Event::of_session("mug", 1_000 + at as i64)
        };
        let recorded = events::record(store, &[(format!("value {at}"), event)]).await;
        assert_eq!(recorded.unwrap().stored, 1);
    }
    let stored = events::after(store, 0).await.unwrap().into_iter();
    let own = stored.filter(|stored| stored.event.shopper == "values");
    assert_eq!(own.map(|stored| stored.event.value).collect::<Vec<_>>(), values);
}

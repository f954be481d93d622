//! The demo shop's product pages, and what they tell and ask for a visitor.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use shopkeeper::recommend::events;

use crate::common::{Answer, Server, eventually, run};

const VISITOR: &str = "v_00112233445566778899aabbccddeeff";

/// A server that trains only when it is told to.
fn untrained() -> Server {
    Server::with(&[("SHOPKEEPER_RECOMMEND_TRAIN", "false")])
}

async fn page(server: &Server, path: &str) -> (u16, String) {
    let answer = Client::new().get(server.url(path)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[track_caller]
fn has(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "`{part}` is missing in {html}");
    }
}

async fn api(server: &Server, path: &str, mut body: Value) -> Answer {
    body["website_token"] = "demo".into();
    let request = Client::new().post(server.url(&format!("/api/v1/widget{path}")));
    Answer::of(request.json(&body)).await
}

/// The ids of the cards of a page or a part of one, in their order.
fn cards(html: &str) -> Vec<String> {
    let after = html.split("data-item=\"").skip(1);
    after
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

async fn for_you(server: &Server, mut body: Value) -> String {
    body["website_token"] = "demo".into();
    let request = Client::new().post(server.url("/shop/for-you")).json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_shopper_without_scripts_comes_from_the_categories_to_a_product() {
    let server = untrained();
    let (status, html) = page(&server, "/products").await;
    assert_eq!(status, 200);
    has(
        &html,
        &[
            "<h1>Products</h1>",
            "href=\"/products?category=Camping\"",
            "/pictures/tent-",
            "Search the products",
        ],
    );
    let (_, html) = page(&server, "/products?category=Camping%20%3E%20Tents").await;
    has(
        &html,
        &[
            "<h1>Tents</h1>",
            "One-person tents",
            "href=\"/products/LF-1101\"",
            "$249.00",
            "<strong class=\"lowered\">$109.00</strong>",
            "<s>$139.00</s>",
        ],
    );
    assert!(!html.contains("Ironbeck"), "a brand that makes no tents");
    let (_, html) = page(&server, "/products/LF-1101").await;
    has(
        &html,
        &[
            "<h1 itemprop=\"name\">Northpeak Sparrow 1 one-person tent</h1>",
            "<th scope=\"row\">Capacity</th><td>1 person</td>",
            "content=\"249.00\"",
            "href=\"https://schema.org/InStock\"",
            "href=\"/products?category=Camping%20%3E%20Tents%20%3E%20One-person%20tents\"",
            "In stock",
        ],
    );
    let answer = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .get(server.url("/categories/Camping/Tents"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.headers()["location"],
        "/products?category=Camping%20%3E%20Tents"
    );
    for path in ["/products/none", "/products/%00", "/products/a%2Fb"] {
        let (status, html) = page(&server, path).await;
        assert_eq!(status, 404, "{path}");
        has(&html, &["This page isn&#39;t here"]);
    }
    let (_, html) = page(&server, "/").await;
    has(
        &html,
        &[
            "Popular now",
            "New in the shop",
            "href=\"/products?category=Footwear\"",
        ],
    );
}

#[tokio::test]
async fn filters_narrow_what_is_found_and_a_wrong_price_is_told() {
    let server = untrained();
    let count = async |query: &str| {
        let (_, html) = page(&server, &format!("/products?{query}")).await;
        let said = html.split("role=\"status\">").nth(1).unwrap();
        let said = said.split('<').next().unwrap().to_owned();
        let number: usize = said.split(' ').next().unwrap().parse().unwrap_or(0);
        (number, html)
    };
    let (all, _) = count("category=Footwear").await;
    let (dear, html) = count("category=Footwear&min_price=100&sort=price_up").await;
    let (dearer, _) = count("category=Footwear&min_price=100&brand=fellmark").await;
    assert!(all > dear && dear > dearer && dearer > 0, "{all} {dear} {dearer}");
    has(
        &html,
        &["value=\"price_up\" selected", "value=\"100\"", "Fellmark ("],
    );
    let (none, html) = count("q=boots&max_price=1").await;
    assert_eq!(none, 0);
    has(&html, &["Nothing found", "Nothing fits all of this"]);

    let (status, html) = page(&server, "/products?min_price=much&category=Footwear").await;
    assert_eq!(status, 422);
    has(&html, &["A price is a number", "value=\"much\"", "data-item="]);

    // Pages follow each other without a gap.
    let (_, first) = page(&server, "/products?sort=price_up").await;
    let next = first.split("rel=\"next\" href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let (_, second) = page(&server, &next).await;
    has(&second, &["rel=\"prev\"", "25–48 of"]);
    assert!(cards(&first).iter().all(|id| !cards(&second).contains(id)));

    // A script gets the results alone, and the address of the whole page.
    let request = Client::new().get(server.url("/products?q=boots&brand=&cursor="));
    let answer = request.header("hx-request", "true").send().await.unwrap();
    assert_eq!(answer.headers()["hx-replace-url"], "/products?q=boots");
    let part = answer.text().await.unwrap();
    assert!(!part.contains("<html"));
    has(&part, &["data-kind=\"search\"", "hx-swap-oob"]);
}

#[tokio::test]
async fn what_a_visitor_does_counts_in_their_next_row_until_they_are_forgotten() {
    let server = untrained();
    let output = run(&server.folder, &["train", "recommender"]);
    assert!(output.status.success(), "{output:?}");
    eventually("the recommender serves", async || {
        let row = for_you(&server, json!({})).await;
        (!row.contains("New in the shop")).then_some(())
    })
    .await;
    let store = server.store().await;
    let stored = async || events::count(&store).await.unwrap();
    let before = stored().await;

    // Whoever is not remembered gets a row from what the request tells, and leaves no trace.
    let visit = json!([{ "item": "LF-1101", "kind": "view" }]);
    let session = for_you(&server, json!({ "events": visit, "n": 5 })).await;
    has(&session, &["For you", "class=\"reason\""]);
    let found = api(&server, "/recommend", json!({ "events": visit, "n": 3 })).await;
    let found = found.expect(200);
    assert_eq!(found.as_array().unwrap().len(), 3);
    assert!(!found[0]["reason_text"].as_str().unwrap().is_empty());
    let newcomer = for_you(&server, json!({ "visitor": VISITOR, "n": 10 })).await;
    assert_eq!(stored().await, before);

    // A visitor's events are kept once, and the next row is another.
    let told = json!({ "visitor": VISITOR, "events": [
        { "id": "1", "item": "LF-1101", "kind": "view", "session": "s" },
        { "id": "2", "item": "LF-1102", "kind": "click" },
    ] });
    let recorded = api(&server, "/events", told.clone()).await.expect(200);
    assert_eq!(recorded, json!({ "stored": 2, "known": 0 }));
    let row = for_you(&server, json!({ "visitor": VISITOR, "n": 10 })).await;
    assert_ne!(cards(&row), cards(&newcomer));
    assert_eq!(
        api(&server, "/events", told).await.expect(200),
        json!({ "stored": 0, "known": 2 })
    );

    // What isn't wanted does not come again.
    let unwanted = cards(&row).swap_remove(0);
    let dismissal = json!({ "visitor": VISITOR, "events": [{ "item": unwanted, "kind": "dismiss" }] });
    api(&server, "/events", dismissal).await.expect(200);
    let row = for_you(&server, json!({ "visitor": VISITOR, "n": 50 })).await;
    assert!(!cards(&row).contains(&unwanted));
    let session = json!([{ "item": "LF-1101" }, { "item": unwanted, "kind": "dismiss" }]);
    let row = for_you(&server, json!({ "events": session, "n": 50 })).await;
    assert!(!cards(&row).contains(&unwanted));

    // Similar products stand on the product's page.
    let (_, html) = page(&server, "/products/LF-1101").await;
    has(&html, &["Similar products"]);

    let forget = server.url(&format!("/api/v1/widget/visitors/{VISITOR}?website_token=demo"));
    let erased = Answer::of(Client::new().request(Method::DELETE, forget))
        .await
        .expect(200);
    assert_eq!(erased["events"], 3);
    assert_eq!(stored().await, before);
    let row = for_you(&server, json!({ "visitor": VISITOR, "n": 10 })).await;
    assert_eq!(cards(&row), cards(&newcomer));
}

#[tokio::test]
async fn what_a_page_tells_wrongly_is_named() {
    let server = untrained();
    let store = server.store().await;
    let before = events::count(&store).await.unwrap();
    let view = json!({ "item": "LF-1101", "kind": "view" });
    let told = |visitor: &str, event: Value| json!({ "visitor": visitor, "events": [view, event] });
    for (body, part) in [
        (told("somebody", view.clone()), "`visitor`"),
        (told(&VISITOR.to_uppercase(), view.clone()), "`visitor`"),
        (
            told(VISITOR, json!({ "item": "none", "kind": "view" })),
            "`events[1].item`",
        ),
        (
            told(VISITOR, json!({ "item": "LF-1101", "kind": "purchase" })),
            "`events[1].kind`",
        ),
        (
            told(VISITOR, json!({ "item": "LF-1101", "kind": "view", "id": "" })),
            "`events[1].id`",
        ),
        (
            told(
                VISITOR,
                json!({ "item": "LF-1101", "kind": "view", "session": "s".repeat(65) }),
            ),
            "`events[1].session`",
        ),
        (
            json!({ "visitor": VISITOR, "events": vec![view.clone(); 51] }),
            "`events`",
        ),
    ] {
        api(&server, "/events", body).await.expect_problem(422, part);
    }
    for (body, part) in [
        (json!({ "visitor": "x" }), "`visitor`"),
        (json!({ "visitor": VISITOR, "events": [view] }), "`events`"),
        (json!({ "events": [{ "item": "none" }] }), "`events[0].item`"),
        (
            json!({ "events": [{ "item": "LF-1101", "kind": "stare" }] }),
            "`events[0].kind`",
        ),
        (json!({ "n": 0 }), "`n`"),
    ] {
        api(&server, "/recommend", body).await.expect_problem(422, part);
    }
    let request = Client::new()
        .post(server.url("/shop/for-you"))
        .json(&json!({ "website_token": "other" }));
    Answer::of(request).await.expect_problem(422, "`website_token`");
    for (id, token, part) in [("x", "demo", "`id`"), (VISITOR, "other", "`website_token`")] {
        let address = server.url(&format!("/api/v1/widget/visitors/{id}?website_token={token}"));
        Answer::of(Client::new().delete(address))
            .await
            .expect_problem(422, part);
    }
    assert_eq!(events::count(&store).await.unwrap(), before);
}

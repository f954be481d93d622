//! A shopper's whole way through the demo shop, without scripts: product, cart, codes, checkout, order, history.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use shopkeeper::promotions::redemptions::{Wanted, list};
use shopkeeper::recommend::events;

use crate::common::{Server, eventually, run};

const TENT: &str = "LF-1101";
const MUG: &str = "LF-1815";

/// A browser that runs no scripts: it keeps cookies, follows redirects and says where its forms come from.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    address: String,
    cookies: BTreeMap<String, String>,
}

/// A page that was shown.
pub struct Page {
    pub status: u16,
    pub path: String,
    pub html: String,
}

impl Browser {
    pub fn on(server: &Server) -> Self {
        Self {
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
            address: server.address.clone(),
            cookies: BTreeMap::new(),
        }
    }

    pub async fn open(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, None, None).await
    }

    /// Sends a form of a page of the shop.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let own = format!("http://{}", self.address);
        self.post_from(Some(&own), path, fields).await
    }

    async fn post_from(&mut self, origin: Option<&str>, path: &str, fields: &[(&str, &str)]) -> Page {
        let pair =
            |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        let body: Vec<String> = fields.iter().map(pair).collect();
        self.send(Method::POST, path, origin, Some(body.join("&"))).await
    }

    async fn send(&mut self, method: Method, path: &str, origin: Option<&str>, body: Option<String>) -> Page {
        let (mut method, mut path, mut body) = (method, path.to_owned(), body);
        loop {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let url = format!("http://{}{path}", self.address);
            let mut request = self
                .client
                .request(method.clone(), url)
                .header(COOKIE, cookies.join("; "));
            if let Some(body) = body.take() {
                request = request
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(body);
            }
            if let Some(origin) = origin {
                request = request.header(ORIGIN, origin);
            }
            let answer = request.send().await.unwrap();
            for cookie in answer.headers().get_all(SET_COOKIE) {
                let text = cookie.to_str().unwrap();
                assert!(
                    text.contains("HttpOnly") && text.contains("SameSite=Strict"),
                    "{text}"
                );
                let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.into(), value.into());
            }
            if answer.status().as_u16() == 303 {
                path = answer.headers()[LOCATION].to_str().unwrap().to_owned();
                method = Method::GET;
                continue;
            }
            return Page {
                status: answer.status().as_u16(),
                path,
                html: answer.text().await.unwrap(),
            };
        }
    }

    /// Puts something into the cart from its product's page.
    pub async fn put(&mut self, item: &str, quantity: &str) -> Page {
        self.post("/cart/lines", &[("item", item), ("quantity", quantity)])
            .await
    }

    /// Goes from the cart to the last look before the order.
    pub async fn check_out(&mut self, email: &str) -> Page {
        let page = self.open("/checkout").await;
        let (token, shown) = (page.field("token"), page.field("shown"));
        let mut fields = address(email);
        fields.extend([("token", token.as_str()), ("shown", shown.as_str())]);
        self.post("/checkout", &fields).await
    }

    /// Presses the button of the last look.
    pub async fn order(&mut self, review: &Page) -> Page {
        let fields: Vec<(&str, String)> = ["token", "checkout", "shown"]
            .map(|name| (name, review.field(name)))
            .into();
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.post("/checkout/order", &fields).await
    }
}

impl Page {
    /// The value of a hidden field.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.html.split(&start).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no field `{name}` in {}", self.html));
        rest.split('"').next().unwrap().to_owned()
    }

    #[track_caller]
    pub fn has(&self, parts: &[&str]) {
        for part in parts {
            assert!(
                self.html.contains(part),
                "`{part}` is missing in {}: {}",
                self.path,
                self.html
            );
        }
    }

    #[track_caller]
    pub fn has_not(&self, part: &str) {
        assert!(
            !self.html.contains(part),
            "`{part}` is in {}: {}",
            self.path,
            self.html
        );
    }
}

fn address(email: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("name", "Ada Lovelace"),
        ("email", email),
        ("street", "14 Mill Lane"),
        ("city", "Burlington"),
        ("region", "VT"),
        ("postcode", "05401"),
    ]
}

#[tokio::test]
async fn a_shopper_goes_from_a_product_to_an_order_and_finds_it_again() {
    let server = Server::start();
    let mut browser = Browser::on(&server);
    let page = browser.open(&format!("/products/{MUG}")).await;
    page.has(&["action=\"/cart/lines\"", "Add to cart"]);
    assert!(browser.cookies.is_empty(), "looking sets no cookie");

    // Four mugs: the offer comes by itself.
    let page = browser.put(MUG, "4").await;
    assert_eq!((page.status, page.path.as_str()), (200, "/cart"));
    page.has(&[
        "Four mugs for three",
        "\u{2212}$",
        "value=\"4\"",
        "$5.95",
        "<b>4</b>",
    ]);
    browser.open("/").await.has(&["<b>4</b>"]);

    // A code that doesn't exist is told beside the field and not kept.
    let token = page.field("token");
    let page = browser
        .post("/cart/codes", &[("token", &token), ("code", "NO-SUCH")])
        .await;
    assert_eq!(page.status, 422);
    page.has(&["We don&#39;t know this code", "value=\"NO-SUCH\""]);
    browser.open("/cart").await.has_not("NO-SUCH");

    // One that does waits until it is known who orders: it is for one order of each customer.
    browser.put(TENT, "1").await;
    let page = browser
        .post("/cart/codes", &[("token", &token), ("code", "canvas")])
        .await;
    assert_eq!((page.status, page.path.as_str()), (200, "/cart"));
    page.has(&["canvas", "at checkout"]);

    // What is missing is told beside its field.
    let details = browser.open("/checkout").await;
    let page = browser
        .post(
            "/checkout",
            &[("token", &token), ("name", "Ada"), ("email", "ada")],
        )
        .await;
    assert_eq!(page.status, 422);
    page.has(&[
        "id=\"email-wrong\"",
        "name@example.com",
        "id=\"street-wrong\"",
        "value=\"Ada\"",
    ]);

    let before: i64 = details.field("shown").parse().unwrap();
    let review = browser.check_out("Ada@Shop.example").await;
    assert!(review.path.starts_with("/checkout/review"), "{}", review.path);
    review.has(&[
        "Demonstration: nothing is charged",
        "Under canvas",
        "14 Mill Lane",
        "Your total was",
    ]);
    let after: i64 = review.field("shown").parse().unwrap();
    assert_eq!(before - after, 3735, "15 % of a tent of $249.00");

    let page = browser.order(&review).await;
    assert_eq!(page.path, "/orders/10001");
    page.has(&[
        "Order 10001",
        "Thank you",
        "Northpeak Sparrow 1",
        "Under canvas",
        "Four mugs for three",
    ]);
    browser
        .open("/orders")
        .await
        .has(&["/orders/10001", "Northpeak Sparrow 1"]);
    browser.open("/cart").await.has(&["nothing in your cart"]);

    // Nobody else sees it.
    let mut other = Browser::on(&server);
    assert_eq!(other.open("/orders/10001").await.status, 404);
    other.open("/orders").await.has(&["No order has been placed"]);

    // The same person in another browser has used the code, and is told before ordering.
    let cart = other.put(TENT, "1").await;
    other
        .post(
            "/cart/codes",
            &[("token", &cart.field("token")), ("code", "CANVAS")],
        )
        .await;
    let review = other.check_out(" ada@shop.example").await;
    review.has(&["The code CANVAS is not applied"]);

    // The books agree, and know no address.
    let store = server.store().await;
    let redemptions = list(
        &store,
        &Wanted {
            most: 10,
            ..Wanted::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(redemptions.len(), 1);
    assert_eq!(redemptions[0].order.as_deref(), Some("10001"));
    assert_eq!(redemptions[0].outcome.total, after);
    assert!(!format!("{redemptions:?}").contains("shop.example"));
    assert!(!server.log().contains("shop.example"));
}

#[tokio::test]
async fn a_button_pressed_many_times_places_one_order() {
    let server = Server::start();
    let mut browser = Browser::on(&server);
    browser.put(MUG, "1").await;
    let review = browser.check_out("ada@shop.example").await;
    let presses = (0..8).map(|_| {
        let (mut browser, review) = (
            browser.clone(),
            Page {
                html: review.html.clone(),
                path: review.path.clone(),
                ..review
            },
        );
        tokio::spawn(async move { browser.order(&review).await })
    });
    let presses: Vec<_> = presses.collect();
    for press in presses {
        let page = press.await.unwrap();
        assert_eq!(page.path, "/orders/10001", "{}", page.html);
    }
    // Going back and pressing again is the same order.
    assert_eq!(browser.order(&review).await.path, "/orders/10001");
    let store = server.store().await;
    let redemptions = list(
        &store,
        &Wanted {
            most: 10,
            ..Wanted::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(redemptions.len(), 1);
    assert_eq!(browser.open("/orders/10002").await.status, 404);
}

#[tokio::test]
async fn an_order_never_costs_more_than_was_shown() {
    let server = Server::start();
    let mut browser = Browser::on(&server);
    browser.put(MUG, "1").await;
    let review = browser.check_out("ada@shop.example").await;
    // In another window, the cart has grown since.
    browser.put(MUG, "2").await;
    let page = browser.order(&review).await;
    assert_eq!(page.status, 409);
    page.has(&["This has changed", "Your total was"]);
    browser.open("/orders").await.has(&["No order has been placed"]);
    // Seen and agreed to, it is placed.
    assert_eq!(browser.order(&page).await.path, "/orders/10001");
}

#[tokio::test]
async fn a_crash_between_the_redemption_and_the_order_loses_and_doubles_nothing() {
    let server = Server::start();
    let mut browser = Browser::on(&server);
    browser.put(MUG, "4").await;
    let review = browser.check_out("ada@shop.example").await;
    browser.order(&review).await;
    let store = server.store().await;
    // As a crash would have left it: redeemed, and the order not yet placed.
    sqlx::query("UPDATE orders SET status = 'placing', redemption = NULL, outcome = NULL, placed_at = placed_at - 3600000")
        .execute(store.writer())
        .await
        .unwrap();
    let server = Server::on(server.kill(), &[]);
    browser.address = server.address.clone();
    eventually("the order is placed", async || {
        let page = browser.clone().open("/orders/10001").await;
        page.html.contains("Thank you").then_some(())
    })
    .await;
    let redemptions = list(
        &store,
        &Wanted {
            most: 10,
            ..Wanted::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(redemptions.len(), 1);
    drop(store);
    let verified = run(&server.folder, &["promotions", "verify"]);
    assert!(verified.status.success(), "{verified:?}");
}

#[tokio::test]
async fn forms_without_a_token_or_from_elsewhere_change_nothing() {
    let server = Server::start();
    let mut browser = Browser::on(&server);
    let own = format!("http://{}", server.address);
    for origin in [None, Some("https://evil.example"), Some("null")] {
        let page = browser.post_from(origin, "/cart/lines", &[("item", MUG)]).await;
        assert_eq!(page.status, 403, "{origin:?}");
        assert!(browser.cookies.is_empty());
    }
    let token = browser.put(MUG, "2").await.field("token");
    for (path, fields) in [
        ("/cart/quantity", vec![("item", MUG), ("quantity", "5")]),
        ("/cart/remove", vec![("item", MUG)]),
        ("/cart/codes", vec![("code", "CANVAS")]),
        ("/cart/codes/remove", vec![("code", "CANVAS")]),
        ("/checkout", address("ada@shop.example")),
        ("/checkout/order", vec![("checkout", "x"), ("shown", "1")]),
    ] {
        for (origin, sent) in [
            (Some(own.as_str()), ""),
            (Some(own.as_str()), "0000"),
            (Some("https://evil.example"), token.as_str()),
            (None, token.as_str()),
        ] {
            let mut fields = fields.clone();
            fields.push(("token", sent));
            let page = browser.post_from(origin, path, &fields).await;
            assert_eq!(page.status, 403, "{path} {origin:?} {sent}");
        }
    }
    let page = browser.open("/cart").await;
    page.has(&["value=\"2\""]);
    page.has_not("CANVAS");
}

#[tokio::test]
async fn bad_quantities_guesses_and_items_that_left_are_told() {
    let server = Server::start();
    let mut browser = Browser::on(&server);
    for (item, quantity) in [
        (MUG, "0"),
        (MUG, "100"),
        (MUG, "-1"),
        (MUG, "1.5"),
        (MUG, "many"),
        ("none", "1"),
    ] {
        let page = browser.put(item, quantity).await;
        assert_eq!(page.status, 422, "{item} {quantity}");
        page.has(&["Nothing was changed"]);
    }
    let token = browser.put(MUG, "2").await.field("token");
    let mut statuses = Vec::new();
    for number in 0..12 {
        let code = format!("GUESS-{number}");
        statuses.push(
            browser
                .post("/cart/codes", &[("token", &token), ("code", &code)])
                .await
                .status,
        );
    }
    assert_eq!((statuses[0], statuses[11]), (422, 429), "{statuses:?}");
    let store = server.store().await;
    for statement in [
        "UPDATE counters SET value = value + 1 WHERE name = 'catalogue'",
        "UPDATE items SET availability = 'out_of_stock', stock = 0,
             revision = (SELECT value FROM counters WHERE name = 'catalogue') WHERE id = 'LF-1815'",
    ] {
        sqlx::query(statement).execute(store.writer()).await.unwrap();
    }
    eventually("the cart says that it sold out", async || {
        let page = browser.clone().open("/cart").await;
        page.html.contains("sold out since").then_some(())
    })
    .await;
    assert_eq!(browser.open("/checkout").await.path, "/cart");
}

#[tokio::test]
async fn a_purchase_is_told_of_visitors_who_agreed_and_of_nobody_else() {
    let server = Server::start();
    let store = server.store().await;
    let before = events::count(&store).await.unwrap();
    let mut browser = Browser::on(&server);
    for visitor in ["", "somebody", "v_00112233445566778899aabbccddeeff"] {
        browser.put(MUG, "1").await;
        let review = browser.check_out("ada@shop.example").await;
        let [token, checkout, shown] = ["token", "checkout", "shown"].map(|name| review.field(name));
        let fields = [
            ("token", token.as_str()),
            ("checkout", &checkout),
            ("shown", &shown),
            ("visitor", visitor),
        ];
        let page = browser.post("/checkout/order", &fields).await;
        assert!(page.path.starts_with("/orders/"), "{}", page.html);
    }
    assert_eq!(events::count(&store).await.unwrap(), before + 1);
}

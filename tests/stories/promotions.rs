//! Money: what a shop gives is given once, to whom it was promised, and the books agree. Most stories work on the rooms
//! themselves, so that hundreds of buyers can meet in one moment; PostgreSQL hears them too.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::{Value, json};
use shopkeeper::access::{Scope, keys};
use shopkeeper::progress::Progress;
use shopkeeper::promotions::cart::{Cart, Line, Shopper};
use shopkeeper::promotions::format::read_file;
use shopkeeper::promotions::outcome::{Occasion, Outcome};
use shopkeeper::promotions::reason::Reason;
use shopkeeper::promotions::roll_back::Returned;
use shopkeeper::promotions::{
    PromotionError, Promotions, Redeemed, RedemptionRequest, RollBackRequest, verify,
};
use shopkeeper::store::{Store, now};

use crate::common::{Folder, Server, complained, eventually, run, told};

const MOST_OFFERS: usize = 5;

/// A shop's promotions with campaigns of a file.
struct Shop {
    store: Store,
    promotions: Promotions,
    /// Keeps the database.
    _folder: Option<Folder>,
}

impl Shop {
    async fn on(store: Store, campaigns: &str) -> Self {
        let promotions = Promotions::open(store.clone(), MOST_OFFERS).await.unwrap();
        let (campaigns, errors) = read_file(campaigns).unwrap();
        assert_eq!(errors, []);
        promotions.save(&campaigns).await.unwrap();
        Self {
            store,
            promotions,
            _folder: None,
        }
    }

    async fn with(campaigns: &str) -> Self {
        let folder = Folder::empty();
        std::fs::create_dir_all(folder.data()).unwrap();
        let shop = Self::on(folder.store().await, campaigns).await;
        Self {
            _folder: Some(folder),
            ..shop
        }
    }

    async fn redeem(&self, shopper: &str, codes: &[&str], key: &str) -> Result<Redeemed, PromotionError> {
        self.promotions.redeem(request(shopper, codes, key)).await
    }

    async fn reasons(&self, shopper: &str, codes: &[&str]) -> Vec<Reason> {
        let evaluation = self
            .promotions
            .evaluate(&occasion(shopper, codes), None)
            .await
            .unwrap();
        evaluation
            .refused
            .into_iter()
            .flat_map(|refused| refused.reasons)
            .collect()
    }

    async fn roll_back(&self, redemption: &Redeemed, returned: Returned) {
        let request = RollBackRequest {
            redemption: redemption.redemption.id.clone(),
            returned,
            ..RollBackRequest::default()
        };
        self.promotions.roll_back(&request).await.unwrap();
    }

    async fn books_agree(&self) -> verify::Verified {
        let verified = verify::verify(&self.store, &Progress::silent()).await.unwrap();
        assert!(verified.wrong.is_empty(), "{:?}", verified.wrong);
        verified
    }
}

fn line(id: &str, quantity: u32, unit_price: i64) -> Line {
    Line {
        id: id.into(),
        item: id.into(),
        quantity,
        unit_price,
        category: vec!["Camping".into(), "Tents".into()],
        brand: "Northpeak".into(),
    }
}

fn occasion(shopper: &str, codes: &[&str]) -> Occasion {
    Occasion {
        cart: Cart {
            currency: "USD".into(),
            lines: vec![line("tent", 1, 20_000), line("peg", 3, 333)],
            shipping: 590,
        },
        shopper: Shopper {
            id: Some(shopper.into()),
            ..Shopper::default()
        },
        at: now(),
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
    }
}

fn request(shopper: &str, codes: &[&str], key: &str) -> RedemptionRequest {
    RedemptionRequest {
        occasion: occasion(shopper, codes),
        idempotency_key: Some(key.into()),
        fingerprint: format!("{shopper} {codes:?}"),
        ..RedemptionRequest::default()
    }
}

fn refused(result: Result<Redeemed, PromotionError>) -> Outcome {
    match result {
        Err(PromotionError::Refused(outcome)) => *outcome,
        other => panic!("{other:?}"),
    }
}

const TEN: &str = "[[campaign]]\nid = \"ten\"\nname = \"Ten\"\ncode = \"TEN\"\n\
    benefit = { kind = \"percent\", percent = 10 }\nlimits = { total = 10 }\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_last_ten_uses_go_to_ten_of_two_hundred() {
    let shop = Shop::with(TEN).await;
    goes_to_ten(&shop).await;
}

/// The same where the database has many writers.
pub async fn the_last_uses_go_to_ten(store: Store) {
    // Two servers on one database: neither knows of the other.
    let shop = Shop::on(store.clone(), TEN).await;
    let other = Promotions::open(store, MOST_OFFERS).await.unwrap();
    let mut buyers = Vec::new();
    for number in 0..200 {
        let promotions = [shop.promotions.clone(), other.clone()][number % 2].clone();
        buyers.push(tokio::spawn(async move {
            promotions
                .redeem(request(&format!("s{number}"), &["ten"], &format!("pg{number}")))
                .await
        }));
    }
    count_ten(buyers).await;
    assert_eq!(shop.books_agree().await.redemptions, 10);
}

async fn goes_to_ten(shop: &Shop) {
    let mut buyers = Vec::new();
    for number in 0..200 {
        let promotions = shop.promotions.clone();
        buyers.push(tokio::spawn(async move {
            promotions
                .redeem(request(&format!("s{number}"), &["ten"], &format!("k{number}")))
                .await
        }));
    }
    count_ten(buyers).await;
    assert_eq!(shop.books_agree().await.redemptions, 10);
}

async fn count_ten(buyers: Vec<tokio::task::JoinHandle<Result<Redeemed, PromotionError>>>) {
    let (mut got, mut used_up) = (0, 0);
    for buyer in buyers {
        match buyer.await.unwrap() {
            Ok(_) => got += 1,
            other => {
                assert_eq!(refused(other).refused[0].reasons, [Reason::CampaignLimitReached]);
                used_up += 1;
            }
        }
    }
    assert_eq!((got, used_up), (10, 190));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_a_hundred_times_is_one_redemption_and_one_answer() {
    let shop = Shop::with(TEN).await;
    let mut tries = Vec::new();
    for _ in 0..100 {
        let (promotions, request) = (shop.promotions.clone(), request("ann", &["ten"], "once"));
        tries.push(tokio::spawn(
            async move { promotions.redeem(request).await.unwrap() },
        ));
    }
    let mut answers = Vec::new();
    for one in tries {
        answers.push(one.await.unwrap());
    }
    assert!(
        answers
            .iter()
            .all(|answer| answer.redemption == answers[0].redemption)
    );
    assert_eq!(answers.iter().filter(|answer| !answer.is_repeated).count(), 1);
    assert_eq!(shop.books_agree().await.redemptions, 1);
    // Another request may not hide behind the key.
    let other = shop.redeem("bob", &["ten"], "once").await;
    assert!(matches!(other, Err(PromotionError::KeyOfAnother)), "{other:?}");
}

#[tokio::test]
async fn rolling_back_gives_back_ones_own_use_and_nobody_elses() {
    let shop = Shop::with(&TEN.replace("total = 10", "total = 2, per_shopper = 1")).await;
    let ann = shop.redeem("ann", &["ten"], "a").await.unwrap();
    shop.redeem("bob", &["ten"], "b").await.unwrap();
    refused(shop.redeem("cid", &["ten"], "c").await);
    // A cancelled order gives the code back, to the one who cancelled as well.
    shop.roll_back(&ann, Returned::default()).await;
    shop.redeem("ann", &["ten"], "a2").await.unwrap();
    refused(shop.redeem("cid", &["ten"], "c2").await);
    assert_eq!(
        shop.reasons("bob", &["ten"]).await,
        [Reason::CampaignLimitReached]
    );
    shop.books_agree().await;
}

#[tokio::test]
async fn nothing_comes_back_twice() {
    let shop = Shop::with(TEN).await;
    let bought = shop.redeem("ann", &["ten"], "a").await.unwrap();
    let mut request = RollBackRequest {
        redemption: bought.redemption.id.clone(),
        idempotency_key: Some("back".into()),
        ..RollBackRequest::default()
    };
    let (first, _) = shop.promotions.roll_back(&request).await.unwrap();
    let (again, is_repeated) = shop.promotions.roll_back(&request).await.unwrap();
    assert_eq!((first, true), (again, is_repeated));
    request.idempotency_key = None;
    let more = shop.promotions.roll_back(&request).await;
    assert!(matches!(more, Err(PromotionError::Return(_))), "{more:?}");
    shop.books_agree().await;
}

#[tokio::test]
async fn pieces_that_come_back_one_by_one_are_the_whole() {
    let shop = Shop::with(TEN).await;
    let bought = shop.redeem("ann", &["ten"], "a").await.unwrap();
    let paid = bought.redemption.outcome.total - 590;
    let mut refunds = 0;
    for id in ["peg", "tent", "peg", "peg"] {
        let request = RollBackRequest {
            redemption: bought.redemption.id.clone(),
            returned: Returned {
                pieces: Some(BTreeMap::from([(id.to_owned(), 1)])),
                reevaluate: false,
            },
            ..RollBackRequest::default()
        };
        let (back, _) = shop.promotions.roll_back(&request).await.unwrap();
        assert!(back.outcome.refund >= 0);
        refunds += back.outcome.refund;
    }
    assert_eq!(refunds, paid);
    shop.books_agree().await;
    // Nothing is left of the campaign's discount: its use is free again.
    let uses = shop
        .promotions
        .redemption(&bought.redemption.id)
        .await
        .unwrap()
        .unwrap()
        .1;
    let freed: i64 = uses
        .iter()
        .flat_map(|back| &back.outcome.campaigns)
        .map(|back| back.uses)
        .sum();
    assert_eq!(freed, 1);
}

#[tokio::test]
async fn what_is_kept_may_have_to_deserve_its_discount_anew() {
    let campaign = "[[campaign]]\nid = \"big\"\nname = \"Big\"\ncurrency = \"USD\"\n\
        benefit = { kind = \"amount\", amount = 20 }\nconditions = { min_subtotal = 200 }\n";
    let shop = Shop::with(campaign).await;
    let returns = |id: &str, reevaluate| Returned {
        pieces: Some(BTreeMap::from([(id.to_owned(), 1)])),
        reevaluate,
    };
    // 209.99 less 20.00: the tent comes back, and 9.99 of pegs deserve nothing.
    let bought = shop.redeem("ann", &[], "a").await.unwrap();
    assert_eq!(bought.redemption.outcome.discount, 2_000);
    let request = RollBackRequest {
        redemption: bought.redemption.id.clone(),
        returned: returns("tent", true),
        ..RollBackRequest::default()
    };
    let (back, _) = shop.promotions.roll_back(&request).await.unwrap();
    assert_eq!(back.outcome.left.discount, 0);
    // Paid 189.99 for the items; 9.99 of them are kept.
    assert_eq!(back.outcome.refund, 18_999 + 1_000 - 999 - 1_000);
    assert_eq!(back.outcome.campaigns[0].uses, 1);
    // Without it the tent brings back its own part.
    let bought = shop.redeem("bob", &[], "b").await.unwrap();
    let request = RollBackRequest {
        redemption: bought.redemption.id.clone(),
        returned: returns("tent", false),
        ..RollBackRequest::default()
    };
    let (back, _) = shop.promotions.roll_back(&request).await.unwrap();
    let part = bought.redemption.outcome.lines[0].total;
    assert_eq!(back.outcome.refund, part);
    shop.books_agree().await;
}

#[tokio::test]
async fn limits_and_budgets_hold_for_automatic_campaigns() {
    let campaign = "[[campaign]]\nid = \"first\"\nname = \"First\"\ncurrency = \"USD\"\n\
        benefit = { kind = \"amount\", amount = 7 }\nlimits = { total = 3, budget = 20 }\n";
    let shop = Shop::with(campaign).await;
    let mut discounts = Vec::new();
    for number in 0..5 {
        let bought = shop.redeem("ann", &[], &format!("k{number}")).await.unwrap();
        discounts.push(bought.redemption.outcome.discount);
    }
    // 6.00 of the budget are left after two: less than the third would take.
    assert_eq!(discounts, [700, 700, 0, 0, 0]);
    shop.books_agree().await;
}

#[tokio::test]
async fn asking_uses_nothing_and_a_code_that_changes_nothing_is_kept() {
    let campaigns = format!(
        "{}[[campaign]]\nid = \"half\"\nname = \"Half\"\nbenefit = {{ kind = \"percent\", percent = 50 }}\n",
        TEN.replace("total = 10", "total = 1")
    );
    let shop = Shop::with(&campaigns).await;
    for _ in 0..20 {
        assert!(shop.reasons("ann", &["ten"]).await.is_empty());
    }
    // The automatic half is better and does not go with the code: the code is not used up.
    let bought = shop.redeem("ann", &["ten"], "a").await.unwrap();
    let applied: Vec<_> = bought
        .redemption
        .outcome
        .applied
        .iter()
        .map(|offer| &offer.campaign)
        .collect();
    assert_eq!(applied, ["half"]);
    assert!(shop.reasons("bob", &["ten"]).await.is_empty());
    shop.books_agree().await;
}

#[tokio::test]
async fn a_hold_keeps_a_code_until_payment_or_until_it_runs_out() {
    let shop = Shop::with(&TEN.replace("total = 10", "total = 1")).await;
    let hold = |shopper: &'static str, session: &'static str, millis: i64| {
        let promotions = shop.promotions.clone();
        async move {
            promotions
                .hold(occasion(shopper, &["ten"]), session, now() + millis)
                .await
        }
    };
    hold("ann", "cart-a", 60_000).await.unwrap();
    // Nobody else gets it; the cart that holds it may ask again and again.
    assert_eq!(
        shop.reasons("bob", &["ten"]).await,
        [Reason::CampaignLimitReached]
    );
    assert!(hold("bob", "cart-b", 60_000).await.is_err());
    hold("ann", "cart-a", 60_000).await.unwrap();
    let asked = shop
        .promotions
        .evaluate(&occasion("ann", &["ten"]), Some("cart-a"))
        .await
        .unwrap();
    assert!(asked.applies("ten"));
    // A payment that failed is an end of the session: nothing was used.
    assert!(shop.promotions.release("cart-a").await.unwrap());
    hold("bob", "cart-b", 300).await.unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    // It ran out: the next one in line gets it, without anybody's clean-up.
    hold("cid", "cart-c", 60_000).await.unwrap();
    let paid = RedemptionRequest {
        session: Some("cart-c".into()),
        ..request("cid", &["ten"], "c")
    };
    shop.promotions.redeem(paid).await.unwrap();
    assert!(!shop.promotions.release("cart-c").await.unwrap());
    refused(shop.redeem("ann", &["ten"], "a").await);
    assert_eq!(shop.books_agree().await.redemptions, 1);
}

#[tokio::test]
async fn two_codes_that_go_together_both_count() {
    let both = "combines_with = [\"order\", \"shipping\"]\n";
    let campaigns = format!(
        "{TEN}{both}[[campaign]]\nid = \"post\"\nname = \"Post\"\ncode = \"POST\"\n{both}benefit = {{ kind = \"free_shipping\" }}\n"
    );
    let shop = Shop::with(&campaigns).await;
    let bought = shop.redeem("ann", &["ten", "p0st"], "a").await.unwrap();
    assert_eq!(bought.redemption.outcome.discount, 2_100 + 590);
    shop.books_agree().await;
}

#[tokio::test]
async fn unique_codes_are_good_for_their_uses() {
    let campaign = "[[campaign]]\nid = \"fall\"\nname = \"Fall\"\ncodes = { pattern = \"FALL-######\" }\n\
        benefit = { kind = \"percent\", percent = 10 }\n";
    let shop = Shop::with(campaign).await;
    let too_many = shop
        .promotions
        .make_codes("fall", 10_000_000, &Progress::silent())
        .await;
    assert!(
        matches!(too_many, Err(PromotionError::Room { .. })),
        "{too_many:?}"
    );
    let batch = shop
        .promotions
        .make_codes("fall", 500, &Progress::silent())
        .await
        .unwrap();
    let listed = shopkeeper::promotions::code_rows::list(&shop.store, "fall", Some(&batch));
    let codes: Vec<(String, i64)> = futures_util::TryStreamExt::try_collect(listed).await.unwrap();
    assert_eq!(codes.len(), 500);
    let code = codes[0].0.to_lowercase().replace('-', " ");
    shop.redeem("ann", &[&code], "a").await.unwrap();
    let outcome = refused(shop.redeem("bob", &[&code], "b").await);
    assert_eq!(outcome.refused[0].reasons, [Reason::CouponLimitReached]);
    shop.redeem("bob", &[&codes[1].0], "b2").await.unwrap();
    shop.books_agree().await;
}

/// A server with campaigns, and a key that may do everything with them.
struct Api {
    server: Server,
    client: Client,
    key: String,
}

impl Api {
    async fn open() -> Self {
        let server = Server::start();
        let scopes = [Scope::Promotions, Scope::Campaigns];
        let (_, key) = keys::create(&server.store().await, "shop", &scopes)
            .await
            .unwrap();
        Self {
            server,
            client: Client::new(),
            key,
        }
    }

    async fn put(&self, path: &str, body: Value) -> Response {
        let request = self.client.put(self.server.url(path)).bearer_auth(&self.key);
        request.json(&body).send().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Response {
        let request = self.client.post(self.server.url(path)).bearer_auth(&self.key);
        request.json(&body).send().await.unwrap()
    }

    async fn ok(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    /// Saves a campaign for 100.00 off with a code of its own, so that the demo's own campaigns are out of the way.
    async fn campaign(&self, id: &str, more: Value) {
        let mut form = json!({
            "id": id, "name": id, "currency": "USD", "code": format!("CODE-{id}"), "priority": 9,
            "benefit": { "kind": "amount", "amount": "50.00" },
        });
        form.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = self.put(&format!("/api/v1/campaigns/{id}"), form).await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }
}

fn order(item: &str, quantity: u32, price: i64) -> Value {
    json!({ "currency": "USD", "shipping": 590, "items": [{ "product_id": item, "quantity": quantity, "price": price }] })
}

/// An item of the demo shop.
const ITEM: &str = "LF-1423";

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_asks_holds_redeems_and_takes_back_over_http() {
    let api = Api::open().await;
    api.campaign(
        "x",
        json!({ "conditions": { "min_subtotal": 300 }, "limits": { "total": 1 }, "advertised": true }),
    )
    .await;
    let cart = |quantity: u32| json!({ "customer": { "id": "ann" }, "order": order(ITEM, quantity, 10_000), "redeemables": ["code x"] });
    // Too little in the cart: the answer says how much is missing, in words too.
    let asked = api.ok("/api/v1/qualifications", cart(2)).await;
    assert_eq!(asked["valid"], false);
    let missing = &asked["inapplicable_redeemables"][0];
    assert_eq!(
        missing["reasons"][0],
        json!({ "code": "MissingAmount", "minor": 10_000 })
    );
    assert_eq!(missing["messages"][0], "Add $100.00 more to get this.");
    // Enough: it is kept for the session, and gone for all others.
    let mut held = cart(3);
    held["session"] = json!({ "type": "LOCK", "key": "cart-1", "ttl": 5, "ttl_unit": "MINUTES" });
    let validated = api.ok("/api/v1/validations", held.clone()).await;
    assert_eq!(validated["valid"], true, "{validated}");
    assert_eq!(validated["order"]["total_discount_amount"], 5_000, "{validated}");
    assert_eq!(validated["session"]["key"], "cart-1");
    let other = api.ok("/api/v1/validations", cart(3)).await;
    assert_eq!(
        other["inapplicable_redeemables"][0]["reasons"][0]["code"],
        "CampaignLimitReached"
    );
    // Redeemed twice with one key: one answer.
    let redeem = || async {
        let request = api
            .client
            .post(api.server.url("/api/v1/redemptions"))
            .bearer_auth(&api.key);
        let answer = request
            .header("Idempotency-Key", "order-1")
            .json(&held)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        answer.json::<Value>().await.unwrap()
    };
    let redeemed = redeem().await;
    assert_eq!(redeem().await, redeemed);
    // Refused: nothing is used up, and the answer says why.
    let refused = api.post("/api/v1/redemptions", cart(3)).await;
    assert_eq!(refused.status(), 400);
    let id = redeemed["id"].as_str().unwrap();
    let path = format!("/api/v1/redemptions/{id}/rollbacks");
    let back = api
        .ok(&path, json!({ "items": [{ "id": ITEM, "quantity": 1 }] }))
        .await;
    assert_eq!(back["refund"], 10_000 - 1_667, "{back}");
    let listed = api
        .client
        .get(api.server.url("/api/v1/redemptions?customer=ann"))
        .bearer_auth(&api.key);
    let listed: Value = listed.send().await.unwrap().json().await.unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let output = told(run(&api.server.folder, &["promotions", "verify"]));
    assert!(output.contains("0 wrong"), "{output}");
    let replayed = told(run(
        &api.server.folder,
        &["promotions", "replay", "x", "--with-code", "--alone", "--json"],
    ));
    let replayed: Value = serde_json::from_str(&replayed).unwrap();
    assert_eq!(replayed["cost"]["USD"], 5_000, "{replayed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_carts_campaigns_and_keys_are_named() {
    let api = Api::open().await;
    let lines = |count: usize| -> Vec<Value> {
        let line = |number: usize| json!({ "id": number.to_string(), "product_id": ITEM, "quantity": 1 });
        (0..count).map(line).collect()
    };
    for (body, field) in [
        (
            json!({ "order": order("no-such-item", 1, 100) }),
            "order.items[0].product_id",
        ),
        (json!({ "order": order(ITEM, 0, 100) }), "order.items[0].quantity"),
        (json!({ "order": order(ITEM, 1, -1) }), "order.items[0].price"),
        (
            json!({ "order": { "currency": "XXY", "items": lines(1) } }),
            "order.items[0].price",
        ),
        (
            json!({ "order": { "items": [], "shipping": -1 } }),
            "order.shipping",
        ),
        (json!({ "order": { "items": lines(501) } }), "order.items"),
        (
            json!({ "order": order(ITEM, 1, 1), "session": { "key": "" } }),
            "session.key",
        ),
        (
            json!({ "order": order(ITEM, 1, 1), "session": { "key": "k", "ttl": 0 } }),
            "session.ttl",
        ),
        (
            json!({ "order": order(ITEM, 1, 1), "redeemables": [""] }),
            "redeemables[0].id",
        ),
    ] {
        let answer = api.post("/api/v1/validations", body.clone()).await;
        assert_eq!(answer.status(), 422, "{body}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    // 10,000 lines are more than a request may hold.
    let answer = api
        .post(
            "/api/v1/validations",
            json!({ "order": { "items": lines(10_000) } }),
        )
        .await;
    assert!(
        [413, 422].contains(&answer.status().as_u16()),
        "{}",
        answer.status()
    );
    let form = json!({
        "id": "bad", "name": "Bad", "benefit": { "kind": "percent", "percent": 101 },
        "schedule": { "time_zone": "Mars/Olympus", "starts": "2026-12-02", "ends": "2026-12-01" },
    });
    let problem: Value = api.put("/api/v1/campaigns/bad", form).await.json().await.unwrap();
    let fields: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["field"])
        .collect();
    assert_eq!(fields, ["benefit.percent", "schedule.time_zone"]);
    for key in ["", "sk_nothing"] {
        let request = api
            .client
            .post(api.server.url("/api/v1/redemptions"))
            .bearer_auth(key);
        let answer = request
            .json(&json!({ "order": order(ITEM, 1, 1) }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
    }
    // Who guesses codes is told to wait.
    let guess = |number: usize| json!({ "customer": { "id": "eve" }, "order": order(ITEM, 1, 1), "redeemables": [format!("GUESS-{number}")] });
    let mut answers = Vec::new();
    for number in 0..15 {
        answers.push(
            api.post("/api/v1/validations", guess(number))
                .await
                .status()
                .as_u16(),
        );
    }
    assert_eq!(answers[0], 200);
    assert_eq!(answers[14], 429);
}

#[tokio::test]
async fn files_of_campaigns_come_in_and_go_out_unchanged() {
    let folder = Folder::empty();
    let demo = crate::common::project().join("knowledge_base/promotions.toml");
    let demo = demo.to_str().unwrap();
    told(run(&folder, &["import", "promotions", demo, "--strict"]));
    told(run(&folder, &["export", "promotions", "out.toml"]));
    let again = told(run(&folder, &["import", "promotions", "out.toml"]));
    assert!(again.contains("0 new, 0 changed"), "{again}");
    let wrong = "[[campaign]]\nid = \"w\"\nname = \"W\"\nbenefit = { kind = \"percent\", percent = 0 }\n";
    folder.write("wrong.toml", wrong);
    let error = complained(run(&folder, &["import", "promotions", "wrong.toml"]));
    assert!(error.contains("benefit.percent"), "{error}");
    let listed = told(run(&folder, &["promotions", "list"]));
    assert!(!listed.contains(" w "), "{listed}");
}

/// Redemptions under way when the server dies, and callers.
const DIES_AFTER: usize = 800;
const CALLERS: usize = 16;
const EACH: usize = 320;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_amid_five_thousand_redemptions_keeps_its_books() {
    let api = Api::open().await;
    api.campaign(
        "load",
        json!({ "limits": { "total": 100_000, "per_shopper": 1_000 } }),
    )
    .await;
    let acknowledged: std::sync::Arc<std::sync::Mutex<Vec<String>>> = Default::default();
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let (client, url, key) = (
            api.client.clone(),
            api.server.url("/api/v1/redemptions"),
            api.key.clone(),
        );
        let acknowledged = acknowledged.clone();
        callers.push(tokio::spawn(async move {
            for number in 0..EACH {
                let body = json!({
                    "customer": { "id": format!("s{caller}") }, "order": order(ITEM, 1, 9_999), "redeemables": ["CODE-load"],
                });
                let request = client.post(&url).bearer_auth(&key).json(&body);
                let request = request.header("Idempotency-Key", format!("{caller}-{number}"));
                let Ok(answer) = request.send().await else {
                    return;
                };
                let Ok(answer) = answer.json::<Value>().await else {
                    return;
                };
                acknowledged.lock().unwrap().push(answer["id"].as_str().unwrap().to_owned());
            }
        }));
    }
    eventually("the load is under way", async || {
        (acknowledged.lock().unwrap().len() > DIES_AFTER).then_some(())
    })
    .await;
    let folder = api.server.kill();
    for caller in callers {
        caller.await.unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(
        (DIES_AFTER..CALLERS * EACH).contains(&acknowledged.len()),
        "no death amid load"
    );
    let verified = told(run(&folder, &["promotions", "verify", "--json"]));
    let verified: Value = serde_json::from_str(&verified).unwrap();
    assert_eq!(verified["wrong"], json!([]));
    assert!(verified["redemptions"].as_u64().unwrap() >= acknowledged.len() as u64);
    let store = folder.store().await;
    let promotions = Promotions::open(store, MOST_OFFERS).await.unwrap();
    for id in acknowledged {
        assert!(
            promotions.redemption(&id).await.unwrap().is_some(),
            "{id} was acknowledged"
        );
    }
}

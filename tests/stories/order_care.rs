//! What becomes of an order: it is packed, shipped, delivered, comes back in part, and is paid back to the cent.

use reqwest::Client;
use serde_json::{Value, json};
use shopkeeper::access::{Scope, keys};
use shopkeeper::catalog::{Catalogue, ImportOptions, Vertical, import};
use shopkeeper::config::{Config, EXAMPLE};
use shopkeeper::orders::{
    Address, Contact, HouseOrders, OrderView, Orders, Progress, Resolution, ReturnLine, ReturnReason,
    ReturnRequest, ReturnState, ShopSystem, Step, SystemError, WhyNot,
};
use shopkeeper::progress::Progress as Work;
use shopkeeper::promotions::format::read_file;
use shopkeeper::promotions::redemptions::{Wanted, all_roll_backs, list};
use shopkeeper::promotions::{Promotions, verify};
use shopkeeper::store::{Store, now};

use crate::common::{Folder, Server, complained, project, run, told};
use crate::orders::Browser;

pub const MUG: &str = "LF-1815";
const TENT: &str = "LF-1101";
const GIFT_CARD: &str = "LF-2901";
const ENGRAVED: &str = "LF-2915";
const CAMPAIGNS: &str = r#"
[[campaign]]
id = "last-one"
name = "The last one"
description = "15 % off tents, once in all"
currency = "USD"
code = "LASTONE"
benefit = { kind = "percent", percent = 15 }
scope = { categories = ["Camping > Tents"] }
schedule = { time_zone = "America/New_York" }
limits = { total = 1 }

[[campaign]]
id = "odd-cents"
name = "A third off mugs"
description = "A third off mugs"
currency = "USD"
benefit = { kind = "percent", percent = 33 }
scope = { categories = ["Mugs, plates & cutlery"] }
schedule = { time_zone = "America/New_York" }
combines_with = ["order", "product", "shipping"]
"#;

/// The house's orders on a database, without a server.
pub struct House {
    pub orders: Orders,
    pub house: HouseOrders,
    pub store: Store,
    _folder: Option<Folder>,
}

impl House {
    /// `change_minutes`: how long shoppers may change their orders.
    pub async fn on(store: Store, change_minutes: u64) -> Self {
        let file = std::fs::File::open(project().join("knowledge_base/catalog/shop.csv")).unwrap();
        let options = ImportOptions::csv(Vertical::Shop);
        import(&store, file, 0, &options, &Work::silent()).await.unwrap();
        let catalogue = Catalogue::open(store.clone(), None, None, &Work::silent())
            .await
            .unwrap();
        let promotions = Promotions::open(store.clone(), 5).await.unwrap();
        let (campaigns, errors) = read_file(CAMPAIGNS).unwrap();
        assert_eq!(errors, []);
        promotions.save(&campaigns).await.unwrap();
        let orders = Orders::new(store.clone(), catalogue, promotions, "5.95");
        let mut config: Config = toml::from_str(EXAMPLE).unwrap();
        config.orders.change_minutes = change_minutes;
        Self {
            house: HouseOrders::of_config(&config, orders.clone()),
            orders,
            store,
            _folder: None,
        }
    }

    pub async fn open(change_minutes: u64) -> Self {
        let folder = Folder::empty();
        std::fs::create_dir_all(folder.data()).unwrap();
        let house = Self::on(folder.store().await, change_minutes).await;
        Self {
            _folder: Some(folder),
            ..house
        }
    }

    /// Places an order; its number.
    pub async fn place(&self, cart: &str, email: &str, items: &[(&str, u32)], codes: &[&str]) -> String {
        for (item, quantity) in items {
            self.orders.put(cart, item, *quantity).await.unwrap();
        }
        let contact = Contact {
            name: "Ada Lovelace".into(),
            email: email.into(),
            street: "14 Mill Lane".into(),
            extra: String::new(),
            city: "Burlington".into(),
            region: "VT".into(),
            postcode: "05401".into(),
        };
        self.orders.address(cart, &contact).await.unwrap();
        for code in codes {
            let held = self.orders.cart(cart).await.unwrap();
            self.orders.enter(&held, code).await.unwrap();
        }
        let held = self.orders.cart(cart).await.unwrap();
        let priced = self.orders.price(&held.basket);
        let occasion = self.orders.occasion(&held, &priced).await.unwrap();
        let best = self.orders.best(&held, &occasion).await.unwrap();
        let placed = self.orders.place(cart, &held.checkout, best.total).await.unwrap();
        placed.unwrap().number.to_string()
    }

    pub async fn view(&self, number: &str) -> OrderView {
        self.house.view(number).await.unwrap().unwrap()
    }

    async fn step(&self, number: &str, step: Step) -> Result<OrderView, SystemError> {
        self.house.advance(number, &step, None).await
    }

    /// Sends an order to its shopper.
    async fn deliver(&self, number: &str) {
        self.step(number, Step::Packed).await.unwrap();
        self.step(number, shipped(None)).await.unwrap();
        self.step(number, Step::Delivered { exchange: None })
            .await
            .unwrap();
    }

    async fn books_agree(&self) {
        let verified = verify::verify(&self.store, &Work::silent()).await.unwrap();
        assert!(verified.wrong.is_empty(), "{verified:?}");
    }
}

fn shipped(exchange: Option<&str>) -> Step {
    Step::Shipped {
        carrier: "UPS".into(),
        tracking: "1Z999".into(),
        tracking_url: None,
        exchange: exchange.map(str::to_owned),
    }
}

fn back(line: &str, quantity: u32, reason: ReturnReason, resolution: Resolution) -> ReturnRequest {
    ReturnRequest {
        lines: vec![ReturnLine {
            line: line.into(),
            quantity,
            exchange_for: None,
        }],
        reason,
        resolution,
    }
}

fn why<T: std::fmt::Debug>(answer: Result<T, SystemError>) -> WhyNot {
    match answer {
        Err(SystemError::NotPossible(why)) => why,
        other => panic!("{other:?} should be impossible for a reason"),
    }
}

#[tokio::test]
async fn one_of_two_pieces_comes_back_and_is_paid_back_to_the_cent() {
    let server = Server::with(&[("SHOPKEEPER_ORDERS_CHANGE_MINUTES", "0")]);
    let mut browser = Browser::on(&server);
    browser.put(MUG, "8").await;
    let review = browser.check_out("ada@shop.example").await;
    let page = browser.order(&review).await;
    assert_eq!(page.path, "/orders/10001");
    page.has(&["Four mugs for three", "Cancel the order"]);

    // The shop's people move it on, by command or over HTTP.
    let command = |arguments: &[&str]| {
        let environment = ("SHOPKEEPER_ORDERS_CHANGE_MINUTES", "0");
        let mut command = crate::common::shopkeeper(&server.folder);
        command
            .arg("orders")
            .args(arguments)
            .env(environment.0, environment.1);
        command.output().unwrap()
    };
    let refused = complained(command(&[
        "ship",
        "10001",
        "--carrier",
        "UPS",
        "--tracking",
        "1Z9",
    ]));
    assert!(refused.contains("not_packed"), "{refused}");
    told(command(&["pack", "10001"]));
    let shipped = told(command(&[
        "ship",
        "10001",
        "--carrier",
        "UPS",
        "--tracking",
        "1Z9",
    ]));
    assert!(shipped.contains("UPS 1Z9, shipped"), "{shipped}");
    browser
        .open("/orders/10001")
        .await
        .has(&["On its way", "https://www.ups.com/track?tracknum=1Z9"]);
    let store = server.store().await;
    let (_, key) = keys::create(&store, "warehouse", &[Scope::Orders]).await.unwrap();
    let (_, other) = keys::create(&store, "another", &[Scope::Models]).await.unwrap();
    let client = Client::new();
    let events = server.url("/api/v1/orders/10001/events");
    let tell = |key: &str, event: Value| {
        let request = client.post(&events).bearer_auth(key).json(&event);
        request.header("idempotency-key", "once").send()
    };
    let delivered = json!({ "kind": "delivered" });
    assert_eq!(tell(&other, delivered.clone()).await.unwrap().status(), 403);
    for _ in 0..2 {
        let answer = tell(&key, delivered.clone()).await.unwrap();
        assert_eq!(answer.status(), 200, "told again it is told once");
        let order: Value = answer.json().await.unwrap();
        assert_eq!(order["progress"], "delivered");
    }
    assert_eq!(
        tell(&key, json!({ "kind": "packed" })).await.unwrap().status(),
        409
    );
    let strange = client
        .post(&events)
        .bearer_auth(&key)
        .json(&json!({ "kind": "lost" }));
    assert_eq!(strange.send().await.unwrap().status(), 422);

    // Three of eight pieces come back.
    let house = House::on(store.clone(), 0).await;
    let request = back(MUG, 3, ReturnReason::TooSmall, Resolution::Refund);
    let started = house.house.start_return("10001", &request, "r").await.unwrap();
    let label = started
        .order
        .return_of(&started.id)
        .unwrap()
        .label
        .clone()
        .unwrap();
    let page = browser.open(&label).await;
    assert_eq!(page.status, 200);
    page.has(&["Larkfield Returns", "14 Mill Lane", "10001-R1", "3 ×"]);
    let guess = format!("{}A", &label[..label.len() - 1]);
    let guessed = Browser::on(&server).open(&guess).await.status;
    assert!(guessed == 404 || guess == label);
    told(command(&["receive-return", "10001"]));
    assert_eq!(browser.open(&label).await.status, 404, "it is used up");

    let answer = client.get(server.url("/api/v1/orders/10001")).bearer_auth(&key);
    let order: OrderView = answer.send().await.unwrap().json().await.unwrap();
    let mut connection = store.reader().acquire().await.unwrap();
    let roll_backs = all_roll_backs(&mut connection).await.unwrap();
    drop(connection);
    assert_eq!(roll_backs.len(), 1);
    let refund = roll_backs[0].outcome.refund;
    // Eight mugs at the price of six.
    let paid = order.lines[0].paid;
    // A half cent goes to one of the pieces.
    assert!((refund * 8 - paid * 3).abs() < 8, "{refund} of {paid}");
    assert_eq!(
        (order.refunds[0].amount, order.refunds[0].fee),
        (refund - 495, 495)
    );
    assert_eq!(order.lines[0].returnable, 5);
    let sent = told(command(&["refund", "10001"]));
    assert!(sent.contains("refund F1") && sent.contains("sent"), "{sent}");
    assert!(complained(command(&["refund", "10001"])).contains("`refund`"));
    assert!(complained(command(&["show", "99999"])).contains("99999"));
    told(run(&server.folder, &["promotions", "verify"]));
}

#[tokio::test]
async fn pieces_come_back_one_by_one_and_add_up() {
    let house = House::open(0).await;
    add_up(&house).await;
}

/// All pieces of an order with odd cents come back in three returns.
pub async fn add_up(house: &House) {
    let cart = format!("cart-{}", now());
    let number = house.place(&cart, "ada@shop.example", &[(MUG, 7)], &[]).await;
    let view = house.view(&number).await;
    let paid = view.lines[0].paid;
    assert!(paid < view.lines[0].unit_price * 7, "an offer applies");
    assert_eq!(
        why(house
            .house
            .start_return(
                &number,
                &back(MUG, 1, ReturnReason::Other, Resolution::StoreCredit),
                "early"
            )
            .await),
        WhyNot::NotDelivered
    );
    house.deliver(&number).await;
    let mut refunded = 0;
    for (round, (quantity, reason)) in [
        (2, ReturnReason::TooSmall),
        (3, ReturnReason::Faulty),
        (2, ReturnReason::Other),
    ]
    .into_iter()
    .enumerate()
    {
        let request = back(MUG, quantity, reason, Resolution::StoreCredit);
        let key = format!("return {round}");
        let started = house.house.start_return(&number, &request, &key).await.unwrap();
        let again = house.house.start_return(&number, &request, &key).await.unwrap();
        assert_eq!((&started.id, started.order.returns.len()), (&again.id, round + 1));
        let other = back(MUG, 1, reason, Resolution::StoreCredit);
        assert_eq!(
            house.house.start_return(&number, &other, &key).await,
            Err(SystemError::KeyOfAnother)
        );
        let told = started.order.return_of(&started.id).unwrap().refund;
        let received = Step::ReturnReceived {
            id: Some(started.id.clone()),
        };
        let view = house.step(&number, received.clone()).await.unwrap();
        assert_eq!(why(house.step(&number, received).await), WhyNot::AlreadyReceived);
        let refund = view
            .refunds
            .iter()
            .find(|refund| refund.of_return.as_ref() == Some(&started.id))
            .unwrap();
        assert_eq!(
            (refund.amount, refund.fee, refund.is_credit),
            (told, 0, true),
            "as was promised"
        );
        refunded += refund.amount;
    }
    assert_eq!(refunded, paid);
    let rest = back(MUG, 1, ReturnReason::Faulty, Resolution::Refund);
    assert_eq!(
        why(house.house.start_return(&number, &rest, "more").await),
        WhyNot::NothingLeft
    );
    house.books_agree().await;
}

#[tokio::test]
async fn an_order_that_is_faulty_as_a_whole_brings_shipping_back() {
    let house = House::open(0).await;
    let number = house.place("cart", "ada@shop.example", &[(MUG, 2)], &[]).await;
    house.deliver(&number).await;
    let request = back(MUG, 2, ReturnReason::Faulty, Resolution::Refund);
    let started = house.house.start_return(&number, &request, "r").await.unwrap();
    let total = started.order.totals.total;
    assert!(started.order.totals.shipping > 0);
    assert_eq!(started.order.return_of("R1").unwrap().refund, total);
    let view = house
        .step(&number, Step::ReturnReceived { id: None })
        .await
        .unwrap();
    assert_eq!(view.refunds[0].amount, total);
}

#[tokio::test]
async fn a_return_is_withdrawn_while_its_goods_are_on_their_way() {
    let house = House::open(0).await;
    let number = house.place("cart", "ada@shop.example", &[(MUG, 2)], &[]).await;
    house.deliver(&number).await;
    let request = back(MUG, 2, ReturnReason::ChangedMind, Resolution::Refund);
    let started = house.house.start_return(&number, &request, "r").await.unwrap();
    assert_eq!(started.order.lines[0].returnable, 0);
    let view = house.house.withdraw_return(&number, "R1", "w").await.unwrap();
    assert_eq!(
        (view.returns[0].state, view.lines[0].returnable),
        (ReturnState::Withdrawn, 2)
    );
    assert_eq!(view.returns[0].label, None);
    assert_eq!(
        why(house.house.withdraw_return(&number, "R1", "again").await),
        WhyNot::AlreadyWithdrawn
    );
    let received = Step::ReturnReceived {
        id: Some("R1".into()),
    };
    assert_eq!(why(house.step(&number, received).await), WhyNot::AlreadyWithdrawn);
    assert!(house.view(&number).await.refunds.is_empty());
}

#[tokio::test]
async fn an_exchange_is_for_another_variant_that_is_there() {
    let house = House::open(0).await;
    let catalogue = Catalogue::open(house.store.clone(), None, None, &Work::silent())
        .await
        .unwrap();
    let items = catalogue.all();
    let is_there = |item: &&std::sync::Arc<shopkeeper::catalog::Item>| {
        item.is_sold() && item.stock.is_none_or(|stock| stock > 2) && item.group.is_some()
    };
    let (old, new) = items
        .iter()
        .filter(is_there)
        .find_map(|old| {
            let other = catalogue
                .variants(old)
                .into_iter()
                .find(|new| new.id != old.id && is_there(&new))?;
            Some((old.id.clone(), other.id.clone()))
        })
        .unwrap();
    let number = house.place("cart", "ada@shop.example", &[(&old, 2)], &[]).await;
    house.deliver(&number).await;
    let exchange = |item: &str| ReturnRequest {
        lines: vec![ReturnLine {
            line: old.clone(),
            quantity: 1,
            exchange_for: Some(item.into()),
        }],
        reason: ReturnReason::TooSmall,
        resolution: Resolution::Exchange,
    };
    for (item, expected) in [
        (MUG, SystemError::NotPossible(WhyNot::OtherProduct)),
        (old.as_str(), SystemError::NotPossible(WhyNot::OtherProduct)),
    ] {
        let refused = house.house.start_return(&number, &exchange(item), item).await;
        assert_eq!(refused, Err(expected), "{item}");
    }
    let unknown = house.house.start_return(&number, &exchange("LF-0"), "u").await;
    assert!(matches!(unknown, Err(SystemError::Invalid { .. })), "{unknown:?}");
    house
        .house
        .start_return(&number, &exchange(&new), "e")
        .await
        .unwrap();
    let early = house.step(&number, shipped(Some("R1"))).await;
    assert!(matches!(early, Err(SystemError::Invalid { .. })), "{early:?}");
    let view = house
        .step(&number, Step::ReturnReceived { id: None })
        .await
        .unwrap();
    assert!(view.refunds.is_empty());
    assert_eq!(view.lines[0].returnable, 2, "its shopper gets another for it");
    let view = house.step(&number, shipped(Some("R1"))).await.unwrap();
    assert_eq!(view.returns[0].state, ReturnState::Done);
    let arrived = Step::Delivered {
        exchange: Some("R1".into()),
    };
    let view = house.step(&number, arrived).await.unwrap();
    assert!(view.shipments[1].delivered_at.is_some());
    assert_eq!(view.progress, Progress::Delivered);
}

#[tokio::test]
async fn what_cannot_come_back_says_so_unless_it_is_faulty() {
    let house = House::open(0).await;
    let items = [(GIFT_CARD, 1), (ENGRAVED, 1)];
    let number = house.place("cart", "ada@shop.example", &items, &[]).await;
    house.deliver(&number).await;
    for item in [GIFT_CARD, ENGRAVED] {
        let view = house.view(&number).await;
        let line = view.line(item).unwrap();
        assert_eq!((line.returnable, line.why_not), (0, Some(WhyNot::NotReturnable)));
        let request = back(item, 1, ReturnReason::ChangedMind, Resolution::StoreCredit);
        let refused = house.house.start_return(&number, &request, item).await;
        assert_eq!(why(refused), WhyNot::NotReturnable);
    }
    let faulty = back(ENGRAVED, 1, ReturnReason::Faulty, Resolution::Refund);
    house.house.start_return(&number, &faulty, "f").await.unwrap();
    // The days are over.
    sqlx::query("UPDATE order_events SET created_at = created_at - 8640000000 WHERE kind = 'delivered'")
        .execute(house.store.writer())
        .await
        .unwrap();
    let view = house.view(&number).await;
    assert_eq!(view.may.give_back.why_not, Some(WhyNot::TooLate));
}

#[tokio::test]
async fn an_order_is_cancelled_and_reinstated_at_the_same_price_or_not_at_all() {
    cancelled_and_reinstated(&House::open(60).await).await;
}

/// A code that may be used once comes back with the order, unless somebody else used it meanwhile.
pub async fn cancelled_and_reinstated(house: &House) {
    let started = now();
    let number = house
        .place(
            &format!("a{started}"),
            "ada@shop.example",
            &[(TENT, 1)],
            &["LASTONE"],
        )
        .await;
    let view = house.view(&number).await;
    assert!(view.totals.discount > 0 && view.may.cancel.is_given());
    assert!(view.may.cancel.until.is_some_and(|until| until > now()));
    assert_eq!(
        why(house.step(&number, Step::Packed).await),
        WhyNot::StillChangeable,
        "shoppers were promised an hour"
    );
    let cancelled = house.house.cancel(&number, "c").await.unwrap();
    assert_eq!(cancelled.progress, Progress::Cancelled);
    assert_eq!(cancelled.refunds[0].amount, view.totals.total);
    assert_eq!(house.house.cancel(&number, "c").await.unwrap(), cancelled);
    assert_eq!(
        why(house.house.cancel(&number, "d").await),
        WhyNot::AlreadyCancelled
    );
    let back_again = house.house.reinstate(&number, "r").await.unwrap();
    assert_eq!(
        (back_again.progress, back_again.refunds.len()),
        (Progress::Placed, 0)
    );
    assert_eq!(back_again.totals, view.totals);

    // Cancelled again, its code goes to somebody else.
    house.house.cancel(&number, "c2").await.unwrap();
    let other = house
        .place(
            &format!("b{started}"),
            "eve@shop.example",
            &[(TENT, 1)],
            &["LASTONE"],
        )
        .await;
    assert!(house.view(&other).await.totals.discount > 0, "the code was free");
    assert_eq!(
        why(house.house.reinstate(&number, "r2").await),
        WhyNot::PriceChanged
    );
    assert_eq!(
        why(house.house.reinstate(&number, "r2").await),
        WhyNot::PriceChanged,
        "asked again it is the same"
    );
    let view = house.view(&number).await;
    assert_eq!(view.progress, Progress::Cancelled);
    assert_eq!(view.refunds.len(), 1, "what was cancelled is paid back");
    // What is paid back is over.
    house
        .step(&number, Step::Refunded { refund: None })
        .await
        .unwrap();
    assert_eq!(
        why(house.house.reinstate(&number, "r3").await),
        WhyNot::AlreadyRefunded
    );
    house.books_agree().await;
}

#[tokio::test]
async fn a_crash_in_the_middle_of_a_cancellation_pays_back_once() {
    let house = House::open(60).await;
    let number = house.place("cart", "ada@shop.example", &[(MUG, 4)], &[]).await;
    let total = house.view(&number).await.totals.total;
    house.house.cancel(&number, "c").await.unwrap();
    // As a crash would have left it: first without its end, then without its roll-back either.
    sqlx::query("DELETE FROM order_events WHERE kind = 'refund_due'")
        .execute(house.store.writer())
        .await
        .unwrap();
    assert!(house.view(&number).await.refunds.is_empty());
    house.house.take_up(now() + 1).await.unwrap();
    let view = house.view(&number).await;
    assert_eq!((view.refunds.len(), view.refunds[0].amount), (1, total));
    house.house.take_up(now() + 1).await.unwrap();
    assert_eq!(house.view(&number).await, view);
    let mut connection = house.store.reader().acquire().await.unwrap();
    assert_eq!(all_roll_backs(&mut connection).await.unwrap().len(), 1);
    drop(connection);
    house.books_agree().await;
}

#[tokio::test]
async fn many_who_cancel_at_once_cancel_once() {
    let house = House::open(60).await;
    let number = house.place("cart", "ada@shop.example", &[(MUG, 4)], &[]).await;
    let presses = (0..8).map(|press| {
        let (house, number) = (house.house.clone(), number.clone());
        tokio::spawn(async move { house.cancel(&number, &format!("press {press}")).await })
    });
    let presses: Vec<_> = presses.collect();
    let mut cancelled = 0;
    for press in presses {
        match press.await.unwrap() {
            Ok(_) => cancelled += 1,
            Err(error) => assert_eq!(error, SystemError::NotPossible(WhyNot::AlreadyCancelled)),
        }
    }
    assert_eq!((cancelled, house.view(&number).await.refunds.len()), (1, 1));
    // A first order that was cancelled was none: another may be the first.
    let wanted = Wanted {
        most: 10,
        ..Wanted::default()
    };
    assert_eq!(list(&house.store, &wanted).await.unwrap().len(), 1);
    let contact = Contact {
        email: "ada@shop.example".into(),
        ..Contact::default()
    };
    let held = house.orders.address("next", &contact).await.unwrap();
    let priced = house.orders.price(&held.basket);
    let occasion = house.orders.occasion(&held, &priced).await.unwrap();
    assert_eq!(occasion.shopper.orders, 0);
}

#[tokio::test]
async fn an_address_is_changed_and_the_former_one_put_back() {
    let house = House::open(60).await;
    let number = house.place("cart", "ada@shop.example", &[(MUG, 1)], &[]).await;
    assert_eq!(
        why(house.house.restore_address(&number, "r").await),
        WhyNot::NothingToUndo
    );
    let address = Address {
        street: " 1  Elm Street ".into(),
        city: "Anchorage".into(),
        region: "AK".into(),
        postcode: "99501".into(),
        ..Address::default()
    };
    let before = house.view(&number).await;
    let view = house.house.change_address(&number, &address, "a").await.unwrap();
    assert_eq!(view.contact.address.street, "1 Elm Street");
    assert!(
        view.expected.unwrap().to > before.expected.unwrap().to,
        "it is farther"
    );
    for wrong in [
        Address {
            city: String::new(),
            ..address.clone()
        },
        Address {
            country: "Canada".into(),
            ..address.clone()
        },
    ] {
        let refused = house.house.change_address(&number, &wrong, "w").await;
        assert!(matches!(refused, Err(SystemError::Invalid { .. })), "{refused:?}");
    }
    let view = house.house.restore_address(&number, "back").await.unwrap();
    assert_eq!(view.contact, before.contact);
}

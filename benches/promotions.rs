//! The promotion engine and the till: one cart of 20 lines against 1,000 running campaigns, 100,000 past carts through
//! one campaign, redemptions a second, and a million codes. Carts and campaigns come from one seed.
//!
//! `cargo bench --bench promotions`; with `DATABASE_URL=postgres://…` the redemptions go there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use shopkeeper::progress::Progress;
use shopkeeper::promotions::campaign::Campaign;
use shopkeeper::promotions::cart::{Cart, Facts, Line, Shopper};
use shopkeeper::promotions::engine::{Engine, MOST_OFFERS};
use shopkeeper::promotions::format::read_file;
use shopkeeper::promotions::outcome::Occasion;
use shopkeeper::promotions::replay::{Replay, ReplaySettings};
use shopkeeper::promotions::{Promotions, RedemptionRequest, verify};
use shopkeeper::store::Store;

const CATEGORIES: usize = 40;
const BRANDS: usize = 60;
/// Monday, 2026-11-30, noon in UTC.
const AT: i64 = 1_796_040_000_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    evaluate();
    replay();
    runtime.block_on(redeem());
    runtime.block_on(codes());
}

fn cart(random: &mut StdRng, lines: usize) -> Cart {
    let line = |number: usize, random: &mut StdRng| Line {
        id: format!("line-{number}"),
        item: format!("item-{}", random.random_range(0..5_000)),
        quantity: random.random_range(1..4),
        unit_price: random.random_range(199..20_000),
        category: vec![
            format!("Department {}", random.random_range(0..8)),
            format!("Category {}", random.random_range(0..CATEGORIES)),
        ],
        brand: format!("Brand {}", random.random_range(0..BRANDS)),
    };
    Cart {
        currency: "USD".into(),
        lines: (0..lines).map(|number| line(number, random)).collect(),
        shipping: 690,
    }
}

/// Campaigns of all kinds as a large shop has them: most for one category or brand, some for all, a fifth stackable.
fn campaigns(random: &mut StdRng, count: usize) -> Vec<Arc<Campaign>> {
    let mut file = String::new();
    for number in 0..count {
        let benefit = match number % 6 {
            0 => format!(
                "{{ kind = \"percent\", percent = {} }}",
                random.random_range(5..30)
            ),
            1 => format!("{{ kind = \"amount\", amount = {} }}", random.random_range(2..20)),
            2 => "{ kind = \"buy_get\", buy = 2, get = 1 }".into(),
            3 => "{ kind = \"tiers\", steps = [{ from = 50, percent = 5 }, { from = 150, percent = 12 }] }"
                .into(),
            4 => format!(
                "{{ kind = \"fixed_price\", price = {} }}",
                random.random_range(5..90)
            ),
            _ => "{ kind = \"free_shipping\" }".into(),
        };
        let scope = match number % 5 {
            0..3 => format!(
                "{{ categories = [\"Category {}\"] }}",
                random.random_range(0..CATEGORIES)
            ),
            3 => format!("{{ brands = [\"Brand {}\"] }}", random.random_range(0..BRANDS)),
            _ => "{}".into(),
        };
        let combines = match number % 10 {
            0 | 1 => "[\"product\", \"order\", \"shipping\"]",
            2..6 => "[\"shipping\"]",
            _ => "[]",
        };
        let hours = if number % 4 == 0 {
            ", hours = \"08:00-20:00\""
        } else {
            ""
        };
        file += &format!(
            "[[campaign]]\nid = \"c{number}\"\nname = \"C{number}\"\ncurrency = \"USD\"\nbenefit = {benefit}\nscope = {scope}\n\
             combines_with = {combines}\nconditions = {{ min_subtotal = {} }}\n\
             schedule = {{ time_zone = \"America/New_York\"{hours} }}\nlimits = {{ total = 100000 }}\n",
            random.random_range(10..400)
        );
    }
    let (campaigns, errors) = read_file(&file).expect("a file of campaigns");
    assert!(errors.is_empty(), "{errors:?}");
    campaigns.into_iter().map(Arc::new).collect()
}

fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let place = (times.len() as f64 * share) as usize;
    times[place.min(times.len() - 1)]
}

fn evaluate() {
    let mut random = StdRng::seed_from_u64(1);
    let engine = Engine::new(campaigns(&mut random, 1_000), MOST_OFFERS);
    let facts = Facts {
        at: AT,
        ..Facts::default()
    };
    let (mut times, mut applied, mut proven) = (Vec::new(), 0, 0);
    for _ in 0..5_000 {
        let cart = cart(&mut random, 20);
        let begin = Instant::now();
        let evaluation = engine.evaluate(&cart, &facts).expect("a cart");
        times.push(begin.elapsed());
        applied += evaluation.applied.len();
        proven += usize::from(evaluation.is_best);
    }
    println!(
        "a cart of 20 lines against 1,000 campaigns: p50 {:?}, p99 {:?}; {:.1} offers each, {proven} of {} proven best",
        percentile(&mut times, 0.5),
        percentile(&mut times, 0.99),
        applied as f64 / times.len() as f64,
        times.len()
    );
}

fn replay() {
    let mut random = StdRng::seed_from_u64(2);
    let carts: Vec<Occasion> = (0..100_000)
        .map(|number| {
            let lines = random.random_range(1..8);
            Occasion {
                cart: cart(&mut random, lines),
                shopper: Shopper {
                    id: Some(format!("shopper-{}", number % 20_000)),
                    ..Shopper::default()
                },
                at: AT + number * 1_000,
                codes: Vec::new(),
            }
        })
        .collect();
    let file = "[[campaign]]\nid = \"x\"\nname = \"X\"\ncurrency = \"USD\"\nbenefit = { kind = \"percent\", percent = 10, cap = 50 }\n\
         conditions = { min_subtotal = 100 }\nlimits = { per_shopper = 3, budget = 500000 }\n";
    let (campaigns, _) = read_file(file).expect("a campaign");
    let settings = ReplaySettings {
        most_offers: MOST_OFFERS,
        ..ReplaySettings::default()
    };
    let mut replay = Replay::new(&campaigns[0], &[], settings);
    let begin = Instant::now();
    for cart in &carts {
        replay.next(cart);
    }
    println!(
        "{} past carts through one campaign: {:?}; {} got it, cost {:?}",
        replay.report.carts,
        begin.elapsed(),
        replay.report.got,
        replay.report.cost
    );
}

async fn open(name: &str) -> (Option<tempfile::TempDir>, Store) {
    match std::env::var("DATABASE_URL") {
        Ok(url) => (None, Store::open(&url).await.expect("the database")),
        Err(_) => {
            let folder = tempfile::tempdir_in(".").expect("a folder");
            let url = Store::sqlite_url(&folder.path().join(name));
            let store = Store::open(&url).await.expect("a database");
            (Some(folder), store)
        }
    }
}

async fn redeem() {
    let (_folder, store) = open("redeem.db").await;
    let promotions = Promotions::open(store.clone(), MOST_OFFERS)
        .await
        .expect("promotions");
    let file = "[[campaign]]\nid = \"bench\"\nname = \"B\"\ncurrency = \"USD\"\ncode = \"BENCH\"\n\
        benefit = { kind = \"percent\", percent = 10 }\nlimits = { total = 100000000, per_shopper = 1000000, budget = 900000000 }\n";
    let (campaigns, _) = read_file(file).expect("a campaign");
    promotions.save(&campaigns).await.expect("saved");
    let mut random = StdRng::seed_from_u64(3);
    let carts: Vec<Cart> = (0..64).map(|_| cart(&mut random, 4)).collect();
    let (tasks, each) = (256, 60);
    let begin = Instant::now();
    let mut running = Vec::new();
    for task in 0..tasks {
        let (promotions, cart) = (promotions.clone(), carts[task % carts.len()].clone());
        running.push(tokio::spawn(async move {
            for number in 0..each {
                let request = RedemptionRequest {
                    occasion: Occasion {
                        cart: cart.clone(),
                        shopper: Shopper {
                            id: Some(format!("shopper-{}", task * 10 + number % 10)),
                            ..Shopper::default()
                        },
                        at: AT,
                        codes: vec!["bench".into()],
                    },
                    idempotency_key: Some(format!("{begin:?}-{task}-{number}")),
                    ..RedemptionRequest::default()
                };
                promotions.redeem(request).await.expect("a redemption");
            }
        }));
    }
    for task in running {
        task.await.expect("a task");
    }
    let (count, took) = (tasks * each, begin.elapsed());
    println!(
        "{count} redemptions by {tasks} callers at once, each on disk: {took:?}, {:.0} a second",
        count as f64 / took.as_secs_f64()
    );
    let begin = Instant::now();
    let verified = verify::verify(&store, &Progress::silent()).await.expect("books");
    println!(
        "the books of {} redemptions checked in {:?}: {} wrong",
        verified.redemptions,
        begin.elapsed(),
        verified.wrong.len()
    );
    store.close().await;
}

async fn codes() {
    let (_folder, store) = open("codes.db").await;
    let promotions = Promotions::open(store.clone(), MOST_OFFERS)
        .await
        .expect("promotions");
    let file = "[[campaign]]\nid = \"fall\"\nname = \"Fall\"\nbenefit = { kind = \"percent\", percent = 10 }\n\
        codes = { pattern = \"FALL-########\" }\n";
    let (campaigns, _) = read_file(file).expect("a campaign");
    promotions.save(&campaigns).await.expect("saved");
    let begin = Instant::now();
    promotions
        .make_codes("fall", 1_000_000, &Progress::silent())
        .await
        .expect("codes");
    println!("1,000,000 codes made and stored: {:?}", begin.elapsed());
    let distinct: BTreeSet<String> = {
        use futures_util::TryStreamExt;
        shopkeeper::promotions::code_rows::list(&store, "fall", None)
            .map_ok(|(code, _)| code)
            .try_collect()
            .await
            .expect("codes")
    };
    println!("{} of them differ", distinct.len());
    store.close().await;
}

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::context::{Context, columns, refusal};
use super::decision_rows::{Followed, StoredDecision};
use super::eligible::{Floor, eligible};
use super::learner::{Asked, Learner, Lesson};
use super::settle::settled;
use super::*;
use crate::progress::Progress;
use crate::promotions::campaign::Campaign;
use crate::promotions::cart::{Cart, Line, Shopper};
use crate::promotions::choice::{ExposureCap, Group, HoldOut, Rules, Value, read_log};
use crate::promotions::format::read_file;
use crate::promotions::outcome::{AppliedOffer, LineOutcome, Occasion, Outcome, RefusedOffer};
use crate::promotions::reason::Reason;
use crate::promotions::schedule::Zone;
use crate::promotions::{Promotions, RedemptionRequest};
use crate::store::{Store, now};

const CAMPAIGNS: &str = r#"
[[campaign]]
id = "ten-off"
name = "Ten"
currency = "USD"
class = "order"
benefit = { kind = "percent", percent = 10 }
personal = true

[[campaign]]
id = "five-off"
name = "Five"
currency = "USD"
class = "order"
benefit = { kind = "amount", amount = "5.00" }
conditions = { min_subtotal = "50.00" }
personal = true

[[campaign]]
id = "for-all"
name = "All"
currency = "USD"
class = "product"
benefit = { kind = "percent", percent = 5 }
"#;

fn campaigns() -> Vec<Campaign> {
    let (campaigns, errors) = read_file(CAMPAIGNS).unwrap();
    assert!(errors.is_empty(), "{errors:?}");
    campaigns
}

fn shared() -> Vec<Arc<Campaign>> {
    campaigns().into_iter().map(Arc::new).collect()
}

fn occasion(shopper: Option<&str>, at: i64) -> Occasion {
    let line = |id: &str, category: &str, quantity, unit_price| Line {
        id: id.into(),
        item: id.into(),
        quantity,
        unit_price,
        category: vec![category.into(), "Deep".into()],
        brand: String::new(),
    };
    Occasion {
        cart: Cart {
            currency: "USD".into(),
            lines: vec![line("a", "Tents", 1, 3_000), line("b", "Hats", 2, 500)],
            shipping: 500,
        },
        shopper: Shopper {
            id: shopper.map(str::to_owned),
            orders: 2,
            segments: ["vip", "gender-female", "seniors"].map(str::to_owned).into(),
            channel: "web".into(),
        },
        at,
        codes: Vec::new(),
    }
}

fn everyone(most: u32) -> PersonalSettings {
    PersonalSettings {
        rules: Rules {
            hold_out: HoldOut {
                share: 0.0,
                salt: String::new(),
            },
            cap: ExposureCap {
                most,
                period_millis: 86_400_000,
            },
        },
        ..PersonalSettings::default()
    }
}

#[test]
fn a_context_has_what_is_allowed_and_nothing_protected() {
    // 2026-11-24 17:30 UTC, a Tuesday.
    let context = Context::of(&occasion(Some("s"), 1_795_541_400_000), &Zone::utc());
    assert_eq!(context.segments, BTreeSet::from(["vip".to_owned()]));
    let row = context.row([
        "x_orders",
        "x_subtotal",
        "x_pieces",
        "x_category",
        "x_weekday",
        "x_hours",
    ]);
    let text = |text: &str| Value::Text(text.into());
    let numbers = [2.0, 40.0, 3.0].map(Value::Number);
    assert_eq!(row[..3], numbers);
    assert_eq!(row[3..], [text("Tents"), text("tue"), text("12-18")]);
    assert_eq!(
        context.row(["x_segment_vip", "x_segment_new"]),
        [1.0, 0.0].map(Value::Number)
    );
    let unknown = Context::of(&occasion(None, 0), &Zone::utc());
    assert!(unknown.segments.is_empty());
    assert_eq!(
        unknown.row(["x_orders", "x_segment_vip"]),
        [Value::Missing, Value::Missing]
    );
    assert_eq!(refusal("gender-female"), Some("gender"));
    assert_eq!(refusal("Loyal Women"), Some("gender"));
    assert_eq!(refusal("regimen-fans"), None);
}

#[test]
fn only_frequent_segments_get_a_column() {
    let context = Context::of(&occasion(Some("s"), 0), &Zone::utc());
    let settings = PersonalSettings::default().features;
    let many = vec![context; settings.fewest_rows];
    assert_eq!(columns(many.iter(), settings).last().unwrap(), "x_segment_vip");
    assert_eq!(columns(many.iter().skip(1), settings).len(), 7);
}

#[test]
fn offers_that_apply_or_are_in_reach_are_eligible() {
    let refused = |id: &str, reason| RefusedOffer {
        campaign: Some(id.into()),
        name: String::new(),
        description: String::new(),
        code: None,
        reasons: vec![reason],
    };
    let ids = |outcome: &Outcome| -> Vec<String> {
        eligible(outcome, &shared(), 0)
            .iter()
            .map(|campaign| campaign.id.clone())
            .collect()
    };
    let mut outcome = Outcome::default();
    assert!(ids(&outcome).is_empty());
    outcome.near = vec![
        refused("five-off", Reason::MissingAmount { minor: 1 }),
        refused("for-all", Reason::MissingAmount { minor: 1 }),
    ];
    outcome.skipped = vec![refused("ten-off", Reason::NotCombinable { with: vec![] })];
    assert_eq!(ids(&outcome).len(), 2);
    outcome.skipped = vec![refused("ten-off", Reason::CampaignBudgetSpent)];
    assert_eq!(ids(&outcome), ["five-off"]);
}

#[test]
fn no_offer_is_shown_that_leaves_less_than_the_margins_floor() {
    let occasion = occasion(Some("ada"), 0);
    let admitted = |cost: i64, margin: f64| -> Vec<String> {
        let costs = move |item: &str| (item == "a").then_some(cost);
        let floor = Floor {
            costs: &costs,
            margin,
        };
        let mut shown = shared();
        shown.retain(|campaign| floor.admits(campaign, &occasion));
        shown.iter().map(|campaign| campaign.id.clone()).collect()
    };
    let all = shared().len();
    assert_eq!(admitted(1_000, 0.0).len(), all, "far above the cost");
    // The tent is 30.00: 5 % off leaves 28.50.
    assert!(admitted(2_850, 0.0).contains(&"for-all".to_owned()));
    assert!(!admitted(2_851, 0.0).contains(&"for-all".to_owned()));
    assert!(!admitted(2_600, 0.1).contains(&"for-all".to_owned()));
    assert!(admitted(2_590, 0.1).contains(&"for-all".to_owned()));
    let unknown = Floor {
        costs: &|_| None,
        margin: 9.0,
    };
    assert!(
        shared()
            .iter()
            .all(|campaign| unknown.admits(campaign, &occasion))
    );
}

fn decision(id: &str, chosen: Option<&str>) -> StoredDecision {
    StoredDecision {
        id: id.into(),
        shopper: Some("s".into()),
        at: 0,
        group: Group::Chosen,
        currency: "USD".into(),
        context: Context::default(),
        eligible: Vec::new(),
        chosen: chosen.map(str::to_owned),
        propensity: 0.5,
        explored: false,
        fell_back: false,
    }
}

#[test]
fn a_reward_is_what_was_paid_for_items() {
    let outcome = |currency: &str| Outcome {
        currency: currency.into(),
        shipping: 500,
        lines: vec![LineOutcome {
            total: 3_600,
            ..LineOutcome::default()
        }],
        applied: vec![AppliedOffer {
            campaign: "ten-off".into(),
            name: String::new(),
            description: String::new(),
            class: crate::promotions::campaign::Class::Order,
            code: None,
            amount: 400,
            lines: vec![400],
            shipping: 0,
        }],
        ..Outcome::default()
    };
    let order = |decision: &str, currency: &str| Followed {
        decision: decision.into(),
        redemption: "r".into(),
        outcome: outcome(currency),
    };
    let decisions = [
        decision("a", Some("ten-off")),
        decision("b", None),
        decision("c", None),
    ];
    let orders = [order("a", "USD"), order("a", "EUR"), order("b", "USD")];
    let found: Vec<(f64, f64)> = settled(&decisions, &orders)
        .iter()
        .map(|settled| (settled.reward, settled.cost))
        .collect();
    assert_eq!(found, [(36.0, 4.0), (36.0, 0.0), (0.0, 0.0)]);
}

#[test]
fn a_learner_finds_the_offer_that_sells_and_sees_contexts_after_a_while() {
    let settings = PersonalSettings::default();
    let mut learner = Learner::new(&settings).unwrap();
    let (campaigns, rules) = (shared()[..2].to_vec(), everyone(u32::MAX).rules);
    learner.meet(&campaigns);
    let (mut random, mut lessons) = (StdRng::seed_from_u64(1), Vec::new());
    let mut chosen: BTreeMap<Option<String>, u32> = BTreeMap::new();
    for round in 0..400 {
        let context = Context {
            orders: Some(round % 7),
            channel: if round % 2 == 0 { "web" } else { "app" }.into(),
            ..Context::default()
        };
        let asked = Asked {
            rules: &rules,
            shopper: "s",
            shown: 0,
            context: &context,
            campaigns: &campaigns,
            spent: &HashMap::new(),
            at: 0,
        };
        let (decision, eligible) = learner.decide(&asked, &mut random).unwrap();
        let total: f64 = eligible.iter().map(|candidate| candidate.propensity).sum();
        assert!((total - 1.0).abs() < 1e-9);
        let offer = decision.offer().map(str::to_owned);
        if round >= 200 {
            *chosen.entry(offer.clone()).or_default() += 1;
        }
        let lesson = Lesson {
            context,
            eligible,
            reward: if offer.as_deref() == Some("ten-off") {
                20.0
            } else {
                5.0
            },
            cost: 1.0,
            propensity: decision.propensity(),
            chosen: offer,
        };
        learner.learn(&lesson).unwrap();
        lessons.push(lesson);
    }
    assert!(chosen[&Some("ten-off".to_owned())] > 150, "{chosen:?}");
    assert!(learner.wants_fit() && !learner.sees_contexts());
    let fitted = learner.refitted(&lessons, &settings).unwrap();
    assert!(fitted.sees_contexts() && !fitted.wants_fit() && fitted.knows(&campaigns));
    let state = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Learner>(&state).unwrap().learnt(), 400);
}

struct Shop {
    _folder: tempfile::TempDir,
    store: Store,
    promotions: Promotions,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = Store::sqlite_url(&folder.path().join("shop.db"));
        let store = Store::open(&url).await.unwrap();
        let promotions = Promotions::open(store.clone(), 5).await.unwrap();
        promotions.save(&campaigns()).await.unwrap();
        Self {
            _folder: folder,
            store,
            promotions,
        }
    }

    fn server(&self, settings: PersonalSettings) -> PersonalOffers {
        PersonalOffers::new(self.store.clone(), self.promotions.clone(), settings)
    }

    async fn ask(&self, offers: &PersonalOffers, shopper: Option<&str>, at: i64) -> PersonalOffer {
        let occasion = occasion(shopper, at);
        let (evaluation, _) = self.promotions.qualify(&occasion, None).await.unwrap();
        let outcome = Outcome::of(&occasion.cart, &evaluation);
        offers.choose(&occasion, &outcome).await.unwrap()
    }
}

#[tokio::test]
async fn decisions_are_kept_settled_once_and_followed_by_other_servers() {
    let shop = Shop::open().await;
    let settings = PersonalSettings {
        visit: 0,
        ..everyone(u32::MAX)
    };
    let (one, other) = (shop.server(settings.clone()), shop.server(settings.clone()));
    let day = settings.window;
    let at = now();
    for number in 0..120 {
        shop.ask(&one, Some(&format!("s{number}")), at - 1_000).await;
    }
    shop.ask(&one, None, at - 1_000).await;
    let request = RedemptionRequest {
        occasion: occasion(Some("s3"), now()),
        ..RedemptionRequest::default()
    };
    let redeemed = shop.promotions.redeem(request).await.unwrap().redemption;
    let paid: i64 = redeemed.outcome.lines.iter().map(|line| line.total).sum();

    assert_eq!(one.settle(at).await.unwrap(), 0, "their window is open");
    let (first, second) = tokio::join!(one.settle(at + day), other.settle(at + day));
    assert_eq!(
        first.unwrap() + second.unwrap(),
        120,
        "each once; nobody's is never settled"
    );
    assert_eq!(other.settle(at + day).await.unwrap(), 0);
    for server in [&one, &other] {
        server.follow().await.unwrap();
        assert_eq!(server.learnt("USD"), 120);
    }
    let mut csv = Vec::new();
    let written = export::write_log(&shop.store, "USD", &mut csv, &Progress::silent())
        .await
        .unwrap();
    assert_eq!(written, 120);
    let log = read_log(csv.as_slice()).unwrap();
    assert!(log.left_out.is_empty() && log.columns.contains(&"x_segment_vip".to_owned()));
    let rewards: f64 = log.rows.iter().map(|row| row.reward).sum();
    assert!((rewards - paid as f64 / 100.0).abs() < 1e-9, "{rewards} {paid}");
    let report = fairness::fairness(&shop.store, &Progress::silent())
        .await
        .unwrap();
    assert_eq!(report["USD"].segments.segments.len(), 3);
    assert_eq!(report["USD"].channels.segments[0].segment, "web");
}

#[tokio::test]
async fn a_visit_has_one_answer_and_groups_are_kept_from_offers() {
    let shop = Shop::open().await;
    let at = now();
    let offers = shop.server(everyone(1));
    let first = shop.ask(&offers, Some("a"), at).await;
    assert_eq!(shop.ask(&offers, Some("a"), at + 1).await, first);
    assert!(!first.held_out && first.propensity < 1.0);
    let mut settings = everyone(1);
    settings.rules.hold_out.share = 1.0;
    let held = shop.ask(&shop.server(settings), Some("b"), at).await;
    assert!(held.held_out && held.campaign.is_none() && held.propensity == 1.0);
    let mut seen = 0;
    for visit in 0..20 {
        let offer = shop.ask(&offers, Some("c"), at + visit * 3_600_000).await;
        seen += u32::from(offer.campaign.is_some());
    }
    assert_eq!(seen, 1, "the cap is one a day");
}

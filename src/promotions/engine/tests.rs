use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use proptest::prelude::*;

use super::discount::Left;
use super::stack::{Offer, best_stack};
use super::*;
use crate::promotions::campaign::{
    BuyGet, Choose, Class, Codes, Conditions, Limits, Measure, Off, Scope, Selector, Step, WHOLE,
};
use crate::promotions::cart::{Shopper, Used};
use crate::promotions::schedule::{Schedule, Zone};

fn campaign(id: &str, class: Class, benefit: Benefit) -> Campaign {
    Campaign {
        id: id.to_owned(),
        name: id.to_owned(),
        description: String::new(),
        texts: Default::default(),
        state: State::Active,
        currency: Some("USD".into()),
        class,
        combines_with: BTreeSet::new(),
        priority: 0,
        benefit,
        scope: Scope::default(),
        conditions: Conditions::default(),
        schedule: Schedule::always(Zone::utc()),
        limits: Limits::default(),
        codes: Codes::Automatic,
        advertised: false,
        personal: false,
    }
}

fn line(id: &str, category: &str, quantity: u32, unit_price: MinorUnits) -> Line {
    Line {
        id: id.to_owned(),
        item: format!("item-{id}"),
        quantity,
        unit_price,
        category: vec!["All".into(), category.to_owned()],
        brand: String::new(),
    }
}

fn cart(lines: Vec<Line>) -> Cart {
    Cart {
        currency: "USD".into(),
        lines,
        shipping: 590,
    }
}

fn in_category(category: &str) -> Scope {
    Scope {
        include: Selector {
            categories: [category.to_owned()].into(),
            ..Selector::default()
        },
        exclude: Selector::default(),
    }
}

fn engine(campaigns: Vec<Campaign>) -> Engine {
    Engine::new(campaigns.into_iter().map(Arc::new).collect(), MOST_OFFERS)
}

const CATEGORIES: [&str; 4] = ["Tents", "Boots", "Lamps", "Food"];

fn any_benefit() -> impl Strategy<Value = Benefit> {
    prop_oneof![
        (1u32..=10_000, prop::option::of(1i64..20_000))
            .prop_map(|(share, cap)| Benefit::Percent { share, cap }),
        (1i64..30_000, any::<bool>()).prop_map(|(minor, each)| Benefit::Amount { minor, each }),
        (0i64..20_000).prop_map(|minor| Benefit::FixedPrice { minor }),
        (
            1u32..4,
            1u32..3,
            1u32..=10_000,
            prop::option::of(1u32..3),
            any::<bool>()
        )
            .prop_map(|(buy, get, share, times, cheapest)| {
                Benefit::BuyGet(BuyGet {
                    buy,
                    get,
                    share,
                    bought: Scope::default(),
                    times,
                    choose: if cheapest {
                        Choose::Cheapest
                    } else {
                        Choose::Dearest
                    },
                })
            }),
        (1i64..30_000, 1u32..5_000, 1i64..9_000).prop_map(|(from, share, amount)| Benefit::Tiers {
            by: Measure::Subtotal,
            steps: vec![
                Step {
                    from,
                    off: Off::Share(share)
                },
                Step {
                    from: from * 2,
                    off: Off::Amount(amount)
                },
            ],
        }),
    ]
}

fn any_campaign() -> impl Strategy<Value = Campaign> {
    (
        any_benefit(),
        0usize..3,
        prop::collection::btree_set(0usize..3, 0..4),
        -2i32..3,
        prop::option::of(0usize..4),
        prop::option::of(1i64..40_000),
        prop::option::of(0i64..5_000),
        prop::option::of(1i64..20_000),
    )
        .prop_map(
            |(benefit, class, combines, priority, category, min_subtotal, cap, budget)| {
                let class = Class::ALL[class];
                let benefit = match (class, benefit) {
                    (Class::Shipping, _) => Benefit::FreeShipping { cap },
                    (_, benefit) => benefit,
                };
                Campaign {
                    combines_with: combines.into_iter().map(|class| Class::ALL[class]).collect(),
                    priority,
                    scope: category
                        .map(|category| in_category(CATEGORIES[category]))
                        .unwrap_or_default(),
                    limits: Limits {
                        budget,
                        ..Limits::default()
                    },
                    conditions: Conditions {
                        // The same amount, for some shipping after discounts too.
                        min_after_discounts: min_subtotal
                            .filter(|_| class == Class::Shipping && priority > 0),
                        min_subtotal,
                        ..Conditions::default()
                    },
                    ..campaign("", class, benefit)
                }
            },
        )
}

fn any_campaigns(most: usize) -> impl Strategy<Value = Vec<Campaign>> {
    prop::collection::vec(any_campaign(), 0..=most).prop_map(|campaigns| {
        let named = campaigns.into_iter().enumerate();
        named
            .map(|(number, campaign)| Campaign {
                id: format!("c{number:02}"),
                ..campaign
            })
            .collect()
    })
}

fn any_cart() -> impl Strategy<Value = Cart> {
    let line = (0usize..4, 1u32..6, prop_oneof![Just(0i64), 1i64..30_000]);
    (prop::collection::vec(line, 1..7), 0i64..2_000).prop_map(|(lines, shipping)| Cart {
        currency: "USD".into(),
        lines: lines
            .into_iter()
            .enumerate()
            .map(|(number, (category, quantity, price))| {
                super::tests::line(&format!("l{number}"), CATEGORIES[category], quantity, price)
            })
            .collect(),
        shipping,
    })
}

/// The best of all subsets that combine, by trying them all.
fn brute_force(
    offers: &[Offer<'_>],
    lines: &[&Line],
    shipping: MinorUnits,
    most: usize,
) -> (MinorUnits, Vec<usize>) {
    let mut best: (MinorUnits, Vec<usize>) = (0, Vec::new());
    for bits in 1u32..1 << offers.len() {
        let set: Vec<usize> = (0..offers.len())
            .filter(|number| bits >> number & 1 == 1)
            .collect();
        let pairs = || {
            set.iter()
                .flat_map(|one| set.iter().map(move |other| (*one, *other)))
        };
        let combine = pairs()
            .filter(|(one, other)| one != other)
            .all(|(one, other)| offers[one].campaign.combines(offers[other].campaign));
        if set.len() > most || !combine {
            continue;
        }
        let mut left = Left::of(lines, shipping);
        let amounts: Vec<_> = set
            .iter()
            .map(|number| offers[*number].apply(&mut left, lines))
            .collect();
        let discount = amounts.iter().sum();
        let is_better = discount > best.0
            || discount == best.0 && (set.len() < best.1.len() || set.len() == best.1.len() && set < best.1);
        let allowed = set
            .iter()
            .zip(&amounts)
            .all(|(number, amount)| (1..=offers[*number].budget).contains(amount));
        if is_better && allowed {
            best = (discount, set);
        }
    }
    best
}

fn cases(usual: u32) -> ProptestConfig {
    ProptestConfig {
        cases: usual,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn the_best_stack_is_what_trying_all_finds(campaigns in any_campaigns(12), cart in any_cart()) {
        let engine = engine(campaigns);
        let facts = Facts::default();
        let lines: Vec<&Line> = cart.lines.iter().collect();
        let judged = engine.judged(&cart, &lines, &facts);
        let mut found = Found::default();
        engine.judge_all(&judged, &mut found);
        let stack = best_stack(&found.offers, &lines, cart.shipping, MOST_OFFERS);
        let (discount, offers) = brute_force(&found.offers, &lines, cart.shipping, MOST_OFFERS);
        prop_assert!(stack.is_best);
        prop_assert_eq!(stack.discount, discount);
        prop_assert_eq!(stack.offers, offers);
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn parts_are_the_whole_and_nothing_falls_below_zero(campaigns in any_campaigns(12), cart in any_cart()) {
        let evaluation = engine(campaigns).evaluate(&cart, &Facts::default())?;
        prop_assert!(evaluation.total >= 0);
        prop_assert_eq!(evaluation.total, evaluation.subtotal + evaluation.shipping - evaluation.discount);
        let mut off = vec![0; cart.lines.len()];
        let mut off_shipping = 0;
        for applied in &evaluation.applied {
            prop_assert!(applied.amount > 0);
            prop_assert_eq!(applied.amount, applied.lines.iter().sum::<i64>() + applied.shipping);
            off_shipping += applied.shipping;
            for (sum, part) in off.iter_mut().zip(&applied.lines) {
                prop_assert!(*part >= 0);
                *sum += part;
            }
        }
        prop_assert!(off_shipping <= cart.shipping);
        for ((line, off), left) in cart.lines.iter().zip(&off).zip(&evaluation.lines) {
            prop_assert!(*left >= 0);
            prop_assert_eq!(line.subtotal() - off, *left);
        }
        for (number, one) in evaluation.applied.iter().enumerate() {
            for other in &evaluation.applied[number + 1..] {
                prop_assert!(one.campaign.combines(&other.campaign));
            }
        }
    }

    #[test]
    fn no_order_of_lines_or_campaigns_makes_a_difference(
        (campaigns, turned) in any_campaigns(8).prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        (cart, shuffled) in any_cart().prop_flat_map(|cart| {
            let lines = Just(cart.lines.clone()).prop_shuffle();
            (Just(cart), lines)
        }),
    ) {
        let facts = Facts::default();
        let one = engine(campaigns).evaluate(&cart, &facts)?;
        let other_cart = Cart { lines: shuffled, ..cart.clone() };
        let other = engine(turned).evaluate(&other_cart, &facts)?;
        prop_assert_eq!(one.total, other.total);
        let left = |cart: &Cart, evaluation: &Evaluation| -> HashMap<String, MinorUnits> {
            let names = cart.lines.iter().map(|line| line.id.clone());
            names.zip(evaluation.lines.iter().copied()).collect()
        };
        prop_assert_eq!(left(&cart, &one), left(&other_cart, &other));
        let ids = |evaluation: &Evaluation| -> Vec<String> {
            evaluation.applied.iter().map(|applied| applied.campaign.id.clone()).collect()
        };
        prop_assert_eq!(ids(&one), ids(&other));
    }

    #[test]
    fn one_more_item_leaves_the_rate_of_a_percentage(share in 1u32..=10_000, cart in any_cart(), price in 0i64..30_000) {
        let rule = engine(vec![campaign("p", Class::Order, Benefit::Percent { share, cap: None })]);
        let facts = Facts::default();
        let mut more = cart.clone();
        more.lines.push(line("new", "Tents", 1, price));
        for cart in [&cart, &more] {
            let discount = rule.evaluate(cart, &facts)?.discount;
            // Half a unit is what rounding may change.
            let exact = i128::from(cart.subtotal()) * i128::from(share);
            prop_assert!((i128::from(discount) * 10_000 - exact).abs() <= 5_000);
        }
    }

    #[test]
    fn currencies_never_mix(campaigns in any_campaigns(6), cart in any_cart()) {
        let cart = Cart { currency: "EUR".into(), ..cart };
        let evaluation = engine(campaigns).evaluate(&cart, &Facts::default())?;
        prop_assert_eq!(evaluation.discount, 0);
    }
}

#[test]
fn an_offer_that_changes_nothing_is_not_used_up() {
    let all = Campaign {
        combines_with: Class::ALL.into(),
        priority: 1,
        ..campaign(
            "all-free",
            Class::Order,
            Benefit::Percent {
                share: WHOLE,
                cap: None,
            },
        )
    };
    let more = Campaign {
        combines_with: Class::ALL.into(),
        ..campaign(
            "more",
            Class::Order,
            Benefit::Amount {
                minor: 500,
                each: false,
            },
        )
    };
    let evaluation = engine(vec![all, more])
        .evaluate(&cart(vec![line("a", "Tents", 1, 9_999)]), &Facts::default())
        .unwrap();
    assert_eq!(evaluation.total, 590);
    assert_eq!(evaluation.applied.len(), 1);
    assert_eq!(
        evaluation.skipped[0].reasons[..],
        [Reason::EffectCouldNotBeApplied]
    );
}

#[test]
fn an_unknown_code_and_a_second_one_of_the_same_campaign_are_refused() {
    let tenth = Campaign {
        codes: Codes::Unique {
            pattern: "TEN-####".into(),
            uses: 1,
        },
        ..campaign(
            "ten",
            Class::Order,
            Benefit::Percent {
                share: 1_000,
                cap: None,
            },
        )
    };
    let code = |code: &str, campaign: Option<&str>| Entered {
        code: code.into(),
        campaign: campaign.map(str::to_owned),
        limit: Some(1),
        used: 0,
    };
    let facts = Facts {
        entered: vec![
            code("TEN-AAAA", Some("ten")),
            code("TEN-CCCC", Some("ten")),
            code("NOPE", None),
        ],
        ..Facts::default()
    };
    let evaluation = engine(vec![tenth])
        .evaluate(&cart(vec![line("a", "Tents", 1, 10_000)]), &facts)
        .unwrap();
    assert_eq!(evaluation.discount, 1_000);
    assert_eq!(evaluation.applied[0].code.as_deref(), Some("TEN-AAAA"));
    let reasons: Vec<_> = evaluation
        .refused
        .iter()
        .map(|refused| refused.reasons[0].clone())
        .collect();
    assert_eq!(
        reasons,
        [
            Reason::NotCombinable {
                with: vec!["ten".into()]
            },
            Reason::CouponNotFound
        ]
    );
}

#[test]
fn who_the_shopper_is_counts_where_it_is_asked() {
    let first = Campaign {
        conditions: Conditions {
            first_order: true,
            ..Conditions::default()
        },
        limits: Limits {
            per_shopper: Some(1),
            ..Limits::default()
        },
        codes: Codes::Public { code: "HELLO".into() },
        ..campaign(
            "hello",
            Class::Order,
            Benefit::Percent {
                share: 1_000,
                cap: None,
            },
        )
    };
    let engine = engine(vec![first]);
    let cart = cart(vec![line("a", "Tents", 1, 10_000)]);
    let facts = |id: Option<&str>, orders: u64, by_shopper: i64| Facts {
        shopper: Shopper {
            id: id.map(str::to_owned),
            orders,
            ..Shopper::default()
        },
        used: [(
            "hello".to_owned(),
            Used {
                by_shopper,
                ..Used::default()
            },
        )]
        .into(),
        entered: vec![Entered {
            code: "HELLO".into(),
            campaign: Some("hello".into()),
            limit: None,
            used: 0,
        }],
        ..Facts::default()
    };
    let reason = |facts: &Facts| {
        let evaluation = engine.evaluate(&cart, facts).unwrap();
        evaluation
            .refused
            .first()
            .map(|refused| refused.reasons[0].clone())
    };
    assert_eq!(reason(&facts(Some("ann"), 0, 0)), None);
    assert_eq!(reason(&facts(None, 0, 0)), Some(Reason::ProfileRequired));
    assert_eq!(
        reason(&facts(Some("ann"), 2, 0)),
        Some(Reason::CouponRecipientDoesNotMatch)
    );
    assert_eq!(
        reason(&facts(Some("ann"), 0, 1)),
        Some(Reason::ProfileLimitReached)
    );
}

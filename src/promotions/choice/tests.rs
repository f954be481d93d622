//! The policy's life and the exam of logs, in worlds whose truth is known.

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::simulate::{Kind, World, normal};
use super::*;
use crate::progress::Progress;

fn eligible(arms: &[usize]) -> Vec<Eligible> {
    arms.iter()
        .map(|arm| Eligible {
            arm: *arm,
            charge: 0.0,
        })
        .collect()
}

/// A policy of no offer, a and b, where a brings 1 to those with a positive number, b to the others and none 0.2 to all.
fn taught(rounds: usize, seed: u64) -> Policy {
    let mut policy = Policy::new(1, PolicySettings::default()).unwrap();
    let arms = [None, Some("a"), Some("b")].map(|offer| policy.arm(offer));
    let (eligible, mut random) = (eligible(&arms), StdRng::seed_from_u64(seed));
    for _ in 0..rounds {
        let x = normal(&mut random);
        let choice = policy.choose(&[x], &eligible, &mut random).unwrap();
        let mean = [0.2, f64::from(u8::from(x > 0.0)), f64::from(u8::from(x < 0.0))][choice.arm];
        let reward = mean + 0.3 * normal(&mut random);
        policy
            .observe(&[x], &eligible, (choice.arm, choice.propensity), reward)
            .unwrap();
    }
    policy
}

#[test]
fn each_shopper_gets_what_suits_them() {
    let (policy, all) = (taught(3_000, 1), eligible(&[0, 1, 2]));
    assert_eq!(policy.best(&[1.5], &all).unwrap(), 1);
    assert_eq!(policy.best(&[-1.5], &all).unwrap(), 2);
    let chances = policy.propensities(&[1.5], &all).unwrap();
    assert!(
        (chances[1] - 0.98).abs() < 0.005,
        "all but the floors: {chances:?}"
    );
    assert_eq!(policy.decisions(), 3_000);
}

#[test]
fn propensities_are_how_often_offers_are_chosen() {
    let (policy, all) = (taught(150, 2), eligible(&[0, 1, 2]));
    let chances = policy.propensities(&[0.3], &all).unwrap();
    let (mut random, mut counts) = (StdRng::seed_from_u64(3), [0.0; 3]);
    for _ in 0..50_000 {
        let choice = policy.choose(&[0.3], &all, &mut random).unwrap();
        assert_eq!(choice.propensity, chances[choice.arm]);
        assert_eq!(choice.propensities, chances);
        counts[choice.arm] += 1.0 / 50_000.0;
    }
    assert!(
        chances
            .iter()
            .zip(counts)
            .all(|(chance, count)| (chance - count).abs() < 0.01),
        "{chances:?} {counts:?}"
    );
}

#[test]
fn only_the_eligible_are_chosen_and_a_charge_counts() {
    let policy = taught(3_000, 4);
    assert_eq!(policy.best(&[-1.5], &eligible(&[0, 2])).unwrap(), 1);
    let one = policy
        .choose(&[1.5], &eligible(&[2]), &mut StdRng::seed_from_u64(1))
        .unwrap();
    assert_eq!((one.offer.as_deref(), one.propensity), (Some("b"), 1.0));
    let mut dear = eligible(&[0, 1, 2]);
    dear[1].charge = 2.0;
    assert_ne!(
        policy.best(&[1.5], &dear).unwrap(),
        1,
        "what it brings is not worth its cost"
    );
}

#[test]
fn where_context_says_nothing_the_policy_falls_back_to_the_best_fixed_offer() {
    let (world, mut random) = (World::new(Kind::Linear, 4, 0.0, 8), StdRng::seed_from_u64(5));
    let mut policy = Policy::new(3, PolicySettings::default()).unwrap();
    let all = eligible(
        &(0..4)
            .map(|arm| policy.arm(Some(&arm.to_string())))
            .collect::<Vec<_>>(),
    );
    let means = world.means(&world.visit(&mut random));
    for _ in 0..8_000 {
        let context = [normal(&mut random), normal(&mut random), normal(&mut random)];
        let choice = policy.choose(&context, &all, &mut random).unwrap();
        let reward = world.reward(means[choice.arm], &mut random);
        policy
            .observe(&context, &all, (choice.arm, choice.propensity), reward)
            .unwrap();
    }
    let best = (0..4).max_by(|a, b| means[*a].total_cmp(&means[*b])).unwrap();
    let choice = policy.choose(&[0.0; 3], &all, &mut random).unwrap();
    assert!(choice.fell_back);
    assert_eq!(policy.fallback(&all), Some(best), "{means:?}");
    assert!(policy.propensities(&[2.0, 0.0, -2.0], &all).unwrap()[best] > 0.75);
}

#[test]
fn a_stored_policy_goes_on_as_if_it_had_not_been_stored() {
    let policy = taught(500, 6);
    let text = serde_json::to_string(&policy).unwrap();
    let back: Policy = serde_json::from_str(&text).unwrap();
    let all = eligible(&[0, 1, 2]);
    for seed in 0..20 {
        let choose = |policy: &Policy| {
            policy
                .choose(&[0.1], &all, &mut StdRng::seed_from_u64(seed))
                .unwrap()
        };
        assert_eq!(choose(&policy).arm, choose(&back).arm);
        assert!((choose(&policy).propensity - choose(&back).propensity).abs() < 1e-9);
    }
    assert_eq!(taught(500, 6), policy, "one seed, one life");
}

#[test]
fn what_cannot_be_chosen_from_is_an_error() {
    let mut policy = taught(10, 7);
    let mut random = StdRng::seed_from_u64(1);
    let error = |policy: &Policy, context: &[f64], arms: &[usize], random: &mut StdRng| {
        policy
            .choose(context, &eligible(arms), random)
            .unwrap_err()
            .to_string()
    };
    assert!(error(&policy, &[0.0], &[], &mut random).starts_with("no offer is eligible"));
    assert_eq!(
        error(&policy, &[0.0, 1.0], &[0], &mut random),
        "2 features, expected 1"
    );
    assert_eq!(
        error(&policy, &[f64::NAN], &[0], &mut random),
        "feature 0 is NaN, expected a finite number"
    );
    assert_eq!(
        error(&policy, &[0.0], &[9], &mut random),
        "offer 9 is unknown to the policy, it has 3"
    );
    assert!(error(&policy, &[0.0], &[1, 1], &mut random).starts_with("offer 1 occurs twice"));
    let before = policy.clone();
    assert!(policy.observe(&[0.0], &eligible(&[0, 1]), (2, 0.5), 1.0).is_err());
    assert!(policy.observe(&[0.0], &eligible(&[0, 1]), (1, 0.0), 1.0).is_err());
    assert!(
        policy
            .observe(&[0.0], &eligible(&[0, 1]), (1, 0.5), f64::INFINITY)
            .is_err()
    );
    assert_eq!(policy, before, "nothing was learnt of what was refused");
    let settings = PolicySettings {
        floor: 2.0,
        ..PolicySettings::default()
    };
    assert_eq!(
        Policy::new(1, settings).unwrap_err().to_string(),
        "the floor is 2, expected 0 to 1"
    );
}

#[test]
fn the_held_out_and_those_who_saw_enough_are_shown_none_with_certainty() {
    let policy = taught(100, 9);
    let rules = |share| Rules {
        hold_out: HoldOut {
            share,
            salt: "spring".into(),
        },
        cap: ExposureCap {
            most: 2,
            period_millis: 1_000,
        },
    };
    let all = eligible(&[1, 2]);
    let request = |shown, eligible| Request {
        shopper: "s-1",
        context: &[0.0],
        eligible,
        shown,
    };
    let mut random = StdRng::seed_from_u64(1);
    let mut group = |share, shown, eligible| {
        let decision = decide(&policy, &rules(share), request(shown, eligible), &mut random).unwrap();
        (
            decision.group,
            decision.offer().is_some(),
            decision.propensity() == 1.0,
        )
    };
    assert_eq!(group(1.0, 0, &all), (Group::HeldOut, false, true));
    assert_eq!(group(0.0, 2, &all), (Group::Capped, false, true));
    assert_eq!(group(0.0, 0, &[]), (Group::Empty, false, true));
    assert_eq!(group(0.0, 1, &all), (Group::Chosen, true, false));
}

fn settings(seed: u64) -> EvaluateSettings {
    EvaluateSettings {
        seed,
        replicates: 200,
        ..EvaluateSettings::default()
    }
}

/// A log whose propensities differ by row and action.
fn uneven_log(world: &World, rows: usize, random: &mut StdRng) -> (Log, Vec<Vec<f64>>) {
    let mut log = world.uniform_log(rows, random);
    let mut means = Vec::with_capacity(rows);
    for row in &mut log.rows {
        let visit = world.visit(random);
        let mut chances: Vec<f64> = (0..world.offers())
            .map(|_| 0.05 + random.random::<f64>())
            .collect();
        let total: f64 = chances.iter().sum();
        chances.iter_mut().for_each(|chance| *chance /= total);
        let mut left = random.random::<f64>();
        row.action = chances
            .iter()
            .position(|chance| {
                left -= chance;
                left < 0.0
            })
            .unwrap_or(0);
        row.propensity = chances[row.action];
        row.features = visit.context();
        means.push(world.means(&visit));
        row.reward = world.reward(means[means.len() - 1][row.action], random);
    }
    (log, means)
}

#[test]
fn estimators_are_unbiased_and_dr_is_nearest() {
    let (world, mut random) = (World::new(Kind::Logistic, 4, 1.0, 3), StdRng::seed_from_u64(12));
    let (mut errors, mut squares) = ([0.0; 3], [0.0; 3]);
    const RUNS: usize = 60;
    for run in 0..RUNS {
        let (log, means) = uneven_log(&world, 1_000, &mut random);
        // Mostly the third offer, sometimes the first: any fixed target.
        let target = vec![vec![0.2, 0.0, 0.8, 0.0]; log.rows.len()];
        let truth = means
            .iter()
            .map(|mean| 0.2 * mean[0] + 0.8 * mean[2])
            .sum::<f64>()
            / means.len() as f64;
        let settings = EvaluateSettings {
            replicates: 100,
            ..settings(run as u64)
        };
        let values = evaluate_target(&log, &target, &settings, &Progress::silent()).unwrap();
        for (at, estimate) in [values.ips, values.snips, values.dr].iter().enumerate() {
            errors[at] += (estimate.value - truth) / RUNS as f64;
            squares[at] += (estimate.value - truth).powi(2) / RUNS as f64;
        }
    }
    for (error, square) in errors.iter().zip(squares) {
        assert!(
            error.abs() < 3.0 * (square / RUNS as f64).sqrt(),
            "{errors:?} {squares:?}"
        );
    }
    assert!(squares[2] < squares[0], "{squares:?}");
}

#[test]
fn a_log_s_report_finds_who_likes_what() {
    let (world, mut random) = (World::new(Kind::Logistic, 4, 2.0, 5), StdRng::seed_from_u64(2));
    let mut log = world.uniform_log(6_000, &mut random);
    log.actions[3] = "none".to_owned();
    let report = evaluate_log(&log, &settings(1), &Progress::silent()).unwrap();
    let names: Vec<&str> = report.policies.iter().map(|line| line.name.as_str()).collect();
    let expected = [
        "as logged",
        "learned",
        "learned, exploring",
        "best fixed",
        "uniform",
        "always offer-0",
        "always offer-1",
        "always offer-2",
        "none",
    ];
    assert_eq!(names, expected);
    let value = |name: &str| report.line(name).unwrap().values;
    assert!(
        !report.fell_back && report.advantage.low > 0.0,
        "{}",
        report.render()
    );
    let best = report.best_fixed.replace("offer", "always offer");
    assert_eq!(value("best fixed"), value(&best));
    assert!((value("learned").dr.value - value("best fixed").dr.value - report.advantage.value).abs() < 1e-9);
    assert!(
        (value("uniform").ips.value - value("as logged").ips.value).abs() < 1e-9,
        "the log is uniform"
    );
    assert!((value("none").effective_sample_size - 750.0).abs() < 60.0);
    let again = evaluate_log(&log, &settings(1), &Progress::silent()).unwrap();
    assert_eq!(report, again);
    let json = serde_json::to_value(&report).unwrap();
    assert!(json["policies"][1]["dr"]["value"].is_f64() && json["policies"][1]["cost"].is_null());
    assert!(
        report.render().contains("the learned policy chooses by context"),
        "{}",
        report.render()
    );
}

#[test]
fn costs_are_reported_and_their_price_taken_off() {
    let (world, mut random) = (World::new(Kind::Linear, 3, 0.5, 4), StdRng::seed_from_u64(8));
    let mut log = world.uniform_log(3_000, &mut random);
    log.has_cost = true;
    log.rows.iter_mut().for_each(|row| row.cost = row.action as f64);
    let value = |price: f64| {
        let settings = EvaluateSettings { price, ..settings(0) };
        let report = evaluate_log(&log, &settings, &Progress::silent()).unwrap();
        let line = report.line("always offer-2").unwrap();
        (line.values.snips.value, line.cost.unwrap())
    };
    let ((free, cost), (priced, _)) = (value(0.0), value(0.5));
    assert!(
        (cost - 2.0).abs() < 1e-9 && (free - priced - 1.0).abs() < 1e-9,
        "{free} {priced} {cost}"
    );
}

#[test]
fn rare_actions_show_their_weights_and_what_clipping_changes() {
    let (world, mut random) = (World::new(Kind::Linear, 2, 0.0, 4), StdRng::seed_from_u64(3));
    let mut log = world.uniform_log(4_000, &mut random);
    for row in &mut log.rows {
        let rare = random.random::<f64>() < 0.02;
        row.action = usize::from(rare);
        row.propensity = if rare { 0.02 } else { 0.98 };
        row.reward = 1.0 + normal(&mut random);
    }
    let report = evaluate_log(&log, &settings(0), &Progress::silent()).unwrap();
    let values = report.line("always offer-1").unwrap().values;
    assert!((values.largest_weight - 50.0).abs() < 1e-9 && values.clipped_rows > 0.01);
    assert!(values.effective_sample_size < 70.0);
    assert!(values.ips.bias < -0.3, "weights of 50 count 20: {values:?}");
    assert!(values.dr.bias.abs() < 0.3, "the model fills in: {values:?}");
}

#[test]
fn logs_that_say_nothing_are_errors() {
    let (world, mut random) = (World::new(Kind::Linear, 2, 1.0, 4), StdRng::seed_from_u64(3));
    let log = world.uniform_log(200, &mut random);
    let error = |log: &Log, settings: &EvaluateSettings| {
        evaluate_log(log, settings, &Progress::silent())
            .unwrap_err()
            .to_string()
    };
    let one = Log {
        actions: vec!["a".into()],
        ..log.clone()
    };
    assert!(error(&one, &settings(0)).starts_with("1 actions in the log"));
    let short = Log {
        rows: log.rows[..50].to_vec(),
        ..log.clone()
    };
    assert_eq!(error(&short, &settings(0)), "50 rows: at least 100 are needed");
    let folds = EvaluateSettings {
        folds: 1,
        ..settings(0)
    };
    assert_eq!(error(&log, &folds), "folds is 1, expected 2 to 50");
    let mut age = log.clone();
    age.columns[0] = "x_customer_age".into();
    assert!(error(&age, &settings(0)).starts_with("column x_customer_age: age is a protected attribute"));
    let progress = Progress::silent();
    progress.cancel();
    assert!(matches!(
        evaluate_log(&log, &settings(0), &progress),
        Err(ChoiceError::Cancelled(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn propensities_add_up_and_keep_the_floor(
        rounds in 0_usize..60, x in -5.0..5.0_f64, charge in -2.0..2.0_f64, seed in 0_u64..1_000,
    ) {
        let policy = taught(rounds, seed);
        let mut all = eligible(&[2, 0, 1]);
        all[0].charge = charge;
        let chances = policy.propensities(&[x], &all).unwrap();
        prop_assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(chances.iter().all(|chance| *chance >= 0.01 - 1e-12));
        let choice = policy.choose(&[x], &all, &mut StdRng::seed_from_u64(seed)).unwrap();
        let at = all.iter().position(|offer| offer.arm == choice.arm).unwrap();
        prop_assert_eq!(choice.propensity, chances[at]);
    }
}

//! The choice of offers in worlds whose truth is known: 8 offers, 20,000 rounds, 200 worlds of each kind. Says how much is lost
//! (regret) against always choosing the best, beside showing offers at random and the best fixed one, and whether the
//! doubly robust estimate of a learned policy tells its true value.
//!
//! `cargo bench --bench choice`, or with other sizes or other worlds: `RUNS=20 ROUNDS=5000 FIRST=1000 cargo
//! bench --bench choice`.

use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;
use shopkeeper::progress::Progress;
use shopkeeper::promotions::choice::simulate::{Kind, World};
use shopkeeper::promotions::choice::{
    Eligible, EvaluateSettings, FeatureSettings, Features, Policy, PolicySettings, Value, learn_and_evaluate,
};

const OFFERS: usize = 8;
/// Visits that a policy's true value is told from.
const TRUTH: usize = 50_000;

fn main() {
    let (runs, rounds) = (size("RUNS", 200), size("ROUNDS", 20_000));
    println!("{OFFERS} offers, {rounds} rounds, {runs} worlds of each kind");
    for kind in [Kind::Linear, Kind::Logistic] {
        let clear = Setting {
            kind,
            signal: 1.0,
            rounds,
        };
        println!("{kind:?}");
        regret(clear, runs);
        estimates(clear, runs);
        // Here choosing by context brings little or nothing: the fall back's worth.
        for signal in [0.25, 0.0] {
            println!("{kind:?}, signal {signal}");
            regret(Setting { signal, ..clear }, runs.div_ceil(5));
        }
    }
}

fn size(name: &str, usual: usize) -> usize {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The seeds of the worlds.
fn worlds(runs: usize) -> rayon::range::Iter<u64> {
    let first = size("FIRST", 0) as u64;
    (first..first + runs as u64).into_par_iter()
}

/// What kind of world, how much the context matters in it, and how long it lasts.
#[derive(Clone, Copy)]
struct Setting {
    kind: Kind,
    signal: f64,
    rounds: usize,
}

/// Cumulative regrets of a world's rounds.
struct Regret {
    policy: f64,
    uniform: f64,
    best_fixed: f64,
    /// Share of the rounds in which the policy fell back.
    fell_back: f64,
}

fn regret(setting: Setting, runs: usize) {
    let rounds = setting.rounds;
    let start = Instant::now();
    let all: Vec<Regret> = worlds(runs)
        .into_par_iter()
        .map(|run| live(setting, run))
        .collect();
    let micros = start.elapsed().as_secs_f64() * 1e6 / (runs * rounds) as f64;
    let sum = |of: fn(&Regret) -> f64| all.iter().map(of).sum::<f64>();
    let (policy, uniform, fixed) = (sum(|r| r.policy), sum(|r| r.uniform), sum(|r| r.best_fixed));
    let above = all
        .iter()
        .filter(|regret| regret.policy > regret.best_fixed)
        .count();
    let of_fixed = if fixed > 0.0 {
        format!("{:.1} %", policy / fixed * 100.0)
    } else {
        "more".to_owned()
    };
    println!(
        "  regret: {:.1} % of uniform's, {of_fixed} of best fixed's (above it in {above} of {runs} worlds); uniform {:.4} a round, \
         best fixed {:.4}, policy {:.4}; fell back in {:.1} % of the rounds; {micros:.1} µs a round",
        policy / uniform * 100.0,
        uniform / (runs * rounds) as f64,
        fixed / (runs * rounds) as f64,
        policy / (runs * rounds) as f64,
        sum(|r| r.fell_back) / runs as f64 * 100.0,
    );
}

/// The policy's life in one world, from knowing nothing.
fn live(setting: Setting, run: u64) -> Regret {
    let world = World::new(setting.kind, OFFERS, setting.signal, run);
    let mut random = StdRng::seed_from_u64(run + 1_000_000);
    let contexts: Vec<Vec<Value>> = (0..1_000).map(|_| world.visit(&mut random).context()).collect();
    let rows = contexts.iter().map(Vec::as_slice);
    let features = Features::fit(&World::columns(), rows, FeatureSettings::default()).unwrap();
    let mut policy = Policy::new(features.width(), PolicySettings::default()).unwrap();
    let eligible: Vec<Eligible> = (0..OFFERS)
        .map(|offer| Eligible {
            arm: policy.arm(Some(&format!("offer-{offer}"))),
            charge: 0.0,
        })
        .collect();
    let (mut regret, mut fixed) = (
        Regret {
            policy: 0.0,
            uniform: 0.0,
            best_fixed: 0.0,
            fell_back: 0.0,
        },
        [0.0; OFFERS],
    );
    for _ in 0..setting.rounds {
        let visit = world.visit(&mut random);
        let context = features.encode(&visit.context()).unwrap();
        let choice = policy.choose(&context, &eligible, &mut random).unwrap();
        let means = world.means(&visit);
        let reward = world.reward(means[choice.arm], &mut random);
        policy
            .observe(&context, &eligible, (choice.arm, choice.propensity), reward)
            .unwrap();
        let best = means.iter().copied().fold(f64::MIN, f64::max);
        regret.policy += best - means[choice.arm];
        regret.uniform += best - means.iter().sum::<f64>() / OFFERS as f64;
        fixed
            .iter_mut()
            .zip(&means)
            .for_each(|(sum, mean)| *sum += best - mean);
        regret.fell_back += f64::from(u8::from(choice.fell_back)) / setting.rounds as f64;
    }
    regret.best_fixed = fixed.into_iter().fold(f64::MAX, f64::min);
    regret
}

/// What the exam of one world's log said of the learned policy, and the truth.
struct Told {
    truth: f64,
    dr: f64,
    ips: f64,
    snips: f64,
    /// Whether the 95 % interval held the truth: DR's, IPS's, SNIPS'.
    covered: [bool; 3],
    /// The truth less that of the fixed action that was believed best.
    gain: f64,
}

fn estimates(setting: Setting, runs: usize) {
    let start = Instant::now();
    let all: Vec<Told> = worlds(runs)
        .into_par_iter()
        .map(|run| examine(setting, run))
        .collect();
    let mean = |of: &dyn Fn(&Told) -> f64| all.iter().map(of).sum::<f64>() / runs as f64;
    let truth = mean(&|told| told.truth);
    let covered = |at: usize| mean(&|told| f64::from(u8::from(told.covered[at]))) * 100.0;
    let squared = |of: fn(&Told) -> f64| mean(&|told| (of(told) - told.truth).powi(2));
    println!(
        "  learned policy: truth {truth:.4}, above its best fixed by {:.4}; DR {:.4} ({:+.2} %)",
        mean(&|told| told.gain),
        mean(&|told| told.dr),
        (mean(&|told| told.dr) / truth - 1.0) * 100.0
    );
    println!(
        "  95 % intervals cover: DR {:.1} %, IPS {:.1} %, SNIPS {:.1} %; mean squared errors DR {:.2e}, IPS {:.2e}, SNIPS \
         {:.2e}; {:.2} s a log",
        covered(0),
        covered(1),
        covered(2),
        squared(|told| told.dr),
        squared(|told| told.ips),
        squared(|told| told.snips),
        start.elapsed().as_secs_f64() / runs as f64
    );
}

fn examine(setting: Setting, run: u64) -> Told {
    let world = World::new(setting.kind, OFFERS, setting.signal, run);
    let mut random = StdRng::seed_from_u64(run + 2_000_000);
    let log = world.uniform_log(setting.rounds, &mut random);
    let settings = EvaluateSettings {
        seed: run,
        replicates: 400,
        ..EvaluateSettings::default()
    };
    let (learned, report) = learn_and_evaluate(&log, &settings, &Progress::silent()).unwrap();
    let values = report.line("learned").unwrap().values;
    let eligible: Vec<Eligible> = (0..OFFERS).map(|arm| Eligible { arm, charge: 0.0 }).collect();
    let (mut truth, mut fixed) = (0.0, 0.0);
    for _ in 0..TRUTH {
        let visit = world.visit(&mut random);
        let context = learned.features.encode(&visit.context()).unwrap();
        let means = world.means(&visit);
        truth += means[learned.policy.best(&context, &eligible).unwrap()] / TRUTH as f64;
        fixed += means[learned.best_fixed] / TRUTH as f64;
    }
    let covers =
        |estimate: &shopkeeper::promotions::choice::Estimate| (estimate.low..=estimate.high).contains(&truth);
    Told {
        truth,
        dr: values.dr.value,
        ips: values.ips.value,
        snips: values.snips.value,
        covered: [covers(&values.dr), covers(&values.ips), covers(&values.snips)],
        gain: truth - fixed,
    }
}

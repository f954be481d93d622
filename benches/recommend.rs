//! A large shop: 100,000 items, a million events of 50,000 shoppers, all synthetic from one seed. Says how long training
//! takes, how long one shopper's ten items take, how fast a snapshot loads, and how much memory it needs at its peak.
//!
//! `cargo bench --bench recommend`, or with other sizes: `ITEMS=20000 EVENTS=200000 SHOPPERS=10000 cargo bench --bench
//! recommend`.

use std::sync::Arc;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use shopkeeper::progress::Progress;
use shopkeeper::recommend::evaluate::{Protocol, exams};
use shopkeeper::recommend::hybrid::{Blend, BlendSettings, Exam, candidates_of};
use shopkeeper::recommend::items::{ItemFacts, Items};
use shopkeeper::recommend::snapshot::Snapshot;
use shopkeeper::recommend::source::{Scores, best};
use shopkeeper::recommend::synthetic::{self, SyntheticSettings};
use shopkeeper::recommend::trained::{TrainSettings, Trained};
use shopkeeper::recommend::{Event, Fitting, Strength};

fn main() {
    let size = |name: &str, usual: usize| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(usual)
    };
    let (items, events, shoppers) = (
        size("ITEMS", 100_000),
        size("EVENTS", 1_000_000),
        size("SHOPPERS", 50_000),
    );
    let (names, facts) = catalogue(items);
    let settings = SyntheticSettings {
        shoppers,
        events,
        seed: 1,
        now: 1_700_000_000_000,
        days: 90,
    };
    let made = synthetic::events(&names, &facts, &settings);
    println!("{items} items, {} events, {shoppers} shoppers", made.len());
    let items = Items {
        names,
        facts: Arc::new(facts),
        ..Items::default()
    };
    let (trained, blend) = train(&items, &made);
    serve(&trained, &blend, &made);
    keep(trained, blend, items.facts);
    println!("memory at its peak {} MB", peak_megabytes());
}

fn train(items: &Items, events: &[Event]) -> (Trained, Blend) {
    let (settings, blend) = (TrainSettings::default(), BlendSettings::default());
    let fitting = Fitting {
        protocol: Protocol::Time,
        seed: 0,
        strength: Strength::default(),
        train: &settings,
        blend: &blend,
    };
    let start = Instant::now();
    let (trained, blend) = fitting.fit(events, items, &Progress::silent()).unwrap();
    println!(
        "training {:.1} s; of these for the sources, once of twice:",
        start.elapsed().as_secs_f64()
    );
    for (name, seconds) in trained.seconds.iter().filter(|(_, seconds)| *seconds > 0.5) {
        println!("  {name:<18} {seconds:>6.1} s");
    }
    println!("held out {:?}", blend.held_out);
    (trained, blend)
}

fn serve(trained: &Trained, blend: &Blend, events: &[Event]) {
    let exams: Vec<Exam> = exams(&trained.data, events)
        .into_iter()
        .step_by(25)
        .take(2_000)
        .collect();
    let (mut gathering, mut gathered) = (0.0, 0);
    let mut micros: Vec<f64> = exams
        .iter()
        .map(|exam| {
            let start = Instant::now();
            let candidates = candidates_of(trained, exam);
            gathering += start.elapsed().as_secs_f64() * 1e6;
            gathered += candidates.items.len();
            let mut rated: Vec<(u32, f32)> = candidates
                .items
                .iter()
                .copied()
                .zip(blend.rate(&candidates))
                .collect();
            best(&mut rated, 10);
            std::hint::black_box(rated);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    let history = |exams: &mut dyn Iterator<Item = &Exam>| {
        let lengths: Vec<usize> = exams.map(|exam| exam.history.len()).collect();
        lengths.iter().sum::<usize>() / lengths.len().max(1)
    };
    let mut order: Vec<usize> = (0..exams.len()).collect();
    order.sort_by(|a, b| micros[*b].total_cmp(&micros[*a]));
    order.truncate(exams.len() / 50);
    println!(
        "items that a shopper has: {}; that the slowest fiftieth have: {}",
        history(&mut exams.iter()),
        history(&mut order.iter().map(|exam| &exams[*exam])),
    );
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros[(micros.len() as f64 * share) as usize];
    println!(
        "one shopper's ten: p50 {:.0} µs, p95 {:.0}, p99 {:.0}",
        at(0.5),
        at(0.95),
        at(0.99)
    );
    println!(
        "on the mean {} candidates, gathered in {:.0} µs; each source alone, 300 times over:",
        gathered / exams.len(),
        gathering / exams.len() as f64
    );
    for source in trained.sources() {
        let mut scores = Scores::new(trained.data.items.len());
        let mut mean = |exams: &mut dyn ExactSizeIterator<Item = &Exam>| {
            let (count, start) = (exams.len(), Instant::now());
            for exam in exams {
                scores.reset(trained.data.items.len());
                let found = source.propose(&exam.shopper(), 100, &|item| !exam.knows(item), &mut scores);
                scores.recycle(std::hint::black_box(found));
            }
            start.elapsed().as_secs_f64() * 1e6 / count as f64
        };
        println!(
            "  {:<18} {:>6.0} µs, for the slowest {:>6.0} µs",
            source.name(),
            mean(&mut exams.iter().take(300)),
            mean(&mut order.iter().map(|exam| &exams[*exam])),
        );
    }
}

fn keep(trained: Trained, blend: Blend, facts: Arc<Vec<ItemFacts>>) {
    let file = std::env::temp_dir().join(format!("recommend-bench-{}.model", std::process::id()));
    let snapshot = Snapshot {
        trained,
        blend,
        facts,
    };
    let start = Instant::now();
    snapshot.write(&TrainSettings::default(), &file).unwrap();
    let written = start.elapsed();
    let bytes = std::fs::metadata(&file).unwrap().len();
    drop(snapshot);
    let start = Instant::now();
    let loaded = Snapshot::load(&file).unwrap();
    println!(
        "snapshot of {} MB: written in {:.2} s, loaded in {:.2} s ({} items)",
        bytes / 1_000_000,
        written.as_secs_f64(),
        start.elapsed().as_secs_f64(),
        loaded.facts.len()
    );
    std::fs::remove_file(file).unwrap();
}

/// Items whose words say what they are, more or less.
fn catalogue(items: usize) -> (Vec<String>, Vec<ItemFacts>) {
    let mut random = StdRng::seed_from_u64(7);
    (0..items)
        .map(|item| {
            let category = (random.random::<f32>().powi(2) * 400.0) as usize;
            let words: Vec<String> = (0..8)
                .map(|_| format!("word{}", (random.random::<f32>().powi(2) * 20_000.0) as usize))
                .collect();
            let own: Vec<String> = (0..3)
                .map(|_| format!("kind{category}x{}", random.random_range(0..30)))
                .collect();
            let facts = ItemFacts {
                title: [words, own].concat().join(" "),
                categories: vec![format!("shelf {}", category / 8), format!("part {category}")],
                brand: format!("brand {}", (random.random::<f32>().powi(2) * 900.0) as usize),
                price: Some((random.random::<f32>() * 4.0 + 2.0).exp()),
                ..ItemFacts::default()
            };
            (format!("item-{item}"), facts)
        })
        .unzip()
}

/// The most memory that this process had at once.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    let kilobytes: u64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    kilobytes / 1024
}

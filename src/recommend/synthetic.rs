//! Synthetic shoppers: events of people who don't exist, from a seed. They let a demo shop and a benchmark show what the
//! recommender does; their ids begin with `synthetic-`, so that nobody takes them for shoppers.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::event::{Event, EventKind};
use super::items::{ItemFacts, Items};
use crate::catalog::Catalogue;
use crate::store::Millis;

/// Begins every synthetic shopper's id.
pub const PREFIX: &str = "synthetic-";

/// How many, and when.
#[derive(Debug, Clone)]
pub struct SyntheticSettings {
    pub shoppers: usize,
    /// Events of all of them, about.
    pub events: usize,
    pub seed: u64,
    /// Events lie in the time before this.
    pub now: Millis,
    pub days: i64,
}

/// What one of them likes.
struct Taste {
    /// Widest categories with how much they are liked.
    categories: Vec<(usize, f32)>,
    /// Logarithm of the price they usually pay.
    price: f32,
    /// Brands weigh more for some.
    brand: Option<String>,
}

/// Events in the order of shoppers. Tastes follow a shop's usual laws: few shoppers buy much, few items are known to
/// all, a session stays near one category, and a few looks make a purchase.
pub fn events(names: &[String], facts: &[ItemFacts], settings: &SyntheticSettings) -> Vec<Event> {
    let mut random = StdRng::seed_from_u64(settings.seed);
    let shelves = shelves(facts);
    if shelves.is_empty() || settings.shoppers == 0 {
        return Vec::new();
    }
    // Item popularity by Zipf's law inside a shelf: the order is shuffled once.
    let fame: Vec<f32> = (0..facts.len())
        .map(|_| random.random::<f32>().powi(3) + 0.02)
        .collect();
    let mut all = Vec::with_capacity(settings.events);
    let mean = (settings.events as f32 / settings.shoppers as f32).max(1.0);
    for number in 0..settings.shoppers {
        // Log-normal activity: most look at a few things, some at hundreds.
        let spread = 0.9 * normal(&mut random);
        let wanted = (mean * (spread - 0.4).exp()).clamp(1.0, 500.0) as usize;
        let taste = taste(&mut random, &shelves, facts);
        let shopper = format!("{PREFIX}{number:05}");
        shop(
            &mut random,
            &shopper,
            wanted,
            &taste,
            &shelves,
            facts,
            &fame,
            names,
            settings,
            &mut all,
        );
    }
    all
}

/// Events of shoppers of this catalogue.
pub fn of_catalogue(catalogue: &Catalogue, settings: &SyntheticSettings) -> Vec<Event> {
    let all = catalogue.all();
    let items = Items::without_vectors(all.iter().map(|item| &**item));
    events(&items.names, &items.facts, settings)
}

/// Items by their widest category.
fn shelves(facts: &[ItemFacts]) -> Vec<Vec<usize>> {
    let mut shelves: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut places: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    for (item, facts) in facts.iter().enumerate() {
        let name = facts.categories.first().map_or("", String::as_str);
        let place = *places.entry(name).or_insert_with(|| {
            shelves.push((name, Vec::new()));
            shelves.len() - 1
        });
        shelves[place].1.push(item);
    }
    shelves.into_iter().map(|(_, items)| items).collect()
}

fn taste(random: &mut StdRng, shelves: &[Vec<usize>], facts: &[ItemFacts]) -> Taste {
    let count = random.random_range(1..=3.min(shelves.len()));
    let categories = (0..count)
        .map(|rank| (random.random_range(0..shelves.len()), 1.0 / (rank as f32 + 1.0)))
        .collect();
    let liked = &facts[random.random_range(0..facts.len())];
    Taste {
        categories,
        price: liked.price.unwrap_or(50.0).max(1.0).ln(),
        brand: random.random_bool(0.4).then(|| liked.brand.clone()),
    }
}

#[allow(clippy::too_many_arguments)] // The parts of one world that a walk through it reads.
fn shop(
    random: &mut StdRng,
    shopper: &str,
    wanted: usize,
    taste: &Taste,
    shelves: &[Vec<usize>],
    facts: &[ItemFacts],
    fame: &[f32],
    names: &[String],
    settings: &SyntheticSettings,
    all: &mut Vec<Event>,
) {
    let mut made = 0;
    let mut session = 0;
    while made < wanted {
        session += 1;
        let mut at = settings.now - random.random_range(60_000..settings.days.max(1) * 86_400_000);
        let shelf = &shelves[pick_category(random, taste)];
        for _ in 0..random.random_range(1..=6usize).min(wanted - made) {
            let item = pick_item(random, taste, shelf, facts, fame);
            let mut add = |kind, at| {
                all.push(Event {
                    shopper: shopper.to_owned(),
                    item: names[item].clone(),
                    kind,
                    value: None,
                    session: Some(format!("{shopper}-{session}")),
                    at,
                });
            };
            add(EventKind::View, at);
            made += 1;
            if random.random_bool(0.2) {
                at += 20_000;
                add(EventKind::Cart, at);
                if random.random_bool(0.5) {
                    add(EventKind::Purchase, at + 60_000);
                }
            }
            at += random.random_range(5_000..120_000);
        }
    }
}

fn pick_category(random: &mut StdRng, taste: &Taste) -> usize {
    let total: f32 = taste.categories.iter().map(|(_, weight)| weight).sum();
    let mut left = random.random::<f32>() * total;
    for (category, weight) in &taste.categories {
        left -= weight;
        if left <= 0.0 {
            return *category;
        }
    }
    taste.categories[0].0
}

/// Of a handful drawn by fame the one that suits best.
fn pick_item(
    random: &mut StdRng,
    taste: &Taste,
    shelf: &[usize],
    facts: &[ItemFacts],
    fame: &[f32],
) -> usize {
    let mut best = (f32::MIN, shelf[0]);
    for _ in 0..6 {
        let item = shelf[random.random_range(0..shelf.len())];
        let price = facts[item]
            .price
            .map_or(0.0, |price| -(price.max(1.0).ln() - taste.price).abs());
        let brand = taste
            .brand
            .as_ref()
            .is_some_and(|brand| *brand == facts[item].brand);
        let suits = fame[item].ln() + price + if brand { 1.0 } else { 0.0 } + random.random::<f32>();
        if suits > best.0 {
            best = (suits, item);
        }
    }
    best.1
}

/// Box and Muller 1958.
fn normal(random: &mut StdRng) -> f32 {
    let (a, b): (f32, f32) = (random.random(), random.random());
    (-2.0 * a.max(1e-9).ln()).sqrt() * (std::f32::consts::TAU * b).cos()
}

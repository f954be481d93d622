//! Worlds whose truth is known: shoppers, offers, and what an offer brings with whom. For benches and tests.

use std::f64::consts::TAU;

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

use super::features::Value;
use super::log::{Log, Logged};

/// Numbers of a context, beside one text.
const NUMBERS: usize = 4;
const CHANNELS: [&str; 4] = ["app", "mail", "shop", "web"];

/// How rewards come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value, say the margin: its mean is linear in the context, its noise normal.
    Linear,
    /// 0 or 1, say a purchase: its log-odds are linear in the context.
    Logistic,
}

/// Offers and what they bring.
#[derive(Debug, Clone)]
pub struct World {
    kind: Kind,
    /// Of each offer: its mean, a weight a number, one a channel. `[offers × (1 + NUMBERS + CHANNELS)]`
    weights: Vec<Vec<f64>>,
}

/// A shopper who comes by.
#[derive(Debug, Clone)]
pub struct Visit {
    numbers: [f64; NUMBERS],
    channel: usize,
}

impl World {
    /// A world of this many offers. `signal` is how much the context matters: 1 much, 0 not at all; weights that all offers
    /// share are as large as those of their own.
    pub fn new(kind: Kind, offers: usize, signal: f64, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let (mean, mean_spread, spread) = match kind {
            Kind::Linear => (1.0, 0.2, 0.25),
            Kind::Logistic => (-1.0, 0.3, 0.4),
        };
        let (width, spread) = (NUMBERS + CHANNELS.len(), spread * signal);
        let shared: Vec<f64> = (0..width).map(|_| spread * normal(&mut random)).collect();
        let offer = |_| {
            let own = shared
                .iter()
                .map(|shared| shared + spread * normal(&mut random))
                .collect::<Vec<f64>>();
            let mean = mean + mean_spread * normal(&mut random);
            [vec![mean], own].concat()
        };
        Self {
            kind,
            weights: (0..offers).map(offer).collect(),
        }
    }

    pub fn offers(&self) -> usize {
        self.weights.len()
    }

    /// The names of a context's columns.
    pub fn columns() -> Vec<String> {
        let numbers = (0..NUMBERS).map(|at| format!("x_number_{at}"));
        numbers.chain(["x_channel".to_owned()]).collect()
    }

    pub fn visit(&self, random: &mut impl Rng) -> Visit {
        Visit {
            numbers: std::array::from_fn(|_| normal(random)),
            channel: random.random_range(0..CHANNELS.len()),
        }
    }

    /// The true mean of each offer's reward, `[offers]`.
    pub fn means(&self, visit: &Visit) -> Vec<f64> {
        let linear = |weights: &Vec<f64>| {
            let numbers: f64 = weights[1..=NUMBERS]
                .iter()
                .zip(visit.numbers)
                .map(|(w, x)| w * x)
                .sum();
            weights[0] + numbers + weights[1 + NUMBERS + visit.channel]
        };
        let mean = |weights: &Vec<f64>| match self.kind {
            Kind::Linear => linear(weights),
            Kind::Logistic => 1.0 / (1.0 + (-linear(weights)).exp()),
        };
        self.weights.iter().map(mean).collect()
    }

    /// What an offer of this mean brings this time.
    pub fn reward(&self, mean: f64, random: &mut impl Rng) -> f64 {
        match self.kind {
            Kind::Linear => mean + normal(random),
            Kind::Logistic => f64::from(u8::from(random.random::<f64>() < mean)),
        }
    }

    /// A log of offers shown at random, all with the same probability.
    pub fn uniform_log(&self, rows: usize, random: &mut impl Rng) -> Log {
        let propensity = 1.0 / self.offers() as f64;
        let row = |_| {
            let visit = self.visit(random);
            let action = random.random_range(0..self.offers());
            let reward = self.reward(self.means(&visit)[action], random);
            Logged {
                features: visit.context(),
                action,
                propensity,
                reward,
                cost: 0.0,
            }
        };
        let rows = (0..rows).map(row).collect();
        Log {
            columns: Self::columns(),
            actions: (0..self.offers()).map(|offer| format!("offer-{offer}")).collect(),
            rows,
            has_cost: false,
            left_out: Vec::new(),
        }
    }
}

impl Visit {
    /// What a policy sees of the visit, in the order of [`World::columns`].
    pub fn context(&self) -> Vec<Value> {
        let numbers = self.numbers.iter().copied().map(Value::Number);
        numbers
            .chain([Value::Text(CHANNELS[self.channel].to_owned())])
            .collect()
    }
}

/// A standard normal number (Box and Muller 1958).
pub fn normal(random: &mut impl Rng) -> f64 {
    let (radius, angle): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
    (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_have_the_means_they_are_said_to_have() {
        for kind in [Kind::Linear, Kind::Logistic] {
            let (world, mut random) = (World::new(kind, 3, 1.0, 5), StdRng::seed_from_u64(6));
            let means = world.means(&world.visit(&mut random));
            for mean in means {
                let sum: f64 = (0..40_000).map(|_| world.reward(mean, &mut random)).sum();
                assert!((sum / 40_000.0 - mean).abs() < 0.02, "{kind:?} {mean}");
            }
        }
    }

    #[test]
    fn a_seed_makes_one_world() {
        let log = |seed| {
            let world = World::new(Kind::Linear, 8, 1.0, seed);
            world.uniform_log(50, &mut StdRng::seed_from_u64(1)).rows
        };
        assert_eq!(log(1), log(1));
        assert_ne!(log(1), log(2));
    }
}

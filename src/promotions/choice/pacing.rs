//! Budget pacing: a campaign's money is spent evenly over its life, and on those with whom it brings most.
//!
//! A dual price λ is asked for each money unit: offers compete by reward − λ·cost (Balseiro, Lu and Mirrokni 2020). Feedback
//! raises λ while spending runs ahead of the line and lowers it while it lags. A throttle closes the campaign when it is too far
//! ahead all the same, so a wrong first price can't burn the budget.

use serde::{Deserialize, Serialize};

use super::ChoiceError;
use super::settings::check_range;

/// Money and the time to spend it in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// In money units.
    pub total: f64,
    /// Milliseconds; the line of spending rises from 0 here
    pub begins: i64,
    /// to the total there.
    pub ends: i64,
}

impl Budget {
    /// What should have been spent by then.
    pub fn target(&self, now: i64) -> f64 {
        let life = (self.ends - self.begins).max(1) as f64;
        self.total * ((now - self.begins) as f64 / life).clamp(0.0, 1.0)
    }
}

/// How feedback works.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PacingSettings {
    /// What a money unit is worth in units of reward, roughly: the size of λ's steps. 1 when rewards are money.
    pub scale: f64,
    /// λ's step for an interval that spends twice what it should, in scales.
    pub gain: f64,
    /// λ's part that follows how far spending is from the line: in scales, for the whole slack.
    pub pull: f64,
    /// Share of the budget by which spending may be ahead of the line before fewer get an offer; from twice that on nobody
    /// does.
    pub slack: f64,
}

impl Default for PacingSettings {
    fn default() -> Self {
        Self {
            scale: 1.0,
            gain: 0.05,
            pull: 0.5,
            slack: 0.02,
        }
    }
}

/// The state of a campaign's pacing. Pure: [`Pacer::step`] makes the next one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pacer {
    budget: Budget,
    settings: PacingSettings,
    /// λ without what pulls to the line.
    level: f64,
    at: i64,
    spent: f64,
}

impl Pacer {
    pub fn new(budget: Budget, settings: PacingSettings) -> Result<Self, ChoiceError> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let life = budget.ends.saturating_sub(budget.begins) as f64;
        check_range("the budget", budget.total, positive(budget.total), "above 0")?;
        check_range(
            "the campaign's life",
            life,
            life > 0.0,
            "an end after the beginning",
        )?;
        check_range("the scale", settings.scale, positive(settings.scale), "above 0")?;
        check_range("the gain", settings.gain, positive(settings.gain), "above 0")?;
        check_range("the pull", settings.pull, settings.pull >= 0.0, "at least 0")?;
        check_range("the slack", settings.slack, positive(settings.slack), "above 0")?;
        Ok(Self {
            budget,
            settings,
            level: 0.0,
            at: budget.begins,
            spent: 0.0,
        })
    }

    /// The state after the ledger says that so much is `spent` in all. Call it every few minutes, at least some hundred times in
    /// a campaign's life.
    #[must_use]
    pub fn step(self, now: i64, spent: f64) -> Self {
        if now <= self.at || now <= self.budget.begins {
            return Self { spent, ..self };
        }
        let left = (self.budget.ends - self.at).max(1) as f64;
        let interval = ((now - self.at) as f64 / left).min(1.0);
        // What was left, evenly: money that was not spent early is spent later.
        let wanted = (self.budget.total - self.spent).max(0.0) * interval;
        let error = if wanted > 0.0 {
            (spent - self.spent) / wanted - 1.0
        } else {
            1.0
        };
        let step = self.settings.scale * self.settings.gain * error.clamp(-1.0, 1.0);
        Self {
            level: (self.level + step).max(0.0),
            at: now,
            spent,
            ..self
        }
    }

    /// λ: what a money unit of expected cost takes off an offer's expected reward.
    pub fn price(&self) -> f64 {
        let ahead = (self.ahead(self.at) / (self.settings.slack * self.budget.total)).clamp(-1.0, 1.0);
        (self.level + self.settings.scale * self.settings.pull * ahead).max(0.0)
    }

    /// The share of the decisions that may show the campaign's offers now: 1 on the line, 0 when the money or the time is
    /// over. `spent`: what is spent by now.
    pub fn open(&self, now: i64, spent: f64) -> f64 {
        let in_time = (self.budget.begins..self.budget.ends).contains(&now);
        if !in_time || spent >= self.budget.total {
            return 0.0;
        }
        let slack = self.settings.slack * self.budget.total;
        let ahead = spent - self.budget.target(now);
        (2.0 - ahead / slack).clamp(0.0, 1.0)
    }

    fn ahead(&self, now: i64) -> f64 {
        self.spent - self.budget.target(now)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    const DAY: i64 = 86_400_000;
    const STEP: i64 = DAY / 96;

    struct Life {
        spent: f64,
        earned: f64,
        /// Share of the budget.
        furthest_ahead: f64,
        price: f64,
    }

    /// 30 days of visits that come and go with the hour; three discounts, the dearer the likelier to be used.
    fn live(total: f64, settings: PacingSettings, with_price: bool) -> Life {
        let (budget, mut random) = (
            Budget {
                total,
                begins: 0,
                ends: 30 * DAY,
            },
            StdRng::seed_from_u64(11),
        );
        let mut pacer = Pacer::new(budget, settings).unwrap();
        let mut life = Life {
            spent: 0.0,
            earned: 0.0,
            furthest_ahead: 0.0,
            price: 0.0,
        };
        for now in (0..30 * DAY).step_by(STEP as usize) {
            let busy = 12.0 * (1.0 + 0.8 * (TAU * now as f64 / DAY as f64).sin());
            for _ in 0..busy as u32 {
                let price = if with_price { pacer.price() } else { 0.0 };
                visit(&pacer, now, price, &mut life, &mut random);
            }
            pacer = pacer.step(now + STEP, life.spent);
            let ahead = (life.spent - budget.target(now + STEP)) / total;
            life.furthest_ahead = life.furthest_ahead.max(ahead.abs());
        }
        life.price = pacer.price();
        life
    }

    fn visit(pacer: &Pacer, now: i64, price: f64, life: &mut Life, random: &mut StdRng) {
        if random.random::<f64>() >= pacer.open(now, life.spent) {
            return;
        }
        let (liking, base): (f64, f64) = (random.random(), random.random::<f64>() * 0.2);
        // [cost, chance of a purchase of 20] of no, a small and a large discount
        let offers = [
            (0.0, base),
            (2.0, base + 0.3 * liking),
            (5.0, base + 0.45 * liking),
        ];
        let worth = |(cost, chance): &(f64, f64)| chance * (20.0 - cost) - price * chance * cost;
        let best = offers
            .iter()
            .max_by(|a, b| worth(a).total_cmp(&worth(b)))
            .unwrap();
        if random.random::<f64>() < best.1 {
            life.spent += best.0;
            life.earned += 20.0 - best.0;
        }
    }

    #[test]
    fn a_campaign_spends_its_budget_along_the_line() {
        for total in [8_000.0, 15_000.0, 25_000.0] {
            let life = live(total, PacingSettings::default(), true);
            assert!(
                (life.spent / total - 1.0).abs() < 0.02,
                "{total}: spent {}",
                life.spent
            );
            assert!(
                life.furthest_ahead < 0.05,
                "{total}: {} from the line",
                life.furthest_ahead
            );
        }
    }

    #[test]
    fn a_price_earns_more_with_the_same_money_than_a_throttle() {
        let (priced, throttled) = (
            live(8_000.0, PacingSettings::default(), true),
            live(8_000.0, PacingSettings::default(), false),
        );
        assert!(
            throttled.spent <= 8_000.0 * 1.01,
            "the throttle alone keeps the budget: {}",
            throttled.spent
        );
        assert!(
            priced.earned > throttled.earned * 1.05,
            "{} {}",
            priced.earned,
            throttled.earned
        );
    }

    #[test]
    fn a_price_of_the_wrong_size_still_keeps_the_budget() {
        for scale in [0.01, 100.0] {
            let settings = PacingSettings {
                scale,
                ..PacingSettings::default()
            };
            let life = live(8_000.0, settings, true);
            assert!(life.spent <= 8_000.0 + 5.0, "{scale}: spent {}", life.spent);
            assert!(
                life.furthest_ahead < 0.06,
                "{scale}: {} from the line",
                life.furthest_ahead
            );
        }
    }

    #[test]
    fn money_enough_costs_nothing() {
        let life = live(1e6, PacingSettings::default(), true);
        assert!(life.price == 0.0 && life.spent < 1e6);
    }

    #[test]
    fn outside_its_life_or_without_money_a_campaign_is_closed() {
        let budget = Budget {
            total: 100.0,
            begins: 0,
            ends: 1_000,
        };
        let pacer = Pacer::new(budget, PacingSettings::default()).unwrap();
        assert_eq!(pacer.open(-1, 0.0), 0.0);
        assert_eq!(pacer.open(500, 50.0), 1.0);
        assert_eq!(pacer.open(500, 53.0), 0.5);
        assert_eq!(pacer.open(500, 54.0), 0.0);
        assert_eq!(pacer.open(999, 100.0), 0.0);
        assert_eq!(pacer.open(1_000, 50.0), 0.0);
        assert_eq!(pacer.step(0, 0.0), pacer, "no time, no step");
        let reversed = Budget {
            begins: 1_000,
            ends: 0,
            ..budget
        };
        assert!(Pacer::new(reversed, PacingSettings::default()).is_err());
    }
}

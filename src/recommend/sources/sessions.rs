//! Session neighbours: which sessions of others ran like this one, and what came in them?
//!
//! V-SKNN after Ludewig and Jannach 2018, "Evaluation of session-based recommendation algorithms"; STAN after Garg, Gupta,
//! Malhotra, Vig, Shroff 2019, "Sequence and Time Aware Neighborhood for Session-based Recommendations".

use serde::{Deserialize, Serialize};

use crate::recommend::interactions::Session;
use crate::recommend::source::{Scores, Shopper, Source, Top};

/// How sessions and their items are weighted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum SessionWeights {
    /// Items of the running session count by their place, the newest most.
    Vsknn,
    /// Places fade by e every so many: `query` in the running session, `item` around the common item of the other one;
    /// `age`: sessions fade by e every so many sessions, none: they don't.
    Stan { query: f32, item: f32, age: Option<f32> },
}

/// Sessions of the past and where each item occurred.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionKnn {
    weights: SessionWeights,
    neighbours: usize,
    /// Oldest first.
    sessions: Vec<Session>,
    /// For each item the sessions that hold it, ascending.
    holding: Vec<Vec<u32>>,
    /// How rare each item is.
    idf: Vec<f32>,
}

/// Of each item's sessions the newest so many are looked at.
const SESSIONS_OF_ITEM: usize = 1_500;
/// Items of a running session that are looked at, from the newest.
const RUNNING: usize = 30;

impl SessionKnn {
    /// `items`: how many there are.
    pub fn train(sessions: &[Session], items: usize, weights: SessionWeights, neighbours: usize) -> Self {
        let mut sessions: Vec<Session> = sessions
            .iter()
            .filter(|session| session.items.len() > 1)
            .cloned()
            .collect();
        sessions.sort_by_key(|session| session.ended);
        let mut holding: Vec<Vec<u32>> = vec![Vec::new(); items];
        for (number, session) in sessions.iter().enumerate() {
            for item in &session.items {
                let list = &mut holding[*item as usize];
                if list.last() != Some(&(number as u32)) {
                    list.push(number as u32);
                }
            }
        }
        let total = sessions.len().max(1) as f32;
        let idf = holding
            .iter()
            .map(|list| (total / list.len().max(1) as f32).ln())
            .collect();
        Self {
            weights,
            neighbours,
            sessions,
            holding,
            idf,
        }
    }

    /// Weight of the item that stands `back` places before the end of a running session of `length`.
    fn query_weight(&self, back: usize, length: usize) -> f32 {
        match self.weights {
            SessionWeights::Vsknn => (length - back) as f32 / length as f32,
            SessionWeights::Stan { query, .. } => (-(back as f32) / query).exp(),
        }
    }

    /// Sessions most like the running one.
    fn near(&self, running: &[(u32, f32)]) -> Vec<(u32, f32)> {
        thread_local! {
            static SUMS: std::cell::RefCell<Scores> = std::cell::RefCell::default();
        }
        SUMS.with_borrow_mut(|sums| {
            sums.reset(self.sessions.len());
            for (item, weight) in running {
                let Some(list) = self.holding.get(*item as usize) else {
                    continue;
                };
                for number in list.iter().rev().take(SESSIONS_OF_ITEM) {
                    sums.add(*number, *weight);
                }
            }
            let mut near = Top::new(self.neighbours);
            let scored = sums.take();
            for (number, likeness) in scored.iter().copied() {
                let length = self.sessions[number as usize].items.len() as f32;
                let weight = match self.weights {
                    SessionWeights::Vsknn => 1.0,
                    SessionWeights::Stan { age, .. } => {
                        let old = (self.sessions.len() - number as usize) as f32;
                        age.map_or(1.0, |age| (-old / age).exp()) / length.sqrt()
                    }
                };
                near.offer(number, likeness * weight);
            }
            sums.give_back(scored);
            near.best_first()
        })
    }

    fn add_session(&self, number: u32, likeness: f32, running: &[(u32, f32)], scores: &mut Scores) {
        let items = &self.sessions[number as usize].items;
        // The newest item of the running session that this one holds, and where.
        let weight_of = |item: u32| {
            running
                .iter()
                .find(|(known, _)| *known == item)
                .map(|(_, weight)| *weight)
        };
        let mut anchor: Option<(f32, usize)> = None;
        for (place, item) in items.iter().enumerate() {
            if let Some(weight) = weight_of(*item)
                && anchor.is_none_or(|(best, _)| weight >= best)
            {
                anchor = Some((weight, place));
            }
        }
        let Some((weight, place)) = anchor else { return };
        for (other_place, item) in items.iter().enumerate() {
            let score = match self.weights {
                SessionWeights::Vsknn => likeness * weight * (1.0 + self.idf[*item as usize]),
                SessionWeights::Stan { item: fade, .. } => {
                    likeness * (-(place.abs_diff(other_place) as f32) / fade).exp()
                }
            };
            scores.add(*item, score);
        }
    }
}

impl Source for SessionKnn {
    fn name(&self) -> &'static str {
        match self.weights {
            SessionWeights::Vsknn => "vsknn",
            SessionWeights::Stan { .. } => "stan",
        }
    }

    fn score(&self, shopper: &Shopper<'_>, scores: &mut Scores) {
        let recent = &shopper.session[shopper.session.len().saturating_sub(RUNNING)..];
        let mut running: Vec<(u32, f32)> = Vec::with_capacity(recent.len());
        for (back, item) in recent.iter().rev().enumerate() {
            if running.iter().all(|(known, _)| known != item) {
                running.push((*item, self.query_weight(back, recent.len())));
            }
        }
        for (number, likeness) in self.near(&running) {
            self.add_session(number, likeness, &running, scores);
        }
    }
}

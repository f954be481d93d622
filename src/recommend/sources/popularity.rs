//! What most shoppers want: the answer where nothing is known of the shopper.

use serde::{Deserialize, Serialize};

use crate::recommend::interactions::Interactions;
use crate::recommend::source::{Scores, Shopper, Source};

/// Items by the number of shoppers who did something with them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Popularity {
    scores: Vec<f32>,
}

impl Popularity {
    pub fn train(data: &Interactions) -> Self {
        let count = |item| data.by_item.columns(item).len() as f32;
        Self {
            scores: (0..data.items.len() as u32).map(count).collect(),
        }
    }

    pub fn scores(&self) -> &[f32] {
        &self.scores
    }
}

impl Source for Popularity {
    fn name(&self) -> &'static str {
        "popularity"
    }

    fn score(&self, _: &Shopper<'_>, scores: &mut Scores) {
        scores.all().copy_from_slice(&self.scores);
    }
}

/// Items by what happened lately: an event a half-life ago counts half, as on Hacker News and Gorse's boards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trending {
    scores: Vec<f32>,
}

impl Trending {
    /// `share`: the half-life as a share of the time that the sessions span; a shop of a week trends by hours.
    pub fn train(data: &Interactions, share: f32) -> Self {
        let ends = data.sessions.iter().map(|session| session.ended);
        let newest = ends.clone().max().unwrap_or_default();
        let oldest = ends.min().unwrap_or_default();
        let half_life = ((newest - oldest) as f32 * share).max(1.0);
        let mut scores = vec![0.0; data.items.len()];
        for session in &data.sessions {
            let weight = 0.5f32.powf((newest - session.ended) as f32 / half_life);
            session
                .items
                .iter()
                .for_each(|item| scores[*item as usize] += weight);
        }
        Self { scores }
    }
}

impl Source for Trending {
    fn name(&self) -> &'static str {
        "trending"
    }

    fn score(&self, _: &Shopper<'_>, scores: &mut Scores) {
        scores.all().copy_from_slice(&self.scores);
    }
}

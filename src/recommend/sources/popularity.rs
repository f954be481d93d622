//! What most shoppers want: the answer where nothing is known of the shopper.

use serde::{Deserialize, Serialize};

use crate::recommend::interactions::Interactions;
use crate::recommend::source::{Proposal, Said, Scores, Shopper, Source, best};

/// Items by a score that is the same for every shopper.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Board {
    of: Of,
    scores: Vec<f32>,
    /// Items with a score, best first: nobody's answer needs to look at all of them.
    order: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Of {
    Popularity,
    Trending,
}

impl Board {
    /// Items by the number of shoppers who did something with them.
    pub fn popularity(data: &Interactions) -> Self {
        let count = |item| data.by_item.columns(item).len() as f32;
        Self::new(Of::Popularity, (0..data.items.len() as u32).map(count).collect())
    }

    /// Items by what happened lately: an event a half-life ago counts half, as on Hacker News and Gorse's boards.
    /// `share`: the half-life as a share of the time that the sessions span; a shop of a week trends by hours.
    pub fn trending(data: &Interactions, share: f32) -> Self {
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
        Self::new(Of::Trending, scores)
    }

    fn new(of: Of, scores: Vec<f32>) -> Self {
        let mut order: Vec<(u32, f32)> = (0u32..).zip(scores.iter().copied()).collect();
        order.retain(|(_, score)| *score > 0.0);
        let all = order.len();
        best(&mut order, all);
        Self {
            of,
            scores,
            order: order.into_iter().map(|(item, _)| item).collect(),
        }
    }

    pub fn scores(&self) -> &[f32] {
        &self.scores
    }
}

impl Source for Board {
    fn name(&self) -> &'static str {
        match self.of {
            Of::Popularity => "popularity",
            Of::Trending => "trending",
        }
    }

    fn score(&self, _: &Shopper<'_>, scores: &mut Scores) {
        scores.all().copy_from_slice(&self.scores);
    }

    fn propose(&self, _: &Shopper<'_>, n: usize, allowed: &dyn Fn(u32) -> bool, _: &mut Scores) -> Proposal {
        let allowed = self.order.iter().copied().filter(|item| allowed(*item));
        let best = allowed
            .take(n)
            .map(|item| (item, self.scores[item as usize]))
            .collect();
        Proposal {
            best,
            said: Said::Asked(Vec::new()),
        }
    }

    fn score_of(&self, item: u32, _: &[f32]) -> f32 {
        self.scores[item as usize]
    }
}

//! What an exam found.

use serde::Serialize;

use super::ablation::AblationLine;
use super::cold::ColdStart;
use super::protocol::Protocol;
use super::said::SaidLine;
use crate::recommend::fairness::{ActivityGroup, Exposure};

/// Figures of all models, means over the seeds.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub protocol: Protocol,
    pub seeds: u64,
    pub models: Vec<ReportLine>,
    /// nDCG@10 of the rankers on the shoppers held out of the last seed's training, best first.
    pub held_out: Vec<(String, f64)>,
    /// The rankers that served, by seed: the simplest that are within two standard errors of the best.
    pub served: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fairness: Option<Fairness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold_start: Option<ColdStart>,
    /// The source that is missed most first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ablation: Option<Vec<AblationLine>>,
    /// Of the last seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<Vec<SaidLine>>,
}

/// One model's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportLine {
    pub name: String,
    pub ndcg_at_10: f64,
    pub map: f64,
    pub precision: f64,
    pub recall: f64,
    /// Share of the items that were in somebody's list.
    pub coverage: f64,
    pub train_seconds: f64,
    /// One shopper's list.
    pub p50_micros: f64,
    pub p99_micros: f64,
}

/// The hybrid's lists as ranked, and after the exposure floor and for variety.
#[derive(Debug, Clone, Serialize)]
pub struct Fairness {
    pub before: Exposure,
    pub after: Exposure,
    pub by_activity: Vec<ActivityGroup>,
    pub by_activity_after: Vec<ActivityGroup>,
}

impl Report {
    pub(super) fn new(protocol: Protocol, seeds: u64) -> Self {
        Self {
            protocol,
            seeds,
            models: Vec::new(),
            held_out: Vec::new(),
            served: Vec::new(),
            fairness: None,
            cold_start: None,
            ablation: None,
            said: None,
        }
    }

    /// Adds a seed's line to the sums.
    pub(super) fn add(&mut self, line: &ReportLine) {
        match self.models.iter_mut().find(|known| known.name == line.name) {
            Some(known) => known
                .figures_mut()
                .into_iter()
                .zip(line.clone().figures_mut())
                .for_each(|(a, b)| *a += *b),
            None => self.models.push(line.clone()),
        }
    }

    /// From sums to means.
    pub(super) fn finish(&mut self) {
        let seeds = self.seeds.max(1) as f64;
        for line in &mut self.models {
            line.figures_mut().into_iter().for_each(|figure| *figure /= seeds);
        }
    }

    /// A table for people.
    pub fn render(&self) -> String {
        let mut text = String::from(
            "model              nDCG@10    MAP   prec.  recall  coverage  train s  p50 µs  p99 µs\n",
        );
        for line in &self.models {
            text += &format!(
                "{:<18} {:>7.4} {:>6.4}  {:>6.4}  {:>6.4}  {:>8.3}  {:>7.2}  {:>6.0}  {:>6.0}\n",
                line.name,
                line.ndcg_at_10,
                line.map,
                line.precision,
                line.recall,
                line.coverage,
                line.train_seconds,
                line.p50_micros,
                line.p99_micros
            );
        }
        let held_out: Vec<String> = self
            .held_out
            .iter()
            .map(|(name, ndcg)| format!("{name} {ndcg:.4}"))
            .collect();
        text += &format!(
            "rankers on shoppers held out of training: {}; served: {}\n",
            held_out.join(", "),
            self.served.join(", ")
        );
        self.fairness
            .iter()
            .for_each(|fairness| text += &fairness.render());
        self.cold_start.iter().for_each(|cold| text += &cold.render());
        for line in self.ablation.iter().flatten() {
            text += &format!(
                "without {:<18} {:.4}, {:+.4}\n",
                line.left_out, line.ndcg_at_10, -line.lost
            );
        }
        for line in self.said.iter().flatten() {
            text += &format!(
                "said {:<16} weight {:.1}: nDCG@10 {:.4}, recall@10 {:.4}\n",
                line.said, line.weight, line.ndcg_at_10, line.recall_at_10
            );
        }
        text
    }
}

impl ReportLine {
    fn figures_mut(&mut self) -> [&mut f64; 8] {
        [
            &mut self.ndcg_at_10,
            &mut self.map,
            &mut self.precision,
            &mut self.recall,
            &mut self.coverage,
            &mut self.train_seconds,
            &mut self.p50_micros,
            &mut self.p99_micros,
        ]
    }
}

impl Fairness {
    fn render(&self) -> String {
        let mut text = String::from("\nlists          nDCG@10  coverage   Gini  long tail\n");
        for (name, exposure) in [("as ranked", &self.before), ("after ranking", &self.after)] {
            text += &format!(
                "{name:<13}  {:>7.4}  {:>8.3}  {:>5.3}  {:>9.3}\n",
                exposure.ndcg_at_10, exposure.coverage, exposure.gini, exposure.long_tail_share
            );
        }
        for (group, after) in self.by_activity.iter().zip(&self.by_activity_after) {
            text += &format!(
                "shoppers of {} to {} events: {:.4}, after ranking {:.4}\n",
                group.events.0, group.events.1, group.ndcg_at_10, after.ndcg_at_10
            );
        }
        for brand in &self.after.brands {
            text += &format!(
                "{}: {:.1} % of the places, {:.1} % of the items\n",
                brand.brand,
                brand.share_of_places * 100.0,
                brand.share_of_items * 100.0
            );
        }
        text
    }
}

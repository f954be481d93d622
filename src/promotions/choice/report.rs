//! What the exam of a log found.

use std::fmt::Write;

use serde::Serialize;

use super::estimators::{Estimate, Values};
use super::log::RowError;

/// Values of all policies, mean reward a decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub rows: usize,
    pub trained_on: usize,
    pub evaluated_on: usize,
    pub left_out: Vec<RowError>,
    pub actions: Vec<String>,
    /// What a context became.
    pub features: Vec<String>,
    pub clip: f64,
    pub replicates: usize,
    /// Rows by which an action's mean and weights are drawn to those of all, by cross-validation.
    pub mean_rows: f64,
    pub weight_rows: f64,
    /// The fixed action that looked best in the training half.
    pub best_fixed: String,
    /// The model was not ahead of it in the training half, so the learned policy is that action.
    pub fell_back: bool,
    /// Learned − best fixed, doubly robust.
    pub advantage: Estimate,
    /// As logged, learned, learned with exploring, best fixed, uniform, then every fixed action.
    pub policies: Vec<PolicyLine>,
}

/// One policy's values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyLine {
    pub name: String,
    #[serde(flatten)]
    pub values: Values,
    /// Mean cost a decision, when the log has costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

impl Report {
    pub fn line(&self, name: &str) -> Option<&PolicyLine> {
        self.policies.iter().find(|line| line.name == name)
    }

    /// A table for people.
    pub fn render(&self) -> String {
        let widest = self.policies.iter().map(|line| line.name.chars().count()).max();
        let wide = widest.unwrap_or(0).max(6);
        let mut text = format!(
            "{} rows: learnt from {}, examined on {}",
            self.rows, self.trained_on, self.evaluated_on
        );
        if let Some(first) = self.left_out.first() {
            let count = self.left_out.len();
            let _ = write!(
                text,
                "; {count} left out, the first in line {}: {}",
                first.line, first.message
            );
        }
        let _ = writeln!(
            text,
            "\n{:<wide$}  {:>8} {:>19}  {:>8} {:>19}  {:>8} {:>19}  {:>7}  {:>8}  {:>9}  {:>7}",
            "policy", "DR", "95 %", "SNIPS", "95 %", "IPS", "95 %", "eff. n", "clipped", "DR clip.", "bias"
        );
        for line in &self.policies {
            let values = &line.values;
            let _ = write!(
                text,
                "{:<wide$}  {}  {}  {}  {:>7.0}  {:>6.1} %  {:>9.4}  {:>+7.4}",
                line.name,
                cells(&values.dr),
                cells(&values.snips),
                cells(&values.ips),
                values.effective_sample_size,
                values.clipped_rows * 100.0,
                values.dr.clipped,
                values.dr.bias
            );
            if let Some(cost) = line.cost {
                let _ = write!(text, "  cost {cost:.4}");
            }
            text.push('\n');
        }
        let learned = if self.fell_back {
            "fell back to it"
        } else {
            "chooses by context"
        };
        let _ = writeln!(
            text,
            "best fixed in the training half: {}; the learned policy {learned}, ahead by {:+.4} (standard error {:.4})",
            self.best_fixed, self.advantage.value, self.advantage.standard_error
        );
        text
    }
}

fn cells(estimate: &Estimate) -> String {
    let interval = format!("[{:.4}, {:.4}]", estimate.low, estimate.high);
    format!("{:>8.4} {interval:>19}", estimate.value)
}

//! How the policy learns and explores, and what its numbers may be.

use serde::{Deserialize, Serialize};

use super::ChoiceError;

/// How the policy learns and explores. The defaults suit from thousands of decisions on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicySettings {
    /// Each eligible offer is shown with at least this probability,
    pub floor: f64,
    /// but all floors together take at most this share.
    pub most_floors: f64,
    /// An offer's mean is drawn to the mean of all as if by this many rows.
    pub mean_rows: f64,
    /// Its weights are drawn to those of all offers together as if by this many rows.
    pub weight_rows: f64,
    /// Decisions before the policy may fall back.
    pub trial: f64,
    /// Decisions after which a past one counts half in the question whether to fall back.
    pub memory: f64,
    /// Standard errors by which the model must be ahead of the best fixed offer, or the policy falls back.
    pub margin: f64,
    /// While it falls back, the share of decisions that still go by the model, so that it can do better.
    pub trying: f64,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            floor: 0.01,
            most_floors: 0.2,
            mean_rows: 3.0,
            weight_rows: 100.0,
            trial: 1_000.0,
            memory: 5_000.0,
            margin: 0.0,
            trying: 0.2,
        }
    }
}

impl PolicySettings {
    pub(super) fn check(&self) -> Result<(), ChoiceError> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let above_0 = |value: f64| value > 0.0 && value.is_finite();
        check_range("the floor", self.floor, share(self.floor), "0 to 1")?;
        check_range(
            "the share of floors",
            self.most_floors,
            share(self.most_floors),
            "0 to 1",
        )?;
        check_range("mean_rows", self.mean_rows, above_0(self.mean_rows), "above 0")?;
        check_range(
            "weight_rows",
            self.weight_rows,
            above_0(self.weight_rows),
            "above 0",
        )?;
        check_range("the memory", self.memory, above_0(self.memory), "above 0")?;
        check_range("the margin", self.margin, self.margin >= 0.0, "at least 0")?;
        check_range("the share of trying", self.trying, share(self.trying), "0 to 1")
    }
}

/// An error that names the setting, unless it fits.
pub(super) fn check_range(
    what: &'static str,
    value: f64,
    fits: bool,
    expected: &'static str,
) -> Result<(), ChoiceError> {
    if fits {
        Ok(())
    } else {
        Err(ChoiceError::Setting {
            what,
            value,
            expected,
        })
    }
}

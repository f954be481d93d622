//! The exam of a log: learns a policy from one half and asks the other what it would have brought.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::ChoiceError;
use super::estimators::{Bootstrap, Values};
use super::exam::{Encoded, Exam};
use super::features::{FeatureSettings, Features};
use super::log::Log;
use super::policy::Policy;
use super::report::Report;
use super::settings::{PolicySettings, check_range};
use crate::progress::Progress;

/// How a log is examined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EvaluateSettings {
    /// The same seed, log and settings give the same report.
    pub seed: u64,
    /// The action that means that no offer was shown.
    pub none: String,
    /// Parts for cross-fitting.
    pub folds: usize,
    /// No weight counts more in the clipped values.
    pub clip: f64,
    /// Bootstrap replicates.
    pub replicates: usize,
    /// What a unit of cost takes off the reward.
    pub price: f64,
    pub features: FeatureSettings,
    /// The rows that offers are drawn together by are chosen by cross-validation instead.
    pub policy: PolicySettings,
}

impl Default for EvaluateSettings {
    fn default() -> Self {
        Self {
            seed: 0,
            none: "none".to_owned(),
            folds: 5,
            clip: 20.0,
            replicates: 1_000,
            price: 0.0,
            features: FeatureSettings::default(),
            policy: PolicySettings::default(),
        }
    }
}

/// What the exam learnt, to be used or examined further.
pub struct Learned {
    pub features: Features,
    /// Its arms are the log's actions, in their order.
    pub policy: Policy,
    /// The fixed action that looked best while learning.
    pub best_fixed: usize,
}

/// Examines a log: see [`Report`]. Takes a second for 20,000 rows with eight actions on one core; run it off the async
/// threads.
pub fn evaluate_log(
    log: &Log,
    settings: &EvaluateSettings,
    progress: &Progress,
) -> Result<Report, ChoiceError> {
    Ok(learn_and_evaluate(log, settings, progress)?.1)
}

/// Examines a log and hands out what was learnt from its first half.
pub fn learn_and_evaluate(
    log: &Log,
    settings: &EvaluateSettings,
    progress: &Progress,
) -> Result<(Learned, Report), ChoiceError> {
    check(log, settings)?;
    progress.step("training", 0, 2)?;
    let order = shuffled(log.rows.len(), settings.seed);
    let (train, test) = order.split_at(order.len() / 2);
    let data = Encoded::new(log, train, settings)?;
    let priors = data.rows().tune(train, settings.folds);
    progress.step("training", 1, 2)?;
    let (policy, best_fixed) = data.learn(train, priors, settings)?;
    let learned = Learned {
        features: data.features.clone(),
        policy,
        best_fixed,
    };
    let expected = data.rows().cross_fit(test, train, settings.folds, priors);
    let exam = Exam {
        data: &data,
        rows: test,
        expected,
    };
    let lines = exam.lines(&learned, settings, progress)?;
    let fell_back = learned.policy.fallback(&data.everyone()).is_some();
    let (policies, advantage) = lines;
    let report = Report {
        rows: log.rows.len(),
        trained_on: train.len(),
        evaluated_on: test.len(),
        left_out: log.left_out.clone(),
        actions: log.actions.clone(),
        features: data.features.names(),
        clip: settings.clip,
        replicates: settings.replicates,
        mean_rows: priors.mean_rows,
        weight_rows: priors.weight_rows,
        best_fixed: log.actions[best_fixed].clone(),
        fell_back,
        advantage,
        policies,
    };
    Ok((learned, report))
}

/// The value of a given policy on all rows of a log. `target`: π(·|x) of each row, `[rows][actions]`.
pub fn evaluate_target(
    log: &Log,
    target: &[Vec<f64>],
    settings: &EvaluateSettings,
    progress: &Progress,
) -> Result<Values, ChoiceError> {
    check(log, settings)?;
    if target.len() != log.rows.len() {
        return Err(ChoiceError::Width {
            found: target.len(),
            expected: log.rows.len(),
        });
    }
    let order = shuffled(log.rows.len(), settings.seed);
    let data = Encoded::new(log, &order, settings)?;
    let priors = data.rows().tune(&order, settings.folds);
    let expected = data.rows().cross_fit(&order, &[], settings.folds, priors);
    let exam = Exam {
        data: &data,
        rows: &order,
        expected,
    };
    let terms = exam.terms(|row| Ok(target[row].clone()))?;
    Ok(settings.bootstrap().values(&[terms], progress)?[0])
}

impl EvaluateSettings {
    pub(super) fn bootstrap(&self) -> Bootstrap {
        Bootstrap {
            clip: self.clip,
            replicates: self.replicates,
            seed: self.seed,
        }
    }
}

fn shuffled(rows: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut StdRng::seed_from_u64(seed));
    order
}

fn check(log: &Log, settings: &EvaluateSettings) -> Result<(), ChoiceError> {
    const FEWEST_ROWS: usize = 100;
    if log.actions.len() < 2 {
        return Err(ChoiceError::TooFewActions {
            found: log.actions.len(),
        });
    }
    if log.rows.len() < FEWEST_ROWS {
        return Err(ChoiceError::TooFewRows {
            found: log.rows.len(),
            needed: FEWEST_ROWS,
        });
    }
    let folds = settings.folds as f64;
    check_range("folds", folds, (2..=50).contains(&settings.folds), "2 to 50")?;
    check_range("the clip", settings.clip, settings.clip >= 1.0, "at least 1")?;
    let replicates = settings.replicates as f64;
    check_range(
        "replicates",
        replicates,
        settings.replicates >= 100,
        "at least 100",
    )?;
    check_range(
        "the price",
        settings.price,
        settings.price >= 0.0 && settings.price.is_finite(),
        "at least 0",
    )
}

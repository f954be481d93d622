//! Evaluation of intents: scores a table once, through the same path that serves shoppers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::coverage::{CoveragePoint, curve};
use super::data::OUT_OF_SCOPE;
use super::finetune::FinetuneReport;
use super::metrics::{auroc, macro_f1, matthews, quantile};
use super::{Encoder, IntentModel, Nlu, NluError, TrainingData, Verdict};
use crate::progress::Progress;

/// Confusions that a report lists.
const CONFUSIONS: usize = 20;

/// The figures of one evaluation. Times are in microseconds a message, one message at a time.
#[derive(Debug, Clone, Serialize)]
pub struct IntentReport {
    /// Right intents and rightly refused messages over all rows, at the threshold that training chose.
    pub accuracy: f64,
    /// Multi-class Matthews correlation over all rows at that threshold.
    pub mcc: f64,
    /// Right intents over the rows in scope, without threshold.
    pub in_scope_accuracy: f64,
    /// `None` when the table has no row out of scope.
    pub scope_auroc: Option<f64>,
    pub macro_f1: f64,
    /// Rows in scope that were answered, and rightly, at the threshold.
    pub in_scope_answered_right: f64,
    /// Rows out of scope that were refused at the threshold.
    pub out_of_scope_refused: Option<f64>,
    pub threshold: f32,
    pub rows: usize,
    pub train_seconds: f64,
    /// What fine-tuning found, if it was tried.
    pub finetune: Option<FinetuneReport>,
    pub p50_micros: u64,
    pub p99_micros: u64,
    pub confusions: Vec<Confusion>,
    /// What other thresholds would do on these rows.
    pub coverage: Vec<CoveragePoint>,
}

/// How often one intent was taken for another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Confusion {
    pub expected: String,
    pub predicted: String,
    pub count: usize,
}

/// One scored row.
struct Scored {
    expected: String,
    best: String,
    predicted: String,
    scope: f32,
    micros: u64,
}

/// Scores `test` once with `model`, at the threshold that its training chose.
pub async fn evaluate(
    model: IntentModel,
    test: &TrainingData,
    encoder: &Encoder,
    progress: &Progress,
) -> Result<IntentReport, NluError> {
    let (threshold, train_seconds) = (model.calibration().act, model.metrics().seconds);
    let finetune = model.metrics().finetune;
    let nlu = Nlu::new(encoder.clone(), Some(model));
    let rows = test
        .phrases
        .iter()
        .map(|phrase| (phrase.text.as_str(), phrase.intent.as_str()));
    let rows: Vec<_> = rows
        .chain(test.out_of_scope.iter().map(|text| (text.as_str(), OUT_OF_SCOPE)))
        .collect();
    let mut scored = Vec::with_capacity(rows.len());
    for (index, (text, expected)) in rows.iter().enumerate() {
        progress.step("scoring", index as u64, rows.len() as u64)?;
        let understanding = nlu.understand(text).await?;
        let best = understanding
            .ranking
            .first()
            .map(|best| best.name.clone())
            .unwrap_or_default();
        let predicted = if understanding.verdict == Verdict::Act {
            best.clone()
        } else {
            OUT_OF_SCOPE.to_owned()
        };
        scored.push(Scored {
            expected: (*expected).to_owned(),
            best,
            predicted,
            scope: understanding.scope,
            micros: understanding.micros,
        });
    }
    progress.step("scoring", rows.len() as u64, rows.len() as u64)?;
    let mut report = report(&scored);
    (report.threshold, report.train_seconds, report.finetune) = (threshold, train_seconds, finetune);
    Ok(report)
}

fn report(scored: &[Scored]) -> IntentReport {
    // Without rows out of scope there is nothing to refuse: the best intent counts.
    let any_outside = scored.iter().any(|row| row.expected == OUT_OF_SCOPE);
    let prediction = |row: &Scored| {
        if any_outside {
            row.predicted.clone()
        } else {
            row.best.clone()
        }
    };
    let pairs: Vec<(String, String)> = scored
        .iter()
        .map(|row| (row.expected.clone(), prediction(row)))
        .collect();
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(expected, predicted)| (expected.as_str(), predicted.as_str()))
        .collect();
    let (inside, outside): (Vec<&Scored>, Vec<&Scored>) =
        scored.iter().partition(|row| row.expected != OUT_OF_SCOPE);
    let share = |rows: &[&Scored], test: &dyn Fn(&Scored) -> bool| {
        rows.iter().filter(|row| test(row)).count() as f64 / rows.len().max(1) as f64
    };
    let scores = |rows: &[&Scored]| rows.iter().map(|row| row.scope).collect::<Vec<_>>();
    let known: Vec<(f32, bool)> = inside
        .iter()
        .map(|row| (row.scope, row.best == row.expected))
        .collect();
    let strangers = scores(&outside);
    let mut micros: Vec<u64> = scored.iter().map(|row| row.micros).collect();
    micros.sort_unstable();
    IntentReport {
        accuracy: pairs
            .iter()
            .filter(|(expected, predicted)| expected == predicted)
            .count() as f64
            / pairs.len().max(1) as f64,
        mcc: matthews(&pairs),
        in_scope_accuracy: share(&inside, &|row| row.best == row.expected),
        scope_auroc: auroc(&scores(&inside), &scores(&outside)),
        macro_f1: macro_f1(&pairs),
        in_scope_answered_right: share(&inside, &|row| row.predicted == row.expected),
        out_of_scope_refused: any_outside.then(|| share(&outside, &|row| row.predicted == OUT_OF_SCOPE)),
        threshold: 0.0,
        rows: scored.len(),
        train_seconds: 0.0,
        finetune: None,
        p50_micros: quantile(&micros, 0.5),
        p99_micros: quantile(&micros, 0.99),
        confusions: confusions(&pairs).into_iter().take(CONFUSIONS).collect(),
        coverage: curve(
            &known,
            &[&strangers],
            outside.len() as f64 / scored.len().max(1) as f64,
        ),
    }
}

/// The cells beside the diagonal of the confusion matrix, largest first.
pub(super) fn confusions(pairs: &[(&str, &str)]) -> Vec<Confusion> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for pair in pairs.iter().filter(|(expected, predicted)| expected != predicted) {
        *counts.entry(*pair).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let confusion = |((expected, predicted), count): ((&str, &str), usize)| Confusion {
        expected: expected.into(),
        predicted: predicted.into(),
        count,
    };
    counts.into_iter().map(confusion).collect()
}

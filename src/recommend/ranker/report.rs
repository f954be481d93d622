//! The exam: all kinds of ranker on one table, a fifth of its rows held out.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::metrics::{mean_cross_entropy, mean_squared_error};
use super::{Average, Features, Kind, Model, Ranker, RankerError, Relevance, Scores, Settings, Split, Table};
use super::{Target, fit};
use crate::progress::Progress;

/// What came of the exam, and those who sat it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evaluation {
    pub report: Report,
    pub rankers: Average,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub train_rows: usize,
    pub test_rows: usize,
    pub columns: usize,
    /// Chances where all targets are 0 or 1, values otherwise.
    pub target: Target,
    pub relevance: Relevance,
    /// One a kind, and last that of the average.
    pub lines: Vec<ReportLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportLine {
    pub name: String,
    /// Cross-entropy of chances, squared error of values, of the rows trained on.
    pub train_loss: f64,
    /// The same of the rows held out.
    pub test_loss: f64,
    /// Of the rows held out.
    pub scores: Scores,
    /// 0 for the average, which learns nothing of its own.
    pub train_seconds: f64,
}

/// Trains every kind on four fifths of the table's rows, drawn by `seed`, and tests it on the rest.
pub fn evaluate_table(table: &Table, seed: u64, progress: &Progress) -> Result<Evaluation, RankerError> {
    let exam = Exam::of(table, seed);
    let settings = Settings {
        seed,
        ..Settings::default()
    };
    let (mut models, mut lines) = (Vec::new(), Vec::new());
    for kind in Kind::ALL {
        let start = Instant::now();
        let (rows, targets) = &exam.train;
        let model = fit(kind, rows, targets, exam.target, &settings, progress)?;
        lines.push(exam.mark(&model, start.elapsed().as_secs_f64()));
        models.push(model);
    }
    let rankers = Average(models);
    lines.push(exam.mark(&rankers, 0.0));
    let report = Report {
        train_rows: exam.train.1.len(),
        test_rows: exam.test.1.len(),
        columns: table.features.width(),
        target: exam.target,
        relevance: exam.relevance,
        lines,
    };
    Ok(Evaluation { report, rankers })
}

struct Exam {
    train: (Features, Vec<f32>),
    test: (Features, Vec<f32>),
    target: Target,
    relevance: Relevance,
}

impl Exam {
    fn of(table: &Table, seed: u64) -> Self {
        let split = Split::of(table.targets.len(), seed);
        let part = |rows: &[usize]| {
            let targets: Vec<f32> = rows.iter().map(|row| table.targets[*row]).collect();
            (table.features.select(rows), targets)
        };
        let (train, test) = (part(&split.train), part(&split.test));
        let binary = table
            .targets
            .iter()
            .all(|target| *target == 0.0 || *target == 1.0);
        Self {
            relevance: Relevance::of(&train.1),
            target: if binary { Target::Chance } else { Target::Value },
            train,
            test,
        }
    }

    fn mark(&self, ranker: &dyn Ranker, train_seconds: f64) -> ReportLine {
        let loss = match self.target {
            Target::Value => mean_squared_error,
            Target::Chance => mean_cross_entropy,
        };
        let predicted = ranker.predict_all(&self.test.0);
        ReportLine {
            name: ranker.name().to_owned(),
            train_loss: loss(&ranker.predict_all(&self.train.0), &self.train.1),
            test_loss: loss(&predicted, &self.test.1),
            scores: Scores::of(&predicted, &self.test.1, self.relevance),
            train_seconds,
        }
    }
}

impl Report {
    /// The report as a table of text, each line ended.
    pub fn render(&self) -> String {
        let mut text = format!(
            "{} rows trained, {} tested, {} columns; relevant: {}\n",
            self.train_rows, self.test_rows, self.columns, self.relevance
        );
        let heads = [
            "train loss",
            "test loss",
            "RMSE",
            "MSE",
            "precision",
            "recall",
            "F1",
            "AUC",
            "seconds",
        ];
        let _ = write!(text, "{:<9}", "ranker");
        heads.iter().for_each(|head| {
            let _ = write!(text, " {head:>10}");
        });
        text.push('\n');
        self.lines.iter().for_each(|line| line.render(&mut text));
        text
    }
}

impl ReportLine {
    fn render(&self, text: &mut String) {
        let _ = write!(text, "{:<9}", self.name);
        let scores = &self.scores;
        for value in [self.train_loss, self.test_loss, scores.rmse, scores.mse] {
            let _ = write!(text, " {value:>10.5}");
        }
        for value in [scores.precision, scores.recall, scores.f1] {
            let _ = write!(text, " {value:>10.3}");
        }
        let auc = scores.auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"));
        let _ = writeln!(text, " {auc:>10} {:>10.2}", self.train_seconds);
    }
}

impl Evaluation {
    /// What each kind and the average predict for one row, `name=value,name=value`, every column once, in any order.
    pub fn score(&self, row: &str) -> Result<Vec<(&'static str, f32)>, RankerError> {
        let columns = self.rankers.0.first().map_or(&[][..], Model::columns);
        let row = named_row(columns, row)?;
        let models = self
            .rankers
            .0
            .iter()
            .map(|model| (model.name(), model.predict(&row)));
        Ok(models
            .chain([(Average::NAME, self.rankers.predict(&row))])
            .collect())
    }
}

fn named_row(columns: &[String], text: &str) -> Result<Vec<f32>, RankerError> {
    let mut given = HashMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = named_value(pair)?;
        if !columns.iter().any(|column| column == name) {
            return Err(RankerError::NoSuchColumn {
                name: name.to_owned(),
                columns: columns.join(", "),
            });
        }
        if given.insert(name, value).is_some() {
            return Err(RankerError::GivenTwice {
                name: name.to_owned(),
            });
        }
    }
    let missing = columns
        .iter()
        .filter(|column| !given.contains_key(column.as_str()));
    let names: Vec<String> = missing.cloned().collect();
    if !names.is_empty() {
        return Err(RankerError::MissingColumns { names });
    }
    Ok(columns.iter().map(|column| given[column.as_str()]).collect())
}

fn named_value(pair: &str) -> Result<(&str, f32), RankerError> {
    let parsed = pair
        .split_once('=')
        .and_then(|(name, value)| Some((name.trim(), value.trim().parse::<f32>().ok()?)));
    match parsed {
        Some((name, value)) if value.is_finite() => Ok((name, value)),
        _ => Err(RankerError::Pair {
            text: pair.to_owned(),
        }),
    }
}

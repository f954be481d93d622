//! The exam of running sessions: whole sessions train, and for each prefix of another one the next item is asked for.

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use super::{clocked, numbers, percentile};
use crate::recommend::interactions::{Ids, Session};
use crate::recommend::metrics::{Ranked, reciprocal_rank};
use crate::recommend::source::{Scores, Shopper, Source};
use crate::recommend::sources::sessions::{SessionKnn, SessionWeights};

/// Sessions to train on, and prefixes with the item that came next.
#[derive(Debug, Clone, Default)]
pub struct SessionFiles {
    pub items: Ids,
    pub train: Vec<Session>,
    pub test: Vec<(Vec<u32>, u32)>,
}

/// Figures of one model.
#[derive(Debug, Clone, Serialize)]
pub struct SessionExam {
    pub name: String,
    /// Share of the prefixes whose next item is among the first 20.
    pub precision_at_20: f64,
    pub mrr_at_20: f64,
    pub train_seconds: f64,
    pub p50_micros: f64,
    pub p99_micros: f64,
}

const LIST: usize = 20;

/// Reads item ids with spaces between them, a session a line; tests have a tab before the next item.
pub fn read_sessions(train: &Path, test: &Path) -> Result<SessionFiles, String> {
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let mut files = SessionFiles::default();
    for (number, line) in read(train)?.lines().enumerate() {
        let items = line
            .split_whitespace()
            .map(|item| files.items.number_or_add(item))
            .collect();
        files.train.push(Session {
            shopper: number as u32,
            items,
            // The file's order is that of time.
            ended: number as i64,
        });
    }
    for (number, line) in read(test)?.lines().enumerate() {
        let Some((prefix, next)) = line.split_once('\t') else {
            let place = format!("{}:{}", test.display(), number + 1);
            return Err(format!(
                "{place}: expected item ids with spaces between them, a tab, and the next item"
            ));
        };
        let prefix = prefix
            .split_whitespace()
            .map(|item| files.items.number_or_add(item))
            .collect();
        files.test.push((prefix, files.items.number_or_add(next.trim())));
    }
    if files.train.is_empty() || files.test.is_empty() {
        return Err(format!(
            "{} and {}: expected at least one session in each",
            train.display(),
            test.display()
        ));
    }
    Ok(files)
}

/// Examines the session neighbours; the last line is what serves.
pub fn sessions(files: &SessionFiles) -> Vec<SessionExam> {
    let stan = SessionWeights::Stan {
        query: 2.0,
        item: 4.0,
        age: Some((files.train.len() as f32 / 2.0).max(1_000.0)),
    };
    [(SessionWeights::Vsknn, 200), (stan, 500)]
        .into_iter()
        .map(|(weights, neighbours)| {
            let start = Instant::now();
            let model = SessionKnn::train(&files.train, files.items.len(), weights, neighbours);
            examine(&model, files, start.elapsed().as_secs_f64())
        })
        .collect()
}

fn examine(model: &SessionKnn, files: &SessionFiles, train_seconds: f64) -> SessionExam {
    thread_local! {
        static SCORES: std::cell::RefCell<Scores> = std::cell::RefCell::default();
    }
    let list = |prefix: &[u32]| -> Vec<u32> {
        SCORES.with_borrow_mut(|scores| {
            scores.reset(files.items.len());
            let shopper = Shopper {
                session: prefix,
                ..Shopper::default()
            };
            model.score(&shopper, scores);
            numbers(scores.top(LIST, |_| true))
        })
    };
    let micros = clocked(files.test.iter(), |(prefix, _)| {
        std::hint::black_box(list(prefix));
    });
    let ranks: Vec<f64> = files
        .test
        .par_iter()
        .map(|(prefix, next)| {
            let items = list(prefix);
            reciprocal_rank(&Ranked {
                items: &items,
                relevant: &[*next],
            })
        })
        .collect();
    let count = ranks.len() as f64;
    SessionExam {
        name: model.name().to_owned(),
        precision_at_20: ranks.iter().filter(|rank| **rank > 0.0).count() as f64 / count,
        mrr_at_20: ranks.iter().sum::<f64>() / count,
        train_seconds,
        p50_micros: percentile(&micros, 0.5),
        p99_micros: percentile(&micros, 0.99),
    }
}

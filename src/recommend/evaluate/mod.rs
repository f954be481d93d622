//! The exam: trains every source and the blend on a part of the events and asks what the rest would have wanted.

mod cold;
mod protocol;
mod report;
mod sessions;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use super::after::{self, AfterRanking, arrange};
use super::event::{Event, Strength};
use super::fairness;
use super::hybrid::{Blend, BlendSettings, Exam, candidates_of, rate};
use super::interactions::{Ids, Interactions};
use super::items::ItemFacts;
use super::metrics::{K, Ranked, average_precision, ndcg, precision, recall};
use super::ranker::{Model, RankerError};
use super::source::{Scores, Source, best};
use super::trained::{Material, TrainSettings, Trained};
use crate::progress::{Cancelled, Progress};

pub use cold::{ColdLine, ColdStart};
pub use protocol::{Cut, Protocol, cut, inner_cut};
pub use report::{Fairness, Report, ReportLine};
pub use sessions::{SessionExam, SessionFiles, read_sessions, sessions};

/// What is examined, and how.
#[derive(Debug, Clone)]
pub struct ExamSettings {
    pub protocol: Protocol,
    pub seeds: u64,
    pub train: TrainSettings,
    pub blend: BlendSettings,
    /// Also test shoppers and items that nothing is known of.
    pub cold: bool,
    pub after: AfterRanking,
}

/// The catalogue's part of the material.
#[derive(Debug, Clone, Default)]
pub struct Items {
    pub names: Vec<String>,
    pub facts: Arc<Vec<ItemFacts>>,
    /// The encoder's vectors, [items × width]; empty without an encoder.
    pub vectors: Arc<Vec<f32>>,
    pub width: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum ExamError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Ranker(#[from] RankerError),
    #[error("no shopper has events to train on and events to test: {0} events are too few for this protocol")]
    NothingToTest(usize),
}

/// Runs the exam over all seeds; figures are means over them.
pub fn evaluate(
    events: &[Event],
    items: &Items,
    settings: &ExamSettings,
    progress: &Progress,
) -> Result<Report, ExamError> {
    let mut report = Report::new(settings.protocol, settings.seeds);
    for seed in 0..settings.seeds {
        progress.step("seeds", seed, settings.seeds)?;
        let (train, test) = cut(events, settings.protocol, seed);
        let (trained, blend) = train_both(&train, items, settings, seed, progress)?;
        let exams = exams(&trained.data, &test);
        if exams.is_empty() {
            return Err(ExamError::NothingToTest(events.len()));
        }
        score_all(&trained, &blend, items, &exams, settings, &mut report);
    }
    if settings.cold {
        report.cold_start = Some(cold::cold_start(events, items, settings, progress)?);
    }
    report.finish();
    progress.step("seeds", settings.seeds, settings.seeds)?;
    Ok(report)
}

/// Learns the blend on a cut inside the training events, then trains the sources on all of them.
pub(super) fn train_both(
    train: &[Event],
    items: &Items,
    settings: &ExamSettings,
    seed: u64,
    progress: &Progress,
) -> Result<(Trained, Blend), ExamError> {
    let (inner, held_out) = inner_cut(train, settings.protocol, seed);
    let trained = Trained::train(&material(&inner, items), &settings.train, progress)?;
    let held = exams(&trained.data, &held_out);
    let blend = Blend::learn(&trained, &items.facts, &held, &settings.blend, progress)?;
    drop(trained);
    Ok((
        Trained::train(&material(train, items), &settings.train, progress)?,
        blend,
    ))
}

fn material(events: &[Event], items: &Items) -> Material {
    let ids = Ids::from_names(items.names.iter().cloned());
    Material {
        data: Arc::new(Interactions::gather(ids, events, &Strength::default())),
        facts: items.facts.clone(),
        vectors: items.vectors.clone(),
        width: items.width,
    }
}

/// An exam for each shopper of the training data who has events in `test`. Items that training did not see are not
/// asked for.
pub fn exams(data: &Interactions, test: &[Event]) -> Vec<Exam> {
    let mut relevant: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for event in test {
        let pair = (
            data.shoppers.number(&event.shopper),
            data.items.number(&event.item),
        );
        if let (Some(shopper), Some(item)) = pair {
            relevant.entry(shopper).or_default().push(item);
        }
    }
    let last: HashMap<u32, &[u32]> = data
        .sessions
        .iter()
        .map(|session| (session.shopper, &session.items[..]))
        .collect();
    relevant
        .into_iter()
        .map(|(shopper, mut relevant)| {
            relevant.sort_unstable();
            relevant.dedup();
            Exam {
                number: Some(shopper),
                history: data.by_shopper.row(shopper).collect(),
                session: last.get(&shopper).map(|items| items.to_vec()).unwrap_or_default(),
                relevant,
            }
        })
        .collect()
}

/// Shoppers that are answered one after another for the clock.
const TIMED: usize = 1_000;

fn score_all(
    trained: &Trained,
    blend: &Blend,
    items: &Items,
    exams: &[Exam],
    settings: &ExamSettings,
    report: &mut Report,
) {
    for source in trained.sources() {
        let seconds = trained
            .seconds
            .iter()
            .find(|(name, _)| *name == source.name())
            .map_or(0.0, |(_, s)| *s);
        let list = |exam: &Exam| source_list(source, exam, trained.data.items.len());
        report.add(&line(source.name(), exams, trained, seconds, list));
    }
    let total: f64 = trained.seconds.iter().map(|(_, seconds)| seconds).sum();
    let mut blends = blend.each();
    let serving = blend.serving();
    let models: Vec<&Model> = blends
        .iter()
        .filter(|(name, _)| serving.contains(name))
        .map(|(_, models)| models[0])
        .collect();
    blends.push(("hybrid", models));
    for (name, models) in blends {
        let list = |exam: &Exam| blend_list(trained, &items.facts, &models, exam, AfterRanking::NONE, &[]);
        report.add(&line(name, exams, trained, total, list));
        if name == "hybrid" {
            report.fairness = Some(fair(trained, items, &models, exams, settings.after));
        }
    }
    report.held_out.clone_from(&blend.held_out);
}

fn source_list(source: &dyn Source, exam: &Exam, items: usize) -> Vec<u32> {
    thread_local! {
        static SCORES: std::cell::RefCell<Scores> = std::cell::RefCell::default();
    }
    SCORES.with_borrow_mut(|scores| {
        scores.reset(items);
        source.score(&exam.shopper(), scores);
        scores
            .top(K, |item| !exam.knows(item))
            .into_iter()
            .map(|(item, _)| item)
            .collect()
    })
}

pub(super) fn blend_list(
    trained: &Trained,
    facts: &[ItemFacts],
    models: &[&Model],
    exam: &Exam,
    after: AfterRanking,
    tail: &[bool],
) -> Vec<u32> {
    let candidates = candidates_of(trained, facts, exam);
    let mut rated: Vec<(u32, f32)> = candidates
        .items
        .iter()
        .copied()
        .zip(rate(models, &candidates))
        .collect();
    best(&mut rated, 100);
    arrange(&rated, K, after, facts, tail)
        .into_iter()
        .map(|(item, _)| item)
        .collect()
}

/// Measures of one model over all exams; the clock runs for the first of them, one at a time.
fn line(
    name: &str,
    exams: &[Exam],
    trained: &Trained,
    train_seconds: f64,
    list: impl Fn(&Exam) -> Vec<u32> + Sync,
) -> ReportLine {
    let mut micros: Vec<f64> = exams
        .iter()
        .take(TIMED)
        .map(|exam| {
            let start = Instant::now();
            std::hint::black_box(list(exam));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| {
        micros
            .get((micros.len() as f64 * share) as usize)
            .or(micros.last())
            .copied()
            .unwrap_or_default()
    };
    let lists: Vec<Vec<u32>> = exams.par_iter().map(&list).collect();
    let mean = |measure: fn(&Ranked<'_>) -> f64| {
        let sum: f64 = lists
            .iter()
            .zip(exams)
            .map(|(items, exam)| {
                measure(&Ranked {
                    items,
                    relevant: &exam.relevant,
                })
            })
            .sum();
        sum / exams.len() as f64
    };
    let shown: std::collections::HashSet<u32> = lists.iter().flatten().copied().collect();
    ReportLine {
        name: name.to_owned(),
        ndcg_at_10: mean(ndcg),
        map: mean(average_precision),
        precision: mean(precision),
        recall: mean(recall),
        coverage: shown.len() as f64 / trained.data.items.len().max(1) as f64,
        train_seconds,
        p50_micros: at(0.5),
        p99_micros: at(0.99),
    }
}

fn fair(
    trained: &Trained,
    items: &Items,
    models: &[&Model],
    exams: &[Exam],
    after: AfterRanking,
) -> Fairness {
    let tail = after::long_tail(trained.popularity());
    let run = |after: AfterRanking| {
        let lists: Vec<Vec<u32>> = exams
            .par_iter()
            .map(|exam| blend_list(trained, &items.facts, models, exam, after, &tail))
            .collect();
        let results: Vec<(usize, f64)> = lists
            .iter()
            .zip(exams)
            .map(|(items, exam)| {
                (
                    exam.history.len(),
                    ndcg(&Ranked {
                        items,
                        relevant: &exam.relevant,
                    }),
                )
            })
            .collect();
        let mean = results.iter().map(|(_, ndcg)| ndcg).sum::<f64>() / results.len() as f64;
        (
            fairness::exposure(&lists, &items.facts, trained.popularity(), mean),
            fairness::by_activity(&results),
        )
    };
    let (before, by_activity) = run(AfterRanking::NONE);
    let (after, by_activity_after) = run(after);
    Fairness {
        before,
        after,
        by_activity,
        by_activity_after,
    }
}

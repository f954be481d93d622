//! The exam: trains every source and the blend on a part of the events and asks what the rest would have wanted.

mod ablation;
mod cold;
mod protocol;
mod report;
mod said;
mod sessions;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use rayon::prelude::*;

use super::RecommendError;
use super::after::{self, AfterRanking, arrange};
use super::event::{Event, Strength};
use super::fairness;
use super::hybrid::{Blend, BlendSettings, Candidates, Exam, candidates_of, rate};
use super::interactions::Interactions;
use super::items::{ItemFacts, Items};
use super::metrics::{K, Ranked, average_precision, ndcg, precision, recall};
use super::ranker::Model;
use super::source::{Scores, Source, best};
use super::train::Fitting;
use super::trained::{TrainSettings, Trained};
use crate::progress::Progress;

pub use ablation::AblationLine;
pub use cold::{ColdLine, ColdStart};
pub use protocol::{Cut, Protocol, cut, inner_cut};
pub use report::{Fairness, Report, ReportLine};
pub use said::{SaidLine, Sayings, saying};
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
    /// Also leave out each source in turn.
    pub ablation: bool,
    pub after: AfterRanking,
    /// Also ask as if the shoppers had said something.
    pub sayings: Option<Sayings>,
}

/// Runs the exam over all seeds; figures are means over them.
pub fn evaluate(
    events: &[Event],
    items: &Items,
    settings: &ExamSettings,
    progress: &Progress,
) -> Result<Report, RecommendError> {
    let mut report = Report::new(settings.protocol, settings.seeds);
    for seed in 0..settings.seeds {
        progress.step("seeds", seed, settings.seeds)?;
        let (train, test) = cut(events, settings.protocol, seed);
        let (trained, blend) = settings.fit(&train, items, seed, progress)?;
        let exams = exams(&trained.data, &test);
        if exams.is_empty() {
            return Err(RecommendError::NothingToTest(events.len()));
        }
        score_all(&trained, &blend, items, &exams, settings, &mut report);
        if let Some(sayings) = &settings.sayings {
            report.said = Some(said::said(sayings, &trained, &blend, items, &exams));
        }
    }
    if settings.cold {
        report.cold_start = Some(cold::cold_start(events, items, settings, progress)?);
    }
    if settings.ablation {
        report.ablation = Some(ablation::ablation(events, items, settings, progress)?);
    }
    report.finish();
    progress.step("seeds", settings.seeds, settings.seeds)?;
    Ok(report)
}

impl ExamSettings {
    /// Learns from training events as a shop's own training does.
    pub(super) fn fit(
        &self,
        train: &[Event],
        items: &Items,
        seed: u64,
        progress: &Progress,
    ) -> Result<(Trained, Blend), RecommendError> {
        let fitting = Fitting {
            protocol: self.protocol,
            seed,
            strength: Strength::default(),
            train: &self.train,
            blend: &self.blend,
        };
        fitting.fit(train, items, progress)
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
                ..Exam::default()
            }
        })
        .collect()
}

/// Shoppers that are answered one after another for the clock.
const TIMED: usize = 1_000;

/// Whose lists are measured: rankers by name, and what comes after them.
struct Ranking<'a> {
    name: &'static str,
    models: Vec<&'a Model>,
    after: AfterRanking,
}

fn score_all(
    trained: &Trained,
    blend: &Blend,
    items: &Items,
    exams: &[Exam],
    settings: &ExamSettings,
    report: &mut Report,
) {
    let exam_of = Lists {
        trained,
        facts: &items.facts,
        tail: after::long_tail(trained.popularity()),
        exams,
    };
    for source in trained.sources() {
        let seconds = trained.seconds.iter().find(|(name, _)| *name == source.name());
        let list = |exam: &Exam| source_list(source, exam, trained.data.items.len());
        let lists: Vec<Vec<u32>> = exams.par_iter().map(list).collect();
        report.add(&exam_of.line(source.name(), &lists, seconds.map_or(0.0, |(_, s)| *s), list));
    }
    let ranking = |(name, models)| Ranking {
        name,
        models,
        after: AfterRanking::NONE,
    };
    let mut rankings: Vec<Ranking<'_>> = blend.each().into_iter().map(ranking).collect();
    rankings.push(ranking(("hybrid", blend.serving())));
    rankings.push(Ranking {
        after: settings.after,
        ..ranking(("hybrid after ranking", blend.serving()))
    });
    let mut lists = exam_of.ranked(&rankings);
    let total: f64 = trained.seconds.iter().map(|(_, seconds)| seconds).sum();
    for (ranking, lists) in rankings.iter().zip(&lists).take(rankings.len() - 1) {
        report.add(&exam_of.line(ranking.name, lists, total, |exam| exam_of.list(exam, ranking)));
    }
    if let (Some(after), Some(before)) = (lists.pop(), lists.pop()) {
        report.fairness = Some(exam_of.fairness(&before, &after));
    }
    report.held_out.clone_from(&blend.held_out);
    report.served.push(blend.served());
}

fn source_list(source: &dyn Source, exam: &Exam, items: usize) -> Vec<u32> {
    thread_local! {
        static SCORES: std::cell::RefCell<Scores> = std::cell::RefCell::default();
    }
    SCORES.with_borrow_mut(|scores| {
        scores.reset(items);
        let proposal = source.propose(&exam.shopper(), K, &|item| !exam.knows(item), scores);
        numbers(proposal.best)
    })
}

/// The exams, and what lists are made of.
struct Lists<'a> {
    trained: &'a Trained,
    facts: &'a [ItemFacts],
    tail: Vec<bool>,
    exams: &'a [Exam],
}

impl Lists<'_> {
    /// The lists of each ranking, [rankings][exams]. What the sources propose is asked once for all of them.
    fn ranked(&self, rankings: &[Ranking<'_>]) -> Vec<Vec<Vec<u32>>> {
        let of_exam = |exam: &Exam| -> Vec<Vec<u32>> {
            let candidates = candidates_of(self.trained, exam);
            let list = |ranking| self.arranged(&candidates, ranking);
            rankings.iter().map(list).collect()
        };
        let mut by_exam: Vec<Vec<Vec<u32>>> = self.exams.par_iter().map(of_exam).collect();
        let taken = |place: usize| {
            by_exam
                .iter_mut()
                .map(|lists| std::mem::take(&mut lists[place]))
                .collect()
        };
        (0..rankings.len()).map(taken).collect()
    }

    /// The list of one exam, as a request makes it.
    fn list(&self, exam: &Exam, ranking: &Ranking<'_>) -> Vec<u32> {
        self.arranged(&candidates_of(self.trained, exam), ranking)
    }

    fn arranged(&self, candidates: &Candidates, ranking: &Ranking<'_>) -> Vec<u32> {
        let rated = rated(candidates, &ranking.models, RANKED);
        numbers(arrange(&rated, K, ranking.after, self.facts, &self.tail))
    }

    /// Measures of one model; the clock runs for the first exams, one at a time.
    fn line(
        &self,
        name: &str,
        lists: &[Vec<u32>],
        train_seconds: f64,
        list: impl Fn(&Exam) -> Vec<u32>,
    ) -> ReportLine {
        let micros = clocked(self.exams.iter().take(TIMED), |exam| {
            std::hint::black_box(list(exam));
        });
        let mean = |measure: fn(&Ranked<'_>) -> f64| {
            self.measured(lists, measure).sum::<f64>() / self.exams.len() as f64
        };
        let shown: HashSet<u32> = lists.iter().flatten().copied().collect();
        ReportLine {
            name: name.to_owned(),
            ndcg_at_10: mean(ndcg),
            map: mean(average_precision),
            precision: mean(precision),
            recall: mean(recall),
            coverage: shown.len() as f64 / self.trained.data.items.len().max(1) as f64,
            train_seconds,
            p50_micros: percentile(&micros, 0.5),
            p99_micros: percentile(&micros, 0.99),
        }
    }

    fn measured(&self, lists: &[Vec<u32>], measure: fn(&Ranked<'_>) -> f64) -> impl Iterator<Item = f64> {
        let pairs = lists.iter().zip(self.exams);
        pairs.map(move |(items, exam)| {
            measure(&Ranked {
                items,
                relevant: &exam.relevant,
            })
        })
    }

    fn fairness(&self, before: &[Vec<u32>], after: &[Vec<u32>]) -> Fairness {
        let spread = |lists: &[Vec<u32>]| {
            let events = self.exams.iter().map(|exam| exam.history.len());
            let results: Vec<(usize, f64)> = events.zip(self.measured(lists, ndcg)).collect();
            let mean = results.iter().map(|(_, ndcg)| ndcg).sum::<f64>() / results.len() as f64;
            (
                fairness::exposure(lists, self.facts, self.trained.popularity(), mean),
                fairness::by_activity(&results),
            )
        };
        let ((before, by_activity), (after, by_activity_after)) = (spread(before), spread(after));
        Fairness {
            before,
            after,
            by_activity,
            by_activity_after,
        }
    }
}

/// Ranked candidates that after-ranking chooses from.
const RANKED: usize = 100;

/// The `n` best candidates by `models`, best first.
fn rated(candidates: &Candidates, models: &[&Model], n: usize) -> Vec<(u32, f32)> {
    let rates = rate(models, candidates);
    let mut rated: Vec<(u32, f32)> = candidates.items.iter().copied().zip(rates).collect();
    best(&mut rated, n);
    rated
}

fn numbers(list: Vec<(u32, f32)>) -> Vec<u32> {
    list.into_iter().map(|(item, _)| item).collect()
}

/// Microseconds that `work` takes for each, ascending.
fn clocked<T>(all: impl Iterator<Item = T>, work: impl Fn(T)) -> Vec<f64> {
    let timed = |one| {
        let start = Instant::now();
        work(one);
        start.elapsed().as_secs_f64() * 1e6
    };
    let mut micros: Vec<f64> = all.map(timed).collect();
    micros.sort_by(f64::total_cmp);
    micros
}

/// The value below which this share of ascending values lies; 0 of none.
fn percentile(ascending: &[f64], share: f64) -> f64 {
    let place = (ascending.len() as f64 * share) as usize;
    ascending
        .get(place)
        .or(ascending.last())
        .copied()
        .unwrap_or_default()
}

//! What each source is worth to the hybrid: it is learned anew without one source at a time.

use rayon::prelude::*;
use serde::Serialize;

use super::{ExamSettings, cut, exams, inner_cut, numbers, rated};
use crate::progress::Progress;
use crate::recommend::RecommendError;
use crate::recommend::event::{Event, Strength};
use crate::recommend::hybrid::{Blend, BlendSettings, Exam, candidates_of};
use crate::recommend::items::Items;
use crate::recommend::metrics::{K, Ranked, ndcg};
use crate::recommend::ranker::Kind;
use crate::recommend::trained::Trained;

/// The hybrid without a source.
#[derive(Debug, Clone, Serialize)]
pub struct AblationLine {
    pub left_out: &'static str,
    pub ndcg_at_10: f64,
    /// nDCG@10 of the hybrid with all sources less this one; below 0: it is better off without.
    pub lost: f64,
}

/// Leaves out each source in turn, on the first seed's cut. The rankers are the logistic regression and the network: trees
/// cost ten times as much and would seldom serve.
pub(super) fn ablation(
    events: &[Event],
    items: &Items,
    settings: &ExamSettings,
    progress: &Progress,
) -> Result<Vec<AblationLine>, RecommendError> {
    let blend = BlendSettings {
        kinds: vec![Kind::Logistic, Kind::Network],
        ..settings.blend.clone()
    };
    let (train, test) = cut(events, settings.protocol, 0);
    let (before, held_out) = inner_cut(&train, settings.protocol, 0);
    let trained = |events: &[Event]| {
        let material = items.material(events, &Strength::default());
        Trained::train(&material, &settings.train, progress)
    };
    let (mut inner, mut outer) = (trained(&before)?, trained(&train)?);
    let names: Vec<&'static str> = inner.sources().iter().map(|source| source.name()).collect();
    let (taught, tested) = (exams(&inner.data, &held_out), exams(&outer.data, &test));
    let mut mark = |left_out: Option<&'static str>| {
        inner.leave_out(left_out);
        outer.leave_out(left_out);
        let blend = Blend::learn(&inner, &taught, &blend, progress)?;
        Ok::<f64, RecommendError>(mean_ndcg(&outer, &blend, &tested))
    };
    let whole = mark(None)?;
    let mut lines = Vec::new();
    for name in names {
        let ndcg_at_10 = mark(Some(name))?;
        lines.push(AblationLine {
            left_out: name,
            ndcg_at_10,
            lost: whole - ndcg_at_10,
        });
    }
    lines.sort_by(|a, b| b.lost.total_cmp(&a.lost));
    Ok(lines)
}

fn mean_ndcg(trained: &Trained, blend: &Blend, exams: &[Exam]) -> f64 {
    let models = blend.serving();
    let of_exam = |exam: &Exam| {
        let list = numbers(rated(&candidates_of(trained, exam), &models, K));
        ndcg(&Ranked {
            items: &list,
            relevant: &exam.relevant,
        })
    };
    // Summed in order: the same events give the same figures.
    let results: Vec<f64> = exams.par_iter().map(of_exam).collect();
    results.iter().sum::<f64>() / results.len().max(1) as f64
}

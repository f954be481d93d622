//! The cold start: shoppers and items that training never saw.

use std::collections::HashSet;

use serde::Serialize;

use super::{ExamSettings, cut, exams, numbers, rated};
use crate::progress::Progress;
use crate::recommend::RecommendError;
use crate::recommend::event::{Event, Strength};
use crate::recommend::hybrid::{Blend, Exam, candidates, candidates_of};
use crate::recommend::interactions::{Ids, Interactions};
use crate::recommend::items::Items;
use crate::recommend::metrics::{K, Ranked, ndcg};
use crate::recommend::source::best;
use crate::recommend::trained::Trained;

/// Results for those who are new.
#[derive(Debug, Clone, Serialize)]
pub struct ColdStart {
    /// A tenth of the shoppers, none of whose events trained, known by their first events only.
    pub new_shoppers: Vec<ColdLine>,
    /// A tenth of the items, none of whose events trained: the share of the wanted ones among the ten best new items.
    pub new_items: ColdLine,
}

#[derive(Debug, Clone, Serialize)]
pub struct ColdLine {
    /// Events that are known of the shopper.
    pub events: usize,
    pub hybrid_ndcg_at_10: f64,
    pub popularity_ndcg_at_10: f64,
}

const EVENTS: [usize; 4] = [0, 1, 3, 5];
const EVERY: usize = 10;

impl ColdStart {
    pub(super) fn render(&self) -> String {
        let mut text =
            String::from("\nnew shoppers, by events known: nDCG@10 of the hybrid and of popularity\n");
        for line in &self.new_shoppers {
            text += &format!(
                "{:>3}  {:.4}  {:.4}\n",
                line.events, line.hybrid_ndcg_at_10, line.popularity_ndcg_at_10
            );
        }
        let line = &self.new_items;
        text + &format!(
            "new items, ranked among themselves: {:.4}, in the catalogue's order {:.4}\n",
            line.hybrid_ndcg_at_10, line.popularity_ndcg_at_10
        )
    }
}

pub(super) fn cold_start(
    events: &[Event],
    items: &Items,
    settings: &ExamSettings,
    progress: &Progress,
) -> Result<ColdStart, RecommendError> {
    Ok(ColdStart {
        new_shoppers: new_shoppers(events, items, settings, progress)?,
        new_items: new_items(events, items, settings, progress)?,
    })
}

fn new_shoppers(
    events: &[Event],
    items: &Items,
    settings: &ExamSettings,
    progress: &Progress,
) -> Result<Vec<ColdLine>, RecommendError> {
    let names: Vec<&String> = distinct(events.iter().map(|event| &event.shopper));
    let new: HashSet<&String> = names.into_iter().step_by(EVERY).collect();
    let (theirs, known): (Vec<Event>, Vec<Event>) = events
        .iter()
        .cloned()
        .partition(|event| new.contains(&event.shopper));
    let (trained, blend) = settings.fit(&known, items, 0, progress)?;
    let (before, after) = cut(&theirs, settings.protocol, 0);
    let ids = Ids::from_names(trained.data.items.names().iter().cloned());
    let data = Interactions::gather(ids, &before, &Strength::default());
    let full: Vec<Exam> = exams(&data, &after)
        .into_iter()
        .map(|mut exam| {
            // Numbers that training has not seen can't be scored.
            let trained_items = trained.data.items.len() as u32;
            exam.relevant.retain(|item| *item < trained_items);
            exam.history.retain(|(item, _)| *item < trained_items);
            exam.session.retain(|item| *item < trained_items);
            exam
        })
        .filter(|exam| exam.history.len() >= EVENTS[EVENTS.len() - 1] && !exam.relevant.is_empty())
        .collect();
    Ok(EVENTS
        .iter()
        .map(|count| cold_line(*count, &full, &trained, &blend))
        .collect())
}

fn cold_line(count: usize, full: &[Exam], trained: &Trained, blend: &Blend) -> ColdLine {
    let (mut hybrid, mut popular) = (0.0, 0.0);
    for exam in full {
        // Nobody knows their number, nor what else they did.
        let known = Exam {
            number: None,
            left_out: Vec::new(),
            ..exam.shortened(count)
        };
        let measure = |list: &[u32]| {
            ndcg(&Ranked {
                items: list,
                relevant: &exam.relevant,
            })
        };
        let candidates = candidates_of(trained, &known);
        let rates = blend.rate(&candidates);
        let mut rated: Vec<(u32, f32)> = candidates.items.iter().copied().zip(rates).collect();
        best(&mut rated, K);
        hybrid += measure(&numbers(rated));
        let mut by_count: Vec<(u32, f32)> = (0u32..).zip(trained.popularity().iter().copied()).collect();
        by_count.retain(|(item, _)| !known.knows(*item));
        best(&mut by_count, K);
        popular += measure(&numbers(by_count));
    }
    let count_of = full.len().max(1) as f64;
    ColdLine {
        events: count,
        hybrid_ndcg_at_10: hybrid / count_of,
        popularity_ndcg_at_10: popular / count_of,
    }
}

fn new_items(
    events: &[Event],
    items: &Items,
    settings: &ExamSettings,
    progress: &Progress,
) -> Result<ColdLine, RecommendError> {
    let names: Vec<&String> = distinct(events.iter().map(|event| &event.item));
    let new: HashSet<&String> = names.into_iter().step_by(EVERY).collect();
    let (theirs, known): (Vec<Event>, Vec<Event>) = events
        .iter()
        .cloned()
        .partition(|event| new.contains(&event.item));
    let (trained, blend) = settings.fit(&known, items, 0, progress)?;
    let models = blend.serving();
    let mut new_numbers: Vec<u32> = new
        .iter()
        .filter_map(|name| trained.data.items.number(name))
        .collect();
    new_numbers.sort_unstable();
    let (mut hybrid, mut plain, mut count) = (0.0, 0.0, 0.0f64);
    for exam in exams(&trained.data, &theirs) {
        let allowed = |item: u32| new_numbers.binary_search(&item).is_ok();
        let candidates = candidates(&trained, &exam.shopper(), &allowed);
        let list = numbers(rated(&candidates, &models, K));
        let measure = |list: &[u32]| {
            ndcg(&Ranked {
                items: list,
                relevant: &exam.relevant,
            })
        };
        hybrid += measure(&list);
        plain += measure(&new_numbers[..new_numbers.len().min(K)]);
        count += 1.0;
    }
    Ok(ColdLine {
        events: 0,
        hybrid_ndcg_at_10: hybrid / count.max(1.0),
        popularity_ndcg_at_10: plain / count.max(1.0),
    })
}

fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut all: Vec<&String> = names.collect();
    all.sort();
    all.dedup();
    all
}

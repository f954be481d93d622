//! The blend: rankers over what all sources say, learned on a part of the events that the sources did not see.

mod features;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::items::ItemFacts;
use super::metrics::{Ranked, ndcg};
use super::ranker::{self, Features, Kind, Model, Ranker, RankerError, Target};
use super::source::{Shopper, best};
use super::trained::Trained;
use crate::progress::Progress;

pub use features::{Candidates, PROPOSED};

/// A shopper's test: what they had done, and what they did then.
#[derive(Debug, Clone, Default)]
pub struct Exam {
    pub number: Option<u32>,
    /// Items ascending.
    pub history: Vec<(u32, f32)>,
    pub session: Vec<u32>,
    /// Ascending.
    pub relevant: Vec<u32>,
}

impl Exam {
    pub fn shopper(&self) -> Shopper<'_> {
        Shopper {
            number: self.number,
            history: &self.history,
            session: &self.session,
        }
    }

    /// Whether the shopper has had the item already.
    pub fn knows(&self, item: u32) -> bool {
        self.history
            .binary_search_by_key(&item, |(known, _)| *known)
            .is_ok()
    }
}

/// Who ranks the candidates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blend {
    rankers: Vec<Model>,
    /// Places among `rankers` of those that serve, averaged; none: places at the sources are added up.
    serving: Vec<usize>,
    /// nDCG@10 on shoppers held out, by name.
    pub held_out: Vec<(String, f64)>,
}

/// How a blend is learned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BlendSettings {
    /// Shoppers whose held-out events are learned from.
    pub shoppers: usize,
    /// Candidates without an event, for each with one.
    pub negatives: usize,
    pub seed: u64,
    /// With the tree and the forest, which cost most of the time.
    pub kinds: Vec<Kind>,
}

impl Default for BlendSettings {
    fn default() -> Self {
        Self {
            shoppers: 4_000,
            negatives: 8,
            seed: 1,
            kinds: Kind::ALL.to_vec(),
        }
    }
}

/// Fewer held-out events teach nothing.
const ENOUGH: usize = 200;
/// Of the shoppers, every fifth compares the rankers.
const COMPARED: usize = 5;

impl Blend {
    /// Adds up the places that an item has at the sources (Cormack, Clarke, Büttcher 2009, "Reciprocal Rank Fusion").
    pub fn by_places() -> Self {
        Self {
            rankers: Vec::new(),
            serving: Vec::new(),
            held_out: Vec::new(),
        }
    }

    /// Learns from exams that `trained` did not see; names the rankers' results on every fifth of them.
    pub fn learn(
        trained: &Trained,
        facts: &[ItemFacts],
        exams: &[Exam],
        settings: &BlendSettings,
        progress: &Progress,
    ) -> Result<Self, RankerError> {
        let mut exams: Vec<&Exam> = exams.iter().filter(|exam| !exam.relevant.is_empty()).collect();
        exams.shuffle(&mut StdRng::seed_from_u64(settings.seed));
        exams.truncate(settings.shoppers);
        if exams.iter().map(|exam| exam.relevant.len()).sum::<usize>() < ENOUGH {
            return Ok(Self::by_places());
        }
        let tables: Vec<Candidates> = exams
            .par_iter()
            .map(|exam| candidates_of(trained, facts, exam))
            .collect();
        let names = features::names(&trained.sources());
        let (mut learnt_from, mut compared) = (Vec::new(), Vec::new());
        for (place, pair) in exams.iter().zip(&tables).enumerate() {
            if place % COMPARED == 0 {
                compared.push(pair)
            } else {
                learnt_from.push(pair)
            }
        }
        let rankers = fit(&names, &learnt_from, settings, progress)?;
        let (serving, held_out) = choose(&rankers, &compared);
        // What was held out to compare teaches too.
        learnt_from.extend(compared);
        let rankers = fit(&names, &learnt_from, settings, progress)?;
        Ok(Self {
            rankers,
            serving,
            held_out,
        })
    }

    /// Chances (or sums of places) of all candidates, in their order.
    pub fn rate(&self, candidates: &Candidates) -> Vec<f32> {
        let serving: Vec<&Model> = self.serving.iter().map(|place| &self.rankers[*place]).collect();
        rate(&serving, candidates)
    }

    /// The rankers, each alone, and all of them averaged: for evaluations.
    pub fn each(&self) -> Vec<(&'static str, Vec<&Model>)> {
        let mut each: Vec<_> = self
            .rankers
            .iter()
            .map(|model| (model.name(), vec![model]))
            .collect();
        if !self.rankers.is_empty() {
            each.push(("average", self.rankers.iter().collect()));
        }
        each
    }

    /// Names of the rankers that serve.
    pub fn serving(&self) -> Vec<&'static str> {
        self.serving
            .iter()
            .map(|place| self.rankers[*place].name())
            .collect()
    }
}

/// The mean of the models' log-odds; sums of reciprocal places where there is no model.
pub fn rate(models: &[&Model], candidates: &Candidates) -> Vec<f32> {
    let rows = candidates.rows.chunks_exact(candidates.width.max(1));
    if models.is_empty() {
        return rows.map(places).collect();
    }
    let log_odds = |model: &&Model, row: &[f32]| {
        // A tree that is certain must not outvote the others.
        let chance = model.predict(row).clamp(1e-4, 1.0 - 1e-4);
        (chance / (1.0 - chance)).ln()
    };
    rows.map(|row| models.iter().map(|model| log_odds(model, row)).sum::<f32>() / models.len() as f32)
        .collect()
}

/// Every second column of the sources is the logarithm of a place.
fn places(row: &[f32]) -> f32 {
    let sources = row.len() / 2 - 3;
    (0..sources)
        .map(|source| 1.0 / (10.0 + row[source * 2 + 1].exp()))
        .sum()
}

/// What all sources propose to a shopper under exam, their known items left out.
pub fn candidates_of(trained: &Trained, facts: &[ItemFacts], exam: &Exam) -> Candidates {
    candidates(trained, facts, &exam.shopper(), &|item| !exam.knows(item))
}

pub fn candidates(
    trained: &Trained,
    facts: &[ItemFacts],
    shopper: &Shopper<'_>,
    allowed: &(dyn Fn(u32) -> bool + Sync),
) -> Candidates {
    features::candidates(
        &trained.sources(),
        &trained.data,
        facts,
        trained.popularity(),
        shopper,
        allowed,
    )
}

/// The rows that rankers learn from, with 1 for what was wanted.
pub fn table(
    trained: &Trained,
    facts: &[ItemFacts],
    exams: &[Exam],
    settings: &BlendSettings,
) -> Result<(Features, Vec<f32>), RankerError> {
    let exams: Vec<&Exam> = exams
        .iter()
        .filter(|exam| !exam.relevant.is_empty())
        .take(settings.shoppers)
        .collect();
    let tables: Vec<Candidates> = exams
        .par_iter()
        .map(|exam| candidates_of(trained, facts, exam))
        .collect();
    let pairs: Vec<Table<'_>> = exams.iter().zip(&tables).collect();
    rows(&features::names(&trained.sources()), &pairs, settings)
}

type Table<'a> = (&'a &'a Exam, &'a Candidates);

fn fit(
    names: &[String],
    tables: &[Table<'_>],
    settings: &BlendSettings,
    progress: &Progress,
) -> Result<Vec<Model>, RankerError> {
    let (features, labels) = rows(names, tables, settings)?;
    let fitted = ranker::Settings {
        seed: settings.seed,
        ..ranker::Settings::default()
    };
    settings
        .kinds
        .iter()
        .map(|kind| ranker::fit(*kind, &features, &labels, Target::Chance, &fitted, progress))
        .collect()
}

/// All candidates with an event, and some of those without.
fn rows(
    names: &[String],
    tables: &[Table<'_>],
    settings: &BlendSettings,
) -> Result<(Features, Vec<f32>), RankerError> {
    let mut random = StdRng::seed_from_u64(settings.seed);
    let mut features = Features::new(names.to_vec());
    let mut labels = Vec::new();
    for (exam, candidates) in tables {
        let relevant = |item: &u32| exam.relevant.binary_search(item).is_ok();
        let hits = candidates.items.iter().filter(|item| relevant(item)).count();
        let wanted = (hits * settings.negatives).max(settings.negatives) as f64;
        let chance = wanted / (candidates.items.len() - hits).max(1) as f64;
        for (place, item) in candidates.items.iter().enumerate() {
            let hit = relevant(item);
            if hit || random.random_bool(chance.min(1.0)) {
                features.push_row(candidates.row(place))?;
                labels.push(f32::from(u8::from(hit)));
            }
        }
    }
    Ok((features, labels))
}

/// Which rankers serve best: one alone, or several averaged.
fn choose(rankers: &[Model], compared: &[Table<'_>]) -> (Vec<usize>, Vec<(String, f64)>) {
    let mut choices: Vec<Vec<usize>> = (0..rankers.len()).map(|place| vec![place]).collect();
    let smooth: Vec<usize> = (0..rankers.len())
        .filter(|place| rankers[*place].name() != "tree")
        .collect();
    choices.extend([(0..rankers.len()).collect(), smooth]);
    choices.push(vec![0, 1]);
    choices.retain(|choice| choice.iter().all(|place| *place < rankers.len()));
    let mut results: Vec<(Vec<usize>, f64)> = choices
        .into_par_iter()
        .map(|choice| {
            let models: Vec<&Model> = choice.iter().map(|place| &rankers[*place]).collect();
            let sum: f64 = compared
                .iter()
                .map(|(exam, candidates)| exam_ndcg(&models, exam, candidates))
                .sum();
            (choice, sum / compared.len().max(1) as f64)
        })
        .collect();
    results.sort_by(|a, b| b.1.total_cmp(&a.1));
    let name = |choice: &[usize]| {
        choice
            .iter()
            .map(|place| rankers[*place].name())
            .collect::<Vec<_>>()
            .join("+")
    };
    let held_out = results
        .iter()
        .map(|(choice, result)| (name(choice), *result))
        .collect();
    (
        results
            .into_iter()
            .next()
            .map(|(choice, _)| choice)
            .unwrap_or_default(),
        held_out,
    )
}

fn exam_ndcg(models: &[&Model], exam: &Exam, candidates: &Candidates) -> f64 {
    let mut rated: Vec<(u32, f32)> = candidates
        .items
        .iter()
        .copied()
        .zip(rate(models, candidates))
        .collect();
    best(&mut rated, 10);
    let items: Vec<u32> = rated.iter().map(|(item, _)| *item).collect();
    ndcg(&Ranked {
        items: &items,
        relevant: &exam.relevant,
    })
}

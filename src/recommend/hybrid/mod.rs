//! The blend: rankers over what all sources say, learned on a part of the events that the sources did not see.

mod features;
mod gathering;
mod interests;

use std::collections::HashSet;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::metrics::{Ranked, ndcg};
use super::ranker::{self, Features, Kind, Model, Ranker, RankerError, Target};
use super::source::{Shopper, best};
use super::trained::Trained;
use crate::progress::Progress;

pub use features::Candidates;

/// A shopper's test: what they had done, and what they did then.
#[derive(Debug, Clone, Default)]
pub struct Exam {
    pub number: Option<u32>,
    /// Items ascending.
    pub history: Vec<(u32, f32)>,
    pub session: Vec<u32>,
    /// Ascending.
    pub relevant: Vec<u32>,
    /// Ascending: what they had done too, neither told nor asked for.
    pub left_out: Vec<u32>,
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
        let told = self.history.binary_search_by_key(&item, |(known, _)| *known);
        told.is_ok() || self.left_out.binary_search(&item).is_ok()
    }

    /// As if only their first `count` items were known: those of their newest session first.
    pub fn shortened(&self, count: usize) -> Self {
        let mut session: Vec<u32> = Vec::new();
        let ordered = self
            .session
            .iter()
            .chain(self.history.iter().map(|(item, _)| item));
        for item in ordered {
            if session.len() < count && !session.contains(item) {
                session.push(*item);
            }
        }
        let mut history: Vec<(u32, f32)> = session.iter().map(|item| (*item, 1.0)).collect();
        history.sort_unstable_by_key(|(item, _)| *item);
        let all = self.history.iter().map(|(item, _)| *item);
        Self {
            number: self.number,
            left_out: all.filter(|item| !session.contains(item)).collect(),
            history,
            session,
            relevant: self.relevant.clone(),
        }
    }
}

/// Who ranks the candidates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blend {
    rankers: Vec<Model>,
    /// Places among `rankers` of those that serve, averaged; none: places at the sources are added up.
    serving: Vec<usize>,
    /// Ranks for shoppers of whom little is known, where most have done much.
    newcomers: Option<Model>,
    /// Place of the source that ranks for those of whom nothing is known; none: the places at all sources are added up.
    strangers: Option<usize>,
    /// nDCG@10 on shoppers held out, by name, best first.
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
/// Items of a shopper of whom little is known, at most.
const FEW: usize = 5;
/// Shoppers whose histories are cut short to learn from.
const NEWCOMERS: usize = 1_000;
/// Of the shoppers, every fifth compares the rankers.
const COMPARED: usize = 5;

impl Blend {
    /// Adds up the places that an item has at the sources (Cormack, Clarke, Büttcher 2009, "Reciprocal Rank Fusion").
    pub fn by_places() -> Self {
        Self {
            rankers: Vec::new(),
            serving: Vec::new(),
            newcomers: None,
            strangers: None,
            held_out: Vec::new(),
        }
    }

    /// Learns from exams that `trained` did not see; names the rankers' results on every fifth of them.
    pub fn learn(
        trained: &Trained,
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
        let names = features::names(&trained.sources());
        let (learnt_from, compared) = exams.split_at(exams.len() - exams.len() / COMPARED);
        let mut rows = sampled(trained, learnt_from, settings);
        let directions = || features::directions(&names);
        let rankers = fit(&names, &rows, directions(), settings, progress)?;
        let (serving, held_out) = choose(&rankers, trained, compared);
        // What was held out to compare teaches too.
        rows.extend(sampled(trained, compared, settings));
        let rankers = fit(&names, &rows, directions(), settings, progress)?;
        Ok(Self {
            strangers: strangers(trained, &exams),
            newcomers: newcomers(&names, trained, &exams, settings, progress)?,
            rankers,
            serving,
            held_out,
        })
    }

    /// Chances (or sums of places) of all candidates, in their order.
    pub fn rate(&self, candidates: &Candidates) -> Vec<f32> {
        match &self.newcomers {
            _ if candidates.known == 0 => by_places(candidates, self.strangers),
            Some(model) if candidates.known <= FEW => rate(&[model], candidates),
            _ => rate(&self.serving(), candidates),
        }
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

    /// Names of the rankers that serve, as `held_out` has them; empty: places are added up.
    pub fn served(&self) -> String {
        let names: Vec<&str> = self.serving().iter().map(|model| model.name()).collect();
        names.join("+")
    }

    /// The rankers that serve.
    pub fn serving(&self) -> Vec<&Model> {
        self.serving.iter().map(|place| &self.rankers[*place]).collect()
    }
}

/// The model for shoppers with few items, learned from histories cut short: the others learned what the sources are worth
/// of shoppers who had done much. Where most have done little, those know.
fn newcomers(
    names: &[String],
    trained: &Trained,
    exams: &[&Exam],
    settings: &BlendSettings,
    progress: &Progress,
) -> Result<Option<Model>, RankerError> {
    let mut lengths: Vec<usize> = exams.iter().map(|exam| exam.history.len()).collect();
    lengths.sort_unstable();
    if lengths
        .get(lengths.len() / 2)
        .is_none_or(|median| *median <= 3 * FEW)
    {
        return Ok(None);
    }
    let exams = exams.iter().take(NEWCOMERS).enumerate();
    let short: Vec<Exam> = exams
        .map(|(place, exam)| exam.shortened(place % FEW + 1))
        .collect();
    let rows = sampled(trained, &short.iter().collect::<Vec<_>>(), settings);
    let settings = BlendSettings {
        kinds: vec![Kind::Logistic],
        ..settings.clone()
    };
    // Of few events the sources say too much alike for each to be trusted a little: some correct the others.
    Ok(fit(names, &rows, Vec::new(), &settings, progress)?.pop())
}

/// Candidates that all serving rankers look at; the first of them, which costs least, chooses these.
const RATED: usize = 150;

/// The mean of the models' log-odds; sums of reciprocal places where there is no model, or nothing is known of the
/// shopper. Where several models serve, only the best candidates by the first of them are rated by all; the others come
/// after them in the first one's order.
pub fn rate(models: &[&Model], candidates: &Candidates) -> Vec<f32> {
    let rows: Vec<&[f32]> = candidates.rows.chunks_exact(candidates.width.max(1)).collect();
    let (first, others) = match models.split_first() {
        Some(split) if candidates.known > 0 => split,
        _ => return by_places(candidates, None),
    };
    let mut rates = log_odds(first, &rows);
    if others.is_empty() {
        return rates;
    }
    let mut order: Vec<(u32, f32)> = (0u32..).zip(rates.iter().copied()).collect();
    best(&mut order, RATED);
    for model in others {
        let chosen: Vec<&[f32]> = order
            .iter()
            .map(|(place, _)| candidates.row(*place as usize))
            .collect();
        let odds = log_odds(model, &chosen);
        order
            .iter_mut()
            .zip(odds)
            .for_each(|((_, sum), odds)| *sum += odds);
    }
    // Who was not chosen comes after all who were.
    let count = models.len() as f32;
    let least = order.iter().map(|(_, sum)| sum / count).fold(0.0, f32::min);
    rates.iter_mut().for_each(|rate| *rate += least - 100.0);
    for (place, sum) in order {
        rates[place as usize] = sum / count;
    }
    rates
}

fn log_odds(model: &Model, rows: &[&[f32]]) -> Vec<f32> {
    // A tree that is certain must not outvote the others.
    let odds = |chance: f32| {
        let chance = chance.clamp(1e-4, 1.0 - 1e-4);
        (chance / (1.0 - chance)).ln()
    };
    model.predict_each(rows).into_iter().map(odds).collect()
}

/// Of each candidate the sum of one over each place and ten more, at one source or at all.
fn by_places(candidates: &Candidates, at: Option<usize>) -> Vec<f32> {
    let counts = |source: usize| at.is_none_or(|at| at == source);
    let rows = candidates.rows.chunks_exact(candidates.width.max(1));
    let sum = |row: &[f32]| {
        let places = features::logs_of_places(row).enumerate();
        let counted = places.filter(|(source, _)| counts(*source));
        counted.map(|(_, log)| 1.0 / (10.0 + log.exp())).sum()
    };
    rows.map(sum).collect()
}

/// The source whose best items suit a shopper of whom nothing is known, unless all sources' do better: of such a shopper
/// few sources can say anything, and one that is right about them is not helped by one that is not.
fn strangers(trained: &Trained, exams: &[&Exam]) -> Option<usize> {
    let candidates = candidates_of(trained, &Exam::default());
    let mark = |at: Option<usize>| -> f64 {
        let list = ten_best(&candidates, by_places(&candidates, at));
        let marks = exams.iter().map(|exam| {
            ndcg(&Ranked {
                items: &list,
                relevant: &exam.relevant,
            })
        });
        marks.sum()
    };
    let speaks = |source: &usize| {
        let rows = candidates.rows.chunks_exact(candidates.width.max(1));
        let mut places = rows.filter_map(|row| features::logs_of_places(row).nth(*source));
        places.any(|log| log == 0.0) // the first place
    };
    let each = (0..trained.sources().len()).filter(speaks).map(Some);
    let choices: Vec<(Option<usize>, f64)> = each.chain([None]).map(|at| (at, mark(at))).collect();
    // Of equal ones the last: all.
    let best = choices.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    best.and_then(|(at, _)| at)
}

fn ten_best(candidates: &Candidates, rates: Vec<f32>) -> Vec<u32> {
    let mut rated: Vec<(u32, f32)> = candidates.items.iter().copied().zip(rates).collect();
    best(&mut rated, 10);
    rated.into_iter().map(|(item, _)| item).collect()
}

/// What all sources propose to a shopper under exam, their known items left out.
pub fn candidates_of(trained: &Trained, exam: &Exam) -> Candidates {
    candidates(trained, &exam.shopper(), &|item| !exam.knows(item))
}

pub fn candidates(
    trained: &Trained,
    shopper: &Shopper<'_>,
    allowed: &(dyn Fn(u32) -> bool + Sync),
) -> Candidates {
    features::candidates(
        &trained.sources(),
        &trained.data,
        &trained.traits,
        trained.popularity(),
        shopper,
        allowed,
    )
}

/// The rows that rankers learn from, with 1 for what was wanted.
pub fn table(
    trained: &Trained,
    exams: &[Exam],
    settings: &BlendSettings,
) -> Result<(Features, Vec<f32>), RankerError> {
    let exams = exams.iter().filter(|exam| !exam.relevant.is_empty());
    let exams: Vec<&Exam> = exams.take(settings.shoppers).collect();
    let rows = sampled(trained, &exams, settings);
    as_table(&features::names(&trained.sources()), &rows)
}

/// A row of features, and whether its item was wanted.
type Row = (Vec<f32>, bool);

/// Of each exam all candidates with an event, and some of those without.
fn sampled(trained: &Trained, exams: &[&Exam], settings: &BlendSettings) -> Vec<Row> {
    let of_exam = |(number, exam): (usize, &&Exam)| {
        let mut random = StdRng::seed_from_u64(settings.seed ^ number as u64);
        let candidates = candidates_of(trained, exam);
        let wanted = |item: &u32| exam.relevant.binary_search(item).is_ok();
        let hits = candidates.items.iter().filter(|item| wanted(item)).count();
        let others = (hits * settings.negatives).max(settings.negatives) as f64;
        let chance = (others / (candidates.items.len() - hits).max(1) as f64).min(1.0);
        let places = candidates.items.iter().enumerate();
        places
            .map(|(place, item)| (place, wanted(item)))
            .filter(|(_, hit)| *hit || random.random_bool(chance))
            .map(|(place, hit)| (candidates.row(place).to_vec(), hit))
            .collect::<Vec<Row>>()
    };
    exams.par_iter().enumerate().flat_map_iter(of_exam).collect()
}

fn as_table(names: &[String], rows: &[Row]) -> Result<(Features, Vec<f32>), RankerError> {
    let mut features = Features::new(names.to_vec());
    for (row, _) in rows {
        features.push_row(row)?;
    }
    Ok((
        features,
        rows.iter()
            .map(|(_, wanted)| f32::from(u8::from(*wanted)))
            .collect(),
    ))
}

fn fit(
    names: &[String],
    rows: &[Row],
    directions: Vec<i8>,
    settings: &BlendSettings,
    progress: &Progress,
) -> Result<Vec<Model>, RankerError> {
    let (features, labels) = as_table(names, rows)?;
    let fitted = ranker::Settings {
        seed: settings.seed,
        penalty: PENALTY * rows.len() as f32,
        directions,
        ..ranker::Settings::default()
    };
    settings
        .kinds
        .iter()
        .map(|kind| ranker::fit(*kind, &features, &labels, Target::Chance, &fitted, progress))
        .collect()
}

/// The logistic regression's penalty, for each row. The sources say much the same, and each of them knew less when the
/// weights were learned than when it serves: small weights, none of which holds a source's praise against an item, bear
/// the difference best.
const PENALTY: f32 = 0.08;
const ERRORS: f64 = 2.0;
/// Which rankers serve: the first of these choices that is within two standard errors of the best (Breiman et al. 1984 take
/// one; the best of seven is the luckiest of them too). A few hundred shoppers can't tell good rankers apart, and what is
/// simple and changes little where its features do errs less when the sources have learned of the held-out events too:
/// trees split where scores and places stood without them.
const CHOICES: [&[&str]; 7] = [
    &["logistic"],
    &["logistic", "network"],
    &["network"],
    &["logistic", "network", "forest"],
    &["logistic", "network", "tree", "forest"],
    &["forest"],
    &["tree"],
];

fn choose(rankers: &[Model], trained: &Trained, compared: &[&Exam]) -> (Vec<usize>, Vec<(String, f64)>) {
    let place = |name: &&str| rankers.iter().position(|ranker| ranker.name() == *name);
    let mut choices: Vec<Vec<usize>> = CHOICES
        .iter()
        .map(|names| names.iter().filter_map(place).collect())
        .collect();
    // Not every kind was learned.
    choices.retain(|choice| !choice.is_empty());
    let mut known = HashSet::new();
    choices.retain(|choice| known.insert(choice.clone()));
    let of_exam = |exam: &&Exam| -> Vec<f64> {
        let candidates = candidates_of(trained, exam);
        let models = |choice: &[usize]| choice.iter().map(|place| &rankers[*place]).collect::<Vec<_>>();
        choices
            .iter()
            .map(|choice| exam_ndcg(&models(choice), exam, &candidates))
            .collect()
    };
    let results: Vec<Vec<f64>> = compared.par_iter().map(of_exam).collect();
    let count = results.len().max(1) as f64;
    let mean = |choice: usize| results.iter().map(|row| row[choice]).sum::<f64>() / count;
    let mut order: Vec<usize> = (0..choices.len()).collect();
    order.sort_by(|a, b| mean(*b).total_cmp(&mean(*a)));
    let Some(top) = order.first().copied() else {
        return Default::default();
    };
    let near = |choice: usize| {
        let differences = results.iter().map(|row| row[top] - row[choice]);
        let gap = mean(top) - mean(choice);
        let variance = differences
            .map(|difference| (difference - gap).powi(2))
            .sum::<f64>()
            / count;
        gap <= ERRORS * (variance / count).sqrt()
    };
    let serving = (0..choices.len()).find(|choice| near(*choice)).unwrap_or(top);
    let name = |choice: usize| {
        choices[choice]
            .iter()
            .map(|place| rankers[*place].name())
            .collect::<Vec<_>>()
            .join("+")
    };
    let held_out = order
        .iter()
        .map(|choice| (name(*choice), mean(*choice)))
        .collect();
    (choices[serving].clone(), held_out)
}

fn exam_ndcg(models: &[&Model], exam: &Exam, candidates: &Candidates) -> f64 {
    ndcg(&Ranked {
        items: &ten_best(candidates, rate(models, candidates)),
        relevant: &exam.relevant,
    })
}

//! What the rankers see of a shopper and an item: R(u,i) = f(I_u, P_i, S_ui).

use std::cell::RefCell;

use crate::recommend::interactions::Interactions;
use crate::recommend::items::Traits;
use crate::recommend::source::{Proposal, Said, Scores, Shopper, Source};

/// Items that one source proposes.
const PROPOSED: usize = 100;
/// Features beside two for each source.
const OTHERS: [&str; 7] = [
    "shopper_activity",
    "shopper_popularity",
    "item_popularity",
    "category_affinity",
    "brand_affinity",
    "price_gap",
    "session_category",
];

/// Items that at least one source proposes, with a row of features each.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// Ascending.
    pub items: Vec<u32>,
    /// [items × width].
    pub rows: Vec<f32>,
    pub width: usize,
    /// Items that the shopper is known to want; none: the rankers learned from those who had done something.
    pub known: usize,
    /// For each item the source that ranks it highest, as its place among the sources.
    pub best_source: Vec<u8>,
}

impl Candidates {
    pub fn row(&self, place: usize) -> &[f32] {
        &self.rows[place * self.width..(place + 1) * self.width]
    }
}

/// Names of the columns, in order.
pub fn names(sources: &[&dyn Source]) -> Vec<String> {
    let of_sources = sources.iter().flat_map(|source| {
        let name = source.name();
        [format!("{name}_score"), format!("{name}_rank")]
    });
    of_sources.chain(OTHERS.map(str::to_owned)).collect()
}

/// Which way each column may move a rate: up with a source's score, down with a place further back there, both ways with
/// the others.
pub fn directions(names: &[String]) -> Vec<i8> {
    let sources = names.len() - OTHERS.len();
    let of_sources = (0..sources).map(|column| if column % 2 == 0 { 1 } else { -1 });
    of_sources.chain(OTHERS.map(|_| 0)).collect()
}

/// Of a row the logarithms of its item's places at the sources.
pub fn logs_of_places(row: &[f32]) -> impl Iterator<Item = f32> + '_ {
    let of_sources = &row[..row.len() - OTHERS.len()];
    of_sources.iter().skip(1).step_by(2).copied()
}

/// Gathers what the sources propose for `shopper` among what `allowed` lets through.
pub fn candidates(
    sources: &[&dyn Source],
    data: &Interactions,
    traits: &[Traits],
    popularity: &[f32],
    shopper: &Shopper<'_>,
    allowed: &(dyn Fn(u32) -> bool + Sync),
) -> Candidates {
    thread_local! {
        /// An answer allocates nothing of the size of the catalogue, and works where the processor's cache is warm.
        static ROOM: RefCell<(Scores, Places)> = RefCell::default();
    }
    ROOM.with_borrow_mut(|(scores, places)| {
        let proposals: Vec<Proposal> = sources
            .iter()
            .map(|source| {
                scores.reset(data.items.len());
                source.propose(shopper, PROPOSED, allowed, scores)
            })
            .collect();
        let mut items: Vec<u32> = proposals
            .iter()
            .flat_map(|proposal| proposal.best.iter().map(|(item, _)| *item))
            .collect();
        items.sort_unstable();
        items.dedup();
        let unsaid = unsaid(sources.len());
        let mut candidates = Candidates {
            width: unsaid.len(),
            rows: unsaid.repeat(items.len()),
            best_source: vec![0; items.len()],
            known: shopper.history.len(),
            items,
        };
        places.note(&candidates.items, data.items.len());
        for (place, (source, proposal)) in sources.iter().zip(&proposals).enumerate() {
            candidates.fill_source(place, *source, proposal, places);
        }
        places.forget(&candidates.items);
        proposals
            .into_iter()
            .for_each(|proposal| scores.recycle(proposal));
        candidates.note_best_sources(sources.len());
        candidates.fill_others(traits, popularity, shopper);
        candidates
    })
}

/// The row of an item of which nothing is said: at each source a score of 0 and the place after the last.
fn unsaid(sources: usize) -> Vec<f32> {
    let of_sources = [0.0, (PROPOSED as f32 + 1.0).ln()].repeat(sources);
    of_sources.into_iter().chain(OTHERS.map(|_| 0.0)).collect()
}

/// Where items are among the candidates, by their number.
#[derive(Default)]
struct Places {
    places: Vec<u16>,
    /// A bit for each item that is among them: most that are asked for are not, and this stays near the processor.
    marks: Vec<u64>,
}

impl Places {
    /// `all`: how many items there are. Sources propose some hundred each.
    fn note(&mut self, candidates: &[u32], all: usize) {
        self.places.resize(all, 0);
        self.marks.resize(all.div_ceil(64), 0);
        for (place, item) in (0u16..).zip(candidates) {
            self.places[*item as usize] = place;
            self.marks[*item as usize / 64] |= 1 << (item % 64);
        }
    }

    #[inline]
    fn of(&self, item: u32) -> Option<usize> {
        let is_one = self.marks[item as usize / 64] >> (item % 64) & 1 == 1;
        is_one.then(|| usize::from(self.places[item as usize]))
    }

    fn forget(&mut self, candidates: &[u32]) {
        candidates
            .iter()
            .for_each(|item| self.marks[*item as usize / 64] = 0);
    }
}

impl Candidates {
    /// A score is told as a share of the source's best, a place as its logarithm.
    fn fill_source(&mut self, number: usize, source: &dyn Source, proposal: &Proposal, places: &Places) {
        let best = proposal.best.first();
        let best = best.map_or(1.0, |(_, score)| score.max(f32::MIN_POSITIVE));
        let share = |score: f32| (score / best).clamp(-1.0, 1.0);
        let (width, column) = (self.width, number * 2);
        let rows = self.items.iter().zip(self.rows.chunks_exact_mut(width));
        match &proposal.said {
            Said::Some(said) => {
                for (item, score) in said {
                    if let Some(place) = places.of(*item) {
                        self.rows[place * width + column] = share(*score);
                    }
                }
            }
            Said::Each(scores) => rows.for_each(|(item, row)| row[column] = share(scores[*item as usize])),
            Said::Asked(shopper) => {
                rows.for_each(|(item, row)| row[column] = share(source.score_of(*item, shopper)));
            }
        }
        for (rank, (item, _)) in proposal.best.iter().enumerate() {
            if let Some(place) = places.of(*item) {
                self.rows[place * width + column + 1] = (rank as f32 + 1.0).ln();
            }
        }
    }

    fn note_best_sources(&mut self, sources: usize) {
        for place in 0..self.items.len() {
            let row = self.row(place);
            let best = (0..sources).min_by(|a, b| row[a * 2 + 1].total_cmp(&row[b * 2 + 1]));
            self.best_source[place] = best.unwrap_or_default() as u8;
        }
    }

    fn fill_others(&mut self, traits: &[Traits], popularity: &[f32], shopper: &Shopper<'_>) {
        let interests = Interests::of(traits, popularity, shopper);
        for (place, item) in self.items.iter().enumerate() {
            let end = (place + 1) * self.width;
            let row = &mut self.rows[end - OTHERS.len()..end];
            interests.fill(row, traits.get(*item as usize), popularity[*item as usize]);
        }
    }
}

/// I_u: what a shopper's history says of their tastes.
struct Interests {
    activity: f32,
    popularity: f32,
    total: f32,
    categories: Sums,
    brands: Sums,
    /// Mean logarithm of the prices they looked at.
    price: Option<f32>,
    session_categories: Vec<u32>,
}

impl Interests {
    fn of(traits: &[Traits], popularity: &[f32], shopper: &Shopper<'_>) -> Self {
        let known = |item: u32| traits.get(item as usize);
        let (mut categories, mut brands) = (Sums::default(), Sums::default());
        let (mut prices, mut priced, mut popular, mut total) = (0.0, 0.0, 0.0, 0.0);
        for (item, strength) in shopper.history {
            total += strength;
            popular += popularity[*item as usize].ln_1p();
            let Some(traits) = known(*item) else { continue };
            traits
                .categories
                .iter()
                .for_each(|category| categories.add(*category, *strength));
            traits
                .brand
                .iter()
                .for_each(|brand| brands.add(*brand, *strength));
            if let Some(price) = traits.log_price {
                prices += price * strength;
                priced += strength;
            }
        }
        let recent = shopper
            .session
            .iter()
            .rev()
            .take(3)
            .filter_map(|item| known(*item));
        Self {
            activity: (shopper.history.len() as f32).ln_1p(),
            popularity: popular / shopper.history.len().max(1) as f32,
            total: f32::max(total, f32::MIN_POSITIVE),
            categories: categories.sorted(),
            brands: brands.sorted(),
            price: (priced > 0.0).then(|| prices / priced),
            session_categories: recent
                .flat_map(|traits| traits.categories.iter().copied())
                .collect(),
        }
    }

    /// Writes the columns of [`OTHERS`].
    fn fill(&self, row: &mut [f32], traits: Option<&Traits>, popularity: f32) {
        row[0] = self.activity;
        row[1] = self.popularity;
        row[2] = popularity.ln_1p();
        let Some(traits) = traits else { return };
        let count = traits.categories.len().max(1) as f32;
        let shares = traits
            .categories
            .iter()
            .map(|category| self.categories.of(*category));
        row[3] = shares.sum::<f32>() / self.total / count;
        row[4] = traits.brand.map_or(0.0, |brand| self.brands.of(brand)) / self.total;
        if let (Some(usual), Some(price)) = (self.price, traits.log_price) {
            row[5] = (price - usual).abs().min(3.0);
        }
        let in_session = traits
            .categories
            .iter()
            .filter(|category| self.session_categories.contains(category));
        row[6] = in_session.count() as f32 / count;
    }
}

/// Sums by number.
#[derive(Default)]
struct Sums(Vec<(u32, f32)>);

impl Sums {
    fn add(&mut self, number: u32, amount: f32) {
        self.0.push((number, amount));
    }

    /// Ready to be asked: each number once, ascending.
    fn sorted(mut self) -> Self {
        // Stable: what is added up stands in the order in which it came.
        self.0.sort_by_key(|(number, _)| *number);
        self.0.dedup_by(|(number, amount), (kept, sum)| {
            let same = number == kept;
            if same {
                *sum += *amount;
            }
            same
        });
        self
    }

    /// 0 for what was never added.
    fn of(&self, number: u32) -> f32 {
        let place = self.0.binary_search_by_key(&number, |(number, _)| *number);
        place.map_or(0.0, |place| self.0[place].1)
    }
}

//! What the rankers see of a shopper and an item: R(u,i) = f(I_u, P_i, S_ui).

use super::gathering::{Help, Room, side_by_side};
use super::interests::Interests;
use crate::recommend::interactions::Interactions;
use crate::recommend::items::Traits;
use crate::recommend::marks::Marks;
use crate::recommend::source::{Proposal, Said, Shopper, Source};

/// Items that one source proposes.
pub(super) const PROPOSED: usize = 100;
/// Features beside two for each source; [`Interests::fill`] writes them.
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
#[derive(Debug, Clone, Default, PartialEq)]
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
    Room::with(|room| {
        let help = Help::take();
        room.ask(help.as_ref(), sources, shopper, allowed, data.items.len());
        let best = room.proposals().flat_map(|(_, proposal)| &proposal.best);
        let mut items: Vec<u32> = best.map(|(item, _)| *item).collect();
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
        room.places.note(&candidates.items, data.items.len());
        for (source, proposal) in room.proposals() {
            candidates.fill_said(*source, proposal, &room.places);
        }
        room.places.forget(&candidates.items);
        let filling = Filling {
            sources,
            room,
            traits,
            popularity,
            interests: Interests::of(traits, popularity, shopper),
            width: candidates.width,
        };
        let (first, second) = candidates.halves();
        side_by_side(help.as_ref(), || filling.fill(first), || filling.fill(second));
        room.recycle();
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
pub(super) struct Places {
    places: Vec<u16>,
    /// Those that are among them: most that are asked for are not.
    marks: Marks,
}

impl Places {
    /// `all`: how many items there are. Sources propose some hundred each.
    fn note(&mut self, candidates: &[u32], all: usize) {
        self.places.resize(all, 0);
        self.marks.make_room(all);
        for (place, item) in (0u16..).zip(candidates) {
            self.places[*item as usize] = place;
            self.marks.mark(*item);
        }
    }

    #[inline]
    fn of(&self, item: u32) -> Option<usize> {
        self.marks
            .has(item)
            .then(|| usize::from(self.places[item as usize]))
    }

    fn forget(&mut self, candidates: &[u32]) {
        self.marks.clear(candidates.iter().copied());
    }
}

impl Candidates {
    /// Fills in the places of a source's best, and the scores that it has at hand.
    fn fill_said(&mut self, source: usize, proposal: &Proposal, places: &Places) {
        let (width, column) = (self.width, source * 2);
        if let Said::Some(said) = &proposal.said {
            let share = share_of_best(proposal);
            for (item, score) in said {
                if let Some(place) = places.of(*item) {
                    self.rows[place * width + column] = share(*score);
                }
            }
        }
        for (rank, (item, _)) in proposal.best.iter().enumerate() {
            if let Some(place) = places.of(*item) {
                self.rows[place * width + column + 1] = (rank as f32 + 1.0).ln();
            }
        }
    }

    fn halves(&mut self) -> (Part<'_>, Part<'_>) {
        let middle = self.items.len() / 2;
        let (items, later_items) = self.items.split_at(middle);
        let (rows, later_rows) = self.rows.split_at_mut(middle * self.width);
        let (best_source, later_best_source) = self.best_source.split_at_mut(middle);
        let first = Part {
            items,
            rows,
            best_source,
        };
        let second = Part {
            items: later_items,
            rows: later_rows,
            best_source: later_best_source,
        };
        (first, second)
    }
}

/// Some of the candidates.
struct Part<'a> {
    items: &'a [u32],
    rows: &'a mut [f32],
    best_source: &'a mut [u8],
}

/// What is filled in item by item.
struct Filling<'a> {
    sources: &'a [&'a dyn Source],
    room: &'a Room,
    traits: &'a [Traits],
    popularity: &'a [f32],
    interests: Interests,
    width: usize,
}

impl Filling<'_> {
    fn fill(&self, part: Part<'_>) {
        for (source, proposal) in self.room.proposals() {
            let share = share_of_best(proposal);
            let rows = part.items.iter().zip(part.rows.chunks_exact_mut(self.width));
            let cells = rows.map(|(item, row)| (*item, &mut row[source * 2]));
            match &proposal.said {
                Said::Some(_) => {}
                Said::Each(scores) => cells.for_each(|(item, cell)| *cell = share(scores[item as usize])),
                Said::Asked(shopper) => {
                    let source = self.sources[*source];
                    cells.for_each(|(item, cell)| *cell = share(source.score_of(item, shopper)));
                }
            }
        }
        let rows = part.rows.chunks_exact_mut(self.width);
        for ((item, row), best_source) in part.items.iter().zip(rows).zip(part.best_source) {
            let sources = 0..self.sources.len();
            let best = sources.min_by(|a, b| row[a * 2 + 1].total_cmp(&row[b * 2 + 1]));
            *best_source = best.unwrap_or_default() as u8;
            let (traits, popularity) = (self.traits.get(*item as usize), self.popularity[*item as usize]);
            let others = &mut row[self.width - OTHERS.len()..];
            self.interests.fill(others, traits, popularity);
        }
    }
}

/// A score is told as a share of the source's best.
fn share_of_best(proposal: &Proposal) -> impl Fn(f32) -> f32 {
    let best = proposal.best.first();
    let best = best.map_or(1.0, |(_, score)| score.max(f32::MIN_POSITIVE));
    move |score| (score / best).clamp(-1.0, 1.0)
}

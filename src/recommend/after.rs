//! After ranking: variety, and a share of places for what is seldom shown.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::items::ItemFacts;
use crate::config::RecommendConfig;

/// How a ranked list is rearranged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AfterRanking {
    /// How much the likeness to items above counts against an item; 0 keeps the ranking.
    pub variety: f32,
    /// Share of the places that belong to the long tail where it has a fitting item.
    pub exposure_floor: f32,
}

impl Default for AfterRanking {
    fn default() -> Self {
        Self {
            variety: 0.1,
            exposure_floor: 0.1,
        }
    }
}

impl From<&RecommendConfig> for AfterRanking {
    fn from(config: &RecommendConfig) -> Self {
        Self {
            variety: config.variety as f32,
            exposure_floor: config.exposure_floor as f32,
        }
    }
}

impl AfterRanking {
    /// Leaves the ranking as it is.
    pub const NONE: Self = Self {
        variety: 0.0,
        exposure_floor: 0.0,
    };
}

/// The least known items that together have a fifth of all events (Celma 2010 cuts the tail so): `true` for each.
pub fn long_tail(popularity: &[f32]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..popularity.len()).collect();
    order.sort_by(|a, b| popularity[*a].total_cmp(&popularity[*b]).then(b.cmp(a)));
    let total: f32 = popularity.iter().sum();
    let (mut tail, mut reached) = (vec![false; popularity.len()], 0.0);
    for item in order {
        reached += popularity[item];
        if reached > total * 0.2 && popularity[item] > 0.0 {
            break;
        }
        tail[item] = true;
    }
    tail
}

/// Candidates that are looked at for each place.
const LOOKED_AT: usize = 50;

/// The `n` first of `ranked` (best first, with their ratings), rearranged; `tail` marks seldom shown items.
pub fn arrange(
    ranked: &[(u32, f32)],
    n: usize,
    after: AfterRanking,
    facts: &[ItemFacts],
    tail: &[bool],
) -> Vec<(u32, f32)> {
    let ranked = &one_of_each(ranked, facts)[..];
    let mut list = varied(ranked, n, after.variety, facts);
    give_floor(&mut list, ranked, after.exposure_floor, tail);
    list
}

/// Of the variants of one product the best: sizes and colours of one thing are no choice.
fn one_of_each(ranked: &[(u32, f32)], facts: &[ItemFacts]) -> Vec<(u32, f32)> {
    let mut groups: HashSet<&str> = HashSet::new();
    let mut kept = ranked.to_vec();
    kept.retain(|(item, _)| {
        let group = facts.get(*item as usize).and_then(|facts| facts.group.as_deref());
        group.is_none_or(|group| groups.insert(group))
    });
    kept
}

/// Maximal marginal relevance (Carbonell, Goldstein 1998): the next item is the best by its rating less its likeness to
/// what stands above it. Ratings are log-odds: they are brought to 0..1 over the items looked at.
fn varied(ranked: &[(u32, f32)], n: usize, variety: f32, facts: &[ItemFacts]) -> Vec<(u32, f32)> {
    let mut left: Vec<(u32, f32)> = ranked.iter().take(LOOKED_AT.max(n)).copied().collect();
    if variety <= 0.0 || left.len() <= 2 {
        left.truncate(n);
        return left;
    }
    let (top, low) = (left[0].1, left[left.len() - 1].1);
    let scaled = |rating: f32| (rating - low) / (top - low).max(f32::MIN_POSITIVE);
    let mut list: Vec<(u32, f32)> = Vec::with_capacity(n);
    let mut likeness = vec![0.0f32; left.len()];
    while list.len() < n && !left.is_empty() {
        let worth = |place: usize| (1.0 - variety) * scaled(left[place].1) - variety * likeness[place];
        let Some(next) = (0..left.len()).max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(b.cmp(a))) else {
            break;
        };
        let chosen = left.remove(next);
        likeness.remove(next);
        for (place, (other, _)) in left.iter().enumerate() {
            likeness[place] =
                likeness[place].max(alike(facts.get(chosen.0 as usize), facts.get(*other as usize)));
        }
        list.push(chosen);
    }
    list
}

/// 0 to 1, by category and brand.
fn alike(a: Option<&ItemFacts>, b: Option<&ItemFacts>) -> f32 {
    let (Some(a), Some(b)) = (a, b) else { return 0.0 };
    let common = a
        .categories
        .iter()
        .filter(|category| b.categories.contains(category))
        .count();
    let categories = common as f32 / a.categories.len().max(b.categories.len()).max(1) as f32;
    let brand = !a.brand.is_empty() && a.brand == b.brand;
    0.7 * categories + if brand { 0.3 } else { 0.0 }
}

/// Gives the last places of the list to the best items of the long tail until they have their share. Only items that
/// were looked at anyway come in: a floor must not show what does not fit.
fn give_floor(list: &mut Vec<(u32, f32)>, ranked: &[(u32, f32)], floor: f32, tail: &[bool]) {
    let in_tail = |item: u32| tail.get(item as usize).copied().unwrap_or_default();
    let share = (list.len() as f32 * floor).round() as usize;
    let shown = list.iter().filter(|(item, _)| in_tail(*item)).count();
    let fitting = ranked
        .iter()
        .take(LOOKED_AT * 2)
        .filter(|(item, _)| in_tail(*item));
    let missing: Vec<(u32, f32)> = fitting
        .filter(|candidate| !list.contains(candidate))
        .take(share.saturating_sub(shown))
        .copied()
        .collect();
    for newcomer in missing {
        // The last item that isn't of the tail makes room.
        let Some(place) = list.iter().rposition(|(item, _)| !in_tail(*item)) else {
            return;
        };
        list.remove(place);
        list.push(newcomer);
    }
}

//! Product search: words and meaning, filters, facets, order, pages.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use super::entries::Snapshot;
use super::facets::{Facets, facets};
use super::item::{Item, Money, Vertical};
use crate::text::normalise::same_in_any_case;

/// Share of the words in the score, beside the meaning; both parts are scaled to 0..1.
const WORDS_SHARE: f32 = 0.4;
/// Their share where a word is mistyped: its meaning is lost on the encoder.
const MISTYPED_SHARE: f32 = 0.75;
/// Up to so many items all vectors are compared; of a larger catalogue, those of the best matches of the words.
const COMPARED_IN_FULL: usize = 20_000;
const COMPARED: usize = 1000;
/// With fewer matches of the words than this, items come along that only mean the like.
const FEW: usize = 10;
const ALIKE: usize = 20;
/// Cosine that such an item has at least, and how far it may be from the best one's.
const ALIKE_FROM: f32 = 0.35;
const ALIKE_WITHIN: f32 = 0.2;
/// What an item loses that can't be bought today.
const NOT_SOLD: f32 = 0.1;
/// What an item gains whose id is the query: more than all else.
const IS_ID: f32 = 10.0;

/// In which order items come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Relevance,
    /// The cheapest first; items without a price come last.
    PriceUp,
    PriceDown,
    Newest,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// Empty: everything.
    pub text: String,
    /// The language of the text, whose encoder made its vector; empty: the shop's own.
    pub language: String,
    pub vertical: Option<Vertical>,
    /// Any level of an item's path, or a path from its top: `Camping > Tents`. In any case.
    pub category: Option<String>,
    /// In any case.
    pub brand: Option<String>,
    /// Items whose price is in another currency are left out.
    pub min_price: Option<Money>,
    pub max_price: Option<Money>,
    /// Only what can be bought today.
    pub in_stock: bool,
    pub sort: Sort,
    /// Variants of one product make one hit.
    pub collapse: bool,
    pub limit: usize,
    /// Hits that earlier pages showed.
    pub after: usize,
}

/// A product that was found.
#[derive(Debug, Clone)]
pub struct ItemHit {
    pub item: Arc<Item>,
    /// Comparable within one search only.
    pub score: f32,
    /// How many variants of it fit, itself among them.
    pub variants: usize,
}

#[derive(Debug, Clone)]
pub struct SearchPage {
    pub hits: Vec<ItemHit>,
    /// Hits of all pages.
    pub total: usize,
    pub facets: Facets,
    /// [`SearchRequest::after`] of the next page, if there is one.
    pub next: Option<usize>,
}

/// What the words say.
pub(super) struct Lexical {
    /// BM25 by key; `None`: the query has no words.
    pub scores: Option<HashMap<u64, f32>>,
    /// Whether a word of the query is one that no item has.
    pub strange: bool,
    /// Items whose id is the query.
    pub same_id: HashMap<u64, f32>,
}

/// An item that fits: where it stands in the snapshot, and its score.
type Match = (usize, f32);

/// The page of `request`. `vector`: the query's meaning.
pub(super) fn search(
    snapshot: &Snapshot,
    request: &SearchRequest,
    lexical: &Lexical,
    vector: Option<&[f32]>,
) -> SearchPage {
    let mut matches = match &lexical.scores {
        None => everything(snapshot, request),
        Some(scores) => {
            let share = if lexical.strange {
                MISTYPED_SHARE
            } else {
                WORDS_SHARE
            };
            scored(snapshot, request, scores, vector, share)
        }
    };
    for key in lexical.same_id.keys() {
        if let Some(at) = snapshot
            .at(*key)
            .filter(|at| fits(&snapshot.entries[*at].item, request))
        {
            matches.retain(|(other, _)| *other != at);
            matches.push((at, IS_ID));
        }
    }
    order(snapshot, &mut matches, request.sort);
    let hits = hits(snapshot, matches, request.collapse);
    let facets = facets(&hits, snapshot.currency.as_deref());
    let total = hits.len();
    let shown = hits.into_iter().skip(request.after).take(request.limit);
    let hits: Vec<ItemHit> = shown.collect();
    let end = request.after.saturating_add(hits.len());
    SearchPage {
        next: (end < total && !hits.is_empty()).then_some(end),
        hits,
        total,
        facets,
    }
}

fn everything(snapshot: &Snapshot, request: &SearchRequest) -> Vec<Match> {
    let entries = snapshot.entries.iter().enumerate();
    entries
        .filter(|(_, entry)| fits(&entry.item, request))
        .map(|(at, entry)| (at, if entry.item.is_sold() { NOT_SOLD } else { 0.0 }))
        .collect()
}

fn scored(
    snapshot: &Snapshot,
    request: &SearchRequest,
    scores: &HashMap<u64, f32>,
    vector: Option<&[f32]>,
    share: f32,
) -> Vec<Match> {
    let found = scores
        .iter()
        .filter_map(|(key, score)| Some((snapshot.at(*key)?, *score)));
    let mut found: Vec<Match> = found
        .filter(|(at, _)| fits(&snapshot.entries[*at].item, request))
        .collect();
    found.sort_by(best_first);
    let most = found.first().map_or(1.0, |(_, best)| best.max(f32::EPSILON));
    found.iter_mut().for_each(|(_, score)| *score /= most);
    if let Some(vector) = vector {
        found = with_meaning(snapshot, request, found, vector, share);
    }
    for (at, score) in &mut found {
        if !snapshot.entries[*at].item.is_sold() {
            *score -= NOT_SOLD;
        }
    }
    found
}

/// Scores of words and meaning together, and items that only mean the like where the words find few.
fn with_meaning(
    snapshot: &Snapshot,
    request: &SearchRequest,
    mut found: Vec<Match>,
    vector: &[f32],
    share: f32,
) -> Vec<Match> {
    let cosine = |at: usize| {
        let known = snapshot.entries[at].vector_in(&request.language)?;
        Some(crate::dot::dot(known, vector))
    };
    if snapshot.entries.len() <= COMPARED_IN_FULL && found.len() < FEW {
        let named: std::collections::HashSet<usize> = found.iter().map(|(at, _)| *at).collect();
        let all = (0..snapshot.entries.len()).filter_map(|at| Some((at, cosine(at)?)));
        let mut alike: Vec<Match> = all
            .filter(|(at, _)| !named.contains(at) && fits(&snapshot.entries[*at].item, request))
            .collect();
        alike.sort_by(best_first);
        let best = found.iter().filter_map(|(at, _)| cosine(*at)).fold(0.0, f32::max);
        let best = alike.first().map_or(best, |(_, cosine)| cosine.max(best));
        let floor = ALIKE_FROM.max(best - ALIKE_WITHIN);
        alike.retain(|(_, cosine)| *cosine >= floor);
        found.extend(alike.into_iter().take(ALIKE).map(|(at, _)| (at, 0.0)));
    }
    let compared = match snapshot.entries.len() <= COMPARED_IN_FULL {
        true => found.len(),
        false => found.len().min(COMPARED),
    };
    let cosines: Vec<Option<f32>> = found[..compared].iter().map(|(at, _)| cosine(*at)).collect();
    let known = || cosines.iter().flatten().copied();
    let (low, high) = (known().fold(f32::MAX, f32::min), known().fold(f32::MIN, f32::max));
    let span = (high - low).max(1e-6);
    for (index, (_, score)) in found.iter_mut().enumerate() {
        let meaning = cosines.get(index).copied().flatten();
        let meaning = meaning.map_or(0.0, |cosine| (cosine - low) / span);
        *score = share * *score + (1.0 - share) * meaning;
    }
    found
}

fn best_first(a: &Match, b: &Match) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

fn order(snapshot: &Snapshot, matches: &mut [Match], sort: Sort) {
    let item = |at: usize| &snapshot.entries[at].item;
    let price = |at: usize| item(at).costs().map(|money| money.minor);
    matches.sort_by(best_first);
    // The sorts are stable: what is equal stays in the order of relevance.
    match sort {
        Sort::Relevance => {}
        Sort::PriceUp => matches.sort_by_key(|(at, _)| price(*at).unwrap_or(i64::MAX)),
        Sort::PriceDown => matches.sort_by_key(|(at, _)| Reverse(price(*at).unwrap_or(i64::MIN))),
        Sort::Newest => matches.sort_by_key(|(at, _)| Reverse(item(*at).created_at)),
    }
}

fn hits(snapshot: &Snapshot, matches: Vec<Match>, collapse: bool) -> Vec<ItemHit> {
    let mut hits: Vec<ItemHit> = Vec::with_capacity(matches.len());
    let mut first_of: HashMap<&str, usize> = HashMap::new();
    for (at, score) in matches {
        let item = &snapshot.entries[at].item;
        if let Some(group) = item.group.as_deref().filter(|_| collapse) {
            if let Some(first) = first_of.get(group) {
                hits[*first].variants += 1;
                continue;
            }
            first_of.insert(group, hits.len());
        }
        hits.push(ItemHit {
            item: item.clone(),
            score,
            variants: 1,
        });
    }
    hits
}

/// Whether an item passes the filters.
fn fits(item: &Item, request: &SearchRequest) -> bool {
    let brand = |wanted: &String| same_in_any_case(&item.brand, wanted);
    request.vertical.is_none_or(|wanted| item.vertical == wanted)
        && request.category.as_ref().is_none_or(|wanted| item.is_in(wanted))
        && request.brand.as_ref().is_none_or(brand)
        && within(item, request.min_price.as_ref(), Ordering::Greater)
        && within(item, request.max_price.as_ref(), Ordering::Less)
        && (!request.in_stock || item.is_sold())
}

fn within(item: &Item, limit: Option<&Money>, side: Ordering) -> bool {
    let Some(limit) = limit else { return true };
    item.costs().is_some_and(|costs| {
        let compared = costs.minor.cmp(&limit.minor);
        costs.currency == limit.currency && (compared == side || compared == Ordering::Equal)
    })
}

impl Default for SearchRequest {
    fn default() -> Self {
        Self {
            text: String::new(),
            language: String::new(),
            vertical: None,
            category: None,
            brand: None,
            min_price: None,
            max_price: None,
            in_stock: false,
            sort: Sort::default(),
            collapse: true,
            limit: 20,
            after: 0,
        }
    }
}

impl Sort {
    pub const ALL: [Self; 4] = [Self::Relevance, Self::PriceUp, Self::PriceDown, Self::Newest];

    pub fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::PriceUp => "price_up",
            Self::PriceDown => "price_down",
            Self::Newest => "newest",
        }
    }
}

impl FromStr for Sort {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|sort| sort.name() == name);
        found.ok_or_else(|| {
            format!(
                "`{name}`: expected one of {}",
                Self::ALL.map(Self::name).join(", ")
            )
        })
    }
}

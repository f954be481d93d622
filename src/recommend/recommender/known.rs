//! What is known of who asks.

use std::collections::{HashMap, HashSet};

use super::live::{Live, session_of};
use super::{HALF_LIFE_DAYS, Serving};
use crate::recommend::event::{Event, Strength};
use crate::recommend::events::StoredEvent;
use crate::recommend::request::Asker;
use crate::recommend::sources::neighbour_lists::NeighbourLists;
use crate::store::now;

/// Of a shopper the newest so many events are heard.
const HEARD: usize = 1_000;

/// What is known of who asks.
#[derive(Default)]
pub(super) struct Known {
    pub number: Option<u32>,
    pub history: Vec<(u32, f32)>,
    pub session: Vec<u32>,
    pub excluded: HashSet<u32>,
}

impl Known {
    /// What the snapshot and the events since know of `asker`.
    pub fn of(asker: Asker<'_>, serving: &Serving, live: &Live) -> Self {
        let items = &serving.trained.data.items;
        let strength = Strength::fading(now(), HALF_LIFE_DAYS);
        let mut known = Self::default();
        let mut history: HashMap<u32, f32> = HashMap::new();
        let mut timeline: Vec<StoredEvent> = Vec::new();
        let unseen = |event: &Event| StoredEvent {
            revision: i64::MAX,
            event: event.clone(),
        };
        match asker {
            Asker::Session(events) => timeline.extend(events.iter().map(unseen)),
            Asker::Known(shopper) => {
                let recent = live.recent.get(shopper).map(Vec::as_slice).unwrap_or_default();
                timeline.extend_from_slice(recent);
                for item in live.dismissed.get(shopper).into_iter().flatten() {
                    known.excluded.extend(items.number(item));
                }
            }
        }
        let heard = &timeline[timeline.len().saturating_sub(HEARD)..];
        // What the snapshot has seen already stands in its row.
        let since = heard.iter().filter(|stored| stored.revision > serving.revision);
        for StoredEvent { event, .. } in since {
            let Some(item) = items.number(&event.item) else {
                continue;
            };
            known.excluded.insert(item);
            if event.kind.is_positive() {
                *history.entry(item).or_default() += strength.of(event) / serving.trained.data.scale;
            }
        }
        if let Asker::Known(shopper) = asker {
            known.number = serving.trained.data.shoppers.number(shopper);
        }
        if let Some(number) = known.number {
            for (item, strength) in serving.trained.data.by_shopper.row(number) {
                known.excluded.insert(item);
                *history.entry(item).or_default() += strength;
            }
        }
        known.session = session_of(heard, strength.session_gap)
            .filter_map(|event| items.number(&event.item))
            .collect();
        known.history = history.into_iter().collect();
        known.history.sort_unstable_by_key(|(item, _)| *item);
        known
    }

    /// The item of the history that is nearest to `item`.
    pub fn closest_to(&self, item: u32, lists: &[Option<&NeighbourLists>]) -> Option<u32> {
        let of_list = |lists: &NeighbourLists| {
            let own = self.history.iter().filter_map(|(known, _)| {
                let score = lists.nearness(*known, item);
                (score > 0.0).then_some((*known, score))
            });
            own.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(known, _)| known)
        };
        lists.iter().flatten().find_map(|lists| of_list(lists))
    }
}

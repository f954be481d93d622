//! What happened since the snapshot that serves was trained.

use std::collections::{HashMap, HashSet};

use crate::recommend::event::{Event, Strength};
use crate::recommend::events::{StoredEvent, hash};
use crate::store::now;

/// What happened since.
#[derive(Default)]
pub(super) struct Live {
    pub revision: i64,
    /// Events that the snapshot has not seen, by shopper, oldest first.
    pub recent: HashMap<String, Vec<StoredEvent>>,
    /// What shoppers don't want to see.
    pub dismissed: HashMap<String, HashSet<String>>,
}

impl Live {
    pub fn add(&mut self, stored: StoredEvent) {
        self.revision = self.revision.max(stored.revision);
        let event = &stored.event;
        let dismissed = self.dismissed.entry(event.shopper.clone()).or_default();
        // Whoever wants a thing after all wants it.
        if event.kind.is_positive() {
            dismissed.remove(&event.item);
        } else {
            dismissed.insert(event.item.clone());
        }
        if dismissed.is_empty() {
            self.dismissed.remove(&stored.event.shopper);
        }
        self.recent
            .entry(stored.event.shopper.clone())
            .or_default()
            .push(stored);
    }

    /// Drops events that a snapshot has seen; those of sessions that may still run stay, since a snapshot has none.
    pub fn forget_up_to(&mut self, revision: i64) {
        let runs = now() - Strength::default().session_gap;
        self.recent.retain(|_, events| {
            events.retain(|stored| stored.revision > revision || stored.event.at > runs);
            !events.is_empty()
        });
        self.revision = self.revision.max(revision);
    }

    /// Drops everything of the shoppers of these hashes.
    pub fn forget(&mut self, gone: &[String]) {
        let stays = |shopper: &String| !gone.contains(&hash(shopper));
        self.recent.retain(|shopper, _| stays(shopper));
        self.dismissed.retain(|shopper, _| stays(shopper));
    }
}

/// The events of the running session: from the newest back to the first pause.
pub(super) fn session_of(events: &[StoredEvent], gap: i64) -> impl Iterator<Item = &Event> {
    let mut from = events.len();
    while from > 0
        && events
            .get(from)
            .is_none_or(|later| later.event.at - events[from - 1].event.at <= gap)
    {
        from -= 1;
    }
    events[from..]
        .iter()
        .map(|stored| &stored.event)
        .filter(|event| event.kind.is_positive())
}

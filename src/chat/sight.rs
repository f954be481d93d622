//! What a conversation has before its eyes when the next message comes.

use super::Inner;
use super::asks::{self, Ask, Scene, Shown};
use super::conversations::Opened;
use super::state::State;
use super::wants::{Shelves, Wants};
use crate::nlu::{Understanding, Verdict};

/// From so much on an intent that is doubted counts, when the message names what the shop sells.
const HALF_SURE: f32 = 0.35;
/// From so much on an intent about products counts, whatever they are.
const MOSTLY_SURE: f32 = 0.5;

/// What the conversation has before its eyes.
pub struct Sight<'a> {
    state: &'a State,
    shown: Vec<Shown>,
    shelves: Shelves,
}

impl<'a> Sight<'a> {
    pub fn of(inner: &Inner, opened: &'a Opened) -> Self {
        let catalogue = &inner.shelf.catalogue;
        let shown = opened.state.shown.iter().filter_map(|id| catalogue.get(id));
        Self {
            state: &opened.state,
            shown: shown
                .map(|item| Shown {
                    id: item.id.clone(),
                    title: item.title.clone(),
                    costs: item.costs(),
                })
                .collect(),
            shelves: Shelves::of(catalogue),
        }
    }

    /// What a message can point back to. `named`: products that it names; `said`: what it wants of the catalogue.
    pub fn scene<'s>(&'s self, named: &'s [String], said: &'s Wants) -> Scene<'s> {
        Scene {
            named,
            said,
            shown: &self.shown,
            focus: self.state.focus.as_deref(),
            wants: self.state.wants.as_ref(),
            seen: &self.state.seen,
            offered: self.state.offered.as_deref(),
        }
    }

    /// What a message asks of the shop. An intent that is doubted counts when the message names what the shop sells.
    pub fn ask(&self, inner: &Inner, understanding: &Understanding) -> Option<Ask> {
        let said = Wants::of(understanding, &self.shelves);
        let named = inner.shelf.named_in(&understanding.text);
        let intent = understanding.ranking.first();
        let intent = intent.filter(|intent| {
            let behaviour = inner.behaviours.of(&intent.name);
            understanding.verdict == Verdict::Act
                || intent.confidence >= HALF_SURE && said.names_goods()
                || intent.confidence >= MOSTLY_SURE && behaviour.is_for_goods()
        });
        let behaviour = intent.map(|intent| inner.behaviours.of(&intent.name));
        asks::read(understanding, behaviour, &self.scene(&named, &said))
    }
}

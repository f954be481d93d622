//! What goes with a product, and what is no longer to be shown.

use super::cards::plain_card;
use super::products::mentioned;
use super::{Asking, Finding, Record, Shelf};
use crate::chat::asks::Doing;
use crate::chat::reply::Part;
use crate::recommend::{Asker, Filter, Request};
use crate::store::now;

const SHOWN: usize = 4;
/// Neighbours that those of another category are chosen from.
const LOOKED_AT: usize = 60;

impl Shelf {
    /// What is bought together with a product: of other categories, for what is alike replaces it.
    pub(super) async fn companions(&self, id: &str, asking: &Asking<'_>) -> Option<Finding> {
        let item = self.catalogue.get(id)?;
        let request = Request {
            n: LOOKED_AT,
            filter: Filter::default(),
            exclude: asking.dismissed.iter().chain([&item.id]).cloned().collect(),
        };
        let (shelf, own) = (self.clone(), item.clone());
        let voice = asking.voice.clone();
        let found = tokio::task::spawn_blocking(move || {
            let mut found = shelf.recommender.neighbors(&own.id, &request);
            let session = [mentioned(&own.id, now())];
            found.extend(shelf.recommender.recommend(Asker::Session(&session), &request));
            let mut known = Vec::new();
            found.retain(|other| {
                let is_other = other.item.category != own.category && !known.contains(&other.item.id);
                known.push(other.item.id.clone());
                is_other
            });
            found.truncate(SHOWN);
            let in_words = |found: &crate::recommend::Recommendation| {
                (found.item.clone(), found.in_words(&shelf.catalogue, &voice))
            };
            found.iter().map(in_words).collect::<Vec<_>>()
        });
        let found = found.await.ok().filter(|found| !found.is_empty())?;
        let mut finding = Finding::of(Doing::ShowCompanions).about(Record::product(&item.id));
        let cards = found
            .iter()
            .map(|(other, reason)| plain_card(other, reason, asking.voice));
        finding.parts.push(Part::Cards {
            prompt: asking
                .voice
                .say_with("bot-goes-with", &[("item", item.title_in(&asking.voice.code()))]),
            cards: cards.collect(),
        });
        finding
            .records
            .extend(found.iter().map(|(other, reason)| Record::Product {
                id: other.id.clone(),
                reason: reason.clone(),
            }));
        finding.shown = Some(found.iter().map(|(other, _)| other.id.clone()).collect());
        Some(finding)
    }

    /// Confirms that a product is not shown again; the state remembers it.
    pub(super) fn dismiss(&self, id: &str, asking: &Asking<'_>) -> Option<Finding> {
        let item = self.catalogue.get(id)?;
        let text = asking
            .voice
            .say_with("bot-dismissed", &[("item", item.title_in(&asking.voice.code()))]);
        Some(
            Finding::of(Doing::Dismiss)
                .says(text)
                .about(Record::product(&item.id)),
        )
    }
}

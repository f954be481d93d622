//! Goes to the shop and the order desk for a turn.

use jiff::tz::TimeZone;

use super::Inner;
use super::asks::Ask;
use super::conversations::Opened;
use super::desk::Customer;
use super::forms::OrderForm;
use super::goods::{Asking, Finding};
use super::message::Message;
use crate::shoppers::SignedIn;
use crate::text::say::Voice;

/// Runs to the shop for what a message asks; what it asks twice is looked up, or done, once.
pub struct Errands<'a> {
    inner: &'a Inner,
    opened: &'a Opened,
    message: &'a Message,
    voice: &'a Voice,
    done: Vec<(Ask, Option<Finding>)>,
}

impl<'a> Errands<'a> {
    pub fn new(inner: &'a Inner, opened: &'a Opened, message: &'a Message, voice: &'a Voice) -> Self {
        Self {
            inner,
            opened,
            message,
            voice,
            done: Vec::new(),
        }
    }

    /// Goes to the order desk.
    pub async fn attend(&mut self, form: OrderForm) -> Finding {
        let conversation = self.message.conversation_id.to_string();
        let zone = &self.inner.config.hours.time_zone;
        let customer = Customer {
            conversation: &conversation,
            signed_in: SignedIn::of_conversation(&self.opened.shopper),
            order: self.opened.state.order.as_deref(),
            proof: self.opened.state.proof.as_ref(),
            key: &self.message.id,
            voice: self.voice,
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
        };
        self.inner.desk.attend(form, &customer).await
    }

    /// Looks up what is asked, or does it. `vector`: the meaning of the words that ask; empty for a button.
    pub async fn look_up(&mut self, ask: Option<Ask>, vector: &[f32]) -> Option<Finding> {
        let ask = ask?;
        if let Some((_, found)) = self.done.iter().find(|(known, _)| *known == ask) {
            return found.clone();
        }
        let opened = self.opened;
        let asking = Asking {
            voice: self.voice,
            vector,
            cart: opened.cart.as_deref(),
            visitor: opened.shopper["custom_attributes"]["visitor"].as_str(),
            seen: &opened.state.seen,
            dismissed: &opened.state.dismissed,
            guesses: opened.state.guesses,
            key: &self.message.id,
        };
        let found = self.inner.shelf.look_up(&ask, &asking).await;
        self.done.push((ask, found.clone()));
        found
    }
}

//! What a shopper did with an item, and how much it says.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::store::Millis;

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    View,
    Click,
    /// Put into the cart.
    Cart,
    Purchase,
    /// Stars, in `value`.
    Rating,
    /// Found by a search and opened.
    Search,
    /// Asked for in the chat.
    ChatMention,
    /// Does not want to see it.
    Dismiss,
}

impl EventKind {
    pub const ALL: [Self; 8] = [
        Self::View,
        Self::Click,
        Self::Cart,
        Self::Purchase,
        Self::Rating,
        Self::Search,
        Self::ChatMention,
        Self::Dismiss,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Click => "click",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
            Self::Rating => "rating",
            Self::Search => "search",
            Self::ChatMention => "chat_mention",
            Self::Dismiss => "dismiss",
        }
    }

    /// Whether it speaks for the item.
    pub fn is_positive(self) -> bool {
        self != Self::Dismiss
    }
}

impl FromStr for EventKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| {
            format!(
                "`{name}`: expected one of {}",
                Self::ALL.map(Self::name).join(", ")
            )
        })
    }
}

/// One event, as the database and the files hold it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub shopper: String,
    pub item: String,
    pub kind: EventKind,
    /// Stars of a rating, pieces of a purchase.
    pub value: Option<f64>,
    pub session: Option<String>,
    pub at: Millis,
}

impl Event {
    /// A look at an item by somebody who is not known.
    pub fn of_session(item: &str, at: Millis) -> Self {
        Self {
            shopper: String::new(),
            item: item.to_owned(),
            kind: EventKind::View,
            value: None,
            session: None,
            at,
        }
    }
}

/// How much an event says: by its kind and its age.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Strength {
    /// By the kind, in the order of [`EventKind::ALL`]; a rating counts its stars times its own.
    pub weights: [f32; 8],
    /// An event this old counts half; `None`: age does not matter.
    pub half_life: Option<Millis>,
    /// The time from which age is counted.
    pub now: Millis,
    /// Two events further apart than this belong to two sessions.
    pub session_gap: Millis,
}

impl Default for Strength {
    fn default() -> Self {
        Self {
            weights: [1.0, 1.5, 3.0, 5.0, 1.0, 1.5, 1.5, 0.0],
            half_life: None,
            now: 0,
            session_gap: 30 * 60 * 1000,
        }
    }
}

impl Strength {
    /// Events lose half of their say in `days` before `now`.
    pub fn fading(now: Millis, days: f64) -> Self {
        Self {
            half_life: Some((days * 86_400_000.0) as Millis),
            now,
            ..Self::default()
        }
    }

    /// The strength of one event, above 0.
    pub fn of(&self, event: &Event) -> f32 {
        let weight = self.weights[event.kind as usize];
        let value = match (event.kind, event.value) {
            (EventKind::Rating, Some(stars)) => stars.max(0.1) as f32,
            _ => 1.0,
        };
        weight * value * self.decay(event.at)
    }

    fn decay(&self, at: Millis) -> f32 {
        let Some(half_life) = self.half_life else {
            return 1.0;
        };
        let age = (self.now - at).max(0) as f32 / half_life.max(1) as f32;
        // What is very old still tells one shopper from another.
        0.5f32.powf(age).max(0.02)
    }
}

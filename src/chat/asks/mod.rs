//! What a message asks of the shop: products, an offer, something about the cart. Pure: read from the message and from
//! what was shown before; [`super::goods`] looks it up.

mod phrases;
mod points;
mod read;

use serde::Serialize;

use super::wants::Wants;

pub use read::{Scene, Shown, is_for_some, like, read, shown_ids};

/// One thing that is asked of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    Products(ProductsAsk),
    /// How these differ.
    Compare {
        items: Vec<String>,
    },
    /// Whether it can be had, in a size or colour.
    Stock {
        item: String,
        size: Option<String>,
        colour: Option<String>,
    },
    Describe {
        item: String,
    },
    /// What it is bought with.
    GoesWith {
        item: String,
    },
    /// It shall not be shown again.
    NotForMe {
        item: String,
    },
    /// Offers that run; first those for what is wanted.
    Offers {
        wants: Wants,
    },
    /// What is the matter with codes that the message names.
    Codes {
        words: Vec<String>,
    },
    PutInCart {
        item: String,
        quantity: u32,
    },
    TakeOut {
        item: String,
    },
    ShowCart,
    ApplyCode {
        code: String,
    },
}

/// Products that keep limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductsAsk {
    pub wants: Wants,
    pub how: How,
    /// Items that were shown already.
    pub skip: Vec<String>,
}

/// How a search came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Looked for by its words.
    Search,
    /// Asked for advice.
    Advice,
    /// A later message narrowed what was looked for.
    Refined,
    /// Further ones.
    More,
    /// Below what was shown.
    Cheaper,
    /// Like one that was shown, the first of `skip`.
    Like,
}

/// What the bot does about an ask; its name stands in traces and scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    ShowProducts,
    Compare,
    CheckStock,
    DescribeProduct,
    ShowCompanions,
    Dismiss,
    ShowOffers,
    ExplainCodes,
    PutInCart,
    TakeOutOfCart,
    ShowCart,
    ApplyCode,
    /// Ask for what is lacking to find or change an order.
    AskOrder,
    ShowOrder,
    CancelOrder,
    ChangeAddress,
    StartReturn,
}

impl Ask {
    pub fn doing(&self) -> Doing {
        match self {
            Self::Products(_) => Doing::ShowProducts,
            Self::Compare { .. } => Doing::Compare,
            Self::Stock { .. } => Doing::CheckStock,
            Self::Describe { .. } => Doing::DescribeProduct,
            Self::GoesWith { .. } => Doing::ShowCompanions,
            Self::NotForMe { .. } => Doing::Dismiss,
            Self::Offers { .. } => Doing::ShowOffers,
            Self::Codes { .. } => Doing::ExplainCodes,
            Self::PutInCart { .. } => Doing::PutInCart,
            Self::TakeOut { .. } => Doing::TakeOutOfCart,
            Self::ShowCart => Doing::ShowCart,
            Self::ApplyCode { .. } => Doing::ApplyCode,
        }
    }
}

impl Doing {
    /// Its place in a reply that does several things: what is looked at first, then what it costs, then the cart.
    pub fn place(self) -> u8 {
        match self {
            Self::CheckStock | Self::DescribeProduct => 0,
            Self::ShowProducts | Self::Compare | Self::ShowCompanions | Self::Dismiss => 1,
            Self::ShowOffers | Self::ExplainCodes => 2,
            Self::PutInCart | Self::TakeOutOfCart | Self::ApplyCode => 3,
            Self::ShowCart => 4,
            // What the bot asks comes last: the shopper answers the last thing they read.
            Self::ShowOrder
            | Self::CancelOrder
            | Self::ChangeAddress
            | Self::StartReturn
            | Self::AskOrder => 5,
        }
    }
}

//! Who was given how much: the depth of discounts by segment and by channel, over everything that was redeemed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::OfferError;
use crate::progress::Progress;
use crate::promotions::choice::{DepthReport, depth_by_segment};
use crate::promotions::redemptions::{self, Redemption};
use crate::store::{Store, StoreError};

/// Redemptions that are read at once.
const PAGE: i64 = 1_000;
/// What shoppers without a segment, and orders without a channel, are counted under.
const NONE: &str = "(none)";

/// Of one currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fairness {
    /// An order counts in each segment of its shopper.
    pub segments: DepthReport,
    pub channels: DepthReport,
}

/// Group, gross and discount of each order, in minor units.
type Rows = Vec<(String, i64, i64)>;

/// By currency. Gross is what items and shipping cost before discounts; what came back later is not taken off: it was
/// given all the same. Segments of protected attributes are counted too, and only here.
pub async fn fairness(store: &Store, progress: &Progress) -> Result<BTreeMap<String, Fairness>, OfferError> {
    let mut rows: BTreeMap<String, (Rows, Rows)> = BTreeMap::new();
    let mut connection = store.reader().acquire().await.map_err(StoreError::from)?;
    let (mut after, mut done) = (String::new(), 0);
    loop {
        let page = redemptions::page(&mut connection, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        for redemption in &page {
            let (segments, channels) = rows.entry(redemption.outcome.currency.clone()).or_default();
            add(redemption, segments, channels);
        }
        done += page.len() as u64;
        // How many there are is not known before.
        progress.step("redemptions", done, done + 1)?;
    }
    let report = |(currency, (segments, channels)): (String, (Rows, Rows))| {
        let fairness = Fairness {
            segments: depth_by_segment(segments),
            channels: depth_by_segment(channels),
        };
        (currency, fairness)
    };
    Ok(rows.into_iter().map(report).collect())
}

fn add(redemption: &Redemption, segments: &mut Rows, channels: &mut Rows) {
    let (shopper, outcome) = (&redemption.occasion.shopper, &redemption.outcome);
    let gross = outcome.subtotal + outcome.shipping;
    let named = |name: &str| match name {
        "" => NONE.to_owned(),
        name => name.to_owned(),
    };
    if shopper.segments.is_empty() {
        segments.push((NONE.to_owned(), gross, outcome.discount));
    }
    let of_segment = |segment: &String| (segment.clone(), gross, outcome.discount);
    segments.extend(shopper.segments.iter().map(of_segment));
    channels.push((named(&shopper.channel), gross, outcome.discount));
}

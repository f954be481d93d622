//! What became of an order, as its page says it.

use super::zoned;
use crate::orders::{OrderView, Permission, Progress, RefundState};
use crate::text::money::money_text;
use crate::web::App;
use crate::web::pages::Frame;

/// What became of an order, and what may be done with it.
pub struct CareView {
    pub token: String,
    pub is_new: bool,
    pub expected: String,
    /// In words, until when; empty: it can't be cancelled.
    pub cancel: String,
    pub reinstate: bool,
    pub change_address: bool,
    pub restore_address: bool,
    pub parcels: Vec<ParcelView>,
    /// Addresses of labels, with their words.
    pub labels: Vec<(String, String)>,
    pub refunds: Vec<String>,
}

pub struct ParcelView {
    pub name: String,
    pub address: Option<String>,
    pub follow: String,
}

impl CareView {
    pub fn of(app: &App, frame: &Frame<'_>, order: &OrderView, token: String) -> Self {
        let parcels = order.shipments.iter().map(|parcel| ParcelView {
            name: format!("{} {}", parcel.carrier, parcel.tracking),
            address: parcel.tracking_url.clone(),
            follow: frame
                .voice
                .say_with("order-track", &[("carrier", &parcel.carrier)]),
        });
        let labels = order.returns.iter().filter_map(|known| {
            let label = known.label.clone()?;
            Some((
                label,
                frame.voice.say_with("order-return-label", &[("id", &known.id)]),
            ))
        });
        let refunds = order.refunds.iter().map(|refund| {
            let amount = money_text(refund.amount, &order.currency, &app.locale());
            let key = match refund.state {
                RefundState::Due => "order-refund-due",
                RefundState::Sent => "order-refund-sent",
            };
            frame.voice.say_with(key, &[("amount", &amount)])
        });
        Self {
            token,
            is_new: order.progress == Progress::Placed,
            expected: order.expected.map_or_else(String::new, |days| {
                let (from, to) = (days.from.to_string(), days.to.to_string());
                frame
                    .voice
                    .say_with("order-expected-days", &[("from", &from), ("to", &to)])
            }),
            cancel: cancel_words(app, frame, &order.may.cancel),
            reinstate: order.may.reinstate.is_given(),
            change_address: order.may.change_address.is_given(),
            restore_address: order.may.restore_address.is_given(),
            parcels: parcels.collect(),
            labels: labels.collect(),
            refunds: refunds.collect(),
        }
    }
}

fn cancel_words(app: &App, frame: &Frame<'_>, permission: &Permission) -> String {
    match (permission.is_given(), permission.until) {
        (false, _) => String::new(),
        (true, Some(until)) => {
            let until = zoned(app, until).strftime("%H:%M").to_string();
            frame.voice.say_with("order-cancel-until", &[("until", &until)])
        }
        (true, None) => frame.say("order-cancel-open"),
    }
}

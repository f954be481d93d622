//! What the shop's people and their warehouse tell of an order.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::changes::Change;
use super::event::OrderEvent;
use super::policy::{Rules, invalid};
use super::{HouseOrders, standing::Return};
use crate::orders::system::{OrderView, Resolution, ReturnState, SystemError};

const MOST_CHARS: usize = 100;
const MOST_URL_CHARS: usize = 500;
/// Where carriers show a parcel; the number comes at the end.
const TRACKING: [(&str, &str); 4] = [
    ("UPS", "https://www.ups.com/track?tracknum="),
    ("USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels="),
    ("FedEx", "https://www.fedex.com/fedextrack/?trknbr="),
    ("DHL", "https://www.dhl.com/en/express/tracking.html?AWB="),
];

/// What moves an order on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    Packed,
    Shipped {
        carrier: String,
        tracking: String,
        /// Left out: the carrier's own, where it is known.
        #[serde(default)]
        tracking_url: Option<String>,
        /// The exchange whose new goods these are, such as `R1`.
        #[serde(default)]
        exchange: Option<String>,
    },
    Delivered {
        #[serde(default)]
        exchange: Option<String>,
    },
    ReturnReceived {
        /// Such as `R1`; may be left out where only one is on its way.
        #[serde(default, rename = "return")]
        id: Option<String>,
    },
    Refunded {
        /// Such as `F1`; may be left out where only one is due.
        #[serde(default)]
        refund: Option<String>,
    },
}

impl HouseOrders {
    /// Notes what happened with an order. The same `key` again notes it once.
    pub async fn advance(
        &self,
        number: &str,
        step: &Step,
        key: Option<&str>,
    ) -> Result<OrderView, SystemError> {
        let (_, record) = self.apply(number, &Change::Step(step.clone()), key).await?;
        Ok(self.rules(&record).view())
    }
}

impl Step {
    /// The event that it is to an order as it stands.
    pub(super) fn event(&self, rules: &Rules<'_>) -> Result<OrderEvent, SystemError> {
        Ok(match self {
            Self::Packed => {
                rules.check_pack()?;
                OrderEvent::Packed
            }
            Self::Shipped {
                carrier,
                tracking,
                tracking_url,
                exchange,
            } => {
                rules.check_ship(exchange.as_deref())?;
                let (carrier, tracking) = (text("carrier", carrier)?, text("tracking", tracking)?);
                OrderEvent::Shipped {
                    tracking_url: match tracking_url {
                        Some(url) => Some(web_address(url)?),
                        None => known_address(&carrier, &tracking),
                    },
                    carrier,
                    tracking,
                    exchange: exchange.clone(),
                }
            }
            Self::Delivered { exchange } => {
                rules.check_deliver(exchange.as_deref())?;
                OrderEvent::Delivered {
                    exchange: exchange.clone(),
                }
            }
            Self::ReturnReceived { id } => {
                let known = match id {
                    Some(id) => rules.open_return(id)?,
                    None => only_open(&rules.standing.returns)?,
                };
                let id = known.id.clone();
                match known.resolution {
                    Resolution::Exchange => OrderEvent::ExchangeReceived { id },
                    Resolution::Refund | Resolution::StoreCredit => OrderEvent::ReturnReceived { id },
                }
            }
            Self::Refunded { refund } => {
                let refund = match refund {
                    Some(refund) => refund.clone(),
                    None => {
                        let due = rules.only_due().map(|refund| refund.id.clone());
                        due.ok_or_else(|| invalid("refund", "the id of a refund that is due, such as F1"))?
                    }
                };
                rules.check_refund(&refund)?;
                OrderEvent::Refunded { refund }
            }
        })
    }
}

fn only_open(returns: &[Return]) -> Result<&Return, SystemError> {
    let mut open = returns
        .iter()
        .filter(|known| known.state == ReturnState::Requested);
    let first = open.next().filter(|_| open.next().is_none());
    first.ok_or_else(|| invalid("return", "the id of a return that is on its way, such as R1"))
}

fn text(field: &str, text: &str) -> Result<String, SystemError> {
    let text = text.trim();
    let fits = (1..=MOST_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    match fits {
        true => Ok(text.to_owned()),
        false => Err(invalid(field, &format!("1 to {MOST_CHARS} characters"))),
    }
}

fn web_address(url: &str) -> Result<String, SystemError> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let fits = url.len() <= MOST_URL_CHARS && !url.chars().any(|letter| letter.is_control() || letter == ' ');
    match is_web && fits {
        true => Ok(url.to_owned()),
        false => Err(invalid("tracking_url", "an address that begins with https://")),
    }
}

fn known_address(carrier: &str, tracking: &str) -> Option<String> {
    let known = TRACKING
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(carrier));
    known.map(|(_, address)| format!("{address}{}", utf8_percent_encode(tracking, NON_ALPHANUMERIC)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parcels_of_known_carriers_can_be_followed() {
        let url = known_address("ups", "1Z 9").unwrap();
        assert_eq!(url, "https://www.ups.com/track?tracknum=1Z%209");
        assert_eq!(known_address("A neighbour", "1"), None);
        for wrong in ["javascript:alert(1)", "https://a b", "", "//carrier.example"] {
            assert!(web_address(wrong).is_err(), "{wrong}");
        }
        assert!(text("carrier", "  ").is_err() && text("carrier", &"x".repeat(101)).is_err());
    }
}

//! What this house promises of its orders, and what may be done with one. Pure.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::standing::{Return, Standing};
use crate::catalog::is_in_category;
use crate::config::{OrdersConfig, Season};
use crate::orders::order_rows::Order;
use crate::orders::priced::amount_in;
use crate::orders::system::{
    Permission, Progress, RefundState, Resolution, ReturnReason, ReturnRequest, ReturnState, SystemError,
    WhyNot,
};
use crate::promotions::campaign::MinorUnits;
use crate::store::Millis;

const MINUTE: Millis = 60 * 1000;

/// The configured promises.
#[derive(Debug, Clone)]
pub struct Policy {
    pub settings: OrdersConfig,
    pub zone: TimeZone,
    /// Days on which nothing leaves and nothing arrives.
    pub holidays: Vec<Date>,
}

/// What may be done with one order at one moment.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub policy: &'a Policy,
    pub order: &'a Order,
    pub standing: &'a Standing,
    pub now: Millis,
}

impl Policy {
    /// `time_zone`, `holidays`: of the opening hours; they were checked with the rest of the configuration.
    pub fn new(settings: OrdersConfig, time_zone: &str, holidays: &[String]) -> Self {
        Self {
            settings,
            zone: TimeZone::get(time_zone).unwrap_or(TimeZone::UTC),
            holidays: holidays.iter().filter_map(|day| day.parse().ok()).collect(),
        }
    }

    pub fn date(&self, at: Millis) -> Date {
        Timestamp::from_millisecond(at)
            .unwrap_or_default()
            .to_zoned_datetime(self.zone.clone())
            .date()
    }

    /// The last moment at which what was delivered then may come back.
    pub fn return_until(&self, delivered_at: Millis) -> Millis {
        let delivered = self.date(delivered_at);
        let last = delivered
            .checked_add(i64::from(self.settings.return_days).days())
            .unwrap_or(Date::MAX);
        let season = self.settings.season();
        let last = season
            .and_then(|season| until_of(season, delivered))
            .map_or(last, |until| until.max(last));
        let end = last
            .tomorrow()
            .and_then(|next| next.to_zoned_datetime(self.zone.clone()));
        end.map_or(Millis::MAX, |end| end.timestamp().as_millisecond() - 1)
    }

    fn is_any(&self, entries: &[String], item: &str, category: &[String]) -> bool {
        entries
            .iter()
            .any(|entry| entry == item || is_in_category(category, entry))
    }

    /// What a return costs its shopper: nothing when the shop is to blame.
    fn fee(&self, request: &ReturnRequest, is_freight: bool, currency: &str) -> MinorUnits {
        match request.resolution {
            _ if request.reason.is_shops_fault() => 0,
            Resolution::Exchange => 0,
            _ if is_freight => amount_in(&self.settings.freight_fee, currency),
            Resolution::Refund => amount_in(&self.settings.label_fee, currency),
            Resolution::StoreCredit => 0,
        }
    }
}

/// The last day of what was delivered in a season.
fn until_of(season: Season, delivered: Date) -> Option<Date> {
    let day = (delivered.month(), delivered.day());
    if !(season.from..=season.to).contains(&day) {
        return None;
    }
    // The first such day after the season.
    let year = delivered.year() + i16::from(season.until <= season.to);
    Date::new(year, season.until.0, season.until.1).ok()
}

impl Rules<'_> {
    fn change_until(&self) -> Millis {
        self.standing.placed_at + self.change_window()
    }

    fn change_window(&self) -> Millis {
        Millis::try_from(self.policy.settings.change_minutes).unwrap_or(Millis::MAX / MINUTE) * MINUTE
    }

    /// Until the order is packed, which it isn't before its shopper's time is over.
    pub fn cancel(&self) -> Permission {
        match self.standing.progress {
            Progress::Placed => {
                Permission::given(Some(self.change_until()).filter(|until| *until > self.now))
            }
            Progress::Packed => Permission::refused(WhyNot::AlreadyPacked),
            Progress::Shipped => Permission::refused(WhyNot::AlreadyShipped),
            Progress::Delivered => Permission::refused(WhyNot::AlreadyDelivered),
            Progress::Cancelled => Permission::refused(WhyNot::AlreadyCancelled),
        }
    }

    /// As long after the cancellation as an order may be cancelled, unless its money is on the way.
    pub fn reinstate(&self) -> Permission {
        let Some((_, at)) = &self.standing.cancelled else {
            return Permission::refused(WhyNot::NotCancelled);
        };
        let until = at + self.change_window();
        let of_cancelling = |refund: &&crate::orders::system::RefundView| refund.of_return.is_none();
        let mut refunds = self.standing.refunds.iter().filter(of_cancelling);
        let why_not = match () {
            () if self.standing.is_reinstating => Some(WhyNot::NothingToUndo),
            () if refunds.any(|refund| refund.state == RefundState::Sent) => Some(WhyNot::AlreadyRefunded),
            () if self.now > until => Some(WhyNot::TooLate),
            () => None,
        };
        Permission {
            why_not,
            until: Some(until),
        }
    }

    pub fn change_address(&self) -> Permission {
        self.cancel()
    }

    pub fn restore_address(&self) -> Permission {
        match self.cancel() {
            permission if permission.is_given() && self.standing.addresses.is_empty() => {
                Permission::refused(WhyNot::NothingToUndo)
            }
            permission => permission,
        }
    }

    pub fn give_back(&self) -> Permission {
        let Some(delivered_at) = self.standing.delivered_at else {
            return Permission::refused(match self.standing.progress {
                Progress::Cancelled => WhyNot::AlreadyCancelled,
                _ => WhyNot::NotDelivered,
            });
        };
        let until = self.policy.return_until(delivered_at);
        let why_not = match () {
            () if self.now > until => Some(WhyNot::TooLate),
            () if (0..self.order.lines.len()).all(|place| self.left(place) == 0) => Some(WhyNot::NothingLeft),
            () => None,
        };
        Permission {
            why_not,
            until: Some(until),
        }
    }

    /// Pieces of a line that its shopper still has.
    fn left(&self, place: usize) -> u32 {
        let line = &self.order.occasion.cart.lines[place];
        line.quantity.saturating_sub(self.standing.given_back(&line.id))
    }

    fn is_of(&self, place: usize, entries: &[String]) -> bool {
        let line = &self.order.occasion.cart.lines[place];
        self.policy.is_any(entries, &line.item, &line.category)
    }

    pub fn is_freight(&self, place: usize) -> bool {
        self.is_of(place, &self.policy.settings.freight)
    }

    pub fn is_personalised(&self, place: usize) -> bool {
        self.is_of(place, &self.policy.settings.personalised)
    }

    /// How many pieces of a line may come back for any reason, and why not all of them.
    pub fn returnable(&self, place: usize) -> (u32, Option<WhyNot>) {
        let settings = &self.policy.settings;
        if let Some(why_not) = self.give_back().why_not {
            return (0, Some(why_not));
        }
        if self.is_of(place, &settings.not_returnable) || self.is_of(place, &settings.personalised) {
            return (0, Some(WhyNot::NotReturnable));
        }
        match self.left(place) {
            0 => (0, Some(WhyNot::NothingLeft)),
            left => (left, None),
        }
    }

    /// Whether a return may begin; what it costs.
    pub fn check_return(&self, request: &ReturnRequest) -> Result<MinorUnits, SystemError> {
        if let Some(why_not) = self.give_back().why_not {
            return Err(SystemError::NotPossible(why_not));
        }
        if request.lines.is_empty() {
            return Err(invalid("lines", "at least one line of the order"));
        }
        let mut is_freight = false;
        for (position, line) in request.lines.iter().enumerate() {
            let is_told_twice = request.lines[..position]
                .iter()
                .any(|other| other.line == line.line);
            let known = self.place(&line.line).filter(|_| !is_told_twice);
            let place = known.ok_or_else(|| invalid("lines.line", "the id of a line of the order, once"))?;
            self.check_line(place, line.quantity, request.reason)?;
            is_freight |= self.is_freight(place);
            if line.exchange_for.is_some() != (request.resolution == Resolution::Exchange) {
                return Err(invalid(
                    "lines.exchange_for",
                    "an item for an exchange, and for nothing else",
                ));
            }
        }
        Ok(self
            .policy
            .fee(request, is_freight, &self.order.occasion.cart.currency))
    }

    fn check_line(&self, place: usize, quantity: u32, reason: ReturnReason) -> Result<(), SystemError> {
        let left = self.left(place);
        let (_, why_not) = self.returnable(place);
        match why_not {
            // What can't be given back may still be faulty.
            Some(WhyNot::NotReturnable) if reason.is_shops_fault() && left > 0 => {}
            Some(why_not) => return Err(SystemError::NotPossible(why_not)),
            None => {}
        }
        if !(1..=left).contains(&quantity) {
            return Err(invalid("lines.quantity", &format!("1 to {left}")));
        }
        Ok(())
    }

    /// The place of a line among the order's.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.order
            .occasion
            .cart
            .lines
            .iter()
            .position(|line| line.id == id)
    }

    /// A return whose goods are still on their way back.
    pub fn open_return(&self, id: &str) -> Result<&Return, SystemError> {
        let known = self.standing.return_of(id);
        let known = known.ok_or_else(|| invalid("return", "the id of a return of this order, such as R1"))?;
        match known.state {
            ReturnState::Requested => Ok(known),
            ReturnState::Withdrawn => Err(SystemError::NotPossible(WhyNot::AlreadyWithdrawn)),
            ReturnState::Received | ReturnState::Done => {
                Err(SystemError::NotPossible(WhyNot::AlreadyReceived))
            }
        }
    }

    pub fn check_pack(&self) -> Result<(), SystemError> {
        let why_not = match self.standing.progress {
            Progress::Placed if self.now < self.change_until() => WhyNot::StillChangeable,
            Progress::Placed => return Ok(()),
            Progress::Packed => WhyNot::AlreadyPacked,
            Progress::Shipped => WhyNot::AlreadyShipped,
            Progress::Delivered => WhyNot::AlreadyDelivered,
            Progress::Cancelled => WhyNot::AlreadyCancelled,
        };
        Err(SystemError::NotPossible(why_not))
    }

    /// An order may leave in several parcels; the new goods of an exchange leave when the old ones came.
    pub fn check_ship(&self, exchange: Option<&str>) -> Result<(), SystemError> {
        if let Some(id) = exchange {
            let known = self.standing.return_of(id);
            let may_leave = known.is_some_and(|known| {
                known.resolution == Resolution::Exchange && known.state == ReturnState::Received
            });
            return match may_leave {
                true => Ok(()),
                false => Err(invalid(
                    "exchange",
                    "the id of an exchange whose goods came back, such as R1",
                )),
            };
        }
        let why_not = match self.standing.progress {
            Progress::Packed | Progress::Shipped => return Ok(()),
            Progress::Placed => WhyNot::NotPacked,
            Progress::Delivered => WhyNot::AlreadyDelivered,
            Progress::Cancelled => WhyNot::AlreadyCancelled,
        };
        Err(SystemError::NotPossible(why_not))
    }

    pub fn check_deliver(&self, exchange: Option<&str>) -> Result<(), SystemError> {
        let of_it = |shipment: &&crate::orders::system::Shipment| shipment.exchange.as_deref() == exchange;
        let mut parcels = self.standing.shipments.iter().filter(of_it);
        let why_not = match (parcels.clone().count(), self.standing.progress) {
            (_, Progress::Cancelled) => WhyNot::AlreadyCancelled,
            (0, _) => WhyNot::NotShipped,
            _ if parcels.all(|parcel| parcel.delivered_at.is_some()) => WhyNot::AlreadyDelivered,
            _ => return Ok(()),
        };
        Err(SystemError::NotPossible(why_not))
    }

    pub fn check_refund(&self, id: &str) -> Result<(), SystemError> {
        if self.standing.is_reinstating {
            return Err(SystemError::NotPossible(WhyNot::StillChangeable));
        }
        let known = self.standing.refunds.iter().find(|refund| refund.id == id);
        match known.filter(|refund| refund.amount > 0) {
            None => Err(invalid("refund", "the id of a refund of this order, such as F1")),
            Some(refund) if refund.state == RefundState::Sent => {
                Err(SystemError::NotPossible(WhyNot::AlreadyRefunded))
            }
            Some(_) => Ok(()),
        }
    }
}

pub fn invalid(field: &str, expected: &str) -> SystemError {
    SystemError::Invalid {
        field: field.to_owned(),
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn policy() -> Policy {
        let config: Config = toml::from_str(crate::config::EXAMPLE).unwrap();
        Policy::new(config.orders, "America/New_York", &config.hours.holidays)
    }

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn what_is_delivered_may_come_back_to_the_end_of_the_last_day() {
        let policy = policy();
        for (delivered, until) in [
            ("2026-06-01T14:00:00Z", "2026-07-02T04:00:00Z"),
            // Late in the evening there is another day in New York than in Greenwich.
            ("2026-06-01T03:00:00Z", "2026-07-01T04:00:00Z"),
            ("2026-11-01T15:00:00Z", "2027-02-01T05:00:00Z"),
            ("2026-12-24T15:00:00Z", "2027-02-01T05:00:00Z"),
            ("2026-10-31T15:00:00Z", "2026-12-01T05:00:00Z"),
            ("2026-12-25T15:00:00Z", "2027-01-25T05:00:00Z"),
        ] {
            assert_eq!(policy.return_until(at(delivered)), at(until) - 1, "{delivered}");
        }
    }

    #[test]
    fn a_return_costs_what_the_help_centre_says() {
        let policy = policy();
        let fee = |reason, resolution, is_freight| {
            let request = ReturnRequest {
                lines: Vec::new(),
                reason,
                resolution,
            };
            policy.fee(&request, is_freight, "USD")
        };
        use {Resolution::*, ReturnReason::*};
        assert_eq!(fee(TooSmall, Refund, false), 495);
        assert_eq!(fee(TooSmall, StoreCredit, false), 0);
        assert_eq!(fee(TooSmall, Exchange, false), 0);
        assert_eq!(fee(ChangedMind, Refund, true), 3900);
        assert_eq!(fee(ChangedMind, StoreCredit, true), 3900);
        for reason in [Faulty, WrongItem, Damaged] {
            assert_eq!(fee(reason, Refund, true), 0, "{reason:?}");
        }
    }
}

//! When an order should arrive, in business days. Pure.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use super::policy::{Policy, Rules};
use crate::config::day_range;
use crate::orders::system::{DeliveryWindow, Progress};
use crate::store::Millis;

/// Personalised items leave so many business days later.
const PERSONALISING: u32 = 3;

impl Rules<'_> {
    /// `None`: it has arrived, or never will.
    pub fn expected(&self, region: &str) -> Option<DeliveryWindow> {
        let places = 0..self.order.lines.len();
        let leaves = match self.standing.progress {
            Progress::Delivered | Progress::Cancelled => return None,
            Progress::Shipped => {
                let own = |parcel: &&crate::orders::system::Shipment| parcel.exchange.is_none();
                let last = self.standing.shipments.iter().rfind(own)?;
                self.policy.date(last.shipped_at)
            }
            Progress::Placed | Progress::Packed => {
                let is_personalised = places.clone().any(|place| self.is_personalised(place));
                let extra = if is_personalised { PERSONALISING } else { 0 };
                let promised = self.policy.leaves(self.standing.placed_at, extra)?;
                // What is still here today can't have left before.
                promised.max(self.policy.leaves(self.now, 0)?)
            }
        };
        let settings = &self.policy.settings;
        let is_far = settings
            .remote_regions
            .iter()
            .any(|far| far.eq_ignore_ascii_case(region.trim()));
        let days = match () {
            () if places.clone().any(|place| self.is_freight(place)) => &settings.freight_days,
            () if is_far => &settings.remote_days,
            () => &settings.delivery_days,
        };
        let (fewest, most) = day_range(days)?;
        Some(DeliveryWindow {
            from: self.policy.business_days_after(leaves, fewest)?,
            to: self.policy.business_days_after(leaves, most)?,
        })
    }
}

impl Policy {
    /// The day on which what is ordered then leaves, `extra` business days later than usual.
    fn leaves(&self, ordered_at: Millis, extra: u32) -> Option<Date> {
        let ordered = Timestamp::from_millisecond(ordered_at)
            .ok()?
            .to_zoned_datetime(self.zone.clone());
        let is_in_time = self.is_business_day(ordered.date())
            && self
                .settings
                .cutoff()
                .is_none_or(|cutoff| ordered.time() < cutoff);
        self.business_days_after(ordered.date(), extra + u32::from(!is_in_time))
    }

    fn business_days_after(&self, date: Date, days: u32) -> Option<Date> {
        let mut date = date;
        for _ in 0..days {
            date = date.checked_add(1.days()).ok()?;
            while !self.is_business_day(date) {
                date = date.checked_add(1.days()).ok()?;
            }
        }
        Some(date)
    }

    fn is_business_day(&self, date: Date) -> bool {
        !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.holidays.contains(&date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn orders_leave_and_arrive_on_business_days() {
        let config: Config = toml::from_str(crate::config::EXAMPLE).unwrap();
        let policy = Policy::new(config.orders, "America/New_York", &config.hours.holidays);
        for (ordered, extra, leaves) in [
            // Tuesday at noon and at two; Friday evening; Saturday; the day before Thanksgiving, after the cut-off.
            ("2026-11-17T17:00:00Z", 0, "2026-11-17"),
            ("2026-11-17T18:00:00Z", 0, "2026-11-18"),
            ("2026-11-20T22:00:00Z", 0, "2026-11-23"),
            ("2026-11-21T15:00:00Z", 0, "2026-11-23"),
            ("2026-11-25T19:00:00Z", 0, "2026-11-27"),
            ("2026-11-17T17:00:00Z", 3, "2026-11-20"),
        ] {
            let at = ordered.parse::<Timestamp>().unwrap().as_millisecond();
            assert_eq!(policy.leaves(at, extra).unwrap().to_string(), leaves, "{ordered}");
        }
        let friday = "2026-11-20".parse().unwrap();
        let arrives = |days| policy.business_days_after(friday, days).unwrap().to_string();
        assert_eq!(
            (arrives(3), arrives(5)),
            ("2026-11-25".into(), "2026-11-30".into())
        );
    }
}

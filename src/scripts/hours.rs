//! Hours in which people surely answer now, or surely don't.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::format::Answering;
use crate::config::HoursConfig;
use crate::store::Millis;

/// The configured hours, changed so that people answer at `now` or don't. Where they don't, they are back on the day
/// on which the configuration next says so.
pub fn so_that(answering: Answering, hours: &HoursConfig, now: Millis) -> HoursConfig {
    let mut hours = hours.clone();
    match answering {
        Answering::Open => {
            for day in days(&mut hours) {
                *day = "00:00-23:59".into();
            }
            hours.holidays.clear();
        }
        Answering::Closed => {
            let zone = TimeZone::get(&hours.time_zone).unwrap_or(TimeZone::UTC);
            let now = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
            hours
                .holidays
                .push(now.to_zoned_datetime(zone).date().to_string());
        }
    }
    hours
}

fn days(hours: &mut HoursConfig) -> [&mut String; 7] {
    [
        &mut hours.monday,
        &mut hours.tuesday,
        &mut hours.wednesday,
        &mut hours.thursday,
        &mut hours.friday,
        &mut hours.saturday,
        &mut hours.sunday,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_answer_or_not_whenever_it_is() {
        let hours = HoursConfig {
            time_zone: "America/New_York".into(),
            monday: "08:00-20:00".into(),
            tuesday: String::new(),
            wednesday: "08:00-20:00".into(),
            thursday: String::new(),
            friday: String::new(),
            saturday: String::new(),
            sunday: String::new(),
            holidays: vec!["2026-11-24".into()],
        };
        // A Monday noon, a Tuesday that is a holiday, a Sunday.
        for text in [
            "2026-11-23T17:00:00Z",
            "2026-11-24T17:00:00Z",
            "2026-11-29T05:30:00Z",
        ] {
            let now = text.parse::<Timestamp>().unwrap().as_millisecond();
            assert!(so_that(Answering::Open, &hours, now).at(now).open, "{text}");
            let closed = so_that(Answering::Closed, &hours, now).at(now);
            assert!(
                !closed.open && closed.opens_at.is_some_and(|at| at > now),
                "{text}"
            );
        }
    }
}

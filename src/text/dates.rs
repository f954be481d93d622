//! Days as people of a locale write them.

use jiff::ZonedDateTime;
use jiff::civil::Date;

/// "Monday, 30 November" or 11月30日（星期一）.
pub fn day_text(date: Date, locale: &str) -> String {
    if locale.starts_with("zh") {
        let names = ["一", "二", "三", "四", "五", "六", "日"];
        let weekday = names[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs()) % names.len()];
        return format!("{}月{}日（星期{weekday}）", date.month(), date.day());
    }
    date.strftime("%A, %-d %B").to_string()
}

/// "on Monday, 30 November at 08:00 (EST)" or 11月30日（星期一）08:00（EST）.
pub fn moment_text(at: &ZonedDateTime, locale: &str) -> String {
    let day = day_text(at.date(), locale);
    let (clock, zone) = (at.strftime("%H:%M"), at.strftime("%Z"));
    match locale.starts_with("zh") {
        true => format!("{day}{clock}（{zone}）"),
        false => format!("on {day} at {clock} ({zone})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_people_do() {
        let day = jiff::civil::date(2026, 11, 30);
        assert_eq!(day_text(day, "en"), "Monday, 30 November");
        assert_eq!(day_text(day, "zh"), "11月30日（星期一）");
        let at = day.at(8, 0, 0, 0).in_tz("America/New_York").unwrap();
        assert_eq!(moment_text(&at, "en"), "on Monday, 30 November at 08:00 (EST)");
        assert_eq!(moment_text(&at, "zh"), "11月30日（星期一）08:00（EST）");
    }
}

//! Dates in Chinese, resolved against today, and durations. Weeks begin on Monday: 上周五 is the Friday of the week before
//! this one, 下周一 the Monday of the next.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use regex::Regex;

use super::super::pattern::{Found, Row};
use super::super::time::day;
use super::super::value::{EntityKind, EntityValue, Grain, TimeUnit};
use super::constant;
use super::numbers::whole;

/// Words that tell of the past: a day without a year or week is then the last of its kind.
static PAST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(
        "下的单|下单的|买的|买了|订的|拍的|收到|到了|到的|寄出|发的|发了|签收|退的|退了|付的|付了|说好|以来|至今|到现在",
    )
});

pub(super) static ROWS: [Row; 11] = [
    Row::new(
        EntityKind::Date,
        r"(?P<word>大后天|大前天|今天|今日|今晚|今早|今儿|明天|明日|明晚|明早|明儿|后天|后日|昨天|昨日|昨晚|昨儿|前天|前日|前晚)(?:早上|上午|中午|下午|晚上|晚|早|夜里|凌晨)?",
        |found| {
            let days = match found.get("word")? {
                "大后天" => 3,
                "大前天" => -3,
                word if word.starts_with('明') => 1,
                word if word.starts_with('后') => 2,
                word if word.starts_with('昨') => -1,
                word if word.starts_with('前') => -2,
                _ => 0,
            };
            // 今后, 前天 of 三天前天…: whole words only.
            day(found.today.checked_add(days.days()).ok()?)
        },
    ),
    Row::new(
        EntityKind::Date,
        r"(?P<which>上上个?|下下个?|上个?|下个?|这个?|本)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末1-6])(?:早上|上午|中午|下午|晚上|晚)?",
        weekday,
    ),
    Row::new(
        EntityKind::Date,
        r"(?P<which>上上个?|下下个?|上个?|下个?|这个?|本)(?P<unit>周|星期|礼拜|月)",
        week_or_month,
    ),
    Row::new(
        EntityKind::Date,
        r"(?P<n>{int}|半)(?P<half>个半)? ?(?P<unit>天|个?星期|个?礼拜|周|个?月|年)(?P<more>多)?(?:以|之)?(?P<which>前|后)",
        |found| {
            let sign = if found.get("which")? == "前" { -1 } else { 1 };
            relative(found, sign)
        },
    ),
    Row::new(
        EntityKind::Date,
        r"(?:(?P<y>20[0-9]{2})年|(?P<which>今年|明年|去年))?(?P<m>1[0-2]|0?[1-9]|十[一二]|[一二三四五六七八九十])月(?:份)?(?P<d>[0-3]?[0-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])(?:日|号)",
        named_month,
    ),
    Row::new(
        EntityKind::Date,
        r"(?P<d>[0-3]?[0-9]|三十一?|二?十[一二三四五六七八九])(?:号|日)(?:之前|以前|前|之后|以后|后|下的单|买的|下单|到|能|要|出发|左右|那天|送|收)",
        day_of_month,
    ),
    Row::new(
        EntityKind::Date,
        r"(?P<m>1[0-2]|0?[1-9])[./](?P<d>[0-3]?[0-9])(?:号|日|之前|以前|前|之后|下单|下的单|买的|那天)",
        |found| yearless(found, number(found, "m")?, number(found, "d")?),
    ),
    Row::new(
        EntityKind::Date,
        r"(?P<feast>圣诞节?|平安夜|元旦|情人节|万圣节|感恩节)(?:之?前|以前|那天|当天|之?后)|(?:赶在|赶得上|等到|到) ?(?P<other>圣诞节?|平安夜|元旦|情人节|万圣节|感恩节)",
        |found| {
            let (month, of_month) = match found.get("feast").or(found.get("other"))? {
                "平安夜" => (12, 24),
                "元旦" => (1, 1),
                "情人节" => (2, 14),
                "万圣节" => (10, 31),
                "感恩节" => return thanksgiving(found),
                _ => (12, 25),
            };
            yearless(found, month, of_month)
        },
    ),
    Row::new(
        EntityKind::Duration,
        r"(?P<n>[一二两三四五六七八])(?P<to>[二三四五六七八九]) ?(?:个)?(?P<unit>工作日|自然日|天|星期|礼拜|周|月|年|小时|分钟)",
        duration,
    ),
    Row::new(
        EntityKind::Duration,
        r"(?P<n>{int}|半)(?: ?(?:到|至|-|~|—) ?(?P<to>{int}))? ?(?:个)?(?P<unit>工作日|自然日|天|日|星期|礼拜|周|小时|钟头|分钟)",
        duration,
    ),
    Row::new(
        EntityKind::Duration,
        r"(?P<n>{int}|半)(?: ?(?:到|至|-|~) ?(?P<to>{int}))? ?(?:个(?P<half>半)?(?P<unit>月|小时|钟头|星期)|(?P<years>年)(?P<years_half>半)?)",
        duration,
    ),
];

fn number(found: &Found<'_, '_>, group: &str) -> Option<i8> {
    i8::try_from(whole(found.get(group)?)?).ok()
}

fn past(found: &Found<'_, '_>) -> bool {
    PAST.as_ref().is_some_and(|past| past.is_match(found.message()))
}

/// Weeks from this one: 上 is -1, 下下 is 2.
fn weeks(which: &str) -> i64 {
    match which.trim_end_matches('个') {
        "上上" => -2,
        "上" => -1,
        "下" => 1,
        "下下" => 2,
        _ => 0,
    }
}

fn monday(today: Date) -> Option<Date> {
    let since = i64::from(today.weekday().to_monday_zero_offset());
    today.checked_sub(since.days()).ok()
}

/// Without a week, the past gives the last such day before today, all else the next after it.
fn weekday(found: &Found<'_, '_>) -> Option<EntityValue> {
    let of_week = match found.get("day")? {
        "末" => 6,
        "天" | "日" => 7,
        day => i64::from(whole(day)?),
    };
    // 周日常: "every day"; 一周一次: how often.
    let counts = found
        .before()
        .ends_with(|c: char| "一二两三四五六每0123456789".contains(c));
    if counts || found.after().starts_with(['常', '次', '天']) {
        return None;
    }
    let this_week = monday(found.today)?.checked_add((of_week - 1).days()).ok()?;
    let date = match found.get("which") {
        Some(which) => this_week.checked_add(weeks(which).weeks()).ok()?,
        None if past(found) && this_week >= found.today => this_week.checked_sub(1.weeks()).ok()?,
        None if !past(found) && this_week <= found.today => this_week.checked_add(1.weeks()).ok()?,
        None => this_week,
    };
    day(date)
}

fn week_or_month(found: &Found<'_, '_>) -> Option<EntityValue> {
    let steps = weeks(found.get("which")?);
    // 这周转; 本月 and 这个月, but 上月 too.
    let (date, grain) = if found.get("unit")? == "月" {
        let first = found.today.first_of_month();
        (first.checked_add(steps.months()).ok()?, Grain::Month)
    } else {
        (monday(found.today)?.checked_add(steps.weeks()).ok()?, Grain::Week)
    };
    Some(EntityValue::Date { date, grain })
}

/// So many days, weeks, months or years before or after today; half a month is 15 days, half a year six months.
fn relative(found: &Found<'_, '_>, sign: i64) -> Option<EntityValue> {
    let unit = found.get("unit")?.trim_start_matches('个');
    let span: Span = match (found.get("n")?, unit) {
        ("半", "月") => (15 * sign).days(),
        ("半", "年") => (6 * sign).months(),
        ("半", _) => return None,
        (number, unit) => {
            let count = i64::from(whole(number)?) * sign;
            match unit {
                "天" => count.days(),
                "月" => count.months(),
                "年" => count.years(),
                _ => count.weeks(),
            }
        }
    };
    day(found.today.checked_add(span).ok()?)
}

fn named_month(found: &Found<'_, '_>) -> Option<EntityValue> {
    let (month, of_month) = (number(found, "m")?, number(found, "d")?);
    let this = found.today.year();
    let year = match (found.get("y"), found.get("which")) {
        (Some(year), _) => year.parse().ok()?,
        (_, Some("今年")) => this,
        (_, Some("明年")) => this + 1,
        (_, Some(_)) => this - 1,
        _ => return yearless(found, month, of_month),
    };
    day(Date::new(year, month, of_month).ok()?)
}

/// 15号: the nearest such day of a month, in the past when the message tells of it.
fn day_of_month(found: &Found<'_, '_>) -> Option<EntityValue> {
    if found.before().ends_with(['月', '第', '-', '.', '/', '#']) {
        return None;
    }
    let of_month = number(found, "d")?;
    let first = found.today.first_of_month();
    let steps = if past(found) { [0, -1, -2] } else { [0, 1, 2] };
    let mut dates = steps.into_iter().filter_map(|step: i64| {
        let month = first.checked_add(step.months()).ok()?;
        Date::new(month.year(), month.month(), of_month).ok()
    });
    day(dates.find(|date| fits(found, date))?)
}

fn fits(found: &Found<'_, '_>, date: &Date) -> bool {
    if past(found) {
        *date <= found.today
    } else {
        *date >= found.today
    }
}

/// The nearest such day: in the past when the message tells of it, otherwise from today on.
fn yearless(found: &Found<'_, '_>, month: i8, of_month: i8) -> Option<EntityValue> {
    let year = found.today.year();
    let years = if past(found) {
        [year, year - 1]
    } else {
        [year, year + 1]
    };
    let mut dates = years
        .into_iter()
        .filter_map(|year| Date::new(year, month, of_month).ok());
    day(dates.find(|date| fits(found, date))?)
}

/// The fourth Thursday of November.
fn thanksgiving(found: &Found<'_, '_>) -> Option<EntityValue> {
    let of = |year| {
        let november = Date::new(year, 11, 1).ok()?;
        november
            .nth_weekday_of_month(4, jiff::civil::Weekday::Thursday)
            .ok()
    };
    let year = found.today.year();
    let near = if past(found) { year - 1 } else { year + 1 };
    let mut dates = [of(year), of(near)].into_iter().flatten();
    day(dates.find(|date| fits(found, date))?)
}

fn duration(found: &Found<'_, '_>) -> Option<EntityValue> {
    let before = found.before();
    let glued = before.ends_with(|c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                '第' | '.' | '/' | '#' | '$' | '月' | '每' | '年' | '零' | '~' | '-'
            )
    });
    // 2024年 is a year, 一周 of 一周一 a weekday.
    let written = found.get("n")?;
    let year = found.get("years").is_some()
        && written.len() > 2
        && written.starts_with(|c: char| c.is_ascii_digit());
    if glued
        || year
        || found.all().ends_with('日') && !found.all().ends_with("工作日") && !found.all().ends_with("自然日")
    {
        return None;
    }
    let unit = match found.get("unit").or(found.get("years"))? {
        "分钟" => TimeUnit::Minute,
        "小时" | "钟头" => TimeUnit::Hour,
        "星期" | "礼拜" | "周" => TimeUnit::Week,
        "月" => TimeUnit::Month,
        "年" => TimeUnit::Year,
        _ => TimeUnit::Day,
    };
    let is_half = found.get("half").or(found.get("years_half")).is_some();
    let (amount, unit) = match (written, unit) {
        ("半", TimeUnit::Year) => (6, TimeUnit::Month),
        ("半", TimeUnit::Month) => (15, TimeUnit::Day),
        ("半", TimeUnit::Day) => (12, TimeUnit::Hour),
        ("半", TimeUnit::Hour) => (30, TimeUnit::Minute),
        ("半", _) => return None,
        (number, TimeUnit::Year) if is_half => (whole(number)? * 12 + 6, TimeUnit::Month),
        (number, TimeUnit::Hour) if is_half => (whole(number)? * 60 + 30, TimeUnit::Minute),
        (number, TimeUnit::Month) if is_half => (whole(number)? * 30 + 15, TimeUnit::Day),
        (number, unit) => (whole(number)?, unit),
    };
    let to = found.get("to").and_then(whole);
    Some(EntityValue::Duration { amount, to, unit })
}

//! From the words of a form to a campaign, or to everything that is wrong with it.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use super::{
    BenefitForm, CampaignForm, ConditionsForm, Decimal, FieldError, LimitsForm, ScheduleForm, ScopeForm,
};
use crate::promotions::campaign::{
    Benefit, BuyGet, Campaign, Class, Codes, Conditions, Hours, Limits, Measure, MinorUnits, Off, Permyriad,
    Scope, Selector, State, Step, WEEKDAYS, WHOLE,
};
use crate::promotions::codes::{is_code, is_pattern};
use crate::promotions::schedule::{Schedule, Zone};
use crate::store::Millis;
use crate::text::money::{minor_digits, parse_decimal};

const LONGEST_ID: usize = 64;
const LONGEST_NAME: usize = 120;
const LONGEST_DESCRIPTION: usize = 1_000;
/// Pieces of "buy x, get y"; more is a slip of the pen.
const MOST_PIECES: u32 = 1_000;
const MOST_STEPS: usize = 20;
/// Decimals of a percentage.
const PERCENT_DIGITS: u32 = 2;

/// Collects what is wrong.
struct Check<'a> {
    form: &'a CampaignForm,
    errors: Vec<FieldError>,
}

impl CampaignForm {
    /// The campaign, or everything that is wrong with the form.
    pub fn campaign(&self) -> Result<Campaign, Vec<FieldError>> {
        let mut check = Check {
            form: self,
            errors: Vec::new(),
        };
        let campaign = check.campaign();
        match campaign {
            Some(campaign) if check.errors.is_empty() => Ok(campaign),
            _ => Err(check.errors),
        }
    }
}

impl Check<'_> {
    fn wrong(&mut self, field: &str, expected: impl Into<String>) {
        self.errors.push(FieldError {
            campaign: self.form.id.clone(),
            field: field.to_owned(),
            expected: expected.into(),
        });
    }

    fn campaign(&mut self) -> Option<Campaign> {
        let form = self.form;
        self.texts();
        let benefit = self.benefit(&form.benefit);
        let class = self.class(benefit.as_ref());
        let codes = self.codes();
        let conditions = self.conditions(&form.conditions);
        let schedule = self.schedule(&form.schedule);
        let limits = self.limits(&form.limits);
        let campaign = Campaign {
            id: form.id.clone(),
            name: form.name.trim().to_owned(),
            description: form.description.trim().to_owned(),
            texts: form.texts.clone(),
            state: form.state.unwrap_or(State::Active),
            currency: form.currency.clone(),
            class,
            combines_with: form.combines_with.clone(),
            priority: form.priority,
            scope: scope(&form.scope),
            benefit: benefit?,
            conditions,
            schedule: schedule?,
            limits,
            codes: codes?,
            advertised: form.advertised,
            personal: form.personal,
        };
        let has_amounts = campaign.benefit.has_amounts()
            || campaign.conditions.min_subtotal.is_some()
            || campaign.conditions.min_after_discounts.is_some()
            || campaign.limits.budget.is_some();
        if campaign.conditions.min_after_discounts.is_some() && campaign.class != Class::Shipping {
            self.wrong(
                "conditions.min_after_discounts",
                "nothing: only shipping comes after all other discounts",
            );
        }
        if form.advertised && form.code.is_none() {
            self.wrong(
                "advertised",
                "`code` beside it: only a public code can be told to all",
            );
        }
        if has_amounts && campaign.currency.is_none() {
            self.wrong("currency", "a currency, because the campaign has amounts");
        }
        Some(campaign)
    }

    fn texts(&mut self) {
        let form = self.form;
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if form.id.is_empty() || form.id.len() > LONGEST_ID || !form.id.bytes().all(fits) {
            self.wrong(
                "id",
                format!("1 to {LONGEST_ID} lower-case letters, digits and dashes"),
            );
        }
        if !(1..=LONGEST_NAME).contains(&form.name.trim().chars().count()) {
            self.wrong("name", format!("1 to {LONGEST_NAME} characters"));
        }
        if form.description.chars().count() > LONGEST_DESCRIPTION {
            self.wrong("description", format!("at most {LONGEST_DESCRIPTION} characters"));
        }
        for (locale, text) in &form.texts {
            let field = format!("texts.{locale}");
            if !(2..=8).contains(&locale.len()) || !locale.bytes().all(|byte| byte.is_ascii_lowercase()) {
                self.wrong(&field, "a language's code, such as zh");
            }
            if !(1..=LONGEST_NAME).contains(&text.name.trim().chars().count()) {
                self.wrong(
                    &format!("{field}.name"),
                    format!("1 to {LONGEST_NAME} characters"),
                );
            }
            if text.description.chars().count() > LONGEST_DESCRIPTION {
                let expected = format!("at most {LONGEST_DESCRIPTION} characters");
                self.wrong(&format!("{field}.description"), expected);
            }
        }
        if form
            .currency
            .as_deref()
            .is_some_and(|code| minor_digits(code).is_none())
        {
            self.wrong("currency", "a currency of ISO 4217, such as USD");
        }
    }

    fn class(&mut self, benefit: Option<&Benefit>) -> Class {
        let usual = match benefit {
            Some(Benefit::FreeShipping { .. }) => Class::Shipping,
            Some(Benefit::BuyGet(_) | Benefit::FixedPrice { .. } | Benefit::Amount { each: true, .. }) => {
                Class::Product
            }
            _ => Class::Order,
        };
        let class = self.form.class.unwrap_or(usual);
        let is_about_pieces = matches!(
            benefit,
            Some(Benefit::BuyGet(_) | Benefit::Amount { each: true, .. })
        );
        if matches!(benefit, Some(Benefit::FreeShipping { .. })) && class != Class::Shipping {
            self.wrong("class", "`shipping`, because shipping is what it makes free");
        } else if is_about_pieces && class == Class::Shipping {
            self.wrong("class", "`product` or `order`, because it is about pieces");
        }
        class
    }

    fn codes(&mut self) -> Option<Codes> {
        match (&self.form.code, &self.form.codes) {
            (Some(_), Some(_)) => {
                self.wrong("codes", "nothing beside `code`: a campaign has one code or many");
                None
            }
            (Some(code), None) if !is_code(code) => {
                self.wrong("code", "3 to 40 letters, digits and dashes");
                None
            }
            (Some(code), None) => Some(Codes::Public { code: code.clone() }),
            (None, Some(codes)) => {
                let uses = codes.uses.unwrap_or(1);
                if uses < 1 {
                    self.wrong("codes.uses", "a number above 0");
                }
                if !is_pattern(&codes.pattern) {
                    self.wrong(
                        "codes.pattern",
                        "letters, digits, dashes and at least four `#`, which stand for the characters that differ, such as `FALL-######`",
                    );
                    return None;
                }
                Some(Codes::Unique {
                    pattern: codes.pattern.clone(),
                    uses,
                })
            }
            (None, None) => Some(Codes::Automatic),
        }
    }

    fn benefit(&mut self, form: &BenefitForm) -> Option<Benefit> {
        let allowed: &[&str] = match form.kind.as_str() {
            "percent" => &["percent", "cap"],
            "amount" => &["amount", "each"],
            "fixed_price" => &["price"],
            "free_shipping" => &["cap"],
            "buy_get" => &["buy", "get", "percent", "bought", "times", "choose"],
            "tiers" => &["by", "steps"],
            _ => {
                self.wrong(
                    "benefit.kind",
                    "one of percent, amount, fixed_price, free_shipping, buy_get, tiers",
                );
                return None;
            }
        };
        for name in form.given() {
            if !allowed.contains(&name) {
                self.wrong(
                    &format!("benefit.{name}"),
                    format!("nothing: `{}` has no such field", form.kind),
                );
            }
        }
        match form.kind.as_str() {
            "percent" => Some(Benefit::Percent {
                share: self.share("benefit.percent", form.percent.as_ref())?,
                cap: self.optional_amount("benefit.cap", form.cap.as_ref()),
            }),
            "amount" => Some(Benefit::Amount {
                minor: self.amount("benefit.amount", form.amount.as_ref())?,
                each: form.each.unwrap_or_default(),
            }),
            "fixed_price" => Some(Benefit::FixedPrice {
                minor: self.amount_or_zero("benefit.price", form.price.as_ref())?,
            }),
            "free_shipping" => Some(Benefit::FreeShipping {
                cap: self.optional_amount("benefit.cap", form.cap.as_ref()),
            }),
            "buy_get" => self.buy_get(form),
            _ => self.tiers(form),
        }
    }

    fn buy_get(&mut self, form: &BenefitForm) -> Option<Benefit> {
        let mut pieces = |field: &str, given: Option<u32>| {
            let fits = given.filter(|count| (1..=MOST_PIECES).contains(count));
            if fits.is_none() {
                self.wrong(field, format!("a number from 1 to {MOST_PIECES}"));
            }
            fits
        };
        let (buy, get) = (pieces("benefit.buy", form.buy), pieces("benefit.get", form.get));
        if form.times == Some(0) {
            self.wrong("benefit.times", "a number above 0");
        }
        let share = match &form.percent {
            Some(percent) => self.share("benefit.percent", Some(percent))?,
            None => WHOLE,
        };
        Some(Benefit::BuyGet(BuyGet {
            buy: buy?,
            get: get?,
            share,
            bought: form.bought.as_ref().map(scope).unwrap_or_default(),
            times: form.times,
            choose: form.choose.unwrap_or_default(),
        }))
    }

    fn tiers(&mut self, form: &BenefitForm) -> Option<Benefit> {
        let by = form.by.unwrap_or(Measure::Subtotal);
        if !(1..=MOST_STEPS).contains(&form.steps.len()) {
            self.wrong("benefit.steps", format!("1 to {MOST_STEPS} steps"));
            return None;
        }
        let mut steps: Vec<Step> = Vec::new();
        for (place, step) in form.steps.iter().enumerate() {
            let field = |name: &str| format!("benefit.steps[{place}].{name}");
            let from = match by {
                Measure::Subtotal => self.amount_or_zero(&field("from"), Some(&step.from)),
                Measure::Quantity => {
                    let pieces = step.from.0.parse().ok().filter(|pieces: &i64| *pieces > 0);
                    if pieces.is_none() {
                        self.wrong(&field("from"), "a number of pieces");
                    }
                    pieces
                }
            };
            let off = match (&step.percent, &step.amount) {
                (Some(percent), None) => self.share(&field("percent"), Some(percent)).map(Off::Share),
                (None, Some(amount)) => self.amount(&field("amount"), Some(amount)).map(Off::Amount),
                _ => {
                    self.wrong(&field("percent"), "either `percent` or `amount`");
                    None
                }
            };
            let (from, off) = (from?, off?);
            if steps.last().is_some_and(|last| last.from >= from) {
                self.wrong(&field("from"), "more than the step before it");
            }
            steps.push(Step { from, off });
        }
        Some(Benefit::Tiers { by, steps })
    }

    fn conditions(&mut self, form: &ConditionsForm) -> Conditions {
        if form.min_quantity == Some(0) {
            self.wrong("conditions.min_quantity", "a number above 0");
        }
        if let Some(segment) = form.segments.intersection(&form.not_segments).next() {
            self.wrong(
                "conditions.not_segments",
                format!("no `{segment}`, which `segments` has too"),
            );
        }
        Conditions {
            min_subtotal: self.optional_amount("conditions.min_subtotal", form.min_subtotal.as_ref()),
            min_after_discounts: self.optional_amount(
                "conditions.min_after_discounts",
                form.min_after_discounts.as_ref(),
            ),
            min_quantity: form.min_quantity,
            requires: form.requires.selector(),
            first_order: form.first_order,
            segments: form.segments.clone(),
            not_segments: form.not_segments.clone(),
            channels: form.channels.clone(),
        }
    }

    fn schedule(&mut self, form: &ScheduleForm) -> Option<Schedule> {
        let name = form.time_zone.as_deref().unwrap_or("UTC");
        let Some(zone) = Zone::of_name(name) else {
            self.wrong("schedule.time_zone", "a time zone such as Europe/Berlin");
            return None;
        };
        for day in &form.weekdays {
            if !WEEKDAYS.iter().any(|(name, _)| name == day) {
                self.wrong(
                    "schedule.weekdays",
                    format!("mon, tue, wed, thu, fri, sat or sun instead of `{day}`"),
                );
            }
        }
        let starts_at = self.moment("schedule.starts", form.starts.as_deref(), &zone, false);
        let ends_at = self.moment("schedule.ends", form.ends.as_deref(), &zone, true);
        if let (Some(starts), Some(ends)) = (starts_at, ends_at)
            && starts >= ends
        {
            self.wrong("schedule.ends", "a time after `schedule.starts`");
        }
        let hours = form.hours.as_deref().and_then(|text| {
            let hours = parse_hours(text);
            if hours.is_none() {
                self.wrong("schedule.hours", "two different times such as 17:00-21:00");
            }
            hours
        });
        Some(Schedule {
            time_zone: zone,
            starts_at,
            ends_at,
            weekdays: form.weekdays.iter().cloned().collect::<BTreeSet<_>>(),
            hours,
        })
    }

    /// A day's first moment or, where it is the last day, the first one after it; or the moment itself.
    fn moment(&mut self, field: &str, text: Option<&str>, zone: &Zone, is_last: bool) -> Option<Millis> {
        let text = text?;
        let local = match text.parse::<Date>() {
            Ok(day) if text.len() <= 10 && is_last => day.checked_add(1.day()).ok().map(DateTime::from),
            Ok(day) if text.len() <= 10 => Some(DateTime::from(day)),
            _ => text.parse::<DateTime>().ok(),
        };
        let moment = local.and_then(|local| zone.instant(local));
        if moment.is_none() {
            self.wrong(
                field,
                "a day such as 2026-11-27, or a day and time such as 2026-11-27T09:00",
            );
        }
        moment
    }

    fn limits(&mut self, form: &LimitsForm) -> Limits {
        for (name, limit) in [
            ("total", form.total),
            ("per_shopper", form.per_shopper),
            ("per_day", form.per_day),
        ] {
            if limit.is_some_and(|limit| limit < 1) {
                self.wrong(&format!("limits.{name}"), "a number above 0");
            }
        }
        Limits {
            total: form.total,
            per_shopper: form.per_shopper,
            per_day: form.per_day,
            budget: self.optional_amount("limits.budget", form.budget.as_ref()),
        }
    }

    fn share(&mut self, field: &str, given: Option<&Decimal>) -> Option<Permyriad> {
        let share = given
            .and_then(|decimal| parse_decimal(decimal.0.trim(), PERCENT_DIGITS))
            .and_then(|share| Permyriad::try_from(share).ok())
            .filter(|share| (1..=WHOLE).contains(share));
        if share.is_none() {
            self.wrong(
                field,
                "a percentage above 0 and up to 100, with at most two decimals",
            );
        }
        share
    }

    fn optional_amount(&mut self, field: &str, given: Option<&Decimal>) -> Option<MinorUnits> {
        given.and_then(|given| self.amount(field, Some(given)))
    }

    fn amount(&mut self, field: &str, given: Option<&Decimal>) -> Option<MinorUnits> {
        let amount = self.parsed(given).filter(|minor| *minor > 0);
        if amount.is_none() {
            self.wrong(
                field,
                "an amount above 0 such as \"12.50\", no finer than its currency divides",
            );
        }
        amount
    }

    fn amount_or_zero(&mut self, field: &str, given: Option<&Decimal>) -> Option<MinorUnits> {
        let amount = self.parsed(given);
        if amount.is_none() {
            self.wrong(field, "an amount such as \"12.50\", not below 0");
        }
        amount
    }

    fn parsed(&self, given: Option<&Decimal>) -> Option<MinorUnits> {
        let digits = self.form.currency.as_deref().and_then(minor_digits);
        // Without a currency, which is an error of its own, amounts are still looked at.
        parse_decimal(given?.0.trim(), digits.unwrap_or(2))
    }
}

impl BenefitForm {
    /// The names of the fields that are given beside `kind`.
    fn given(&self) -> Vec<&'static str> {
        [
            ("percent", self.percent.is_some()),
            ("cap", self.cap.is_some()),
            ("amount", self.amount.is_some()),
            ("each", self.each.is_some()),
            ("price", self.price.is_some()),
            ("buy", self.buy.is_some()),
            ("get", self.get.is_some()),
            ("bought", self.bought.is_some()),
            ("times", self.times.is_some()),
            ("choose", self.choose.is_some()),
            ("by", self.by.is_some()),
            ("steps", !self.steps.is_empty()),
        ]
        .into_iter()
        .filter_map(|(name, is_given)| is_given.then_some(name))
        .collect()
    }
}

fn scope(form: &ScopeForm) -> Scope {
    Scope {
        include: Selector {
            items: form.items.clone(),
            categories: form.categories.clone(),
            brands: form.brands.clone(),
        },
        exclude: form.exclude.selector(),
    }
}

fn parse_hours(text: &str) -> Option<Hours> {
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| -> Option<Time> {
        let text = text.trim();
        // Midnight at the end of a day is the day's first moment, too.
        if text == "24:00" {
            Some(Time::midnight())
        } else {
            text.parse().ok()
        }
    };
    let hours = Hours {
        from: time(from)?,
        to: time(to)?,
    };
    (hours.from != hours.to).then_some(hours)
}

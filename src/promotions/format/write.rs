//! From a campaign back to the words of its form.

use super::{
    BenefitForm, CampaignForm, CodesForm, ConditionsForm, Decimal, LimitsForm, ScheduleForm, ScopeForm,
    SelectorForm, StepForm,
};
use crate::promotions::campaign::{
    Benefit, BuyGet, Campaign, Codes, Measure, MinorUnits, Off, Permyriad, Scope, Step, WHOLE,
};
use crate::promotions::schedule::Schedule;
use crate::store::Millis;
use crate::text::money::{plain_amount, plain_decimal};

impl CampaignForm {
    pub fn of(campaign: &Campaign) -> Self {
        let currency = campaign.currency.as_deref().unwrap_or_default();
        let amount = |minor: MinorUnits| Decimal(plain_amount(minor, currency));
        let (code, codes) = match &campaign.codes {
            Codes::Automatic => (None, None),
            Codes::Public { code } => (Some(code.clone()), None),
            Codes::Unique { pattern, uses } => (
                None,
                Some(CodesForm {
                    pattern: pattern.clone(),
                    uses: Some(*uses),
                }),
            ),
        };
        let (conditions, limits) = (&campaign.conditions, &campaign.limits);
        Self {
            id: campaign.id.clone(),
            name: campaign.name.clone(),
            description: campaign.description.clone(),
            state: Some(campaign.state),
            currency: campaign.currency.clone(),
            class: Some(campaign.class),
            combines_with: campaign.combines_with.clone(),
            priority: campaign.priority,
            advertised: campaign.advertised,
            personal: campaign.personal,
            code,
            codes,
            benefit: benefit(&campaign.benefit, &amount),
            scope: scope(&campaign.scope),
            conditions: ConditionsForm {
                min_subtotal: conditions.min_subtotal.map(amount),
                min_after_discounts: conditions.min_after_discounts.map(amount),
                min_quantity: conditions.min_quantity,
                requires: SelectorForm::of(&conditions.requires),
                first_order: conditions.first_order,
                segments: conditions.segments.clone(),
                not_segments: conditions.not_segments.clone(),
                channels: conditions.channels.clone(),
            },
            schedule: schedule(&campaign.schedule),
            limits: LimitsForm {
                total: limits.total,
                per_shopper: limits.per_shopper,
                per_day: limits.per_day,
                budget: limits.budget.map(amount),
            },
            texts: campaign.texts.clone(),
        }
    }
}

fn benefit(benefit: &Benefit, amount: &dyn Fn(MinorUnits) -> Decimal) -> BenefitForm {
    let kind = |kind: &str| BenefitForm {
        kind: kind.to_owned(),
        ..BenefitForm::default()
    };
    match benefit {
        Benefit::Percent { share, cap } => BenefitForm {
            percent: Some(percent(*share)),
            cap: cap.map(amount),
            ..kind("percent")
        },
        Benefit::Amount { minor, each } => BenefitForm {
            amount: Some(amount(*minor)),
            each: each.then_some(true),
            ..kind("amount")
        },
        Benefit::FixedPrice { minor } => BenefitForm {
            price: Some(amount(*minor)),
            ..kind("fixed_price")
        },
        Benefit::FreeShipping { cap } => BenefitForm {
            cap: cap.map(amount),
            ..kind("free_shipping")
        },
        Benefit::BuyGet(buy_get) => buy_get_form(buy_get, kind("buy_get")),
        Benefit::Tiers { by, steps } => BenefitForm {
            by: Some(*by),
            steps: steps.iter().map(|step| step_form(*by, step, amount)).collect(),
            ..kind("tiers")
        },
    }
}

fn buy_get_form(buy_get: &BuyGet, form: BenefitForm) -> BenefitForm {
    BenefitForm {
        buy: Some(buy_get.buy),
        get: Some(buy_get.get),
        percent: (buy_get.share != WHOLE).then(|| percent(buy_get.share)),
        bought: (!buy_get.bought.is_everything()).then(|| scope(&buy_get.bought)),
        times: buy_get.times,
        choose: Some(buy_get.choose),
        ..form
    }
}

fn step_form(by: Measure, step: &Step, amount: &dyn Fn(MinorUnits) -> Decimal) -> StepForm {
    let from = match by {
        Measure::Subtotal => amount(step.from),
        Measure::Quantity => Decimal(step.from.to_string()),
    };
    let (percent, amount) = match step.off {
        Off::Share(share) => (Some(percent(share)), None),
        Off::Amount(minor) => (None, Some(amount(minor))),
    };
    StepForm {
        from,
        percent,
        amount,
    }
}

fn percent(share: Permyriad) -> Decimal {
    let text = plain_decimal(share.into(), 2);
    Decimal(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

fn scope(scope: &Scope) -> ScopeForm {
    let include = SelectorForm::of(&scope.include);
    ScopeForm {
        items: include.items,
        categories: include.categories,
        brands: include.brands,
        exclude: SelectorForm::of(&scope.exclude),
    }
}

fn schedule(schedule: &Schedule) -> ScheduleForm {
    let local = |at: Millis| schedule.time_zone.local(at).map(|local| local.to_string());
    ScheduleForm {
        time_zone: Some(schedule.time_zone.name().to_owned()),
        starts: schedule.starts_at.and_then(local),
        ends: schedule.ends_at.and_then(local),
        weekdays: schedule.weekdays.clone(),
        hours: schedule.hours.map(|hours| {
            let time = |time: jiff::civil::Time| format!("{:02}:{:02}", time.hour(), time.minute());
            format!("{}-{}", time(hours.from), time(hours.to))
        }),
    }
}

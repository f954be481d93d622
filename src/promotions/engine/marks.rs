//! What every cart asks of every campaign, kept side by side: a thousand campaigns lie far apart in memory, and a cart
//! has no time to fetch each one's currency, or to read each one's clock anew.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::promotions::campaign::Campaign;
use crate::promotions::schedule::Schedule;
use crate::store::Millis;

#[derive(Debug, Default)]
pub struct Marks {
    /// By the campaign's number.
    marks: Vec<Mark>,
    currencies: Vec<String>,
    /// Days and hours, without begin and end.
    hours: Vec<Schedule>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    /// `None`: all of them.
    currency: Option<usize>,
    /// `None`: always open.
    hours: Option<usize>,
}

/// A cart's currency and moment, in the terms of [`Marks`].
#[derive(Debug)]
pub struct Moment<'a> {
    marks: &'a Marks,
    at: Millis,
    /// `None`: no campaign's.
    currency: Option<usize>,
    /// By the number of the hours: when they open, once somebody asked.
    openings: Vec<OnceCell<Option<Millis>>>,
}

impl Marks {
    pub fn of(campaigns: &[Arc<Campaign>]) -> Self {
        let (mut currencies, mut hours) = (Vec::new(), Vec::new());
        let mark = |campaign: &Arc<Campaign>| {
            let currency = campaign.currency.clone();
            let schedule = (!campaign.schedule.is_always_open()).then(|| Schedule {
                starts_at: None,
                ends_at: None,
                ..campaign.schedule.clone()
            });
            Mark {
                currency: currency.map(|currency| place_of(&mut currencies, currency)),
                hours: schedule.map(|schedule| place_of(&mut hours, schedule)),
            }
        };
        Self {
            marks: campaigns.iter().map(mark).collect(),
            currencies,
            hours,
        }
    }

    pub fn moment(&self, currency: &str, at: Millis) -> Moment<'_> {
        Moment {
            marks: self,
            at,
            currency: self.currencies.iter().position(|known| known == currency),
            openings: vec![OnceCell::new(); self.hours.len()],
        }
    }
}

impl Moment<'_> {
    /// Whether campaign `number` is for carts in this currency.
    pub fn is_its_currency(&self, number: usize) -> bool {
        let currency = self.marks.marks[number].currency;
        currency.is_none() || currency == self.currency
    }

    /// When campaign `number`, which has begun, is open by its days and hours: now, or later, or never again.
    pub fn opens_at(&self, number: usize, campaign: &Campaign) -> Option<Millis> {
        let opens_at = match self.marks.marks[number].hours {
            None => Some(self.at),
            Some(hours) => *self.openings[hours].get_or_init(|| self.marks.hours[hours].opens_after(self.at)),
        };
        opens_at.filter(|opens| !campaign.schedule.has_ended(*opens))
    }
}

/// The place of `one` in the list, to which it is added if it isn't there.
fn place_of<T: PartialEq>(list: &mut Vec<T>, one: T) -> usize {
    let known = list.iter().position(|other| *other == one);
    known.unwrap_or_else(|| {
        list.push(one);
        list.len() - 1
    })
}

//! How personal offers are chosen, and how long what came of them is waited for.

use crate::promotions::choice::{
    ExposureCap, FeatureSettings, HoldOut, PacingSettings, PolicySettings, Rules,
};
use crate::promotions::schedule::Zone;
use crate::store::Millis;

const MINUTE: Millis = 60_000;
const DAY: Millis = 24 * 60 * MINUTE;

/// Times are milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonalSettings {
    /// Who is shown nothing: the hold-out group, and who has seen enough.
    pub rules: Rules,
    /// Within it a shopper who asks again gets the same answer, which counts once.
    pub visit: Millis,
    /// An order within it is what the offer brought.
    pub window: Millis,
    /// Whose weekdays and hours are meant.
    pub time_zone: Zone,
    /// Least margin over the cost of each line, as a share of the cost, that an offer must leave to be shown.
    pub margin_floor: f64,
    pub policy: PolicySettings,
    pub features: FeatureSettings,
    pub pacing: PacingSettings,
}

impl Default for PersonalSettings {
    fn default() -> Self {
        Self {
            rules: Rules {
                hold_out: HoldOut {
                    share: 0.05,
                    salt: "personal offers".to_owned(),
                },
                cap: ExposureCap {
                    most: 3,
                    period_millis: DAY,
                },
            },
            visit: 30 * MINUTE,
            window: DAY,
            time_zone: Zone::utc(),
            margin_floor: 0.0,
            policy: PolicySettings::default(),
            features: FeatureSettings::default(),
            pacing: PacingSettings::default(),
        }
    }
}

//! Who is not offered anything: the hold-out group, and who has seen enough.

use serde::{Deserialize, Serialize};

/// Shoppers who are shown no personal offer, so that what offers bring can be measured. Membership depends on the
/// shopper's id and the salt alone: nothing is stored, and it is the same on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldOut {
    /// 0 to 1.
    pub share: f64,
    /// Another salt holds out other shoppers.
    pub salt: String,
}

impl HoldOut {
    pub fn holds(&self, shopper: &str) -> bool {
        // The upper 53 bits as a number of [0, 1).
        let place = (hash(&self.salt, shopper) >> 11) as f64 / (1_u64 << 53) as f64;
        place < self.share
    }
}

/// How often a shopper may be shown personal offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposureCap {
    pub most: u32,
    pub period_millis: i64,
}

impl ExposureCap {
    /// Whether one more may be shown at `now`. `shown_at`: when offers were shown, any order, milliseconds.
    pub fn allows(&self, shown_at: impl IntoIterator<Item = i64>, now: i64) -> bool {
        let since = now.saturating_sub(self.period_millis);
        let within = shown_at
            .into_iter()
            .filter(|at| *at > since && *at <= now)
            .count();
        self.allows_after(u32::try_from(within).unwrap_or(u32::MAX))
    }

    /// Whether one more may be shown after so many in the period.
    pub fn allows_after(&self, shown: u32) -> bool {
        shown < self.most
    }
}

/// FNV-1a of the parts (Fowler, Noll and Vo), its bits mixed by the finaliser of splitmix64 (Steele and others 2014): ids that
/// differ in a digit shall be far from each other. Part of the data: changing it would regroup every shopper.
fn hash(salt: &str, shopper: &str) -> u64 {
    let bytes = salt.bytes().chain([0]).chain(shopper.bytes());
    let fnv = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(share: f64, salt: &str) -> Vec<bool> {
        let group = HoldOut {
            share,
            salt: salt.to_owned(),
        };
        (0..20_000)
            .map(|at| group.holds(&format!("shopper-{at}")))
            .collect()
    }

    fn count(held: &[bool]) -> usize {
        held.iter().filter(|held| **held).count()
    }

    #[test]
    fn the_group_has_its_share_and_grows_without_losing_members() {
        let (small, large) = (held(0.05, "a"), held(0.10, "a"));
        assert!((900..1_100).contains(&count(&small)), "{}", count(&small));
        assert!((1_850..2_150).contains(&count(&large)), "{}", count(&large));
        assert!(small.iter().zip(&large).all(|(small, large)| !small || *large));
        assert_eq!((count(&held(0.0, "a")), count(&held(1.0, "a"))), (0, 20_000));
    }

    #[test]
    fn another_salt_holds_out_others() {
        let both = held(0.1, "a")
            .iter()
            .zip(held(0.1, "b"))
            .filter(|(a, b)| **a && *b)
            .count();
        assert!((120..290).contains(&both), "{both}, expected about 200");
    }

    #[test]
    fn membership_is_part_of_the_data() {
        assert_eq!(hash("spring", "shopper-1"), hash("spring", "shopper-1"));
        assert_ne!(hash("a", "bc"), hash("ab", "c"));
        assert_eq!(hash("", ""), 2_737_183_428_366_584_608);
    }

    #[test]
    fn a_cap_counts_what_was_shown_in_the_period() {
        let cap = ExposureCap {
            most: 2,
            period_millis: 1_000,
        };
        assert!(cap.allows([], 5_000));
        assert!(
            cap.allows([4_500, 4_000, 100], 5_000),
            "4,000 is just out of the period"
        );
        assert!(!cap.allows([4_500, 4_001], 5_000));
        assert!(
            cap.allows([4_500, 9_000], 5_000),
            "what comes later doesn't count"
        );
        assert!(!ExposureCap { most: 0, ..cap }.allows([], 5_000));
        assert!(cap.allows([i64::MIN, 3], i64::MIN + 5));
    }
}

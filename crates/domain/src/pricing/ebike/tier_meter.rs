//! Time by power tier and the highest mean power, gathered while a charge runs, so that its bill
//! needs no walk through its curve.

use super::{EbikePlan, TIERS_MAX};
use kernel::Power;
use serde::{Deserialize, Serialize};

/// Power before this second is that of switching on.
const WARM_UP_S: i64 = 180;

/// The mean power is taken over whole minutes of the charge.
const MINUTE_S: i64 = 60;

/// Time by tier of one charge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierMeter {
    /// Seconds in each tier.
    seconds: [i64; TIERS_MAX],
    /// Seconds of the charge that have been taken in.
    reached_s: i64,
    /// Highest mean over a whole minute after the warm-up, 0.1 W.
    highest: Power,
    /// 0.1 W × seconds in the minute that is not over.
    minute: i64,
    /// The tiers are those that the device metered.
    #[serde(default)]
    by_device: bool,
}

impl TierMeter {
    /// Takes in the time until a second of the charge, drawn at a power.
    pub fn add(&mut self, plan: &EbikePlan, until_s: i64, power: Power) {
        let from = self.reached_s;
        if until_s <= from {
            return;
        }
        let power = power.max(Power::ZERO);
        let tier = plan.tier_of(power).unwrap_or(0);
        if let Some(seconds) = self.seconds.get_mut(tier) {
            *seconds += until_s - from;
        }
        self.reached_s = until_s;
        self.add_minutes(from.max(WARM_UP_S), until_s, power);
    }

    fn add_minutes(&mut self, from: i64, to: i64, power: Power) {
        if to <= from {
            return;
        }
        let over = from - from.rem_euclid(MINUTE_S) + MINUTE_S;
        let first = over.min(to) - from;
        self.minute = self.minute.saturating_add(power.0.saturating_mul(first));
        if to < over {
            return;
        }
        self.highest = self.highest.max(Power(self.minute / MINUTE_S));
        if to - over >= MINUTE_S {
            self.highest = self.highest.max(power);
        }
        self.minute = power.0.saturating_mul((to - over).rem_euclid(MINUTE_S));
    }

    /// Takes the charge's own end: what it lasted longer was drawn at `power`; what it lasted
    /// less is taken from the dearest tiers, in the payer's favour.
    pub fn close(&mut self, plan: &EbikePlan, duration_s: i64, power: Power) {
        self.add(plan, duration_s, power);
        let mut rest = self.reached_s - duration_s.max(0);
        for seconds in self.seconds.iter_mut().rev() {
            let part = rest.clamp(0, *seconds);
            *seconds -= part;
            rest -= part;
        }
        self.reached_s = self.reached_s.min(duration_s.max(0));
    }

    /// Takes the tiers as the device metered them. False when they are not an account of the
    /// whole charge: then they change nothing.
    pub fn take(&mut self, plan: &EbikePlan, minutes: &[u16], duration_s: i64) -> bool {
        let (known, beyond) = minutes.split_at(minutes.len().min(plan.tiers.len()));
        let sum: i64 = known.iter().map(|minutes| i64::from(*minutes)).sum();
        // Every tier may be rounded by a minute.
        let tolerance = MINUTE_S * i64::try_from(known.len()).unwrap_or(0);
        let whole = (sum * MINUTE_S - duration_s).abs() <= tolerance;
        if sum == 0 || !whole || beyond.iter().any(|minutes| *minutes > 0) {
            return false;
        }
        self.seconds = [0; TIERS_MAX];
        for (seconds, minutes) in self.seconds.iter_mut().zip(known) {
            *seconds = i64::from(*minutes) * MINUTE_S;
        }
        self.by_device = true;
        true
    }

    /// Seconds in each tier.
    pub const fn seconds(&self) -> [i64; TIERS_MAX] {
        self.seconds
    }

    /// Highest mean power of a whole minute after the warm-up; zero when there was none.
    pub const fn highest(&self) -> Power {
        self.highest
    }

    /// Whether the device metered the tiers itself.
    pub const fn is_by_device(&self) -> bool {
        self.by_device
    }
}

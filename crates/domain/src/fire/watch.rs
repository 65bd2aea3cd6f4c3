use super::limits::FireLimits;
use super::night::Night;
use super::rule::FireRule;
use super::temperature::Thermometer;
use kernel::{Power, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Samples that are kept as evidence.
pub const SAMPLES_MAX: usize = 64;

/// Samples closer together are the same picture; the newest is kept anyhow.
const SAMPLES_APART: Duration = Duration::from_secs(10);
/// Less is a pulled plug: what charges next is another battery.
const NO_LOAD: Power = Power(8);
/// A full battery draws no more than this, or its share of the peak if that is more.
const TRICKLE_MIN: Power = Power::from_watts(10);
/// Below this peak nothing is judged by shares of it.
const PEAK_MIN: Power = Power::from_watts(60);
/// A battery is full when it has drawn little for so long.
const FULL_AFTER: Duration = Duration::from_mins(1);

/// What one report told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FireSample {
    /// When it came.
    pub at: Timestamp,
    /// Power, where it was told.
    pub power: Option<Power>,
    /// °C, where it was told.
    pub temperature_c: Option<i16>,
}

/// What is true around a charge.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// The thresholds in force at its station.
    pub limits: FireLimits,
    /// The power that was paid for, where that is a number.
    pub class: Option<Power>,
    /// When it began.
    pub started_at: Timestamp,
}

/// A rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which.
    pub rule: FireRule,
    /// What was seen, in [`FireRule::unit`].
    pub value: i64,
    /// What it was compared with.
    pub threshold: i64,
}

/// The eye on one charge.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    samples: VecDeque<FireSample>,
    thermometer: Thermometer,
    peak: Power,
    trickle_since: Option<Timestamp>,
    full: bool,
    rebound_since: Option<Timestamp>,
    over_since: Option<Timestamp>,
    plateau_since: Option<Timestamp>,
    night_since: Option<Timestamp>,
    cut: bool,
}

impl Watch {
    /// Takes a report; the rule that it breaks, once in the life of the charge.
    pub fn take(&mut self, sample: FireSample, around: &Around) -> Option<Hit> {
        self.keep(sample);
        let limits = &around.limits;
        if self.cut || limits.enabled == 0 {
            return None;
        }
        let heat = sample
            .temperature_c
            .and_then(|celsius| self.thermometer.take(sample.at, celsius, limits));
        let power = sample
            .power
            .and_then(|power| self.power(sample.at, power.max(Power::ZERO), around));
        let hit = heat.or(power).or_else(|| night_time(sample.at, around));
        self.cut = hit.is_some();
        hit
    }

    /// Learns what went before, after a restart of the program: what broke a rule then is judged
    /// again by the next report.
    pub fn recall(&mut self, earlier: impl IntoIterator<Item = FireSample>, around: &Around) {
        let mut recalled = Self::default();
        for sample in earlier {
            recalled.take(sample, around);
            recalled.cut = false;
        }
        let known = recalled.samples.back().map(|sample| sample.at);
        for sample in self.evidence() {
            if known.is_none_or(|known| sample.at > known) {
                recalled.take(sample, around);
                recalled.cut = false;
            }
        }
        recalled.cut = self.cut;
        *self = recalled;
    }

    /// The last samples, oldest first.
    pub fn evidence(&self) -> Vec<FireSample> {
        self.samples.iter().copied().collect()
    }

    fn keep(&mut self, sample: FireSample) {
        let close = |samples: &VecDeque<FireSample>| {
            let last = samples.len().checked_sub(2).and_then(|at| samples.get(at));
            last.is_some_and(|last| sample.at < last.at + SAMPLES_APART)
        };
        if close(&self.samples) {
            self.samples.pop_back();
        } else if self.samples.len() >= SAMPLES_MAX {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    fn power(&mut self, at: Timestamp, power: Power, around: &Around) -> Option<Hit> {
        let limits = &around.limits;
        if power < NO_LOAD {
            let thermometer = std::mem::take(&mut self.thermometer);
            let samples = std::mem::take(&mut self.samples);
            *self = Self {
                samples,
                thermometer,
                ..Self::default()
            };
            return None;
        }
        // Not the device's own peak, which knows the first instant of every charger.
        self.peak = self.peak.max(power);
        self.over_class(at, power, around)
            .or_else(|| self.after_full(at, power, limits))
            .or_else(|| self.plateau(at, power, around))
            .or_else(|| self.night_power(at, power, limits))
    }

    fn over_class(&mut self, at: Timestamp, power: Power, around: &Around) -> Option<Hit> {
        let limits = &around.limits;
        let pct = i64::from(limits.over_power_pct);
        let class = around.class.filter(|class| pct > 0 && *class > Power::ZERO);
        let by_class = class.map(|class| Power(class.0 * pct / 100));
        let most = (limits.power_max_w > 0).then(|| watts(limits.power_max_w));
        let limit = [by_class, most].into_iter().flatten().min()?;
        let lasts = seconds(limits.over_power_s);
        lasting(&mut self.over_since, at, power > limit, lasts)
            .then(|| hit(FireRule::OverPower, power, limit))
    }

    fn after_full(&mut self, at: Timestamp, power: Power, limits: &FireLimits) -> Option<Hit> {
        if self.peak < PEAK_MIN || limits.rebound_pct == 0 {
            return None;
        }
        let trickle = share(self.peak, limits.trickle_pct).max(TRICKLE_MIN);
        self.full |= lasting(&mut self.trickle_since, at, power <= trickle, FULL_AFTER);
        let limit = share(self.peak, limits.rebound_pct);
        let again = self.full && power >= limit;
        lasting(
            &mut self.rebound_since,
            at,
            again,
            seconds(limits.rebound_s),
        )
        .then(|| hit(FireRule::AfterFull, power, limit))
    }

    fn plateau(&mut self, at: Timestamp, power: Power, around: &Around) -> Option<Hit> {
        let limits = &around.limits;
        let usual = seconds(limits.usual_minutes) * 60;
        let late = limits.usual_minutes > 0 && at.since(around.started_at) >= usual;
        let limit = share(self.peak, limits.plateau_pct);
        let high = late && self.peak >= PEAK_MIN && power >= limit;
        lasting(&mut self.plateau_since, at, high, FULL_AFTER)
            .then(|| hit(FireRule::Plateau, power, limit))
    }

    fn night_power(&mut self, at: Timestamp, power: Power, limits: &FireLimits) -> Option<Hit> {
        let night = Night::of(limits.night_from_min, limits.night_until_min)?;
        let limit = watts(limits.night_power_w);
        let high = limits.night_power_w > 0 && night.covers(at) && power > limit;
        let lasts = seconds(limits.over_power_s);
        lasting(&mut self.night_since, at, high, lasts)
            .then(|| hit(FireRule::NightPower, power, limit))
    }
}

fn night_time(at: Timestamp, around: &Around) -> Option<Hit> {
    let limits = &around.limits;
    let night = Night::of(limits.night_from_min, limits.night_until_min)?;
    let allowed = i64::from(limits.night_minutes) * 60;
    let spent = night.within(around.started_at, at) / 1000;
    (allowed > 0 && spent > allowed).then_some(Hit {
        rule: FireRule::NightTime,
        value: spent,
        threshold: allowed,
    })
}

/// Whether something has been true for so long, in two reports at least.
fn lasting(since: &mut Option<Timestamp>, at: Timestamp, holds: bool, lasts: Duration) -> bool {
    if !holds {
        *since = None;
        return false;
    }
    let began = *since.get_or_insert(at);
    at > began && at.since(began) >= lasts
}

const fn hit(rule: FireRule, power: Power, limit: Power) -> Hit {
    Hit {
        rule,
        value: power.0,
        threshold: limit.0,
    }
}

fn share(power: Power, percent: i32) -> Power {
    Power(power.0 * i64::from(percent) / 100)
}

fn watts(watts: i32) -> Power {
    Power::from_watts(i64::from(watts))
}

fn seconds(count: i32) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0))
}

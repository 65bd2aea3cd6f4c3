//! Readings of a temperature sensor that may lie.

use super::limits::FireLimits;
use super::rule::FireRule;
use super::watch::Hit;
use kernel::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// What a sensor of a socket can measure, °C; beyond it a reading is none.
const CREDIBLE_C: std::ops::RangeInclusive<i16> = -30..=150;
/// Zero is what broken sensors say: it is believed next to readings that are so near to it.
const NEAR_ZERO_C: i16 = 10;
/// Two readings that are so far apart within [`JUMP_WITHIN`] are not one curve.
const JUMP_C: i16 = 25;
const JUMP_WITHIN: Duration = Duration::from_secs(30);
/// A rise is measured over at least so long, and must be of at least so many degrees.
const RISE_OVER: Duration = Duration::from_mins(1);
const RISE_MIN_C: i16 = 8;
/// Readings that are kept.
const READINGS_MAX: usize = 64;
/// How many of them cover the window; closer ones add nothing to a rise. However often a device
/// reports, what is kept reaches back beyond the window.
const READINGS_IN_WINDOW: u32 = 48;

/// The credible readings.
#[derive(Clone, Debug, Default)]
pub(super) struct Thermometer {
    last: Option<(Timestamp, i16)>,
    /// Those that a rise is measured by, newest last.
    readings: VecDeque<(Timestamp, i16)>,
}

impl Thermometer {
    pub(super) fn take(&mut self, at: Timestamp, celsius: i16, limits: &FireLimits) -> Option<Hit> {
        if !self.believes(celsius) {
            return None;
        }
        let before = self.last.replace((at, celsius));
        let hot = before.and_then(|(_, known)| too_hot(known, celsius, limits));
        // Two hot readings in a row are believed however far apart they are.
        if hot.is_none()
            && before.is_some_and(|(then, known)| {
                (celsius - known).abs() > JUMP_C && at.since(then) <= JUMP_WITHIN
            })
        {
            self.readings.clear();
        }
        if hot.is_some() || !self.keep(at, celsius, limits) {
            return hot;
        }
        self.too_fast(limits)
    }

    fn believes(&self, celsius: i16) -> bool {
        if celsius == 0 {
            return self
                .last
                .is_some_and(|(_, known)| known.abs() <= NEAR_ZERO_C);
        }
        CREDIBLE_C.contains(&celsius)
    }

    /// Keeps a reading that a rise may be measured by; not one close behind the last of them.
    fn keep(&mut self, at: Timestamp, celsius: i16, limits: &FireLimits) -> bool {
        if let Some((newest, _)) = self.readings.back() {
            if *newest > at {
                // The clock was set back: nothing before can be measured with.
                self.readings.clear();
            } else if at.since(*newest) < window(limits).max(RISE_OVER) / READINGS_IN_WINDOW {
                return false;
            }
        }
        if self.readings.len() >= READINGS_MAX {
            self.readings.pop_front();
        }
        self.readings.push_back((at, celsius));
        true
    }

    /// The middle one of three readings, against the same at the beginning of the window.
    fn too_fast(&self, limits: &FireLimits) -> Option<Hit> {
        let limit = i64::from(limits.rise_dc_per_min);
        let newest = self.readings.len().checked_sub(1)?;
        let (now, warm) = self.smooth(newest)?;
        if limit == 0 || i32::from(warm) < limits.rise_floor_c {
            return None;
        }
        let older = |place: &usize| {
            let found = self.smooth(*place);
            found.is_some_and(|(at, _)| now.since(at) >= RISE_OVER)
        };
        let mut before = (0..newest).filter(older);
        let oldest = before
            .clone()
            .find(|place| self.readings[*place].0 >= now - window(limits));
        // Devices that report seldom have nothing else in the window.
        let (began, cool) = self.smooth(oldest.or_else(|| before.next_back())?)?;
        let (rise, span_ms) = (warm - cool, now.0 - began.0);
        if rise < RISE_MIN_C || span_ms <= 0 {
            return None;
        }
        let rate = i64::from(rise) * 10 * 60_000 / span_ms;
        (rate >= limit).then_some(Hit {
            rule: FireRule::TempRise,
            value: rate,
            threshold: limit,
        })
    }

    fn smooth(&self, place: usize) -> Option<(Timestamp, i16)> {
        let first = place.checked_sub(2)?;
        let mut three = [
            self.readings.get(first)?.1,
            self.readings.get(first + 1)?.1,
            self.readings.get(place)?.1,
        ];
        three.sort_unstable();
        Some((self.readings.get(place)?.0, three[1]))
    }
}

fn window(limits: &FireLimits) -> Duration {
    Duration::from_secs(u64::try_from(limits.rise_window_s).unwrap_or(60))
}

/// Two readings in a row at the limit.
fn too_hot(before: i16, last: i16, limits: &FireLimits) -> Option<Hit> {
    let limit = limits.temp_max_c;
    (limit > 0 && i32::from(last.min(before)) >= limit).then_some(Hit {
        rule: FireRule::TempHigh,
        value: i64::from(last),
        threshold: i64::from(limit),
    })
}

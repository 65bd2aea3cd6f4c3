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

/// The credible readings, newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Thermometer {
    readings: VecDeque<(Timestamp, i16)>,
}

impl Thermometer {
    pub(super) fn take(&mut self, at: Timestamp, celsius: i16, limits: &FireLimits) -> Option<Hit> {
        if !self.believes(celsius) {
            return None;
        }
        if let Some((before, known)) = self.readings.back() {
            let apart = (celsius - known).abs();
            if apart > JUMP_C && at.since(*before) <= JUMP_WITHIN {
                let hot = limits.temp_max_c > 0 && i32::from(*known) >= limits.temp_max_c;
                // Two hot readings in a row are believed however far apart they are.
                if !(hot && i32::from(celsius) >= limits.temp_max_c) {
                    self.readings.clear();
                }
            }
        }
        if self.readings.len() >= READINGS_MAX {
            self.readings.pop_front();
        }
        self.readings.push_back((at, celsius));
        self.too_hot(limits).or_else(|| self.too_fast(limits))
    }

    fn believes(&self, celsius: i16) -> bool {
        if celsius == 0 {
            let last = self.readings.back();
            return last.is_some_and(|(_, known)| known.abs() <= NEAR_ZERO_C);
        }
        CREDIBLE_C.contains(&celsius)
    }

    /// Two readings in a row at the limit.
    fn too_hot(&self, limits: &FireLimits) -> Option<Hit> {
        let limit = limits.temp_max_c;
        let mut newest = self.readings.iter().rev().map(|(_, celsius)| *celsius);
        let (last, before) = (newest.next()?, newest.next()?);
        let cooler = i32::from(last.min(before));
        (limit > 0 && cooler >= limit).then_some(Hit {
            rule: FireRule::TempHigh,
            value: i64::from(last),
            threshold: i64::from(limit),
        })
    }

    /// The middle one of three readings, against the same at the beginning of the window.
    fn too_fast(&self, limits: &FireLimits) -> Option<Hit> {
        let limit = i64::from(limits.rise_dc_per_min);
        let newest = self.readings.len().checked_sub(1)?;
        let (now, warm) = self.smooth(newest)?;
        if limit == 0 || i32::from(warm) < limits.rise_floor_c {
            return None;
        }
        let window = Duration::from_secs(u64::try_from(limits.rise_window_s).unwrap_or(60));
        let older = |place: &usize| {
            let found = self.smooth(*place);
            found.is_some_and(|(at, _)| now.since(at) >= RISE_OVER)
        };
        let mut before = (0..newest).filter(older);
        let oldest = before
            .clone()
            .find(|place| self.readings[*place].0 >= now - window);
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

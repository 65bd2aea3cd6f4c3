//! What a score is made of.

use super::{Area, Rule};
use crate::kpi::{Counts, Millionths};
use std::collections::BTreeMap;

/// What was counted of a device, a firmware or a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Frames that could be read.
    pub frames: u64,
    /// Frames that could not.
    pub bad_frames: u64,
    /// Heartbeats that were due, and that came.
    pub heartbeats: Counts,
    /// Status reports that were due, and that came.
    pub reports: Counts,
    /// Statuses of running charges that were checked.
    pub statuses: u64,
    /// Meter values that were checked.
    pub progresses: u64,
    /// End reports that were checked.
    pub ends: u64,
    /// Exceptions that were told.
    pub exceptions: u64,
    /// Charges that ended.
    pub sessions: u64,
    /// Of them, those whose start was answered.
    pub acked: u64,
    /// Of them, those whose end report came in time.
    pub reported: u64,
    /// Of them, those that kept every rule.
    pub compliant: u64,
    /// How often which rule was broken.
    pub violations: BTreeMap<Rule, u64>,
}

/// What an area came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Points {
    /// The area.
    pub area: Area,
    /// Checks that were kept, of all; no checks say nothing.
    pub counts: Counts,
    /// Points, in millionths; none without checks.
    pub points: Option<Millionths>,
}

impl Evidence {
    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.frames += other.frames;
        self.bad_frames += other.bad_frames;
        self.heartbeats = self.heartbeats + other.heartbeats;
        self.reports = self.reports + other.reports;
        self.statuses += other.statuses;
        self.progresses += other.progresses;
        self.ends += other.ends;
        self.exceptions += other.exceptions;
        self.sessions += other.sessions;
        self.acked += other.acked;
        self.reported += other.reported;
        self.compliant += other.compliant;
        for (rule, count) in &other.violations {
            *self.violations.entry(*rule).or_default() += count;
        }
    }

    /// How often rules were broken.
    pub fn violations(&self) -> u64 {
        self.violations.values().sum()
    }

    /// Checks of an area: how many were kept, of how many.
    pub fn checks(&self, area: Area) -> Counts {
        let kept = |counts: Counts| counts.part.min(counts.whole);
        let (good, all) = match area {
            Area::Link => (
                self.frames + kept(self.heartbeats),
                self.frames + self.bad_frames + self.heartbeats.whole,
            ),
            Area::Status => (
                kept(self.reports) + self.statuses,
                self.reports.whole + self.statuses,
            ),
            Area::Control => (
                self.acked + self.progresses,
                self.sessions + self.progresses,
            ),
            Area::Reporting => (self.reported + self.ends, self.sessions + self.ends),
            Area::Exceptions => (self.exceptions, self.exceptions),
        };
        let broken: u64 = self
            .violations
            .iter()
            .filter(|(rule, _)| rule.area() == area && !rule.is_counted_elsewhere())
            .map(|(_, count)| count)
            .sum();
        Counts::of(good.saturating_sub(broken), all)
    }

    /// What each area came to.
    pub fn points(&self) -> Vec<Points> {
        let areas = Area::ALL.iter().copied();
        areas
            .map(|area| {
                let counts = self.checks(area);
                let worth = u128::from(area.weight()) * 1_000_000;
                let points = (counts.whole > 0).then(|| {
                    let scaled = worth * u128::from(counts.part) / u128::from(counts.whole);
                    Millionths(i64::try_from(scaled).unwrap_or(i64::MAX))
                });
                Points {
                    area,
                    counts,
                    points,
                }
            })
            .collect()
    }

    /// 0 to 100 points, in millionths of one. Areas without checks do not count: a device that had
    /// no exception has not failed to tell of one. None without any check.
    pub fn score(&self) -> Option<Millionths> {
        let points = self.points();
        let known = || points.iter().filter(|area| area.points.is_some());
        let weights: i64 = known()
            .map(|area| i64::try_from(area.area.weight()).unwrap_or(0))
            .sum();
        let sum: i64 = known().filter_map(|area| area.points).map(|p| p.0).sum();
        (weights > 0).then(|| Millionths(sum.saturating_mul(100) / weights))
    }
}

#[cfg(test)]
mod tests {
    use super::Evidence;
    use crate::kpi::{Counts, Millionths};
    use crate::quality::{Area, Rule};

    fn evidence() -> Evidence {
        Evidence {
            frames: 890,
            bad_frames: 10,
            heartbeats: Counts::of(90, 100),
            reports: Counts::of(45, 50),
            statuses: 50,
            progresses: 90,
            ends: 10,
            exceptions: 4,
            sessions: 10,
            acked: 10,
            reported: 8,
            compliant: 8,
            violations: [
                (Rule::StatusIncomplete, 5),
                (Rule::Decreasing, 10),
                (Rule::EndReportMissing, 2),
                (Rule::LateException, 1),
            ]
            .into(),
        }
    }

    #[test]
    fn points_are_weights_by_what_was_kept() {
        let of = |area| {
            let all = evidence().points();
            let found = all.into_iter().find(|points| points.area == area);
            let found = found.expect("every area");
            (
                found.counts.part,
                found.counts.whole,
                found.points.map(|p| p.0),
            )
        };
        assert_eq!(of(Area::Link), (980, 1000, Some(14_700_000)));
        assert_eq!(of(Area::Status), (90, 100, Some(18_000_000)));
        assert_eq!(of(Area::Control), (90, 100, Some(22_500_000)));
        assert_eq!(of(Area::Reporting), (18, 20, Some(22_500_000)));
        assert_eq!(of(Area::Exceptions), (3, 4, Some(11_250_000)));
        assert_eq!(evidence().score(), Some(Millionths(88_950_000)));
        assert_eq!(Area::ALL.iter().map(|area| area.weight()).sum::<u64>(), 100);
    }

    #[test]
    fn what_was_not_seen_is_not_counted() {
        let quiet = Evidence {
            exceptions: 0,
            violations: [(Rule::StatusIncomplete, 5), (Rule::Decreasing, 10)].into(),
            ..evidence()
        };
        // 77.7 of 85 points.
        assert_eq!(quiet.score(), Some(Millionths(91_411_764)));
        assert_eq!(Evidence::default().score(), None);
    }

    #[test]
    fn devices_add_up_to_their_firmware() {
        let mut sum = evidence();
        sum.add(&evidence());
        assert_eq!(sum.score(), evidence().score());
        assert_eq!((sum.frames, sum.violations()), (1780, 36));
        let hopeless = Evidence {
            violations: [(Rule::Decreasing, 1000)].into(),
            ..evidence()
        };
        assert_eq!(hopeless.checks(Area::Control), Counts::of(0, 100));
    }
}

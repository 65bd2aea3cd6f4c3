//! Predictive maintenance (预测维护): which ports and devices are likely to fail, by comparing the
//! last week with the four weeks before.

use serde::{Deserialize, Serialize};

/// Weeks that the last one is compared with.
pub const WEEKS_BEFORE: i64 = 4;
/// Fewer starts, or charges, prove nothing.
const COUNT_MIN: i64 = 5;
/// Fewer readings of a sensor prove nothing.
const READINGS_MIN: i64 = 30;
/// Most that one device can have.
const SCORE_MAX: i64 = 100;

/// What happened in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Critical alarms.
    pub critical: i64,
    /// Other alarms, leaving silence aside.
    pub others: i64,
    /// How often it fell silent or kept reconnecting.
    pub silences: i64,
    /// Starts.
    pub starts: i64,
    /// Those that failed.
    pub failed: i64,
    /// Charges that were completed.
    pub ends: i64,
    /// Those that a fault ended.
    pub faulty: i64,
    /// Charges of more than ten minutes, their energy (0.0001 kWh) and time (s).
    pub long: i64,
    /// Their energy, 0.0001 kWh.
    pub energy_e4: i64,
    /// Their time, s.
    pub seconds: i64,
    /// Readings of temperature while something charged.
    pub readings: i64,
    /// Their sum, °C.
    pub heat_sum: i64,
    /// The highest, °C.
    pub heat_most: i64,
}

impl Span {
    /// This and another together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            critical: self.critical + other.critical,
            others: self.others + other.others,
            silences: self.silences + other.silences,
            starts: self.starts + other.starts,
            failed: self.failed + other.failed,
            ends: self.ends + other.ends,
            faulty: self.faulty + other.faulty,
            long: self.long + other.long,
            energy_e4: self.energy_e4 + other.energy_e4,
            seconds: self.seconds + other.seconds,
            readings: self.readings + other.readings,
            heat_sum: self.heat_sum + other.heat_sum,
            heat_most: self.heat_most.max(other.heat_most),
        }
    }

    /// Mean power of its long charges, W.
    fn watts(&self) -> Option<i64> {
        let enough = self.long >= COUNT_MIN && self.seconds > 0;
        // 0.0001 kWh is 360 Ws.
        enough.then(|| self.energy_e4 * 360 / self.seconds)
    }

    /// Mean temperature, °C.
    fn heat(&self) -> Option<i64> {
        (self.readings >= READINGS_MIN).then(|| self.heat_sum / self.readings)
    }
}

/// Why something is likely to fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// `critical_alarms`, `alarms`, `silence`, `failed_starts`, `faulty_ends`, `efficiency`,
    /// `temperature`, `heat`.
    pub factor: String,
    /// In the weeks before; counts are per week.
    pub then: i64,
    /// In the last week.
    pub now: i64,
    /// Of what: `times`, `‰`, `W`, `°C`.
    pub unit: String,
    /// What it adds to the score.
    pub points: i64,
}

/// How likely something is to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// 0 to 100.
    pub score: i64,
    /// `low`, `medium`, `high`.
    pub level: &'static str,
    /// Why, the gravest first.
    pub reasons: Vec<Reason>,
}

/// Compares the last week with the [`WEEKS_BEFORE`] weeks before it.
pub fn assess(then: &Span, now: &Span) -> Risk {
    let mut reasons = Vec::new();
    let mut add = |factor: &str, unit: &str, then: i64, now: i64, points: i64| {
        if points > 0 {
            reasons.push(Reason {
                factor: factor.to_owned(),
                then,
                now,
                unit: unit.to_owned(),
                points,
            });
        }
    };
    let weekly = |count: i64| count / WEEKS_BEFORE;
    let critical = weekly(then.critical);
    let points = (now.critical * 15).min(45);
    add("critical_alarms", "times", critical, now.critical, points);
    let more = |then: i64, now: i64| (now - weekly(then)).max(0);
    let points = (more(then.others, now.others) * 3).min(15);
    add("alarms", "times", weekly(then.others), now.others, points);
    let points = (more(then.silences, now.silences) * 4).min(20);
    let silences = (weekly(then.silences), now.silences);
    add("silence", "times", silences.0, silences.1, points);
    let (before, after) = (rate(then.failed, then.starts), rate(now.failed, now.starts));
    let points = worse(before, after, 100, 20, 25);
    add(
        "failed_starts",
        "‰",
        before.unwrap_or(0),
        after.unwrap_or(0),
        points,
    );
    let (before, after) = (rate(then.faulty, then.ends), rate(now.faulty, now.ends));
    let points = worse(before, after, 100, 25, 20);
    add(
        "faulty_ends",
        "‰",
        before.unwrap_or(0),
        after.unwrap_or(0),
        points,
    );
    if let (Some(before), Some(after)) = (then.watts(), now.watts()) {
        let lost = (before - after) * 100 / before.max(1);
        let points = if lost >= 20 { (lost / 2).min(20) } else { 0 };
        add("efficiency", "W", before, after, points);
    }
    if let (Some(before), Some(after)) = (then.heat(), now.heat()) {
        let rise = after - before;
        let points = if rise >= 8 { (rise * 2 - 8).min(25) } else { 0 };
        add("temperature", "°C", before, after, points);
    }
    if now.heat_most >= 75 {
        add("heat", "°C", then.heat_most, now.heat_most, 10);
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.points));
    let score: i64 = reasons.iter().map(|reason| reason.points).sum();
    let score = score.min(SCORE_MAX);
    Risk {
        score,
        level: level(score),
        reasons,
    }
}

const fn level(score: i64) -> &'static str {
    match score {
        60.. => "high",
        30.. => "medium",
        _ => "low",
    }
}

/// So many of a thousand; none where there are too few.
fn rate(part: i64, all: i64) -> Option<i64> {
    (all >= COUNT_MIN).then(|| part * 1000 / all)
}

/// Points for a rate from `least` on, if it is worse than before or twice that.
fn worse(before: Option<i64>, after: Option<i64>, least: i64, per: i64, most: i64) -> i64 {
    let after = after.unwrap_or(0);
    let grew = after > before.unwrap_or(0) || after >= least * 2;
    if after >= least && grew {
        (after / per).min(most)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, assess};

    #[test]
    fn what_is_as_it_was_is_no_risk() {
        let week = Span {
            others: 2,
            silences: 1,
            starts: 50,
            failed: 2,
            ends: 48,
            faulty: 1,
            long: 48,
            energy_e4: 48 * 7_000,
            seconds: 48 * 3600,
            readings: 1000,
            heat_sum: 32_000,
            heat_most: 41,
            ..Span::default()
        };
        let then = week.and(week).and(week).and(week);
        let risk = assess(&then, &week);
        assert_eq!((risk.score, risk.level, risk.reasons.len()), (0, "low", 0));
        assert_eq!(assess(&Span::default(), &Span::default()).score, 0);
    }

    #[test]
    fn each_reason_says_its_numbers() {
        let then = Span {
            starts: 100,
            failed: 2,
            long: 90,
            // 700 W for an hour each.
            energy_e4: 90 * 7_000,
            seconds: 90 * 3600,
            readings: 4000,
            heat_sum: 4000 * 30,
            heat_most: 40,
            silences: 4,
            ..Span::default()
        };
        let now = Span {
            critical: 2,
            silences: 4,
            starts: 20,
            failed: 6,
            long: 14,
            energy_e4: 14 * 3_500,
            seconds: 14 * 3600,
            readings: 1000,
            heat_sum: 1000 * 42,
            heat_most: 77,
            ..Span::default()
        };
        let risk = assess(&then, &now);
        let points: Vec<_> = risk
            .reasons
            .iter()
            .map(|reason| {
                (
                    reason.factor.as_str(),
                    reason.then,
                    reason.now,
                    reason.points,
                )
            })
            .collect();
        assert_eq!(
            points,
            [
                ("critical_alarms", 0, 2, 30),
                ("efficiency", 700, 350, 20),
                ("temperature", 30, 42, 16),
                ("failed_starts", 20, 300, 15),
                ("silence", 1, 4, 12),
                ("heat", 40, 77, 10),
            ]
        );
        assert_eq!((risk.score, risk.level), (100, "high"));
    }

    #[test]
    fn little_proves_nothing() {
        let now = Span {
            starts: 4,
            failed: 4,
            ends: 4,
            faulty: 4,
            readings: 29,
            heat_sum: 29 * 60,
            ..Span::default()
        };
        assert_eq!(assess(&Span::default(), &now).score, 0);
        // As bad as it always was, but not terrible.
        let then = Span {
            starts: 100,
            failed: 15,
            ..Span::default()
        };
        let now = Span {
            starts: 20,
            failed: 3,
            ..Span::default()
        };
        assert_eq!(assess(&then, &now).score, 0);
    }
}

//! Which channel is told of which alarm, and when.

use super::{AlarmCode, Level, NoticeKind};
use crate::text_enum::text_enum;
use kernel::Timestamp;
use std::time::Duration;

text_enum! {
    /// What carries notices to people.
    ChannelKind {
        /// A signed call to an address.
        Webhook = "webhook",
        /// Letters.
        Mail = "mail",
        /// Short messages.
        Sms = "sms",
        /// A robot in a DingTalk group (钉钉).
        DingTalk = "dingtalk",
        /// A robot in a WeCom group (企业微信).
        WeCom = "wecom",
        /// A robot in a Feishu group (飞书).
        Feishu = "feishu",
    }
}

text_enum! {
    /// How a channel is told of a level.
    Promptness {
        /// As soon as it happens.
        AtOnce = "at_once",
        /// Once a day.
        Digest = "digest",
        /// Not at all.
        Never = "never",
    }
}

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 24 * 60;
/// Shanghai is ahead of UTC by so many minutes.
const OFFSET_MINUTES: i64 = 8 * 60;
const MINUTE_MS: i64 = 60_000;

/// Whom a channel tells, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// How it is told of critical alarms.
    pub critical: Promptness,
    /// How it is told of warnings.
    pub warning: Promptness,
    /// How it is told of information.
    pub info: Promptness,
    /// Only these causes; empty: all.
    pub codes: Vec<AlarmCode>,
    /// Only at these stations; empty: everywhere.
    pub stations: Vec<i64>,
    /// 1 is told first, 2 of what nobody has taken.
    pub tier: i16,
    /// Minutes of the day in Shanghai in which only critical alarms are told: from, until.
    pub quiet: Option<(u16, u16)>,
    /// Minute of the day at which the digest goes out.
    pub digest_at: u16,
}

/// An alarm as an audience is asked about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its cause.
    pub code: AlarmCode,
    /// How grave it is.
    pub level: Level,
    /// Where.
    pub station: Option<i64>,
    /// Whether it has gone to the second tier.
    pub escalated: bool,
}

impl Audience {
    /// When this channel is to tell of it; none: not at all. Quiet hours hold back all but what is
    /// critical.
    pub fn due(&self, subject: &Subject, kind: NoticeKind, now: Timestamp) -> Option<Timestamp> {
        let level = subject.level;
        let promptness = match level {
            Level::Critical => self.critical,
            Level::Warning => self.warning,
            Level::Info => self.info,
        };
        let fits = (self.codes.is_empty() || self.codes.contains(&subject.code))
            && (self.stations.is_empty()
                || subject
                    .station
                    .is_some_and(|at| self.stations.contains(&at)))
            && (self.tier < 2 || subject.escalated || kind == NoticeKind::Escalated);
        if !fits {
            return None;
        }
        match promptness {
            Promptness::Never => None,
            // One line a day says it; what was repeated meanwhile does not make it two.
            Promptness::Digest if kind == NoticeKind::Repeated => None,
            Promptness::Digest => Some(next_minute(self.digest_at, now)),
            Promptness::AtOnce if level == Level::Critical => Some(now),
            Promptness::AtOnce => Some(self.after_quiet(now)),
        }
    }

    fn after_quiet(&self, now: Timestamp) -> Timestamp {
        let minute = minute_of_day(now);
        match self.quiet {
            Some((from, until)) if within(minute, from, until) => next_minute(until, now),
            _ => now,
        }
    }
}

/// Whether a minute lies in a span that may pass midnight; the end is not part of it.
fn within(minute: u16, from: u16, until: u16) -> bool {
    if from <= until {
        (from..until).contains(&minute)
    } else {
        minute >= from || minute < until
    }
}

fn minute_of_day(at: Timestamp) -> u16 {
    let minutes = at.0.div_euclid(MINUTE_MS) + OFFSET_MINUTES;
    u16::try_from(minutes.rem_euclid(i64::from(DAY_MINUTES))).unwrap_or(0)
}

/// The next time that the day's clock shows this minute, today or tomorrow.
fn next_minute(minute: u16, now: Timestamp) -> Timestamp {
    let begun = Timestamp(now.0 - now.0.rem_euclid(MINUTE_MS));
    let (wanted, present) = (u64::from(minute), u64::from(minute_of_day(now)));
    let day = u64::from(DAY_MINUTES);
    let ahead = (wanted + day - present) % day;
    let ahead = if ahead == 0 { day } else { ahead };
    begun + Duration::from_mins(ahead)
}

#[cfg(test)]
mod tests {
    use super::{Audience, Promptness, Subject};
    use crate::alarm::{AlarmCode, Level, NoticeKind};
    use kernel::Timestamp;
    use std::time::Duration;

    /// 2024-10-20 15:00 in Shanghai.
    const AFTERNOON: Timestamp = Timestamp(1_729_407_600_000);

    fn chat() -> Audience {
        Audience {
            critical: Promptness::AtOnce,
            warning: Promptness::AtOnce,
            info: Promptness::Digest,
            codes: Vec::new(),
            stations: Vec::new(),
            tier: 1,
            quiet: Some((22 * 60, 7 * 60)),
            digest_at: 9 * 60,
        }
    }

    fn subject(code: AlarmCode) -> Subject {
        Subject {
            code,
            level: code.level(),
            station: Some(3),
            escalated: false,
        }
    }

    #[test]
    fn quiet_hours_hold_back_all_but_what_is_critical() {
        let chat = chat();
        let night = AFTERNOON + Duration::from_hours(9);
        let (fault, offline) = (
            subject(AlarmCode::PortFault),
            subject(AlarmCode::DeviceOffline),
        );
        assert_eq!(fault.level, Level::Critical);
        assert_eq!(chat.due(&fault, NoticeKind::Raised, night), Some(night));
        let morning = AFTERNOON + Duration::from_hours(16);
        assert_eq!(chat.due(&offline, NoticeKind::Raised, night), Some(morning));
        assert_eq!(
            chat.due(&offline, NoticeKind::Raised, AFTERNOON),
            Some(AFTERNOON)
        );
        assert_eq!(
            chat.due(&offline, NoticeKind::Raised, morning),
            Some(morning)
        );
    }

    #[test]
    fn digests_wait_for_their_hour() {
        let chat = chat();
        let drift = subject(AlarmCode::DeviceClockDrift);
        let nine = AFTERNOON + Duration::from_hours(18);
        assert_eq!(chat.due(&drift, NoticeKind::Raised, AFTERNOON), Some(nine));
        assert_eq!(chat.due(&drift, NoticeKind::Repeated, AFTERNOON), None);
        let next = nine + Duration::from_hours(24);
        assert_eq!(chat.due(&drift, NoticeKind::Raised, nine), Some(next));
    }

    #[test]
    fn the_second_tier_hears_what_nobody_took() {
        let boss = Audience { tier: 2, ..chat() };
        let mut fault = subject(AlarmCode::PortFault);
        assert_eq!(boss.due(&fault, NoticeKind::Raised, AFTERNOON), None);
        assert!(boss.due(&fault, NoticeKind::Escalated, AFTERNOON).is_some());
        fault.escalated = true;
        assert!(boss.due(&fault, NoticeKind::Recovered, AFTERNOON).is_some());
    }

    #[test]
    fn causes_and_stations_narrow() {
        let narrow = Audience {
            codes: vec![AlarmCode::Smoke],
            stations: vec![3],
            ..chat()
        };
        let smoke = subject(AlarmCode::Smoke);
        assert!(narrow.due(&smoke, NoticeKind::Raised, AFTERNOON).is_some());
        let elsewhere = Subject {
            station: None,
            ..smoke
        };
        assert_eq!(narrow.due(&elsewhere, NoticeKind::Raised, AFTERNOON), None);
        let other = subject(AlarmCode::PortFault);
        assert_eq!(narrow.due(&other, NoticeKind::Raised, AFTERNOON), None);
    }
}

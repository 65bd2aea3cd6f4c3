//! What becomes of an alarm: the states of its life, when people are told, and who.

use super::{AlarmCode, Level};
use crate::machine::NotPossible;
use crate::text_enum::text_enum;
use kernel::Timestamp;
use std::time::Duration;

text_enum! {
    /// State of an alarm.
    AlarmState {
        /// Nobody has taken it.
        Open = "open",
        /// Somebody has seen it.
        Acked = "acked",
        /// There is a ticket.
        Processing = "processing",
        /// Its cause has gone by itself.
        AutoRecovered = "auto_recovered",
        /// Somebody says that it is mended.
        Resolved = "resolved",
        /// It has been over for a day.
        Closed = "closed",
    }
}

text_enum! {
    /// What people do with an alarm.
    AlarmStep {
        /// Somebody takes it.
        Ack = "ack",
        /// A ticket is written.
        Ticket = "ticket",
        /// Somebody has mended it.
        Resolve = "resolve",
    }
}

impl AlarmState {
    /// Whether its cause is still there, as far as anybody knows.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Acked | Self::Processing)
    }

    /// The next state.
    ///
    /// # Errors
    /// There is no such step.
    pub fn next(self, step: AlarmStep) -> Result<Self, NotPossible> {
        match (self, step) {
            (Self::Open, AlarmStep::Ack) => Ok(Self::Acked),
            (Self::Open | Self::Acked, AlarmStep::Ticket) => Ok(Self::Processing),
            (Self::Open | Self::Acked | Self::Processing, AlarmStep::Resolve) => Ok(Self::Resolved),
            (state, step) => Err(NotPossible::State {
                state: state.as_str(),
                event: step.as_str(),
            }),
        }
    }
}

/// An alarm that is over is closed after so long.
pub const CLOSE_AFTER: Duration = Duration::from_hours(24);
/// The same alarm is told once in so long, however often it ends and begins.
pub const SAME_AGAIN: Duration = Duration::from_mins(5);
/// Nothing is told of conditions so soon after the program's start: devices are just coming back.
pub const STARTING_UP: Duration = Duration::from_mins(2);
/// What is measured must stay below its limit for so long before it is over.
const MEASURED: Duration = Duration::from_mins(1);

/// How a kind of alarm is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlarmRule {
    /// Whether it is raised at all. Critical ones always are.
    pub enabled: bool,
    /// How grave it is.
    pub level: Level,
    /// Its cause must be gone for so long before it is over.
    pub recover: Duration,
    /// It is told again after so long while nobody has taken it; none: once.
    pub repeat: Option<Duration>,
    /// It goes to the second tier after so long while nobody has taken it; none: never.
    pub escalate: Option<Duration>,
}

impl AlarmRule {
    /// As the program handles it unless somebody decided otherwise.
    pub const fn standard(code: AlarmCode) -> Self {
        let measured = matches!(
            code,
            AlarmCode::TempHigh
                | AlarmCode::TotalPowerDevice
                | AlarmCode::PortOverPower
                | AlarmCode::PortOverVoltage
                | AlarmCode::PortUnderVoltage
        );
        let level = code.level();
        let (repeat, escalate) = times_of(level);
        Self {
            enabled: true,
            level,
            recover: if measured { MEASURED } else { Duration::ZERO },
            repeat,
            escalate,
        }
    }

    /// The rule for an alarm that has grown graver than its kind: it is told as often as others
    /// of its level, at least.
    #[must_use]
    pub fn grown(self, level: Level) -> Self {
        if level <= self.level {
            return self;
        }
        let (repeat, escalate) = times_of(level);
        let sooner = |own: Option<Duration>, other: Option<Duration>| match (own, other) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        Self {
            level,
            repeat: sooner(self.repeat, repeat),
            escalate: sooner(self.escalate, escalate),
            ..self
        }
    }
}

/// When an alarm of a level is told again, and when it goes to the second tier.
const fn times_of(level: Level) -> (Option<Duration>, Option<Duration>) {
    match level {
        Level::Critical => (Some(Duration::from_mins(5)), Some(Duration::from_mins(10))),
        Level::Warning => (Some(Duration::from_mins(15)), Some(Duration::from_mins(30))),
        Level::Info => (None, None),
    }
}

text_enum! {
    /// What people are told of an alarm.
    NoticeKind {
        /// It began.
        Raised = "raised",
        /// It is still there and nobody has taken it.
        Repeated = "repeated",
        /// Nobody has taken it for too long.
        Escalated = "escalated",
        /// It is over.
        Recovered = "recovered",
    }
}

/// What is known of an alarm when the next notice is decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it is in its life.
    pub state: AlarmState,
    /// When it was raised first.
    pub first_at: Timestamp,
    /// When people were last told of it.
    pub noticed_at: Option<Timestamp>,
    /// When it went to the second tier.
    pub escalated_at: Option<Timestamp>,
    /// When people were last told of an earlier alarm of the same kind about the same object.
    pub same_at: Option<Timestamp>,
}

/// What people are told now, and when the alarm is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What they are told, if anything.
    pub tell: Option<NoticeKind>,
    /// When to look again; none: when something changes.
    pub again_at: Option<Timestamp>,
}

impl Decision {
    const NOTHING: Self = Self {
        tell: None,
        again_at: None,
    };
}

/// Decides what people are told of an alarm.
pub fn decide(known: &Known, rule: &AlarmRule, now: Timestamp) -> Decision {
    if !known.state.is_open() {
        let tell = known.noticed_at.map(|_| NoticeKind::Recovered);
        return Decision {
            tell,
            ..Decision::NOTHING
        };
    }
    if known.state != AlarmState::Open {
        return Decision::NOTHING;
    }
    let escalates_at = match (rule.escalate, known.escalated_at) {
        (Some(after), None) => Some(known.first_at + after),
        _ => None,
    };
    let next = |told: Timestamp, escalates_at: Option<Timestamp>| {
        let repeats_at = rule.repeat.map(|pause| told + pause);
        [repeats_at, escalates_at].into_iter().flatten().min()
    };
    let Some(noticed) = known.noticed_at else {
        let held_until = known.same_at.map(|at| at + SAME_AGAIN);
        if let Some(until) = held_until.filter(|until| *until > now) {
            return Decision {
                again_at: Some(until),
                ..Decision::NOTHING
            };
        }
        return Decision {
            tell: Some(NoticeKind::Raised),
            again_at: next(now, escalates_at),
        };
    };
    if escalates_at.is_some_and(|at| at <= now) {
        return Decision {
            tell: Some(NoticeKind::Escalated),
            again_at: next(now, None),
        };
    }
    let repeats = rule.repeat.is_some_and(|pause| noticed + pause <= now);
    let told = if repeats { now } else { noticed };
    Decision {
        tell: repeats.then_some(NoticeKind::Repeated),
        again_at: next(told, escalates_at),
    }
}

#[cfg(test)]
mod tests {
    use super::{AlarmCode, AlarmRule, AlarmState, AlarmStep, Known, Level, NoticeKind, decide};
    use kernel::Timestamp;
    use std::time::Duration;

    const T0: Timestamp = Timestamp(1_729_407_600_000);

    fn minutes(count: u64) -> Duration {
        Duration::from_mins(count)
    }

    fn fresh() -> Known {
        Known {
            state: AlarmState::Open,
            first_at: T0,
            noticed_at: None,
            escalated_at: None,
            same_at: None,
        }
    }

    #[test]
    fn a_critical_alarm_repeats_every_five_minutes_and_escalates_after_ten() {
        let rule = AlarmRule::standard(AlarmCode::PortFault);
        let mut known = fresh();
        let mut told = Vec::new();
        let mut now = T0;
        for _ in 0..5 {
            let decision = decide(&known, &rule, now);
            if let Some(kind) = decision.tell {
                told.push((now.since(T0).as_secs() / 60, kind));
                known.noticed_at = Some(now);
                if kind == NoticeKind::Escalated {
                    known.escalated_at = Some(now);
                }
            }
            now = decision
                .again_at
                .expect("an open critical alarm is looked at again");
        }
        let (raised, repeated) = (NoticeKind::Raised, NoticeKind::Repeated);
        let expected = [
            (0, raised),
            (5, repeated),
            (10, NoticeKind::Escalated),
            (15, repeated),
            (20, repeated),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_has_grown_graver_is_told_as_often_as_its_level() {
        let warning = AlarmRule::standard(AlarmCode::DiskFull);
        assert_eq!(warning.grown(Level::Info), warning);
        let grown = warning.grown(Level::Critical);
        assert_eq!(
            (grown.repeat, grown.escalate),
            (Some(minutes(5)), Some(minutes(10)))
        );
        let patient = AlarmRule {
            repeat: None,
            escalate: Some(minutes(3)),
            ..warning
        };
        let grown = patient.grown(Level::Critical);
        assert_eq!(
            (grown.repeat, grown.escalate),
            (Some(minutes(5)), Some(minutes(3)))
        );
    }

    #[test]
    fn who_took_it_is_left_alone_until_it_is_over() {
        let rule = AlarmRule::standard(AlarmCode::DeviceOffline);
        let mut known = Known {
            state: AlarmState::Acked,
            noticed_at: Some(T0),
            ..fresh()
        };
        let quiet = decide(&known, &rule, T0 + minutes(60));
        assert_eq!((quiet.tell, quiet.again_at), (None, None));
        known.state = AlarmState::AutoRecovered;
        let over = decide(&known, &rule, T0 + minutes(61));
        assert_eq!(over.tell, Some(NoticeKind::Recovered));
        known.noticed_at = None;
        assert_eq!(
            decide(&known, &rule, T0).tell,
            None,
            "who never heard of it need not hear"
        );
    }

    #[test]
    fn the_same_again_is_told_once_in_five_minutes() {
        let rule = AlarmRule::standard(AlarmCode::DeviceFlapping);
        let known = Known {
            same_at: Some(T0 - minutes(2)),
            ..fresh()
        };
        let held = decide(&known, &rule, T0);
        assert_eq!((held.tell, held.again_at), (None, Some(T0 + minutes(3))));
        let told = decide(&known, &rule, T0 + minutes(3));
        assert_eq!(told.tell, Some(NoticeKind::Raised));
    }

    #[test]
    fn information_is_told_once() {
        let rule = AlarmRule::standard(AlarmCode::DeviceClockDrift);
        let told = decide(&fresh(), &rule, T0);
        assert_eq!((told.tell, told.again_at), (Some(NoticeKind::Raised), None));
    }

    #[test]
    fn steps_lead_forward_only() {
        use AlarmState as S;
        use AlarmStep as E;
        assert_eq!(S::Open.next(E::Ack), Ok(S::Acked));
        assert_eq!(S::Acked.next(E::Ticket), Ok(S::Processing));
        assert_eq!(S::Processing.next(E::Resolve), Ok(S::Resolved));
        for over in [S::AutoRecovered, S::Resolved, S::Closed] {
            assert!(AlarmStep::ALL.iter().all(|step| over.next(*step).is_err()));
        }
        assert!(S::Acked.next(E::Ack).is_err());
    }
}

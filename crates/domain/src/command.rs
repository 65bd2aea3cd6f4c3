//! A command's life in the queue: from `queued` to an answer, or to the dead letters.
//!
//! Resending an unanswered frame within one connection is the link's work; here a command is
//! resent only because its connection was lost under it.

use crate::policy::{self, Policy};
use device::{Command, Outcome, Refusal};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `commands.state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandState {
    /// Waits for its turn or for its device.
    Queued,
    /// Written; the answer is awaited. It stays in the visible queue until then.
    Sent,
    /// The device said yes.
    Acked,
    /// The device said no.
    Nacked,
    /// Given up after all tries; a dead letter.
    Dead,
    /// Too old before it was ever written.
    Expired,
    /// Taken back before it was written.
    Cancelled,
}

impl CommandState {
    const ALL: [Self; 7] = [
        Self::Queued,
        Self::Sent,
        Self::Acked,
        Self::Nacked,
        Self::Dead,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Acked => "acked",
            Self::Nacked => "nacked",
            Self::Dead => "dead",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it still is in the device's queue.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Sent)
    }
}

/// What of a command changes over its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLife {
    /// Its state.
    pub state: CommandState,
    /// How often its connection was lost while it was in flight.
    pub retries: i16,
    /// When it grows too old to be written.
    pub expire_at: Timestamp,
    /// When it was last written.
    pub sent_at: Option<Timestamp>,
    /// When its fate was sealed.
    pub done_at: Option<Timestamp>,
    /// Why it failed.
    pub last_error: Option<String>,
}

/// What can happen to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandEvent {
    /// News from the link.
    Outcome(Outcome),
    /// The connection was lost.
    ConnectionLost,
    /// Time has passed.
    Tick,
    /// Its order ended, or somebody took it back.
    Cancel,
}

/// What a step means to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing yet.
    Open,
    /// It has been handed to the socket.
    Written,
    /// The device said yes.
    Accepted,
    /// The device, or the link, said no.
    Refused,
    /// Given up: a dead letter and the alarm `command_dead`; what the device did is unknown.
    Lapsed,
    /// Never written.
    Expired,
    /// Taken back.
    Cancelled,
}

impl CommandLife {
    /// A command that enters the queue.
    pub fn queued(command: &Command, now: Timestamp, policy: &Policy) -> Self {
        Self {
            state: CommandState::Queued,
            retries: 0,
            expire_at: now + ttl(command, policy),
            sent_at: None,
            done_at: None,
            last_error: None,
        }
    }

    /// Moves it on. `None`: nothing changed; a late answer to a closed command changes nothing.
    pub fn step(
        &self,
        event: &CommandEvent,
        now: Timestamp,
        policy: &Policy,
    ) -> Option<(Self, Fate)> {
        if !self.state.is_open() {
            return None;
        }
        let mut next = self.clone();
        let fate = match event {
            CommandEvent::Outcome(outcome) => next.hear(outcome, now),
            CommandEvent::ConnectionLost if self.state == CommandState::Sent => {
                next.retry(now, policy)
            }
            CommandEvent::Tick if self.state == CommandState::Queued && now >= self.expire_at => {
                next.close(CommandState::Expired, Fate::Expired, now)
            }
            CommandEvent::Cancel if self.state == CommandState::Queued => {
                next.close(CommandState::Cancelled, Fate::Cancelled, now)
            }
            CommandEvent::ConnectionLost | CommandEvent::Tick | CommandEvent::Cancel => {
                return None;
            }
        };
        Some((next, fate))
    }

    /// Whether an earlier connection may have delivered it already.
    pub const fn attempted(&self) -> bool {
        self.sent_at.is_some()
    }

    fn hear(&mut self, outcome: &Outcome, now: Timestamp) -> Fate {
        match outcome {
            Outcome::Written { .. } => {
                self.state = CommandState::Sent;
                self.sent_at = Some(now);
                Fate::Written
            }
            Outcome::Accepted { .. } => self.close(CommandState::Acked, Fate::Accepted, now),
            Outcome::Refused(refusal) => {
                self.last_error = Some(in_words(refusal));
                self.close(CommandState::Nacked, Fate::Refused, now)
            }
            Outcome::Lapsed { attempts } => {
                self.last_error = Some(format!("no answer after {attempts} attempts"));
                self.close(CommandState::Dead, Fate::Lapsed, now)
            }
        }
    }

    fn retry(&mut self, now: Timestamp, policy: &Policy) -> Fate {
        self.retries = self.retries.saturating_add(1);
        if self.retries > policy.command_retries {
            self.last_error = Some("connection lost under every attempt".into());
            return self.close(CommandState::Dead, Fate::Lapsed, now);
        }
        self.state = CommandState::Queued;
        Fate::Open
    }

    fn close(&mut self, state: CommandState, fate: Fate, now: Timestamp) -> Fate {
        self.state = state;
        self.done_at = Some(now);
        fate
    }
}

fn in_words(refusal: &Refusal) -> String {
    match refusal.code {
        Some(code) => format!("{} (code {code})", refusal.text),
        None => refusal.text.clone(),
    }
}

/// How long a command may wait in the queue. A stop lives as long as its order; the bound here
/// only buries one whose device never returns.
pub fn ttl(command: &Command, policy: &Policy) -> Duration {
    match command {
        Command::StartCharge(_) | Command::AdjustCharge { .. } => policy.start_ttl,
        Command::StopCharge { .. } => policy::STOP_TTL,
        Command::QueryPort { .. }
        | Command::QueryParams { .. }
        | Command::QueryTariff
        | Command::QueryCards { .. }
        | Command::QueryHistory { .. }
        | Command::MoveGroundLock { .. }
        | Command::UpdateBalance { .. }
        | Command::SyncTime => policy::QUERY_TTL,
        Command::SetParams { .. }
        | Command::ReplaceSockets { .. }
        | Command::AddSocket(_)
        | Command::RemoveSocket(_)
        | Command::SetVoice(_)
        | Command::Restart { .. }
        | Command::PushTariff(_)
        | Command::SetQr { .. }
        | Command::SetPowerLimit { .. }
        | Command::SetService { .. }
        | Command::StoreCards { .. }
        | Command::RemoveCards { .. }
        | Command::Vendor { .. } => policy::PARAMS_TTL,
        Command::UpdateFirmware { .. } => policy::FIRMWARE_TTL,
    }
}

/// Queue lengths above which less urgent commands are refused: above 200 only priorities up to
/// 4, above 500 up to 3, above 1000 up to 2 enter.
pub const OVERLOAD: [(usize, i16); 3] = [(1000, 2), (500, 3), (200, 4)];

/// Whether a device's queue of that length takes a command of that priority (1 first).
pub fn admits(queue_len: usize, priority: i16) -> bool {
    OVERLOAD
        .iter()
        .find(|(above, _)| queue_len > *above)
        .is_none_or(|(_, least)| priority <= *least)
}

#[cfg(test)]
mod tests {
    use super::{CommandEvent, CommandLife, CommandState, Fate, admits};
    use crate::policy::Policy;
    use device::{Command, Outcome, Refusal};
    use kernel::{PortNo, Timestamp};
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);

    fn life(state: CommandState) -> CommandLife {
        let command = Command::StopCharge {
            port: PortNo(1),
            order: "THD1729407600001".parse().expect("legal number"),
            serial: None,
        };
        CommandLife {
            state,
            ..CommandLife::queued(&command, NOW, &Policy::default())
        }
    }

    #[test]
    fn transitions() {
        use CommandState::{Acked, Cancelled, Dead, Expired, Nacked, Queued, Sent};
        let written = || {
            CommandEvent::Outcome(Outcome::Written {
                cmd: 0x82,
                msg_id: 1,
                attempt: 1,
            })
        };
        let yes = || {
            CommandEvent::Outcome(Outcome::Accepted {
                port: None,
                session: None,
                data: None,
            })
        };
        let no = || {
            CommandEvent::Outcome(Outcome::Refused(Refusal {
                code: Some(1),
                text: "busy".into(),
            }))
        };
        let silence = || CommandEvent::Outcome(Outcome::Lapsed { attempts: 4 });
        let lost = || CommandEvent::ConnectionLost;
        for (before, event, after) in [
            (Queued, written(), Some((Sent, Fate::Written))),
            (Sent, written(), Some((Sent, Fate::Written))),
            (Sent, yes(), Some((Acked, Fate::Accepted))),
            (Queued, no(), Some((Nacked, Fate::Refused))),
            (Sent, no(), Some((Nacked, Fate::Refused))),
            (Sent, silence(), Some((Dead, Fate::Lapsed))),
            (Sent, lost(), Some((Queued, Fate::Open))),
            (Queued, lost(), None),
            (
                Queued,
                CommandEvent::Cancel,
                Some((Cancelled, Fate::Cancelled)),
            ),
            (Sent, CommandEvent::Cancel, None),
            (Queued, CommandEvent::Tick, None),
            (Acked, no(), None),
            (Dead, yes(), None),
            (Expired, written(), None),
        ] {
            let found = life(before).step(&event, NOW, &Policy::default());
            let found = found.map(|(life, fate)| (life.state, fate));
            assert_eq!(found, after, "{before:?} + {event:?}");
        }
    }

    #[test]
    fn only_unwritten_commands_expire() {
        let late = NOW + Duration::from_hours(25);
        let step = |state| life(state).step(&CommandEvent::Tick, late, &Policy::default());
        let expired = step(CommandState::Queued).expect("too old");
        assert_eq!(expired.1, Fate::Expired);
        assert_eq!(step(CommandState::Sent), None);
    }

    #[test]
    fn a_command_whose_connection_keeps_breaking_dies() {
        let policy = Policy::default();
        let mut life = life(CommandState::Sent);
        for _ in 0..policy.command_retries {
            life = life
                .step(&CommandEvent::ConnectionLost, NOW, &policy)
                .expect("queued again")
                .0;
            assert_eq!(life.state, CommandState::Queued);
            life.state = CommandState::Sent;
        }
        let (dead, fate) = life
            .step(&CommandEvent::ConnectionLost, NOW, &policy)
            .expect("given up");
        assert_eq!((dead.state, fate), (CommandState::Dead, Fate::Lapsed));
    }

    #[test]
    fn long_queues_take_urgent_commands_only() {
        for (length, least) in [(0, 5), (200, 5), (201, 4), (501, 3), (1001, 2), (9999, 2)] {
            for priority in 1..=5 {
                assert_eq!(admits(length, priority), priority <= least, "{length}");
            }
        }
    }
}

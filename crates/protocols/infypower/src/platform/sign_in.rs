//! Sign-in, heartbeat, and the pile's clock.

use super::outbox::{Job, Shot};
use super::station::Station;
use super::task::{Steps, Task};
use super::words;
use crate::clock::BcdTime;
use crate::codes::TextParam;
use crate::frame::Frame;
use crate::layout::Dialect;
use crate::message::{
    HeartbeatAnswer, ReportNow, SignIn, SignInAnswer, SignInKeys, SignInRandom, SignInService,
    StatusAnswer,
};
use crate::traits;
use crate::value::{Later, Reserved};
use device::{AlarmReport, Event, Output, Registration, Vitals};
use kernel::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// The clock is set again after so long, and up to an hour more, so that not all piles are at
/// once.
const CLOCK_AGAIN: Duration = Duration::from_hours(7);
/// Spread of that.
const CLOCK_SPREAD_S: u64 = 3600;
/// A clock that is off by more is set at once.
const CLOCK_OFF: Duration = Duration::from_mins(1);
/// But not more often than this: some clocks cannot be set.
const CLOCK_PAUSE: Duration = Duration::from_mins(10);
/// V5.3: out of service.
const SUSPENDED: u8 = 0x55;
/// Command of a sign-in, for what is said about its form.
const SIGN_IN: u32 = 106;
/// Priority of the link's own commands.
const OWN_PRIORITY: i16 = 3;

impl Station {
    pub(super) fn sign_in(
        &mut self,
        message: &SignIn,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let version = message.protocol_version();
        let dialect = dialect_of(frame.body.len(), version);
        if !self.signed_in || traits::known_dialect(&self.profile).is_none() {
            self.learn(traits::DIALECT, dialect.as_str(), now, out);
        }
        let told = version.map_or(traits::UNSAID, usize::from).to_string();
        self.learn(traits::PROTOCOL_VERSION, &told, now, out);
        let heartbeat = message.heartbeat_period_s.to_string();
        self.learn(traits::HEARTBEAT, &heartbeat, now, out);
        let guns = u16::from(message.gun_count.max(1)).min(super::GUNS_MAX);
        self.learn(traits::GUN_COUNT, &guns.to_string(), now, out);
        self.answer_sign_in(frame.seq, message.random(), now, out);
        let again = std::mem::replace(&mut self.signed_in, true);
        self.introduce(
            Registration {
                iccid: None,
                imei: None,
                model: Some(message.project_type.to_string()).filter(|text| text != "0"),
                firmware: Some(message.software_version_raw.to_string()),
                port_count: Some(guns),
            },
            now,
            out,
        );
        self.tell(Event::Heartbeat(Vitals::default()), now, out);
        if again {
            self.check_clock(message.pile_time, now);
        } else {
            self.note_odd_form(frame.body.len(), version, now, out);
            self.clock_due = Some(now);
        }
    }

    /// Informs of a length and a version that do not fit each other: perhaps the dialect is
    /// another one.
    fn note_odd_form(&self, length: usize, version: Option<u16>, now: Timestamp, out: &mut Output) {
        if is_usual(length, version) {
            return;
        }
        let report = AlarmReport {
            port: None,
            fault: None,
            code: SIGN_IN,
            active: false,
            values: vec![
                ("signin_length", i64::try_from(length).unwrap_or(i64::MAX)),
                ("protocol_version", i64::from(version.unwrap_or(0))),
            ],
        };
        self.tell(Event::Alarm(report), now, out);
    }

    /// The answer in the form that this pile takes.
    fn answer_sign_in(&mut self, seq: u8, random: u32, now: Timestamp, out: &mut Output) {
        let length = traits::sign_in_answer(&self.profile);
        let suspended = self.profile.get(traits::SERVICE) == Some("suspended");
        let service = (length >= 152).then(|| SignInService {
            service_flag: if suspended { SUSPENDED } else { 0 },
            platform_time: BcdTime::from(now),
            use_222: u8::from(self.profile.get(traits::USE_222) != Some("0")),
        });
        let keys = (length >= 142).then(|| SignInKeys {
            encryption_flag: 0,
            rsa_modulus: Reserved::default(),
            rsa_exponent: 0,
            service: Later(service),
        });
        let longer = (length >= 9).then_some(SignInRandom {
            random,
            login_verify: 0,
            keys: Later(keys),
        });
        let answer = SignInAnswer {
            reserved: Reserved::default(),
            random: Later(longer),
        };
        self.write(105, seq, answer.into(), out);
    }

    /// A sign-in that is too short to be read still keeps its pile online.
    pub(super) fn answer_short_sign_in(&mut self, seq: u8, now: Timestamp, out: &mut Output) {
        self.answer_sign_in(seq, 0, now, out);
    }

    pub(super) fn answer_heartbeat(&mut self, seq: u8, heard: u16, out: &mut Output) {
        let heartbeat_seq = match self.profile.get(traits::HEARTBEAT_ANSWER) {
            Some("next") => heard.wrapping_add(1),
            Some("zero") => 0,
            _ => heard,
        };
        let answer = HeartbeatAnswer {
            reserved: Reserved::default(),
            heartbeat_seq,
        };
        self.write(101, seq, answer.into(), out);
    }

    pub(super) fn answer_status(&mut self, cmd: u16, seq: u8, gun_no: u8, out: &mut Output) {
        let longer = traits::status_answer(&self.profile) > 5;
        let answer = StatusAnswer {
            reserved: Reserved::default(),
            gun_no,
            report_now: Later(longer.then_some(ReportNow { report_now: 0 })),
        };
        let answer_cmd = if cmd == 504 { 503 } else { 103 };
        self.write(answer_cmd, seq, answer.into(), out);
    }

    /// Sets a clock that is off. One that says nothing is left to its turn.
    pub(super) fn check_clock(&mut self, told: BcdTime, now: Timestamp) {
        let Some(told) = told.instant() else {
            return;
        };
        let off = told.since(now).max(now.since(told));
        let lately = self
            .clock_set
            .is_some_and(|set| set <= now && now.since(set) < CLOCK_PAUSE);
        if off > CLOCK_OFF && !lately && self.may_command() {
            self.clock_due = Some(now);
        }
    }

    /// Sets the clock when that is due.
    pub(super) fn set_clock(&mut self, now: Timestamp) {
        let due = self.clock_due.is_some_and(|due| due <= now);
        // A clock that jumps while a gun charges spoils the times of its record.
        if !due || !self.may_command() || self.guns.busy() {
            return;
        }
        if self.outbox.room() == 0 {
            self.clock_due = Some(now + CLOCK_PAUSE);
            return;
        }
        self.clock_set = Some(now);
        self.clock_due = Some(now + CLOCK_AGAIN + spread(self.phy.as_str(), now));
        let pending = |task: &Task| matches!(task, Task::Steps(steps) if steps.clock);
        if self.outbox.all().any(|job| pending(&job.task)) {
            return;
        }
        self.outbox.push(Job {
            id: None,
            priority: OWN_PRIORITY,
            shot: clock_shot(now),
            msg_id: 0,
            attempts: 0,
            begun: false,
            not_before: Timestamp(0),
            task: Task::Steps(Steps {
                clock: true,
                rest: VecDeque::new(),
                ..Steps::default()
            }),
        });
    }
}

/// Sets the clock. The time is put in when it is written.
pub(super) fn clock_shot(now: Timestamp) -> Shot {
    words::characters(
        u32::from(TextParam::Clock),
        Some(BcdTime::from(now).0.to_vec()),
    )
}

/// The dialect by the length of the first sign-in and the version that it says.
fn dialect_of(length: usize, version: Option<u16>) -> Dialect {
    match (length, version) {
        (100, Some(34)) => Dialect::Lvneng,
        (133, _) => Dialect::Shenghong,
        _ => Dialect::Infypower,
    }
}

/// Whether a sign-in of that length is known to say that version.
const fn is_usual(length: usize, version: Option<u16>) -> bool {
    matches!(
        (length, version),
        (90, None) | (96, Some(0..=33)) | (100, Some(34)) | (133, Some(_))
    )
}

/// Up to an hour, different for each pile and each time.
fn spread(phy: &str, now: Timestamp) -> Duration {
    let seed = super::identity::mark(phy.bytes().chain(now.0.to_le_bytes()));
    Duration::from_secs(seed % CLOCK_SPREAD_S)
}

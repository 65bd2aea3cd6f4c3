//! Login, and what follows it: the clock, the QR code, the first look at each gun.

use super::outbox::{Job, Key};
use super::pile::{GunMemory, Knowledge, Pile};
use super::task::Task;
use super::traffic::Turn;
use super::words;
use crate::clock::Cp56Time;
use crate::codes::{FrameType, LoginResult, PileType, ProtocolVersion};
use crate::frame::{CrcOrder, Frame};
use crate::message::{Body, Clock, Login, LoginAnswer, QrPrefix};
use crate::traits;
use crate::value::Prefix;
use device::{Event, Output, Registration};
use kernel::Timestamp;
use litemap::LiteMap;
use std::time::Duration;

/// The clock is set after login and then so often.
const SYNC_EVERY: Duration = Duration::from_hours(24);
/// A login so soon after another one is a repeat: what follows a login is under way.
const LOGIN_REPEAT: Duration = Duration::from_mins(1);
/// A gun that has not shown itself so long after the login is asked.
const FIRST_NEWS: Duration = Duration::from_secs(30);
/// A gun that has said nothing for so long is asked.
const NEWS_EVERY: Duration = Duration::from_mins(12);
/// So many logins in a row, each answered: the answer is not understood.
const LOGINS_UNHEARD: u32 = 3;
/// Guns that are asked for by themselves; piles with more have to be asked about each.
const GUNS_ASKED_MAX: u8 = 32;
/// Priority of what the link does by itself.
const OWN_PRIORITY: i16 = 3;

impl Pile {
    pub(super) fn login(
        &mut self,
        login: &Login,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        match self.traffic.login(now) {
            Turn::Heard => {}
            Turn::Refused => {
                let code = u32::from(u8::from(FrameType::Login));
                let values = vec![("logins_per_minute_exceeded", 1)];
                return self.alarm(None, (None, code), true, values, now, out);
            }
            Turn::Ignored => return,
        }
        let answer = LoginAnswer {
            pile_code: self.code,
            result: LoginResult::Ok,
        };
        let again = self
            .logged_in
            .is_some_and(|before| now.since(before) < LOGIN_REPEAT);
        self.gun_count = login.gun_count;
        self.reply(Body::LoginAnswer(answer), frame.sequence, out);
        self.introduce(login, frame.order, now, out);
        self.logins += 1;
        self.doubt_order(frame.order, now, out);
        if again {
            return;
        }
        self.logged_in = Some(now);
        // One that does not say how many it has, has one.
        let guns = login.gun_count.clamp(1, GUNS_ASKED_MAX);
        if self.guns.is_empty() {
            self.guns = LiteMap::with_capacity(usize::from(guns));
        }
        for gun in 1..=guns {
            self.gun(gun, now).news_at = now;
        }
        self.sync_clock(now);
        self.offer_qr();
    }

    /// Tells what the pile says of itself, when that is news on this connection.
    fn introduce(&mut self, login: &Login, order: CrcOrder, now: Timestamp, out: &mut Output) {
        let kind = match login.pile_type {
            PileType::Dc => Some("dc"),
            PileType::Ac => Some("ac"),
            PileType::Unknown(_) => None,
        };
        if let Some(kind) = kind {
            self.learn(traits::PILE_TYPE, kind, now, out);
        }
        let version = u8::from(login.protocol_version).to_string();
        self.learn(traits::VERSION, &version, now, out);
        self.learn(traits::CRC_SEEN, order.as_str(), now, out);
        let version = match login.protocol_version {
            ProtocolVersion::Unknown(number) => format!("version {number}"),
            known => known.meaning().unwrap_or_default().to_owned(),
        };
        let registration = Registration {
            iccid: Some(login.sim.to_string()).filter(|_| !login.sim.is_zero()),
            imei: None,
            model: Some(format!(
                "{} {version}",
                kind.unwrap_or("pile").to_uppercase()
            )),
            firmware: Some(login.firmware_version.text().trim().to_owned())
                .filter(|text| !text.is_empty()),
            port_count: Some(u16::from(login.gun_count)).filter(|count| *count > 0),
        };
        if self.introduced.as_ref() != Some(&registration) {
            self.introduced = Some(registration.clone());
            self.tell(Event::Registered(registration), now, out);
        }
    }

    /// A pile that writes its checksums high byte first and does not understand our answer may
    /// want ours in the same order; the operator can say so.
    fn doubt_order(&self, order: CrcOrder, now: Timestamp, out: &mut Output) {
        if self.logins == LOGINS_UNHEARD && order == CrcOrder::HighLow {
            let code = u32::from(u8::from(FrameType::LoginAnswer));
            let values = vec![
                ("login_repeated", i64::from(self.logins)),
                ("see_crc_tx_order", 1),
            ];
            self.alarm(None, (None, code), true, values, now, out);
        }
    }

    pub(super) fn sync_clock(&mut self, now: Timestamp) {
        self.sync_at = Some(now + SYNC_EVERY);
        if !self.is_under_way(Key::of(FrameType::Time, 0)) {
            self.outbox.push(Job {
                priority: OWN_PRIORITY,
                ..words::job(
                    Key::of(FrameType::Time, 0),
                    self.time(now),
                    Task::Time(false),
                )
            });
        }
    }

    /// The present time as a frame; written anew whenever it is sent.
    pub(super) fn time(&self, now: Timestamp) -> Body {
        Body::Time(Clock {
            pile_code: self.code,
            time: Cp56Time::from(now),
        })
    }

    /// Sends the QR prefix again where there is one: piles forget it at power-off.
    fn offer_qr(&mut self) {
        let Some(text) = self.profile.get(traits::QR_PREFIX).map(str::to_owned) else {
            return;
        };
        let Some(prefix) = Prefix::of(&text).filter(|_| !text.is_empty()) else {
            return;
        };
        let body = Body::QrPrefix(QrPrefix {
            pile_code: self.code,
            format: traits::qr_format(&self.profile),
            prefix,
        });
        if !self.is_under_way(Key::of(FrameType::QrPrefix, 0)) {
            self.outbox.push(Job {
                priority: OWN_PRIORITY,
                ..words::job(Key::of(FrameType::QrPrefix, 0), body, Task::Qr(text))
            });
        }
    }

    fn is_under_way(&self, key: Key) -> bool {
        self.outbox.jobs().any(|job| job.key == key)
    }

    /// Asks a gun for its data, unless that is under way.
    pub(super) fn ask_gun(&mut self, gun: u8, now: Timestamp) {
        let key = Key::of(FrameType::ReadRealtime, gun);
        let is_under_way = self.is_under_way(key);
        let can_ask = is_under_way || self.outbox.room() > 0;
        let memory = self.gun(gun, now);
        memory.news_at = now;
        if can_ask && memory.knowledge == Knowledge::Nothing {
            memory.knowledge = Knowledge::Asked;
        }
        if can_ask && !is_under_way {
            let body = words::read_realtime(self.code, gun);
            self.outbox.push(Job {
                priority: OWN_PRIORITY,
                ..words::job(key, body, Task::Query(std::collections::VecDeque::new()))
            });
        }
    }

    /// What waits for an idle pile is not held up by guns that could be asked.
    pub(super) fn ask_for_idle_jobs(&mut self, now: Timestamp) {
        if !self.outbox.jobs().any(|job| job.when_idle) {
            return;
        }
        let unknown: Vec<u8> = self
            .guns
            .iter()
            .filter(|(_, memory)| memory.knowledge != Knowledge::Enough)
            .map(|(gun, _)| *gun)
            .collect();
        for gun in unknown {
            if !self.is_under_way(Key::of(FrameType::ReadRealtime, gun)) {
                self.ask_gun(gun, now);
            }
        }
    }

    /// A gun that was asked has not answered: it holds nothing up any longer.
    pub(super) fn stayed_silent(&mut self, gun: u8, now: Timestamp) {
        if self.port_of(gun).is_some() || self.guns.contains_key(&gun) {
            self.gun(gun, now).knowledge = Knowledge::Enough;
        }
    }

    /// Asks guns that have said nothing for too long, and sets the clock once a day.
    pub(super) fn look_after(&mut self, now: Timestamp) {
        if self.sync_at.is_some_and(|at| at <= now) {
            self.sync_clock(now);
        }
        let silent: Vec<u8> = self
            .guns
            .iter()
            .filter(|(_, memory)| memory.ask_at() <= now)
            .map(|(gun, _)| *gun)
            .collect();
        for gun in silent {
            self.ask_gun(gun, now);
        }
    }

    /// When [`Pile::look_after`] has something to do.
    pub(super) fn look_at(&self) -> Option<Timestamp> {
        let guns = self.guns.values().map(GunMemory::ask_at).min();
        [guns, self.sync_at].into_iter().flatten().min()
    }
}

impl GunMemory {
    fn ask_at(&self) -> Timestamp {
        let patience = match self.knowledge {
            Knowledge::Nothing => FIRST_NEWS,
            Knowledge::Asked | Knowledge::Enough => NEWS_EVERY,
        };
        self.news_at + patience
    }
}

//! What a pile says: which part of the link it concerns.

use super::outbox::Expect;
use super::station::Station;
use super::strangers::count;
use super::{keep, note, refuse_content, words};
use crate::codes::{AlarmBits, CommandResult};
use crate::frame::Frame;
use crate::layout::Dialect;
use crate::message::{Body, DecodeError, LoginAnswer, Nothing, UploadAnswer, decode};
use crate::traits;
use crate::value::{Raw, Reserved};
use device::{Direction, Event, FaultList, ListedFault, Output};
use kernel::Timestamp;

/// The pile's login key stays unused.
const NO_ENCRYPTION: u32 = 3;
/// What a pile may ask for is not offered.
const NOT_SUPPORTED: u32 = 1;
/// Alarm bits that come so often without a change want an answer after all.
const ALARM_REPEATS: u8 = 3;
/// The login of an encrypted connection.
const LOGIN: u16 = 1202;

impl Station {
    /// One good frame of this pile.
    pub(super) fn hear(&mut self, frame: &Frame<'_>, now: Timestamp, out: &mut Output) {
        self.assume_dialect(frame, now, out);
        let believed = self.believed(frame.cmd);
        match decode(frame, Direction::Up, self.dialect(), believed) {
            Ok(message) => {
                if frame.version.is_plain() {
                    self.heard_version = frame.version;
                }
                let kind = match &message.body {
                    Body::Nothing(_) => words::kind_of_nothing(frame.cmd),
                    body => words::kind_of(body),
                };
                note(&self.phy, frame, kind, out);
                count(frame, &message.body, out);
                self.understand(message.body, frame, now, out);
            }
            Err(error) => self.not_understood(error, frame, now, out),
        }
        self.pump(now, out);
    }

    /// How many bytes of a body are believed, where an operator says so.
    fn believed(&self, cmd: u16) -> Option<usize> {
        let key = match cmd {
            104 | 109 | 504 => traits::STATUS_LENGTH,
            202 | 203 | 222 | 502 => traits::RECORD_LENGTH,
            106 => traits::SIGN_IN_LENGTH,
            _ => return None,
        };
        traits::number(&self.profile, key)
    }

    /// A pile that did not sign in on this connection, nor ever: its first frame that only one
    /// dialect has decides until it does.
    fn assume_dialect(&mut self, frame: &Frame<'_>, now: Timestamp, out: &mut Output) {
        if self.signed_in || traits::known_dialect(&self.profile).is_some() {
            return;
        }
        let dialect = match (frame.cmd, frame.body.len()) {
            (109 | 203, _) => Dialect::Lvneng,
            (222, _) | (104, 246) => Dialect::Shenghong,
            _ => return,
        };
        self.learn(traits::DIALECT, dialect.as_str(), now, out);
    }

    fn not_understood(
        &mut self,
        error: DecodeError,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        note(&self.phy, frame, "unknown", out);
        match error {
            DecodeError::Foreign(_) | DecodeError::Encrypted(_) => {
                out.tally.unknown += frame.raw.len() as u64;
                out.tally.frames += 1;
                keep(frame, error.kind(), out);
                if frame.cmd == LOGIN {
                    self.answer_login(frame.seq, out);
                }
            }
            _ => {
                refuse_content(frame, error.kind(), out);
                // Answered as far as possible, so that the pile stays online.
                match frame.cmd {
                    106 => self.answer_short_sign_in(frame.seq, now, out),
                    102 => self.answer_heartbeat(frame.seq, 0, out),
                    _ => {}
                }
            }
        }
    }

    fn understand(&mut self, body: Body, frame: &Frame<'_>, now: Timestamp, out: &mut Output) {
        let seq = frame.seq;
        match body {
            Body::SignIn(message) => self.sign_in(&message, frame, now, out),
            Body::Heartbeat(message) => {
                self.answer_heartbeat(seq, message.heartbeat_seq, out);
                self.tell(Event::Heartbeat(device::Vitals::default()), now, out);
            }
            Body::Status(message) => {
                let wide = frame.cmd == 504;
                self.answer_status(frame.cmd, seq, message.gun_no, out);
                self.status(&message, wide, now, out);
            }
            Body::LvnengStatus(message) => {
                self.answer_status(frame.cmd, seq, message.gun_no, out);
                self.lvneng_status(&message, now, out);
            }
            Body::Record(message) => self.record(&message, frame, now, out),
            Body::WideRecord(message) => self.wide_record(&message, frame, now, out),
            Body::Record53(message) => self.record_53(&message, frame, now, out),
            Body::LvnengRecord(message) => self.lvneng_record(&message, frame, now, out),
            Body::HistoryRecord(message) => self.history_record(&message, frame, now, out),
            Body::CardAsk(message) => self.card(&message, frame, now, out),
            Body::PasswordAsk(message) => self.password(&message, frame, now, out),
            Body::VinAsk(message) => self.vehicle(&message, frame, now, out),
            Body::AlarmReport(message) => self.alarm_bits(seq, message.alarm_bits, now, out),
            Body::Battery(message) => {
                self.write(301, seq, nothing(), out);
                self.battery(&message, now, out);
            }
            Body::RawBattery(_) => self.write(301, seq, nothing(), out),
            Body::Unknown(_) if frame.cmd == 302 => self.write(301, seq, nothing(), out),
            Body::Unknown(_) if frame.cmd == 110 => self.write(109, seq, nothing(), out),
            Body::UploadAsk(message) => {
                let answer = UploadAnswer {
                    reserved: Reserved::default(),
                    gun_no: message.gun_no,
                    result: NOT_SUPPORTED,
                };
                self.write(9, seq, answer.into(), out);
            }
            Body::Login(_) => self.answer_login(seq, out),
            Body::StartAnswer(message) => self.start_answer(&message, now, out),
            Body::ControlAnswer(message) => self.control_answer(&message, now, out),
            Body::NumbersAnswer(message) => self.numbers_answer(&message, now, out),
            Body::CharactersAnswer(message) => self.characters_answer(&message, now, out),
            Body::PricesAnswer(message) => {
                let taken = message.result == CommandResult::Success;
                self.prices_answer(taken, u8::from(message.result), now, out);
            }
            body @ (Body::Prices(_) | Body::LvnengPrices(_)) => {
                if let Some(job) = self.outbox.answered(Expect::Cmd(frame.cmd)) {
                    let data = super::prices::as_json(&body);
                    self.accept(job.id, Some(data), now, out);
                }
            }
            body @ (Body::Erased(_)
            | Body::PieceSize(_)
            | Body::SizeAnswer(_)
            | Body::PieceNoted(_)
            | Body::PieceAnswer(_)
            | Body::Nothing(_)) => self.upgrade_answer(frame.cmd, &body, now, out),
            // What a platform says; from a pile it is an echo. Versions are never asked for.
            _ => {}
        }
    }

    fn answer_login(&mut self, seq: u8, out: &mut Output) {
        let answer = LoginAnswer {
            reserved: Reserved::default(),
            aes_mode: NO_ENCRYPTION,
            aes_key: Raw::default(),
        };
        self.write(1201, seq, answer.into(), out);
    }

    fn alarm_bits(&mut self, seq: u8, bits: AlarmBits, now: Timestamp, out: &mut Output) {
        let repeated = self.alarm_bits.replace(bits) == Some(bits);
        self.alarm_repeats = if repeated {
            self.alarm_repeats.saturating_add(1)
        } else {
            0
        };
        let wanted = traits::is_on(&self.profile, traits::ALARM_ANSWER);
        if wanted || self.alarm_repeats >= ALARM_REPEATS {
            self.write(107, seq, nothing(), out);
        }
        if repeated {
            return;
        }
        let faults = bits.iter().map(|bit| ListedFault {
            fault: Some(bit.fault()),
            code: u32::from(u8::from(bit)),
            values: vec![("level", i64::from(bit.level()))],
        });
        let list = FaultList {
            port: None,
            faults: faults.collect(),
        };
        self.tell(Event::Faults(list), now, out);
    }
}

/// Four zero bytes.
pub(super) fn nothing() -> Body {
    Nothing {
        reserved: Reserved::default(),
    }
    .into()
}

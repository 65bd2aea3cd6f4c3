//! Uplinks of `0005` and `0015`: answers, socket status, end reports, cards.

use super::answers::Seen;
use super::gateway::{Gateway, Word, strange_alarm};
use super::outbox::Expect;
use super::receipts::{EndMark, Reply};
use super::words::{self, outer};
use crate::codes::{Outcome, StatusByte};
use crate::frame::Frame;
use crate::message::{ControlAck, End, EndAck, PortMeter, SocketStatus, Sub, sub};
use crate::port::{Outlet, WHOLE_SOCKET};
use crate::status;
use device::{
    BalanceInquiry, CardSwipe, ChargeKey, EndReason, EndReport, Event, Output, PortReport,
    PortState, Progress, SocketReport, Vitals,
};
use kernel::{Current, Energy, Fen, Power, Timestamp, Voltage};

/// Reason code of a tier end that came with a no-load status in the only public sample.
const TIER_END_NO_LOAD: u8 = 0x02;
/// What sockets say instead of a firmware version.
const NO_FIRMWARE: [u16; 2] = [0x0000, 0xFFFF];

/// Kinds in the communication log.
pub(super) const fn kind_of(sub_cmd: u8) -> &'static str {
    match sub_cmd {
        sub::END | sub::TIER_END | sub::CARD_END => "record",
        sub::CARD | sub::CARD_START_ACK => "card",
        sub::BALANCE => "balance",
        sub::STATUS => "status",
        _ => "answer",
    }
}

/// Meter values of one port, from whatever frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meter {
    pub(super) outlet: Outlet,
    pub(super) status: StatusByte,
    pub(super) session: u16,
    pub(super) voltage: Option<Voltage>,
    pub(super) power: Power,
    pub(super) current: Current,
    pub(super) energy: Energy,
    pub(super) minutes: u32,
    pub(super) temperature_c: Option<i16>,
}

impl Meter {
    pub(super) fn seen(&self) -> Seen {
        Seen {
            outlet: self.outlet,
            session: self.session,
            reachable: self.status.is_online(),
        }
    }
}

/// The resolution of the dialect's clock is a minute.
const SECONDS: u32 = 60;

impl Gateway {
    #[expect(
        clippy::too_many_arguments,
        reason = "a frame's header, its body, and the time"
    )]
    pub(super) fn hear_sub(
        &mut self,
        cmd: u16,
        sub_cmd: u8,
        content: &Sub,
        seq: u32,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let reply = Expect::Sub(sub_cmd);
        match content {
            Sub::Result(answer) => {
                self.reply_seen(seq, cmd, reply, &word(answer.result), now, out);
            }
            Sub::ControlAck(ack) | Sub::TierStartAck(ack) => {
                self.control_answer(cmd, reply, seq, ack, now, out);
            }
            Sub::VoiceAck(ack) => {
                self.reply_seen(seq, cmd, reply, &word(ack.result), now, out);
            }
            Sub::CardStartAck(ack) => {
                let outlet = Outlet {
                    socket: ack.socket_no,
                    hole: ack.port,
                };
                let word = match word(ack.result) {
                    Word::Done(_) => Word::Begun {
                        port: self.port_of(outlet),
                        session: None,
                    },
                    other => other,
                };
                self.reply_seen(seq, cmd, reply, &word, now, out);
            }
            Sub::Status(status) => self.socket_status(status, seq, now, out),
            Sub::End(end) => {
                let reason = status::networked_end(end.status.0, None);
                let report = self.report_of(end, reason, u32::from(end.status.0));
                self.ended(sub_cmd, seq, end, report, None, frame, now, out);
            }
            Sub::TierEnd(tier) => {
                let mapped = (tier.end_reason == TIER_END_NO_LOAD).then_some(EndReason::NoLoad);
                let reason = status::networked_end(tier.end.status.0, mapped);
                let raw = u32::from(tier.end.status.0) << 8 | u32::from(tier.end_reason);
                let report = self
                    .report_of(&tier.end, reason, raw)
                    .map(|report| EndReport {
                        device_amount: Some(Fen(i64::from(tier.amount_cent))),
                        peak_power: Some(Power(i64::from(tier.settle_power_0_1w))),
                        tier_minutes: tier.level_minutes.to_vec(),
                        ended_at: tier.end_time.instant(),
                        ..report
                    });
                let ended_at = tier.end_time.instant();
                self.ended(sub_cmd, seq, &tier.end, report, ended_at, frame, now, out);
            }
            Sub::CardEnd(card) => {
                let reason = status::networked_end(card.end.status.0, None);
                let raw = u32::from(card.end.status.0);
                let report = self
                    .report_of(&card.end, reason, raw)
                    .map(|report| EndReport {
                        device_amount: Some(Fen(i64::from(card.amount_cent))),
                        peak_power: Some(Power(i64::from(card.settle_power_0_1w)))
                            .filter(|power| *power > Power::ZERO),
                        tier_minutes: card.level_minutes.to_vec(),
                        card_no: Some(card.card_no.to_string()),
                        ..report
                    });
                self.ended(sub_cmd, seq, &card.end, report, None, frame, now, out);
            }
            Sub::CardSwipe(swipe) => {
                let outlet = Outlet {
                    socket: swipe.socket_no,
                    hole: swipe.port,
                };
                let card = swipe.card_no.0.0;
                let Some(port) = self.port_of(outlet) else {
                    return self.strange_hole(outlet, now, out);
                };
                if self.card_again(outlet, swipe.business_no, card, now, out) {
                    return;
                }
                let event = Event::CardSwiped(CardSwipe {
                    card_no: format!("{:010}", swipe.card_no.printed()),
                    physical_no: Some(swipe.card_no.to_string()),
                    port,
                    card_balance: None,
                    proposed_session: Some(swipe.business_no),
                    password: None,
                    parallel: None,
                });
                let reply = Reply::Card {
                    outlet,
                    business_no: swipe.business_no,
                };
                self.ask(event, reply, frame, None, now, out);
            }
            Sub::BalanceAsk(ask) => {
                let outlet = Outlet {
                    socket: ask.socket_no,
                    hole: ask.port,
                };
                let Some(port) = self.port_of(outlet) else {
                    return self.strange_hole(outlet, now, out);
                };
                let card_no = format!("{:010}", ask.card_no.printed());
                let event = Event::BalanceAsked(BalanceInquiry { card_no, port });
                let reply = Reply::Balance {
                    outlet,
                    card: ask.card_no.0,
                };
                self.ask(event, reply, frame, None, now, out);
            }
            // The answers of older firmware to 03, 06 and 13 have no known form: that they came
            // is all that can be said.
            Sub::Unknown(bytes) => {
                let data = serde_json::json!({ "hex": hex::encode(&bytes.0) }).to_string();
                self.reply_seen(seq, cmd, reply, &Word::Done(Some(data)), now, out);
            }
            // Everything else is what a platform says; from a device it is an echo.
            _ => {}
        }
    }

    fn control_answer(
        &mut self,
        cmd: u16,
        reply: Expect,
        seq: u32,
        ack: &ControlAck,
        now: Timestamp,
        out: &mut Output,
    ) {
        let word = match ack.result {
            Outcome::Done => {
                let outlet = Outlet {
                    socket: ack.socket_no,
                    hole: ack.port,
                };
                let session = Some(ack.business_no).filter(|number| *number != 0);
                Word::Begun {
                    port: self.port_of(outlet),
                    session,
                }
            }
            other => word(other),
        };
        if !self.reply_seen(seq, cmd, reply, &word, now, out) {
            // Late, or never asked for: it may say something new about the socket, but it is no
            // acceptance of anything.
            self.question(ack.socket_no);
        }
    }

    fn socket_status(&mut self, status: &SocketStatus, seq: u32, now: Timestamp, out: &mut Output) {
        if seq == 0
            && let Some(gateway) = self.gateway()
        {
            let ack = EndAck {
                socket_no: status.socket_no,
                result: Outcome::Done,
            };
            let begin = out.wire.len();
            words::sub(gateway, outer::CONTROL, sub::STATUS, 0, &ack, &mut out.wire);
            self.note_down(begin, "answer", out);
        }
        let meter = |port: &PortMeter| Meter {
            outlet: Outlet {
                socket: status.socket_no,
                hole: port.port,
            },
            status: port.status,
            session: port.business_no,
            voltage: Some(Voltage(i64::from(port.voltage_0_1v))),
            power: Power(i64::from(port.power_0_1w)),
            current: Current(i64::from(port.current_ma)),
            energy: Energy::from_wh(i64::from(port.energy_wh)),
            minutes: u32::from(port.duration_min),
            temperature_c: Some(signed(status.temp_c)),
        };
        let meters: Vec<Meter> = status.ports.0.iter().map(meter).collect();
        let report = SocketReport {
            socket_no: status.socket_no,
            firmware: firmware(status.fw_version.0),
            signal: Some(i16::from(status.rssi)),
            temperature_c: Some(signed(status.temp_c)),
            online: meters.iter().any(|meter| meter.status.is_online()),
        };
        // A late answer to a question that was given up is told, but answers no newer one.
        let fresh = seq == 0 || self.outbox.has_in_flight(seq);
        self.socket_seen(report, &meters, fresh, now, out);
    }

    /// The status of one socket in any form: events, and the answer to a question about it.
    pub(super) fn socket_seen(
        &mut self,
        report: SocketReport,
        meters: &[Meter],
        fresh: bool,
        now: Timestamp,
        out: &mut Output,
    ) {
        let socket = report.socket_no;
        let first = self.has_socket(socket) && !self.sockets.contains(&socket);
        if first {
            self.sockets.push(socket);
        }
        let vitals = Vitals {
            voltage: meters.iter().find_map(|meter| meter.voltage),
            ..Vitals::default()
        };
        self.tell(Event::Socket(report), now, out);
        self.ports_seen(vitals, meters, now, out);
        if fresh {
            let seen: Vec<Seen> = meters.iter().map(Meter::seen).collect();
            self.status_answers(socket, &seen, first, now, out);
        }
    }

    /// Tells the state of ports; asks once where a status contradicts itself.
    pub(super) fn ports_seen(
        &mut self,
        vitals: Vitals,
        meters: &[Meter],
        now: Timestamp,
        out: &mut Output,
    ) {
        let mut ports = Vec::with_capacity(meters.len());
        for meter in meters {
            let Some(port) = self.meter_port(meter) else {
                if meter.outlet.hole != WHOLE_SOCKET {
                    self.strange_hole(meter.outlet, now, out);
                }
                continue;
            };
            let seen = status::networked(meter.status.0, meter.session);
            self.doubt(meter.outlet, seen.doubtful);
            let charge = (meter.session != 0).then_some(ChargeKey::Session(meter.session));
            if seen.reachable {
                self.set_busy(port, charge.is_some());
            }
            ports.push(PortReport {
                port,
                state: if seen.reachable {
                    seen.state
                } else {
                    PortState::Unknown
                },
                raw: u32::from(meter.status.0),
                faults: seen.faults,
                reachable: seen.reachable,
                plugged: None,
                meter: charge.clone().map(|charge| Progress {
                    charge,
                    port,
                    duration_s: meter.minutes.saturating_mul(SECONDS),
                    energy: meter.energy,
                    power: Some(meter.power),
                    peak_power: None,
                    voltage: meter.voltage,
                    current: Some(meter.current),
                    temperature_c: meter.temperature_c,
                    soc: None,
                    remaining_min: None,
                    device_amount: None,
                }),
                charge,
                voltage: meter.voltage,
                current: Some(meter.current),
                power: Some(meter.power),
                temperature_c: meter.temperature_c,
            });
        }
        self.tell(Event::Status { vitals, ports }, now, out);
    }

    /// A status that contradicts itself is asked about once, until it no longer does.
    fn doubt(&mut self, outlet: Outlet, doubtful: bool) {
        let known = self.doubted.contains(&outlet);
        if doubtful && !known {
            self.doubted.push(outlet);
            self.question(outlet.socket);
        } else if known && !doubtful {
            self.doubted.retain(|other| *other != outlet);
        }
    }

    fn report_of(&self, end: &End, reason: EndReason, reason_raw: u32) -> Option<EndReport> {
        let port = self.port_of(Outlet {
            socket: end.socket_no,
            hole: end.port,
        })?;
        Some(EndReport {
            charge: match end.business_no {
                0 => ChargeKey::Port,
                number => ChargeKey::Session(number),
            },
            port,
            duration_s: u32::from(end.duration_min) * SECONDS,
            energy: Energy::from_wh(i64::from(end.energy_wh)),
            device_amount: None,
            reason,
            reason_raw,
            peak_power: None,
            tier_minutes: Vec::new(),
            card_no: None,
            ended_at: None,
            details: None,
        })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a report, its frame, and the time"
    )]
    fn ended(
        &mut self,
        sub_cmd: u8,
        seq: u32,
        end: &End,
        report: Option<EndReport>,
        ended_at: Option<Timestamp>,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let outlet = Outlet {
            socket: end.socket_no,
            hole: end.port,
        };
        let reply = Reply::End {
            sub_cmd,
            seq,
            report: EndMark {
                outlet,
                business_no: end.business_no,
                minutes: end.duration_min,
                energy_wh: end.energy_wh,
            },
            heard: now,
        };
        let event = match report {
            Some(report) => {
                self.set_busy(report.port, false);
                Event::Ended(report)
            }
            // Kept with its bytes as an alarm and then answered, or the device would repeat it
            // for ever and say nothing else.
            None => Event::Alarm(strange_alarm(
                outlet,
                vec![
                    ("business_no", i64::from(end.business_no)),
                    ("duration_min", i64::from(end.duration_min)),
                    ("energy_wh", i64::from(end.energy_wh)),
                ],
            )),
        };
        self.ask(event, reply, frame, ended_at, now, out);
    }
}

/// Results are 1 for done and 0 for failed everywhere.
pub(super) fn word(outcome: Outcome) -> Word {
    match outcome {
        Outcome::Done => Word::Done(None),
        Outcome::Failed => Word::Refused(None),
        Outcome::Unknown(code) => Word::Refused(Some(u32::from(code))),
    }
}

/// Temperatures above 0x7F are negative.
pub(super) fn signed(byte: u8) -> i16 {
    i16::from(byte.cast_signed())
}

/// A socket's firmware; the usual placeholders are none.
pub(super) fn firmware(version: u16) -> Option<String> {
    (!NO_FIRMWARE.contains(&version)).then(|| format!("{version:04x}"))
}

//! Uplinks of the v8.6 dialect.

use super::gateway::{Gateway, Word};
use super::outbox::Expect;
use super::receipts::Reply;
use super::words;
use crate::codes::{ConfirmStatus, PortStatus};
use crate::frame::{Frame, GatewayId};
use crate::message::V86;
use crate::message::v86::{OrderText, Progress, Status, StatusAck, cmd};
use crate::port::V86_PORT_MAX;
use crate::status;
use device::{
    CardSwipe, ChargeConfirmation, ChargeKey, EndReport, Event, Output, PortReport, PortState,
    Vitals,
};
use kernel::{Energy, Fen, PortNo, Power, Timestamp, Voltage};

/// Kinds in the communication log.
pub(super) const fn kind_of(message: &V86) -> &'static str {
    match message {
        V86::Register(_) => "register",
        V86::Status(_) | V86::QueryAnswer(_) => "status",
        V86::Progress(_) => "progress",
        V86::Confirm(_) => "confirm",
        V86::Settlement(_) => "record",
        V86::CardSwipe(_) => "card",
        V86::ControlAck(_) => "start",
        _ => "answer",
    }
}

impl Gateway {
    pub(super) fn hear_v86(
        &mut self,
        message: &V86,
        number: u16,
        seq: u32,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let reply = Expect::Outer(number);
        match message {
            V86::Register(heartbeat) => self.heartbeat(heartbeat, seq, now, out),
            V86::Status(status) => {
                if let Some(gateway) = self.gateway() {
                    let begin = out.wire.len();
                    answer_status(gateway, seq, out);
                    self.note_down(begin, "answer", out);
                }
                // This dialect's heartbeat: the other one comes once, at the beginning.
                self.tell(Event::Heartbeat(Vitals::default()), now, out);
                self.v86_status(status, now, out);
            }
            V86::QueryAnswer(status) => {
                self.v86_status(status, now, out);
                self.reply_seen(seq, number, reply, &Word::Done(None), now, out);
            }
            V86::Progress(progress) => self.v86_progress(progress, now, out),
            V86::Confirm(confirm) => {
                let begins = confirm.status == ConfirmStatus::Confirmed;
                self.set_busy(PortNo(u16::from(confirm.port)), begins);
                let event = Event::Confirmed(ChargeConfirmation {
                    charge: charge_of(confirm.order),
                    port: PortNo(u16::from(confirm.port)),
                    accepted: begins,
                });
                let reply = Reply::Order {
                    cmd: number,
                    seq,
                    order: confirm.order,
                };
                self.ask(event, reply, frame, None, now, out);
            }
            V86::Settlement(end) => {
                self.set_busy(PortNo(u16::from(end.port)), false);
                let reason = u8::from(end.reason);
                let ended_at = Timestamp::from_unix_seconds(i64::from(end.time));
                let event = Event::Ended(EndReport {
                    charge: charge_of(end.order),
                    port: PortNo(u16::from(end.port)),
                    duration_s: end.duration_s,
                    energy: Energy::from_centi_kwh(i64::from(end.energy_001kwh)),
                    device_amount: Some(Fen(i64::from(end.amount_fen))),
                    reason: status::v86_end(reason),
                    reason_raw: u32::from(reason),
                    peak_power: Some(Power(i64::from(end.peak_power_dw))),
                    tier_minutes: Vec::new(),
                    card_no: None,
                    ended_at: Some(ended_at),
                    details: None,
                });
                let reply = Reply::Order {
                    cmd: number,
                    seq,
                    order: end.order,
                };
                self.ask(event, reply, frame, Some(ended_at), now, out);
            }
            V86::CardSwipe(swipe) => {
                let event = Event::CardSwiped(CardSwipe {
                    card_no: swipe.card_no.to_string(),
                    physical_no: None,
                    port: PortNo(u16::from(swipe.port)),
                    card_balance: Some(Fen(i64::from(swipe.card_balance_fen))),
                    proposed_session: None,
                    password: None,
                    parallel: None,
                });
                let reply = Reply::V86Card {
                    seq,
                    card_no: swipe.card_no,
                };
                self.ask(event, reply, frame, None, now, out);
            }
            V86::ControlAck(ack) => {
                let word = match ack.result {
                    0 => Word::Begun {
                        // "Choose one" is no port.
                        port: Some(PortNo(u16::from(ack.port)))
                            .filter(|port| (1..=V86_PORT_MAX).contains(&port.0)),
                        session: None,
                    },
                    code => Word::Refused(Some(u32::from(code))),
                };
                self.reply_seen(seq, number, reply, &word, now, out);
            }
            V86::ModifyAck(ack) => {
                self.reply_seen(seq, number, reply, &result(ack.result), now, out);
            }
            V86::ParameterAck(ack) => {
                self.reply_seen(seq, number, reply, &result(ack.result), now, out);
            }
            V86::ChunkAck(ack) => {
                self.reply_seen(seq, number, reply, &result(ack.result), now, out);
            }
            // What a platform says; from a device it is an echo.
            _ => {}
        }
    }

    /// The temperature is the device's. A port tells its own with its meter values, and must not
    /// be taken for cool because the device is: the two in turn would look like one that never
    /// rises.
    fn v86_status(&mut self, status: &Status, now: Timestamp, out: &mut Output) {
        let voltage = Voltage(i64::from(status.voltage_dv));
        for (port, byte) in (1..=V86_PORT_MAX).zip(status.port_states.iter()) {
            self.set_busy(PortNo(port), is_charging(*byte));
        }
        let ports = (1..PortNo::AUTOMATIC.0)
            .zip(status.port_states.iter())
            .map(|(port, byte)| PortReport {
                voltage: Some(voltage),
                ..port_report(PortNo(port), *byte)
            })
            .collect();
        let vitals = Vitals {
            signal: Some(i16::from(status.signal)),
            temperature_c: Some(i16::from(status.temp_c)),
            voltage: Some(voltage),
        };
        self.tell(Event::Status { vitals, ports }, now, out);
    }

    /// Meter values, and what the status byte in the same frame says of the port.
    fn v86_progress(&mut self, progress: &Progress, now: Timestamp, out: &mut Output) {
        let port = PortNo(u16::from(progress.port));
        let charge = charge_of(progress.order);
        let power = Power(i64::from(progress.power_dw));
        let voltage = progress.voltage_dv.map(|value| Voltage(i64::from(value)));
        let current = voltage.and_then(|voltage| power.current_at(voltage));
        let temperature_c = progress.temp_c.map(i16::from);
        let event = Event::Progress(device::Progress {
            charge: charge.clone(),
            port,
            duration_s: u32::from(progress.duration_s),
            energy: Energy::from_centi_kwh(i64::from(progress.energy_001kwh)),
            power: Some(power),
            peak_power: Some(Power(i64::from(progress.peak_power_dw))),
            voltage,
            current,
            temperature_c,
            soc: None,
            remaining_min: None,
            device_amount: None,
        });
        let mut envelope = self.envelope(event, now);
        envelope.device_time = progress
            .time
            .map(|seconds| Timestamp::from_unix_seconds(i64::from(seconds)));
        out.items.push(device::Item::Event(envelope));
        self.set_busy(port, progress.port_state.is_none_or(is_charging));
        let Some(byte) = progress.port_state else {
            return;
        };
        let report = PortReport {
            charge: Some(charge),
            voltage,
            current,
            power: Some(power),
            temperature_c,
            ..port_report(port, byte)
        };
        let vitals = Vitals {
            voltage,
            temperature_c: None,
            signal: None,
        };
        self.tell(
            Event::Status {
                vitals,
                ports: vec![report],
            },
            now,
            out,
        );
    }
}

/// The answer to a status heartbeat.
pub(super) fn answer_status(gateway: GatewayId, seq: u32, out: &mut Output) {
    let ack = StatusAck { result: 0 };
    words::plain(gateway, cmd::STATUS, seq, &ack, &mut out.wire);
}

/// Whether a port byte says that an order runs, faulty or not.
const fn is_charging(byte: PortStatus) -> bool {
    byte.0 & 0x03 == 1
}

fn port_report(port: PortNo, byte: PortStatus) -> PortReport {
    let (state, faults) = status::v86(byte.0);
    PortReport {
        port,
        state,
        raw: u32::from(byte.0),
        faults,
        reachable: true,
        plugged: match state {
            PortState::Idle => Some(false),
            PortState::Charging | PortState::Plugged => Some(true),
            _ => None,
        },
        charge: None,
        meter: None,
        voltage: None,
        current: None,
        power: None,
        temperature_c: None,
    }
}

/// The order that a frame names; numbers of other platforms are kept as text.
fn charge_of(order: OrderText) -> ChargeKey {
    let text = order.text();
    match text.parse() {
        Ok(number) => ChargeKey::Order(number),
        Err(_) => ChargeKey::Serial(text),
    }
}

fn result(code: u8) -> Word {
    match code {
        0 => Word::Done(None),
        code => Word::Refused(Some(u32::from(code))),
    }
}

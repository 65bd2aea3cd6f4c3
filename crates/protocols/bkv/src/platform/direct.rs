//! Stand-alone devices: the same elements without a gateway around them. Known from other
//! implementations only.

use super::answers::Seen;
use super::gateway::{Gateway, Word};
use super::networked_down::container;
use super::networked_up::{Meter, signed, word};
use super::outbox::{Expect, Job, Lane};
use super::receipts::Reply;
use super::task::{Kind, Start, Task};
use super::words::{self, Address, Elements, outer};
use super::{Mac, keys};
use crate::clock::BcdTime;
use crate::codes::{Outcome, StatusByte};
use crate::element::{self, Elements as Read};
use crate::frame::{Frame, Framing};
use crate::message::container::{DirectEnd, DirectHeartbeat, DirectStatus};
use crate::message::{CardNo, Container, Content};
use crate::port::Outlet;
use crate::status;
use device::{
    AlarmReport, BalanceInquiry, ChargeKey, ChargeMode, Command, Dispatch, EndReport, Event,
    Output, Registration, Vitals,
};
use kernel::{Current, Energy, Fen, PortNo, Power, Timestamp, Voltage};
use std::time::Duration;

/// Wait for any answer.
const WAIT: Duration = Duration::from_secs(10);
/// How often a command is written.
const TRIES: u16 = 3;
/// BKV commands of stand-alone devices.
const HEARTBEAT: u16 = 0x1001;
const QUERY: u16 = 0x1003;
const START: u16 = 0x1007;
const REBOOT: u16 = 0x100D;
const BALANCE: u16 = 0x1010;
const CARD_END: u16 = 0x100A;
/// Longest charge, minutes.
const MINUTES_MAX: u16 = 900;
/// Ports of one device.
const PORTS_MAX: u16 = 20;

/// The device that a direct frame names.
pub(super) fn device_of(frame: &Frame<'_>) -> Option<Mac> {
    let value = header(frame, 2, 0x03)?;
    Some(wire::Digits(*<&[u8; 6]>::try_from(value).ok()?))
}

/// The BKV command of a container, in either framing; 0 when it has none.
pub(super) fn command_of(frame: &Frame<'_>) -> u16 {
    header(frame, 0, 0x01)
        .and_then(element::uint)
        .and_then(|n| u16::try_from(n).ok())
        .unwrap_or(0)
}

fn header<'a>(frame: &Frame<'a>, place: usize, key: u32) -> Option<&'a [u8]> {
    let element = Read::new(frame.body).nth(place)?.ok()?;
    (element.key.number() == Some(key)).then_some(element.value)
}

/// Answers the heartbeat of a device, also of a stranger's.
pub(super) fn answer_heartbeat(
    address: Address,
    frame: &Frame<'_>,
    now: Timestamp,
    out: &mut Output,
) {
    if command_of(frame) == HEARTBEAT && frame.framing == Framing::Direct {
        let elements: Elements = vec![(keys::TIME, BcdTime::from(now).0.to_vec())];
        words::container(address, HEARTBEAT, 0, &elements, &mut out.wire);
    }
}

/// Says what a card is worth.
pub(super) fn answer_balance(
    address: Address,
    seq: u64,
    card: &[u8],
    port: u8,
    balance: Fen,
    out: &mut Output,
) {
    let cents = u32::try_from(balance.0.max(0)).unwrap_or(u32::MAX);
    let elements: Elements = vec![
        (keys::CARD, card.to_vec()),
        (keys::BALANCE, cents.to_be_bytes().to_vec()),
        (keys::PORT, vec![port]),
    ];
    words::container(address, BALANCE, seq, &elements, &mut out.wire);
}

impl Gateway {
    /// The port of a meter: stand-alone devices count holes from 0 without sockets.
    pub(super) fn meter_port(&self, meter: &Meter) -> Option<PortNo> {
        match self.id.address {
            Address::Gateway(_) => self.port_of(meter.outlet),
            Address::Direct(_) => Some(u16::from(meter.outlet.hole))
                .filter(|hole| *hole < PORTS_MAX)
                .map(|hole| PortNo(hole + 1)),
        }
    }

    pub(super) fn hear_direct(
        &mut self,
        container: &Container,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let seq = u32::try_from(container.sequence & u64::from(u32::MAX)).unwrap_or(0);
        let cmd = container.command;
        let reply = Expect::Bkv(cmd);
        match &container.content {
            Content::DirectHeartbeat(heartbeat) => {
                self.direct_heartbeat(heartbeat, frame, now, out);
            }
            Content::DirectStatus(status) => {
                if cmd != QUERY {
                    self.acknowledge(container, out);
                }
                self.direct_status(status, now, out);
            }
            Content::DirectEnd(end) => self.direct_end(container, end, frame, now, out),
            Content::DirectStartAnswer(answer) => {
                let word = match answer.ack {
                    Some(Outcome::Done) | None => Word::Begun {
                        port: answer.port.map(|port| PortNo(u16::from(port) + 1)),
                        session: answer.business_no,
                    },
                    Some(_) => Word::Refused(answer.refusal_code.map(u32::from)),
                };
                self.reply_seen(seq, outer::CONTAINER, reply, &word, now, out);
            }
            Content::DirectAck(ack) => {
                let word = word(ack.ack.unwrap_or(Outcome::Done));
                self.reply_seen(seq, outer::CONTAINER, reply, &word, now, out);
            }
            Content::DirectCard(card) if cmd == CARD_END => {
                let hole = card.port.unwrap_or(0);
                let byte = card.status.unwrap_or(StatusByte(0x80));
                let report = EndReport {
                    charge: session(card.business_no),
                    port: PortNo(u16::from(hole) + 1),
                    duration_s: card.duration_min.unwrap_or(0).saturating_mul(60),
                    energy: Energy::from_wh(i64::from(card.energy_wh.unwrap_or(0))),
                    device_amount: card.used_cash.map(|cash| Fen(i64::from(cash))),
                    reason: status::networked_end(byte.0, None),
                    reason_raw: u32::from(byte.0),
                    peak_power: card.settle_power_0_1w.map(|power| Power(i64::from(power))),
                    tier_minutes: Vec::new(),
                    card_no: card.card_no.map(|card| card.to_string()),
                    ended_at: card.end_time.and_then(BcdTime::instant),
                    details: None,
                };
                let elements = vec![(keys::PORT, vec![hole]), (keys::ACK, vec![1])];
                let reply = self.direct_reply(container, elements);
                self.ask(Event::Ended(report), reply, frame, None, now, out);
            }
            Content::DirectCard(card) => {
                let Some(number) = card.card_no else {
                    return;
                };
                let hole = card.port.unwrap_or(0);
                let outlet = Outlet { socket: 0, hole };
                let business_no = card.business_no.unwrap_or(0);
                if self.card_again(outlet, business_no, number.0.0, now, out) {
                    return;
                }
                let event = Event::CardSwiped(device::CardSwipe {
                    card_no: format!("{:010}", number.printed()),
                    physical_no: Some(number.to_string()),
                    port: PortNo(u16::from(hole) + 1),
                    card_balance: None,
                    proposed_session: card.business_no,
                    password: None,
                    parallel: None,
                });
                let reply = Reply::Card {
                    outlet,
                    business_no,
                };
                self.ask(event, reply, frame, None, now, out);
            }
            Content::DirectBalance(ask) => {
                let (Some(CardNo(number)), hole) = (ask.card_no, ask.port.unwrap_or(0)) else {
                    return;
                };
                let event = Event::BalanceAsked(BalanceInquiry {
                    card_no: format!("{:010}", CardNo(number).printed()),
                    port: PortNo(u16::from(hole) + 1),
                });
                let reply = Reply::DirectBalance {
                    seq: container.sequence,
                    card: number.0.to_vec(),
                    port: hole,
                };
                self.ask(event, reply, frame, None, now, out);
            }
            Content::DirectEvent(event) => {
                let alarm = AlarmReport {
                    port: event
                        .port
                        .filter(|hole| u16::from(*hole) < PORTS_MAX)
                        .map(|hole| PortNo(u16::from(hole) + 1)),
                    fault: None,
                    code: u32::from(event.event_code.unwrap_or(0)),
                    active: false,
                    values: Vec::new(),
                };
                let at = event.time.and_then(BcdTime::instant);
                let reply = self.direct_reply(container, vec![(keys::ACK, vec![1])]);
                self.ask(Event::Alarm(alarm), reply, frame, at, now, out);
            }
            _ => {
                self.reply_seen(seq, outer::CONTAINER, reply, &Word::Done(None), now, out);
            }
        }
    }

    fn direct_reply(&self, container: &Container, elements: Elements) -> Reply {
        Reply::Container {
            address: self.id.address,
            bkv_cmd: container.command,
            seq: container.sequence,
            elements,
        }
    }

    fn acknowledge(&self, container: &Container, out: &mut Output) {
        let begin = out.wire.len();
        let ack: Elements = vec![(keys::ACK, vec![1])];
        let address = self.id.address;
        words::container(
            address,
            container.command,
            container.sequence,
            &ack,
            &mut out.wire,
        );
        self.note_down(begin, "answer", out);
    }

    fn direct_heartbeat(
        &mut self,
        heartbeat: &DirectHeartbeat,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let begin = out.wire.len();
        answer_heartbeat(self.id.address, frame, now, out);
        self.note_down(begin, "heartbeat", out);
        let text = |bytes: &Option<crate::Bytes>| {
            bytes
                .as_ref()
                .map(crate::Bytes::text)
                .filter(|text| !text.is_empty())
        };
        let registration = Registration {
            iccid: text(&heartbeat.iccid),
            firmware: text(&heartbeat.version),
            ..Registration::default()
        };
        self.introduce(registration, now, out);
        let vitals = Vitals {
            signal: heartbeat.csq.map(i16::from),
            ..Vitals::default()
        };
        self.tell(Event::Heartbeat(vitals), now, out);
    }

    fn direct_status(&mut self, status: &DirectStatus, now: Timestamp, out: &mut Output) {
        let temperature_c = status.temp_c.map(signed);
        let meters: Vec<Meter> = status
            .ports
            .iter()
            .filter_map(|port| {
                Some(Meter {
                    outlet: Outlet {
                        socket: 0,
                        hole: port.port?,
                    },
                    status: port.status.unwrap_or(StatusByte(0)),
                    session: port.business_no.unwrap_or(0),
                    voltage: port.voltage_0_1v.map(|value| Voltage(i64::from(value))),
                    power: Power(i64::from(port.power_0_1w.unwrap_or(0))),
                    current: Current(i64::from(port.current_ma.unwrap_or(0))),
                    energy: Energy::from_wh(i64::from(port.energy_wh.unwrap_or(0))),
                    minutes: port.duration_min.unwrap_or(0),
                    temperature_c,
                })
            })
            .collect();
        let vitals = Vitals {
            temperature_c,
            ..Vitals::default()
        };
        self.ports_seen(vitals, &meters, now, out);
        let first = self.sockets.is_empty();
        if first {
            self.sockets.push(0);
        }
        let seen: Vec<Seen> = meters.iter().map(Meter::seen).collect();
        self.status_answers(0, &seen, first, now, out);
    }

    fn direct_end(
        &mut self,
        container: &Container,
        end: &DirectEnd,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let hole = end.port.unwrap_or(0);
        self.set_busy(PortNo(u16::from(hole) + 1), false);
        let byte = end.status.unwrap_or(StatusByte(0x80)).0;
        let code = end.end_reason.or(end.end_reason_78).unwrap_or(0);
        let amount = end.total_fee_cent.or_else(|| {
            let service = end.service_fee_cent.unwrap_or(0);
            Some(end.electricity_fee_cent?.saturating_add(service))
        });
        let ended_at = end.end_time.and_then(BcdTime::instant);
        let report = EndReport {
            charge: session(end.business_no),
            port: PortNo(u16::from(hole) + 1),
            duration_s: end.duration_min.unwrap_or(0).saturating_mul(60),
            energy: Energy::from_wh(i64::from(end.energy_wh.unwrap_or(0))),
            device_amount: amount.map(|cents| Fen(i64::from(cents))),
            reason: status::networked_end(byte, None),
            reason_raw: u32::from(byte) << 8 | u32::from(code),
            peak_power: None,
            tier_minutes: Vec::new(),
            card_no: None,
            ended_at,
            details: None,
        };
        let reply = self.direct_reply(container, vec![(keys::ACK, vec![1])]);
        self.ask(Event::Ended(report), reply, frame, ended_at, now, out);
    }

    pub(super) fn direct_job(
        &mut self,
        dispatch: Dispatch,
    ) -> Result<Vec<Job<Task>>, &'static str> {
        let address = self.id.address;
        let hole = |port: PortNo| {
            let index = port.0.checked_sub(1).filter(|index| *index < PORTS_MAX);
            index
                .and_then(|index| u8::try_from(index).ok())
                .ok_or("no such port")
        };
        let msg_id = match dispatch.msg_id {
            0 => self.outbox.own_number(),
            given => given,
        };
        let priority = dispatch.command.priority();
        let job = |lane, shot, task| Job {
            id: Some(dispatch.id),
            priority,
            lane,
            shot,
            msg_id,
            attempts: 0,
            begun: dispatch.attempted,
            late: None,
            task,
        };
        let (lane, shot, kind) = match dispatch.command {
            Command::StartCharge(plan) => {
                let at = hole(plan.port)?;
                let minutes = plan
                    .duration_s
                    .and_then(|seconds| u16::try_from(seconds.div_ceil(60)).ok())
                    .map_or(MINUTES_MAX, |minutes| minutes.clamp(1, MINUTES_MAX));
                let energy = plan
                    .energy
                    .and_then(|energy| u16::try_from(energy.0 / 10).ok());
                let by_energy = plan.mode == ChargeMode::Energy;
                let mut elements: Elements = vec![
                    (keys::PORT, vec![at]),
                    (keys::SWITCH, vec![1]),
                    (keys::CHARGE_MODE, vec![if by_energy { 2 } else { 1 }]),
                    (
                        keys::CONTROL_TYPE,
                        vec![1 + u8::from(plan.proposed_session.is_some())],
                    ),
                    (keys::SET_DURATION, minutes.to_be_bytes().to_vec()),
                ];
                if let (true, Some(energy)) = (by_energy, energy) {
                    elements.push((keys::SET_ENERGY, energy.to_be_bytes().to_vec()));
                }
                let shot = container(address, START, elements, WAIT, 1);
                let start = Start {
                    outlet: Outlet {
                        socket: 0,
                        hole: at,
                    },
                    port: plan.port,
                    order: plan.order,
                    session: plan.proposed_session,
                    shot: shot.clone(),
                    msg_id,
                    other: None,
                    written: 0,
                    asking: false,
                    stopped: false,
                };
                let mut job = job(Lane::Outlet(at), shot, Task::Start(start));
                if dispatch.attempted {
                    self.ask_before_start(&mut job);
                }
                return Ok(vec![job]);
            }
            Command::StopCharge { port, .. } => {
                let at = hole(port)?;
                let elements = vec![(keys::PORT, vec![at]), (keys::SWITCH, vec![0])];
                (
                    Lane::Outlet(at),
                    container(address, START, elements, WAIT, TRIES),
                    Kind::Stop,
                )
            }
            Command::QueryPort { .. } => (Lane::Gateway, self.query_shot(0), Kind::Query),
            Command::Restart { .. } => (
                Lane::Gateway,
                container(address, REBOOT, Vec::new(), WAIT, 1),
                Kind::Other,
            ),
            _ => return Err("not supported by stand-alone devices"),
        };
        Ok(vec![job(lane, shot, Task::Once(kind))])
    }
}

fn session(number: Option<u16>) -> ChargeKey {
    match number {
        None | Some(0) => ChargeKey::Port,
        Some(number) => ChargeKey::Session(number),
    }
}

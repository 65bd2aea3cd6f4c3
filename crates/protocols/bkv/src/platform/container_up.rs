//! Uplinks of `1000`: status clusters, ends in service-fee mode, events, parameters.

use super::gateway::{Gateway, Word, strange_alarm};
use super::networked_up::{Meter, firmware, signed, word};
use super::outbox::Expect;
use super::receipts::Reply;
use super::words::{self, Elements, outer};
use super::{direct, keys};
use crate::codes::{Outcome, StatusByte};
use crate::frame::Frame;
use crate::message::container::{ExceptionEvent, FeeEnd, PortReport, StatusCluster, bkv_cmd};
use crate::message::{Container, Content};
use crate::port::{Outlet, WHOLE_SOCKET};
use crate::status;
use device::{AlarmReport, ChargeKey, EndReason, EndReport, Event, Output, SocketReport};
use kernel::{Current, Energy, Fen, Power, Timestamp, Voltage};

/// Reason code of a service-fee end that came with a no-load status in both public samples.
const FEE_END_NO_LOAD: u8 = 0x08;

/// What stands for a status byte that is missing: online, and nothing else is known.
const UNTOLD: StatusByte = StatusByte(0x80);

/// Kinds in the communication log.
pub(super) fn kind_of(frame: &Frame<'_>) -> &'static str {
    match direct::command_of(frame) {
        bkv_cmd::FEE_END => "record",
        bkv_cmd::EXCEPTION | bkv_cmd::EVENT => "alarm",
        bkv_cmd::PARAMETER_SET | bkv_cmd::PARAMETER_QUERY => "params",
        bkv_cmd::FEE_START => "answer",
        _ => "status",
    }
}

impl Gateway {
    pub(super) fn hear_container(
        &mut self,
        container: &Container,
        seq: u32,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let reply = Expect::Bkv(container.command);
        match &container.content {
            Content::Status(cluster) => self.cluster(container, cluster, now, out),
            Content::FeeEnd(end) => self.fee_end(container, end, frame, now, out),
            Content::Exception(event) => self.exception(container, event, frame, now, out),
            Content::Event(event) => {
                let socket = event.socket_no.unwrap_or(0);
                let alarm = AlarmReport {
                    port: event
                        .port
                        .and_then(|hole| self.port_of(Outlet { socket, hole })),
                    fault: None,
                    code: u32::from(event.event_code.unwrap_or(0)),
                    // The meaning of these codes is not public; two of them come after every
                    // reconnect, so they inform.
                    active: false,
                    values: vec![("socket_no", i64::from(socket))],
                };
                let at = event.time.and_then(crate::clock::BcdTime::instant);
                let reply = self.socket_reply(container, socket);
                self.ask(Event::Alarm(alarm), reply, frame, at, now, out);
            }
            Content::SocketAck(ack) => {
                let word = word(ack.ack.unwrap_or(Outcome::Done));
                self.reply_seen(seq, outer::CONTAINER, reply, &word, now, out);
            }
            Content::ParameterAnswer(answer)
                if answer.ack.is_some_and(|ack| ack != Outcome::Done) =>
            {
                let word = word(answer.ack.unwrap_or(Outcome::Failed));
                self.reply_seen(seq, outer::CONTAINER, reply, &word, now, out);
            }
            Content::ParameterAnswer(answer) => {
                let pairs = [
                    (keys::FULL_POWER, answer.full_power_0_1w.map(u64::from)),
                    (
                        keys::TRICKLE_THRESHOLD,
                        answer.trickle_threshold_pct.map(u64::from),
                    ),
                    (keys::FULL_DELAY, answer.full_delay_s.map(u64::from)),
                    (
                        keys::NO_LOAD_POWER,
                        answer.no_load_power_0_1w.map(u64::from),
                    ),
                    (keys::NO_LOAD_DELAY, answer.no_load_delay_s.map(u64::from)),
                    (keys::MAX_CHARGE, answer.max_charge_min.map(u64::from)),
                    (keys::TEMP_THRESHOLD, answer.temp_threshold_c.map(u64::from)),
                    (keys::POWER_LIMIT, answer.power_limit_0_1w.map(u64::from)),
                    (
                        keys::OVER_CURRENT_LIMIT,
                        answer.over_current_limit_ma.map(u64::from),
                    ),
                    (
                        keys::BUTTON_BASE_AMOUNT,
                        answer.button_base_amount.map(u64::from),
                    ),
                    (keys::ANTI_PULSE, answer.anti_pulse_time.map(u64::from)),
                    (0x98, answer.key_98.map(u64::from)),
                    (0x99, answer.key_99.map(u64::from)),
                    (0x9A, answer.key_9a.map(u64::from)),
                    (0x9B, answer.key_9b.map(u64::from)),
                ];
                let values: Vec<(u32, u64)> = pairs
                    .into_iter()
                    .filter_map(|(key, value)| value.map(|value| (key, value)))
                    .collect();
                let socket = answer.socket_no.unwrap_or(0);
                self.params_answer(seq, container.command, socket, &values, now, out);
            }
            Content::FeeStartAnswer(answer) => {
                let word = match answer.ack {
                    Some(Outcome::Done) | None => Word::Begun {
                        port: None,
                        session: answer.business_no,
                    },
                    Some(_) => Word::Refused(answer.refusal_code.map(u32::from)),
                };
                self.reply_seen(seq, outer::CONTAINER, reply, &word, now, out);
            }
            _ => {}
        }
    }

    fn cluster(
        &mut self,
        container: &Container,
        cluster: &StatusCluster,
        now: Timestamp,
        out: &mut Output,
    ) {
        // 0 is said only when its elements do not tell what they are about.
        let clear = cluster.sockets.iter().all(|socket| {
            socket.socket_no.is_some() && socket.ports.iter().all(|port| port.port.is_some())
        });
        let ack: Elements = vec![(keys::ACK, vec![u8::from(clear)])];
        let begin = out.wire.len();
        let address = self.id.address;
        words::container(
            address,
            container.command,
            container.sequence,
            &ack,
            &mut out.wire,
        );
        self.note_down(begin, "answer", out);
        for socket in &cluster.sockets {
            let Some(socket_no) = socket.socket_no else {
                continue;
            };
            let temperature_c = socket.temp_c.map(signed);
            let meters: Vec<Meter> = socket
                .ports
                .iter()
                .filter_map(|port| meter_of(socket_no, port, temperature_c))
                .collect();
            let report = SocketReport {
                socket_no,
                firmware: socket.fw_version.and_then(firmware),
                signal: socket.rssi.map(i16::from),
                temperature_c,
                online: meters.iter().any(|meter| meter.status.is_online()),
            };
            self.socket_seen(report, &meters, true, now, out);
        }
    }

    fn fee_end(
        &mut self,
        container: &Container,
        end: &FeeEnd,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let (socket, hole) = (end.socket_no.unwrap_or(0), end.port.unwrap_or(0));
        let outlet = Outlet { socket, hole };
        let reply = Reply::Container {
            address: self.id.address,
            bkv_cmd: container.command,
            seq: container.sequence,
            elements: vec![
                (keys::ACK, vec![1]),
                (keys::SOCKET_NO, vec![socket]),
                (keys::PORT, vec![hole]),
            ],
        };
        let ended_at = end.end_time.and_then(crate::clock::BcdTime::instant);
        let Some(port) = self.port_of(outlet) else {
            let more = vec![
                ("business_no", end.business_no.map_or(0, i64::from)),
                ("duration_min", end.duration_min.map_or(0, i64::from)),
                ("energy_wh", end.energy_wh.map_or(0, i64::from)),
            ];
            let alarm = Event::Alarm(strange_alarm(outlet, more));
            return self.ask(alarm, reply, frame, ended_at, now, out);
        };
        let byte = end.status.unwrap_or(UNTOLD).0;
        let mapped = (end.end_reason == Some(FEE_END_NO_LOAD)).then_some(EndReason::NoLoad);
        let fees = [end.electricity_fee_cent, end.service_fee_cent];
        let amount: i64 = fees.iter().flatten().map(|fee| i64::from(*fee)).sum();
        let report = EndReport {
            charge: match end.business_no {
                None | Some(0) => ChargeKey::Port,
                Some(number) => ChargeKey::Session(number),
            },
            port,
            duration_s: end.duration_min.unwrap_or(0).saturating_mul(60),
            energy: Energy::from_wh(i64::from(end.energy_wh.unwrap_or(0))),
            device_amount: fees.iter().any(Option::is_some).then_some(Fen(amount)),
            reason: status::networked_end(byte, mapped),
            reason_raw: u32::from(byte) << 8 | u32::from(end.end_reason.unwrap_or(0)),
            peak_power: None,
            tier_minutes: Vec::new(),
            card_no: None,
            ended_at,
            details: None,
        };
        self.set_busy(port, false);
        self.ask(Event::Ended(report), reply, frame, ended_at, now, out);
    }

    /// One alarm for the socket and one for each hole, where there is a reason. The code tables
    /// are not public: raw numbers, a status other than zero counts as active. A session is
    /// never ended by this alone; the socket is asked.
    fn exception(
        &mut self,
        container: &Container,
        event: &ExceptionEvent,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let socket = event.socket_no.unwrap_or(0);
        let values: Vec<(&'static str, i64)> = [
            ("socket_no", event.socket_no.map(i64::from)),
            ("over_voltage_0_1v", event.over_voltage_0_1v.map(i64::from)),
            (
                "under_voltage_0_1v",
                event.under_voltage_0_1v.map(i64::from),
            ),
            (
                "port1_leak_current",
                event.port1_leak_current.map(i64::from),
            ),
            (
                "port2_leak_current",
                event.port2_leak_current.map(i64::from),
            ),
            ("port1_over_temp", event.port1_over_temp.map(i64::from)),
            ("port2_over_temp", event.port2_over_temp.map(i64::from)),
            (
                "port1_status",
                event.port1_status.map(|status| i64::from(status.0)),
            ),
            (
                "port2_status",
                event.port2_status.map(|status| i64::from(status.0)),
            ),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect();
        let parts = [
            (
                WHOLE_SOCKET,
                event.socket_event_reason,
                event.socket_event_status,
            ),
            (0, event.port1_event_reason, event.port1_event_status),
            (1, event.port2_event_reason, event.port2_event_status),
        ];
        let mut alarms: Vec<AlarmReport> = parts
            .into_iter()
            .filter(|(_, reason, _)| reason.is_some_and(|reason| reason != 0))
            .map(|(hole, reason, status)| AlarmReport {
                port: self.port_of(Outlet { socket, hole }),
                fault: None,
                code: u32::from(reason.unwrap_or(0)),
                active: status.is_some_and(|status| status != 0),
                values: values.clone(),
            })
            .collect();
        // The reply goes with the last alarm: all of them are stored by then.
        let last = alarms.pop().unwrap_or(AlarmReport {
            port: None,
            fault: None,
            code: 0,
            active: false,
            values,
        });
        for alarm in alarms {
            self.tell(Event::Alarm(alarm), now, out);
        }
        let reply = self.socket_reply(container, socket);
        self.ask(Event::Alarm(last), reply, frame, None, now, out);
        self.question(socket);
    }

    fn socket_reply(&self, container: &Container, socket: u8) -> Reply {
        Reply::Container {
            address: self.id.address,
            bkv_cmd: container.command,
            seq: container.sequence,
            elements: vec![(keys::SOCKET_NO, vec![socket]), (keys::ACK, vec![1])],
        }
    }
}

fn meter_of(socket: u8, port: &PortReport, temperature_c: Option<i16>) -> Option<Meter> {
    Some(Meter {
        outlet: Outlet {
            socket,
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
}

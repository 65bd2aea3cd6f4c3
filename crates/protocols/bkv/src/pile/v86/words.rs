//! Frames of a v8.6 gateway: what it writes and how it reads what it is told.

use super::order::{OrderText, Settlement, Terms};
use crate::codes::{PortStatus, Switch};
use crate::frame::{Framing, GatewayId, parse};
use crate::message::v86::{self, V86, cmd};
use crate::message::{Body, Heartbeat, Message, decode, outer};
use crate::pile::Core;
use crate::pile::ear;
use crate::pile::setup::{Setup, SetupFault};
use device::Direction;
use kernel::{PortNo, Timestamp};
use wire::{HexBytes, Text};

pub(super) use crate::pile::ear::break_checksum;

pub(super) type Gateway = GatewayId;

/// Table A.
pub(super) struct Status {
    pub(super) voltage_dv: u16,
    pub(super) port_states: Vec<u8>,
    pub(super) signal: u8,
    pub(super) temp_c: i8,
}

/// Table D.
pub(super) struct Progress {
    pub(super) order: OrderText,
    pub(super) port: PortNo,
    pub(super) seconds: u16,
    pub(super) power_dw: u16,
    pub(super) centi_kwh: u16,
    pub(super) peak_dw: u16,
    pub(super) at: Timestamp,
    pub(super) segment_centi_kwh: u16,
    pub(super) port_state: u8,
    pub(super) temp_c: i8,
    pub(super) voltage_dv: u16,
}

/// One thing that the platform said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Time(Timestamp),
    StatusNoted,
    ConfirmNoted {
        order: OrderText,
    },
    SettlementNoted {
        order: OrderText,
    },
    CardAnswer {
        card: u32,
        result: u8,
        balance_fen: u32,
    },
    Start {
        port: u8,
        terms: Terms,
        order: OrderText,
    },
    Stop {
        port: u8,
        order: OrderText,
    },
    Change {
        order: OrderText,
        port: u8,
        seconds: u16,
        centi_kwh: u16,
    },
    Query,
    Parameter {
        command: u16,
        id: u8,
    },
    Chunk {
        command: u16,
        index: u16,
        total: u16,
    },
    Unknown,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    pub(super) command: u16,
    pub(super) sequence: u32,
    pub(super) said: Said,
}

pub(super) fn gateway(setup: &Setup) -> Result<Gateway, SetupFault> {
    setup.id.parse().map_err(|_| SetupFault::Id { digits: 14 })
}

/// The next frame for this gateway; frames for others are none of its business.
pub(super) fn read(core: &mut Core, gateway: Gateway) -> Option<Heard> {
    while let Some(raw) = ear::next_frame(&mut core.unread) {
        let Ok(frame) = parse(&raw) else {
            continue;
        };
        let Framing::Gateway {
            cmd,
            seq,
            gateway: addressed,
        } = frame.framing
        else {
            continue;
        };
        if addressed == gateway {
            let said = decode(&frame).map_or(Said::Unknown, |said| understand(cmd, said.body));
            return Some(Heard {
                command: cmd,
                sequence: seq,
                said,
            });
        }
    }
    None
}

fn understand(command: u16, body: Body) -> Said {
    match body {
        Body::Time(reply) => reply.time.instant().map_or(Said::Unknown, Said::Time),
        Body::V86(message) => match message {
            V86::StatusAck(_) => Said::StatusNoted,
            V86::OrderNoted(noted) if noted.result != 0 => Said::Unknown,
            V86::OrderNoted(noted) if command == cmd::CONFIRM => Said::ConfirmNoted {
                order: noted.order.0,
            },
            V86::OrderNoted(noted) => Said::SettlementNoted {
                order: noted.order.0,
            },
            V86::CardAnswer(verdict) => Said::CardAnswer {
                card: verdict.card_no,
                result: verdict.result.into(),
                balance_fen: verdict.balance_fen,
            },
            V86::Control(control) if control.switch == Switch::On => Said::Start {
                port: control.port,
                terms: Terms {
                    mode: control.mode.into(),
                    balance_fen: control.balance_fen,
                    value: control.value,
                },
                order: control.order.0,
            },
            V86::Control(control) => Said::Stop {
                port: control.port,
                order: control.order.0,
            },
            V86::Modify(change) => Said::Change {
                order: change.order.0,
                port: change.port,
                seconds: change.duration_s,
                centi_kwh: change.energy_001kwh,
            },
            V86::Query(_) => Said::Query,
            V86::Parameter(set) => Said::Parameter {
                command,
                id: set.param_id,
            },
            V86::Chunk(chunk) => Said::Chunk {
                command,
                index: chunk.index,
                total: chunk.total,
            },
            _ => Said::Unknown,
        },
        _ => Said::Unknown,
    }
}

fn seal(gateway: Gateway, command: u16, sequence: u32, message: V86) -> Vec<u8> {
    seal_body(gateway, command, sequence, Body::V86(message))
}

fn seal_body(gateway: Gateway, command: u16, sequence: u32, body: Body) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    Message::from(body)
        .seal(command, sequence, gateway, Direction::Up, &mut out)
        .expect("no message of this dialect is longer than a frame");
    out
}

pub(super) fn heartbeat(gateway: Gateway, sequence: u32, setup: &Setup, signal: u8) -> Vec<u8> {
    let beat = Heartbeat::new(&setup.iccid, &setup.version, signal);
    let seal = |beat| seal_body(gateway, outer::HEARTBEAT, sequence, Body::Heartbeat(beat));
    beat.map_or_else(Vec::new, seal)
}

fn table_a(status: &Status) -> v86::Status {
    let ports: Vec<PortStatus> = status.port_states.iter().copied().map(PortStatus).collect();
    v86::Status {
        voltage_dv: status.voltage_dv,
        port_states: ports.try_into().expect("at most 16 ports"),
        signal: status.signal,
        temp_c: status.temp_c,
    }
}

pub(super) fn status(gateway: Gateway, sequence: u32, status: &Status) -> Vec<u8> {
    seal(gateway, cmd::STATUS, sequence, V86::Status(table_a(status)))
}

pub(super) fn query_answer(gateway: Gateway, sequence: u32, status: &Status) -> Vec<u8> {
    seal(
        gateway,
        cmd::QUERY,
        sequence,
        V86::QueryAnswer(table_a(status)),
    )
}

pub(super) fn progress(gateway: Gateway, sequence: u32, progress: &Progress) -> Vec<u8> {
    let message = V86::Progress(v86::Progress {
        order: Text(progress.order),
        port: port(progress.port),
        duration_s: progress.seconds,
        power_dw: progress.power_dw,
        energy_001kwh: progress.centi_kwh,
        peak_power_dw: progress.peak_dw,
        time: Some(unix(progress.at)),
        segment_001kwh: Some(progress.segment_centi_kwh),
        port_state: Some(PortStatus(progress.port_state)),
        temp_c: Some(progress.temp_c),
        voltage_dv: Some(progress.voltage_dv),
    });
    seal(gateway, cmd::PROGRESS, sequence, message)
}

pub(super) fn confirm(
    gateway: Gateway,
    sequence: u32,
    order: &OrderText,
    place: PortNo,
    status: u8,
) -> Vec<u8> {
    let message = V86::Confirm(v86::Confirm {
        order: Text(*order),
        port: port(place),
        status: status.into(),
    });
    seal(gateway, cmd::CONFIRM, sequence, message)
}

pub(super) fn settlement(gateway: Gateway, sequence: u32, settlement: &Settlement) -> Vec<u8> {
    let message = V86::Settlement(v86::Settlement {
        order: Text(settlement.number),
        port: port(settlement.port),
        duration_s: settlement.seconds,
        energy_001kwh: settlement.centi_kwh,
        amount_fen: settlement.amount_fen,
        reason: settlement.reason.into(),
        peak_power_dw: settlement.peak_dw,
        time: unix(settlement.at),
    });
    seal(gateway, cmd::SETTLEMENT, sequence, message)
}

pub(super) fn card(
    gateway: Gateway,
    sequence: u32,
    card: u32,
    place: PortNo,
    balance_fen: u32,
) -> Vec<u8> {
    let message = V86::CardSwipe(v86::CardSwipe {
        card_no: card,
        port: port(place),
        card_balance_fen: balance_fen,
    });
    seal(gateway, cmd::CARD, sequence, message)
}

/// A settlement that ends inside its fields, in a frame that is sound.
pub(super) fn nonsense(gateway: Gateway, sequence: u32) -> Vec<u8> {
    let body = Body::Unknown(HexBytes(b"THD17294".to_vec()));
    seal_body(gateway, cmd::SETTLEMENT, sequence, body)
}

pub(super) fn control_answer(
    gateway: Gateway,
    sequence: u32,
    result: u8,
    order: &OrderText,
    port: u8,
    waiting_ports: u8,
) -> Vec<u8> {
    let message = V86::ControlAck(v86::ControlAck {
        result,
        order: Text(*order),
        port,
        waiting_ports,
    });
    seal(gateway, cmd::CONTROL, sequence, message)
}

pub(super) fn change_answer(
    gateway: Gateway,
    sequence: u32,
    result: u8,
    order: &OrderText,
) -> Vec<u8> {
    let message = V86::ModifyAck(v86::ModifyAck {
        result,
        order: Text(*order),
    });
    seal(gateway, cmd::MODIFY, sequence, message)
}

pub(super) fn parameter_answer(
    gateway: Gateway,
    sequence: u32,
    command: u16,
    result: u8,
    id: u8,
) -> Vec<u8> {
    let message = V86::ParameterAck(v86::ParameterAck {
        result,
        param_id: id,
    });
    seal(gateway, command, sequence, message)
}

pub(super) fn chunk_answer(
    gateway: Gateway,
    sequence: u32,
    command: u16,
    result: u8,
    index: u16,
) -> Vec<u8> {
    let message = V86::ChunkAck(v86::ChunkAck { result, index });
    seal(gateway, command, sequence, message)
}

fn port(port: PortNo) -> u8 {
    u8::try_from(port.0).unwrap_or(u8::MAX)
}

fn unix(at: Timestamp) -> u32 {
    u32::try_from(at.unix_seconds()).unwrap_or(0)
}
